"""One visit of a page: its practice exchange, and the blocks that run against it."""

import asyncio
import builtins
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from types import ModuleType
from typing import Any

import requests
from starlette.types import ASGIApp, Receive, Scope, Send

from okx_guide.sandbox.app import create_app
from okx_guide.sandbox.keypage.sessions import COOKIE
from okx_guide.sandbox.keypage.show_once import format_profile
from okx_guide.sandbox.ports import PortRole
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.journal import Journal
from okx_guide.sandbox.state.keys import PRACTICE_KEY, Key
from okx_guide.sandbox.state.store import StateError, Store
from scripts.page import block
from scripts.page.block import Outcome
from scripts.page.loop import Loop
from scripts.page.mistake import is_accepted
from scripts.page.secret import REFUSAL, find_real_keys
from scripts.page.start import CONFIG, SITES, STARTS, Start, prepare
from scripts.page.transport import HOST, Transport
from scripts.page.websocket import Client

FIRST_PORT = 8700
"""As `okx-guide sandbox` numbers its ports: for every site one for live, one for demo."""

PORTS: Mapping[int, PortRole] = {
    FIRST_PORT + 2 * number + demo: PortRole(site, demo=demo)
    for number, site in enumerate(SITES)
    for demo in (False, True)
}

SHOWN_AT_MOST = 50
"""Requests that a page shows under a block."""


LOST = (
    "Not done: what this browser has kept of your practice exchange cannot be read. Choose Start "
    "over."
)
"""What the page says where somebody has changed what it keeps."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A practice exchange, and the application that serves it."""

    exchange: Exchange
    app: ASGIApp


def build_stage(rows: Any = ()) -> Stage:
    """Return a practice exchange with the ready key, or in its kept state.

    Args:
        rows: The rows of its store.

    Raises:
        StateError: It cannot be read.
    """
    store = Store()
    store.fill(rows)
    exchange = Exchange([PRACTICE_KEY], store=store, journal=Journal())
    # Nobody else can call it, so its forms need no secret, and a form that is sent after Python was
    # restarted is still valid.
    return Stage(exchange, create_app(exchange, PORTS, bytes))


