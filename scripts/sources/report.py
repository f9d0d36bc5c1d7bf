"""The findings of a check of the sources, and the report for a reader."""

import difflib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from okx_guide.facts import Source

# A GitHub issue holds 65,536 characters.
SIZE = 60_000
FACTS = 20

Kind = Literal["changed", "gone", "moved", "changelog", "unread"]

_HEADINGS: dict[Kind, str] = {
    "changed": "Passages that differ",
    "gone": "Pages that are gone",
    "moved": "Pages that have moved",
    "changelog": "New in OKX's changelogs",
    "unread": "Pages that could not be compared",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a maintainer should look at.

    Attributes:
        kind: What sort of thing.
        url: The page.
        message: What is wrong, in a sentence.
        sources: The ids of the sources.
        facts: The facts that rest on them.
        old: Lines that were kept.
        new: Lines that stand there now.
    """

    kind: Kind
    url: str
    message: str
    sources: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


@dataclass(slots=True)
class Report:
    """The findings of a check.

    Attributes:
        day: The day of the look.
        findings: In the order in which they were found.
        pages: How many pages were asked for.
        same: How many passages are as they were kept.
        bare: Sources of which nothing was kept, so that only their pages were looked for.
        unlinked: How many sources have no address.
    """

    day: date
    findings: list[Finding] = field(default_factory=list)
    pages: int = 0
    same: int = 0
    bare: list[Source] = field(default_factory=list)
    unlinked: int = 0

    @property
    def exit_code(self) -> int:
        """Return 1 if something may have changed, 2 if a page could not be read, else 0."""
        kinds = {finding.kind for finding in self.findings}
        return 1 if kinds - {"unread"} else 2 if kinds else 0

    def to_markdown(self) -> str:
        """Return the report as Markdown, no longer than an issue may be."""
        parts = [*self._summarize()]
        order = list(_HEADINGS)
        findings = sorted(self.findings, key=lambda finding: order.index(finding.kind))
        kind, size = "", sum(map(len, parts))
        for number, finding in enumerate(findings):
            heading = f"## {_HEADINGS[finding.kind]}\n\n" if finding.kind != kind else ""
            part = f"{heading}{_render_section(finding)}"
            kind, size = finding.kind, size + len(part) + 1
            if size > SIZE:
                missing = len(findings) - number
                parts.append(
                    f"**Left out for want of space: {count(missing, 'finding')}.** "
                    "Run `make sources-check` for all.\n"
                )
                break
            parts.append(part)
        return "\n".join(parts)

    def _summarize(self) -> Iterator[str]:
        findings = count(len(self.findings), "finding") if self.findings else "No findings"
        yield (
            f"Checked on {self.day}: {count(self.pages, 'page')}. "
            f"As it was kept: {count(self.same, 'passage')}. {findings}.\n"
        )
        official = [source.id for source in self.bare if is_official(source)]
        if self.bare:
            names = f", among them OKX's own: {', '.join(official)}" if official else ""
            yield (
                f"Nothing was kept to compare of {count(len(self.bare), 'source')}{names}. "
                "Only whether the page is there was looked at.\n"
            )
        if self.unlinked:
            yield f"Without an address, and so not watched: {count(self.unlinked, 'source')}.\n"


def count(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples:
        >>> count(1, "page"), count(2, "page")
        ('1 page', '2 pages')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _render_section(finding: Finding) -> str:
    surplus = len(finding.facts) - FACTS
    facts = ", ".join(f"`{name}`" for name in finding.facts[:FACTS])
    more = f" and {surplus} more" if surplus > 0 else ""
    lines = [f"- <{finding.url}>: {_escape(finding.message)}."]
    if finding.sources:
        lines += [f"  Sources: {', '.join(finding.sources)}."]
    if finding.facts:
        lines += [f"  Facts: {facts}{more}."]
    if finding.old or finding.new:
        aim = " ".join(finding.old)
        lines += ["", "  ```diff"]
        lines += [f"  - {_join_line(text)}" for text in finding.old]
        lines += [f"  + {_cut_window(_join_line(text), aim)}" for text in finding.new]
        lines += ["  ```"]
    return "\n".join([*lines, ""])


def _escape(text: str) -> str:
    """Return a text that Markdown shows literally: a page's words must not mention anyone."""
    plain = html.escape(_join_line(text), quote=False)
    return re.sub(r"([\\`*_\[\]#|~])", r"\\\1", plain).replace("@", "@\u200b")


def _join_line(text: str) -> str:
    return " ".join(text.split())


def _cut_window(text: str, aim: str, size: int = 500) -> str:
    """Return the part of a long text that is most like what is looked for."""
    if len(text) <= size:
        return text
    match = difflib.SequenceMatcher(None, aim, text, autojunk=False).find_longest_match()
    first = max(0, min(match.b - size // 2, len(text) - size))
    before, after = "..." if first else "", "..." if first + size < len(text) else ""
    return f"{before}{text[first : first + size]}{after}"


def is_official(source: Source) -> bool:
    """Return whether a source is a page of OKX itself."""
    return bool(re.match(r"https://([a-z0-9]+\.)*okx\.com/", source.url))
