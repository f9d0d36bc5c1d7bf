"""Programs that the tests use: of this Python's environment, or else of the machine."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.languages import Language, environ


def require_program(*programs: str) -> str:
    """Return the path of a program, or else of one that does as well.

    Without it a reader's test is skipped, by name. Where `CI` is set nothing is skipped:
    a check that nobody notices is missing is no check.
    """
    paths = (shutil.which(program, path=environ()["PATH"]) for program in programs)
    path = next(filter(None, paths), None)
    if not path:
        _do_without(f"{' or '.join(programs)} is not installed")
    return path


def require_package(path: str) -> Path:
    """Return a file of an npm package that `make .venv/node_modules` installs."""
    file = Path(sys.prefix) / "node_modules" / path
    if not file.is_file():
        _do_without(f"{path} is not installed (make .venv/node_modules)")
    return file


def require_tools(language: Language, missing: Mapping[str, str]) -> None:
    """Do the same for the tools of a language."""
    if missing:
        advice = ", ".join(
            f"{tool} (Debian: {package})" if package else f"{tool} (make .venv/ready)"
            for tool, package in missing.items()
        )
        _do_without(f"{language.name} needs {advice}")


def _do_without(message: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{message}; with CI set every program must be")
    pytest.skip(message)
