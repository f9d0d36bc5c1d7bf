"""Count requests in a sliding window."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

# Callers beyond this number push out the one that has been quiet the longest, so that a
# flood of callers cannot fill the memory.
_CALLERS = 10_000


class RateLimiter:
    """Allow each caller a number of requests in a number of seconds.

    Args:
        clock: Returns seconds; only differences count.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def allow(self, caller: Hashable, requests: int, seconds: float, count: int = 1) -> bool:
        """Count a request and return True, or return False if the caller has none left.

        Args:
            caller: Who is counted.
            requests: How many are allowed.
            seconds: In this time.
            count: How many this one is: a batch counts its orders.
        """
        now = self._clock()
        times = self._times.get(caller)
        if times is None:
            times = self._times[caller] = deque(maxlen=requests)
            if len(self._times) > _CALLERS:
                self._times.popitem(last=False)
        else:
            self._times.move_to_end(caller)
        if times and now < times[-1]:
            times.clear()  # The clock was set back: earlier times no longer count.
        # This many of the oldest must have left the window to make room.
        leave = len(times) + count - requests
        if leave > len(times) or (leave > 0 and now - times[leave - 1] < seconds):
            return False
        times.extend([now] * count)
        return True
