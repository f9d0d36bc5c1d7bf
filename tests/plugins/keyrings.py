"""Keep every test, and every program that a test starts, away from the machine's own keyring."""

from collections.abc import Iterator

import keyring
import pytest
from keyring.backends import fail

from tests.support.keyrings import MemoryKeyring

NO_KEYRING = fail.Keyring()  # type: ignore[no-untyped-call]  # it has no types


@pytest.fixture(scope="session", autouse=True)
def _no_keyring_of_the_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        before = keyring.get_keyring()
        keyring.set_keyring(NO_KEYRING)
        yield
        keyring.set_keyring(before)


@pytest.fixture
def memory_keyring() -> Iterator[MemoryKeyring]:
    """A keyring that is empty, and open."""
    memory = MemoryKeyring()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(NO_KEYRING)
