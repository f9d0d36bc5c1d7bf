"""What OKX says, as data: each fact with value, source, date and confidence."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


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
        checked: The last day on which a source was seen to say it.
        confidence: `official` (OKX's own text), `observed` (several logged
            responses or implementations agree), `disputed` (sources disagree, both
            sides in `note`) or `weak` (one poor source, or our inference).
        note: What a reader must know besides.
        meaning: For codes: what happened, in one sentence.
        fix: For codes: the first thing to do.
        retry: For codes: `no`, `after-fix` or `later`.
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


@cache
def sources() -> dict[str, Source]:
    """Return every source by its id."""
    return {
        row["id"]: Source(row["id"], row["title"], row["url"], date.fromisoformat(row["date"]))
        for row in _read("sources")["sources"]
    }


@cache
def load(name: str) -> dict[str, Fact]:
    """Return the facts of one file by their id.

    Args:
        name: `errors`, `headers`, `hosts`, `limits`, `permissions` or `rules`.

    Examples:
        >>> load("errors")["50113"].value["message"]
        'Invalid signature.'
    """
    known = sources()
    return {
        row["id"]: Fact(
            **{
                **row,
                "sources": tuple(known[source] for source in row["sources"]),
                "checked": date.fromisoformat(row["checked"]),
            }
        )
        for row in _read(name)["facts"]
    }


@cache
def causes() -> dict[str, Any]:
    """Return why things fail, as counted: `kinds` of causes, and the causes of `codes`."""
    loaded: dict[str, Any] = _read("causes")
    return loaded


def _read(name: str) -> Any:
    return json.loads(files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
