"""Render a Python module's signatures and docstrings as Markdown, from its source.

The pages name modules and classes with the directive of mkdocstrings, `::: package.module`. Their
Markdown copies get the same names from here. Nothing is imported: the source is only read.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class UnknownNameError(LookupError):
    """A page names a module, a class or a function that is not in the source."""


def render_stub(name: str, options: Mapping[str, Any], root: Path) -> str:
    """Return the part of a page that documents a name.

    Args:
        name: A module, or a name in one, with dots.
        options: Those of mkdocstrings; `members` says which names, and in which order.
        root: The folder of the package.

    Raises:
        UnknownNameError: The source has no such module, or the module no such name.
    """
    path, name_inside = _find_file(name, root)
    lines = path.read_text(encoding="utf-8").splitlines()
    module = ast.parse("\n".join(lines))
    members = options.get("members") or []
    if name_inside:
        return _render_entry(name_inside, _cut(module, name_inside, members, lines, name))
    entries = (_render_entry(member, _cut(module, member, [], lines, name)) for member in members)
    return "\n\n".join([ast.get_docstring(module) or "", *entries])


def _find_file(name: str, root: Path) -> tuple[Path, str]:
    """Return the file of the module in a dotted name, and what follows the module."""
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        folder = root.joinpath(*parts[:size])
        for path in (folder.with_suffix(".py"), folder / "__init__.py"):
            if path.is_file():
                return path, ".".join(parts[size:])
    raise UnknownNameError(f"{name} is no module in {root}.")


def _render_entry(name: str, source: str) -> str:
    return f"### {name}\n\n```python\n{source}\n```"


def _cut(
    module: ast.Module, name: str, members: Collection[str], lines: list[str], page: str
) -> str:
    """Return the source of a top-level name of a module, without function bodies."""
    for node, following in zip(module.body, [*module.body[1:], None], strict=True):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if node.name == name:
                return "\n".join(_cut_lines(node, members, lines))
            case ast.AnnAssign(target=ast.Name(id=target)) if target == name:
                has_text = isinstance(following, ast.Expr)
                end = following.end_lineno if following and has_text else node.end_lineno
                return "\n".join(lines[node.lineno - 1 : end])
            case _:
                pass
    raise UnknownNameError(f"{page} documents {name}, which the module does not define.")


def _cut_lines(node: _Definition, members: Collection[str], lines: list[str]) -> Iterator[str]:
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    first = node.body[0]
    if ast.get_docstring(node):
        yield from lines[start - 1 : first.end_lineno]
    elif isinstance(node, ast.ClassDef):
        yield from lines[start - 1 : first.lineno - 1]
    elif first.lineno == node.lineno:
        yield from lines[start - 1 : first.end_lineno]
    else:
        yield from lines[start - 1 : first.lineno - 1]
        yield f"{' ' * (node.col_offset + 4)}..."
    if isinstance(node, ast.ClassDef):
        yield from _cut_member_lines(node, members, lines)


def _cut_member_lines(
    owner: ast.ClassDef, members: Collection[str], lines: list[str]
) -> Iterator[str]:
    """Yield the lines of the public fields, and of the methods that have a docstring."""
    is_in_fields = False
    for node in owner.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)) if _is_public(name, members):
                yield from () if is_in_fields else ("",)
                yield from lines[node.lineno - 1 : node.end_lineno]
                is_in_fields = True
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                is_documented = ast.get_docstring(node) and _is_public(name, members)
                if name == "__init__" or is_documented:
                    yield ""
                    yield from _cut_lines(node, [], lines)
            case _:
                pass


def _is_public(name: str, members: Collection[str]) -> bool:
    return name in members if members else not name.startswith("_")
