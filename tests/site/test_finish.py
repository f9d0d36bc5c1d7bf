"""The built site: strict, complete, and nobody else's business."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from okx_guide.explain import causes
from scripts.site.errors import SiteError
from scripts.site.finish import (
    box_tables,
    drop_styles,
    finish,
    hash_scripts,
    main,
    name_columns,
    unmark,
)
from scripts.vectors import write as vectors
from tests.plugins.blocks import DOCS
from tests.support.patience import SECONDS


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


def read_loads(page: Path) -> Loads:
    loads = Loads()
    loads.feed(page.read_text(encoding="utf-8"))
    return loads


def list_pages(site: Path) -> set[Path]:
    """Return the address of every built page, without its slashes."""
    return {page.parent.relative_to(site) for page in site.rglob("index.html")}


def list_sources(docs: Path) -> set[Path]:
    """Return the address of every page that there should be."""
    paths = {page.relative_to(docs).with_suffix("") for page in docs.rglob("*.md")}
    return {path.parent if path.name == "index" else path for path in paths}


def list_foreign(site: Path) -> set[str]:
    """Name what a page or a style sheet loads from another host."""
    loads = [(page, url) for page in site.rglob("*.html") for url in read_loads(page).loaded]
    loads += [
        (sheet, url)
        for sheet in site.rglob("*.css")
        for url in re.findall(
            r"""(?:url\(|@import(?!\s*url\())\s*['"]?([^'")]*)""", sheet.read_text(encoding="utf-8")
        )
    ]
    return {
        f"{file.relative_to(site)}: {url}" for file, url in loads if re.match(r"(https?:)?//", url)
    }


def test_every_page_is_built(site: Path) -> None:
    assert list_sources(DOCS) == list_pages(site)


def test_a_page_that_is_not_built_is_noticed(tmp_path: Path) -> None:
    docs, site = tmp_path / "docs", tmp_path / "site"
    for path in (docs / "index.md", docs / "guide" / "lost.md", site / "index.html"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    assert list_sources(docs) - list_pages(site) == {Path("guide/lost")}


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    assert list_foreign(site) == set()


def test_what_is_loaded_from_elsewhere_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<script src="//a.example/x.js"></script><img src="https://b.example/x.png">'
        '<link rel="stylesheet" href="http://c.example/x.css"><img src="own.png">'
        '<a href="https://www.okx.com/">a link loads nothing</a>',
        encoding="utf-8",
    )
    (tmp_path / "x.css").write_text(
        """@import 'https://d.example/x.css'; @import url(//f.example/y.css);
        a { background: url("//e.example/x.png") } b { background: url(own.png) }""",
        encoding="utf-8",
    )

    assert list_foreign(tmp_path) == {
        "index.html: //a.example/x.js",
        "index.html: https://b.example/x.png",
        "index.html: http://c.example/x.css",
        "x.css: https://d.example/x.css",
        "x.css: //f.example/y.css",
        "x.css: //e.example/x.png",
    }


def test_every_page_has_one_title_and_its_own_description(site: Path) -> None:
    descriptions = []
    for page in site.rglob("index.html"):
        assert len(read_loads(page).headings) == 1, page
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

    for name in (*vectors.FILES, "schema.json"):
        assert f'href="../../vectors/{name}"' in page
        assert (site / "vectors" / name).read_bytes() == (DOCS / "vectors" / name).read_bytes()


# --- finishing it ------------------------------------------------------------------------

PAGE = """<!doctype html>
<html><head>
<meta charset="utf-8">
<title>T</title><script>run()</script>
</head><body><p>T</p></body></html>
"""
MAP = "<urlset><url><loc>https://example.com/guide/</loc></url></urlset>"


def write_small_site(folder: Path, page: str = PAGE) -> Path:
    (folder / "a").mkdir()
    (folder / "a" / "index.html").write_text(page, encoding="utf-8")
    (folder / "sitemap.xml").write_text(MAP, encoding="utf-8")
    return folder / "a" / "index.html"


def test_a_page_may_run_its_own_scripts_only(tmp_path: Path) -> None:
    page = write_small_site(tmp_path)

    finish(tmp_path)

    [allowed] = hash_scripts(PAGE)
    before, _, after = page.read_text(encoding="utf-8").partition('<meta charset="utf-8">')
    assert before == "<!DOCTYPE html><html><head>\n"
    assert after.lstrip().startswith('<meta http-equiv="Content-Security-Policy"')
    assert f"script-src 'self' {allowed};" in after
    assert "default-src 'none'" in after
    assert "unsafe" not in after


def test_finishing_twice_changes_nothing(tmp_path: Path) -> None:
    page = write_small_site(tmp_path)
    finish(tmp_path)
    first_bytes = page.read_bytes()

    finish(tmp_path)

    assert first_bytes == page.read_bytes()


def test_a_finished_page_has_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    marked = '<pre><span class="k">del</span><span class="w"> </span></pre>'
    styles = '<link rel="stylesheet" href="../assets/_mkdocstrings.css">'
    page = write_small_site(tmp_path, PAGE.replace("<p>", f"{styles}{marked}<p>"))

    finish(tmp_path)

    assert '<body><pre><span class="k">del</span> </pre><p>T</p>' in page.read_text(
        encoding="utf-8"
    )


def test_robots_txt_names_the_map(tmp_path: Path) -> None:
    write_small_site(tmp_path)

    finish(tmp_path)

    robots = (tmp_path / "robots.txt").read_text(encoding="utf-8")
    assert "Sitemap: https://example.com/guide/sitemap.xml" in robots


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ('<p style="color: red">', "style"),
        ('<p onclick="run()">', "onclick"),
        ("<style>p { color: red }</style><p>", "style"),
        ('<a href="javascript:run()">', "href"),
    ],
)
def test_what_the_policy_would_refuse_is_named_with_page_and_line(
    tmp_path: Path, wrong: str, name: str
) -> None:
    write_small_site(tmp_path, PAGE.replace("<p>", wrong))

    with pytest.raises(SiteError, match=rf"^a/index\.html:5: {name} in a tag"):
        finish(tmp_path)


