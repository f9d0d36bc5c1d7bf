import itertools
import json
import socket
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import facts
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox
from tests.support.properties import examples
from tests.support.raw_http import (
    ISO,
    Answer,
    connect,
    make_private_headers,
    order,
    read_all,
    read_statuses,
    request,
    send,
    send_all,
    send_request,
)

ORDER = "/api/v5/trade/order"
TIME = "/api/v5/public/time"
MEGABYTE = 1 << 20


def post(url: str, body: str | bytes, **headers: str) -> Answer:
    return send_request(
        url, "POST", ORDER, make_private_headers("POST", ORDER, body) | headers, body
    )


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", TIME, ""),
        ("GET", "/api/v5/public/instruments?instType=SPOT", ""),
        ("GET", "/api/v5/market/ticker?instId=BTC-USDT", ""),
        ("GET", "/api/v5/account/config", ""),
        ("GET", "/api/v5/account/balance", ""),
        ("GET", "/api/v5/asset/currencies", ""),
        ("GET", "/api/v5/asset/balances", ""),
        ("GET", "/api/v5/trade/orders-pending", ""),
        ("GET", f"{ORDER}?instId=BTC-USDT&clOrdId=mine", ""),
        (
            "POST",
            "/api/v5/account/set-leverage",
            '{"instId": "BTC-USDT", "lever": "3", "mgnMode": "cross"}',
        ),
        ("POST", ORDER, order()),
        ("POST", "/api/v5/trade/cancel-order", '{"instId": "BTC-USDT", "clOrdId": "mine"}'),
    ],
)
def test_every_endpoint_answers_a_right_request(
    url: str, method: str, target: str, body: str
) -> None:
    assert post(url, order(clOrdId="mine")).code == "0"
    answer = send_request(url, method, target, make_private_headers(method, target, body), body)
    assert (answer.status, answer.code, answer.json["msg"]) == (200, "0", "")
    assert answer.json["data"]


@pytest.mark.parametrize("target", [TIME, "/api/v5/market/ticker?instId=ETH-USDT"])
def test_public_endpoints_need_no_key_and_mind_no_wrong_one(url: str, target: str) -> None:
    assert send_request(url, "GET", target).code == "0"
    assert send_request(url, "GET", target, {"OK-ACCESS-KEY": "FAKE"}).code == "0"


def test_the_config_tells_what_the_key_is(url: str) -> None:
    config = send_request(
        url, "GET", "/api/v5/account/config", make_private_headers(target="/api/v5/account/config")
    )
    expected = {"perm": "read_only,trade", "ip": "", "label": "practice", "acctLv": "1"}
    assert expected.items() <= config.json["data"][0].items()
    assert PRACTICE_KEY.secret_key.encode() not in config.body
    assert PRACTICE_KEY.passphrase.encode() not in config.body


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/api/v5",
        "/api/v5/account/nothing",
        f"{TIME}/",
        f"/{TIME}",
        "/API/v5/public/time",
        "/api/v3/account/accounts",
        "/api/v5/trade/../public/time",
        "/%2fapi",
        "/%",
        "/%00",
        "/?a=b",
        "/" + "x" * 5000,
        f"http://localhost{TIME}",
        f"https://www.okx.com{TIME}",
        f"//localhost{TIME}",
        "sandbox:443",
        "*",
        "?",
        "#",
        "api",
        "http://[",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_an_unknown_path_is_not_found(url: str, method: str, target: str) -> None:
    answer = send_request(url, method, target)
    assert (404, facts.load("rules")["unknown-path"].value["example"]) == (
        answer.status,
        answer.json,
    )
    assert answer.headers["x-sandbox"] == "practice exchange, not OKX"
    assert f"GET {TIME}" in answer.hint


def test_a_head_request_gets_no_body(url: str) -> None:
    assert send_all(url, request("HEAD", TIME)).endswith(b"\r\n\r\n")
    assert send_request(url, "HEAD", TIME).status == 405


@pytest.mark.parametrize(
    "method", ["OPTIONS", "TRACE", "CONNECT", "PATCH", "PROPFIND", "get", "G-E_T", "!", "X" * 5000]
)
def test_an_odd_method_is_refused(url: str, method: str) -> None:
    assert send_request(url, method, TIME).code == "50115"


