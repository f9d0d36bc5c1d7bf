"""Lighthouse measures a page of each kind, in the browser that is already open."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from scripts.pictures.looks import KINDS
from tests.support.audits import list_low_scores, measure

LEAST: dict[str, float] = {"accessibility": 1, "best-practices": 1, "seo": 1}
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
