"""The journal: what the practice exchange was sent, and which checks each request passed.

It is kept only on request; else `Exchange.journal` is None.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Check = Literal[
    "headers",
    "timestamp",
    "age",
    "key",
    "address",
    "environment",
    "signature",
    "passphrase",
    "permission",
    "rate",
    "body",
    "endpoint",
]
"""One check on a request; `endpoint` is what the endpoint itself has against it."""

Result = Literal["passed", "failed", "not reached", "not needed"]

Reach = Callable[[Check], object]
"""Takes the name of a check that is about to be made."""

REST_CHECKS: tuple[Check, ...] = get_args(Check)
"""The checks on a private REST request, in their order."""

LOGIN_CHECKS: tuple[Check, ...] = ("rate", "body", *REST_CHECKS[:8])
"""The checks on a WebSocket login, in their order; its four values are its `headers`."""

KEPT_AT_MOST = 500
"""Requests that a journal keeps; the oldest one goes first."""


def skip(check: Check) -> None:
    """Keep no record of a check: used while recording is off."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check ended.

    Attributes:
        check: Its name.
        result: `not needed` if this kind of request is not checked so, as a public one has
            no signature; `not reached` if an earlier check failed.
        hint: Why it failed, in words, if there is more to say than the code does.
    """

    check: Check
    result: Result
    hint: str = ""


def list_outcomes(
    order: Sequence[Check], reached: Sequence[Check], *, failed: bool, hint: str
) -> tuple[Outcome, ...]:
    """Return how each check ended.

    Args:
        order: Every check on this kind of request, in their order.
        reached: Those that were made.
        failed: True if the last of these refused the request.
        hint: Why it did.
    """
    last = order.index(reached[-1]) if reached else -1
    outcomes = []
    for place, check in enumerate(order):
        if place > last:
            outcomes.append(Outcome(check, "not reached"))
        elif check not in reached:
            outcomes.append(Outcome(check, "not needed"))
        elif failed and place == last:
            outcomes.append(Outcome(check, "failed", hint))
        else:
            outcomes.append(Outcome(check, "passed"))
    return tuple(outcomes)


@dataclass(frozen=True, slots=True)
class Trace:
    """One request as it arrived, and its outcome. It holds no secret.

    Attributes:
        at: The exchange's time, ISO 8601.
        kind: `rest`, or `login` for a login on the WebSocket.
        client: The caller's address.
        site: The site that was called.
        method: As sent; empty for a login.
        target: Path and query, as sent; for a login the path of the connection.
        headers: Names in lower case and values, in the order in which they arrived.
        body: As sent; for a login the message.
        body_bytes: How long that was.
        prehash: The bytes that a signature must fit, each of them visible; None if the
            request has no timestamp, or its body did not arrive whole.
        checks: Every check in its order.
        status: HTTP status of the answer; None for a login, or if none was sent.
        code: OKX's code; empty if the answer has none.
        message: OKX's message.
        hint: What the practice exchange adds in words.
        fault: The fault that was ordered and hit it, such as `lost`; empty for none. With a
            network fault the caller did not get the answer that is written here.
    """

    at: str
    kind: Literal["rest", "login"]
    client: str
    site: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str
    body_bytes: int
    prehash: str | None
    checks: tuple[Outcome, ...]
    status: int | None
    code: str
    message: str
    hint: str
    fault: str = ""


class Journal:
    """The last requests, the oldest first.

    Args:
        watchers: Called with each request that is added.
        at_most: How many requests are kept.

    Attributes:
        dropped: How many are gone since the journal was cleared.
    """

    def __init__(
        self, watchers: Iterable[Callable[[Trace], object]] = (), at_most: int = KEPT_AT_MOST
    ) -> None:
        self._traces: deque[Trace] = deque(maxlen=at_most)
        self._watchers = tuple(watchers)
        self.dropped = 0

    def __iter__(self) -> Iterator[Trace]:
        return iter(tuple(self._traces))

    def __len__(self) -> int:
        return len(self._traces)

    def add(self, trace: Trace) -> None:
        """Add a request; the oldest one goes if the journal is full."""
        self.dropped += len(self._traces) == self._traces.maxlen
        self._traces.append(trace)
        for watch in self._watchers:
            watch(trace)

    def clear(self) -> None:
        """Forget every request."""
        self._traces.clear()
        self.dropped = 0
