"""The blocks that run in a page, as a reader uses them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Self

from playwright.sync_api import Locator, Page, expect

from tests.plugins.blocks import ROOT
from tests.support.patience import SECONDS


def status(page: Page, label: str) -> Locator:
    """Return where the outcome of a block is said."""
    return (
        page.locator(".run", has=page.get_by_role("button", name=f"Edit {label}"))
        .or_(page.locator(".run", has=page.get_by_role("button", name=f"Reset {label}")))
        .get_by_role("status")
    )


def output(page: Page, label: str) -> Locator:
    """Return what a block has printed."""
    return page.get_by_role("region", name=f"Output of {label}")


def run(page: Page, label: str, says: str) -> None:
    """Run a block, and wait for what the page says then."""
    page.get_by_role("button", name=f"Run {label}").click()
    expect(status(page, label)).to_contain_text(says)


def visit(page: Page, address: str) -> None:
    """Open a page, and come to its first block."""
    page.goto(address)
    page.locator(".language-python").first.scroll_into_view_if_needed()
    expect(page.locator(".run__button").first).to_be_visible()


_FORGET = """() => {
  sessionStorage.clear()
  for (const shown of document.querySelectorAll("[data-visit]")) {
    shown.dispatchEvent(new Event("visit"))
  }
}"""


def return_to(page: Page, address: str) -> None:
    """Come to a page as for the first time; if it is shown already, Python need not start anew."""
    page.set_viewport_size({"width": 1280, "height": 720})
    if page.url.partition("#")[0] != address:
        visit(page, address)
    page.evaluate(_FORGET)
    for reset in page.get_by_role("button", name=re.compile("^Reset ")).all():
        reset.click()


def write(page: Page, label: str, code: str) -> None:
    """Put other code into the editor of a block."""
    editor = page.get_by_role("textbox", name=f"Code of {label}")
    editor.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(code)


# In a process of its own: a visit changes the libraries and the environment of its process.
_ANSWER = """
import sys
from scripts.page.visit import Visit, answer
visit = Visit()
visit.install()
for order in sys.stdin:
    print(answer(visit, order, len), file=sys.__stdout__, flush=True)
"""


_NOTHING: dict[str, Any] = {
    "published": "",
    "shown": None,
    "start": "",
    "files": {},
    "name": "block.py",
}


class Worker:
    """What the worker of a page does, without a browser. Use it in a `with` statement."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _ANSWER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=ROOT,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=SECONDS)

    def do(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Give an order and return the answer.

        Args:
            order: What differs from an order to run nothing: `code` at least, or another `act`.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps({**_NOTHING, **order})}\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def run(self, orders: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Run blocks one after the other and return their outcomes.

        Args:
            orders: As `do` takes them.
        """
        return [self.do(order) for order in orders]
