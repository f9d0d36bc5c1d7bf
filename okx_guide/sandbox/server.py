"""Run the practice exchange: in the foreground, or beside a test."""

import asyncio
import errno
import logging
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import uvicorn
from websockets.exceptions import InvalidState

from okx_guide.sandbox.app import create_app
from okx_guide.sandbox.http_protocol import Requests
from okx_guide.sandbox.network import NetworkFault
from okx_guide.sandbox.ports import PortRole
from okx_guide.sandbox.rest.endpoints import ENDPOINTS
from okx_guide.sandbox.state.clock import Clock
from okx_guide.sandbox.state.exchange import Exchange, Milliseconds
from okx_guide.sandbox.state.journal import Journal
from okx_guide.sandbox.state.keys import PRACTICE_KEY, Key
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.state.store import Store
from okx_guide.sandbox.websocket.connection import LARGEST
from okx_guide.sandbox.websocket.uvicorn_protocol import Frames

# Read by OpenSSL, Go and Python's ssl; by curl; by requests; by Node.
_TRUST = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")

_BACKLOG = 128
_DESCRIPTORS = 1 << 16


@dataclass(frozen=True, slots=True)
class Hosts:
    """The addresses that stand for the hosts of one site.

    Attributes:
        url: Base URL of the REST API, for example `http://127.0.0.1:8700`, or with `https`.
        ws_live: Base URL of the WebSockets for live keys, for example
            `ws://127.0.0.1:8700/ws/v5`.
        ws_demo: Base URL of the WebSockets for demo keys.
    """

    url: str
    ws_live: str
    ws_demo: str


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that answers.

    Attributes:
        hosts: By site, what stands for its hosts.
        exchange: Its state.
        key: The ready key.
    """

    hosts: Mapping[str, Hosts]
    exchange: Exchange
    key: Key

    @property
    def url(self) -> str:
        """Base URL of the REST API of the ready key's site."""
        return self.hosts[self.key.site].url

    @property
    def environ(self) -> dict[str, str]:
        """The five variables that point a client at this sandbox."""
        return make_environ(self.hosts[self.key.site], self.key)

    @property
    def clock(self) -> Clock:
        """The exchange's clock, which can be turned."""
        return self.exchange.clock

    def move_price(self, name: str, price: str) -> None:
        """Set the price of a pair; waiting orders that it reaches are filled.

        Args:
            name: One that the practice exchange has, such as `BTC-USDT`.
            price: In the quote currency, as text, as on the wire.

        Raises:
            ValueError: There is no such pair, or the price is not a positive multiple of its tick.
        """
        instrument = INSTRUMENTS.get(name)
        if instrument is None:
            raise ValueError(f"There is no pair {name}: name one of {', '.join(INSTRUMENTS)}.")
        try:
            amount = Decimal(price)
        except InvalidOperation:
            raise ValueError(f"A price is a number as text, such as 44000, not {price}.") from None
        self.exchange.move_price(instrument, amount)

    def refuse(self, code: str, *, times: int = 1, endpoint: str = "") -> None:
        """Let the next requests be refused.

        Args:
            code: One of OKX's REST codes, for example `50026`.
            times: How many requests.
            endpoint: Only those of this endpoint, for example `POST /api/v5/trade/order`.

        Raises:
            ValueError: The code is not a REST code of our facts, or there is no such endpoint.
        """
        _check_endpoint(endpoint)
        self.exchange.faults.order(code, times=times, endpoint=endpoint)

    def break_network(self, fault: NetworkFault, *, times: int = 1, endpoint: str = "") -> None:
        """Let the next requests, or the answers to them, be lost or damaged.

        Args:
            fault: `lost`: the request is carried out, and the connection closes without an
                answer. `reset`, `empty`: it is reset or closed, and nothing is carried out.
                `bad_gateway`: likewise, with the HTML page of a proxy. `cut`, `garbled`,
                `slow`: it is carried out; half of the answer comes, or no JSON, or a byte a
                second.
            times: How many requests.
            endpoint: Only those of this endpoint.

        Raises:
            ValueError: There is no such fault or endpoint.
        """
        _check_endpoint(endpoint)
        self.exchange.faults.order(fault, times=times, endpoint=endpoint)

    def fail_randomly(
        self, chance: float, *, seed: int, fault: str = "", endpoint: str = ""
    ) -> None:
        """Let requests fail at random from now on, the same ones for the same seed.

        Args:
            chance: That a request fails, from 0 to 1; 0 ends it.
            seed: Any number.
            fault: A code or a network fault; empty for one of the refusals that any client
                must bear, `okx_guide.sandbox.state.faults.TEMPORARY`.
            endpoint: Only requests of this endpoint.

        Raises:
            ValueError: There is no such chance, fault or endpoint.
        """
        _check_endpoint(endpoint)
        self.exchange.faults.order_randomly(chance, seed=seed, fault=fault, endpoint=endpoint)

    def record(self) -> Journal:
        """Write down every request from now on, and return the journal, which is empty yet."""
        return self.exchange.record()


