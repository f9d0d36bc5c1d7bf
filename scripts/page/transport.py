"""Send the calls of `requests` to a practice exchange in the same process, without a network."""

import errno
import time
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from http.client import RemoteDisconnected
from io import BytesIO
from math import inf
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from starlette.types import ASGIApp, Message
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from okx_guide.sandbox.network import HANG_UP, PAUSE
from okx_guide.transport import deadline
from scripts.page.loop import Loop

HOST = "127.0.0.1"
"""The address of the practice exchange, and of whoever calls it."""

_NAMES = (HOST, "localhost")
_CLIENT = (HOST, 50_000)


class Transport(HTTPAdapter):
    """Sends prepared requests to an ASGI application, and to nothing else.

    Args:
        app: The practice exchange.
        loop: Runs it.
        ports: The ports of the exchange.
    """

    def __init__(self, app: ASGIApp, loop: Loop, ports: Mapping[int, object]) -> None:
        super().__init__()
        self._app = app
        self._loop = loop
        self._ports = ports

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # As in requests.
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send one request.

        Raises:
            requests.ConnectionError: It is for another host, or nothing listens there.
        """
        address = urlsplit(request.url or "")
        self._check(address, request)
        body = _join(request.body or b"")
        headers = [
            (name.lower().encode("latin-1"), _encode(value))
            for name, value in (request.headers or {}).items()
        ]
        if "Host" not in (request.headers or {}):
            headers.insert(0, (b"host", address.netloc.rpartition("@")[2].encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": address.scheme,
            "path": unquote(address.path),
            "raw_path": address.path.encode(),
            "query_string": address.query.encode(),
            "root_path": "",
            "headers": headers,
            "server": (address.hostname, address.port or 80),
            "client": _CLIENT,
        }
        raw = self._loop.finish(_answer(self._app, scope, body))
        return self.build_response(request, raw)

    def _check(self, address: SplitResult, request: requests.PreparedRequest) -> None:
        if address.hostname not in _NAMES:
            raise requests.ConnectionError(
                describe_refusal(address.hostname or ""), request=request
            )
        if address.scheme != "http" or address.port not in self._ports:
            raise requests.ConnectionError(
                f"Nothing listens at {address.scheme}://{address.netloc}. The practice exchange "
                f"is at http://{HOST}:{next(iter(self._ports))}.",
                request=request,
            )

    def install(self) -> None:
        """Use it for every session of `requests`, including existing ones."""

        def send(
            _: HTTPAdapter, request: requests.PreparedRequest, **options: Any
        ) -> requests.Response:
            return self.send(request, **options)

        HTTPAdapter.send = send  # type: ignore[method-assign,assignment]  # of every session


def describe_refusal(host: str) -> str:
    """Return the sentence for a host that is not the practice exchange."""
    return (
        f"{host} is not reached from this page: code here reaches the practice exchange and "
        "nothing else. To reach another host, run the code on your machine."
    )


def _join(body: Any) -> bytes:
    """Return a body as bytes; requests also takes a file or an iterator."""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b"".join(body)


def _encode(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def _make_error(*, reset: bool) -> requests.ConnectionError:
    """Return the exception of requests for a connection that ended without an answer."""
    reason = (
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
        if reset
        else RemoteDisconnected("Remote end closed connection without response")
    )
    return requests.ConnectionError(ProtocolError("Connection aborted.", reason))


async def _answer(app: ASGIApp, scope: dict[str, Any], body: bytes) -> HTTPResponse:
    parts: list[bytes] = []
    start: Message = {}
    end: Message = {}
    paused = 0.0
    request = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return request.pop() if request else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal paused
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == HANG_UP:
            end.update(message)
        elif message["type"] == PAUSE:
            paused += message["seconds"]
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    if end and not start:
        raise _make_error(reset=end["reset"])
    # Nothing waits here: it is the time that the call would have taken.
    if paused > deadline.get(inf) - time.monotonic():
        raise requests.ReadTimeout("The answer was not complete in time.")
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]
    ]
    # The server of `okx-guide sandbox` adds it.
    headers.append(("date", formatdate(usegmt=True)))
    return HTTPResponse(
        BytesIO(b"".join(parts)),
        headers=dict(headers),
        status=start["status"],
        reason=HTTPStatus(start["status"]).phrase,
        preload_content=False,
        request_method=scope["method"],
    )
