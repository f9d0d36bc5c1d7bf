"""Figures that a test measured, shown at the end of the run, where a reader sees them."""

import pytest

_figures = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_figures] = []


@pytest.fixture
def figures(pytestconfig: pytest.Config) -> list[str]:
    """Lines that are shown when all tests have run."""
    return pytestconfig.stash[_figures]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if shown := terminalreporter.config.stash[_figures]:
        terminalreporter.section("figures")
        for figure in shown:
            terminalreporter.line(figure)
