"""The Run buttons, in a browser, under the policies of the published site."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from scripts.site.headers import WORKER_POLICY, list_headers
from scripts.site.runtime import FOLDER, WORKER
from tests.plugins.axe import check_sizes_and_colours, violations
from tests.plugins.blocks import DOCS, fences
from tests.support.html import PATHS
from tests.support.run import output, return_to, run, status, visit, write

CLOCK = "1_clock.py"
BLOCK = ".highlight:has(.run__editor)"
VALIDATE = "/guide/validate/"

# Of the Python blocks in docs, those that do not run in a page, by page, and how many.
AWAY = {
    "reference/clients/ccxt.md": ("client", 5),
    "reference/clients/python-okx.md": ("client", 4),
    "reference/clients/python-okx-async.md": ("client", 3),
    "security/ip-whitelist.md": ("machine", 1),
    "security/logs-and-git.md": ("machine", 1),
    "security/rotation.md": ("machine", 2),
    "security/storing-keys.md": ("machine", 1),
    "reference/testing.md": ("server", 2),
    "reference/python-tools.md": ("server", 1),
}
# It prints a balance, which the page does not show.
WITHOUT_OUTPUT = "/reference/languages/ okx_request.py"
LEAST_RUN = 119
MOST_BYTES = 6_500_000
MOST_BYTES_OF_OURS = 700_000


# --- what is loaded ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def description(hosted: Path) -> dict[str, Any]:
    """What the page knows before it loads Python."""
    files: dict[str, Any] = json.loads((hosted / FOLDER / "files.json").read_text(encoding="utf-8"))
    return files


@pytest.fixture(scope="session")
def runtime(hosted: Path, description: dict[str, Any]) -> Path:
    """The folder with Python."""
    return hosted / FOLDER / str(description["folder"])


def list_excesses(sizes: Mapping[str, int]) -> list[str]:
    """Return in words which limit the compressed sizes exceed, by file."""
    limits = {
        "the first run": (sum(sizes.values()), MOST_BYTES),
        "our packages": (sizes["packages.zip"], MOST_BYTES_OF_OURS),
    }
    return [
        f"{name}: {size:,} bytes, {size - most:,} too many"
        for name, (size, most) in limits.items()
        if size > most
    ]


def test_the_first_run_loads_few_bytes(
    runtime: Path, description: dict[str, Any], figures: list[str]
) -> None:
    sizes = {name: (runtime / f"{name}.br").stat().st_size for name in description["files"]}

    assert sizes == {name: file["packed"] for name, file in description["files"].items()}
    sizes[WORKER] = (runtime / f"{WORKER}.br").stat().st_size
    assert list_excesses(sizes) == []
    figures.append(
        f"first run: {sum(sizes.values()):,} bytes, of them our packages {sizes['packages.zip']:,}"
    )


def test_a_runtime_that_is_too_large_is_noticed() -> None:
    packages = MOST_BYTES_OF_OURS
    room = MOST_BYTES - packages
    assert list_excesses({"packages.zip": packages, WORKER: room}) == []
    assert list_excesses({"packages.zip": packages + 1, WORKER: room}) == [
        "the first run: 6,500,001 bytes, 1 too many",
        "our packages: 700,001 bytes, 1 too many",
    ]
    assert list_excesses({"packages.zip": 1, WORKER: MOST_BYTES}) == [
        "the first run: 6,500,001 bytes, 1 too many"
    ]


def test_only_the_worker_may_compile(hosted: Path, runtime: Path) -> None:
    worker = f"/{(runtime / WORKER).relative_to(hosted).as_posix()}"

    allowed = {
        path
        for path, fields in list_headers(hosted).items()
        if "wasm-unsafe-eval" in fields.get("Content-Security-Policy", "")
    }

    assert allowed == {worker}
    for page in hosted.rglob("*.html"):
        assert "wasm-unsafe-eval" not in page.read_text(encoding="utf-8")


def test_the_worker_has_its_policy_and_no_other(
    kept_page: Page, hosted_url: str, runtime: Path
) -> None:
    answer = kept_page.request.get(f"{hosted_url}/{FOLDER.as_posix()}/{runtime.name}/{WORKER}")

    policies = [
        header for header in answer.headers_array if header["name"].lower().endswith("-policy")
    ]
    assert [header["value"] for header in policies if "ecurity" in header["name"]] == [
        WORKER_POLICY
    ]
    assert "immutable" in answer.headers["cache-control"]


# --- every block -----------------------------------------------------------------------------

RUN_ALL = """async ([script, base, paths]) => {
  const { list, open, order } = await import(script)
  const { python, starts } = await open(new URL(base))
  const found = []
  for (const path of paths) {
    const html = await (await fetch(path)).text()
    const page = new DOMParser().parseFromString(html, "text/html")
    for (const one of list(page)) {
      const { block, reason, label, published } = one
      const outcome = reason ? null : await python.run(
        await order(one, published, starts, new URL("/", base)),
        { print() {}, progress() {} })
      found.push({ path, label, away: block.dataset.away, outcome })
    }
  }
  return found
}"""


def list_gaps(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return in words what did not run, or did not print what its page shows."""
    away = [(result["path"], result["away"]) for result in results if result["away"]]
    expected = [
        (f"/{name.removesuffix('.md')}/", reason)
        for name, (reason, times) in AWAY.items()
        for _ in range(times)
    ]
    gaps = []
    if sorted(expected) != sorted(away):
        gaps.append(f"not run in a page: {away}, not {expected}")
    run_there = [result for result in results if not result["away"]]
    for result in run_there:
        outcome, name = result["outcome"], f"{result['path']} {result['label']}"
        if name == WITHOUT_OUTPUT:
            if not outcome["printed"].startswith("balance: [{") or outcome["error"]:
                gaps.append(f"{name}: {outcome}")
        elif outcome["is_same"] is not True:
            gaps.append(f"{name}: {outcome}")
    if len(run_there) - 1 < LEAST_RUN:
        gaps.append(f"{len(run_there) - 1} blocks ran in a page, not {LEAST_RUN}")
    return gaps


