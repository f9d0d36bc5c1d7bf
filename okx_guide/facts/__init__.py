"""What OKX says, as data: each fact with its value, source, date, confidence and validity."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, TypeVar

FILES = ("errors", "headers", "hosts", "limits", "permissions", "rules", "texts")
"""The files that hold facts."""

MAX_AGE_DAYS = 90
"""A fact that nobody has checked for longer is old."""

T = TypeVar("T")


class FactError(ValueError):
    """The data contradicts itself; the message names the file and the fact."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read.

    Attributes:
        id: Short name, used by facts.
        title: What it is, with the date of the copy that was read.
        url: Public address; empty where the author asked for none or none is known.
        date: The date of the text.
    """

    id: str
    title: str
    url: str
    date: date


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that OKX says or does.

    Attributes:
        id: The code, host, limit or rule it is about.
        value: The fact itself, as JSON.
        sources: Where it was read.
        checked: The last day on which a source was seen to confirm it.
        confidence: `official` (OKX's own text), `observed` (several logged
            responses or implementations agree), `disputed` (sources disagree, both
            sides in `note`) or `weak` (one poor source, or our inference).
        note: What else a reader must know.
        meaning: For codes: what happened, in one sentence.
        fix: For codes: the first thing to do.
        retry: For codes: `no`, `after-fix` or `later`.
        since: The first day on which it holds; None if it always has.
        until: The first day on which it no longer holds; None if no end is announced.
    """

    id: str
    value: Any
    sources: tuple[Source, ...]
    checked: date
    confidence: str
    note: str = ""
    meaning: str = ""
    fix: str = ""
    retry: str = ""
    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the fact holds on a day.

        Examples:
            >>> port = Fact("port", 8443, (), date(2026, 8, 22), "official",
            ...             until=date(2026, 10, 31))
            >>> port.holds_on(date(2026, 10, 30)), port.holds_on(date(2026, 10, 31))
            (True, False)
        """
        return (self.since or date.min) <= day < (self.until or date.max)

    def is_old(self, day: date) -> bool:
        """Return whether nobody has checked the fact for more than `MAX_AGE_DAYS` days."""
        return (day - self.checked).days > MAX_AGE_DAYS


@dataclass(frozen=True, slots=True)
class Change:
    """Something that OKX changed, or has announced.

    Attributes:
        id: Short name, the anchor of its entry.
        announced: The day on which OKX announced it.
        since: The day on which it takes effect; None if OKX gave none.
        title: What changed, in a few words.
        summary: What changed.
        affects: Who has to act.
        action: What to do.
        confidence: As of a fact.
        sources: Where it was read.
        hosts: Hosts that it closes; with `ports`, the hosts on which it closes them. A name
            that begins with a dot stands for all hosts that end with it.
        ports: Ports that it closes; none if it closes the hosts themselves.
    """

    id: str
    announced: date
    since: date | None
    title: str
    summary: str
    affects: str
    action: str
    confidence: str
    sources: tuple[Source, ...]
    hosts: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()

    def closes(self, host: str, port: int | None) -> bool:
        """Return whether the change closes a host, or a port of it.

        Examples:
            >>> port = next(change for change in changes() if change.ports)
            >>> port.closes("ws.okx.com", 8443), port.closes("ws.okx.com", 443)
            (True, False)
        """
        named = any(host == name or (name[0] == "." and host.endswith(name)) for name in self.hosts)
        return named and (not self.ports or port in self.ports)


def today() -> date:
    """Return today's date in UTC, the date for which facts are given unless you name one."""
    return datetime.now(UTC).date()


@cache
def sources() -> dict[str, Source]:
    """Return every source by its id."""
    return {
        row["id"]: Source(row["id"], row["title"], row["url"], date.fromisoformat(row["date"]))
        for row in _read("sources")["sources"]
    }


def load(name: str, on: date | None = None) -> dict[str, Fact]:
    """Return the facts of one file that hold on a day, by their id.

    Args:
        name: One of `FILES`.
        on: The day; today if it is left out.

    Raises:
        FactError: The file contradicts itself.
        FileNotFoundError: There is no such file.

    Examples:
        >>> load("errors")["50113"].value["message"]
        'Invalid signature.'
    """
    return _select_in_force(name, on or today())


@lru_cache(maxsize=64)
def _select_in_force(name: str, day: date) -> dict[str, Fact]:
    return {fact.id: fact for fact in rows(name) if fact.holds_on(day)}


@cache
def rows(name: str) -> tuple[Fact, ...]:
    """Return every fact of one file, including past and future ones.

    Args:
        name: One of `FILES`.

    Raises:
        FactError: The file contradicts itself.
        FileNotFoundError: There is no such file.
    """
    return parse(name, _read(name)["facts"], sources())


