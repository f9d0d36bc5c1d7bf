"""The practice exchange as one ASGI application: REST, WebSockets, and what turns its knobs."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from okx_guide.sandbox.api import Api
from okx_guide.sandbox.control import Control
from okx_guide.sandbox.exchange import Exchange
from okx_guide.sandbox.places import Place
from okx_guide.sandbox.sockets import Sockets


def create_app(exchange: Exchange, places: Mapping[int, Place] | None = None) -> ASGIApp:
    """Return the application that serves one exchange.

    Args:
        exchange: What is served.
        places: What each port stands for; a port that is not named, for the global site.
    """
    api = Api(exchange, places or {})
    sockets = Sockets(exchange, places or {})
    control = Control(exchange, sockets.notice)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await sockets(scope, receive, send)
        elif scope["path"] == "/sandbox" or scope["path"].startswith("/sandbox/"):
            await control(scope, receive, send)
        else:
            await api(scope, receive, send)

    return app
