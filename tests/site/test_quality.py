"""Lighthouse and axe-core measure the published site, in the browser that is already open."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from scripts.pictures.looks import KINDS
from tests.plugins.axe import WCAG_2_2_AA, violations
from tests.support.audits import list_low_scores, measure
from tests.support.html import PATHS

LEAST: dict[str, float] = {"accessibility": 1, "best-practices": 1, "seo": 1}
# A page's other colours change nothing else about it.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
WIDTHS = {1280: 900, 360: 760}
# By the second frame, the theme has made what overflows reachable by keyboard.
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

# What a page of each kind may cost: bytes as they are sent, and how far its parts move while it
# loads (0 is not at all, 0.1 is what Lighthouse calls good).
MOST: dict[str, float] = {
    "bytes": 120_000,
    "requests": 20,
    "elements": 3_500,
    "layout shift": 0.1,
}
WEIGHT = """async () => {
  const shifts = await new Promise(done => {
    let total = 0
    const observer = new PerformanceObserver(list => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) total += entry.value
    })
    observer.observe({ type: "layout-shift", buffered: true })
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(total), 50)))
  })
  const loaded = [...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource")]
  return {
    "bytes": loaded.reduce((sum, entry) => sum + entry.transferSize, 0),
    "requests": loaded.length,
    "elements": document.getElementsByTagName("*").length,
    "layout shift": shifts,
  }
}"""

# --- Lighthouse --------------------------------------------------------------------------


def test_lighthouse_finds_every_kind_of_page_accessible_sound_and_findable(
    lighthouse: Path, browser: Browser, debugging_port: int, hosted_url: str, figures: list[str]
) -> None:
    urls = [hosted_url + path for path in KINDS.values()]

    results = measure(lighthouse, debugging_port, urls, LEAST)

    assert sorted(urls) == sorted(results)
    for url, result in results.items():
        scores = ", ".join(f"{name} {score:.2f}" for name, score in result["scores"].items())
        figures.append(f"Lighthouse, {url.removeprefix(hosted_url)}: {scores}")
    missed = {
        url: result["lost"] for url, result in results.items() if list_low_scores(result, LEAST)
    }
    assert missed == {}


def test_a_low_score_is_noticed() -> None:
    assert list_low_scores({"scores": LEAST}, LEAST) == []
    assert list_low_scores({"scores": LEAST | {"seo": 0.99}}, LEAST) == ["seo"]


# --- what a page costs -------------------------------------------------------------------


def weigh(page: Page, url: str) -> dict[str, float]:
    """Load a page anew; return what does not depend on how fast the machine is."""
    page.goto(url, wait_until="networkidle")
    weight: dict[str, float] = page.evaluate(WEIGHT)
    return weight


def list_excesses(weight: dict[str, float], limits: dict[str, float] = MOST) -> list[str]:
    """Return what a page has too much of."""
    return [name for name, limit in limits.items() if weight[name] > limit]


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_page_costs_more_than_it_may(
    page: Page, hosted_url: str, kind: str, figures: list[str]
) -> None:
    weight = weigh(page, hosted_url + KINDS[kind])

    figures.append(f"{KINDS[kind]}: " + ", ".join(f"{name} {weight[name]:,.6g}" for name in MOST))
    assert list_excesses(weight) == []


def test_a_page_that_is_heavy_or_jumps_is_noticed(page: Page, hosted_url: str) -> None:
    light = weigh(page, hosted_url)
    page.evaluate(
        """async () => {
          for (let number = 0; number < 60; number++) await fetch(`assets/mark.svg?${number}`)
          document.body.append(...Array.from({ length: 5000 }, () => document.createElement("i")))
          await new Promise(done => setTimeout(done, 600))
          document.body.prepend(Object.assign(document.createElement("div"),
            { style: "height: 700px" }))
          await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
        }"""
    )

    heavy = page.evaluate(WEIGHT)

    assert list_excesses(light) == []
    assert {"requests", "elements", "layout shift"} <= set(list_excesses(heavy))


# --- axe-core ----------------------------------------------------------------------------


def test_axe_finds_nothing_on_any_page(
    page: Page, hosted_url: str, axe: str, figures: list[str]
) -> None:
    # Without motion nothing is on its way out of the picture while axe looks.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    paths = [*PATHS, "/404.html"]
    violations_by_page: dict[str, list[str]] = {}
    # All in one window: a new one for each page would take twice as long.
    for path in paths:
        page.goto(hosted_url + path)
        page.evaluate(axe)
        for scheme, rules in {"default": WCAG_2_2_AA, "slate": OF_COLOURS}.items():
            # As the button for the colours does, which has a test of its own.
            page.evaluate("scheme => document.body.dataset.mdColorScheme = scheme", scheme)
            for width, height in WIDTHS.items():
                # A colour is the same in every width. What only a narrow window shows is the
                # theme's, and the same on every page of a kind.
                colours = width == max(WIDTHS) or path in KINDS.values()
                if not colours and rules == OF_COLOURS:
                    continue
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate(NEXT_FRAME)
                if broken := violations(page, rules, () if colours else OF_COLOURS):
                    violations_by_page[f"{path}, {width} px, {scheme}"] = broken

    assert violations_by_page == {}
    figures.append(
        f"axe-core: {len(paths)} pages without a violation at 1280 and 360 px, light and dark"
    )


def test_axe_sees_a_picture_without_a_text_and_pale_words(
    page: Page, hosted_url: str, axe: str
) -> None:
    page.goto(hosted_url)
    page.evaluate(
        """document.querySelector("article").insertAdjacentHTML("beforeend",
          "<img src='assets/mark.svg'><p id='pale'>pale</p>");
        document.getElementById("pale").style.color = "#ccc" """
    )

    page.evaluate(axe)

    lines = violations(page)

    assert sorted(line.partition(":")[0] for line in lines) == ["color-contrast", "image-alt"]
