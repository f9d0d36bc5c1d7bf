"""How fast the blocks of a page are, beside bare Pyodide and beside the blocks themselves.

A click that loads everything is compared with what bare Pyodide takes to start and run one line,
in a worker of the same browser, from the same server. Later clicks are compared with the time
that the block itself takes, which it prints. Each round has an empty cache.
"""

import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from scripts.load.row import Row, divide
from scripts.site.bundle import find_package
from tests.plugins.browser import chromium
from tests.plugins.hosted import serve_site
from tests.support.run import output, write

SITE = Path(__file__).parents[2] / "site"
ROUNDS = 5
CLICKS = 20
PATIENCE = 120_000
PAGE = "/guide/validate/"
BLOCK = "2_first_request.py"

_BARE = """import { loadPyodide } from "./pyodide.mjs"
const python = await loadPyodide()
postMessage(python.runPython("1 + 1"))
"""
_PYODIDE = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
_TIME_BARE = """() => new Promise((resolve, reject) => {
  const start = performance.now()
  const worker = new Worker("bare.js", { type: "module" })
  worker.onerror = reject
  worker.onmessage = () => { worker.terminate(); resolve(performance.now() - start) }
})"""
# From the click to the outcome.
_TIME_CLICK = """(button) => new Promise((resolve) => {
  const status = button.closest(".run").querySelector("[role=status]")
  const start = performance.now()
  new MutationObserver((_, observer) => {
    if (!status.dataset.verdict) return
    observer.disconnect()
    resolve(performance.now() - start)
  }).observe(status, { attributes: true, attributeFilter: ["data-verdict"] })
  button.click()
})"""
_TIMED = """import time
start = time.perf_counter()
from okx_guide import OkxSession
okx = OkxSession.from_env(demo=True)
answer = okx.get("/api/v5/account/config").json()
print(1000 * (time.perf_counter() - start))
"""


def measure() -> Iterator[Row]:
    """Yield the rows of the first click in a page, and of those that follow.

    They are measured on the site that `make site` has built.
    """
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        _lay_out_bare(Path(folder))
        with serve_site(Path(folder)) as bare_url, serve_site(SITE) as url:
            firsts, bares = [], []
            for _ in range(ROUNDS):
                firsts.append(_time_first(browser, url))
                bares.append(_time_bare(browser, bare_url))
            clicks, blocks = zip(*_time_later(browser, url), strict=True)
    first, bare = statistics.median(firsts) / 1000, statistics.median(bares) / 1000
    yield Row(
        "First click on Run to the output, nothing cached",
        "bare Pyodide starts and runs a line",
        divide(firsts, bares),
        "at most 1.5",
        f"{first:.1f} s, bare Pyodide {bare:.1f} s",
    )
    extra = statistics.median(click - block for click, block in zip(clicks, blocks, strict=True))
    yield Row(
        "Each later click on Run to the output",
        "the block itself",
        divide(clicks, blocks),
        "at most 100 ms more",
        f"{statistics.median(clicks):.0f} ms, the block itself {statistics.median(blocks):.0f} ms, "
        f"{extra:.0f} ms more",
    )


def _lay_out_bare(folder: Path) -> None:
    """Copy Pyodide unchanged into a folder, uncompressed."""
    for name in _PYODIDE:
        shutil.copyfile(find_package(f"pyodide/{name}"), folder / name)
    (folder / "bare.js").write_text(_BARE, encoding="utf-8")
    (folder / "index.html").write_text("<!doctype html><title>bare</title>", encoding="utf-8")
    (folder / "_headers").write_text("", encoding="utf-8")


def _open(browser: Browser, address: str) -> Page:
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    return page


def _time_bare(browser: Browser, url: str) -> float:
    page = _open(browser, url)
    milliseconds: float = page.evaluate(_TIME_BARE)
    page.context.close()
    return milliseconds


def _time_first(browser: Browser, url: str) -> float:
    page = _open(browser, url + PAGE)
    milliseconds = _click(page)
    page.context.close()
    return milliseconds


def _click(page: Page) -> float:
    page.locator(".language-python").first.scroll_into_view_if_needed()
    button = page.get_by_role("button", name=f"Run {BLOCK}")
    expect(button).to_be_visible(timeout=PATIENCE)
    milliseconds: float = button.evaluate(_TIME_CLICK)
    return milliseconds


def _time_later(browser: Browser, url: str) -> list[tuple[float, float]]:
    """Return milliseconds from click to output, and of the block itself, for some clicks."""
    page = _open(browser, url + PAGE)
    _click(page)
    page.get_by_role("button", name=f"Edit {BLOCK}").click()
    write(page, BLOCK, _TIMED)
    times = [(_click(page), float(output(page, BLOCK).inner_text())) for _ in range(CLICKS)]
    page.context.close()
    return times
