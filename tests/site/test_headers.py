"""What `make site` makes of a finished site: names with a hash, headers, compressed copies."""

import gzip
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import brotli
import pytest
import requests
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from scripts.site import headers as hosting
from scripts.site.errors import SiteError
from scripts.site.finish import finish
from scripts.site.runtime import FOLDER, WORKER
from scripts.site.serve import read_rules
from tests.support.nginx import serve_by_nginx
from tests.support.patience import SECONDS
from tests.support.tools import require_program

# What RFC 9239 registers, and what servers sent before it.
JAVASCRIPT = ("text/javascript", "application/javascript")
PAGE = """<!doctype html><html><head><meta charset="utf-8"><link rel="canonical" href="/">
<link rel="stylesheet" href="{up}own.css"><link rel="icon" href="{up}mark.svg">
<link rel="stylesheet" href="{up}main.57a0d79d.min.css"></head>
<body><img alt="" src="{up}mark.svg"><script src="{up}page.js?v=1"></script>
<script>one()</script><a href="{up}own.css">style</a></body></html>
"""


@pytest.fixture
def small_site(tmp_path: Path) -> Path:
    """A finished site of three pages."""
    folder = tmp_path / "site"
    (folder / "guide").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE.format(up=""), encoding="utf-8")
    (folder / "guide" / "index.html").write_text(PAGE.format(up="../"), encoding="utf-8")
    (folder / "404.html").write_text(PAGE.format(up="/"), encoding="utf-8")
    (folder / "own.css").write_text("body { color: red }", encoding="utf-8")
    (folder / "main.57a0d79d.min.css").write_text("a { color: blue }", encoding="utf-8")
    (folder / "mark.svg").write_text("<svg/>", encoding="utf-8")
    (folder / "page.js").write_text("two()", encoding="utf-8")
    (folder / "card.png").write_bytes(b"\x89PNG")
    (folder / "sitemap.xml").write_text(
        "<urlset><loc>https://guide.example/</loc></urlset>", encoding="utf-8"
    )
    runtime = folder / FOLDER / "0123abcd"
    runtime.mkdir(parents=True)
    for name in (WORKER, "pyodide.mjs"):
        (runtime / name).write_text("three()", encoding="utf-8")
    finish(folder)
    return folder


# --- names ------------------------------------------------------------------------------


def test_what_a_page_loads_has_its_hash_in_its_name(small_site: Path) -> None:
    hosting.prepare(small_site)

    for page, prefix in (("index.html", ""), ("guide/index.html", "../"), ("404.html", "/")):
        html = (small_site / page).read_text(encoding="utf-8")
        assert f'rel="stylesheet" href="{prefix}own.925e8741.css"' in html
        assert f'src="{prefix}mark.d4dc5666.svg"' in html
        assert f'src="{prefix}page.88cacf01.js"' in html
    assert (small_site / "own.925e8741.css").read_bytes() == (small_site / "own.css").read_bytes()


def test_a_site_in_a_folder_of_its_host_finds_its_files_too(small_site: Path) -> None:
    (small_site / "sitemap.xml").write_text(
        "<loc>https://me.example/guide-x/</loc>", encoding="utf-8"
    )
    (small_site / "404.html").write_text(PAGE.format(up="/guide-x/"), encoding="utf-8")

    hosting.prepare(small_site)

    assert 'href="/guide-x/own.925e8741.css"' in (small_site / "404.html").read_text(
        encoding="utf-8"
    )


def test_links_and_hashed_names_stay_as_they_are(small_site: Path) -> None:
    hosting.prepare(small_site)

    html = (small_site / "index.html").read_text(encoding="utf-8")
    assert '<a href="own.css">' in html
    assert 'href="main.57a0d79d.min.css"' in html
    assert 'rel="canonical" href="/"' in html


def test_what_follows_the_name_of_a_picture_stays(small_site: Path) -> None:
    page = small_site / "index.html"
    html = page.read_text(encoding="utf-8")
    page.write_text(html.replace("mark.svg", "mark.svg#only-light"), encoding="utf-8")

    hosting.prepare(small_site)

    assert 'src="mark.d4dc5666.svg#only-light"' in page.read_text(encoding="utf-8")


def test_another_content_is_another_name(small_site: Path) -> None:
    (small_site / "own.css").write_text("body { color: green }", encoding="utf-8")

    hosting.prepare(small_site)

    assert "own.925e8741.css" not in (small_site / "index.html").read_text(encoding="utf-8")


def test_twice_is_as_good_as_once(small_site: Path) -> None:
    def read_contents() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in small_site.rglob("*") if path.is_file()}

    hosting.prepare(small_site)
    first = read_contents()
    hosting.prepare(small_site)

    assert first == read_contents()


