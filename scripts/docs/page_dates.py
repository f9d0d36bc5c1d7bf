"""Write into a page's head when its facts were last checked, and when the first of them ends.

overrides/partials/page-dates.html shows them, and docs/javascripts/theme/page.js compares them
with the day on which the page is read.
"""

import re
from datetime import date

from okx_guide import facts
from scripts.docs.mentions import find_facts
from scripts.docs.stale_facts import find_closures

_HEAD = re.compile(r"\A---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)
_LINES = re.compile(r"^(?:checked|ends): .*\n", re.MULTILINE)
_EVIDENCE = re.compile(r"\b(official|observed|disputed|weak), (\d{4}-\d\d-\d\d)")


def write_dates(page: str, day: date) -> str:
    r"""Return a page whose head has the dates of its facts.

    Args:
        page: The text of the page. Without a head it stays as it is.
        day: The facts are those of this day.

    Examples:
        >>> print(write_dates("---\ntime: 1 minute\n---\n50113\n", date(2026, 11, 27)), end="")
        ---
        time: 1 minute
        checked: "2026-08-22"
        ---
        50113
    """
    head = _HEAD.match(page)
    if not head:
        return page
    body = page[head.end() :]
    lines = _LINES.sub("", head[1])
    if checked := find_checked(body, day):
        lines += f'checked: "{checked}"\n'
    if ends := find_end(body, day):
        lines += f'ends: "{ends}"\n'
    return f"---\n{lines}---\n{body}"


def find_checked(text: str, day: date) -> date | None:
    """Return when the facts of a page were last checked: the day of the oldest.

    OKX's own texts count, because they may change any day. Reports have their day beside them,
    and count only on a page that has nothing else.

    Args:
        text: The page.
        day: The facts are those of this day.

    Returns:
        The day, or None if no fact is found.
    """
    dates = {(fact.confidence, fact.checked) for fact in find_facts(text, day)}
    all_facts = (fact for name in facts.FILES for fact in facts.load(name, day).values())
    fact_dates = {(fact.confidence, fact.checked) for fact in all_facts}
    evidence = {(word, date.fromisoformat(day_text)) for word, day_text in _EVIDENCE.findall(text)}
    # The date beside a statement may also be that of its source.
    dates |= evidence & fact_dates
    official = [checked for confidence, checked in dates if confidence == "official"]
    return min(official or [checked for _, checked in dates], default=None)


def find_end(text: str, day: date) -> date | None:
    """Return the first later day on which something on a page is no longer true.

    A fact ends, or OKX closes an address.

    Args:
        text: The page.
        day: The facts are those of this day.
    """
    ends = {fact.until for fact in find_facts(text, day) if fact.until}
    ends |= {closes for _, _, closes, _ in find_closures(text, day)}
    return min((end for end in ends if end > day), default=None)
