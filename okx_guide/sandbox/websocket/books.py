"""The order books as the WebSocket shows them: one offer on each side, and how they change.

Shapes follow OKX's page on the order book channel (docs-v5, copy of 2026-08-22); the checksum
that of fact `books-checksum`.
"""

from dataclasses import dataclass

from okx_guide import facts
from okx_guide.sandbox.params import Row
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.market import INSTRUMENTS, Instrument

_CHECKSUM = facts.rule("books-checksum", "checksum", int)
# A level of size 0 is removed: nobody offers at that price any more.
_NOTHING = ["0", "0", "0"]

_Levels = list[list[str]]


@dataclass(frozen=True, slots=True)
class Book:
    """The order book of one pair at one moment.

    Attributes:
        sequence: Larger than before at every change, and the same for all who watch.
        previous: The sequence before.
        asks: Price, size, a part that OKX no longer uses, number of orders.
        bids: The same.
        before: The sides as they were, to tell what changed.
        moment: Unix milliseconds, as text.
    """

    instrument: Instrument
    sequence: int
    previous: int
    asks: _Levels
    bids: _Levels
    before: tuple[_Levels, _Levels]
    moment: str

    @property
    def is_changed(self) -> bool:
        """Whether it differs from the one before."""
        return (self.asks, self.bids) != self.before

    def make_snapshot(self) -> Row:
        """Return it as `books` shows it at first."""
        return self._make_row(self.asks, self.bids, -1)

    def make_update(self) -> Row:
        """Return what `books` pushes: what is gone, and what is new."""
        asks, bids = (
            [*([level[0], *_NOTHING] for level in was if level not in now), *now]
            for was, now in zip(self.before, (self.asks, self.bids), strict=True)
        )
        return self._make_row(asks, bids, self.previous)

    def make_top(self) -> Row:
        """Return it as `bbo-tbt` shows it, always whole."""
        top = {"asks": self.asks, "bids": self.bids, "ts": self.moment}
        return top | {"seqId": self.sequence}

    def make_five(self) -> Row:
        """Return it as `books5` shows it, always whole."""
        return self.make_top() | {"instId": self.instrument.id}

    def _make_row(self, asks: _Levels, bids: _Levels, previous: int) -> Row:
        sides: Row = {"asks": asks, "bids": bids, "ts": self.moment}
        return sides | {"checksum": _CHECKSUM, "prevSeqId": previous, "seqId": self.sequence}


class Books:
    """The books of all pairs, from the start of the exchange on.

    Args:
        exchange: Whose prices they show.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._books: dict[str, Book] = {}
        for instrument in INSTRUMENTS.values():
            self._change(instrument)
        # Registered before the connections' own, which read what this one records.
        exchange.market.watchers.insert(0, self._change)

    def get(self, instrument: Instrument) -> Book:
        """Return the present book of a pair."""
        return self._books[instrument.id]

    def _change(self, instrument: Instrument) -> None:
        (row,) = self._exchange.books({"instId": instrument.id}, None)
        asks, bids = row["asks"], row["bids"]
        last = self._books.get(instrument.id)
        before = (last.asks, last.bids) if last else (asks, bids)
        previous = last.sequence if last else -1
        is_same = last is not None and before == (asks, bids)
        sequence = previous if is_same else max(previous + 1, int(row["ts"]))
        self._books[instrument.id] = Book(
            instrument, sequence, previous, asks, bids, before, row["ts"]
        )
