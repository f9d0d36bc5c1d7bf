"""The built HTML: nothing dead, nothing mute, nothing refused; findable, and stable."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from scripts.site.redirects import write_pages
from tests.plugins.blocks import DOCS, ROOT
from tests.plugins.record import RECORD
from tests.support import html
from tests.support.html import Page, pages
from tests.support.patience import SECONDS
from tests.support.prose import prose

SITE_URL = "https://okx-guide.example/"
ADDRESSES = Path(__file__).parent / "addresses.txt"

# What people searched for to find the older guide, and the page that answers it today.
SEARCHED = {
    "OKEx API": "",
    "API key setup": "",
    "trading automation": "guide/next/",
    "OKEx documentation": "guide/next/",
    "OKEx permissions": "reference/permissions/",
    "API security": "security/",
    "HMAC-SHA256": "reference/signing/",
}

# A word, as it must not be written, and as it is.
TERMS = {
    r"\b(Okx|OkEx|Okex|OKEX)\b": "OKX, or OKEx for what was before 2022",
    r"\b[Pp]ass[ -]phrases?\b": "passphrase",
    r"\b[Ss]ecret-keys?\b|\b[Ss]ecretkeys?\b": "secret key",
    r"\b(api|Api) ?-?keys?\b|\bAPI-keys?\b|\bAPIkeys?\b": "API key",
    r"\b(Websockets?|web ?sockets?|Web Sockets?)\b": "WebSocket",
    r"\b[Tt]ime-stamps?\b|\b[Tt]ime stamps?\b": "timestamp",
    r"\bHMAC[ _]?SHA[ _-]?256\b(?<!HMAC-SHA256)|\bhmac-sha256\b": "HMAC-SHA256",
    r"\b(base64|Base-64|BASE64)\b": "Base64",
    r"\b(Github|Javascript|Typescript|MacOS|Json)\b": "GitHub, JavaScript, TypeScript, macOS, JSON",
    r"\b[Ll]aps(e|es|ed|ing)\b": "expire",
    r"\b[Mm]end(s|ed|ing)?\b": "fix",
    r"\b[Aa]new\b": "again, or a new one",
    r"\b[Tt]ime-outs?\b": "timeout",
    r"\b([Ss]mall|[Cc]apital) letters?\b": "lowercase, uppercase",
    r"\b[Nn]ame servers?\b": "DNS",
    r"\be-?mail (verify|verification)-code\b": "email verification code",
}


@pytest.fixture(scope="module")
def built_pages(hosted: Path) -> tuple[Page, ...]:
    return pages(hosted)


@pytest.fixture(scope="module")
def articles(built_pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """Every page that is one: not 404.html, nor where a page has moved from."""
    return tuple(page for page in built_pages if page.name != "404.html" and not page.leads_to)


# --- nothing is dead, mute or refused ----------------------------------------------------


def test_every_link_leads_somewhere(hosted: Path) -> None:
    assert list(html.find_dead_links(hosted, SITE_URL)) == []


def test_no_page_has_an_id_twice(hosted: Path) -> None:
    assert list(html.find_doubled_ids(hosted)) == []


def test_every_page_has_its_doctype(hosted: Path) -> None:
    assert list(html.find_missing_doctypes(hosted)) == []


def test_every_picture_says_what_it_shows(hosted: Path) -> None:
    assert list(html.find_mute_images(hosted)) == []


def test_every_script_in_a_page_may_run(hosted: Path) -> None:
    assert list(html.find_refused_scripts(hosted)) == []


def test_every_page_is_spoken_of(hosted: Path) -> None:
    assert list(html.find_orphans(hosted, SITE_URL)) == []


GOOD = """<!doctype html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="script-src 'self'">
<link rel="stylesheet" href="style.css">
</head><body><article>
<h1 id="top">A</h1>
<a href="#top">here</a> <a href="other/">there</a> <img src="a.svg" alt="A">
</article></body></html>
"""


@pytest.mark.parametrize(
    ("check", "old", "new", "expected"),
    [
        (html.find_dead_links, "style.css", "unbuilt.css", "4: unbuilt.css is not there"),
        (html.find_dead_links, "other/", "gone/", "7: gone/ is not there"),
        (html.find_dead_links, 'id="top"', 'id="renamed"', "7: #top: no element has this id"),
        (html.find_dead_links, "other/", "other/#x", "7: other/#x: no element has this id"),
        (
            html.find_dead_links,
            "other/",
            f"{SITE_URL}missing.png",
            f"7: {SITE_URL}missing.png is not there",
        ),
        (
            html.find_missing_doctypes,
            "<!doctype html>",
            "",
            "1: it does not begin with <!doctype html>",
        ),
        (html.find_mute_images, ' alt="A"', "", "7: a.svg has no alt text"),
        (html.find_mute_images, "<img", '<svg role="img"></svg><img', "7: a drawing has no title"),
        (
            html.find_refused_scripts,
            "</article>",
            "<script>alert(1)</script></article>",
            "8: the content policy has no hash of this script",
        ),
        (html.find_doubled_ids, "<img", '<i id="top"></i><img', "7: id top is also on line 6"),
    ],
)
def test_a_fault_is_named_with_page_and_line(
    check: Callable[..., Iterator[str]], old: str, new: str, expected: str, tmp_path: Path
) -> None:
    write_small_site(tmp_path)
    page = tmp_path / "index.html"
    url = [SITE_URL] if check is html.find_dead_links else []
    assert list(check(tmp_path, *url)) == []

    faulty = tmp_path / "faulty"
    write_small_site(faulty)
    assert old in GOOD
    (faulty / page.name).write_text(GOOD.replace(old, new), encoding="utf-8")

    assert [f"index.html:{expected}"] == list(check(faulty, *url))


def test_a_page_that_no_text_links_to_is_named(tmp_path: Path) -> None:
    write_small_site(tmp_path)
    assert list(html.find_orphans(tmp_path, SITE_URL)) == []

    faulty = tmp_path / "faulty"
    write_small_site(faulty)
    outside = GOOD.replace('<a href="other/">there</a>', "").replace(
        "<article>", '<nav><a href="other/">there</a></nav><article>'
    )
    (faulty / "index.html").write_text(outside, encoding="utf-8")

    assert list(html.find_orphans(faulty, SITE_URL)) == ["other/index.html:1: no page links to it"]


def write_small_site(folder: Path) -> None:
    (folder / "other").mkdir(parents=True)
    (folder / "index.html").write_text(GOOD, encoding="utf-8")
    second_page = GOOD.replace("style.css", "../style.css").replace("a.svg", "../a.svg")
    (folder / "other" / "index.html").write_text(
        second_page.replace("other/", "../"), encoding="utf-8"
    )
    for name in ("style.css", "a.svg"):
        (folder / name).touch()


# --- addresses stay ----------------------------------------------------------------------


def list_addresses(articles: tuple[Page, ...]) -> list[str]:
    return [f"{page.url}#{name}" for page in articles for name in page.heading_ids]


def list_lost(published: list[str], now: list[str], moved: Mapping[str, str]) -> list[str]:
    """Return what was published and leads nowhere any more, with its line in addresses.txt."""

    def is_reachable(address: str) -> bool:
        page, _, anchor = address.partition("#")
        return f"{moved.get(page, page).partition('#')[0]}#{anchor}" in now

    return [
        f"docs{address.replace('/#', '.md: #', 1)} is gone (tests/site/addresses.txt:{line})"
        for line, address in enumerate(published, 1)
        if not is_reachable(address)
    ]


def test_every_address_that_was_published_still_leads_there(
    articles: tuple[Page, ...], hosted: Path
) -> None:
    now = list_addresses(articles)
    moved = html.map_moved_pages(hosted)
    published = ADDRESSES.read_text(encoding="utf-8").splitlines()
    if os.environ.get("UPDATE_PAGES"):
        # Where a page was stays an address: others link there.
        old = [line for line in published if line.partition("#")[0] in moved]
        published = [*now, *old]
        ADDRESSES.write_text("".join(f"{address}\n" for address in published), encoding="utf-8")

    # Others link there. Keep the id: write it behind the heading, as { #the-id }. A page that
    # moved: tell docs/_redirects.
    assert list_lost(published, now, moved) == []
    new = [address for address in now if address not in published]
    assert new == [], "`make docs-update` adds them to tests/site/addresses.txt"


def test_an_id_that_changed_is_named_with_page_and_line() -> None:
    published = ["/a/#one", "/a/#two"]

    assert list_lost(published, ["/a/#one"], {}) == [
        "docs/a.md: #two is gone (tests/site/addresses.txt:2)"
    ]


def test_a_page_that_moved_keeps_its_addresses_and_is_no_page(tmp_path: Path) -> None:
    write_small_site(tmp_path)
    (tmp_path / "_redirects").write_text("/old/ /other/ 301\n", encoding="utf-8")
    write_pages(tmp_path)

    moved = html.map_moved_pages(tmp_path)

    assert moved == {"/old/": "/other/"}
    assert list(html.find_dead_links(tmp_path, SITE_URL)) == []
    assert list(html.find_orphans(tmp_path, SITE_URL)) == []
    assert list_lost(["/old/#top"], ["/other/#top"], moved) == []
    assert list_lost(["/old/#gone"], ["/other/#top"], moved) == [
        "docs/old.md: #gone is gone (tests/site/addresses.txt:1)"
    ]


# --- findable ----------------------------------------------------------------------------


@pytest.mark.parametrize(("term", "url"), SEARCHED.items())
def test_what_people_search_for_is_in_the_title_or_a_heading_of_its_page(
    articles: tuple[Page, ...], term: str, url: str
) -> None:
    [page] = [page for page in articles if page.url == f"/{url}"]

    prominent = [page.title, *(heading.text for heading in page.all("h1", "h2"))]

    assert any(term.lower() in text.lower() for text in prominent), prominent


@pytest.mark.parametrize(
    ("page", "text", "target"),
    [
        ("guide/create", "Learn more about API security best practices", "../../security/"),
        ("guide/validate", "Troubleshoot common API errors", "../../troubleshooting/codes/"),
    ],
)
def test_the_links_that_readers_of_the_older_guide_expect_are_there(
    hosted: Path, page: str, text: str, target: str
) -> None:
    built_pages = (hosted / page / "index.html").read_text(encoding="utf-8")

    assert f'<a href="{target}">{text}</a>' in built_pages


def test_every_page_has_its_own_title_and_description(articles: tuple[Page, ...]) -> None:
    titles = Counter(page.title for page in articles)
    descriptions = Counter(page.meta("description") for page in articles)

    assert [title for title, count in titles.items() if count > 1] == []
    assert [text for text, count in descriptions.items() if count > 1] == []
    # What search engines show without cutting it.
    assert [text for text in descriptions if not 50 <= len(text) <= 170] == []


def test_every_page_says_how_long_it_takes_and_where_to_go_next(
    articles: tuple[Page, ...],
) -> None:
    for page in articles:
        [line] = [element for element in page.elements if element["class"] == "page-line"]
        after = page.html.splitlines()[line.line - 1 : line.line + 2]
        assert re.search(r"<span>\d+ minutes?\b[^<]*</span>", "".join(after)), (
            f"{page.name}: write `time: 5 minutes` into the front matter"
        )
        ways = {link["rel"] for link in page.all("link")}
        assert ways & {"next", "prev"}, page.name


def test_every_page_names_its_canonical_address(articles: tuple[Page, ...]) -> None:
    for page in articles:
        [link] = [link for link in page.all("link") if link["rel"] == "canonical"]
        assert SITE_URL + page.url.lstrip("/") == link["href"] == page.meta("og:url")


def test_every_page_says_what_it_is_to_search_engines(articles: tuple[Page, ...]) -> None:
    for page in articles:
        [script] = [
            element for element in page.all("script") if element["type"] == "application/ld+json"
        ]
        article, crumbs = json.loads(script.text)["@graph"]
        assert article["@type"] == "TechArticle"
        assert page.meta("og:title") == article["headline"]
        assert page.meta("description") == article["description"]
        assert SITE_URL + page.url.lstrip("/") == article["url"]
        assert crumbs["@type"] == "BreadcrumbList"
        places = [place["position"] for place in crumbs["itemListElement"]]
        assert list(range(1, len(places) + 1)) == places
        assert article["url"] == crumbs["itemListElement"][-1]["item"]


def test_every_page_has_a_picture_for_shared_links(
    articles: tuple[Page, ...], hosted: Path
) -> None:
    sections = set()
    for page in articles:
        url = page.meta("og:image")
        picture = hosted / url.removeprefix(SITE_URL)
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n", page.name
        # Width and height stand in the first chunk of a PNG.
        size = picture.read_bytes()[16:24]
        assert (int.from_bytes(size[:4]), int.from_bytes(size[4:])) == (1200, 630)
        sections.add(url)

    assert len(sections) == 7


def test_the_map_of_the_site_has_every_page_and_robots_txt_names_it(
    articles: tuple[Page, ...], hosted: Path
) -> None:
    listed = re.findall("<loc>(.*?)</loc>", (hosted / "sitemap.xml").read_text(encoding="utf-8"))

    assert sorted(SITE_URL + page.url.lstrip("/") for page in articles) == sorted(listed)
    robots = (hosted / "robots.txt").read_text(encoding="utf-8")
    assert f"User-agent: *\nAllow: /\n\nSitemap: {SITE_URL}sitemap.xml\n" == robots


def test_every_page_is_also_a_markdown_file_and_llms_txt_lists_them(
    articles: tuple[Page, ...], hosted: Path
) -> None:
    listed = re.findall(r"\]\((.*?)\)", (hosted / "llms.txt").read_text(encoding="utf-8"))

    expected = {SITE_URL + page.url.lstrip("/") + "index.md" for page in articles}
    assert sorted(expected) == sorted(listed), "add the page to nav in mkdocs.yml"
    for page in articles:
        text = page.path.with_suffix(".md").read_text(encoding="utf-8")
        assert text.startswith("# "), page.name
        assert "8<--" not in text
        assert "¶" not in text


# --- the words ---------------------------------------------------------------------------


PROSE = ("docs", "okx_guide", "scripts", "overrides", "README.md")


def test_no_word_is_misspelt() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *PROSE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert (result.returncode, result.stdout + result.stderr) == (0, "")


# What is no text of ours: code, quotes, attributes, names of files, options of a directive.
NO_WORDS = re.compile(r"`[^`]*`|“[^”]*”|<[^>]*>|\{[^}]*\}|\S*[./#_]\w\S*|^ {4}.*")


def list_misnamed(lines: Iterator[tuple[str, str]]) -> list[str]:
    """Return each term that is written in another way than ours, with its place."""
    return [
        f"{place}: {match[0]}; write {right}"
        for place, line in lines
        for pattern, right in TERMS.items()
        if (match := re.search(pattern, NO_WORDS.sub("", line)))
    ]


def test_the_terms_are_written_as_they_are() -> None:
    assert list_misnamed(prose()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "lapsed",
        "mend",
        "anew",
        "time-out",
        "Okx",
        "pass phrase",
        "secretkey",
        "Api key",
        "web socket",
    ],
)
def test_a_term_that_is_written_otherwise_is_named_with_page_and_line(wrong: str) -> None:
    lines = iter([("docs/a.md:1", "The API key."), ("docs/a.md:2", f"The {wrong} is here.")])

    [named] = list_misnamed(lines)

    assert named.startswith(f"docs/a.md:2: {wrong}; write ")


# --- the home page -----------------------------------------------------------------------


def test_the_home_page_shows_a_test_run_only_if_there_is_one(articles: tuple[Page, ...]) -> None:
    [home] = [page for page in articles if page.url == "/"]

    boxes = [element for element in home.elements if element["class"] == "last-run"]

    assert bool(boxes) == (RECORD.exists() and RECORD.stat().st_size > 0)
    assert "--8<--" not in home.html


# --- the drawings ------------------------------------------------------------------------


def test_the_drawing_of_the_formula_has_the_signature_of_its_example() -> None:
    from okx_guide import sign  # noqa: PLC0415  # only here

    drawing = (DOCS / "assets" / "diagrams" / "signing.svg").read_text(encoding="utf-8")
    timestamp, path, signature = re.findall(r'class="mono"[^>]*>([^<]{20,})<', drawing)

    secret_key = "22582BD0CFF14C41EDBF1AB98506286D"
    assert sign(secret_key, timestamp, "GET", path) == signature
