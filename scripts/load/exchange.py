"""How fast the practice exchange answers, beside a constant from the same server.

The same server answers with every check on, and then with a constant, in turns; the ratio
of the two is what the checks cost, whatever the machine. Two limits take turns with them. Both
check nothing but the signature and its age; one sends the constant, and one makes the answer
anew. The load comes from another process, over 64 connections that each wait for their answer.
On a machine that does other things too, the processor time of a request is the fairer measure,
so both are given.

The signed request is good for 30 seconds and the limit of its endpoint is a few requests in
two. So the exchange under test has a clock that jumps ahead at every look, and back before
the signature is too old: every request is checked and counted, and none is refused.
"""

import asyncio
import json
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from requests import Session
from websockets.sync.client import connect

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.signing import ws_login
from scripts.load.row import Ratio, Row
from tests.support.raw_http import NOW, make_private_headers, request, send_request
from tests.support.sandbox_process import Limit, SandboxProcess, start_sandbox_process

CONNECTIONS = 64
ROUNDS = 30
SECONDS = 0.3
STARTS = 5
LOGINS = 500
# The first has an empty list to answer: what it costs is the checks alone.
ENDPOINTS = (
    "/api/v5/account/positions",
    "/api/v5/account/config",
    "/api/v5/account/balance?ccy=BTC",
)

_LIMITS: dict[Limit, str] = {
    "signature": "only the signature and its age checked, and the constant",
    "answer": "only the signature and its age checked, and the answer made anew",
}


def measure() -> Iterator[Row]:
    """Yield what a request with every check on costs, and a login, and the start."""
    for target in ENDPOINTS:
        yield from asyncio.run(_compare(target))
    yield _measure_logins()
    yield _measure_starts()


# --- REST -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load has shown.

    Attributes:
        times: Seconds that every answer took.
        processor: Seconds of the processor.
        seconds: How long the round was.
    """

    times: list[float]
    processor: float
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    @property
    def cost(self) -> float:
        """Seconds of the processor an answer."""
        return self.processor / len(self.times)


async def _compare(target: str) -> list[Row]:
    signed = make_private_headers(target=target)
    # As OkxSession sends it, with what `requests` adds; both servers read it.
    added = {name: str(value) for name, value in Session().headers.items()}
    message = request("GET", target, added | signed)
    message = message.replace(b"Connection: close\r\n", b"")
    with ExitStack() as stack:
        exchange = stack.enter_context(start_sandbox_process())
        answer = send_request(exchange.url, "GET", target, signed).body
        servers = [
            exchange,
            stack.enter_context(start_sandbox_process(answer)),
            *(stack.enter_context(start_sandbox_process(answer, limit=name)) for name in _LIMITS),
        ]
        for server in servers:
            await _load(server, message)
        turns = [[await _load(server, message) for server in servers] for _ in range(ROUNDS)]
    checked, constant, *limits = zip(*turns, strict=True)
    beside = "a constant from the same server, processor time"
    return [
        Row(
            f"Signed GET {target}, every check on, {CONNECTIONS} connections",
            beside,
            _divide(constant, checked),
            "at least 0.75",
            f"{_summarize(checked)}; the constant {_summarize(constant)}",
        ),
        *(
            Row(f"The limit: {words}", beside, _divide(constant, rounds), "", _summarize(rounds))
            for words, rounds in zip(_LIMITS.values(), limits, strict=True)
        ),
    ]


def _divide(constant: Sequence[Round], rounds: Sequence[Round]) -> Ratio:
    pairs = zip(constant, rounds, strict=True)
    return Ratio.from_rounds([alone.cost / turn.cost for alone, turn in pairs])


def _summarize(rounds: Sequence[Round]) -> str:
    rate = statistics.median(turn.rate for turn in rounds)
    cost = statistics.median(turn.cost for turn in rounds)
    p99 = statistics.median(statistics.quantiles(turn.times, n=100)[98] for turn in rounds)
    return f"{rate:.0f}/s, p99 {p99 * 1e3:.1f} ms, {cost * 1e6:.0f} us of processor each"


async def _load(server: SandboxProcess, message: bytes) -> Round:
    """Call for some seconds."""
    parts = urlsplit(server.url)
    loop = asyncio.get_running_loop()
    callers = [_Caller(message) for _ in range(CONNECTIONS)]
    for caller in callers:
        await loop.create_connection(caller.get_self, str(parts.hostname), parts.port or 80)
    before, start = server.processor(), time.perf_counter()
    for caller in callers:
        caller.ask()
    await asyncio.sleep(SECONDS)
    # On a machine that has no time for it, a round takes longer.
    await asyncio.gather(*(caller.answered.wait() for caller in callers))
    seconds = time.perf_counter() - start
    for caller in callers:
        caller.stop()
    processor = server.processor() - before
    if wrong := [caller.wrong for caller in callers if caller.wrong]:
        raise RuntimeError(f"not every request was answered with code 0: {wrong[0]!r}")
    return Round([latency for caller in callers for latency in caller.times], processor, seconds)


class _Caller(asyncio.Protocol):
    """One connection, which asks again as soon as it has its answer."""

    def __init__(self, message: bytes) -> None:
        self.times: list[float] = []
        self.wrong = b""
        self.answered = asyncio.Event()
        self._message = message
        self._answer = b""
        self._size = 0

    def get_self(self) -> "_Caller":
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._message)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        # Every answer is as long as the first one, which is read with more care.
        if len(self._answer) < (self._size or self._find_length()):
            return
        self.times.append(time.perf_counter() - self._sent_at)
        self.answered.set()
        if b'"code":"0"' not in self._answer:
            self.wrong = self._answer
        self._answer = b""
        self.ask()

    def _find_length(self) -> int:
        head, end, _ = self._answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        self._size = len(head) + len(end) + int(length[1]) if end and length else 0
        return self._size or sys.maxsize

    def stop(self) -> None:
        self._transport.abort()


# --- WebSocket and start --------------------------------------------------------------


def _measure_logins() -> Row:
    """Connect and log in, one after the other: a login is once for each connection."""
    login = json.dumps(ws_login(PRACTICE_KEY, NOW))
    with start_sandbox_process() as server:
        start, before = time.perf_counter(), server.processor()
        for _ in range(LOGINS):
            with connect(f"{server.ws}/private", proxy=None) as connection:
                connection.send(login)
                answer = json.loads(connection.recv())
                if answer["event"] != "login":
                    raise RuntimeError(f"not logged in: {answer}")
        seconds, processor = time.perf_counter() - start, server.processor() - before
    figures = (
        f"{LOGINS / seconds:.0f} a second, {processor / LOGINS * 1e6:.0f} us of processor each"
    )
    return Row("WebSocket: connect and log in, one after the other", "", figures=figures)


def _measure_starts() -> Row:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = [_time_start() for _ in range(STARTS)]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures = f"{statistics.median(seconds):.2f} s, {processor / STARTS:.2f} s of processor"
    return Row("`okx-guide sandbox`: start to first answer", "", figures=figures)


def _time_start() -> float:
    """Return the seconds from the start of the program to its first answer."""
    start = time.perf_counter()
    program = subprocess.Popen(
        [sys.executable, "-m", "okx_guide", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout
        try:
            for line in program.stdout:
                if match := re.search(r"OKX_API_BASE_URL=(\S+)", line):
                    send_request(match[1].strip("'\""), "GET", "/api/v5/public/time")
                    return time.perf_counter() - start
        finally:
            program.terminate()
    raise RuntimeError("the sandbox did not say where it listens")