@pytest.fixture
def validate_page(kept_page: Page, hosted_url: str) -> Page:
    """The page of step 4, as at first."""
    return_to(kept_page, hosted_url + VALIDATE)
    return kept_page


def test_every_block_prints_in_a_page_what_the_page_shows(
    validate_page: Page, hosted_url: str, hosted: Path, figures: list[str]
) -> None:
    [script] = (hosted / "javascripts").glob("run-*.js")
    blocks = [
        fence for path in DOCS.rglob("*.md") for fence in fences(path) if fence.language == "python"
    ]

    results = validate_page.evaluate(
        RUN_ALL, [f"/javascripts/{script.name}", f"{hosted_url}/{FOLDER.as_posix()}/", PATHS]
    )

    assert len(blocks) == len(results)
    assert list_gaps(results) == []
    same = sum(1 for result in results if not result["away"]) - 1
    figures.append(f"{same} of {len(results)} Python blocks print in a page what it shows")
    for name, (reason, times) in AWAY.items():
        figures.append(f"not run in a page: {times} of {name}, they need a {reason}")
    figures.append("run in a page without output to compare: 1 of reference/languages.md")


def make_outcomes() -> list[dict[str, Any]]:
    """What a browser reports if all is well, with as few blocks as may be."""
    good = {"is_same": True, "printed": "0", "error": "", "advice": ""}
    path, label = WITHOUT_OUTPUT.split()
    balance = good | {"is_same": False, "printed": "balance: [{}]"}
    outcomes = [{"path": path, "label": label, "away": None, "outcome": balance}]
    outcome = {"path": "/x/", "label": "x.py", "away": None, "outcome": good}
    outcomes += [outcome] * LEAST_RUN
    for name, (reason, times) in AWAY.items():
        outcome = {"path": f"/{name.removesuffix('.md')}/", "label": "x", "away": reason}
        outcomes += [outcome | {"outcome": None}] * times
    return outcomes


