"""Send the practice exchange nonsense, much of it signed: `make fuzz`.

Requests with arbitrary paths, headers and JSON, settings for the knobs and the page for keys, bytes
that are not HTTP, and WebSocket frames: valid and masked, in fragments, several in a packet or
with the handshake, and broken in every way. It must answer every request, never with 500, print
nothing, and use no more memory at the end than after warming up. The answers are counted against a
minimum, so that a run in which nothing arrives fails.

It begins with `corpus.json`, the input that once broke the exchange. Add what you find: the hex of
each packet, followed by `*200` if it is repeated, and the right answer.

Hypothesis drives `sequences.py`, which shrinks what fails, but not this. Measured on two cores, it
draws 70 to 170 of these requests in a second where `random` draws 2,000; for 100,000 that is a
quarter of an hour more. A seed repeats a run as well.
"""

import json
import random
import re
import socket
import ssl
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.params import Params
from okx_guide.sandbox.rest.endpoints import ENDPOINTS
from okx_guide.sandbox.websocket.channels import CHANNELS
from okx_guide.sandbox.websocket.operations import OPERATIONS
from okx_guide.signing import ws_login
from scripts.docs.openapi import REQUESTS, describe_endpoints
from tests.support.patience import SECONDS
from tests.support.raw_http import NOW, connect, make_private_headers, order, request
from tests.support.sandbox_process import SandboxProcess, start_sandbox_process

NUMBER = 100_000
GROWTH_AT_MOST = 8.0
"""MiB by which memory may grow in the second half. Of 100,000 requests each may leave 170 bytes."""
CORPUS = Path(__file__).with_name("corpus.json")
"""What has once broken the exchange."""

