"""The built site, once for all tests that look at it."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.site.runtime import FOLDER, make
from tests.plugins.blocks import DOCS, ROOT
from tests.support.patience import SECONDS
from tests.support.tools import require_package


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A strict build in a folder of its own."""
    return build_once(tmp_path_factory, "built", _build)


def build_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]
) -> Path:
    """Return a folder that one process of a run builds for all of them.

    Args:
        tmp_path_factory: The fixture of that name.
        name: What the folder is called.
        build: Makes the folder and what is in it. Tests must only read there.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Above the folder of this process is that of the run.
        shared = shared.parent
    folder, finished = shared / name, shared / f"{name}.finished"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            build(folder)
            finished.touch()
    return folder


def _build(folder: Path) -> None:
    require_package("pyodide/pyodide.mjs")
    make(DOCS / FOLDER)
    # Without --quiet: it would switch off the counter of warnings that --strict reads.
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
