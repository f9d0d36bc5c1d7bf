"""The day for which the pages were last written."""

import re
from datetime import date

from tests.plugins.blocks import DOCS

_DAY = re.compile(r'<!-- facts: ages -->\s*As of <time datetime="(\d{4}-\d\d-\d\d)">')


def read_page_day() -> date:
    """Return the day that the page of all facts names: no later day turns a test red."""
    match = _DAY.search((DOCS / "about" / "facts.md").read_text(encoding="utf-8"))
    assert match, "docs/about/facts.md names no day: run `make docs-update`"
    return date.fromisoformat(match[1])
