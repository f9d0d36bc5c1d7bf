"""The practice exchange bears nonsense. `make fuzz` sends ten times as much."""

import pytest

from tests.apart import STATM
from tests.fuzz import run


@pytest.mark.skipif(not STATM.exists(), reason="the memory of a process is read from /proc")
def test_nonsense_of_every_kind_is_answered_and_leaves_no_memory_behind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = run(10_000)
    with capsys.disabled():
        print(f"\n{figures}")  # noqa: T201  # whoever reads the output of the tests wants them
    assert figures.requests >= 10_000
    assert figures.frames > 100
    # It has reached more than the doors.
    assert {"101", "200", "400", "401", "403", "405"} <= figures.statuses.keys()
    # A leak of 500 bytes in a request would show.
    assert figures.end - figures.warm < 2.5
