"""The same mkdocs.yml says the same under the generators that outlive Material for MkDocs.

Zensical is its successor, ProperDocs continues MkDocs. About → Tools (docs/about/tools.md)
tells when the guide moves, and what differs.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from selectolax.lexbor import LexborHTMLParser

from scripts.site.copies import write_copies
from scripts.site.runtime import FOLDER, make
from tests.plugins.blocks import DOCS, ROOT
from tests.support.http_server import serve_folder
from tests.support.patience import SECONDS
from tests.support.tools import require_package

GENERATORS = ("zensical", "properdocs")
# Zensical's own way back to the top of a page.
ITS_OWN_IDS = {"__skip"}


def build(generator: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", generator, "build", "--strict"],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def build_guide(generator: str, folder: Path) -> Path:
    """Build strictly by another generator, in a copy: Zensical builds beside its configuration."""
    require_package("pyodide/pyodide.mjs")
    make(DOCS / FOLDER)
    shutil.copy(ROOT / "mkdocs.yml", folder)
    for name in ("docs", "okx_guide", "scripts", "overrides", ".cache/site"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, folder / name)
    result = build(generator, folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def zensical_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build_guide("zensical", tmp_path_factory.mktemp("zensical"))
    # It runs no hooks.
    assert not (folder / "llms.txt").exists()
    write_copies(folder, folder.with_name("mkdocs.yml"))
    return folder


@pytest.fixture(scope="module")
def properdocs_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_guide("properdocs", tmp_path_factory.mktemp("properdocs"))


@pytest.fixture(params=GENERATORS)
def foreign_site(request: pytest.FixtureRequest) -> Path:
    """The guide as each of them builds it."""
    folder: Path = request.getfixturevalue(f"{request.param}_site")
    return folder


class Article:
    """The words, the elements and the ids of a page's article, if it has one."""

    def __init__(self, page: Path) -> None:
        article = LexborHTMLParser(page.read_text(encoding="utf-8")).css_first("article")
        nodes = [
            node
            for node in (article.css("*") if article else [])
            if node.attributes.get("id") not in ITS_OWN_IDS
        ]
        self.elements = [f"{node.tag}.{node.attributes.get('class') or ''}" for node in nodes]
        self.ids = [name for node in nodes if (name := node.attributes.get("id"))]
        self.words = article.text(separator=" ").split() if article else []


@cache
def read_article(page: Path) -> Article:
    return Article(page)