def parse(name: str, content: list[dict[str, Any]], known: dict[str, Source]) -> tuple[Fact, ...]:
    """Return facts from their JSON.

    Args:
        name: The file, for messages.
        content: One object per fact.
        known: The sources that a fact may name.

    Raises:
        FactError: A date is invalid, a source is unknown, a fact ends before it begins, or two
            facts with one id hold on the same day.

    Examples:
        >>> row = {"id": "a", "value": 1, "sources": [], "checked": "2026-11-27",
        ...        "confidence": "weak", "since": "2026-11-02", "until": "2026-11-01"}
        >>> parse("rules", [row], {})
        Traceback (most recent call last):
        okx_guide.facts.FactError: rules/a ends on 2026-11-01, before it begins on 2026-11-02.
    """
    facts = tuple(_build_fact(f"{name}/{row.get('id')}", row, known) for row in content)
    lives = defaultdict(list)
    for fact in facts:
        lives[fact.id].append(fact)
    for same in lives.values():
        same.sort(key=lambda fact: fact.since or date.min)
        for earlier, later in pairwise(same):
            begins = later.since or date.min
            if begins < (earlier.until or date.max):
                day = max(begins, earlier.since or date.min)
                raise FactError(
                    f"{name}/{earlier.id} is there twice on {day}: "
                    "give the older one an `until`, and the newer one a `since` of that day."
                )
    return facts


def _build_fact(where: str, row: dict[str, Any], known: dict[str, Source]) -> Fact:
    unknown = [source for source in row.get("sources", ()) if source not in known]
    if unknown:
        raise FactError(f"{where} names a source that sources.json does not have: {unknown[0]}.")
    dates: dict[str, Any] = {}
    for field in ("checked", "since", "until"):
        if field in row:
            try:
                dates[field] = date.fromisoformat(row[field])
            except (TypeError, ValueError):
                raise FactError(
                    f"{where} has no date in `{field}`: write it as 2026-11-27."
                ) from None
    try:
        cited = tuple(known[id_] for id_ in row["sources"])
        fact = Fact(**{**row, **dates, "sources": cited})
    except (KeyError, TypeError) as error:
        raise FactError(f"{where} is not a fact: {error}.") from None
    if fact.since and fact.until and fact.until <= fact.since:
        raise FactError(f"{where} ends on {fact.until}, before it begins on {fact.since}.")
    return fact


def rule(name: str, field: str, kind: type[T]) -> T:
    """Return one field of the value of a rule that holds today.

    Args:
        name: The id of the rule.
        field: The field of its value.
        kind: The type that the field has.

    Raises:
        FactError: No such rule holds today, or its field is missing or of another type.

    Examples:
        >>> rule("timestamp-window", "seconds", int)
        30
    """
    fact = load("rules").get(name)
    value = fact.value.get(field) if fact else None
    if not isinstance(value, kind):
        raise FactError(f"rules/{name} has no {field} that is {kind.__name__}.")
    return value


@cache
def changes() -> tuple[Change, ...]:
    """Return what changed at OKX, the newest announcement first.

    Raises:
        FactError: An entry is incomplete, or names a source that is unknown.
    """
    known = sources()
    entries = []
    for row in _read("changes")["changes"]:
        try:
            since = date.fromisoformat(row["since"]) if row["since"] else None
            values: dict[str, Any] = {
                **row,
                "announced": date.fromisoformat(row["announced"]),
                "since": since,
                "sources": tuple(known[id_] for id_ in row["sources"]),
                "hosts": tuple(row.get("hosts", ())),
                "ports": tuple(row.get("ports", ())),
            }
            entries.append(Change(**values))
        except (KeyError, TypeError, ValueError) as error:
            raise FactError(f"changes/{row.get('id')} is not complete: {error}.") from None
    return tuple(sorted(entries, key=lambda change: (change.announced, change.id), reverse=True))


def find_closure(host: str, port: int | None, on: date) -> Change | None:
    """Return the announced change that closes a host, or a port of it.

    Args:
        host: The name of the host.
        port: The port that is dialled; None for that of the scheme.
        on: A change that is announced later is not known yet. Whether it has taken effect is
            for the caller to compare: `change.since <= on`.

    Examples:
        >>> found = find_closure("ws.okx.com", 8443, date(2026, 10, 15))
        >>> found.since.isoformat() if found else ""
        '2026-10-31'
        >>> find_closure("ws.okx.com", 8443, date(2026, 9, 1))
    """
    for change in changes():
        if change.announced <= on and change.since and change.closes(host, port):
            return change
    return None


@cache
def texts() -> dict[str, str]:
    """Return what OKX says for each code that has no fact of its own.

    Names in braces stand for what OKX fills in; a slash stands between the texts of one code.

    Examples:
        >>> texts()["51028"]
        'Contract under delivery.'
    """
    return {
        code: text
        for fact in rows("texts")
        for names, text in fact.value.items()
        for code in names.split()
    }


@cache
def causes() -> dict[str, Any]:
    """Return why things fail: `kinds` of causes, the causes of `codes`, and those of `families`."""
    loaded: dict[str, Any] = _read("causes")
    return loaded


def _read(name: str) -> Any:
    return json.loads(files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
