"""What python-okx does, step by step."""

import asyncio
import json
import os
from typing import Any

from okx import Account, PublicData, Trade
from okx.websocket.WsPrivateAsync import WsPrivateAsync
from steps import show

STRINGS = [os.environ[name] for name in ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE")]
PLACE = {"flag": "1", "domain": os.environ["OKX_API_BASE_URL"]}
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1000"}


def read(answer: dict[str, Any]) -> Any:
    """Return the first row of an answer."""
    assert answer["code"] == "0", answer
    return answer["data"][0]


def read_balance(account: Any) -> str:
    """Return how many USDT there are."""
    rows = {row["ccy"]: row for row in read(account.get_account_balance())["details"]}
    return str(rows["USDT"]["availBal"])


async def watch(trade: Any) -> str:
    """Return the number of an order that was pushed."""
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def keep(message: str) -> None:
        messages.put_nowait(json.loads(message))

    async def wait(key: str, value: str) -> dict[str, Any]:
        while (message := await messages.get()).get(key) != value and key not in message:
            pass
        return message

    api_key, secret, passphrase = STRINGS
    private = WsPrivateAsync(api_key, passphrase, secret, os.environ["OKX_WS_URL"] + "/private")
    task = await private.start()
    private.callback = keep
    await private.login()
    login = await asyncio.wait_for(wait("event", "login"), 30)
    show("ws_login", lambda: read({**login, "data": [login["event"]]}))
    await private.send("subscribe", [{"channel": "orders", "instType": "SPOT"}])
    await asyncio.wait_for(wait("event", "subscribe"), 30)
    placed = read(await asyncio.to_thread(lambda: trade.place_order(**ORDER, sz="0.001")))
    pushed = await asyncio.wait_for(wait("data", ""), 30)
    await private.stop()
    await asyncio.gather(task, return_exceptions=True)
    assert pushed["data"][0]["ordId"] == placed["ordId"]
    return str(placed["ordId"])


def main() -> None:
    """Go through all steps."""
    public = PublicData.PublicAPI(**PLACE)
    account = Account.AccountAPI(*STRINGS, **PLACE)
    trade = Trade.TradeAPI(*STRINGS, **PLACE)
    show("clock", lambda: read(public.get_system_time())["ts"])
    show("config", lambda: read(account.get_account_config())["uid"])
    show("balance", lambda: read_balance(account))
    name = show("order", lambda: read(trade.place_order(**ORDER, sz="0.001"))["ordId"])
    show("cancel", lambda: read(trade.cancel_order("BTC-USDT", ordId=name))["ordId"])
    show("ws_push", lambda: asyncio.run(watch(trade)))
    for client in (public, account, trade):
        client.close()


main()
