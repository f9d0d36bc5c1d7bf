import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from okx_guide.sandbox.exchange import Exchange
from okx_guide.sandbox.gate import Refused
from tests.properties import examples
from tests.wire import NOW, Answer, ask, order, private

CANCEL = "/api/v5/trade/cancel-order"
ORDER = "/api/v5/trade/order"
PENDING = "/api/v5/trade/orders-pending"
OPENING = {"BTC": "1", "ETH": "10", "USDT": "10000"}


@pytest.fixture
def exchange() -> Exchange:
    return Exchange([PRACTICE_KEY], clock=lambda: NOW)


@pytest.fixture(scope="module")
def started() -> Iterator[RunningSandbox]:
    with running(clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def url(started: RunningSandbox) -> str:
    started.exchange.reset()
    return started.url


def place(exchange: Exchange, **changes: Any) -> dict[str, Any]:
    """Place an order and return it as the exchange then tells it."""
    params = json.loads(order(**changes))
    placed = exchange.place_order(params, PRACTICE_KEY)[0]
    name = {"instId": params["instId"], "ordId": placed["ordId"]}
    return exchange.order(name, PRACTICE_KEY)[0]


def cancel(exchange: Exchange, **name: Any) -> None:
    exchange.cancel_order({"instId": "BTC-USDT"} | name, PRACTICE_KEY)


def column(exchange: Exchange, name: str) -> dict[str, str]:
    details = exchange.balance({}, PRACTICE_KEY)[0]["details"]
    return {row["ccy"]: row[name] for row in details}


def total(exchange: Exchange) -> Decimal:
    return Decimal(exchange.balance({}, PRACTICE_KEY)[0]["totalEq"])


def code_of(exchange: Exchange, **changes: Any) -> str:
    with pytest.raises(Refused) as info:
        place(exchange, **changes)
    return info.value.code


def post(url: str, path: str, body: str) -> Answer:
    return ask(url, "POST", path, private("POST", path, body), body)


def get(url: str, target: str) -> Answer:
    return ask(url, "GET", target, private(target=target))


# --- money ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "frozen"),
    [
        ({}, {"USDT": "1"}),
        ({"px": "49999.9", "sz": "0.2"}, {"USDT": "9999.98"}),
        ({"side": "sell", "px": "60000", "sz": "0.25"}, {"BTC": "0.25"}),
        ({"instId": "ETH-USDT", "side": "sell", "px": "2500.01", "sz": "10"}, {"ETH": "10"}),
        ({"ordType": "post_only"}, {"USDT": "1"}),
    ],
)
def test_a_waiting_order_freezes_what_it_needs_and_its_cancellation_frees_it(
    exchange: Exchange, changes: Any, frozen: dict[str, str]
) -> None:
    waiting = place(exchange, **changes)
    assert (waiting["state"], waiting["accFillSz"], waiting["avgPx"]) == ("live", "0", "")
    assert dict.fromkeys(OPENING, "0") | frozen == column(exchange, "frozenBal")
    assert column(exchange, "cashBal") == OPENING
    available = {
        currency: Decimal(amount) - Decimal(frozen.get(currency, 0))
        for currency, amount in OPENING.items()
    }
    assert available == {c: Decimal(a) for c, a in column(exchange, "availBal").items()}
    cancel(exchange, instId=waiting["instId"], ordId=waiting["ordId"])
    assert column(exchange, "availBal") == OPENING


