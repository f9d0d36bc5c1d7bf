"""Whoever shares something runs in the same process."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.plugins.blocks import ROOT
from tests.plugins.parallel import group


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("docs/index.md::CodeFence#1[line:12]", "docs/index.md"),
        ("tests/test_errors.py::test_a_code[50113]", "tests/test_errors.py"),
        ("tests/test_other.py::test_it_runs[rust]", "tests/test_other.py"),
        ("tests/site/test_finish.py::test_every_page_is_built", "the site"),
        ("tests/test_browser_pages.py::test_it_is_shown[home]", "the site"),
        ("tests/test_sites.py::test_the_hosts", "tests/test_sites.py"),
        ("tests/pages/test_languages.py::test_a_source_is_short", "tests/pages/test_languages.py"),
        ("tests/pages/test_languages.py::test_it_runs[rust]", "rust"),
        ("tests/pages/test_languages.py::test_it_is_refused[rust-OKX_API_KEY-50119]", "rust"),
    ],
)
def test_a_file_stays_together_and_so_does_a_language(nodeid: str, expected: str) -> None:
    assert expected == group(nodeid)


MEASURED = """
import pytest
from log import during

@pytest.mark.alone
@pytest.mark.parametrize("number", range(3))
def test_it_measures(number):
    during("alone")
"""
OTHERS = """
import pytest
from log import during

@pytest.mark.parametrize("number", range(20))
def test_it_works(number):
    during("other")
"""
LOG = """
import os, time

def during(name):
    for what in ("begins", "ends"):
        with open("log.txt", "a") as log:
            log.write(f"{os.getpid()} {name} {what}\\n")
        time.sleep(0.02)
"""


def test_nothing_runs_beside_a_test_that_measures(tmp_path: Path) -> None:
    for name, text in {"test_a": MEASURED, "test_b": OTHERS, "test_c": OTHERS, "log": LOG}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "3", "-p", "tests.plugins.parallel", "-c", os.devnull,
         "--rootdir", ".", "--strict-markers"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    log = [line.split() for line in (tmp_path / "log.txt").read_text("utf-8").splitlines()]
    assert len(log) == 2 * (3 + 20 + 20)
    for (_, before, began), (_, name, what) in pairwise(log):
        if began == "begins" and "alone" in (before, name):
            assert (before, what) == (name, "ends")
