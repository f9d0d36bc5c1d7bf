"""Lighthouse and axe-core measure the published site, in the browser that is already open."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.languages import Language, built, environ, lacking
from tests.looks import KINDS
from tests.test_behaviour import PATHS
from tests.test_languages import require

LIGHTHOUSE = Language(
    "Lighthouse",
    "lighthouse",
    "run.mjs",
    build=(("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),),
    run=("node", "run.mjs"),
    tools={"node": "nodejs", "npm": "npm"},
)

LEAST = {"performance": 0.95, "accessibility": 1, "best-practices": 1, "seo": 1}
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# A page's other colours change nothing else about it.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
WIDTHS = {1280: 900, 360: 760}
# By the second frame, the theme has made what overflows reachable by keyboard.
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder with Lighthouse and axe-core."""
    require(LIGHTHOUSE, lacking(LIGHTHOUSE))
    return built(LIGHTHOUSE, Path(__file__).parent / "lighthouse")


# --- Lighthouse --------------------------------------------------------------------------


def measure(tools: Path, port: int, urls: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [*LIGHTHOUSE.run, str(port), *urls],
        cwd=tools,
        env=environ(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {found["url"]: found for found in map(json.loads, done.stdout.splitlines())}


def too_low(found: dict[str, Any]) -> list[str]:
    """Return the scores that are below what the guide promises."""
    return [name for name in LEAST if found["scores"][name] < LEAST[name]]


@pytest.mark.alone
def test_lighthouse_finds_every_kind_of_page_fast_accessible_sound_and_findable(
    tools: Path, browser: Browser, debugging_port: int, hosted_url: str, figures: list[str]
) -> None:
    urls = [hosted_url + path for path in KINDS.values()]

    found = measure(tools, debugging_port, urls)

    assert sorted(urls) == sorted(found)
    # The machine may have other work, which makes no page faster: three more looks are fair.
    for _ in range(3):
        if again := [url for url in urls if too_low(found[url]) == ["performance"]]:
            found |= measure(tools, debugging_port, again)
    for url, one in found.items():
        scores = ", ".join(f"{name} {score:.2f}" for name, score in one["scores"].items())
        figures.append(f"Lighthouse, {url.removeprefix(hosted_url)}: {scores}")
    missed = {url: one["lost"] for url, one in found.items() if too_low(one)}
    assert missed == {}


def test_a_low_score_is_noticed() -> None:
    assert too_low({"scores": LEAST}) == []
    assert too_low({"scores": LEAST | {"performance": 0.94}}) == ["performance"]
    assert too_low({"scores": LEAST | {"seo": 0.99}}) == ["seo"]


# --- axe-core ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def axe(tools: Path) -> str:
    return (tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, rules: Sequence[str] = WCAG_2_2_AA) -> list[str]:
    """Return what breaks the rules (WCAG 2.2 AA) on the page that is shown, with the element."""
    found = page.evaluate(
        "rules => axe.run({ runOnly: rules, resultTypes: ['violations'] })", rules
    )
    return [
        f"{rule['id']}: {rule['help']}: {node['html']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def test_axe_finds_nothing_on_any_page(
    page: Page, hosted_url: str, axe: str, figures: list[str]
) -> None:
    # Without motion nothing is on its way out of the picture while axe looks.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    paths = [*PATHS, "/404.html"]
    found: dict[str, list[str]] = {}
    # All in one window: a new one for each page would take twice as long.
    for path in paths:
        page.goto(hosted_url + path)
        page.evaluate(axe)
        for scheme, rules in {"default": WCAG_2_2_AA, "slate": OF_COLOURS}.items():
            # As the button for the colours does, which has a test of its own.
            page.evaluate("scheme => document.body.dataset.mdColorScheme = scheme", scheme)
            for width, height in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate(NEXT_FRAME)
                if broken := violations(page, rules):
                    found[f"{path}, {width} px, {scheme}"] = broken

    assert found == {}
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

    found = violations(page)

    assert sorted(one.partition(":")[0] for one in found) == ["color-contrast", "image-alt"]
