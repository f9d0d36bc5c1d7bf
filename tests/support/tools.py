"""Programs that the tests use and Python does not bring along."""

import os
import shutil
from collections.abc import Mapping
from typing import NoReturn

import pytest

from tests.support.languages import Language


def needs(*programs: str) -> str:
    """Return the path of a program, or else of one that does as well.

    Without it a reader's test is skipped, by name. Where `CI` is set nothing is skipped:
    a check that nobody notices is missing is no check.
    """
    path = next(filter(None, map(shutil.which, programs)), None)
    if not path:
        _do_without(f"{' or '.join(programs)} is not installed")
    return path


def require(language: Language, missing: Mapping[str, str]) -> None:
    """Do the same for the tools of a language."""
    if missing:
        advice = ", ".join(f"{tool} (Debian: {package})" for tool, package in missing.items())
        _do_without(f"{language.name} needs {advice}")


def _do_without(message: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{message}; with CI set every program must be")
    pytest.skip(message)
