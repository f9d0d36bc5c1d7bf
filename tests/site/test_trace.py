"""What the exchange saw of a block that ran in a page."""

import pytest
from playwright.sync_api import Page, expect

from okx_guide.sandbox.state.journal import LOGIN_CHECKS, REST_CHECKS
from scripts.page.visit import SHOWN_AT_MOST
from tests.plugins.axe import check_sizes_and_colours
from tests.plugins.blocks import DOCS
from tests.support.run import Worker, return_to, run, write

VALIDATE = "/guide/validate/"
CLOCK = "1_clock.py"
SAW = "What the exchange saw: "
# What is shown of a block that has run.
OUTPUT = ".run__output:not([hidden])"

# Signs the path without the query, and a space in the query.
WRONG = """\
import os
import requests
from okx_guide import Credentials, headers

url = os.environ["OKX_API_BASE_URL"]
path = "/api/v5/account/balance"
signed = headers(Credentials.from_env(), "GET", path, demo=True)
requests.get(url + "/api/v5/public/time", timeout=10)
answer = requests.get(url + path + "?ccy=BTC%20", headers=signed, timeout=10)
print(answer.json()["code"])
"""
BODY = """\
import os
import requests
from okx_guide import Credentials, headers

path = "/api/v5/trade/order"
body = '{"instId": "é\\\\n"}'
signed = headers(Credentials.from_env(), "POST", path, body, demo=True)
url = os.environ["OKX_API_BASE_URL"] + path
print(requests.post(url, data=body.encode(), headers=signed, timeout=10).json()["code"])
"""
LOGIN = """\
import json
import os
from okx_guide import Credentials, ws_login
from websockets.sync.client import connect

with connect(os.environ["OKX_WS_URL"] + "/private") as socket:
    socket.send(json.dumps(ws_login(Credentials.from_env())))
    print(json.loads(socket.recv(timeout=10))["code"])
"""
MANY = """\
import os
import requests

for _ in range(600):
    requests.get(os.environ["OKX_API_BASE_URL"] + "/api/v5/public/time", timeout=10)
"""
SWITCHES_OFF = """\
import os
import requests

url = os.environ["OKX_API_BASE_URL"] + "/sandbox"
requests.post(url + "/requests", json={"record": False}, timeout=10)
"""
RESETS = """\
import os
import requests

url = os.environ["OKX_API_BASE_URL"]
requests.post(url + "/sandbox/reset", json={}, timeout=10)
requests.get(url + "/api/v5/public/time", timeout=10)
"""


def test_an_outcome_has_the_requests_of_its_own_block_only(worker: Worker) -> None:
    blocks = [WRONG, "print(1)", LOGIN, MANY, SWITCHES_OFF, RESETS, WRONG]

    outcomes = worker.run({"code": code} for code in blocks)

    assert [item["error"] for item in outcomes] == [""] * len(blocks)
    sizes = [(len(item["requests"]), item["dropped"]) for item in outcomes]
    # The exchange does not count the calls of its own knobs.
    dropped = 600 - SHOWN_AT_MOST
    assert [(2, 0), (0, 0), (1, 0), (SHOWN_AT_MOST, dropped), (0, 0), (1, 0), (2, 0)] == sizes
    [_, refused] = outcomes[0]["requests"]
    assert refused["code"] == "50113"
    assert refused["prehash"].endswith("ZGET/api/v5/account/balance?ccy=BTC%20")
    assert [item["check"] for item in refused["checks"]] == list(REST_CHECKS)
    [login] = outcomes[2]["requests"]
    assert [item["check"] for item in login["checks"]] == list(LOGIN_CHECKS)


def test_a_block_that_is_refused_before_it_runs_shows_no_requests(worker: Worker) -> None:
    key = "print('5a4db0c5-1111-4222-8333-0123456789ab')"

    [_, refused] = worker.run([{"code": WRONG}, {"code": key}])

    assert "real key" in refused["advice"]
    assert refused["requests"] == []


def test_every_check_has_its_words() -> None:
    script = (DOCS / "javascripts" / "run" / "trace.js").read_text(encoding="utf-8")
    words = script.partition("const CHECKS = {")[2].partition("};")[0]

    names = [line.split(":")[0].strip() for line in words.strip().splitlines()]

    assert list(REST_CHECKS) == names


