"""Make a finished site ready for its host: `python -m scripts.site.headers site`.

Runs after `scripts.site.finish`. What a page loads gets a name with a hash, so that browsers may
keep it for a year; every text gets compressed copies; and each common host gets the response
headers in the form that it reads: Netlify and Cloudflare Pages (`_headers`), Vercel
(`vercel.json`), nginx (a file beside the folder). The same files lead on from pages that have
moved. GitHub Pages and Read the Docs do not send our headers; there the content policy in each
page must suffice.
"""

import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

import click
from selectolax.lexbor import LexborHTMLParser

from scripts.site import bundle, redirects
from scripts.site.downloads import SIGNING
from scripts.site.errors import SiteError
from scripts.site.feed import FILE as FEED
from scripts.site.finish import find_home, find_line, render_policy
from scripts.site.runtime import FOLDER, WORKER, WORKERS, compress_bytes

WORKER_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
    "frame-ancestors 'none'"
)
"""The worker may compile WebAssembly, load from the site itself, and nothing else."""

# Patterns of paths, in which a trailing `*` stands for anything, and their headers.
Rules = dict[str, dict[str, str]]

COMPRESSED = {
    ".css",
    ".html",
    ".js",
    ".json",
    ".md",
    ".mjs",
    ".svg",
    ".txt",
    ".wasm",
    ".xml",
    ".zip",
}
# Only links to what the browser loads to show the page are rewritten.
LOADED = "script[src], img[src], link[rel~=stylesheet][href], link[rel~=icon][href]"
_HASHED = re.compile(r"\.[0-9a-f]{8}\.(?:min\.)?\w+$")
# Dynamic imports have a hash in esbuild's own form.
_CHUNK = re.compile(r"-[0-9A-Z]{8}\.js$")
_YEAR = "public, max-age=31536000, immutable"


def prepare(folder: Path) -> None:
    """Give a finished site hashed names, headers and compressed copies.

    Args:
        folder: A built site that `scripts.site.finish.finish` has finished.

    Raises:
        SiteError: A page loads a file that is not there, or esbuild cannot bundle a module.
    """
    shorten_scripts(folder)
    hash_names(folder)
    rules = list_headers(folder)
    (folder / "_headers").write_text(render_netlify(rules), encoding="utf-8")
    pages = redirects.read_redirects(folder)
    (folder / "vercel.json").write_text(render_vercel(rules, pages), encoding="utf-8")
    lines = render_nginx(rules, pages)
    folder.with_name(f"{folder.name}.nginx.conf").write_text(lines, encoding="utf-8")
    compress(folder)


def shorten_scripts(folder: Path) -> None:
    """Minify and bundle the scripts of the pages.

    The programs under snippets stay as they are: readers copy them. The theme's scripts, under
    assets, are minified already.

    Raises:
        SiteError: esbuild is not installed, or cannot bundle a module.
    """
    scripts = folder / "javascripts"
    # Their sources are in the folder of the runtime.
    for source in WORKERS:
        (scripts / "run" / source).unlink(missing_ok=True)
    modules = {
        module
        for path in folder.rglob("index.html")
        for module in bundle.find_modules(path, LexborHTMLParser(path.read_bytes()))
    }
    # A name with a hash shows that this was done before.
    if scripts.is_dir() and not any(_HASHED.search(path.name) for path in modules):
        # Its files are minified already, and their hashes must stay valid.
        bundle.shorten(scripts, modules, folder / FOLDER)
    for sheet in folder.glob("stylesheets/*.css"):
        if not _HASHED.search(sheet.name):
            bundle.shorten_sheet(sheet)


def hash_names(folder: Path) -> None:
    """Let the pages load copies of files, with the hash of the content in the name.

    The file keeps its plain name too, for existing links.

    Raises:
        SiteError: A page loads a file that is not there.
    """
    root = urlsplit(find_home(folder)).path
    for path in sorted(folder.rglob("*.html")):
        html = path.read_bytes().decode()
        page = LexborHTMLParser(html)
        for node in page.css(LOADED):
            name = "href" if node.tag == "link" else "src"
            address, mark, anchor = node.attrs.sget(name).partition("#")
            if re.match(r"[a-z]+:|//", address) or _HASHED.search(address):
                continue
            # Only 404.html, which is shown at any address, has absolute paths.
            start = folder if address.startswith(root) else path.parent
            file = start / address.removeprefix(root).partition("?")[0]
            if not file.is_file():
                raise SiteError(
                    f"{path.relative_to(folder)}:{find_line(html, node)}: {address} is not there. "
                    "Add the file to docs, or take the line out."
                )
            node.attrs[name] = _add_hash(address, file) + mark + anchor
        path.write_text(page.html or "", encoding="utf-8", newline="")


