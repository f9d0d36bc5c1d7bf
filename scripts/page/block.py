"""Run one block of code as a Python prompt would, and report its outcome."""

import ast
import difflib
import linecache
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import TextIOBase
from types import TracebackType
from typing import Any

LONGEST = 100_000
"""Characters that a block may print."""

_FLUSH_AT = 4_000

# Python's messages where a page cannot do something, each with advice.
_ADVICE: tuple[tuple[type[BaseException], str, str], ...] = (
    (
        ModuleNotFoundError,
        "",
        "This page has the standard library, requests, websockets and okx_guide. For another "
        "package, run the code on your machine.",
    ),
    (
        RuntimeError,
        "can't start new thread",
        "A page has one thread. Call the functions one after the other, or run the code on your "
        "machine.",
    ),
    (
        EOFError,
        "input()",
        "Put the answer into the code: choose Edit, and write it where input() stands.",
    ),
    (
        OSError,
        "emscripten",
        "A page starts no other program. Run the code on your machine.",
    ),
)


class OutputError(BaseException):
    """The block printed too much. The block's own `except Exception` must not catch it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a block.

    Attributes:
        printed: What it printed.
        error: The traceback, with the reader's own lines only; empty if there is none.
        advice: What to do about it; also a remark on a block that exited by itself.
        is_same: Whether it printed what its page shows; None if there is nothing to compare.
        difference: The lines that differ.
    """

    printed: str
    error: str = ""
    advice: str = ""
    is_same: bool | None = None
    difference: str = ""


class Output(TextIOBase):
    """Collects what is printed, and passes it on while the block runs.

    Args:
        emit: Takes the next piece.

    Raises:
        OutputError: The block prints more than a page can show.
    """

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._emit = emit
        self._parts: list[str] = []
        self._waiting: list[str] = []
        self._size = self._waiting_size = 0

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._parts)

    def write(self, text: str) -> int:
        """Take the next piece."""
        piece = text[: LONGEST - self._size]
        self._parts.append(piece)
        self._waiting.append(piece)
        self._size += len(piece)
        self._waiting_size += len(piece)
        if len(piece) < len(text):
            raise OutputError
        if self._waiting_size >= _FLUSH_AT:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Pass on what is buffered."""
        if self._waiting:
            self._emit("".join(self._waiting))
        self._waiting.clear()
        self._waiting_size = 0

    def writable(self) -> bool:
        """Return True: it can be printed to."""
        return True


def execute(nodes: list[ast.stmt], name: str, namespace: dict[str, Any]) -> None:
    """Run statements as the prompt runs them, which also shows the value of a bare expression.

    So a block that prints what its page shows does so in a file and at the prompt.

    Args:
        nodes: The statements.
        name: Stands for their file, in tracebacks.
        namespace: Their globals.
    """
    for node in nodes[_is_docstring(nodes) :]:
        code = compile(ast.Interactive([node]), name, "single")
        exec(code, namespace)  # noqa: S102  # it is what a reader wants to run


def _is_docstring(nodes: list[ast.stmt]) -> bool:
    first = nodes[0] if nodes else None
    value = first.value if isinstance(first, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def run(source: str, name: str, emit: Callable[[str], None]) -> Outcome:
    """Run a block in a fresh namespace.

    Args:
        source: The code.
        name: Stands for its file, in tracebacks.
        emit: Takes what it prints, piece by piece.
    """
    output = Output(emit)
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)
    # As at a prompt, other modules find the names of the block in `__main__`.
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    error = advice = ""
    with redirect_stdout(output), redirect_stderr(output):
        try:
            execute(ast.parse(source, filename=name).body, name, namespace)
        except OutputError:
            advice = (
                f"Stopped: the block printed more than {LONGEST:,} characters, more than a page "
                "shows. Print less, or run the code on your machine."
            )
        except SystemExit as left:
            code = "" if left.code is None else repr(left.code)
            advice = f"The block ended itself with sys.exit({code})."
        except BaseException as raised:  # noqa: BLE001  # whatever a reader's code raises is shown
            error, advice = report(raised, name), advise(raised)
    output.flush()
    return Outcome(output.text, error, advice)


def report(error: BaseException, name: str) -> str:
    """Return a traceback with the reader's own lines only.

    Args:
        error: What was raised.
        name: The file whose lines are kept.
    """
    if isinstance(error, SyntaxError) and error.filename == name:
        return "".join(traceback.format_exception_only(error))
    frames = traceback.extract_tb(_cut_trace(error.__traceback__, name))
    own = [frame for frame in frames if frame.filename == name]
    last = "".join(traceback.format_exception_only(error))
    if not own:
        return last
    return "Traceback (most recent call last):\n" + "".join(traceback.format_list(own)) + last


def _cut_trace(trace: TracebackType | None, name: str) -> TracebackType | None:
    while trace and trace.tb_frame.f_code.co_filename != name:
        trace = trace.tb_next
    return trace


def advise(error: BaseException) -> str:
    """Return advice on an error that is due to running in a page; empty for other errors.

    Example:
        >>> advise(RuntimeError("can't start new thread")).partition(".")[0]
        'A page has one thread'
    """
    for kind, words, advice in _ADVICE:
        if isinstance(error, kind) and words in str(error):
            return advice
    return ""


def is_same(expected: str, printed: str) -> bool:
    r"""Return whether a block printed what its page shows; `...` there stands for anything.

    Example:
        >>> is_same("at ...Z\n", "at 12:00Z\n"), is_same("0\n", "1\n")
        (True, False)
    """
    pattern = ".*".join(re.escape(part) for part in expected.split("..."))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def compare(expected: str, printed: str) -> str:
    r"""Return the lines that differ: `-` stands in the page, `+` was printed.

    Example:
        >>> print(compare("200\n0\n", "401\n0\n"), end="")
        - 200
        + 401
    """
    pages = expected.splitlines()
    prints = printed.splitlines()
    # A line of the page with `...` equals the printed line that it matches.
    for number, line in enumerate(pages):
        match = next((text for text in prints if is_same(line, text)), None)
        if "..." in line and match is not None:
            pages[number] = match
    lines = difflib.unified_diff(pages, prints, n=0, lineterm="")
    changes = (line for line in list(lines)[2:] if not line.startswith("@@"))
    difference = "".join(f"{line[0]} {line[1:]}\n" for line in changes)
    return difference or "Only the line break at the end differs.\n"


def judge(outcome: Outcome, expected: str | None) -> Outcome:
    """Return an outcome that also says whether the block printed what its page shows.

    Args:
        outcome: How it went.
        expected: What the page shows; None if it shows nothing to compare with.
    """
    if expected is None or outcome.error or outcome.advice:
        return outcome
    same = is_same(expected, outcome.printed)
    difference = "" if same else compare(expected, outcome.printed)
    return Outcome(outcome.printed, is_same=same, difference=difference)


def refuse_input(prompt: object = "") -> str:
    """Stand in for `input()`, which has no answer here.

    Raises:
        EOFError: Always.
    """
    sys.stdout.write(str(prompt))
    raise EOFError("input() has nobody to ask in a page")
