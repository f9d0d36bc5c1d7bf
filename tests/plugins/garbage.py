"""Keep the garbage collector away from the collected tests: they stay until the end.

Nine thousand tests are very many objects, and each process collects them all. The garbage
collector walked through them again and again, for a tenth of the time that this took.
"""

import gc
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Free nothing while tests are collected, and never look again at what is there then."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
