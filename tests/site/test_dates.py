"""When a page was checked, as a reader sees it: alone, when it is old, when something has ended."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from okx_guide import facts
from tests.plugins.blocks import ROOT
from tests.support.html import pages

CHECKED = re.compile(r'^checked: "(.*)"$', re.MULTILINE)
SCRIPT = ROOT / "docs" / "javascripts" / "theme" / "page.js"
PAGE = "/guide/create/"
# A page on which something ends; the pages themselves need not have one today.
ENDS = '<p class="page-ended" data-ends="2026-12-01" hidden>It has ended</p>'


def read_check_date(path: str) -> date:
    text = (ROOT / "docs" / f"{path.strip('/')}.md").read_text(encoding="utf-8")
    [day] = CHECKED.findall(text)
    return date.fromisoformat(day)


def read_on(page: Page, url: str, day: date, time: str = "12:00:00") -> Page:
    page.clock.set_fixed_time(f"{day}T{time}Z")
    page.goto(url)
    return page


def test_a_page_says_once_when_it_was_checked(hosted: Path) -> None:
    for page in pages(hosted):
        shown = re.findall(r"Checked on <time datetime=\"?([\d-]+)\"?>([^<]*)</time>", page.html)
        assert len(shown) <= 1, page.name
        for iso, words in shown:
            assert words == f"{date.fromisoformat(iso):%d %B %Y}".lstrip("0"), page.name


@pytest.mark.parametrize(("days", "old"), [(0, False), (90, False), (91, True), (800, True)])
def test_after_ninety_days_a_page_says_so(
    page: Page, hosted_url: str, days: int, old: bool
) -> None:
    checked = read_check_date(PAGE)

    read_on(page, hosted_url + PAGE, checked + timedelta(days=days))

    line = page.locator(".page-dates")
    if old:
        expect(line).to_have_text(
            re.compile(r"^Checked on \d+ \w+ \d{4}\. OKX may have changed since: see OKX's doc"),
            use_inner_text=True,
        )
        link = line.get_by_role("link", name="OKX's documentation")
        expect(link).to_have_attribute("href", "https://www.okx.com/docs-v5/en/")
    else:
        expect(line).to_have_text(re.compile(r"^Checked on [^.]*\.$"), use_inner_text=True)


def test_the_script_counts_the_days_that_the_facts_count() -> None:
    [days] = re.findall(r"MAX_AGE_DAYS = (\d+)", SCRIPT.read_text(encoding="utf-8"))
    partial = (ROOT / "overrides" / "partials" / "page-dates.html").read_text(encoding="utf-8")

    assert int(days) == facts.MAX_AGE_DAYS
    assert f"more than {facts.MAX_AGE_DAYS} days later" in partial


@pytest.mark.parametrize(
    ("day", "time", "shown"),
    [
        (date(2026, 11, 30), "23:59:59", False),
        (date(2026, 12, 1), "00:00:00", True),
        (date(2027, 3, 1), "12:00:00", True),
    ],
)
def test_what_has_ended_is_said_from_its_day_on(
    page: Page, tmp_path: Path, day: date, time: str, shown: bool
) -> None:
    # In the page itself: from disk no browser loads a module.
    script = SCRIPT.read_text(encoding="utf-8")
    html = f"<!doctype html><html><body>{ENDS}<script type='module'>{script}</script></body></html>"
    (tmp_path / "index.html").write_text(html, encoding="utf-8")

    read_on(page, (tmp_path / "index.html").as_uri(), day, time)

    assert page.get_by_text("It has ended").is_visible() == shown


def test_without_scripts_the_date_stands_alone(browser: Browser, hosted_url: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=hosted_url)
    page = context.new_page()
    page.goto(PAGE)

    expect(page.locator(".page-dates")).to_have_text(
        re.compile(r"^Checked on \d+ \w+ \d{4}\.$"), use_inner_text=True
    )
    context.close()


def test_no_line_breaks_inside_a_date(page: Page, hosted_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 760})
    page.goto(f"{hosted_url}/about/changes/")

    lines = page.locator("article time").evaluate_all(
        "times => times.map(time => time.getClientRects().length)"
    )

    assert len(lines) > 5
    assert {count for count in lines if count} == {1}
