"""The knobs of the practice exchange, under `/sandbox`. OKX has nothing like them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from okx_guide.sandbox.network import NETWORK_FAULTS, is_network_fault
from okx_guide.sandbox.ports import PortRole, is_local
from okx_guide.sandbox.request_body import BodyError, read_body
from okx_guide.sandbox.rest.endpoints import ENDPOINTS
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.state.store import StateError

Settings = Mapping[str, Any]


class _ControlError(Exception):
    """The request of a knob cannot be carried out; the message says why."""

    def __init__(self, reason: str, http_status: int = 400) -> None:
        super().__init__(reason)
        self.http_status = http_status


class Control:
    """Turn the knobs: one ASGI endpoint for every path under `/sandbox`.

    A web page must not turn them behind the reader's back. So a request must be JSON, which a
    browser sends to another site only after a preflight request, and the host an address or
    `localhost`, not a name that an attacker may have pointed here.

    Args:
        exchange: The exchange whose knobs these are.
        notice: Announces to every WebSocket that it will close.
        places: What each port stands for.
    """

    def __init__(
        self, exchange: Exchange, notice: Callable[[], None], places: Mapping[int, PortRole]
    ) -> None:
        self._exchange = exchange
        self._places = places
        self._send_notice = notice
        self._knobs: dict[str, Callable[[Settings], None]] = {
            "/sandbox/clock": self._turn_clock,
            "/sandbox/fault": self._order_fault,
            "/sandbox/key": self._freeze_key,
            "/sandbox/notice": self._send_service_notice,
            "/sandbox/price": self._move_price,
            "/sandbox/requests": self._record_requests,
            "/sandbox/reset": self._reset,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response: Response
        try:
            answer = self._turn(request, await read_body(request))
        except ClientDisconnect:
            return
        except BodyError as error:
            response = error.to_response()
        except _ControlError as error:
            response = JSONResponse({"error": str(error)}, error.http_status)
        except StateError as error:
            response = JSONResponse({"error": str(error)}, 503)
        else:
            response = JSONResponse(answer)
        await response(scope, receive, send)

    def _turn(self, request: Request, body: bytes) -> dict[str, Any]:
        if not is_local(request.headers.get("host", "")):
            raise _ControlError("Call this by address or as localhost, not by a name.", 421)
        path = request.url.path
        if path != "/sandbox" and path not in self._knobs:
            raise _ControlError(f"The knobs are {', '.join(self._knobs)}.", 404)
        views = {"/sandbox": self._describe_state, "/sandbox/requests": self._list_requests}
        if request.method == "GET" and path in views:
            return views[path]()
        if request.method != "POST" or path == "/sandbox":
            raise _ControlError(f"Look with GET {' or '.join(views)}, turn a knob with POST.", 405)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise _ControlError("Send JSON, with Content-Type: application/json.", 415)
        self._knobs[path](_parse_settings(body))
        self._exchange.commit()
        return self._describe_state()

    def _describe_state(self) -> dict[str, Any]:
        exchange = self._exchange
        return {
            "now": exchange.now(),
            "skew": round(exchange.clock.skew, 3),
            "frozen": exchange.clock.frozen,
            "recording": exchange.journal is not None,
            "prices": {
                name: str(exchange.market.get_price(pair)) for name, pair in INSTRUMENTS.items()
            },
            "ports": {str(port): asdict(role) for port, role in self._places.items()},
            "keys": [
                {"apiKey": key.api_key, "label": key.label, "frozen": key.frozen}
                for key in exchange.keys
            ],
        }

    def _list_requests(self) -> dict[str, Any]:
        journal = self._exchange.journal
        if journal is None:
            raise _ControlError(
                "No requests are recorded. Start with POST /sandbox/requests "
                '{"record": true}, or run okx-guide sandbox --trace.',
                409,
            )
        return {"dropped": journal.dropped, "requests": [asdict(trace) for trace in journal]}

    # --- the knobs ----------------------------------------------------------------

    def _turn_clock(self, order: Settings) -> None:
        _check_fields(order, "advance", "skew", "freeze", "idle")
        freeze = order.get("freeze")
        if not isinstance(freeze, bool | None) or ("freeze" in order and freeze is None):
            raise _ControlError("freeze is true or false.")
        seconds = {name: _parse_number(order, name) for name in order if name != "freeze"}
        clock = self._exchange.clock
        before = clock.skew, clock.now() if clock.frozen else None
        try:
            if "skew" in seconds:
                clock.set_skew(seconds["skew"])
            if "advance" in seconds:
                clock.advance(seconds["advance"])
            if "idle" in seconds:
                self._exchange.keys.idle(seconds["idle"])
        except ValueError as error:
            clock.restore(*before)  # Either all settings are applied, or none.
            raise _ControlError(str(error)) from None
        if freeze is not None:
            (clock.freeze if freeze else clock.unfreeze)()
        self._exchange.keep_clock()

    def _order_fault(self, order: Settings) -> None:
        _check_fields(order, "code", "network", "times", "chance", "seed", "endpoint")
        faults, endpoint = self._exchange.faults, order.get("endpoint", "")
        if endpoint not in ("", *ENDPOINTS):
            raise _ControlError(f"endpoint is one of {', '.join(ENDPOINTS)}.")
        named = [str(order[name]) for name in ("code", "network") if name in order]
        if "network" in order and not is_network_fault(named[-1]):
            raise _ControlError(f"network is one of {', '.join(NETWORK_FAULTS)}.")
        if len(named) > 1 or not (named or "chance" in order):
            raise _ControlError("Order a code or a network fault, one of them.")
        try:
            if "chance" in order:
                if "times" in order:
                    raise _ControlError("Give times or chance, not both.")
                chance, seed = order["chance"], order.get("seed", 0)
                if type(chance) not in (int, float) or type(seed) is not int:
                    raise _ControlError("chance is a number from 0 to 1, seed a whole number.")
                faults.order_randomly(chance, seed=seed, fault="".join(named), endpoint=endpoint)
                return
            times = order.get("times", 1)
            if type(times) is not int or "seed" in order:
                raise _ControlError("times is a whole number; seed goes with chance.")
            faults.order(*named, times=times, endpoint=endpoint)
        except ValueError as error:
            raise _ControlError(str(error)) from None

    def _freeze_key(self, order: Settings) -> None:
        _check_fields(order, "apiKey", "frozen")
        key = self._exchange.keys.get(str(order.get("apiKey")))
        if key is None:
            raise _ControlError("apiKey is the name of a key; GET /sandbox lists them.")
        if not isinstance(order.get("frozen"), bool):
            raise _ControlError("frozen is true or false.")
        self._exchange.keys.freeze(key, frozen=order["frozen"])

    def _send_service_notice(self, order: Settings) -> None:
        _check_fields(order)
        self._send_notice()

    def _move_price(self, order: Settings) -> None:
        _check_fields(order, "instId", "px")
        instrument = INSTRUMENTS.get(str(order.get("instId")))
        if instrument is None:
            raise _ControlError(f"instId is one of {', '.join(INSTRUMENTS)}.")
        try:
            self._exchange.move_price(instrument, Decimal(str(order.get("px"))))
        except (InvalidOperation, ValueError):
            raise _ControlError(
                f"px is a positive multiple of {instrument.tick}, below a billion, as text."
            ) from None

    def _record_requests(self, order: Settings) -> None:
        _check_fields(order, "record")
        if not isinstance(order.get("record"), bool):
            raise _ControlError("record is true (start with an empty journal) or false (stop).")
        if order["record"]:
            self._exchange.record()
        else:
            self._exchange.journal = None

    def _reset(self, order: Settings) -> None:
        _check_fields(order)
        self._exchange.reset()


def _parse_settings(body: bytes) -> Settings:
    try:
        order = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise _ControlError("The body is not JSON.") from None
    if not isinstance(order, dict):
        raise _ControlError("The body must be one JSON object.")
    return order


def _check_fields(order: Settings, *names: str) -> None:
    if set(order) - set(names):
        raise _ControlError(f"This knob takes {', '.join(names) or 'nothing'}.")


def _parse_number(order: Settings, name: str) -> float:
    value = order[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _ControlError(f"{name} is a number of seconds.")
    try:
        return float(value)
    except OverflowError:
        raise _ControlError(f"{name} is too large.") from None
