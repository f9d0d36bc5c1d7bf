"""Orders that wait for a price: stop-loss, take-profit, and trigger orders.

Shapes and codes follow OKX's endpoint pages (docs-v5, copy of 2026-08-22).
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import (
    Params,
    Row,
    format_decimal,
    is_empty,
    parse_choice,
    parse_whole,
    require_param,
)
from okx_guide.sandbox.state.market import INSTRUMENTS, Instrument
from okx_guide.sandbox.state.orders import (
    CLIENT_ORDER_ID,
    parse_decimal,
    parse_size,
    parse_tag,
    parse_target,
    parse_tick_price,
)
from okx_guide.sandbox.state.store import check_fields

AT_MOST = 10
"""So many algo orders may be cancelled at once."""

_AT_MARKET = "-1"
_TYPES = {"conditional", "oco", "trigger"}
# Only the last price triggers; there is no other type.
_LAST = "last"
_STATES = ("live", "effective", "canceled", "order_failed")
_DONE = set(_STATES) - {"live"}


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger price, and the price of the order that follows.

    Attributes:
        price: The trigger price.
        rising: Whether the market reaches it from below.
        order: The price of the order, as text; `-1` for a market order.
    """

    price: Decimal
    rising: bool
    order: str

    def is_met(self, market: Decimal) -> bool:
        """Return whether a market price meets the trigger."""
        return market >= self.price if self.rising else market <= self.price

    def to_row(self) -> Row:
        """Return it as JSON."""
        return {"price": str(self.price), "rising": self.rising, "order": self.order}

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """Return the trigger that `to_row()` wrote.

        Raises:
            ValueError: It wrote no such thing.
        """
        values = check_fields(row, {"price": str, "rising": bool, "order": str})
        if values["order"] != _AT_MARKET:
            parse_decimal(values["order"])
        return cls(parse_decimal(values["price"]), values["rising"], values["order"])


@dataclass(frozen=True, slots=True)
class Algo:
    """One algo order.

    Attributes:
        profit: The take-profit, if it has one.
        loss: The stop-loss, if it has one.
        trigger: What a trigger order waits for; None for other types.
        order_id: That of the order that it placed; empty if it has placed none.
        met: Which of its triggers was met: `tp`, `sl` or empty.
        fail_code: Why the order was refused; empty if it was not.
    """

    id: str
    client_id: str
    instrument: Instrument
    side: str
    type: str
    size: str
    target: str
    mode: str
    tag: str
    profit: Trigger | None
    loss: Trigger | None
    trigger: Trigger | None
    state: str
    created: int
    updated: int
    order_id: str = ""
    met: str = ""
    fail_code: str = ""

    def find_met(self, market: Decimal) -> tuple[str, Trigger] | None:
        """Return the name and the trigger that a price of the market meets, the loss first."""
        named = (("sl", self.loss), ("tp", self.profit), ("", self.trigger))
        for name, trigger in named:
            if trigger and trigger.is_met(market):
                return name, trigger
        return None

    def make_order(self, trigger: Trigger) -> Params:
        """Return the parameters of the order that follows a trigger."""
        at_market = trigger.order == _AT_MARKET
        return {
            "instId": self.instrument.id,
            "tdMode": self.mode,
            "side": self.side,
            "ordType": "market" if at_market else "limit",
            "px": "" if at_market else trigger.order,
            "sz": self.size,
            "tgtCcy": self.target if at_market else "",
            "tag": self.tag,
        }

    def to_row(self) -> Row:
        """Return the order as JSON."""
        row = {name: getattr(self, name) for name in Algo.__slots__}
        triggers = {name: row[name].to_row() if row[name] else None for name in _TRIGGERS}
        return row | triggers | {"instrument": self.instrument.id}

    @classmethod
    def from_row(cls, name: str, row: Any) -> Self:
        """Return the order that `to_row()` wrote.

        Raises:
            ValueError: It wrote no such thing.
            KeyError: The instrument does not exist.
        """
        triggers = {n: Trigger.from_row(row[n]) if row[n] else None for n in _TRIGGERS}
        values = check_fields({n: v for n, v in row.items() if n not in triggers}, _FIELDS)
        algo = cls(**{**values, **triggers, "instrument": INSTRUMENTS[row["instrument"]]})
        if (
            algo.id != name
            or algo.side not in ("buy", "sell")
            or algo.type not in _TYPES
            or algo.state not in _STATES
            or not any(triggers.values())
        ):
            raise ValueError("not an algo order")
        return algo


