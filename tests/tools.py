"""Programs that the tests use and Python does not bring along."""

import os
import shutil
from collections.abc import Mapping

import pytest

from tests.languages import Language


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


def require(language: Language, missing: Mapping[str, str]) -> None:
    """Skip the test on a reader's machine, fail it in CI, if a tool is missing."""
    if missing:
        advice = ", ".join(f"{tool} (Debian: {package})" for tool, package in missing.items())
        message = f"{language.name} needs {advice}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
