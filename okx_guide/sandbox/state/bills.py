"""The bills of the trading account, for `GET /api/v5/account/bills`.

Shapes follow OKX's endpoint pages (docs-v5, copy of 2026-08-22).
"""

from collections.abc import Iterator
from decimal import Decimal

from okx_guide.sandbox.params import Row, format_decimal
from okx_guide.sandbox.state.funding import FUNDING, TRADING, Transfer
from okx_guide.sandbox.state.orders import Order, make_fill_row

_TRANSFER, _TRADE = "1", "2"
_BUY, _SELL, _INTO, _OUT = "1", "2", "11", "12"


def make_trade_bills(order: Order) -> Iterator[tuple[Row, Decimal]]:
    """Yield the bills of a filled order, the later one first, each with what it changed."""
    fill = make_fill_row(order)
    price = order.fill_price or Decimal(0)
    buy = order.side == "buy"
    base, quote = order.instrument.base, order.instrument.quote
    changes = [
        (base, order.size if buy else -order.size),
        (quote, order.size * price * (-1 if buy else 1)),
    ]
    shared = (
        *("instType", "instId", "ordId", "clOrdId", "tag", "tradeId", "execType", "fillTime"),
        *("fillIdxPx", "fillMarkPx", "fillPxVol", "fillPxUsd", "fillMarkVol", "fillFwdPx", "ts"),
    )
    # A trade has the number of its order; its two bills differ in their currency.
    for currency, change in reversed(changes):
        yield (
            {name: fill[name] for name in shared}
            | {
                "billId": order.id,
                "type": _TRADE,
                "subType": _BUY if buy else _SELL,
                "ccy": currency,
                "balChg": format_decimal(change),
                "sz": format_decimal(abs(change)),
                "px": format_decimal(price),
                "mgnMode": order.mode,
                "fee": "0",
                "interest": "0",
                "pnl": "0",
                "posBal": "0",
                "posBalChg": "0",
            },
            change,
        )


def make_transfer_bills(transfer: Transfer) -> Iterator[tuple[Row, Decimal]]:
    """Yield the bill of a transfer, with what it changed."""
    into = transfer.change > 0
    yield (
        {
            "billId": transfer.id,
            "type": _TRANSFER,
            "subType": _INTO if into else _OUT,
            "ts": str(transfer.moment),
            "ccy": transfer.currency,
            "balChg": format_decimal(transfer.change),
            "sz": format_decimal(abs(transfer.change)),
            "from": FUNDING if into else TRADING,
            "to": TRADING if into else FUNDING,
            "instType": "",
            "instId": "",
            "mgnMode": "",
        },
        transfer.change,
    )
