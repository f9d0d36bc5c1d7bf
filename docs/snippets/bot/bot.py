"""Buy some bitcoin when it is cheap, and never twice."""

from decimal import Decimal

from okx_guide import OkxError, OkxSession

PAIR = {"instId": "BTC-USDT"}


def buy_if_cheap(okx: OkxSession, limit: Decimal) -> str:
    """Place one order if the price is below the limit, and say what was done."""
    if okx.get("/api/v5/trade/orders-pending", params=PAIR).json()["data"]:
        return "an order waits already"
    [ticker] = okx.get("/api/v5/market/ticker", params=PAIR).json()["data"]
    if Decimal(ticker["last"]) >= limit:
        return "too dear"
    order = {**PAIR, "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.001"}
    try:
        okx.post("/api/v5/trade/order", json={**order, "px": ticker["bidPx"]})
    except OkxError as error:
        # Never place it again here: ask first whether it is there, in the next round.
        return f"refused: {error.code}"
    return "ordered"
