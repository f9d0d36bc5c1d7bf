"""What can be subscribed to on the WebSocket, and how each push looks.

Shapes follow OKX's channel pages (docs-v5, copy of 2026-08-22).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Row
from okx_guide.sandbox.state.exchange import Exchange, make_uid
from okx_guide.sandbox.state.keys import Key
from okx_guide.sandbox.state.market import INSTRUMENTS

WS_PATHS = ("public", "private", "business")
_INSTRUMENT_TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "ANY")
_CURRENCIES = sorted(
    {name for instrument in INSTRUMENTS.values() for name in (instrument.base, instrument.quote)}
)
# What an order has on the WebSocket beside what REST shows of it; nothing of it happens here.
_ONLY_PUSHED = {
    "amendResult": "",
    "amendSource": "",
    "code": "0",
    "execType": "",
    "fillFee": "0",
    "fillNotionalUsd": "",
    "msg": "",
    "notionalUsd": "",
    "rebate": "0",
    "reqId": "",
    "source": "",
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel.

    Attributes:
        endpoint: Where it is served: `public`, `private` or `business`.
        allowed: By parameter, the values it may have.
        required: The parameters that must be there.
    """

    endpoint: str
    allowed: Mapping[str, Sequence[str]]
    required: tuple[str, ...] = ()


CHANNELS = {
    "tickers": Channel("public", {"instId": list(INSTRUMENTS)}, ("instId",)),
    "account": Channel("private", {"ccy": _CURRENCIES}),
    "orders": Channel(
        "private",
        {"instType": _INSTRUMENT_TYPES, "instId": list(INSTRUMENTS)},
        ("instType",),
    ),
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
        """As it stands in a message."""
        return {"channel": self.channel, **dict(self.params)}

    @property
    def private(self) -> bool:
        """Whether it needs a login."""
        return CHANNELS[self.channel].endpoint == "private"


def parse_subscription(arg: Mapping[str, Any], endpoint: str) -> Subscription:
    """Return what an entry of `args` asks for.

    Raises:
        RefusedError: 60013, 60018 or 60008.
    """
    name = arg.get("channel")
    if not isinstance(name, str) or not name:
        raise RefusedError("60013", "each of args names a channel, as text")
    channel = CHANNELS.get(name)
    if channel is None:
        raise _refuse_channel(arg, f"this sandbox has the channels {', '.join(CHANNELS)}")
    if channel.endpoint != endpoint:
        raise RefusedError("60008", f"{name} is on /ws/v5/{channel.endpoint}", name)
    for param, values in channel.allowed.items():
        if param in channel.required and not arg.get(param):
            raise _refuse_channel(arg, f"{name} needs {param}")
        if arg.get(param) and arg[param] not in values:
            raise _refuse_channel(arg, f"here {param} is one of {', '.join(values)}")
    known = ((param, arg[param]) for param in channel.allowed if arg.get(param))
    return Subscription(name, tuple(known))


def _refuse_channel(arg: Mapping[str, Any], hint: str) -> RefusedError:
    # As clients quote it: "Wrong URL or channel:books,instId:NOPE-USDT doesn't exist."
    named = [(name, arg[name]) for name in ("channel", "instType", "instId") if name in arg]
    texts = [f"{name}:{value[:64]}" for name, value in named if isinstance(value, str)]
    return RefusedError("60018", hint, ",".join(texts))


# --- pushes ---------------------------------------------------------------------------


def make_snapshot(subscribed: Subscription, exchange: Exchange, key: Key | None) -> list[Row]:
    """Return what is pushed as soon as somebody subscribes. `orders` has no such thing."""
    if subscribed.channel == "tickers":
        row = exchange.make_ticker_row(INSTRUMENTS[subscribed.arg["instId"]])
        return [{"arg": subscribed.arg, "data": [row]}]
    if subscribed.channel == "account" and key:
        rows = exchange.account(key).balance({})
        paged = {"eventType": "snapshot", "curPage": 1, "lastPage": True}
        return [_make_account_push(subscribed, key.owner, rows) | paged]
    return []


def make_ticker_push(subscribed: Subscription, row: Row) -> Row | None:
    """Return the push of a price that has moved, if this subscription is about it."""
    if subscribed.channel != "tickers" or subscribed.arg["instId"] != row["instId"]:
        return None
    return {"arg": subscribed.arg, "data": [row]}


def make_change_push(
    subscribed: Subscription, channel: str, owner: str, rows: list[Row]
) -> Row | None:
    """Return the push of a change in an account, if this subscription is about it."""
    if subscribed.channel != channel:
        return None
    if channel == "account":
        return _make_account_push(subscribed, owner, rows) | {"eventType": "event_update"}
    wanted = [
        row | _ONLY_PUSHED | {"fillFeeCcy": row["feeCcy"]}
        for row in rows
        if _wants(subscribed, row)
    ]
    return {"arg": subscribed.arg | {"uid": make_uid(owner)}, "data": wanted} if wanted else None


def _wants(subscribed: Subscription, row: Row) -> bool:
    params = dict(subscribed.params)
    return params["instType"] in ("ANY", row["instType"]) and params.get("instId") in (
        None,
        row["instId"],
    )


def _make_account_push(subscribed: Subscription, owner: str, rows: list[Row]) -> Row:
    currency = dict(subscribed.params).get("ccy")
    shown = [
        row | {"details": [one for one in row["details"] if currency in (None, one["ccy"])]}
        for row in rows
    ]
    return {"arg": subscribed.arg | {"uid": make_uid(owner)}, "data": shown}
