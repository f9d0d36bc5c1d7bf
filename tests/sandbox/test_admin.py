import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from okx_guide.sandbox.state.journal import KEPT_AT_MOST, Journal, Trace
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.state.store import Store
from tests.support.disk import FULL, refuse_commit
from tests.support.properties import examples
from tests.support.raw_http import (
    ISO,
    NOW,
    Answer,
    connect,
    make_private_headers,
    order,
    post,
    request,
    send,
    send_request,
)

BALANCE = "/api/v5/account/balance"
TIME = "/api/v5/public/time"
ORDER = "/api/v5/trade/order"
JSON = {"Content-Type": "application/json"}


def send_local(
    url: str, method: str, path: str, headers: Any = (), body: str | bytes = b""
) -> Answer:
    """As `send_request()`, but under the name that a reader would use."""
    data = [("Host", url.removeprefix("http://")), *dict(headers).items()]
    raw_request = b"\r\n".join(
        [f"{method} {path} HTTP/1.1".encode(), b"Connection: close"]
        + [f"{name}: {value}".encode() for name, value in data]
        + [
            f"Content-Length: {len(body)}".encode(),
            b"",
            body if isinstance(body, bytes) else body.encode(),
        ]
    )
    return send(url, raw_request)


def set_knob(url: str, knob: str, **setting: Any) -> Answer:
    return send_local(url, "POST", f"/sandbox/{knob}", JSON, json.dumps(setting))


def to_milliseconds(url: str) -> int:
    return int(send_request(url, "GET", TIME).json["data"][0]["ts"])


# --- the clock --------------------------------------------------------------------------


def test_the_clock_can_be_advanced_and_requests_grow_old(url: str) -> None:
    assert set_knob(url, "clock", advance=31).json["skew"] == 31
    assert to_milliseconds(url) == int((NOW + 31) * 1000)
    assert send_request(url, "GET", BALANCE, make_private_headers()).code == "50102"
    set_knob(url, "clock", skew=0)
    assert send_request(url, "GET", BALANCE, make_private_headers()).code == "0"


def test_the_clock_can_be_frozen(url: str, running_sandbox: RunningSandbox) -> None:
    assert set_knob(url, "clock", freeze=True).json["frozen"] is True
    assert running_sandbox.exchange.clock.frozen
    assert set_knob(url, "clock", advance=5, freeze=False).json["frozen"] is False


def test_fourteen_days_make_a_live_key_lapse(url: str, running_sandbox: RunningSandbox) -> None:
    key = replace(PRACTICE_KEY, api_key="5a4db0c5-0000-4000-8000-000000000002", demo=False)
    running_sandbox.exchange.keys.add(key)
    later = "2020-12-22T09:08:57.715Z"
    assert send_request(url, "GET", BALANCE, make_private_headers(key=key)).code == "0"
    set_knob(url, "clock", advance=14 * 86_400)
    answer = send_request(url, "GET", BALANCE, make_private_headers(key=key, at=later))
    assert answer.code == "50119"
    assert answer.hint.startswith("this key expired")
    assert (
        send_request(url, "GET", BALANCE, make_private_headers(at=later)).code == "0"
    )  # a demo key does not


