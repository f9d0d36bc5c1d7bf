import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide.sandbox import PRACTICE_KEY, running
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.state.account import Account
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.state.store import Store
from tests.support.properties import examples
from tests.support.raw_http import NOW, Answer, make_private_headers, order, post, send_request

CANCEL = "/api/v5/trade/cancel-order"
ORDER = "/api/v5/trade/order"
PENDING = "/api/v5/trade/orders-pending"
OPENING = {"BTC": "1", "ETH": "10", "USDT": "10000"}


@pytest.fixture
def account() -> Account:
    return Exchange([PRACTICE_KEY], clock=lambda: NOW).account(PRACTICE_KEY)


def place(account: Account, **changes: Any) -> dict[str, Any]:
    """Place an order and return it as the exchange then tells it."""
    params = json.loads(order(**changes))
    placed = account.place_order(params)[0]
    name = {"instId": params["instId"], "ordId": placed["ordId"]}
    return account.order(name)[0]


def cancel(account: Account, **name: Any) -> None:
    account.cancel_order({"instId": "BTC-USDT"} | name)


def read_column(account: Account, name: str) -> dict[str, str]:
    details = account.balance({})[0]["details"]
    return {row["ccy"]: row[name] for row in details}


def sum_total(account: Account) -> Decimal:
    return Decimal(account.balance({})[0]["totalEq"])


def read_code(account: Account, **changes: Any) -> str:
    with pytest.raises(RefusedError) as info:
        place(account, **changes)
    return info.value.code


def get(url: str, target: str) -> Answer:
    return send_request(url, "GET", target, make_private_headers(target=target))


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
    account: Account, changes: Any, frozen: dict[str, str]
) -> None:
    waiting = place(account, **changes)
    assert (waiting["state"], waiting["accFillSz"], waiting["avgPx"]) == ("live", "0", "")
    assert dict.fromkeys(OPENING, "0") | frozen == read_column(account, "frozenBal")
    assert read_column(account, "cashBal") == OPENING
    available = {
        currency: Decimal(amount) - Decimal(frozen.get(currency, 0))
        for currency, amount in OPENING.items()
    }
    assert available == {c: Decimal(a) for c, a in read_column(account, "availBal").items()}
    cancel(account, instId=waiting["instId"], ordId=waiting["ordId"])
    assert read_column(account, "availBal") == OPENING


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
    account: Account, changes: Any, filled: str, cash: dict[str, str]
) -> None:
    before = sum_total(account)
    result = place(account, **changes)
    assert ("filled", filled) == (result["state"], result["accFillSz"])
    assert result["avgPx"] == ("2500" if result["instId"] == "ETH-USDT" else "50000")
    base, quote = result["instId"].split("-")
    assert result["feeCcy"] == (base if result["side"] == "buy" else quote)
    after = read_column(account, "cashBal")
    expected = OPENING | cash
    if changes.get("sz") == "1":
        del expected["BTC"]  # a currency without any is not listed
    assert expected == after
    assert after == read_column(account, "availBal")
    assert before == sum_total(account)


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
    account: Account, changes: Any
) -> None:
    result = place(account, **changes)
    assert (result["state"], result["accFillSz"]) == ("canceled", "0")
    assert read_column(account, "availBal") == OPENING
    assert account.orders_pending({}) == []


def test_money_that_is_frozen_cannot_be_spent_again(account: Account) -> None:
    place(account, px="49999.9", sz="0.2")
    assert read_code(account, px="1000", sz="0.001") == "51008"
    assert read_code(account, ordType="market", sz="1") == "51008"
    place(account, px="20", sz="0.001")
    assert read_column(account, "availBal")["USDT"] == "0"


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
def test_more_than_there_is_is_refused_and_changes_nothing(account: Account, changes: Any) -> None:
    assert read_code(account, **changes) == "51008"
    assert read_column(account, "availBal") == OPENING


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
    account = Exchange([PRACTICE_KEY], clock=lambda: NOW).account(PRACTICE_KEY)
    before = sum_total(account)
    placed: list[dict[str, Any]] = []
    codes = set()
    for step in steps:
        try:
            if isinstance(step, dict):
                placed.append(place(account, **step))
            elif step < len(placed):
                cancel(account, instId=placed[step]["instId"], ordId=placed[step]["ordId"])
        except RefusedError as refused:
            codes.add(refused.code)
        assert before == sum_total(account)
        for name in ("availBal", "frozenBal", "cashBal"):
            assert all(Decimal(amount) >= 0 for amount in read_column(account, name).values())
    assert codes <= {"51008", "51020", "51121", "51400"}
    for waiting in account.orders_pending({}):
        cancel(account, instId=waiting["instId"], ordId=waiting["ordId"])
    assert set(read_column(account, "frozenBal").values()) <= {"0"}