_AT_ONCE, _CONNECTIONS_AT_ONCE = 50, 20
# The share of each kind is that of the rounds; a round of requests has many.
_NOISE_SHARE, _FRAMES_SHARE, _KNOBS_SHARE = 0.1, 0.2, 0.1
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
    "conditional",
    "oco",
    "trigger",
    "-1",
    "45000",
    "1W",
    "3Mutc",
    "253402300799000",
    "BTC-USDT-SWAP",
    "6",
    "18",
    "60",
)
_ORDER: dict[str, Any] = json.loads(order())
_OPERATIONS = ("login", *("subscribe",) * 12, "unsubscribe", *(*OPERATIONS,) * 3, "ping", "")
_CHANNELS = (*CHANNELS, "tickers", "orders", "account", "books-rpi", "")
_PATHS = (
    *(f"/sandbox{knob}" for knob in ("", "/clock", "/fault", "/key", "/notice", "/price", "/x")),
    "/sandbox/requests",
    *(f"/account{page}" for page in ("/my-api", "/my-api/create", "/inbox", "/x")),
)
_SETTINGS = (
    *("advance", "skew", "freeze", "idle", "apiKey", "frozen", "instId", "px", "label", "code"),
    *("network", "chance", "seed", "times", "endpoint", "record"),
)
_LAST_ID = b"theLast"
_LAST = b'{"id":"theLast","op":"unsubscribe","args":[{"channel":"tickers","instId":"BTC-USDT"}]}'
_NAMES = sorted(
    {
        parameter["name"]
        for operations in describe_endpoints()["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
    }
    | set(_ORDER)
    | {param for endpoint in ENDPOINTS.values() for param in endpoint.shape.params}
    | {"passphrase", "secretKey"}
)


@dataclass
class Figures:
    """The figures of a run.

    Attributes:
        requests: How many were sent.
        frames: How many WebSocket frames were sent.
        connections: How many WebSockets were opened and answered with 101.
        statuses: How often each HTTP status came back.
        events: Of the WebSockets: the `event` or `op` of each answer, `push`, `pong`, the frames
            `PING` and `PONG`, and `close` with its code.
        printed: What the server printed; nothing, if all is well.
        warm: MiB after warming up.
        end: MiB at the end.
        seconds: How long it took.
    """

    requests: int = 0
    frames: int = 0
    connections: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    printed: str = ""
    warm: float = 0.0
    end: float = 0.0
    seconds: float = 0.0

    def __str__(self) -> str:
        statuses, events = (
            ", ".join(f"{count} x {name}" for name, count in sorted(counted.items()))
            for counted in (self.statuses, self.events)
        )
        return (
            f"fuzz: {self.requests} requests and {self.frames} frames on {self.connections} "
            f"connections in {self.seconds:.1f} s; {statuses}; {events}; memory "
            f"{self.warm:.1f} MiB when warm, {self.end:.1f} MiB at the end"
        )

    def find_gaps(self) -> list[str]:
        """Return in words which answers were too rare, and which should not have come."""
        gaps = [f"status {status}" for status in _STATUSES if not self.statuses[status]]
        for name, share in _FLOORS.items():
            floor = int(self.connections * share)
            if self.events[name] < floor:
                gaps.append(f"{self.events[name]} x {name}, not {floor}")
        if self.connections < self.requests // 500:
            gaps.append(f"{self.connections} connections for {self.requests} requests")
        if self.events["close 1011"]:
            gaps.append("a WebSocket was closed with 1011, an error of the server")
        if self.end - self.warm > GROWTH_AT_MOST:
            gaps.append(f"memory grew from {self.warm:.1f} to {self.end:.1f} MiB")
        if self.printed:
            gaps.append(f"the server printed: {self.printed[:2000]}")
        return gaps


# If these come, requests get past the first checks.
_STATUSES = ("101", "200", "400", "401", "403", "405", "415")
# The minimum of each per opened connection.
_FLOORS = {
    "login": 0.3,
    "error": 1.0,
    "subscribe": 0.05,
    "push": 0.02,
    "order": 0.005,
    "batch-amend-orders": 0.005,
    "pong": 0.5,
    "PONG": 0.5,
    "close 1000": 0.3,
    "close 1002": 0.05,
    "close 1007": 0.005,
}


def run(
    number: int,
    *,
    seed: int = 5,
    plant: Callable[[], None] | None = None,
    stored: bool = False,
    tls: bool = False,
) -> Figures:
    """Send so many requests, and return the figures.

    Args:
        number: How many.
        seed: Chooses the nonsense; the same seed repeats it.
        plant: Called in the server's process, to break something.
        stored: Whether the exchange keeps its state in a file.
        tls: Whether all of it goes over TLS; then bytes that are not HTTP are not TLS either.

    Raises:
        AssertionError: A request was answered with 500, or not at all.
        TimeoutError: No answer came.
    """
    chance = random.Random(seed)  # noqa: S311  # the same every time
    figures = Figures()
    began = time.perf_counter()
    with start_sandbox_process(plant=plant, stored=stored, tls=tls) as exchange:
        # Not over TLS, which has no half-closed connections.
        figures.requests += 0 if tls else send_corpus(exchange)
        while figures.requests < number:
            if not figures.warm and figures.requests >= number / 2:
                figures.warm = exchange.memory()
            kind = chance.random()
            if kind < _NOISE_SHARE:
                _send_noise(exchange, chance, figures)
            elif kind < _NOISE_SHARE + _FRAMES_SHARE:
                for _ in range(_CONNECTIONS_AT_ONCE):
                    _send_frames(exchange, chance, figures)
            elif kind < _NOISE_SHARE + _FRAMES_SHARE + _KNOBS_SHARE:
                _turn_knobs(exchange, chance, figures)
            else:
                _send_requests(exchange, chance, figures)
        figures.end = exchange.memory()
        figures.printed = exchange.printed
    figures.seconds = time.perf_counter() - began
    return figures


def _send_requests(exchange: SandboxProcess, chance: random.Random, figures: Figures) -> None:
    """Send many in one go; the last one closes the connection, and each is answered."""
    last = request("GET", "/api/v5/public/time")
    data = b"".join(_make_request(chance) for _ in range(_AT_ONCE - 1)) + last
    statuses = _read_statuses(_send_bytes(exchange.url, data))
    assert len(statuses) == _AT_ONCE, f"{statuses}; printed: {exchange.printed[-2000:]}"
    _count_statuses(figures, statuses)
    figures.requests += _AT_ONCE


def _send_noise(exchange: SandboxProcess, chance: random.Random, figures: Figures) -> None:
    noise = [chance.choice((*_NOISE, chance.randbytes(20))) for _ in range(chance.randrange(20))]
    plain = exchange.url.replace("https:", "http:")
    _count_statuses(figures, _read_statuses(_send_bytes(plain, b"".join(noise))))
    figures.requests += 1


def _count_statuses(figures: Figures, statuses: list[str]) -> None:
    assert not any(status.startswith("500") for status in statuses), statuses
    figures.statuses.update(statuses)


def _send_bytes(url: str, data: bytes) -> bytes:
    """Send bytes, close the sending side, and return everything that comes back."""
    answer = bytearray()
    with connect(url) as connection, _allow_hang_up():
        connection.sendall(data)
        # TLS has no half-closed connection: after closing one side nothing can be read.
        if not isinstance(connection, ssl.SSLSocket):
            connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(1 << 16):
            answer += part
    return bytes(answer)


@contextmanager
def _allow_hang_up() -> Iterator[None]:
    """The server may hang up in the middle of the nonsense, but must not let a client wait."""
    try:
        yield
    except TimeoutError:
        raise
    except OSError:
        pass


def _read_statuses(answer: bytes) -> list[str]:
    return re.findall(r"HTTP/1\.1 (\d{3}) ", answer.decode("latin-1"))


# --- what once broke it ---------------------------------------------------------------


def send_corpus(exchange: SandboxProcess) -> int:
    """Send every case that is kept, and return how many there are.

    Raises:
        AssertionError: The answer is not the right one.
    """
    cases = json.loads(CORPUS.read_text(encoding="utf-8"))
    for case in cases:
        parts = (packet.partition("*") for packet in case["packets"])
        data = b"".join(bytes.fromhex(text) * int(times or 1) for text, _, times in parts)
        if case["door"] == "http":
            answers = _read_statuses(_send_bytes(exchange.url, data))
        else:
            opening = _make_handshake("public")
            answer = _send_bytes(exchange.ws.replace("ws", "http", 1), opening + data)
            answers = list(_read_events(answer.partition(b"\r\n\r\n")[2]))
        assert answers[-1:] == [case["answer"]], f"{case['why']} {answers}"
    return len(cases)


# --- requests -------------------------------------------------------------------------


def _make_request(chance: random.Random) -> bytes:
    """Return a valid HTTP request, mostly signed correctly."""
    endpoint = chance.choice(tuple(ENDPOINTS.values()))
    method = chance.choice((endpoint.method,) * 9 + ("PUT",))
    target: str | bytes = endpoint.path
    body: str | bytes = b""
    right = REQUESTS.get(endpoint.batch_of or endpoint.name, _ORDER)
    if method == "GET":
        params = (
            {name: str(value) for name, value in right.items()} if chance.random() < 0.7 else {}
        )
        for _ in range(chance.randrange(4)):
            params[chance.choice((*endpoint.shape.params, *_NAMES))] = _make_value(chance)
        pairs = [f"{name}={value}" for name, value in params.items()]
        target = f"{endpoint.path}?{'&'.join(pairs)}" if pairs else endpoint.path
    else:
        json_body = _make_json(chance, right, tuple(endpoint.shape.params))
        body = chance.choice((json_body, json_body, chance.randbytes(30)))
    headers = make_private_headers(method, target, body)
    # Rarely: for a wrong signature the sandbox searches for the mistake, which is slow.
    if chance.random() < 0.02:
        headers[chance.choice((*headers, "Accept-Encoding", "X-Forwarded-For"))] = _make_header(
            chance
        )
    return request(method, target, headers, body).replace(b"Connection: close\r\n", b"")


def _make_value(chance: random.Random) -> str:
    return re.sub(r"[^!-~]|#", "", chance.choice(_WORDS))


def _make_header(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(33, 256)) for _ in range(chance.randrange(40)))