# --- large ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [MEGABYTE + 1, 3 * MEGABYTE])
def test_a_body_beyond_a_megabyte_is_too_large(url: str, size: int) -> None:
    answer = send_request(url, "POST", ORDER, make_private_headers(), b"x" * size)
    assert (answer.status, answer.body) == (413, b"The body is larger than 1048576 bytes.")
    assert answer.headers["x-sandbox"] == "practice exchange, not OKX"


def test_a_body_in_endless_chunks_is_too_large(url: str) -> None:
    head = request("POST", ORDER, {"Transfer-Encoding": "chunked"})
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    assert send(url, head + chunk * 40).status == 413


def test_a_body_of_a_megabyte_is_read(url: str) -> None:
    body = order() + " " * (MEGABYTE - len(order()))
    assert post(url, body).code == "0"


@pytest.mark.parametrize(
    "body",
    [
        b"x" * MEGABYTE,
        b'{"a":"' + b"x" * (MEGABYTE - 8) + b'"}',
        b"[" + b"1," * (MEGABYTE // 2 - 2) + b"1]",
        b'{"a":' * 100_000,
        ("\u5bc6" * (MEGABYTE // 3)).encode(),
        b"\xff" * MEGABYTE,
        b"\\" * MEGABYTE,
    ],
    ids=["text", "string", "list", "deep", "wide", "bytes", "backslashes"],
)
def test_a_large_body_with_a_wrong_signature_is_answered_in_time(url: str, body: bytes) -> None:
    assert post(url, body, **{"OK-ACCESS-SIGN": "FAKE"}).code == "50113"


def test_a_long_query_with_a_wrong_signature_is_answered_in_time(url: str) -> None:
    target = "/api/v5/account/balance?" + "&".join(f"a{number}=%41" for number in range(5000))
    assert send_request(url, "GET", target, make_private_headers()).code == "50113"


@pytest.mark.parametrize("header", ["X-Long", "OK-ACCESS-PASSPHRASE", "OK-ACCESS-KEY"])
def test_a_header_beyond_all_measure_is_refused(url: str, header: str) -> None:
    try:
        status = send_request(
            url, "GET", "/api/v5/account/config", make_private_headers() | {header: "x" * 100_000}
        ).status
    except ConnectionError:
        status = 400  # closed before all of it was read, and so the answer was lost on its way
    assert 400 <= status < 500
    assert send_request(url, "GET", TIME).status == 200


# --- odd bodies -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"instId":' + b"[" * 5000 + b"]" * 5000 + b"}", "50002"),
        (b'{"instId":' + b"[" * 500 + b"]" * 500 + b"}", "1"),
        (b'{"tag":' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"," + order().encode()[1:], "1"),
        (order(sz="9" * 5000), "1"),
        (order().replace('"0.001"', "9" * 5000), "1"),
        (order().replace('"0.001"', "1e999999"), "1"),
        (order().replace('"0.001"', "-0"), "1"),
        (order().replace('"0.001"', "NaN"), "50002"),
        (order().replace('"0.001"', "-Infinity"), "50002"),
        (order(clOrdId="\ud800"), "1"),
        (order(instId="\udcff\ud800"), "1"),
        (order(tag="\ud800"), "1"),
        (order().encode("utf-16"), "0"),
        (order()[:-1] + ',"sz":"0.002"}', "0"),
        (order()[:-1] + ',"__class__":"x","a":null,"":[]}', "0"),
        (b"\x00", "50002"),
        (b"{}" * 2, "50002"),
        (b'"' + b"\xed\xa0\x80" + b'"', "50002"),
        (b'{"a":"\x01"}', "50002"),
    ],
)
def test_an_odd_body_is_read_or_refused(url: str, body: str | bytes, code: str) -> None:
    assert code == post(url, body).code


# One that is no signature, and one of another request, which is looked into.
@pytest.mark.parametrize("wrong", ["FAKE", make_private_headers()["OK-ACCESS-SIGN"]])
@pytest.mark.parametrize("body", [b'{"a":"\\ud800"}', b"\xff\xfe", b'{"\\udfff":["\\ud800"]}'])
def test_half_a_surrogate_pair_in_a_body_signed_wrongly_is_only_a_wrong_signature(
    url: str, body: bytes, wrong: str
) -> None:
    assert post(url, body, **{"OK-ACCESS-SIGN": wrong}).code == "50113"


def test_a_chunked_body_is_verified_as_one(url: str) -> None:
    body = order().encode()
    headers = make_private_headers("POST", ORDER, body) | {"Transfer-Encoding": "chunked"}
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:8], body[8:])]
    assert send(url, request("POST", ORDER, headers) + b"".join(chunks) + b"0\r\n\r\n").code == "0"


