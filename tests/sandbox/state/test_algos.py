"""Stop-loss, take-profit and trigger orders, and the price that sets them off."""

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

STOP = {
    "instId": "BTC-USDT",
    "tdMode": "cash",
    "side": "sell",
    "ordType": "conditional",
    "sz": "0.5",
    "slTriggerPx": "45000",
    "slOrdPx": "-1",
}
PROFIT = {"slTriggerPx": "", "slOrdPx": "", "tpTriggerPx": "55000", "tpOrdPx": "-1"}
BOTH = {"ordType": "oco", "tpTriggerPx": "55000", "tpOrdPx": "54000.5"}
TRIGGER = {"ordType": "trigger", "slTriggerPx": "", "slOrdPx": "", "triggerPx": "52000"}


@pytest.fixture
def exchange() -> Exchange:
    return Exchange([PRACTICE_KEY], clock=lambda: NOW)


@pytest.fixture
def account(exchange: Exchange) -> Account:
    return exchange.account(PRACTICE_KEY)


def place(account: Account, **changes: Any) -> str:
    [row] = account.place_algo(STOP | changes)
    assert (row["sCode"], row["sMsg"]) == ("0", "")
    return str(row["algoId"])


def read(account: Account, name: str) -> Row:
    [row] = account.algo({"algoId": name})
    return row


def move(exchange: Exchange, *prices: int, pair: str = "BTC-USDT") -> None:
    for price in prices:
        exchange.move_price(INSTRUMENTS[pair], Decimal(price))


def read_code(account: Account, **changes: Any) -> str:
    with pytest.raises(RefusedError) as caught:
        place(account, **changes)
    return caught.value.code


def test_a_stop_loss_waits_for_its_price_and_then_sells(
    exchange: Exchange, account: Account
) -> None:
    name = place(account, algoClOrdId="stop", tag="tag1")
    move(exchange, 45001)
    assert [row["algoId"] for row in account.algos_pending({"ordType": "conditional"})] == [name]
    # What waits freezes nothing.
    assert account.balance({"ccy": "BTC"})[0]["details"][0]["availBal"] == "1"
    move(exchange, 44000)
    row = read(account, name)
    assert (row["state"], row["actualSide"], row["triggerTime"]) == (
        "effective",
        "sl",
        "1607418537715",
    )
    [order] = account.order({"instId": "BTC-USDT", "ordId": row["ordId"]})
    assert (order["state"], order["ordType"], order["avgPx"], order["sz"], order["tag"]) == (
        "filled",
        "market",
        "44000",
        "0.5",
        "tag1",
    )
    assert account.balance({"ccy": "USDT"})[0]["details"][0]["cashBal"] == "32000"
    assert account.algos_pending({"ordType": "conditional"}) == []
    move(exchange, 50000, 40000)
    assert len(account.orders) == 1


@pytest.mark.parametrize(
    ("changes", "prices", "side", "price"),
    [
        ({}, (45000,), "sl", "45000"),
        (PROFIT, (54999, 55000), "tp", "55000"),
        (BOTH, (55000,), "tp", "55000"),
        (BOTH, (44999,), "sl", "44999"),
        ({"side": "buy", "slTriggerPx": "51000", "sz": "100"}, (50999, 51000), "sl", "51000"),
        (PROFIT | {"side": "buy", "tpTriggerPx": "49000", "sz": "100"}, (49000,), "tp", "49000"),
        (TRIGGER | {"orderPx": "-1"}, (51999, 52000), "", "52000"),
        (TRIGGER | {"orderPx": "-1", "triggerPx": "48000"}, (48001, 47999), "", "47999"),
        # A one-way order with both: only the loss counts, says OKX.
        (BOTH | {"ordType": "conditional"}, (56000, 45000), "sl", "45000"),
    ],
)
def test_each_trigger_is_met_from_its_own_side(
    exchange: Exchange,
    account: Account,
    changes: Row,
    prices: tuple[int, ...],
    side: str,
    price: str,
) -> None:
    name = place(account, **changes)
    move(exchange, *prices[:-1])
    assert read(account, name)["state"] == "live"
    move(exchange, prices[-1])
    row = read(account, name)
    assert (row["state"], row["actualSide"]) == ("effective", side)
    [order] = account.order({"instId": "BTC-USDT", "ordId": row["ordId"]})
    assert (order["state"], order["avgPx"]) == ("filled", price)


def test_an_order_with_a_price_waits_at_it(exchange: Exchange, account: Account) -> None:
    name = place(account, slOrdPx="46000")
    move(exchange, 45000)
    row = read(account, name)
    [order] = account.orders_pending({})
    assert (order["ordId"], order["px"], order["state"]) == (row["ordId"], "46000", "live")
    assert (row["actualPx"], row["ordIdList"]) == ("46000", [order["ordId"]])


def test_what_cannot_be_placed_any_more_is_said(exchange: Exchange, account: Account) -> None:
    name = place(account, sz="2")
    move(exchange, 40000)
    row = read(account, name)
    assert (row["state"], row["failCode"], row["ordId"]) == ("order_failed", "51008", "")
    assert account.orders == []


