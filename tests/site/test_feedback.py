"""Every page has a way back to those who wrote it, if the site knows their repository."""

import tomllib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mkdocs.config import load_config
from selectolax.lexbor import LexborHTMLParser

from tests.plugins.blocks import ROOT

REPOSITORY = "https://forge.example/o/r"
PAGE: dict[str, Any] = {
    "title": "50113 & others",
    "canonical_url": "https://guide.example/troubleshooting/50113/",
    "meta": {"time": "1 minute"},
}


def list_links(name: str, repository: str) -> list[str]:
    """Return where the links of a partial lead."""
    environment = Environment(
        loader=FileSystemLoader(ROOT / "overrides" / "partials"),
        undefined=StrictUndefined,
        autoescape=True,
    )
    environment.filters["url"] = str
    config = {
        "copyright": "",
        "extra": {"package": "okx_guide-0.1.0"},
        "repo_url": repository,
        "site_author": "The authors",
        "use_directory_urls": True,
    }
    html = environment.get_template(name).render(config=config, page=PAGE)
    return [link.attrs.sget("href") for link in LexborHTMLParser(html).css("a")]


@pytest.mark.parametrize("repository", [REPOSITORY, f"{REPOSITORY}/", f"{REPOSITORY}.git"])
def test_an_issue_names_the_page_and_the_version(repository: str) -> None:
    [link] = list_links("feedback.html", repository)

    address = urlsplit(link)
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{REPOSITORY}/issues/new"
    filled = parse_qs(address.query)
    assert filled["title"] == ["On the page: 50113 & others"]
    assert filled["body"][0].splitlines()[:2] == [
        f"Page: {PAGE['canonical_url']}",
        "Version: 0.1.0",
    ]


def test_without_a_repository_there_is_no_dead_link() -> None:
    assert list_links("feedback.html", "") == []
    assert not [link for link in list_links("copyright.html", "") if "/issues" in link]


def test_the_footer_names_who_to_ask() -> None:
    links = list_links("copyright.html", REPOSITORY)

    assert {f"{REPOSITORY}/issues", f"{REPOSITORY}/security/policy"} <= set(links)


def test_the_author_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    author = load_config(str(ROOT / "mkdocs.yml"))["site_author"]

    assert [{"name": author}] == project["authors"]
    assert f"- name: {author}\n" in citation
