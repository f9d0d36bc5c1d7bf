import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from okx_guide.sandbox.account import Account
from okx_guide.sandbox.exchange import Exchange
from okx_guide.sandbox.refused import Refused
from tests.properties import examples
from tests.wire import NOW, Answer, ask, order, private

CANCEL = "/api/v5/trade/cancel-order"
ORDER = "/api/v5/trade/order"
PENDING = "/api/v5/trade/orders-pending"
OPENING = {"BTC": "1", "ETH": "10", "USDT": "10000"}


@pytest.fixture
def account() -> Account:
    return Exchange([PRACTICE_KEY], clock=lambda: NOW).account(PRACTICE_KEY)


@pytest.fixture(scope="module")
def started() -> Iterator[RunningSandbox]:
    with running(clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def url(started: RunningSandbox) -> str:
    started.exchange.reset()
    return started.url


def place(account: Account, **changes: Any) -> dict[str, Any]:
    """Place an order and return it as the exchange then tells it."""
    params = json.loads(order(**changes))
    placed = account.place_order(params)[0]
    name = {"instId": params["instId"], "ordId": placed["ordId"]}
    return account.order(name)[0]


def cancel(account: Account, **name: Any) -> None:
    account.cancel_order({"instId": "BTC-USDT"} | name)


def column(account: Account, name: str) -> dict[str, str]:
    details = account.balance({})[0]["details"]
    return {row["ccy"]: row[name] for row in details}


def total(account: Account) -> Decimal:
    return Decimal(account.balance({})[0]["totalEq"])


def code_of(account: Account, **changes: Any) -> str:
    with pytest.raises(Refused) as info:
        place(account, **changes)
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
    account: Account, changes: Any, frozen: dict[str, str]
) -> None:
    waiting = place(account, **changes)
    assert (waiting["state"], waiting["accFillSz"], waiting["avgPx"]) == ("live", "0", "")
    assert dict.fromkeys(OPENING, "0") | frozen == column(account, "frozenBal")
    assert column(account, "cashBal") == OPENING
    available = {
        currency: Decimal(amount) - Decimal(frozen.get(currency, 0))
        for currency, amount in OPENING.items()
    }
    assert available == {c: Decimal(a) for c, a in column(account, "availBal").items()}
    cancel(account, instId=waiting["instId"], ordId=waiting["ordId"])
    assert column(account, "availBal") == OPENING


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
    before = total(account)
    done = place(account, **changes)
    assert ("filled", filled) == (done["state"], done["accFillSz"])
    assert done["avgPx"] == ("2500" if done["instId"] == "ETH-USDT" else "50000")
    base, quote = done["instId"].split("-")
    assert done["feeCcy"] == (base if done["side"] == "buy" else quote)
    after = column(account, "cashBal")
    expected = OPENING | cash
    if changes.get("sz") == "1":
        del expected["BTC"]  # a currency without any is not listed
    assert expected == after
    assert after == column(account, "availBal")
    assert before == total(account)


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
    done = place(account, **changes)
    assert (done["state"], done["accFillSz"]) == ("canceled", "0")
    assert column(account, "availBal") == OPENING
    assert account.orders_pending({}) == []


def test_money_that_is_frozen_cannot_be_spent_again(account: Account) -> None:
    place(account, px="49999.9", sz="0.2")
    assert code_of(account, px="1000", sz="0.001") == "51008"
    assert code_of(account, ordType="market", sz="1") == "51008"
    place(account, px="20", sz="0.001")
    assert column(account, "availBal")["USDT"] == "0"


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
    assert code_of(account, **changes) == "51008"
    assert column(account, "availBal") == OPENING


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
    before = total(account)
    placed: list[dict[str, Any]] = []
    codes = set()
    for step in steps:
        try:
            if isinstance(step, dict):
                placed.append(place(account, **step))
            elif step < len(placed):
                cancel(account, instId=placed[step]["instId"], ordId=placed[step]["ordId"])
        except Refused as refused:
            codes.add(refused.code)
        assert before == total(account)
        for name in ("availBal", "frozenBal", "cashBal"):
            assert all(Decimal(amount) >= 0 for amount in column(account, name).values())
    assert codes <= {"51008", "51020", "51121", "51400"}
    for waiting in account.orders_pending({}):
        cancel(account, instId=waiting["instId"], ordId=waiting["ordId"])
    assert set(column(account, "frozenBal").values()) <= {"0"}


