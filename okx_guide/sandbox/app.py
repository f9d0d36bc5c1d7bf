"""The practice exchange as one ASGI application: REST, WebSockets, key page, and knobs."""

import secrets
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
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
        is_page = path.split("/")[1:2] in (["sandbox"], ["account"])
        # These two have stricter rules of their own.
        stranger = None if is_page and scope["type"] == "http" else find_stranger(scope)
        if stranger:
            status, reason = stranger
            response = PlainTextResponse(reason, status, {"X-Sandbox": NOTICE})
            await response(scope, receive, send)
        elif scope["type"] == "websocket":
            await sockets(scope, receive, send)
        elif path == "/sandbox" or path.startswith("/sandbox/"):
            await control(scope, receive, send)
        elif path == "/account" or path.startswith("/account/"):
            await key_page(scope, receive, send)
        elif path == "/" and "text/html" in Headers(scope=scope).get("accept", ""):
            # A browser opened the first address that the program prints.
            await RedirectResponse("/account/my-api?go-demo-trading=1", 303)(scope, receive, send)
        else:
            await api(scope, receive, send)

    return app
