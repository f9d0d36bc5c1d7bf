"""The endpoints of the practice exchange, with their permissions and limits."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from okx_guide import facts
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Params, Row
from okx_guide.sandbox.rest import subaccounts
from okx_guide.sandbox.shapes import SHAPES, Shape
from okx_guide.sandbox.state.account import Account
from okx_guide.sandbox.state.algos import AT_MOST as CANCELLED_AT_MOST
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.keys import Key
from okx_guide.sandbox.state.rate_limiter import RateLimiter

Handler = Callable[[Exchange, Params, Any], Sequence[Any]]

BATCH_AT_MOST = facts.rule("batch-orders", "orders", int)


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit: a number of requests in a number of seconds.

    Attributes:
        requests: How many.
        seconds: In this time.
        per: What it is counted per, in OKX's words.
        parameter: The one whose values are counted separately, such as `instId`; empty for none.
    """

    requests: int
    seconds: int
    per: str
    parameter: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path.

    Attributes:
        name: Method and path, for example `GET /api/v5/public/time`.
        answer: Takes the exchange, the parameters and the key (None if public), returns `data`.
        permission: The one that the key needs; empty if no key is needed.
        limit: How often it may be called.
        shape: Its documented parameters and answer.
        per_order: Whether a refusal is reported for the order, as `sCode` inside code 1.
        new_order: Whether it counts for the limit of new and amended orders, 50061.
        batch_of: For a list of orders: the endpoint for one of them, or its own name if there
            is none; else empty.
        too_many: For a list of orders: the code for more of them than `at_most`.
        at_most: For a list of orders: how many it may have.
        timed: Whether its answer says when the request came and when it was answered.
    """

    name: str
    answer: Handler
    permission: str
    limit: Limit
    shape: Shape
    per_order: bool = False
    new_order: bool = False
    batch_of: str = ""
    too_many: str = ""
    at_most: int = BATCH_AT_MOST
    timed: bool = False

    @property
    def method(self) -> str:
        """`GET` or `POST`."""
        return self.name.partition(" ")[0]

    @property
    def path(self) -> str:
        """For example `/api/v5/public/time`."""
        return self.name.partition(" ")[2]


def _make_endpoint(name: str, answer: Handler, **options: Any) -> Endpoint:
    permission = facts.load("permissions")[name].value["permission"]
    return Endpoint(name, answer, permission or "", find_limit(name), SHAPES[name], **options)


def find_limit(name: str) -> Limit:
    """Return the limit of that name, from `facts/limits.json`."""
    value = facts.load("limits")[name].value
    parameters = {
        "Instrument ID": "instId",
        "Instrument Type": "instType",
        "Currency": "ccy",
        "tag": "tag",
    }
    named = [parameter for words, parameter in parameters.items() if words in value["per"]]
    return Limit(value["requests"], value["seconds"], value["per"], "".join(named))


def _make_account_handler(answer: Callable[[Account, Params], list[Row]]) -> Handler:
    """Return the handler that calls a method of the account of the caller's key."""

    def handler(exchange: Exchange, params: Params, key: Key) -> list[Row]:
        return answer(exchange.account(key), params)

    return handler


def _make_order_endpoints(
    name: str,
    batch: str,
    answer: Callable[[Account, Params], list[Row]],
    too_many: str,
    *,
    new: bool,
) -> tuple[Endpoint, Endpoint]:
    """Return the endpoints for one order and for a list of them."""
    handler = _make_account_handler(answer)
    single = _make_endpoint(name, handler, per_order=True, timed=True, new_order=new)
    several = _make_endpoint(
        batch,
        handler,
        per_order=True,
        timed=True,
        new_order=new,
        batch_of=name,
        too_many=too_many,
    )
    return single, several


_TRADE = "POST /api/v5/trade/"
_SUB_ACCOUNT = "/api/v5/users/subaccount/"

