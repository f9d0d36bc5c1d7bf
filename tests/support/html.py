"""Read the built site as a browser would, and say what is wrong with it, by page and line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from scripts.site.finish import hash_scripts
from tests.plugins.blocks import DOCS

# The address of every page that is written in Markdown.
PATHS = sorted(
    f"/{path}/".replace("//", "/")
    for page in DOCS.rglob("*.md")
    for path in [
        page.relative_to(DOCS).with_suffix("").as_posix().removesuffix("index").rstrip("/")
    ]
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_WITH_TEXT = {*_HEADINGS, "title", "script", "a", "figcaption"}


@dataclass(frozen=True, slots=True)
class Element:
    """A start tag, where it stands, and for some tags the text up to the end tag."""

    tag: str
    line: int
    attributes: dict[str, str]
    text: str

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")


class Page(HTMLParser):
    """A built page.

    Args:
        path: The file.
        site: The folder of the site.
    """

    def __init__(self, path: Path, site: Path) -> None:
        super().__init__()
        self.path = path
        self.name = path.relative_to(site).as_posix()
        self.html = path.read_text(encoding="utf-8")
        self.elements: list[Element] = []
        self._open: list[int] = []
        self.feed(self.html)

    @property
    def url(self) -> str:
        """Where the page is served, from the root."""
        return "/" + self.name.removesuffix("index.html")

    def all(self, *tags: str) -> list[Element]:
        """Return the elements with one of these tags, in order."""
        return [element for element in self.elements if element.tag in tags]

    def meta(self, name: str) -> str:
        """Return the content of the only `<meta>` with this name or property."""
        [content] = self.metas(name)
        return content

    def metas(self, name: str) -> list[str]:
        """Return the content of each `<meta>` with this name or property."""
        return [
            element["content"]
            for element in self.all("meta")
            if name in (element["name"], element["property"], element["http-equiv"])
        ]

    @property
    def ids(self) -> list[str]:
        """Every id, in order."""
        return [element["id"] for element in self.elements if element["id"]]

    @property
    def heading_ids(self) -> list[str]:
        """The ids of the headings: what other sites link to."""
        return [element["id"] for element in self.all(*_HEADINGS) if element["id"]]

    @property
    def title(self) -> str:
        """What the browser shows in its tab. A picture inside the page may have one too."""
        return self.all("title")[0].text

    @property
    def leads_to(self) -> str:
        """Where the browser is sent from here, if the page has moved; else nothing."""
        [content] = self.metas("refresh") or [""]
        return content.partition("url=")[2]

    @property
    def links(self) -> list[tuple[int, str]]:
        """Line and address of everything the page leads to or loads."""
        return [
            (element.line, element[name])
            for element in self.elements
            for name in ("href", "src", "data-copy-markdown")
            if name in element.attributes
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, self.getpos()[0], values, ""))
        if tag in _WITH_TEXT:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in _WITH_TEXT:
            while self._open and self.elements[self._open.pop()].tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        for index in self._open:
            old = self.elements[index]
            self.elements[index] = replace(old, text=old.text + data)


@cache
def pages(site: Path) -> tuple[Page, ...]:
    """Return every page of a built site."""
    return tuple(Page(path, site) for path in sorted(site.rglob("*.html")))


def resolve_link(page: Page, url: str, site_url: str) -> tuple[str, str] | None:
    """Return path and anchor of a link, or None if it leads to another site."""
    full = urljoin(urljoin(site_url, page.url), url)
    if not full.startswith(site_url):
        return None
    parts = urlsplit(full)
    return unquote(parts.path), unquote(parts.fragment)


def find_dead_links(site: Path, site_url: str) -> Iterator[str]:
    """Yield each link to a file or an anchor of this site that is not there."""
    ids = {page.url: set(page.ids) for page in pages(site)}
    for page in pages(site):
        for line, url in page.links:
            address = resolve_link(page, url, site_url)
            if address is None:
                continue
            path, anchor = address
            if path not in ids and not (site / path.lstrip("/")).is_file():
                yield f"{page.name}:{line}: {url} is not there"
            elif anchor and path in ids and anchor not in ids[path]:
                yield f"{page.name}:{line}: {url}: no element has this id"


def map_moved_pages(site: Path) -> dict[str, str]:
    """Return the address of each page that has moved, and where it leads to."""
    return {page.url: urljoin(page.url, page.leads_to) for page in pages(site) if page.leads_to}


def find_doubled_ids(site: Path) -> Iterator[str]:
    """Yield each id that a page has twice."""
    for page in pages(site):
        lines: dict[str, int] = {}
        for element in page.elements:
            if element["id"] in lines:
                first = lines[element["id"]]
                yield f"{page.name}:{element.line}: id {element['id']} is also on line {first}"
            elif element["id"]:
                lines[element["id"]] = element.line


def find_missing_doctypes(site: Path) -> Iterator[str]:
    """Yield each page that a browser would show as one of the nineties."""
    for page in pages(site):
        if not page.html.lstrip().lower().startswith("<!doctype html>"):
            yield f"{page.name}:1: it does not begin with <!doctype html>"


def find_mute_images(site: Path) -> Iterator[str]:
    """Yield each picture that says nothing to somebody who cannot see it."""
    for page in pages(site):
        for image in page.all("img"):
            if "alt" not in image.attributes:
                yield f"{page.name}:{image.line}: {image['src']} has no alt text"
        for drawing in page.all("svg"):
            if drawing["role"] != "img":
                continue
            named = drawing["aria-labelledby"].split()
            if not named or not set(named) <= set(page.ids):
                yield f"{page.name}:{drawing.line}: a drawing has no title"


def find_refused_scripts(site: Path) -> Iterator[str]:
    """Yield each script in a page whose hash its content policy does not have."""
    for page in pages(site):
        # A page may add a policy that forbids more; the one of the site names the scripts.
        policies = page.metas("Content-Security-Policy")
        [allowed] = [policy for policy in policies if "script-src" in policy]
        for script in page.all("script"):
            if "src" in script.attributes or script["type"].startswith("application/"):
                continue
            if not all(
                digest in allowed for digest in hash_scripts(f"<script>{script.text}</script>")
            ):
                yield f"{page.name}:{script.line}: the content policy has no hash of this script"


def find_orphans(site: Path, site_url: str) -> Iterator[str]:
    """Yield each page that no chain of links in the text reaches from the home page.

    The navigation does not count: a page that nothing speaks of is one nobody is sent to.
    """
    texts = {page.url: page for page in pages(site) if not page.leads_to}
    reached, waiting = set[str](), ["/"]
    while waiting:
        url = waiting.pop()
        if url in reached or url not in texts:
            continue
        reached.add(url)
        page = texts[url]
        article = re.split(r"</?article\b", page.html)[1]
        links = re.findall(r'<a\b[^>]*\shref="([^"]*)"', article)
        waiting += [address[0] for href in links if (address := resolve_link(page, href, site_url))]
    for url in sorted(set(texts) - reached - {"/404.html"}):
        yield f"{texts[url].name}:1: no page links to it"
