"""The REST API of the practice exchange as an ASGI application."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from okx_guide import facts
from okx_guide.sandbox import subaccounts
from okx_guide.sandbox.account import Account, Params, Row
from okx_guide.sandbox.body import BodyError, read_body
from okx_guide.sandbox.exchange import Exchange
from okx_guide.sandbox.gate import RawRequest, authenticate, require
from okx_guide.sandbox.keys import Key
from okx_guide.sandbox.places import Place, address_of, place_of
from okx_guide.sandbox.refused import Refused
from okx_guide.sandbox.store import StateError

NOTICE = "practice exchange, not OKX"
_HINT_AT_MOST = 600
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")

# The reply to a path that does not exist, as logged (fact `unknown-path`).
_NOT_FOUND = {
    "code": 404,
    "data": {},
    "detailMsg": "",
    "error_code": "404",
    "error_message": "Not Found",
    "msg": "Not Found",
}

_Handler = Callable[[Exchange, Params, Any], list[Row]]


def _of_account(answer: Callable[[Account, Params], list[Row]]) -> _Handler:
    """Return the handler that asks the account of the caller's key."""

    def handler(exchange: Exchange, params: Params, key: Key) -> list[Row]:
        return answer(exchange.account(key), params)

    return handler


_ENDPOINTS: dict[str, _Handler] = {
    "GET /api/v5/public/time": Exchange.time,
    "GET /api/v5/public/instruments": Exchange.instruments,
    "GET /api/v5/market/ticker": Exchange.ticker,
    "GET /api/v5/account/config": Exchange.config,
    "GET /api/v5/account/balance": _of_account(Account.balance),
    "GET /api/v5/asset/currencies": _of_account(Account.funding_currencies),
    "GET /api/v5/asset/balances": _of_account(Account.funding_balances),
    "GET /api/v5/trade/order": _of_account(Account.order),
    "GET /api/v5/trade/orders-pending": _of_account(Account.orders_pending),
    "POST /api/v5/trade/order": _of_account(Account.place_order),
    "POST /api/v5/trade/cancel-order": _of_account(Account.cancel_order),
    "POST /api/v5/account/set-leverage": _of_account(Account.set_leverage),
    "POST /api/v5/asset/withdrawal": Exchange.withdrawal,
    "GET /api/v5/users/subaccount/apikey": subaccounts.keys,
    "POST /api/v5/users/subaccount/apikey": subaccounts.create,
    "POST /api/v5/users/subaccount/modify-apikey": subaccounts.modify,
    "POST /api/v5/users/subaccount/delete-apikey": subaccounts.delete,
}
_PATHS = {endpoint.partition(" ")[2] for endpoint in _ENDPOINTS}
# These count for the limit of orders of an account, 50061.
_NEW_ORDERS = {"POST /api/v5/trade/order"}
# Order calls report a refusal per order, as sCode inside code "1".
_PER_ORDER = {"POST /api/v5/trade/order", "POST /api/v5/trade/cancel-order"}