def test_the_price_of_another_pair_sets_nothing_off(exchange: Exchange, account: Account) -> None:
    name = place(account)
    move(exchange, 1, pair="ETH-USDT")
    move(exchange, 1, pair="BTC-USDT-SWAP")
    assert read(account, name)["state"] == "live"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"slTriggerPx": "50000.1"}, "51280"),
        (PROFIT | {"tpTriggerPx": "49999.9"}, "51279"),
        ({"side": "buy", "slTriggerPx": "49999.9"}, "51278"),
        (PROFIT | {"side": "buy", "tpTriggerPx": "50000.1"}, "51277"),
        ({"slTriggerPx": "", "slOrdPx": ""}, "50015"),
        ({"slOrdPx": ""}, "50014"),
        ({"slTriggerPx": "45000.05"}, "51000"),
        ({"slTriggerPx": 45000}, "51000"),
        ({"slTriggerPx": ["45000"]}, "51000"),
        ({"slOrdPx": "0"}, "51000"),
        ({"slOrdPx": -1}, "51000"),
        ({"ordType": "oco"}, "50014"),
        (BOTH | {"slTriggerPx": ""}, "50014"),
        (TRIGGER, "50014"),
        (TRIGGER | {"orderPx": "-1", "tgtCcy": "base_ccy"}, "51281"),
        ({"ordType": "move_order_stop"}, "51000"),
        ({"tdMode": "cross"}, "51000"),
        ({"side": ""}, "50014"),
        ({"sz": ""}, "50014"),
        ({"sz": "x"}, "51000"),
        ({"sz": "0.000001"}, "51020"),
        ({"sz": "0.000000011"}, "51020"),
        ({"sz": "0.100000001"}, "51121"),
        ({"algoClOrdId": "a b"}, "51000"),
        ({"algoClOrdId": 7}, "51000"),
        ({"tag": "x" * 17}, "51000"),
        ({"instId": "DOGE-USDT"}, "51001"),
        ({"instId": "BTC-USDT-SWAP"}, "51010"),
    ],
)
def test_a_wrong_one_is_refused(account: Account, changes: Row, code: str) -> None:
    assert read_code(account, **changes) == code
    assert account.algos_pending({"ordType": "conditional,oco,trigger"}) == []


def test_a_name_may_be_used_again_when_its_order_is_done(account: Account) -> None:
    name = place(account, algoClOrdId="stop")
    assert read_code(account, algoClOrdId="stop") == "51065"
    account.cancel_algo({"instId": "BTC-USDT", "algoId": name})
    again = place(account, algoClOrdId="stop")
    [row] = account.algo({"algoClOrdId": "stop"})
    assert (row["algoId"], row["state"]) == (again, "live")


def test_a_cancelled_one_is_not_set_off(exchange: Exchange, account: Account) -> None:
    name = place(account, algoClOrdId="stop")
    [row] = account.cancel_algo({"instId": "BTC-USDT", "algoClOrdId": "stop"})
    assert (row["algoId"], row["sCode"]) == (name, "0")
    move(exchange, 40000)
    assert (read(account, name)["state"], account.orders) == ("canceled", [])
    for params in ({"algoId": name}, {"algoId": "1"}, {"algoClOrdId": "x"}):
        with pytest.raises(RefusedError, match="51400"):
            account.cancel_algo({"instId": "BTC-USDT", **params})


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"instId": "BTC-USDT"}, "50015"),
        ({"algoId": "1"}, "50014"),
        ({"instId": "ETH-USDT", "algoClOrdId": "stop"}, "51400"),
    ],
)
def test_a_cancellation_names_the_order_and_its_pair(
    account: Account, params: Row, code: str
) -> None:
    place(account, algoClOrdId="stop")
    with pytest.raises(RefusedError, match=code):
        account.cancel_algo(params)


def test_one_that_is_not_there_is_not_found(account: Account) -> None:
    with pytest.raises(RefusedError, match="51603"):
        account.algo({"algoId": "1"})
    with pytest.raises(RefusedError, match="50015"):
        account.algo({})


def test_the_list_can_be_filtered_and_paged(account: Account) -> None:
    first, second = place(account), place(account, **BOTH)
    third = place(account, instId="ETH-USDT", slTriggerPx="2000")

    def find(**params: str) -> list[str]:
        return [row["algoId"] for row in account.algos_pending(params)]

    types = "conditional,oco,trigger"
    assert find(ordType=types) == [third, second, first]
    assert find(ordType="oco") == [second]
    assert find(ordType="twap") == []
    assert find(ordType=types, instId="ETH-USDT") == [third]
    assert find(ordType=types, algoId=first) == [first]
    assert find(ordType=types, instType="SWAP") == []
    assert find(ordType=types, after=third, limit="1") == [second]
    assert find(ordType=types, before=second) == [third]
    for params, code in (
        ({}, "50014"),
        ({"ordType": "market"}, "51000"),
        ({"ordType": types, "limit": "x"}, "51000"),
    ):
        with pytest.raises(RefusedError, match=code):
            find(**params)