def test_idle_keys_lapse_although_the_clock_is_right(
    url: str, running_sandbox: RunningSandbox
) -> None:
    key = replace(PRACTICE_KEY, api_key="5a4db0c5-0000-4000-8000-000000000002", demo=False)
    running_sandbox.exchange.keys.add(key)
    assert send_request(url, "GET", BALANCE, make_private_headers(key=key)).code == "0"
    assert set_knob(url, "clock", idle=14 * 86_400 - 1).json["skew"] == 0
    assert send_request(url, "GET", BALANCE, make_private_headers(key=key)).code == "0"
    set_knob(url, "clock", idle=14 * 86_400)
    assert send_request(url, "GET", BALANCE, make_private_headers(key=key)).code == "50119"
    assert send_request(url, "GET", BALANCE, make_private_headers()).code == "0"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"advance": "1 day"}, "advance is a number of seconds."),
        ({"advance": True}, "advance is a number of seconds."),
        ({"advance": None}, "advance is a number of seconds."),
        ({"advance": 10**400}, "advance is too large."),
        ({"skew": 1e300}, "before 1970 or after the year 9999"),
        ({"skew": -2e9}, "before 1970 or after the year 9999"),
        ({"freeze": 1}, "freeze is true or false."),
        ({"idle": -1}, "Keys can be idle for a number of seconds"),
        ({"idle": 1e300}, "Keys can be idle for a number of seconds"),
        ({"faster": 2}, "This knob takes advance, skew, freeze, idle."),
    ],
)
def test_a_bad_clock_value_changes_nothing(url: str, setting: Any, message: str) -> None:
    answer = set_knob(url, "clock", **setting)
    assert answer.status == 400
    assert message in answer.json["error"]
    assert to_milliseconds(url) == int(NOW * 1000)


@pytest.mark.parametrize("body", ['{"advance": NaN}', '{"advance": Infinity}', '{"skew": -1e999}'])
def test_numbers_that_are_none_are_refused(url: str, body: str) -> None:
    assert send_local(url, "POST", "/sandbox/clock", JSON, body).status == 400
    assert to_milliseconds(url) == int(NOW * 1000)


# --- the other knobs --------------------------------------------------------------------


def test_a_frozen_key_is_refused_and_can_be_released(url: str) -> None:
    name = PRACTICE_KEY.api_key
    assert set_knob(url, "key", apiKey=name, frozen=True).json["keys"][0]["frozen"] is True
    answer = send_request(url, "GET", BALANCE, make_private_headers())
    assert (answer.status, answer.code) == (400, "50100")
    set_knob(url, "key", apiKey=name, frozen=False)
    assert send_request(url, "GET", BALANCE, make_private_headers()).code == "0"


def test_a_price_can_be_moved(url: str, running_sandbox: RunningSandbox) -> None:
    body = order(px="40000")
    post(url, ORDER, body)
    assert (
        set_knob(url, "price", instId="BTC-USDT", px="39000").json["prices"]["BTC-USDT"] == "39000"
    )
    [filled] = running_sandbox.exchange.account(PRACTICE_KEY).orders
    assert filled.state == "filled"


def test_a_refusal_can_be_ordered(url: str) -> None:
    set_knob(url, "fault", code="50026", times=2)
    answers = [send_request(url, "GET", BALANCE, make_private_headers()) for _ in range(3)]
    assert [(answer.status, answer.code) for answer in answers] == [
        (500, "50026"),
        (500, "50026"),
        (200, "0"),
    ]


def test_a_refusal_can_be_ordered_for_one_endpoint(url: str) -> None:
    set_knob(url, "fault", code="51008", endpoint=f"POST {ORDER}")
    assert send_request(url, "GET", BALANCE, make_private_headers()).code == "0"
    answer = post(url, ORDER, order())
    assert (answer.code, answer.json["data"][0]["sCode"]) == ("1", "51008")


def test_a_lost_answer_can_be_ordered_and_is_seen_in_the_journal(url: str) -> None:
    set_knob(url, "requests", record=True)
    set_knob(url, "fault", network="lost", endpoint=f"POST {ORDER}")
    with connect(url) as wire:
        wire.sendall(request("POST", ORDER, make_private_headers("POST", ORDER, order()), order()))
        assert wire.recv(1) == b""
    (trace,) = send_local(url, "GET", "/sandbox/requests").json["requests"]
    assert (trace["fault"], trace["status"], trace["code"]) == ("lost", 200, "0")
    assert json.loads(trace["body"]) == json.loads(order())


