"""Take the picture of the site that the README shows: `make readme-picture`, after `make site`."""

import sys
from pathlib import Path

from tests.plugins.blocks import ROOT
from tests.plugins.browser import chromium
from tests.plugins.hosted import serve_site

PICTURE = ROOT / ".github" / "site.jpg"


def take(folder: Path, target: Path) -> None:
    """Take a picture of the home page of a prepared site in Chromium."""
    with serve_site(folder) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{url}/", wait_until="networkidle")
        page.screenshot(path=target, type="jpeg", quality=80)


if __name__ == "__main__":
    take(ROOT / "site", PICTURE)
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB\n")
