"""Lighthouse, and axe-core which it brings along: the folder, the script, and what it finds."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.audits import LIGHTHOUSE, install
from tests.support.languages import find_missing_tools
from tests.support.tools import require_tools

SHELL = (".md-header", ".md-tabs", ".md-sidebar--primary", ".md-footer")
"""What the theme puts around the text of every page."""
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def lighthouse() -> Path:
    """The folder with Lighthouse and axe-core."""
    require_tools(LIGHTHOUSE, find_missing_tools(LIGHTHOUSE))
    return install()


@pytest.fixture(scope="session")
def axe(lighthouse: Path) -> str:
    """The script that looks at a page from inside."""
    library = lighthouse / "node_modules" / "axe-core" / "axe.min.js"
    own = Path(__file__).with_suffix(".js")
    # Playwright calls what a script ends with if that is a function.
    return f"{library.read_text('utf-8')}\n{{{own.read_text('utf-8')}}}\nnull"


def violations(
    page: Page,
    rules: Sequence[str] = WCAG_2_2_AA,
    without: Sequence[str] = (),
    within: str = "html",
) -> list[str]:
    """Return what breaks the rules (WCAG 2.2 AA) on the page that is shown, with the element.

    Args:
        page: The page, with `axe` in it. It loses what no rule needs.
        rules: Their tags, or their names.
        without: Selectors of what is not looked at. Its lists are emptied.
        within: The selector of what is looked at.
    """
    lines: list[str] = page.evaluate(
        "options => listViolations(options)",
        {"rules": list(rules), "without": list(without), "within": within},
    )
    return lines


def check_sizes_and_colours(page: Page, within: str) -> None:
    """Check a part of a page at both widths, in light and dark; nothing is wider than the page.

    Args:
        page: The page, with axe-core in it.
        within: The selector of the part; tests/site/test_every_page.py looks at whole pages.
    """
    assert page.locator(within).count()
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("default", "slate"):
            page.evaluate("scheme => document.body.dataset.mdColorScheme = scheme", scheme)
            assert violations(page, within=within) == []
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
