"""Candles of a market that does not move: each has the present price, and no volume.

Sizes and pages follow OKX's endpoint pages (docs-v5, copy of 2026-08-22).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Params, format_decimal, parse_whole

LISTED = 1_606_468_572_000
"""When the pairs were listed, in Unix milliseconds; there are no candles before."""

_AT_MOST, _BY_DEFAULT = 300, 100
_LATEST_AT_MOST = 1440  # of `market/candles`
_MINUTE = 60_000
_HOUR, _DAY = 60 * _MINUTE, 24 * 60 * _MINUTE
# A week begins on a Monday, and the first day of Unix time was a Thursday.
_MONDAY = 4 * _DAY
_CHINA = 8 * _HOUR
_SHORT = {
    **{f"{n}m": n * _MINUTE for n in (1, 3, 5, 15, 30)},
    **{f"{n}H": n * _HOUR for n in (1, 2, 4)},
}
# These open at midnight in China, or with `utc` in the name at midnight UTC.
_LONG = {
    **{f"{n}H": n * _HOUR for n in (6, 12)},
    **{f"{n}D": n * _DAY for n in (1, 2, 3)},
    "1W": 7 * _DAY,
}
_MONTHS = {"1M": 1, "3M": 3}
SIZES = (*_SHORT, *_LONG, *_MONTHS, *(f"{name}utc" for name in (*_LONG, *_MONTHS)))
"""What `bar` may be; the history has `1s` too."""

# Past this a date in China would have five digits for its year.
_LATEST = int(datetime(9999, 12, 1, tzinfo=UTC).timestamp() * 1000)


def list_candles(params: Params, price: Decimal, now: int, *, history: bool) -> list[list[str]]:
    """Return the candles that match the parameters, newest first.

    Args:
        params: Those of `GET /api/v5/market/candles`.
        price: The present price.
        now: The time, in Unix milliseconds.
        history: Whether all of them may be asked for, as of `history-candles`, or the latest 1,440.

    Raises:
        RefusedError: 51000 if `bar`, `after`, `before` or `limit` is not what OKX takes.
    """
    bar = params.get("bar") or "1m"
    after, before = parse_whole(params, "after"), parse_whole(params, "before")
    limit = min(parse_whole(params, "limit") or _BY_DEFAULT, _AT_MOST)
    current = next(_generate_starts(bar, now, history=history))
    last = now if after is None else min(now, after - 1)
    starts = _generate_starts(bar, max(last, 0), history=history)
    oldest = next(_generate_starts(bar, LISTED, history=history))
    if not history:
        latest = _generate_starts(bar, now, history=False)
        oldest = max(oldest, next(islice(latest, _LATEST_AT_MOST - 1, None)))
    text = format_decimal(price)
    rows = []
    for start in islice(starts, limit):
        if start < oldest or (before is not None and start <= before):
            break
        rows.append([str(start), *[text] * 4, *["0"] * 3, "0" if start == current else "1"])
    return rows


def _generate_starts(bar: object, moment: int, *, history: bool) -> Iterator[int]:
    """Yield the start of the candle of a moment, and of each candle before it, without end.

    Raises:
        RefusedError: 51000 if there is no candle of that size.
    """
    if not isinstance(bar, str):
        raise _refuse_bar()
    name, utc = bar.removesuffix("utc"), bar.endswith("utc")
    offset = 0 if utc else _CHINA
    if name in _MONTHS:
        yield from _generate_months(_MONTHS[name], moment, offset)
    elif bar in _SHORT or name in _LONG:
        size = _LONG.get(name) or _SHORT[bar]
        shift = (0 if bar in _SHORT else offset) - (_MONDAY if name == "1W" else 0)
        start = (moment + shift) // size * size - shift
        while True:
            yield start
            start -= size
    elif bar == "1s" and history:
        for start in range(moment // 1000 * 1000, -1, -1000):
            yield start
    else:
        raise _refuse_bar()


def _generate_months(months: int, moment: int, offset: int) -> Iterator[int]:
    day = datetime.fromtimestamp(min(moment + offset, _LATEST) / 1000, UTC)
    number = (day.year * 12 + day.month - 1) // months * months
    while True:
        year, month = divmod(number, 12)
        start = datetime(year, month + 1, 1, tzinfo=UTC)
        yield int(start.timestamp() * 1000) - offset
        number -= months


def _refuse_bar() -> RefusedError:
    return RefusedError("51000", f"bar is one of {', '.join(SIZES)}", "bar")