def test_a_file_that_is_not_there_is_named_with_page_and_line(small_site: Path) -> None:
    (small_site / "mark.svg").unlink()

    with pytest.raises(SiteError, match=r"404\.html:2: /mark\.svg is not there"):
        hosting.prepare(small_site)

    result = CliRunner().invoke(hosting.main, [str(small_site)])
    assert result.exit_code == 1
    assert "mark.svg" in result.stderr
    assert CliRunner().invoke(hosting.main, []).exit_code == 2


def test_every_file_that_the_real_pages_load_is_kept_for_a_year(hosted: Path) -> None:
    rules = hosting.list_headers(hosted)
    loaded = {
        (path.parent / (node.attrs.sget("src") or node.attrs.sget("href"))).resolve()
        for path in hosted.rglob("index.html")
        for node in LexborHTMLParser(path.read_bytes()).css(hosting.LOADED)
    }
    paths = {f"/{path.relative_to(hosted).as_posix()}".partition("#")[0] for path in loaded}

    assert {path for path in paths if "immutable" not in rules[path]["Cache-Control"]} == set()
    assert len(paths) >= 5


# --- headers ----------------------------------------------------------------------------


def test_the_policy_allows_the_scripts_of_every_page_and_no_frame(small_site: Path) -> None:
    rules = hosting.list_headers(small_site)
    policy = rules["/"]["Content-Security-Policy"]

    assert policy == rules["/guide/*"]["Content-Security-Policy"]
    assert policy == rules["/404.html"]["Content-Security-Policy"]
    # echo -n 'one()' | openssl dgst -sha256 -binary | base64
    assert "script-src 'self' 'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4=';" in policy
    assert policy.endswith("frame-ancestors 'none'")


def test_a_line_of_headers_is_as_long_as_hosts_allow(hosted: Path) -> None:
    lines = (hosted / "_headers").read_text(encoding="utf-8").splitlines()

    # Cloudflare Pages: 2,000 characters a line, 100 rules.
    assert max(map(len, lines)) < 2000
    assert len([line for line in lines if line.startswith("/")]) < 100


def test_no_header_is_said_twice(hosted: Path) -> None:
    rules = hosting.list_headers(hosted)
    addresses = [f"/{path.relative_to(hosted).as_posix()}" for path in hosted.rglob("*")]

    twice = {
        (address, name)
        for address in ["/", *addresses]
        for name, times in Counter(
            name
            for pattern, fields in rules.items()
            if fnmatchcase(address, pattern)
            for name in fields
        ).items()
        if times > 1
    }

    assert twice == set()
    assert len(addresses) > 500


def test_every_page_has_the_policy(hosted: Path) -> None:
    rules = hosting.list_headers(hosted)
    pages = [
        f"/{path.parent.relative_to(hosted).as_posix()}/" for path in hosted.rglob("index.html")
    ]

    for address in ("/404.html", *pages):
        [policy] = [
            fields["Content-Security-Policy"]
            for pattern, fields in rules.items()
            if fnmatchcase(address.replace("/./", "/"), pattern)
            and "Content-Security-Policy" in fields
        ]
        assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")


def test_every_form_says_the_same(small_site: Path) -> None:
    hosting.prepare(small_site)
    rules = hosting.list_headers(small_site)

    assert read_rules((small_site / "_headers").read_text(encoding="utf-8")) == list(rules.items())
    vercel = json.loads((small_site / "vercel.json").read_text(encoding="utf-8"))
    sources = {
        rule["source"]: {header["key"]: header["value"] for header in rule["headers"]}
        for rule in vercel["headers"]
    }
    assert list(sources.values()) == list(rules.values())
    assert [re.fullmatch(source, "/own.925e8741.css") is not None for source in sources].count(
        True
    ) == 2


@pytest.fixture
def nginx(small_site: Path, tmp_path: Path) -> Iterator[str]:
    """A real nginx that includes the lines we write for it."""
    hosting.prepare(small_site)
    with serve_by_nginx(small_site, tmp_path) as url:
        yield url


@pytest.mark.parametrize(
    ("path", "status", "kept"),
    [
        ("/", 200, "no-cache"),
        ("/guide/", 200, "no-cache"),
        ("/own.925e8741.css", 200, "public, max-age=31536000, immutable"),
        ("/nowhere", 404, "no-cache"),
    ],
)
def test_nginx_sends_them(nginx: str, small_site: Path, path: str, status: int, kept: str) -> None:
    answer = requests.get(f"{nginx}{path}", headers={"Accept-Encoding": "gzip"}, timeout=SECONDS)

    rules = hosting.list_headers(small_site)
    expected = rules["/*"] | rules["/"] | {"Cache-Control": kept, "Content-Encoding": "gzip"}
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in expected} == expected


