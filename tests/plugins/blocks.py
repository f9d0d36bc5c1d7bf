"""Run the pages' Python blocks as a reader would: paste, run, compare what is printed.

pytest-markdown-docs finds the blocks; this runner closes its gaps (version 0.9.2, pinned):
it lets a block's output leak, checks no output, runs a block twice when it raises
`TypeError`, and hands fixture values to the block, which no reader has.
"""

import ast
import doctest
import io
import os
import re
import time
from collections.abc import Generator, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from pytest_markdown_docs._runners import DefaultRunner, register_runner
from pytest_markdown_docs.definitions import FenceTestDefinition
from pytest_markdown_docs.plugin import MarkdownDocstringCodeModule, MarkdownInlinePythonItem

from okx_guide.sandbox import RunningSandbox, running
from okx_guide.sandbox.server import make_environ
from scripts.page.block import execute
from scripts.page.start import SITES, STARTS, prepare

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_INCLUDED = re.compile(r'--8<-- "(docs/snippets/[^":]+)(?::(\w+))?"\n')
_OUTPUT = doctest.OutputChecker()
# What `make docs-update` will write, by page and line of the block.
_new_outputs: dict[tuple[Path, int], str] = {}
_OUTPUT_FLAGS = doctest.ELLIPSIS | doctest.REPORT_NDIFF


class BlockError(Exception):
    """A block raised `TypeError`. Under that name the plugin would run the block again."""


class OutputError(AssertionError):
    """A block printed something else than its page shows."""


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block of a page.

    Attributes:
        page: The file.
        line: Line of the opening fence, counted from 1.
        language: The first word after the fence.
        options: What stands in braces after it.
        content: The text inside.
    """

    page: Path
    line: int
    language: str
    options: str
    content: str

    @property
    def included(self) -> Path | None:
        """The program that stands here, whole or in part, if the fence holds only its name."""
        match = _INCLUDED.fullmatch(self.content)
        return ROOT / match[1] if match else None

    @property
    def part(self) -> str:
        """The name of the part of the program that stands here; empty for the whole."""
        match = _INCLUDED.fullmatch(self.content)
        return (match[2] or "") if match else ""

    @property
    def start(self) -> str:
        """The name of the state in which it starts: one of `scripts.page.start.STARTS`."""
        match = re.search(r'\bdata-start="(\w+)"', self.options)
        return match[1] if match else ""

    @property
    def text(self) -> str:
        """What a reader sees in it, also if it is included."""
        return self.included.read_text(encoding="utf-8") if self.included else self.content

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for blocks in pages only: the examples of a docstring are doctests.

    To parse every docstring as Markdown takes a third of the time in which tests are collected.
    """
    collectors = yield
    return [each for each in collectors if not isinstance(each, MarkdownDocstringCodeModule)]


def pytest_markdown_docs_markdown_it() -> MarkdownIt:
    """Return the parser of the pages: it leaves alone what stands inside a paragraph.

    Only fences are asked for, and each process parses every page.
    """
    return MarkdownIt("commonmark").disable("inline")


@cache
def fences(page: Path) -> tuple[Fence, ...]:
    """Return the fences of a page that a Markdown parser sees, in order."""
    tokens = pytest_markdown_docs_markdown_it().parse(page.read_text(encoding="utf-8"))
    page_fences = []
    for token in tokens:
        if token.type == "fence" and token.map:
            language, _, options = token.info.strip().partition(" ")
            page_fences.append(Fence(page, token.map[0] + 1, language, options, token.content))
    return tuple(page_fences)


def read_live_mode() -> str:
    """Return `demo` or `live` if the pages run against OKX (tests/plugins/live.py), or nothing."""
    return os.environ.get("OKX_GUIDE_LIVE", "")


def find_live_option(page: Path, line: int) -> str:
    """Return what the block at this line allows at OKX: see tests/plugins/live.py."""
    options = next(fence.options for fence in fences(page) if fence.line == line).split()
    return next((word for word in options if word.partition(":")[0] == "live"), "")


def find_shown_output(page: Path, line: int) -> str | None:
    """Return the `text` fence that follows the fence at this line, if there is one."""
    shown = _find_output(page, line)
    return shown.content if shown else None


def _find_output(page: Path, line: int) -> Fence | None:
    """Return the `text` fence after the fence at this line, and after its twin for PowerShell."""
    following = [
        fence for fence in fences(page) if fence.line > line and fence.language != "powershell"
    ]
    return following[0] if following and following[0].language == "text" else None


@register_runner(default=True)
class PageRunner(DefaultRunner):
    """Run one block on its own and compare what it prints with what its page shows."""

    def runtest(
        self, test: FenceTestDefinition, args: dict[str, Any], *, asyncio_runner: object = None
    ) -> None:
        try:
            run_block(test.source, Path(test.source_path), test.start_line)
        except TypeError as error:
            raise BlockError(f"TypeError: {error}").with_traceback(error.__traceback__) from None