# --- odd HTTP ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["OK-ACCESS-KEY", "OK-ACCESS-SIGN", "OK-ACCESS-PASSPHRASE"])
def test_of_a_header_sent_twice_the_first_counts(url: str, name: str) -> None:
    target = "/api/v5/account/config"
    right = make_private_headers(target=target)
    doubled = [*right.items(), (name, "FAKE")]
    assert send_request(url, "GET", target, doubled).code == "0"
    assert send_request(url, "GET", target, doubled[::-1]).code.startswith("501")


@pytest.mark.parametrize("value", ["\xe9", "\xff" * 100, "\x7f", "%00"])
@pytest.mark.parametrize(
    "name",
    [
        "OK-ACCESS-KEY",
        "OK-ACCESS-SIGN",
        "OK-ACCESS-TIMESTAMP",
        "OK-ACCESS-PASSPHRASE",
        "x-simulated-trading",
        "Content-Type",
        "Host",
    ],
)
def test_odd_header_values_are_refused_or_ignored(url: str, name: str, value: str) -> None:
    target = "/api/v5/account/config"
    answer = send_request(url, "GET", target, make_private_headers(target=target) | {name: value})
    assert answer.status in {200, 400, 401}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\x00" * 1000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET / HTTP/1.1\r\n: x\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\x00c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n folded: y\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"G\xc9T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"POST / HTTP/1.1\r\nHost: ::1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000,
        b"GET /" + b"x" * 200_000,
    ],
)
def test_what_is_not_http_is_refused_or_dropped(url: str, data: bytes) -> None:
    assert set(read_statuses(send_all(url, data))) <= {"400", "404", "421", "431", "505"}


def test_several_requests_in_one_go_are_all_answered(url: str) -> None:
    single = request("GET", TIME).replace(b"Connection: close\r\n", b"")
    with connect(url) as connection:
        connection.sendall(single * 3 + request("GET", TIME))
        received = read_all(connection)
    assert read_statuses(received) == ["200"] * 4


@pytest.mark.parametrize("share", [0, 1, 20, 60, 400, -1])
@pytest.mark.parametrize("reset", [True, False])
def test_a_caller_who_leaves_early_disturbs_nobody(url: str, share: int, reset: bool) -> None:
    body = order() + " " * 5000
    data = request("POST", ORDER, make_private_headers("POST", ORDER, body), body)
    with connect(url) as connection:
        connection.sendall(data[:share])
        if reset:
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def test_a_caller_who_dawdles_holds_up_nobody(url: str) -> None:
    body = order()
    data = request("POST", ORDER, make_private_headers("POST", ORDER, body), body)
    with connect(url) as connection:
        connection.sendall(data[:-1])
        assert send_request(url, "GET", TIME).code == "0"
        connection.sendall(data[-1:])
        assert b'"sMsg":"Order placed"' in read_all(connection)


def test_a_body_that_never_comes_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okx_guide.sandbox.request_body._SECONDS", 0.05)
    answer = send(url, request("POST", ORDER, {"Content-Length": "9"}) + b"x")
    assert answer.status == 408
    assert answer.headers["x-sandbox"] == "practice exchange, not OKX"


def test_many_connections_at_once_are_served(url: str) -> None:
    waiting = [connect(url) for _ in range(100)]
    try:
        assert send_request(url, "GET", TIME).code == "0"
    finally:
        for connection in waiting:
            connection.close()


# --- at random --------------------------------------------------------------------------

