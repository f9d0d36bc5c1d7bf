"""What was kept of the sources: `baseline.json`, beside this file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from okx_guide import facts
from scripts.sources.passages import Fingerprint

PATH = Path(__file__).with_name("baseline.json")
"""The files of facts; a fact is named by file and id, for example `rules/timestamp-form`."""


class BaselineError(Exception):
    """The kept data are invalid; the message says what to fix."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What was kept of a passage that facts rest on.

    Attributes:
        source: The id of the source.
        section: The anchor of the section that it stands in; empty if it has none.
        facts: The facts that rest on it.
        quote: At most 25 words of it.
        looked: The day of the text that was kept.
        language: The language of the page, for example `en`; empty if not known.
        digest: As in `Fingerprint`, like the next two.
        start: How many characters stand before the quotation.
        length: How many characters the passage has.
    """

    source: str
    section: str
    facts: tuple[str, ...]
    quote: str
    looked: date
    language: str
    digest: str
    start: int
    length: int

    @property
    def fingerprint(self) -> Fingerprint:
        """Return what the passage is compared by."""
        return Fingerprint(self.digest, self.start, self.length)


@dataclass(frozen=True, slots=True)
class Changelog:
    """How far a changelog was read.

    Attributes:
        looked: The day of the last look.
        newest: The newest day that had entries then.
        seen: The entries of that day, and those that were announced for later.
    """

    looked: date
    newest: date
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """What a server called the version of a page that was as kept.

    Attributes:
        etag: Its `ETag`; empty if it sent none.
        modified: Its `Last-Modified`; empty if it sent none.
        basis: A digest of all that was compared with it: with something else to compare,
            "not modified" says nothing.
    """

    etag: str = ""
    modified: str = ""
    basis: str = ""


@dataclass(slots=True)
class Baseline:
    """All that was kept.

    Attributes:
        about: A description of the file, for readers.
        passages: In the order of their sources.
        changelogs: By address.
        versions: By address.
    """

    about: str = ""
    passages: list[Passage] = field(default_factory=list)
    changelogs: dict[str, Changelog] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)


def load(path: Path = PATH) -> Baseline:
    """Return what was kept.

    Raises:
        KeptError: The file is not there, is no JSON, or lacks a part.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Baseline(
            raw["about"],
            [
                Passage(**_parse_days(row) | {"facts": tuple(row["facts"])})
                for row in raw["passages"]
            ],
            {
                url: Changelog(**_parse_days(row) | {"seen": tuple(row["seen"])})
                for url, row in raw["changelogs"].items()
            },
            {url: Version(**row) for url, row in raw["versions"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BaselineError(
            f"{path} cannot be used ({error or type(error).__name__}): take it from Git again."
        ) from error


def save(baseline: Baseline, path: Path = PATH) -> None:
    """Write what was kept; the same things give the same bytes."""
    baseline.passages.sort(key=lambda passage: (passage.source, passage.section, passage.quote))
    raw = asdict(baseline)
    # One thing a line, so that a difference is easy to read.
    rows = ",\n".join(map(_dump, raw["passages"]))
    parts = [f'"about": {_dump(baseline.about)}', f'"passages": [\n{rows}\n]']
    for name in ("changelogs", "versions"):
        lines = ",\n".join(f"{_dump(url)}: {_dump(row)}" for url, row in sorted(raw[name].items()))
        parts.append(f'"{name}": {{\n{lines}\n}}')
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def group_facts_by_source() -> Mapping[str, tuple[str, ...]]:
    """Return the facts that name each source, for example `rules/timestamp-form`."""
    grouped: dict[str, list[str]] = {}
    for name in facts.FILES:
        for fact in facts.load(name).values():
            for source in fact.sources:
                grouped.setdefault(source.id, []).append(f"{name}/{fact.id}")
    return {source: tuple(names) for source, names in grouped.items()}


def _parse_days(row: Mapping[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(row[name]) for name in ("looked", "newest") if name in row}
    return {**row, **days}


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
