"""A practice exchange whose clock stands still, started once for the tests of a file."""

from collections.abc import Iterator, Sequence

import pytest

from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, running
from tests.support.raw_http import NOW, send_request


@pytest.fixture(scope="module")
def keys() -> Sequence[Key]:
    """The keys that it knows; a file that needs others says so."""
    return (PRACTICE_KEY,)


@pytest.fixture(scope="module")
def running_sandbox(keys: Sequence[Key]) -> Iterator[RunningSandbox]:
    """The practice exchange, as the test before has left it."""
    with running(keys, clock=lambda: NOW, sites=("global", "eea")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """The practice exchange as on the first day."""
    running_sandbox.exchange.reset()
    yield running_sandbox
    # Whatever a test has done, the next reader is served.
    running_sandbox.exchange.reset()
    answer = send_request(running_sandbox.url, "GET", "/api/v5/public/time")
    assert answer.json["data"] == [{"ts": "1607418537715"}]


@pytest.fixture
def url(sandbox: RunningSandbox) -> str:
    """The base URL of its REST API."""
    return sandbox.url
