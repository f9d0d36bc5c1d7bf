"""Whoever shares something runs in the same process."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.blocks import ROOT
from tests.plugins.parallel import fixtures, group, pytest_collection_modifyitems, rank
from tests.support.patience import SECONDS

FILE = """
import os
import time
import pytest
from tests.support.languages import LANGUAGES

def note(name):
    with open("log.txt", "a") as log:
        log.write(f"{name} {os.getpid()}\\n")
    time.sleep(0.01)

@pytest.mark.parametrize("number", range(10))
def test_it_works(number):
    note(__name__)

@pytest.mark.parametrize("language", LANGUAGES[:2], ids=str)
@pytest.mark.parametrize("number", range(10))
def test_it_runs(number, language):
    note(language.folder)
"""


def count_processes(folder: Path, *options: str) -> dict[str, int]:
    """Run tests of each kind in two processes; return how many had a part in each group."""
    for name in ("test_a.py", "test_b.py"):
        (folder / name).write_text(FILE, encoding="utf-8")
    always = ("-p", "xdist", "-n", "2", "--dist", "loadgroup", "-c", os.devnull, "--rootdir", ".")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", *always, *options],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
            # To load all that is installed takes seconds.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    processes_by_name = defaultdict(set)
    for line in (folder / "log.txt").read_text("utf-8").splitlines():
        name, process = line.split()
        processes_by_name[name].add(process)
    return {name: len(workers) for name, workers in processes_by_name.items()}


def test_each_group_stays_in_one_process(tmp_path: Path) -> None:
    counted = count_processes(tmp_path, "-p", "tests.plugins.parallel")

    assert (4, {1}) == (len(counted), set(counted.values()))


def test_without_the_marks_they_do_not(tmp_path: Path) -> None:
    counted = count_processes(tmp_path)

    assert 2 in counted.values()


def test_every_test_of_this_run_has_one_group(request: pytest.FixtureRequest) -> None:
    marks = {item: list(item.iter_markers("xdist_group")) for item in request.session.items}

    assert {len(groups) for groups in marks.values()} == {1}
    assert all(groups[0].args == (group(item),) for item, groups in marks.items())


def test_one_group_builds_the_site_and_of_the_others_the_longest_come_first(
    request: pytest.FixtureRequest,
) -> None:
    ranks: dict[str, int] = {}
    for item in request.session.items:
        ranks[group(item)] = min(rank(item), ranks.get(group(item), rank(item)))
    builders = {group(item) for item in request.session.items if "site" in fixtures(item)}

    first, *others = ranks
    assert first in builders or not builders
    assert [ranks[name] for name in others] == sorted(ranks[name] for name in others)


class StubItem:
    """A test of a file, with its fixtures."""

    def __init__(self, file: str, *fixturenames: str) -> None:
        self.nodeid, self.fixturenames = f"{file}::test_it", fixturenames

    def get_closest_marker(self, _: str) -> None:
        """Return no mark: the test names no group."""

    def add_marker(self, _: object) -> None:
        """Take the mark of the group, which `nodeid` tells too."""


def test_the_first_group_of_the_site_goes_before_the_programs() -> None:
    items: list[Any] = [
        StubItem("quick.py"),
        StubItem("search.py", "site"),
        StubItem("pages.py", "site", "lighthouse"),
        StubItem("scores.py", "site", "lighthouse"),
        StubItem("rust.py", "program"),
    ]

    pytest_collection_modifyitems(items)

    expected = ["pages.py", "rust.py", "scores.py", "search.py", "quick.py"]
    assert expected == [group(item) for item in items]