def test_a_page_without_a_charset_is_named(tmp_path: Path) -> None:
    write_small_site(tmp_path, PAGE.replace('<meta charset="utf-8">', ""))

    with pytest.raises(SiteError, match=r"^a/index\.html: no <meta charset"):
        finish(tmp_path)


def test_a_folder_that_is_no_site_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [str(tmp_path)])

    assert result.exit_code == 1
    assert f"Error: {tmp_path} has no sitemap.xml: build the site into it first.\n" == result.stderr
    assert CliRunner().invoke(main, []).exit_code == 2


@pytest.mark.parametrize(
    ("text", "expected"), [("<urlset></urlset>", "names no page"), ("<urlset>", "is no XML")]
)
def test_a_map_that_leads_nowhere_is_named(tmp_path: Path, text: str, expected: str) -> None:
    write_small_site(tmp_path)
    (tmp_path / "sitemap.xml").write_text(text, encoding="utf-8")

    with pytest.raises(SiteError, match=rf"sitemap\.xml {expected}"):
        finish(tmp_path)


def test_data_for_scripts_needs_no_hash() -> None:
    data = '<script type="application/ld+json">{"a": 1}</script><script src="a.js"></script>'

    assert hash_scripts(data) == []
    assert hash_scripts(PAGE + data) == hash_scripts(PAGE)


def rewrite(step: Callable[[LexborHTMLParser], None], html: str) -> str:
    """Return what is inside a page after a step."""
    page = LexborHTMLParser(html)
    step(page)
    assert page.body
    return page.body.inner_html or ""


def test_a_table_of_three_columns_says_them_in_every_cell() -> None:
    head = "<tr><th>Site</th><th><code>A</code> &amp; B</th><th>C</th></tr>"
    wide = f"<table>{head}<tr><td>1</td><td align='left'>2</td><td>3</td></tr></table>"
    narrow = "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>"

    assert "data-column" not in rewrite(name_columns, narrow)
    named = rewrite(name_columns, wide)
    assert re.findall('data-column="(.*?)"', named) == ["Site", "A &amp; B", "C"]
    assert named == rewrite(name_columns, named)


def test_every_table_stands_in_one_box() -> None:
    rows = "<tbody><tr><td>1</td></tr></tbody>"
    plain = f"<table>{rows}</table>"
    cards = f'<table data-columns="">{rows}</table>'
    code = f'<table class="highlighttable">{rows}</table>'

    boxed = rewrite(box_tables, f"<p>One</p>{plain}{cards}{code}")

    box = '<div class="table">{}</div>'.format
    assert f"<p>One</p>{box(plain)}{box(cards)}{code}" == boxed
    assert boxed == rewrite(box_tables, boxed)


def test_code_keeps_the_marks_that_have_a_colour_and_every_character() -> None:
    code = (
        '<span class="kn">from</span><span class=w> </span><span class="nn">a</span>\n'
        '<span class="n"><a href="#b">b</a></span> <span class="o">&lt;</span> '
        '<span class="p">"</span><span class="name">c</span>'
    )

    assert rewrite(unmark, code) == (
        '<span class="kn">from</span> <span class="nn">a</span>\n'
        '<span class="n"><a href="#b">b</a></span> &lt; "<span class="name">c</span>'
    )


def test_only_a_page_that_documents_names_loads_the_styles_for_it() -> None:
    link = '<link rel="stylesheet" href="../../assets/_mkdocstrings.css">'
    own_sheet = '<link rel="stylesheet" href="../../stylesheets/extra.css">'

    page = f"<body>{link}{own_sheet}<p>T</p>"
    assert f"{own_sheet}<p>T</p>" == rewrite(drop_styles, page)
    documented = f'{link}{own_sheet}<div class="doc doc-object">T</div>'
    assert documented == rewrite(drop_styles, f"<body>{documented}")


# --- building it -------------------------------------------------------------------------


def test_a_quiet_build_would_hide_broken_links_so_ours_is_not_quiet(tmp_path: Path) -> None:
    """The build above can fail: a page with a dead link and a dead anchor turns it red."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# T\n\n[a](gone.md) [b](#nowhere)\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: T\nvalidation:\n  links:\n    anchors: warn\n", encoding="utf-8"
    )

    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=tmp_path,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert result.returncode != 0
    assert "2 warnings" in result.stdout


def test_every_cause_leads_to_a_place_that_is_there(site: Path) -> None:
    known = [cause for rows in causes.load_catalogue().values() for cause, _ in rows]
    known += [cause for cause, _ in causes.load_kinds().values()]

    lost = set()
    for place in {cause.page for cause in known}:
        path, _, anchor = place.partition("#")
        page = site / path.strip("/") / "index.html"
        if not page.is_file() or f'id="{anchor}"' not in page.read_text(encoding="utf-8"):
            lost.add(place)

    assert lost == set()
