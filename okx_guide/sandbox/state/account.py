"""A paper account: balances and orders at the market's prices.

Shapes and codes follow OKX's endpoint pages (docs-v5, copy of 2026-08-22). What OKX does
not document is decided here as simply as possible and listed on the site's sandbox page.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, NoReturn

from okx_guide import facts
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import (
    Params,
    Row,
    format_decimal,
    parse_amount,
    parse_choice,
    parse_whole,
    require_param,
)
from okx_guide.sandbox.state.algos import (
    Algo,
    Trigger,
    check_history,
    make_algo_row,
    parse_algo,
    select_algos,
)
from okx_guide.sandbox.state.bills import make_trade_bills, make_transfer_bills
from okx_guide.sandbox.state.clock import Clock
from okx_guide.sandbox.state.funding import FUNDING, TRADING, Transfer, parse_change
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
from okx_guide.sandbox.state.store import Store, check_fields

_PENDING_AT_MOST = facts.rule("pending-orders", "per_symbol", int)
_FINISHED_AT_MOST = 1000
_HISTORY = facts.load("rules")["order-history"].value
_DAY = 86_400_000  # milliseconds
_ALGO_HISTORY = 3 * 31 * _DAY  # its page: the last 3 months
_NAMES = {"USDT": "Tether", "BTC": "Bitcoin", "ETH": "Ethereum"}
_PAIRS = {currency: INSTRUMENTS.get(f"{currency}-USDT") for currency in _NAMES}
_FUNDED = {"USDT": Decimal(100), "BTC": Decimal(0), "ETH": Decimal(0)}
_SPOT_MODE = "1"
_MODES = {_SPOT_MODE, "2"}
_SIZES_AT_MOST = 5  # of account/max-size
_COUNTDOWN = (10, 120)  # seconds, of trade/cancel-all-after
_TIMERS_AT_MOST = 20
_LOCK_AT_MOST = 10_000  # milliseconds, of trade/mass-cancel
_BILL_FILTERS = ("instType", "instId", "ccy", "mgnMode", "type", "subType")
_OPENING = {"USDT": Decimal(10000), "BTC": Decimal(1), "ETH": Decimal(10)}


class Account:
    """The money and the orders of one account, in one environment of one site.

    Args:
        owner: Names the account; `Key.owner`.
        market: Where it trades.
        clock: The exchange's time.
        store: Where it is kept. Callers that change something commit it.
        ids: Yields the numbers of orders.

    Attributes:
        mode: The account mode, `1` for spot and `2` for futures.
        watchers: Called with the name of a WebSocket channel, `account`, `orders` or
            `orders-algo`, and the rows to push, after every change; with `transfer` and the
            currency after a transfer.
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
        """Read the stored state, replacing what is in memory.

        Raises:
            StateError: It cannot be read.
        """
        cash = self._store.load("account", _parse_cash).get(self.owner, {})
        self._cash: dict[str, Decimal] = _OPENING | cash
        orders = self._store.load(f"order {self.owner}", Order.from_row).values()
        self._orders = {order.id: order for order in orders if order.state == "live"}
        self._algos = self._store.load(f"algo {self.owner}", Algo.from_row)
        self._transfers = self._store.load(f"transfer {self.owner}", Transfer.from_row)
        self._funding = _FUNDED | self._store.load("funding", _parse_cash).get(self.owner, {})
        self._timers = self._store.load(f"timer {self.owner}", _parse_timer)
        self.mode = self._store.load("mode", _parse_mode).get(self.owner, _SPOT_MODE)
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
        for algo in tuple(self._algos.values()):
            hit = algo.find_met(market) if algo.state == "live" else None
            if algo.instrument == instrument and hit:
                self._trigger(algo, *hit)

    def expire_orders(self) -> None:
        """Cancel what a countdown of `trade/cancel-all-after` has ended."""
        if not self._timers:
            return
        now = self._read_clock()
        for tag, moment in tuple(self._timers.items()):
            if moment <= now:
                self._set_timer(tag, None)
                for order in tuple(self._orders.values()):
                    if tag in ("", order.tag):
                        self._finish(replace(order, state="canceled", updated=moment))

    # --- account ------------------------------------------------------------------

    def balance(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/account/balance` (the trading account)."""
        now = str(self._read_clock())
        worth = {currency: self._convert_to_usd(currency) for currency in self._cash}
        details = [
            self._make_balance_row(currency, worth[currency], now)
            for currency in _parse_currencies(params)
            if self._cash[currency]
        ]
        total = format_decimal(sum(worth.values(), Decimal(0)))
        return [{"details": details, "totalEq": total, "uTime": now}]

    def positions(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/account/positions`: none, for only spot pairs are traded."""
        if params.get("instType"):
            parse_instrument_type(params)
        return []

    def risk(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/account/account-position-risk`: the money, and no positions."""
        if params.get("instType"):
            parse_instrument_type(params)
        money = [
            {"ccy": currency, "eq": format_decimal(amount)}
            for currency, amount in self._cash.items()
            if amount
        ]
        return [{"balData": money, "ts": str(self._read_clock())}]

    def trade_fee(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/account/trade-fee`: nothing costs a fee."""
        type_ = parse_instrument_type(params)
        group = "1" if type_ == "SPOT" else "2"
        row = {"level": "Lv1", "instType": type_, "ts": str(self._read_clock())}
        if params.get("groupId") not in (None, "", group):
            return [row | {"feeGroup": []}]
        fees = {"maker": "0", "taker": "0"}
        legacy = fees if type_ == "SPOT" else {"makerU": "0", "takerU": "0"}
        return [row | legacy | {"feeGroup": [fees | {"groupId": group}], "ruleType": "normal"}]

    def max_size(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/account/max-size`: what the free money buys and sells."""
        names = require_param(params, "instId").split(",")
        if len(names) > _SIZES_AT_MOST:
            raise RefusedError("51000", f"instId has {_SIZES_AT_MOST} names at most", "instId")
        instruments = [find_instrument(name) for name in names]
        mode = parse_choice(params, "tdMode", {"cash", "cross", "isolated"})
        rows = []
        for instrument in instruments:
            if instrument.contract:
                self._refuse_swap()
            if mode != "cash":
                raise RefusedError("51010", "spot pairs are traded with tdMode cash here")
            market = self._market.get_price(instrument)
            # With several names the price does not count.
            if params.get("px") and len(names) == 1:
                market = parse_tick_price(params, "px", instrument)
            buys = (self._compute_available(instrument.quote) / market).quantize(
                Decimal(instrument.lot), "ROUND_DOWN"
            )
            sells = self._compute_available(instrument.base)
            row = {"instId": instrument.id, "ccy": instrument.base}
            rows.append(row | {"maxBuy": format_decimal(buys), "maxSell": format_decimal(sells)})
        return rows

    def _refuse_swap(self) -> NoReturn:
        if self.mode == _SPOT_MODE:
            raise RefusedError("51010", "in spot mode there are no swaps: set-account-level")
        raise RefusedError("51022", "in this sandbox a swap can be looked at, not traded")

    def set_mode(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/account/set-account-level`: spot or futures mode."""
        self.mode = parse_choice(params, "acctLv", _MODES)
        self._store.put("mode", self.owner, self.mode)
        return [{"acctLv": self.mode}]

    def set_position_mode(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/account/set-position-mode`: there is only one mode."""
        return [{"posMode": parse_choice(params, "posMode", {"net_mode"})}]

    def bills(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/account/bills`: trades and transfers of the last 7 days."""
        now = self._read_clock()
        after, before = parse_whole(params, "after"), parse_whole(params, "before")
        begin, end = parse_whole(params, "begin"), parse_whole(params, "end")
        limit = min(parse_whole(params, "limit") or 100, 100)
        filters = {name: params[name] for name in _BILL_FILTERS if params.get(name)}
        matches = [
            row
            for row in self._list_bills()
            if now - int(row["ts"]) < _HISTORY["days"] * _DAY
            and all(row[name] == value for name, value in filters.items())
            and (after is None or int(row["billId"]) < after)
            and (before is None or int(row["billId"]) > before)
            and (begin is None or int(row["ts"]) >= begin)
            and (end is None or int(row["ts"]) <= end)
        ]
        return matches[:limit]

    def _list_bills(self) -> list[Row]:
        """Return every bill, newest first: the balances are counted back from the present."""
        transfers = [
            (transfer.moment, transfer.id, transfer) for transfer in self._transfers.values()
        ]
        trades = [
            (order.updated, order.id, order)
            for order in self._finished.values()
            if order.fill_price is not None
        ]
        cash = dict(self._cash)
        rows: list[Row] = []
        happened: list[tuple[int, str, Transfer | Order]] = [*transfers, *trades]
        for _, _, event in sorted(happened, key=lambda row: row[:2], reverse=True):
            bills = (
                make_transfer_bills(event)
                if isinstance(event, Transfer)
                else make_trade_bills(event)
            )
            for bill, change in bills:
                rows.append(bill | {"bal": format_decimal(cash[bill["ccy"]])})
                cash[bill["ccy"]] -= change
        return rows

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
                # XChange does not start where one of these is empty.
                **dict.fromkeys(("fee", "minFee", "maxFee", "minWd"), "0"),
            }
            for currency in _parse_currencies(params)
        ]

    def funding_balances(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/asset/balances` (the funding account)."""
        rows = []
        for currency in _parse_currencies(params):
            if amount := self._funding[currency]:
                text = format_decimal(amount)
                rows.append({"availBal": text, "bal": text, "ccy": currency, "frozenBal": "0"})
        return rows

    def transfer(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/asset/transfer`: between funding and trading account."""
        free = {currency: self._compute_available(currency) for currency in self._cash}
        currency, change = parse_change(params, {FUNDING: self._funding, TRADING: free})
        self._cash[currency] += change
        self._funding[currency] -= change
        transfer = Transfer(
            str(next(self._ids)), currency, change, self._cash[currency], self._read_clock()
        )
        self._transfers[transfer.id] = transfer
        self._store.put(f"transfer {self.owner}", transfer.id, transfer.to_row())
        if len(self._transfers) > _FINISHED_AT_MOST:
            oldest = min(self._transfers, key=int)
            del self._transfers[oldest]
            self._store.delete(f"transfer {self.owner}", oldest)
        self._keep_cash()
        for watcher in tuple(self.watchers):
            watcher("account", self.balance({}))
            watcher("transfer", [{"ccy": params["ccy"]}])
        names = ("ccy", "amt", "from", "to")
        row = {name: params[name] for name in names} | {"transId": transfer.id}
        return [row | {"clientId": params.get("clientId") or ""}]

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
        ages = {"filled": _HISTORY["days"] * _DAY, "canceled": hours * _DAY // 24}
        recent = [o for o in self._finished.values() if now - o.updated < ages[o.state]]
        return [make_order_row(order) for order in select_page(recent, params)]

    def fills(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/fills`: trades of the last 3 days, newest first."""
        return self._list_fills(params, _HISTORY["fills_days"])

    def fills_history(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/fills-history`: trades of the last 3 months."""
        parse_instrument_type(params)
        return self._list_fills(params, _HISTORY["fills_history_months"] * 31)

    # --- algo orders --------------------------------------------------------------

    def place_algo(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/trade/order-algo`."""
        instrument = self._find_pair(params)
        market = self._market.get_price(instrument)
        pending = [algo for algo in self._algos.values() if algo.state == "live"]
        algo = parse_algo(params, str(next(self._ids)), instrument, market, self._read_clock())
        if algo.client_id and any(
            pending_algo.client_id == algo.client_id for pending_algo in pending
        ):
            raise RefusedError("51065")
        if (
            sum(pending_algo.instrument == instrument for pending_algo in pending)
            >= _PENDING_AT_MOST
        ):
            raise RefusedError("51174", "", instrument.id, str(_PENDING_AT_MOST))
        self._keep_algo(algo)
        return [_acknowledge_algo(algo)]

    def algo(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/order-algo`."""
        algo = self._find_algo(params)
        if algo is None:
            raise RefusedError("51603")
        return [make_algo_row(algo, self._market.get_price(algo.instrument))]

    def algos_pending(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/orders-algo-pending`, newest first, 100 at most."""
        live = [algo for algo in self._algos.values() if algo.state == "live"]
        return [
            make_algo_row(algo, self._market.get_price(algo.instrument))
            for algo in select_algos(live, params)
        ]

    def algos_history(self, params: Params) -> list[Row]:
        """Answer `GET /api/v5/trade/orders-algo-history`: what is done, of the last 3 months."""
        check_history(params)
        now = self._read_clock()
        finished = [
            algo
            for algo in self._algos.values()
            if algo.state != "live" and now - algo.updated < _ALGO_HISTORY
        ]
        return [
            make_algo_row(algo, self._market.get_price(algo.instrument))
            for algo in select_algos(finished, params)
        ]

    def cancel_algo(self, params: Params) -> list[Row]:
        """Answer one item of `POST /api/v5/trade/cancel-algos`."""
        instrument = find_instrument(require_param(params, "instId"))
        algo = self._find_algo(params)
        if algo is None or algo.instrument != instrument or algo.state != "live":
            raise RefusedError("51400", "no live algo order of this instrument has that id")
        self._keep_algo(replace(algo, state="canceled", updated=self._read_clock()))
        return [_acknowledge_algo(algo)]

    def _find_algo(self, params: Params) -> Algo | None:
        name, client_id = params.get("algoId"), params.get("algoClOrdId")
        if not name and not client_id:
            raise RefusedError("50015", "", "algoId", "algoClOrdId")
        for algo in reversed(list(self._algos.values())):
            if algo.id == name if name else algo.client_id == client_id:
                return algo
        return None

    def _trigger(self, algo: Algo, name: str, trigger: Trigger) -> None:
        """Place the order of a triggered algo order, which records the outcome."""
        effective = replace(algo, state="effective", updated=self._read_clock(), met=name)
        try:
            order = self._build_order(algo.make_order(trigger))
        except RefusedError as refused:
            self._keep_algo(replace(effective, state="order_failed", fail_code=refused.code))
            return
        self._keep_algo(replace(effective, order_id=order.id))
        self._settle(order)

    def _keep_algo(self, algo: Algo) -> None:
        self._algos[algo.id] = algo
        self._keep_cash()  # So that the account exists after a restart, and prices reach it.
        self._store.put(f"algo {self.owner}", algo.id, algo.to_row())
        over = [entry.id for entry in self._algos.values() if entry.state != "live"]
        for name in over[:-_FINISHED_AT_MOST]:
            del self._algos[name]
            self._store.delete(f"algo {self.owner}", name)
        for watcher in tuple(self.watchers):
            row = make_algo_row(algo, self._market.get_price(algo.instrument))
            watcher("orders-algo", [row])

    def mass_cancel(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/trade/mass-cancel`, which is for options: there are none here."""
        parse_choice(params, "instType", {"OPTION"})
        require_param(params, "instFamily")
        interval = parse_whole(params, "lockInterval")
        if interval is not None and interval > _LOCK_AT_MOST:
            raise RefusedError("51000", f"lockInterval is 0 to {_LOCK_AT_MOST} ms", "lockInterval")
        hint = "it cancels orders for options in portfolio margin mode; this sandbox has neither"
        raise RefusedError("51010", hint)

    def cancel_all_after(self, params: Params) -> list[Row]:
        """Answer `POST /api/v5/trade/cancel-all-after`: start, restart or end a countdown."""
        require_param(params, "timeOut")
        tag = parse_tag(params)
        seconds = parse_whole(params, "timeOut")
        low, high = _COUNTDOWN
        if seconds is None or (seconds and not low <= seconds <= high):
            raise RefusedError("51000", f"timeOut is 0, or {low} to {high} seconds", "timeOut")
        now = self._read_clock()
        running = sum(bool(timer) for timer in self._timers if timer != tag)
        if seconds and tag and running >= _TIMERS_AT_MOST:
            raise RefusedError("51071")
        moment = now + seconds * 1000 if seconds else None
        self._set_timer(tag, moment)
        return [{"triggerTime": str(moment or 0), "tag": tag, "ts": str(now)}]

    def _set_timer(self, tag: str, moment: int | None) -> None:
        if moment is None:
            self._timers.pop(tag, None)
            self._store.delete(f"timer {self.owner}", tag)
        else:
            self._timers[tag] = moment
            self._store.put(f"timer {self.owner}", tag, moment)

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
        instrument = self._find_pair(params)
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

    def _find_pair(self, params: Params) -> Instrument:
        instrument = find_instrument(require_param(params, "instId"))
        if instrument.contract:
            self._refuse_swap()
        return instrument

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
        currency, reserve = order.compute_reserve(market)
        _, needed = amended.compute_reserve(market)
        if needed > self._compute_available(currency) + reserve:
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
        """Record an order that was placed or amended, after matching it with the market."""
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
        self._keep_cash()
        self._store.put(f"order {self.owner}", order.id, order.to_row())
        for watcher in tuple(self.watchers):
            watcher("orders", [make_order_row(order)])
            watcher("account", self.balance({}))

    def _keep_cash(self) -> None:
        for kind, amounts in (("account", self._cash), ("funding", self._funding)):
            self._store.put(kind, self.owner, {name: str(amounts[name]) for name in amounts})

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
        if not self._orders:
            return Decimal(0)
        # A live order has a price, so the market's does not matter.
        reserves = (order.compute_reserve(Decimal(0)) for order in self._orders.values())
        return sum((amount for name, amount in reserves if name == currency), Decimal(0))

    def _convert_to_usd(self, currency: str) -> Decimal:
        instrument = _PAIRS[currency]
        price = self._market.get_price(instrument) if instrument else Decimal(1)
        return self._cash[currency] * price

    def _make_balance_row(self, currency: str, worth: Decimal, now: str) -> Row:
        cash, frozen = self._cash[currency], self._compute_frozen(currency)
        total, reserved = format_decimal(cash), format_decimal(frozen)
        return {
            "availBal": format_decimal(cash - frozen),
            "cashBal": total,
            "ccy": currency,
            "eq": total,
            "eqUsd": format_decimal(worth),
            "frozenBal": reserved,
            "ordFrozen": reserved,
            "spotBal": total,
            "uTime": now,
        }

    def _read_clock(self) -> int:
        return int(self._clock.now() * 1000)


def _parse_cash(_: str, row: Any) -> dict[str, Decimal]:
    amounts = {currency: parse_decimal(amount) for currency, amount in row.items()}
    if not amounts.keys() <= _OPENING.keys():
        raise ValueError("not a currency")
    return amounts


def _parse_timer(_: str, row: Any) -> int:
    return int(check_fields({"moment": row}, {"moment": int})["moment"])


def _parse_mode(_: str, row: Any) -> str:
    if row not in _MODES:
        raise ValueError("not an account mode")
    return str(row)


def _acknowledge_algo(algo: Algo) -> Row:
    return {
        "algoId": algo.id,
        "algoClOrdId": algo.client_id,
        "sCode": "0",
        "sMsg": "",
        "tag": algo.tag,
    }


def _parse_currencies(params: Params) -> list[str]:
    names = params.get("ccy")
    if not names:
        return list(_NAMES)
    return [currency for currency in names.split(",") if currency in _NAMES]
