"""Pages that have moved: the file `_redirects`, which Netlify and Cloudflare Pages read.

`scripts.site.finish` leaves a page at each old address, for hosts that have no redirects or
prefer files to them; `scripts.site.headers` configures the others. So old links work wherever
the guide is hosted.
"""

import posixpath
import re
from pathlib import Path

from scripts.site.errors import SiteError

FILE = "_redirects"

_LINE = re.compile(r"(/(?:[\w-]+/)+)\s+(/(?:[\w-]+/)*(?:#[\w.-]+)?)\s+301\s*", re.ASCII)
_MARK = "<title>This page has moved</title>"
# The same script in each page: one hash in the content policy. It keeps the old link's anchor.
_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
{_MARK}
<noscript><meta http-equiv="refresh" content="0; url={{url}}"></noscript>
</head>
<body>
<p>This page has moved: <a href="{{url}}">here it is</a>.</p>
<script>
const there = new URL(document.querySelector("a").href)
there.hash = location.hash || there.hash
location.replace(there)
</script>
</body>
</html>
"""


def read_redirects(folder: Path) -> dict[str, str]:
    """Return the old addresses of a site, each with its new one, from the root.

    Args:
        folder: A built site, or the folder `docs`.

    Raises:
        SiteError: A line has another form than `/old/ /new/ 301`.
    """
    file = folder / FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    addresses: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if not match:
            raise SiteError(f"{FILE}:{number}: write /old/ /new/ 301, from slash to slash.")
        if match[1] in addresses:
            raise SiteError(f"{FILE}:{number}: {match[1]} is there already.")
        addresses[match[1]] = match[2]
    return addresses


def write_pages(folder: Path) -> None:
    """Leave a page at each old address that leads to the new one, even without scripts.

    Args:
        folder: A built site.

    Raises:
        SiteError: An old address still has a page of its own, or a new one has none.
    """
    addresses = read_redirects(folder)
    for old, new in addresses.items():
        address, mark, anchor = new.partition("#")
        path = posixpath.relpath(address, old)
        html = _PAGE.format(url=f"{path}/{mark}{anchor}")
        page = folder / old[1:] / "index.html"
        if address in addresses or not (folder / address[1:] / "index.html").is_file():
            raise SiteError(f"{FILE}: {old} leads to {address}, where no page is.")
        if page.is_file() and _MARK not in page.read_text(encoding="utf-8"):
            raise SiteError(f"{FILE}: {old} has not moved, it is still there.")
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(html, encoding="utf-8", newline="")
