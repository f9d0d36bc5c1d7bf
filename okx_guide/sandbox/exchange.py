"""A paper account: balances, orders, two instruments. Prices stand still.

Shapes and codes follow OKX's endpoint pages (docs-v5, copy of 2026-08-22). What OKX does
not document is decided here as simply as possible and listed on the site's sandbox page.
"""

import itertools
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from okx_guide import facts
from okx_guide.sandbox.gate import Refused
from okx_guide.sandbox.keys import Key
from okx_guide.sandbox.limits import RateLimiter

Params = Mapping[str, Any]
Row = dict[str, Any]

UID = "100000000000000001"
_PENDING_AT_MOST: int = facts.load("rules")["pending-orders"].value["per_symbol"]
_FINISHED_AT_MOST = 1000

_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)
_CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_INSTRUMENT_TYPES = {"SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"}
_NEEDS_PRICE = {"limit", "post_only", "fok", "ioc"}
_ORDER_TYPES = _NEEDS_PRICE | {"market"}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A spot pair with one standing price. Amounts are decimal strings, as on the wire."""

    base: str
    quote: str
    price: Decimal
    tick: str
    lot: str
    smallest: str

    @property
    def id(self) -> str:
        """For example `BTC-USDT`."""
        return f"{self.base}-{self.quote}"


# The prices are round on purpose: nobody should take them for a market's.
INSTRUMENTS = {
    instrument.id: instrument
    for instrument in (
        Instrument("BTC", "USDT", Decimal(50000), "0.1", "0.00000001", "0.00001"),
        Instrument("ETH", "USDT", Decimal(2500), "0.01", "0.000001", "0.0001"),
    )
}
_CURRENCIES = {"USDT": "Tether", "BTC": "Bitcoin", "ETH": "Ethereum"}
_OPENING = {"USDT": Decimal(10000), "BTC": Decimal(1), "ETH": Decimal(10)}


@dataclass(frozen=True, slots=True)
class Order:
    """One order. It fills whole or not at all, because the price stands still."""

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
    filled: Decimal
    created: int
    updated: int

    @property
    def reserve(self) -> tuple[str, Decimal]:
        """Currency and amount that the order keeps frozen while it is live."""
        if self.side == "sell":
            return self.instrument.base, self.size
        return self.instrument.quote, self.size * (self.price or self.instrument.price)


class Exchange:
    """The state of one practice exchange.

    Args:
        keys: The keys it knows; the first is the ready one.
        clock: Returns the exchange's time in Unix seconds.
    """

    def __init__(self, keys: Sequence[Key], clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.ready_key = keys[0]
        self.keys = {key.api_key: key for key in keys}
        self.reset()

    def reset(self) -> None:
        """Return to the opening balances, without orders and without counted requests."""
        self.limits = RateLimiter(self.now)
        self._cash = dict(_OPENING)
        self._leverage: dict[tuple[str, str], str] = {}
        self._orders: dict[str, Order] = {}
        self._finished: OrderedDict[str, Order] = OrderedDict()
        self._ids = itertools.count(1_000_000_000_000_000_001)

    def now(self) -> float:
        """Return the exchange's time in Unix seconds."""
        return self._clock()

    @property
    def orders(self) -> list[Order]:
        """Every order it remembers: finished ones first, then live ones."""
        return [*self._finished.values(), *self._orders.values()]

    # --- public -------------------------------------------------------------------

    def time(self, params: Params, key: None) -> list[Row]:
        """Answer `GET /api/v5/public/time`. The number is Unix milliseconds."""
        return [{"ts": str(self._milliseconds())}]

    def instruments(self, params: Params, key: None) -> list[Row]:
        """Answer `GET /api/v5/public/instruments`."""
        type_ = _required(params, "instType")
        if type_ not in _INSTRUMENT_TYPES:
            raise Refused("51000", "", "instType")
        wanted = params.get("instId")
        if wanted and wanted not in INSTRUMENTS:
            raise Refused("51001")
        if type_ != "SPOT":
            return []
        return [
            _instrument_row(instrument)
            for instrument in INSTRUMENTS.values()
            if wanted in (None, "", instrument.id)
        ]

    def ticker(self, params: Params, key: None) -> list[Row]:
        """Answer `GET /api/v5/market/ticker`."""
        instrument = _instrument(_required(params, "instId"))
        price = _plain(instrument.price)
        return [
            {
                "instType": "SPOT",
                "instId": instrument.id,
                "last": price,
                "lastSz": instrument.smallest,
                "askPx": _plain(instrument.price + Decimal(instrument.tick)),
                "askSz": "1",
                "bidPx": _plain(instrument.price - Decimal(instrument.tick)),
                "bidSz": "1",
                "open24h": price,
                "high24h": price,
                "low24h": price,
                "volCcy24h": "0",
                "vol24h": "0",
                "sodUtc0": price,
                "sodUtc8": price,
                "ts": str(self._milliseconds()),
            }
        ]

    # --- account ------------------------------------------------------------------

    def config(self, params: Params, key: Key) -> list[Row]:
        """Answer `GET /api/v5/account/config`: what this key is and may do."""
        return [
            {
                "acctLv": "1",
                "acctStpMode": "cancel_maker",
                "autoLoan": False,
                "ctIsoMode": "automatic",
                "enableSpotBorrow": False,
                "greeksType": "PA",
                "feeType": "0",
                "ip": ",".join(key.ips),
                "type": "0",
                "kycLv": "3",
                "label": key.label,
                "level": "Lv1",
                "levelTmp": "",
                "liquidationGear": "-1",
                "mainUid": UID,
                "mgnIsoMode": "automatic",
                "opAuth": "0",
                "perm": ",".join(key.permissions),
                "posMode": "net_mode",
                "roleType": "0",
                "spotBorrowAutoRepay": False,
                "spotOffsetType": "",
                "spotRoleType": "0",
                "spotTraderInsts": [],
                "stgyType": "0",
                "traderInsts": [],
                "uid": UID,
                "settleCcy": "USDC",
                "settleCcyList": ["USD", "USDC", "USDG"],
            }
        ]

    def balance(self, params: Params, key: Key) -> list[Row]:
        """Answer `GET /api/v5/account/balance` (the trading account)."""
        now = str(self._milliseconds())
        details = [
            self._balance_row(currency, now)
            for currency in _currencies(params)
            if self._cash[currency]
        ]
        total = sum((self._in_usd(currency) for currency in self._cash), Decimal(0))
        return [{"adjEq": "", "details": details, "totalEq": _plain(total), "uTime": now}]

    def set_leverage(self, params: Params, key: Key) -> list[Row]:
        """Answer `POST /api/v5/account/set-leverage`."""
        lever = _required(params, "lever")
        mode = _required(params, "mgnMode")
        instrument = _instrument(_required(params, "instId"))
        if mode not in ("isolated", "cross"):
            raise Refused("51000", "mgnMode is isolated or cross", "mgnMode")
        if _amount(lever) is None or not 1 <= Decimal(lever) <= 10:
            raise Refused("51000", "lever is 1 to 10 in this sandbox", "lever")
        self._leverage[instrument.id, mode] = lever
        return [{"lever": lever, "mgnMode": mode, "instId": instrument.id, "posSide": ""}]

    # --- funding ------------------------------------------------------------------

    def funding_currencies(self, params: Params, key: Key) -> list[Row]:
        """Answer `GET /api/v5/asset/currencies`. Nothing can be deposited or withdrawn."""
        return [
            {
                "ccy": currency,
                "name": _CURRENCIES[currency],
                "chain": f"{currency}-Practice",
                "canDep": False,
                "canWd": False,
                "canInternal": False,
                "mainNet": True,
                "logoLink": "",
            }
            for currency in _currencies(params)
        ]

    def funding_balances(self, params: Params, key: Key) -> list[Row]:
        """Answer `GET /api/v5/asset/balances` (the funding account)."""
        return [
            {"availBal": "100", "bal": "100", "ccy": currency, "frozenBal": "0"}
            for currency in _currencies(params)
            if currency == "USDT"
        ]

    # --- orders -------------------------------------------------------------------

    def place_order(self, params: Params, key: Key) -> list[Row]:
        """Answer `POST /api/v5/trade/order`."""
        order = self._new_order(params)
        if order.state == "live":
            self._orders[order.id] = order
        else:
            self._finish(order)
        return [
            {
                "clOrdId": order.client_id,
                "ordId": order.id,
                "tag": order.tag,
                "ts": str(order.created),
                "sCode": "0",
                "sMsg": "Order placed",
                "subCode": "",
            }
        ]

    def cancel_order(self, params: Params, key: Key) -> list[Row]:
        """Answer `POST /api/v5/trade/cancel-order`."""
        order = self._find(params, self._orders)
        if order is None:
            raise Refused("51400", "no live order of this instrument has that id")
        del self._orders[order.id]
        now = self._milliseconds()
        self._finish(replace(order, state="canceled", updated=now))
        return [
            {
                "clOrdId": order.client_id,
                "ordId": order.id,
                "ts": str(now),
                "sCode": "0",
                "sMsg": "",
            }
        ]

    def order(self, params: Params, key: Key) -> list[Row]:
        """Answer `GET /api/v5/trade/order`."""
        order = self._find(params, {**self._finished, **self._orders})
        if order is None:
            raise Refused("51603")
        return [_order_row(order)]

    def orders_pending(self, params: Params, key: Key) -> list[Row]:
        """Answer `GET /api/v5/trade/orders-pending`, newest first, 100 at most."""
        types = {type_ for type_ in str(params.get("ordType", "")).split(",") if type_}
        return [
            _order_row(order)
            for order in reversed(self._orders.values())
            if params.get("instType") in (None, "", "SPOT")
            and params.get("instId") in (None, "", order.instrument.id)
            and params.get("state") in (None, "", order.state)
            and (not types or order.type in types)
        ][:100]

    def _new_order(self, params: Params) -> Order:
        instrument = _instrument(_required(params, "instId"))
        mode = _choice(params, "tdMode", {"cash"})
        side = _choice(params, "side", {"buy", "sell"})
        type_ = _choice(params, "ordType", _ORDER_TYPES)
        price = _price(params, type_, instrument)
        target = _target(params, type_, side)
        now = self._milliseconds()
        order = Order(
            id=str(next(self._ids)),
            client_id=self._client_id(params),
            instrument=instrument,
            side=side,
            type=type_,
            size=_size(params, target, instrument),
            price=price,
            mode=mode,
            tag=_tag(params),
            target=target,
            state="live",
            filled=Decimal(0),
            created=now,
            updated=now,
        )
        pending = sum(order.instrument == instrument for order in self._orders.values())
        if pending >= _PENDING_AT_MOST:
            raise Refused("51174", "", instrument.id, str(_PENDING_AT_MOST))
        currency, amount = order.reserve
        if amount > self._available(currency):
            raise Refused("51008", f"{_plain(amount)} {currency} are needed", currency)
        return _matched(order)

    def _client_id(self, params: Params) -> str:
        client_id = params.get("clOrdId") or ""
        if not client_id:
            return ""
        if not isinstance(client_id, str) or not _CLIENT_ORDER_ID.fullmatch(client_id):
            raise Refused("51000", "clOrdId is up to 32 letters and digits", "clOrdId")
        if any(order.client_id == client_id for order in self._orders.values()):
            raise Refused("51016")
        return client_id

    def _finish(self, order: Order) -> None:
        base, quote = order.instrument.base, order.instrument.quote
        sign = 1 if order.side == "buy" else -1
        self._cash[base] += sign * order.filled
        self._cash[quote] -= sign * order.filled * order.instrument.price
        self._finished[order.id] = order
        if len(self._finished) > _FINISHED_AT_MOST:
            self._finished.popitem(last=False)

    def _find(self, params: Params, orders: Mapping[str, Order]) -> Order | None:
        instrument = _instrument(_required(params, "instId"))
        order_id, client_id = params.get("ordId"), params.get("clOrdId")
        if not order_id and not client_id:
            raise Refused("50015", "", "ordId", "clOrdId")
        for order in reversed(list(orders.values())):
            if order.instrument == instrument and (
                order.id == order_id if order_id else order.client_id == client_id
            ):
                return order
        return None

    # --- money --------------------------------------------------------------------

    def _available(self, currency: str) -> Decimal:
        return self._cash[currency] - self._frozen(currency)

    def _frozen(self, currency: str) -> Decimal:
        reserves = (order.reserve for order in self._orders.values())
        return sum((amount for held, amount in reserves if held == currency), Decimal(0))

    def _in_usd(self, currency: str) -> Decimal:
        instrument = INSTRUMENTS.get(f"{currency}-USDT")
        return self._cash[currency] * (instrument.price if instrument else 1)

    def _balance_row(self, currency: str, now: str) -> Row:
        cash, frozen = self._cash[currency], self._frozen(currency)
        return {
            "availBal": _plain(cash - frozen),
            "availEq": "",
            "cashBal": _plain(cash),
            "ccy": currency,
            "eq": _plain(cash),
            "eqUsd": _plain(self._in_usd(currency)),
            "frozenBal": _plain(frozen),
            "ordFrozen": _plain(frozen),
            "uTime": now,
        }

    def _milliseconds(self) -> int:
        return int(self.now() * 1000)


