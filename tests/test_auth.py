import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import OkxAuth
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from tests.support.http_server import Handler, serve
from tests.support.patience import SECONDS
from tests.support.properties import examples
from tests.support.raw_http import ISO, NOW, signature

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["BTC,ETH", "a b", "a+b", "a%2Bb", "%", "?", "&", "=", "#", "密é", "/../", ";", '"\\', "%zz"]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
bounded = examples(100)


@pytest.fixture(scope="module")
def still_sandbox() -> Iterator[RunningSandbox]:
    with running(clock=lambda: NOW) as started:
        yield started


def make_auth() -> OkxAuth:
    return OkxAuth(PRACTICE_KEY, demo=True, clock=lambda: NOW)


def read_code(response: requests.Response) -> str:
    return str(response.json()["code"])


@bounded
@given(params=st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT), max_size=5))
def test_any_query_is_signed_as_it_is_sent(still_sandbox: RunningSandbox, params: Any) -> None:
    still_sandbox.exchange.reset()
    url = still_sandbox.url + "/api/v5/account/balance"
    assert read_code(requests.get(url, params=params, auth=make_auth(), timeout=SECONDS)) == "0"


@bounded
@given(pairs=st.lists(st.tuples(st.sampled_from(["ccy", "ccy ", "é"]), TEXT), max_size=6))
def test_a_repeated_parameter_is_signed_as_it_is_sent(
    still_sandbox: RunningSandbox, pairs: Any
) -> None:
    still_sandbox.exchange.reset()
    url = still_sandbox.url + "/api/v5/account/balance"
    assert read_code(requests.get(url, params=pairs, auth=make_auth(), timeout=SECONDS)) == "0"


@bounded
@given(query=TEXT)
def test_a_query_written_into_the_url_is_signed_as_it_is_sent(
    still_sandbox: RunningSandbox, query: str
) -> None:
    still_sandbox.exchange.reset()
    url = f"{still_sandbox.url}/api/v5/account/balance?ccy=BTC&note={query}"
    assert read_code(requests.get(url, auth=make_auth(), timeout=SECONDS)) == "0"


@bounded
@given(body=st.dictionaries(TEXT, JSON, max_size=5))
def test_any_json_body_is_signed_as_it_is_sent(still_sandbox: RunningSandbox, body: Any) -> None:
    still_sandbox.exchange.reset()
    url = still_sandbox.url + "/api/v5/account/set-leverage"
    # lever is asked for first: authentication, permission and body were accepted.
    body = {name: value for name, value in body.items() if name != "lever"}
    answer = requests.post(url, json=body, auth=make_auth(), timeout=SECONDS)
    assert read_code(answer) == "50014"


@bounded
@given(body=st.dictionaries(TEXT, JSON, min_size=1, max_size=3), indent=st.integers(0, 2))
@pytest.mark.parametrize("encode", [str, str.encode])
def test_a_body_of_ones_own_making_is_signed_as_it_is_sent(
    still_sandbox: RunningSandbox, encode: Any, body: Any, indent: int
) -> None:
    still_sandbox.exchange.reset()
    url = still_sandbox.url + "/api/v5/account/set-leverage"
    text = json.dumps(body, indent=indent, ensure_ascii=False)
    answer = requests.post(url, data=encode(text), auth=make_auth(), timeout=SECONDS)
    assert not read_code(answer).startswith("501")


def test_the_headers_are_those_of_the_prepared_request() -> None:
    url = "https://openapi.okx.com/api/v5/account/balance?ccy=BTC, ETH"
    request = requests.Request("get", url, auth=OkxAuth(PRACTICE_KEY, clock=lambda: NOW)).prepare()
    target = "/api/v5/account/balance?ccy=BTC,%20ETH"
    assert request.headers == {
        "OK-ACCESS-KEY": PRACTICE_KEY.api_key,
        "OK-ACCESS-SIGN": signature(PRACTICE_KEY.secret_key, ISO, "GET", target),
        "OK-ACCESS-TIMESTAMP": ISO,
        "OK-ACCESS-PASSPHRASE": PRACTICE_KEY.passphrase,
    }


