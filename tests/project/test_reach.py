"""The wheel holds nothing that the library, the commands and the pytest plugin do not use."""

from copy import deepcopy

import grimp
import pytest
from grimp import ImportGraph

from okx_guide import _MODULES, __main__
from tests.plugins.blocks import ROOT

PACKAGE = ROOT / "okx_guide"
# What a user imports or runs. Names that are imported on first use are in two tables.
ENTRIES = (
    "okx_guide.__main__",
    "okx_guide.pytest_plugin",
    "okx_guide.sandbox",
    "okx_guide.signing",
    *(module for module, _ in __main__._COMMANDS.values()),  # noqa: SLF001  # the table of commands
    *(f"okx_guide.{module}" for module in _MODULES.values()),
)


@pytest.fixture(scope="module")
def graph() -> ImportGraph:
    return grimp.build_graph("okx_guide", cache_dir=None)


def list_unreached(graph: ImportGraph) -> list[str]:
    reached: set[str] = set()
    waiting = set(ENTRIES)
    while waiting:
        module = waiting.pop()
        reached.add(module)
        imported = graph.find_modules_directly_imported_by(module)
        # Whoever imports a module imports the packages around it.
        package = module.rpartition(".")[0]
        waiting |= (imported | ({package} if package else set())) - reached
    return sorted(graph.modules - reached)


def test_every_module_is_reached(graph: ImportGraph) -> None:
    assert list_unreached(graph) == []
    assert len(graph.modules) > len(ENTRIES)


def test_a_module_that_nothing_imports_is_named(graph: ImportGraph) -> None:
    changed = deepcopy(graph)
    changed.add_module("okx_guide.workshop")
    changed.add_import(importer="okx_guide.workshop", imported="okx_guide.facts")

    assert list_unreached(changed) == ["okx_guide.workshop"]


def list_unread(files: set[str], source: str) -> list[str]:
    """Return the data files of which no string in the source has the name, or its stem."""
    return sorted(
        name
        for name in files
        if not any(f'"{word}"' in source for word in (name, name.rpartition(".")[0]))
    )


def test_every_data_file_is_read() -> None:
    modules = [path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts]
    source = "\n".join(path.read_text(encoding="utf-8") for path in modules)
    data = {
        path.name
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and path.name != "py.typed"
    }

    # Templates may name each other.
    source += "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.html"))
    assert list_unread(data, source) == []
    assert "errors.json" in data


def test_a_data_file_that_nothing_reads_is_named() -> None:
    assert list_unread({"errors.json", "old.json"}, 'FILES = ("errors",)') == ["old.json"]
