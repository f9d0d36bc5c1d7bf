"""Write what a whole test run found, for the home page.

Only a whole run without a failure leaves one: a run of some tests, and one against OKX itself,
say nothing about the whole suite. Without a record, `overrides/fallback/last-run.md` stands there,
which is empty.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_markdown_docs.plugin import MarkdownInlinePythonItem

from tests.plugins.blocks import ROOT, read_live_mode
from tests.support.languages import Language

RECORD = ROOT / ".cache" / "site" / "last-run.md"


class Tally:
    """What ran, and how it ended."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._ran: dict[tuple[str, str], bool] = {}

    def add(self, report: pytest.TestReport) -> None:
        """Count the end of one test."""
        if report.when != "call" and report.passed:
            return
        self.outcomes[report.outcome] += 1
        subject = dict(report.user_properties).get("subject")
        if isinstance(subject, str) and not report.skipped:
            kind, _, name = subject.partition(" ")
            self._ran[kind, name] = self._ran.get((kind, name), True) and report.passed

    def count_passed(self, kind: str) -> int:
        """How many of a kind ran, with every test of theirs passed."""
        return sum(good for (name, _), good in self._ran.items() if name == kind)

    def render(self, at: datetime) -> str:
        """Return the record as the home page shows it, or nothing after a failure."""
        if self.outcomes["failed"]:
            return ""
        figures = [
            ("Python blocks of these pages run", self.count_passed("block")),
            ("signature vectors checked", self.count_passed("vector")),
            ("languages built and run", self.count_passed("language")),
            ("tests passed", self.outcomes["passed"]),
        ]
        if self.outcomes["skipped"]:
            figures.append(("tests skipped", self.outcomes["skipped"]))
        groups = "".join(
            f"<div><dt>{name}</dt><dd>{number:,}</dd></div>\n" for name, number in figures
        )
        day = f"{at.day} {at:%B %Y}"
        return (
            f'<div class="home-proof">\n'
            f'<p class="last-run">The last run of the tests, on <time datetime="{at:%Y-%m-%d}">'
            f'{day}</time>:</p>\n<dl class="last-run">\n{groups}</dl>\n</div>\n'
        )


_tally = Tally()


def subject(item: pytest.Item) -> str:
    """Return what a test is about, if the home page counts it: a block, vector or language."""
    if isinstance(item, MarkdownInlinePythonItem):
        return f"block {item.nodeid}"
    parameters: Mapping[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    for value in parameters.values():
        if isinstance(value, Language):
            return f"language {value.name}"
        if isinstance(value, dict) and "prehash" in value:
            return f"vector {value['id']}"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each report say what its test is about, also when it comes from another process."""
    for item in items:
        if about := subject(item):
            item.user_properties.append(("subject", about))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count it."""
    _tally.add(report)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the record, if everything ran."""
    finished = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    in_charge = not hasattr(session.config, "workerinput")
    if in_charge and finished and is_whole(session.config) and not read_live_mode():
        write(_tally.render(datetime.now(UTC)), RECORD)


def is_whole(config: pytest.Config) -> bool:
    """Whether a run takes all tests, not a choice of them."""
    chosen = config.option.keyword or config.option.markexpr or config.option.collectonly
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen


def write(record: str, path: Path) -> None:
    """Write the record where the build of the site finds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(record, encoding="utf-8")