@pytest.fixture
def edited_page(kept_page: Page, hosted_url: str) -> Page:
    """A page whose first block is being edited."""
    page = kept_page
    return_to(page, hosted_url + VALIDATE)
    page.get_by_role("button", name=f"Edit {CLOCK}").click()
    return page


def test_a_reader_sees_each_request_its_prehash_and_its_checks(edited_page: Page, axe: str) -> None:
    page = edited_page
    write(page, CLOCK, WRONG)
    run(page, CLOCK, "It differs")
    saw = page.get_by_text(f"{SAW}2 requests, 1 refused")
    expect(page.get_by_text("GET /api/v5/public/time")).to_have_count(0)

    saw.press("Enter")

    prehash = page.get_by_role("region", name="Prehash of GET /api/v5/account/balance?ccy=BTC%20")
    expect(prehash).to_contain_text("ZGET/api/v5/account/balance?ccy=BTC%20")
    arrived = page.get_by_role("region", name="Request GET /api/v5/account/balance?ccy=BTC%20")
    expect(arrived).to_contain_text("ok-access-passphrase: *************")
    checks = page.locator("details[data-refused=true] .trace__checks li")
    expect(checks).to_have_count(len(REST_CHECKS))
    results = checks.evaluate_all("all => all.map((one) => one.dataset.result)")
    assert results == ["passed"] * 6 + ["failed"] + ["not reached"] * 5
    expect(checks.nth(6)).to_contain_text("the signature: failed. signed /api/v5/account/balance,")
    # The request that was answered is closed, and needs no signature.
    public = page.locator("details[data-refused=false]")
    expect(public.get_by_text("there is no signature to check")).to_be_hidden()
    public.locator("summary").click()
    expect(public.get_by_text("there is no signature to check")).to_be_visible()

    page.evaluate(axe)
    check_sizes_and_colours(page, OUTPUT)


def test_bytes_that_cannot_be_seen_are_set_off(edited_page: Page) -> None:
    page = edited_page
    write(page, CLOCK, BODY)
    run(page, CLOCK, "It differs")
    page.get_by_text(f"{SAW}1 request").click()

    prehash = page.get_by_role("region", name="Prehash of POST")

    expect(prehash).to_contain_text(r'{"instId": "\xc3\xa9\\n"}')
    expect(prehash.locator("mark")).to_have_text([" ", r"\xc3", r"\xa9", r"\\"])


def test_a_request_is_copied_as_curl(edited_page: Page) -> None:
    page = edited_page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    write(page, CLOCK, BODY)
    run(page, CLOCK, "It differs")
    page.get_by_text(f"{SAW}1 request").click()

    page.get_by_role("button", name="Copy as curl: POST /api/v5/trade/order").click()
    expect(page.get_by_text("Copied. It reads the five variables")).to_be_visible()
    command = page.evaluate("navigator.clipboard.readText()")

    assert command.startswith('curl --globoff --request POST "$OKX_API_BASE_URL"')
    assert command.endswith("""--data-raw '{"instId": "é\\n"}'""")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    page.get_by_role("button", name="Copy for PowerShell: POST").click()
    shown = page.get_by_role("region", name="Command of POST /api/v5/trade/order")
    expect(shown).to_contain_text("curl.exe --globoff --request POST")


def test_a_login_and_many_requests_are_shown_too(edited_page: Page) -> None:
    page = edited_page
    write(page, CLOCK, LOGIN)
    run(page, CLOCK, "It differs")
    page.get_by_text(f"{SAW}1 request").click()
    expect(page.get_by_role("region", name="Prehash of login at /ws/v5/private")).to_contain_text(
        "GET/users/self/verify"
    )

    write(page, CLOCK, MANY.replace("600", f"{SHOWN_AT_MOST + 10}"))
    run(page, CLOCK, "It differs")
    page.get_by_text(f"{SAW}{SHOWN_AT_MOST + 10} requests").click()
    expect(page.get_by_text(f"The last {SHOWN_AT_MOST} of them:")).to_be_visible()
    expect(page.locator("details[data-refused]")).to_have_count(SHOWN_AT_MOST)


def test_a_block_that_asks_nothing_shows_nothing(edited_page: Page) -> None:
    write(edited_page, CLOCK, "print(1)")
    run(edited_page, CLOCK, "It differs")

    expect(edited_page.get_by_text(SAW)).to_have_count(0)
