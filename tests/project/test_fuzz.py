"""The practice exchange bears nonsense. `make fuzz` sends ten times as much."""

import pytest

from scripts.load.fuzz import run
from tests.support.sandbox_process import STATM


@pytest.mark.skipif(not STATM.exists(), reason="the memory of a process is read from /proc")
def test_nonsense_of_every_kind_is_answered_and_leaves_no_memory_behind(
    figures: list[str],
) -> None:
    run_figures = run(10_000)
    figures.append(str(run_figures))
    assert run_figures.requests >= 10_000
    assert run_figures.frames > 100
    # It has reached more than the doors.
    assert {"101", "200", "400", "401", "403", "405"} <= run_figures.statuses.keys()
    # A leak of 500 bytes in a request would show.
    assert run_figures.end - run_figures.warm < 2.5
