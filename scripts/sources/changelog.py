"""Read OKX's changelog: entries under headings that are dates, and what is announced for later."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scripts.sources.passages import Block, Text, find_level
from scripts.sources.store import Changelog

_ANNOUNCED = ("upcoming changes", "待发布内容")
_TITLES = ("change log", "changelog", "更新日志", "变更日志")
_UPDATED = re.compile(r"(?:last updated?|最[后近]更新)\s*[:\uff1a]\s*(.+)", re.IGNORECASE)
_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")


class FormError(Exception):
    """The page no longer has the form of a changelog; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    Attributes:
        day: The day it stands under; None while it is announced for later.
        title: Its heading, with the day of its last update if it is announced.
    """

    day: date | None
    title: str

    def __str__(self) -> str:
        return f"{self.day or 'announced'}: {self.title}"


def read_entries(text: Text) -> tuple[Entry, ...]:
    """Return the entries of a changelog, in its order.

    Raises:
        FormError: No heading is a date, or one that should be is not.
    """
    days = [block for block in text.blocks if find_level(block) and _parse_day(block.text)]
    if not days:
        raise FormError("no heading is a date")
    for block in text.blocks:
        if (
            not find_level(block)
            and block.name not in ("li", "td", "th")
            and _parse_day(block.text)
        ):
            raise FormError(f"{block.text!r} stands alone, and is no heading")
    top = min(map(find_level, days))
    sections: list[list[Block]] = []
    for block in text.blocks:
        if 0 < find_level(block) <= top:
            sections.append([block])
        elif sections:
            sections[-1].append(block)
    return tuple(entry for section in sections for entry in _read_section(section))


def find_new(entries: Sequence[Entry], last: Changelog) -> list[Entry]:
    """Return the entries that were not there at the last look.

    Raises:
        FormError: The day that was the newest then is missing, and so are all after it.
    """
    newest = max((entry.day for entry in entries if entry.day), default=date.min)
    if newest < last.newest:
        raise FormError(f"its newest entry is of {newest}, that of the last look was {last.newest}")
    recent = [entry for entry in entries if not entry.day or entry.day >= last.newest]
    return [entry for entry in recent if str(entry) not in last.seen]


def remember(entries: Sequence[Entry], today: date) -> Changelog:
    """Return how far a changelog has now been read."""
    newest = max(entry.day for entry in entries if entry.day)
    entries_of_day = tuple(str(entry) for entry in entries if entry.day in (newest, None))
    return Changelog(today, newest, entries_of_day)


def _read_section(section: Sequence[Block]) -> Iterator[Entry]:
    heading, *blocks = section
    name = _strip_marks(heading.text)
    day = _parse_day(name)
    if not day and name.lower() not in _ANNOUNCED:
        if name.lower() in _TITLES:
            return
        raise FormError(f"the heading {name[:80]!r} is neither a date nor the list of what comes")
    top = min(filter(None, map(find_level, blocks)), default=0)
    titles = [_strip_marks(block.text) for block in blocks if top and find_level(block) == top]
    if day:
        first = _strip_marks(blocks[0].text)[:100] if blocks else "(empty)"
        yield from (Entry(day, title) for title in titles or [first])
        return
    title = ""
    updates: dict[str, str] = {}
    for block in blocks:
        if top and find_level(block) == top:
            title = _strip_marks(block.text)
            updates.setdefault(title, "")
        elif title and not updates[title] and (match := _UPDATED.fullmatch(block.text)):
            updates[title] = f" ({_parse_day(_strip_marks(match[1])) or match[1]})"
    yield from (Entry(None, title + update) for title, update in updates.items())


def _strip_marks(text: str) -> str:
    """Return a heading without the sign that links to it."""
    return text.strip(" #¶\u200b")


def _parse_day(text: str) -> date | None:
    for form in _FORMS:
        try:
            return datetime.strptime(_strip_marks(text), form).date()  # noqa: DTZ007  # a day, no time
        except ValueError:
            continue
    return None
