"""WebSockets: a client that reads JSON, and connections as bytes."""

import json
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from okx_guide.sandbox import PRACTICE_KEY, Key
from tests.support.patience import SECONDS
from tests.support.raw_http import NOW, signature
from tests.support.raw_http import connect as connect_socket

TICKERS = {"channel": "tickers", "instId": "BTC-USDT"}


class Client:
    """One connection; what it reads is JSON, except `pong`."""

    def __init__(self, url: str) -> None:
        self._stack = ExitStack()
        self.wire: ClientConnection = self._stack.enter_context(
            connect(url, proxy=None, compression=None, ping_interval=None, close_timeout=SECONDS)
        )

    def close(self) -> None:
        self._stack.close()

    def send_json(self, message: object) -> None:
        self.wire.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def read(self) -> Any:
        text = self.wire.recv(SECONDS)
        return text if text == "pong" else json.loads(text)

    def ask(self, message: object) -> Any:
        self.send_json(message)
        return self.read()

    def ask_code(self, message: object) -> str:
        return str(self.ask(message)["code"])

    def is_silent(self) -> bool:
        """Whether nothing was sent that has not been read yet."""
        return bool(self.ask("ping") == "pong")

    def subscribe(self, *args: object) -> None:
        for arg in args:
            assert self.ask({"op": "subscribe", "args": [arg]})["event"] == "subscribe"
            assert self.read()["event"] == "channel-conn-count"

    def read_close(self) -> tuple[int, str]:
        with suppress(ConnectionClosed):
            while True:
                self.wire.recv(SECONDS)
        assert self.wire.close_code is not None
        return self.wire.close_code, str(self.wire.close_reason)


Open = Callable[..., Client]
"""Open a connection: at an endpoint, to the host of a key."""


def login(key: Key = PRACTICE_KEY, *, at: object = None, **changes: object) -> dict[str, Any]:
    """A login; changed or, with None, without a field."""
    at = str(int(NOW)) if at is None else at
    args = {
        "apiKey": key.api_key,
        "passphrase": key.passphrase,
        "timestamp": at,
        "sign": signature(key.secret_key, f"{at}", "GET", "/users/self/verify"),
    } | changes
    return {"op": "login", "args": [{n: v for n, v in args.items() if v is not None}]}


def handshake(url: str, *extra: str) -> socket.socket:
    """Open a connection as bytes."""
    wire = connect_socket(url)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # soon full
    lines = ["GET /ws/v5/public HTTP/1.1", "Host: localhost", "Connection: Upgrade"]
    lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13", *extra]
    lines += ["Sec-WebSocket-Key: RkFLRS1GQUtFLUZBS0UtRg==", "", ""]
    wire.sendall("\r\n".join(lines).encode("latin-1"))
    return wire


def frame(opcode: int, payload: bytes) -> bytes:
    """A masked frame; the mask is zero."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def send_many(wire: socket.socket, data: bytes, times: int) -> None:
    for _ in range(times):
        wire.sendall(data)
