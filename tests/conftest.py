"""Fixtures of more than one folder of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import Launch, launching


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start programs in the test's folder; those that still run in the end are killed."""
    with launching(tmp_path) as launch:
        yield launch
