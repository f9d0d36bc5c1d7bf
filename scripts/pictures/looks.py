"""Take a picture of every kind of page, for the person who changes how it looks: `make looks`.

A picture shows the first screen four times: on a desk and on a telephone, in light and in dark.
Beside the pictures stands what made them look so, as a hash of the stylesheets and of what each
page is built from. tests/site/test_looks.py compares it. Pixels are not compared: another machine
has other fonts, and would call every page changed.
"""

import hashlib
import io
import json
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.plugins.blocks import ROOT
from tests.plugins.browser import SCHEMES, chromium
from tests.plugins.hosted import served
from tests.support.html import Page

FOLDER = ROOT / ".github" / "looks"
TAKEN = FOLDER / "taken.json"
KINDS = {
    "home": "/",
    "step": "/guide/create/",
    "hosts": "/reference/sites/",
    "tabs": "/reference/languages/",
    "table": "/troubleshooting/codes/",
    "list": "/troubleshooting/refused/",
    "form": "/troubleshooting/debugger/",
    "api": "/reference/python-tools/",
}
"""One page of each kind: its name and its address."""
SIZES = ((1280, 900), (360, 900))
AT_MOST = 1_200_000
"""Bytes of all pictures together."""

# The home page tells of the last test run, if there was one: these come and go.
_LAST_RUN = {"dl.", "dl.last-run", "dt.", "dd.", "div.", "p.last-run", "time."}


def look(site: Path, kind: str) -> str:
    """Return what decides how a kind of page looks, as a hash.

    It is the same as long as the stylesheets are, and the elements that occur on the page:
    another paragraph changes nothing, the first table does.
    """
    digest = hashlib.sha256()
    styles = {path.read_bytes() for path in site.rglob("*.css")}
    for style in sorted(styles):
        digest.update(style)
    page = Page(site / KINDS[kind][1:] / "index.html", site)
    parts = {f"{one.tag}.{'.'.join(sorted(one['class'].split()))}" for one in page.elements}
    parts -= _LAST_RUN
    digest.update("\n".join(sorted(parts)).encode())
    return digest.hexdigest()


def take(browser: Browser, url: str) -> bytes:
    """Return what is first seen of a page, in both sizes and both schemes, as one picture."""
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
    few = sheet.quantize(32, dither=Image.Dither.NONE).convert("RGB")
    picture = io.BytesIO()
    few.save(picture, "webp", lossless=True, quality=50, method=4)
    return picture.getvalue()


def record(site: Path, folder: Path) -> None:
    """Write down what each picture is, and of what."""
    taken = {
        kind: {"look": look(site, kind), "picture": _hash(folder / f"{kind}.webp")}
        for kind in KINDS
    }
    (folder / TAKEN.name).write_text(json.dumps(taken, indent=2) + "\n", encoding="utf-8")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def problems(site: Path, folder: Path) -> list[str]:
    """Return why the pictures in a folder are not those of this site; empty if they are."""
    try:
        taken = json.loads((folder / TAKEN.name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ["no picture was taken yet"]
    pictures = {path.stem: path for path in folder.glob("*.webp")}
    found = []
    for kind in sorted(KINDS.keys() | taken.keys() | pictures.keys()):
        if kind not in KINDS:
            found.append(f"{kind}.webp: there is no such kind of page")
        elif kind not in pictures or kind not in taken:
            found.append(f"{kind}.webp is missing")
        elif taken[kind]["picture"] != _hash(pictures[kind]):
            found.append(f"{kind}.webp is not the picture that was taken")
        elif taken[kind]["look"] != look(site, kind):
            found.append(f"{kind}.webp: {KINDS[kind]} looks different now")
    size = sum(path.stat().st_size for path in pictures.values())
    if size > AT_MOST:
        found.append(f"the pictures have {size} bytes, {AT_MOST} are enough")
    return found


def main() -> int:
    """Take every picture anew, of the site that `make site` has built."""
    site = ROOT / "site"
    with served(site) as url, chromium() as browser:
        pictures = {kind: take(browser, url + path) for kind, path in KINDS.items()}
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    for kind, picture in pictures.items():
        (FOLDER / f"{kind}.webp").write_bytes(picture)
    record(site, FOLDER)
    sys.stdout.write(f"Look at the pictures in {FOLDER.relative_to(ROOT)}, then commit them.\n")
    found = problems(site, FOLDER)
    sys.stderr.writelines(f"{one}\n" for one in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