def test_faults_at_random_can_be_ordered_and_ended(url: str) -> None:
    set_knob(url, "fault", chance=1, seed=3, endpoint=f"GET {BALANCE}")
    assert send_request(url, "GET", BALANCE, make_private_headers()).hint.startswith(
        "this refusal was"
    )
    assert send_request(url, "GET", TIME).code == "0"
    set_knob(url, "fault", chance=1, seed=3, code="51008")
    assert send_request(url, "GET", TIME).code == "51008"
    set_knob(url, "fault", chance=0)
    assert send_request(url, "GET", TIME).code == "0"


def test_a_reset_brings_everything_back(url: str, running_sandbox: RunningSandbox) -> None:
    set_knob(url, "clock", advance=86_400)
    set_knob(url, "price", instId="BTC-USDT", px="1")
    set_knob(url, "fault", code="50026")
    running_sandbox.exchange.keys.delete(PRACTICE_KEY.api_key)
    set_knob(url, "reset")
    assert send_request(url, "GET", BALANCE, make_private_headers()).code == "0"
    assert running_sandbox.exchange.market.get_price(next(iter(INSTRUMENTS.values()))) == 50000


def test_the_requests_can_be_recorded_and_read(url: str) -> None:
    assert set_knob(url, "requests", record=True).json["recording"] is True
    send_request(url, "GET", BALANCE, make_private_headers())
    send_request(url, "GET", BALANCE)
    journal = send_local(url, "GET", "/sandbox/requests").json
    assert [trace["code"] for trace in journal["requests"]] == ["0", "50103"]
    assert journal["dropped"] == 0
    first, second = journal["requests"]
    assert first["prehash"] == f"{ISO}GET{BALANCE}"
    assert ["ok-access-passphrase", "*" * len(PRACTICE_KEY.passphrase)] in first["headers"]
    assert second["checks"][:2] == [
        {
            "check": "headers",
            "result": "failed",
            "hint": "the header OK-ACCESS-KEY is missing or empty",
        },
        {"check": "timestamp", "result": "not reached", "hint": ""},
    ]
    assert set(first) == {field.name for field in fields(Trace)}


def test_to_record_again_begins_with_nothing(url: str) -> None:
    set_knob(url, "requests", record=True)
    for _ in range(KEPT_AT_MOST + 2):
        send_request(url, "GET", "/")
    journal = send_local(url, "GET", "/sandbox/requests").json
    assert (len(journal["requests"]), journal["dropped"]) == (KEPT_AT_MOST, 2)
    set_knob(url, "requests", record=True)
    empty = send_local(url, "GET", "/sandbox/requests").json
    assert empty == {"dropped": 0, "requests": []}


def test_requests_that_nobody_records_are_not_an_empty_list(url: str) -> None:
    unknown = send_local(url, "GET", "/sandbox/requests")
    assert unknown.status == 409
    assert 'Start with POST /sandbox/requests {"record": true}' in unknown.json["error"]
    set_knob(url, "requests", record=True)
    assert set_knob(url, "requests", record=False).json["recording"] is False
    assert send_local(url, "GET", "/sandbox/requests").status == 409


def test_a_reset_ends_the_journal(url: str) -> None:
    set_knob(url, "requests", record=True)
    assert set_knob(url, "reset").json["recording"] is False


def test_a_journal_that_was_there_at_the_start_is_cleared_and_kept() -> None:
    printed: list[Trace] = []
    with running(clock=lambda: NOW, journal=Journal([printed.append])) as sandbox:
        for knob, setting in (("reset", {}), ("requests", {"record": True})):
            send_request(sandbox.url, "GET", TIME)
            assert set_knob(sandbox.url, knob, **setting).json["recording"] is True
            assert send_local(sandbox.url, "GET", "/sandbox/requests").json["requests"] == []
        set_knob(sandbox.url, "requests", record=False)
        send_request(sandbox.url, "GET", TIME)
        assert len(printed) == 2
        set_knob(sandbox.url, "requests", record=True)
        send_request(sandbox.url, "GET", TIME)
        assert len(printed) == 3


