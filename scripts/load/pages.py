"""How fast the blocks of a page are, as ratios: a part of `make bench`.

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

from scripts.site.bundle import find_package
from tests.plugins.browser import chromium
from tests.plugins.hosted import serve_site
from tests.support.run import output, write

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


def measure(site: Path) -> Iterator[str]:
    """Yield the figures, a line each.

    Args:
        site: What `make site` has made.
    """
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        _lay_out_bare(Path(folder))
        with serve_site(Path(folder)) as bare_url, serve_site(site) as url:
            pairs = [
                (_time_first(browser, url), _time_bare(browser, bare_url)) for _ in range(ROUNDS)
            ]
            later = _time_later(browser, url)
    ratios = [ours / bare for ours, bare in pairs]
    first, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
    yield (
        f"first click to output, nothing cached: {first:.0f} ms; bare Pyodide starts and runs in "
        f"{bare:.0f} ms; ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to "
        f"{max(ratios):.2f})"
    )
    click, itself = (statistics.median(times) for times in zip(*later, strict=True))
    more = [click - itself for click, itself in later]
    yield (
        f"later clicks to output: {click:.0f} ms; the block itself {itself:.0f} ms; "
        f"{statistics.median(more):.0f} ms more ({min(more):.0f} to {max(more):.0f})"
    )


def _lay_out_bare(folder: Path) -> None:
    """Put Pyodide as it is into a folder. Nothing there has to be decompressed."""
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
