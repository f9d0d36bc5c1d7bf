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
    """Return a practice exchange with the ready key, or as it was kept.

    Args:
        rows: What its store had.

    Raises:
        StateError: It cannot be read.
    """
    store = Store()
    store.fill(rows)
    exchange = Exchange([PRACTICE_KEY], store=store, journal=Journal())
    # Nobody else calls it. So its forms need no secret, and one that is sent after Python was
    # started anew is as good as before.
    return Stage(exchange, create_app(exchange, PORTS, bytes))


class Visit:
    """The practice exchanges of one visit, and what leads to them.

    One is the reader's own: the key page and the clock work on it, and it is kept from page to
    page. The other is made ready for a block that needs a start of its own, and then forgotten.
    As long as the own one is as it was at first, every block has the other one.
    """

    def __init__(self) -> None:
        self._prepared = build_stage()
        self._own = build_stage()
        self._first = _list_rows(self._own.exchange)
        self._kept: str | None = None
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
        """Let the libraries of this process reach these exchanges, and nothing else."""
        self.transport.install()
        module = ModuleType("websockets.sync.client")
        vars(module).update(connect=self.client.connect)
        sys.modules["websockets.sync.client"] = module
        # So that asyncio.run() of a block waits for nobody; Pyodide has another of its own.
        vars(asyncio.events)["new_event_loop"] = Loop
        vars(asyncio)["run"] = asyncio.runners.run
        vars(builtins)["input"] = block.refuse_input

    def enter(self, kept: str | None) -> None:
        """Go on with the reader's own exchange.

        Args:
            kept: What `keep` has returned; None for a new exchange.

        Raises:
            StateError: It has returned no such thing.
        """
        if kept != self._kept:
            try:
                rows = json.loads(kept or "[]")
            except ValueError as error:
                raise StateError(str(error)) from None
            self._own = build_stage(rows)
            self._kept = kept
        self._stage = self._own

    def keep(self) -> str | None:
        """Return the reader's own exchange as text; None if it is as it was at first."""
        exchange = self._own.exchange
        is_new = _list_rows(exchange) == self._first and not _round_skew(exchange)
        self._kept = None if is_new else json.dumps(exchange.store.dump())
        return self._kept

    def describe(self) -> dict[str, Any] | None:
        """Return what a page keeps of the own exchange, and shows of it; None if it is new.

        That is `rows`, which is for `enter`, `key`, the end of the name of the key that blocks
        use, `is_made`, whether the reader has made it, `is_demo`, `profiles`, the names of all
        keys that the reader has made, and `skew`, the seconds by which the clock is fast.
        """
        kept = self.keep()
        if kept is None:
            return None
        exchange = self._own.exchange
        key = choose_key(exchange)
        return {
            "rows": kept,
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
        """Ask the key page of the own exchange, as a browser does.

        Args:
            method: `GET` or `POST`.
            path: With its query.
            body: The form.

        Returns:
            `path`, where the answer is from, `html`, and `file`, the name under which to save it
            instead of showing it.
        """
        with requests.Session() as browser:
            browser.cookies.set(COOKIE, self._cookie)
            answer = browser.request(
                method,
                f"http://{HOST}:{FIRST_PORT}{path}",
                data=body,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
        # The adapter hands no cookies to the session: it would want the message of http.client.
        if cookie := answer.headers.get("Set-Cookie", ""):
            self._cookie = cookie.partition(";")[0].partition("=")[2]
        answer.encoding = "utf-8"
        head = Message()
        head["Content-Disposition"] = answer.headers.get("Content-Disposition", "inline")
        return {"path": answer.request.path_url, "html": answer.text, "file": head.get_filename()}

    def run(self, order: Mapping[str, Any], emit: Callable[[str], None]) -> Outcome:
        """Run one block, where a reader of the guide is: five variables, an empty folder.

        Args:
            order: `code`; `published`, the block as the page has it; `shown`, its output there,
                or None; `start`, one of `STARTS`; `files`, those of the site that it names;
                `name`, which stands for its file.
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
        # Also after a block that has switched it off.
        self.exchange.record()
        known = [
            text
            for exchange in (self._own.exchange, self._prepared.exchange)
            for practice_key in exchange.keys
            for text in (practice_key.api_key, practice_key.secret_key)
        ]
        if real_keys := find_real_keys(order["code"], [*known, order["published"]]):
            return Outcome("", advice=REFUSAL.format(real_keys[0][:4]))
        # Pyodide has a loop that always runs, and asyncio.run() refuses where one runs.
        asyncio.events._set_running_loop(None)  # noqa: SLF001  # asyncio has no public way
        with tempfile.TemporaryDirectory() as folder:
            _enter(Path(folder), make_environ(key, start), start, files)
            outcome = block.run(order["code"], order["name"], emit)
            self.client.close()
            os.chdir("/")
        return block.judge(outcome, order["shown"])

    def is_own(self, order: Mapping[str, Any]) -> bool:
        """Return whether a block runs on the reader's own exchange."""
        if not self._kept or order.get("goal"):
            return False
        names = STARTS[order["start"]].profiles
        made = {key.label for key in list_made(self._own.exchange)}
        return not order["start"] or (bool(names) and made.issuperset(names))


def choose_key(exchange: Exchange) -> Key:
    """Return the key that blocks use: the last one that the reader has made, or the ready one.

    Blocks are written for a demo key, so a live one is used only if there is no demo key.
    """
    return max(
        list_made(exchange), key=lambda key: (key.demo, key.created), default=exchange.ready_key
    )


def list_made(exchange: Exchange) -> list[Key]:
    """Return the keys that the reader has made and not deleted, of the site that blocks call."""
    ready = PRACTICE_KEY.api_key
    return [key for key in exchange.keys if key.site == SITES[0] and key.api_key != ready]


def format_profiles(exchange: Exchange) -> str:
    """Return `~/.okx/config.toml` as a reader has it: the ready key and each one made since.

    The ready key stays in it after it was deleted: OKX changes no file of yours.
    """
    tables = [format_profile(key) for key in (PRACTICE_KEY, *list_made(exchange))]
    return "\n".join([f'default_profile = "{PRACTICE_KEY.label}"\n', *tables])


def _list_rows(exchange: Exchange) -> list[tuple[str, str, Any]]:
    """Return what an exchange has, but for its clock and the moments at which keys were made."""
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
    """Do what a page orders in JSON, and return what came of it as JSON.

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
        # It has the fields of every answer.
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
    more: dict[str, Any] = {
        "requests": traces,
        "dropped": journal.dropped + len(journal) - len(traces),
        "is_solved": is_accepted(journal, order.get("goal", "")),
    }
    if is_own:
        more["visit"] = visit.describe()
    return asdict(outcome) | more