def _make_json(chance: random.Random, right: Params, names: tuple[str, ...]) -> str:
    single = _make_params(chance, right, names)
    many: Any = [_make_params(chance, right, names) for _ in range(chance.randrange(25))]
    return json.dumps(chance.choice((single, single, many, _make_json_value(chance, 3))))


def _make_params(chance: random.Random, right: Params, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the parameters of a correct request, with up to two changed or added."""
    fields = dict(right)
    for _ in range(chance.randrange(3)):
        fields[chance.choice(chance.choice((names, _NAMES)) or _NAMES)] = _make_json_value(
            chance, 1
        )
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


# --- knobs and the page for keys -------------------------------------------------------


def _turn_knobs(exchange: SandboxProcess, chance: random.Random, figures: Figures) -> None:
    """Send settings to the knobs and forms to the page for keys, then reset it all."""
    knob_requests = [_make_knob_request(chance) for _ in range(10)]
    reset = request("POST", "/sandbox/reset", {"Content-Type": "application/json"}, "{}")
    statuses = _read_statuses(_send_bytes(exchange.url, b"".join(knob_requests) + reset))
    assert len(statuses) == 11, statuses
    _count_statuses(figures, statuses)
    figures.requests += 11


def _make_knob_request(chance: random.Random) -> bytes:
    path = chance.choice(_PATHS)
    method = chance.choice(("POST", "POST", "POST", "GET", "PUT"))
    kinds = ("application/json", "application/json", "application/x-www-form-urlencoded", "x")
    headers = {"Content-Type": chance.choice(kinds)}
    settings = {
        chance.choice(_SETTINGS): _make_json_value(chance, 2) for _ in range(chance.randrange(4))
    }
    body = chance.choice(
        (json.dumps(settings), json.dumps(_make_json_value(chance, 2)), _make_header(chance))
    )
    return request(method, path, headers, body).replace(b"Connection: close\r\n", b"")


# --- frames ---------------------------------------------------------------------------


def _send_frames(exchange: SandboxProcess, chance: random.Random, figures: Figures) -> None:
    """Open a WebSocket, mostly log in, send frames, and read until it closes."""
    opening = _make_handshake(chance.choice(("public", "private", "private", "business")))
    frames = [frame for _ in range(chance.randrange(12)) for frame in _make_message(chance)]
    if chance.random() < 0.7:
        frames.insert(0, _make_frame(chance, 1, json.dumps(ws_login(PRACTICE_KEY, NOW)).encode()))
    broken = chance.random() < 0.3
    if broken:
        frames += [_break_frame(chance), *_make_message(chance)]
    frames.append(_make_frame(chance, 1, _LAST))
    packets = _cut_packets(chance, frames)
    figures.requests += 1
    figures.frames += len(frames)
    with connect(exchange.ws.replace("ws", "http", 1)) as connection:
        early = packets.pop(0) if chance.random() < 0.3 else b""
        connection.sendall(opening + early)
        answered = _receive_head(connection)
        _count_statuses(figures, _read_statuses(answered))
        head, _, frames_read = answered.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            return
        figures.connections += 1
        connection.settimeout(SECONDS)
        with _allow_hang_up():
            for packet in packets:
                connection.sendall(packet)
            # Its close, in the same packet, would keep the answers from being sent.
            while not broken and _LAST_ID not in frames_read and (part := connection.recv(1 << 16)):
                frames_read += part
            connection.sendall(_make_frame(chance, 8, struct.pack("!H", 1000)))
            # Closed below TLS, which would otherwise stop reading.
            socket.socket.shutdown(connection, socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                frames_read += part
    assert broken or _LAST_ID in frames_read, f"the last message was not answered: {frames_read!r}"
    figures.events.update(_read_events(frames_read))


def _make_handshake(endpoint: str) -> bytes:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "RkFLRS1GQUtFLUZBS0UtRg==",
    }
    return request("GET", f"/ws/v5/{endpoint}", upgrade).replace(b"Connection: close\r\n", b"")


def _receive_head(connection: socket.socket) -> bytes:
    """Read to the end of the answer to a handshake; the first frames may come with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(1 << 16)
        assert part, f"the handshake was not answered: {data!r}"
        data += part
    return data


def _make_message(chance: random.Random) -> list[bytes]:
    """Return the frames of one valid message: one, or fragments with a ping between them."""
    op = chance.choice(_OPERATIONS)
    message: dict[str, Any] = {"op": op, "args": [_make_argument(chance) for _ in range(2)]}
    if op in OPERATIONS:
        orders = [
            _make_params(chance, _ORDER, ()) | {"instIdCode": chance.choice((1, 2, "1", 0, None))}
        ]
        message |= {"id": chance.choice(("a", "a", "a", "", "a-b")), "args": orders}
        message |= chance.choice(({}, {}, {"expTime": chance.choice(_WORDS)}))
    text = json.dumps(chance.choice((message, message, _make_json_value(chance, 3)))).encode()
    data = chance.choice((text, text, text, b"ping", b"ping"))
    opcode = chance.choice((1, 1, 1, 1, 1, 1, 2))
    if chance.random() < 0.1:
        return [_make_frame(chance, chance.choice((9, 9, 10)), chance.randbytes(9))]
    if chance.random() < 0.8:
        return [_make_frame(chance, opcode, data)]
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(1, 5)))
    parts = [data[start:end] for start, end in pairwise([0, *cuts, len(data)])]
    frames = [_make_frame(chance, opcode, parts[0], final=False)]
    frames += [_make_frame(chance, 0, part, final=False) for part in parts[1:-1]]
    frames.insert(chance.randrange(1, len(frames) + 1), _make_frame(chance, 9, b"between"))
    return [*frames, _make_frame(chance, 0, parts[-1])]


