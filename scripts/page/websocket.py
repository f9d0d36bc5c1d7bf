"""A stand-in for `websockets.sync.client`, bound to the practice exchange in the same process."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message
from websockets.datastructures import Headers
from websockets.exceptions import (
    ConnectionClosed,
    ConnectionClosedError,
    ConnectionClosedOK,
    InvalidStatus,
    InvalidURI,
)
from websockets.frames import Close
from websockets.http11 import Response

from okx_guide.sandbox.websocket.connection import LARGEST
from scripts.page.loop import Loop
from scripts.page.transport import HOST, describe_refusal

_CLIENT = (HOST, 50_000)
_CLOSES_WELL = (1000, 1001)
# How long the exchange has to close its end, in seconds.
_GOODBYE = 1.0


class Connection:
    """One WebSocket, with the methods of `websockets.sync.client.ClientConnection`.

    Args:
        app: The practice exchange.
        loop: Runs it.
        address: The URL.
    """

    def __init__(self, app: ASGIApp, loop: Loop, address: str) -> None:
        parts = urlsplit(address)
        self._loop = loop
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()
        self._closed: ConnectionClosed | None = None
        self._inbox.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(b"host", parts.netloc.encode())],
            "server": (parts.hostname, parts.port),
            "client": _CLIENT,
            "subprotocols": [],
        }
        self._work = loop.create_task(self._serve(app, scope))
        answer = loop.finish(self._outbox.get())
        if answer["type"] == "websocket.http.response.start":
            body = loop.finish(self._outbox.get())["body"]
            headers = Headers((name.decode(), text.decode()) for name, text in answer["headers"])
            raise InvalidStatus(Response(answer["status"], "", headers, body))

    async def _serve(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        await app(scope, self._inbox.get, self._outbox.put)

    def send(self, message: str | bytes) -> None:
        """Send one message.

        Raises:
            ConnectionClosed: The exchange has closed the connection.
        """
        if self._closed:
            raise self._closed
        kind = "text" if isinstance(message, str) else "bytes"
        size = len(message.encode() if isinstance(message, str) else message)
        if size > LARGEST:
            # The exchange's server closes before the application sees the message.
            reason = f"frame with {size} bytes exceeds limit of {LARGEST} bytes"
            self._end(1009, reason)
            return
        self._inbox.put_nowait({"type": "websocket.receive", kind: message})
        # The exchange reads it now, as a server would do in the background.
        self._loop.finish(asyncio.sleep(0))

    def recv(self, timeout: float | None = None, decode: bool | None = None) -> str | bytes:
        """Return the next message.

        Args:
            timeout: Seconds to wait at most; None waits for ever.
            decode: As in the library; the exchange sends text.

        Raises:
            ConnectionClosed: The exchange has closed the connection.
            TimeoutError: No message came in time.
        """
        if self._closed and self._outbox.empty():
            raise self._closed
        message = self._loop.finish(self._take_message(timeout))
        if message["type"] == "websocket.close":
            self._end(message.get("code", 1000), message.get("reason") or "")
            return self.recv(timeout, decode)
        text = message.get("text")
        if text is None or decode is False:
            return bytes(message["bytes"]) if text is None else str(text).encode()
        return str(text)

    async def _take_message(self, seconds: float | None) -> Message:
        try:
            async with asyncio.timeout(seconds):
                return await self._outbox.get()
        except TimeoutError:
            raise TimeoutError(f"timed out in {seconds:.1f}s") from None

    def _end(self, code: int, reason: str) -> None:
        if self._closed:
            return
        received = Close(code, reason)
        well = code in _CLOSES_WELL
        self._closed = (ConnectionClosedOK if well else ConnectionClosedError)(
            received, received, rcvd_then_sent=True
        )
        self._leave(code)

    def _leave(self, code: int) -> None:
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": code})
        self._loop.finish(asyncio.wait([self._work], timeout=_GOODBYE))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, if it is open."""
        if self._closed is None:
            goodbye = Close(code, reason)
            self._closed = ConnectionClosedOK(goodbye, goodbye, rcvd_then_sent=False)
            self._leave(code)

    def ping(self, data: str | bytes | None = None) -> None:
        """Send a ping frame, which the exchange's server answers by itself."""

    def __iter__(self) -> Iterator[str | bytes]:
        try:
            while True:
                yield self.recv()
        except ConnectionClosedOK:
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Client:
    """Stands in for `connect` of `websockets.sync.client` in a page.

    Args:
        app: The practice exchange.
        loop: Runs it.
        ports: Where it is reached.
    """

    def __init__(self, app: ASGIApp, loop: Loop, ports: Mapping[int, object]) -> None:
        self._app = app
        self._loop = loop
        self._ports = ports
        self._open: list[Connection] = []

    def connect(self, uri: str, **_: Any) -> Connection:
        """Open a WebSocket.

        Raises:
            InvalidURI: It is not the address of a WebSocket.
            InvalidStatus: The exchange refuses it.
            OSError: It is for another host, or nothing listens there.
        """
        address = urlsplit(uri)
        if address.scheme not in ("ws", "wss") or not address.hostname:
            raise InvalidURI(uri, "scheme isn't ws or wss")
        if address.hostname not in (HOST, "localhost"):
            raise OSError(describe_refusal(address.hostname))
        if address.scheme != "ws" or address.port not in self._ports:
            raise ConnectionRefusedError(f"Nothing listens at {uri}.")
        connection = Connection(self._app, self._loop, uri)
        self._open.append(connection)
        return connection

    def close(self) -> None:
        """Close what the last block left open."""
        for connection in self._open:
            connection.close()
        self._open.clear()
