"""Which tests stay in one process when `make test` runs several at a time.

The tests of a file stay together, so that what they share is made once. The tests of a language
are a group of their own, and a file can name others: together they would outlast the rest.
"""

import os
from collections.abc import Collection

import pytest

from tests.support.languages import Language


def pytest_xdist_auto_num_workers() -> int:
    """Return two processes for each processor: the tests wait half of their time."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its group, and put the groups that take longest in front."""
    ranks: dict[str, int] = {}
    for item in items:
        name = group(item)
        if not item.get_closest_marker("xdist_group"):
            # xdist hands out the groups of `--dist loadgroup` by this mark.
            item.add_marker(pytest.mark.xdist_group(name))
        ranks[name] = min(rank(item), ranks.get(name, len(LONGEST)))
    items.sort(key=lambda item: ranks[group(item)])
    # One process builds the site while the others build programs. If all began with tests of the
    # site, all would wait for it.
    builder = next((group(item) for item in items if "site" in fixtures(item)), None)
    items.sort(key=lambda item: group(item) != builder)


LONGEST = ("program", "lighthouse", "site")
"""Fixtures of the tests that take longest. In a fresh clone programs are built for minutes."""


def rank(item: pytest.Item) -> int:
    """Return the place of the first of the `LONGEST` that a test uses, or their number."""
    used = fixtures(item)
    return next((place for place, name in enumerate(LONGEST) if name in used), len(LONGEST))


def fixtures(item: pytest.Item) -> Collection[str]:
    """Return the names of the fixtures that a test uses, and of those that they use."""
    names: Collection[str] = getattr(item, "fixturenames", ())
    return names


def group(item: pytest.Item) -> str:
    """Return the group that a test names itself, the folder of its language, or its file."""
    if mark := item.get_closest_marker("xdist_group"):
        return str(mark.args[0])
    if program := language(item):
        return program.folder
    return item.nodeid.partition("::")[0]


def language(item: pytest.Item) -> Language | None:
    """Return the language that a test is about, if it is about one."""
    call = getattr(item, "callspec", None)
    values = call.params.values() if call else ()
    return next((value for value in values if isinstance(value, Language)), None)
