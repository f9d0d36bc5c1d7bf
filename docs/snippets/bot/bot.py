"""Buy some bitcoin when it is cheap, and never twice."""

from decimal import Decimal
from typing import Any

import requests

from okx_guide import OkxError, OkxSession

PAIR = {"instId": "BTC-USDT"}


def buy_if_cheap(okx: OkxSession, limit: Decimal, client_id: str) -> str:
    """Place one order if the price is below the limit, and say what was done.

    `client_id` is of your choice, and the same until the order is there.
    """
    if find_order(okx, client_id):
        return "ordered already"
    [ticker] = okx.get("/api/v5/market/ticker", params=PAIR).json()["data"]
    if Decimal(ticker["last"]) >= limit:
        return "too dear"
    order = {**PAIR, "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.001"}
    try:
        okx.post("/api/v5/trade/order", json={**order, "px": ticker["bidPx"], "clOrdId": client_id})
    except OkxError as error:
        return f"refused: {error.code}" if error.code else "not known"
    except requests.RequestException:
        # Never place it again here: ask first whether it is there, in the next round.
        return "not known"
    return "ordered"


def find_order(okx: OkxSession, client_id: str) -> dict[str, Any] | None:
    """Return the order, waiting or done; None if OKX knows none."""
    try:
        answer = okx.get("/api/v5/trade/order", params={**PAIR, "clOrdId": client_id})
    except OkxError as error:
        if error.code == "51603":
            return None
        raise
    [order] = answer.json()["data"]
    return dict(order)
