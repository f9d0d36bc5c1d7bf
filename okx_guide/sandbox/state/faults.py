"""Refusals on demand: what nobody can provoke by a mistake, a test can order."""

from collections import deque

from okx_guide import facts
from okx_guide.sandbox.errors import RefusedError

_WAITING_AT_MOST = 1000


class Faults:
    """The refusals that wait for a request, in the order in which they were ordered."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str]] = deque()

    def order(self, code: str, *, times: int = 1, endpoint: str = "") -> None:
        """Let the next requests be refused.

        Args:
            code: One of OKX's REST codes, for example `50026`.
            times: How many requests.
            endpoint: Only those of this endpoint, for example `POST /api/v5/trade/order`;
                empty for any.

        Raises:
            ValueError: The code is not a REST code of our facts, or too many wait.
        """
        fact = facts.load("errors").get(code)
        if fact is None or fact.value["where"] != "rest" or code == "0":
            raise ValueError("code is one of OKX's REST error codes, as text, such as 50026.")
        if not 1 <= times <= _WAITING_AT_MOST - len(self._waiting):
            raise ValueError(f"times is at least 1, and at most {_WAITING_AT_MOST} may wait.")
        self._waiting.extend([(code, endpoint)] * times)

    def take(self, endpoint: str) -> RefusedError | None:
        """Return the refusal that waits for a request of this endpoint, if one does."""
        for waiting in self._waiting:
            code, wanted = waiting
            if wanted in ("", endpoint):
                self._waiting.remove(waiting)
                return RefusedError(code, "this refusal was ordered through /sandbox/fault")
        return None

    def clear(self) -> None:
        """Forget every order."""
        self._waiting.clear()