_TRIGGERS = ("profit", "loss", "trigger")
_FIELDS = {
    field.name: int if field.name in ("created", "updated") else str
    for field in fields(Algo)
    if field.name not in _TRIGGERS
}


def parse_algo(
    params: Params, name: str, instrument: Instrument, market: Decimal, now: int
) -> Algo:
    """Return the algo order that the parameters of `POST /api/v5/trade/order-algo` describe.

    Args:
        params: The parameters.
        name: Its number.
        instrument: What it trades.
        market: The present price.
        now: The time, in Unix milliseconds.

    Raises:
        RefusedError: 50014, 51000, 51277, 51278, 51279 or 51280.
    """
    mode = parse_choice(params, "tdMode", {"cash"})
    side = parse_choice(params, "side", {"buy", "sell"})
    type_ = parse_choice(params, "ordType", _TYPES)
    trigger = profit = loss = None
    if type_ == "trigger":
        trigger = _parse_trigger(params, "triggerPx", "orderPx", instrument, market)
    else:
        profit, loss = _parse_pair(params, type_, side, instrument, market)
    if type_ == "trigger" and not is_empty(params.get("tgtCcy")):
        raise RefusedError("51281")
    prices = {each.order for each in (trigger, profit, loss) if each}
    target = parse_target(params, "market" if _AT_MARKET in prices else "limit", side)
    # Errors of the later order are reported now, as far as they are known.
    parse_size(params, "sz", target, instrument, market)
    return Algo(
        id=name,
        client_id=_parse_client_id(params),
        instrument=instrument,
        side=side,
        type=type_,
        size=params["sz"],
        target=target,
        mode=mode,
        tag=parse_tag(params),
        profit=profit,
        loss=loss,
        trigger=trigger,
        state="live",
        created=now,
        updated=now,
    )


def _parse_pair(
    params: Params, type_: str, side: str, instrument: Instrument, market: Decimal
) -> tuple[Trigger | None, Trigger | None]:
    """Return take-profit and stop-loss; of a one-way order with both, only the loss counts."""
    presence = [not is_empty(params.get(name)) for name in ("tpTriggerPx", "slTriggerPx")]
    if type_ == "oco" and not all(presence):
        raise RefusedError("50014", "oco needs both", ("tpTriggerPx", "slTriggerPx")[presence[0]])
    if not any(presence):
        hint = "conditional needs slTriggerPx with slOrdPx, or tpTriggerPx with tpOrdPx"
        raise RefusedError("50015", hint, "tpTriggerPx", "slTriggerPx")
    profit = loss = None
    sells = side == "sell"
    if presence[0]:
        profit = _parse_trigger(params, "tpTriggerPx", "tpOrdPx", instrument, market)
        if (profit.price < market) if sells else (profit.price > market):
            raise _refuse_side("51279" if sells else "51277", market)
        profit = Trigger(profit.price, sells, profit.order)
    if presence[1]:
        loss = _parse_trigger(params, "slTriggerPx", "slOrdPx", instrument, market)
        if (loss.price > market) if sells else (loss.price < market):
            raise _refuse_side("51280" if sells else "51278", market)
        loss = Trigger(loss.price, not sells, loss.order)
    return (None if loss and type_ == "conditional" else profit), loss


def _refuse_side(code: str, market: Decimal) -> RefusedError:
    return RefusedError(code, f"the market is at {format_decimal(market)}")


