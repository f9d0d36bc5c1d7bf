"""Two spot pairs and a perpetual swap, whose prices move only on request."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from okx_guide.sandbox.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Instrument:
    """A spot pair, or a swap on one. Amounts are decimal strings, as on the wire.

    Attributes:
        tick: The smallest step of its price.
        lot: The smallest step of a size, in the base currency; of a swap, in contracts.
        smallest: The smallest size.
        contract: How much of the base currency one contract is; empty for a spot pair.
        code: Its number, `instIdCode`. At OKX the demo has other numbers than live trading.
    """

    base: str
    quote: str
    tick: str
    lot: str
    smallest: str
    code: int
    contract: str = ""

    @property
    def id(self) -> str:
        """For example `BTC-USDT`, or `BTC-USDT-SWAP`."""
        return f"{self.pair}-SWAP" if self.contract else self.pair

    @property
    def pair(self) -> str:
        """For example `BTC-USDT`, also of a swap."""
        return f"{self.base}-{self.quote}"

    @property
    def type(self) -> str:
        """`SPOT` or `SWAP`."""
        return "SWAP" if self.contract else "SPOT"

    @property
    def family(self) -> str:
        """The parameter `instFamily`; spot pairs have none."""
        return self.pair if self.contract else ""


INSTRUMENTS = {
    instrument.id: instrument
    for instrument in (
        Instrument("BTC", "USDT", "0.1", "0.00000001", "0.00001", 1),
        Instrument("ETH", "USDT", "0.01", "0.000001", "0.0001", 2),
        Instrument("BTC", "USDT", "0.1", "0.01", "0.01", 3, contract="0.01"),
    )
}


def find_instrument(name: str) -> Instrument:
    """Return the instrument of that name.

    Raises:
        RefusedError: 51001.
    """
    instrument = INSTRUMENTS.get(name)
    if instrument is None:
        raise RefusedError("51001", f"this sandbox has {', '.join(INSTRUMENTS)}")
    return instrument


# Round on purpose, so that they are not mistaken for market prices.
_OPENING = {
    "BTC-USDT": Decimal(50000),
    "ETH-USDT": Decimal(2500),
    "BTC-USDT-SWAP": Decimal(50000),
}

_PRICE_BELOW = 10**9


class Market:
    """The prices, the same for every account of the practice exchange.

    Attributes:
        watchers: Called with the instrument whose price has moved.
    """

    def __init__(self) -> None:
        self.watchers: list[Callable[[Instrument], None]] = []
        self._prices = dict(_OPENING)

    def reset(self) -> None:
        """Return to the opening prices and notify the watchers."""
        self._prices = dict(_OPENING)
        for instrument in INSTRUMENTS.values():
            self._notify(instrument)

    def get_price(self, instrument: Instrument) -> Decimal:
        """Return the price of a pair, in its quote currency."""
        return self._prices[instrument.id]

    def move(self, instrument: Instrument, price: Decimal) -> None:
        """Set the price of a pair and notify the watchers.

        Raises:
            ValueError: The price is not a positive multiple of the pair's tick.
        """
        if (
            not price.is_finite()
            or not 0 < price < _PRICE_BELOW
            or price % Decimal(instrument.tick)
        ):
            raise ValueError(
                f"A price of {instrument.id} is above 0, and a multiple of {instrument.tick}."
            )
        self._prices[instrument.id] = price
        self._notify(instrument)

    def _notify(self, instrument: Instrument) -> None:
        for watcher in tuple(self.watchers):
            watcher(instrument)