def test_what_turns_the_exchange_is_not_in_its_journal(
    url: str, running_sandbox: RunningSandbox
) -> None:
    journal = running_sandbox.record()
    send_local(url, "GET", "/sandbox")
    send_local(url, "GET", "/account/my-api")
    set_knob(url, "price", instId="BTC-USDT", px="1")
    assert list(journal) == []


@pytest.mark.parametrize(
    ("knob", "setting", "message"),
    [
        ("requests", {}, "record is true (start with an empty journal) or false (stop)."),
        ("requests", {"record": 1}, "record is true (start with an empty journal) or false"),
        ("requests", {"record": True, "clear": True}, "This knob takes record."),
        ("key", {"apiKey": "none", "frozen": True}, "apiKey is the name of a key"),
        ("key", {"apiKey": PRACTICE_KEY.api_key}, "frozen is true or false."),
        (
            "price",
            {"instId": "DOGE-USDT", "px": "1"},
            "instId is one of BTC-USDT, ETH-USDT, BTC-USDT-SWAP.",
        ),
        ("price", {"instId": "BTC-USDT", "px": "cheap"}, "px is a positive multiple of 0.1"),
        ("price", {"instId": "BTC-USDT", "px": "NaN"}, "px is a positive multiple of 0.1"),
        ("price", {"instId": "BTC-USDT"}, "px is a positive multiple of 0.1"),
        ("fault", {"code": "50117"}, "one of OKX's REST error codes"),
        ("fault", {"code": "60009"}, "one of OKX's REST error codes"),
        ("fault", {"code": "0"}, "one of OKX's REST error codes"),
        ("fault", {"network": "down"}, "network is one of reset, empty, cut, garbled, slow,"),
        ("fault", {"network": ["lost"]}, "network is one of reset, empty, cut, garbled, slow,"),
        ("fault", {"network": "50026"}, "network is one of reset, empty, cut, garbled, slow,"),
        ("fault", {"code": "50026", "network": "lost"}, "Order a code or a network fault, one"),
        ("fault", {}, "Order a code or a network fault, one of them."),
        ("fault", {"times": 2}, "Order a code or a network fault, one of them."),
        ("fault", {"chance": 2}, "chance is a number from 0 to 1."),
        ("fault", {"chance": "1"}, "chance is a number from 0 to 1, seed a whole number."),
        ("fault", {"chance": True}, "chance is a number from 0 to 1, seed a whole number."),
        ("fault", {"chance": 1, "seed": 0.5}, "chance is a number from 0 to 1, seed a whole"),
        ("fault", {"chance": 1, "times": 2}, "Give times or chance, not both."),
        ("fault", {"code": "50026", "seed": 2}, "times is a whole number; seed goes with chance."),
        ("fault", {"code": "50026", "times": True}, "times is a whole number; seed goes with"),
        ("fault", {"code": "50026", "endpoint": "GET /"}, "endpoint is one of GET /api/v5/public"),
        ("fault", {"code": "50026", "endpoint": 1}, "endpoint is one of GET /api/v5/public/time"),
        ("fault", {"code": "50026", "times": 0}, "times is at least 1"),
        ("fault", {"code": "50026", "times": 10**9}, "at most 1000 may wait"),
        ("fault", {"code": "50026", "times": "2"}, "times is a whole number"),
        ("reset", {"all": True}, "This knob takes nothing."),
        ("notice", {"seconds": 5}, "This knob takes nothing."),
    ],
)
def test_a_bad_wish_is_explained(url: str, knob: str, setting: Any, message: str) -> None:
    answer = set_knob(url, knob, **setting)
    assert answer.status == 400
    assert message in answer.json["error"]


# --- who may turn them ------------------------------------------------------------------


def test_the_state_can_be_looked_at_and_holds_no_secret(url: str) -> None:
    answer = send_local(url, "GET", "/sandbox")
    assert answer.status == 200
    assert answer.json["keys"][0]["apiKey"] == PRACTICE_KEY.api_key
    assert PRACTICE_KEY.secret_key.encode() not in answer.body
    assert PRACTICE_KEY.passphrase.encode() not in answer.body


