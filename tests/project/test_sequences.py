"""Sequences of steps break nothing, and each way to break something is found."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase

from okx_guide.diagnose import search
from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.rest import app as rest
from okx_guide.sandbox.rest.endpoints import ENDPOINTS
from okx_guide.sandbox.state.account import Account
from okx_guide.sandbox.state.keyring import Draft
from okx_guide.sandbox.state.store import Store
from okx_guide.sandbox.websocket.connection import Connection
from scripts.load.sequences import QUERY_LEFT_OUT, Steps, run


def test_no_sequence_breaks_anything() -> None:
    Steps.reached.clear()

    # Hypothesis also tries what is written in the modules that are loaded, so another run may try
    # other sequences: there are enough of them to reach everything in any run.
    run(120)

    # More than the doors are reached.
    floors = (
        *("api 200", "api 401", "sandbox 200", "sandbox 400", "account 200", "account 303"),
        *("login", "subscribe", "error", "kill", "refused file"),
    )
    assert [name for name in floors if not Steps.reached[name]] == []


# --- the planted faults ------------------------------------------------------------------

Patch = pytest.MonkeyPatch


def stumble(patch: Patch) -> None:
    """An error that nobody expected, in REST."""

    def count_requests(*args: object) -> None:
        raise KeyError("planted")

    patch.setattr(rest, "count_requests", count_requests)


def answer_with_an_error_of_the_server(patch: Patch) -> None:
    """A refusal with a status that is for errors of the server."""
    respond = rest.Api._respond  # noqa: SLF001  # the fault is planted inside

    def fail(*args: Any) -> tuple[int, str, str]:
        status, answer, hint = respond(*args)
        return 500 if status == 401 else status, answer, hint

    patch.setattr(rest.Api, "_respond", fail)


def show_a_secret(patch: Patch) -> None:
    """A hint that repeats what was sent: both that hide it, who writes it and who sends it."""
    patch.setattr(search, "hide_secrets", lambda text, _: text)
    patch.setattr(rest, "make_printable", lambda text, _: text.encode("ascii", "replace").decode())


def forget(patch: Patch) -> None:
    """An acknowledged change that is not kept."""
    patch.setattr(Store, "put", lambda *_: None)


def lose_an_error(patch: Patch) -> None:
    """An error in the event loop, where nobody waits for it."""

    def fail() -> None:
        raise KeyError("planted")

    handle = Connection._handle_text  # noqa: SLF001  # the fault is planted inside

    def handle_text(connection: Connection, message: Any) -> list[str]:
        asyncio.get_running_loop().call_soon(fail)
        return handle(connection, message)

    patch.setattr(Connection, "_handle_text", handle_text)


def stop_a_connection(patch: Patch) -> None:
    """A WebSocket that ends because of an error."""

    def subscribe(connection: Connection, args: object) -> None:
        raise KeyError("planted")

    patch.setattr(Connection, "_subscribe", subscribe)


def stumble_over_damage(patch: Patch) -> None:
    """An error about a damaged file that is not put into words."""
    open_file = Store._open  # noqa: SLF001  # the fault is planted inside

    def fail(opened: Store) -> None:
        try:
            open_file(opened)
        except sqlite3.Error:
            raise KeyError("planted") from None

    patch.setattr(Store, "_open", fail)


def owe(patch: Patch) -> None:
    """A balance below zero."""
    complete = Account.balance

    def balance(account: Account, params: Any) -> list[Any]:
        [row] = complete(account, params)
        if account.orders:
            row["details"][0]["availBal"] = "-1"
        return [row]

    patch.setattr(Account, "balance", balance)


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (stumble, "planted"),
        (answer_with_an_error_of_the_server, "is answered with 500"),
        (forget, "did not survive a kill"),
        (lose_an_error, "planted"),
        (stop_a_connection, "planted"),
        (stumble_over_damage, "planted"),
        (owe, "availBal"),
    ],
)
def test_a_fault_that_is_planted_is_found(
    plant: Callable[[Patch], None], words: str, monkeypatch: Patch
) -> None:
    plant(monkeypatch)

    with pytest.raises((AssertionError, KeyError), match=words):
        run(400, phases=(Phase.generate,))


def test_a_sequence_that_fails_is_shrunk_and_told_as_code(monkeypatch: Patch) -> None:
    forget(monkeypatch)

    with pytest.raises(AssertionError) as caught:
        run(20)

    steps = [line for line in caught.value.__notes__ if line.startswith("state.")]
    assert steps, caught.value.__notes__


def test_a_hint_that_shows_a_secret_is_found(monkeypatch: Patch) -> None:
    show_a_secret(monkeypatch)
    steps = Steps()
    wrong = (QUERY_LEFT_OUT, PRACTICE_KEY.passphrase)

    try:
        with pytest.raises(AssertionError, match="an answer shows"):
            steps.send_request(ENDPOINTS["GET /api/v5/account/balance"], {}, PRACTICE_KEY, wrong)
    finally:
        steps.teardown()


def test_only_what_a_client_calls_an_order_may_repeat_a_secret() -> None:
    steps = Steps()

    try:
        steps.check_text(json.dumps({"clOrdId": PRACTICE_KEY.secret_key}), request="")
        with pytest.raises(AssertionError, match="an answer shows"):
            steps.check_text(json.dumps({"sMsg": PRACTICE_KEY.secret_key}), request="")
        key = steps.exchange.keys.create(Draft("other", "Other-0nly"))
        with pytest.raises(AssertionError, match="an answer shows"):
            steps.check_text(json.dumps({"clOrdId": key.secret_key}), request="")
    finally:
        steps.teardown()
