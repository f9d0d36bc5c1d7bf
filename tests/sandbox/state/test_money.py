"""Transfers, bills, sizes and fees, the account mode, and the countdown that cancels orders."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Row
from okx_guide.sandbox.state.account import Account
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.state.store import StateError, Store
from tests.support.raw_http import NOW

ORDER = {
    "instId": "BTC-USDT",
    "tdMode": "cash",
    "side": "buy",
    "ordType": "limit",
    "px": "50000",
    "sz": "0.1",
}
MOVE = {"ccy": "USDT", "amt": "40.5", "from": "6", "to": "18"}
BACK = MOVE | {"from": "18", "to": "6"}


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def exchange(hand: Hand) -> Exchange:
    return Exchange([PRACTICE_KEY], clock=hand)


@pytest.fixture
def account(exchange: Exchange) -> Account:
    return exchange.account(PRACTICE_KEY)


def read_code(call: Callable[[Row], Any], params: Row) -> str:
    with pytest.raises(RefusedError) as caught:
        call(params)
    return caught.value.code


def read_balances(account: Account) -> tuple[str, str]:
    """Return the dollars in the funding and in the trading account."""
    [funding] = account.funding_balances({"ccy": "USDT"})
    [trading] = account.balance({"ccy": "USDT"})[0]["details"]
    return funding["bal"], trading["cashBal"]


def test_a_transfer_moves_money_there_and_back(account: Account) -> None:
    [row] = account.transfer(MOVE | {"clientId": "mine"})
    assert row == MOVE | {"transId": row["transId"], "clientId": "mine"}
    assert read_balances(account) == ("59.5", "10040.5")
    account.transfer(BACK | {"ccy": "BTC", "amt": "0.25"})
    assert [balance["bal"] for balance in account.funding_balances({})] == ["59.5", "0.25"]
    account.transfer(MOVE | {"amt": "59.5"})
    assert account.funding_balances({"ccy": "USDT"}) == []


def test_a_transfer_is_pushed(account: Account) -> None:
    pushed: list[str] = []
    account.watchers.append(lambda channel, _: pushed.append(channel))
    account.transfer(MOVE)
    assert pushed == ["account", "transfer"]


def test_what_an_order_holds_cannot_be_moved(account: Account) -> None:
    account.place_order(ORDER | {"px": "49000"})
    assert read_code(account.transfer, BACK | {"amt": "5100.1"}) == "58350"
    account.transfer(BACK | {"amt": "5100"})
    assert read_balances(account) == ("5200", "4900")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (MOVE | {"amt": "100.1"}, "58350"),
        (MOVE | {"ccy": "BTC"}, "58350"),
        (MOVE | {"to": "6"}, "58123"),
        (MOVE | {"amt": "0"}, "51000"),
        (MOVE | {"amt": "-1"}, "51000"),
        (MOVE | {"amt": 1}, "51000"),
        (MOVE | {"amt": "NaN"}, "51000"),
        (MOVE | {"ccy": "DOGE"}, "51000"),
        (MOVE | {"from": "1"}, "51000"),
        (MOVE | {"to": "17"}, "51000"),
        (MOVE | {"to": ["18"]}, "51000"),
        (MOVE | {"clientId": "a b"}, "51000"),
        (MOVE | {"clientId": ["a"]}, "51000"),
        *((dict(MOVE.items() - {(name, MOVE[name])}), "50014") for name in MOVE),
    ],
)
def test_a_wrong_transfer_moves_nothing(account: Account, params: Row, code: str) -> None:
    assert read_code(account.transfer, params) == code
    assert read_balances(account) == ("100", "10000")
    assert account.bills({}) == []


def test_bills_count_the_balance_back(hand: Hand, account: Account) -> None:
    account.transfer(MOVE)
    hand.now += 1
    account.place_order(ORDER)
    hand.now += 1
    account.place_order(ORDER | {"side": "sell", "sz": "0.2"})
    rows = account.bills({})
    assert [(row["ccy"], row["balChg"], row["bal"], row["subType"]) for row in rows] == [
        ("USDT", "10000", "15040.5", "2"),
        ("BTC", "-0.2", "0.9", "2"),
        ("USDT", "-5000", "5040.5", "1"),
        ("BTC", "0.1", "1.1", "1"),
        ("USDT", "40.5", "10040.5", "11"),
    ]
    assert (rows[0]["type"], rows[0]["px"], rows[0]["ordId"]) == ("2", "50000", rows[1]["billId"])
    assert (rows[4]["type"], rows[4]["from"], rows[4]["to"]) == ("1", "6", "18")


def test_bills_can_be_filtered_and_paged(hand: Hand, account: Account) -> None:
    account.place_order(ORDER)
    hand.now += 10
    account.transfer(BACK)
    moved, _, traded = account.bills({})
    start = int(NOW * 1000)
    assert account.bills({"type": "1"}) == [moved]
    assert account.bills({"subType": "12"}) == [moved]
    assert account.bills({"ccy": "BTC"}) == [traded]
    assert len(account.bills({"instId": "BTC-USDT", "instType": "SPOT", "mgnMode": "cash"})) == 2
    assert account.bills({"limit": "1"}) == [moved]
    assert account.bills({"before": traded["billId"]}) == [moved]
    assert len(account.bills({"after": moved["billId"]})) == 2
    assert account.bills({"begin": str(start + 1)}) == [moved]
    assert len(account.bills({"end": str(start)})) == 2
    assert account.bills({"mgnMode": "cross"}) == []
    assert read_code(account.bills, {"after": "x"}) == "51000"
    hand.now += 7 * 86_400 - 10
    assert account.bills({}) == [moved]


def test_only_so_many_transfers_are_remembered(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("okx_guide.sandbox.state.account._FINISHED_AT_MOST", 2)
    numbers = [account.transfer(MOVE | {"amt": "1"})[0]["transId"] for _ in range(3)]
    assert [row["billId"] for row in account.bills({})] == numbers[:0:-1]


def test_money_and_mode_survive_a_restart(exchange: Exchange, account: Account) -> None:
    account.transfer(MOVE)
    account.set_mode({"acctLv": "2"})
    again = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=exchange.store)
    restored = again.account(PRACTICE_KEY)
    assert (read_balances(restored), restored.mode) == (("59.5", "10040.5"), "2")
    assert restored.bills({}) == account.bills({})
    again.reset()
    new = again.account(PRACTICE_KEY)
    assert (read_balances(new), new.mode, new.bills({})) == (("100", "10000"), "1", [])


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("transfer", {"id": "1"}),
        ("transfer", {"id": "x", "currency": "", "change": "1", "balance": "1", "moment": 1}),
        ("transfer", {"id": "1", "currency": "", "change": "y", "balance": "1", "moment": 1}),
        ("timer", "1"),
        ("timer", None),
    ],
)
def test_what_is_damaged_is_not_taken(kind: str, row: Any) -> None:
    store = Store()
    account = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store).account(PRACTICE_KEY)
    account.transfer(MOVE)
    store.put(f"{kind} {account.owner}", "1", row)
    with pytest.raises(StateError, match="damaged"):
        Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store)


@pytest.mark.parametrize(("kind", "row"), [("mode", "3"), ("mode", 2), ("funding", {"X": "1"})])
def test_a_damaged_account_is_not_taken(kind: str, row: Any) -> None:
    store = Store()
    account = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store).account(PRACTICE_KEY)
    account.transfer(MOVE)
    store.put(kind, account.owner, row)
    with pytest.raises(StateError, match="damaged"):
        Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store)


# --- what can be bought, and what it costs ----------------------------------------------


def test_the_largest_order_is_taken_and_a_larger_one_is_not(account: Account) -> None:
    account.place_order(ORDER | {"px": "49000"})
    [row] = account.max_size({"instId": "BTC-USDT", "tdMode": "cash"})
    assert row == {"instId": "BTC-USDT", "ccy": "BTC", "maxBuy": "0.102", "maxSell": "1"}
    order = ORDER | {"ordType": "ioc"}
    assert read_code(account.place_order, order | {"sz": "0.10200001"}) == "51008"
    account.place_order(order | {"sz": row["maxBuy"]})


def test_sizes_of_several_pairs_and_at_another_price(account: Account) -> None:
    sizes = account.max_size({"instId": "BTC-USDT,ETH-USDT", "tdMode": "cash", "px": "x"})
    assert [(row["maxBuy"], row["maxSell"]) for row in sizes] == [("0.2", "1"), ("4", "10")]
    [row] = account.max_size({"instId": "ETH-USDT", "tdMode": "cash", "px": "3000"})
    assert row["maxBuy"] == "3.333333"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"tdMode": "cash"}, "50014"),
        ({"instId": "BTC-USDT"}, "50014"),
        ({"instId": "BTC-USDT", "tdMode": "cross"}, "51010"),
        ({"instId": "BTC-USDT", "tdMode": "x"}, "51000"),
        ({"instId": "BTC-USDT", "tdMode": "cash", "px": "0.05"}, "51000"),
        ({"instId": "BTC-USDT,", "tdMode": "cash"}, "51001"),
        ({"instId": ",".join(["BTC-USDT"] * 6), "tdMode": "cash"}, "51000"),
        ({"instId": "BTC-USDT-SWAP", "tdMode": "cross"}, "51010"),
    ],
)
def test_a_size_that_cannot_be_told_is_refused(account: Account, params: Row, code: str) -> None:
    assert read_code(account.max_size, params) == code


def test_nothing_costs_a_fee(account: Account) -> None:
    [row] = account.trade_fee({"instType": "SPOT"})
    assert (row["maker"], row["taker"]) == ("0", "0")
    assert row["feeGroup"] == [{"maker": "0", "taker": "0", "groupId": "1"}]
    [row] = account.trade_fee({"instType": "SWAP", "instFamily": "BTC-USDT"})
    assert (row["makerU"], row["feeGroup"][0]["groupId"]) == ("0", "2")
    assert account.trade_fee({"instType": "SPOT", "groupId": "7"})[0]["feeGroup"] == []
    assert read_code(account.trade_fee, {}) == "50014"


def test_the_risk_is_the_money_and_no_position(account: Account) -> None:
    [row] = account.risk({})
    assert row["balData"] == [
        {"ccy": "USDT", "eq": "10000"},
        {"ccy": "BTC", "eq": "1"},
        {"ccy": "ETH", "eq": "10"},
    ]
    assert account.positions({"instType": "SWAP"}) == []
    for call in (account.risk, account.positions):
        assert read_code(call, {"instType": "CAR"}) == "51000"


# --- the account mode -------------------------------------------------------------------


def test_the_mode_is_chosen_and_a_swap_is_still_not_traded(
    exchange: Exchange, account: Account
) -> None:
    swap = ORDER | {"instId": "BTC-USDT-SWAP", "sz": "1"}
    assert read_code(account.place_order, swap) == "51010"
    assert account.set_mode({"acctLv": "2"}) == [{"acctLv": "2"}]
    assert exchange.config({}, PRACTICE_KEY)[0]["acctLv"] == "2"
    assert read_code(account.place_order, swap) == "51022"
    account.place_order(ORDER)
    assert account.set_position_mode({"posMode": "net_mode"}) == [{"posMode": "net_mode"}]


@pytest.mark.parametrize("mode", ["3", "4", "0", 2, ["2"]])
def test_a_mode_that_is_not_there_is_refused(account: Account, mode: Any) -> None:
    assert read_code(account.set_mode, {"acctLv": mode}) == "51000"
    assert account.mode == "1"
    assert read_code(account.set_position_mode, {"posMode": "long_short_mode"}) == "51000"


# --- the countdown ----------------------------------------------------------------------


def count_orders(exchange: Exchange) -> int:
    return len(exchange.account(PRACTICE_KEY).orders_pending({}))


def test_orders_are_cancelled_when_nobody_renews_the_countdown(
    hand: Hand, exchange: Exchange, account: Account
) -> None:
    account.place_order(ORDER | {"px": "1000"})
    [row] = account.cancel_all_after({"timeOut": "10"})
    assert row == {"triggerTime": "1607418547715", "tag": "", "ts": "1607418537715"}
    hand.now = NOW + 9
    account.cancel_all_after({"timeOut": "10"})
    hand.now = NOW + 18.9
    assert count_orders(exchange) == 1
    hand.now = NOW + 60
    assert count_orders(exchange) == 0
    [order] = account.orders_history({"instType": "SPOT"})
    assert (order["state"], order["uTime"]) == ("canceled", "1607418556715")
    account.place_order(ORDER | {"px": "1000"})
    hand.now = NOW + 600
    assert count_orders(exchange) == 1


def test_zero_ends_the_countdown(hand: Hand, exchange: Exchange, account: Account) -> None:
    account.place_order(ORDER | {"px": "1000"})
    account.cancel_all_after({"timeOut": "120"})
    assert account.cancel_all_after({"timeOut": "0"})[0]["triggerTime"] == "0"
    hand.now += 121
    assert count_orders(exchange) == 1


def test_a_tag_has_its_own_countdown(hand: Hand, exchange: Exchange, account: Account) -> None:
    for tag in ("a", "b", ""):
        account.place_order(ORDER | {"px": "1000", "tag": tag})
    account.cancel_all_after({"timeOut": "10", "tag": "a"})
    hand.now += 10
    assert [row["tag"] for row in exchange.account(PRACTICE_KEY).orders_pending({})] == ["", "b"]


def test_a_price_that_comes_too_late_fills_nothing(
    hand: Hand, exchange: Exchange, account: Account
) -> None:
    account.place_order(ORDER | {"px": "1000"})
    account.cancel_all_after({"timeOut": "10"})
    hand.now += 11
    exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(1000))
    assert [order.state for order in account.orders] == ["canceled"]


def test_the_countdown_survives_a_restart(hand: Hand, exchange: Exchange, account: Account) -> None:
    account.place_order(ORDER | {"px": "1000"})
    account.cancel_all_after({"timeOut": "10"})
    hand.now += 11
    again = Exchange([PRACTICE_KEY], clock=hand, store=exchange.store)
    assert count_orders(again) == 0


def test_only_so_many_tags_count_down(hand: Hand, exchange: Exchange, account: Account) -> None:
    for number in range(20):
        account.cancel_all_after({"timeOut": "10", "tag": f"t{number}"})
    account.cancel_all_after({"timeOut": "10", "tag": "t7"})
    account.cancel_all_after({"timeOut": "10"})
    assert read_code(account.cancel_all_after, {"timeOut": "10", "tag": "more"}) == "51071"
    hand.now += 10
    exchange.account(PRACTICE_KEY).cancel_all_after({"timeOut": "10", "tag": "more"})


@pytest.mark.parametrize("seconds", ["9", "121", "-1", "1.5", "x", 10, ["10"], True, "9" * 30])
def test_another_time_is_refused(account: Account, seconds: Any) -> None:
    assert read_code(account.cancel_all_after, {"timeOut": seconds}) == "51000"
    assert read_code(account.cancel_all_after, {}) == "50014"
    for tag in (7, "\ud800", "a b", "x" * 17):
        assert read_code(account.cancel_all_after, {"timeOut": "10", "tag": tag}) == "51000"
