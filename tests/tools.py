"""Programs that the tests use and Python does not bring along."""

import os
import shutil

import pytest


def needs(*programs: str) -> str:
    """Return the path of a program, or else of one that does as well.

    Without it a reader's test is skipped, by name. Where `CI` is set nothing is skipped:
    a check that nobody notices is missing is no check.
    """
    for program in programs:
        if path := shutil.which(program):
            return path
    if os.environ.get("CI"):
        pytest.fail(f"{programs[0]} is not installed; with CI set every program must be")
    pytest.skip(f"{' or '.join(programs)} is not installed")