def test_a_block_that_does_not_run_or_prints_something_else_is_noticed() -> None:
    outcomes = make_outcomes()
    assert list_gaps(outcomes) == []
    assert list_gaps(outcomes[:1] + outcomes[2:]) == [
        f"{LEAST_RUN - 1} blocks ran in a page, not {LEAST_RUN}"
    ]
    assert list_gaps(outcomes[:-1])[0].startswith("not run in a page: ")
    assert list_gaps([*outcomes, outcomes[1] | {"away": "server"}])[0].startswith(
        "not run in a page: "
    )
    for at, change in (
        (1, {"is_same": False}),
        (1, {"is_same": None}),
        (0, {"printed": ""}),
        (0, {"error": "NameError"}),
    ):
        outcome = outcomes[at]["outcome"] | change
        changed = [*outcomes[:at], outcomes[at] | {"outcome": outcome}, *outcomes[at + 1 :]]
        [gap] = list_gaps(changed)
        assert gap == f"{outcomes[at]['path']} {outcomes[at]['label']}: {outcome}"


RUN_MANY = """async ([script, base, codes, name]) => {
  const { open } = await import(script)
  const { python } = await open(new URL(base))
  const order = { name, published: "", shown: null, start: "", files: {} }
  const outcomes = []
  for (const code of codes) {
    outcomes.push(await python.run({ ...order, code }, { print() {}, progress() {} }))
  }
  return outcomes.map(({ advice, error, printed }) => ({ advice, error, printed }))
}"""


def run_in_python(
    page: Page, hosted_url: str, hosted: Path, codes: Sequence[str]
) -> list[dict[str, str]]:
    """Return the outcomes of blocks in the Python of a page."""
    [script] = (hosted / "javascripts").glob("run-*.js")
    base = f"{hosted_url}/{FOLDER.as_posix()}/"
    outcomes: list[dict[str, str]] = page.evaluate(
        RUN_MANY, [f"/javascripts/{script.name}", base, codes, CLOCK]
    )
    return outcomes


ASK = """
from okx_guide import OkxSession
okx = OkxSession.from_env(demo=True)
print(okx.get("/api/v5/account/config").json()["code"])
"""
# The memory of WebAssembly, which only grows.
WEIGH = "import pyodide_js\npyodide_js._module.HEAP8.length"
COUNT = "import gc\nx = gc.collect()\nlen(gc.get_objects())"


def test_a_thousand_runs_leave_nothing_behind(
    validate_page: Page, hosted_url: str, hosted: Path, figures: list[str]
) -> None:
    codes = [*[ASK] * 100, COUNT, WEIGH, *[ASK] * 900, COUNT, WEIGH]

    outcomes = run_in_python(validate_page, hosted_url, hosted, codes)

    assert {(one["error"], one["advice"]) for one in outcomes} == {("", "")}
    printed = [one["printed"] for one in outcomes]
    measured = [int(printed.pop(place)) for place in (1003, 1002, 101, 100)]
    assert set(printed) == {"0\n"}
    weighed_after, after, weighed_before, before = measured
    assert after <= before * 1.01, measured
    # It grows in steps, and one may fall into this.
    assert weighed_after <= weighed_before * 1.25, measured
    figures.append(f"objects of Python after 100 runs: {before:,}, after 1,000: {after:,}")
    figures.append(
        f"bytes of memory after 100 runs: {weighed_before:,}, after 1,000: {weighed_after:,}"
    )


# --- a reader ------------------------------------------------------------------------------------


