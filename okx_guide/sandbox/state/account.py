"""A paper account: balances and orders at the market's prices.

Shapes and codes follow OKX's endpoint pages (docs-v5, copy of 2026-08-22). What OKX does
not document is decided here as simply as possible and listed on the site's sandbox page.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from okx_guide import facts
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import (
    Params,
    Row,
    format_decimal,
    parse_amount,
    parse_choice,
    require_param,
)
from okx_guide.sandbox.shapes import SHAPES
from okx_guide.sandbox.state.clock import Clock
from okx_guide.sandbox.state.market import INSTRUMENTS, Instrument, Market, find_instrument
from okx_guide.sandbox.state.orders import (
    CLIENT_ORDER_ID,
    ORDER_TYPES,
    Order,
    make_fill_row,
    make_order_row,
    match_market,
    parse_decimal,
    parse_instrument_type,
    parse_price,
    parse_request_id,
    parse_size,
    parse_tag,
    parse_target,
    parse_tick_price,
    select_page,
)
from okx_guide.sandbox.state.store import Store

_PENDING_AT_MOST = facts.rule("pending-orders", "per_symbol", int)
_FINISHED_AT_MOST = 1000
_HISTORY = facts.load("rules")["order-history"].value
_DAY = 86_400_000  # milliseconds
_BALANCE = SHAPES["GET /api/v5/account/balance"]
# Of a currency, what an account in spot mode has none of; OKX says 0 there, not nothing.
_UNUSED = {
    **dict.fromkeys(
        (
            "autoLendMtAmt",
            "colBorrAutoConversion",
            "colRes",
            "fixedBal",
            "frpType",
            "rewardBal",
            "smtSyncEq",
            "spotCopyTradingEq",
            "spotIsoBal",
            "stgyEq",
            "twap",
        ),
        "0",
    ),
    "autoLendStatus": "unsupported",
}


_NAMES = {"USDT": "Tether", "BTC": "Bitcoin", "ETH": "Ethereum"}
_OPENING = {"USDT": Decimal(10000), "BTC": Decimal(1), "ETH": Decimal(10)}


class Account:
    """The money and the orders of one account, in one environment of one site.

    Args:
        owner: Names the account; `Key.owner`.
        market: Where it trades.
        clock: The exchange's time.
        store: Where it is kept. Who changes something commits it.
        ids: Yields the numbers of orders.

    Attributes:
        watchers: Called with the name of a WebSocket channel, `account` or `orders`, and
            the rows to push, after every change.
    """

    def __init__(
        self,
        owner: str,
        market: Market,
        clock: Clock,
        store: Store,
        ids: Iterator[int],
    ) -> None:
        self.owner = owner
        self.watchers: list[Callable[[str, list[Row]], None]] = []
        self._market = market
        self._clock = clock
        self._store = store
        self._ids = ids
        self.load()

    def load(self) -> None:
        """Read what is kept, over what is in memory.

        Raises:
            StateError: It cannot be read.
        """
        kept = self._store.load("account", _parse_cash).get(self.owner, {})
        self._cash: dict[str, Decimal] = _OPENING | kept
        orders = self._store.load(f"order {self.owner}", Order.from_row).values()
        self._orders = {order.id: order for order in orders if order.state == "live"}
        self._finished = OrderedDict(
            (order.id, order)
            for order in sorted(orders, key=lambda order: order.updated)
            if order.state != "live"
        )

    @property
    def orders(self) -> list[Order]:
        """Every order it remembers: finished ones first, then live ones."""
        return [*self._finished.values(), *self._orders.values()]

    def match_orders(self, instrument: Instrument) -> None:
        """Fill the live orders of a pair that its new price reaches."""
        market = self._market.get_price(instrument)
        now = self._read_clock()
        for order in tuple(self._orders.values()):
            # A waiting order trades at its own price, as a maker.
            if order.instrument == instrument and order.match(market) is not None:
                filled = replace(order, state="filled", fill_price=order.price, updated=now)
                self._finish(replace(filled, maker=True))

    # --- account ------------------------------------------------------------------

    def balance(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/account/balance` (the trading account)."""
        now = str(self._read_clock())
        details = [
            self._make_balance_row(currency, now)
            for currency in _parse_currencies(params)
            if self._cash[currency]
        ]
        total = sum((self._convert_to_usd(currency) for currency in self._cash), Decimal(0))
        row = {"adjEq": "", "details": details, "totalEq": format_decimal(total), "uTime": now}
        return [_BALANCE.fill_row(row)]

    def positions(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/account/positions`: none, for this account trades spot only."""
        return []

    def set_leverage(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/account/set-leverage`."""
        lever = require_param(params, "lever")
        mode = require_param(params, "mgnMode")
        instrument = find_instrument(require_param(params, "instId"))
        if mode not in ("isolated", "cross"):
            raise RefusedError("51000", "mgnMode is isolated or cross", "mgnMode")
        if parse_amount(lever) is None or not 1 <= Decimal(lever) <= 10:
            raise RefusedError("51000", "lever is 1 to 10 in this sandbox", "lever")
        return [{"lever": lever, "mgnMode": mode, "instId": instrument.id, "posSide": ""}]

    # --- funding ------------------------------------------------------------------

    def funding_currencies(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/asset/currencies`. Nothing can be deposited or withdrawn."""
        return [
            {
                "ccy": currency,
                "name": _NAMES[currency],
                "chain": f"{currency}-Practice",
                "canDep": False,
                "canWd": False,
                "canInternal": False,
                "mainNet": True,
                "logoLink": "",
            }
            for currency in _parse_currencies(params)
        ]

    def funding_balances(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/asset/balances` (the funding account)."""
        return [
            {"availBal": "100", "bal": "100", "ccy": currency, "frozenBal": "0"}
            for currency in _parse_currencies(params)
            if currency == "USDT"
        ]

    # --- orders -------------------------------------------------------------------

    def place_order(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/trade/order`."""
        order = self._build_order(params)
        self._settle(order)
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

    def cancel_order(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/trade/cancel-order`."""
        order = self._find(params, self._orders)
        if order is None:
            raise RefusedError("51400", "no live order of this instrument has that id")
        now = self._read_clock()
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

    def amend_order(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/trade/amend-order`.

        With `cxlOnFail` an order whose amendment fails is cancelled.
        """
        order = self._find(params, self._orders)
        if order is None:
            raise RefusedError("51503", "no live order of this instrument has that id")
        try:
            amended = self._amend(order, params)
        except RefusedError:
            if params.get("cxlOnFail") is True:
                self._finish(replace(order, state="canceled", updated=self._read_clock()))
            raise
        self._settle(amended)
        return [
            {
                "clOrdId": order.client_id,
                "ordId": order.id,
                "ts": str(order.created),
                "reqId": parse_request_id(params),
                "sCode": "0",
                "sMsg": "",
                "subCode": "",
            }
        ]

    def order(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/order`."""
        order = self._find(params, {**self._finished, **self._orders})
        if order is None:
            raise RefusedError("51603")
        return [make_order_row(order)]

    def orders_pending(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/orders-pending`, newest first, 100 at most."""
        return [make_order_row(order) for order in select_page(self._orders.values(), params)]

    def orders_history(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/orders-history`: finished orders of the last 7 days.

        What was cancelled is shown for 2 hours.
        """
        parse_instrument_type(params)
        now = self._read_clock()
        hours = _HISTORY["canceled_hours"]
        kept = {"filled": _HISTORY["days"] * _DAY, "canceled": hours * _DAY // 24}
        recent = [o for o in self._finished.values() if now - o.updated < kept[o.state]]
        return [make_order_row(order) for order in select_page(recent, params)]

    def fills(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/fills`: trades of the last 3 days, newest first."""
        return self._list_fills(params, _HISTORY["fills_days"])

    def fills_history(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/fills-history`: trades of the last 3 months."""
        parse_instrument_type(params)
        return self._list_fills(params, _HISTORY["fills_history_months"] * 31)

    def _list_fills(self, params: Params, days: int) -> list[Row]:
        now = self._read_clock()
        filled = [
            order
            for order in self._finished.values()
            if order.fill_price is not None
            and now - order.updated < days * _DAY
            and params.get("ordId") in (None, "", order.id)
        ]
        return [make_fill_row(order) for order in select_page(filled, params)]

    def _build_order(self, params: Params) -> Order:
        instrument = find_instrument(require_param(params, "instId"))
        mode = parse_choice(params, "tdMode", {"cash"})
        side = parse_choice(params, "side", {"buy", "sell"})
        type_ = parse_choice(params, "ordType", ORDER_TYPES)
        price = parse_price(params, type_, instrument)
        target = parse_target(params, type_, side)
        now = self._read_clock()
        order = Order(
            id=str(next(self._ids)),
            client_id=self._parse_client_id(params),
            instrument=instrument,
            side=side,
            type=type_,
            size=parse_size(params, "sz", target, instrument, self._market.get_price(instrument)),
            price=price,
            mode=mode,
            tag=parse_tag(params),
            target=target,
            state="live",
            fill_price=None,
            created=now,
            updated=now,
        )
        pending = sum(order.instrument == instrument for order in self._orders.values())
        if pending >= _PENDING_AT_MOST:
            raise RefusedError("51174", "", instrument.id, str(_PENDING_AT_MOST))
        market = self._market.get_price(instrument)
        currency, amount = order.compute_reserve(market)
        if amount > self._compute_available(currency):
            raise RefusedError("51008", f"{format_decimal(amount)} {currency} are needed", currency)
        return match_market(order, market)

    def _amend(self, order: Order, params: Params) -> Order:
        if not params.get("newSz") and not params.get("newPx"):
            raise RefusedError("51500", "give newSz, newPx or both")
        parse_request_id(params)
        market = self._market.get_price(order.instrument)
        price, size = order.price, order.size
        if params.get("newPx"):
            price = parse_tick_price(params, "newPx", order.instrument)
        if params.get("newSz"):
            size = parse_size(params, "newSz", "", order.instrument, market)
        amended = replace(order, price=price, size=size, updated=self._read_clock())
        currency, held = order.compute_reserve(market)
        _, needed = amended.compute_reserve(market)
        if needed > self._compute_available(currency) + held:
            raise RefusedError("51502", f"{format_decimal(needed)} {currency} are needed")
        if order.type == "post_only" and amended.match(market) is not None:
            raise RefusedError("51511", f"the market is at {format_decimal(market)}")
        return match_market(amended, market)

    def _parse_client_id(self, params: Params) -> str:
        client_id = params.get("clOrdId") or ""
        if not client_id:
            return ""
        if not isinstance(client_id, str) or not CLIENT_ORDER_ID.fullmatch(client_id):
            raise RefusedError("51000", "clOrdId is up to 32 letters and digits", "clOrdId")
        if any(order.client_id == client_id for order in self._orders.values()):
            raise RefusedError("51016")
        return client_id

    def _settle(self, order: Order) -> None:
        """Take note of an order that was placed or amended, and has met the market."""
        if order.state == "live":
            self._orders[order.id] = order
            self._notify(order)
        else:
            self._finish(order)

    def _finish(self, order: Order) -> None:
        self._orders.pop(order.id, None)
        if order.fill_price is not None:
            sign = 1 if order.side == "buy" else -1
            self._cash[order.instrument.base] += sign * order.size
            self._cash[order.instrument.quote] -= sign * order.size * order.fill_price
        self._finished[order.id] = order
        if len(self._finished) > _FINISHED_AT_MOST:
            oldest, _ = self._finished.popitem(last=False)
            self._store.delete(f"order {self.owner}", oldest)
        self._notify(order)

    def _notify(self, order: Order) -> None:
        cash = {currency: str(amount) for currency, amount in self._cash.items()}
        self._store.put("account", self.owner, cash)
        self._store.put(f"order {self.owner}", order.id, order.to_row())
        for watcher in tuple(self.watchers):
            watcher("orders", [make_order_row(order)])
            watcher("account", self.balance({}))

    def _find(self, params: Params, orders: Mapping[str, Order]) -> Order | None:
        instrument = find_instrument(require_param(params, "instId"))
        order_id, client_id = params.get("ordId"), params.get("clOrdId")
        if not order_id and not client_id:
            raise RefusedError("50015", "", "ordId", "clOrdId")
        for order in reversed(list(orders.values())):
            if order.instrument == instrument and (
                order.id == order_id if order_id else order.client_id == client_id
            ):
                return order
        return None

    # --- money --------------------------------------------------------------------

    def _compute_available(self, currency: str) -> Decimal:
        return self._cash[currency] - self._compute_frozen(currency)

    def _compute_frozen(self, currency: str) -> Decimal:
        # A live order has a price, so the market's does not matter.
        reserves = (order.compute_reserve(Decimal(0)) for order in self._orders.values())
        return sum((amount for held, amount in reserves if held == currency), Decimal(0))

    def _convert_to_usd(self, currency: str) -> Decimal:
        instrument = INSTRUMENTS.get(f"{currency}-USDT")
        price = self._market.get_price(instrument) if instrument else Decimal(1)
        return self._cash[currency] * price

    def _make_balance_row(self, currency: str, now: str) -> Row:
        cash, frozen = self._cash[currency], self._compute_frozen(currency)
        return {
            "availBal": format_decimal(cash - frozen),
            "availEq": "",
            "cashBal": format_decimal(cash),
            "ccy": currency,
            "eq": format_decimal(cash),
            "eqUsd": format_decimal(self._convert_to_usd(currency)),
            "frozenBal": format_decimal(frozen),
            "ordFrozen": format_decimal(frozen),
            "spotBal": format_decimal(cash),
            "uTime": now,
            **_UNUSED,
        }

    def _read_clock(self) -> int:
        return int(self._clock.now() * 1000)


def _parse_cash(_: str, row: Any) -> dict[str, Decimal]:
    amounts = {currency: parse_decimal(amount) for currency, amount in row.items()}
    if not amounts.keys() <= _OPENING.keys():
        raise ValueError("not a currency")
    return amounts


def _parse_currencies(params: Params) -> list[str]:
    wanted = params.get("ccy")
    if not wanted:
        return list(_NAMES)
    return [currency for currency in wanted.split(",") if currency in _NAMES]