def _parse_trigger(
    params: Params, name: str, order: str, instrument: Instrument, market: Decimal
) -> Trigger:
    require_param(params, name)
    price = parse_tick_price(params, name, instrument)
    if require_param(params, order) != _AT_MARKET:
        parse_tick_price(params, order, instrument)
    return Trigger(price, price >= market, params[order])


def _parse_client_id(params: Params) -> str:
    name = params.get("algoClOrdId") or ""
    if name and (not isinstance(name, str) or not CLIENT_ORDER_ID.fullmatch(name)):
        raise RefusedError("51000", "algoClOrdId is up to 32 letters and digits", "algoClOrdId")
    return str(name)


def select_algos(algos: Iterable[Algo], params: Params) -> list[Algo]:
    """Return the algo orders that match the parameters, newest first, 100 at most.

    Raises:
        RefusedError: 50014 or 51000.
    """
    types = set(require_param(params, "ordType").split(","))
    known = _TYPES | {"chase", "move_order_stop", "iceberg", "smart_iceberg", "twap"}
    if not types <= known:
        raise RefusedError("51000", f"ordType is of {', '.join(sorted(known))}", "ordType")
    after, before = parse_whole(params, "after"), parse_whole(params, "before")
    limit = min(parse_whole(params, "limit") or 100, 100)
    matches = [
        algo
        for algo in algos
        if algo.type in types
        and params.get("state") in (None, "", algo.state)
        and params.get("algoId") in (None, "", algo.id)
        and params.get("instType") in (None, "", algo.instrument.type)
        and params.get("instId") in (None, "", algo.instrument.id)
        and (after is None or int(algo.id) < after)
        and (before is None or int(algo.id) > before)
    ]
    return sorted(matches, key=lambda algo: -int(algo.id))[:limit]


def check_history(params: Params) -> None:
    """Check what a list of finished algo orders must name beside their type.

    Raises:
        RefusedError: 50015 if it names neither a state nor an order, 51000 if no finished order
            is in that state.
    """
    if not is_empty(params.get("state")):
        parse_choice(params, "state", _DONE)
    elif is_empty(params.get("algoId")):
        raise RefusedError("50015", "", "state", "algoId")


def make_algo_row(algo: Algo, market: Decimal) -> Row:
    """Return an algo order as `GET /api/v5/trade/order-algo` shows it.

    Args:
        algo: The order.
        market: The present price.
    """
    is_effective = algo.state == "effective"
    trigger = {"sl": algo.loss, "tp": algo.profit}.get(algo.met, algo.trigger)
    return {
        "instType": algo.instrument.type,
        "instId": algo.instrument.id,
        "ordId": algo.order_id,
        "ordIdList": [algo.order_id] if algo.order_id else [],
        "algoId": algo.id,
        "algoClOrdId": algo.client_id,
        "sz": algo.size,
        "ordType": algo.type,
        "side": algo.side,
        "posSide": "net",
        "tdMode": algo.mode,
        "tgtCcy": algo.target,
        "state": algo.state,
        **_describe_trigger("tp", algo.profit),
        **_describe_trigger("sl", algo.loss),
        "triggerPx": format_decimal(algo.trigger.price) if algo.trigger else "",
        "triggerPxType": _LAST if algo.trigger else "",
        "ordPx": algo.trigger.order if algo.trigger else "",
        "actualSz": algo.size if is_effective else "0",
        "actualPx": trigger.order
        if is_effective and trigger and trigger.order != _AT_MARKET
        else "",
        "actualSide": algo.met,
        "triggerTime": "" if algo.state in ("live", "canceled") else str(algo.updated),
        "reduceOnly": "false",
        "last": format_decimal(market),
        "failCode": algo.fail_code,
        "tag": algo.tag,
        "cTime": str(algo.created),
        "uTime": str(algo.updated),
        "tradeQuoteCcy": algo.instrument.quote,
    }


def _describe_trigger(name: str, trigger: Trigger | None) -> Row:
    if trigger is None:
        return {}
    return {
        f"{name}TriggerPx": format_decimal(trigger.price),
        f"{name}TriggerPxType": _LAST,
        f"{name}OrdPx": trigger.order,
    }
