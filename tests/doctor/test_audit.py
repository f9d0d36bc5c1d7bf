"""What `okx-guide doctor --audit` says of keys on the practice exchange."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import keyring
import pytest
from click.testing import CliRunner, Result

from okx_guide import Credentials
from okx_guide.commands.doctor import doctor as command
from okx_guide.doctor import audit
from okx_guide.doctor.checkup import IDS, Machine, Options, examine
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, running
from okx_guide.sandbox.server import make_environ
from tests.support.keyrings import LockedKeyring, MemoryKeyring

TODAY = date(2026, 11, 27)
GOOD = {"perm": "read_only,trade", "ip": "203.0.113.7", "label": "bot20261101"}
GOOD |= {"uid": "2", "mainUid": "1"}
TIDY_KEY = replace(PRACTICE_KEY, label="bot", ips=("127.0.0.1",), account="practice1")


@pytest.fixture(scope="module")
def exchange() -> Iterator[RunningSandbox]:
    with running() as sandbox:
        yield sandbox


def run(sandbox: RunningSandbox, key: Key, *arguments: str) -> Result:
    """Run the command for one key, which becomes the only one of the exchange."""
    sandbox.exchange.reset()
    sandbox.exchange.keys.clear()
    sandbox.exchange.keys.add(key)
    environ = {**make_environ(sandbox.hosts["global"], key), "HOME": "/nowhere"}
    return CliRunner().invoke(command, ["--audit", *arguments], env=environ)


def examine_answer(account: dict[str, Any], *needs: str) -> dict[str, str]:
    return {check.id: check.status for check in audit.check_excess(account, needs, TODAY)}


# --- by the command -----------------------------------------------------------------------


def test_a_tidy_key_passes_with_exit_code_0(exchange: RunningSandbox) -> None:
    result = run(exchange, TIDY_KEY, "--need", "trade")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "Fit for use."
    assert "ok       whitelist    Its whitelist has 1 entry" in result.stdout


@pytest.mark.parametrize(
    ("changes", "needs", "finding"),
    [
        ({}, [], "surplus (permission)"),
        ({"ips": ()}, ["--need", "trade"], "whitelist (ip_allowlist)"),
        ({"ips": ("127.0.0.0/8",)}, ["--need", "trade"], "whitelist (ip_allowlist)"),
        ({"label": "bot20260101"}, ["--need", "trade"], "age (key_lifecycle)"),
        (
            {"permissions": ("read_only", "withdraw"), "account": ""},
            [],
            "permissions (permission)",
        ),
    ],
)
def test_a_finding_is_named_with_exit_code_1(
    changes: dict[str, Any], needs: list[str], finding: str, exchange: RunningSandbox
) -> None:
    result = run(exchange, replace(TIDY_KEY, **changes), *needs)

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == f"Not fit for use: {finding}."


def test_the_same_keys_pass_without_an_audit(exchange: RunningSandbox) -> None:
    """The planted fault: it is the audit that finds them."""
    exchange.exchange.reset()
    environ = make_environ(exchange.hosts["global"], PRACTICE_KEY)

    report = examine(Machine({**environ, "HOME": "/nowhere"}, config=Path("/nowhere")), Options())

    assert report.verdict == "fit"
    assert [check.id for check in report.checks] == list(IDS)


def test_a_key_of_the_main_account_is_a_warning(exchange: RunningSandbox) -> None:
    result = run(exchange, replace(TIDY_KEY, account=""), "--need", "trade")

    assert result.exit_code == 0
    assert "with something to mend: owner (permission)" in result.stdout


def test_no_answer_is_exit_code_2_and_not_a_finding(exchange: RunningSandbox) -> None:
    """A scheduled job must not cry wolf when the network is down."""
    result = run(exchange, TIDY_KEY, "--offline", "--json")

    report = json.loads(result.stdout)
    assert (result.exit_code, report["verdict"]) == (2, "unknown")
    assert [(check["id"], check["status"]) for check in report["checks"]][-4:] == [
        (id_, "skipped") for id_ in audit.IDS
    ]


def test_json_names_every_check_in_order(exchange: RunningSandbox) -> None:
    result = run(exchange, PRACTICE_KEY, "--json")

    report = json.loads(result.stdout)
    assert report["verdict"] == "unfit"
    assert [check["id"] for check in report["checks"]] == [*IDS, *audit.IDS]
    assert {check["id"]: check["cause"] for check in report["checks"]}["surplus"] == "permission"
    assert PRACTICE_KEY.secret_key not in result.stdout


# --- by the answer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permissions", "needs", "status"),
    [
        ("read_only,trade", ["trade"], "ok"),
        ("read_only,trade", ["withdraw"], "problem"),
        ("read_only,trade,withdraw", ["trade"], "problem"),
        ("read_only,trade,withdraw", ["trade", "withdraw"], "ok"),
        ("", [], "ok"),
        (None, ["trade"], "problem"),
    ],
)
def test_an_audit_begins_with_the_permissions(
    permissions: str | None, needs: list[str], status: str
) -> None:
    checks = list(audit.audit({**GOOD, "perm": permissions}, needs, TODAY))

    assert [check.id for check in checks] == ["permissions", *audit.IDS]
    assert checks[0].status == status


def test_what_is_right_is_ok() -> None:
    assert examine_answer(GOOD, "trade") == dict.fromkeys(audit.IDS, "ok")


@pytest.mark.parametrize(
    ("change", "id_", "status"),
    [
        ({"perm": "read_only"}, "surplus", "ok"),
        ({"perm": "read_only,trade,withdraw"}, "surplus", "ok"),
        ({"ip": ""}, "whitelist", "problem"),
        ({"ip": "203.0.113.0/24"}, "whitelist", "ok"),
        ({"ip": "203.0.112.0/23"}, "whitelist", "problem"),
        ({"ip": "2001:db8::/64"}, "whitelist", "ok"),
        ({"ip": "2001:db8::/63"}, "whitelist", "problem"),
        ({"ip": "203.0.113.7,0.0.0.0/0"}, "whitelist", "problem"),
        ({"ip": "something new"}, "whitelist", "ok"),
        # 90 days before, and 91.
        ({"label": "bot20260829"}, "age", "ok"),
        ({"label": "bot20260828"}, "age", "problem"),
        ({"label": "bot20260101to20261101"}, "age", "ok"),
        ({"label": "bot"}, "age", "skipped"),
        ({"label": "bot20261301"}, "age", "skipped"),
        ({"label": "bot20260230"}, "age", "skipped"),
        ({"label": "bot20261128"}, "age", "skipped"),
        ({"label": "bot120261101"}, "age", "skipped"),
        ({"label": None}, "age", "skipped"),
        ({"uid": "1"}, "owner", "warning"),
        ({"uid": "1", "perm": "read_only"}, "owner", "ok"),
        ({"uid": None}, "owner", "skipped"),
        ({"uid": "", "mainUid": ""}, "owner", "skipped"),
    ],
)
def test_one_thing_changes_one_check(change: dict[str, Any], id_: str, status: str) -> None:
    statuses = examine_answer({**GOOD, **change}, "trade")

    assert statuses == {**dict.fromkeys(audit.IDS, "ok"), id_: status}


@pytest.mark.parametrize("odd", [{}, {"perm": 7, "ip": [1], "label": {}, "uid": 1.5}])
def test_an_odd_answer_ends_in_words(odd: dict[str, Any]) -> None:
    assert list(examine_answer(odd)) == list(audit.IDS)


def test_a_key_in_the_keyring_is_examined(
    exchange: RunningSandbox, memory_keyring: MemoryKeyring
) -> None:
    Credentials(TIDY_KEY.api_key, TIDY_KEY.secret_key, TIDY_KEY.passphrase).to_keyring("bot")

    result = run(exchange, TIDY_KEY, "--need", "trade", "--profile", "bot")

    assert result.exit_code == 0
    assert "From the keyring, profile bot; characters:" in result.stdout


def test_a_locked_keyring_is_a_problem_in_words(
    exchange: RunningSandbox, memory_keyring: MemoryKeyring
) -> None:
    keyring.set_keyring(LockedKeyring())

    result = run(exchange, TIDY_KEY, "--profile", "bot")

    assert result.exit_code == 1
    assert "keyring refused (KeyringLocked)." in result.stdout
