"""The matrix of client libraries, and the tables that the pages show of it.

The data are in `clients.json`; tests/clients/test_matrix.py runs every client and checks each cell,
except for clients that no registry serves: they have the record of a trial by hand.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

DATA = Path(__file__).with_name("clients.json")

Step = Literal["clock", "config", "balance", "order", "cancel", "ws_login", "ws_push"]
Result = Literal["works", "fails", "not offered"]
Fault = Literal["", "client", "ours"]

_FAULTS: Mapping[Fault, str] = {"client": "the client's fault", "ours": "our fault"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a step.

    Attributes:
        result: Whether it works, fails, or the client has no such thing.
        error: What the client says when it fails; in the matrix, the part that says why.
    """

    result: Result
    error: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A cell of the matrix.

    Attributes:
        outcome: The expected outcome of the step.
        fault: Who is at fault if it fails: the client, or the practice exchange.
        why: Why it does not work, as a sentence.
    """

    outcome: Outcome
    fault: Fault = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """The record of a run by hand, with and without TLS, of a client that the tests cannot run.

    Attributes:
        day: When it was last run.
        commit: What of its repository was run.
        why: The reason why the tests cannot run it, as what follows a colon.
    """

    day: date
    commit: str
    why: str


@dataclass(frozen=True, slots=True)
class Client:
    """A row of the matrix.

    Attributes:
        name: What the pages call it.
        page: The file of its page, without `.md`.
        registry: Where it is published: `PyPI`, `npm`, `crates.io` or `Maven Central`; `GitHub` for
            a trial by hand.
        package: Its name there.
        version: The one that is tried.
        kit: How its program is built and run: a key of `CLIENT_KITS` of tests/support; empty for a
            trial by hand.
        program: What the command takes.
        tls: Whether it opens TLS connections only.
        pointed: By which of its settings it is pointed at another address.
        verdicts: By step, what works.
        trial: The record of its run by hand, if the tests cannot run it.
    """

    name: str
    page: str
    registry: str
    package: str
    version: str
    kit: str
    program: tuple[str, ...]
    tls: bool
    pointed: str
    verdicts: Mapping[Step, Verdict]
    trial: Trial | None = None


@cache
def load_steps() -> Mapping[Step, str]:
    """Return the steps in their order, each with the word of the pages."""
    return cast("Mapping[Step, str]", json.loads(DATA.read_text(encoding="utf-8"))["steps"])


@cache
def load_clients() -> tuple[Client, ...]:
    """Return the rows of the matrix.

    Examples:
        >>> [client.version for client in load_clients() if client.name == "okx-api"]
        ['3.2.3']
    """
    rows = json.loads(DATA.read_text(encoding="utf-8"))["clients"]
    return tuple(_parse_client(row) for row in rows)


def _parse_client(row: Mapping[str, Any]) -> Client:
    cells = row["steps"]
    verdicts = {step: _parse_verdict(cells.get(step, {})) for step in load_steps()}
    texts = {key: value for key, value in row.items() if key not in ("steps", "program", "trial")}
    trial = _parse_trial(row["trial"]) if "trial" in row else None
    return Client(**texts, program=tuple(row["program"]), verdicts=verdicts, trial=trial)


def _parse_trial(record: Mapping[str, str]) -> Trial:
    return Trial(date.fromisoformat(record["day"]), record["commit"], record["why"])


def _parse_verdict(cell: Mapping[str, Any]) -> Verdict:
    outcome = Outcome(cell.get("result", "works"), cell.get("error", ""))
    return Verdict(outcome, cell.get("fault", ""), cell.get("why", ""))


def list_cells() -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of the table of all clients."""
    rows = [
        [
            f"[{client.name}](clients/{client.page}.md) {client.version}{_mark_trial(client)}",
            _list_working(client),
            "<br>".join(_describe(client)),
        ]
        for client in load_clients()
    ]
    return ["Client", "Works", "Does not, and why"], rows


def _mark_trial(client: Client) -> str:
    return f" (by hand, {client.trial.day})" if client.trial else ""


def list_trials() -> list[str]:
    """Return a sentence for each client that no test runs: when it last ran, and why by hand.

    Examples:
        >>> [line.partition(" last ran")[0] for line in list_trials()]
        ['okx-go 1.0.7']
    """
    return [
        f"{client.name} {client.version} last ran on {client.trial.day}, by hand. "
        f"The tests do not repeat it: {client.trial.why}"
        for client in load_clients()
        if client.trial
    ]


def describe_page(page: str) -> str:
    """Return what was tried of the clients of a page, and what came of it.

    Args:
        page: The file, without `.md`.

    Raises:
        KeyError: No client has that page.
    """
    clients = [client for client in load_clients() if client.page == page]
    if not clients:
        raise KeyError(page)
    return "\n\n".join(_describe_client(client) for client in clients)


def _describe_client(client: Client) -> str:
    name = f"{client.name} {client.version} ({client.registry})"
    verb = "worked" if client.trial else "work"
    lines = [
        f"{name} takes address and environment from {client.pointed}. "
        f"These steps {verb} at the practice exchange: {_list_working(client)}."
    ]
    if client.trial:
        lines.append(
            f"\nIt last ran on {client.trial.day}, by hand, with and without TLS, at commit "
            f"`{client.trial.commit[:7]}`. The tests do not repeat it: {client.trial.why}"
        )
    return "\n".join([*lines, *(f"\n- {words}" for words in _describe(client))])


def _list_working(client: Client) -> str:
    works = [
        load_steps()[step].lower().replace("websocket", "WebSocket")
        for step, verdict in client.verdicts.items()
        if verdict.outcome.result == "works"
    ]
    return ", ".join(works) or "nothing"


def _describe(client: Client) -> Iterator[str]:
    """Yield each reason why something does not work, with the steps that it stops."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for step, verdict in client.verdicts.items():
        if verdict.outcome.result != "works":
            fault = _FAULTS.get(verdict.fault, "not offered")
            reasons.setdefault((fault, verdict.why), []).append(load_steps()[step])
    for (fault, reason), steps in reasons.items():
        yield f"{', '.join(steps)} ({fault}): {reason}"
