"""One practice exchange: its clock, its keys, its market and its accounts."""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, get_args

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import (
    Params,
    Row,
    format_decimal,
    parse_choice,
    parse_whole,
    require_param,
)
from okx_guide.sandbox.state.account import Account
from okx_guide.sandbox.state.candles import LISTED, list_candles
from okx_guide.sandbox.state.clock import Clock
from okx_guide.sandbox.state.faults import Faults
from okx_guide.sandbox.state.journal import Journal
from okx_guide.sandbox.state.keyring import Keyring, parse_moment
from okx_guide.sandbox.state.keys import Key
from okx_guide.sandbox.state.market import INSTRUMENTS, Instrument, Market, find_instrument
from okx_guide.sandbox.state.orders import parse_decimal, parse_instrument_type
from okx_guide.sandbox.state.rate_limiter import RateLimiter
from okx_guide.sandbox.state.store import StateError, Store, check_fields

SUB_ACCOUNTS = ("practice1", "practice2")
"""The sub-accounts that every main account has from the start."""

Milliseconds = Literal["required", "optional"]
"""Whether the timestamp of a REST request must have a fraction of a second."""

_STATES = {"scheduled", "ongoing", "pre_open", "completed", "canceled"}
_FIRST_ORDER = 1_000_000_000_000_000_001


@lru_cache
def make_uid(owner: str) -> str:
    """Return the number of an account, 18 digits, always the same for the same owner."""
    digest = hashlib.sha256(owner.encode()).digest()
    return str(10**17 + int.from_bytes(digest[:7], "big") % 10**17)