def run_block(source: str, page: Path, line: int) -> None:
    """Run one block and compare what it prints with what its page shows.

    Args:
        source: The code, moved down so that its line numbers are those of the page. A
            continued block has its predecessors in front.
        page: The file.
        line: Line of the opening fence, counted from 1.

    Raises:
        OutputError: It prints something else.
    """
    if read_live_mode() == "live":
        source = source.replace("demo=True", "demo=False")
    tree = ast.parse(source, filename=str(page))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    # The predecessors' output was compared when it was their turn.
    _run([node for node in tree.body if node.lineno <= line], page, namespace)
    printed = _run([node for node in tree.body if node.lineno > line], page, namespace)
    if page.suffix == ".md":
        check_output(page, line, printed)


def check_output(page: Path, line: int, printed: str) -> None:
    """Compare what the block at this line printed with what its page shows.

    With `UPDATE_PAGES` set (`make docs-update`), a difference is kept, to be written into the
    page when all blocks have run.

    Raises:
        OutputError: They differ.
    """
    if read_live_mode() and find_live_option(page, line) == "live:own":
        return
    try:
        compare(find_shown_output(page, line), printed, f"{page}:{line}")
    except OutputError:
        if not os.environ.get("UPDATE_PAGES"):
            raise
        _new_outputs[page, line] = printed


def pytest_sessionfinish() -> None:
    """Write the outputs that `make docs-update` asked for."""
    # From the last line of a page to the first, so that no line moves before its turn.
    for (page, line), printed in sorted(_new_outputs.items(), reverse=True):
        lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
        start, end = _find_span(page, line)
        # The info string says how the block looks: it stays.
        opening = lines[start] if start < end else "\n```text\n"
        shown = "".join(lines[start + 1 : end - 1])
        lines[start:end] = [opening, keep_dots(shown, printed), "```\n"]
        page.write_text("".join(lines), encoding="utf-8")


def keep_dots(shown: str, printed: str) -> str:
    """Return a printed output with the `...` of the lines that the page shows already.

    A line of dots alone is not kept: it may stand for any number of lines.

    Examples:
        >>> keep_dots("at ... s", "at 17 s")
        'at ... s'
    """
    patterns = [line for line in shown.splitlines(keepends=True) if line.strip(" .\n")]
    patterns = [line for line in patterns if "..." in line]
    lines = printed.splitlines(keepends=True)
    for number, line in enumerate(lines):
        match = next((p for p in patterns if _OUTPUT.check_output(p, line, _OUTPUT_FLAGS)), None)
        if match:
            patterns.remove(match)
            lines[number] = match
    return "".join(lines)


def _find_span(page: Path, line: int) -> tuple[int, int]:
    """Return the lines that hold the output of the block at this line, counted from 0."""
    block = next(fence for fence in fences(page) if fence.line == line)
    shown = _find_output(page, line)
    if shown is None:
        after = block.line + block.content.count("\n") + 1
        return after, after
    return shown.line - 1, shown.line + shown.content.count("\n") + 1


def compare(shown: str | None, printed: str, place: str) -> None:
    """Compare shown and printed output; `...` in the page stands for anything.

    Raises:
        OutputError: They differ.
    """
    if shown is None and printed:
        raise OutputError(f"{place} prints this, and the page does not show it:\n{printed}")
    if shown is not None and not _OUTPUT.check_output(shown, printed, _OUTPUT_FLAGS):
        example = doctest.Example("", shown)
        difference = _OUTPUT.output_difference(example, printed, _OUTPUT_FLAGS)
        raise OutputError(f"{place} prints something else than the page shows:\n{difference}")


def _run(nodes: list[ast.stmt], path: Path, namespace: dict[str, Any]) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        execute(nodes, str(path), namespace)
    return printed.getvalue()


# --- where the blocks run ---------------------------------------------------------------


@pytest.fixture(scope="session")
def practice_sandbox() -> Iterator[RunningSandbox]:
    """A sandbox with the sites that the blocks ask for."""
    with running(sites=SITES) as sandbox:
        yield sandbox


@pytest.fixture
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put the process where a reader is: the five variables set, an empty folder, a new day."""
    monkeypatch.chdir(tmp_path)
    if read_live_mode():
        # account/config allows five requests in two seconds, and blocks ask one by one.
        time.sleep(0.5)
        return
    sandbox: RunningSandbox = request.getfixturevalue("practice_sandbox")
    start = STARTS[find_start_option(request.node)]
    files = {file: (DOCS / file).read_text(encoding="utf-8") for file in start.files.values()}
    key = prepare(sandbox.exchange, start, files)
    variables = make_environ(sandbox.hosts[start.rest], key)
    variables["OKX_WS_URL"] = make_environ(sandbox.hosts[start.ws], key)["OKX_WS_URL"]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    # A proxy of the reader's machine has no business on loopback.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path))
    for place, file in start.files.items():
        path = tmp_path / place.removeprefix("~/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(files[file], encoding="utf-8")


def find_start_option(item: pytest.Item) -> str:
    """Return the name of the start that a block asks for, as in `data-start="live_key"`."""
    if not isinstance(item, MarkdownInlinePythonItem):
        return ""
    fence = next(fence for fence in fences(item.path) if fence.line == item.start_line)
    return fence.start


@pytest.fixture(autouse=True)
def _pages_run_where_a_reader_is(request: pytest.FixtureRequest) -> None:
    if request.node.path.suffix == ".md":
        request.getfixturevalue("reader")
        request.getfixturevalue("memory_keyring")
