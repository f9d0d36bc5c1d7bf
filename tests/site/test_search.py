"""The search finds what people type, on every page."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripts.site.search import write_script
from tests.support.search import search

# Query and page.
WANTED: dict[str, str] = tomllib.loads(
    Path(__file__).with_name("searches.toml").read_text(encoding="utf-8")
)
# Of fifty queries, how many must have their page first, and how many among the first three.
FIRST, THREE = 47, 49


# Queries whose marks or letters could hide a word, and the page that comes first.
MARKED = {
    "(50113)": "troubleshooting/50113/",
    "API密钥": "guide/create/",
    "時間戳": "troubleshooting/timestamp/",
    "C++": "reference/languages/",
}


@pytest.fixture(scope="module")
def results(site: Path) -> dict[str, list[str]]:
    """The pages that each query of this file finds. To load the index takes longer than all."""
    queries = [*WANTED, *MARKED, "50113"]
    return dict(zip(queries, search(site, queries), strict=True))


def rank_pages(results: dict[str, list[str]]) -> dict[str, int]:
    """Return the place of each query's page among its results; 99 if it is not there."""
    return {
        query: results[query].index(page) + 1 if page in results[query] else 99
        for query, page in WANTED.items()
    }


def list_lost(places: dict[str, int], place: int) -> list[str]:
    """Return the queries whose page comes later than at this place, with the place."""
    return [f"{query}: {rank}" for query, rank in places.items() if rank > place]


def test_people_find_the_page_that_they_want(
    results: dict[str, list[str]], figures: list[str]
) -> None:
    places = rank_pages(results)

    first, three = list_lost(places, 1), list_lost(places, 3)
    assert len(places) == 50
    assert len(first) <= 50 - FIRST, first
    assert len(three) <= 50 - THREE, three
    figures.append(f"search: {50 - len(first)} of 50 pages first, {50 - len(three)} in three")


@pytest.mark.parametrize("fault", ["no words", "words of one page", "separator"])
def test_a_search_that_finds_less_is_noticed(site: Path, tmp_path: Path, fault: str) -> None:
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    for section in index["docs"]:
        if fault == "no words":
            section.pop("tags", None)
        elif fault == "words of one page" and section["location"].startswith("reference/languages"):
            section["tags"] = ["key", "api", "sign", "rotate", "testnet", "expired"]
    if fault == "separator":
        index["config"]["separator"] = "[,]+"
    (tmp_path / "search").mkdir()
    (tmp_path / "search/search_index.json").write_text(json.dumps(index), encoding="utf-8")
    shutil.copytree(site / "assets", tmp_path / "assets")

    places = rank_pages(dict(zip(WANTED, search(tmp_path, list(WANTED)), strict=True)))
    assert len(list_lost(places, 3)) > 50 - THREE


@pytest.mark.parametrize("query", MARKED)
def test_marks_and_chinese_do_not_hide_a_word(results: dict[str, list[str]], query: str) -> None:
    assert MARKED[query] == results[query][0]


def test_the_code_of_a_wrong_signature_leads_to_its_page_then_to_the_debugger(
    results: dict[str, list[str]],
) -> None:
    assert results["50113"][:2] == ["troubleshooting/50113/", "troubleshooting/invalid-sign/"]


def test_every_page_has_the_search(hosted: Path) -> None:
    built = [page.read_text(encoding="utf-8") for page in hosted.rglob("*.html")]
    pages = [html for html in built if "<title>This page has moved</title>" not in html]

    assert len(pages) > 50
    assert [html[:200] for html in pages if 'name="query"' not in html] == []


def test_the_script_of_the_index_is_the_index(tmp_path: Path) -> None:
    write_script(tmp_path)
    assert list(tmp_path.iterdir()) == []

    (tmp_path / "search").mkdir()
    (tmp_path / "search/search_index.json").write_text('{"docs":[]}', encoding="utf-8")
    write_script(tmp_path)

    script = (tmp_path / "search/search_index.js").read_text(encoding="utf-8")
    assert script == 'var __index = {"docs":[]}'


def test_the_page_that_may_fetch_nothing_has_the_search_too(page: Page, hosted_url: str) -> None:
    fetched: list[str] = []
    page.on(
        "request",
        lambda request: fetched.append(request.url) if request.resource_type == "xhr" else None,
    )
    page.goto(f"{hosted_url}/troubleshooting/invalid-sign/")
    page.locator("input[name=query]").focus()
    page.keyboard.type("golang")

    link = page.locator(".md-search-result__link").first
    expect(link).to_contain_text("twelve languages")
    # Only the word that was found is shown of all that a page is found by.
    expect(page.locator(".md-search-result__item .md-tag:visible")).to_have_text(["golang"])
    assert fetched == []
