"""What the tests of the WebSocket share."""

from collections.abc import Iterator

import pytest

from okx_guide.sandbox import RunningSandbox
from tests.support.logs import nothing_logged


@pytest.fixture(autouse=True)
def _nothing_is_logged(running_sandbox: RunningSandbox) -> Iterator[None]:
    """A traceback in the terminal of the sandbox would be a bug."""
    with nothing_logged():
        yield
