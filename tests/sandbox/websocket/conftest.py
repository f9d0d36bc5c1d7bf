"""What the tests of the WebSocket share."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A traceback in the terminal of the sandbox would be a bug."""
    yield
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