def test_nginx_gives_the_worker_its_own_policy(nginx: str) -> None:
    # The rules of the runtime, which the fixture has put there.
    for name, kind in ((WORKER, ""), ("pyodide.mjs", "text/javascript; charset=utf-8")):
        answer = requests.get(f"{nginx}/{FOLDER.as_posix()}/0123abcd/{name}", timeout=SECONDS)

        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        policy = answer.headers["Content-Security-Policy"]
        assert ("wasm-unsafe-eval" in policy) == (name == WORKER)
        assert kind in answer.headers["Content-Type"]


def test_nginx_serves_a_script_as_javascript(nginx: str) -> None:
    """A browser runs no module that comes as anything else."""
    answer = requests.get(f"{nginx}/page.js", timeout=SECONDS)

    assert answer.headers["Content-Type"].partition(";")[0] in JAVASCRIPT


def test_nginx_sends_the_feed_as_one(nginx: str) -> None:
    answer = requests.get(f"{nginx}/changes.xml", timeout=SECONDS)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


# --- compressed copies ------------------------------------------------------------------


def test_every_text_has_a_compressed_copy_of_both_kinds(hosted: Path) -> None:
    texts = [path for path in hosted.rglob("*") if path.suffix in hosting.COMPRESSED]

    for path in texts:
        assert gzip.decompress(Path(f"{path}.gz").read_bytes()) == path.read_bytes()
        assert brotli.decompress(Path(f"{path}.br").read_bytes()) == path.read_bytes()
    assert len(texts) > 50


def test_a_picture_is_not_compressed_again(small_site: Path) -> None:
    hosting.prepare(small_site)

    assert not (small_site / "card.png.gz").exists()
    assert (small_site / "mark.svg.br").exists()


SCRIPTS = {
    "javascripts/theme/classic.js": '// one\nconst url = "https://a"; // two\nrun(url);\n',
    "javascripts/tool/entry.js": (
        'import { name } from "./part.js";\n'
        "/** Load more. */\n"
        'const more = () => import("./late.js");\n'
        "more().then(({ end }) => console.log(name, end, import.meta.url));\n"
    ),
    "javascripts/tool/part.js": 'export const name = "part";\n',
    "javascripts/tool/late.js": 'import { name } from "./part.js";\nexport const end = name;\n',
    "assets/theme.js": "// theme\n",
    "snippets/okx_request.mjs": "// snippet\n",
}


@pytest.fixture
def script_site(small_site: Path) -> Path:
    """A finished site with scripts of its own, of its theme and for readers."""
    for name, text in SCRIPTS.items():
        (small_site / name).parent.mkdir(parents=True, exist_ok=True)
        (small_site / name).write_text(text, encoding="utf-8")
    page = small_site / "index.html"
    html = page.read_text(encoding="utf-8")
    tags = (
        '<script type="module" src="javascripts/tool/entry.js"></script>'
        '<script src="javascripts/theme/classic.js"></script></body>'
    )
    page.write_text(html.replace("</body>", tags), encoding="utf-8")
    return small_site


def test_a_page_loads_one_short_script_for_each_of_its_modules(script_site: Path) -> None:
    hosting.prepare(script_site)

    scripts = script_site / "javascripts"
    names = sorted(
        re.sub("[0-9a-f]{8}|[0-9A-Z]{8}", "#", path.relative_to(scripts).as_posix())
        for path in scripts.rglob("*.js")
    )
    assert set(names) == {
        "chunk-#.js",
        "late-#.js",
        "theme/classic.js",
        "theme/classic.#.js",
        "tool/entry.js",
        "tool/entry.#.js",
        "run/python/#/worker.js",
    }
    assert (scripts / "theme" / "classic.js").read_text(encoding="utf-8") == (
        'const url="https://a";run(url);\n'
    )


def test_the_scripts_of_readers_and_of_the_theme_stay_as_they_are(script_site: Path) -> None:
    hosting.prepare(script_site)

    for name in ("assets/theme.js", "snippets/okx_request.mjs"):
        assert SCRIPTS[name] == (script_site / name).read_text(encoding="utf-8")


def test_a_short_script_does_what_its_modules_do(script_site: Path) -> None:
    hosting.prepare(script_site)
    [entry] = (script_site / "javascripts" / "tool").glob("entry.*.js")

    result = subprocess.run(
        [require_program("node"), "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", entry],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert (result.stderr, result.stdout) == ("", f"part part {entry.as_uri()}\n")


def test_scripts_are_shortened_once(script_site: Path) -> None:
    hosting.prepare(script_site)
    first = {path: path.read_bytes() for path in script_site.rglob("*") if path.is_file()}

    hosting.prepare(script_site)

    assert first == {path: path.read_bytes() for path in script_site.rglob("*") if path.is_file()}


def test_a_script_that_cannot_be_bundled_is_named(script_site: Path) -> None:
    (script_site / "javascripts" / "tool" / "part.js").unlink()

    result = CliRunner().invoke(hosting.main, [str(script_site)])

    assert result.exit_code == 1
    assert 'Could not resolve "./part.js"' in result.stderr
