"""Send the practice exchange nonsense, much of it signed: `make fuzz`.

Requests with arbitrary paths, headers and JSON, bytes that are no HTTP, and WebSocket frames.
It must answer every request, never with 500, and hold no more memory at the end than when
it had got going. The same nonsense comes every time.
"""

import json
import random
import re
import socket
import struct
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.rest.endpoints import ENDPOINTS
from okx_guide.signing import ws_login
from scripts.docs.openapi import description
from tests.support.apart import Apart, apart
from tests.support.wire import NOW, connect, order, private, request

NUMBER = 100_000
_AT_ONCE = 50
# The share of each kind is that of the requests they replace.
_NOISE_SHARE, _FRAMES_SHARE = 0.1, 0.2
_NOISE = (
    b"GET ",
    b"POST ",
    b"/api/v5/public/time",
    b" HTTP/1.1\r\n",
    b"\r\n",
    b"Host: x\r\n",
    b"0\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b": ",
    b"\r\n\r\n",
    b"\x00" * 9,
    b"Upgrade: websocket\r\n",
    b"Connection: Upgrade\r\n",
)
_WORDS = (
    "BTC-USDT",
    "ETH-USDT",
    "SPOT",
    "cash",
    "buy",
    "sell",
    "limit",
    "market",
    "ioc",
    "1000",
    "50000",
    "0.001",
    "0.00002",
    "mine",
    "",
    "0",
    "-1",
    "1e9",
    "NaN",
    "\ud800",
    "%00",
    "\u5bc6",
    "practice1",
    "read_only",
    "x" * 400,
    "100",
    "1000000000000000001",
)
_ORDER: dict[str, Any] = json.loads(order())
_OPERATIONS = ("login", "subscribe", "unsubscribe", "order", "ping", "")
_CHANNELS = ("tickers", "orders", "account", "books", "")
_NAMES = sorted(
    {
        parameter["name"]
        for operations in description()["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
    }
    | set(_ORDER)
    | {"newSz", "newPx", "ordId", "clOrdId", "cxlOnFail", "reqId", "subAcct", "label", "lever"}
)


@dataclass
class Figures:
    """What a run has shown."""

    requests: int = 0
    frames: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    warm: float = 0.0
    end: float = 0.0
    seconds: float = 0.0

    def __str__(self) -> str:
        statuses = ", ".join(
            f"{count} x {status}" for status, count in sorted(self.statuses.items())
        )
        return (
            f"fuzz: {self.requests} requests and {self.frames} frames in {self.seconds:.1f} s; "
            f"{statuses}; memory {self.warm:.1f} MiB when warm, {self.end:.1f} MiB at the end"
        )


def run(number: int) -> Figures:
    """Send so many requests, three tenths of them in other forms, and return the figures.

    Raises:
        AssertionError: A request was answered with 500, or not at all.
    """
    chance = random.Random(5)  # noqa: S311  # the same every time
    figures = Figures()
    start = time.perf_counter()
    with apart() as exchange:
        while figures.requests < number:
            if not figures.warm and figures.requests >= number / 2:
                figures.warm = exchange.memory()
            kind = chance.random()
            if kind < _NOISE_SHARE:
                _send_noise(exchange, chance, figures)
            elif kind < _NOISE_SHARE + _FRAMES_SHARE:
                _send_frames(exchange, chance, figures)
            else:
                _send_requests(exchange, chance, figures)
        figures.end = exchange.memory()
    figures.seconds = time.perf_counter() - start
    return figures


def _send_requests(exchange: Apart, chance: random.Random, figures: Figures) -> None:
    """Send many in one go; the last one closes, and every one has its answer."""
    last = request("GET", "/api/v5/public/time")
    data = b"".join(_make_request(chance) for _ in range(_AT_ONCE - 1)) + last
    statuses = _read_statuses(_send_bytes(exchange.url, data))
    assert len(statuses) == _AT_ONCE, statuses
    _count_statuses(figures, statuses)
    figures.requests += _AT_ONCE


def _send_noise(exchange: Apart, chance: random.Random, figures: Figures) -> None:
    noise = [chance.choice((*_NOISE, chance.randbytes(20))) for _ in range(chance.randrange(20))]
    _count_statuses(figures, _read_statuses(_send_bytes(exchange.url, b"".join(noise))))
    figures.requests += 1


def _count_statuses(figures: Figures, statuses: list[str]) -> None:
    assert not any(status.startswith("500") for status in statuses), statuses
    figures.statuses.update(statuses)


def _send_bytes(url: str, data: bytes) -> bytes:
    """Send bytes, say that no more will come, and return all that comes back."""
    with connect(url) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return _receive(connection)
        except TimeoutError:
            raise
        except OSError:  # it has hung up in the middle of the nonsense
            return b""


def _receive(connection: socket.socket) -> bytes:
    answer = bytearray()
    while part := connection.recv(1 << 16):
        answer += part
    return bytes(answer)


def _read_statuses(answer: bytes) -> list[str]:
    return re.findall(r"HTTP/1\.1 (\d{3}) ", answer.decode("latin-1"))


# --- requests -------------------------------------------------------------------------


def _make_request(chance: random.Random) -> bytes:
    """Return a request that is HTTP, and mostly well signed."""
    endpoint = chance.choice(tuple(ENDPOINTS.values()))
    method = chance.choice((endpoint.method,) * 9 + ("PUT",))
    target: str | bytes = endpoint.path
    body: str | bytes = b""
    if method == "GET":
        pairs = [
            f"{chance.choice(_NAMES)}={_make_value(chance)}" for _ in range(chance.randrange(4))
        ]
        target = f"{endpoint.path}?{'&'.join(pairs)}" if pairs else endpoint.path
    else:
        body = chance.choice((_make_json(chance), _make_json(chance), chance.randbytes(30)))
    headers = private(method, target, body)
    # Rarely: for a wrong signature the sandbox looks for the mistake, which takes its time.
    if chance.random() < 0.02:
        headers[chance.choice((*headers, "Accept-Encoding", "X-Forwarded-For"))] = _make_header(
            chance
        )
    return request(method, target, headers, body).replace(b"Connection: close\r\n", b"")


def _make_value(chance: random.Random) -> str:
    return re.sub(r"[^!-~]|#", "", chance.choice(_WORDS))


def _make_header(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(33, 256)) for _ in range(chance.randrange(40)))


