"""Which tests stay in one process when `make test` runs several at a time.

A file's tests stay together, so that what they share is made once. Those of a language
(tests/pages/test_languages.py) are a group of their own: together they would outlast the rest.
All that look at the built site are one group, so that they share one browser.

A test marked `alone` measures speed: it waits until the other processes have ended the test
that they are at, and they begin no other meanwhile.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.support.languages import LANGUAGES

_OF_THE_SITE = re.compile(
    r"tests/test_(?:behaviour|browser|debugger|host|html|offline|quality|site\.)"
)
_FOLDERS = {language.folder for language in LANGUAGES}


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line("markers", "alone: no other test runs at the same time")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a test run beside others, or alone."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    folder = shared(item.config._tmp_path_factory)  # type: ignore[attr-defined]  # noqa: SLF001  # a hook gets no fixture
    door, room = folder / "door.lock", folder / "room.lock"
    # Who wants to be alone shuts the door first: else there would always be somebody inside.
    if item.get_closest_marker("alone"):
        with held(door, alone=True), held(room, alone=True):
            return (yield)
    with held(door, alone=False):
        pass
    with held(room, alone=False):
        return (yield)


def shared(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the processes of one run share."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@contextmanager
def held(path: Path, *, alone: bool) -> Iterator[None]:
    """Hold a lock between processes, together with others or alone."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


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
    if file == "tests/pages/test_languages.py" and parameter and parameter[1] in _FOLDERS:
        return parameter[1]
    return "the site" if _OF_THE_SITE.match(file) else file
