"""A practice exchange for the tests of bots: the fixture `okx_sandbox`.

pytest finds this module by itself when the package is installed.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from okx_guide.sandbox import RunningSandbox

# The server is imported by the first test that uses the fixture: the plugin is loaded in every
# run of pytest, even where no test needs it or the extra is not installed.


@pytest.fixture(scope="session")
def _okx_server() -> "Iterator[RunningSandbox]":
    from okx_guide.sandbox import running

    with running() as sandbox:
        yield sandbox


@pytest.fixture
def okx_sandbox(_okx_server: "RunningSandbox") -> "RunningSandbox":
    """A fresh practice exchange: `okx_guide.sandbox.RunningSandbox`."""
    _okx_server.exchange.reset()
    return _okx_server