def test_signing_changes_neither_the_url_nor_the_body() -> None:
    request = requests.Request("POST", "https://openapi.okx.com/a?b=%2c+", json={"é": "密"})
    bare = request.prepare()
    request.auth = make_auth()
    signed = request.prepare()
    assert (bare.url, bare.body, bare.method) == (signed.url, signed.body, signed.method)
    assert bare.headers.items() <= signed.headers.items()
    assert signed.headers["x-simulated-trading"] == "1"


def test_every_request_asks_the_clock_again() -> None:
    clock: Iterator[datetime | float] = iter([NOW, datetime(2026, 8, 22, 16, 20, tzinfo=UTC)])
    second = OkxAuth(PRACTICE_KEY, clock=lambda: next(clock))
    request = requests.Request("GET", "https://openapi.okx.com/", auth=second)
    times = [request.prepare().headers["OK-ACCESS-TIMESTAMP"] for _ in range(2)]
    assert times == [ISO, "2026-08-22T16:20:00.000Z"]


@pytest.mark.parametrize(
    "body", [io.BytesIO(b"{}"), io.StringIO("{}"), iter([b"{}"]), (part for part in ["{}"])]
)
def test_a_stream_is_refused_before_anything_is_sent(body: Any) -> None:
    request = requests.Request("POST", "https://openapi.okx.com/", data=body, auth=make_auth())
    with pytest.raises(TypeError, match="is a stream and cannot be signed: pass text, or use json"):
        request.prepare()


def test_the_secret_is_in_nothing_that_is_sent() -> None:
    request = requests.Request(
        "POST", "https://openapi.okx.com/", json={}, auth=make_auth()
    ).prepare()
    assert PRACTICE_KEY.secret_key not in f"{request.url}{request.headers}{request.body!r}"
    assert PRACTICE_KEY.secret_key not in repr(make_auth())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"data": {"instId": "BTC-USDT"}}, "use json= instead of data="),
        ({"files": {"a": b"x"}}, "use json= instead of data="),
        ({"data": b"\xff\xfe"}, "not UTF-8 text"),
    ],
)
def test_a_body_that_is_not_json_is_refused_before_it_is_sent(
    body: dict[str, object], message: str
) -> None:
    request = requests.Request("POST", "http://127.0.0.1:9/api/v5/trade/order", **body)
    request.auth = OkxAuth(PRACTICE_KEY)
    with pytest.raises(TypeError, match=message):
        request.prepare()


def test_plain_requests_stops_at_a_redirect_to_another_host() -> None:
    addresses = []

    class Elsewhere(Handler):
        def answer(self) -> None:
            addresses.append(self.path)
            self.reply(200, b"")

    with serve(Elsewhere) as elsewhere:

        class First(Handler):
            def answer(self) -> None:
                target = {"/other": elsewhere, "/same": "/here", "/here": ""}[self.path]
                self.reply(302 if target else 200, b"", {"Location": target} if target else {})

        with serve(First) as first:
            for follow in (True, False):
                with pytest.raises(requests.TooManyRedirects, match=f"Redirected to {elsewhere}"):
                    requests.get(
                        f"{first}/other", auth=make_auth(), timeout=SECONDS, allow_redirects=follow
                    )
            assert (
                requests.get(f"{first}/same", auth=make_auth(), timeout=SECONDS).url
                == f"{first}/here"
            )
    assert addresses == []


@pytest.mark.parametrize(
    ("target", "stopped"),
    [
        ("https://openapi.okx.com/b", False),
        ("/b", False),
        ("b?c", False),
        ("//evil.example/", True),
        ("http://openapi.okx.com/", True),
        ("https://openapi.okx.com:444/", True),
        ("https://openapi.okx.com@evil.example/", True),
        ("https://evil.example\\@openapi.okx.com/", True),
        ("https://openapi.okx.com.evil.example/", True),
    ],
)
def test_where_a_redirect_leads_is_read_as_requests_reads_it(target: str, stopped: bool) -> None:
    url = "https://openapi.okx.com/a"
    prepared = requests.Request("GET", url, auth=make_auth()).prepare()
    response = requests.Response()
    response.status_code, response.url, response.raw = 302, url, io.BytesIO()
    response.headers["Location"] = target
    if stopped:
        with pytest.raises(requests.TooManyRedirects, match="not followed"):
            prepared.hooks["response"][0](response)
    else:
        prepared.hooks["response"][0](response)
