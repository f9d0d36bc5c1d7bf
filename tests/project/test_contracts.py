"""An import that a contract in pyproject.toml forbids is a red test."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.blocks import ROOT
from tests.support.patience import SECONDS

LINTER = Path(sys.executable).parent / "lint-imports"


PLANTED = {
    ("signing.py", "okx_guide.facts"): "A room",
    ("facts/__init__.py", "okx_guide.errors"): "A room",
    ("explain/engine.py", "okx_guide.diagnose.search"): "A room",
    ("diagnose/search.py", "okx_guide.sandbox.ports"): "A room",
    ("sandbox/rest/app.py", "okx_guide.session"): "The practice exchange is",
    ("sandbox/state/account.py", "okx_guide.errors"): "The practice exchange is",
    ("sandbox/admin.py", "okx_guide.diagnose.search"): "The practice exchange asks",
    ("sandbox/state/keyring.py", "okx_guide.sandbox.rest.app"): "In the practice exchange",
    ("sandbox/keypage/app.py", "okx_guide.sandbox.rest.app"): "In the practice exchange",
    ("sandbox/errors.py", "okx_guide.sandbox.state.clock"): "In the practice exchange",
    ("commands/clock.py", "scripts"): "What a user installs",
    ("pytest_plugin.py", "tests"): "What a user installs",
    ("../scripts/page/block.py", "scripts.site.finish"): "What runs in a page",
    ("../scripts/page/visit.py", "okx_guide.sandbox.server"): "What runs in a page",
}
"""By file and what it must not import: how the contract begins."""

NEW = {".": "A room", "sandbox": "In the practice exchange"}
"""By folder in which a module has no place: likewise."""


@pytest.fixture(scope="module")
def package_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and the scripts as they are, beside a `tests` with nothing in it."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("okx_guide", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "tests").mkdir()
    (folder / "tests" / "__init__.py").touch()
    return folder


@pytest.fixture(scope="module")
def broken(package_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By broken contract what the linter says, when all of that is planted at once."""
    folder = tmp_path_factory.mktemp("planted") / "copy"
    shutil.copytree(package_copy, folder)
    for file, imported in PLANTED:
        with (folder / "okx_guide" / file).open("a", encoding="utf-8") as opened:
            opened.write(f"\nimport {imported}\n")
    for room in NEW:
        (folder / "okx_guide" / room / "novelty.py").touch()

    code, output = lint(folder)

    assert code == 1, output
    _, *parts = re.split(r"^(\S.*)\n-+\n", output, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def lint(folder: Path) -> tuple[int, str]:
    """Run the linter; return its exit code and what it says."""
    result = subprocess.run(
        [LINTER, "--no-cache"],
        cwd=folder,
        env={"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


def test_the_contracts_are_kept(package_copy: Path) -> None:
    code, output = lint(package_copy)

    assert code == 0, output
    assert "0 broken" in output


@pytest.mark.parametrize(("file", "imported"), PLANTED)
def test_an_import_against_the_arrows_is_seen(
    broken: dict[str, str], file: str, imported: str
) -> None:
    folder = "okx_guide/" * (not file.startswith("../"))
    path = Path(folder + file.removeprefix("../")).with_suffix("")
    module = ".".join(path.parts).removesuffix(".__init__")
    contract = PLANTED[file, imported]

    [output] = [text for name, text in broken.items() if name.startswith(contract)]

    assert re.search(rf"^- +{module} -> {imported} \(l", output, re.MULTILINE), output


@pytest.mark.parametrize(("room", "contract"), NEW.items())
def test_a_module_without_a_place_is_seen(broken: dict[str, str], room: str, contract: str) -> None:
    [output] = [text for name, text in broken.items() if name.startswith(contract)]

    assert "novelty" in output


# --- no test imports a test ---------------------------------------------------------------


# What may be such an import: to parse every file takes seconds.
SUSPECT = re.compile(r"\b(?:from|import)\b[^#\n]*(?:\([^)]*)?\btest_")


def find_imported_tests(folder: Path) -> list[str]:
    """Return each import of a test module: pytest would run its tests with other fixtures."""
    imports = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if SUSPECT.search(text) else ():
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module or ''}.{alias.name}" for alias in node.names]
            else:
                continue
            imports += [
                f"{path.relative_to(folder)}:{node.lineno}: {name}"
                for name in names
                if any(part.startswith("test_") for part in name.split("."))
            ]
    return imports


@pytest.mark.parametrize("folder", ["tests", "scripts", "okx_guide"])
def test_no_test_is_imported(folder: str) -> None:
    # What two tests need stands in tests/support, or in the conftest.py of their folder.
    assert find_imported_tests(ROOT / folder) == []


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("import tests.site.test_html", "tests.site.test_html"),
        ("from tests.site.test_html import PATHS", "tests.site.test_html.PATHS"),
        ("from tests.site import html, test_html", "tests.site.test_html"),
        ("from tests.site import (\n    html,\n    test_html,\n)", "tests.site.test_html"),
        ("from .test_html import PATHS", "test_html.PATHS"),
        ("def later():\n    from tests.site import test_html", "tests.site.test_html"),
    ],
)
def test_an_imported_test_is_seen(statement: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(f"{statement}\n", encoding="utf-8")

    [line] = find_imported_tests(tmp_path)

    assert line.endswith(f": {name}")
