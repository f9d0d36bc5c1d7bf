"""Send the practice exchange nonsense, much of it signed: `make fuzz`.

Requests with arbitrary paths, headers and JSON, bytes that are no HTTP, and WebSocket frames.
It must answer every request, never with 500, and hold no more memory at the end than when
it had got going. The same nonsense comes every time.
"""

import json
import random
import re
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
from tests.support.raw_http import NOW, order, private_headers, request, send_all, statuses
from tests.support.sandbox_process import SandboxProcess, start_sandbox_process

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
        statuses = ", ".join(f"{count} x {of}" for of, count in sorted(self.statuses.items()))
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
    began = time.perf_counter()
    with start_sandbox_process() as exchange:
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
    figures.seconds = time.perf_counter() - began
    return figures


def _send_requests(exchange: SandboxProcess, chance: random.Random, figures: Figures) -> None:
    """Send many in one go; the last one closes, and every one has its answer."""
    last = request("GET", "/api/v5/public/time")
    sent = b"".join(_request(chance) for _ in range(_AT_ONCE - 1)) + last
    answers = statuses(send_all(exchange.url, sent))
    assert len(answers) == _AT_ONCE, answers
    _note(figures, answers)
    figures.requests += _AT_ONCE


def _send_noise(exchange: SandboxProcess, chance: random.Random, figures: Figures) -> None:
    noise = [chance.choice((*_NOISE, chance.randbytes(20))) for _ in range(chance.randrange(20))]
    _note(figures, statuses(send_all(exchange.url, b"".join(noise))))
    figures.requests += 1


def _note(figures: Figures, answers: list[str]) -> None:
    assert not any(status.startswith("500") for status in answers), answers
    figures.statuses.update(answers)


# --- requests -------------------------------------------------------------------------


def _request(chance: random.Random) -> bytes:
    """Return a request that is HTTP, and mostly well signed."""
    endpoint = chance.choice(tuple(ENDPOINTS.values()))
    method = chance.choice((endpoint.method,) * 9 + ("PUT",))
    target: str | bytes = endpoint.path
    body: str | bytes = b""
    if method == "GET":
        pairs = [f"{chance.choice(_NAMES)}={_quoted(chance)}" for _ in range(chance.randrange(4))]
        target = f"{endpoint.path}?{'&'.join(pairs)}" if pairs else endpoint.path
    else:
        body = chance.choice((_json(chance), _json(chance), chance.randbytes(30)))
    headers = private_headers(method, target, body)
    # Rarely: for a wrong signature the sandbox looks for the mistake, which takes its time.
    if chance.random() < 0.02:
        headers[chance.choice((*headers, "Accept-Encoding", "X-Forwarded-For"))] = _header(chance)
    return request(method, target, headers, body).replace(b"Connection: close\r\n", b"")


def _quoted(chance: random.Random) -> str:
    return re.sub(r"[^!-~]|#", "", chance.choice(_WORDS))


def _header(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(33, 256)) for _ in range(chance.randrange(40)))


def _json(chance: random.Random) -> str:
    one = _order(chance)
    many: Any = [_order(chance) for _ in range(chance.randrange(25))]
    return json.dumps(chance.choice((one, one, many, _value(chance, 3))))


def _order(chance: random.Random) -> dict[str, Any]:
    fields = dict(_ORDER)
    for _ in range(chance.randrange(3)):
        fields[chance.choice(_NAMES)] = _value(chance, 1)
    return fields


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.randrange(8 if depth else 6)
    if kind == 6:
        return [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return {
            chance.choice(_WORDS): _value(chance, depth - 1) for _ in range(chance.randrange(4))
        }
    return chance.choice((None, True, chance.random() * 1e9, chance.randrange(99), *_WORDS * 2))


# --- frames ---------------------------------------------------------------------------


def _send_frames(exchange: SandboxProcess, chance: random.Random, figures: Figures) -> None:
    """Open a WebSocket, mostly log in, send frames, and read until it closes."""
    endpoint = chance.choice(("public", "private", "business"))
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "RkFLRS1GQUtFLUZBS0UtRg==",
    }
    opening = request("GET", f"/ws/v5/{endpoint}", upgrade).replace(b"Connection: close\r\n", b"")
    frames = [_frame(chance) for _ in range(chance.randrange(20))]
    if chance.random() < 0.7:
        frames.insert(0, _framed(1, json.dumps(ws_login(PRACTICE_KEY, NOW)).encode()))
    answered = send_all(exchange.ws.replace("ws", "http", 1), opening + b"".join(frames) + _CLOSE)
    _note(figures, statuses(answered))
    assert struct.pack("!H", 1011) not in answered[-125:], answered
    figures.requests += 1
    figures.frames += len(frames)


def _frame(chance: random.Random) -> bytes:
    message = {"op": chance.choice(_OPERATIONS), "args": [_argument(chance) for _ in range(2)]}
    text = json.dumps(chance.choice((message, message, _value(chance, 3)))).encode()
    opcode = chance.choice((1, 1, 1, 1, 1, 2, 9, 10))
    data = chance.choice((text, text, text, b"ping", chance.randbytes(30)))
    framed = _framed(opcode, data)
    return chance.randbytes(20) if chance.random() < 0.02 else framed


def _argument(chance: random.Random) -> Any:
    known = {"channel": chance.choice(_CHANNELS), "instId": "BTC-USDT", "instType": "SPOT"}
    return chance.choice((known, known, _value(chance, 2)))


def _framed(opcode: int, data: bytes) -> bytes:
    """Return one masked frame; a mask of zeros leaves the data as it is."""
    data = data[:125] if opcode >= 8 else data
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack("!H", size)
    return bytes([0x80 | opcode]) + length + bytes(4) + data


_CLOSE = _framed(8, struct.pack("!H", 1000))


if __name__ == "__main__":
    sys.stdout.write(f"{run(int(sys.argv[1]) if sys.argv[1:] else NUMBER)}\n")