def _make_json(chance: random.Random) -> str:
    one = _make_order(chance)
    many: Any = [_make_order(chance) for _ in range(chance.randrange(25))]
    return json.dumps(chance.choice((one, one, many, _make_json_value(chance, 3))))


def _make_order(chance: random.Random) -> dict[str, Any]:
    fields = dict(_ORDER)
    for _ in range(chance.randrange(3)):
        fields[chance.choice(_NAMES)] = _make_json_value(chance, 1)
    return fields


def _make_json_value(chance: random.Random, depth: int) -> Any:
    kind = chance.randrange(8 if depth else 6)
    if kind == 6:
        return [_make_json_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return {
            chance.choice(_WORDS): _make_json_value(chance, depth - 1)
            for _ in range(chance.randrange(4))
        }
    return chance.choice((None, True, chance.random() * 1e9, chance.randrange(99), *_WORDS * 2))


# --- frames ---------------------------------------------------------------------------


def _send_frames(exchange: Apart, chance: random.Random, figures: Figures) -> None:
    """Open a WebSocket, mostly log in, send frames, and read until it closes."""
    endpoint = chance.choice(("public", "private", "business"))
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "RkFLRS1GQUtFLUZBS0UtRg==",
    }
    opening = request("GET", f"/ws/v5/{endpoint}", upgrade).replace(b"Connection: close\r\n", b"")
    frames = [_make_frame(chance) for _ in range(chance.randrange(20))]
    if chance.random() < 0.7:
        frames.insert(0, _encode_frame(1, json.dumps(ws_login(PRACTICE_KEY, NOW)).encode()))
    answer = _send_bytes(exchange.ws.replace("ws", "http", 1), opening + b"".join(frames) + _CLOSE)
    _count_statuses(figures, _read_statuses(answer))
    assert struct.pack("!H", 1011) not in answer[-125:], answer
    figures.requests += 1
    figures.frames += len(frames)


def _make_frame(chance: random.Random) -> bytes:
    message = {"op": chance.choice(_OPERATIONS), "args": [_make_argument(chance) for _ in range(2)]}
    text = json.dumps(chance.choice((message, message, _make_json_value(chance, 3)))).encode()
    opcode = chance.choice((1, 1, 1, 1, 1, 2, 9, 10))
    data = chance.choice((text, text, text, b"ping", chance.randbytes(30)))
    framed = _encode_frame(opcode, data)
    return chance.randbytes(20) if chance.random() < 0.02 else framed


def _make_argument(chance: random.Random) -> Any:
    known = {"channel": chance.choice(_CHANNELS), "instId": "BTC-USDT", "instType": "SPOT"}
    return chance.choice((known, known, _make_json_value(chance, 2)))


def _encode_frame(opcode: int, data: bytes) -> bytes:
    """Return one masked frame; a mask of zeros leaves the data as it is."""
    data = data[:125] if opcode >= 8 else data
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack("!H", size)
    return bytes([0x80 | opcode]) + length + bytes(4) + data


_CLOSE = _encode_frame(8, struct.pack("!H", 1000))


if __name__ == "__main__":
    sys.stdout.write(f"{run(int(sys.argv[1]) if sys.argv[1:] else NUMBER)}\n")
