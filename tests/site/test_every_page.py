"""What holds on every page of the published site. Each is opened once, in one window.

It is light, obeys its content policy, asks no other machine, can be read on a telephone, is not
so long that a reader loses the way, and axe-core finds nothing on it.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from scripts.pictures.looks import KINDS
from tests.plugins.axe import SHELL, violations
from tests.plugins.browser import open_page
from tests.support.html import PATHS
from tests.support.http_server import serve_folder

DESK, TELEPHONE = 1280, 360
"""Widths in pixels."""
LOOKS = ((TELEPHONE, "slate"), (DESK, "default"))
"""In which every page is looked at: a width, and the theme's name of light or dark."""
MORE_LOOKS = ((TELEPHONE, "default"), (DESK, "slate"))
"""In which a page of each kind is looked at too."""
HIGHEST = 12_000
HIGHEST_LIST = 6_000
"""In a list of codes a reader looks one up: the families are folded."""
LISTS = {f"/troubleshooting/{name}/" for name in ("codes", "refused", "orders", "websocket")}
# Of the first view of a page, with everything it loads, compressed as the host sends it.
BYTES_AT_MOST = 100_000
# What browsers count for the headers of an answer (`transferSize`). Hosts send them over HTTP/2,
# which packs them; the server of the tests does not.
BYTES_OF_HEADERS = 300
LOADED = """() => [...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")].map(({ name, encodedBodySize }) =>
  [name, encodedBodySize])"""
# By the second frame, the theme has made what overflows reachable by keyboard.
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def weigh(page: Page) -> dict[str, int]:
    """Return the bytes that each address of the page that is shown costs at a first visit."""
    loaded: list[tuple[str, int]] = page.evaluate(LOADED)
    return {url: size + BYTES_OF_HEADERS for url, size in loaded}


def list_excesses(page: Page, path: str) -> Iterator[str]:
    """Yield in which widths the page that is shown is too high or too wide for a reader."""
    for width in (DESK, TELEPHONE):
        page.set_viewport_size({"width": width, "height": 800})
        across, height = page.evaluate(
            "[document.scrollingElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        if across > width:
            yield f"{width} px: {across} px wide"
        if height > (HIGHEST_LIST if path in LISTS else HIGHEST):
            yield f"{width} px: {height} px high"


def list_violations(page: Page, path: str) -> Iterator[str]:
    """Yield what axe-core finds on the page that is shown, with the look that it has."""
    is_kind = path in KINDS.values()
    for width, scheme in sorted((*LOOKS, *MORE_LOOKS)) if is_kind else LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        # As the button for the colours does, which has a test of its own.
        page.evaluate("scheme => document.body.dataset.mdColorScheme = scheme", scheme)
        page.evaluate(NEXT_FRAME)
        # Header, navigation and footer are the same on every page of a kind.
        for violation in violations(page, without=() if is_kind else SHELL):
            yield f"{width} px, {scheme}: {violation}"


@cache
def open_window(browser: Browser, axe: str) -> tuple[Page, list[str]]:
    """Return a page, and what it did and must not. All share it: new ones take twice as long."""
    problems: list[str] = []
    page = open_page(browser, problems)
    # Without motion nothing is on its way out of the picture while axe looks.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    # The browser keeps it. To send it to each page takes half as long as to load the page.
    page.add_init_script(axe)
    return page, problems


PARTS = 3
"""In so many processes the pages are looked at."""


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=pytest.mark.xdist_group(f"pages {number % PARTS}"))
        for number, path in enumerate([*PATHS, "/404.html"])
    ],
)
def test_a_page_is_light_readable_and_sound(
    browser: Browser, hosted_url: str, path: str, axe: str, figures: list[str]
) -> None:
    page, problems = open_window(browser, axe)
    # To lay a page out anew takes time: this is the height that it has when it is looked at.
    page.set_viewport_size({"width": DESK, "height": 800})
    page.goto(hosted_url + path, wait_until="networkidle")

    loaded = weigh(page)
    assert not [url for url in loaded if "/workers/" in url]
    # The browser knows no size of what it has asked whether it is still the same.
    assert BYTES_OF_HEADERS not in loaded.values()
    assert 20_000 < sum(loaded.values()) <= BYTES_AT_MOST, loaded
    assert list(list_excesses(page, path)) == []
    assert list(list_violations(page, path)) == []
    assert problems == []
    figures.append(
        f"a page that keeps its policy, loads {BYTES_AT_MOST} bytes at most, fits a telephone, "
        "and on which axe-core finds nothing at 1280 and 360 px, in light and dark"
    )


# --- faults that these tests notice ------------------------------------------------------


