"""Take a picture of every kind of page, to compare before and after a change: `make pictures`.

A picture shows the first screen four times: desktop and phone, light and dark. They are not
committed: fonts differ between machines, and would change each of them.
"""

import io
import sys

from PIL import Image
from playwright.sync_api import Browser

from tests.plugins.blocks import ROOT
from tests.plugins.browser import SCHEMES, chromium
from tests.plugins.hosted import serve_site

FOLDER = ROOT / ".cache" / "looks"
KINDS = {
    "home": "/",
    "step": "/guide/create/",
    "hosts": "/troubleshooting/which-host/",
    "tabs": "/reference/languages/",
    "table": "/troubleshooting/codes/",
    "list": "/troubleshooting/refused/",
    "form": "/troubleshooting/invalid-sign/",
    "api": "/reference/python-tools/",
}
"""One page of each kind: its name and its address."""
SIZES = ((1280, 900), (360, 900))


def take(browser: Browser, url: str) -> bytes:
    """Return the first screen of a page, in both sizes and both schemes, as one picture."""
    sheet = Image.new("RGB", (sum(width for width, _ in SIZES), len(SCHEMES) * SIZES[0][1]))
    left = 0
    for width, height in SIZES:
        for row, scheme in enumerate(SCHEMES):
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            page.goto(url, wait_until="networkidle")
            sheet.paste(Image.open(io.BytesIO(page.screenshot())), (left, row * height))
            page.close()
        left += width
    small = sheet.quantize(32, dither=Image.Dither.NONE).convert("RGB")
    picture = io.BytesIO()
    small.save(picture, "webp", lossless=True, quality=50, method=4)
    return picture.getvalue()


def main() -> None:
    """Take every picture again, of the site that `make site` has built."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with serve_site(ROOT / "site") as url, chromium() as browser:
        for kind, path in KINDS.items():
            (FOLDER / f"{kind}.webp").write_bytes(take(browser, url + path))
    sys.stdout.write(f"The pictures are in {FOLDER.relative_to(ROOT)}.\n")


if __name__ == "__main__":
    main()
