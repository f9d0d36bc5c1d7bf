"""Measure how fast everything is, and write the table: `make bench`.

Each row is a ratio of two things that took turns in this run, so that it does not depend on
the machine; what the clock said stands beside it. Nothing here is a test.
"""

import json
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from scripts.load import exchange, pages, signing, site, suite
from scripts.load.row import Row

FILE = Path(__file__).parents[2] / "docs" / "about" / "speed.json"
MEASURES: tuple[Callable[[], Iterator[Row]], ...] = (
    signing.measure,
    exchange.measure,
    site.measure,
    pages.measure,
    suite.measure,
)
PACKAGES = ("python-okx", "ccxt", "requests", "uvicorn", "mkdocs-material", "pytest-markdown-docs")


def main() -> None:
    """Measure, print the table and write it to the page's file."""
    rows = []
    for measure in MEASURES:
        for row in measure():
            # At once: the next takes seconds.
            sys.stdout.write(f"{render_row(row)}\n")
            sys.stdout.flush()
            rows.append(row)
    FILE.write_text(write_json(rows, datetime.now(UTC)), encoding="utf-8")


def render_row(row: Row) -> str:
    """Return a row in one line."""
    parts = (row.name, row.beside, str(row.ratio or ""), row.goal, row.figures)
    return " | ".join(parts)


def write_json(rows: Sequence[Row], at: datetime) -> str:
    """Return what the page *Speed* reads: the rows, when, where, and with what."""
    about = {
        "day": at.date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in PACKAGES},
        "rows": [asdict(row) for row in rows],
    }
    return json.dumps(about, indent=1) + "\n"


if __name__ == "__main__":
    main()
