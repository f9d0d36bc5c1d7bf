"""The built site: strict, complete, and nobody else's business."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

from okx_guide import causes
from tests.pages import DOCS


class Loads(HTMLParser):
    """Collect what a browser loads with a page, and what the page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("script", "img", "iframe", "source", "audio", "video", "embed"):
            self.loaded.append(values.get("src") or "")
        if tag == "link" and values.get("rel") not in ("canonical", "next", "prev"):
            self.loaded.append(values.get("href") or "")
        if tag == "h1":
            self.headings.append(values.get("id") or "")


def parsed(page: Path) -> Loads:
    loads = Loads()
    loads.feed(page.read_text(encoding="utf-8"))
    return loads


def test_every_page_is_built(site: Path) -> None:
    expected = {page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md")}

    built = {
        (page.parent if page.parent.name != "" else page).relative_to(site)
        for page in site.rglob("index.html")
    }

    assert {path.parent if path.name == "index" else path for path in expected} == built


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    foreign = {
        f"{page.relative_to(site)}: {url}"
        for page in site.rglob("*.html")
        for url in parsed(page).loaded
        if re.match(r"(https?:)?//", url)
    }

    assert foreign == set()


def test_no_stylesheet_loads_anything_from_elsewhere(site: Path) -> None:
    foreign = {
        f"{sheet.relative_to(site)}: {url}"
        for sheet in site.rglob("*.css")
        for url in re.findall(r"url\(([^)]*)\)", sheet.read_text(encoding="utf-8"))
        if re.match(r"['\"]?(https?:)?//", url)
    }

    assert foreign == set()


def test_every_page_has_one_title_and_its_own_description(site: Path) -> None:
    descriptions = []
    for page in site.rglob("index.html"):
        assert len(parsed(page).headings) == 1, page
        text = page.read_text(encoding="utf-8")
        descriptions += re.findall(r'<meta name="description" content="([^"]+)"', text)

    assert len(descriptions) == len(set(descriptions)) == len(list(site.rglob("index.html")))


def test_no_page_shows_the_name_of_a_file_in_its_place(site: Path) -> None:
    text = (site / "reference" / "languages" / "index.html").read_text(encoding="utf-8")

    assert "8&lt;--" not in text
    assert "hmac" in text


def test_every_page_says_that_it_is_unofficial(site: Path) -> None:
    for page in site.rglob("index.html"):
        assert "Unofficial and independent" in page.read_text(encoding="utf-8"), page


def test_the_api_page_documents_every_public_name(site: Path) -> None:
    text = (site / "reference" / "python" / "index.html").read_text(encoding="utf-8")
    import okx_guide  # noqa: PLC0415  # only here

    missing = [name for name in okx_guide.__all__ if f">{name}<" not in text]

    assert missing == []


def test_the_vectors_are_served_as_files(site: Path) -> None:
    page = (site / "reference" / "vectors" / "index.html").read_text(encoding="utf-8")

    for name in ("rest.json", "websocket.json", "schema.json"):
        assert f'href="../../vectors/{name}"' in page
        assert (site / "vectors" / name).read_bytes() == (DOCS / "vectors" / name).read_bytes()


def test_a_quiet_build_would_hide_broken_links_so_ours_is_not_quiet(tmp_path: Path) -> None:
    """The build above can fail: a page with a dead link and a dead anchor turns it red."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# T\n\n[a](gone.md) [b](#nowhere)\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: T\nvalidation:\n  links:\n    anchors: warn\n", encoding="utf-8"
    )

    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=tmp_path,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    assert "2 warnings" in done.stdout


def test_every_cause_leads_to_a_place_that_is_there(site: Path) -> None:
    known = [cause for rows in causes.catalogue().values() for cause, _ in rows]
    known += [cause for cause, _ in causes.kinds().values()]

    lost = set()
    for place in {cause.page for cause in known}:
        path, _, anchor = place.partition("#")
        page = site / path.strip("/") / "index.html"
        if not page.is_file() or f'id="{anchor}"' not in page.read_text(encoding="utf-8"):
            lost.add(place)

    assert lost == set()
