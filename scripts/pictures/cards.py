"""Draw the preview cards of shared links: `python -m scripts.pictures.cards`.

There is one per section of the navigation. They are committed, so that a build needs no browser.
"""

from pathlib import Path

from tests.plugins.blocks import DOCS
from tests.plugins.browser import chromium

CARDS = {
    "home": "Set up an OKX API key that works",
    "get-started": "Create, configure, activate, validate",
    "security": "API security best practices",
    "errors": "From the symptom to the cause",
    "code": "Signed requests in your language",
    "reference": "Signing, hosts, permissions, limits",
    "about": "How this guide is verified",
}

_CARD = """<!doctype html>
<meta charset="utf-8">
<style>
body { margin: 0; width: 1200px; height: 630px; box-sizing: border-box; padding: 84px 90px;
  display: flex; flex-direction: column; background: #fcfbf8; color: #1d282d;
  border-bottom: 24px solid #0b5b63; font-family: system-ui, sans-serif; }
header { display: flex; align-items: center; gap: 28px; font-size: 38px; color: #52616a; }
svg { width: 84px; height: 84px; }
h1 { margin: 76px 0 auto; font-size: 78px; line-height: 1.15; letter-spacing: -0.02em; }
p { margin: 0; font-size: 30px; color: #52616a; }
</style>
<header>MARK The OKX API guide that runs</header>
<h1>TITLE</h1>
<p>Tested before it is published. Unofficial and independent.</p>
"""


def draw(folder: Path) -> None:
    """Write one picture per section into a folder."""
    mark = (DOCS / "assets" / "mark.svg").read_text(encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 630})
        for name, title in CARDS.items():
            page.set_content(_CARD.replace("MARK", mark).replace("TITLE", title))
            page.screenshot(path=folder / f"{name}.png")


if __name__ == "__main__":
    draw(DOCS / "assets" / "cards")