@pytest.mark.parametrize(
    ("changes", "filled", "cash"),
    [
        ({"px": "50000"}, "0.001", {"BTC": "1.001", "USDT": "9950"}),
        # A better limit is filled at the standing price.
        ({"px": "60000"}, "0.001", {"BTC": "1.001", "USDT": "9950"}),
        ({"side": "sell", "px": "50000"}, "0.001", {"BTC": "0.999", "USDT": "10050"}),
        ({"side": "sell", "px": "0.1", "sz": "1"}, "1", {"USDT": "60000"}),
        ({"ordType": "ioc", "px": "50000"}, "0.001", {"BTC": "1.001", "USDT": "9950"}),
        ({"ordType": "fok", "px": "50000"}, "0.001", {"BTC": "1.001", "USDT": "9950"}),
        # A market order to buy counts in the quote currency unless told.
        ({"ordType": "market", "sz": "100"}, "0.002", {"BTC": "1.002", "USDT": "9900"}),
        (
            {"ordType": "market", "sz": "0.002", "tgtCcy": "base_ccy"},
            "0.002",
            {"BTC": "1.002", "USDT": "9900"},
        ),
        (
            {"ordType": "market", "side": "sell", "sz": "0.002"},
            "0.002",
            {"BTC": "0.998", "USDT": "10100"},
        ),
        (
            {"ordType": "market", "side": "sell", "sz": "100", "tgtCcy": "quote_ccy"},
            "0.002",
            {"BTC": "0.998", "USDT": "10100"},
        ),
        (
            {"ordType": "market", "sz": "1.000001"},
            "0.00002",
            {"BTC": "1.00002", "USDT": "9999"},
        ),
        (
            {"instId": "ETH-USDT", "ordType": "market", "sz": "25"},
            "0.01",
            {"ETH": "10.01", "USDT": "9975"},
        ),
    ],
)
def test_an_order_that_meets_the_price_is_filled_at_it(
    exchange: Exchange, changes: Any, filled: str, cash: dict[str, str]
) -> None:
    before = total(exchange)
    done = place(exchange, **changes)
    assert ("filled", filled) == (done["state"], done["accFillSz"])
    assert done["avgPx"] == ("2500" if done["instId"] == "ETH-USDT" else "50000")
    base, quote = done["instId"].split("-")
    assert done["feeCcy"] == (base if done["side"] == "buy" else quote)
    after = column(exchange, "cashBal")
    expected = OPENING | cash
    if changes.get("sz") == "1":
        del expected["BTC"]  # a currency without any is not listed
    assert expected == after
    assert after == column(exchange, "availBal")
    assert before == total(exchange)


@pytest.mark.parametrize(
    "changes",
    [
        {"ordType": "post_only", "px": "50000"},
        {"ordType": "post_only", "side": "sell", "px": "50000"},
        {"ordType": "ioc", "px": "49999.9"},
        {"ordType": "fok", "side": "sell", "px": "50000.1"},
    ],
)
def test_an_order_that_cannot_keep_its_promise_is_cancelled_at_once(
    exchange: Exchange, changes: Any
) -> None:
    done = place(exchange, **changes)
    assert (done["state"], done["accFillSz"]) == ("canceled", "0")
    assert column(exchange, "availBal") == OPENING
    assert exchange.orders_pending({}, PRACTICE_KEY) == []


def test_money_that_is_frozen_cannot_be_spent_again(exchange: Exchange) -> None:
    place(exchange, px="49999.9", sz="0.2")
    assert code_of(exchange, px="1000", sz="0.001") == "51008"
    assert code_of(exchange, ordType="market", sz="1") == "51008"
    place(exchange, px="20", sz="0.001")
    assert column(exchange, "availBal")["USDT"] == "0"


@pytest.mark.parametrize(
    "changes",
    [
        {"sz": "10.00000001"},
        {"side": "sell", "sz": "1.00000001"},
        {"ordType": "market", "sz": "10000.5"},
        {"ordType": "market", "side": "sell", "sz": "1.00000001"},
        {"px": "999999999999", "sz": "999999999999"},
    ],
)
def test_more_than_there_is_is_refused_and_changes_nothing(
    exchange: Exchange, changes: Any
) -> None:
    assert code_of(exchange, **changes) == "51008"
    assert column(exchange, "availBal") == OPENING


AMOUNTS = st.decimals("0.00001", "0.5", places=5).map(lambda amount: f"{amount:f}")
PRICES = st.decimals("0.1", "120000", places=1).map(lambda price: f"{price:f}")
ORDERS = st.fixed_dictionaries(
    {
        "instId": st.sampled_from(["BTC-USDT", "ETH-USDT"]),
        "side": st.sampled_from(["buy", "sell"]),
        "ordType": st.sampled_from(["limit", "market", "post_only", "ioc", "fok"]),
        "px": PRICES | st.sampled_from(["50000", "2500", "49999.9", "2500.1"]),
        "sz": AMOUNTS | st.sampled_from(["0.001", "1", "10", "0.5"]),
        "tgtCcy": st.sampled_from([None, "base_ccy", "quote_ccy"]),
    }
)
CANCELS = st.integers(0, 20)


