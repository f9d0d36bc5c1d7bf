"""The host on this machine answers as the hosts on the internet do."""

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from click.testing import CliRunner
from playwright.sync_api import Page

from scripts.site import serve as host
from tests.support.patience import SECONDS


def ask(
    url: str, path: str, *, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=named)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_a_page_comes_as_the_browser_can_read_it(
    hosted: Path, hosted_url: str, accepted: str, coding: str | None
) -> None:
    status, headers, body = ask(hosted_url, "/guide/create/", Accept_Encoding=accepted)

    assert (status, headers.get("content-encoding")) == (200, coding)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["vary"] == "Accept-Encoding"
    page = hosted / "guide" / "create" / "index.html"
    suffix = {"br": ".br", "gzip": ".gz", None: ""}[coding]
    assert body == Path(f"{page}{suffix}").read_bytes()


def test_every_answer_has_the_headers_of_the_file(hosted: Path, hosted_url: str) -> None:
    [everywhere] = [
        fields
        for pattern, fields in host.read_rules((hosted / "_headers").read_text(encoding="utf-8"))
        if pattern == "/*"
    ]

    for path in ("/", "/vectors/rest.json", "/nowhere/", "/guide"):
        _, headers, _ = ask(hosted_url, path)
        assert {name: headers[name.lower()] for name in everywhere} == everywhere


def test_only_a_hashed_name_is_kept_without_asking(hosted: Path, hosted_url: str) -> None:
    [sheet] = hosted.glob("stylesheets/extra.????????.css")

    _, hashed, _ = ask(hosted_url, f"/stylesheets/{sheet.name}")
    _, plain, _ = ask(hosted_url, "/stylesheets/extra.css")
    _, page, _ = ask(hosted_url, "/")

    assert hashed["cache-control"] == "public, max-age=31536000, immutable"
    assert plain["cache-control"] == page["cache-control"] == "public, max-age=0, must-revalidate"


def test_a_page_that_did_not_change_is_not_sent_again(hosted_url: str) -> None:
    _, headers, _ = ask(hosted_url, "/", Accept_Encoding="br")

    status, _, body = ask(hosted_url, "/", Accept_Encoding="br", If_None_Match=headers["etag"])

    assert (status, body) == (304, b"")


def test_what_is_not_there_gets_our_page(hosted: Path, hosted_url: str) -> None:
    status, _, body = ask(hosted_url, "/nowhere/")

    assert status == 404
    assert body == (hosted / "404.html").read_bytes()


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/%2e%2e/pyproject.toml", "//etc/passwd"])
def test_nothing_outside_the_folder_is_served(hosted_url: str, path: str) -> None:
    assert ask(hosted_url, path)[0] == 404


def test_nothing_can_be_written(hosted_url: str) -> None:
    assert ask(hosted_url, "/", method="POST")[0] == 405


def test_search_and_pages_work_under_the_real_headers(
    hosted_url: str, page: Page, problems: list[str]
) -> None:
    """The fixture `page` fails on any refusal of the content policy."""
    page.goto(f"{hosted_url}/guide/create/")
    page.keyboard.press("/")
    page.keyboard.type("passphrase")
    page.locator(".md-search-result__item").first.wait_for()

    page.goto(f"{hosted_url}/nowhere/deep/")
    assert page.evaluate("[...document.styleSheets].map(sheet => sheet.cssRules.length > 0)") == [
        True for _ in range(page.locator("link[rel=stylesheet]").count())
    ]
    [problem] = problems
    assert "404" in problem  # of the page itself; its files are there
    problems.clear()


def test_the_answer_is_what_brotli_says(hosted_url: str) -> None:
    _, _, body = ask(hosted_url, "/", Accept_Encoding="br")

    assert b"<!doctype html>" in brotli.decompress(body).lower()


@pytest.mark.parametrize("arguments", [[], ["site"], ["site", "many"], ["site", "65536"]])
def test_a_wrong_start_is_no_traceback(arguments: list[str]) -> None:
    result = CliRunner().invoke(host.main, arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: ")


def test_a_folder_that_is_not_built_is_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(host.main, [str(tmp_path), "8000"])

    assert result.exit_code == 1
    assert f"Error: {tmp_path}/_headers is not there: run `make site` first.\n" == result.stderr