# --- orders -----------------------------------------------------------------------------


def test_an_order_is_told_as_it_was_placed(account: Account) -> None:
    told = place(account, clOrdId="mine1", tag="tag1")
    expected = {
        "instId": "BTC-USDT", "instType": "SPOT", "tdMode": "cash", "side": "buy",
        "ordType": "limit", "px": "1000", "sz": "0.001", "state": "live", "clOrdId": "mine1",
        "tag": "tag1", "cTime": "1607418537715", "uTime": "1607418537715", "fillTime": "",
    }  # fmt: skip
    assert expected.items() <= told.items()
    assert [value for value in told.values() if not isinstance(value, str)] == []


def test_an_order_is_found_by_either_id_and_the_exchanges_own_wins(account: Account) -> None:
    first = place(account, clOrdId="first")
    second = place(account, clOrdId="second")
    mine = {"instId": "BTC-USDT", "clOrdId": "first"}
    assert [first] == account.order(mine)
    assert [second] == account.order(mine | {"ordId": second["ordId"]})


def test_an_order_is_not_found_under_another_instrument(account: Account) -> None:
    name = {"instId": "ETH-USDT", "ordId": place(account)["ordId"]}
    with pytest.raises(Refused, match="51603"):
        account.order(name)
    with pytest.raises(Refused, match="51400"):
        account.cancel_order(name)


def test_a_client_id_may_be_used_again_when_its_order_is_done(account: Account) -> None:
    first = place(account, clOrdId="again")
    assert code_of(account, clOrdId="again") == "51016"
    cancel(account, clOrdId="again")
    second = place(account, clOrdId="again")
    assert first["ordId"] != second["ordId"]
    found = account.order({"instId": "BTC-USDT", "clOrdId": "again"})
    assert [second] == found


def test_an_order_is_cancelled_once(account: Account) -> None:
    name = place(account)["ordId"]
    cancel(account, ordId=name)
    with pytest.raises(Refused, match="51400"):
        cancel(account, ordId=name)


def test_a_filled_order_cannot_be_cancelled(account: Account) -> None:
    done = place(account, ordType="market", sz="100")
    with pytest.raises(Refused, match="51400"):
        cancel(account, ordId=done["ordId"])


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
    assert code == code_of(account, **changes)
    assert column(account, "availBal") == OPENING
    assert account.orders == []


@pytest.mark.parametrize("path", ["order", "cancel_order"])
def test_an_order_needs_a_name(account: Account, path: str) -> None:
    for name in ({}, {"ordId": ""}, {"clOrdId": "", "ordId": None}):
        with pytest.raises(Refused, match="50015"):
            getattr(account, path)({"instId": "BTC-USDT"} | name)


def test_pending_orders_are_the_newest_first_and_can_be_chosen(account: Account) -> None:
    names = [
        place(account, **changes)["ordId"]
        for changes in ({}, {"ordType": "post_only"}, {"instId": "ETH-USDT", "sz": "0.01"})
    ]
    place(account, ordType="market", sz="100")

    def pending(**params: str) -> list[int]:
        return [names.index(row["ordId"]) for row in account.orders_pending(params)]

    assert [2, 1, 0] == pending() == pending(instType="SPOT", state="live", instId="")
    assert pending(instId="ETH-USDT") == [2]
    assert pending(instId="BTC-USDT") == [1, 0]
    assert pending(ordType="post_only") == [1]
    assert pending(ordType="limit,post_only") == [2, 1, 0]
    assert [] == pending(instType="SWAP") == pending(state="partially_filled")


def test_the_number_of_pending_orders_is_limited(account: Account) -> None:
    for _ in range(500):
        place(account, px="0.1")
    with pytest.raises(Refused) as info:
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
        with pytest.raises(Refused, match="51603"):
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
        with pytest.raises(Refused, match=code):
            account.set_leverage(params)


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
