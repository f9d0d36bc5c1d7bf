"""The scripts of the pages: where they are, what they are written from, and who checks them."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from okx_guide import facts
from scripts.docs import tables
from scripts.site.runtime import FOLDER
from tests.plugins.blocks import DOCS, ROOT
from tests.support.dates import read_page_day
from tests.support.javascript import SCRIPTS
from tests.support.patience import SECONDS
from tests.support.tools import require_package, require_program

TOOLS = ROOT / "scripts" / "javascript"
LOCKS = [
    path
    for folder in ("docs", "scripts", "tests")
    for path in (ROOT / folder).rglob("package-lock.json")
]
ROOMS = ("diagnose", "explain", "run", "theme")
SUFFIXES = (".js", ".mjs", ".cjs")


# --- where they are ----------------------------------------------------------------------


def list_misplaced(docs: Path) -> Iterator[str]:
    """Yield the scripts of pages that lie elsewhere, or that some servers send as text."""
    for path in sorted(docs.rglob("*")):
        name = path.relative_to(docs)
        built = FOLDER in name.parents
        if path.suffix in SUFFIXES and name.parts[0] != "snippets" and not built:
            own = name.parts[:2] in [("javascripts", room) for room in ROOMS]
            if not own or path.suffix != ".js":
                yield name.as_posix()


def test_every_script_of_the_pages_has_its_room_and_ends_in_js() -> None:
    assert list(list_misplaced(DOCS)) == []
    assert set(ROOMS) == {path.name for path in SCRIPTS.iterdir()}


@pytest.mark.parametrize(
    "name", ["javascripts/theme/page.mjs", "javascripts/page.js", "troubleshooting/paste.js"]
)
def test_a_misplaced_script_is_named(name: str, tmp_path: Path) -> None:
    for each in (name, "javascripts/theme/page.js", "snippets/javascript/okx_request.mjs"):
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).touch()

    assert list(list_misplaced(tmp_path)) == [name]


def test_no_published_page_loads_a_module_that_is_not_called_js(site: Path) -> None:
    """Pyodide's own modules have a rule with their type: see scripts/site/headers.py."""
    published = {path.relative_to(site) for path in site.rglob("*.mjs")}

    assert {path.parts[0] for path in published if FOLDER not in path.parents} == {"snippets"}


# --- what they are written from ----------------------------------------------------------


@pytest.mark.parametrize("name", tables.MODULES)
def test_the_data_of_a_page_is_that_of_the_command(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")

    assert tables.MODULES[name](read_page_day()) == text, "run `make docs-update`"


def test_a_number_that_changed_is_written_into_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "javascripts" / "diagnose" / "catalogue.js"
    path.parent.mkdir(parents=True)
    before = tables.render_mistakes_module(facts.today())
    path.write_text(before.replace('"two_clock_reads_ms":2000', '"two_clock_reads_ms":2001'))

    tables.main([str(tmp_path)])

    assert before == path.read_text(encoding="utf-8")


# --- who checks them ---------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.parent.name)
def test_every_npm_package_is_locked_by_its_hash_and_by_no_address(lock: Path) -> None:
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]

    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def check(file: Path) -> str:
    """Return what Biome says about a file, with the settings of this project."""
    result = subprocess.run(
        [
            require_program("node"),
            require_package("@biomejs/biome/bin/biome"),
            "check",
            "--error-on-warnings",
            f"--config-path={TOOLS}",
            file.name,
        ],
        cwd=file.parent,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return result.stdout + result.stderr if result.returncode else ""


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("const url = 'one';\nconsole.log(url);\n", "format"),
        ("var one = 1;\nconsole.log(one);\n", "noVar"),
        ("let one = 1;\nconsole.log(one);\n", "useConst"),
        ("console.log(gone);\n", "noUndeclaredVariables"),
        ('import { one } from "./one.js";\n', "noUnusedImports"),
        ("if (self == 1) console.log(1);\n", "noDoubleEquals"),
    ],
    ids=["format", "var", "const", "undeclared", "unused", "equals"],
)
def test_a_fault_in_a_script_is_found(text: str, rule: str, tmp_path: Path) -> None:
    good = tmp_path / "good.js"
    good.write_text('const url = "one";\nconsole.log(url);\n', encoding="utf-8")
    bad = tmp_path / "bad.js"
    bad.write_text(text, encoding="utf-8")

    assert check(good) == ""
    assert rule in check(bad)


def test_a_fault_in_a_script_inside_a_page_is_found(tmp_path: Path) -> None:
    name = "overrides/partials/javascripts/palette.html"
    page = tmp_path / "palette.html"
    html = (ROOT / name).read_text(encoding="utf-8")
    page.write_text(html, encoding="utf-8")
    assert check(page) == ""

    page.write_text(html.replace("const dark =", "var dark ="), encoding="utf-8")
    assert "noVar" in check(page)


def test_every_script_of_ours_is_checked() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [line] = [line for line in makefile.splitlines() if line.startswith("JAVASCRIPT := ")]
    checked = [ROOT / name for name in line.split()[2:]]
    own = [
        path
        for folder in ("docs/javascripts", "okx_guide", "overrides", "scripts", "tests")
        for path in (ROOT / folder).rglob("*js")
        if path.suffix in SUFFIXES and "node_modules" not in path.parts
    ]

    assert [path for path in own if not any(path.is_relative_to(each) for each in checked)] == []
    assert len(own) > 10