ENDPOINTS: dict[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        _make_endpoint("GET /api/v5/public/time", Exchange.time),
        _make_endpoint("GET /api/v5/public/instruments", Exchange.instruments),
        _make_endpoint("GET /api/v5/market/ticker", Exchange.ticker),
        _make_endpoint("GET /api/v5/market/tickers", Exchange.tickers),
        _make_endpoint("GET /api/v5/market/books", Exchange.books),
        _make_endpoint("GET /api/v5/market/candles", Exchange.candles),
        _make_endpoint("GET /api/v5/market/history-candles", Exchange.history_candles),
        _make_endpoint("GET /api/v5/market/trades", Exchange.trades),
        _make_endpoint("GET /api/v5/system/status", Exchange.status),
        _make_endpoint("GET /api/v5/account/config", Exchange.config),
        _make_endpoint("GET /api/v5/account/instruments", Exchange.instruments),
        _make_endpoint("GET /api/v5/account/balance", _make_account_handler(Account.balance)),
        _make_endpoint("GET /api/v5/account/positions", _make_account_handler(Account.positions)),
        _make_endpoint(
            "GET /api/v5/account/account-position-risk", _make_account_handler(Account.risk)
        ),
        _make_endpoint("GET /api/v5/account/trade-fee", _make_account_handler(Account.trade_fee)),
        _make_endpoint("GET /api/v5/account/bills", _make_account_handler(Account.bills)),
        _make_endpoint("GET /api/v5/account/max-size", _make_account_handler(Account.max_size)),
        _make_endpoint(
            "GET /api/v5/asset/currencies", _make_account_handler(Account.funding_currencies)
        ),
        _make_endpoint(
            "GET /api/v5/asset/balances", _make_account_handler(Account.funding_balances)
        ),
        _make_endpoint("GET /api/v5/trade/order", _make_account_handler(Account.order)),
        _make_endpoint(
            "GET /api/v5/trade/orders-pending", _make_account_handler(Account.orders_pending)
        ),
        _make_endpoint(
            "GET /api/v5/trade/orders-history", _make_account_handler(Account.orders_history)
        ),
        _make_endpoint("GET /api/v5/trade/fills", _make_account_handler(Account.fills)),
        _make_endpoint(
            "GET /api/v5/trade/fills-history", _make_account_handler(Account.fills_history)
        ),
        *_make_order_endpoints(
            f"{_TRADE}order", f"{_TRADE}batch-orders", Account.place_order, "51111", new=True
        ),
        *_make_order_endpoints(
            f"{_TRADE}amend-order",
            f"{_TRADE}amend-batch-orders",
            Account.amend_order,
            "51501",
            new=True,
        ),
        *_make_order_endpoints(
            f"{_TRADE}cancel-order",
            f"{_TRADE}cancel-batch-orders",
            Account.cancel_order,
            "51406",
            new=False,
        ),
        _make_endpoint(
            f"{_TRADE}cancel-all-after", _make_account_handler(Account.cancel_all_after)
        ),
        _make_endpoint(f"{_TRADE}mass-cancel", _make_account_handler(Account.mass_cancel)),
        _make_endpoint(
            f"{_TRADE}order-algo", _make_account_handler(Account.place_algo), per_order=True
        ),
        _make_endpoint("GET /api/v5/trade/order-algo", _make_account_handler(Account.algo)),
        _make_endpoint(
            "GET /api/v5/trade/orders-algo-pending", _make_account_handler(Account.algos_pending)
        ),
        _make_endpoint(
            "GET /api/v5/trade/orders-algo-history", _make_account_handler(Account.algos_history)
        ),
        _make_endpoint(
            f"{_TRADE}cancel-algos",
            _make_account_handler(Account.cancel_algo),
            per_order=True,
            batch_of=f"{_TRADE}cancel-algos",
            too_many="51000",
            at_most=CANCELLED_AT_MOST,
        ),
        _make_endpoint("POST /api/v5/asset/transfer", _make_account_handler(Account.transfer)),
        _make_endpoint(
            "POST /api/v5/account/set-account-level", _make_account_handler(Account.set_mode)
        ),
        _make_endpoint(
            "POST /api/v5/account/set-position-mode",
            _make_account_handler(Account.set_position_mode),
        ),
        _make_endpoint(
            "POST /api/v5/account/set-leverage", _make_account_handler(Account.set_leverage)
        ),
        _make_endpoint("POST /api/v5/asset/withdrawal", Exchange.withdrawal),
        _make_endpoint(f"GET {_SUB_ACCOUNT}apikey", subaccounts.list_keys),
        _make_endpoint(f"POST {_SUB_ACCOUNT}apikey", subaccounts.create_key),
        _make_endpoint(f"POST {_SUB_ACCOUNT}modify-apikey", subaccounts.modify_key),
        _make_endpoint(f"POST {_SUB_ACCOUNT}delete-apikey", subaccounts.delete_key),
    )
}
"""By name, in the order in which they are listed."""

