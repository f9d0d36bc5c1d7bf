"""The mistakes of the playground: programs that the exchange refuses until they are repaired."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from okx_guide.sandbox.state.journal import Trace

SOURCE = Path(__file__).with_name("mistakes.toml")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One program with a mistake in it.

    Attributes:
        name: Its part of the address of the playground.
        title: What the mistake is.
        code: OKX's code for it.
        request: What the exchange must accept: method and target, or `login` and path.
        ask: The question that a reader sees first.
        why: What was wrong.
        page: The page that says more.
        program: The code.
        wrong: The wrong part of the program.
        right: Its correction.
        start: The state in which it starts: one of `scripts.page.start.STARTS`.
    """

    name: str
    title: str
    code: str
    request: str
    ask: str
    why: str
    page: str
    program: str
    wrong: str
    right: str
    start: str = ""

    @property
    def repaired(self) -> str:
        """The program without its mistake."""
        return self.program.replace(self.wrong, self.right, 1)

    @property
    def lines(self) -> tuple[str, str]:
        """The wrong lines, and their corrections."""
        place = self.program.index(self.wrong)
        start = self.program.rfind("\n", 0, place) + 1
        end = self.program.find("\n", place + len(self.wrong) - 1)
        added = len(self.right) - len(self.wrong)
        return self.program[start:end], self.repaired[start : end + added]


def load_mistakes() -> list[Mistake]:
    """Return the mistakes of the playground in their order."""
    rows = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["mistake"]
    return [Mistake(**row) for row in rows]


def is_accepted(traces: Iterable[Trace], request: str) -> bool:
    """Return whether the exchange has accepted a request, with its signature.

    Args:
        traces: The requests that the exchange saw.
        request: Method and target, or `login` and path.
    """
    return any(
        trace.code == "0"
        and f"{trace.method or trace.kind} {trace.target}" == request
        and any(check.check == "signature" and check.result == "passed" for check in trace.checks)
        for trace in traces
    )
