"""Every client library of the matrix goes through its steps, and does what the matrix says."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from okx_guide.sandbox import RunningSandbox, running
from okx_guide.sandbox.certificates import make_certificate
from okx_guide.sandbox.server import make_environ
from scripts.docs.clients import (
    Client,
    Outcome,
    Step,
    Trial,
    describe_page,
    list_cells,
    list_trials,
    load_clients,
    load_steps,
)
from tests.support.clients import find_version, observe, run_client
from tests.support.languages import CLIENT_KITS, find_missing_tools
from tests.support.tools import require_tools

CLIENTS = [client for client in load_clients() if not client.trial]
TRIALS = [client for client in load_clients() if client.trial]

GoThrough = Callable[..., dict[Step, Outcome]]


def name_client(client: Client) -> str:
    return client.name


def expect(client: Client) -> dict[Step, Outcome]:
    return {step: verdict.outcome for step, verdict in client.verdicts.items()}


def shorten(actual: dict[Step, Outcome], expected: dict[Step, Outcome]) -> dict[Step, Outcome]:
    """Leave of each error the part that the matrix names, if it is in it."""
    return {
        step: replace(outcome, error=part)
        if (part := expected[step].error) and part in outcome.error
        else outcome
        for step, outcome in actual.items()
    }


@pytest.fixture
def go_through(tmp_path: Path) -> GoThrough:
    def go_through(client: Client, **refusal: str) -> dict[Step, Outcome]:
        kit = CLIENT_KITS[client.kit]
        require_tools(kit, find_missing_tools(kit))
        context, authority = None, None
        if client.tls:
            certificate = make_certificate()
            context, authority = certificate.context, tmp_path / "ca.pem"
            authority.write_bytes(certificate.authority)
        with running(context=context) as sandbox:
            sandbox.record()
            if refusal:
                sandbox.refuse(refusal["code"], endpoint=refusal["endpoint"])
            began = sandbox.exchange.now()
            variables = make_environ(sandbox.hosts[sandbox.key.site], sandbox.key, authority)
            lines = run_client(client, variables, tmp_path)
            return shorten(observe(lines, sandbox, began), expect(client))

    return go_through


@pytest.mark.parametrize("client", CLIENTS, ids=name_client)
def test_a_client_does_what_the_matrix_says(client: Client, go_through: GoThrough) -> None:
    assert go_through(client) == expect(client)


@pytest.mark.parametrize("client", CLIENTS, ids=name_client)
def test_the_matrix_names_the_version_of_the_lock_file(client: Client) -> None:
    assert client.version == find_version(client)


@pytest.mark.parametrize("client", load_clients(), ids=name_client)
def test_what_does_not_work_has_a_reason(client: Client) -> None:
    for step, verdict in client.verdicts.items():
        result = verdict.outcome.result
        assert bool(verdict.why) == (result != "works"), step
        assert bool(verdict.fault) == bool(verdict.outcome.error) == (result == "fails"), step


# --- what no test can run ---------------------------------------------------------------


def test_the_rows_that_are_not_repeated_are_shown(figures: list[str]) -> None:
    assert len(list_trials()) == len(TRIALS)
    figures += [f"clients: {line}" for line in list_trials()]


@pytest.mark.parametrize("client", load_clients(), ids=name_client)
def test_a_row_is_run_here_or_has_a_record(client: Client) -> None:
    check_run(client)


def check_run(client: Client) -> None:
    """Assert that the tests run a client, or that a record says what ran instead, and when."""
    assert bool(client.trial) == (client.kit not in CLIENT_KITS)
    assert bool(client.trial) == (client.registry == "GitHub")
    if client.trial:
        assert re.fullmatch("[0-9a-f]{40}", client.trial.commit)
        assert re.fullmatch(r"\S.*\.", client.trial.why)


def test_the_pages_call_a_record_a_record() -> None:
    _, rows = list_cells()
    marked = [row[0] for row in rows if "by hand" in row[0]]
    assert marked == [
        f"[{client.name}](clients/{client.page}.md) {client.version} (by hand, {client.trial.day})"
        for client in TRIALS
        if client.trial
    ]
    for client in TRIALS:
        assert client.trial
        text = describe_page(client.page)
        assert f"last ran on {client.trial.day}, by hand" in text
        assert f"commit `{client.trial.commit[:7]}`" in text
        assert "These steps work " not in text


@pytest.mark.parametrize(
    "broken",
    [
        # Nothing runs it, and nobody did.
        {"trial": None},
        # A record does not stand in for a test that could run.
        {"kit": "python"},
        {"registry": "PyPI"},
        {"trial": Trial(date(2026, 11, 27), "e2c50f3", "it is not served.")},
        {"trial": Trial(date(2026, 11, 27), "0" * 40, "")},
    ],
    ids=["no run", "a test could run it", "a registry has it", "short commit", "no reason"],
)
def test_a_row_without_a_run_or_a_whole_record_is_noticed(broken: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        check_run(replace(TRIALS[0], **broken))


# --- the matrix would be red ------------------------------------------------------------


[PYTHON_OKX] = [client for client in CLIENTS if client.name == "python-okx"]


def test_a_step_that_is_refused_is_not_one_that_works(go_through: GoThrough) -> None:
    endpoint = "POST /api/v5/trade/cancel-order"

    actual = go_through(PYTHON_OKX, code="50013", endpoint=endpoint)

    different = {step for step, outcome in actual.items() if outcome != expect(PYTHON_OKX)[step]}
    assert different == {"cancel"}
    assert "50013" in actual["cancel"].error


def test_nothing_that_a_program_says_is_believed(sandbox: RunningSandbox) -> None:
    sandbox.record()
    values = dict.fromkeys(load_steps(), "1000000000000000099")
    lines = [{"step": step, "value": value} for step, value in values.items()]

    actual = observe(lines, sandbox, sandbox.exchange.now())

    assert {step: outcome.result for step, outcome in actual.items()} == dict.fromkeys(
        values, "fails"
    )


def test_an_order_that_was_not_cancelled_is_noticed(sandbox: RunningSandbox) -> None:
    placed = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}
    [row] = sandbox.exchange.account(sandbox.key).place_order(
        {**placed, "px": "1000", "sz": "0.001"}
    )
    lines = [{"step": step, "value": row["ordId"]} for step in ("order", "cancel")]

    actual = observe(lines, sandbox, sandbox.exchange.now())

    assert (actual["order"].result, actual["cancel"].result) == ("works", "fails")
