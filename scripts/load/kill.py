"""Kill the practice exchange at random moments, and check that nothing acknowledged is lost.

`make fuzz` kills it a hundred times, the tests ten. A change without an answer may be lost or
not; a change with an answer must survive.
"""

import json
import random
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from okx_guide.sandbox import PRACTICE_KEY
from tests.support.processes import Launched, call, make_launcher
from tests.support.raw_http import Answer, order, send_request

NUMBER = 100
_MOST_CHANGES = 80
# Seconds after the last of them: some kills come between two changes, most in the middle of one.
_LATEST = 0.02
_ORDER = "/api/v5/trade/order"
_PENDING = "/api/v5/trade/orders-pending"
_SUB_KEY = "/api/v5/users/subaccount/apikey"


class _TooManyError(Exception):
    """The practice exchange refused a request, for example because there were too many."""


@dataclass
class Ledger:
    """What was acknowledged.

    Attributes:
        orders: By number, the price of each order that waits.
        doubtful: Numbers of orders that a request without an answer was about.
        frozen: Whether the ready key is frozen; None if a request about it had no answer.
        stopped: Whether the clock stands still; None likewise.
        keys: The names of the other keys.
        changes: How many changes were acknowledged, in all.
    """

    orders: dict[str, str] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    frozen: bool | None = False
    stopped: bool | None = False
    keys: set[str] = field(default_factory=set)
    changes: int = 0

    def __str__(self) -> str:
        return f"{self.changes} changes, {len(self.orders)} orders, {len(self.keys)} keys"


PROGRAM: Sequence[str | Path] = (Path(sys.executable).parent / "okx-guide",)


def run(
    times: int, folder: Path, *, seed: int = 5, program: Sequence[str | Path] = PROGRAM
) -> Ledger:
    """Kill it so many times, and return what it had acknowledged and still has.

    Args:
        times: How many times.
        folder: Where its state is kept.
        seed: Chooses changes and moments.
        program: What is started.

    Raises:
        AssertionError: Something that it had acknowledged is gone, or it printed an error.
    """
    ledger = Ledger()
    command = (*program, "sandbox", "--port", "0", "--state", "practice.state", "--ip", "127.0.0.1")
    with make_launcher(folder) as launch:
        for number in range(times):
            # A new one each time: the last round made a random number of choices.
            chance = random.Random(seed * 1000 + number)  # noqa: S311  # the same every time
            started = launch(*command).ready()
            check(started, ledger)
            _change_until_killed(started, ledger, chance)
            assert started.err == "", started.err
        check(launch(*command).ready(), ledger)
    return ledger


def check(started: Launched, ledger: Ledger) -> None:
    """Check that everything acknowledged is still there.

    Raises:
        AssertionError: Something is gone.
    """
    state = _control(started, "GET", "/sandbox").json
    keys = {key["apiKey"]: key["frozen"] for key in state["keys"]}
    assert ledger.stopped in (None, state["frozen"]), "the clock"
    assert ledger.frozen in (None, keys[PRACTICE_KEY.api_key]), "the ready key"
    assert ledger.keys <= keys.keys(), "a key"
    # So that the orders are visible, and the next round starts from a known state.
    _freeze_key(started, ledger, frozen=False)
    _stop_clock(started, ledger, stopped=False)
    rows = call(started.url, "GET", _PENDING).json["data"]
    pending = {row["ordId"]: row["px"] for row in rows}
    for number, price in ledger.orders.items():
        assert number in ledger.doubtful or pending.get(number) == price, f"order {number}"
    ledger.orders, ledger.doubtful = pending, set()


def _change_until_killed(started: Launched, ledger: Ledger, chance: random.Random) -> None:
    """Change things until it is killed, a moment after a random number of changes.

    The number decides, not the time, in which a busy machine may make hardly any change.
    """
    moment = threading.Timer(chance.uniform(0, _LATEST), started.kill)
    last = ledger.changes + chance.randrange(1, _MOST_CHANGES)
    try:
        while True:
            if ledger.changes >= last and moment.ident is None:
                moment.start()
            with suppress(_TooManyError):
                _change(started, ledger, chance)
                ledger.changes += 1
    except (OSError, HTTPException):
        pass  # It is dead, or was in the middle of an answer.
    finally:
        if moment.ident is not None:
            moment.join()


def _change(started: Launched, ledger: Ledger, chance: random.Random) -> None:
    if ledger.frozen:
        return _freeze_key(started, ledger, frozen=False)
    kind = chance.randrange(8)
    if kind == 0:
        return _freeze_key(started, ledger, frozen=True)
    if kind == 1:
        return _stop_clock(started, ledger, stopped=not ledger.stopped)
    if kind == 2 and len(ledger.keys) < 20:
        body = {"subAcct": "practice1", "label": f"k{len(ledger.keys)}x{chance.randrange(10**6)}"}
        text = json.dumps(body | {"passphrase": "Practice-0nly", "perm": "read_only"})
        ledger.keys.add(_send(started, _SUB_KEY, text)["apiKey"])
        return None
    if kind in (3, 4) and ledger.orders:
        number = chance.choice(sorted(ledger.orders))
        ledger.doubtful.add(number)
        body = {"instId": "BTC-USDT", "ordId": number}
        if kind == 3:
            _send(started, "/api/v5/trade/cancel-order", json.dumps(body))
            del ledger.orders[number]
        else:
            price = str(chance.randrange(1000, 2000))
            amended = json.dumps(body | {"newPx": price})
            _send(started, "/api/v5/trade/amend-order", amended)
            ledger.orders[number] = price
        ledger.doubtful.discard(number)
        return None
    if len(ledger.orders) < 50:
        placed = _send(started, _ORDER, order(sz="0.00001"))
        ledger.orders[placed["ordId"]] = "1000"
    return None


def _send(started: Launched, path: str, body: str) -> dict[str, Any]:
    answer = call(started.url, "POST", path, body).json
    if answer["code"] == "50011":
        raise _TooManyError
    assert answer["code"] == "0", answer
    row: dict[str, Any] = answer["data"][0]
    return row


def _freeze_key(started: Launched, ledger: Ledger, *, frozen: bool) -> None:
    ledger.frozen = None
    body = {"apiKey": PRACTICE_KEY.api_key, "frozen": frozen}
    assert _control(started, "POST", "/sandbox/key", body).status == 200
    ledger.frozen = frozen


def _stop_clock(started: Launched, ledger: Ledger, *, stopped: bool) -> None:
    ledger.stopped = None
    body = {"skew": 0, "freeze": stopped}
    assert _control(started, "POST", "/sandbox/clock", body).status == 200
    ledger.stopped = stopped


def _control(started: Launched, method: str, path: str, settings: object = None) -> Answer:
    headers = {"Content-Type": "application/json"}
    body = json.dumps(settings) if settings is not None else ""
    return send_request(started.url, method, path, headers, body)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        number = int(sys.argv[1]) if sys.argv[1:] else NUMBER
        sys.stdout.write(f"kill: {number} kills; nothing of {run(number, Path(name))} is lost\n")