def test_what_a_heavy_page_loads_is_counted(page: Page, tmp_path: Path) -> None:
    (tmp_path / "heavy.css").write_text("/*" + "x" * BYTES_AT_MOST + "*/", encoding="utf-8")
    (tmp_path / "index.html").write_text(
        '<!doctype html><link rel="icon" href="data:,"><link rel="stylesheet" href="heavy.css">',
        encoding="utf-8",
    )

    with serve_folder(tmp_path) as url:
        page.goto(f"{url}/")
        loaded = weigh(page)

    assert loaded.keys() == {f"{url}/", f"{url}/heavy.css"}
    assert sum(loaded.values()) > BYTES_AT_MOST


def test_a_page_that_is_too_wide_is_noticed(page: Page, hosted_url: str) -> None:
    page.goto(hosted_url)
    page.evaluate("document.querySelector('h1').style.width = '400px'")

    [excess] = list_excesses(page, "/")
    assert excess.startswith("360 px: ")
    assert excess.endswith(" px wide")


@pytest.mark.parametrize("path", ["/about/facts/", *sorted(LISTS)])
def test_a_page_that_is_not_folded_is_noticed(page: Page, hosted_url: str, path: str) -> None:
    def unfold(route: Route) -> None:
        route.fulfill(body=route.fetch().text().replace("<details", "<details open"))

    page.route(f"{hosted_url}{path}", unfold)
    page.goto(hosted_url + path)

    [*_, last] = list_excesses(page, path)
    assert last.endswith(" px high")


def test_axe_sees_a_picture_without_a_text_and_pale_words(
    page: Page, hosted_url: str, axe: str
) -> None:
    page.goto(f"{hosted_url}/faq/")
    page.evaluate(
        """document.querySelector("article").insertAdjacentHTML("beforeend",
          "<img src='../assets/mark.svg'><p id='pale'>pale</p>");
        document.getElementById("pale").style.color = "#aaa" """
    )

    page.evaluate(axe)
    lines = list(list_violations(page, "/faq/"))

    assert sorted({line.split(": ")[1] for line in lines}) == ["color-contrast", "image-alt"]


@pytest.mark.parametrize(
    "fault",
    {
        "a token of one block": "<pre><code><span class=k>a</span> <span class=k>b</span></code>"
        "</pre><pre><code><span class=k>c</span> <span class=x>pale</span></code></pre>",
        "a token in a token": "<pre><code><span class=k>a</span>"
        "<span class=x><span class=k>pale</span></span></code></pre>",
        "the ground of a parent": "<p>dark</p><div style='background: #999'><p>pale</p></div>",
        "a parent that is half seen": "<p>dark</p><div style='opacity: .4'><p>pale</p></div>",
        "what lies on something else": "<p>dark</p><div style='background: #999; height: 9em'>"
        "</div><p style='position: absolute; top: 5em'>pale</p>",
        "what is moved onto it": "<p>dark</p><div style='background: #999; height: 9em'></div>"
        "<p style='margin-top: -6em'>pale</p>",
        "the size": "<p style='color: #888; font-size: 40px'>large</p>"
        "<p style='color: #888'>pale</p>",
        "the weight": "<p style='color: #888; font: bold 20px serif'>bold</p>"
        "<p style='color: #888; font: 20px serif'>pale</p>",
        "a like one that is hidden": "<p hidden style='color: #aaa'>no</p>"
        "<p style='color: #aaa'>pale</p>",
        "a like one out of sight": "<div style='overflow: hidden; width: 5em'>"
        "<p style='margin-left: 9em; color: #aaa'>no</p></div><p style='color: #aaa'>pale</p>",
    }.items(),
    ids=lambda fault: fault[0],
)
def test_pale_words_are_seen_among_words_that_are_alike_but_for(
    page: Page, axe: str, fault: tuple[str, str]
) -> None:
    page.set_content(
        "<style>body { background: #fff; color: #555 } pre, .x { color: #333 }"
        " .x { color: #aaa } .x .k { color: #bbb }</style>"
        f"<html lang=en><title>T</title><main>{fault[1]}</main>"
    )
    page.evaluate(axe)

    [line] = violations(page)

    assert line.startswith("color-contrast: ")
    assert "pale" in line


@pytest.mark.parametrize("options", [{"without": ["nav"]}, {"within": "p"}], ids=str)
def test_pale_words_are_seen_though_those_that_are_not_looked_at_are_alike(
    page: Page, axe: str, options: dict[str, Any]
) -> None:
    page.set_content(
        "<html lang=en><title>T</title><style>body { background: #fff; color: #aaa }</style>"
        "<nav>not this</nav><main><p>pale</p></main>"
    )
    page.evaluate(axe)

    [line] = violations(page, **options)

    assert line.endswith('<p data-contrast="">pale</p>')
