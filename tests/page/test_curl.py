"""A request that the exchange saw is copied as a command that sends the same request."""

import re
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import requests

from okx_guide import Credentials, headers
from okx_guide.sandbox import RunningSandbox, running
from okx_guide.sandbox.state.journal import Trace
from tests.support.javascript import run_node
from tests.support.languages import environ
from tests.support.patience import SECONDS
from tests.support.tools import require_program

WRITE = """
const { isWhole, writePowerShell, writeShell } = await import("./run/curl.js");
const answer = given.map((one) => isWhole(one) ? [writeShell(one), writePowerShell(one)] : null);
console.log(JSON.stringify(answer));
"""
# Each would be something else to a shell that reads it.
NASTY = "$OKX_API_KEY `id` $(id) \\ ! % & ; | < > # 'single' ''twice'' \"double\" é 欧 \n"
ORDER = (
    '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"1000","sz":"0.001"}'
)
OWN = {"accept-encoding", "connection", "content-length", "host"}
REQUESTS = {
    "without a key": ("GET", "/api/v5/public/time", "", {}),
    "with a query": ("GET", "/api/v5/account/balance?ccy=BTC,ETH", "", {}),
    "with brackets": ("GET", "/api/v5/account/balance?ccy=[BTC]{1}&x='$HOME'", "", {}),
    "an order": ("POST", "/api/v5/trade/order", ORDER, {}),
    "a nasty body": ("POST", "/api/v5/trade/order", NASTY, {}),
    "a nasty header": ("GET", "/api/v5/account/config", "", {"x-note": "it's $HOME `id` !!"}),
}


@pytest.fixture
def watched_sandbox() -> Any:
    with running() as sandbox:
        sandbox.exchange.record()
        yield sandbox


def send(sandbox: RunningSandbox, method: str, path: str, body: str, more: dict[str, str]) -> Trace:
    """Send one request, signed as it is sent, and return what the exchange saw."""
    signed = headers(Credentials.from_env(sandbox.environ), method, path, body, demo=True)
    session = requests.Session()
    prepared = session.prepare_request(
        requests.Request(method, sandbox.url, data=body.encode() or None, headers=signed | more)
    )
    prepared.url = sandbox.url + path  # as it is, with what requests would encode
    with session:
        session.send(prepared, timeout=SECONDS)
    return get_last_trace(sandbox)


def get_last_trace(sandbox: RunningSandbox) -> Trace:
    assert sandbox.exchange.journal is not None
    return list(sandbox.exchange.journal)[-1]


def render_commands(trace: Trace) -> list[str] | None:
    results: list[list[str] | None] = run_node(WRITE, [asdict(trace)])
    return results[0]


def paste(command: str, sandbox: RunningSandbox, folder: Path) -> None:
    require_program("curl")
    subprocess.run(
        [require_program("sh"), "-euc", command],
        cwd=folder,
        env={**environ(**sandbox.environ), "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )


@pytest.mark.parametrize("name", REQUESTS)
def test_a_pasted_command_sends_the_same_request(
    name: str, watched_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    method, path, body, more = REQUESTS[name]
    request = send(watched_sandbox, method, path, body, more)
    written = render_commands(request)
    assert written is not None

    paste(written[0], watched_sandbox, tmp_path)

    trace = get_last_trace(watched_sandbox)
    assert trace is not request
    assert (request.method, request.target, request.body) == (
        trace.method,
        trace.target,
        trace.body,
    )
    assert request.prehash == trace.prehash
    assert list_own_headers(request) == list_own_headers(trace)
    assert watched_sandbox.environ["OKX_PASSPHRASE"] not in written[0] + written[1]
    assert watched_sandbox.environ["OKX_SECRET_KEY"] not in written[0] + written[1]


def test_a_pasted_order_is_accepted(watched_sandbox: RunningSandbox, tmp_path: Path) -> None:
    written = render_commands(send(watched_sandbox, *REQUESTS["an order"]))
    assert written is not None

    paste(written[0], watched_sandbox, tmp_path)

    assert get_last_trace(watched_sandbox).code == "0"


def list_own_headers(trace: Trace) -> set[tuple[str, str]]:
    """Return the headers that curl does not make itself."""
    return {(header, value) for header, value in trace.headers if header not in OWN}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_command_for_powershell_has_the_same_parts(
    name: str, watched_sandbox: RunningSandbox
) -> None:
    """PowerShell itself is not run: in single quotes it keeps all but two quotes, which are one."""
    trace = send(watched_sandbox, *REQUESTS[name])
    written = render_commands(trace)
    assert written is not None
    quoted = re.findall(r"'((?:[^']|'')*)'", written[1])
    values = {text.replace("''", "'") for text in quoted}

    assert trace.target in values
    visible = {
        f"{name}: {value}" for name, value in list_own_headers(trace) if not value.startswith("*")
    }
    assert visible <= values
    assert (trace.body in values) == bool(trace.body)
    assert ("@body.json" in values) == bool(trace.body)
    assert '"ok-access-passphrase: $env:OKX_PASSPHRASE"' in written[1]


@pytest.mark.parametrize(
    "body",
    ['{"apiKey":"a","passphrase":"S3cret-of-a-sub"}', "x" * 5000],
    ids=["a secret", "too long"],
)
def test_what_the_exchange_did_not_keep_is_not_offered(
    body: str, watched_sandbox: RunningSandbox
) -> None:
    assert render_commands(send(watched_sandbox, "POST", "/api/v5/trade/order", body, {})) is None


def test_bytes_that_are_no_text_are_not_offered(watched_sandbox: RunningSandbox) -> None:
    requests.post(f"{watched_sandbox.url}/api/v5/trade/order", data=b"\xff\xfe", timeout=SECONDS)

    assert render_commands(get_last_trace(watched_sandbox)) is None
