"""Run the practice exchange: in the foreground, or beside a test."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from okx_guide.sandbox.app import create_app
from okx_guide.sandbox.exchange import Exchange
from okx_guide.sandbox.keys import PRACTICE_KEY, Key


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that answers.

    Attributes:
        url: Base URL of its REST API, for example `http://127.0.0.1:8700`.
        exchange: Its state.
        key: The ready key.
    """

    url: str
    exchange: Exchange
    key: Key

    @property
    def environ(self) -> dict[str, str]:
        """The five variables that point a client at this sandbox."""
        return environ(self.url, self.key)


def environ(url: str, key: Key) -> dict[str, str]:
    """Return the five variables that point a client at a sandbox.

    Examples:
        >>> environ("http://127.0.0.1:8700", PRACTICE_KEY)["OKX_WS_URL"]
        'ws://127.0.0.1:8700/ws/v5'
    """
    return {
        "OKX_API_KEY": key.api_key,
        "OKX_SECRET_KEY": key.secret_key,
        "OKX_PASSPHRASE": key.passphrase,
        "OKX_API_BASE_URL": url,
        "OKX_WS_URL": url.replace("http", "ws", 1) + "/ws/v5",
    }


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 picks a free one.

    Raises:
        OSError: The address is in use or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    # Listening on every address; a client needs one.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A request that its caller never finishes is dropped; that is no error to show.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def server(exchange: Exchange) -> uvicorn.Server:
    """Return a server for one exchange; it serves when `run()` is called."""
    config = uvicorn.Config(
        create_app(exchange),
        log_level="error",
        access_log=False,
        # Without these, a proxy's header could choose the caller's address, and so pass
        # an IP allowlist.
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    return _Server(config)


@contextmanager
def running(
    keys: Sequence[Key] = (PRACTICE_KEY,),
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    clock: Callable[[], float] = time.time,
) -> Iterator[RunningSandbox]:
    """Run a sandbox in a thread for the length of a `with` block.

    Args:
        keys: The keys it knows; the first is the ready one.
        host: Address to listen on.
        port: 0 picks a free port.
        clock: Returns the exchange's time in Unix seconds.

    Examples:
        >>> import requests
        >>> with running() as sandbox:
        ...     requests.get(sandbox.url + "/api/v5/public/time", timeout=5).json()["code"]
        '0'
    """
    exchange = Exchange(keys, clock)
    listener = bind(host, port)
    runner = server(exchange)
    thread = threading.Thread(target=runner.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield RunningSandbox(url_of(listener), exchange, exchange.ready_key)
    finally:
        runner.should_exit = True
        thread.join(timeout=10)
        listener.close()