@examples(100)
@given(steps=st.lists(ORDERS | CANCELS, min_size=5, max_size=30))
def test_no_sequence_of_orders_makes_or_loses_money(steps: list[Any]) -> None:
    exchange = Exchange([PRACTICE_KEY], clock=lambda: NOW)
    before = total(exchange)
    placed: list[dict[str, Any]] = []
    codes = set()
    for step in steps:
        try:
            if isinstance(step, dict):
                placed.append(place(exchange, **step))
            elif step < len(placed):
                cancel(exchange, instId=placed[step]["instId"], ordId=placed[step]["ordId"])
        except Refused as refused:
            codes.add(refused.code)
        assert before == total(exchange)
        for name in ("availBal", "frozenBal", "cashBal"):
            assert all(Decimal(amount) >= 0 for amount in column(exchange, name).values())
    assert codes <= {"51008", "51020", "51121", "51400"}
    for waiting in exchange.orders_pending({}, PRACTICE_KEY):
        cancel(exchange, instId=waiting["instId"], ordId=waiting["ordId"])
    assert set(column(exchange, "frozenBal").values()) <= {"0"}


def test_a_reset_brings_back_the_opening_balances_and_forgets_all_orders(
    exchange: Exchange,
) -> None:
    first = place(exchange)
    place(exchange, ordType="market", sz="100")
    exchange.reset()
    assert column(exchange, "availBal") == OPENING
    assert exchange.orders == []
    with pytest.raises(Refused, match="51603"):
        exchange.order({"instId": "BTC-USDT", "ordId": first["ordId"]}, PRACTICE_KEY)


# --- orders -----------------------------------------------------------------------------


def test_an_order_is_told_as_it_was_placed(exchange: Exchange) -> None:
    told = place(exchange, clOrdId="mine1", tag="tag1")
    expected = {
        "instId": "BTC-USDT", "instType": "SPOT", "tdMode": "cash", "side": "buy",
        "ordType": "limit", "px": "1000", "sz": "0.001", "state": "live", "clOrdId": "mine1",
        "tag": "tag1", "cTime": "1607418537715", "uTime": "1607418537715", "fillTime": "",
    }  # fmt: skip
    assert expected.items() <= told.items()
    assert [value for value in told.values() if not isinstance(value, str)] == []


def test_an_order_is_found_by_either_id_and_the_exchanges_own_wins(exchange: Exchange) -> None:
    first = place(exchange, clOrdId="first")
    second = place(exchange, clOrdId="second")
    mine = {"instId": "BTC-USDT", "clOrdId": "first"}
    assert [first] == exchange.order(mine, PRACTICE_KEY)
    assert [second] == exchange.order(mine | {"ordId": second["ordId"]}, PRACTICE_KEY)


def test_an_order_is_not_found_under_another_instrument(exchange: Exchange) -> None:
    name = {"instId": "ETH-USDT", "ordId": place(exchange)["ordId"]}
    with pytest.raises(Refused, match="51603"):
        exchange.order(name, PRACTICE_KEY)
    with pytest.raises(Refused, match="51400"):
        exchange.cancel_order(name, PRACTICE_KEY)


def test_a_client_id_may_be_used_again_when_its_order_is_done(exchange: Exchange) -> None:
    first = place(exchange, clOrdId="again")
    assert code_of(exchange, clOrdId="again") == "51016"
    cancel(exchange, clOrdId="again")
    second = place(exchange, clOrdId="again")
    assert first["ordId"] != second["ordId"]
    found = exchange.order({"instId": "BTC-USDT", "clOrdId": "again"}, PRACTICE_KEY)
    assert [second] == found


