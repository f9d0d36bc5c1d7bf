"""Make a built site ready to publish: `python -m scripts.site.finish site`.

Adds what the generator has no setting for: a content policy that lets a page run its own scripts
and nothing else, a box around each table and the name of its column on each cell, a button for each
mark of evidence, code without redundant markup, no unused stylesheet, a redirecting page at each
old address, the feed of what changed at OKX, and a robots.txt that names the site map. All of it is
made from the HTML and the map, so it works with any generator.
"""

import base64
import hashlib
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import click
from selectolax.lexbor import LexborHTMLParser, LexborNode

from scripts.site.errors import SiteError
from scripts.site.evidence import mark_evidence
from scripts.site.feed import write_feed
from scripts.site.redirects import write_pages

# Names, punctuation, blanks: docs/stylesheets/extra.css gives them the colour of the text.
PLAIN = ("fm", "kc", "n", "na", "nv", "nx", "o", "ow", "p", "sa", "vc", "vg", "vi", "vm", "w")
_MARKS = ", ".join(f'span[class="{name}"]' for name in PLAIN)
# Data blocks are not executed, and need no permission.
_INLINE_SCRIPTS = 'script:not([src]):not([type^="application/" i])'
# A page may have a stricter policy of its own: it stays.
_POLICY = """meta[http-equiv="Content-Security-Policy"][content^="default-src"]"""
# The theme leaves its dialog without a name for screen readers.
_NAMELESS = '.md-search[role="dialog"]:not([aria-label])'


def hash_scripts(html: str) -> list[str]:
    """Return the hashes of the inline scripts of a page, sorted, in the form of a policy.

    Example:
        >>> hash_scripts("<script>one()</script><script src='two.js'></script>")
        ["'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4='"]
    """
    scripts = LexborHTMLParser(html).css(_INLINE_SCRIPTS)
    digests = (hashlib.sha256(script.text().encode()).digest() for script in scripts)
    return sorted({f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests})


def render_policy(pages: Iterable[str]) -> str:
    """Return the content policy for these pages, as HTML texts.

    Scripts, styles, pictures and data come from the site itself. Of inline scripts only
    these run. The browser refuses everything else, so injected text can neither run nor send
    anything away.

    For a header add `frame-ancestors 'none'`, which a `<meta>` may not say.
    """
    scripts = sorted({digest for page in pages for digest in hash_scripts(page)})
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *scripts]),
            "style-src 'self'",
            # Material draws its icons from data: addresses in its stylesheet.
            "img-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def name_columns(page: LexborHTMLParser) -> None:
    """Let every cell of a table name its column, for narrow screens.

    A table of two columns fits as it is.

    Example:
        >>> head = "<tr><th>Site</th><th>Host</th><th>Evidence</th></tr>"
        >>> row = "<tr><td>us</td><td>us.okx.com</td></tr>"
        >>> page = LexborHTMLParser(f"<table>{head}{row}</table>")
        >>> name_columns(page)
        >>> [cell.html for cell in page.css("td")]
        ['<td data-column="Site">us</td>', '<td data-column="Host">us.okx.com</td>']
    """
    for table in page.css("table:not([class])"):
        names = [column.text().strip() for column in table.css("th")]
        if len(names) < 3:
            continue
        table.attrs["data-columns"] = None
        for row in table.css("tr"):
            for cell, name in zip(row.css("td"), names, strict=False):
                cell.attrs["data-column"] = name


def box_tables(page: LexborHTMLParser) -> None:
    """Put every table into a box of its own.

    The theme's script takes a table out of the page and puts it back into a frame. The browser
    then recomputes the style of its siblings: in a box there are none.

    Example:
        >>> page = LexborHTMLParser("<p>Sites</p><table></table>")
        >>> box_tables(page)
        >>> print(page.body.html)
        <body><p>Sites</p><div class="table"><table></table></div></body>
    """
    for table in page.css("table:not([class]):not(.table > table)"):
        box = page.create_node("div")
        box.attrs["class"] = "table"
        table.insert_before(box, move=True)
        box.insert_child(table, move=True)


def unmark(page: LexborHTMLParser) -> None:
    """Remove the markup in code that changes nothing.

    On a page with much code it is two of three elements, which a phone must parse and lay out.

    Example:
        >>> code = '<span class="k">del</span><span class="w"> </span><span class="n">key</span>'
        >>> page = LexborHTMLParser(code)
        >>> unmark(page)
        >>> print(page.body.html)
        <body><span class="k">del</span> key</body>
    """
    for mark in page.css(_MARKS):
        if next(mark.iter(), None) is None:
            mark.unwrap()


