"""The stage on which the sources are played."""

from collections.abc import Iterator

import pytest

from tests.sources.stub import Stage, play


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A server that plays the guide and its changelog as they were kept."""
    with play() as playing:
        yield playing
