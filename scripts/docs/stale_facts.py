"""List what was last checked long ago: `python -m scripts.docs.stale_facts`."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime

from okx_guide import facts

FILES = ("errors", "headers", "hosts", "limits", "permissions", "rules")
DAYS = 90


def old(today: date, days: int = DAYS) -> Iterator[tuple[int, str, facts.Fact]]:
    """Yield age in days, file and fact for all that was checked over `days` days ago.

    Examples:
        >>> from datetime import date
        >>> list(old(date(2020, 1, 1)))
        []
    """
    for name in FILES:
        for fact in facts.load(name).values():
            age = (today - fact.checked).days
            if age > days:
                yield age, name, fact


def main(today: date) -> None:
    """Print one line for each old fact, the oldest first."""
    found = sorted(old(today), key=lambda row: -row[0])
    for age, name, fact in found:
        sources = ", ".join(source.id for source in fact.sources)
        sys.stdout.write(f"{age:5} days  {name}: {fact.id}  ({fact.confidence}; {sources})\n")
    sys.stdout.write(f"{len(found)} facts were last checked more than {DAYS} days ago.\n")


if __name__ == "__main__":
    main(datetime.now(UTC).date())