def _matched(order: Order) -> Order:
    """Return the order as it is after meeting the standing price."""
    market = order.instrument.price
    crosses = order.price is None or (
        order.price >= market if order.side == "buy" else order.price <= market
    )
    if crosses and order.type != "post_only":
        return replace(order, state="filled", filled=order.size)
    if crosses or order.type in ("ioc", "fok"):
        return replace(order, state="canceled")
    return order


def _required(params: Params, name: str) -> str:
    value = params.get(name)
    if value is None or value == "":
        raise Refused("50014", "", name)
    if not isinstance(value, str):
        raise Refused("51000", f"{name} must be text", name)
    return value


def _choice(params: Params, name: str, allowed: set[str]) -> str:
    value = _required(params, name)
    if value not in allowed:
        raise Refused("51000", f"this sandbox knows {', '.join(sorted(allowed))}", name)
    return value


def _tag(params: Params) -> str:
    tag = params.get("tag") or ""
    if not isinstance(tag, str) or len(tag) > 16:
        raise Refused("51000", "tag is up to 16 letters and digits", "tag")
    return tag


def _amount(text: Any) -> Decimal | None:
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        return None
    return Decimal(text) or None


def _price(params: Params, type_: str, instrument: Instrument) -> Decimal | None:
    if type_ not in _NEEDS_PRICE:
        return None
    if not params.get("px"):
        raise Refused("51204")
    price = _amount(params["px"])
    if price is None or price % Decimal(instrument.tick):
        raise Refused("51000", f"px is a positive multiple of {instrument.tick}, as text", "px")
    return price


