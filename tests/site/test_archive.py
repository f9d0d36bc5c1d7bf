"""The archive works from disk: links, pictures and search, without any network."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect

from scripts.site import archive as offline
from scripts.site import bundle
from scripts.site.errors import SiteError
from tests.plugins.blocks import ROOT
from tests.support.html import pages
from tests.support.patience import SECONDS
from tests.support.tools import require_program


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder / "site"],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "OFFLINE": "true"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    packed = CliRunner().invoke(offline.main, [str(folder / "site"), str(folder / "okx-guide.zip")])
    assert packed.exit_code == 0, packed.output
    return folder / "okx-guide.zip"


@pytest.fixture(scope="module")
def archive_folder(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader's folder; with a space and an umlaut, as on many a disk."""
    folder = tmp_path_factory.mktemp("Meine Bücher")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder / "okx-guide"


def find_missing_files(folder: Path) -> list[str]:
    """Return what the pages of a folder link to, or load, and what is not in it."""
    return [
        f"{page.name}:{line}: {url}"
        for page in pages(folder)
        for line, url in page.links
        if ":" not in url and urldefrag(url).url
        if not (page.path.parent / unquote(urldefrag(url).url)).is_file()
    ]


def test_every_link_leads_to_a_file_of_the_archive(archive_folder: Path) -> None:
    assert find_missing_files(archive_folder) == []


def test_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "there.html").touch()
    (tmp_path / "index.html").write_text(
        "<a href='there.html#b'></a><a href='#b'></a><a href='https://example.com/'></a>"
        "<a href='gone.html#b'></a><img src='gone%20too.png'>",
        encoding="utf-8",
    )

    assert find_missing_files(tmp_path) == [
        "index.html:1: gone.html#b",
        "index.html:1: gone%20too.png",
    ]