PATHS = {endpoint.path for endpoint in ENDPOINTS.values()}

_ALL_ORDERS = find_limit("sub-account orders")


def carry_out_orders(
    exchange: Exchange,
    endpoint: Endpoint,
    orders: Sequence[Params],
    key: Key | None,
    fault: RefusedError | None,
    refuse: Callable[[Params, RefusedError], Row],
    check: Callable[[Params], None] = lambda _: None,
) -> tuple[list[Row], int, str]:
    """Carry out a list of orders; each row of the answer reports one.

    Args:
        exchange: Where the orders go.
        endpoint: What is done with them.
        orders: The parameters of each.
        key: The key that has signed.
        fault: Raises the fault that was set for an order, if any.
        refuse: Returns the row of an order that was refused, or raises the refusal if it is
            not one of the order alone.
        check: Raises what refuses an order before its parameters are read.

    Returns:
        The rows, how many of them were refused, and a hint.
    """
    rows: list[Row] = []
    hint, refusals = "", 0
    for params in orders:
        try:
            if fault:
                raise fault
            check(params)
            values, ignored = endpoint.shape.read_params(params)
            rows += endpoint.answer(exchange, values, key)
            hint = hint or ignored
        except RefusedError as refused:
            rows.append(refuse(params, refused))
            hint, refusals = refused.hint, refusals + 1
    return [*map(endpoint.shape.fill_row, rows)], refusals, hint


def count_requests(
    limits: RateLimiter, endpoint: Endpoint, requests: Sequence[Params], caller: object
) -> None:
    """Count a request, over REST or WebSocket, and each order in it.

    Args:
        limits: The counts so far.
        endpoint: The endpoint that was called.
        requests: The parameters: one set, or for a list of orders one for each.
        caller: The account; for a public endpoint the address.

    Raises:
        RefusedError: 50011 or 50061: there were too many.
    """
    # A list of one counts as a single order (fact `POST /api/v5/trade/batch-orders`).
    single = endpoint.batch_of and len(requests) == 1
    counted = ENDPOINTS[endpoint.batch_of] if single else endpoint
    limit = counted.limit
    counts: Mapping[str, int] = {"": len(requests)}
    if limit.parameter:
        counts = Counter(_select_rate_limit(params, limit.parameter) for params in requests)
    for apart, count in counts.items():
        counter = (counted.name, caller, apart)
        if not limits.allow(counter, limit.requests, limit.seconds, count):
            raise RefusedError(
                "50011", f"{limit.requests} requests in {limit.seconds} s per {limit.per}"
            )
    if endpoint.new_order:
        allowance = _ALL_ORDERS
        if not limits.allow(
            ("orders", caller, ""), allowance.requests, allowance.seconds, len(requests)
        ):
            raise RefusedError("50061", f"{allowance.requests} orders in {allowance.seconds} s")


def _select_rate_limit(params: Params, name: str) -> str:
    value = params.get(name)
    # No name is longer; a longer one must not fill the memory.
    return value[:64] if isinstance(value, str) else ""


def check_deadline(deadline: Any, now: float) -> None:
    """Refuse an order whose `expTime` has passed.

    Args:
        deadline: Unix milliseconds, as text; empty or None for none.
        now: The exchange's time, Unix seconds.

    Raises:
        RefusedError: 50036, or 51000 if it is not a time.
    """
    if deadline is None or deadline == "":
        return
    if not isinstance(deadline, str) or not re.fullmatch(r"\d{1,19}", deadline, re.ASCII):
        raise RefusedError("51000", "expTime is Unix milliseconds, as 1597026383085", "expTime")
    if int(deadline) < int(now * 1000):
        late = int(now * 1000) - int(deadline)
        raise RefusedError("50036", f"expTime passed {late} ms before the order arrived")
