"""HTTP on the wire: protections against hostile clients that uvicorn lacks."""

import asyncio
import os
import socket
import struct
from contextlib import suppress
from typing import Any

import h11
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from okx_guide.sandbox.network import HANG_UP, PAUSE

HEAD_SECONDS = 10.0
"""Seconds for the head of a request, or for a handshake, to arrive whole. Our choice."""

_LENGTHS = {b"content-length", b"transfer-encoding"}


class _StrictConnection(h11.Connection):
    """h11's connection, but refusing a request with two lengths: a proxy may use the other one."""

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request) and {name for name, _ in event.headers} >= _LENGTHS:
            raise h11.RemoteProtocolError("Content-Length and Transfer-Encoding")
        return event


class Requests(H11Protocol):
    """uvicorn's HTTP protocol, with a deadline for the head of a request, and no lost frames."""

    _head: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        largest = self.config.h11_max_incomplete_event_size or 1 << 16
        self.conn = _StrictConnection(h11.SERVER, largest)
        self._app: ASGIApp = self.app
        self.app = self._run_app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        """A client has connected."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has disconnected."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Read what has arrived, and start or stop the deadline of a head."""
        super().handle_events()
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._wait_for_head()
        else:
            self._stop_waiting()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over, with the bytes after the handshake."""
        self._stop_waiting()
        super().handle_websocket_upgrade(event)
        early, _ = self.conn.trailing_data
        frames = self.transport.get_protocol()
        if early and isinstance(frames, asyncio.Protocol):
            frames.data_received(early)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP; in the middle of an answer, by closing the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

    async def _run_app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, which may also say `HANG_UP` and `PAUSE`."""

        async def wait_until_gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        async def send_or_break(message: Message) -> None:
            if message["type"] == HANG_UP:
                self._hang_up(reset=message["reset"])
                await wait_until_gone()
            elif message["type"] == PAUSE:
                with suppress(TimeoutError):
                    async with asyncio.timeout(message["seconds"]):
                        await wait_until_gone()
            else:
                await send(message)

        await self._app(scope, receive, send_or_break)

    def _hang_up(self, *, reset: bool) -> None:
        if reset:
            # Lingering for zero seconds resets the connection.
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            wire = self.transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()
        else:
            self.transport.close()

    def _wait_for_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
