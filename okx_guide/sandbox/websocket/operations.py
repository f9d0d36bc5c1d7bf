"""Orders over the WebSocket: `op: order` and its sisters do what the REST endpoints do.

Shapes follow OKX's pages "WS / Place order" and so on (docs-v5, copy of 2026-08-22). The
instrument is named by its number: fact `ws-order-instrument`.
"""

import re
from typing import Any

from okx_guide.sandbox.authentication import require_permission
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Params, Row, format_microseconds
from okx_guide.sandbox.rest.endpoints import (
    ENDPOINTS,
    Endpoint,
    carry_out_orders,
    check_deadline,
    count_requests,
)
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.faults import make_refusal
from okx_guide.sandbox.state.keys import Key
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.state.store import StateError

_TRADE = "POST /api/v5/trade/"
OPERATIONS = {
    "order": ENDPOINTS[f"{_TRADE}order"],
    "batch-orders": ENDPOINTS[f"{_TRADE}batch-orders"],
    "cancel-order": ENDPOINTS[f"{_TRADE}cancel-order"],
    "batch-cancel-orders": ENDPOINTS[f"{_TRADE}cancel-batch-orders"],
    "amend-order": ENDPOINTS[f"{_TRADE}amend-order"],
    "batch-amend-orders": ENDPOINTS[f"{_TRADE}amend-batch-orders"],
    "mass-cancel": ENDPOINTS[f"{_TRADE}mass-cancel"],
}
"""By `op`, the endpoint that does the same."""

_NAMES = {str(instrument.code): instrument.id for instrument in INSTRUMENTS.values()}


def carry_out(exchange: Exchange, request: Row, key: Key) -> Row:
    """Return the answer to a request whose `op` is one of `OPERATIONS`.

    It has no `event`, whatever comes of it: so the pages show it.

    Args:
        exchange: What is asked.
        request: The message, with `id` and `op`.
        key: The one that is logged in.
    """
    began = exchange.now()
    hint = ""
    try:
        try:
            data, refusals, hint = _handle(exchange, OPERATIONS[request["op"]], request, key)
        finally:
            # Commit before the answer: what is acknowledged survives a kill.
            exchange.commit()
    except (RefusedError, StateError) as error:
        refused = error if isinstance(error, RefusedError) else RefusedError("50001", str(error))
        code, message, data, hint = refused.code, refused.message, [], refused.hint
    else:
        message = ""
        code = "0" if not refusals else "1" if refusals == len(data) else "2"
    answer: Row = {"id": request["id"], "op": request["op"], "data": data}
    answer |= {"code": code, "msg": message}
    answer |= {"inTime": format_microseconds(began)}
    answer |= {"outTime": format_microseconds(exchange.now())}
    return answer | ({"sandboxHint": hint} if hint else {})


def _handle(
    exchange: Exchange, endpoint: Endpoint, request: Row, key: Key
) -> tuple[list[Row], int, str]:
    """Return the rows, how many of them were refused, and a hint.

    Raises:
        RefusedError: None was looked at.
    """
    fault = make_refusal(exchange.faults.take(endpoint.name, network=False))
    if fault and not (endpoint.per_order and fault.is_of_order):
        raise fault
    require_permission(key, endpoint.permission)
    try:
        orders = _parse_orders(endpoint, request.get("args"))
    except RefusedError:
        # Malformed requests count towards the limit as well.
        count_requests(exchange.limits, endpoint, [{}], key.owner)
        raise
    count_requests(exchange.limits, endpoint, orders, key.owner)
    if endpoint.new_order:
        check_deadline(request.get("expTime"), exchange.now())

    if not endpoint.per_order:
        (params,) = orders
        values, hint = endpoint.shape.read_params(params)
        return [*endpoint.answer(exchange, values, key)], 0, hint

    def refuse(params: Params, refused: RefusedError) -> Row:
        return _make_refused_row(endpoint, params, refused, exchange.now())

    return carry_out_orders(exchange, endpoint, orders, key, fault, refuse, _check_instrument)


def _parse_orders(endpoint: Endpoint, args: Any) -> list[Params]:
    """Return the parameters of each order, with the name of its instrument if it has one.

    Raises:
        RefusedError: 60013, or the endpoint's code for too many of them.
    """
    if not isinstance(args, list) or not args or not all(isinstance(arg, dict) for arg in args):
        raise RefusedError("60013", "args is a list of objects, with one at least")
    if not endpoint.batch_of and len(args) > 1:
        raise RefusedError("60013", "args has one order; a batch operation takes several")
    if len(args) > endpoint.at_most:
        raise RefusedError(endpoint.too_many, "", str(endpoint.at_most))
    return [_name_instrument(arg) for arg in args]


def _name_instrument(arg: Row) -> Row:
    """Return parameters as REST takes them. An `instId` that was sent is ignored, as at OKX."""
    params = {name: value for name, value in arg.items() if name != "instId"}
    code = params.get("instIdCode")
    if isinstance(code, str) and code in _NAMES:
        del params["instIdCode"]
        params["instId"] = _NAMES[code]
    return params


def _check_instrument(params: Params) -> None:
    if "instId" not in params:
        raise _refuse_instrument(params.get("instIdCode"))


def _refuse_instrument(code: Any) -> RefusedError:
    if code is None or code == "":
        hint = (
            "name the instrument by instIdCode; instId is ignored here since 2026-03-26. "
            "GET /api/v5/account/instruments has it"
        )
        return RefusedError("50014", hint, "instIdCode")
    if not isinstance(code, str) or not re.fullmatch(r"\d{1,19}", code, re.ASCII):
        return RefusedError("51000", "instIdCode is a whole number", "instIdCode")
    known = ", ".join(f"{number} ({name})" for number, name in _NAMES.items())
    return RefusedError("51001", f"this sandbox has {known}")


def _make_refused_row(endpoint: Endpoint, params: Params, refused: RefusedError, now: float) -> Row:
    values = {name: params.get(name) for name in ("clOrdId", "ordId", "tag", "reqId")}
    repeated = {name: value if isinstance(value, str) else "" for name, value in values.items()}
    if endpoint.new_order and "reqId" not in endpoint.shape.row:
        repeated["ordId"] = ""  # it is none: there is no order yet
    row = repeated | {
        "ts": str(int(now * 1000)),
        "sCode": refused.code,
        "sMsg": refused.message,
    }
    return {name: value for name, value in row.items() if name in endpoint.shape.row}
