from decimal import Decimal
from itertools import pairwise

import pytest

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.state.candles import LISTED, list_candles

NOW = 1_607_418_537_715  # 2020-12-08T09:08:57.715Z, a Tuesday
PRICE = Decimal(50000)


def find_starts(
    bar: str = "1m", *, history: bool = False, now: int = NOW, **params: str
) -> list[int]:
    rows = list_candles({"bar": bar} | params, PRICE, now, history=history)
    return [int(row[0]) for row in rows]


def test_a_candle_shows_the_price_and_only_the_newest_is_open() -> None:
    rows = list_candles({"limit": "3"}, Decimal("50000.0"), NOW, history=False)
    shown = ["50000", "50000", "50000", "50000", "0", "0", "0"]
    assert rows == [
        ["1607418480000", *shown, "0"],
        ["1607418420000", *shown, "1"],
        ["1607418360000", *shown, "1"],
    ]


@pytest.mark.parametrize(
    ("bar", "start"),
    [
        ("1m", 1_607_418_480_000),
        ("15m", 1_607_418_000_000),
        ("4H", 1_607_414_400_000),
        # These open at midnight in China, the others at midnight in Greenwich.
        ("6H", 1_607_400_000_000),
        ("12Hutc", 1_607_385_600_000),
        ("1D", 1_607_356_800_000),
        ("1Dutc", 1_607_385_600_000),
        ("1W", 1_607_270_400_000),
        ("1Wutc", 1_607_299_200_000),
        ("1M", 1_606_752_000_000),
        ("1Mutc", 1_606_780_800_000),
    ],
)
def test_a_candle_begins_when_okx_says(bar: str, start: int) -> None:
    assert find_starts(bar, limit="1") == [start]


def test_a_quarter_begins_with_its_first_month() -> None:
    assert find_starts("3Mutc", now=1_617_235_200_000, limit="2") == [
        1_617_235_200_000,
        1_609_459_200_000,
    ]


@pytest.mark.parametrize("bar", ["1m", "2H", "2D", "1W", "1M", "3Mutc"])
def test_a_page_goes_on_where_the_one_before_it_ended(bar: str) -> None:
    now = NOW + 10**11
    whole = find_starts(bar, now=now, limit="10", history=True)
    first = find_starts(bar, now=now, limit="4", history=True)
    second = find_starts(bar, now=now, limit="6", history=True, after=str(first[-1]))
    assert whole == first + second
    assert all(later > earlier for later, earlier in pairwise(whole))
    newer = find_starts(bar, now=now, limit="10", history=True, before=str(whole[3]))
    assert newer == whole[:3]


@pytest.mark.parametrize(("limit", "rows"), [("", 100), ("0", 100), ("300", 300), ("9999", 300)])
def test_a_page_has_no_more_candles_than_at_okx(limit: str, rows: int) -> None:
    assert len(find_starts(limit=limit)) == rows


def test_the_latest_are_1440_and_the_history_goes_back_to_the_listing() -> None:
    last = NOW // 60_000 * 60_000 - 1439 * 60_000
    assert find_starts(after=str(last + 60_000)) == [last]
    assert find_starts(after=str(last)) == []
    assert find_starts(after=str(last), history=True, limit="1") == [last - 60_000]
    first = LISTED // 60_000 * 60_000
    assert find_starts(after=str(LISTED), history=True) == [first]
    assert find_starts(after=str(first), history=True) == []
    assert find_starts("1D", after="0", history=True) == []
    assert find_starts("1D", now=0) == []


def test_seconds_are_in_the_history_only() -> None:
    assert find_starts("1s", history=True, limit="2") == [1_607_418_537_000, 1_607_418_536_000]
    with pytest.raises(RefusedError, match="51000"):
        find_starts("1s")


@pytest.mark.parametrize("now", [0, 253_402_300_799_000])
@pytest.mark.parametrize("bar", ["1m", "1W", "1M", "3Mutc"])
def test_the_clock_may_be_anywhere(bar: str, now: int) -> None:
    assert len(find_starts(bar, now=now)) == (100 if now else 0)


@pytest.mark.parametrize("bar", ["2m", "1h", "1mutc", "1Hutc", "utc", "1M utc", "0m", "\x00"])
def test_another_size_is_refused(bar: str) -> None:
    with pytest.raises(RefusedError, match="51000"):
        find_starts(bar)


@pytest.mark.parametrize("name", ["after", "before", "limit"])
@pytest.mark.parametrize("value", ["-1", "1.5", "now", "1" * 20])
def test_what_is_no_number_is_refused(name: str, value: str) -> None:
    with pytest.raises(RefusedError, match="51000"):
        list_candles({name: value}, PRICE, NOW, history=True)
