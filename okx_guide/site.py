"""Make a built site ready to publish: `python -m okx_guide.site site`.

The generator writes the pages. Here they get what it has no setting for: a content policy
that lets a page run its own scripts and nothing else, and a robots.txt that names the map
of the site. Both are made from the HTML, so any generator will do.
"""

import base64
import hashlib
import re
import sys
from collections.abc import Iterable
from html import unescape
from pathlib import Path

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


def finish(folder: Path) -> None:
    """Write the content policy into every page, and robots.txt. Doing it twice does no harm.

    Args:
        folder: A built site.

    Raises:
        SiteError: A page has a style or a handler in a tag, which the policy would refuse,
            no charset after which the policy can stand, or the site has no map.
    """
    site_map = folder / "sitemap.xml"
    if not site_map.is_file():
        raise SiteError(f"{folder} has no sitemap.xml: build the site into it first.")
    for path in sorted(folder.rglob("*.html")):
        path.write_text(_with_policy(path, folder), encoding="utf-8", newline="")
    first = _PAGE_MAP.search(site_map.read_text(encoding="utf-8"))
    if not first:
        raise SiteError(f"{site_map} names no page.")
    home = unescape(first[1])
    robots = f"User-agent: *\nAllow: /\n\nSitemap: {home}sitemap.xml\n"
    (folder / "robots.txt").write_text(robots, encoding="utf-8")


def _with_policy(path: Path, folder: Path) -> str:
    html = _META.sub("", path.read_bytes().decode())
    outside = _SCRIPT.sub(lambda match: "\n" * match[0].count("\n"), html)
    if found := _IN_A_TAG.search(outside):
        line = html.count("\n", 0, found.start()) + 1
        name = next(filter(None, found.groups()))
        raise SiteError(
            f"{path.relative_to(folder)}:{line}: {name} in a tag; the content policy forbids "
            "it. Put styles into docs/stylesheets and scripts into docs/javascripts."
        )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy([html])}">'
    # After the charset, which must come first, and before anything it governs.
    html, count = _CHARSET.subn(lambda match: match[0] + meta, html, count=1)
    if not count:
        raise SiteError(f"{path.relative_to(folder)}: no <meta charset=utf-8>.")
    return html


def main(arguments: list[str]) -> int:
    """Finish the site in the folder that is named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m okx_guide.site FOLDER\n")
        return 2
    try:
        finish(Path(arguments[0]))
    except SiteError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