# --- orders -----------------------------------------------------------------------------


def test_an_order_is_told_as_it_was_placed(account: Account) -> None:
    row = place(account, clOrdId="mine1", tag="tag1")
    expected = {
        "instId": "BTC-USDT",
        "instType": "SPOT",
        "tdMode": "cash",
        "side": "buy",
        "ordType": "limit",
        "px": "1000",
        "sz": "0.001",
        "state": "live",
        "clOrdId": "mine1",
        "tag": "tag1",
        "cTime": "1607418537715",
        "uTime": "1607418537715",
        "fillTime": "",
    }
    assert expected.items() <= row.items()


def test_an_order_is_found_by_either_id_and_the_exchanges_own_wins(account: Account) -> None:
    first = place(account, clOrdId="first")
    second = place(account, clOrdId="second")
    client_id = {"instId": "BTC-USDT", "clOrdId": "first"}
    assert [first] == account.order(client_id)
    assert [second] == account.order(client_id | {"ordId": second["ordId"]})


def test_an_order_is_not_found_under_another_instrument(account: Account) -> None:
    name = {"instId": "ETH-USDT", "ordId": place(account)["ordId"]}
    with pytest.raises(RefusedError, match="51603"):
        account.order(name)
    with pytest.raises(RefusedError, match="51400"):
        account.cancel_order(name)


def test_a_client_id_may_be_used_again_when_its_order_is_done(account: Account) -> None:
    first = place(account, clOrdId="again")
    assert read_code(account, clOrdId="again") == "51016"
    cancel(account, clOrdId="again")
    second = place(account, clOrdId="again")
    assert first["ordId"] != second["ordId"]
    rows = account.order({"instId": "BTC-USDT", "clOrdId": "again"})
    assert [second] == rows


def test_an_order_is_cancelled_once(account: Account) -> None:
    name = place(account)["ordId"]
    cancel(account, ordId=name)
    with pytest.raises(RefusedError, match="51400"):
        cancel(account, ordId=name)


def test_a_filled_order_cannot_be_cancelled(account: Account) -> None:
    result = place(account, ordType="market", sz="100")
    with pytest.raises(RefusedError, match="51400"):
        cancel(account, ordId=result["ordId"])


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
    account: Account, code: str, changes: Any
) -> None:
    assert code == read_code(account, **changes)
    assert read_column(account, "availBal") == OPENING
    assert account.orders == []


@pytest.mark.parametrize("path", ["order", "cancel_order"])
def test_an_order_needs_a_name(account: Account, path: str) -> None:
    for name in ({}, {"ordId": ""}, {"clOrdId": "", "ordId": None}):
        with pytest.raises(RefusedError, match="50015"):
            getattr(account, path)({"instId": "BTC-USDT"} | name)


def test_pending_orders_are_the_newest_first_and_can_be_chosen(account: Account) -> None:
    names = [
        place(account, **changes)["ordId"]
        for changes in ({}, {"ordType": "post_only"}, {"instId": "ETH-USDT", "sz": "0.01"})
    ]
    place(account, ordType="market", sz="100")

    def list_pending(**params: str) -> list[int]:
        return [names.index(row["ordId"]) for row in account.orders_pending(params)]

    assert [2, 1, 0] == list_pending() == list_pending(instType="SPOT", state="live", instId="")
    assert list_pending(instId="ETH-USDT") == [2]
    assert list_pending(instId="BTC-USDT") == [1, 0]
    assert list_pending(ordType="post_only") == [1]
    assert list_pending(ordType="limit,post_only") == [2, 1, 0]
    assert [] == list_pending(instType="SWAP") == list_pending(state="partially_filled")


