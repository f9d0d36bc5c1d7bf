"""Orders over the WebSocket: they are those of REST, by another door."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from okx_guide import facts
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox
from okx_guide.sandbox.state.keys import EXPIRES_AFTER
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.websocket.operations import OPERATIONS
from tests.support.disk import FULL, refuse_commit
from tests.support.raw_http import NOW, make_private_headers, order, send_request
from tests.support.websocket_client import Client, Open, login

READER = replace(
    PRACTICE_KEY,
    api_key="00000000-0000-4000-8000-000000000003",
    permissions=("read_only",),
)
LIVE = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000002", demo=False)
CODE = INSTRUMENTS["BTC-USDT"].code


@pytest.fixture(scope="module")
def keys() -> Sequence[Key]:
    return PRACTICE_KEY, READER, LIVE


def make_limit_order(**changes: Any) -> dict[str, Any]:
    """A limit order far from the market; changed or, with None, without a field."""
    fields = {
        "instIdCode": CODE,
        "tdMode": "cash",
        "side": "buy",
        "ordType": "limit",
        "px": "1000",
        "sz": "0.1",
    } | changes
    return {name: value for name, value in fields.items() if value is not None}


def make_request(op: str, *args: Any, **changes: Any) -> dict[str, Any]:
    fields = {"id": "1512", "op": op, "args": list(args)} | changes
    return {name: value for name, value in fields.items() if value is not None}


def place(client: Client, *orders: dict[str, Any]) -> list[str]:
    """Place orders; return their numbers."""
    answer = client.ask(make_request("batch-orders", *(orders or (make_limit_order(),))))
    assert answer["code"] == "0", answer
    return [row["ordId"] for row in answer["data"]]


def list_pending(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    path = "/api/v5/trade/orders-pending"
    answer = send_request(sandbox.url, "GET", path, make_private_headers("GET", path))
    rows: list[dict[str, Any]] = answer.json["data"]
    return rows


# --- what is done -----------------------------------------------------------------------


def test_an_order_is_placed_and_the_answer_is_the_documented_one(
    sandbox: RunningSandbox, client: Client
) -> None:
    answer = client.ask(make_request("order", make_limit_order(clOrdId="mine", tag="t")))
    number = answer["data"][0]["ordId"]
    expected = {
        "id": "1512",
        "op": "order",
        "data": [
            {
                "clOrdId": "mine",
                "ordId": number,
                "tag": "t",
                "ts": str(int(NOW * 1000)),
                "sCode": "0",
                "sMsg": "Order placed",
                "subCode": "",
            }
        ],
        "code": "0",
        "msg": "",
        "inTime": str(int(NOW * 1_000_000)),
        "outTime": str(int(NOW * 1_000_000)),
    }
    assert expected == answer
    assert [(number, "mine", "BTC-USDT")] == [
        (row["ordId"], row["clOrdId"], row["instId"]) for row in list_pending(sandbox)
    ]


def test_an_order_is_amended_and_cancelled(sandbox: RunningSandbox, client: Client) -> None:
    (number,) = place(client)
    named = {"instIdCode": CODE, "ordId": number}
    amended = client.ask(make_request("amend-order", named | {"newPx": "1001", "reqId": "r1"}))
    assert {**amended["data"][0], "ts": ""} == {
        "clOrdId": "",
        "ordId": number,
        "ts": "",
        "reqId": "r1",
        "sCode": "0",
        "sMsg": "",
        "subCode": "",
    }
    assert [row["px"] for row in list_pending(sandbox)] == ["1001"]
    cancelled = client.ask(make_request("cancel-order", named))
    assert {**cancelled["data"][0], "ts": ""} == {
        "clOrdId": "",
        "ordId": number,
        "ts": "",
        "sCode": "0",
        "sMsg": "",
    }
    assert list_pending(sandbox) == []


def test_lists_of_orders_say_of_each_how_it_went(sandbox: RunningSandbox, client: Client) -> None:
    first, second = place(client, make_limit_order(), make_limit_order(clOrdId="b"))
    named = [{"instIdCode": CODE, "ordId": first}, {"instIdCode": CODE, "clOrdId": "b"}]
    amended = client.ask(
        make_request("batch-amend-orders", *(name | {"newSz": "0.2"} for name in named))
    )
    assert (amended["code"], [row["ordId"] for row in amended["data"]]) == ("0", [first, second])
    lost = {"instIdCode": CODE, "ordId": "9"}
    partly = client.ask(make_request("batch-cancel-orders", *named, lost))
    assert (partly["code"], partly["msg"]) == ("2", "")
    assert [row["sCode"] for row in partly["data"]] == ["0", "0", "51400"]
    assert partly["data"][2]["ordId"] == "9"
    never = client.ask(make_request("batch-cancel-orders", *named))
    assert (never["code"], len(never["data"])) == ("1", 2)
    assert list_pending(sandbox) == []


def test_the_answer_comes_before_what_the_channels_push(client: Client) -> None:
    client.subscribe({"channel": "orders", "instType": "SPOT"})
    answer = client.ask(make_request("order", make_limit_order()))
    pushed = client.read()
    assert (answer["op"], pushed["arg"]["channel"]) == ("order", "orders")
    assert answer["data"][0]["ordId"] == pushed["data"][0]["ordId"]


def test_what_is_placed_here_is_seen_and_cancelled_over_rest(
    sandbox: RunningSandbox, client: Client
) -> None:
    (number,) = place(client)
    body = f'{{"instId":"BTC-USDT","ordId":"{number}"}}'
    path = "/api/v5/trade/cancel-order"
    headers = make_private_headers("POST", path, body)
    assert send_request(sandbox.url, "POST", path, headers, body).code == "0"
    answer = client.ask(make_request("cancel-order", {"instIdCode": CODE, "ordId": number}))
    assert answer["data"][0]["sCode"] == "51400"


# --- the instrument ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"instIdCode": None, "instId": "BTC-USDT"}, "50014", "instId is ignored"),
        ({"instIdCode": ""}, "50014", "name the instrument by instIdCode"),
        ({"instIdCode": 999}, "51001", "this sandbox has 1 (BTC-USDT)"),
        ({"instIdCode": -1}, "51000", "instIdCode is a whole number"),
        ({"instIdCode": 1.5}, "51000", "instIdCode is a whole number"),
        ({"instIdCode": "BTC-USDT"}, "51000", "instIdCode is a whole number"),
        ({"instIdCode": True}, "51000", "instIdCode is a whole number"),
        ({"instIdCode": [CODE]}, "51000", "instIdCode is a whole number"),
    ],
)
@pytest.mark.parametrize("op", ["order", "cancel-order", "amend-order"])
def test_an_instrument_is_named_by_its_number(
    sandbox: RunningSandbox, client: Client, op: str, changes: Any, code: str, words: str
) -> None:
    answer = client.ask(make_request(op, make_limit_order(ordId="5", **changes)))
    (row,) = answer["data"]
    assert (answer["code"], row["sCode"]) == ("1", code)
    assert words in answer["sandboxHint"]
    assert list_pending(sandbox) == []


def test_the_number_decides_and_not_the_name_beside_it(
    sandbox: RunningSandbox, client: Client
) -> None:
    place(client, make_limit_order(instId="ETH-USDT"), make_limit_order(instIdCode=str(CODE)))
    assert [row["instId"] for row in list_pending(sandbox)] == ["BTC-USDT"] * 2


def test_the_rule_is_that_of_the_facts() -> None:
    assert facts.rule("ws-order-instrument", "ignored", str) == "instId"


# --- refusals ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"px": "0.05"}, "51000"),
        ({"px": None}, "51204"),
        ({"sz": "100"}, "51008"),
        ({"side": "both"}, "51000"),
        ({"clOrdId": "a-b"}, "51000"),
        ({"sz": {}}, "51000"),
        ({"tdMode": None}, "50014"),
        ({"attachAlgoOrds": [{"slTriggerPx": "900", "slOrdPx": "-1"}]}, "51000"),
    ],
)
def test_an_order_that_is_refused_has_the_code_of_rest_in_its_row(
    client: Client, changes: Any, code: str
) -> None:
    answer = client.ask(make_request("order", make_limit_order(**changes)))
    (row,) = answer["data"]
    assert (answer["code"], answer["msg"], row["sCode"], row["ordId"]) == ("1", "", code, "")
    assert row.keys() == {"clOrdId", "ordId", "tag", "ts", "sCode", "sMsg", "subCode"}
    assert row["sMsg"]


@pytest.mark.parametrize("op", OPERATIONS)
@pytest.mark.parametrize("args", [None, [], {}, "x", [1], [None], [[]], [{}, 1]])
def test_args_of_another_form_are_no_order(client: Client, op: str, args: Any) -> None:
    answer = client.ask(make_request(op, args=args))
    assert {**answer, "sandboxHint": ""} == {
        "id": "1512",
        "op": op,
        "data": [],
        "code": "60013",
        "msg": "Invalid args",
        "inTime": str(int(NOW * 1_000_000)),
        "outTime": str(int(NOW * 1_000_000)),
        "sandboxHint": "",
    }


@pytest.mark.parametrize("op", ["order", "cancel-order", "amend-order"])
def test_one_order_is_not_two(sandbox: RunningSandbox, client: Client, op: str) -> None:
    assert client.ask_code(make_request(op, make_limit_order(), make_limit_order())) == "60013"
    assert list_pending(sandbox) == []


@pytest.mark.parametrize(
    ("op", "code"),
    [
        ("batch-orders", "51111"),
        ("batch-amend-orders", "51501"),
        ("batch-cancel-orders", "51406"),
    ],
)
def test_a_list_has_twenty_at_most(
    sandbox: RunningSandbox, client: Client, op: str, code: str
) -> None:
    assert client.ask_code(make_request(op, *[make_limit_order()] * 21)) == code
    assert list_pending(sandbox) == []


@pytest.mark.parametrize("op", OPERATIONS)
def test_an_order_needs_a_login(open_: Open, op: str) -> None:
    answer = open_().ask(make_request(op, make_limit_order()))
    assert (answer["event"], answer["code"], answer["id"]) == ("error", "60011", "1512")


@pytest.mark.parametrize("endpoint", ["public", "business"])
def test_an_order_goes_to_the_private_address(
    sandbox: RunningSandbox, open_: Open, endpoint: str
) -> None:
    client = open_(endpoint)
    assert client.ask_code(login()) == "0"
    answer = client.ask(make_request("order", make_limit_order()))
    assert (answer["event"], answer["code"], answer["id"]) == ("error", "60028", "1512")
    assert list_pending(sandbox) == []


@pytest.mark.parametrize("op", OPERATIONS)
def test_an_order_needs_the_permission_to_trade(open_: Open, op: str) -> None:
    client = open_()
    assert client.ask_code(login(READER)) == "0"
    answer = client.ask(make_request(op, make_limit_order()))
    assert (answer["op"], answer["code"], answer["data"]) == (op, "50120", [])
    assert "the key has read_only" in answer["sandboxHint"]


@pytest.mark.parametrize(
    ("name", "code"), [(None, "60027"), ("", "60033"), ("a-b", "60033"), ("x" * 33, "60033")]
)
def test_an_order_has_an_id(sandbox: RunningSandbox, client: Client, name: Any, code: str) -> None:
    answer = client.ask(make_request("order", make_limit_order(), id=name))
    assert (answer["event"], answer["code"], "id" in answer) == ("error", code, False)
    assert answer["msg"].startswith("Parameter id ")
    assert list_pending(sandbox) == []


def test_a_secret_as_the_id_is_not_repeated(sandbox: RunningSandbox, client: Client) -> None:
    answer = client.ask(make_request("order", make_limit_order(), id=PRACTICE_KEY.secret_key))
    assert answer["code"] == "60012"
    assert PRACTICE_KEY.secret_key not in str(answer)
    assert list_pending(sandbox) == []


@pytest.mark.parametrize(
    ("deadline", "code"),
    [
        (str(int(NOW * 1000) - 1), "50036"),
        ("0", "50036"),
        (int(NOW * 1000) - 1, "50036"),
        ("soon", "51000"),
        ("1.5", "51000"),
        ([], "51000"),
        ("9" * 20, "51000"),
    ],
)
@pytest.mark.parametrize("op", ["order", "batch-orders", "amend-order", "batch-amend-orders"])
def test_an_order_whose_time_has_passed_is_not_placed(
    sandbox: RunningSandbox, client: Client, op: str, deadline: object, code: str
) -> None:
    answer = client.ask(make_request(op, make_limit_order(), expTime=deadline))
    assert (answer["op"], answer["code"], answer["data"]) == (op, code, [])
    assert "expTime" in answer["sandboxHint"]
    assert list_pending(sandbox) == []


@pytest.mark.parametrize("deadline", [str(int(NOW * 1000)), int(NOW * 1000) + 1, "", None])
def test_an_order_in_time_is_placed(client: Client, deadline: object) -> None:
    assert client.ask_code(make_request("order", make_limit_order(), expTime=deadline)) == "0"


def test_orders_of_both_doors_count_together(sandbox: RunningSandbox, client: Client) -> None:
    for _ in range(59):
        assert client.ask_code(make_request("order", make_limit_order())) == "0"
    body, path = order(px="1000"), "/api/v5/trade/order"
    headers = make_private_headers("POST", path, body)
    assert send_request(sandbox.url, "POST", path, headers, body).code == "0"
    answer = client.ask(make_request("order", make_limit_order()))
    assert (answer["code"], answer["data"]) == ("50011", [])
    assert send_request(sandbox.url, "POST", path, headers, body).code == "50011"
    # Of another pair there was none yet, and nonsense counts too.
    eth = make_limit_order(instIdCode=INSTRUMENTS["ETH-USDT"].code)
    assert client.ask_code(make_request("order", eth)) == "0"
    codes = [client.ask_code(make_request("order")) for _ in range(61)]
    assert codes == ["60013"] * 60 + ["50011"]


def test_orders_are_not_counted_as_operations_of_the_connection(client: Client) -> None:
    for _ in range(500):
        client.ask_code(make_request("cancel-order"))
    assert client.ask_code({"op": "login", "args": [{}]}) == "60031"


def test_a_fault_that_was_ordered_comes_by_this_door_too(
    sandbox: RunningSandbox, client: Client
) -> None:
    sandbox.refuse("50026", endpoint="POST /api/v5/trade/order")
    answer = client.ask(make_request("order", make_limit_order()))
    assert (answer["code"], answer["data"]) == ("50026", [])
    sandbox.refuse("51008")
    answer = client.ask(make_request("order", make_limit_order()))
    assert (answer["code"], answer["data"][0]["sCode"]) == ("1", "51008")
    assert client.ask_code(make_request("order", make_limit_order())) == "0"


def test_an_order_that_cannot_be_written_down_is_refused(
    sandbox: RunningSandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sandbox.exchange.store, "commit", refuse_commit)
        answer = client.ask(make_request("order", make_limit_order()))
    assert (answer["code"], answer["data"]) == ("50001", [])
    assert answer["sandboxHint"] == FULL


def test_a_key_that_has_expired_places_no_order(sandbox: RunningSandbox, open_: Open) -> None:
    client = open_(key=LIVE)
    assert client.ask_code(login(LIVE)) == "0"
    sandbox.clock.set_skew(EXPIRES_AFTER + 1)
    client.send_json(make_request("order", make_limit_order()))
    assert client.read_close()[0] == 4007
    assert sandbox.exchange.account(LIVE).orders == []


# --- what is not done -------------------------------------------------------------------

OPTIONS = {"instType": "OPTION", "instFamily": "BTC-USD"}


def test_a_mass_cancellation_is_refused_as_over_rest(
    sandbox: RunningSandbox, client: Client
) -> None:
    answer = client.ask(make_request("mass-cancel", OPTIONS))
    path, body = "/api/v5/trade/mass-cancel", json.dumps(OPTIONS)
    over_rest = send_request(
        sandbox.url, "POST", path, make_private_headers("POST", path, body), body
    )
    assert (answer["op"], answer["id"], answer["data"]) == ("mass-cancel", "1512", [])
    assert [answer[name] for name in ("code", "msg")] == [
        over_rest.json[name] for name in ("code", "msg")
    ]
    assert answer["code"] == "51010"
    assert answer["sandboxHint"] == over_rest.hint


@pytest.mark.parametrize("args", [(), ("BTC-USD",), (OPTIONS, OPTIONS)])
def test_a_mass_cancellation_of_another_form_has_invalid_args(
    client: Client, args: Sequence[Any]
) -> None:
    answer = client.ask(make_request("mass-cancel", *args))
    assert (answer["code"], answer["data"]) == ("60013", [])


def test_who_may_not_trade_may_not_cancel_either(open_: Open) -> None:
    client = open_("private")
    assert client.ask_code(login(READER)) == "0"
    assert client.ask(make_request("mass-cancel", OPTIONS))["code"] == "50120"


@pytest.mark.parametrize(("mode", "code"), [("1", "51010"), ("2", "51022")])
def test_an_order_for_the_swap_is_refused(
    sandbox: RunningSandbox, client: Client, mode: str, code: str
) -> None:
    sandbox.exchange.account(PRACTICE_KEY).set_mode({"acctLv": mode})
    swap = INSTRUMENTS["BTC-USDT-SWAP"].code
    answer = client.ask(make_request("order", make_limit_order(instIdCode=swap, sz="1")))
    assert (answer["code"], answer["data"][0]["sCode"]) == ("1", code)