LATIN = st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40)
PATHS = st.sampled_from(
    [
        ORDER,
        TIME,
        "/api/v5/account/balance",
        "/api/v5/account/set-leverage",
        "/api/v5/nothing",
        "/api/v5/trade/cancel-order",
        "/api/v5/public/instruments",
        "/api/v5/trade/orders-pending",
    ]
)
QUERIES = (
    st.lists(
        st.sampled_from(
            ["ccy", "instId", "instType", "ordId", "clOrdId", "ordType", "state", "%c3"]
        )
        | st.text("%&=+;?/:,0aF", max_size=5)
    )
    .flatmap(lambda names: st.tuples(*(st.just(f"{name}=") | LATIN for name in names)))
    .map("&".join)
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["BTC-USDT", "cash", "buy", "limit", "market", "1000", "0.001", "3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    [
        "instId",
        "tdMode",
        "side",
        "ordType",
        "px",
        "sz",
        "clOrdId",
        "ordId",
        "tag",
        "tgtCcy",
        "lever",
        "mgnMode",
    ]
)
GOOD = st.just(json.loads(order()))
BODIES = (
    st.binary(max_size=50)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.tuples(GOOD, st.dictionaries(FIELDS, VALUES, max_size=3)).map(
        lambda pair: json.dumps(pair[0] | pair[1]).encode()
    )
)
SWAPS = st.dictionaries(
    st.sampled_from(
        [*make_private_headers(body="x"), "Content-Type", "Accept-Encoding", "X-Forwarded-For"]
    ),
    LATIN | st.sampled_from(["", ISO, "1607418537715", "1", "application/json"]),
    max_size=2,
)


@pytest.mark.parametrize("body", [b"\x80", b"\xff\xfe{}", b'{"instId":"\x80"}', b"a=\x80"])
def test_a_wrong_signature_of_a_body_that_is_no_text_is_refused(url: str, body: bytes) -> None:
    path = "/api/v5/trade/order"
    headers = make_private_headers("POST", path, "{}")

    assert send_request(url, "POST", path, headers, body).status == 401


@examples(250)
@given(
    method=st.sampled_from(["GET", "POST", "GET", "POST", "HEAD", "PUT", "DELETE", "X"]),
    path=PATHS,
    query=st.just("") | QUERIES,
    body=st.just(b"") | BODIES,
    swapped=SWAPS,
    signed_as=st.none() | st.sampled_from(["method", "target", "body"]),
)
def test_no_request_of_any_kind_makes_it_stumble(
    running_sandbox: RunningSandbox,
    method: str,
    path: str,
    query: str,
    body: bytes,
    swapped: dict[str, str],
    signed_as: str | None,
) -> None:
    running_sandbox.exchange.reset()
    target = f"{path}?{query}" if query else path
    parts: dict[str, Any] = {"method": method, "target": target, "body": body}
    if signed_as:
        parts[signed_as] = "/other"
    headers = make_private_headers(**parts) | swapped
    answer = send_request(running_sandbox.url, method, target.encode("latin-1"), headers, body)
    assert 200 <= answer.status < 500
    if answer.status != 400 and method != "HEAD":
        assert answer.headers["x-sandbox"] == "practice exchange, not OKX"
        assert answer.code
    assert answer.hint.isascii()
    assert PRACTICE_KEY.secret_key not in answer.hint


@examples(100)
@given(
    noise=st.lists(
        st.binary(max_size=30)
        | st.sampled_from(
            [
                b"GET ",
                b"POST ",
                TIME.encode(),
                b" HTTP/1.1\r\n",
                b"\r\n",
                b"Host: localhost\r\n",
                b"0\r\n",
                b"Content-Length: 5\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b": ",
                b"\r\n\r\n",
            ]
        ),
        max_size=12,
    )
)
def test_no_bytes_of_any_kind_make_it_stumble(
    running_sandbox: RunningSandbox, noise: list[bytes]
) -> None:
    running_sandbox.exchange.reset()
    assert "500" not in read_statuses(send_all(running_sandbox.url, b"".join(noise)))
    assert send_request(running_sandbox.url, "GET", TIME).code == "0"


def test_every_public_secret_is_absent_from_every_kind_of_answer(url: str) -> None:
    bodies = [order(), order(sz="0"), "{", ""]
    for body, wrong in itertools.product(bodies, [{}, {"OK-ACCESS-SIGN": "FAKE"}]):
        answer = post(url, body, **wrong)
        shown = repr(answer)
        assert PRACTICE_KEY.secret_key not in shown
        assert PRACTICE_KEY.passphrase not in shown
