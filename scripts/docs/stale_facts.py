"""Find what is no longer true, or was not checked for a long time: `make facts-age`.

    python -m scripts.docs.stale_facts [--on 2026-11-27] [docs]

It fails when a fact is older than 90 days, and when a page prints a fact that has ended, or an
address that OKX has closed, without saying so. A fact that a page states in its own words is not
found: see scripts.docs.mentions.
"""

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from okx_guide import facts
from okx_guide.facts import Change, Fact
from scripts.docs.clients import load_clients
from scripts.docs.days import add_day_option, spell
from scripts.docs.mentions import find_facts

_ADDRESS = re.compile(
    r"([\w-]+(?:\.[\w-]+)*\.(?:okx|okex)\.com)(?![\w-]|\.\w)(?::(\d+))?", re.IGNORECASE
)
# How a line says that the address it prints is closed.
_AS_CLOSED = re.compile(
    r"\b(?:closed|closes|ended|ends|gone|offline|no longer|no more)\b", re.IGNORECASE
)
# Binary files have no addresses to read.
_PICTURES = {".ico", ".jpg", ".png", ".webp"}


def has_ended(fact: Fact, day: date) -> bool:
    """Return whether a fact no longer holds on a day."""
    return fact.until is not None and fact.until <= day


def is_overdue(fact: Fact, day: date) -> bool:
    """Return whether a fact should have been checked again; one that has ended need not be."""
    return fact.is_old(day) and not has_ended(fact, day)


def find_overdue(day: date) -> Iterator[str]:
    """Yield a line for each fact that should have been checked again, the oldest first.

    So must a client that no test runs be tried again.
    """
    overdue = [
        ((day - fact.checked).days, f"{name}/{fact.id}", _describe_origin(fact))
        for name in facts.FILES
        for fact in facts.rows(name)
        if is_overdue(fact, day)
    ]
    trials = [(client, (day - client.trial.day).days) for client in load_clients() if client.trial]
    overdue += [
        (age, f"clients/{client.name}", f"by hand, {client.version}")
        for client, age in trials
        if age > facts.MAX_AGE_DAYS
    ]
    for age, name, origin in sorted(overdue, key=lambda row: -row[0]):
        yield f"{age:5} days  {name}  ({origin})"


def _describe_origin(fact: Fact) -> str:
    return f"{fact.confidence}; {', '.join(source.id for source in fact.sources)}"


def list_ended(rows: Iterable[Fact], day: date) -> list[Fact]:
    """Return the facts that have ended by a day and were not replaced.

    Examples:
        >>> [fact.id for fact in list_ended(facts.rows("hosts"), date(2026, 11, 27))]
        []
    """
    lives = defaultdict(list)
    for fact in rows:
        lives[fact.id].append(fact)
    return [same[-1] for same in lives.values() if all(has_ended(fact, day) for fact in same)]


def find_ended(text: str, ended: Iterable[Fact]) -> Iterator[tuple[int, Fact]]:
    """Yield each mention of a fact that has ended, with its line.

    A line may mention one if it says that it has ended.

    Args:
        text: A page.
        ended: What `list_ended` returns.
    """
    for fact in ended:
        last = (fact.until or date.max) - timedelta(days=1)
        for number, line in enumerate(text.splitlines(), 1):
            if not _AS_CLOSED.search(line) and fact in find_facts(line, last):
                yield number, fact


def find_closures(text: str, day: date) -> Iterator[tuple[int, str, date, Change]]:
    """Yield each address of a text that is closed, or announced to be closed, on a day.

    A line may print one if it says that it is closed.

    Args:
        text: A page, or another file that a reader sees.
        day: Later announcements do not count.

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


def find_printed(folder: Path, ended: Collection[Fact], day: date) -> Iterator[str]:
    """Yield a line for each closed address, and for each fact that has ended, below a folder.

    Args:
        folder: The pages, and what they load.
        ended: What `list_ended` returns.
        day: The day.
    """
    for path in sorted(folder.rglob("*")):
        if path.suffix in _PICTURES or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        for number, address, closes, change in find_closures(text, day):
            if closes <= day:
                closed = f"{address} was closed on {spell(closes)}"
                yield f"{path}:{number}: {closed}. {change.action}"
        if path.suffix == ".md":
            for number, fact in find_ended(text, ended):
                end = f"{fact.id} ended on {spell(fact.until or day)}"
                yield f"{path}:{number}: {end}. Write what holds now, or that it has ended."


def main(arguments: list[str]) -> int:
    """Print what is found, and return whether anything was."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.docs.stale_facts",
        description="Fail if a fact is too old, or a page prints what has ended.",
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("docs"), help="the pages; docs by default"
    )
    add_day_option(parser, facts.today())
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        sys.stderr.write(f"{options.folder} is no folder: name the one that has the pages.\n")
        return 2
    overdue = list(find_overdue(options.on))
    ended = [fact for name in facts.FILES for fact in list_ended(facts.rows(name), options.on)]
    printed = list(find_printed(options.folder, ended, options.on))
    sys.stdout.writelines(f"{line}\n" for line in [*overdue, *printed])
    sys.stdout.write(
        f"On {spell(options.on)}: {len(overdue)} facts were last checked more than "
        f"{facts.MAX_AGE_DAYS} days ago; the pages print {len(printed)} that have ended.\n"
    )
    return int(bool(overdue or printed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
