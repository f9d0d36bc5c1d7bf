"""What each channel pushes: at once, when something happens, and never."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from okx_guide import facts
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox
from okx_guide.sandbox.state.exchange import make_uid
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.websocket.channels import CHANNELS
from tests.support.raw_http import NOW, send_request, trade
from tests.support.websocket_client import Client, Open, login

LIVE = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000002", demo=False)
UID = make_uid(PRACTICE_KEY.owner)
MOMENT = str(int(NOW * 1000))
PAIR = {"instId": "BTC-USDT"}
# Of the candles, two stand for all.
NAMES = [name for name in CHANNELS if name in ("candle1m", "candle3Mutc") or "candle" not in name]


@pytest.fixture(scope="module")
def keys() -> Sequence[Key]:
    return PRACTICE_KEY, LIVE


def move(sandbox: RunningSandbox, price: str, name: str = "BTC-USDT") -> None:
    sandbox.exchange.move_price(INSTRUMENTS[name], Decimal(price))


def watch(client: Client, channel: str, **params: str) -> dict[str, Any]:
    """Subscribe, and return how it was confirmed."""
    answer = client.ask({"op": "subscribe", "args": [{"channel": channel, **params}]})
    assert answer.get("event") == "subscribe", answer
    assert answer["arg"] == {"channel": channel, **params}
    return dict(answer)


def watch_account(client: Client, channel: str, **params: str) -> None:
    watch(client, channel, **params)
    counted = client.read()
    assert (counted["event"], counted["channel"]) == ("channel-conn-count", channel)


# --- books ------------------------------------------------------------------------------


def test_the_book_is_shown_whole_and_then_what_changes(
    sandbox: RunningSandbox, open_: Open
) -> None:
    client = open_("public")
    watch(client, "books", **PAIR)
    first = client.read()
    sequence = first["data"][0].pop("seqId")
    assert first == {
        "arg": {"channel": "books", "instId": "BTC-USDT"},
        "action": "snapshot",
        "data": [
            {
                "asks": [["50000.1", "1", "0", "1"]],
                "bids": [["49999.9", "1", "0", "1"]],
                "ts": MOMENT,
                "checksum": 0,
                "prevSeqId": -1,
            }
        ],
    }
    move(sandbox, "51000")
    second = client.read()
    assert second == {
        "arg": {"channel": "books", "instId": "BTC-USDT"},
        "action": "update",
        "data": [
            {
                "asks": [["50000.1", "0", "0", "0"], ["51000.1", "1", "0", "1"]],
                "bids": [["49999.9", "0", "0", "0"], ["50999.9", "1", "0", "1"]],
                "ts": MOMENT,
                "checksum": 0,
                "prevSeqId": sequence,
                "seqId": second["data"][0]["seqId"],
            }
        ],
    }
    assert second["data"][0]["seqId"] > sequence
    assert facts.rule("books-checksum", "checksum", int) == 0


def test_a_client_that_follows_the_changes_has_the_book(
    sandbox: RunningSandbox, open_: Open
) -> None:
    client = open_("public")
    watch(client, "books", **PAIR)
    book: dict[str, dict[str, str]] = {"asks": {}, "bids": {}}
    last = -1
    for price in ("50000.1", "50000", "50000.2", "9999.9", "10000", "50000"):
        pushed = client.read()["data"][0]
        assert pushed["prevSeqId"] == last
        last = pushed["seqId"]
        for side, levels in book.items():
            for level, size, _, _ in pushed[side]:
                levels[level] = size
                if size == "0":
                    del levels[level]
        assert {side: len(levels) for side, levels in book.items()} == {"asks": 1, "bids": 1}
        move(sandbox, price)
    pushed = client.read()["data"][0]
    assert [level[0] for level in pushed["asks"]] == ["10000.1", "50000.1"]


@pytest.mark.parametrize(("channel", "more"), [("books5", {"instId": "BTC-USDT"}), ("bbo-tbt", {})])
def test_the_top_of_the_book_is_pushed_whole(
    sandbox: RunningSandbox, open_: Open, channel: str, more: dict[str, str]
) -> None:
    client = open_("public")
    watch(client, channel, **PAIR)
    for ask, bid, price in (("50000.1", "49999.9", "7.1"), ("7.2", "7", "50000")):
        pushed = client.read()
        sequence = pushed["data"][0]["seqId"]
        assert isinstance(sequence, int)
        top = {"asks": [[ask, "1", "0", "1"]], "bids": [[bid, "1", "0", "1"]], "ts": MOMENT}
        assert pushed == {
            "arg": {"channel": channel, "instId": "BTC-USDT"},
            "data": [top | more | {"seqId": sequence}],
        }
        move(sandbox, price)


def test_all_who_watch_a_book_see_the_same_sequence(sandbox: RunningSandbox, open_: Open) -> None:
    first, second = open_("public"), open_("public")
    watch(first, "books", **PAIR)
    sequence = [first.read()["data"][0]["seqId"]]
    move(sandbox, "51000")
    sequence.append(first.read()["data"][0]["seqId"])
    watch(second, "books", **PAIR)
    assert second.read()["data"][0]["seqId"] == sequence[1]
    move(sandbox, "50000")
    assert first.read()["data"][0]["seqId"] == second.read()["data"][0]["seqId"]


@pytest.mark.parametrize("channel", ["books", "books5", "bbo-tbt", "trades"])
def test_a_price_that_stays_and_another_pair_push_nothing(
    sandbox: RunningSandbox, open_: Open, channel: str
) -> None:
    client = open_("public")
    watch(client, channel, **PAIR)
    if channel != "trades":
        client.read()
    move(sandbox, "50000")
    move(sandbox, "2600", "ETH-USDT")
    assert client.is_silent()


# --- trades and instruments -------------------------------------------------------------


def test_a_move_of_the_price_is_a_trade_of_the_side_that_moved_it(
    sandbox: RunningSandbox, open_: Open
) -> None:
    client = open_("public")
    watch(client, "trades", **PAIR)
    numbers = []
    for price, side in (("9999.9", "sell"), ("10000", "buy")):
        move(sandbox, price)
        pushed = client.read()
        numbers.append(pushed["data"][0]["seqId"])
        assert pushed == {
            "arg": {"channel": "trades", "instId": "BTC-USDT"},
            "data": [
                {
                    "instId": "BTC-USDT",
                    "tradeId": str(numbers[-1]),
                    "px": price,
                    "sz": "0.00001",
                    "side": side,
                    "ts": MOMENT,
                    "count": "1",
                    "source": "0",
                    "seqId": numbers[-1],
                }
            ],
        }
    assert numbers[0] < numbers[1]


def test_instruments_push_changes_and_here_none_does(sandbox: RunningSandbox, open_: Open) -> None:
    client = open_("public")
    watch(client, "instruments", instType="SPOT")
    move(sandbox, "51000")
    assert client.is_silent()


def test_a_candle_is_pushed_at_once_and_when_the_price_moves(
    sandbox: RunningSandbox, open_: Open
) -> None:
    client = open_("business")
    watch(client, "candle1m", **PAIR)
    opened = str(int(NOW) // 60 * 60_000)
    for price, last in (("50000", "51000.5"), ("51000.5", "50000")):
        assert client.read() == {
            "arg": {"channel": "candle1m", "instId": "BTC-USDT"},
            "data": [[opened, price, price, price, price, "0", "0", "0", "0"]],
        }
        move(sandbox, last)
    path = "/api/v5/market/candles?instId=BTC-USDT&limit=1"
    assert client.read()["data"] == send_request(sandbox.url, "GET", path).json["data"]
    move(sandbox, "2600", "ETH-USDT")
    assert client.is_silent()


@pytest.mark.parametrize(
    ("size", "opened"),
    [
        ("1s", "2020-12-08T09:08"),
        ("1H", "2020-12-08T09:00"),
        ("1Dutc", "2020-12-08T00:00"),
        ("3Mutc", "2020-10-01T00:00"),
    ],
)
def test_a_candle_begins_where_its_size_says(open_: Open, size: str, opened: str) -> None:
    client = open_("business")
    watch(client, f"candle{size}", **PAIR)
    start = int(client.read()["data"][0][0]) / 1000
    assert datetime.fromtimestamp(start, UTC).isoformat(timespec="minutes") == f"{opened}+00:00"


@pytest.mark.parametrize("size", ["", "5D", "1sutc", "7m", "1h", "1mutc", "1m,1H"])
def test_a_candle_of_no_such_size_does_not_exist(open_: Open, size: str) -> None:
    arg = {"channel": f"candle{size}", **PAIR}
    assert open_("business").ask_code({"op": "subscribe", "args": [arg]}) == "60018"


# --- accounts ---------------------------------------------------------------------------


def test_there_are_no_positions_and_that_is_said(client: Client) -> None:
    watch_account(client, "positions", instType="ANY")
    assert client.read() == {
        "arg": {"channel": "positions", "instType": "ANY", "uid": UID},
        "eventType": "snapshot",
        "curPage": 1,
        "lastPage": True,
        "data": [],
    }


def test_the_balance_is_pushed_at_once_and_with_what_a_fill_has_moved(
    sandbox: RunningSandbox, client: Client
) -> None:
    watch_account(client, "balance_and_position")
    first = client.read()
    arg = {"channel": "balance_and_position", "uid": UID}
    money = [("USDT", "10000"), ("BTC", "1"), ("ETH", "10")]
    assert first == {
        "arg": arg,
        "data": [
            {
                "pTime": MOMENT,
                "eventType": "snapshot",
                "balData": [
                    {"ccy": currency, "cashBal": amount, "uTime": MOMENT}
                    for currency, amount in money
                ],
                "posData": [],
                "trades": [],
            }
        ],
    }
    trade(sandbox, side="sell", ordType="market", sz="1", px=None)
    second = client.read()
    number = second["data"][0]["trades"][0]["tradeId"]
    assert second == {
        "arg": arg,
        "data": [
            {
                "pTime": MOMENT,
                "eventType": "filled",
                "balData": [
                    {"ccy": "BTC", "cashBal": "0", "uTime": MOMENT},
                    {"ccy": "USDT", "cashBal": "60000", "uTime": MOMENT},
                ],
                "posData": [],
                "trades": [{"instId": "BTC-USDT", "tradeId": number}],
            }
        ],
    }


def test_a_transfer_moves_one_balance(sandbox: RunningSandbox, client: Client) -> None:
    watch_account(client, "balance_and_position")
    client.read()
    account = sandbox.exchange.account(PRACTICE_KEY)
    account.transfer({"ccy": "USDT", "amt": "50", "from": "6", "to": "18"})
    (row,) = client.read()["data"]
    money = [{"ccy": "USDT", "cashBal": "10050", "uTime": MOMENT}]
    assert (row["eventType"], row["balData"], row["trades"]) == ("transferred", money, [])


def test_an_order_that_waits_moves_no_balance(sandbox: RunningSandbox, client: Client) -> None:
    watch_account(client, "balance_and_position")
    client.read()
    trade(sandbox, px="1000")
    assert client.is_silent()


def test_an_order_is_pushed_with_every_field_of_its_page(
    sandbox: RunningSandbox, client: Client
) -> None:
    watch_account(client, "orders", instType="SPOT")
    trade(sandbox, px="1000")
    pushed = client.read()["data"][0]
    assert [name for name in ORDER_FIELDS.split() if name not in pushed] == []
    assert (pushed["avgPx"], pushed["fillFeeCcy"]) == ("0", "BTC")
    not_text = {name: type(value) for name, value in pushed.items() if not isinstance(value, str)}
    assert not_text == {"attachAlgoOrds": list, "linkedAlgoOrd": dict}


def test_a_stop_loss_is_pushed_when_it_is_placed_and_when_it_is_met(
    sandbox: RunningSandbox, open_: Open
) -> None:
    client = open_("business")
    assert client.ask_code(login()) == "0"
    watch(client, "orders-algo", instType="SPOT", instId="BTC-USDT")
    stop = {"instId": "BTC-USDT", "tdMode": "cash", "side": "sell", "ordType": "conditional"}
    stop |= {"sz": "0.1", "slTriggerPx": "45000", "slOrdPx": "-1"}
    sandbox.exchange.account(PRACTICE_KEY).place_algo(stop)
    placed = client.read()
    arg = {"channel": "orders-algo", "instType": "SPOT", "instId": "BTC-USDT", "uid": UID}
    assert placed["arg"] == arg
    (row,) = placed["data"]
    assert (row["state"], row["slTriggerPx"], row["ordId"]) == ("live", "45000", "")
    assert [name for name in ALGO_FIELDS.split() if name not in row] == []
    move(sandbox, "44000")
    (row,) = client.read()["data"]
    assert (row["state"], row["actualSide"], bool(row["ordId"])) == ("effective", "sl", True)
    assert client.is_silent()


def test_an_algo_order_of_another_pair_is_not_pushed(sandbox: RunningSandbox, open_: Open) -> None:
    client = open_("business")
    assert client.ask_code(login()) == "0"
    watch(client, "orders-algo", instType="ANY", instId="ETH-USDT")
    stop = {"instId": "BTC-USDT", "tdMode": "cash", "side": "sell", "ordType": "conditional"}
    stop |= {"sz": "0.1", "slTriggerPx": "45000", "slOrdPx": "-1"}
    sandbox.exchange.account(PRACTICE_KEY).place_algo(stop)
    assert client.is_silent()


def test_the_orders_of_a_family_are_those_of_its_swap(
    sandbox: RunningSandbox, client: Client
) -> None:
    watch_account(client, "orders", instType="ANY", instFamily="BTC-USDT")
    trade(sandbox, px="1000")
    assert client.is_silent()


# The page on the algo orders channel, docs-v5, copy of 2026-08-22.
ALGO_FIELDS = """
instType instId ccy ordId ordIdList algoId clOrdId sz ordType side posSide tdMode tgtCcy lever
state tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType slOrdPx triggerPx
triggerPxType ordPx advanceOrdType last actualSz actualPx notionalUsd tag actualSide triggerTime
reduceOnly failCode algoClOrdId reqId amendResult amendPxOnTriggerType attachAlgoOrds linkedOrd
cTime uTime isTradeBorrowMode chaseType chaseVal maxChaseType maxChaseVal tradeQuoteCcy
"""
# The page on the order channel, docs-v5, copy of 2026-08-22.
ORDER_FIELDS = """
instType instId tgtCcy ccy ordId clOrdId tag px pxUsd pxVol pxType sz notionalUsd ordType side
posSide tdMode fillPx tradeId fillSz fillPnl fillTime fillFee fillFeeCcy fillPxVol fillPxUsd
fillMarkVol fillFwdPx fillMarkPx fillIdxPx execType accFillSz fillNotionalUsd avgPx state lever
attachAlgoClOrdId tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType slOrdPx
attachAlgoOrds linkedAlgoOrd stpId stpMode feeCcy fee rebateCcy rebate pnl source cancelSource
amendSource category isTpLimit uTime cTime reqId amendResult reduceOnly quickMgnType algoClOrdId
algoId lastPx code msg tradeQuoteCcy outcome
"""


# --- where each is ----------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["public", "private", "business"])
@pytest.mark.parametrize("channel", NAMES)
def test_each_channel_has_its_address(open_: Open, channel: str, endpoint: str) -> None:
    params = {name: values[0] for name, values in CHANNELS[channel].allowed.items()}
    client = open_(endpoint)
    assert client.ask_code(login()) == "0"
    answer = client.ask({"op": "subscribe", "args": [{"channel": channel, **params}]})
    if endpoint == CHANNELS[channel].endpoint:
        expected = ("error", "64003") if CHANNELS[channel].tier else ("subscribe", None)
        assert (answer["event"], answer.get("code")) == expected
    else:
        code = "64002" if endpoint == "business" else "60008"
        if CHANNELS[channel].endpoint == "business":
            code = "64001"
        assert (answer["event"], answer["code"]) == ("error", code)
        assert CHANNELS[channel].endpoint in answer["sandboxHint"]


@pytest.mark.parametrize("channel", [name for name in NAMES if CHANNELS[name].required])
def test_a_channel_without_what_it_needs_does_not_exist(open_: Open, channel: str) -> None:
    client = open_(CHANNELS[channel].endpoint)
    answer = client.ask({"op": "subscribe", "args": [{"channel": channel}]})
    assert (answer["event"], answer["code"]) == ("error", "60018")


@pytest.mark.parametrize("channel", NAMES)
def test_who_leaves_a_channel_is_pushed_no_more(
    sandbox: RunningSandbox, client: Client, open_: Open, channel: str
) -> None:
    params = {name: values[0] for name, values in CHANNELS[channel].allowed.items()}
    known = CHANNELS[channel]
    used = client if known.endpoint == "private" else open_(known.endpoint)
    if known.login and used is not client:
        assert used.ask_code(login()) == "0"
    arg = {"channel": channel, **params}
    used.send_json({"op": "subscribe", "args": [arg]})
    used.send_json({"op": "unsubscribe", "args": [arg]})
    while used.read().get("event") != "unsubscribe":
        pass
    move(sandbox, "40000")
    trade(sandbox, px="1000")
    trade(sandbox, ordType="market", sz="100", px=None)
    assert used.is_silent()


TICK_BY_TICK = ("books50-l2-tbt", "books-l2-tbt")


@pytest.mark.parametrize("channel", TICK_BY_TICK)
def test_a_book_of_every_tick_is_for_a_fee_tier_that_nobody_has(
    sandbox: RunningSandbox, open_: Open, channel: str
) -> None:
    client = open_("public")
    arg = {"channel": channel, "instId": "BTC-USDT"}
    assert client.ask_code({"op": "subscribe", "args": [arg]}) == "60011"
    assert client.ask_code(login()) == "0"
    answer = client.ask({"op": "subscribe", "args": [arg]})
    assert (answer["code"], answer["msg"], answer["sandboxHint"]) == (
        "64003",
        "Your trading fee tier doesn't meet the requirement to access this channel",
        f"{channel} is for VIP4 and above",
    )
    assert client.ask({"op": "unsubscribe", "args": [arg]})["event"] == "unsubscribe"
    move(sandbox, "40000")
    assert client.is_silent()


def test_a_login_is_needed_for_what_is_private_only(open_: Open) -> None:
    for channel in NAMES:
        known = CHANNELS[channel]
        params = {name: values[0] for name, values in known.allowed.items()}
        args = json.dumps({"op": "subscribe", "args": [{"channel": channel, **params}]})
        answer = open_(known.endpoint).ask(args)
        closed = known.endpoint == "private" or channel in ("orders-algo", *TICK_BY_TICK)
        expected = "60011" if closed else None
        assert answer.get("code") == expected
