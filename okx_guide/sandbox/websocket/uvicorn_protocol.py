"""WebSocket frames: what uvicorn leaves to whoever serves clients it cannot trust."""

import asyncio

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_SECONDS = 10
_DRAIN_SECONDS = 1
_BAD_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Frames(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which drops a client that does not read, and logs no nonsense."""

    _drop: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The client reads less than it is sent: give it a moment."""
        super().pause_writing()
        self._drop = self.loop.call_later(_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._keep()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._keep()
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        """Answer a ping frame, unless earlier answers wait to be read."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read what has arrived; uvicorn would leave a bad handshake without an answer."""
        super().data_received(data)
        if self.conn.handshake_exc and not self.handshake_initiated and not self.close_sent:
            self.handshake_complete = self.close_sent = True
            self.transport.write(_BAD_HANDSHAKE)
            self.transport.close()

    def handle_parser_exception(self) -> None:
        """Close after a message that cannot be read, but read on for a moment, and drop it.

        A client that is still sending when the connection closes may never see why.
        """
        if self.close_sent or self.conn.close_sent is None:
            return
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(_DRAIN_SECONDS, self.transport.close)

    async def send(self, message: ASGISendEvent) -> None:
        """Send what the application says; a refusal too ends the handshake."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True

    def send_receive_event_to_app(self) -> None:
        """Pass a message on, if its text is text."""
        try:
            if self.curr_msg_data_type == "text":
                b"".join(self.frames).decode()
        except UnicodeDecodeError:
            self.conn.send_close(1007, "The text is not UTF-8")
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    def _keep(self) -> None:
        if self._drop is not None:
            self._drop.cancel()
            self._drop = None
