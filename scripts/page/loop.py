"""An event loop for where nothing but this code runs: no sockets, no threads, no other loop."""

import asyncio
import time
from asyncio import events, tasks
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class DeadlockError(RuntimeError):
    """The code waits for something that nobody is left to do."""


class _Selector:
    """Selects nothing: there are no files to wait for, only time."""

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
    """Runs what it is given to its end, and returns only then.

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
        """Nobody else could wake it: there is no other thread."""

    def close(self) -> None:
        """Close it, and end what still waits: Python complains about a task that nobody ends."""
        waiting = set() if self.is_closed() else tasks.all_tasks(self)
        for task in waiting:
            task.cancel()
        if waiting:
            self.finish(tasks.wait(waiting))
        super().close()

    def finish(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine to its end, also while another loop runs the caller.

        Raises:
            DeadlockError: It waits for what never comes.
        """
        # asyncio lets no loop run inside another, because each would wait for the other's
        # events. This one waits for nobody, so the outer loop is put away meanwhile.
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
