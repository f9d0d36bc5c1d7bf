"""WebSocket frames of clients that cannot be trusted: what uvicorn does not handle."""

import asyncio

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.protocol import State

FRAGMENTS_AT_MOST = 1024
"""The most fragments that a message may have. Our choice."""

_SECONDS = 10
_DRAIN_SECONDS = 1
_BAD_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Frames(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which drops a client that does not read, and logs no nonsense."""

    _drop: asyncio.TimerHandle | None = None
    # What came before the handshake was answered.
    _early = b""

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
        if self.handshake_initiated and not self.handshake_complete:
            self._early += data
            if len(self._early) > self.config.ws_max_size:
                self.transport.abort()
            return
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
        """Send what the application sends; a refusal ends the handshake, too."""
        if self.close_sent and message["type"] in ("websocket.send", "websocket.close"):
            # Closed because of an unreadable frame, which the application does not know.
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.accept" and self._early:
            early, self._early = self._early, b""
            self.data_received(early)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True

    def handle_cont(self, event: Frame) -> None:
        """Take one more piece of a message, if there are not too many."""
        if len(self.frames) >= FRAGMENTS_AT_MOST:
            self.frames = []
            self.conn.fail(CloseCode.POLICY_VIOLATION, "Too many fragments")
            self.handle_parser_exception()
        elif not self.close_sent:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Pass a message on, if its text is text."""
        try:
            if self.curr_msg_data_type == "text":
                b"".join(self.frames).decode()
        except UnicodeDecodeError:
            # A close frame in the same packet may have closed it already.
            if self.conn.state is State.OPEN and not self.close_sent:
                self.conn.send_close(CloseCode.INVALID_DATA, "The text is not UTF-8")
                self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    def _keep(self) -> None:
        if self._drop is not None:
            self._drop.cancel()
            self._drop = None
