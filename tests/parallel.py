"""Which tests stay in one process when `make test` runs several at a time.

A file's tests stay together, so that what they share is made once. Those of a language
(tests/test_languages.py) are a group of their own: together they would outlast the rest.
All that look at the built site are one group, so that one browser is started.
"""

import re

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.languages import LANGUAGES

_OF_THE_SITE = re.compile(
    r"tests/test_(?:behaviour|browser|debugger|host|html|offline|quality|site\.)"
)
_FOLDERS = {language.folder for language in LANGUAGES}


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Hand the tests out by group."""
    return _ByGroup(config, log)


class _ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    """Return the language that a test is about, or the site, or else its file."""
    file, _, name = nodeid.partition("::")
    parameter = re.search(r"\[(\w+)", name)
    if file == "tests/test_languages.py" and parameter and parameter[1] in _FOLDERS:
        return parameter[1]
    return "the site" if _OF_THE_SITE.match(file) else file
