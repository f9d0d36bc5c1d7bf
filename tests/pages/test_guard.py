"""The signing page guards signing.py: break any part of the module, and the page fails.

Each mutant changes one thing: a statement is taken out, a condition turned round, a
constant changed. Annotations and docstrings are left alone, they do nothing.
"""

import ast
import copy
import sys
import types
from collections.abc import Iterator

import pytest

import okx_guide
from tests.plugins.blocks import DOCS, ROOT, fences, run_block

SOURCE = (ROOT / "okx_guide" / "signing.py").read_text(encoding="utf-8")
PAGE = DOCS / "reference" / "signing.md"


def list_statements(tree: ast.Module) -> Iterator[tuple[list[ast.stmt], int]]:
    """Yield every statement that does something, as the list it is in and its index."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == "HasCredentials":
            node.body.clear()  # a protocol: read by type checkers, never run
            node.body.append(ast.Pass())
        body = getattr(node, "body", None)
        if not isinstance(body, list):  # of a lambda or a conditional expression
            continue
        for index, statement in enumerate(body):
            is_docstring = isinstance(statement, ast.Expr) and isinstance(
                statement.value, ast.Constant
            )
            definitions = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Pass)
            if not is_docstring and not isinstance(statement, definitions):
                yield body, index


def list_constants(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield every text, number and truth value that is not a docstring or an annotation."""
    idle: set[int] = set()
    for node in ast.walk(tree):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if annotation is not None:
                idle |= {id(part) for part in ast.walk(annotation)}
        if isinstance(node, ast.Expr):
            idle.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value is not None and id(node) not in idle:
            yield node


def change_value(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "X"
    assert isinstance(value, (int, float))
    return value * 1000 + 1


def generate_mutants() -> Iterator[tuple[str, ast.Module]]:
    original = ast.parse(SOURCE)
    for number in range(len(list(list_statements(copy.deepcopy(original))))):
        tree = copy.deepcopy(original)
        body, index = list(list_statements(tree))[number]
        statement = body[index]
        line = statement.lineno
        if isinstance(statement, ast.If):
            statement.test = ast.UnaryOp(ast.Not(), statement.test)
            yield f"line {line}: condition turned round", tree
        else:
            body[index] = ast.Pass()
            yield f"line {line}: statement taken out", tree
    for number in range(len(list(list_constants(copy.deepcopy(original))))):
        tree = copy.deepcopy(original)
        constant = list(list_constants(tree))[number]
        original_value = constant.value
        constant.value = change_value(original_value)  # type: ignore[assignment]  # any constant will do
        yield f"line {constant.lineno}: {original_value!r} changed", tree


def is_page_failing(tree: ast.Module, monkeypatch: pytest.MonkeyPatch) -> bool:
    module = types.ModuleType("okx_guide.signing")
    try:
        exec(compile(ast.fix_missing_locations(tree), "mutant", "exec"), module.__dict__)  # noqa: S102  # our own module
        monkeypatch.setitem(sys.modules, "okx_guide.signing", module)
        for name in okx_guide.__all__:
            if hasattr(module, name):
                monkeypatch.setattr(okx_guide, name, getattr(module, name))
        for fence in fences(PAGE):
            if fence.language == "python":
                run_block("\n" * fence.line + fence.content, PAGE, fence.line)
    except Exception:  # noqa: BLE001  # however it fails, the page has noticed
        return True
    return False


def test_the_page_passes_with_the_module_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_page_failing(ast.parse(SOURCE), monkeypatch) is False


def test_the_page_fails_with_any_part_of_the_module_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    all_mutants = dict(generate_mutants())

    survivors = []
    for name, tree in all_mutants.items():
        with monkeypatch.context() as patch:
            if not is_page_failing(tree, patch):
                survivors.append(name)

    assert survivors == []
    assert len(all_mutants) > 60