@pytest.mark.parametrize(
    ("status", "method", "path", "headers", "body"),
    [
        (415, "POST", "/sandbox/reset", {"Content-Type": "text/plain"}, "{}"),
        (415, "POST", "/sandbox/reset", {"Content-Type": "application/x-www-form-urlencoded"}, ""),
        (415, "POST", "/sandbox/reset", {}, "{}"),
        (405, "GET", "/sandbox/reset", {}, ""),
        (405, "PUT", "/sandbox/reset", JSON, "{}"),
        (405, "POST", "/sandbox", JSON, "{}"),
        (404, "POST", "/sandbox/nothing", JSON, "{}"),
        (404, "GET", "/sandbox/", {}, ""),
        (405, "DELETE", "/sandbox/requests", JSON, ""),
        (415, "POST", "/sandbox/requests", {}, '{"record": true}'),
        (400, "POST", "/sandbox/reset", JSON, "{"),
        (400, "POST", "/sandbox/reset", JSON, "[]"),
        (400, "POST", "/sandbox/reset", JSON, "[" * 100_000),
        (413, "POST", "/sandbox/reset", JSON, " " * (1 << 21)),
    ],
)
def test_other_requests_are_refused_in_words(
    url: str,
    running_sandbox: RunningSandbox,
    status: int,
    method: str,
    path: str,
    headers: Any,
    body: str,
) -> None:
    running_sandbox.exchange.clock.advance(5)
    assert send_local(url, method, path, headers, body).status == status
    assert running_sandbox.exchange.clock.skew == 5


def test_a_page_of_the_web_cannot_turn_a_knob_through_a_name_of_its_own(
    url: str, running_sandbox: RunningSandbox
) -> None:
    running_sandbox.exchange.clock.advance(5)
    reset = request("POST", "/sandbox/reset", JSON, "{}")
    answer = send(url, reset.replace(b"Host: localhost", b"Host: evil.example"))
    assert answer.status == 421
    assert running_sandbox.exchange.clock.skew == 5


@examples(200)
@given(body=st.binary() | st.text().map(str.encode))
def test_no_body_breaks_a_knob(running_sandbox: RunningSandbox, body: bytes) -> None:
    for knob in ("clock", "fault", "key", "price", "requests"):
        assert send_local(running_sandbox.url, "POST", f"/sandbox/{knob}", JSON, body).status in (
            200,
            400,
        )


# --- a disk that is full ----------------------------------------------------------------


def test_what_cannot_be_kept_is_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path / "state") as store, running(clock=lambda: NOW, store=store) as sandbox:
        monkeypatch.setattr(Store, "commit", refuse_commit)
        answer = post(sandbox.url, ORDER, order())
        assert (answer.status, answer.code) == (503, "50001")
        assert answer.hint == FULL
        response = set_knob(sandbox.url, "price", instId="BTC-USDT", px="1")
        assert (response.status, response.json) == (503, {"error": FULL})


@pytest.mark.parametrize(
    "settings",
    [
        {"advance": 50, "freeze": "x"},
        {"advance": 50, "freeze": None},
        {"skew": 50, "advance": "x"},
        {"skew": 50, "advance": 1e300},
        {"advance": 50, "idle": -1},
    ],
)
@pytest.mark.parametrize("frozen", [True, False])
def test_settings_are_applied_whole_or_not_at_all(
    url: str, running_sandbox: RunningSandbox, settings: dict[str, object], frozen: bool
) -> None:
    clock = running_sandbox.exchange.clock
    clock.advance(5)
    if frozen:
        clock.freeze()
    assert (
        send_local(url, "POST", "/sandbox/clock", JSON, json.dumps(settings).encode()).status == 400
    )
    assert (clock.skew, clock.frozen) == (5, frozen)
