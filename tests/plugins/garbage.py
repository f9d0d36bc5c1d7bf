"""Look for garbage only among what the tests make: what is collected stays until the end.

Thousands of tests are very many objects. To look through them again and again, while they are
collected, took more than a tenth of that time, and each process collects them all.
"""

import gc
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage lie while tests are collected, and keep what is there then."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
