"""A loop that runs what it is given to its end."""

import asyncio
from collections.abc import Iterator

import pytest

from scripts.page.loop import DeadlockError, Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    page_loop = Loop()
    yield page_loop
    page_loop.close()


def test_it_runs_inside_another_loop(loop: Loop) -> None:
    async def outer() -> str:
        task = asyncio.current_task()
        result = loop.finish(asyncio.sleep(0, "inner"))
        assert asyncio.current_task() is task
        await asyncio.sleep(0)
        return result

    assert asyncio.run(outer()) == "inner"


def test_it_does_not_wait_for_what_never_comes(loop: Loop) -> None:
    with pytest.raises(DeadlockError, match="waits for something that never comes"):
        loop.finish(asyncio.Event().wait())
    assert loop.finish(asyncio.sleep(0.01, "later")) == "later"


def test_what_still_waits_ends_with_it() -> None:
    async def begin() -> asyncio.Task[None]:
        task = asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(0)
        return task

    loop = Loop()
    task = loop.finish(begin())
    loop.close()
    loop.close()

    assert task.cancelled()
