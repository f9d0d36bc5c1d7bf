"""Take the guide's pictures on the way through the key page: `make screenshots`.

A hash of the page's templates, styles and script is kept beside the pictures.
tests/project/test_screenshots.py compares it, so that outdated pictures are noticed.
"""

import hashlib
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page

from okx_guide.sandbox import running
from tests.plugins.blocks import DOCS, ROOT
from tests.plugins.browser import SCHEMES, Scheme, chromium
from tests.support.keypage import create_key
from tests.support.raw_http import NOW, bypass_proxy

FOLDER = DOCS / "assets" / "screenshots"
TAKEN = FOLDER / "taken.json"
WIDTH = 720
"""In pixels; the pages show a picture at three quarters of its size, for sharp screens."""
AT_MOST = 25_000
"""Bytes of a picture."""

_TEMPLATES = ROOT / "okx_guide" / "sandbox" / "keypage" / "templates"


def hash_page() -> str:
    """Return a hash of everything that decides how the key page looks."""
    digest = hashlib.sha256()
    for path in sorted(_TEMPLATES.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def make_fake_bytes(size: int) -> bytes:
    """Return bytes that make obviously fake keys."""
    return (b"\xfa\xca\xde\x00" * size)[:size]


@contextmanager
def _open_page(scheme: Scheme) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(
            viewport={"width": WIDTH, "height": 400},
            device_scale_factor=1,
            color_scheme=scheme,
        )
        yield page


def take(scheme: Scheme, folder: Path) -> None:
    """Walk from no key to a key, and leave a picture of every step in a folder."""

    def take_picture(name: str, element: Locator) -> None:
        # Without the focus ring, whose place is accidental.
        element.page.evaluate("document.activeElement.blur()")
        image = Image.open(io.BytesIO(element.screenshot()))
        small = image.convert("RGB").quantize(12, dither=Image.Dither.NONE).convert("RGB")
        small.save(folder / f"{name}-{scheme}.webp", lossless=True, quality=100, method=6)

    with (
        bypass_proxy(),
        running(clock=lambda: NOW, random=make_fake_bytes) as sandbox,
        _open_page(scheme) as page,
    ):
        create_key(page, sandbox.url, "rebalancer", look=take_picture)


def record(folder: Path) -> None:
    """Record the hashes of the pictures and of the page."""
    pictures = {path.name: _hash(path) for path in sorted(folder.glob("*.webp"))}
    text = json.dumps({"look": hash_page(), "pictures": pictures}, indent=2)
    (folder / TAKEN.name).write_text(text + "\n", encoding="utf-8")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_problems(folder: Path) -> list[str]:
    """Return why the pictures in a folder are outdated; empty if they are not."""
    try:
        recorded = json.loads((folder / TAKEN.name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ["no picture was taken yet"]
    problems = []
    if recorded["look"] != hash_page():
        problems.append("the key page has changed since the pictures were taken")
    pictures = {path.name: _hash(path) for path in folder.glob("*.webp")}
    problems += [
        f"{name} is missing" for name in sorted(recorded["pictures"].keys() - pictures.keys())
    ]
    problems += [
        f"{name} is not the picture that was taken"
        for name in sorted(pictures)
        if recorded["pictures"].get(name) != pictures[name]
    ]
    problems += [
        f"{path.name} is larger than {AT_MOST} bytes"
        for path in sorted(folder.glob("*.webp"))
        if path.stat().st_size > AT_MOST
    ]
    return problems


def main() -> int:
    """Take every picture again."""
    # The old pictures stay until all new ones are there.
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as scratch:
        folder = Path(scratch, FOLDER.name)
        folder.mkdir()
        for scheme in SCHEMES:
            take(scheme, folder)
        record(folder)
        if problems := find_problems(folder):
            sys.stderr.write("\n".join((*problems, "")))
            return 1
        shutil.rmtree(FOLDER, ignore_errors=True)
        folder.rename(FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
