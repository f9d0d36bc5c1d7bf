"""How sure a statement is, as a small mark in the finished pages.

A page has `([observed, 2026-08-22](../about/facts.md#rules-key-shape))` after a statement, and so
has its Markdown copy. This step turns it into one word: a button that opens what the word means,
and when and where it was seen. What OKX says itself, `(official, 2026-08-22)`, needs no word: each
page says when it was last checked.
"""

import re
from datetime import date
from functools import cache
from html import escape

from okx_guide import facts
from okx_guide.facts import Fact
from scripts.docs.anchors import find_anchor
from scripts.docs.days import mark

MEANINGS = {
    "observed": "Observed: several logged answers, or several independent programs, agree.",
    "disputed": "Disputed: sources disagree; the page gives both sides.",
    "weak": "Weak: one source, or our own inference.",
}
"""Each word with what docs/about/verified.md says of it."""

# A match begins where the blanks do: else each blank of a page is the start of one more attempt.
_OFFICIAL = re.compile(r"(?<!\s)\s*\(official, \d{4}-\d\d-\d\d\)")
_MARK = re.compile(
    r"(?<!\s)\s*\((?:<a href=\"(?P<url>[^\"]*facts(?:/|\.html)#(?P<anchor>[\w-]+))\">)?"
    r"(?P<word>observed|disputed|weak), (?P<day>\d{4}-\d\d-\d\d)(?:</a>)?\)"
)


def mark_evidence(html: str) -> str:
    """Return a page with its marks as buttons, each with its explanation.

    Doing it twice does no harm.

    Args:
        html: A page as the generator writes it.

    Example:
        >>> mark_evidence("<p>Always (official, 2026-08-22).</p>")
        '<p>Always.</p>'
        >>> seen = mark_evidence("<p>Often (observed, 2026-08-22).</p>")
        >>> seen.startswith('<p>Often <button type="button" class="evidence"')
        True
    """
    first = html.count('class="evidence-note"')

    def count_up() -> int:
        nonlocal first
        first += 1
        return first

    return _MARK.sub(lambda match: _render(match, count_up()), _OFFICIAL.sub("", html))


def _render(match: re.Match[str], number: int) -> str:
    word = match["word"]
    day = mark(date.fromisoformat(match["day"]))
    lines = [f"{MEANINGS[word]} Seen on {day}."]
    if match["anchor"]:
        fact = _list_facts()[match["anchor"]]
        source = next((source for source in fact.sources if source.url), None)
        if source:
            lines.append(f'Source: <a href="{escape(source.url)}">{escape(source.title)}</a>.')
        lines.append(f'<a href="{match["url"]}">The fact with all its sources</a>')
    name = f"evidence-{number}"
    return (
        f' <button type="button" class="evidence" popovertarget="{name}"'
        f' aria-label="{word}: meaning, date and source">{word}</button>'
        f'<span class="evidence-note" id="{name}" popover>{" ".join(lines)}</span>'
    )


@cache
def _list_facts() -> dict[str, Fact]:
    """Return every fact by its anchor on the page of all facts, as last generated."""
    return {find_anchor(fact, name): fact for name in facts.FILES for fact in facts.rows(name)}