def _break_frame(chance: random.Random) -> bytes:
    """Return what no client should send."""
    text = b'{"op":"login"}'
    return chance.choice(
        (
            _make_frame(chance, 1, b"\xff\xfe" + chance.randbytes(3)),
            _make_frame(chance, 1, b"\xff") + _make_frame(chance, 1, b"\xfe"),
            _make_frame(chance, chance.choice((3, 7, 11, 15)), text),
            _make_frame(chance, 0, text),
            _make_frame(chance, 1, text, final=False) + _make_frame(chance, 1, text),
            _make_frame(chance, 9, b"x", final=False),
            _make_frame(chance, 8, b"x"),
            _make_frame(chance, 8, struct.pack("!H", chance.choice((0, 999, 1005, 1006, 5000)))),
            _make_frame(chance, 8, struct.pack("!H", 1000) + b"\xff"),
            bytes([0x81, len(text)]) + text,
            bytes([0xC1, 0x80 | len(text)]) + bytes(4) + text,
            b"\x89\xfe\x00\x80" + bytes(4 + 128),
            b"\x81\xff" + b"\xff" * 8 + bytes(4),
            b"\x81\xfe\xff\xff" + bytes(4),
            chance.randbytes(chance.randrange(40)),
        )
    )


def _cut_packets(chance: random.Random, frames: list[bytes]) -> list[bytes]:
    """Return the frames in packets: one, several, or a part of one."""
    data = b"".join(frames)
    if chance.random() < 0.3:
        return frames
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(5)))
    return [data[start:end] for start, end in pairwise([0, *cuts, len(data)])]


