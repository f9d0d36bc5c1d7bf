"""Which tests stay in one process when `make test` runs several at a time.

All that look at the built site are one group, so that it is built once and shown in one browser.
The tests of a language are a group of their own: together they would outlast the rest. Of the
other tests those of a file stay together, so that what they share is made once.
"""

import pytest

from tests.support.languages import Language

SITE = "the built site"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its group, and put the groups that take longest in front."""
    for item in items:
        # xdist hands out the groups of `--dist loadgroup` by this mark.
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: (group(item) != SITE, language(item) is None))


def group(item: pytest.Item) -> str:
    """Return the site, or the folder of a language, or else the file of a test."""
    if "site" in getattr(item, "fixturenames", ()):
        return SITE
    if found := language(item):
        return found.folder
    return item.nodeid.partition("::")[0]


def language(item: pytest.Item) -> Language | None:
    """Return the language that a test is about, if it is about one."""
    call = getattr(item, "callspec", None)
    values = call.params.values() if call else ()
    return next((value for value in values if isinstance(value, Language)), None)