def drop_styles(page: LexborHTMLParser) -> None:
    """Remove the stylesheet for documented names if the page documents none.

    Example:
        >>> link = '<link rel="stylesheet" href="assets/_mkdocstrings.css">'
        >>> page = LexborHTMLParser(f"{link}<p>Sites</p>")
        >>> drop_styles(page)
        >>> page.css("link")
        []
    """
    if not page.css_first(".doc"):
        for link in page.css('link[href$="/_mkdocstrings.css"]'):
            link.decompose()


def finish(folder: Path) -> None:
    """Finish every page, and write the feed and robots.txt. Doing it twice does no harm.

    Args:
        folder: A built site.

    Raises:
        SiteError: A page has a style or a handler in a tag, which the policy would refuse,
            no charset after which the policy can stand, the site has no map, or a page that
            has moved leads nowhere.
    """
    site_map = folder / "sitemap.xml"
    if not site_map.is_file():
        raise SiteError(f"{folder} has no sitemap.xml: build the site into it first.")
    write_pages(folder)
    for path in sorted(folder.rglob("*.html")):
        html = path.read_bytes().decode()
        _check_tags(html, path.relative_to(folder))
        page = LexborHTMLParser(mark_evidence(html))
        for dialog in page.css(_NAMELESS):
            dialog.attrs["aria-label"] = "Search"
        name_columns(page)
        box_tables(page)
        unmark(page)
        drop_styles(page)
        _add_policy(page, path.relative_to(folder))
        path.write_text(page.html or "", encoding="utf-8", newline="")
    home = find_home(folder)
    robots = f"User-agent: *\nAllow: /\n\nSitemap: {home}sitemap.xml\n"
    (folder / "robots.txt").write_text(robots, encoding="utf-8")
    write_feed(folder, home)


def find_home(folder: Path) -> str:
    """Return the address of the home page: it comes first in the map of the site.

    Raises:
        SiteError: The map names no page, or cannot be read.
    """
    site_map = folder / "sitemap.xml"
    try:
        site = ET.parse(site_map).getroot()  # noqa: S314  # a file of ours
    except ET.ParseError as error:
        raise SiteError(f"{site_map} is no XML, {error}: build the site again.") from error
    home = next((each.text for each in site.iter() if each.tag.endswith("loc")), None)
    if not home:
        raise SiteError(f"{site_map} names no page: build the site again.")
    return home


def find_line(html: str, node: LexborNode) -> int:
    """Return the line of an element in the source: lexbor does not record it."""
    return _Finder(html, node).line


class _Finder(HTMLParser):
    """Finds the line of the first element that has the same start tag as another."""

    def __init__(self, html: str, node: LexborNode) -> None:
        super().__init__()
        self.line = 0
        self._wanted = (node.tag, node.attributes)
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.line and (tag, dict(attrs)) == self._wanted:
            self.line = self.getpos()[0]


def _check_tags(html: str, path: Path) -> None:
    """Refuse inline styles and handlers, which no hash in the content policy can allow.

    Raises:
        SiteError: The page has one; the message says where.
    """
    for node in LexborHTMLParser(html).css("*"):
        names = [name for name in node.attributes if name == "style" or name.startswith("on")]
        if (node.attributes.get("href") or "").lower().startswith("javascript:"):
            names.append("href")
        if node.tag == "style":
            names.append("style")
        if names:
            raise SiteError(
                f"{path}:{find_line(html, node)}: {names[0]} in a tag; the content policy forbids "
                "it. Put styles into docs/stylesheets and scripts into docs/javascripts."
            )


def _add_policy(page: LexborHTMLParser, path: Path) -> None:
    """Let a page run its present scripts, and nothing else."""
    for old in page.css(_POLICY):
        old.decompose()
    charset = page.css_first("meta[charset]")
    if not charset:
        raise SiteError(f"{path}: no <meta charset=utf-8>.")
    meta = page.create_node("meta")
    meta.attrs["http-equiv"] = "Content-Security-Policy"
    meta.attrs["content"] = render_policy([page.html or ""])
    # After the charset, which must come first, and before anything it governs.
    charset.insert_after(meta, move=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Finish the site in FOLDER."""
    finish(folder)


if __name__ == "__main__":
    main(prog_name="python -m scripts.site.finish")
