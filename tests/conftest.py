"""Fixtures of more than one folder of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from okx_guide.sandbox import RunningSandbox
from tests.support.processes import Launch, make_launcher
from tests.support.raw_http import bypass_proxy
from tests.support.run import Worker


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start programs in the test's folder; those that still run in the end are killed."""
    with make_launcher(tmp_path) as launch:
        yield launch


@pytest.fixture(scope="session", autouse=True)
def _loopback_needs_no_proxy() -> Iterator[None]:
    """A proxy of the machine must not come between a test and its server."""
    with bypass_proxy():
        yield


@pytest.fixture
def sandbox(practice_sandbox: RunningSandbox) -> RunningSandbox:
    """The practice exchange that `make serve` starts, as on the first day."""
    practice_sandbox.exchange.reset()
    return practice_sandbox


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """What runs blocks as in a page, started once. A reader's own exchange comes with an order."""
    with Worker() as started:
        yield started
