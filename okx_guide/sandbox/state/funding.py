"""The funding account, and the transfers between it and the trading account.

Shapes and codes follow OKX's endpoint pages (docs-v5, copy of 2026-08-22).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Params, format_decimal, parse_amount, require_param
from okx_guide.sandbox.state.orders import CLIENT_ORDER_ID, parse_decimal
from okx_guide.sandbox.state.store import check_fields

FUNDING, TRADING = "6", "18"
"""The numbers of the two accounts."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer.

    Attributes:
        change: What the trading account gained; negative if it lost it.
        balance: What it had afterwards.
    """

    id: str
    currency: str
    change: Decimal
    balance: Decimal
    moment: int

    def to_row(self) -> dict[str, Any]:
        """Return it as JSON."""
        decimals = {name: str(getattr(self, name)) for name in _DECIMALS}
        return {name: getattr(self, name) for name in Transfer.__slots__} | decimals

    @classmethod
    def from_row(cls, name: str, row: Any) -> Self:
        """Return the transfer that `to_row()` wrote.

        Raises:
            ValueError: It wrote no such thing.
        """
        values = check_fields(row, _FIELDS)
        if values["id"] != name:
            raise ValueError("not a transfer")
        return cls(**values | {n: parse_decimal(values[n]) for n in _DECIMALS})


_DECIMALS = ("change", "balance")
_FIELDS = {field.name: int if field.name == "moment" else str for field in fields(Transfer)}


def parse_change(
    params: Params, available: Mapping[str, Mapping[str, Decimal]]
) -> tuple[str, Decimal]:
    """Return the currency of a transfer, and what the trading account gains by it.

    Args:
        params: Those of `POST /api/v5/asset/transfer`.
        available: By the number of the account, what may leave it, by currency.

    Raises:
        RefusedError: 50014, 51000, 58123 or 58350.
    """
    currency = require_param(params, "ccy")
    amount = parse_amount(require_param(params, "amt"))
    source, target = require_param(params, "from"), require_param(params, "to")
    if currency not in available[FUNDING]:
        raise RefusedError("51000", f"ccy is one of {', '.join(available[FUNDING])}", "ccy")
    if amount is None:
        raise RefusedError("51000", "amt is a positive decimal, as text", "amt")
    for name in ("from", "to"):
        if params[name] not in (FUNDING, TRADING):
            raise RefusedError("51000", f"{name} is {FUNDING} or {TRADING}", name)
    if source == target:
        raise RefusedError("58123")
    client_id = params.get("clientId")
    if client_id and (not isinstance(client_id, str) or not CLIENT_ORDER_ID.fullmatch(client_id)):
        raise RefusedError("51000", "clientId is up to 32 letters and digits", "clientId")
    if amount > available[source][currency]:
        hint = f"{format_decimal(available[source][currency])} {currency} can be moved"
        raise RefusedError("58350", hint)
    return currency, amount if target == TRADING else -amount
