"""What a client meets on a bad network: the same over a socket as in a page."""

import json
from collections.abc import Callable, Iterator
from http.client import RemoteDisconnected
from typing import Any

import pytest
import requests

from okx_guide import Credentials, OkxError, OkxSession
from okx_guide.sandbox import PRACTICE_KEY, network, running
from okx_guide.sandbox.app import create_app
from okx_guide.sandbox.network import NETWORK_FAULTS, NEVER_ARRIVED
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.market import INSTRUMENTS
from scripts.page.loop import Loop
from scripts.page.transport import Transport
from scripts.page.visit import FIRST_PORT, PORTS
from tests.support.logs import forbid_logs
from tests.support.patience import SECONDS, wait_until
from tests.support.raw_http import connect, request, send_request

ORDER = "/api/v5/trade/order"
TIME = "/api/v5/public/time"
KEY = Credentials(PRACTICE_KEY.api_key, PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase)
PARAMS = {
    "instId": "BTC-USDT",
    "tdMode": "cash",
    "side": "buy",
    "ordType": "limit",
    "px": "40000",
    "sz": "0.001",
    "clOrdId": "once1",
}
EXPECTED: dict[str, type[Exception]] = {
    "reset": requests.ConnectionError,
    "empty": requests.ConnectionError,
    "cut": requests.exceptions.ChunkedEncodingError,
    "garbled": OkxError,
    "slow": requests.RequestException,  # by the wait that ends first, for a byte or for all
    "bad_gateway": OkxError,
    "lost": requests.ConnectionError,
}
"""What a program that uses `OkxSession` sees of each fault."""


class Door:
    """A way to a practice exchange, and its state."""

    def __init__(self, session: OkxSession, exchange: Exchange) -> None:
        self.session = session
        self.exchange = exchange

    def place_order(self, timeout: float = SECONDS) -> Any:
        return self.session.post(ORDER, json=PARAMS, timeout=timeout).json()["data"][0]

    def find(self) -> Any:
        params = {"instId": PARAMS["instId"], "clOrdId": PARAMS["clOrdId"]}
        return self.session.get(f"{ORDER}", params=params).json()["data"][0]


@pytest.fixture(params=["socket", "page"])
def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """Both ways to it, one after the other."""
    # A client gives up long before; in a page nobody waits.
    monkeypatch.setattr(network, "_PAUSE_SECONDS", 3600)
    if request.param == "socket":
        with running() as sandbox, forbid_logs():
            with OkxSession(sandbox.url, KEY, demo=True) as session:
                yield Door(session, sandbox.exchange)
            # Whatever happened, the next caller is answered.
            assert send_request(sandbox.url, "GET", TIME).code == "0"
        return
    loop, exchange = Loop(), Exchange([PRACTICE_KEY])
    with OkxSession(f"http://127.0.0.1:{FIRST_PORT}", KEY, demo=True) as session:
        session.mount("http://", Transport(create_app(exchange, PORTS), loop, PORTS))
        yield Door(session, exchange)
    loop.close()


def test_every_fault_has_a_test() -> None:
    assert set(EXPECTED) == set(NETWORK_FAULTS)


@pytest.mark.parametrize("fault", NETWORK_FAULTS)
def test_a_client_sees_what_a_bad_network_shows(door: Door, fault: str) -> None:
    journal = door.exchange.record()
    door.exchange.faults.order(fault, endpoint=f"POST {ORDER}")
    with pytest.raises(EXPECTED[fault]):
        # Only this one is waited for in vain.
        door.place_order(timeout=2 if fault == "slow" else SECONDS)

    wait_until(lambda: journal)
    (trace,) = journal
    assert trace.fault == fault
    assert json.loads(trace.body) == PARAMS
    carried_out = [order.client_id for order in door.exchange.account(PRACTICE_KEY).orders]
    if fault in NEVER_ARRIVED:
        assert carried_out == []
        assert (trace.status, trace.code) == (502 if fault == "bad_gateway" else None, "")
        assert {check.result for check in trace.checks} == {"not reached"}
        with pytest.raises(OkxError, match="51603"):
            door.find()
        assert door.place_order()["sCode"] == "0"
    else:
        assert carried_out == [PARAMS["clOrdId"]]
        assert (trace.status, trace.code) == (200, "0")
        assert door.find()["state"] == "live"
        with pytest.raises(OkxError, match="51016"):
            door.place_order()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("reset", ConnectionResetError), ("empty", RemoteDisconnected), ("lost", RemoteDisconnected)],
)
def test_how_a_connection_ends_is_the_same_through_both_doors(
    door: Door, fault: str, reason: type[Exception]
) -> None:
    door.exchange.faults.order(fault)
    with pytest.raises(requests.ConnectionError) as caught:
        door.session.get(TIME)
    arguments = caught.value.args[0].args
    assert arguments[0] == "Connection aborted."
    assert type(arguments[1]) is reason