def test_the_number_of_pending_orders_is_limited(account: Account) -> None:
    for _ in range(500):
        place(account, px="0.1")
    with pytest.raises(RefusedError) as info:
        place(account, px="0.1")
    assert info.value.message == (
        "Order failed, number of pending orders for BTC-USDT exceed the limit of 500."
    )
    assert place(account, instId="ETH-USDT", px="0.1")["state"] == "live"
    assert len(account.orders_pending({})) == 100
    cancel(account, ordId=account.orders_pending({})[1]["ordId"])
    assert place(account, px="0.1")["state"] == "live"


def test_finished_orders_are_forgotten_from_the_oldest_on(account: Account) -> None:
    names = [place(account, ordType="ioc")["ordId"] for _ in range(1002)]
    assert len(account.orders) == 1000
    newest = {"instId": "BTC-USDT", "ordId": names[-1]}
    assert account.order(newest)[0]["state"] == "canceled"
    for forgotten in names[:2]:
        with pytest.raises(RefusedError, match="51603"):
            account.order({"instId": "BTC-USDT", "ordId": forgotten})


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
def test_currencies_can_be_chosen(account: Account, ccy: Any, expected: list[str]) -> None:
    answers = (
        account.balance(ccy)[0]["details"],
        account.funding_currencies(ccy),
    )
    assert [expected] * 2 == [sorted(row["ccy"] for row in answer) for answer in answers]
    funding = [row["ccy"] for row in account.funding_balances(ccy)]
    assert [currency for currency in expected if currency == "USDT"] == funding


def test_nothing_comes_in_and_nothing_goes_out(account: Account) -> None:
    for row in account.funding_currencies({}):
        assert (row["canDep"], row["canWd"], row["canInternal"]) == (False, False, False)
        assert {row[name] for name in ("fee", "minFee", "maxFee", "minWd")} == {"0"}


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
def test_leverage_is_set_or_refused(account: Account, code: str, changes: Any) -> None:
    params = {"instId": "BTC-USDT", "lever": "3", "mgnMode": "cross"} | changes
    if code == "0":
        assert account.set_leverage(params)[0]["lever"] == params["lever"]
    else:
        with pytest.raises(RefusedError, match=code):
            account.set_leverage(params)


# --- how orders are answered ------------------------------------------------------------

ENVELOPE = {"inTime": "1607418537715000", "outTime": "1607418537715000"}
NAME = "1000000000000000001"


def test_a_placed_order_is_answered_in_its_envelope(url: str) -> None:
    row = {
        "clOrdId": "",
        "ordId": NAME,
        "tag": "",
        "ts": "1607418537715",
        "sCode": "0",
        "sMsg": "Order placed",
        "subCode": "",
    }
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
        (
            ORDER,
            order(px="49999", sz="1", clOrdId="x"),
            "51008",
            "Order failed. Insufficient USDT balance in account",
        ),
        (ORDER, order(side="b", clOrdId="x"), "51000", "Parameter side error"),
        (
            CANCEL,
            json.dumps({"instId": "BTC-USDT", "ordId": "1", "clOrdId": "x"}),
            "51400",
            "Order cancellation failed as the order has been filled, canceled or does not exist.",
        ),
    ],
)
def test_a_refused_order_is_code_1_and_its_item_says_why(
    url: str, path: str, body: str, code: str, message: str
) -> None:
    row = {"clOrdId": "x", "ordId": "", "ts": "1607418537715", "sCode": code, "sMsg": message}
    if path == ORDER:
        row |= {"tag": "", "subCode": ""}
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
    row = get(url, PENDING).json["data"][0]
    assert (row["sz"], row["px"]) == ("0.00100001", "1000")


# --- amendments -------------------------------------------------------------------------


