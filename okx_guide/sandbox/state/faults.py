"""Faults on demand: tests can order errors that no mistake provokes."""

from collections import deque
from dataclasses import dataclass
from random import Random

from okx_guide import facts
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.network import NETWORK_FAULTS, is_network_fault

TEMPORARY = ("50001", "50004", "50011", "50013", "50026")
"""The refusals that any client must bear, whatever it sent. Our choice."""

_WAITING_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class _Chance:
    """Faults at random.

    Attributes:
        chance: That a request is hit, from 0 to 1.
        draw: Where the numbers come from.
        faults: One of them hits.
        endpoint: Only requests of this endpoint; empty for any.
    """

    chance: float
    draw: Random
    faults: tuple[str, ...]
    endpoint: str


class Faults:
    """The faults that wait for a request, in the order in which they were ordered."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str]] = deque()
        self._chance: _Chance | None = None

    def order(self, fault: str, *, times: int = 1, endpoint: str = "") -> None:
        """Let the next requests be refused, or their answers be damaged.

        Args:
            fault: One of OKX's REST codes, for example `50026`, or of `NETWORK_FAULTS`, for
                example `lost`.
            times: How many requests.
            endpoint: Only those of this endpoint, for example `POST /api/v5/trade/order`;
                empty for any.

        Raises:
            ValueError: There is no such fault, or too many wait.
        """
        _check_fault(fault)
        if not 1 <= times <= _WAITING_AT_MOST - len(self._waiting):
            raise ValueError(f"times is at least 1, and at most {_WAITING_AT_MOST} may wait.")
        self._waiting.extend([(fault, endpoint)] * times)

    def order_randomly(
        self, chance: float, *, seed: int, fault: str = "", endpoint: str = ""
    ) -> None:
        """Let requests be hit at random, until this is called again.

        The same seed hits the same requests of a series: the third and the seventh, for example.

        Args:
            chance: That a request is hit, from 0 (none is) to 1 (every one).
            seed: Any number.
            fault: As for `order`; empty for one of `TEMPORARY`.
            endpoint: As for `order`.

        Raises:
            ValueError: There is no such fault, or the chance is below 0 or above 1.
        """
        if fault:
            _check_fault(fault)
        if not 0 <= chance <= 1:
            raise ValueError("chance is a number from 0 to 1.")
        draw = Random(seed)  # noqa: S311  # to be repeated, not to be secret
        self._chance = _Chance(chance, draw, (fault,) if fault else TEMPORARY, endpoint)

    def take(self, endpoint: str, *, network: bool = True) -> str:
        """Return the fault that hits a request of this endpoint; empty for none.

        Args:
            endpoint: What is called, for example `POST /api/v5/trade/order`.
            network: Whether a network fault may hit it; those are of HTTP, so a WebSocket
                leaves them for the next request.
        """
        for waiting in self._waiting:
            fault, target = waiting
            if target in ("", endpoint) and (network or not is_network_fault(fault)):
                self._waiting.remove(waiting)
                return fault
        if self._chance and self._chance.endpoint in ("", endpoint):
            # Both are drawn each time, so that the hits depend only on the seed. Only
            # this method of Random gives the same numbers in every version of Python.
            number, choice = self._chance.draw.random(), self._chance.draw.random()
            if number < self._chance.chance:
                fault = self._chance.faults[int(choice * len(self._chance.faults))]
                return fault if network or not is_network_fault(fault) else ""
        return ""

    def clear(self) -> None:
        """Forget every order."""
        self._waiting.clear()
        self._chance = None


def make_refusal(fault: str) -> RefusedError | None:
    """Return the refusal that was ordered; None if none was, or for a network fault."""
    if not fault or is_network_fault(fault):
        return None
    return RefusedError(fault, "this refusal was ordered through /sandbox/fault")


def _check_fault(fault: str) -> None:
    if is_network_fault(fault):
        return
    fact = facts.load("errors").get(fault)
    if fact is None or fact.value["where"] != "rest" or fault == "0":
        raise ValueError(
            "A fault is one of OKX's REST error codes, as text, such as 50026, or one of "
            f"{', '.join(NETWORK_FAULTS)}."
        )
