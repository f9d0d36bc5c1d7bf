"""One order: how it is read from a request, meets the market, and is shown.

Shapes and codes follow OKX's endpoint pages (docs-v5, copy of 2026-08-22).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import (
    Params,
    Row,
    format_decimal,
    parse_amount,
    parse_whole,
    require_param,
)
from okx_guide.sandbox.state.market import INSTRUMENTS, Instrument
from okx_guide.sandbox.state.store import check_fields

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,40}(\.\d{1,40})?(E[+-]?\d{1,2})?", re.ASCII)
_INSTRUMENT_TYPES = {"SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"}
_NEEDS_PRICE = {"limit", "post_only", "fok", "ioc"}
ORDER_TYPES = _NEEDS_PRICE | {"market"}


@dataclass(frozen=True, slots=True)
class Order:
    """One order. It fills whole or not at all.

    Attributes:
        fill_price: The price at which it was filled; None if it was not.
        maker: True if it waited and was met, False if it met the market itself.
    """

    id: str
    client_id: str
    instrument: Instrument
    side: str
    type: str
    size: Decimal
    price: Decimal | None
    mode: str
    tag: str
    target: str
    state: str
    fill_price: Decimal | None
    created: int
    updated: int
    maker: bool = False

    @property
    def filled(self) -> Decimal:
        """How much of it was filled: all, or nothing."""
        return self.size if self.fill_price is not None else Decimal(0)

    def compute_reserve(self, market: Decimal) -> tuple[str, Decimal]:
        """Return the currency and amount that the order needs, at most, at this price."""
        if self.side == "sell":
            return self.instrument.base, self.size
        return self.instrument.quote, self.size * (self.price or market)

    def match(self, market: Decimal) -> Decimal | None:
        """Return the price at which the order trades when it meets this one; None if not."""
        if self.price is None:
            return market
        crosses = self.price >= market if self.side == "buy" else self.price <= market
        return market if crosses else None

    def to_row(self) -> Row:
        """Return the order as JSON."""
        row = {name: getattr(self, name) for name in Order.__slots__}
        decimals = {n: v if v is None else str(v) for n, v in row.items() if n in _ORDER_DECIMALS}
        return row | decimals | {"instrument": self.instrument.id}

    @classmethod
    def from_row(cls, name: str, row: Any) -> Self:
        """Return the order that `to_row()` wrote.

        Raises:
            ValueError: It wrote no such thing.
            KeyError: The pair does not exist.
        """
        decimals = {n: None if row[n] is None else parse_decimal(row[n]) for n in _ORDER_DECIMALS}
        fields = check_fields({n: v for n, v in row.items() if n not in decimals}, _ORDER_TYPES)
        order = cls(**{**fields, **decimals, "instrument": INSTRUMENTS[row["instrument"]]})
        if (
            order.id != name
            or order.size is None
            or order.side not in ("buy", "sell")
            or order.type not in ORDER_TYPES
            or order.state not in ("live", "filled", "canceled")
            or (order.state == "live" and order.price is None)
            or (order.state == "filled") != (order.fill_price is not None)
        ):
            raise ValueError("not an order")
        return order


_ORDER_DECIMALS = ("size", "price", "fill_price")
_ORDER_TYPES = {
    **dict.fromkeys(
        ("id", "client_id", "instrument", "side", "type", "mode", "tag", "target", "state"), str
    ),
    **dict.fromkeys(("created", "updated"), int),
    "maker": bool,
}


def parse_decimal(text: object) -> Decimal:
    """Return a number that was kept as text.

    Raises:
        ValueError: It is no such number.
    """
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise ValueError("not a decimal number")
    return Decimal(text)


def match_market(order: Order, market: Decimal) -> Order:
    """Return the order as it is after meeting the market's price."""
    price = order.match(market)
    if price is not None and order.type != "post_only":
        return replace(order, state="filled", fill_price=price)
    if price is not None or order.type in ("ioc", "fok"):
        return replace(order, state="canceled")
    return order


def parse_tag(params: Params) -> str:
    """Return the parameter `tag`; empty if it is not there.

    Raises:
        RefusedError: 51000 if it is anything but 16 letters and digits at most.
    """
    tag = params.get("tag") or ""
    if tag and (not isinstance(tag, str) or not _TAG.fullmatch(tag)):
        raise RefusedError("51000", "tag is up to 16 letters and digits", "tag")
    return str(tag)


def parse_request_id(params: Params) -> str:
    """Return the parameter `reqId`; empty if it is not there.

    Raises:
        RefusedError: 51000 if it is anything but 32 letters and digits at most.
    """
    name = params.get("reqId") or ""
    if name and (not isinstance(name, str) or not CLIENT_ORDER_ID.fullmatch(name)):
        raise RefusedError("51000", "reqId is up to 32 letters and digits", "reqId")
    return str(name)


def select_page(orders: Iterable[Order], params: Params) -> list[Order]:
    """Return the orders that match the parameters, newest first, 100 at most."""
    types = {type_ for type_ in str(params.get("ordType", "")).split(",") if type_}
    after, before = parse_whole(params, "after"), parse_whole(params, "before")
    begin, end = parse_whole(params, "begin"), parse_whole(params, "end")
    matches = [
        order
        for order in orders
        if params.get("instType") in (None, "", "SPOT")
        and params.get("instId") in (None, "", order.instrument.id)
        and params.get("state") in (None, "", order.state)
        and (not types or order.type in types)
        and (after is None or int(order.id) < after)
        and (before is None or int(order.id) > before)
        and (begin is None or order.created >= begin)
        and (end is None or order.created <= end)
    ]
    limit = parse_whole(params, "limit")
    return sorted(matches, key=lambda order: -int(order.id))[: min(limit or 100, 100)]


