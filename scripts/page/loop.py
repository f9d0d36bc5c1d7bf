"""An event loop for a single thread without sockets: only time passes."""

import asyncio
import time
from asyncio import events, tasks
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class DeadlockError(RuntimeError):
    """The code waits for something that will never happen."""


class _Selector:
    """Selects nothing: there are no files to wait for."""

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise DeadlockError(
                "This code waits for something that never comes. Give the call a timeout, or "
                "look for what should have sent it."
            )
        if timeout > 0:
            time.sleep(timeout)
        return []

    def close(self) -> None:
        """There is nothing to close."""


class Loop(asyncio.BaseEventLoop):
    """Runs a coroutine to its end, and only then returns.

    Example:
        >>> loop = Loop()
        >>> loop.finish(asyncio.sleep(0, "slept"))
        'slept'
        >>> loop.close()
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Selector()

    def _process_events(self, event_list: list[Any]) -> None:
        """No event ever comes from outside."""

    def _write_to_self(self) -> None:
        """Do nothing: there is no other thread to wake it."""

    def close(self) -> None:
        """Cancel what still waits, and close the loop: Python warns about pending tasks."""
        waiting = set() if self.is_closed() else tasks.all_tasks(self)
        for task in waiting:
            task.cancel()
        if waiting:
            self.finish(tasks.wait(waiting))
        super().close()

    def finish(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine to its end, even if another loop runs the caller.

        Raises:
            DeadlockError: It waits for something that never happens.
        """
        # asyncio does not nest loops, because each would wait for the other's events. This one
        # waits for nothing outside, so the outer loop is detached meanwhile.
        outer = events._get_running_loop()  # noqa: SLF001  # asyncio has no public way
        task = asyncio.current_task(outer) if outer else None
        if outer and task:
            tasks._leave_task(outer, task)  # noqa: SLF001  # asyncio has no public way
        events._set_running_loop(None)  # noqa: SLF001  # asyncio has no public way
        try:
            return self.run_until_complete(coroutine)
        finally:
            events._set_running_loop(outer)  # noqa: SLF001  # asyncio has no public way
            if outer and task:
                tasks._enter_task(outer, task)  # noqa: SLF001  # asyncio has no public way