def test_the_search_works_from_disk(archive_folder: Path, page: Page) -> None:
    """The fixture `page` fails on any request to elsewhere, and on any error."""
    page.goto((archive_folder / "guide" / "create.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("passphrase")

    first = page.locator(".md-search-result__item a").first
    first.wait_for()
    with page.expect_navigation():
        first.click()

    assert page.url.startswith(archive_folder.as_uri())
    assert "passphrase" in page.locator("article").inner_text().lower()


def test_the_debugger_works_from_disk(archive_folder: Path, page: Page) -> None:
    page.goto((archive_folder / "troubleshooting" / "invalid-sign.html").as_uri())
    verifying = page.locator("#panel-verify")
    verifying.get_by_label("Typed into this page").check()
    verifying.get_by_role("button", name="Find the mistake").click()

    verdict = verifying.get_by_role("status")
    expect(verdict).to_contain_text("query-missing")
    assert page.locator("#needs-javascript").is_hidden()
    verdict.get_by_role("link", name="Read: Signing rules").click()
    expect(page.locator("#the-query-belongs-to-the-path")).to_be_visible()
    assert page.url.endswith("/reference/signing.html#the-query-belongs-to-the-path")


def test_the_debugger_signs_from_disk(archive_folder: Path, page: Page) -> None:
    page.goto((archive_folder / "troubleshooting" / "invalid-sign.html").as_uri())
    signing = page.locator("#panel-sign")
    signing.get_by_label("Typed into this page").check()

    expect(signing.get_by_label("The signature", exact=True)).to_have_text(
        "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="
    )


def test_an_error_can_be_pasted_from_disk(archive_folder: Path, page: Page) -> None:
    page.goto((archive_folder / "troubleshooting" / "index.html").as_uri())
    page.get_by_label("Paste your error").fill('{"code":"50113","msg":"Invalid Sign"}')

    result = page.get_by_role("main").locator("div[role=status]")
    expect(result).to_contain_text("The secret is wrong, changed, or from another key.")
    result.get_by_role("link").first.click()
    expect(page.locator("#one-source-never-two")).to_be_visible()
    assert page.url.endswith("/security/storing-keys.html#one-source-never-two")


def test_a_page_says_from_disk_why_no_block_runs(archive_folder: Path, page: Page) -> None:
    sentence = "In a page that is read from disk a browser starts no Python."
    for address, times in (
        ("guide/validate.html", 5),  # of every block
        ("guide/create.html", 1),  # of the key page
        ("playground/index.html", 1),
    ):
        page.goto((archive_folder / address).as_uri())
        expect(page.locator("article")).to_contain_text("read from disk")
        for place in page.locator("article :is(.language-python, .key-page)").all():
            place.scroll_into_view_if_needed()
        expect(page.get_by_text(sentence)).to_have_count(times)
        expect(page.locator(".run__button")).to_have_count(0)


def test_no_page_of_the_archive_loads_a_module(archive_folder: Path) -> None:
    pages = [path.read_text(encoding="utf-8") for path in archive_folder.rglob("*.html")]

    assert [html for html in pages if re.search(r"""type=["']?module""", html)] == []
    scripts = archive_folder / "javascripts"
    assert {path.relative_to(scripts).as_posix() for path in scripts.rglob("*.js")} == {
        "diagnose/debugger.js",
        "explain/filter.js",
        "explain/paste.js",
        "run/playground.js",
        "theme/home.js",
        "theme/page.js",
        "theme/question.js",
        "theme/search-later.js",
    }


def test_a_page_says_from_disk_how_else_it_is_copied(
    archive_folder: Path, page: Page, problems: list[str]
) -> None:
    """A browser fetches no file from disk."""
    page.goto((archive_folder / "guide" / "create.html").as_uri())
    page.get_by_role("button", name="Copy as Markdown").click()

    expect(page.locator(".page-line [role=status]")).to_have_text(
        "Not copied: open the Markdown instead"
    )
    assert [problem[:21] for problem in problems] == ["Fetch API cannot load"]
    problems.clear()


def test_the_license_of_what_is_put_in_comes_with_it(archive_folder: Path) -> None:
    script = (archive_folder / "iframe-worker.js").read_text(encoding="utf-8")

    assert script.startswith("/*! iframe-worker\n\nCopyright (c)")
    assert "Permission is hereby granted" in script


def test_an_address_of_no_page_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "search_index.js").write_text("", encoding="utf-8")
    html = '<script src="https://unpkg.com/iframe-worker/shim"></script>'
    (tmp_path / "index.html").write_text(html, encoding="utf-8")
    (tmp_path / "javascripts").mkdir()
    data = 'export default {"page":"/gone/#here"};'
    (tmp_path / "javascripts" / "data.js").write_text(data, encoding="utf-8")

    with pytest.raises(SiteError, match=r"No page of .* is /gone/"):
        offline.finish(tmp_path)


def test_the_archive_is_small_and_has_one_folder(archive: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()

    assert {name.partition("/")[0] for name in names} == {"okx-guide"}
    assert archive.stat().st_size < 3_000_000
    assert [name for name in names if name.endswith(".map")] == []


def test_the_same_site_makes_the_same_archive(archive_folder: Path, tmp_path: Path) -> None:
    offline.pack(archive_folder, tmp_path / "one.zip")
    for path in archive_folder.rglob("*"):
        os.utime(path, (0, 0))
    offline.pack(archive_folder, tmp_path / "two.zip")

    first, second = ((tmp_path / name).read_bytes() for name in ("one.zip", "two.zip"))
    assert first.replace(b"one/", b"two/") == second


def test_a_site_of_another_kind_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(offline.main, [str(tmp_path), str(tmp_path / "a.zip")])

    assert result.exit_code == 1
    assert f"Error: {tmp_path} was not built with OFFLINE=true.\n" == result.stderr
    assert CliRunner().invoke(offline.main, []).exit_code == 2


def test_a_search_that_fetches_nothing_is_noticed(tmp_path: Path) -> None:
    """Then the script need not be put in any more, or has another address."""
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "search_index.js").write_text("", encoding="utf-8")
    (tmp_path / "index.html").write_text("<script src='own.js'></script>", encoding="utf-8")

    with pytest.raises(SiteError, match=r"index\.html does not fetch https://unpkg"):
        offline.finish(tmp_path)


# --- modules become scripts --------------------------------------------------------------

MODULES = {
    "entry.js": """
        import data from "./data.js";
        import { one } from "./deep/one.js";
        const hidden = "entry";
        console.log([one(), data.key, import.meta.url, hidden].join());
        import("./late.js").then(({ word }) => console.log(word));
    """,
    "deep/one.js": "const hidden = 1;\nexport const one = () => hidden;\n",
    "data.js": 'export default {"key":"import export"};\n',
    "late.js": 'import { one } from "./deep/one.js";\nexport const word = `late ${one()}`;\n',
}


def write_modules(folder: Path, **changed: str) -> Path:
    for name, text in {**MODULES, **changed}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "entry.js"


def test_a_script_does_what_its_modules_do(tmp_path: Path) -> None:
    script, imports = bundle.bundle_script(write_modules(tmp_path))

    (tmp_path / "script.cjs").write_text(
        f"const document = {{ currentScript: {{ src: 'file:///here.js' }} }};\n{script}",
        encoding="utf-8",
    )
    result = subprocess.run(
        [require_program("node"), tmp_path / "script.cjs"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (result.stderr, result.stdout) == ("", "1,import export,file:///here.js,entry\nlate 1\n")
    assert [tmp_path / name for name in ("data.js", "deep/one.js", "late.js")] == imports


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("data.js", 'import "./gone.js";', 'Could not resolve "./gone.js"'),
        (
            "data.js",
            'import { two } from "./deep/one.js";',
            'No matching export .* for import "two"',
        ),
        ("data.js", "export default {", "found end of file"),
    ],
    ids=["module", "name", "syntax"],
)
def test_what_cannot_be_bundled_is_named(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    entry = write_modules(tmp_path, **{name: text})

    with pytest.raises(SiteError, match="esbuild cannot bundle the scripts") as refused:
        bundle.bundle_script(entry)

    assert re.search(message, str(refused.value))
    assert name in str(refused.value)


def test_a_missing_tool_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "_PACKAGES", tmp_path)

    with pytest.raises(SiteError, match=r"has no @esbuild/.* make \.venv/node_modules"):
        bundle.bundle_script(write_modules(tmp_path))
