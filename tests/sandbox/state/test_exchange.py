import json
import random
import resource
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.keyring import Draft
from okx_guide.sandbox.state.keys import Key
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.state.store import StateError, Store
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
        ({"instType": "SWAP"}, ["BTC-USDT-SWAP"]),
        ({"instType": "SWAP", "instFamily": "BTC-USDT"}, ["BTC-USDT-SWAP"]),
        ({"instType": "SWAP", "instFamily": "ETH-USDT"}, []),
        ({"instType": "SPOT", "instFamily": "BTC-USDT"}, []),
        ({"instType": "FUTURES"}, []),
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
    neighbours = [
        replace(PRACTICE_KEY, demo=False),
        replace(PRACTICE_KEY, site="eea"),
        replace(PRACTICE_KEY, account="practice1"),
    ]
    exchange.account(PRACTICE_KEY).place_order(json.loads(order(ordType="market", sz="100")))
    cash = exchange.account(PRACTICE_KEY).balance({"ccy": "USDT"})[0]["details"][0]["cashBal"]
    assert cash == "9900"
    for key in neighbours:
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
        second_key = first.keys.create(Draft("other", "Practice-0nly"))
        first.move_price(INSTRUMENTS["ETH-USDT"], Decimal(2000))
        first.store.commit()
        orders, balance = account.orders, account.balance({})
        account.place_order(json.loads(order()))  # never acknowledged
    with Store(path) as store:
        restarted = Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store)
        account = restarted.account(PRACTICE_KEY)
        assert account.orders == orders
        assert account.balance({}) == balance
        assert restarted.keys.get(second_key.api_key) == second_key
        assert restarted.market.get_price(INSTRUMENTS["ETH-USDT"]) == 2000
        [cancelled] = account.cancel_order({"instId": "BTC-USDT", "ordId": live["ordId"]})
        assert cancelled["sCode"] == "0"
        [placed] = account.place_order(json.loads(order()))
        assert int(placed["ordId"]) > max(int(order.id) for order in orders)


def start(path: Path, key: Key = PRACTICE_KEY, now: float = NOW) -> Exchange:
    return Exchange([key], clock=lambda: now, store=Store(path))


def edit(exchange: Exchange) -> None:
    exchange.keys.edit(
        exchange.ready_key, label="renamed", permissions=("read_only",), ips=("127.0.0.1",)
    )


@pytest.mark.parametrize(
    "change",
    [
        edit,
        lambda exchange: exchange.keys.freeze(exchange.ready_key),
        lambda exchange: exchange.keys.delete(PRACTICE_KEY.api_key),
    ],
)
def test_a_change_of_the_ready_key_survives_a_kill(
    tmp_path: Path, change: Callable[[Exchange], object]
) -> None:
    first = start(tmp_path / "state")
    change(first)
    first.commit()
    expected = first.keys.get(PRACTICE_KEY.api_key)
    first.store.close()
    for _ in range(2):
        again = start(tmp_path / "state")
        assert expected == again.keys.get(PRACTICE_KEY.api_key)
        assert again.ready_key == (expected or PRACTICE_KEY)
        again.store.close()


def test_who_asks_for_another_ready_key_gets_it(tmp_path: Path) -> None:
    first = start(tmp_path / "state")
    edit(first)
    first.commit()
    first.store.close()
    ready_key = replace(PRACTICE_KEY, permissions=("trade",))
    again = start(tmp_path / "state", ready_key)
    assert replace(again.ready_key, created=0.0) == ready_key
    again.store.close()


@pytest.mark.parametrize("frozen", [True, False])
def test_the_clock_stands_or_runs_after_a_kill_as_before(tmp_path: Path, frozen: bool) -> None:
    first = start(tmp_path / "state")
    first.clock.set_skew(100)
    first.clock.freeze()
    first.keep_clock()
    if not frozen:
        first.clock.unfreeze()
        first.keep_clock()
    first.commit()
    first.store.close()
    again = start(tmp_path / "state", now=NOW + 50)
    assert (again.clock.frozen, again.now()) == (frozen, NOW + (100 if frozen else 150))
    again.store.close()


def test_a_clock_that_would_show_the_year_ten_thousand_opens_all_the_same(tmp_path: Path) -> None:
    first = start(tmp_path / "state")
    first.clock.set_skew(253_402_300_798 - NOW)
    first.keep_clock()
    first.commit()
    first.store.close()
    again = start(tmp_path / "state", now=NOW + 60)
    assert again.now() == 253_402_300_799
    again.store.close()


# --- a file that is not as it was -------------------------------------------------------


def fill(path: Path) -> None:
    """Keep something of every kind."""
    exchange = start(path)
    exchange.account(PRACTICE_KEY).place_order(json.loads(order()))
    exchange.account(PRACTICE_KEY).place_order(json.loads(order(ordType="market", sz="100")))
    exchange.keys.create(Draft("other", "Practice-0nly"))
    exchange.keys.propose(Draft("waits", "Practice-0nly"))
    exchange.keys.add(replace(PRACTICE_KEY, api_key="lapses", demo=False, created=1.0))
    assert exchange.keys.get("lapses") is None
    exchange.keys.use(exchange.ready_key)
    exchange.move_price(INSTRUMENTS["ETH-USDT"], Decimal(2000))
    exchange.clock.freeze()
    exchange.keep_clock()
    exchange.commit()
    exchange.store.close()


def test_every_kind_of_row_is_read_again(tmp_path: Path) -> None:
    fill(tmp_path / "state")
    exchange = start(tmp_path / "state")
    assert len(exchange.account(PRACTICE_KEY).orders) == 2
    assert len(exchange.keys.list_pending()) == 1
    assert exchange.keys.has_expired("lapses")
    exchange.store.close()


