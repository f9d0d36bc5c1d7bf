"""How fast the practice exchange is: `make bench`.

The same server answers with every check on, and then with a constant, in turns; the ratio
of the two is what the checks cost, whatever the machine. The load comes from another
process, over 64 connections that each wait for their answer.

The signed request is good for 30 seconds and the limit of its endpoint is a few requests in
two. So the exchange under test has a clock that jumps ahead at every look, and back before
the signature is too old: every request is checked and counted, and none is refused.
"""

import asyncio
import itertools
import multiprocessing
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.exchange import Exchange
from okx_guide.sandbox.server import listen, server
from tests.wire import NOW, ask, private, request

CONNECTIONS = 64
ROUNDS = 7
SECONDS = 2.0
STARTS = 5
ENDPOINTS = ("/api/v5/account/config", "/api/v5/account/balance?ccy=BTC")


def main() -> None:
    """Print the figures."""
    for target in ENDPOINTS:
        checked, constant = asyncio.run(_compare(target))
        _print_rate(target, checked, constant)
    starts = sorted(_start() for _ in range(STARTS))
    sys.stdout.write(f"start to first answer: {statistics.median(starts):.2f} s\n")


def _print_rate(
    target: str, checked: Sequence[Sequence[float]], constant: Sequence[Sequence[float]]
) -> None:
    ratios = [len(one) / len(other) for one, other in zip(checked, constant, strict=True)]
    rates = [statistics.median(len(row) for row in rows) / SECONDS for rows in (checked, constant)]
    slow = [_p99(itertools.chain.from_iterable(rows)) * 1000 for rows in (checked, constant)]
    sys.stdout.write(
        f"GET {target}, {CONNECTIONS} connections: {rates[0]:.0f} verified requests/s, "
        f"p99 {slow[0]:.1f} ms; a constant: {rates[1]:.0f}/s, p99 {slow[1]:.1f} ms; "
        f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})\n"
    )


def _p99(times: Iterable[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


async def _compare(target: str) -> tuple[list[list[float]], list[list[float]]]:
    """Return the seconds of every answer, for each round, checked and constant."""
    signed = private(target=target)
    sent = request("GET", target, signed).replace(b"Connection: close\r\n", b"")
    with _serving(b"") as checked:
        body = ask(checked, "GET", target, signed).body
        with _serving(body) as constant:
            rounds: tuple[list[list[float]], list[list[float]]] = ([], [])
            await _load(checked, sent)  # warm both
            await _load(constant, sent)
            for _ in range(ROUNDS):
                rounds[0].append(await _load(checked, sent))
                rounds[1].append(await _load(constant, sent))
    return rounds


async def _load(url: str, sent: bytes) -> list[float]:
    """Call for some seconds and return how long each answer took."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    callers = [_Caller(sent) for _ in range(CONNECTIONS)]
    for caller in callers:
        await loop.create_connection(lambda caller=caller: caller, parts.hostname, parts.port)  # type: ignore[misc]  # a default binds the loop's variable
    for caller in callers:
        caller.ask()
    await asyncio.sleep(SECONDS)
    for caller in callers:
        caller.stop()
    if wrong := [caller.wrong for caller in callers if caller.wrong]:
        raise RuntimeError(f"not every request was answered with code 0: {wrong[0]!r}")
    return [took for caller in callers for took in caller.took]


class _Caller(asyncio.Protocol):
    """One connection, which asks again as soon as it has its answer."""

    def __init__(self, sent: bytes) -> None:
        self.took: list[float] = []
        self.wrong = b""
        self._sent = sent
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self) -> None:
        self._at = time.perf_counter()
        self._transport.write(self._sent)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if not end or not length or len(body) < int(length[1]):
            return
        self.took.append(time.perf_counter() - self._at)
        if b'"code":"0"' not in body:
            self.wrong = self._got
        self._got = b""
        self.ask()

    def stop(self) -> None:
        self._transport.abort()


@contextmanager
def _serving(constant: bytes) -> Iterator[str]:
    """Run a server in another process: with a constant, or the exchange if that is empty."""
    here, there = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=_serve, args=(there, constant), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def _serve(tell: Connection, constant: bytes) -> None:
    exchange = Exchange([PRACTICE_KEY], _jumping())
    listeners = listen()
    runner = server(exchange, listeners)
    if constant:
        runner.config.app = _constant(constant)
    tell.send(listeners.hosts["global"].url)
    runner.run(list(listeners.sockets))


def _jumping() -> Callable[[], float]:
    """Return a clock that is half a second later at every look, and stays near `NOW`."""
    moments = itertools.cycle(NOW + half / 2 for half in range(-50, 50))
    return lambda: next(moments)


def _constant(body: bytes) -> ASGIApp:
    headers = [
        (b"content-length", b"%d" % len(body)),
        (b"content-type", b"application/json"),
        (b"x-sandbox", b"practice exchange, not OKX"),
    ]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _start() -> float:
    """Return the seconds from the start of the program to its first answer."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "okx_guide.cli", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout
        try:
            for line in program.stdout:
                if found := re.search(r"OKX_API_BASE_URL=(\S+)", line):
                    ask(found[1].strip("'\""), "GET", "/api/v5/public/time")
                    return time.perf_counter() - began
        finally:
            program.terminate()
    raise RuntimeError("the sandbox did not say where it listens")


if __name__ == "__main__":
    main()