def parse_instrument_type(params: Params) -> str:
    """Return the parameter `instType`.

    Raises:
        RefusedError: 50014 if it is missing, 51000 if OKX has no such type.
    """
    type_ = require_param(params, "instType")
    if type_ not in _INSTRUMENT_TYPES:
        raise RefusedError("51000", f"one of {', '.join(sorted(_INSTRUMENT_TYPES))}", "instType")
    return type_


def parse_price(params: Params, type_: str, instrument: Instrument) -> Decimal | None:
    """Return the parameter `px` of an order; None if an order of this type has no price.

    Raises:
        RefusedError: 51204 if a price is missing, 51000 if it is none.
    """
    if type_ not in _NEEDS_PRICE:
        return None
    if not params.get("px"):
        raise RefusedError("51204")
    return parse_tick_price(params, "px", instrument)


def parse_tick_price(params: Params, name: str, instrument: Instrument) -> Decimal:
    """Return a parameter that is a price of a pair.

    Raises:
        RefusedError: 51000 if it is not a positive multiple of the tick, as text.
    """
    price = parse_amount(params[name])
    if price is None or price % Decimal(instrument.tick):
        hint = f"{name} is a positive multiple of {instrument.tick}, as text"
        raise RefusedError("51000", hint, name)
    return price


def parse_target(params: Params, type_: str, side: str) -> str:
    """Return the currency in which `sz` is counted; only market orders have a choice."""
    target = params.get("tgtCcy") or ""
    if target not in ("", "base_ccy", "quote_ccy"):
        raise RefusedError("51000", "tgtCcy is base_ccy or quote_ccy", "tgtCcy")
    if type_ != "market":
        return ""
    return target or ("quote_ccy" if side == "buy" else "base_ccy")


def parse_size(
    params: Params, name: str, target: str, instrument: Instrument, market: Decimal
) -> Decimal:
    """Return the size of an order in the base currency.

    Args:
        params: The parameters of the request.
        name: That of the size, `sz` or `newSz`.
        target: `quote_ccy` if the size is counted in the quote currency.
        instrument: The pair.
        market: Its price, in the quote currency.

    Raises:
        RefusedError: 51000 if it is no positive decimal, 51020 if it is too small, 51121 if
            it is not a multiple of the lot.
    """
    size = parse_amount(require_param(params, name))
    if size is None:
        raise RefusedError("51000", f"{name} is a positive decimal, as text", name)
    if target == "quote_ccy":
        size = (size / market).quantize(Decimal(instrument.lot), "ROUND_DOWN")
    if size < Decimal(instrument.smallest):
        raise RefusedError("51020", f"the minimum of {instrument.id} is {instrument.smallest}")
    if size % Decimal(instrument.lot):
        raise RefusedError("51121", f"the lot of {instrument.id} is {instrument.lot}")
    return size


def make_order_row(order: Order) -> Row:
    """Return an order as `GET /api/v5/trade/order` and the `orders` channel show it."""
    is_filled = order.fill_price is not None
    price = "" if order.fill_price is None else format_decimal(order.fill_price)
    return {
        "accFillSz": format_decimal(order.filled),
        "avgPx": price,
        "cTime": str(order.created),
        "cancelSource": "",
        "category": "normal",
        "ccy": "",
        "clOrdId": order.client_id,
        "fee": "0",
        "feeCcy": order.instrument.base if order.side == "buy" else order.instrument.quote,
        "fillPx": price,
        "fillSz": format_decimal(order.filled),
        "fillTime": str(order.updated) if is_filled else "",
        "instId": order.instrument.id,
        "instType": "SPOT",
        "isTpLimit": "false",
        "lever": "",
        "ordId": order.id,
        "ordType": order.type,
        "pnl": "0",
        "posSide": "net",
        "px": format_decimal(order.price) if order.price is not None else "",
        "rebate": "0",
        "rebateCcy": order.instrument.quote if order.side == "buy" else order.instrument.base,
        "reduceOnly": "false",
        "side": order.side,
        "state": order.state,
        "stpMode": "cancel_maker",
        "sz": format_decimal(order.size),
        "tag": order.tag,
        "tdMode": order.mode,
        "tgtCcy": order.target,
        "tradeId": order.id if is_filled else "",
        "tradeQuoteCcy": order.instrument.quote,
        "uTime": str(order.updated),
    }


def make_fill_row(order: Order) -> Row:
    """Return the one trade of a filled order; it has the number of the order."""
    row = make_order_row(order)
    buy = order.side == "buy"
    return {
        **{name: row[name] for name in _SHARED_WITH_FILLS},
        "billId": order.id,
        "execType": "M" if order.maker else "T",
        "feeRate": "0",
        "fillFwdPx": "",
        "fillIdxPx": "",
        "fillMarkPx": "",
        "fillMarkVol": "",
        "fillPnl": "0",
        "fillPxUsd": "",
        "fillPxVol": "",
        "subType": "1" if buy else "2",
        "ts": str(order.updated),
    }


_SHARED_WITH_FILLS = (
    "clOrdId",
    "fee",
    "feeCcy",
    "fillPx",
    "fillSz",
    "fillTime",
    "instId",
    "instType",
    "ordId",
    "posSide",
    "side",
    "tag",
    "tradeId",
    "tradeQuoteCcy",
)
