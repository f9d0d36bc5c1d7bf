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
import shutil
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from pytest_markdown_docs._runners import DefaultRunner, register_runner
from pytest_markdown_docs.definitions import FenceTestDefinition

from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, running

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_INCLUDED = re.compile(r'--8<-- "(docs/snippets/[^"]+)"\n')
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
        """The program that stands here, if the fence holds nothing but its name."""
        found = _INCLUDED.fullmatch(self.content)
        return ROOT / found[1] if found else None

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@cache
def fences(page: Path) -> tuple[Fence, ...]:
    """Return the fences of a page that a Markdown parser sees, in order."""
    tokens = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    found = []
    for token in tokens:
        if token.type == "fence" and token.map:
            language, _, options = token.info.strip().partition(" ")
            found.append(Fence(page, token.map[0] + 1, language, options, token.content))
    return tuple(found)


def live_mode() -> str:
    """Return `demo` or `live` if the pages run against OKX (tests/plugins/live.py), or nothing."""
    return os.environ.get("OKX_GUIDE_LIVE", "")


def live_option(page: Path, line: int) -> str:
    """Return what the block at this line allows at OKX: see tests/plugins/live.py."""
    options = next(fence.options for fence in fences(page) if fence.line == line).split()
    return next((word for word in options if word.partition(":")[0] == "live"), "")


def shown_output(page: Path, line: int) -> str | None:
    """Return the `text` fence that follows the fence at this line, if there is one."""
    following = [fence for fence in fences(page) if fence.line > line]
    if following and following[0].language == "text":
        return following[0].content
    return None


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
    if live_mode() == "live":
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
    if live_mode() and live_option(page, line) == "live:own":
        return
    try:
        compare(shown_output(page, line), printed, f"{page}:{line}")
    except OutputError:
        if not os.environ.get("UPDATE_PAGES"):
            raise
        _new_outputs[page, line] = printed


def pytest_sessionfinish() -> None:
    """Write the outputs that `make docs-update` asked for."""
    # From the last line of a page to the first, so that no line moves before its turn.
    for (page, line), printed in sorted(_new_outputs.items(), reverse=True):
        lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
        start, end = _span(page, line)
        lines[start:end] = ["" if start < end else "\n", f"```text\n{printed}```\n"]
        page.write_text("".join(lines), encoding="utf-8")


def _span(page: Path, line: int) -> tuple[int, int]:
    """Return the lines that hold the output of the block at this line, counted from 0."""
    block = next(fence for fence in fences(page) if fence.line == line)
    following = [fence for fence in fences(page) if fence.line > line]
    shown = following[0] if following and following[0].language == "text" else None
    if shown is None:
        after = block.line + block.content.count("\n") + 1
        return after, after
    return shown.line - 1, shown.line + shown.content.count("\n") + 1


def compare(shown: str | None, printed: str, where: str) -> None:
    """Compare shown and printed output; `...` in the page stands for anything.

    Raises:
        OutputError: They differ.
    """
    if shown is None and printed:
        raise OutputError(f"{where} prints this, and the page does not show it:\n{printed}")
    if shown is not None and not _OUTPUT.check_output(shown, printed, _OUTPUT_FLAGS):
        example = doctest.Example("", shown)
        difference = _OUTPUT.output_difference(example, printed, _OUTPUT_FLAGS)
        raise OutputError(f"{where} prints something else than the page shows:\n{difference}")


def _run(nodes: list[ast.stmt], path: Path, namespace: dict[str, Any]) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        for node in nodes:
            # As the prompt runs it, which also shows the value of a bare expression; so a
            # block that prints what its page shows does so in a file and at the prompt.
            code = compile(ast.Interactive([node]), str(path), "single")
            exec(code, namespace)  # noqa: S102  # it is our own page
    return printed.getvalue()


# --- where the blocks run ---------------------------------------------------------------


@pytest.fixture(scope="session")
def practice_sandbox() -> Iterator[RunningSandbox]:
    """The sandbox as `make serve` starts it."""
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put the process where a reader is: the five variables set, an empty folder, a new day."""
    monkeypatch.chdir(tmp_path)
    if live_mode():
        # account/config allows five requests in two seconds, and blocks ask one by one.
        time.sleep(0.5)
        return
    sandbox: RunningSandbox = request.getfixturevalue("practice_sandbox")
    sandbox.exchange.reset()
    _enter(sandbox, monkeypatch)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def _pages_run_where_a_reader_is(request: pytest.FixtureRequest) -> None:
    if request.node.path.suffix == ".md":
        request.getfixturevalue("reader")


@pytest.fixture
def vectors(reader: None, tmp_path: Path) -> None:
    """As after the files of test vectors were downloaded."""
    for file in (DOCS / "vectors").glob("*.json"):
        shutil.copy(file, tmp_path)


@pytest.fixture
def live_key(reader: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As after `okx-guide sandbox --live`."""
    with _started_with(monkeypatch, demo=False):
        yield


@pytest.fixture
def two_profiles(reader: None, practice_sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The config file that the page shows, where the page puts it, and its second key made."""
    sample = next(f for f in fences(DOCS / "security" / "rotation.md") if f.language == "toml")
    folder = tmp_path / ".okx"
    folder.mkdir()
    (folder / "config.toml").write_text(sample.content, encoding="utf-8")
    strings = tomllib.loads(sample.content)["profiles"]["new"]
    practice_sandbox.exchange.keys.add(Key(**strings, label="new"))


@pytest.fixture
def rotated(two_profiles: None, practice_sandbox: RunningSandbox) -> None:
    """As after the old key was deleted on the practice page."""
    practice_sandbox.exchange.keys.delete(PRACTICE_KEY.api_key)


@pytest.fixture
def read_only_key(reader: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As after `okx-guide sandbox --perm read_only`."""
    with _started_with(monkeypatch, permissions=("read_only",)):
        yield


@pytest.fixture
def bound_key(reader: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As after `okx-guide sandbox --ip 203.0.113.7`."""
    with _started_with(monkeypatch, ips=("203.0.113.7/32",)):
        yield


@pytest.fixture
def managing_key(reader: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As after `okx-guide sandbox --ip 127.0.0.1`."""
    with _started_with(monkeypatch, ips=("127.0.0.1",)):
        yield


@pytest.fixture
def another_site(reader: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As after `okx-guide sandbox --sites`, with the REST host of another site."""
    with running(sites=("global", "us", "eea")) as sandbox:
        _enter(sandbox, monkeypatch)
        monkeypatch.setenv("OKX_API_BASE_URL", sandbox.hosts["us"].url)
        yield


@pytest.fixture
def ws_of_another_site(reader: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As after `okx-guide sandbox --sites`, with the WebSocket host of another site."""
    with running(sites=("global", "us", "eea")) as sandbox:
        _enter(sandbox, monkeypatch)
        monkeypatch.setenv("OKX_WS_URL", sandbox.hosts["us"].ws_demo)
        yield


@contextmanager
def _started_with(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Iterator[None]:
    """Enter a sandbox of its own, whose ready key is changed."""
    with running([replace(PRACTICE_KEY, **changes)]) as sandbox:
        _enter(sandbox, monkeypatch)
        yield


def _enter(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.environ.items():
        monkeypatch.setenv(name, value)
    # A proxy of the reader's machine has no business on loopback.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