def list_pages(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*.html"))


def pair_articles(site: Path, foreign_site: Path) -> Iterator[tuple[Path, Article, Article]]:
    for page in list_pages(site):
        yield page, read_article(site / page), read_article(foreign_site / page)


def test_it_has_the_same_addresses(site: Path, foreign_site: Path) -> None:
    assert list_pages(site) == list_pages(foreign_site)
    assert len(list_pages(site)) > 20


def test_it_serves_the_same_files(site: Path, foreign_site: Path) -> None:
    """What is neither a page nor the generator's own: vectors, snippets, our pictures."""
    our_files = {
        path.relative_to(ROOT / "docs")
        for path in (ROOT / "docs").rglob("*")
        if path.is_file() and path.suffix != ".md" and not path.name.startswith(".")
    }

    assert {path for path in our_files if not (foreign_site / path).is_file()} == set()
    assert {
        path
        for path in our_files
        if (site / path).read_bytes() != (foreign_site / path).read_bytes()
    } == set()


def test_every_markdown_copy_is_the_same(site: Path, foreign_site: Path) -> None:
    copies = {path.relative_to(site) for path in [*site.rglob("*.md"), site / "llms.txt"]}

    assert {path for path in copies if not (foreign_site / path).is_file()} == set()
    assert {
        path for path in copies if (site / path).read_bytes() != (foreign_site / path).read_bytes()
    } == set()
    assert len(copies) == len(list_pages(site))  # all but 404.html, and their list


def test_its_map_of_the_site_is_the_same(site: Path, foreign_site: Path) -> None:
    def list_addresses(folder: Path) -> list[str]:
        text = (folder / "sitemap.xml").read_text(encoding="utf-8")
        return sorted(re.findall(r"<loc>([^<]*)</loc>", text))

    assert list_addresses(site) == list_addresses(foreign_site)


def test_every_anchor_is_the_same(site: Path, foreign_site: Path) -> None:
    """Headings, and the API's names: what other sites link to."""
    assert {
        page: (own.ids, foreign.ids)
        for page, own, foreign in pair_articles(site, foreign_site)
        if own.ids != foreign.ids
    } == {}
    api = read_article(foreign_site / "reference" / "python" / "index.html")
    assert "okx_guide.session.OkxSession" in api.ids


def test_no_word_is_lost(site: Path, foreign_site: Path) -> None:
    assert [
        str(page)
        for page, own, foreign in pair_articles(site, foreign_site)
        if own.words != foreign.words
    ] == []


def test_no_block_is_lost(site: Path, foreign_site: Path) -> None:
    """Every admonition, tab, table, listing and its highlighting."""
    assert [
        str(page)
        for page, own, foreign in pair_articles(site, foreign_site)
        if own.elements != foreign.elements
    ] == []
    languages = read_article(foreign_site / "reference" / "languages" / "index.html")
    assert sum("tabbed-set" in element for element in languages.elements) == 1


def test_it_looks_the_same(foreign_site: Path) -> None:
    """Zensical has a look of its own besides; mkdocs.yml chooses Material's."""
    text = (foreign_site / "index.html").read_text(encoding="utf-8")

    [sheet] = re.findall(r"assets/stylesheets/((?:classic/)?main\.\w+\.min\.css)", text)
    assert (foreign_site / "assets" / "stylesheets" / sheet).is_file()


def list_differences(site: Path, foreign_site: Path) -> list[str]:
    """Return what a browser would load that is not the same, but for the generator's name."""

    def read(path: Path) -> bytes:
        return re.sub(rb'<meta name="generator"[^>]*>', b"", path.read_bytes())

    return [
        str(path)
        for path in sorted(path.relative_to(site) for path in site.rglob("*.*"))
        if path.suffix in {".css", ".html", ".js", ".json", ".mjs"}
        and not ((foreign_site / path).is_file() and read(site / path) == read(foreign_site / path))
    ]


def test_properdocs_makes_the_same_to_the_letter(site: Path, properdocs_site: Path) -> None:
    """So a browser need not look at it: it has seen the same files elsewhere."""
    assert list_differences(site, properdocs_site) == []


def test_a_file_that_differs_is_named(tmp_path: Path) -> None:
    pages = {"same.html": "<p>a", "other.html": "<p>b", "lost.js": "b"}
    for folder, generator in (("own", "mkdocs"), ("foreign", "properdocs")):
        (tmp_path / folder).mkdir()
        for name, text in pages.items():
            html = f'<meta name="generator" content="{generator}">{text}'
            (tmp_path / folder / name).write_text(html, encoding="utf-8")
    (tmp_path / "foreign" / "other.html").write_text("<p>c", encoding="utf-8")
    (tmp_path / "foreign" / "lost.js").unlink()

    assert list_differences(tmp_path / "own", tmp_path / "foreign") == ["lost.js", "other.html"]


def test_the_search_of_zensical_finds(page: Page, zensical_site: Path) -> None:
    """javascripts/theme/search-later.js lets Material's search wait, and must stop no other."""
    with serve_folder(zensical_site) as url:
        page.goto(url, wait_until="networkidle")
        page.keyboard.press("/")
        page.keyboard.type("signature")

        expect(page.locator("a[href*='h=signature']").first).to_be_visible()


@pytest.mark.parametrize(
    ("generator", "message"), [("zensical", "page does not exist"), ("properdocs", "gone.md")]
)
def test_a_dead_link_stops_it_too(generator: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# T\n\n[a](gone.md)\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text("site_name: T\ntheme: material\n", encoding="utf-8")

    result = build(generator, tmp_path)

    assert result.returncode != 0
    assert message in result.stdout + result.stderr


def test_a_block_runs_in_what_zensical_builds(page: Page, zensical_site: Path) -> None:
    with serve_folder(zensical_site) as url:
        page.goto(f"{url}/guide/validate/")
        page.locator(".language-python").first.scroll_into_view_if_needed()
        page.get_by_role("button", name="Run 1_clock.py").click()

        status = page.get_by_role("status").filter(has_text="The same as the page shows.")
        expect(status).to_be_visible()