def test_a_block_says_what_it_loads_and_runs_by_keyboard(
    page: Page, hosted_url: str, problems: list[str]
) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    visit(page, hosted_url + VALIDATE)
    assert not [url for url in loaded if "pyodide" in url]
    bar = page.locator(".run").first
    expect(bar).to_contain_text(re.compile(r"loads Python: \d\.\d MB, once"))

    # A download that breaks off can be tried again.
    def lose(route: Route) -> None:
        route.abort()

    def cut(route: Route) -> None:
        route.fulfill(body=b"half", content_type="application/zip")

    for broken in (lose, cut):
        page.context.route("**/packages.zip", broken)
        run(page, CLOCK, "Not loaded: the way to the site broke off. Choose Run to try again.")
        page.context.unroute("**/packages.zip")
    problems.clear()

    page.get_by_role("button", name=f"Run {CLOCK}").press("Enter")
    expect(bar.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("button", name=f"Stop {CLOCK}")).to_be_focused()

    expect(status(page, CLOCK)).to_have_text("The same as the page shows.")
    expect(page.get_by_role("button", name=f"Run {CLOCK}")).to_be_focused()
    expect(output(page, CLOCK)).to_have_text("my clock is right: True\n")
    expect(bar).not_to_contain_text("MB")
    run(page, "4_live.py", "The same as the page shows.")
    expect(page.locator(".run", has_text="with a live key")).to_be_visible()


# What a reader may write, what the page says then or a part of the advice, and what it prints.
ERROR = "It ended with an error."
DIFFERS = "It differs from what the page shows."
WRITTEN = {
    "syntax": ("print(1", ERROR, "SyntaxError: '(' was never closed"),
    "error": (
        "import requests\n\n\ndef ask():\n    return requests.get('x')\n\n\nask()",
        ERROR,
        'File "1_clock.py", line 5, in ask',
    ),
    "difference": ("print(2)", DIFFERS, "2\n"),
    "exit": ("print(3)\nimport sys\nsys.exit(4)", "sys.exit(4)", "3\n"),
    "question": ("input('key? ')", "Put the answer into the code", "key? "),
    "thread": (
        "import threading\nthreading.Thread(target=print).start()",
        "A page has one thread.",
        "can't start new thread",
    ),
    "program": ("import subprocess\nsubprocess.run(['ls'])", "starts no other program", "OSError"),
    "package": ("import numpy", "For another package, run the code on your machine", "numpy"),
    "host": (
        "import requests\nrequests.get('https://www.okx.com/api/v5/public/time')",
        ERROR,
        "www.okx.com is not reached from this page",
    ),
    "other alphabet": (
        "import requests\nrequests.get('http://BÜCHER.example/')",
        ERROR,
        "xn--bcher-kva.example is not reached from this page",
    ),
    "socket": (
        "from websockets.sync.client import connect\nconnect('wss://ws.okx.com/ws/v5/public')",
        ERROR,
        "ws.okx.com is not reached from this page",
    ),
    "urllib": (
        "from urllib.request import urlopen\nurlopen('https://www.okx.com')",
        ERROR,
        "Error",
    ),
    "browser": ("import js\nprint(js.fetch)", ERROR, "AttributeError"),
    "flood": ("for _ in range(10_000):\n    print('x' * 999)", "more than 100,000 char", "xxx"),
    "real key": (
        "print('5a4db0c5-1111-4222-8333-0123456789ab')",
        "what looks like a real key (5a4d...)",
        "",
    ),
    "real secret": ("print('0123456789ABCDEF0123456789ABCDEF')", "a real key (0123...)", ""),
    "waits for ever": (
        "import asyncio\nasyncio.run(asyncio.Event().wait())",
        ERROR,
        "waits for something that never comes",
    ),
    "closes the output": (
        "import sys\nsys.stdout = None",
        DIFFERS,
        "",
    ),
}


# These stand for the rest: what is printed, nothing, an error, and advice.
IN_THE_PAGE = ("difference", "closes the output", "error", "browser", "real key", "flood")


