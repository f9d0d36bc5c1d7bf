"""What a client may do to HTTP before there is a request."""

import resource
import select
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, http_protocol, running
from okx_guide.sandbox.http_protocol import Requests
from okx_guide.sandbox.server import raise_limits
from okx_guide.sandbox.state.rate_limiter import RateLimiter
from okx_guide.sandbox.websocket.connection import Connection
from tests.support.logs import forbid_logs
from tests.support.patience import wait_until
from tests.support.raw_http import NOW, connect, make_private_headers, request, send, send_request
from tests.support.sandbox_process import start_sandbox_process
from tests.support.websocket_client import frame, handshake

TIME = "/api/v5/public/time"
ORDER = "/api/v5/trade/order"


def read_all(wire: socket.socket) -> bytes:
    """Everything until it hangs up."""
    data = b""
    try:
        while part := wire.recv(1 << 16):
            data += part
    except ConnectionError:
        pass
    return data


def has_hung_up(wire: socket.socket) -> bool:
    """Look for a moment whether it hangs up, and skip what it says."""
    return bool(select.select([wire], [], [], 0.02)[0]) and not wire.recv(1 << 16)


# --- a head that does not come ------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"GET /ws/v5/public HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n",
        request("GET", TIME).replace(b"Connection: close\r\n", b"") + b"GET / HT",
    ],
    ids=["nothing", "line", "header", "handshake", "second"],
)
def test_who_does_not_finish_a_head_is_dropped(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(http_protocol, "HEAD_SECONDS", 0.3)
        with connect(sandbox.url) as wire, suppress(ConnectionError):
            wire.sendall(before)
            # One more byte now and then keeps nothing open.
            wait_until(lambda: has_hung_up(wire), lambda _: wire.sendall(b"x" if before else b""))
    assert send_request(sandbox.url, "GET", TIME).code == "0"


def test_a_request_that_is_answered_and_a_websocket_outlast_the_wait_for_a_head(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Requests] = []
    wait = Requests._wait_for_head  # noqa: SLF001  # a wait shows nowhere else

    def note(self: Requests) -> None:
        begun.append(self)
        wait(self)

    monkeypatch.setattr(Requests, "_wait_for_head", note)
    body = b'{"a":1}'
    start = request("POST", ORDER, make_private_headers("POST", ORDER, body), body)[: -len(body)]
    with handshake(sandbox.url) as wire, connect(sandbox.url) as slow:
        assert b" 101 " in wire.recv(4096)
        slow.sendall(start)
        # Each waited for a head; none waits any more.
        wait_until(
            lambda: len(begun) == 2 and not any(each._head for each in begun)  # noqa: SLF001  # as above
        )
        slow.sendall(body)
        assert b'"code":' in read_all(slow)
        wire.sendall(frame(1, b"ping"))
        assert b"pong" in wire.recv(100)


# --- two lengths ------------------------------------------------------------------------


@pytest.mark.parametrize("swapped", [True, False])
def test_two_lengths_are_refused_and_what_follows_is_no_request(
    sandbox: RunningSandbox, swapped: bool
) -> None:
    lengths = [("Content-Length", "4"), ("Transfer-Encoding", "chunked")]
    headers = [("Content-Type", "application/json"), *(lengths[::-1] if swapped else lengths)]
    data = request("POST", ORDER, headers).replace(b"Connection: close\r\n", b"")
    with connect(sandbox.url) as wire:
        wire.sendall(data + b"0\r\n\r\n" + request("GET", TIME))
        answer = read_all(wire)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answer.lower()
    assert answer.count(b"HTTP/1.1") == 1


def test_one_length_is_enough(sandbox: RunningSandbox) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    data = request("POST", ORDER, headers) + b"2\r\n{}\r\n0\r\n\r\n"
    assert send(sandbox.url, data).code == "50103"


# --- who may call -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8000", 401),
        ("http://127.0.0.1", 401),
        ("http://[::1]:8000", 401),
        ("https://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://203.0.113.7", 403),
        ("null", 403),
        ("file://", 403),
    ],
)
def test_a_page_of_another_host_may_not_call(
    sandbox: RunningSandbox, origin: str, status: int
) -> None:
    answer = send_request(sandbox.url, "POST", ORDER, {"Origin": origin})
    assert answer.status == status
    assert answer.headers["x-sandbox"] == "practice exchange, not OKX"
    with handshake(sandbox.url, f"Origin: {origin}") as wire:
        expected = b"101" if status == 401 else b"403"
        assert wire.recv(12) == b"HTTP/1.1 " + expected


