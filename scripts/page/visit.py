"""One visit of a page: its practice exchange, and the blocks that run against it."""

import asyncio
import builtins
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from okx_guide.sandbox.app import create_app
from okx_guide.sandbox.ports import PortRole
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.journal import Journal
from okx_guide.sandbox.state.keys import PRACTICE_KEY, Key
from scripts.page import block
from scripts.page.block import Outcome
from scripts.page.loop import Loop
from scripts.page.mistake import is_accepted
from scripts.page.secret import REFUSAL, find_real_keys
from scripts.page.start import SITES, STARTS, Start, prepare
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


class Visit:
    """The practice exchange of one visit, and what leads to it."""

    def __init__(self) -> None:
        self.exchange = Exchange([PRACTICE_KEY], journal=Journal())
        self._loop = Loop()
        app = create_app(self.exchange, PORTS)
        self.transport = Transport(app, self._loop, PORTS)
        self.client = Client(app, self._loop, PORTS)

    def install(self) -> None:
        """Let the libraries of this process reach this exchange, and nothing else."""
        self.transport.install()
        module = ModuleType("websockets.sync.client")
        vars(module).update(connect=self.client.connect)
        sys.modules["websockets.sync.client"] = module
        # So that asyncio.run() of a block waits for nobody; Pyodide has another of its own.
        vars(asyncio.events)["new_event_loop"] = Loop
        vars(asyncio)["run"] = asyncio.runners.run
        vars(builtins)["input"] = block.no_input

    def run(self, order: Mapping[str, Any], emit: Callable[[str], None]) -> Outcome:
        """Run one block, where a reader of the guide is: five variables, an empty folder.

        Args:
            order: `code`; `published`, the block as the page has it; `shown`, its output there,
                or None; `start`, one of `STARTS`; `files`, those of the site that it names;
                `name`, which stands for its file.
            emit: Takes what it prints, piece by piece.
        """
        start = STARTS[order["start"]]
        key = prepare(self.exchange, start, order["files"])
        # Also after a block that has switched it off.
        self.exchange.record()
        known = [text for one in self.exchange.keys for text in (one.api_key, one.secret_key)]
        if found := find_real_keys(order["code"], [*known, order["published"]]):
            return Outcome("", advice=REFUSAL.format(found[0][:4]))
        # Pyodide has a loop that always runs, and asyncio.run() refuses where one runs.
        asyncio.events._set_running_loop(None)  # noqa: SLF001  # asyncio has no public way
        with tempfile.TemporaryDirectory() as folder:
            _enter(Path(folder), make_environ(key, start), start, order["files"])
            outcome = block.run(order["code"], order["name"], emit)
            self.client.close()
            os.chdir("/")
        return block.judge(outcome, order["shown"])


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
    """Run a block that is described in JSON, and return its outcome as JSON.

    With it go `requests`, the last ones that the exchange saw, `dropped`, how many came before, and
    `is_solved`, whether it accepted the request that the order names as its `goal`.
    """
    described = json.loads(order)
    outcome = visit.run(described, emit)
    journal = visit.exchange.journal or Journal()
    requests = [asdict(trace) for trace in journal][-SHOWN_AT_MOST:]
    more = {
        "requests": requests,
        "dropped": journal.dropped + len(journal) - len(requests),
        "is_solved": is_accepted(journal, described.get("goal", "")),
    }
    return json.dumps(asdict(outcome) | more)
