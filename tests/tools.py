"""Programs that the tests use and Python does not bring along."""

import os
import shutil

import pytest


def needs(program: str) -> str:
    """Return the path of a program.

    Without it a reader's test is skipped, by name. Where `CI` is set nothing is skipped:
    a check that nobody notices is missing is no check.
    """
    path = shutil.which(program)
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail(f"{program} is not installed; with CI set every program must be")
    pytest.skip(f"{program} is not installed")
