"""The feed of what changed at OKX: valid Atom, the same bytes every time, served as what it is."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import pytest
import requests

from okx_guide import facts
from scripts.site import feed
from scripts.site.finish import finish
from tests.support.html import Page
from tests.support.patience import SECONDS

HOME = "https://guide.example/okx/"
ATOM = "{http://www.w3.org/2005/Atom}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def parse(text: bytes) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  # our own file


def find_faults(text: bytes) -> list[str]:
    """Return what RFC 4287 does not allow: see its sections 4.1 and 4.2."""
    root = parse(text)
    if root.tag != f"{ATOM}feed":
        return [f"the root is {root.tag}"]
    elements = [root, *root.findall(f"{ATOM}entry")]
    complaints = [fault for element in elements for fault in list_faults(element)]
    if not root.findtext(f"{ATOM}author/{ATOM}name"):
        complaints.append("nobody is its author")
    ids = [element.findtext(f"{ATOM}id") for element in elements]
    if len(ids) != len(set(ids)):
        complaints.append("an id is there twice")
    return complaints


def list_faults(element: ET.Element) -> list[str]:
    """Return what is wrong with a feed or an entry by itself."""

    def list_texts(tag: str) -> list[str]:
        return [child.text or "" for child in element.findall(f"{ATOM}{tag}")]

    links = element.findall(f"{ATOM}link")
    types = [link.get("type") for link in links if link.get("rel") == "alternate"]
    times = [*list_texts("updated"), *list_texts("published")]
    wrong = {
        **{f"not one {tag}": len(list_texts(tag)) != 1 for tag in ("id", "title", "updated")},
        "a time is none": not all(TIME.fullmatch(time) for time in times),
        "its id is no IRI": not all(id_.startswith("urn:uuid:") for id_ in list_texts("id")),
        "a link is not absolute": not all(
            link.get("href", "").startswith("https://") for link in links
        ),
        "not one alternate link of each type": len(types) != len(set(types)) or not types,
    }
    return [fault for fault, is_wrong in wrong.items() if is_wrong]


@pytest.fixture(scope="module")
def text() -> bytes:
    return feed.render_feed(facts.changes(), HOME)


def test_the_feed_is_valid_and_has_every_change(text: bytes) -> None:
    root = parse(text)

    assert find_faults(text) == []
    titles = [entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")]
    assert [change.title for change in facts.changes()] == titles
    latest = max(feed.find_update(change) for change in facts.changes())
    assert f"{latest}T00:00:00Z" == root.findtext(f"{ATOM}updated")


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (b"<title>What changed at OKX</title>", b"", "not one title"),
        (b"T00:00:00Z</updated>", b"</updated>", "a time is none"),
        (b"<name>", b"<name/><x>", "nobody is its author"),
        (HOME.encode(), b"/", "a link is not absolute"),
        (b"urn:uuid:", b"", "its id is no IRI"),
        (b' rel="alternate"', b"", "not one alternate link of each type"),
        (b"http://www.w3.org/2005/Atom", b"http://purl.org/atom/ns#", "the root is"),
    ],
)
def test_a_feed_that_is_not_valid_is_noticed(
    text: bytes, before: bytes, after: bytes, fault: str
) -> None:
    assert before in text
    wrong = text.replace(before, after).replace(b"<x>", b"<x/><x>")
    if b"<x>" in wrong:
        wrong = wrong.replace(b"</name>", b"</x>")

    assert [complaint for complaint in find_faults(wrong) if fault in complaint]


def test_two_entries_of_one_id_are_noticed() -> None:
    [first, *_] = facts.changes()

    assert find_faults(feed.render_feed((first, first), HOME)) == ["an id is there twice"]


def test_the_ids_stay_when_the_site_moves_and_when_an_entry_is_written_anew() -> None:
    [first, *_] = facts.changes()
    edited = replace(first, title="Another title", action="Do something else.")

    def list_ids(entry: facts.Change, home: str) -> list[str | None]:
        root = parse(feed.render_feed((entry,), home))
        return [element.text for element in root.iter(f"{ATOM}id")]

    assert list_ids(first, HOME) == list_ids(edited, "https://elsewhere.example/")


def test_the_id_of_an_entry_is_what_it_was() -> None:
    """Readers know by it what they have read: another way to make it shows them all anew."""
    assert feed.make_id("websocket-port-8443") == "urn:uuid:ebb3f27b-4a3f-5506-a6f6-4fd4dba6e862"


def test_an_entry_is_updated_when_a_source_is_added_and_never_by_the_clock() -> None:
    [first, *_] = facts.changes()
    later = facts.Source("later", "Later", "", date(2030, 1, 2))

    assert feed.find_update(first) < date(2030, 1, 1)
    added = replace(first, sources=(*first.sources, later))
    assert b"<updated>2030-01-02T00:00:00Z</updated>" in feed.render_feed((added,), HOME)
    assert feed.render_feed((added,), HOME) == feed.render_feed((added,), HOME)


def test_what_an_entry_says_cannot_become_markup() -> None:
    [first, *_] = facts.changes()
    source = facts.Source("s", 'A <b> & a "q"', "https://x.example/?a=1&b=2", date(2026, 1, 1))
    wrong = replace(first, title="<script>&", summary="<img src=x> & more", sources=(source,))

    root = parse(feed.render_feed((wrong,), HOME))

    [entry] = root.findall(f"{ATOM}entry")
    content = entry.findtext(f"{ATOM}content") or ""
    assert entry.findtext(f"{ATOM}title") == "<script>&"
    assert "<p>&lt;img src=x&gt; &amp; more</p>" in content
    assert '<a href="https://x.example/?a=1&amp;b=2">A &lt;b&gt; &amp; a &quot;q&quot;' in content


def test_its_addresses_are_those_of_the_map_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "sitemap.xml").write_text(f"<urlset><loc>{HOME}</loc></urlset>", encoding="utf-8")

    finish(tmp_path)

    assert feed.render_feed(facts.changes(), HOME) == (tmp_path / feed.FILE).read_bytes()


def test_every_entry_leads_to_its_place_on_the_page(hosted: Path) -> None:
    root = parse((hosted / feed.FILE).read_bytes())
    page = Page(hosted / "about" / "changes" / "index.html", hosted)

    links = [entry.find(f"{ATOM}link") for entry in root.findall(f"{ATOM}entry")]
    anchors = [link.get("href", "").partition("#")[2] for link in links if link is not None]

    assert [change.id for change in facts.changes()] == anchors
    assert [anchor for anchor in anchors if anchor not in page.heading_ids] == []


def test_every_page_names_the_feed_and_leads_to_what_changed(hosted: Path) -> None:
    for path in [hosted / "index.html", *hosted.glob("*/*/index.html"), hosted / "404.html"]:
        page = Page(path, hosted)
        if page.leads_to:
            continue
        [named] = [link for link in page.all("link") if link["type"] == "application/atom+xml"]
        assert "alternate" in named["rel"].split(), page.name
        assert named["title"] == feed.TITLE, page.name
        leads = {urljoin(f"/{page.name}", link) for _, link in page.links}
        assert leads >= {"/about/changes/", "/changes.xml"}, page.name
        foot = page.html.split('class="md-copyright"')[1]
        assert f">{feed.TITLE}</a>" in foot
        assert ">Atom feed</a>" in foot


def test_it_is_served_as_a_feed(hosted_url: str) -> None:
    answer = requests.get(f"{hosted_url}/{feed.FILE}", timeout=SECONDS)

    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert find_faults(answer.content) == []
