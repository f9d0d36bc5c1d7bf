"""The Atom feed of what changed at OKX (RFC 4287), for the published site.

The archive for reading from disk has none: a feed reader needs an address.
"""

import uuid
from collections.abc import Iterator
from datetime import date
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

from okx_guide.facts import Change, Source, changes
from scripts.docs.changes import describe_source, describe_start
from scripts.docs.days import spell

FILE = "changes.xml"
TITLE = "What changed at OKX"
AUTHOR = "The OKX API guide that runs"
# Chosen once. An id must not change when the site moves, so it contains no address.
_NAMESPACE = uuid.UUID("5b0c3c0e-6d0a-4f0e-9a53-0f6a0b7f2c11")
_ATOM = "http://www.w3.org/2005/Atom"


def write_feed(folder: Path, home: str) -> None:
    """Write the feed into the folder of a site.

    Args:
        folder: The built site.
        home: The address of its home page, with a slash at the end.
    """
    (folder / FILE).write_bytes(render_feed(changes(), home))


def render_feed(entries: tuple[Change, ...], home: str) -> bytes:
    """Return the feed; the same entries give the same bytes.

    Args:
        entries: What changed, the newest first; one at least.
        home: The address of the home page, with a slash at the end.
    """
    page = f"{home}about/changes/"
    feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _add(feed, "id", make_id("feed"))
    _add(feed, "title", TITLE)
    _add(feed, "updated", _render_time(max(find_update(entry) for entry in entries)))
    _add(feed, "link", rel="self", type="application/atom+xml", href=f"{home}{FILE}")
    _add(feed, "link", rel="alternate", type="text/html", href=page)
    _add(ET.SubElement(feed, "author"), "name", AUTHOR)
    for change in entries:
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", make_id(change.id))
        _add(entry, "title", change.title)
        _add(entry, "published", _render_time(change.announced))
        _add(entry, "updated", _render_time(find_update(change)))
        _add(entry, "link", rel="alternate", type="text/html", href=f"{page}#{change.id}")
        _add(entry, "content", "".join(_render_paragraphs(change)), type="html")
    ET.indent(feed)
    text: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def make_id(name: str) -> str:
    """Return the id of an entry, the same wherever the site is published.

    Examples:
        >>> make_id("cool-off") == make_id("cool-off") != make_id("aws-hosts")
        True
    """
    return uuid.uuid5(_NAMESPACE, name).urn


def find_update(change: Change) -> date:
    """Return the last day on which an entry changed: it was announced, or got a source."""
    return max(change.announced, *(source.date for source in change.sources))


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> None:
    element = ET.SubElement(parent, name, attributes)
    element.text = text or None


def _render_time(day: date) -> str:
    return f"{day}T00:00:00Z"


def _render_paragraphs(change: Change) -> Iterator[str]:
    start = describe_start(change, spell(change.since or change.announced))
    yield f"<p>Announced on {spell(change.announced)}, {start}.</p>"
    yield f"<p>{escape(change.summary)}</p>"
    yield f"<p><strong>Who is affected:</strong> {escape(change.affects)}</p>"
    yield f"<p><strong>What to do:</strong> {escape(change.action)}</p>"
    links = "; ".join(_render_link(source) for source in change.sources)
    yield f"<p>Source ({change.confidence}): {links}.</p>"


def _render_link(source: Source) -> str:
    title = escape(describe_source(source))
    return f'<a href="{escape(source.url)}">{title}</a>' if source.url else title