def _check_endpoint(endpoint: str) -> None:
    if endpoint not in ("", *ENDPOINTS):
        raise ValueError(f"endpoint is one of {', '.join(ENDPOINTS)}.")


def make_environ(hosts: Hosts, key: Key, authority: Path | None = None) -> dict[str, str]:
    """Return the five variables that point a client at a sandbox.

    Args:
        hosts: Where it is.
        key: The one that the client signs with.
        authority: Over TLS: the file of the authority that signed the certificate. Then
            four more variables let clients trust it.
    """
    trust = dict.fromkeys(_TRUST, str(authority)) if authority else {}
    return {
        "OKX_API_KEY": key.api_key,
        "OKX_SECRET_KEY": key.secret_key,
        "OKX_PASSPHRASE": key.passphrase,
        "OKX_API_BASE_URL": hosts.url,
        "OKX_WS_URL": hosts.ws_demo if key.demo else hosts.ws_live,
        **trust,
    }


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 picks a free one.

    Raises:
        OSError: The address is in use or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once (TCP_NODELAY) only where the socket says that it is TCP; else the
    # second half of an answer waits 40 ms for the caller to acknowledge the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def make_url(listener: socket.socket, scheme: str = "http") -> str:
    """Return the base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    # Listening on every address; a client needs one.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether to show a line of asyncio's log: not if a client just hung up over TLS."""
    return record.msg != "SSL connection is closed"


