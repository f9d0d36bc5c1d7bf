"""What python-okx-async does, step by step: each prints what it saw, or the error, as JSON."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from okx_async.AsyncAccount import AsyncAccountAPI
from okx_async.AsyncPublicData import AsyncPublicAPI
from okx_async.AsyncTrade import AsyncTradeAPI


def practice() -> Any:
    """Point it at the practice exchange."""
    strings = [os.environ[name] for name in ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE")]
    account = AsyncAccountAPI(*strings, flag="1", domain=os.environ["OKX_API_BASE_URL"])
    return account


def demo() -> Any:
    """Point it at OKX, with a demo key."""
    strings = [os.environ[name] for name in ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE")]
    account = AsyncAccountAPI(*strings, flag="1", domain="https://openapi.okx.com")
    return account


def live() -> Any:
    """Point it at OKX, with a live key."""
    strings = [os.environ[name] for name in ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE")]
    account = AsyncAccountAPI(*strings, flag="0", domain="https://openapi.okx.com")
    return account


async def show(step: str, run: Callable[[], Awaitable[Any]]) -> Any:
    """Run a step and print what came of it."""
    try:
        value = await run()
    except Exception as error:  # noqa: BLE001  # the line is what the test reads
        print(json.dumps({"step": step, "error": f"{type(error).__name__}: {error}"}))
        return None
    print(json.dumps({"step": step, "value": str(value)}))
    return value


async def main() -> None:
    """Go through all steps."""
    account = {"practice": practice, "demo": demo, "live": live}[[*sys.argv, "practice"][1]]()
    strings = account.API_KEY, account.API_SECRET_KEY, account.PASSPHRASE
    place = {"flag": account.flag, "domain": account.domain}
    public = AsyncPublicAPI(**place)
    trade = AsyncTradeAPI(*strings, **place)

    async def read(answer: Awaitable[dict[str, Any]]) -> Any:
        envelope = await answer
        assert envelope["code"] == "0", envelope
        return envelope["data"][0]

    async def read_balance() -> str:
        rows = (await read(account.get_account_balance()))["details"]
        return next(str(row["availBal"]) for row in rows if row["ccy"] == "USDT")

    async def read_field(answer: Awaitable[dict[str, Any]], name: str) -> str:
        return str((await read(answer))[name])

    if sys.argv[1:]:
        await show("config", account.get_account_config)
        return
    order = {"tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1000", "sz": "0.001"}
    await show("clock", lambda: read_field(public.get_system_time(), "ts"))
    await show("config", lambda: read_field(account.get_account_config(), "uid"))
    await show("balance", read_balance)
    name = await show("order", lambda: read_field(trade.place_order("BTC-USDT", **order), "ordId"))
    await show("cancel", lambda: read_field(trade.cancel_order("BTC-USDT", ordId=name), "ordId"))

    async def log_in() -> None:
        from okx_async.websocket.WsPrivate import WsPrivate  # noqa: PLC0415  # it may fail

        api_key, secret, passphrase = strings
        WsPrivate(api_key, passphrase, secret, os.environ["OKX_WS_URL"] + "/private", False)

    for step in ("ws_login", "ws_push"):
        await show(step, log_in)
    for client in (public, account, trade):
        await client.client.aclose()


asyncio.run(main())
