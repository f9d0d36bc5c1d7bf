"""A clock that can be turned: the practice exchange's idea of the time."""

import time
from collections.abc import Callable

LATEST = 253_402_300_799.0
"""The end of the year 9999: datetime ends there, and no timestamp could be written beyond it."""


class Clock:
    """The exchange's time. It runs with the machine's clock until somebody turns it.

    Args:
        base: Returns Unix seconds; the machine's clock.

    Examples:
        >>> clock = Clock(lambda: 1_700_000_000.0)
        >>> clock.advance(14 * 86_400)
        >>> clock.now()
        1701209600.0
    """

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._skew = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        """Return the exchange's time in Unix seconds."""
        return self._show(self._base())

    @property
    def skew(self) -> float:
        """Seconds by which this clock is ahead of the machine's; negative if behind."""
        # Never the difference of two readings: the machine's clock may be set between them.
        return self._skew if self._frozen is None else self._frozen - self._base()

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen is not None

    def restore(self, skew: float, frozen: float | None = None) -> None:
        """Restore the clock from its stored setting, or to the last time it can show.

        Args:
            skew: Seconds by which it was ahead of the machine's.
            frozen: Where it stood still, Unix seconds; None if it ran.
        """
        base = self._base()
        now = base + skew if frozen is None else frozen
        self._frozen = None
        self._turn_to(min(max(now, 0.0), LATEST), base)
        if frozen is not None:
            self.freeze()

    def freeze(self) -> None:
        """Stop the clock where it is."""
        self._frozen = self.now()

    def unfreeze(self) -> None:
        """Let a stopped clock run on."""
        self._skew, self._frozen = self.skew, None

    def advance(self, seconds: float) -> None:
        """Turn the clock forward; backward if `seconds` is negative.

        Raises:
            ValueError: The time would lie before 1970 or after the year 9999.
        """
        base = self._base()
        self._turn_to(self._show(base) + seconds, base)

    def set_skew(self, seconds: float) -> None:
        """Set the clock so many seconds ahead of the machine's; 0 sets it right.

        Raises:
            ValueError: The time would lie before 1970 or after the year 9999.
        """
        base = self._base()
        self._turn_to(base + seconds, base)

    def _show(self, base: float) -> float:
        return base + self._skew if self._frozen is None else self._frozen

    def _turn_to(self, now: float, base: float) -> None:
        if not 0 <= now <= LATEST:  # also: not a number
            raise ValueError("The clock cannot show a time before 1970 or after the year 9999.")
        if self._frozen is None:
            self._skew = now - base
        else:
            self._frozen = now