class Api:
    """One ASGI endpoint for every path: OKX answers a wrong path or method itself.

    Args:
        exchange: What is asked.
        places: What each port stands for.
    """

    def __init__(self, exchange: Exchange, places: Mapping[int, Place]) -> None:
        self._exchange = exchange
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            body = await read_body(request)
        except ClientDisconnect:
            return
        except BodyError as error:
            response = error.response()
        else:
            response = self._answer(request, body)
        response.headers["X-Sandbox"] = NOTICE
        await response(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        endpoint = f"{request.method} {request.scope['path']}"
        if endpoint not in _ENDPOINTS and request.scope["path"] not in _PATHS:
            hint = f"this sandbox serves {', '.join(sorted(_ENDPOINTS))}"
            return self._json(404, _NOT_FOUND, hint)
        raw = self._raw(request, body)
        params, unreadable = _params(raw)
        now = self._exchange.now()
        hint = ""
        try:
            data = self._data(endpoint, raw, params, unreadable)
            # Nothing is acknowledged that a kill could take back.
            self._exchange.store.commit()
            envelope: Row = {"code": "0", "data": data, "msg": ""}
        except Refused as refused:
            hint = refused.hint
            if endpoint in _PER_ORDER and refused.code.startswith("51"):
                row = _refused_order(params, refused, now)
                envelope = {"code": "1", "data": [row], "msg": "All operations failed"}
            else:
                return self._json(refused.http_status, refused.envelope(), hint)
        except StateError as error:
            unavailable = Refused("50001", str(error))
            return self._json(unavailable.http_status, unavailable.envelope(), unavailable.hint)
        if endpoint in _PER_ORDER:
            envelope |= {"inTime": _micro(now), "outTime": _micro(self._exchange.now())}
        return self._json(200, envelope, hint)

    def _data(
        self, endpoint: str, raw: RawRequest, params: Params, unreadable: Refused | None
    ) -> list[Row]:
        if endpoint not in _ENDPOINTS:
            raise Refused("50115", "this path is served with another method")
        if fault := self._exchange.faults.take(endpoint):
            raise fault
        key: Key | None = None
        permission = facts.load("permissions")[endpoint].value["permission"]
        if permission:
            key = authenticate(raw, self._exchange.keys, self._exchange.now())
            require(key, permission)
        self._count(endpoint, raw, params, key)
        if unreadable:
            raise unreadable
        return _ENDPOINTS[endpoint](self._exchange, params, key)

    def _count(self, endpoint: str, raw: RawRequest, params: Params, key: Key | None) -> None:
        limit = facts.load("limits")[endpoint].value
        # Public requests are counted by address, private ones by user.
        caller = [endpoint, key.owner if key else str(raw.client)]
        for words, name in (("Instrument ID", "instId"), ("Instrument Type", "instType")):
            if words in limit["per"]:
                value = params.get(name)
                # No name is longer than this; a longer one shall not fill the memory.
                caller.append(value[:64] if isinstance(value, str) else "")
        limits = self._exchange.limits
        if not limits.allow(tuple(caller), limit["requests"], limit["seconds"]):
            raise Refused(
                "50011",
                f"{limit['requests']} requests in {limit['seconds']} s per {limit['per']}",
            )
        if key and endpoint in _NEW_ORDERS:
            every = facts.load("limits")["sub-account orders"].value
            if not limits.allow(("orders", key.owner), every["requests"], every["seconds"]):
                raise Refused("50061", f"{every['requests']} orders in {every['seconds']} s")

    def _raw(self, request: Request, body: bytes) -> RawRequest:
        target: bytes = request.scope["raw_path"]
        if query := request.scope["query_string"]:
            target += b"?" + query
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            headers.setdefault(name, value)
        return RawRequest(
            method=request.method,
            target=target,
            headers=headers,
            body=body,
            client=address_of(request.scope),
            host=f"{request.url.scheme}://{headers.get('host', '')}",
            site=place_of(request.scope, self._places).site,
        )

    def _json(self, status: int, content: Row, hint: str = "") -> Response:
        response = Response(
            json.dumps(content, separators=(",", ":")), status, media_type="application/json"
        )
        if hint:
            response.headers["X-Sandbox-Hint"] = self._shown(hint)
        return response

    def _shown(self, hint: str) -> str:
        """Return a hint that fits a header and holds no secret of any key."""
        for key in self._exchange.keys:
            if _holds(hint, key.secret_key) or _holds(hint, key.passphrase):
                hint = "the request holds a secret where none belongs, so nothing of it is shown"
        printable = hint.encode("ascii", "backslashreplace").decode()
        printable = "".join(letter if letter.isprintable() else " " for letter in printable)
        # A header must not end in a space, and where it is cut there may be one.
        return printable[:_HINT_AT_MOST].rstrip()


def _holds(text: str, secret: str) -> bool:
    """Return whether a secret stands in a text, be it percent-encoded or escaped."""
    return any(_bare(secret) in _bare(form) for form in (text, unquote(text), unquote_plus(text)))


def _bare(text: str) -> str:
    text = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text.replace("\\", "").casefold()


def _params(raw: RawRequest) -> tuple[dict[str, Any], Refused | None]:
    """Return the parameters, and the refusal of a body that cannot be read."""
    if raw.method == "GET":
        query = raw.target.partition(b"?")[2].decode("latin-1")
        return dict(parse_qsl(query)), None
    if not raw.body:
        return {}, Refused("50000")
    if not raw.headers.get("content-type", "").lower().startswith("application/json"):
        return {}, Refused("50006", "send Content-Type: application/json")
    try:
        # Numbers stay text: no rounding, and no number is too long to read.
        parsed = json.loads(raw.body, parse_float=str, parse_int=str, parse_constant=_not_in_json)
    except (ValueError, RecursionError):
        return {}, Refused("50002", "the body is not JSON")
    if not isinstance(parsed, dict):
        return {}, Refused("50002", "the body must be one JSON object")
    return parsed, None


def _not_in_json(word: str) -> Any:
    raise ValueError(word)


def _refused_order(params: Params, refused: Refused, now: float) -> Row:
    client_id = params.get("clOrdId")
    return {
        "clOrdId": client_id if isinstance(client_id, str) else "",
        "ordId": "",
        "tag": "",
        "ts": str(int(now * 1000)),
        "sCode": refused.code,
        "sMsg": refused.message,
    }


def _micro(seconds: float) -> str:
    return str(int(seconds * 1_000_000))
