"""Find what is true no more, or was not checked for long: `make facts-age`.

    python -m scripts.docs.stale_facts [--on 2026-11-27] [docs]

It fails when a fact is older than 90 days, when one has ended and nothing says what holds since
then, and when a page prints an address that OKX has closed, other than as closed.
"""

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from okx_guide import facts
from okx_guide.facts import Change, Fact
from scripts.docs.days import parse_day, spell

_ADDRESS = re.compile(r"([\w-]+(?:\.[\w-]+)*\.(?:okx|okex)\.com)(?::(\d+))?", re.IGNORECASE)
# What a line says that prints an address because it is closed.
_AS_CLOSED = re.compile(r"\b(?:closed|closes|ended|ends|gone|offline|no longer|no more)\b", re.IGNORECASE)
_TEXTS = {
    ".bru", ".c", ".cpp", ".cs", ".go", ".java", ".js", ".json", ".md", ".mjs", ".php", ".py", ".rb",
    ".rs", ".sh", ".svg", ".ts", ".txt",
}  # fmt: skip


def has_ended(fact: Fact, day: date) -> bool:
    """Return whether a fact holds no more on a day."""
    return fact.until is not None and fact.until <= day


def is_overdue(fact: Fact, day: date) -> bool:
    """Return whether a fact should have been checked again; one that has ended need not be."""
    return fact.is_old(day) and not has_ended(fact, day)


def find_overdue(day: date) -> Iterator[str]:
    """Yield a line for each fact that should have been checked again, the oldest first."""
    found = [
        ((day - fact.checked).days, name, fact)
        for name in facts.FILES
        for fact in facts.rows(name)
        if is_overdue(fact, day)
    ]
    for age, name, fact in sorted(found, key=lambda row: -row[0]):
        read = ", ".join(source.id for source in fact.sources)
        yield f"{age:5} days  {name}/{fact.id}  ({fact.confidence}; {read})"


def find_ended(name: str, rows: Iterable[Fact], day: date) -> Iterator[str]:
    """Yield a line for each fact that has ended without another in its place.

    Args:
        name: The file of the facts, for the line.
        rows: Its facts.
        day: The day.
    """
    lives = defaultdict(list)
    for fact in rows:
        lives[fact.id].append(fact)
    for id_, same in lives.items():
        if all(has_ended(fact, day) for fact in same):
            ended = max(fact.until or date.min for fact in same)
            yield (
                f"{name}/{id_} ended on {spell(ended)}, and nothing says what holds since then: "
                "mend the pages that state it, and add a row with this day as `since`."
            )


def find_closures(text: str, day: date) -> Iterator[tuple[int, str, date, Change]]:
    """Yield each address of a text that is closed, or that will be, as far as a day knows.

    A line may print one that says that it is closed.

    Args:
        text: A page, or another file that a reader sees.
        day: What is announced later is not known.

    Yields:
        The line, the address, the day on which it closes, and the change that closes it.

    Examples:
        >>> day = date(2026, 10, 15)
        >>> [found[1] for found in find_closures("wss://ws.okx.com:8443 and ws.okx.com", day)]
        ['ws.okx.com:8443']
        >>> list(find_closures("wss://ws.okx.com:8443 is closed", day))
        []
    """
    for number, line in enumerate(text.splitlines(), 1):
        if _AS_CLOSED.search(line):
            continue
        for host, port in _ADDRESS.findall(line):
            change = facts.find_closure(host.lower(), int(port) if port else None, day)
            if change and change.since:
                yield number, f"{host}:{port}".rstrip(":"), change.since, change


def find_closed(folder: Path, day: date) -> Iterator[str]:
    """Yield a line, with file and line, for each closed address in the texts below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _TEXTS and path.is_file():
            found = find_closures(path.read_text(encoding="utf-8"), day)
            for number, address, closes, change in found:
                if closes <= day:
                    yield f"{path}:{number}: {address} was closed on {spell(closes)}: {change.action}"


def main(arguments: list[str]) -> int:
    """Print what is found, and return whether anything was."""
    parser = argparse.ArgumentParser(prog="python -m scripts.docs.stale_facts")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs"))
    parser.add_argument("--on", type=parse_day, default=facts.today(), metavar="DAY")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        sys.stderr.write(f"{options.folder} is no folder: name the one that has the pages.\n")
        return 2
    overdue = list(find_overdue(options.on))
    ended = [
        line for name in facts.FILES for line in find_ended(name, facts.rows(name), options.on)
    ]
    closed = list(find_closed(options.folder, options.on))
    sys.stdout.writelines(f"{line}\n" for line in [*overdue, *ended, *closed])
    sys.stdout.write(
        f"On {spell(options.on)}: {len(overdue)} facts were last checked more than "
        f"{facts.MAX_AGE_DAYS} days ago, {len(ended)} have ended, "
        f"{len(closed)} closed addresses are printed.\n"
    )
    return int(bool(overdue or ended or closed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
