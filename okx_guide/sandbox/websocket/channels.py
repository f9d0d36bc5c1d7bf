"""What can be subscribed to on the WebSocket, and how each push looks.

Shapes follow OKX's channel pages (docs-v5, copy of 2026-08-22).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from okx_guide import facts
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Row
from okx_guide.sandbox.shapes import SHAPES
from okx_guide.sandbox.state.candles import SIZES, list_candles
from okx_guide.sandbox.state.exchange import Exchange, make_uid
from okx_guide.sandbox.state.keys import Key
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.websocket.books import Book, Books

WS_PATHS = ("public", "private", "business")
_INSTRUMENT_TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "ANY")
_CURRENCIES = sorted(
    {name for instrument in INSTRUMENTS.values() for name in (instrument.base, instrument.quote)}
)
# Fields that an order has on the WebSocket only; here they never change.
_ONLY_PUSHED = {
    "amendResult": "",
    "amendSource": "",
    "code": "0",
    "execType": "",
    "fillFee": "0",
    "fillFwdPx": "",
    "fillIdxPx": "",
    "fillMarkPx": "",
    "fillMarkVol": "",
    "fillNotionalUsd": "",
    "fillPnl": "0",
    "fillPxUsd": "",
    "fillPxVol": "",
    "lastPx": "",
    "msg": "",
    "notionalUsd": "",
    "rebate": "0",
    "reqId": "",
}
# Snapshots are paged; here everything fits on one page.
_PAGED = {"eventType": "snapshot", "curPage": 1, "lastPage": True}
_SOURCE = "0"  # of a trade: normal orders


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel.

    Attributes:
        endpoint: Where it is served: `public`, `private` or `business`.
        allowed: By parameter, the values it may have.
        required: The parameters that must be there.
        login: Whether it needs a login.
        tier: The fee tier that it needs; empty for none. No account has one here.
    """

    endpoint: str
    allowed: Mapping[str, Sequence[str]]
    required: tuple[str, ...] = ()
    login: bool = False
    tier: str = ""

    @property
    def is_counted(self) -> bool:
        """Whether the connections that have it are counted: fact `ws-private-connections`."""
        return self.endpoint == "private"


_FAMILIES = sorted({instrument.family for instrument in INSTRUMENTS.values() if instrument.family})
_INSTRUMENT = {"instId": list(INSTRUMENTS)}
_FAMILY = {"instType": _INSTRUMENT_TYPES, "instFamily": _FAMILIES}
_FILTERED = {**_FAMILY, **_INSTRUMENT}
_TIERS = facts.load("rules")["fee-tier-channels"].value
_CANDLE = "candle"
_SIZES = ("1s", *SIZES)