@pytest.mark.parametrize(
    "host",
    ["evil.test", "evil.test:8700", "localhost.evil.test", "x", "[::1%x]", "[::1%';id;']:8700"],
)
def test_no_other_name_leads_here(sandbox: RunningSandbox, host: str) -> None:
    target = "/api/v5/account/balance"
    data = request("GET", target, make_private_headers(target=target))
    answer = send(sandbox.url, data.replace(b"Host: localhost", f"Host: {host}".encode()))
    assert (answer.status, b"by address or as localhost" in answer.body) == (421, True)
    with connect(sandbox.url) as wire:
        lines = ["GET /ws/v5/private HTTP/1.1", f"Host: {host}", "Connection: Upgrade"]
        lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: RkFLRS1GQUtFLUZBS0UtRg==", "", ""]
        wire.sendall("\r\n".join(lines).encode())
        assert wire.recv(12) == b"HTTP/1.1 421"


# --- descriptors ------------------------------------------------------------------------


def allow_few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
def test_running_out_of_descriptors_is_said_once() -> None:
    with start_sandbox_process(plant=allow_few_files) as exchange:
        connections = [connect(exchange.url) for _ in range(60)]
        wait_until(lambda: "No more connections" in exchange.printed)
        before = exchange.processor()
        # It tries again every second. How much of it passes here decides nothing.
        time.sleep(1.5)
        used = exchange.processor() - before
        for wire in connections:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wire.close()
        assert send_request(exchange.url, "GET", TIME).code == "0"
        printed = exchange.printed
    assert printed.count("\n") == 1
    assert "No more connections can be taken" in printed
    assert used < 0.5


def test_as_many_files_are_allowed_as_the_system_lets(monkeypatch: pytest.MonkeyPatch) -> None:
    set_limits: list[tuple[int, int]] = []
    limits = [(128, 4096), (128, resource.RLIM_INFINITY), (4096, 4096)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[len(set_limits)])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: set_limits.append(wanted))
    raise_limits()
    raise_limits()
    raise_limits()
    assert set_limits == [(4096, 4096), (65536, resource.RLIM_INFINITY)]


# --- what waits for whom ----------------------------------------------------------------


def make_large_body(content: Callable[[int], bytes]) -> bytes:
    body = content(1 << 20)
    headers = make_private_headers("POST", ORDER, body) | {"OK-ACCESS-SIGN": "A" * 43 + "="}
    return request("POST", ORDER, headers, body)


def test_a_refused_large_body_keeps_nobody_waiting() -> None:
    with start_sandbox_process() as exchange:
        before = exchange.processor()
        for content in (lambda size: bytes(range(256)) * (size // 256), lambda size: b"x" * size):
            answer = send(exchange.url, make_large_body(content))
            assert answer.code == "50113"
            assert "with a body of 1048576 bytes" in answer.hint
        assert exchange.processor() - before < 1
        assert exchange.printed == ""


def test_nothing_tells_whether_a_guess_is_somebodys_secret() -> None:
    """Two guesses of one length, one of them right, get the same answers."""
    own = PRACTICE_KEY
    with running(clock=lambda: NOW) as sandbox:
        stranger = Key("5a4db0c5-0000-4000-8000-000000000002", "B0B1" * 8, "Their-Own-1", "theirs")
        sandbox.exchange.keys.add(stranger)
        for right in (stranger.passphrase, stranger.secret_key):
            wrong = right[::-1]
            answers = []
            for guess in (right, wrong):
                target = f"/api/v5/account/balance?ccy={guess}"
                replies: list[object] = []
                for key in (own, stranger):
                    # Who signs with the secret key has proved that he knows it.
                    signs = (guess,) if right == stranger.passphrase else ()
                    for sign_with in ("FAKE", own.secret_key, *signs):
                        headers = make_private_headers(target=target, key=key, secret=sign_with)
                        headers["OK-ACCESS-PASSPHRASE"] = guess
                        answer = send_request(sandbox.url, "GET", target, headers)
                        replies.append((answer.status, answer.body, answer.hint))
                sandbox.exchange.limits = RateLimiter(lambda: NOW)
                with handshake(sandbox.url) as wire:
                    assert b" 101 " in wire.recv(4096)
                    for message in (
                        f'{{"op":"subscribe","args":[{{"channel":"{guess}"}}]}}',
                        f'{{"op":"{guess}","id":"1"}}',
                        f'{{"op":"login","id":"{guess}"}}',
                    ):
                        wire.sendall(frame(1, message.encode()))
                        replies.append(wire.recv(4096)[4:].rpartition(b'"connId"')[0])
                answers.append(repr(replies).replace(guess, "GUESS"))
            assert answers[0] == answers[1]


# --- the guard itself -------------------------------------------------------------------


def stumble(url: str) -> None:
    """Send what the application does not bear, while nothing may be logged."""
    with forbid_logs(), handshake(url) as wire:
        assert b" 101 " in wire.recv(4096)
        wire.sendall(frame(1, b'{"op":"subscribe","args":[{}]}'))
        read_all(wire)


def test_an_error_that_is_logged_is_found(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(Connection, "_subscribe", fail)
    with pytest.raises(AssertionError, match="planted"):
        stumble(sandbox.url)
