"""The built site, once for all tests that look at it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.blocks import ROOT
from tests.plugins.parallel import held, shared


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A strict build, in a folder of its own, shared by the processes of one run."""
    run = shared(tmp_path_factory)
    folder = run / "site"
    with held(run / "site.lock", alone=True):
        if not folder.exists():
            _build(run / "half-built").rename(folder)
    return folder


def _build(folder: Path) -> Path:
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
