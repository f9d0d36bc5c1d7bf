from decimal import Decimal

import pytest

from okx_guide.sandbox.state.market import INSTRUMENTS, Instrument, Market

BTC, ETH = INSTRUMENTS["BTC-USDT"], INSTRUMENTS["ETH-USDT"]


def test_an_instrument_is_named_by_its_currencies() -> None:
    assert {
        name: (instrument.id, instrument.type, instrument.family)
        for name, instrument in INSTRUMENTS.items()
    } == {
        "BTC-USDT": ("BTC-USDT", "SPOT", ""),
        "ETH-USDT": ("ETH-USDT", "SPOT", ""),
        "BTC-USDT-SWAP": ("BTC-USDT-SWAP", "SWAP", "BTC-USDT"),
    }
    assert len({instrument.code for instrument in INSTRUMENTS.values()}) == len(INSTRUMENTS)


@pytest.mark.parametrize("pair", INSTRUMENTS.values(), ids=INSTRUMENTS)
def test_the_smallest_amount_is_a_multiple_of_the_lot(pair: Instrument) -> None:
    assert Decimal(pair.smallest) % Decimal(pair.lot) == 0
    assert Market().get_price(pair) % Decimal(pair.tick) == 0


def test_a_price_moves_alone_and_is_told() -> None:
    market = Market()
    moves: list[tuple[str, Decimal]] = []
    market.watchers.append(lambda pair: moves.append((pair.id, market.get_price(pair))))
    market.move(BTC, Decimal("40000.1"))
    assert moves == [("BTC-USDT", Decimal("40000.1"))]
    assert market.get_price(ETH) == Market().get_price(ETH)


@pytest.mark.parametrize(
    "price", ["0", "-0.1", "0.05", "40000.01", "1000000000", "Infinity", "-Infinity", "NaN", "sNaN"]
)
def test_an_impossible_price_is_refused_and_nobody_is_told(price: str) -> None:
    market = Market()
    moves: list[Instrument] = []
    market.watchers.append(moves.append)
    with pytest.raises(ValueError, match="BTC-USDT"):
        market.move(BTC, Decimal(price))
    assert market.get_price(BTC) == 50000
    assert moves == []


@pytest.mark.parametrize("price", ["0.1", "999999999.9", "1E+5"])
def test_every_multiple_of_the_tick_is_a_price(price: str) -> None:
    market = Market()
    market.move(BTC, Decimal(price))
    assert market.get_price(BTC) == Decimal(price)


def test_a_reset_brings_back_the_opening_prices() -> None:
    market = Market()
    market.move(BTC, Decimal(1))
    market.move(ETH, Decimal(1))
    market.reset()
    assert [market.get_price(pair) for pair in (BTC, ETH)] == [Decimal(50000), Decimal(2500)]
