"""What ccxt does, step by step."""

import asyncio
import os
from typing import Any

import ccxt
import ccxt.pro
from steps import show

SETTINGS = {
    "apiKey": os.environ["OKX_API_KEY"],
    "secret": os.environ["OKX_SECRET_KEY"],
    "password": os.environ["OKX_PASSPHRASE"],
    "urls": {"api": {"rest": os.environ["OKX_API_BASE_URL"], "ws": os.environ["OKX_WS_URL"]}},
    "headers": {"x-simulated-trading": "1"},
    "enableRateLimit": False,
}
PAIR = "BTC/USDT"


def cancel(okx: Any, name: str) -> str:
    """Cancel an order and return its number."""
    return str(okx.cancel_order(name, PAIR)["id"])


def is_subscribing(okx: Any) -> bool:
    """Say whether it has sent its subscription to orders."""
    return any("orders:BTC-USDT" in client.subscriptions for client in okx.clients.values())


async def watch() -> str:
    """Return the number of an order that was pushed."""
    okx: Any = ccxt.pro.okx(SETTINGS)
    try:
        await okx.load_markets()
        await asyncio.wait_for(okx.authenticate(), 30)
        show("ws_login", lambda: "logged in")
        pushed = asyncio.create_task(okx.watch_orders(PAIR))
        while not is_subscribing(okx):  # noqa: ASYNC110  # ccxt tells nobody
            await asyncio.sleep(0)
        # Its first push comes after the answer to the subscription before it.
        await asyncio.wait_for(okx.watch_balance(), 30)
        placed = await okx.create_order(PAIR, "limit", "buy", 0.001, 1000)
        [order] = await asyncio.wait_for(pushed, 30)
        assert order["id"] == placed["id"]
        return str(order["id"])
    finally:
        await okx.close()


def main() -> None:
    """Go through all steps."""
    okx: Any = ccxt.okx(SETTINGS)
    show("clock", okx.fetch_time)
    show("config", lambda: okx.fetch_accounts()[0]["id"])
    show("balance", lambda: okx.fetch_balance()["USDT"]["free"])
    name = show("order", lambda: okx.create_order(PAIR, "limit", "buy", 0.001, 1000)["id"])
    show("cancel", lambda: cancel(okx, name))
    show("ws_push", lambda: asyncio.run(watch()))
    okx.close()


main()