def test_an_order_is_cancelled_once(exchange: Exchange) -> None:
    name = place(exchange)["ordId"]
    cancel(exchange, ordId=name)
    with pytest.raises(Refused, match="51400"):
        cancel(exchange, ordId=name)


def test_a_filled_order_cannot_be_cancelled(exchange: Exchange) -> None:
    done = place(exchange, ordType="market", sz="100")
    with pytest.raises(Refused, match="51400"):
        cancel(exchange, ordId=done["ordId"])


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("51001", {"instId": "BTC-USD"}),
        ("51001", {"instId": "btc-usdt"}),
        ("50014", {"instId": None}),
        ("50014", {"tdMode": ""}),
        ("50014", {"side": None}),
        ("50014", {"ordType": None}),
        ("50014", {"sz": None}),
        ("50014", {"sz": None, "ordType": "market"}),
        ("51000", {"instId": ["BTC-USDT"]}),
        ("51000", {"tdMode": "cross"}),
        ("51000", {"side": "BUY"}),
        ("51000", {"side": True}),
        ("51000", {"ordType": "stop"}),
        ("51000", {"tgtCcy": "usdt"}),
        ("51000", {"tgtCcy": ["base_ccy"]}),
        ("51000", {"clOrdId": "a" * 33}),
        ("51000", {"clOrdId": "not-legal"}),
        ("51000", {"clOrdId": "\ud800"}),
        ("51000", {"clOrdId": ["x"]}),
        ("51000", {"tag": "a" * 17}),
        ("51000", {"tag": {"x": "y"}}),
        ("51000", {"px": "-1"}),
        ("51000", {"px": "0"}),
        ("51000", {"px": "1e3"}),
        ("51000", {"px": "1,000"}),
        ("51000", {"px": " 1000"}),
        ("51000", {"px": "1000.05"}),
        ("51000", {"px": "\u0661\u0660"}),
        ("51000", {"px": "9" * 13}),
        ("51000", {"px": ["1000"]}),
        ("51000", {"sz": "0"}),
        ("51000", {"sz": "-0.001"}),
        ("51000", {"sz": "NaN"}),
        ("51000", {"sz": "Infinity"}),
        ("51000", {"sz": "0.001\n"}),
        ("51204", {"px": None}),
        ("51204", {"px": "", "ordType": "ioc"}),
        ("51020", {"sz": "0.000009"}),
        ("51020", {"ordType": "market", "sz": "0.49"}),
        ("51121", {"sz": "0.000010001"}),
        ("51008", {"px": "49999", "sz": "1"}),
    ],
)
def test_an_order_that_cannot_be_is_refused_with_its_code(
    exchange: Exchange, code: str, changes: Any
) -> None:
    assert code == code_of(exchange, **changes)
    assert column(exchange, "availBal") == OPENING
    assert exchange.orders == []


@pytest.mark.parametrize("path", ["order", "cancel_order"])
def test_an_order_needs_a_name(exchange: Exchange, path: str) -> None:
    for name in ({}, {"ordId": ""}, {"clOrdId": "", "ordId": None}):
        with pytest.raises(Refused, match="50015"):
            getattr(exchange, path)({"instId": "BTC-USDT"} | name, PRACTICE_KEY)


def test_pending_orders_are_the_newest_first_and_can_be_chosen(exchange: Exchange) -> None:
    names = [
        place(exchange, **changes)["ordId"]
        for changes in ({}, {"ordType": "post_only"}, {"instId": "ETH-USDT", "sz": "0.01"})
    ]
    place(exchange, ordType="market", sz="100")

    def pending(**params: str) -> list[int]:
        return [names.index(row["ordId"]) for row in exchange.orders_pending(params, PRACTICE_KEY)]

    assert [2, 1, 0] == pending() == pending(instType="SPOT", state="live", instId="")
    assert pending(instId="ETH-USDT") == [2]
    assert pending(instId="BTC-USDT") == [1, 0]
    assert pending(ordType="post_only") == [1]
    assert pending(ordType="limit,post_only") == [2, 1, 0]
    assert [] == pending(instType="SWAP") == pending(state="partially_filled")