def test_a_proxy_answers_with_a_page(door: Door) -> None:
    door.exchange.faults.order("bad_gateway")
    answer = requests.Session()
    answer.mount("http://", door.session.get_adapter(door.session.base_url))
    page = answer.get(door.session.base_url + TIME, timeout=SECONDS)
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html")
    assert page.text.startswith("<html>")
    assert "was not carried out" in page.headers["x-sandbox-hint"]


def test_a_slow_answer_comes_byte_by_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_PAUSE_SECONDS", 3600)
    with running() as sandbox, forbid_logs():
        sandbox.break_network("slow")
        with connect(sandbox.url) as wire:
            wire.sendall(request("GET", TIME))
            head = b""
            while not head.partition(b"\r\n\r\n")[2]:
                head += wire.recv(1)
            assert head.endswith(b"\r\n\r\n{")
            assert send_request(sandbox.url, "GET", TIME).code == "0"
        # The server stops although the rest would take days.


def test_a_slow_answer_is_whole_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_PAUSE_SECONDS", 0)
    with running() as sandbox, forbid_logs():
        sandbox.break_network("slow")
        assert send_request(sandbox.url, "GET", TIME).code == "0"


def test_in_a_page_a_slow_answer_is_not_waited_for() -> None:
    loop, exchange = Loop(), Exchange([PRACTICE_KEY])
    exchange.faults.order("slow")
    with requests.Session() as session:
        session.mount("http://", Transport(create_app(exchange, PORTS), loop, PORTS))
        # requests itself waits for each byte anew, so it would get it after a minute.
        answer = session.get(f"http://127.0.0.1:{FIRST_PORT}{TIME}", timeout=2)
    assert answer.json()["code"] == "0"
    loop.close()


def test_a_reset_of_the_exchange_ends_every_fault() -> None:
    with running() as sandbox:
        sandbox.break_network("empty")
        sandbox.fail_randomly(1, seed=0)
        sandbox.exchange.reset()
        assert send_request(sandbox.url, "GET", TIME).code == "0"


def test_requests_fail_at_random_and_again_the_same() -> None:
    def make_series(chance: float) -> list[str]:
        sandbox.exchange.reset()  # else the rate limit would join in
        sandbox.fail_randomly(chance, seed=4)
        return [send_request(sandbox.url, "GET", TIME).code for _ in range(10)]

    with running() as sandbox:
        series = make_series(0.3)
        assert make_series(0.3) == series
        assert 0 < series.count("0") < 10
        assert set(make_series(0)) == {"0"}


@pytest.mark.parametrize("endpoint", ["GET", "GET /api/v5/nothing", "x" * 1_000_000])
def test_a_fault_is_for_an_endpoint_that_exists(endpoint: str) -> None:
    with running() as sandbox:
        orders: list[Callable[[], None]] = [
            lambda: sandbox.refuse("50026", endpoint=endpoint),
            lambda: sandbox.break_network("lost", endpoint=endpoint),
            lambda: sandbox.fail_randomly(1, seed=0, endpoint=endpoint),
        ]
        for order in orders:
            with pytest.raises(ValueError, match="endpoint is one of GET /api/v5/public/time"):
                order()


@pytest.mark.parametrize(
    ("name", "price", "expected"),
    [
        ("XYZ-USDT", "1", "There is no pair XYZ-USDT: name one of BTC-USDT"),
        ("", "1", "There is no pair : name one of BTC-USDT"),
        ("BTC-USDT", "-1", "above 0, and a multiple of 0.1"),
        ("BTC-USDT", "0", "above 0, and a multiple of 0.1"),
        ("BTC-USDT", "NaN", "above 0, and a multiple of 0.1"),
        ("BTC-USDT", "cheap", "such as 44000, not cheap"),
    ],
)
def test_a_price_is_moved_of_a_pair_that_exists(name: str, price: str, expected: str) -> None:
    with running() as sandbox:
        with pytest.raises(ValueError, match=expected):
            sandbox.move_price(name, price)
        assert sandbox.exchange.market.get_price(INSTRUMENTS["BTC-USDT"]) == 50000
