"""The stage on which the sources are played."""

from collections.abc import Iterator

import pytest

from tests.sources.stub import StubSite, serve_stub


@pytest.fixture
def stage() -> Iterator[StubSite]:
    """A server that plays the guide and its changelog as they were kept."""
    with serve_stub() as playing:
        yield playing
