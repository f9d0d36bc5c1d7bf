"""The REST API of the practice exchange as an ASGI application."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from okx_guide import facts
from okx_guide.sandbox.exchange import Exchange, Params, Row
from okx_guide.sandbox.gate import RawRequest, Refused, authenticate, require
from okx_guide.sandbox.keys import Key

NOTICE = "practice exchange, not OKX"
_BODY_AT_MOST = 1 << 20
_BODY_SECONDS = 10
_DRAINED_AT_MOST = 16 << 20
_DRAIN_SECONDS = 1
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

_ENDPOINTS: dict[str, Callable[..., list[Row]]] = {
    "GET /api/v5/public/time": Exchange.time,
    "GET /api/v5/public/instruments": Exchange.instruments,
    "GET /api/v5/market/ticker": Exchange.ticker,
    "GET /api/v5/account/config": Exchange.config,
    "GET /api/v5/account/balance": Exchange.balance,
    "GET /api/v5/asset/currencies": Exchange.funding_currencies,
    "GET /api/v5/asset/balances": Exchange.funding_balances,
    "GET /api/v5/trade/order": Exchange.order,
    "GET /api/v5/trade/orders-pending": Exchange.orders_pending,
    "POST /api/v5/trade/order": Exchange.place_order,
    "POST /api/v5/trade/cancel-order": Exchange.cancel_order,
    "POST /api/v5/account/set-leverage": Exchange.set_leverage,
}
_PATHS = {endpoint.partition(" ")[2] for endpoint in _ENDPOINTS}
# Order calls report a refusal per order, as sCode inside code "1".
_PER_ORDER = {"POST /api/v5/trade/order", "POST /api/v5/trade/cancel-order"}


class _TooLarge(Exception):
    """The body is larger than any request of this API."""


class _Api:
    """One ASGI endpoint for every path: OKX answers a wrong path or method itself."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body(request)
        except ClientDisconnect:
            return
        except TimeoutError:
            text = f"The body did not arrive within {_BODY_SECONDS} seconds."
            response = Response(text, 408, {"Connection": "close"}, "text/plain")
        except _TooLarge:
            text = f"The body is larger than {_BODY_AT_MOST} bytes."
            response = Response(text, 413, {"Connection": "close"}, "text/plain")
        else:
            response = self._answer(request, body)
        response.headers["X-Sandbox"] = NOTICE
        await response(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        endpoint = f"{request.method} {request.scope['path']}"
        if endpoint not in _ENDPOINTS and request.scope["path"] not in _PATHS:
            hint = f"this sandbox serves {', '.join(sorted(_ENDPOINTS))}"
            return self._json(404, _NOT_FOUND, hint)
        raw = _raw(request, body)
        params, unreadable = _params(raw)
        now = self._exchange.now()
        hint = ""
        try:
            data = self._data(endpoint, raw, params, unreadable)
            envelope: Row = {"code": "0", "data": data, "msg": ""}
        except Refused as refused:
            hint = refused.hint
            if endpoint in _PER_ORDER and refused.code.startswith("51"):
                row = _refused_order(params, refused, now)
                envelope = {"code": "1", "data": [row], "msg": "All operations failed"}
            else:
                return self._json(refused.http_status, refused.envelope(), hint)
        if endpoint in _PER_ORDER:
            envelope |= {"inTime": _micro(now), "outTime": _micro(self._exchange.now())}
        return self._json(200, envelope, hint)

    def _data(
        self, endpoint: str, raw: RawRequest, params: Params, unreadable: Refused | None
    ) -> list[Row]:
        if endpoint not in _ENDPOINTS:
            raise Refused("50115", "this path is served with another method")
        key: Key | None = None
        permission = facts.load("permissions")[endpoint].value["permission"]
        if permission:
            key = authenticate(raw, self._exchange.keys, self._exchange.now())
            require(key, permission)
        self._count(endpoint, raw, params)
        if unreadable:
            raise unreadable
        return _ENDPOINTS[endpoint](self._exchange, params, key)

    def _count(self, endpoint: str, raw: RawRequest, params: Params) -> None:
        limit = facts.load("limits")[endpoint].value
        caller: list[str] = [endpoint, str(raw.client) if limit["per"].startswith("IP") else ""]
        for words, name in (("Instrument ID", "instId"), ("Instrument Type", "instType")):
            if words in limit["per"]:
                value = params.get(name)
                # No name is longer than this; a longer one shall not fill the memory.
                caller.append(value[:64] if isinstance(value, str) else "")
        if not self._exchange.limits.allow(tuple(caller), limit["requests"], limit["seconds"]):
            raise Refused(
                "50011",
                f"{limit['requests']} requests in {limit['seconds']} s per {limit['per']}",
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
        for key in self._exchange.keys.values():
            if _holds(hint, key.secret_key) or _holds(hint, key.passphrase):
                hint = "the request holds a secret where none belongs, so nothing of it is shown"
        printable = hint.encode("ascii", "backslashreplace").decode()
        printable = "".join(letter if letter.isprintable() else " " for letter in printable)
        return printable[:_HINT_AT_MOST]


def create_app(exchange: Exchange) -> ASGIApp:
    """Return the application that serves one exchange."""
    return _Api(exchange)


def _holds(text: str, secret: str) -> bool:
    """Return whether a secret stands in a text, be it percent-encoded or escaped."""
    return any(_bare(secret) in _bare(form) for form in (text, unquote(text), unquote_plus(text)))


def _bare(text: str) -> str:
    text = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text.replace("\\", "").casefold()


async def _body(request: Request) -> bytes:
    parts = bytearray()
    stream = request.stream()
    async for part in stream:
        parts += part
        if len(parts) > _BODY_AT_MOST:
            await _drain(stream)
            raise _TooLarge
    return bytes(parts)


async def _drain(stream: AsyncIterator[bytes]) -> None:
    """Read on for a moment, and drop it.

    A client that is still sending when the connection closes may never see the answer.
    """
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for part in stream:
                size += len(part)
                if size > _DRAINED_AT_MOST:
                    return


def _raw(request: Request, body: bytes) -> RawRequest:
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
        client=_address(request),
        host=f"{request.url.scheme}://{headers.get('host', '')}",
    )


def _address(request: Request) -> IPv4Address | IPv6Address:
    # No address (a Unix socket, say) is an address that no allowlist holds.
    address = ip_address(request.client.host if request.client else "0.0.0.0")  # noqa: S104
    # A socket for IPv6 shows a caller over IPv4 as ::ffff:a.b.c.d.
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


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