def test_the_number_of_pending_orders_is_limited(exchange: Exchange) -> None:
    for _ in range(500):
        place(exchange, px="0.1")
    with pytest.raises(Refused) as info:
        place(exchange, px="0.1")
    assert info.value.message == (
        "Order failed, number of pending orders for BTC-USDT exceed the limit of 500."
    )
    assert place(exchange, instId="ETH-USDT", px="0.1")["state"] == "live"
    assert len(exchange.orders_pending({}, PRACTICE_KEY)) == 100
    cancel(exchange, ordId=exchange.orders_pending({}, PRACTICE_KEY)[1]["ordId"])
    assert place(exchange, px="0.1")["state"] == "live"


def test_finished_orders_are_forgotten_from_the_oldest_on(exchange: Exchange) -> None:
    names = [place(exchange, ordType="ioc")["ordId"] for _ in range(1002)]
    assert len(exchange.orders) == 1000
    newest = {"instId": "BTC-USDT", "ordId": names[-1]}
    assert exchange.order(newest, PRACTICE_KEY)[0]["state"] == "canceled"
    for forgotten in names[:2]:
        with pytest.raises(Refused, match="51603"):
            exchange.order({"instId": "BTC-USDT", "ordId": forgotten}, PRACTICE_KEY)


# --- the other endpoints ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("ccy", "expected"),
    [
        ({}, ["BTC", "ETH", "USDT"]),
        ({"ccy": "BTC"}, ["BTC"]),
        ({"ccy": "ETH,BTC"}, ["BTC", "ETH"]),
        ({"ccy": "DOGE"}, []),
        ({"ccy": "btc"}, []),
        ({"ccy": "BTC,,DOGE"}, ["BTC"]),
    ],
)
def test_currencies_can_be_chosen(exchange: Exchange, ccy: Any, expected: list[str]) -> None:
    answers = (
        exchange.balance(ccy, PRACTICE_KEY)[0]["details"],
        exchange.funding_currencies(ccy, PRACTICE_KEY),
    )
    assert [expected] * 2 == [sorted(row["ccy"] for row in answer) for answer in answers]
    funding = [row["ccy"] for row in exchange.funding_balances(ccy, PRACTICE_KEY)]
    assert [currency for currency in expected if currency == "USDT"] == funding


def test_nothing_comes_in_and_nothing_goes_out(exchange: Exchange) -> None:
    for row in exchange.funding_currencies({}, PRACTICE_KEY):
        assert (row["canDep"], row["canWd"], row["canInternal"]) == (False, False, False)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"instType": "SPOT"}, ["BTC-USDT", "ETH-USDT"]),
        ({"instType": "SPOT", "instId": "ETH-USDT"}, ["ETH-USDT"]),
        ({"instType": "SWAP"}, []),
        ({"instType": "MARGIN"}, []),
    ],
)
def test_instruments_can_be_chosen(exchange: Exchange, params: Any, expected: list[str]) -> None:
    assert expected == [row["instId"] for row in exchange.instruments(params, None)]


@pytest.mark.parametrize(
    ("code", "params"),
    [
        ("50014", {}),
        ("51000", {"instType": "spot"}),
        ("51001", {"instType": "SPOT", "instId": "BTC-USD"}),
        ("51001", {"instType": "SWAP", "instId": "BTC-USD-SWAP"}),
    ],
)
def test_wrong_instruments_are_refused(exchange: Exchange, code: str, params: Any) -> None:
    with pytest.raises(Refused, match=code):
        exchange.instruments(params, None)


