"""What ccxt does, step by step: each prints what it saw, or the error, as one line of JSON."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

import ccxt
import ccxt.pro

SETTINGS = {
    "apiKey": os.environ["OKX_API_KEY"],
    "secret": os.environ["OKX_SECRET_KEY"],
    "password": os.environ["OKX_PASSPHRASE"],
    "urls": {"api": {"rest": os.environ["OKX_API_BASE_URL"], "ws": os.environ["OKX_WS_URL"]}},
    "headers": {"x-simulated-trading": "1"},
    "enableRateLimit": False,
}
PAIR = "BTC/USDT"


def show(step: str, run: Callable[[], Any]) -> Any:
    """Run a step and print what came of it."""
    try:
        value = run()
    except Exception as error:  # noqa: BLE001  # the line is what the test reads
        print(json.dumps({"step": step, "error": f"{type(error).__name__}: {error}"}))
        return None
    print(json.dumps({"step": step, "value": str(value)}), flush=True)
    return value


def cancel(okx: Any, name: str) -> str:
    """Cancel an order and return its number."""
    return str(okx.cancel_order(name, PAIR)["id"])


async def watch() -> str:
    """Return the number of an order that was pushed."""
    okx: Any = ccxt.pro.okx(SETTINGS)
    try:
        await okx.load_markets()
        await asyncio.wait_for(okx.authenticate(), 30)
        show("ws_login", lambda: "logged in")
        pushed = asyncio.create_task(okx.watch_orders(PAIR))
        while not any("orders:BTC-USDT" in client.subscriptions for client in okx.clients.values()):
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
