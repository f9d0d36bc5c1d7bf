"""The prose of the pages and drawings, line by line."""

import re
from collections.abc import Iterator

from scripts.docs.mentions import extract_prose
from tests.plugins.blocks import DOCS, ROOT


def prose() -> Iterator[tuple[str, str]]:
    """Yield each line of prose, and of the drawings, with its place."""
    for page in sorted([*DOCS.rglob("*.md"), *DOCS.rglob("*.svg")]):
        text = extract_prose(page.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{page.relative_to(ROOT)}:{number}", line


def read_first_tabs(page: str) -> str:
    """Return a page without the tabs that a reader of Python does not see."""
    tab = r"^/// tab \| (?:JavaScript|Go|Shell)\n(?:(?!///$).*\n)*///\n\n?"
    return re.sub(tab, "", page, flags=re.MULTILINE)


def list_tabs(page: str) -> list[dict[str, str]]:
    """Return the groups of tabs of a page, each by the names of its tabs, in order."""
    tab = r"^/// tab \| (.+)\n((?:(?!///$).*\n)*)///\n"
    groups = re.finditer(rf"(?:{tab}\n?)+", page, re.MULTILINE)
    return [dict(re.findall(tab, group[0], re.MULTILINE)) for group in groups]
