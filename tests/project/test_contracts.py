"""An import that a contract in pyproject.toml forbids is a red test."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.blocks import ROOT
from tests.support.patience import SECONDS

LINTER = Path(sys.executable).parent / "lint-imports"


@pytest.fixture
def package_copy(tmp_path: Path) -> Path:
    """The package and the scripts as they are, beside a `tests` with nothing in it."""
    for name in ("okx_guide", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    return tmp_path


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


@pytest.mark.parametrize(
    ("file", "imported", "contract"),
    [
        ("signing.py", "okx_guide.facts", "A room"),
        ("facts/__init__.py", "okx_guide.errors", "A room"),
        ("explain/engine.py", "okx_guide.diagnose.search", "A room"),
        ("diagnose/search.py", "okx_guide.sandbox.ports", "A room"),
        ("sandbox/rest/app.py", "okx_guide.session", "The practice exchange is"),
        ("sandbox/state/account.py", "okx_guide.errors", "The practice exchange is"),
        ("sandbox/admin.py", "okx_guide.diagnose.search", "The practice exchange asks"),
        ("sandbox/state/keyring.py", "okx_guide.sandbox.rest.app", "In the practice exchange"),
        ("sandbox/keypage/app.py", "okx_guide.sandbox.rest.app", "In the practice exchange"),
        ("sandbox/errors.py", "okx_guide.sandbox.state.clock", "In the practice exchange"),
        ("commands/clock.py", "scripts", "What a user installs"),
        ("pytest_plugin.py", "tests", "What a user installs"),
        ("../scripts/page/block.py", "scripts.site.finish", "What runs in a page"),
        ("../scripts/page/visit.py", "okx_guide.sandbox.server", "What runs in a page"),
    ],
)
def test_an_import_against_the_arrows_is_seen(
    package_copy: Path, file: str, imported: str, contract: str
) -> None:
    path = package_copy / "okx_guide" / file
    path.write_text(f"{path.read_text(encoding='utf-8')}\nimport {imported}\n", encoding="utf-8")

    code, output = lint(package_copy)

    assert code == 1, output
    broken = [line for line in output.splitlines() if "BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), output


@pytest.mark.parametrize("room", [".", "sandbox"])
def test_a_module_without_a_place_is_seen(package_copy: Path, room: str) -> None:
    (package_copy / "okx_guide" / room / "novelty.py").touch()

    code, output = lint(package_copy)

    assert code == 1, output
    assert "novelty" in output


# --- no test imports a test ---------------------------------------------------------------


def find_imported_tests(folder: Path) -> list[str]:
    """Return each import of a test module: pytest would run its tests with other fixtures."""
    imports = []
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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
        ("from .test_html import PATHS", "test_html.PATHS"),
        ("def later():\n    from tests.site import test_html", "tests.site.test_html"),
    ],
)
def test_an_imported_test_is_seen(statement: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(f"{statement}\n", encoding="utf-8")

    [line] = find_imported_tests(tmp_path)

    assert line.endswith(f": {name}")