def test_whatever_is_written_has_its_outcome(
    validate_page: Page, hosted_url: str, hosted: Path
) -> None:
    codes = [code for code, _, _ in WRITTEN.values()]

    outcomes = run_in_python(validate_page, hosted_url, hosted, codes)

    for (name, (_, says, prints)), outcome in zip(WRITTEN.items(), outcomes, strict=True):
        text = outcome["printed"] + outcome["error"]
        assert (prints in text) if prints else (text == ""), name
        assert "/lib/python" not in text, name
        assert bool(outcome["advice"]) == (says not in (ERROR, DIFFERS)), name
        assert says in outcome["advice"] or not outcome["advice"], name
        assert bool(outcome["error"]) or says != ERROR, name


def test_whatever_is_written_has_its_sentence_and_the_next_click_works(
    validate_page: Page,
) -> None:
    page = validate_page
    page.get_by_role("button", name=f"Edit {CLOCK}").click()
    expect(page.get_by_text("A real key has no business here.")).to_be_visible()

    for name in IN_THE_PAGE:
        code, says, prints = WRITTEN[name]
        write(page, CLOCK, code)
        run(page, CLOCK, says)
        if prints:
            expect(output(page, CLOCK)).to_contain_text(prints)
        else:
            expect(output(page, CLOCK)).to_have_count(0)
        expect(page.get_by_role("link", name="and what to do")).to_have_count(0)

    page.get_by_role("button", name=f"Reset {CLOCK}").click()
    expect(page.get_by_role("textbox", name=f"Code of {CLOCK}")).to_have_count(0)
    run(page, CLOCK, "The same as the page shows.")


def test_a_block_that_does_not_end_is_stopped(validate_page: Page) -> None:
    page = validate_page
    page.get_by_role("button", name=f"Edit {CLOCK}").click()
    write(page, CLOCK, "print('on', flush=True)\nwhile True:\n    pass")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(output(page, CLOCK)).to_have_text("on\n")
    page.get_by_role("button", name="Run 4_live.py").click()
    expect(status(page, "4_live.py")).to_have_text("Another block is running: wait, or stop it.")

    with page.workers[0].expect_event("close"):
        page.get_by_role("button", name=f"Stop {CLOCK}").click()

    expect(status(page, CLOCK)).to_have_text("Stopped. The next run starts Python anew.")
    run(page, "4_live.py", "The same as the page shows.")
    assert len(page.workers) == 1


def test_a_block_that_cannot_run_says_why(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/reference/clients/ccxt/")
    page.locator(".language-python").first.scroll_into_view_if_needed()

    expect(page.get_by_text("It needs a client that this page does not load.")).to_have_count(5)
    expect(page.locator(".run__button")).to_have_count(0)


def test_axe_finds_nothing_on_what_runs(validate_page: Page, axe: str) -> None:
    page = validate_page
    page.get_by_role("button", name=f"Edit {CLOCK}").click()
    write(page, CLOCK, "print(1)\nprint(1 / 0)")
    run(page, CLOCK, "It ended with an error.")
    write(page, CLOCK, "print(1)")
    run(page, CLOCK, "It differs from what the page shows.")
    page.get_by_text("in the page, + printed now").click()
    page.evaluate(axe)

    check_sizes_and_colours(page, BLOCK)

    page.evaluate("selector => document.querySelector(selector).append(new Image())", BLOCK)
    [line] = violations(page, within=BLOCK)
    assert line.startswith("image-alt: ")
    page.locator(f"{BLOCK} > img").evaluate("image => image.remove()")


# --- without a worker -----------------------------------------------------------------------------


def test_without_scripts_there_is_a_sentence(hosted: Path) -> None:
    sentence = "<noscript>With JavaScript, the Python blocks run in the page.</noscript>"
    for path, times in (("guide/validate", 1), ("about/sources", 0)):
        html = (hosted / path / "index.html").read_text(encoding="utf-8")
        assert times == html.count(sentence), path