def _add_hash(url: str, file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    copy = file.with_name(f"{file.stem}.{digest}{file.suffix}")
    shutil.copyfile(file, copy)
    return url.rpartition("/")[0] + "/" * ("/" in url) + copy.name


def list_headers(folder: Path) -> Rules:
    """Return the headers of a finished site.

    No two rules give a path the same header: hosts would send both values.
    """
    everywhere = {
        # Not includeSubDomains: the rest of the host's domain is not ours.
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        # The copy buttons write to the clipboard; that stays allowed.
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    paths = sorted(
        f"/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if _HASHED.search(path.name) or _CHUNK.search(path.name)
    )
    rules = {"/*": everywhere} | {path: {"Cache-Control": _YEAR} for path in paths}
    rules |= _list_policies(folder)
    for runtime in (folder / FOLDER).glob("*/"):
        path = f"/{runtime.relative_to(folder).as_posix()}"
        rules[f"{path}/*"] = {"Cache-Control": _YEAR}
        rules[f"{path}/{WORKER}"] = {"Content-Security-Policy": WORKER_POLICY}
        for module in sorted(runtime.glob("*.mjs")):
            # Some hosts do not know the extension, and browsers run no module with a wrong type.
            rules[f"{path}/{module.name}"] = {"Content-Type": "text/javascript; charset=utf-8"}
    if (folder / SIGNING).is_file():
        # Text files are shown, not downloaded.
        rules[f"/{SIGNING}"] = {"Content-Type": "text/plain; charset=utf-8"}
    if (folder / FEED).is_file():
        # By its extension a host would serve it as generic XML.
        rules[f"/{FEED}"] = {"Content-Type": "application/atom+xml; charset=utf-8"}
    return rules


def _list_policies(folder: Path) -> Rules:
    """Return the policy of the pages, for every path that may be shown as a page.

    The folder with the scripts has none: hosts send the headers of every matching rule, browsers
    obey all of them, and the worker in that folder needs another policy.
    """
    pages = [page.read_text(encoding="utf-8") for page in sorted(folder.rglob("*.html"))]
    fields = {"Content-Security-Policy": f"{render_policy(pages)}; frame-ancestors 'none'"}
    paths = [path for path in sorted(folder.iterdir()) if path.name != FOLDER.parts[0]]
    folders = [f"/{path.name}/*" for path in paths if path.is_dir()]
    files = [f"/{path.name}" for path in paths if path.suffix in {".html", ".svg", ".xml"}]
    return dict.fromkeys(("/", *files, *folders), fields)


def render_netlify(rules: Rules) -> str:
    """Return `_headers`, which Netlify and Cloudflare Pages read.

    Example:
        >>> print(render_netlify({"/*": {"X-Content-Type-Options": "nosniff"}}), end="")
        /*
          X-Content-Type-Options: nosniff
    """
    return "".join(
        f"{pattern}\n" + "".join(f"  {name}: {value}\n" for name, value in fields.items())
        for pattern, fields in rules.items()
    )


def render_vercel(rules: Rules, pages: Mapping[str, str]) -> str:
    """Return `vercel.json`, with trailing slashes, which relative links need."""
    return _dump(
        {
            "trailingSlash": True,
            "redirects": [
                {"source": old, "destination": new, "statusCode": 301} for old, new in pages.items()
            ],
            "headers": [
                {
                    "source": re.escape(pattern).replace(r"\-", "-").replace(r"\*", "(.*)"),
                    "headers": [{"key": key, "value": value} for key, value in fields.items()],
                }
                for pattern, fields in rules.items()
            ],
        }
    )


def render_nginx(rules: Rules, pages: Mapping[str, str]) -> str:
    """Return the lines for the `server` block of nginx."""
    # In nginx, headers of a location replace the outer ones, so each location repeats them.
    everywhere = rules["/*"] | rules.get("/", {})
    lines = [
        "# For the server block whose root is the folder of the site: include this file.",
        "# nginx sends .gz by itself; for .br add its brotli module and `brotli_static on;`.",
        "gzip_static on;",
        "gzip_vary on;",
        "charset utf-8;",
        "error_page 404 /404.html;",
        *_add_headers({**everywhere, "Cache-Control": "no-cache"}),
    ]
    for path in rules:
        own = {"Cache-Control": "no-cache", **everywhere}
        for pattern, fields in rules.items():
            if fnmatchcase(path, pattern):
                own |= fields
        if own == {"Cache-Control": "no-cache", **everywhere}:
            continue
        # With add_header nginx would send the type twice.
        kind = own.pop("Content-Type", None)
        typed = ["types {}", f'default_type "{kind}";'] if kind else []
        directives = [*typed, *_add_headers(own)]
        place = f"^~ {path.removesuffix('*')}" if path.endswith("*") else f"= {path}"
        lines += [f"location {place} {{", *(f"    {line}" for line in directives), "}"]
    lines += [f"location = {old} {{ return 301 {new}; }}" for old, new in pages.items()]
    return "\n".join([*lines, ""])


def _add_headers(fields: Mapping[str, str]) -> Iterator[str]:
    for name, value in fields.items():
        yield f'add_header {name} "{value}" always;'


def compress(folder: Path) -> None:
    """Write a `.gz` and a `.br` beside every text; the same bytes every time."""
    texts = [
        path
        for path in folder.rglob("*")
        # The runtime comes with its copies: scripts/site/runtime.py.
        if path.suffix in COMPRESSED and path.is_file() and not _is_runtime(path, folder)
    ]
    with ThreadPoolExecutor() as pool:
        list(pool.map(_compress, texts))


def _is_runtime(path: Path, folder: Path) -> bool:
    return folder / FOLDER in path.parent.parents


def _compress(path: Path) -> None:
    text = path.read_bytes()
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(text, 9, mtime=0))
    # Nine tenths of the time that a site takes, if it is done anew; most pages are as they were.
    path.with_name(f"{path.name}.br").write_bytes(compress_bytes(text))


def _dump(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, resolve_path=True))
def main(folder: Path) -> None:
    """Prepare the site in FOLDER."""
    prepare(folder)


if __name__ == "__main__":
    main(prog_name="python -m scripts.site.headers")