def _target(params: Params, type_: str, side: str) -> str:
    """Return in which currency `sz` is counted; only market orders have a choice."""
    target = params.get("tgtCcy") or ""
    if target not in ("", "base_ccy", "quote_ccy"):
        raise Refused("51000", "tgtCcy is base_ccy or quote_ccy", "tgtCcy")
    if type_ != "market":
        return ""
    return target or ("quote_ccy" if side == "buy" else "base_ccy")


def _size(params: Params, target: str, instrument: Instrument) -> Decimal:
    size = _amount(_required(params, "sz"))
    if size is None:
        raise Refused("51000", "sz is a positive decimal, as text", "sz")
    if target == "quote_ccy":
        size = (size / instrument.price).quantize(Decimal(instrument.lot), "ROUND_DOWN")
    if size < Decimal(instrument.smallest):
        raise Refused("51020", f"the minimum of {instrument.id} is {instrument.smallest}")
    if size % Decimal(instrument.lot):
        raise Refused("51121", f"the lot of {instrument.id} is {instrument.lot}")
    return size


def _instrument(name: str) -> Instrument:
    instrument = INSTRUMENTS.get(name)
    if instrument is None:
        raise Refused("51001", f"this sandbox has {', '.join(INSTRUMENTS)}")
    return instrument


