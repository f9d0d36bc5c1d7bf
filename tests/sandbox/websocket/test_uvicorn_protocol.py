"""Frames and handshakes that no library would send."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide.sandbox import RunningSandbox
from okx_guide.sandbox.websocket.connection import LARGEST
from okx_guide.sandbox.websocket.uvicorn_protocol import FRAGMENTS_AT_MOST
from tests.support.properties import examples
from tests.support.raw_http import connect
from tests.support.websocket_client import Client, frame, handshake, send_many


@pytest.fixture
def public_client(sandbox: RunningSandbox) -> Iterator[Client]:
    client = Client(sandbox.environ["OKX_WS_URL"] + "/public")
    yield client
    client.close()


def test_a_message_that_is_too_long_closes_it(public_client: Client) -> None:
    public_client.send_json("x" * LARGEST)
    assert public_client.read()["code"] == "60012"
    public_client.send_json("x" * (LARGEST + 1))
    assert public_client.read_close()[0] == 1009


def test_a_text_that_is_no_text_closes_it(public_client: Client) -> None:
    public_client.wire.send(b"\xff\xfe", text=True)
    assert public_client.read_close()[0] == 1007


def test_a_message_in_pieces_is_one_message(public_client: Client) -> None:
    public_client.wire.send(["pi", "ng"])
    assert public_client.read() == "pong"


def test_who_sends_too_much_at_once_still_learns_why(public_client: Client) -> None:
    public_client.send_json("x" * (16 << 20))
    assert public_client.read_close()[0] == 1009


def test_a_ping_frame_is_answered_and_breaks_no_silence(
    sandbox: RunningSandbox, public_client: Client
) -> None:
    assert public_client.is_silent()
    for _ in range(2):
        sandbox.exchange.clock.advance(14)
        assert public_client.wire.ping().wait(10)
    sandbox.exchange.clock.advance(3)
    assert public_client.read_close()[0] == 4004


@pytest.mark.parametrize(
    "extra",
    [
        ["Content-Length: 5"],
        ["Transfer-Encoding: chunked"],
        ["X-Long: " + "a" * 20_000],
        [f"X-{number}: a" for number in range(200)],
        ["Sec-WebSocket-Key: twice"],
        ["Sec-WebSocket-Extensions: ;;;"],
        ["Sec-WebSocket-Protocol: \xff"],
    ],
    ids=["body", "chunks", "long", "many", "twice", "extensions", "protocol"],
)
def test_a_bad_handshake_is_answered(sandbox: RunningSandbox, extra: list[str]) -> None:
    with handshake(sandbox.url, *extra) as wire:
        assert wire.recv(65536)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 101")


def test_who_pings_and_does_not_read_is_dropped(sandbox: RunningSandbox) -> None:
    flood = frame(9, b"x" * 125) * 10_000
    with handshake(sandbox.url) as wire:
        assert b" 101 " in wire.recv(4096)
        with pytest.raises(ConnectionError):
            send_many(wire, flood, 100)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5))
@examples(200)
def test_no_frame_makes_it_stumble(running_sandbox: RunningSandbox, parts: list[bytes]) -> None:
    running_sandbox.exchange.reset()
    with handshake(running_sandbox.url) as wire:
        assert b" 101 " in wire.recv(4096)
        with suppress(OSError):  # it has hung up in the middle of the nonsense
            for part in parts:
                wire.sendall(part)
            wire.shutdown(socket.SHUT_WR)
            while wire.recv(4096):
                pass
    client = Client(running_sandbox.hosts["global"].ws_demo + "/public")
    assert client.is_silent()
    client.close()


# --- several in a packet ------------------------------------------------------------------

BAD = frame(1, b"\xff\xfe")
PING = frame(1, b"ping")
SUBSCRIBE = frame(1, b'{"op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT"}]}')


@pytest.mark.parametrize(
    "packet",
    [
        BAD + BAD,
        BAD + PING,
        BAD + frame(9, b"x"),
        SUBSCRIBE + BAD,
        SUBSCRIBE * 3 + BAD + SUBSCRIBE,
        PING + BAD,
    ],
)
def test_a_bad_text_among_others_closes_it_and_nothing_stumbles(
    sandbox: RunningSandbox, packet: bytes
) -> None:
    with handshake(sandbox.url) as wire:
        assert b" 101 " in wire.recv(4096)
        wire.sendall(packet)
        data = b""
        while b"\x03\xefThe text is not UTF-8" not in data:
            part = wire.recv(4096)
            assert part, data
            data += part


def test_a_bad_text_before_a_close_is_closed_as_the_client_asked(sandbox: RunningSandbox) -> None:
    with handshake(sandbox.url) as wire:
        assert b" 101 " in wire.recv(4096)
        wire.sendall(BAD + frame(8, b"\x03\xe8"))
        assert wire.recv(4096) == b"\x88\x02\x03\xe8"
        assert wire.recv(4096) == b""


def test_frames_that_come_with_the_handshake_are_answered(sandbox: RunningSandbox) -> None:
    with connect(sandbox.url) as wire:
        lines = ["GET /ws/v5/public HTTP/1.1", "Host: localhost", "Connection: Upgrade"]
        lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: RkFLRS1GQUtFLUZBS0UtRg==", "", ""]
        wire.sendall("\r\n".join(lines).encode() + frame(9, b"early") + PING)
        data = b""
        while not data.endswith(b"\x81\x04pong"):
            part = wire.recv(4096)
            assert part, data
            data += part
    assert data.startswith(b"HTTP/1.1 101 ")
    assert b"\x8a\x05early" in data


def test_more_than_a_message_with_the_handshake_is_dropped(sandbox: RunningSandbox) -> None:
    lines = ["GET /ws/v5/public HTTP/1.1", "Host: localhost", "Connection: Upgrade"]
    lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    lines += ["Sec-WebSocket-Key: RkFLRS1GQUtFLUZBS0UtRg==", "", ""]
    with connect(sandbox.url) as wire, suppress(ConnectionError):
        wire.sendall("\r\n".join(lines).encode() + PING * 50_000)
        while wire.recv(1 << 16):
            pass
    assert Client(sandbox.environ["OKX_WS_URL"] + "/public").is_silent()


# --- fragments ----------------------------------------------------------------------------


@pytest.mark.parametrize("more", [0, 1])
def test_a_message_in_too_many_pieces_closes_it(sandbox: RunningSandbox, more: int) -> None:
    first, piece = b"\x01\x80" + bytes(4), b"\x00\x80" + bytes(4)
    last = b"\x80\x84" + bytes(4) + b"ping"
    with handshake(sandbox.url) as wire:
        assert b" 101 " in wire.recv(4096)
        wire.sendall(first + piece * (FRAGMENTS_AT_MOST - 2 + more) + last)
        expected = b"\x88\x14\x03\xf0Too many fragments" if more else b"\x81\x04pong"
        assert wire.recv(4096) == expected