class Visit:
    """The practice exchanges of one visit, and the ways to reach them.

    One is the reader's own: the key page and the clock work on it, and it is kept from page to
    page. The other is prepared for a block that needs a start of its own, and then dropped.
    Until the reader changes their own exchange, every block runs on the other one.
    """

    def __init__(self) -> None:
        self._prepared = build_stage()
        self._own = build_stage()
        self._first = _list_rows(self._own.exchange)
        self._state: str | None = None
        self._stage = self._prepared
        self._loop = Loop()
        self._cookie = bytes(16).hex()
        self.transport = Transport(self._serve, self._loop, PORTS)
        self.client = Client(self._serve, self._loop, PORTS)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._stage.app(scope, receive, send)

    @property
    def exchange(self) -> Exchange:
        """The exchange that was used last."""
        return self._stage.exchange

    def install(self) -> None:
        """Connect the libraries of this process to these exchanges, and to nothing else."""
        self.transport.install()
        module = ModuleType("websockets.sync.client")
        vars(module).update(connect=self.client.connect)
        sys.modules["websockets.sync.client"] = module
        # The loop of a block's asyncio.run(); Pyodide's own does not return.
        vars(asyncio.events)["new_event_loop"] = Loop
        vars(asyncio)["run"] = asyncio.runners.run
        vars(builtins)["input"] = block.refuse_input

    def enter(self, state: str | None) -> None:
        """Restore the reader's own exchange.

        Args:
            state: The text that `keep` returned; None for a new exchange.

        Raises:
            StateError: The text is not one of `keep`.
        """
        if state != self._state:
            try:
                rows = json.loads(state or "[]")
            except ValueError as error:
                raise StateError(str(error)) from None
            self._own = build_stage(rows)
            self._state = state
        self._stage = self._own

    def keep(self) -> str | None:
        """Return the reader's own exchange as text; None if it is unchanged."""
        exchange = self._own.exchange
        is_new = _list_rows(exchange) == self._first and not _round_skew(exchange)
        self._state = None if is_new else json.dumps(exchange.store.dump())
        return self._state

    def describe(self) -> dict[str, Any] | None:
        """Return what a page keeps of the own exchange, and shows of it; None if it is new.

        That is `rows`, which is for `enter`, `key`, the end of the name of the key that blocks
        use, `is_made`, whether the reader has made it, `is_demo`, `profiles`, the names of all
        keys that the reader has made, and `skew`, the seconds by which the clock is fast.
        """
        state = self.keep()
        if state is None:
            return None
        exchange = self._own.exchange
        key = choose_key(exchange)
        return {
            "rows": state,
            "key": key.api_key[-4:],
            "is_made": key.api_key != PRACTICE_KEY.api_key,
            "is_demo": key.demo,
            "profiles": [entry.label for entry in list_made(exchange)],
            "skew": _round_skew(exchange),
        }

    def turn(self, seconds: float) -> None:
        """Set the clock of the own exchange so many seconds fast; slow if they are negative."""
        exchange = self._own.exchange
        exchange.clock.unfreeze()
        exchange.clock.set_skew(seconds)
        exchange.keep_clock()
        exchange.commit()

    def ask(self, method: str, path: str, body: str) -> dict[str, Any]:
        """Send a request to the key page of the own exchange, as a browser does.

        Args:
            method: `GET` or `POST`.
            path: The path, with its query.
            body: The encoded form.

        Returns:
            `path`, the address after redirects, `html`, and `file`, the name under which to save
            the answer instead of showing it.
        """
        with requests.Session() as browser:
            browser.cookies.set(COOKIE, self._cookie)
            answer = browser.request(
                method,
                f"http://{HOST}:{FIRST_PORT}{path}",
                data=body,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
        # The adapter sets no cookies: the session would need the message of http.client.
        if cookie := answer.headers.get("Set-Cookie", ""):
            self._cookie = cookie.partition(";")[0].partition("=")[2]
        answer.encoding = "utf-8"
        head = Message()
        head["Content-Disposition"] = answer.headers.get("Content-Disposition", "inline")
        return {"path": answer.request.path_url, "html": answer.text, "file": head.get_filename()}

    def run(self, order: Mapping[str, Any], emit: Callable[[str], None]) -> Outcome:
        """Run one block in a reader's environment: five variables, an empty folder.

        Args:
            order: `code`; `published`, the block as the page has it; `shown`, its output there,
                or None; `start`, one of `STARTS`; `files`, those of the site that it names;
                `name`, the file name in tracebacks.
            emit: Takes what it prints, piece by piece.
        """
        start, files = STARTS[order["start"]], order["files"]
        if self.is_own(order):
            key = choose_key(self.exchange)
            if CONFIG in start.files:
                files = {**files, start.files[CONFIG]: format_profiles(self.exchange)}
        else:
            self._stage = self._prepared
            key = prepare(self.exchange, start, files)
        # Even after a block that has switched it off.
        self.exchange.record()
        known = [
            text
            for exchange in (self._own.exchange, self._prepared.exchange)
            for practice_key in exchange.keys
            for text in (practice_key.api_key, practice_key.secret_key)
        ]
        if real_keys := find_real_keys(order["code"], [*known, order["published"]]):
            return Outcome("", advice=REFUSAL.format(real_keys[0][:4]))
        # Pyodide's loop always runs, and asyncio.run() refuses to run inside another loop.
        asyncio.events._set_running_loop(None)  # noqa: SLF001  # asyncio has no public way
        with tempfile.TemporaryDirectory() as folder:
            _enter(Path(folder), make_environ(key, start), start, files)
            outcome = block.run(order["code"], order["name"], emit)
            self.client.close()
            os.chdir("/")
        return block.judge(outcome, order["shown"])

    def is_own(self, order: Mapping[str, Any]) -> bool:
        """Return whether a block runs on the reader's own exchange."""
        if not self._state or order.get("goal"):
            return False
        start = STARTS[order["start"]]
        labels = {key.label for key in list_made(self._own.exchange)}
        if start.is_replaceable:
            return bool(labels)
        names = start.profiles
        return not order["start"] or (bool(names) and labels.issuperset(names))


def choose_key(exchange: Exchange) -> Key:
    """Return the key that blocks use: the last one that the reader has made, or the ready one.

    Blocks are written for a demo key, so a live one is used only if there is no demo key.
    """
    return max(
        list_made(exchange), key=lambda key: (key.demo, key.created), default=exchange.ready_key
    )


def list_made(exchange: Exchange) -> list[Key]:
    """Return the keys that the reader has made and not deleted, on the site that blocks call."""
    ready = PRACTICE_KEY.api_key
    return [key for key in exchange.keys if key.site == SITES[0] and key.api_key != ready]


def format_profiles(exchange: Exchange) -> str:
    """Return `~/.okx/config.toml` as a reader has it: the ready key and each one made since.

    The ready key stays in it after its deletion: OKX does not change your files.
    """
    tables = [format_profile(key) for key in (PRACTICE_KEY, *list_made(exchange))]
    return "\n".join([f'default_profile = "{PRACTICE_KEY.label}"\n', *tables])


def _list_rows(exchange: Exchange) -> list[tuple[str, str, Any]]:
    """Return the state of an exchange, without its clock and the times at which keys were made."""
    return [
        (kind, name, {**json.loads(row), "created": 0} if kind == "key" else row)
        for kind, name, row in exchange.store.dump()
        if kind != "clock"
    ]


def _round_skew(exchange: Exchange) -> int:
    return round(exchange.clock.skew)


def make_environ(key: Key, start: Start) -> dict[str, str]:
    """Return the five variables that point a client at the exchange of the page."""
    ports = {place: port for port, place in PORTS.items()}
    ws = ports[PortRole(start.ws, demo=key.demo)]
    return {
        "OKX_API_KEY": key.api_key,
        "OKX_SECRET_KEY": key.secret_key,
        "OKX_PASSPHRASE": key.passphrase,
        "OKX_API_BASE_URL": f"http://{HOST}:{ports[PortRole(start.rest)]}",
        "OKX_WS_URL": f"ws://{HOST}:{ws}/ws/v5",
    }


def _enter(
    folder: Path, variables: Mapping[str, str], start: Start, files: Mapping[str, str]
) -> None:
    os.environ.clear()
    os.environ.update(variables, HOME=str(folder))
    os.chdir(folder)
    for place, file in start.files.items():
        path = folder / place.removeprefix("~/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[file], encoding="utf-8")


def answer(visit: Visit, order: str, emit: Callable[[str], None]) -> str:
    """Carry out an order of the page, given in JSON, and return the outcome as JSON.

    The order names an `act`: `run` a block, `ask` the key page, `turn` the clock. `kept` is what
    the page has kept of the reader's own exchange, and with the answer goes `visit`, what it
    keeps from now on (`Visit.describe`), if that may have changed.

    With the outcome of a block go `requests`, the last ones that the exchange saw, `dropped`, how
    many came before, and `is_solved`, whether it accepted the request that the order names as its
    `goal`.
    """
    described = json.loads(order)
    try:
        visit.enter(described.get("kept"))
    except StateError:
        # It has the fields common to all answers.
        return json.dumps(asdict(Outcome("", advice=LOST)) | {"requests": [], "dropped": 0})
    match described.get("act", "run"):
        case "ask":
            answer = visit.ask(described["method"], described["path"], described["body"])
            return json.dumps(answer | {"visit": visit.describe()})
        case "turn":
            visit.turn(described["seconds"])
            return json.dumps({"visit": visit.describe()})
        case _:
            return json.dumps(_run(visit, described, emit))


def _run(visit: Visit, order: Mapping[str, Any], emit: Callable[[str], None]) -> dict[str, Any]:
    is_own = visit.is_own(order)
    outcome = visit.run(order, emit)
    journal = visit.exchange.journal or Journal()
    traces = [asdict(trace) for trace in journal][-SHOWN_AT_MOST:]
    fields: dict[str, Any] = {
        "requests": traces,
        "dropped": journal.dropped + len(journal) - len(traces),
        "is_solved": is_accepted(journal, order.get("goal", "")),
    }
    if is_own:
        fields["visit"] = visit.describe()
    return asdict(outcome) | fields
