"""What the tests of the WebSocket share."""

from collections.abc import Iterator

import pytest

from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox
from tests.support.logs import forbid_logs
from tests.support.websocket_client import Client, Open, login


@pytest.fixture(autouse=True)
def _nothing_is_logged(running_sandbox: RunningSandbox) -> Iterator[None]:
    """A traceback in the terminal of the sandbox would be a bug."""
    with forbid_logs():
        yield


@pytest.fixture
def open_(sandbox: RunningSandbox) -> Iterator[Open]:
    """Opens connections, and closes them all."""
    clients: list[Client] = []

    def open_one(endpoint: str = "private", key: Key = PRACTICE_KEY) -> Client:
        hosts = sandbox.hosts[key.site]
        sandbox.exchange.limits = type(sandbox.exchange.limits)(sandbox.exchange.now)
        base = hosts.ws_demo if key.demo else hosts.ws_live
        clients.append(Client(f"{base}/{endpoint}"))
        return clients[-1]

    yield open_one
    for client in clients:
        client.close()


@pytest.fixture
def client(open_: Open) -> Client:
    """Logged in at the private address."""
    client = open_()
    assert client.ask_code(login()) == "0"
    return client
