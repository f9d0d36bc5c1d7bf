"""Every answer has every field that OKX documents for it, and no parameter is swallowed."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from okx_guide import facts
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox
from okx_guide.sandbox.rest.endpoints import ENDPOINTS, Endpoint
from okx_guide.sandbox.shapes import SHAPES, encode
from scripts.docs.openapi import REQUESTS
from tests.support.raw_http import Answer, make_private_headers, send_request

EVERY = ("read_only", "trade", "withdraw")
KEY = replace(PRACTICE_KEY, permissions=EVERY, ips=("127.0.0.1",))
ORDER = "POST /api/v5/trade/order"
# What refuses every request: nothing can leave the practice exchange, and it has no options.
NEVER_DONE = {"POST /api/v5/asset/withdrawal", "POST /api/v5/trade/mass-cancel"}
# Of these an account without margin has none.
EMPTY = {"GET /api/v5/account/positions", "GET /api/v5/system/status"}


@pytest.fixture(scope="module")
def keys() -> Sequence[Key]:
    return (KEY,)


def ask(url: str, endpoint: Endpoint, params: Any, **more: str) -> Answer:
    """Send one request to an endpoint, as a list where it takes one."""
    target, body = endpoint.path, ""
    if endpoint.method == "POST":
        body = json.dumps([params] if endpoint.batch_of else params)
    elif params:
        target += "?" + "&".join(f"{name}={value}" for name, value in params.items())
    headers = make_private_headers(endpoint.method, target, body, key=KEY) | more
    return send_request(url, endpoint.method, target, headers, body)


def find_gaps(template: Any, value: Any, place: str = "row") -> list[str]:
    """Return in words where a value is not what its template says."""
    if type(template) is not type(value):
        return [f"{place} is {type(value).__name__}, not {type(template).__name__}"]
    if isinstance(template, dict):
        gaps = [f"{place} lacks {name}" for name in template if name not in value]
        gaps += [f"{place} has {name} besides" for name in value if name not in template]
        shared = [name for name in template if name in value]
        return gaps + [g for n in shared for g in find_gaps(template[n], value[n], f"{place}.{n}")]
    if isinstance(template, list) and template and isinstance(template[0], str):
        return [] if len(template) == len(value) else [f"{place} has {len(value)} items"]
    if isinstance(template, list) and template:
        return [gap for item in value for gap in find_gaps(template[0], item, f"{place}[]")]
    return []


@pytest.fixture(scope="module")
def answers(running_sandbox: RunningSandbox) -> dict[str, Answer]:
    """The answer of each endpoint, in an order in which each finds what it asks for."""
    exchange = running_sandbox.exchange
    exchange.reset()
    exchange.account(KEY).place_order(REQUESTS[ORDER] | {"clOrdId": "filled", "px": "50000"})
    by_name: dict[str, Answer] = {}
    values: dict[str, str] = {}
    for name, params in REQUESTS.items():
        own = {n: v for n, v in values.items() if n in params}
        by_name[name] = ask(running_sandbox.url, ENDPOINTS[name], params | own)
        if name.endswith("/apikey") and name.startswith("POST"):
            values = {"apiKey": by_name[name].json["data"][0]["apiKey"]}
    for endpoint in ENDPOINTS.values():
        if endpoint.batch_of != endpoint.name and endpoint.batch_of:
            # Refused or not, a row of a list has the same fields.
            params = REQUESTS[endpoint.batch_of]
            by_name[endpoint.name] = ask(running_sandbox.url, endpoint, params)
    return by_name


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_an_answer_has_every_documented_field_and_no_other(
    answers: dict[str, Answer], endpoint: Endpoint
) -> None:
    rows = answers[endpoint.name].json["data"]
    assert bool(rows) == (endpoint.name not in NEVER_DONE | EMPTY), answers[endpoint.name].body
    assert [gap for row in rows for gap in find_gaps(endpoint.shape.row, row)] == []


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"ccy": None}, "row.ccy is NoneType, not str"),
        ({"extra": ""}, "row has extra besides"),
        ({"details": [{"a": 1}]}, "row.details[].a is int, not str"),
        ({"details": [{}]}, "row.details[] lacks a"),
        ({"bid": ["1"]}, "row.bid has 1 items"),
        ({"on": "false"}, "row.on is str, not bool"),
        ({"code": True}, "row.code is bool, not int"),
    ],
)
def test_the_comparison_sees_a_difference(change: dict[str, Any], gap: str) -> None:
    template = {"ccy": "", "details": [{"a": ""}], "bid": ["", ""], "on": False, "code": 0}
    right = {"ccy": "x", "details": [], "bid": ["1", "2"], "on": True, "code": 7}
    assert ([], [gap]) == (find_gaps(template, right), find_gaps(template, right | change))


@pytest.mark.parametrize(
    ("name", "fields", "nested"),
    [
        ("GET /api/v5/account/balance", 20, ("details", 48)),
        ("GET /api/v5/asset/currencies", 30, None),
        ("GET /api/v5/trade/order", 53, ("attachAlgoOrds", 18)),
        ("GET /api/v5/account/instruments", 51, ("upcChg", 3)),
        ("GET /api/v5/public/instruments", 47, ("upcChg", 3)),
    ],
)
def test_the_longest_rows_are_as_long_as_on_the_pages_of_okx(
    name: str, fields: int, nested: tuple[str, int] | None
) -> None:
    row = SHAPES[name].row
    assert fields == len(row)
    if nested:
        assert nested[1] == len(row[nested[0]][0])


def test_each_endpoint_has_a_shape_and_the_shapes_have_a_source() -> None:
    assert ENDPOINTS.keys() == SHAPES.keys()
    lists = {endpoint.name for endpoint in ENDPOINTS.values() if endpoint.batch_of}
    assert ENDPOINTS.keys() - REQUESTS.keys() == lists - {"POST /api/v5/trade/cancel-algos"}
    assert "okx-docs-shapes" in facts.sources()


@pytest.mark.parametrize("name", SHAPES)
def test_a_row_is_written_as_it_is_filled(name: str) -> None:
    shape = SHAPES[name]
    template = shape.row
    assert encode(shape.fill_row(template)) == shape.write_row(template)
    if isinstance(template, dict):
        hostile = {field: '"\\ö\n' for field, value in template.items() if value == ""}
        for row in ({}, hostile, dict(reversed(hostile.items())), {"besides": None}):
            assert encode(shape.fill_row(row)) == shape.write_row(row)
            assert shape.fill_row(row) == json.loads(shape.write_row(row))


@pytest.mark.parametrize("name", SHAPES)
def test_what_a_field_always_is_has_its_type(name: str) -> None:
    shape = SHAPES[name]
    if isinstance(shape.row, dict):
        nested: dict[str, Any] = {
            field: [{}]
            for field, value in shape.row.items()
            if value and isinstance(value, list) and isinstance(value[0], dict)
        }
        assert find_gaps(shape.row, shape.fill_row(nested)) == []


# --- parameters -------------------------------------------------------------------------

UNDONE = [
    (endpoint, name, values)
    for endpoint in ENDPOINTS.values()
    for name, values in endpoint.shape.refused_params.items()
]


def _is_refused(answer: Answer, name: str) -> bool:
    row = answer.json
    if row["code"] == "1":
        row = {"code": row["data"][0]["sCode"], "msg": row["data"][0]["sMsg"]}
    return bool(
        row["code"] == "51000"
        and row["msg"] == f"Parameter {name} error"
        and answer.hint.startswith(f"{name} is not done in this sandbox")
    )


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [(endpoint, name) for endpoint, name, _ in UNDONE],
    ids=[f"{endpoint.name} {name}" for endpoint, name, _ in UNDONE],
)
def test_a_parameter_that_is_not_done_is_refused(
    sandbox: RunningSandbox, endpoint: Endpoint, name: str
) -> None:
    params = REQUESTS[endpoint.batch_of or endpoint.name]
    assert _is_refused(ask(sandbox.url, endpoint, params | {name: "7"}), name)


@pytest.mark.parametrize(
    "value", [[{"slTriggerPx": "1"}], {"a": 1}, 7, True, "\x00", ["cancel_maker"]]
)
def test_whatever_its_value_is(sandbox: RunningSandbox, value: Any) -> None:
    endpoint = ENDPOINTS[ORDER]
    params = REQUESTS[ORDER] | {"attachAlgoOrds": value}
    assert _is_refused(ask(sandbox.url, endpoint, params), "attachAlgoOrds")
    assert sandbox.exchange.account(KEY).orders == []


@pytest.mark.parametrize(
    "extra",
    [
        {"attachAlgoOrds": None, "posSide": "", "pxUsd": [], "ccy": {}},
        {"posSide": "net", "reduceOnly": False, "banAmend": "true", "stpMode": "cancel_both"},
    ],
)
def test_what_changes_nothing_is_taken(sandbox: RunningSandbox, extra: dict[str, Any]) -> None:
    answer = ask(sandbox.url, ENDPOINTS[ORDER], REQUESTS[ORDER] | extra)
    assert (answer.code, answer.hint) == ("0", "")


def test_what_okx_does_not_know_is_ignored_with_a_hint(sandbox: RunningSandbox) -> None:
    strange = {"speed": "1", "ö\r\n": "2", "x" * 99: "", "a": "", "b": "", "c": ""}
    answer = ask(sandbox.url, ENDPOINTS[ORDER], REQUESTS[ORDER] | strange)
    assert answer.code == "0"
    named = f"speed, \\xf6  , {'x' * 32}, a, b"
    reason = "ignored, because OKX documents no such parameter of this endpoint: "
    assert reason + named == answer.hint


def test_what_is_ignored_does_not_filter(sandbox: RunningSandbox) -> None:
    ask(sandbox.url, ENDPOINTS[ORDER], REQUESTS[ORDER] | {"px": "50000"})
    fills = ENDPOINTS["GET /api/v5/trade/fills"]
    answer = ask(sandbox.url, fills, {"state": "canceled"})
    assert len(answer.json["data"]) == 1
    assert answer.hint.endswith("of this endpoint: state")


# --- expTime ----------------------------------------------------------------------------

TIMED = [endpoint for endpoint in ENDPOINTS.values() if endpoint.new_order]


@pytest.mark.parametrize("endpoint", TIMED, ids=[endpoint.name for endpoint in TIMED])
@pytest.mark.parametrize(
    ("deadline", "code"),
    [
        ("1607418537714", "50036"),
        ("0", "50036"),
        ("-1", "51000"),
        ("1607418537.7", "51000"),
        ("soon", "51000"),
        ("1" * 20, "51000"),
    ],
)
def test_an_order_whose_time_has_passed_is_not_placed(
    sandbox: RunningSandbox, endpoint: Endpoint, deadline: str, code: str
) -> None:
    params = REQUESTS[endpoint.batch_of or endpoint.name]
    answer = ask(sandbox.url, endpoint, params, expTime=deadline)
    assert (code, []) == (answer.code, answer.json["data"])
    assert sandbox.exchange.account(KEY).orders == []
    assert "expTime" in answer.hint


@pytest.mark.parametrize("deadline", ["1607418537715", "9999999999999999999", ""])
def test_an_order_in_time_is_placed(sandbox: RunningSandbox, deadline: str) -> None:
    answer = ask(sandbox.url, ENDPOINTS[ORDER], REQUESTS[ORDER], expTime=deadline)
    assert (answer.code, answer.hint) == ("0", "")


def test_the_deadline_counts_only_where_okx_says_so(sandbox: RunningSandbox) -> None:
    ask(sandbox.url, ENDPOINTS[ORDER], REQUESTS[ORDER])
    cancel = ENDPOINTS["POST /api/v5/trade/cancel-order"]
    assert ask(sandbox.url, cancel, REQUESTS[cancel.name], expTime="1").code == "0"


def test_a_deadline_in_the_body_is_ignored_with_a_hint(sandbox: RunningSandbox) -> None:
    answer = ask(sandbox.url, ENDPOINTS[ORDER], REQUESTS[ORDER] | {"expTime": "1"})
    assert answer.code == "0"
    assert answer.hint == "expTime is ignored here: in REST it is a header of the request"