def amend(account: Account, waiting: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Amend an order and return it as the exchange then tells it."""
    name = {"instId": waiting["instId"], "ordId": waiting["ordId"]}
    [row] = account.amend_order(name | changes)
    assert (row["ordId"], row["sCode"]) == (waiting["ordId"], "0")
    return account.order(name)[0]


@pytest.mark.parametrize(
    ("changes", "price", "size", "frozen"),
    [
        ({"newPx": "2000"}, "2000", "0.001", "2"),
        ({"newSz": "0.002"}, "1000", "0.002", "2"),
        ({"newPx": "500", "newSz": "0.004"}, "500", "0.004", "2"),
        # All the money there is, that of the order among it.
        ({"newPx": "10000", "newSz": "1"}, "10000", "1", "10000"),
        ({"newPx": "1000", "newSz": "0.001"}, "1000", "0.001", "1"),
    ],
)
def test_an_amended_order_waits_with_its_new_terms(
    account: Account, changes: Any, price: str, size: str, frozen: str
) -> None:
    before = place(account)
    after = amend(account, before, **changes)
    assert (after["px"], after["sz"], after["state"]) == (price, size, "live")
    assert after["cTime"] == before["cTime"]
    assert read_column(account, "frozenBal")["USDT"] == frozen


def test_an_order_that_is_amended_to_meet_the_market_trades_at_its_price(account: Account) -> None:
    bought = amend(account, place(account), newPx="60000")
    assert (bought["state"], bought["avgPx"]) == ("filled", "50000")
    sold = amend(account, place(account, side="sell", px="70000"), newPx="50000")
    assert (sold["state"], sold["avgPx"]) == ("filled", "50000")
    assert read_column(account, "cashBal") == OPENING
    assert [row["execType"] for row in account.fills({})] == ["T", "T"]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("51500", {}),
        ("51500", {"newPx": "", "newSz": None}),
        ("51000", {"newPx": "0"}),
        ("51000", {"newPx": "1000.05"}),
        ("51000", {"newPx": 1000}),
        ("51000", {"newSz": "-1"}),
        ("51000", {"newSz": "0.002", "reqId": "not this"}),
        ("51020", {"newSz": "0.000001"}),
        ("51121", {"newSz": "0.001000001"}),
        ("51502", {"newSz": "10.1"}),
        ("51502", {"newPx": "49999", "newSz": "0.21"}),
    ],
)
@pytest.mark.parametrize("given_up", [True, False, "true"])
def test_a_wrong_amendment_is_refused_and_cancels_only_if_asked(
    account: Account, code: str, changes: Any, given_up: object
) -> None:
    before = place(account)
    with pytest.raises(RefusedError, match=code):
        amend(account, before, cxlOnFail=given_up, **changes)
    after = account.order({"instId": "BTC-USDT", "ordId": before["ordId"]})[0]
    expected = "canceled" if given_up is True else "live"
    assert (expected, before["px"], before["sz"]) == (after["state"], after["px"], after["sz"])
    assert read_column(account, "frozenBal")["USDT"] == ("0" if given_up is True else "1")


def test_a_post_only_order_is_not_amended_to_trade(account: Account) -> None:
    before = place(account, ordType="post_only")
    with pytest.raises(RefusedError, match="51511"):
        amend(account, before, newPx="50000")
    assert amend(account, before, newPx="49999.9")["state"] == "live"


@pytest.mark.parametrize("state", ["canceled", "filled", "unknown", "of another pair"])
def test_only_a_live_order_is_amended(account: Account, state: str) -> None:
    name = {"instId": "BTC-USDT", "ordId": "1"}
    if state == "canceled":
        name["ordId"] = place(account)["ordId"]
        cancel(account, ordId=name["ordId"])
    elif state == "filled":
        name["ordId"] = place(account, px="50000")["ordId"]
    elif state == "of another pair":
        name["ordId"] = place(account, instId="ETH-USDT", sz="0.01")["ordId"]
    with pytest.raises(RefusedError, match="51503"):
        account.amend_order(name | {"newPx": "1000"})


def test_an_amendment_is_answered_as_documented(url: str) -> None:
    assert post(url, ORDER, order(clOrdId="mine")).code == "0"
    path = "/api/v5/trade/amend-order"
    answer = post(url, path, '{"instId":"BTC-USDT","clOrdId":"mine","newSz":"2","reqId":"r1"}')
    assert answer.json["data"] == [
        {
            "clOrdId": "mine",
            "ordId": NAME,
            "ts": "1607418537715",
            "reqId": "r1",
            "sCode": "0",
            "sMsg": "",
            "subCode": "",
        }
    ]
    assert {"inTime", "outTime"} < answer.json.keys()


# --- history ----------------------------------------------------------------------------

SPOT = {"instType": "SPOT"}
DAY = 86_400


@pytest.fixture
def history() -> tuple[Exchange, Account, dict[str, str]]:
    """A trade as a taker, one as a maker, a cancelled order and a live one, a second apart."""
    exchange = Exchange([PRACTICE_KEY], clock=lambda: NOW)
    account = exchange.account(PRACTICE_KEY)
    names = {}
    for kind, changes in {
        "taker": {"px": "50000"},
        "maker": {"instId": "ETH-USDT", "px": "2000", "sz": "0.1"},
        "cancelled": {"ordType": "post_only"},
        "live": {},
    }.items():
        names[kind] = place(account, **changes)["ordId"]
        exchange.clock.advance(1)
    exchange.move_price(INSTRUMENTS["ETH-USDT"], Decimal(1999))
    cancel(account, ordId=names["cancelled"])
    return exchange, account, names


def test_finished_orders_and_trades_are_told_the_newest_first(
    history: tuple[Exchange, Account, dict[str, str]],
) -> None:
    _, account, names = history
    ids = [row["ordId"] for row in account.orders_history(SPOT)]
    assert [names["cancelled"], names["maker"], names["taker"]] == ids
    for rows in (account.fills({}), account.fills_history(SPOT)):
        assert [names["maker"], names["taker"]] == [row["ordId"] for row in rows]
        assert [row["execType"] for row in rows] == ["M", "T"]
        assert [row["fillPx"] for row in rows] == ["2000", "50000"]
        assert [row["ordId"] for row in rows] == [row["tradeId"] for row in rows]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"instId": "ETH-USDT"}, ["maker"]),
        ({"state": "filled"}, ["maker", "taker"]),
        ({"ordType": "post_only,fok"}, ["cancelled"]),
        ({"limit": "1"}, ["cancelled"]),
        ({"begin": "1607418538715"}, ["cancelled", "maker"]),
        ({"end": "1607418538715"}, ["maker", "taker"]),
        ({"after": "maker"}, ["taker"]),
        ({"before": "maker"}, ["cancelled"]),
        ({"instType": "SWAP"}, []),
    ],
)
def test_history_can_be_chosen_and_paged(
    history: tuple[Exchange, Account, dict[str, str]], params: Any, expected: list[str]
) -> None:
    _, account, names = history
    query = SPOT | {name: names.get(value, value) for name, value in params.items()}
    ids = [row["ordId"] for row in account.orders_history(query)]
    assert [names[kind] for kind in expected] == ids


@pytest.mark.parametrize(
    ("seconds", "orders", "fills", "all_fills"),
    [
        (2 * 3600 - 1, 3, 2, 2),
        (2 * 3600, 2, 2, 2),
        (3 * DAY, 2, 0, 2),
        (7 * DAY, 0, 0, 2),
        (93 * DAY, 0, 0, 0),
    ],
)
def test_history_ends(
    history: tuple[Exchange, Account, dict[str, str]],
    seconds: int,
    orders: int,
    fills: int,
    all_fills: int,
) -> None:
    exchange, account, _ = history
    exchange.clock.advance(seconds)
    histories = (account.orders_history(SPOT), account.fills({}), account.fills_history(SPOT))
    assert (orders, fills, all_fills) == tuple(len(rows) for rows in histories)


@pytest.mark.parametrize(
    ("code", "params"),
    [
        ("50014", {}),
        ("51000", {"instType": "spot"}),
        ("51000", {"instType": "SPOT", "limit": "ten"}),
        ("51000", {"instType": "SPOT", "after": "-1"}),
        ("51000", {"instType": "SPOT", "begin": "1e9"}),
        ("51000", {"instType": "SPOT", "end": "\u0661"}),
    ],
)
def test_a_wrong_question_about_history_is_refused(
    account: Account, code: str, params: Any
) -> None:
    for ask_for in (account.orders_history, account.fills_history):
        with pytest.raises(RefusedError, match=code):
            ask_for(params)


def test_there_are_no_positions(account: Account) -> None:
    place(account, px="50000")
    assert account.positions({}) == []


# --- lists of orders --------------------------------------------------------------------

TRADE = "/api/v5/trade/"


def test_a_list_is_carried_out_in_turn_and_told_order_by_order(url: str) -> None:
    right, wrong, repeated = order(clOrdId="a"), order(clOrdId="b", sz="0"), order(clOrdId="a")
    placed = post(url, f"{TRADE}batch-orders", f"[{right},{wrong},{repeated}]")
    assert (placed.status, placed.code) == (200, "2")
    assert placed.json["msg"] == "Bulk operation partially succeeded."
    rows = [(row["clOrdId"], row["sCode"]) for row in placed.json["data"]]
    assert rows == [("a", "0"), ("b", "51000"), ("a", "51016")]
    assert {"inTime", "outTime"} < placed.json.keys()
    assert [row["clOrdId"] for row in get(url, PENDING).json["data"]] == ["a"]

    amendment = '{"instId":"BTC-USDT","clOrdId":"a","newPx":"1100"}'
    amended = post(url, f"{TRADE}amend-batch-orders", f"[{amendment}]")
    assert (amended.code, amended.json["msg"], amended.json["data"][0]["sCode"]) == ("0", "", "0")
    assert get(url, PENDING).json["data"][0]["px"] == "1100"

    name = '{"instId":"BTC-USDT","clOrdId":"a"}'
    answer = post(url, f"{TRADE}cancel-batch-orders", f"[{name},{name}]")
    assert (answer.code, [row["sCode"] for row in answer.json["data"]]) == ("2", ["0", "51400"])


def test_a_list_without_any_success_has_code_1_and_no_words(url: str) -> None:
    answer = post(url, f"{TRADE}batch-orders", f"[{order(sz='x')},{order(instId=None)}]")
    assert (answer.status, answer.code, answer.json["msg"]) == (200, "1", "")
    assert [row["sCode"] for row in answer.json["data"]] == ["51000", "50014"]


@pytest.mark.parametrize(
    ("path", "code"),
    [("batch-orders", "51111"), ("amend-batch-orders", "51501"), ("cancel-batch-orders", "51406")],
)
def test_a_list_has_twenty_orders_at_most(url: str, path: str, code: str) -> None:
    answer = post(url, TRADE + path, f"[{','.join([order()] * 21)}]")
    assert (answer.code, "20" in answer.json["msg"]) == (code, True)
    assert get(url, PENDING).json["data"] == []
    assert post(url, TRADE + path, f"[{','.join([order()] * 20)}]").code in {"0", "1"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("[]", "50000"),
        ("{}", "50002"),
        ("[1]", "50002"),
        ("[[]]", "50002"),
        ('"x"', "50002"),
        ("[{},null]", "50002"),
        ("", "50000"),
        ("[", "50002"),
    ],
)
def test_what_is_no_list_of_orders_is_refused(url: str, body: str, code: str) -> None:
    assert code == post(url, f"{TRADE}batch-orders", body).code


def test_a_list_is_no_single_order(url: str) -> None:
    assert post(url, ORDER, f"[{order()}]").code == "50002"


def test_what_a_list_did_before_a_kill_is_kept(tmp_path: Path) -> None:
    body = f"[{order(clOrdId='a')},{order(sz='0')}]"
    with Store(tmp_path / "state") as store, running(clock=lambda: NOW, store=store) as sandbox:
        assert post(sandbox.url, f"{TRADE}batch-orders", body).code == "2"
    with Store(tmp_path / "state") as store:
        account = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store).account(PRACTICE_KEY)
        assert [order.client_id for order in account.orders] == ["a"]
