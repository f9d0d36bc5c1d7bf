"""The stand-in for `websockets.sync.client`: what a client of the library may do."""

import json
from collections.abc import Iterator

import pytest
from websockets.exceptions import (
    ConnectionClosedError,
    ConnectionClosedOK,
    InvalidStatus,
    InvalidURI,
)

from okx_guide import Credentials, ws_login
from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.app import create_app
from okx_guide.sandbox.state.exchange import Exchange
from scripts.page.loop import Loop
from scripts.page.visit import FIRST_PORT, PORTS
from scripts.page.websocket import Client
from tests.support.patience import SECONDS

DEMO = f"ws://127.0.0.1:{FIRST_PORT + 1}/ws/v5"
CREDENTIALS = Credentials(PRACTICE_KEY.api_key, PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase)


@pytest.fixture
def exchange() -> Exchange:
    return Exchange([PRACTICE_KEY])


@pytest.fixture
def client(exchange: Exchange) -> Iterator[Client]:
    loop = Loop()
    client = Client(create_app(exchange, PORTS), loop, PORTS)
    yield client
    client.close()
    loop.close()


def test_a_key_logs_in(client: Client) -> None:
    with client.connect(f"{DEMO}/private") as socket:
        socket.send(json.dumps(ws_login(CREDENTIALS)))
        answer = json.loads(socket.recv(timeout=SECONDS))
        socket.send("ping")
        assert socket.recv(timeout=SECONDS, decode=False) == b"pong"

    assert (answer["event"], answer["code"]) == ("login", "0")
    with pytest.raises(ConnectionClosedOK):
        socket.send("ping")
    with pytest.raises(ConnectionClosedOK):
        socket.recv()


def test_silence_ends_a_wait(client: Client) -> None:
    with client.connect(f"{DEMO}/public") as socket, pytest.raises(TimeoutError, match=r"in 0\.1s"):
        socket.recv(timeout=0.1)


def test_the_exchange_may_close(client: Client, exchange: Exchange) -> None:
    socket = client.connect(f"{DEMO}/public")
    exchange.clock.advance(31)

    with pytest.raises(ConnectionClosedError) as raised:
        socket.recv(timeout=SECONDS)

    assert raised.value.rcvd
    assert (raised.value.rcvd.code, raised.value.rcvd.reason) == (4004, "No data received in 30s")


def test_a_message_may_be_too_long(client: Client) -> None:
    socket = client.connect(f"{DEMO}/public")
    socket.send("x" * 65_537)

    with pytest.raises(ConnectionClosedError, match="65537 bytes exceeds limit of 65536"):
        socket.recv(timeout=SECONDS)


def test_only_the_exchange_is_reached(client: Client) -> None:
    with pytest.raises(OSError, match=r"ws\.okx\.com is not reached from this page"):
        client.connect("wss://ws.okx.com/ws/v5/public")
    with pytest.raises(ConnectionRefusedError, match="Nothing listens at"):
        client.connect("ws://127.0.0.1:9/")
    with pytest.raises(InvalidURI):
        client.connect("http://127.0.0.1:8700/ws/v5/public")
    with pytest.raises(InvalidStatus, match="404"):
        client.connect(f"ws://127.0.0.1:{FIRST_PORT}/ws/v5/nowhere")


def test_what_a_block_leaves_open_is_closed(client: Client, exchange: Exchange) -> None:
    client.connect(f"{DEMO}/public")
    client.close()
    # The order books are those of the exchange, and stay.
    watchers = [*exchange.market.watchers]

    client.connect(f"{DEMO}/public")
    assert len(exchange.market.watchers) > len(watchers)
    client.close()

    assert exchange.market.watchers == watchers
