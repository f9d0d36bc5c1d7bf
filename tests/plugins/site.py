"""The built site, once for all tests that look at it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.site.runtime import FOLDER, make
from tests.plugins.blocks import DOCS, ROOT
from tests.support.tools import needs_package


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A strict build in a folder of its own.

    tests/plugins/parallel.py keeps all that look at it in one process.
    """
    return _build(tmp_path_factory.mktemp("built") / "site")


def _build(folder: Path) -> Path:
    needs_package("pyodide/pyodide.mjs")
    make(DOCS / FOLDER)
    # Without --quiet: it would switch off the counter of warnings that --strict reads.
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