class Exchange:
    """The state of one practice exchange.

    Args:
        keys: The keys that are there at the first start; the first is the ready one.
        clock: Returns the machine's time in Unix seconds.
        store: Where the state is kept; None keeps it in memory.
        random: Returns so many random bytes, for keys and codes.
        milliseconds: Whether the timestamp of a REST request must have a fraction of a second.
            `required` refuses one without, `optional` takes it. Sources disagree on what OKX does.
        journal: Where every request is written down; None for no such thing.

    Attributes:
        clock: The exchange's time, which can be turned.
        keys: Every API key.
        market: The prices.
        limits: The counted requests.
        faults: The refusals that were ordered.
        store: Where the state is kept. Callers that change something commit it.
        milliseconds: As it was started with.
        journal: Where every request is recorded; None while recording is off.

    Raises:
        ValueError: `milliseconds` is neither.
    """

    def __init__(
        self,
        keys: Sequence[Key],
        clock: Callable[[], float] = time.time,
        store: Store | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
        milliseconds: Milliseconds = "required",
        journal: Journal | None = None,
    ) -> None:
        if milliseconds not in get_args(Milliseconds):
            raise ValueError(f"milliseconds is required or optional, not {milliseconds!r}")
        self.milliseconds = milliseconds
        self.journal = self._first_journal = journal
        self._first_keys = tuple(keys)
        self.store = store or Store()
        self.clock = Clock(clock)
        # Everything is read before anything is written: a damaged file is left as it was.
        self.store.load("ready", Key.from_row)
        self.limits = RateLimiter(self.now)
        self.faults = Faults()
        self._load_clock()
        self.keys = Keyring(self.clock, self.store, random)
        self.market = Market()
        self._load_prices()
        self._accounts: dict[str, Account] = {}
        for owner in self.store.rows("account"):
            self._open_account(owner)
        self._peek_order_id()
        self.store.protect()
        self._add_first_keys()
        self.store.commit()

    @property
    def ready_key(self) -> Key:
        """The first of the keys it was started with, as it is now; as it was, if it is gone."""
        first = self._first_keys[0]
        return self.keys.get(first.api_key) or first

    def _add_first_keys(self) -> None:
        """Add the keys it was started with, unless they were there in this form before.

        Later edits and deletions of them are kept.
        """
        known = self.store.load("ready", Key.from_row)
        for key in self._first_keys:
            if known.get(key.api_key) != key:
                self.store.put("ready", key.api_key, key.to_row())
                self.keys.add(key)

    def commit(self) -> None:
        """Store every change, or undo all of them.

        Raises:
            StateError: The disk is full, for example. The exchange is as it was before.
        """
        try:
            self.store.commit()
        except StateError:
            self._load_clock()
            self.keys.load()
            self._load_prices()
            for account in self._accounts.values():
                account.load()
            raise

    def keep_clock(self) -> None:
        """Store the setting of the clock; the caller commits."""
        self.store.put("clock", "skew", self.clock.skew)
        if self.clock.frozen:
            self.store.put("clock", "frozen", self.clock.now())
        else:
            self.store.delete("clock", "frozen")

    def _load_clock(self) -> None:
        moments = self.store.load("clock", parse_moment)
        self.clock.restore(moments.get("skew", 0.0), moments.get("frozen"))

    def _load_prices(self) -> None:
        self.market.reset()
        self.store.load(
            "price", lambda name, price: self.market.move(INSTRUMENTS[name], parse_decimal(price))
        )

    def reset(self) -> None:
        """Return to the state of a new exchange: keys, money, prices, clock, counters, journal."""
        self.clock.unfreeze()
        self.clock.set_skew(0)
        self.market.reset()
        self.limits = RateLimiter(self.now)
        self.faults.clear()
        self.journal = self._first_journal
        if self.journal is not None:
            self.journal.clear()
        self.keys.clear()
        self._accounts.clear()
        self.store.clear()
        self._add_first_keys()
        self.commit()

    def record(self) -> Journal:
        """Write down every request from now on, and return the empty journal."""
        self.journal = Journal() if self._first_journal is None else self._first_journal
        self.journal.clear()
        return self.journal

    def now(self) -> float:
        """Return the exchange's time in Unix seconds."""
        return self.clock.now()

    def account(self, key: Key) -> Account:
        """Return the account that a key opens."""
        account = self._accounts.get(key.owner) or self._open_account(key.owner)
        account.expire_orders()
        return account

    def _open_account(self, owner: str) -> Account:
        ids = self._generate_order_ids()
        self._accounts[owner] = Account(owner, self.market, self.clock, self.store, ids)
        return self._accounts[owner]

    def move_price(self, instrument: Instrument, price: Decimal) -> None:
        """Set the price of a pair; waiting orders that it reaches are filled.

        Raises:
            ValueError: The price is not a positive multiple of the pair's tick.
        """
        self.market.move(instrument, price)
        self.store.put("price", instrument.id, str(price))
        for account in self._accounts.values():
            account.expire_orders()
            account.match_orders(instrument)

    def _generate_order_ids(self) -> Iterator[int]:
        while True:
            number = self._peek_order_id()
            self.store.put("next", "order", number + 1)
            yield number

    def _peek_order_id(self) -> int:
        def parse(_: str, row: Any) -> int:
            return int(check_fields({"order": row}, {"order": int})["order"])

        return self.store.load("next", parse).get("order", _FIRST_ORDER)

    # --- public -------------------------------------------------------------------

    def time(self, params: Params, key: None) -> list[Row]:
        """Answer `GET /api/v5/public/time`. The number is Unix milliseconds."""
        return [{"ts": str(self._read_clock())}]

    def instruments(self, params: Params, key: Key | None) -> list[Row]:
        """Answer `GET /api/v5/public/instruments` and `GET /api/v5/account/instruments`."""
        type_ = parse_instrument_type(params)
        id_ = params.get("instId")
        if id_ and id_ not in INSTRUMENTS:
            raise RefusedError("51001")
        # Only the public endpoint still has this one.
        more = {} if key else {"category": "1"}
        return [
            _make_instrument_row(instrument) | more
            for instrument in _list_instruments(type_, params)
            if id_ in (None, "", instrument.id)
        ]

    def ticker(self, params: Params, key: None) -> list[Row]:
        """Answer `GET /api/v5/market/ticker`."""
        return [self.make_ticker_row(find_instrument(require_param(params, "instId")))]

    def tickers(self, params: Params, key: None) -> list[Row]:
        """Answer `GET /api/v5/market/tickers`."""
        listed = _list_instruments(parse_instrument_type(params), params)
        return [self.make_ticker_row(instrument) for instrument in listed]

    def books(self, params: Params, key: None) -> list[Row]:
        """Answer `GET /api/v5/market/books`: one offer on each side, at any depth."""
        ticker = self.make_ticker_row(find_instrument(require_param(params, "instId")))
        if not 1 <= (parse_whole(params, "sz") or 1) <= 400:
            raise RefusedError("51000", "sz is 1 to 400", "sz")
        return [
            {
                # Price, size, a part that OKX no longer uses, number of orders.
                "asks": [[ticker["askPx"], ticker["askSz"], "0", "1"]],
                "bids": [[ticker["bidPx"], ticker["bidSz"], "0", "1"]],
                "ts": ticker["ts"],
                "seqId": int(ticker["ts"]),
            }
        ]

    def candles(self, params: Params, key: None) -> list[list[str]]:
        """Answer `GET /api/v5/market/candles`."""
        return self._list_candles(params, history=False)

    def history_candles(self, params: Params, key: None) -> list[list[str]]:
        """Answer `GET /api/v5/market/history-candles`."""
        return self._list_candles(params, history=True)

    def _list_candles(self, params: Params, *, history: bool) -> list[list[str]]:
        price = self.market.get_price(find_instrument(require_param(params, "instId")))
        return list_candles(params, price, self._read_clock(), history=history)

    def trades(self, params: Params, key: None) -> list[Row]:
        """Answer `GET /api/v5/market/trades`: one trade, at the present price."""
        ticker = self.make_ticker_row(find_instrument(require_param(params, "instId")))
        parse_whole(params, "limit")
        trade = {"tradeId": "1", "side": "buy", "source": "0"}
        return [
            trade
            | {"instId": ticker["instId"], "px": ticker["last"], "sz": ticker["lastSz"]}
            | {"ts": ticker["ts"]}
        ]

    def status(self, params: Params, key: None) -> list[Row]:
        """Answer `GET /api/v5/system/status`: no maintenance is planned."""
        if params.get("state"):
            parse_choice(params, "state", _STATES)
        return []

    def make_ticker_row(self, instrument: Instrument) -> Row:
        """Return the price of a pair as `market/ticker` and the `tickers` channel show it."""
        price = self.market.get_price(instrument)
        tick = Decimal(instrument.tick)
        return {
            "instType": instrument.type,
            "instId": instrument.id,
            "last": format_decimal(price),
            "lastSz": instrument.smallest,
            "askPx": format_decimal(price + tick),
            "askSz": "1",
            "bidPx": format_decimal(price - tick),
            "bidSz": "1",
            "open24h": format_decimal(price),
            "high24h": format_decimal(price),
            "low24h": format_decimal(price),
            "volCcy24h": "0",
            "vol24h": "0",
            "sodUtc0": format_decimal(price),
            "sodUtc8": format_decimal(price),
            "ts": str(self._read_clock()),
        }

    # --- the key itself -----------------------------------------------------------

    def config(self, params: Params, key: Key) -> list[Row]:
        """Answer `GET /api/v5/account/config`: what this key is and may do."""
        return [
            {
                "acctLv": self.account(key).mode,
                "ip": ",".join(key.ips),
                "type": "1" if key.account else "0",
                "label": key.label,
                "mainUid": make_uid(key.owner.removesuffix(key.account)),
                "perm": ",".join(key.permissions),
                "uid": make_uid(key.owner),
            }
        ]

    def withdrawal(self, params: Params, key: Key) -> list[Row]:
        """Answer `POST /api/v5/asset/withdrawal`: always a refusal."""
        if key.demo:
            raise RefusedError("50038")
        if key.account:
            raise RefusedError(
                "50030", "sub-accounts do not withdraw; use a key of the main account"
            )
        for name in ("ccy", "amt", "dest", "toAddr"):
            require_param(params, name)
        raise RefusedError("58207", "this sandbox has no verified address, so nothing can leave it")

    def _read_clock(self) -> int:
        return int(self.now() * 1000)


