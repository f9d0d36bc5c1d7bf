"""The WebSockets of the practice exchange as an ASGI application.

Messages and codes follow OKX's pages on the WebSocket (docs-v5, copy of 2026-08-22), the
facts whose names begin with `ws-` and the WebSocket rows of `facts/limits.json`.
"""

import asyncio
import json
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeVar

from starlette.types import Message, Receive, Scope, Send

from okx_guide import facts
from okx_guide.redact import WITHHELD, contains_secret, make_printable
from okx_guide.sandbox.authentication import Login, log_in
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Row
from okx_guide.sandbox.ports import PortRole, find_role, parse_address
from okx_guide.sandbox.state.account import Account
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.journal import Check, Reach, skip
from okx_guide.sandbox.state.keys import Key, list_secrets
from okx_guide.sandbox.state.market import INSTRUMENTS, Instrument
from okx_guide.sandbox.state.rate_limiter import RateLimiter
from okx_guide.sandbox.state.store import StateError
from okx_guide.sandbox.trace import trace_login
from okx_guide.sandbox.websocket import channels
from okx_guide.sandbox.websocket.books import Book, Books
from okx_guide.sandbox.websocket.channels import WS_PATHS, Subscription, parse_subscription
from okx_guide.sandbox.websocket.operations import OPERATIONS, carry_out

LARGEST = 64 << 10
"""Bytes of the largest message that is read. OKX allows 64 KB for the channels of a
subscription; what it allows elsewhere, no page says."""

_CODES = facts.load("errors")
_LIMITS = facts.load("limits")
_CONNECTS = _LIMITS["WebSocket connections"].value
_OPERATIONS = _LIMITS["WebSocket login, subscribe, unsubscribe"].value
_SILENCE = facts.rule("ws-keep-alive", "seconds", int)
_AFTER_NOTICE = facts.rule("ws-upgrade-notice", "seconds_before", int)
_PER_CHANNEL = facts.rule("ws-private-connections", "connections", int)

_Watcher = TypeVar("_Watcher", bound=Callable[..., None])

# Seconds between two looks at the clock, which may be changed at any time.
_LOOK_EVERY = 0.1
# Messages that may wait for a client; with more it is dropped, as with close code 4005.
_WAITING_AT_MOST = 256
_GOING_AWAY = 1001
# The answers that repeat the `id` of the request.
_NAMED = {"login", "subscribe", "unsubscribe", "error"}
_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)


