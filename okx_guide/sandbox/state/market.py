"""Two spot pairs. Their prices stand still until somebody moves them."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from okx_guide.sandbox.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Instrument:
    """A spot pair. Amounts are decimal strings, as on the wire.

    Attributes:
        code: Its number, `instIdCode`. At OKX the demo has other numbers than live trading.
    """

    base: str
    quote: str
    tick: str
    lot: str
    smallest: str
    code: int

    @property
    def id(self) -> str:
        """For example `BTC-USDT`."""
        return f"{self.base}-{self.quote}"


INSTRUMENTS = {
    instrument.id: instrument
    for instrument in (
        Instrument("BTC", "USDT", "0.1", "0.00000001", "0.00001", 1),
        Instrument("ETH", "USDT", "0.01", "0.000001", "0.0001", 2),
    )
}


def find_instrument(name: str) -> Instrument:
    """Return the pair of that name.

    Raises:
        RefusedError: 51001.
    """
    instrument = INSTRUMENTS.get(name)
    if instrument is None:
        raise RefusedError("51001", f"this sandbox has {', '.join(INSTRUMENTS)}")
    return instrument


# Round on purpose: nobody should take them for a market's.
_OPENING = {"BTC-USDT": Decimal(50000), "ETH-USDT": Decimal(2500)}

_PRICE_BELOW = 10**9


class Market:
    """The prices. Everybody who trades on the practice exchange sees the same.

    Attributes:
        watchers: Called with the instrument whose price has moved.
    """

    def __init__(self) -> None:
        self.watchers: list[Callable[[Instrument], None]] = []
        self._prices = dict(_OPENING)

    def reset(self) -> None:
        """Return to the opening prices and tell whoever watches."""
        self._prices = dict(_OPENING)
        for instrument in INSTRUMENTS.values():
            self._notify(instrument)

    def get_price(self, instrument: Instrument) -> Decimal:
        """Return the price of a pair, in its quote currency."""
        return self._prices[instrument.id]

    def move(self, instrument: Instrument, price: Decimal) -> None:
        """Set the price of a pair and tell whoever watches.

        Raises:
            ValueError: The price is not a positive multiple of the pair's tick.
        """
        if (
            not price.is_finite()
            or not 0 < price < _PRICE_BELOW
            or price % Decimal(instrument.tick)
        ):
            raise ValueError(f"A price of {instrument.id} is a multiple of {instrument.tick}.")
        self._prices[instrument.id] = price
        self._notify(instrument)

    def _notify(self, instrument: Instrument) -> None:
        for watcher in tuple(self.watchers):
            watcher(instrument)
