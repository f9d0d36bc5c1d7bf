"""A practice exchange in a process of its own, so that its time and memory can be told."""

import base64
import functools
import gc
import hmac
import itertools
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.certificates import make_certificate
from okx_guide.sandbox.rest.endpoints import ENDPOINTS
from okx_guide.sandbox.server import listen, make_server
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.store import Store
from tests.support.raw_http import NOW

STATM = Path("/proc/self/statm")
Limit = Literal["signature", "answer"]
"""How much less than the exchange a server does."""

_PAGE = 4096
_OFF = [half / 2 for half in range(-50, 50)]


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """A server in another process.

    Attributes:
        url: Base URL of the REST API.
        ws: Base URL of the WebSockets for demo keys.
        folder: Where it keeps what it prints, and its state.
    """

    url: str
    ws: str
    pipe: Connection
    folder: Path

    @property
    def printed(self) -> str:
        """What it has printed on its standard error: nothing, if all is well."""
        return (self.folder / "err").read_text(encoding="utf-8", errors="replace")

    def processor(self) -> float:
        """Return the seconds of processor time that it has had."""
        return float(self._tell()[0])

    def memory(self) -> float:
        """Return the MiB that it holds; needs Linux."""
        return self._tell()[1] / (1 << 20)

    def _tell(self) -> tuple[float, int]:
        self.pipe.send(None)
        processor, memory = self.pipe.recv()
        return processor, memory


@contextmanager
def start_sandbox_process(
    constant: bytes = b"",
    *,
    limit: Limit | None = None,
    plant: Callable[[], None] | None = None,
    stored: bool = False,
    tls: bool = False,
) -> Iterator[SandboxProcess]:
    """Serve the exchange, or answer everything with a constant, if one is given.

    Args:
        constant: The answer.
        limit: What no exchange can do without: `signature` checks signature and age of a request
            before it gets the constant, `answer` also makes the answer anew.
        plant: Called in the other process before it serves, for example to break something.
        stored: Whether it keeps its state in a file.
        tls: Whether it speaks TLS.
    """
    local, remote = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process = spawn.Process(
            target=_serve, args=(remote, constant, limit, folder, plant, stored, tls), daemon=True
        )
        process.start()
        try:
            url, ws = local.recv()
            yield SandboxProcess(url, ws, local, folder)
        finally:
            process.terminate()
            process.join()
            local.close()
            remote.close()


def make_jumping_clock(now: Callable[[], float]) -> Callable[[], float]:
    """Return a clock that is half a second later at every look, and never far off.

    So no limit is reached, however fast the requests come, and no signature is too old.
    """
    off = itertools.cycle(_OFF)
    return lambda: now() + next(off)


def _serve(
    pipe: Connection,
    constant: bytes,
    limit: Limit | None,
    folder: Path,
    plant: Callable[[], None] | None,
    stored: bool,
    tls: bool,
) -> None:
    # Whatever prints, the log of the server or the interpreter itself, prints there.
    os.dup2(os.open(folder / "err", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    if plant:
        plant()

    # Open from the start: later there may be no descriptor left.
    statm = STATM.open() if STATM.exists() else None

    def tell() -> None:
        while True:
            pipe.recv()
            pages = "0"
            if statm:
                statm.seek(0)
                pages = statm.read().split()[1]
            pipe.send((time.process_time(), int(pages) * _PAGE))

    listeners = listen(context=make_certificate().context if tls else None)
    # As `jumping` does; but to read it costs no more than the machine's clock.
    clock = functools.partial(next, itertools.cycle([NOW + off for off in _OFF]))
    store = Store(folder / "state" if stored else None)
    exchange = Exchange([PRACTICE_KEY], clock, store)
    runner = make_server(exchange, listeners)
    if constant:
        app = _answer_anew(exchange) if limit == "answer" else _make_constant(constant)
        runner.config.app = check_signature(app) if limit else app
    hosts = listeners.hosts["global"]
    pipe.send((hosts.url, hosts.ws_demo))
    threading.Thread(target=tell, daemon=True).start()
    gc.freeze()  # as `okx-guide sandbox` does
    runner.run(list(listeners.sockets))


def _make_constant(body: bytes) -> ASGIApp:
    headers = [
        (b"content-length", b"%d" % len(body)),
        (b"content-type", b"application/json"),
        (b"x-sandbox", b"practice exchange, not OKX"),
    ]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _answer_anew(exchange: Exchange) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = ENDPOINTS[f"{scope['method']} {scope['path']}"]
        params = dict(parse_qsl(scope["query_string"].decode()))
        rows = endpoint.answer(exchange, params, PRACTICE_KEY)
        data = ",".join(map(endpoint.shape.write_row, rows))
        constant = _make_constant(f'{{"code":"0","data":[{data}],"msg":""}}'.encode())
        await constant(scope, receive, send)

    return app


def check_signature(constant: ASGIApp) -> ASGIApp:
    """Return an application that does only what no exchange can do without.

    Raises:
        PermissionError: When it is called: the request is not signed, or too old.
    """
    prepared = hmac.new(PRACTICE_KEY.secret_key.encode(), digestmod="sha256")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        sent_at, query = headers[b"ok-access-timestamp"], scope["query_string"]
        target = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
        mac = prepared.copy()
        mac.update(sent_at + scope["method"].encode() + target)
        signature = base64.b64encode(mac.digest())
        age = NOW - datetime.fromisoformat(sent_at.decode()).timestamp()
        if abs(age) > 30 or not hmac.compare_digest(signature, headers[b"ok-access-sign"]):
            raise PermissionError("the request is not signed, or too old")
        await constant(scope, receive, send)

    return app
