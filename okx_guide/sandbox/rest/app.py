"""The REST API of the practice exchange as an ASGI application."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from okx_guide.redact import make_printable
from okx_guide.sandbox.authentication import RawRequest, authenticate, require_permission
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.network import NEVER_ARRIVED, deliver, is_network_fault
from okx_guide.sandbox.params import Params, Row, format_microseconds
from okx_guide.sandbox.ports import PortRole, find_role, parse_address
from okx_guide.sandbox.request_body import BodyError, has_body, read_body
from okx_guide.sandbox.rest.endpoints import (
    ENDPOINTS,
    PATHS,
    Endpoint,
    carry_out_orders,
    check_deadline,
    count_requests,
)
from okx_guide.sandbox.shapes import encode
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.faults import make_refusal
from okx_guide.sandbox.state.journal import Check, Reach, skip
from okx_guide.sandbox.state.keys import Key, list_secrets
from okx_guide.sandbox.state.store import StateError
from okx_guide.sandbox.trace import trace_request

NOTICE = "practice exchange, not OKX"
"""The header `X-Sandbox`, in every answer."""

# The reply to a path that does not exist, as logged (fact `unknown-path`).
_NOT_FOUND = {
    "code": 404,
    "data": {},
    "detailMsg": "",
    "error_code": "404",
    "error_message": "Not Found",
    "msg": "Not Found",
}
# Characters: longer ones, which may be anything, shall not fill the memory.
_SHORT_QUERY = 256
# What the journal knows of a request that got none.
_NO_ANSWER = {"code": "", "msg": ""}


class Api:
    """One ASGI endpoint for every path: OKX answers a wrong path or method itself.

    Args:
        exchange: What is asked.
        places: What each port stands for.
    """

    def __init__(self, exchange: Exchange, places: Mapping[int, PortRole]) -> None:
        self._exchange = exchange
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # Of a header that is sent twice, the first counts.
        headers = dict(reversed(scope["headers"]))
        try:
            body = await read_body(Request(scope, receive)) if has_body(headers) else b""
        except ClientDisconnect:
            return
        except BodyError as error:
            response = error.to_response()
            response.headers["X-Sandbox"] = NOTICE
            answer = encode(_NO_ANSWER | {"msg": str(error)})
            early = self._read_raw(scope, headers, b"")
            self._record(scope, early, (), error.http_status, answer, "", "")
            await response(scope, receive, send)
            return
        raw = self._read_raw(scope, headers, body)
        reached: list[Check] = []
        reach = skip if self._exchange.journal is None else reached.append
        endpoint = ENDPOINTS.get(f"{raw.method} {scope['path']}")
        fault = self._exchange.faults.take(endpoint.name) if endpoint else ""
        if fault in NEVER_ARRIVED:
            status, answer = (502 if fault == "bad_gateway" else None), encode(_NO_ANSWER)
            hint = f"the fault {fault} was ordered: the request was not carried out"
        else:
            status, answer, hint = self._respond(endpoint, fault, raw, scope["path"], reach)
        if hint:
            hint = make_printable(hint, self._list_secrets(raw))
        self._record(scope, raw, reached, status, answer, hint, fault)
        response_headers = [(b"x-sandbox", NOTICE.encode())]
        if hint:
            response_headers.append((b"x-sandbox-hint", hint.encode()))
        damage = fault if is_network_fault(fault) else None
        await deliver(send, status or 0, response_headers, answer.encode(), damage)

    def _list_secrets(self, raw: RawRequest) -> list[str]:
        """Return what no hint may show: of the key that is named, and of no other.

        A hint repeats what was sent to nobody but a caller who has signed with that key's secret:
        to him it confirms no guess.
        """
        name = raw.headers.get(b"ok-access-key", b"").decode("latin-1")
        return list_secrets(self._exchange.keys.get(name))

    def _record(
        self,
        scope: Scope,
        raw: RawRequest,
        reached: Sequence[Check],
        status: int | None,
        answer: str,
        hint: str,
        fault: str,
    ) -> None:
        """Write the request into the journal, if there is one."""
        if self._exchange.journal is not None:
            envelope = json.loads(answer)
            self._exchange.journal.add(
                trace_request(
                    self._exchange, raw, scope["headers"], reached, status, envelope, hint, fault
                )
            )

    def _respond(
        self, endpoint: Endpoint | None, fault: str, raw: RawRequest, path: str, reach: Reach
    ) -> tuple[int, str, str]:
        """Return the status, the body and the hint."""
        ordered = make_refusal(fault)
        if endpoint is None and path not in PATHS:
            hint = f"this sandbox serves {', '.join(sorted(ENDPOINTS))}"
            return 404, encode(_NOT_FOUND), hint
        try:
            try:
                answer, hint = self._handle(endpoint, raw, reach, ordered)
            finally:
                # Nothing is acknowledged that a kill could take back.
                self._exchange.commit()
        except RefusedError as refused:
            return refused.http_status, encode(refused.to_json()), refused.hint
        except StateError as error:
            unavailable = RefusedError("50001", str(error))
            return unavailable.http_status, encode(unavailable.to_json()), unavailable.hint
        return 200, answer, hint

    def _handle(
        self,
        endpoint: Endpoint | None,
        raw: RawRequest,
        reach: Reach,
        fault: RefusedError | None,
    ) -> tuple[str, str]:
        """Return the body and the hint."""
        if endpoint is None:
            raise RefusedError("50115", "this path is served with another method")
        exchange = self._exchange
        if fault and not (endpoint.per_order and fault.is_of_order):
            raise fault
        now = exchange.now()
        key: Key | None = None
        if endpoint.permission:
            key = authenticate(raw, exchange.keys, now, exchange.milliseconds, reach)
            reach("permission")
            require_permission(key, endpoint.permission)
        reach("rate")
        try:
            requests = _parse_params(endpoint, raw)
        except RefusedError:
            # Malformed requests count towards the limit as well.
            self._count(endpoint, [{}], raw, key)
            reach("body")
            raise
        self._count(endpoint, requests, raw, key)
        reach("body")
        reach("endpoint")
        if endpoint.new_order:
            check_deadline(raw.headers.get(b"exptime", b"").decode("latin-1"), now)
        if not endpoint.per_order:
            values, hint = endpoint.shape.read_params(requests[0])
            rows = endpoint.answer(exchange, values, key)
            data = ",".join(map(endpoint.shape.write_row, rows))
            return f'{{"code":"0","data":[{data}],"msg":""}}', hint
        envelope, hint = self._handle_batch(endpoint, requests, key, fault)
        if endpoint.timed:
            envelope["inTime"] = format_microseconds(now)
            envelope["outTime"] = format_microseconds(exchange.now())
        return encode(envelope), hint

    def _handle_batch(
        self,
        endpoint: Endpoint,
        requests: Sequence[Params],
        key: Key | None,
        fault: RefusedError | None,
    ) -> tuple[Row, str]:
        """Carry out the orders; the code says whether all, some or none were taken."""

        def refuse(params: Params, refused: RefusedError) -> Row:
            if not endpoint.batch_of and not refused.is_of_order:
                raise refused
            return _refuse_order(endpoint, params, refused, self._exchange.now())

        rows, refusals, hint = carry_out_orders(
            self._exchange, endpoint, requests, key, fault, refuse
        )
        if not refusals:
            return {"code": "0", "data": rows, "msg": ""}, hint
        if refusals < len(requests):
            return {"code": "2", "data": rows, "msg": RefusedError("2").message}, hint
        # Logged: the text for one order (fact `1`), and none for a list.
        msg = "" if endpoint.batch_of else "All operations failed"
        return {"code": "1", "data": rows, "msg": msg}, hint

    def _count(
        self, endpoint: Endpoint, requests: Sequence[Params], raw: RawRequest, key: Key | None
    ) -> None:
        # Public requests are counted by address, private ones by user.
        caller = key.owner if key else raw.client
        count_requests(self._exchange.limits, endpoint, requests, caller)

    def _read_raw(self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> RawRequest:
        query: bytes = scope["query_string"]
        return RawRequest(
            method=scope["method"],
            target=scope["raw_path"] + b"?" + query if query else scope["raw_path"],
            headers=headers,
            body=body,
            client=parse_address(scope),
            scheme=scope["scheme"],
            site=find_role(scope, self._places).site,
        )


# A bot asks the same again and again.
_parse_short_query = lru_cache(maxsize=256)(parse_qsl)


def _parse_params(endpoint: Endpoint, raw: RawRequest) -> list[Params]:
    """Return the parameters: one set, or for a list of orders one for each.

    Raises:
        RefusedError: The body cannot be read, or is not what this endpoint takes.
    """
    if raw.method == "GET":
        query = raw.target.partition(b"?")[2].decode("latin-1")
        parse = _parse_short_query if len(query) <= _SHORT_QUERY else parse_qsl
        return [dict(parse(query)) if query else {}]
    if not raw.body:
        raise RefusedError("50000")
    if not raw.headers.get(b"content-type", b"").lower().startswith(b"application/json"):
        raise RefusedError("50006", "send Content-Type: application/json")
    try:
        # Numbers stay text: no rounding, and no number is too long to read.
        parsed = json.loads(
            raw.body, parse_float=str, parse_int=str, parse_constant=_reject_constant
        )
    except (ValueError, RecursionError):
        raise RefusedError("50002", "the body is not JSON") from None
    if not endpoint.batch_of:
        if not isinstance(parsed, dict):
            raise RefusedError("50002", "the body must be one JSON object")
        return [parsed]
    if not isinstance(parsed, list) or not all(isinstance(params, dict) for params in parsed):
        raise RefusedError("50002", "the body must be a JSON list of objects")
    if not parsed:
        raise RefusedError("50000", "the list is empty")
    if len(parsed) > endpoint.at_most:
        hint = f"{endpoint.at_most} at most"
        raise RefusedError(endpoint.too_many, hint, _name_excess(endpoint))
    return parsed


def _name_excess(endpoint: Endpoint) -> str:
    """Return what the message about too long a list names: the parameter, or how many it takes."""
    return "algoId" if endpoint.too_many == "51000" else str(endpoint.at_most)


def _reject_constant(word: str) -> Any:
    raise ValueError(word)


def _refuse_order(endpoint: Endpoint, params: Params, refused: RefusedError, now: float) -> Row:
    client_id = params.get("clOrdId")
    row = {
        "clOrdId": client_id if isinstance(client_id, str) else "",
        "ordId": "",
        "tag": "",
        "ts": str(int(now * 1000)),
        "sCode": refused.code,
        "sMsg": refused.message,
    }
    return {name: value for name, value in row.items() if name in endpoint.shape.row}