def _list_instruments(type_: str, params: Params) -> list[Instrument]:
    """Return the instruments of a type, or of the family that is named."""
    family = params.get("instFamily")
    return [
        instrument
        for instrument in INSTRUMENTS.values()
        if instrument.type == type_ and family in (None, "", instrument.family)
    ]


def _make_instrument_row(instrument: Instrument) -> Row:
    row = {
        "instType": instrument.type,
        "instId": instrument.id,
        "baseCcy": instrument.base,
        "quoteCcy": instrument.quote,
        "tickSz": instrument.tick,
        "lotSz": instrument.lot,
        "minSz": instrument.smallest,
        "lever": "10",
        "state": "live",
        "settleCcy": "",
        "ctVal": "",
        "ctMult": "",
        "ctValCcy": "",
        "ctType": "",
        "expTime": "",
        "listTime": str(LISTED),
        "instFamily": "",
        "uly": "",
        "optType": "",
        "stk": "",
        "ruleType": "normal",
        "maxLmtSz": "9999999999",
        "maxMktSz": "",
        "maxLmtAmt": "1000000",
        "maxMktAmt": "1000000",
        "maxTwapSz": "9999999999",
        "maxIcebergSz": "9999999999",
        "maxTriggerSz": "9999999999",
        "groupId": "1",
        "tradeQuoteCcyList": [instrument.quote],
        "instIdCode": instrument.code,
        "instCategory": "1",
    }
    return row | _make_contract(instrument) if instrument.contract else row


def _make_contract(instrument: Instrument) -> Row:
    """Return what a swap has beside a spot pair, or in its place."""
    return {
        "baseCcy": "",
        "quoteCcy": "",
        "settleCcy": instrument.quote,
        "uly": instrument.pair,
        "instFamily": instrument.family,
        "ctVal": instrument.contract,
        "ctMult": "1",
        "ctValCcy": instrument.base,
        "ctType": "linear",
        "maxMktSz": "1000000",
        "maxMktAmt": "",
        "groupId": "2",
        "tradeQuoteCcyList": [],
    }
