import asyncio
import socket
import threading
from dataclasses import replace
from email.utils import parsedate
from ipaddress import ip_address
from unittest.mock import Mock

import pytest
from websockets.exceptions import InvalidState

from okx_guide.sandbox import PRACTICE_KEY, Key, running
from okx_guide.sandbox.server import Listeners, bind, make_environ, make_server, make_url
from okx_guide.sandbox.state.exchange import Exchange
from tests.support.processes import find_free_port
from tests.support.raw_http import NOW, connect, make_private_headers, post, request, send_request

TIME = "/api/v5/public/time"


def test_a_sandbox_listens_on_loopback_and_picks_a_free_port() -> None:
    with running() as first, running() as second:
        assert first.url != second.url
        assert first.url.startswith("http://127.0.0.1:")
        assert [send_request(each.url, "GET", TIME).status for each in (first, second)] == [
            200,
            200,
        ]


def test_a_stopped_sandbox_frees_its_port_and_its_thread() -> None:
    before = set(threading.enumerate())
    port = find_free_port()
    with running(port=port) as sandbox:
        assert send_request(sandbox.url, "GET", TIME).status == 200
    assert set(threading.enumerate()) <= before
    with running(port=port) as second:
        assert sandbox.url == second.url
        assert send_request(second.url, "GET", TIME).status == 200


def test_a_sandbox_stops_although_a_caller_holds_on() -> None:
    with running() as sandbox:
        idle, half = connect(sandbox.url), connect(sandbox.url)
        half.sendall(request("POST", "/api/v5/trade/order", {"Content-Length": "10"}) + b"x")
    with idle, half, pytest.raises(ConnectionError):
        connect(sandbox.url)


def test_a_sandbox_stops_although_a_websocket_is_closing() -> None:
    runner = make_server(Exchange([PRACTICE_KEY]), Listeners({}, ()))
    runner.servers = []
    # A client has begun to close its WebSocket, and does not go.
    closing, idle = Mock(), Mock()
    closing.shutdown.side_effect = InvalidState("connection is closing")
    runner.server_state.connections |= {closing, idle}

    asyncio.run(runner.shutdown())

    idle.shutdown.assert_called_once_with()
    closing.transport.abort.assert_called_once_with()


def test_a_stop_does_not_wait_when_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    sleep, this_thread = asyncio.sleep, threading.get_ident()

    async def nap(seconds: float) -> None:
        # The server of another fixture may run in a thread of its own, and sleeps too.
        if threading.get_ident() != this_thread:
            await sleep(seconds)
            return
        naps.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", nap)
    runner = make_server(Exchange([PRACTICE_KEY]), Listeners({}, ()))
    runner.servers = []
    runner.should_exit = True

    asyncio.run(runner.main_loop())
    asyncio.run(runner.shutdown())

    assert sum(naps) == 0


def test_an_answer_has_a_date() -> None:
    with running() as sandbox:
        assert parsedate(dict(send_request(sandbox.url, "GET", TIME).headers)["date"])


def test_a_sandbox_stops_when_the_block_fails() -> None:
    with pytest.raises(RuntimeError, match="in the block"), running() as sandbox:
        raise RuntimeError("in the block")
    with pytest.raises(ConnectionError):
        connect(sandbox.url)


def test_sandboxes_share_nothing() -> None:
    target = "/api/v5/account/balance"
    body = '{"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"market","sz":"1"}'
    path = "/api/v5/trade/order"
    with running(clock=lambda: NOW) as first, running(clock=lambda: NOW) as second:
        assert post(first.url, path, body).code == "0"
        assert (
            send_request(first.url, "GET", target, make_private_headers(target=target)).body.count(
                b'"BTC"'
            )
            == 0
        )
        assert (
            send_request(second.url, "GET", target, make_private_headers(target=target)).body.count(
                b'"BTC"'
            )
            == 1
        )


def test_the_variables_point_a_client_at_the_sandbox() -> None:
    with running() as sandbox:
        expected = {
            "OKX_API_KEY": PRACTICE_KEY.api_key,
            "OKX_SECRET_KEY": PRACTICE_KEY.secret_key,
            "OKX_PASSPHRASE": PRACTICE_KEY.passphrase,
            "OKX_API_BASE_URL": sandbox.url,
            "OKX_WS_URL": sandbox.hosts["global"].ws_demo,
        }
        assert expected == sandbox.environ == make_environ(sandbox.hosts["global"], PRACTICE_KEY)
        live = make_environ(sandbox.hosts["global"], replace(PRACTICE_KEY, demo=False))
        assert f"ws://{sandbox.url.removeprefix('http://')}/ws/v5" == live["OKX_WS_URL"]
        assert live["OKX_WS_URL"] != expected["OKX_WS_URL"]


def test_the_first_key_is_the_ready_one() -> None:
    first_key = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000002")
    with running([first_key, PRACTICE_KEY]) as sandbox:
        assert replace(sandbox.key, created=0.0) == first_key


def test_a_port_in_use_is_an_error_and_leaks_nothing() -> None:
    with bind("127.0.0.1", 0) as busy, pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", busy.getsockname()[1])


def test_an_address_of_another_machine_is_an_error() -> None:
    with pytest.raises(OSError, match="Cannot assign"):
        bind("192.0.2.1", 0)


class Listener(socket.socket):
    """Has any address: not every machine has IPv6."""

    name: tuple[str, int]

    def getsockname(self) -> tuple[str, int]:
        return self.name


@pytest.mark.parametrize(
    ("name", "url"),
    [
        (("127.0.0.1", 8700), "http://127.0.0.1:8700"),
        (("::1", 8700), "http://[::1]:8700"),
        (("0.0.0.0", 1), "http://127.0.0.1:1"),  # noqa: S104  # nothing listens
        (("::", 1), "http://[::1]:1"),
    ],
)
def test_the_url_of_an_address_can_be_called(name: tuple[str, int], url: str) -> None:
    with Listener() as listener:
        listener.name = name
        assert url == make_url(listener)


def test_a_key_shows_no_secret() -> None:
    assert PRACTICE_KEY.secret_key not in repr(PRACTICE_KEY)
    assert PRACTICE_KEY.passphrase not in repr(PRACTICE_KEY)
    assert PRACTICE_KEY.api_key in repr(PRACTICE_KEY)


@pytest.mark.parametrize("ip", ["localhost", "203.0.113.7/24", "203.0.113.256", "", "203.0.113.*"])
def test_an_allowlist_of_no_addresses_is_an_error(ip: str) -> None:
    key = replace(PRACTICE_KEY, ips=(ip,))
    with pytest.raises(ValueError, match=r"does not appear|has host bits"):
        key.allows(ip_address("127.0.0.1"))


def test_a_changed_key_signs_with_its_own_secret() -> None:
    assert PRACTICE_KEY.signer  # kept once made
    changed: Key = replace(PRACTICE_KEY, secret_key="FA4EFA4EFA4EFA4EFA4EFA4EFA4EFA4E")
    assert changed.signer.sign_bytes(b"") != PRACTICE_KEY.signer.sign_bytes(b"")