def _currencies(params: Params) -> list[str]:
    wanted = params.get("ccy")
    if not wanted:
        return list(_CURRENCIES)
    return [currency for currency in wanted.split(",") if currency in _CURRENCIES]


def _plain(amount: Decimal) -> str:
    return f"{amount:f}".rstrip("0").rstrip(".") if amount % 1 else f"{amount:.0f}"


def _instrument_row(instrument: Instrument) -> Row:
    return {
        "instType": "SPOT",
        "instId": instrument.id,
        "baseCcy": instrument.base,
        "quoteCcy": instrument.quote,
        "tickSz": instrument.tick,
        "lotSz": instrument.lot,
        "minSz": instrument.smallest,
        "lever": "10",
        "state": "live",
        "settleCcy": "",
        "ctVal": "",
        "ctMult": "",
        "ctValCcy": "",
        "ctType": "",
        "expTime": "",
        "listTime": "1606468572000",
        "instFamily": "",
        "uly": "",
        "optType": "",
        "stk": "",
        "alias": "",
        "category": "1",
        "ruleType": "normal",
        "maxLmtSz": "9999999999",
        "maxMktSz": "",
        "maxLmtAmt": "1000000",
        "maxMktAmt": "1000000",
    }


def _order_row(order: Order) -> Row:
    done = order.filled > 0
    price = _plain(order.instrument.price) if done else ""
    return {
        "accFillSz": _plain(order.filled),
        "avgPx": price,
        "cTime": str(order.created),
        "cancelSource": "",
        "category": "normal",
        "ccy": "",
        "clOrdId": order.client_id,
        "fee": "0",
        "feeCcy": order.instrument.base if order.side == "buy" else order.instrument.quote,
        "fillPx": price,
        "fillSz": _plain(order.filled),
        "fillTime": str(order.updated) if done else "",
        "instId": order.instrument.id,
        "instType": "SPOT",
        "isTpLimit": "false",
        "lever": "",
        "ordId": order.id,
        "ordType": order.type,
        "pnl": "0",
        "posSide": "net",
        "px": _plain(order.price) if order.price is not None else "",
        "reduceOnly": "false",
        "side": order.side,
        "state": order.state,
        "sz": _plain(order.size),
        "tag": order.tag,
        "tdMode": order.mode,
        "tgtCcy": order.target,
        "tradeId": "",
        "uTime": str(order.updated),
    }