class Sockets:
    """One ASGI endpoint for the three WebSocket addresses.

    Args:
        exchange: What is asked.
        places: What each port stands for.
    """

    def __init__(self, exchange: Exchange, places: Mapping[int, PortRole]) -> None:
        self._exchange = exchange
        self._places = places
        self._books = Books(exchange)
        self._open: list[Connection] = []
        self._looking: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it closes."""
        root, _, endpoint = scope["path"].rpartition("/")
        client = parse_address(scope)
        if root != "/ws/v5" or endpoint not in WS_PATHS:
            addresses = ", ".join(f"/ws/v5/{name}" for name in WS_PATHS)
            return await _reject(send, 404, f"The WebSockets are {addresses}.")
        limits = self._exchange.limits
        caller = ("connect", str(client))
        if not limits.allow(caller, _CONNECTS["requests"], _CONNECTS["seconds"]):
            allowed = f"{_CONNECTS['requests']} in {_CONNECTS['seconds']} s"
            return await _reject(send, 429, f"Too many connections: {allowed} per IP.")
        place = find_role(scope, self._places)
        connection = Connection(
            self._exchange, self._books, endpoint, place, client, self._count_others
        )
        self._open.append(connection)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._check_deadlines())
        try:
            await connection.serve(receive, send)
        finally:
            self._open.remove(connection)

    def send_notice(self) -> None:
        """Tell everybody that the connection will close, as before an upgrade (64008)."""
        for connection in self._open:
            connection.send_notice()

    async def _check_deadlines(self) -> None:
        while self._open:
            for connection in self._open:
                connection.check_deadlines()
            await asyncio.sleep(_LOOK_EVERY)

    def _count_others(self, channel: str, owner: str) -> int:
        return sum(connection.is_logged_in_with(channel, owner) for connection in self._open)


class Connection:
    """One client.

    Args:
        exchange: What is asked.
        books: Its order books.
        endpoint: `public`, `private` or `business`.
        place: What the port stands for.
        client: The caller's address.
        count: Returns how many connections have a channel of an account.
    """

    def __init__(
        self,
        exchange: Exchange,
        books: Books,
        endpoint: str,
        place: PortRole,
        client: IPv4Address | IPv6Address,
        count: Callable[[str, str], int],
    ) -> None:
        self._exchange = exchange
        self._books = books
        self._endpoint = endpoint
        self._place = place
        self._client = client
        self._count = count
        self._id = secrets.token_hex(4)
        # Its own, so that what is counted goes with it.
        self._limits = RateLimiter(exchange.now)
        self._key: Key | None = None
        self._account: Account | None = None
        # With the sequence number of the first snapshot: older pushes are left out.
        self._subscriptions: dict[Subscription, int] = {}
        self._loop = asyncio.get_running_loop()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue(_WAITING_AT_MOST)
        self._watching = ExitStack()
        self._closing = False
        self._closes_at: float | None = None
        self._active = exchange.now()

    def is_logged_in_with(self, channel: str, owner: str) -> bool:
        """Return whether it has subscribed to a channel of an account."""
        is_owner = self._key is not None and self._key.owner == owner
        return is_owner and any(subscribed.channel == channel for subscribed in self._subscriptions)

    # --- the wire -----------------------------------------------------------------

    async def serve(self, receive: Receive, send: Send) -> None:
        """Read and write until one side closes."""
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        self._watch(self._exchange.keys.watchers, self._react_to_key_change)
        self._watch(self._exchange.market.watchers, self._react_to_price)
        tasks = [asyncio.create_task(work) for work in (self._read(receive), self._write(send))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._watching.close()
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for result in ended:
            # The client may be gone at any time (OSError); anything else is a bug of ours.
            if isinstance(result, Exception) and not isinstance(result, OSError):
                raise result

    async def _read(self, receive: Receive) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            self._active = self._exchange.now()
            for answer in self._handle_text(message):
                # A client that does not read is not read from either.
                await self._outbox.put({"type": "websocket.send", "text": answer})

    async def _write(self, send: Send) -> None:
        while True:
            message = await self._outbox.get()
            self._active = self._exchange.now()
            await send(message)
            if message["type"] == "websocket.close":
                return

    def _push(self, event: Row) -> None:
        if self._closing:
            return
        try:
            self._outbox.put_nowait({"type": "websocket.send", "text": _to_json(event)})
        except asyncio.QueueFull:
            self._close("4005")

    def _close(self, code: str, reason: str = "") -> None:
        """Close after what waits has been sent; if too much waits, drop it."""
        if self._closing:
            return
        self._closing = True
        self._watching.close()
        while self._outbox.full():
            self._outbox.get_nowait()
        reason = reason or _CODES[code].value["message"]
        self._outbox.put_nowait({"type": "websocket.close", "code": int(code), "reason": reason})

    # --- what happens on the exchange ---------------------------------------------

    def check_deadlines(self) -> None:
        """Look at the clock: has the key expired, was there a notice, is it silent?"""
        now = self._exchange.now()
        self._active = min(self._active, now)  # the clock may have been set back
        if self._key and self._exchange.keys.get(self._key.api_key) is None:
            self._close("4007")  # it has expired
        elif self._closes_at is not None and now >= self._closes_at:
            self._close(str(_GOING_AWAY), "Service upgrade")
        elif now - self._active > _SILENCE:
            self._close("4004")

    def send_notice(self) -> None:
        """Say that the connection will close. `/business` has no such message."""
        if self._endpoint == "business":
            return
        self._closes_at = self._exchange.now() + _AFTER_NOTICE
        message = _CODES["64008"].value["message"]
        self._push({"event": "notice", "code": "64008", "msg": message, "connId": self._id})

    def _watch(self, watchers: list[_Watcher], watcher: _Watcher) -> None:
        watchers.append(watcher)
        self._watching.callback(watchers.remove, watcher)

    def _react_to_key_change(self, api_key: str) -> None:
        if self._key and self._key.api_key == api_key:
            self._call_soon(self._close, "4007")

    def _react_to_price(self, instrument: Instrument) -> None:
        row, book = self._exchange.make_ticker_row(instrument), self._books.get(instrument)
        self._call_soon(self._push_price, row, book)

    def _react_to_account_change(self, channel: str, rows: list[Row]) -> None:
        if self._account is not None:
            (balance,) = self._account.balance({})
            for change in channels.list_changes(channel, rows, balance):
                self._call_soon(self._push_change, *change)

    def _push_price(self, row: Row, book: Book) -> None:
        for subscribed, sequence in tuple(self._subscriptions.items()):
            push = channels.make_price_push(subscribed, row, book)
            if push and (not channels.has_sequence(subscribed) or book.sequence > sequence):
                self._push(push)

    def _push_change(self, channel: str, rows: list[Row]) -> None:
        for subscribed in tuple(self._subscriptions):
            if self._key and (
                push := channels.make_change_push(subscribed, channel, self._key.owner, rows)
            ):
                self._push(push)

    def _call_soon(self, call: Callable[..., None], *args: Any) -> None:
        # The exchange may be changed from another thread than the server's: by a test.
        with suppress(RuntimeError):  # the server has stopped
            self._loop.call_soon_threadsafe(call, *args)

    # --- requests -----------------------------------------------------------------

    def _handle_text(self, message: Message) -> list[str]:
        if self._closing:
            return []
        text = message.get("text")
        if text == "ping":
            return ["pong"]
        request: Row = {}
        journal = self._exchange.journal
        reached: list[Check] = []
        try:
            request = _parse_request(text)
            events = self._operate(request, skip if journal is None else reached.append)
        except RefusedError as refused:
            events = [self._make_error(refused)]
        if journal is not None and text and request.get("op") == "login":
            journal.add(
                trace_login(
                    self._exchange,
                    text,
                    request.get("args"),
                    f"/ws/v5/{self._endpoint}",
                    self._client,
                    self._place.site,
                    reached,
                    events[0],
                )
            )
        named = {"id": request["id"]} if _is_id(request.get("id")) else {}
        return [
            self._redact(named | event if event.get("event") in _NAMED else event)
            for event in events
        ]

    def _operate(self, request: Row, reach: Reach) -> list[Row]:
        if not _is_id(request.get("id", "0")):
            raise RefusedError("60033", "id is up to 32 letters and digits", "id")
        op, args = request.get("op"), request.get("args")
        if not isinstance(op, str):
            raise RefusedError("60012", "op names the operation, as text")
        if op in OPERATIONS:
            return [self._trade(request)]
        operations: dict[str, Callable[[list[Row]], list[Row]]] = {
            "login": lambda args: self._login(args, reach),
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
        }
        if op not in operations:
            known = ", ".join((*operations, *OPERATIONS))
            raise RefusedError("60019", f"this sandbox has {known}", op[:32])
        reach("rate")
        if not self._limits.allow("", _OPERATIONS["requests"], _OPERATIONS["seconds"]):
            raise RefusedError("60014", f"{_OPERATIONS['requests']} an hour on one connection")
        reach("body")
        if not isinstance(args, list):
            raise RefusedError("60012", "args is missing, or no list")
        if not args or not all(isinstance(arg, dict) for arg in args):
            raise RefusedError("60013", "args is a list of objects, with one at least")
        return operations[op](args)

    def _trade(self, request: Row) -> Row:
        if self._endpoint != "private":
            raise RefusedError("60028", "orders go to /ws/v5/private")
        # Read again: a key that was edited stays logged in for a moment.
        key = self._exchange.keys.get(self._key.api_key) if self._key else None
        if key is None:
            raise RefusedError("60011", "log in, wait for the answer, then send orders")
        if "id" not in request:
            raise RefusedError("60027", "an order names itself, so that you know its answer", "id")
        if contains_secret(request["id"], list_secrets(key)):
            raise RefusedError("60012", WITHHELD)
        answer = carry_out(self._exchange, request, key)
        if "sandboxHint" in answer:
            answer["sandboxHint"] = make_printable(answer["sandboxHint"], self._secrets)
        return answer

    def _login(self, args: list[Row], reach: Reach) -> list[Row]:
        reach("headers")
        if self._key or len(args) > 1:
            raise RefusedError("60031", "one key logs in on one connection, once")
        names = ("apiKey", "passphrase", "timestamp", "sign")
        for name in names:
            if not args[0].get(name):
                raise RefusedError("60027", f"a login has {', '.join(names)}", name)
            if not isinstance(args[0][name], str):
                raise RefusedError("60013", f"{name} must be text")
        login = Login(
            api_key=args[0]["apiKey"],
            passphrase=args[0]["passphrase"],
            timestamp=args[0]["timestamp"],
            signature=args[0]["sign"],
            client=self._client,
            site=self._place.site,
            demo=self._place.demo,
        )
        key = log_in(login, self._exchange.keys, self._exchange.now(), reach)
        try:
            # Commit before the answer: what is acknowledged survives a kill.
            self._exchange.commit()
        except StateError as error:
            raise RefusedError("63999", str(error)) from None
        self._key = key
        return [{"event": "login", "code": "0", "msg": "", "connId": self._id}]

    def _subscribe(self, args: list[Row]) -> list[Row]:
        return [event for arg in args for event in self._handle_each(arg, self._subscribe_one)]

    def _unsubscribe(self, args: list[Row]) -> list[Row]:
        return [event for arg in args for event in self._handle_each(arg, self._unsubscribe_one)]

    def _handle_each(self, arg: Row, do: Callable[[Subscription], list[Row]]) -> list[Row]:
        """Answer each entry of `args` separately."""
        try:
            return do(self._parse_permitted(arg))
        except RefusedError as refused:
            return [self._make_error(refused)]

    def _parse_permitted(self, arg: Row) -> Subscription:
        subscribed = parse_subscription(arg, self._endpoint)
        if subscribed.private and not self._key:
            raise RefusedError("60011", "log in, wait for the answer, then subscribe")
        return subscribed

    def _subscribe_one(self, subscribed: Subscription) -> list[Row]:
        if tier := channels.CHANNELS[subscribed.channel].tier:
            raise RefusedError("64003", f"{subscribed.channel} is for {tier} and above")
        acknowledged: Row = {"event": "subscribe", "arg": subscribed.arg, "connId": self._id}
        if not subscribed.private or not self._key:
            named = INSTRUMENTS.get(subscribed.arg.get("instId", ""))
            self._subscriptions[subscribed] = self._books.get(named).sequence if named else 0
            return [acknowledged, *self._make_snapshot(subscribed)]
        counted = self._count_connections(subscribed, self._key)
        if counted and counted["event"] != "channel-conn-count":
            return [counted]
        if self._account is None:
            self._account = self._exchange.account(self._key)
            self._watch(self._account.watchers, self._react_to_account_change)
        self._subscriptions[subscribed] = 0
        events = [counted] if counted else []
        return [acknowledged, *events, *self._make_snapshot(subscribed)]

    def _count_connections(self, subscribed: Subscription, key: Key) -> Row | None:
        """Return the event that says how many connections have a channel, if that is counted."""
        if not channels.CHANNELS[subscribed.channel].is_counted:
            return None
        number = self._count(subscribed.channel, key.owner)
        counted = {"channel": subscribed.channel, "connCount": str(number), "connId": self._id}
        if not self.is_logged_in_with(subscribed.channel, key.owner):
            if number >= _PER_CHANNEL:
                return {"event": "channel-conn-count-error", **counted}
            counted["connCount"] = str(number + 1)
        return {"event": "channel-conn-count", **counted}

    def _make_snapshot(self, subscribed: Subscription) -> list[Row]:
        return channels.make_snapshot(subscribed, self._exchange, self._books, self._key)

    def _unsubscribe_one(self, subscribed: Subscription) -> list[Row]:
        self._subscriptions.pop(subscribed, None)
        return [{"event": "unsubscribe", "arg": subscribed.arg, "connId": self._id}]

    def _make_error(self, refused: RefusedError) -> Row:
        event = {"event": "error", "code": refused.code, "msg": refused.message}
        event["connId"] = self._id
        if refused.hint:
            event["sandboxHint"] = make_printable(refused.hint, self._secrets)
        return event

    @property
    def _secrets(self) -> list[str]:
        """The secrets of the logged-in key, hidden in answers, but not those of others."""
        return list_secrets(self._key)

    def _redact(self, event: Row) -> str:
        """Return an answer as text; it may repeat what was sent, but no secret."""
        text = _to_json(event)
        if "event" in event and contains_secret(text, self._secrets):
            return _to_json(self._make_error(RefusedError("60012", WITHHELD)))
        return text


def _parse_request(text: str | None) -> Row:
    if text is None:
        raise RefusedError("60012", "send text, not binary data")
    try:
        # Numbers stay text, so that the longest can be read.
        parsed = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise RefusedError("60012", "the message is not JSON") from None
    if not isinstance(parsed, dict):
        raise RefusedError("60012", "the message must be one JSON object")
    return parsed


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _to_json(event: Row) -> str:
    return json.dumps(event, separators=(",", ":"))


async def _reject(send: Send, status: int, reason: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": reason.encode()})
