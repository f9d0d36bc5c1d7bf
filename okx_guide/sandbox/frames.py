"""WebSocket frames: what uvicorn leaves to whoever serves clients it cannot trust."""

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LARGEST = 64 << 10
"""Bytes of the largest message that is read. OKX allows 64 KB for the channels of a
subscription; what it allows elsewhere, no page says."""

_SECONDS = 10


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

    def handle_parser_exception(self) -> None:
        """Close after a frame that cannot be read; in a handshake, just hang up."""
        if self.conn.close_sent is None:
            self.transport.close()
        else:
            super().handle_parser_exception()

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
