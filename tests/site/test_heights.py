"""No page is so long that a reader loses the way in it."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.support.html import pages

WIDTHS = (1280, 360)
"""In pixels; the second is a telephone's."""
HIGHEST = 12_000
HIGHEST_LIST = 6_000
"""In a list of codes a reader looks one up: the families are folded."""
LISTS = {f"/troubleshooting/{name}/" for name in ("codes", "refused", "orders", "websocket")}


def list_too_high(page: Page, site_url: str, paths: Iterable[str]) -> list[str]:
    """Return the pages that are too high as they open, with width and height."""
    complaints = []
    for path in paths:
        page.goto(f"{site_url}{path}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            height = page.evaluate("document.documentElement.scrollHeight")
            if height > (HIGHEST_LIST if path in LISTS else HIGHEST):
                complaints.append(f"{path}: {width} x {height}")
    return complaints


def test_no_page_is_too_high(page: Page, hosted_url: str, hosted: Path) -> None:
    paths = [
        page_.url for page_ in pages(hosted) if page_.name != "404.html" and not page_.leads_to
    ]

    assert len(paths) > 50
    assert set(paths) > LISTS
    assert list_too_high(page, hosted_url, paths) == []


@pytest.mark.parametrize("path", ["/about/facts/", *sorted(LISTS)])
def test_a_page_that_is_not_folded_is_noticed(page: Page, hosted_url: str, path: str) -> None:
    def unfold(route: Route) -> None:
        route.fulfill(body=route.fetch().text().replace("<details", "<details open"))

    page.route(f"{hosted_url}{path}", unfold)

    complaints = list_too_high(page, hosted_url, [path])
    assert complaints[-1].startswith(f"{path}: 360 x ")
