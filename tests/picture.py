"""Take the picture of the site that the README shows: `make picture`, after `make site`."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.hosted import served
from tests.pages import ROOT

PICTURE = ROOT / ".github" / "site.jpg"


def take(folder: Path, target: Path) -> None:
    """Show the home page of a prepared site in Chromium, and keep what is seen."""
    with served(folder) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{url}/", wait_until="networkidle")
        page.screenshot(path=target, type="jpeg", quality=80)
        browser.close()


if __name__ == "__main__":
    take(ROOT / "site", PICTURE)
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB\n")
