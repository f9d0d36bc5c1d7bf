"""A guard that is broken turns a test red: each is broken beside its test, one at a time."""

from collections.abc import Callable

import pytest

RED = (AssertionError, ValueError, Warning, pytest.fail.Exception)


def assert_red(
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    guard: str,
    broken: object,
    test: Callable[[], None],
) -> None:
    """Break a guard, and fail if the test passes all the same.

    Args:
        monkeypatch: Mends the guard afterwards.
        owner: The module or class of the guard.
        guard: Its name there.
        broken: What stands in its place.
        test: The test that must fail.
    """
    monkeypatch.setattr(owner, guard, broken)
    with pytest.raises(RED):
        test()
