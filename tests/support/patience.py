"""How long a test waits for something that must happen.

Nothing may depend on the numbers: they only end what hangs. A busy machine needs many times as
long as an idle one, so they are large, and a test that passes by waiting for one is wrong.
"""

import time
from collections.abc import Callable

SECONDS = 300
"""For a program, a server or a socket."""

MILLISECONDS = 120_000
"""For what a page shows."""

_PAUSE = 0.02


def wait_until(is_met: Callable[[], object], pause: Callable[[float], object] = time.sleep) -> None:
    """Wait until a condition is met.

    Args:
        is_met: The condition.
        pause: How to let some seconds pass. In a page it must be one that lets its events happen.

    Raises:
        AssertionError: It is never met.
    """
    deadline = time.monotonic() + SECONDS
    while not is_met():
        assert time.monotonic() < deadline, "what the test waits for does not happen"
        pause(_PAUSE)
