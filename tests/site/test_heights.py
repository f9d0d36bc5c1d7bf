"""No page is so long that a reader loses the way in it."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.support.html import pages

HIGHEST = 12_000
"""Pixels, at a width of 1280."""


def list_too_high(page: Page, urls: Iterable[str]) -> list[str]:
    """Return the pages that are too high as they open, with their height."""
    page.set_viewport_size({"width": 1280, "height": 800})
    complaints = []
    for url in urls:
        page.goto(url)
        height = page.evaluate("document.documentElement.scrollHeight")
        if height > HIGHEST:
            complaints.append(f"{url}: {height}")
    return complaints


def test_no_page_is_too_high(page: Page, hosted_url: str, hosted: Path) -> None:
    articles = [page_ for page_ in pages(hosted) if page_.name != "404.html" and not page_.leads_to]

    assert len(articles) > 50
    assert list_too_high(page, [f"{hosted_url}{page_.url}" for page_ in articles]) == []


@pytest.mark.parametrize("name", ["about/facts/", "troubleshooting/orders/"])
def test_a_page_that_is_not_folded_is_noticed(page: Page, hosted_url: str, name: str) -> None:
    url = f"{hosted_url}/{name}"

    def unfold(route: Route) -> None:
        route.fulfill(body=route.fetch().text().replace("<details", "<details open"))

    page.route(url, unfold)

    [named] = list_too_high(page, [url])
    assert named.startswith(f"{url}: ")