@pytest.mark.parametrize("instrument", ["BTC-USDT", "ETH-USDT"])
def test_the_price_stands_between_bid_and_ask(exchange: Exchange, instrument: str) -> None:
    ticker = exchange.ticker({"instId": instrument}, None)[0]
    assert Decimal(ticker["bidPx"]) < Decimal(ticker["last"]) < Decimal(ticker["askPx"])


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("50014", {"lever": ""}),
        ("51000", {"lever": "0"}),
        ("51000", {"lever": "11"}),
        ("51000", {"lever": "1e1"}),
        ("51000", {"mgnMode": "cash"}),
        ("51001", {"instId": "BTC"}),
        ("0", {}),
        ("0", {"lever": "10", "mgnMode": "isolated"}),
    ],
)
def test_leverage_is_set_or_refused(exchange: Exchange, code: str, changes: Any) -> None:
    params = {"instId": "BTC-USDT", "lever": "3", "mgnMode": "cross"} | changes
    if code == "0":
        assert exchange.set_leverage(params, PRACTICE_KEY)[0]["lever"] == params["lever"]
    else:
        with pytest.raises(Refused, match=code):
            exchange.set_leverage(params, PRACTICE_KEY)


def test_the_time_is_that_of_the_clock_in_milliseconds(exchange: Exchange) -> None:
    assert exchange.time({}, None) == [{"ts": "1607418537715"}]


# --- how orders are answered ------------------------------------------------------------

ENVELOPE = {"inTime": "1607418537715000", "outTime": "1607418537715000"}
NAME = "1000000000000000001"


def test_a_placed_order_is_answered_in_its_envelope(url: str) -> None:
    row = {
        "clOrdId": "", "ordId": NAME, "tag": "", "ts": "1607418537715", "sCode": "0",
        "sMsg": "Order placed", "subCode": "",
    }  # fmt: skip
    expected = {"code": "0", "data": [row], "msg": ""} | ENVELOPE
    answer = post(url, ORDER, order())
    assert (200, expected) == (answer.status, answer.json)


def test_a_cancelled_order_is_answered_in_its_envelope(url: str) -> None:
    post(url, ORDER, order(clOrdId="mine"))
    row = {"clOrdId": "mine", "ordId": NAME, "ts": "1607418537715", "sCode": "0", "sMsg": ""}
    expected = {"code": "0", "data": [row], "msg": ""} | ENVELOPE
    answer = post(url, CANCEL, json.dumps({"instId": "BTC-USDT", "ordId": NAME}))
    assert (200, expected) == (answer.status, answer.json)


@pytest.mark.parametrize(
    ("path", "body", "code", "message"),
    [
        (ORDER, order(px="49999", sz="1", clOrdId="x"), "51008",
         "Order failed. Insufficient USDT balance in account"),
        (ORDER, order(side="b", clOrdId="x"), "51000", "Parameter side error"),
        (CANCEL, json.dumps({"instId": "BTC-USDT", "ordId": "1", "clOrdId": "x"}), "51400",
         "Order cancellation failed as the order has been filled, canceled or does not exist."),
    ],
)  # fmt: skip
def test_a_refused_order_is_code_1_and_its_item_says_why(
    url: str, path: str, body: str, code: str, message: str
) -> None:
    row = {
        "clOrdId": "x", "ordId": "", "tag": "", "ts": "1607418537715", "sCode": code,
        "sMsg": message,
    }  # fmt: skip
    expected = {"code": "1", "data": [row], "msg": "All operations failed"} | ENVELOPE
    answer = post(url, path, body)
    assert (200, expected) == (answer.status, answer.json)


def test_a_missing_parameter_of_an_order_is_no_order_at_all(url: str) -> None:
    answer = post(url, ORDER, order(side=None))
    expected = {"code": "50014", "data": [], "msg": "Parameter side can not be empty."}
    assert (400, expected) == (answer.status, answer.json)


def test_reading_is_answered_without_order_fields(url: str) -> None:
    post(url, ORDER, order())
    for target in (f"{ORDER}?instId=BTC-USDT&ordId={NAME}", PENDING):
        assert list(get(url, target).json) == ["code", "data", "msg"]
    missing = get(url, f"{ORDER}?instId=BTC-USDT&ordId=1").json
    assert missing == {"code": "51603", "data": [], "msg": "Order does not exist."}


def test_numbers_in_an_order_are_read_without_rounding(url: str) -> None:
    body = order().replace('"0.001"', "0.00100001").replace('"1000"', "1000")
    assert post(url, ORDER, body).code == "0"
    told = get(url, PENDING).json["data"][0]
    assert (told["sz"], told["px"]) == ("0.00100001", "1000")
