"""The browser of the tests notices what it is there to notice."""

import asyncio

from playwright.sync_api import Page

from tests.support.patience import wait_until


def test_a_page_of_the_site_is_shown(page: Page, site_url: str) -> None:
    page.goto(site_url)

    assert page.locator("h1").count() == 1


def test_a_request_to_elsewhere_is_a_problem(
    page: Page, site_url: str, problems: list[str]
) -> None:
    page.goto(site_url)

    page.evaluate("fetch('https://example.com/').catch(() => {})")
    page.evaluate("new WebSocket('ws://192.0.2.1:9/')")

    expected = {"asked for https://example.com/", "asked for ws://192.0.2.1:9/"}
    wait_until(
        lambda: expected <= set(problems), lambda seconds: page.wait_for_timeout(seconds * 1000)
    )
    # What the console says about the two may come later.
    page.close()
    problems.clear()


def test_an_error_of_a_script_is_a_problem(page: Page, problems: list[str]) -> None:
    with page.expect_event("pageerror"):
        page.evaluate("console.error('said'); setTimeout(() => { throw Error('thrown') })")

    assert problems == ["said", "uncaught: thrown"]
    problems.clear()


def test_other_tests_can_still_use_an_event_loop() -> None:
    """After those above, which left the browser open."""

    async def return_number() -> int:
        return 1

    assert asyncio.run(return_number()) == 1
