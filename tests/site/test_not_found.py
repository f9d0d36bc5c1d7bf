"""The page "not here" names the page that was meant."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.html import pages
from tests.support.javascript import run_node

_PROGRAM = """
const { guess } = await import("./theme/guess.js");
const found = given.asked.map((one) => guess(one, given.pages));
console.log(JSON.stringify(found.map((pages) => pages.map(({ href }) => href))));
"""

# What somebody asks for, and the page that they mean.
MEANT = {
    "/guide/creat/": "/guide/create/",
    "/create-key": "/guide/create/",
    "/errors/50113.html": "/troubleshooting/50113/",
    "/50119": "/troubleshooting/50119/",
    "/troubleshoting/timestamps/": "/troubleshooting/timestamp/",
    "/en/docs/rate_limit": "/reference/rate-limits/",
    "/websocket": "/guide/websocket/",
    "/security/rotate/": "/security/rotation/",
    "/invalid-signature": "/troubleshooting/invalid-sign/",
}


def guess(site: Path, addresses: list[str]) -> list[list[str]]:
    known = [
        {"href": page.url, "title": page.title.partition(" - ")[0]}
        for page in pages(site)
        if page.name != "404.html" and not page.leads_to and not page.url.startswith("/about/")
    ]
    guesses: list[list[str]] = run_node(_PROGRAM, {"asked": addresses, "pages": known})
    return guesses


def test_the_page_that_was_meant_is_among_the_three(site: Path) -> None:
    guesses = guess(site, list(MEANT))

    lost = [
        address
        for address, names in zip(MEANT, guesses, strict=True)
        if MEANT[address] not in names
    ]
    assert lost == []


@pytest.mark.parametrize("address", ["/", "/index.html", "/xyzzy/12345/", "/€/%/"])
def test_an_address_that_means_nothing_is_no_guess(site: Path, address: str) -> None:
    assert guess(site, [address]) == [[]]


def test_a_reader_sees_the_guess(page: Page, hosted_url: str, problems: list[str]) -> None:
    page.goto(f"{hosted_url}/guide/creat/")

    page.get_by_role("link", name=re.compile("Create")).first.wait_for()
    page.locator("#meant a").first.click()
    expect(page).to_have_url(f"{hosted_url}/guide/create/")
    # The browser's own word for a page that is not there.
    assert all("404" in problem for problem in problems)
    problems.clear()