CHANNELS = {
    "tickers": Channel("public", _INSTRUMENT, ("instId",)),
    "trades": Channel("public", _INSTRUMENT, ("instId",)),
    "books": Channel("public", _INSTRUMENT, ("instId",)),
    "books5": Channel("public", _INSTRUMENT, ("instId",)),
    "bbo-tbt": Channel("public", _INSTRUMENT, ("instId",)),
    **{
        name: Channel("public", _INSTRUMENT, ("instId",), login=True, tier=_TIERS["tier"])
        for name in ("books50-l2-tbt", "books-l2-tbt")
    },
    "instruments": Channel("public", _FAMILY, ("instType",)),
    "account": Channel("private", {"ccy": _CURRENCIES}, login=True),
    "positions": Channel("private", _FILTERED, ("instType",), login=True),
    "balance_and_position": Channel("private", {}, login=True),
    "orders": Channel("private", _FILTERED, ("instType",), login=True),
    "orders-algo": Channel("business", _FILTERED, ("instType",), login=True),
    **{f"{_CANDLE}{size}": Channel("business", _INSTRUMENT, ("instId",)) for size in _SIZES},
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One channel with its parameters.

    Attributes:
        channel: For example `orders`.
        params: Names and values, sorted.
    """

    channel: str
    params: tuple[tuple[str, str], ...]

    @property
    def arg(self) -> Row:
        """The channel and its parameters, as a message has them."""
        return {"channel": self.channel, **dict(self.params)}

    @property
    def private(self) -> bool:
        """Whether it needs a login."""
        return CHANNELS[self.channel].login


def parse_subscription(arg: Mapping[str, Any], endpoint: str) -> Subscription:
    """Return what an entry of `args` asks for.

    Raises:
        RefusedError: 60013, 60018, or for another address 60008, 64001 or 64002.
    """
    name = arg.get("channel")
    if not isinstance(name, str) or not name:
        raise RefusedError("60013", "each of args names a channel, as text")
    channel = CHANNELS.get(name)
    if channel is None:
        names = ", ".join(
            public_name for public_name in CHANNELS if not public_name.startswith(_CANDLE)
        )
        hint = f"this sandbox has the channels {names}, {_CANDLE}1m and so on"
        raise _refuse_channel(arg, hint)
    if channel.endpoint != endpoint:
        hint = f"{name} is on /ws/v5/{channel.endpoint}"
        raise RefusedError(_find_code(channel.endpoint, endpoint), hint, name)
    for param, values in channel.allowed.items():
        if param in channel.required and not arg.get(param):
            raise _refuse_channel(arg, f"{name} needs {param}")
        if arg.get(param) and arg[param] not in values:
            raise _refuse_channel(arg, f"here {param} is one of {', '.join(values)}")
    known = ((param, arg[param]) for param in channel.allowed if arg.get(param))
    return Subscription(name, tuple(known))


def _find_code(right: str, endpoint: str) -> str:
    """Return the code of a channel at a wrong address; two addresses have their own."""
    if right == "business":
        return "64001"
    return "64002" if endpoint == "business" else "60008"


def _refuse_channel(arg: Mapping[str, Any], hint: str) -> RefusedError:
    # As clients quote it: "Wrong URL or channel:books,instId:NOPE-USDT doesn't exist."
    named = [(name, arg[name]) for name in ("channel", "instType", "instId") if name in arg]
    texts = [f"{name}:{value[:64]}" for name, value in named if isinstance(value, str)]
    return RefusedError("60018", hint, ",".join(texts))


# --- pushes ---------------------------------------------------------------------------


def make_snapshot(
    subscribed: Subscription, exchange: Exchange, books: Books, key: Key | None
) -> list[Row]:
    """Return what is pushed as soon as somebody subscribes.

    `orders` and `trades` push what happens from then on; `instruments` what changes, and here
    none does.
    """
    if subscribed.private and key:
        return _make_private_snapshot(subscribed, exchange, key)
    if subscribed.channel == "tickers":
        row = exchange.make_ticker_row(INSTRUMENTS[subscribed.arg["instId"]])
        return [{"arg": subscribed.arg, "data": [row]}]
    if subscribed.channel in _BOOKS:
        book = books.get(INSTRUMENTS[subscribed.arg["instId"]])
        if subscribed.channel == "books":
            row = book.make_snapshot()
            return [{"arg": subscribed.arg, "action": "snapshot", "data": [row]}]
        return [{"arg": subscribed.arg, "data": [_BOOKS[subscribed.channel](book)]}]
    if subscribed.channel.startswith(_CANDLE):
        row = exchange.make_ticker_row(INSTRUMENTS[subscribed.arg["instId"]])
        return [{"arg": subscribed.arg, "data": [_make_candle(subscribed, row)]}]
    return []


_BOOKS = {"books": Book.make_update, "books5": Book.make_five, "bbo-tbt": Book.make_top}


def _make_private_snapshot(subscribed: Subscription, exchange: Exchange, key: Key) -> list[Row]:
    account = exchange.account(key)
    arg = subscribed.arg | {"uid": make_uid(key.owner)}
    if subscribed.channel == "account":
        return [_make_account_push(subscribed, key.owner, account.balance({})) | _PAGED]
    if subscribed.channel == "positions":
        return [{"arg": arg, **_PAGED, "data": account.positions({})}]
    if subscribed.channel == "balance_and_position":
        (balance,) = account.balance({})
        return [{"arg": arg, "data": [_make_event("snapshot", balance, balance["details"], [])]}]
    return []


def make_price_push(subscribed: Subscription, ticker: Row, book: Book) -> Row | None:
    """Return the push of a price that has moved, if this subscription is about it."""
    if subscribed.arg.get("instId") != ticker["instId"]:
        return None
    if subscribed.channel == "tickers":
        return {"arg": subscribed.arg, "data": [ticker]}
    if subscribed.channel.startswith(_CANDLE):
        return {"arg": subscribed.arg, "data": [_make_candle(subscribed, ticker)]}
    if subscribed.channel == "trades" and book.is_changed:
        return {"arg": subscribed.arg, "data": [_make_trade(ticker, book)]}
    if subscribed.channel in _BOOKS and book.is_changed:
        action = {"action": "update"} if subscribed.channel == "books" else {}
        return {"arg": subscribed.arg, **action, "data": [_BOOKS[subscribed.channel](book)]}
    return None


def has_sequence(subscribed: Subscription) -> bool:
    """Return whether its pushes are numbered, so that a late one can be recognized."""
    return subscribed.channel in _BOOKS or subscribed.channel == "trades"


def _make_candle(subscribed: Subscription, ticker: Row) -> list[str]:
    """Return the candle that is open: as over REST, it shows the present price alone."""
    params = {"bar": subscribed.channel.removeprefix(_CANDLE), "limit": "1"}
    price, now = Decimal(ticker["last"]), int(ticker["ts"])
    # Of the history, because only that has candles of a second.
    (row,) = list_candles(params, price, now, history=True)
    return row


def _make_trade(ticker: Row, book: Book) -> Row:
    """Return a trade of the smallest size at the new price."""
    risen = Decimal(book.bids[0][0]) > Decimal(book.before[1][0][0])
    return {
        "instId": ticker["instId"],
        "tradeId": str(book.sequence),
        "px": ticker["last"],
        "sz": ticker["lastSz"],
        "side": "buy" if risen else "sell",
        "ts": ticker["ts"],
        "count": "1",
        "source": _SOURCE,
        "seqId": book.sequence,
    }


def list_changes(channel: str, rows: list[Row], balance: Row) -> list[tuple[str, list[Row]]]:
    """Return the rows to push for a change in an account, by channel.

    Args:
        channel: `account`, `orders`, `orders-algo` or `transfer`.
        rows: What the account says of it.
        balance: What it holds now.
    """
    changes = [(channel, rows)]
    for row in rows:
        if channel == "transfer":
            changes.append(_make_change("transferred", balance, [row["ccy"]], []))
        elif channel == "orders" and row["state"] == "filled":
            trade = {"instId": row["instId"], "tradeId": row["tradeId"]}
            changes.append(_make_change("filled", balance, row["instId"].split("-"), [trade]))
    return changes


def _make_change(
    kind: str, balance: Row, currencies: list[str], trades: list[Row]
) -> tuple[str, list[Row]]:
    """Return what `balance_and_position` pushes of some currencies."""
    by_currency = {detail["ccy"]: detail for detail in balance["details"]}
    empty = {"cashBal": "0", "uTime": balance["uTime"]}
    details = [by_currency.get(currency, empty | {"ccy": currency}) for currency in currencies]
    return "balance_and_position", [_make_event(kind, balance, details, trades)]


def _make_event(kind: str, balance: Row, details: list[Row], trades: list[Row]) -> Row:
    """Return a row of `balance_and_position`. There are no positions."""
    money = [{name: detail[name] for name in ("ccy", "cashBal", "uTime")} for detail in details]
    return {
        "pTime": balance["uTime"],
        "eventType": kind,
        "balData": money,
        "posData": [],
        "trades": trades,
    }


def make_change_push(
    subscribed: Subscription, channel: str, owner: str, rows: list[Row]
) -> Row | None:
    """Return the push of a change in an account, if this subscription is about it."""
    if subscribed.channel != channel:
        return None
    if channel == "account":
        return _make_account_push(subscribed, owner, rows) | {"eventType": "event_update"}
    arg = subscribed.arg | {"uid": make_uid(owner)}
    if channel == "balance_and_position":
        return {"arg": arg, "data": rows}
    make_pushed = _make_pushed_order if channel == "orders" else _make_pushed_algo
    pushes = [make_pushed(row) for row in rows if _wants(subscribed, row)]
    return {"arg": arg, "data": pushes} if pushes else None


def _make_pushed_order(row: Row) -> Row:
    """Return an order as it is pushed: an empty average price is 0 there."""
    fields = {"fillFeeCcy": row["feeCcy"], "avgPx": row["avgPx"] or "0"}
    return _ORDER.fill_row(row) | _ONLY_PUSHED | fields


def _make_pushed_algo(row: Row) -> Row:
    """Return an algo order as it is pushed."""
    return _ALGO.fill_row(row) | {"amendResult": "", "notionalUsd": "", "reqId": ""}


_ALGO = SHAPES["GET /api/v5/trade/orders-algo-pending"]
_BALANCE = SHAPES["GET /api/v5/account/balance"]
_ORDER = SHAPES["GET /api/v5/trade/order"]


def _wants(subscribed: Subscription, row: Row) -> bool:
    params = dict(subscribed.params)
    instrument = INSTRUMENTS[row["instId"]]
    return (
        params["instType"] in ("ANY", instrument.type)
        and params.get("instId") in (None, instrument.id)
        and params.get("instFamily") in (None, instrument.family)
    )


def _make_account_push(subscribed: Subscription, owner: str, rows: list[Row]) -> Row:
    currency = dict(subscribed.params).get("ccy")
    data = []
    for row in rows:
        details = [detail for detail in row["details"] if currency in (None, detail["ccy"])]
        data.append(_BALANCE.fill_row(row | {"details": details}))
    return {"arg": subscribed.arg | {"uid": make_uid(owner)}, "data": data}