def test_the_history_has_what_is_done(exchange: Exchange, account: Account) -> None:
    place(account)  # it waits, so it is in no history
    canceled, failed = place(account, slTriggerPx="44000"), place(account, sz="5")
    effective = place(account, **BOTH)
    account.cancel_algo({"instId": "BTC-USDT", "algoId": canceled})
    move(exchange, 55000, 45000)
    types = "conditional,oco,trigger"

    def find(**params: str) -> list[str]:
        return [row["algoId"] for row in account.algos_history({"ordType": types} | params)]

    assert find(state="canceled") == [canceled]
    assert find(state="order_failed") == [failed]
    assert find(state="effective")[0] == effective
    assert find(algoId=canceled) == [canceled]
    assert find(algoId=canceled, state="effective") == []
    assert find(state="canceled", ordType="oco") == []
    assert find(state="canceled", instId="ETH-USDT") == []
    assert find(state="canceled", after=canceled) == []
    assert account.algos_history({"ordType": types, "algoId": effective}) == account.algo(
        {"algoId": effective}
    )


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"state": "canceled"}, "50014"),
        ({"ordType": "conditional"}, "50015"),
        ({"ordType": "conditional", "state": "", "algoId": None}, "50015"),
        ({"ordType": "conditional", "state": "live"}, "51000"),
        ({"ordType": "conditional", "state": "partially_failed"}, "51000"),
        ({"ordType": "market", "state": "canceled"}, "51000"),
    ],
)
def test_the_history_wants_a_type_and_a_state_or_an_order(
    account: Account, params: Row, code: str
) -> None:
    with pytest.raises(RefusedError, match=code):
        account.algos_history(params)


@pytest.mark.parametrize(("days", "remembered"), [(92, True), (93, False)])
def test_the_history_goes_back_three_months(days: int, remembered: bool) -> None:
    moment = NOW
    exchange = Exchange([PRACTICE_KEY], clock=lambda: moment)
    account = exchange.account(PRACTICE_KEY)
    name = place(account)
    account.cancel_algo({"instId": "BTC-USDT", "algoId": name})
    moment += days * 86_400
    rows = account.algos_history({"ordType": "conditional", "state": "canceled"})
    assert [row["algoId"] for row in rows] == [name] * remembered


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "51010"),
        ({"lockInterval": "10000"}, "51010"),
        ({"lockInterval": "10001"}, "51000"),
        ({"lockInterval": "-1"}, "51000"),
        ({"lockInterval": ["10"]}, "51000"),
        ({"lockInterval": 10}, "51000"),
        ({"instType": "SPOT"}, "51000"),
        ({"instType": None}, "50014"),
        ({"instFamily": ""}, "50014"),
    ],
)
def test_a_mass_cancellation_is_for_options_and_there_are_none(
    account: Account, changes: Row, code: str
) -> None:
    place(account)
    with pytest.raises(RefusedError, match=code):
        account.mass_cancel({"instType": "OPTION", "instFamily": "BTC-USD"} | changes)
    assert len(account.algos_pending({"ordType": "conditional"})) == 1


def test_they_survive_a_restart(exchange: Exchange, account: Account) -> None:
    name = place(account, **BOTH)
    again = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=exchange.store)
    # Nobody has asked for the account yet.
    move(again, 45000)
    row = read(again.account(PRACTICE_KEY), name)
    assert (row["state"], row["algoId"], row["tpOrdPx"]) == ("effective", name, "54000.5")
    third = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=exchange.store)
    assert read(third.account(PRACTICE_KEY), name) == row


@pytest.mark.parametrize(
    "change",
    [
        {"id": "other"},
        {"side": "hold"},
        {"type": "twap"},
        {"state": "gone"},
        {"instrument": "DOGE-USDT"},
        {"loss": None},
        {"loss": {"price": "x", "rising": False, "order": "-1"}},
        {"loss": {"price": "1", "rising": 0, "order": "-1"}},
        {"loss": {"price": "1", "rising": False, "order": ""}},
        {"loss": "1"},
        {"created": "1"},
        {"more": ""},
    ],
)
def test_a_damaged_one_is_not_taken(change: Row) -> None:
    store = Store()
    exchange = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store)
    account = exchange.account(PRACTICE_KEY)
    name = place(account)
    kind = f"algo {account.owner}"
    store.put(kind, name, store.rows(kind)[name] | change)
    with pytest.raises(StateError, match="damaged"):
        Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store)


def test_only_so_many_may_wait_and_only_so_many_are_remembered(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("okx_guide.sandbox.state.account._PENDING_AT_MOST", 2)
    monkeypatch.setattr("okx_guide.sandbox.state.account._FINISHED_AT_MOST", 1)
    names = [place(account), place(account)]
    assert read_code(account) == "51174"
    place(account, instId="ETH-USDT", slTriggerPx="2000")
    for name in names:
        account.cancel_algo({"instId": "BTC-USDT", "algoId": name})
    with pytest.raises(RefusedError, match="51603"):
        read(account, names[0])
    assert read(account, names[1])["state"] == "canceled"
