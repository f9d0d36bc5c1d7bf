"""What is read is large enough, what is pressed is seen, and home says all in one screen."""

import pytest
from playwright.sync_api import Browser, Page, expect

SMALLEST = 14
"""Pixels of the text in tables and code."""
PAGES = (
    "/",
    "/guide/validate/",
    "/reference/permissions/",
    "/reference/languages/",
    "/troubleshooting/codes/",
    "/troubleshooting/which-host/",
    "/troubleshooting/index.html",
)

_SMALL = """(smallest) => [...document.querySelectorAll("article :is(td, th, code)")]
  .filter((one) => one.checkVisibility() && one.textContent.trim())
  .map((one) => [parseFloat(getComputedStyle(one).fontSize), one.textContent.trim().slice(0, 30)])
  .filter(([size]) => size < smallest - 0.01)"""
# The buttons that lie over their own code, or cannot be told from what is behind them.
_BAD_BUTTONS = """() => [...document.querySelectorAll(".md-code__nav")]
  .filter((nav) => nav.checkVisibility())
  .filter((nav) => {
    const button = nav.firstElementChild;
    const own = button.getBoundingClientRect();
    const code = nav.parentElement.querySelector("code").getBoundingClientRect();
    const apart = own.bottom <= code.top + 1 || own.left >= code.right - 1;
    const muted = getComputedStyle(document.body).getPropertyValue("--guide-muted");
    const shown = document.createElement("i");
    shown.style.color = muted;
    document.body.append(shown);
    const wanted = getComputedStyle(shown).color;
    shown.remove();
    return !apart || getComputedStyle(button).color !== wanted;
  })
  .map((nav) => nav.parentElement.textContent.trim().slice(0, 40))"""


@pytest.mark.parametrize("width", [1280, 360])
def test_no_text_in_tables_and_code_is_small(page: Page, hosted_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in PAGES:
        page.goto(f"{hosted_url}{path}")

        assert page.evaluate(_SMALL, SMALLEST) == [], path


def test_a_small_text_is_noticed(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/reference/permissions/")
    page.locator("td").first.evaluate("cell => { cell.style.fontSize = '12.8px' }")

    assert [12.8, "Read"] in page.evaluate(_SMALL, SMALLEST)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_copy_button_is_seen_and_covers_no_code(
    browser: Browser, hosted_url: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, has_touch=width == 360)
    page = context.new_page()
    for path in ("/", "/guide/validate/", "/reference/languages/"):
        page.goto(f"{hosted_url}{path}")
        expect(page.locator(".md-code__button").first).to_be_visible()

        assert page.evaluate(_BAD_BUTTONS) == [], path
    page.locator(".md-code__nav").first.evaluate("nav => { nav.style.top = '3rem' }")
    page.locator(".md-code__nav").first.evaluate("nav => { nav.style.right = '5rem' }")
    assert len(page.evaluate(_BAD_BUTTONS)) == 1
    context.close()


def test_home_has_all_that_people_come_for_in_one_screen(page: Page, hosted_url: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(hosted_url)
    run = page.get_by_role("button", name="Run").first
    box = page.get_by_label("Paste your error")
    picture = page.get_by_role("img", name="The way to an accepted request")
    ways = [page.get_by_role("link", name=name, exact=True) for name in WAYS]

    for shown in (run, box, picture, *ways):
        shown.wait_for()
        place = shown.bounding_box()
        assert place
        assert place["y"] + place["height"] <= 800


WAYS = ("Create a key", "I got an error", "Secure a bot", "Other languages")


def test_what_a_block_prints_is_not_cut(page: Page, hosted_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{hosted_url}/guide/validate/")

    cut = """() => [...document.querySelectorAll(".language-text > pre:first-child > code")]
      .filter((code) => code.scrollWidth > code.clientWidth).length"""
    assert page.locator(".language-text > pre:first-child > code").count() > 2
    assert page.evaluate(cut) == 0


def test_a_table_on_a_telephone_says_which_row_it_is(page: Page, hosted_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{hosted_url}/troubleshooting/demo-or-live/")
    row = page.locator("table[data-columns] tbody tr").first

    weights = row.locator("td").evaluate_all(
        "all => all.map(one => getComputedStyle(one).fontWeight)"
    )
    names = row.locator("td").evaluate_all(
        "all => all.map(one => getComputedStyle(one, '::before').display)"
    )

    assert ["600", *["400"] * (len(weights) - 1)] == weights
    assert names[0] == "none"
    assert "none" not in names[1:]


def test_a_cell_without_text_has_no_label(page: Page, hosted_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{hosted_url}/reference/clients/")
    empty = page.locator("td[data-column]:empty")

    assert empty.count() > 0
    assert empty.filter(visible=True).count() == 0


def test_the_name_of_the_site_is_not_cut_on_a_telephone(page: Page, hosted_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{hosted_url}/troubleshooting/50101/")
    cut = """name => name.scrollWidth > name.clientWidth || name.scrollHeight > name.clientHeight"""

    for name in page.locator(".md-header__topic .md-ellipsis").all():
        assert not name.evaluate(cut), name.inner_text()
    page.locator(".md-header__topic .md-ellipsis").first.evaluate(
        "name => { name.style.whiteSpace = 'nowrap' }"
    )
    assert page.locator(".md-header__topic .md-ellipsis").first.evaluate(cut)
