"""Read and check the parameters of a request, and format amounts as OKX does."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from okx_guide.sandbox.errors import RefusedError

Params = Mapping[str, Any]
Row = dict[str, Any]

_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)


def is_empty(value: Any) -> bool:
    """Return whether a parameter is empty: many clients send every parameter.

    Examples:
        >>> [is_empty(value) for value in (None, "", [], {}, False, "0")]
        [True, True, True, True, False, False]
    """
    return value is None or (not value and isinstance(value, str | list | dict))


def require_param(params: Params, name: str) -> str:
    """Return a parameter that must be there, as text.

    Raises:
        RefusedError: 50014 if it is missing or empty, 51000 if it is not text.
    """
    value = params.get(name)
    if value is None or value == "":
        raise RefusedError("50014", "", name)
    if not isinstance(value, str):
        raise RefusedError("51000", f"{name} must be text", name)
    return value


def parse_choice(params: Params, name: str, allowed: set[str]) -> str:
    """Return a parameter that must be one of the allowed texts.

    Raises:
        RefusedError: 50014 if it is missing, 51000 if it is another text.
    """
    value = require_param(params, name)
    if value not in allowed:
        raise RefusedError("51000", f"this sandbox knows {', '.join(sorted(allowed))}", name)
    return value


def parse_whole(params: Params, name: str) -> int | None:
    """Return a parameter that is a whole number, as text; None if it is not there.

    Raises:
        RefusedError: 51000.
    """
    text = params.get(name) or ""
    # In a body it may be any JSON value.
    if not isinstance(text, str) or (text and not re.fullmatch(r"\d{1,19}", text, re.ASCII)):
        raise RefusedError("51000", f"{name} is a whole number", name)
    return int(text) if text else None


def parse_amount(text: Any) -> Decimal | None:
    """Return a positive decimal that is written as text; None if it is anything else.

    Examples:
        >>> parse_amount("0.5"), parse_amount("0"), parse_amount("1e3"), parse_amount(1)
        (Decimal('0.5'), None, None, None)
    """
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        return None
    return Decimal(text) or None


def format_microseconds(seconds: float) -> str:
    """Return a time as whole Unix microseconds.

    Examples:
        >>> format_microseconds(1597026383.085)
        '1597026383085000'
    """
    return str(int(seconds * 1_000_000))


def format_decimal(amount: Decimal) -> str:
    """Return an amount without exponent and without zeros at its end.

    Examples:
        >>> format_decimal(Decimal("0.0100")), format_decimal(Decimal("1E+3"))
        ('0.01', '1000')
    """
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