def _make_argument(chance: random.Random) -> Any:
    known = {"channel": chance.choice(_CHANNELS), "instId": "BTC-USDT", "instType": "SPOT"}
    return chance.choice((known, known, _make_json_value(chance, 2)))


def _make_frame(chance: random.Random, opcode: int, data: bytes, *, final: bool = True) -> bytes:
    """Return one frame as a client sends it, masked."""
    mask, size = chance.randbytes(4), len(data)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack("!H", size)
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
    return bytes([(0x80 if final else 0) | opcode]) + length + mask + masked


def _read_events(raw: bytes) -> Iterator[str]:
    """Name every frame that the server sent.

    Raises:
        AssertionError: It sent something that is not a frame.
    """
    while len(raw) >= 2:
        opcode, size, start = raw[0] & 15, raw[1], 2
        assert raw[0] & 0xF0 == 0x80, raw[:20]
        assert size < 127, raw[:20]
        if size == 126:
            size, start = struct.unpack("!H", raw[2:4])[0], 4
        data, raw = raw[start : start + size], raw[start + size :]
        if opcode == 1:
            text = data.decode()
            answer = {"event": "pong"} if text == "pong" else json.loads(text)
            yield answer.get("event") or answer.get("op", "push")
        elif opcode == 8:
            yield f"close {struct.unpack('!H', data[:2])[0] if data else 1005}"
        else:
            yield {9: "PING", 10: "PONG"}[opcode]


@click.command()
@click.argument("number", type=int, default=NUMBER)
@click.argument("seed", type=int, default=5)
def main(number: int, seed: int) -> None:
    """Send NUMBER requests, chosen by SEED, and a tenth of them over TLS."""
    # Not all: each connection costs a handshake.
    for count, tls in ((number, False), (number // 10, True)):
        try:
            figures = run(count, seed=seed, tls=tls)
            gaps = figures.find_gaps()
            click.echo(figures)
        except (AssertionError, OSError) as error:
            gaps = [f"{type(error).__name__}: {error}"]
        if gaps:
            again = f"To send the same again: make fuzz NUMBER={number} SEED={seed}"
            raise click.ClickException("\n".join([*gaps, again]))


if __name__ == "__main__":
    main()
