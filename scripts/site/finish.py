"""Make a built site ready to publish: `python -m scripts.site.finish site`.

The generator writes the pages. Here they get what it has no setting for: a content policy
that lets a page run its own scripts and nothing else, a box around each table and the name of its
column on each cell, code without marks that show nothing, no stylesheet without a use, a page
where one has moved from, the feed of what changed at OKX, and a robots.txt that names the map of
the site. All are made from the HTML and the map, so any generator will do.
"""

import base64
import hashlib
import re
import sys
from collections.abc import Iterable
from html import unescape
from pathlib import Path

from scripts.site import redirects as moved
from scripts.site.feed import write_feed

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
# Data that a script reads is not run, and needs no permission.
_RUNS = re.compile(r"""^(?!.*\bsrc\s*=)(?!.*\btype\s*=\s*["']?application/)""", re.DOTALL)
# No hash can allow these: they are written into a tag.
_IN_A_TAG = re.compile(
    r"""<[a-z][^>]*?\s(style|on[a-z]+)\s*=|<(style)\b|\b(href)\s*=\s*["']?javascript:""",
    re.IGNORECASE,
)
_META = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\s*')
_CHARSET = re.compile(r'<meta charset="?utf-8"?>\s*', re.IGNORECASE)
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_COLUMN = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<td\b")
_BOX = '<div class="table">'
_UNBOXED = re.compile(rf"(?<!{_BOX})<table(?: data-columns)?>.*?</table>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
# Names, marks between them, blanks: docs/stylesheets/extra.css gives them the colour of the text.
PLAIN = ("fm", "kc", "n", "na", "nv", "nx", "o", "ow", "p", "sa", "vc", "vg", "vi", "vm", "w")
_MARKED = re.compile(rf"""<span class=["']?(?:{"|".join(PLAIN)})["']?>([^<]*)</span>""")
# What the theme forgets: a dialog needs a name that a screen reader can say.
_NAMELESS = '<div class="md-search" data-md-component="search" role="dialog">'
_NAMED = _NAMELESS.replace(">", ' aria-label="Search">')
_API_STYLES = re.compile(r"""<link [^>]*href=["']?[^"'>]*/_mkdocstrings\.css["']?[^>]*>""")
_DOCUMENTS = re.compile(r"""\bclass=["']?doc\b""")
_PAGE_MAP = re.compile(r"<loc>([^<]*)</loc>")


class SiteError(Exception):
    """The built site has something that must not be published."""


def hashes(html: str) -> list[str]:
    """Return the hash of each script that stands in a page, sorted, as a policy names them.

    Example:
        >>> hashes("<script>one()</script><script src='two.js'></script>")
        ["'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4='"]
    """
    inline = [text for attributes, text in _SCRIPT.findall(html) if _RUNS.match(attributes)]
    digests = (hashlib.sha256(text.encode()).digest() for text in inline)
    return sorted({f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests})


def policy(pages: Iterable[str]) -> str:
    """Return the content policy for these pages, as HTML texts.

    Scripts, styles, pictures and data come from the site itself. Of what stands inside a
    page only these scripts run. Everything else is refused by the browser, so a text that
    somebody smuggles into a page can neither run nor send anything away.

    For a header add `frame-ancestors 'none'`, which a `<meta>` may not say.
    """
    scripts = sorted({one for page in pages for one in hashes(page)})
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


def name_columns(html: str) -> str:
    """Return a page in which every cell of a table names its column, for narrow screens.

    A table of two columns fits as it is.

    Example:
        >>> head = "<tr><th>Site</th><th>Host</th><th>Evidence</th></tr>"
        >>> row = "<tr><td>us</td><td>us.okx.com</td></tr>"
        >>> name_columns(f"<table>{head}{row}</table>").removeprefix(f"<table data-columns>{head}")
        '<tr><td data-column="Site">us</td><td data-column="Host">us.okx.com</td></tr></table>'
    """
    return _TABLE.sub(lambda table: _with_columns(table[0]), html)


def _with_columns(table: str) -> str:
    names = [_TAG.sub("", name).strip().replace('"', "&quot;") for name in _COLUMN.findall(table)]
    if len(names) < 3 or "data-column" in table:
        return table

    def named(row: re.Match[str]) -> str:
        left = iter(names)
        return _CELL.sub(lambda _: f'<td data-column="{next(left, "")}"', row[0])

    return _ROW.sub(named, table).replace("<table>", "<table data-columns>", 1)


def box_tables(html: str) -> str:
    """Return a page in which every table stands in a box of its own.

    The theme's script takes a table out of the page and puts it back into a frame. A browser
    then works out the style of all that stands beside it: in a box, of nothing else.

    Example:
        >>> box_tables("<p>Sites</p><table><tr><td>us</td></tr></table>")
        '<p>Sites</p><div class="table"><table><tr><td>us</td></tr></table></div>'
    """
    return _UNBOXED.sub(lambda table: f"{_BOX}{table[0]}</div>", html)


def unmark(html: str) -> str:
    """Return a page whose code has no mark that looks like none.

    On a page with much code they are two of three elements: more for a telephone to read, to lay
    out and to keep.

    Example:
        >>> unmark('<span class="k">del</span><span class="w"> </span><span class="n">key</span>')
        '<span class="k">del</span> key'
    """
    return _MARKED.sub(r"\1", html)


def leave_out_styles(html: str) -> str:
    """Return a page without the stylesheet for documented names if it documents none.

    Example:
        >>> leave_out_styles('<link rel="stylesheet" href="assets/_mkdocstrings.css"><p>Sites</p>')
        '<p>Sites</p>'
    """
    return html if _DOCUMENTS.search(html) else _API_STYLES.sub("", html)


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
    try:
        moved.leave_pages(folder)
    except moved.MovedError as error:
        raise SiteError(str(error)) from error
    for path in sorted(folder.rglob("*.html")):
        html = path.read_bytes().decode().replace(_NAMELESS, _NAMED)
        html = leave_out_styles(unmark(box_tables(name_columns(html))))
        # Last: it names the scripts by what they are now.
        html = _with_policy(html, path.relative_to(folder))
        path.write_text(html, encoding="utf-8", newline="")
    first = _PAGE_MAP.search(site_map.read_text(encoding="utf-8"))
    if not first:
        raise SiteError(f"{site_map} names no page.")
    home = unescape(first[1])
    robots = f"User-agent: *\nAllow: /\n\nSitemap: {home}sitemap.xml\n"
    (folder / "robots.txt").write_text(robots, encoding="utf-8")
    write_feed(folder, home)


def _with_policy(html: str, page: Path) -> str:
    html = _META.sub("", html)
    outside = _SCRIPT.sub(lambda match: "\n" * match[0].count("\n"), html)
    if found := _IN_A_TAG.search(outside):
        line = outside.count("\n", 0, found.start()) + 1
        name = next(filter(None, found.groups()))
        raise SiteError(
            f"{page}:{line}: {name} in a tag; the content policy forbids "
            "it. Put styles into docs/stylesheets and scripts into docs/javascripts."
        )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy([html])}">'
    # After the charset, which must come first, and before anything it governs.
    html, count = _CHARSET.subn(lambda match: match[0] + meta, html, count=1)
    if not count:
        raise SiteError(f"{page}: no <meta charset=utf-8>.")
    return html


def main(arguments: list[str]) -> int:
    """Finish the site in the folder that is named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m scripts.site.finish FOLDER\n")
        return 2
    try:
        finish(Path(arguments[0]))
    except SiteError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
