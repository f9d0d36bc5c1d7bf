"""A page that has moved is found at its old address: by every host, with scripts and without."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from scripts.site import headers as hosting
from scripts.site.errors import SiteError
from scripts.site.finish import finish
from scripts.site.redirects import FILE, read_redirects, write_pages
from tests.plugins.blocks import DOCS
from tests.plugins.hosted import serve_site
from tests.support.patience import SECONDS

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>New</title>
<link rel="icon" href="data:,"></head><body><h1 id="top">New</h1><h2 id="two">Two</h2></body></html>
"""


def write(folder: Path, *lines: str) -> None:
    (folder / FILE).write_text("# Moved\n\n" + "\n".join(lines), encoding="utf-8")


@pytest.fixture
def moved_site(tmp_path: Path) -> Path:
    """A built site, in which a page and a part of a page have moved."""
    folder = tmp_path / "site"
    for name in ("new", "deep/er", "."):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "sitemap.xml").write_text(
        "<urlset><loc>https://guide.example/</loc></urlset>", encoding="utf-8"
    )
    write(folder, "/old/ /new/ 301", "/deep/old/ /deep/er/#two  301", "/gone/ / 301")
    return folder


MOVED = {"/old/": "/new/", "/deep/old/": "/deep/er/#two", "/gone/": "/"}


@pytest.fixture
def plain_url(moved_site: Path, tmp_path: Path) -> Iterator[str]:
    """A host that knows nothing of pages that have moved."""
    finish(moved_site)
    hosting.prepare(moved_site)
    (moved_site / FILE).rename(tmp_path / FILE)
    with serve_site(moved_site) as url:
        yield url


def test_the_lines_are_read(moved_site: Path) -> None:
    assert read_redirects(moved_site) == MOVED
    assert read_redirects(moved_site / "new") == {}


def test_our_own_lines_can_be_read() -> None:
    assert isinstance(read_redirects(DOCS), dict)
    assert (DOCS / FILE).is_file()


@pytest.mark.parametrize(
    "line",
    [
        "/old/ /new/",
        "/old/ /new/ 302",
        "/old /new/ 301",
        "old/ /new/ 301",
        "/ /new/ 301",
        "/old/ https://elsewhere.example/ 301",
        "/old/ //elsewhere.example/ 301",
        "/old/* /new/ 301",
        "/../old/ /new/ 301",
        '/old/ /new/#"><script> 301',
        "/old/ /new/ 301 # because",
        "/alt/ö/ /new/ 301",
    ],
)
def test_a_line_of_another_form_is_named(tmp_path: Path, line: str) -> None:
    write(tmp_path, line)

    with pytest.raises(SiteError, match=r"_redirects:3: write /old/ /new/ 301"):
        read_redirects(tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/a/ /nowhere/ 301", "/a/ leads to /nowhere/, where no page is"),
        ("/a/ /old/ 301", "/a/ leads to /old/, where no page is"),
        ("/new/ /deep/er/ 301", "/new/ has not moved, it is still there"),
    ],
)
def test_a_way_to_nowhere_or_over_a_page_is_named(
    moved_site: Path, line: str, message: str
) -> None:
    write(moved_site, "/old/ /deep/er/ 301", line)

    with pytest.raises(SiteError, match=message):
        finish(moved_site)
    assert (moved_site / "new" / "index.html").read_text(encoding="utf-8") == PAGE


def test_an_address_that_leads_to_two_places_is_named(tmp_path: Path) -> None:
    write(tmp_path, "/old/ /new/ 301", "/old/ /deep/er/ 301")

    with pytest.raises(SiteError, match=r"/old/ is there already"):
        read_redirects(tmp_path)


def test_leaving_pages_twice_changes_nothing(moved_site: Path) -> None:
    write_pages(moved_site)
    first_bytes = (moved_site / "old" / "index.html").read_bytes()

    write_pages(moved_site)

    assert first_bytes == (moved_site / "old" / "index.html").read_bytes()


def test_a_host_leads_on_by_itself(moved_site: Path) -> None:
    finish(moved_site)
    hosting.prepare(moved_site)

    with serve_site(moved_site) as url:
        answers = {
            old: requests.get(url + old, timeout=SECONDS, allow_redirects=False) for old in MOVED
        }

    assert {old: (a.status_code, a.headers["location"]) for old, a in answers.items()} == {
        old: (301, new) for old, new in MOVED.items()
    }
    vercel = json.loads((moved_site / "vercel.json").read_text(encoding="utf-8"))
    assert {
        redirect["source"]: redirect["destination"] for redirect in vercel["redirects"]
    } == MOVED
    assert {redirect["statusCode"] for redirect in vercel["redirects"]} == {301}
    nginx = moved_site.with_name("site.nginx.conf").read_text(encoding="utf-8")
    assert "location = /deep/old/ { return 301 /deep/er/#two; }" in nginx


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/old/", "/new/"),
        ("/old/#two", "/new/#two"),
        ("/deep/old/", "/deep/er/#two"),
        ("/deep/old/#top", "/deep/er/#top"),
        ("/gone/", "/"),
    ],
)
def test_a_browser_is_led_on_by_a_host_that_knows_nothing(
    page: Page, plain_url: str, old: str, new: str
) -> None:
    page.goto(plain_url + old)

    expect(page).to_have_url(plain_url + new)


def test_a_browser_without_scripts_is_led_on(browser: Browser, plain_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{plain_url}/deep/old/")

    expect(page).to_have_url(f"{plain_url}/deep/er/#two")
    context.close()
