"""Small HTTP servers on loopback, for tests that need somebody at the other end."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.patience import SECONDS


class Handler(BaseHTTPRequestHandler):
    """A handler that says nothing, and waits for nobody for ever; `answer` is what it does."""

    timeout = SECONDS

    def answer(self) -> None:
        """Answer a GET or a POST."""
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Not a word."""


@contextmanager
def serve(
    handler: Callable[..., BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Run a server; yield its address, without a slash at the end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(SECONDS)


@dataclass(frozen=True, slots=True)
class Request:
    """What a stub server received."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a stub server answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StubServer:
    """A server with prepared replies.

    Attributes:
        url: Its address, without a slash at the end.
        requests: What it has received.
    """

    url: str
    requests: list[Request]


@contextmanager
def serve_replies(
    reply: Reply | Callable[[Request], Reply], tls: ssl.SSLContext | None = None
) -> Iterator[StubServer]:
    """Run a stub server.

    Args:
        reply: The reply to every request, or a function that chooses one.
        tls: Serve over TLS with this context.
    """
    requests: list[Request] = []

    class StubHandler(Handler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, dict(self.headers))
            requests.append(request)
            chosen = reply if isinstance(reply, Reply) else reply(request)
            self.reply(chosen.status, chosen.body, chosen.headers)

    with serve(StubHandler, tls) as url:
        yield StubServer(url, requests)


class _FolderHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Not a word."""


def serve_folder(folder: Path) -> AbstractContextManager[str]:
    """Run a server of the files in a folder, as `serve` does."""
    return serve(partial(_FolderHandler, directory=str(folder)))
