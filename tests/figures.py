"""Figures that a test measured, shown at the end of the run, where a reader sees them."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Lines that are shown when all tests have run."""
    lines: list[str] = []
    yield lines
    # With the report of the test they reach the process that prints, whoever ran it.
    request.node.user_properties += [("figure", line) for line in lines]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for of in terminalreporter.stats.values() for report in of]
    shown = [
        value
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, value in report.user_properties
        if name == "figure"
    ]
    if shown:
        terminalreporter.section("figures")
        for figure in shown:
            terminalreporter.line(str(figure))
