import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.keyring import Draft
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.state.store import Store
from tests.support.raw_http import NOW, order


@pytest.fixture
def exchange() -> Exchange:
    return Exchange([PRACTICE_KEY], clock=lambda: NOW)


def test_a_reset_brings_back_the_opening_balances_and_forgets_all_orders(
    exchange: Exchange,
) -> None:
    before = exchange.account(PRACTICE_KEY).balance({})
    exchange.account(PRACTICE_KEY).place_order(json.loads(order()))
    exchange.account(PRACTICE_KEY).place_order(json.loads(order(ordType="market", sz="100")))
    exchange.reset()
    assert exchange.account(PRACTICE_KEY).balance({}) == before
    assert exchange.account(PRACTICE_KEY).orders == []


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
    with pytest.raises(RefusedError, match=code):
        exchange.instruments(params, None)


@pytest.mark.parametrize("instrument", ["BTC-USDT", "ETH-USDT"])
def test_the_price_stands_between_bid_and_ask(exchange: Exchange, instrument: str) -> None:
    ticker = exchange.ticker({"instId": instrument}, None)[0]
    assert Decimal(ticker["bidPx"]) < Decimal(ticker["last"]) < Decimal(ticker["askPx"])


def test_the_time_is_that_of_the_clock_in_milliseconds(exchange: Exchange) -> None:
    assert exchange.time({}, None) == [{"ts": "1607418537715"}]


# --- accounts ---------------------------------------------------------------------------


def test_each_site_world_and_sub_account_has_money_of_its_own(exchange: Exchange) -> None:
    others = [
        replace(PRACTICE_KEY, demo=False),
        replace(PRACTICE_KEY, site="eea"),
        replace(PRACTICE_KEY, account="practice1"),
    ]
    exchange.account(PRACTICE_KEY).place_order(json.loads(order(ordType="market", sz="100")))
    cash = exchange.account(PRACTICE_KEY).balance({"ccy": "USDT"})[0]["details"][0]["cashBal"]
    assert cash == "9900"
    for key in others:
        [balance] = exchange.account(key).balance({"ccy": "USDT"})
        assert [row["cashBal"] for row in balance["details"]] == ["10000"]


def test_the_configuration_tells_a_sub_account_from_its_main_account(exchange: Exchange) -> None:
    [main] = exchange.config({}, PRACTICE_KEY)
    [sub] = exchange.config({}, replace(PRACTICE_KEY, account="practice1"))
    assert main["uid"] == main["mainUid"] == sub["mainUid"] != sub["uid"]
    assert (main["type"], sub["type"]) == ("0", "1")


# --- prices -----------------------------------------------------------------------------


def test_a_price_that_reaches_a_waiting_order_fills_it_at_the_orders_price(
    exchange: Exchange,
) -> None:
    account = exchange.account(PRACTICE_KEY)
    [placed] = account.place_order(json.loads(order(px="40000", sz="0.1")))
    name = {"instId": "BTC-USDT", "ordId": placed["ordId"]}
    exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(40001))
    assert account.order(name)[0]["state"] == "live"
    exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(39000))
    [filled] = account.order(name)
    assert (filled["state"], filled["avgPx"], filled["accFillSz"]) == ("filled", "40000", "0.1")
    cash = {row["ccy"]: row["cashBal"] for row in account.balance({})[0]["details"]}
    assert (cash["USDT"], cash["BTC"]) == ("6000", "1.1")


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity", "1e9", "50000.05"])
def test_a_price_that_no_market_has_is_refused(exchange: Exchange, price: str) -> None:
    with pytest.raises(ValueError, match=r"multiple of 0\.1"):
        exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(price))
    assert exchange.market.get_price(INSTRUMENTS["BTC-USDT"]) == 50000


# --- nothing leaves ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("50038", {"demo": True}),
        ("50030", {"demo": False, "account": "practice1"}),
        ("58207", {"demo": False}),
    ],
)
def test_a_withdrawal_is_refused(exchange: Exchange, code: str, changes: Any) -> None:
    params = {"ccy": "USDT", "amt": "1", "dest": "4", "toAddr": "nowhere"}
    with pytest.raises(RefusedError, match=code):
        exchange.withdrawal(params, replace(PRACTICE_KEY, **changes))


# --- what is kept -----------------------------------------------------------------------


def test_keys_orders_money_prices_and_clock_are_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Store(path) as store:
        first = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store)
        account = first.account(PRACTICE_KEY)
        [live] = account.place_order(json.loads(order(px="40000")))
        account.place_order(json.loads(order(ordType="market", sz="100")))
        first.keys.edit(PRACTICE_KEY, label="renamed")
        other = first.keys.create(Draft("other", "Practice-0nly"))
        first.move_price(INSTRUMENTS["ETH-USDT"], Decimal(2000))
        first.store.commit()
        orders, balance = account.orders, account.balance({})
        account.place_order(json.loads(order()))  # never acknowledged
    with Store(path) as store:
        restarted = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store)
        account = restarted.account(PRACTICE_KEY)
        assert account.orders == orders
        assert account.balance({}) == balance
        assert restarted.keys.get(other.api_key) == other
        assert restarted.market.get_price(INSTRUMENTS["ETH-USDT"]) == 2000
        [cancelled] = account.cancel_order({"instId": "BTC-USDT", "ordId": live["ordId"]})
        assert cancelled["sCode"] == "0"
        [placed] = account.place_order(json.loads(order()))
        assert int(placed["ordId"]) > max(int(kept.id) for kept in orders)