@pytest.mark.parametrize(
    ("kind", "name", "row"),
    [
        ("key", PRACTICE_KEY.api_key, PRACTICE_KEY.to_row() | {"more": 1}),
        ("key", PRACTICE_KEY.api_key, {"api_key": PRACTICE_KEY.api_key}),
        ("key", "other", PRACTICE_KEY.to_row()),
        ("key", PRACTICE_KEY.api_key, PRACTICE_KEY.to_row() | {"ips": "127.0.0.1"}),
        ("key", PRACTICE_KEY.api_key, PRACTICE_KEY.to_row() | {"ips": ["nowhere"]}),
        ("key", PRACTICE_KEY.api_key, PRACTICE_KEY.to_row() | {"permissions": [1]}),
        ("key", PRACTICE_KEY.api_key, PRACTICE_KEY.to_row() | {"demo": 1}),
        ("key", PRACTICE_KEY.api_key, PRACTICE_KEY.to_row() | {"created": True}),
        ("key", PRACTICE_KEY.api_key, PRACTICE_KEY.to_row() | {"secret_key": None}),
        ("key", "x", None),
        ("ready", "x", []),
        ("pending", "x", {"draft": {}, "code": "1", "sent": 1, "tries": 1}),
        ("pending", "x", 5),
        ("used", "x", "yesterday"),
        ("lapsed", "x", None),
        ("lapsed", "x", float("nan")),
        ("account", "global/demo/", {"DOGE": "1"}),
        ("account", "global/demo/", {"BTC": 1}),
        ("account", "global/demo/", {"BTC": "NaN"}),
        ("account", "global/demo/", {"BTC": "1E999999"}),
        ("account", "global/demo/", []),
        ("order global/demo/", "1", {"instrument": "BTC-USDT"}),
        ("order global/demo/", "1", []),
        ("price", "DOGE-USDT", "1"),
        ("price", "ETH-USDT", "-1"),
        ("price", "ETH-USDT", 2000),
        ("clock", "skew", "late"),
        ("clock", "frozen", []),
        ("next", "order", "1"),
        ("next", "order", 1.5),
    ],
)
def test_a_wrong_row_is_refused_in_words_and_nothing_is_written(
    tmp_path: Path, kind: str, name: str, row: object
) -> None:
    path = tmp_path / "state"
    fill(path)
    with Store(path) as store:
        store.put(kind, name, row)
        store.commit()
    before = path.read_bytes()
    with (
        Store(path) as store,
        pytest.raises(StateError, match=f"of its kind {kind} cannot") as info,
    ):
        Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store)
    assert before == path.read_bytes()
    shown = "".join(traceback.format_exception(info.value))
    assert PRACTICE_KEY.secret_key not in shown
    assert PRACTICE_KEY.passphrase not in shown


def test_whatever_byte_is_another_no_traceback_comes_and_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "state"
    fill(path)
    whole = path.read_bytes()
    chance = random.Random(5)  # noqa: S311  # the same every time
    refused = 0
    for _ in range(300):
        at = chance.randrange(len(whole))
        damaged = whole[:at] + chance.randbytes(1) + whole[at + 1 :]
        path.write_bytes(damaged)
        try:
            with Store(path) as store:
                Exchange([PRACTICE_KEY], clock=lambda: NOW, store=store)
        except StateError as error:
            refused += "damaged" in str(error)
            shown = "".join(traceback.format_exception(error))
            assert PRACTICE_KEY.secret_key not in shown
            assert PRACTICE_KEY.passphrase not in shown
            assert damaged == path.read_bytes()
    assert refused > 5


# --- a disk that is full ----------------------------------------------------------------


@contextmanager
def fill_disk() -> Iterator[None]:
    """No file of this process can grow, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_a_full_disk_could_not_keep_is_taken_back(tmp_path: Path) -> None:
    fill(tmp_path / "state")
    exchange = start(tmp_path / "state")
    account = exchange.account(PRACTICE_KEY)

    def look() -> object:
        return (
            account.orders,
            account.balance({}),
            account.funding_balances({}),
            account.bills({}),
            account.algos_pending({"ordType": "conditional"}),
            account.mode,
            list(exchange.keys),
            exchange.keys.list_pending(),
            exchange.now(),
            exchange.market.get_price(INSTRUMENTS["BTC-USDT"]),
        )

    before = look()
    with fill_disk():
        [placed] = account.place_order(json.loads(order()))
        account.place_order(json.loads(order(ordType="market", sz="50")))
        stop = order(ordType="conditional", slTriggerPx="55000", slOrdPx="-1", sz="100")
        account.place_algo(json.loads(stop))
        account.transfer({"ccy": "USDT", "amt": "5", "from": "18", "to": "6"})
        account.set_mode({"acctLv": "2"})
        exchange.keys.freeze(exchange.ready_key)
        exchange.keys.create(Draft("third", "Practice-0nly"))
        exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(900))
        exchange.clock.set_skew(5)
        exchange.keep_clock()
        assert look() != before
        with pytest.raises(StateError, match="cannot be used"):
            exchange.commit()
        assert look() == before
    # With room again, all is well, and the number is not lost.
    [again] = account.place_order(json.loads(order()))
    exchange.commit()
    assert again["ordId"] == placed["ordId"]
    exchange.store.close()
    assert [row.id for row in start(tmp_path / "state").account(PRACTICE_KEY).orders][-1] == (
        again["ordId"]
    )
