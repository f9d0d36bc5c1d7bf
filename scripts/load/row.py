"""One row of the table of speeds."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of two things, over rounds in which they took turns.

    Attributes:
        median: The ratio of the round in the middle.
        low: The lowest of all rounds.
        high: The highest.
    """

    median: float
    low: float
    high: float

    @classmethod
    def from_rounds(cls, ratios: Sequence[float]) -> "Ratio":
        """Return the ratio over rounds.

        Examples:
            >>> str(Ratio.from_rounds([0.5, 0.75, 0.625]))
            '0.62 (0.50 to 0.75)'
        """
        return cls(statistics.median(ratios), min(ratios), max(ratios))

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured.

    Attributes:
        name: What was measured.
        beside: What it was compared with; empty if with nothing.
        ratio: Ours to the other.
        goal: What the ratio should be, in words; empty if nothing was promised.
        figures: The times on the machine of that day, in words.
    """

    name: str
    beside: str
    ratio: Ratio | None = None
    goal: str = ""
    figures: str = ""


def time_in_turns(
    calls: Sequence[Callable[[], object]], rounds: int, repeat: int
) -> list[list[float]]:
    """Return the seconds of processor time of one call in each round, by call.

    Other programs on the machine take none of this time, so they do not count.

    Args:
        calls: What to call. They take turns, so that disturbances affect all of them alike.
        rounds: How many turns.
        repeat: How often each is called in one turn.
    """
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, times in zip(calls, seconds, strict=True):
            start = time.process_time()
            for _ in range(repeat):
                call()
            times.append((time.process_time() - start) / repeat)
    return seconds


def divide(numerators: Sequence[float], denominators: Sequence[float]) -> Ratio:
    """Return the ratio of two lists of times that were taken in turns."""
    return Ratio.from_rounds(
        [
            numerator / denominator
            for numerator, denominator in zip(numerators, denominators, strict=True)
        ]
    )
