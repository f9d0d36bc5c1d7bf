"""A real browser for the tests: one Chromium per process, one page per test.

A page may talk to this machine only, and its console stays free of errors: whatever it does
against that is in `problems`, which must be empty when the test ends. A test that provokes
such a thing on purpose looks at the list and clears it.
"""

import asyncio
import re
from asyncio.events import _set_running_loop as set_running_loop
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.http_server import serve_folder
from tests.support.patience import MILLISECONDS
from tests.support.tools import require_program

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

FLAGS = [
    "--no-sandbox",  # CI is root in a container, where Chromium's own sandbox cannot start
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page asks for, no other machine is asked.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]

JS_FLAGS = [
    # Pages start Python a hundred times. To make its code fast in the background costs a third of
    # the processor time of each, and they are over before it is.
    "--liftoff-only",
    # The same holds for the scripts: axe-core on a page takes a fifth less. A search for a
    # mistake takes ten times as long; its tests have a `running_browser` without these.
    "--no-opt",
    "--no-maglev",
    "--single-threaded-gc",
]
"""What spares processor time where a page is short-lived, and changes nothing that it does."""


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Start Chromium; if it is there, the one without windows, which has a third of the work."""
    program = require_program("chromium-headless-shell", "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        yield started
        started.close()


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    """The built site, served on this machine. It ends in a slash."""
    with serve_folder(site) as url:
        yield f"{url}/"


def find_debugging_port(browser: Browser) -> int:
    """Return the port that a browser chose, started with `--remote-debugging-port=0`.

    A port that is chosen beforehand may be somebody else's by the time the browser wants it.
    """
    command = browser.new_browser_cdp_session().send("SystemInfo.getInfo")["commandLine"]
    [folder] = re.findall(r"--user-data-dir=(\S+)", command)
    return int((Path(folder) / "DevToolsActivePort").read_text(encoding="utf-8").split()[0])


@pytest.fixture
def debugging_port(browser: Browser) -> int:
    """The port at which another program, Lighthouse, reaches the same browser."""
    return find_debugging_port(browser)


RunningBrowser = tuple[Browser, asyncio.AbstractEventLoop]


@contextmanager
def start_browser(*flags: str) -> Iterator[RunningBrowser]:
    """Start Chromium, and return it with Playwright's loop, which is put away."""
    expect.set_options(timeout=MILLISECONDS)
    with chromium("--remote-debugging-port=0", *flags) as started:
        loop = asyncio.get_running_loop()
        set_running_loop(None)
        yield started, loop
        set_running_loop(loop)


@pytest.fixture(scope="session")
def running_browser() -> Iterator[RunningBrowser]:
    """Chromium, started once, and Playwright's loop."""
    with start_browser(f"--js-flags={' '.join(JS_FLAGS)}") as running:
        yield running


@pytest.fixture
def browser(running_browser: RunningBrowser) -> Iterator[Browser]:
    """Chromium, started once."""
    started, loop = running_browser
    # Playwright's loop counts as running even while nothing waits for the browser. Between
    # the tests that use it, it is put away: asyncio.run() in another test would refuse.
    set_running_loop(loop)
    yield started
    set_running_loop(None)


@pytest.fixture
def problems() -> list[str]:
    """What the page did that it must not: errors in the console, requests to elsewhere."""
    return []


def open_page(browser: Browser, problems: list[str]) -> Page:
    """Open a page without any history, which adds to a list what it does and must not."""

    def look_at(url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("data", "blob", "file") and address.hostname != "127.0.0.1":
            problems.append(f"asked for {url}")

    context = browser.new_context()
    context.set_default_timeout(MILLISECONDS)
    shown = context.new_page()
    shown.on("request", lambda request: look_at(request.url))
    shown.on("websocket", lambda socket: look_at(socket.url))
    shown.on("pageerror", lambda error: problems.append(f"uncaught: {error}"))
    shown.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    return shown


@pytest.fixture(scope="module")
def _kept_page(running_browser: RunningBrowser) -> Iterator[tuple[Page, list[str]]]:
    started, loop = running_browser
    problems: list[str] = []
    set_running_loop(loop)
    shown = open_page(started, problems)
    # Without motion nothing is on its way out of the picture while axe looks.
    shown.emulate_media(color_scheme="light", reduced_motion="reduce")
    set_running_loop(None)
    yield shown, problems
    set_running_loop(loop)
    shown.context.close()
    set_running_loop(None)


@pytest.fixture
def kept_page(browser: Browser, _kept_page: tuple[Page, list[str]]) -> Iterator[Page]:
    """A page that the tests of a file share, as the one before has left it.

    In it Python is started once (`tests.support.run.return_to`). A test fails if the page makes a
    problem meanwhile.
    """
    shown, problems = _kept_page
    yield shown
    new = [*problems]
    problems.clear()
    assert new == []


@pytest.fixture
def page(browser: Browser, problems: list[str]) -> Iterator[Page]:
    """A new page without any history; the test fails if it makes a problem."""
    shown = open_page(browser, problems)
    yield shown
    shown.context.close()
    assert problems == []
