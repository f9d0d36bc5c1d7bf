"""The practice exchange as one ASGI application: REST, WebSockets, key page, and knobs."""

import secrets
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from okx_guide.sandbox.admin import Control
from okx_guide.sandbox.keypage.app import KeyPage
from okx_guide.sandbox.ports import PortRole, find_stranger
from okx_guide.sandbox.rest.app import NOTICE, Api
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.websocket.connection import Sockets


def create_app(
    exchange: Exchange,
    places: Mapping[int, PortRole] | None = None,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> ASGIApp:
    """Return the application that serves one exchange.

    Args:
        exchange: The exchange to serve.
        places: What each port stands for; other ports stand for the global site.
        random: Returns a number of random bytes, for the sessions of the key page.
    """
    api = Api(exchange, places or {})
    sockets = Sockets(exchange, places or {})
    control = Control(exchange, sockets.send_notice, places or {})
    key_page = KeyPage(exchange, places or {}, random)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        room = path.split("/", 2)[1] if path.startswith("/") else ""
        # These two have stricter rules of their own.
        is_page = room in ("sandbox", "account") and scope["type"] == "http"
        stranger = None if is_page else find_stranger(scope)
        if stranger:
            status, reason = stranger
            response = PlainTextResponse(reason, status, {"X-Sandbox": NOTICE})
            await response(scope, receive, send)
        elif scope["type"] == "websocket":
            await sockets(scope, receive, send)
        elif room == "sandbox":
            await control(scope, receive, send)
        elif room == "account" or _is_reader(scope):
            await key_page(scope, receive, send)
        else:
            await api(scope, receive, send)

    return app


def _is_reader(scope: Scope) -> bool:
    """Return whether somebody opened the first address that the program prints, in a browser.

    A client gets OKX's answer to a path that does not exist.
    """
    first = scope["method"] == "GET" and scope["path"] == "/"
    return first and "text/html" in Headers(scope=scope).get("accept", "")
