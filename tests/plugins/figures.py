"""Figures that a test measured, shown at the end of the run, where a reader sees them."""

from collections import Counter
from collections.abc import Iterator

import pytest

_NAME = "figure"


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Lines that are shown when all tests have run, in whichever process this one runs."""
    lines: list[str] = []
    yield lines
    request.node.user_properties += [(_NAME, line) for line in lines]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for group in terminalreporter.stats.values() for report in group]
    shown = [
        value
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, value in report.user_properties
        if name == _NAME
    ]
    if shown:
        terminalreporter.section("figures")
        # What many tests found alike is said once.
        for figure, times in Counter(shown).items():
            terminalreporter.line(f"{figure} ({times} times)" if times > 1 else figure)