class _Server(uvicorn.Server):
    """Stops at once: each test with its own practice exchange waits for that.

    Uvicorn's own server polls ten times a second, first for a stop, then for open connections.
    """

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start
        self._is_full = False

    def _report_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Print an error as asyncio does; print only once that connections cannot be accepted."""
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)):
            loop.default_exception_handler(context)
        elif not self._is_full:
            self._is_full = True
            logging.getLogger("uvicorn.error").error(
                "No more connections can be taken: this process may open no more files "
                "(ulimit -n). It goes on as soon as some are closed."
            )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(self._report_error)
        if self.config.is_ssl:
            logging.getLogger("asyncio").addFilter(_is_news)
        await super().startup(sockets)

    async def main_loop(self) -> None:
        self._on_start()
        while not await self.on_tick(0):  # Once a second: it sets the date of the answers.
            await self._wait_for(lambda: self.should_exit)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A request that its caller never finishes is dropped silently.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await self._stop_accepting()
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        state = self.server_state
        for connection in tuple(state.connections):
            with suppress(InvalidState):  # A WebSocket that its client is closing.
                connection.shutdown()
        await self._wait_for(lambda: not state.connections and not state.tasks)
        # Connections that are still open then are cut.
        for task in tuple(state.tasks):
            task.cancel()
        for connection in tuple(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    async def _wait_for(self, happened: Callable[[], bool]) -> None:
        """Wait for something, for a second at most."""
        for _ in range(50):
            if happened():
                return
            await asyncio.sleep(0.02)

    async def _stop_accepting(self) -> None:
        """Wait for connections that are being accepted.

        asyncio would lose them if the server closed at that moment, and leave them to the
        garbage collector: https://github.com/python/cpython/issues/109564
        """
        loop = asyncio.get_running_loop()
        for listener in (listener for server in self.servers for listener in server.sockets):
            with suppress(NotImplementedError):  # On Windows there are no readers to remove.
                loop.remove_reader(listener.fileno())
        await asyncio.sleep(0)  # Now each has a transport,
        await asyncio.sleep(0)  # and its protocol knows it.


@dataclass(frozen=True, slots=True)
class Listeners:
    """The sockets of one practice exchange: for every site one for live, one for demo.

    Attributes:
        places: What each port stands for.
        sockets: One per address and port, those of the first address first.
        context: Over TLS, what a server takes; None for plain HTTP.
    """

    places: Mapping[int, PortRole]
    sockets: Sequence[socket.socket]
    context: ssl.SSLContext | None = None

    @property
    def hosts(self) -> dict[str, Hosts]:
        """By site, what stands for its hosts, on the first address."""
        scheme = "https" if self.context else "http"
        urls = {
            place: make_url(listener, scheme)
            for place, listener in zip(self.places.values(), self.sockets, strict=False)
        }
        ws = {place: url.replace("http", "ws", 1) + "/ws/v5" for place, url in urls.items()}
        return {
            site: Hosts(urls[PortRole(site)], ws[PortRole(site)], ws[PortRole(site, demo=True)])
            for site in dict.fromkeys(place.site for place in urls)
        }

    def close(self) -> None:
        """Stop listening."""
        for listener in self.sockets:
            listener.close()


def listen(
    addresses: Sequence[str] = ("127.0.0.1",),
    port: int = 0,
    sites: Sequence[str] = ("global",),
    context: ssl.SSLContext | None = None,
) -> Listeners:
    """Listen for every site on two ports, the same on every address.

    Args:
        addresses: Where to listen.
        port: The first of the ports, the others follow it; 0 picks free ones.
        sites: `global`, `us`, `eea`.
        context: To speak TLS; None for plain HTTP.

    Raises:
        OSError: An address is in use or not of this machine.
    """
    places: dict[int, PortRole] = {}
    sockets: list[socket.socket] = []
    try:
        for site in sites:
            for demo in (False, True):
                sockets.append(bind(addresses[0], port and port + len(places)))
                places[sockets[-1].getsockname()[1]] = PortRole(site, demo=demo)
        sockets += [bind(address, number) for address in addresses[1:] for number in places]
    except OSError:
        Listeners(places, sockets).close()
        raise
    return Listeners(places, sockets, context)


def make_server(
    exchange: Exchange, listeners: Listeners, on_start: Callable[[], None] = lambda: None
) -> uvicorn.Server:
    """Return a server for one exchange; `run()` with the sockets starts it.

    Args:
        exchange: What is served.
        listeners: What its ports stand for.
        on_start: Called once, when it answers and handles signals.
    """
    context = listeners.context
    config = uvicorn.Config(
        create_app(exchange, listeners.places),
        log_level="error",
        access_log=False,
        # Without these, a proxy's header could choose the caller's address, and so pass
        # an IP allowlist.
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        # Whatever else is installed: the bytes of a request are read by the same code.
        http=Requests,
        loop="asyncio",
        # The number of attempts of asyncio to accept a connection after an error.
        backlog=_BACKLOG,
        ws=Frames,
        ws_max_size=LARGEST,
        # OKX's keep-alive is the text `ping`; and what is not compressed cannot be a bomb.
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        ssl_context_factory=None if context is None else lambda *_: context,
    )
    return _Server(config, on_start)


def raise_limits() -> None:
    """Raise the limit of open files as far as the system allows: each connection is one."""
    try:
        import resource  # noqa: PLC0415  # Windows has none
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < target:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))


@contextmanager
def running(
    keys: Sequence[Key] = (PRACTICE_KEY,),
    *,
    addresses: Sequence[str] = ("127.0.0.1",),
    port: int = 0,
    clock: Callable[[], float] = time.time,
    sites: Sequence[str] = ("global",),
    store: Store | None = None,
    random: Callable[[int], bytes] = secrets.token_bytes,
    milliseconds: Milliseconds = "required",
    journal: Journal | None = None,
    context: ssl.SSLContext | None = None,
) -> Iterator[RunningSandbox]:
    """Run a sandbox in a thread for the length of a `with` block.

    Args:
        keys: The keys it knows; the first is the ready one.
        addresses: Where to listen.
        port: The first of its ports; 0 picks free ones.
        clock: Returns the machine's time in Unix seconds.
        sites: The sites to stand for.
        store: Where the state is kept; None keeps it in memory.
        random: Returns so many random bytes, for keys and codes.
        milliseconds: `optional` takes a REST timestamp without milliseconds, `required` refuses
            it. Sources disagree on what OKX does.
        journal: Where every request is written down from the start; None for no such thing.
        context: To speak TLS, for example that of `certificates.make_certificate()`; None for
            plain HTTP.

    Raises:
        OSError: An address is in use or not of this machine.
        ValueError: `milliseconds` is neither.

    Examples:
        >>> import requests
        >>> with running() as sandbox:
        ...     requests.get(sandbox.url + "/api/v5/public/time", timeout=5).json()["code"]
        '0'
    """
    exchange = Exchange(keys, clock, store, random, milliseconds, journal)
    listeners = listen(addresses, port, sites, context)
    runner = make_server(exchange, listeners)
    thread = threading.Thread(target=runner.run, args=(list(listeners.sockets),), daemon=True)
    thread.start()
    try:
        yield RunningSandbox(listeners.hosts, exchange, exchange.ready_key)
    finally:
        runner.should_exit = True
        thread.join(timeout=10)
        listeners.close()
