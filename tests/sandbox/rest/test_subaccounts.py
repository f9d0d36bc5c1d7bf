import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox
from tests.support.raw_http import Answer, make_private_headers, send_request

PATH = "/api/v5/users/subaccount/apikey"
MODIFY = "/api/v5/users/subaccount/modify-apikey"
DELETE = "/api/v5/users/subaccount/delete-apikey"
CONFIG = "/api/v5/account/config"

BOUND = replace(PRACTICE_KEY, ips=("127.0.0.1",))
UNBOUND = replace(PRACTICE_KEY, api_key="5a4db0c5-0000-4000-8000-000000000002", label="unbound")
SUB = replace(
    PRACTICE_KEY,
    api_key="5a4db0c5-0000-4000-8000-000000000003",
    account="practice1",
    ips=("127.0.0.1",),
)
WANTED = {"subAcct": "practice1", "label": "bot1", "passphrase": "Practice-0nly"}


@pytest.fixture(scope="module")
def keys() -> Sequence[Key]:
    return (BOUND, UNBOUND, SUB)


def post(url: str, path: str, key: Any = BOUND, **params: Any) -> Answer:
    body = json.dumps(params)
    return send_request(url, "POST", path, make_private_headers("POST", path, body, key=key), body)


def get_keys(url: str, **params: str) -> Answer:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return send_request(
        url, "GET", f"{PATH}?{query}", make_private_headers(target=f"{PATH}?{query}", key=UNBOUND)
    )


def create_key(running_sandbox: RunningSandbox, **changes: Any) -> dict[str, Any]:
    answer = post(running_sandbox.url, PATH, **(WANTED | changes))
    assert answer.code == "0", answer.body
    row: dict[str, Any] = answer.json["data"][0]
    return row


def test_a_key_is_made_and_works_for_its_sub_account(
    url: str, running_sandbox: RunningSandbox
) -> None:
    row = create_key(running_sandbox, perm="read_only,trade", ip="127.0.0.1,::1")
    assert row["subAcct"] == "practice1"
    assert (row["perm"], row["ip"]) == ("read_only,trade", "127.0.0.1,::1")
    key = replace(
        PRACTICE_KEY,
        api_key=row["apiKey"],
        secret_key=row["secretKey"],
        passphrase=row["passphrase"],
    )
    answer = send_request(url, "GET", CONFIG, make_private_headers(target=CONFIG, key=key))
    assert answer.json["data"][0]["label"] == "bot1"
    assert answer.json["data"][0]["type"] == "1"


def test_a_key_reads_only_unless_told_otherwise(url: str, running_sandbox: RunningSandbox) -> None:
    assert create_key(running_sandbox)["perm"] == "read_only"


def test_the_secret_is_shown_once(url: str, running_sandbox: RunningSandbox) -> None:
    row = create_key(running_sandbox)
    answer = get_keys(url, subAcct="practice1", apiKey=row["apiKey"])
    [listed] = answer.json["data"]
    assert set(listed) == {"label", "apiKey", "perm", "ip", "ts"}
    assert row["secretKey"].encode() not in answer.body
    changed = post(url, MODIFY, subAcct="practice1", apiKey=row["apiKey"], label="bot2")
    assert row["secretKey"].encode() not in changed.body


def test_the_keys_of_a_sub_account_are_listed(url: str, running_sandbox: RunningSandbox) -> None:
    row = create_key(running_sandbox)
    listed = [key["apiKey"] for key in get_keys(url, subAcct="practice1").json["data"]]
    assert listed == [SUB.api_key, row["apiKey"]]
    assert get_keys(url, subAcct="practice2").json["data"] == []


def test_what_is_passed_replaces_and_the_rest_stays(
    url: str, running_sandbox: RunningSandbox
) -> None:
    name = {"subAcct": "practice1", "apiKey": create_key(running_sandbox, ip="127.0.0.1")["apiKey"]}
    [row] = post(url, MODIFY, **name, perm="trade").json["data"]
    assert (row["label"], row["perm"], row["ip"]) == ("bot1", "trade", "127.0.0.1")


def test_an_empty_address_unbinds(url: str, running_sandbox: RunningSandbox) -> None:
    name = {"subAcct": "practice1", "apiKey": create_key(running_sandbox, ip="127.0.0.1")["apiKey"]}
    assert post(url, MODIFY, **name, ip="").json["data"][0]["ip"] == ""


def test_a_deleted_key_is_gone_at_once(url: str, running_sandbox: RunningSandbox) -> None:
    row = create_key(running_sandbox)
    name = {"subAcct": "practice1", "apiKey": row["apiKey"]}
    assert post(url, DELETE, **name).json["data"] == [{"subAcct": "practice1"}]
    key = replace(PRACTICE_KEY, api_key=row["apiKey"], secret_key=row["secretKey"])
    assert (
        send_request(url, "GET", CONFIG, make_private_headers(target=CONFIG, key=key)).code
        == "50119"
    )


@pytest.mark.parametrize("path", [PATH, MODIFY, DELETE])
def test_the_key_that_manages_keys_must_be_bound(url: str, path: str) -> None:
    answer = post(url, path, key=UNBOUND, **WANTED)
    assert (answer.status, answer.code) == (403, "50035")


@pytest.mark.parametrize("path", [PATH, MODIFY, DELETE])
def test_a_sub_account_manages_no_keys(url: str, path: str) -> None:
    assert post(url, path, key=SUB, **WANTED).code == "59500"


def test_keys_may_be_listed_by_an_unbound_key_but_not_by_a_sub_account(url: str) -> None:
    target = f"{PATH}?subAcct=practice1"
    assert (
        send_request(url, "GET", target, make_private_headers(target=target, key=UNBOUND)).code
        == "0"
    )
    assert (
        send_request(url, "GET", target, make_private_headers(target=target, key=SUB)).code
        == "59500"
    )


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("50014", {"subAcct": None}),
        ("50014", {"label": ""}),
        ("50014", {"passphrase": None}),
        ("51000", {"label": ["bot1"]}),
        ("51000", {"perm": ["trade"]}),
        ("51000", {"perm": "admin"}),
        ("51000", {"ip": "localhost"}),
        ("59503", {"ip": ",".join(f"203.0.113.{number}" for number in range(21))}),
        ("59504", {"perm": "withdraw"}),
        ("59505", {"passphrase": "too-simple"}),
        ("59510", {"subAcct": "nobody"}),
    ],
)
def test_a_wish_that_breaks_a_rule_is_refused(url: str, code: str, changes: Any) -> None:
    params = {name: value for name, value in (WANTED | changes).items() if value is not None}
    answer = post(url, PATH, **params)
    assert answer.code == code
    assert WANTED["passphrase"].encode() not in answer.body + repr(answer.headers).encode()


@pytest.mark.parametrize("path", [MODIFY, DELETE])
@pytest.mark.parametrize(
    "name",
    [
        {"subAcct": "practice2", "apiKey": SUB.api_key},
        {"subAcct": "practice1", "apiKey": BOUND.api_key},
        {"subAcct": "practice1", "apiKey": "nothing"},
    ],
)
def test_only_a_key_of_the_named_sub_account_is_touched(
    url: str, running_sandbox: RunningSandbox, path: str, name: Any
) -> None:
    before = list(running_sandbox.exchange.keys)
    assert post(url, path, **name).code == "59506"
    assert before == list(running_sandbox.exchange.keys)


def test_one_wish_a_second(url: str, running_sandbox: RunningSandbox) -> None:
    assert post(url, PATH, **WANTED).code == "0"
    assert post(url, PATH, **(WANTED | {"label": "bot2"})).code == "50011"
