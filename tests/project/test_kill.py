"""What was acknowledged survives a kill. `make fuzz` kills ten times as often."""

import sys
from pathlib import Path

import pytest

from scripts.load.kill import run

# Says that it has kept what it has not.
FORGETFUL = """
from okx_guide.__main__ import main
from okx_guide.sandbox.state.store import Store
Store.commit = lambda store: None
main()
"""


def test_nothing_acknowledged_is_lost_at_ten_random_moments(
    tmp_path: Path, figures: list[str]
) -> None:
    ledger = run(10, tmp_path)
    figures.append(f"kill: 10 kills; nothing of {ledger} is lost")
    assert ledger.changes > 30
    assert ledger.orders
    assert ledger.keys


def test_a_program_that_forgets_is_found_out(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"order|a key|the ready key|the clock"):
        run(5, tmp_path, program=(sys.executable, "-c", FORGETFUL))
