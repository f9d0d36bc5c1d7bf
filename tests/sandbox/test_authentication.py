import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from okx_guide import facts
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, running
from okx_guide.sandbox.app import create_app
from okx_guide.sandbox.state.exchange import Exchange
from tests.support.raw_http import (
    ISO,
    NOW,
    Answer,
    Headers,
    make_private_headers,
    order,
    post,
    send_request,
    signature,
)

BALANCE = "/api/v5/account/balance"
LEVERAGE = "/api/v5/account/set-leverage"
ORDER = "/api/v5/trade/order"
LIVE = replace(
    PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000002", passphrase="Live-0nly", demo=False
)
READER = replace(
    PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000003", permissions=("read_only",)
)
BOUND = replace(
    PRACTICE_KEY,
    api_key="00000000-0000-4000-8000-000000000004",
    ips=("203.0.113.7", "2001:db8::/32"),
)
HOME = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000005", ips=("127.0.0.1",))
HOME6 = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000006", ips=("::1",))
ODD = replace(
    PRACTICE_KEY,
    api_key="00000000-0000-4000-8000-000000000007",
    secret_key="Fake+secret/with odd%=\"signs'",
    passphrase="Fake pa$$/w+rd&\\'\"",
)
KEYS = (PRACTICE_KEY, LIVE, READER, BOUND, HOME, HOME6, ODD)
GONE = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-00000000dead")


@pytest.fixture(scope="module")
def keys() -> Sequence[Key]:
    return KEYS


def remove_headers(headers: Headers, *names: str) -> Headers:
    return {name: value for name, value in headers.items() if name not in names}


def make_date_headers(seconds: float) -> str:
    moment = datetime.fromtimestamp(round(NOW + seconds, 3), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def assert_refused(answer: Answer, code: str, *params: str) -> None:
    """The answer is that of the facts, word for word, but for 50113: it is as logs have it."""
    fact = facts.load("errors")[code].value
    # Where OKX documents a code with several statuses, each has its own words.
    rows = [row for row in fact.get("rows", ()) if row["http_status"] == answer.status]
    message = rows[0]["message"] if rows else fact["message"]
    if code == "50113":
        message = "Invalid Sign"
    for number, param in enumerate(params):
        message = message.replace(f"{{param{number}}}", param)
    expected = {"code": code, "msg": message}
    if not code.startswith("501"):
        expected["data"] = []
    assert expected == answer.json
    assert answer.status in fact["http_status"] + ([401] if code == "50119" else [])
    assert answer.headers["x-sandbox"] == "practice exchange, not OKX"
    assert answer.headers["content-type"] == "application/json"


GET = make_private_headers()
REFUSED: list[tuple[str, Headers]] = [
    ("50103", remove_headers(GET, "OK-ACCESS-KEY")),
    ("50103", GET | {"OK-ACCESS-KEY": ""}),
    ("50103", remove_headers(GET, "OK-ACCESS-KEY") | {"OKX-ACCESS-KEY": PRACTICE_KEY.api_key}),
    ("50104", remove_headers(GET, "OK-ACCESS-PASSPHRASE")),
    ("50106", remove_headers(GET, "OK-ACCESS-SIGN")),
    ("50107", remove_headers(GET, "OK-ACCESS-TIMESTAMP")),
    ("50111", GET | {"OK-ACCESS-KEY": "FAKE"}),
    ("50111", GET | {"OK-ACCESS-KEY": PRACTICE_KEY.api_key + "0"}),
    ("50111", GET | {"OK-ACCESS-KEY": PRACTICE_KEY.secret_key}),
    ("50119", make_private_headers(key=GONE)),
    ("50101", remove_headers(GET, "x-simulated-trading")),
    ("50101", GET | {"x-simulated-trading": "0"}),
    ("50101", GET | {"x-simulated-trading": "true"}),
    ("50101", make_private_headers(key=LIVE) | {"x-simulated-trading": "1"}),
    ("50113", make_private_headers(secret="FA4EFA4EFA4EFA4EFA4EFA4EFA4EFA4E")),
    ("50113", GET | {"OK-ACCESS-SIGN": "="}),
    ("50105", GET | {"OK-ACCESS-PASSPHRASE": "practice-0nly"}),
    ("50105", GET | {"OK-ACCESS-PASSPHRASE": PRACTICE_KEY.secret_key}),
]


@pytest.mark.parametrize(("code", "headers"), REFUSED)
def test_a_request_is_refused_with_its_code(url: str, code: str, headers: Headers) -> None:
    answer = send_request(url, "GET", BALANCE, headers)
    assert_refused(answer, code)
    assert answer.status == 401
    assert answer.hint


@pytest.mark.parametrize("key", [PRACTICE_KEY, LIVE, READER, HOME, ODD])
def test_a_right_request_passes(url: str, key: Key) -> None:
    assert send_request(url, "GET", BALANCE, make_private_headers(key=key)).code == "0"


def test_a_live_key_may_say_that_it_is_not_simulated(url: str) -> None:
    headers = make_private_headers(key=LIVE) | {"x-simulated-trading": "0"}
    assert send_request(url, "GET", BALANCE, headers).code == "0"


def test_header_names_have_no_case(url: str) -> None:
    headers = {name.swapcase(): value for name, value in GET.items()}
    assert send_request(url, "GET", BALANCE, headers).code == "0"


def test_the_checks_come_in_the_order_observed() -> None:
    body = b"\xff"
    key = replace(PRACTICE_KEY, permissions=("withdraw",), ips=("203.0.113.7",), demo=False)
    headers = {"x-simulated-trading": "1", "Content-Type": "text/plain"}
    # Everything is wrong; each step mends what the step before it was refused for.
    steps: list[tuple[str, Headers, dict[str, Any]]] = [
        ("50103", {}, {}),
        ("50104", {"OK-ACCESS-KEY": "FAKE"}, {}),
        ("50106", {"OK-ACCESS-PASSPHRASE": "FAKE"}, {}),
        ("50107", {"OK-ACCESS-SIGN": "FAKE"}, {}),
        ("50112", {"OK-ACCESS-TIMESTAMP": "FAKE"}, {}),
        ("50102", {"OK-ACCESS-TIMESTAMP": make_date_headers(-60)}, {}),
        ("50111", {"OK-ACCESS-TIMESTAMP": ISO}, {}),
        ("50119", {"OK-ACCESS-KEY": GONE.api_key}, {}),
        ("50110", {"OK-ACCESS-KEY": key.api_key}, {}),
        ("50101", {}, {"ips": ()}),
        ("50113", {"x-simulated-trading": "0"}, {}),
        ("50105", {"OK-ACCESS-SIGN": signature(key.secret_key, ISO, "POST", ORDER, body)}, {}),
        ("50120", {"OK-ACCESS-PASSPHRASE": key.passphrase}, {}),
        ("50006", {}, {"permissions": ("trade",)}),
        ("50002", {"Content-Type": "application/json"}, {}),
    ]
    codes = []
    with running([key], clock=lambda: NOW) as sandbox:
        for _, mended, changed in steps:
            headers |= mended
            key = replace(key, **changed)
            sandbox.exchange.keys.add(key)
            codes.append(send_request(sandbox.url, "POST", ORDER, headers, body).code)
    assert [code for code, _, _ in steps] == codes
    assert facts.load("rules")["order-of-checks"].value["order"] == codes[:-2]


def test_the_limit_comes_before_the_body(url: str) -> None:
    headers = make_private_headers("POST", ORDER, "{") | {"Content-Type": "text/plain"}
    limit = facts.load("limits")[f"POST {ORDER}"].value["requests"]
    codes = [send_request(url, "POST", ORDER, headers, "{").code for _ in range(limit + 1)]
    assert ["50006"] * limit + ["50011"] == codes


@pytest.mark.parametrize("seconds", [-30, -29.999, 0, 29.999, 30])
def test_a_timestamp_within_30_seconds_passes(url: str, seconds: float) -> None:
    assert (
        send_request(url, "GET", BALANCE, make_private_headers(at=make_date_headers(seconds))).code
        == "0"
    )


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (-30.001, "30 seconds behind"),
        (30.001, "30 seconds ahead of"),
        (-60, "60 seconds behind"),
        (28800, "28800 seconds ahead of"),
        (-1_000_000_000, "1000000000 seconds behind"),
    ],
)
def test_a_timestamp_beyond_30_seconds_is_refused(url: str, seconds: float, message: str) -> None:
    answer = send_request(url, "GET", BALANCE, make_private_headers(at=make_date_headers(seconds)))
    assert_refused(answer, "50102")
    assert f"your timestamp is {message} the sandbox's clock; 30 are allowed" == answer.hint


def test_unix_milliseconds_are_expired_even_if_they_are_now(url: str) -> None:
    answer = send_request(url, "GET", BALANCE, make_private_headers(at="1607418537715"))
    assert_refused(answer, "50102")
    assert answer.hint == "the timestamp is Unix milliseconds; REST wants ISO 8601"


@pytest.mark.parametrize(
    "text",
    [
        "1607418537",
        "1607418537.715",
        "2020-12-08T09:08:57.Z",
        "2020-12-08T09:08:57.715",
        "2020-12-08T09:08:57.715+00:00",
        "2020-12-08T17:08:57.715+08:00",
        "2020-12-08 09:08:57.715Z",
        "2020-12-08T09:08:57.715z",
        "2020-12-08T09:08:57,715Z",
        "2020-12-08T09:08:57.7151234567Z",
        "2020-13-08T09:08:57.715Z",
        "2020-12-32T09:08:57.715Z",
        "2020-12-08T24:08:57.715Z",
        "2020-12-08T09:08:60.715Z",
        "0000-12-08T09:08:57.715Z",
        "Tue, 08 Dec 2020 09:08:57 GMT",
        "\xb2020-12-08T09:08:57.715Z",
        "now",
    ],
)
def test_a_timestamp_in_another_form_is_refused(url: str, text: str) -> None:
    headers = GET | {"OK-ACCESS-TIMESTAMP": text}
    assert_refused(send_request(url, "GET", BALANCE, headers), "50112")


@pytest.mark.parametrize(
    "text",
    ["2020-12-08T09:08:57.7Z", "2020-12-08T09:08:57.57Z", "2020-12-08T09:08:57.715123456Z"],
)
def test_other_numbers_of_digits_pass_as_they_seem_to_at_okx(url: str, text: str) -> None:
    assert send_request(url, "GET", BALANCE, make_private_headers(at=text)).code == "0"


WHOLE = "2020-12-08T09:08:57Z"
"""`NOW` without its milliseconds."""


@pytest.fixture(scope="module")
def lenient_sandbox() -> Iterator[RunningSandbox]:
    with running(KEYS, clock=lambda: NOW, milliseconds="optional") as sandbox:
        yield sandbox


def test_a_time_without_milliseconds_is_refused_and_the_hint_calls_that_disputed(url: str) -> None:
    answer = send_request(url, "GET", BALANCE, make_private_headers(at=WHOLE))
    assert_refused(answer, "50112")
    assert facts.load("rules")["rest-missing-milliseconds"].confidence == "disputed"
    assert "whether OKX refuses that is disputed" in answer.hint
    assert "--milliseconds optional" in answer.hint


def test_a_time_without_milliseconds_passes_where_they_are_optional(
    lenient_sandbox: RunningSandbox,
) -> None:
    assert (
        send_request(lenient_sandbox.url, "GET", BALANCE, make_private_headers(at=WHOLE)).code
        == "0"
    )
    assert send_request(lenient_sandbox.url, "GET", BALANCE, make_private_headers()).code == "0"
    lenient_sandbox.exchange.reset()
    assert (
        send_request(lenient_sandbox.url, "GET", BALANCE, make_private_headers(at=WHOLE)).code
        == "0"
    )


@pytest.mark.parametrize("signed", [ISO, "2020-12-08T09:08:57.000Z", "2020-12-08T09:08:57"])
def test_the_signature_is_checked_over_the_time_as_it_was_sent(
    lenient_sandbox: RunningSandbox, signed: str
) -> None:
    answer = send_request(
        lenient_sandbox.url,
        "GET",
        BALANCE,
        make_private_headers(at=signed) | {"OK-ACCESS-TIMESTAMP": WHOLE},
    )
    assert_refused(answer, "50113")
    assert f"signed the time as {signed}, received {WHOLE}" in answer.hint


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2020-12-08T09:08:27Z", "50102"),  # 30.715 seconds behind
        ("2020-12-08T09:09:28Z", "50102"),  # 30.285 seconds ahead
        ("2020-12-32T09:08:57Z", "50112"),
        ("2020-12-08T09:08:57", "50112"),
        ("2020-12-08T09:08:57.Z", "50112"),
        ("2020-12-08 09:08:57Z", "50112"),
        ("2020-12-08T09:08Z", "50112"),
        ("1607418537", "50112"),
        ("1607418537715", "50102"),
    ],
)
def test_nothing_else_passes_where_milliseconds_are_optional(
    lenient_sandbox: RunningSandbox, text: str, code: str
) -> None:
    assert_refused(
        send_request(lenient_sandbox.url, "GET", BALANCE, make_private_headers(at=text)), code
    )


def test_milliseconds_are_required_or_optional() -> None:
    wrong: Any = "Optional"
    with pytest.raises(ValueError, match="required or optional, not 'Optional'"):
        Exchange(KEYS, milliseconds=wrong)


@pytest.mark.parametrize(
    "query",
    [
        "?ccy=BTC,ETH",
        "?ccy=BTC%2CETH",
        "?ccy=BTC%2cETH",
        "?a=x+y",
        "?a=x%20y",
        "?b=2&a=1",
        "?ccy=BTC&ccy=ETH",
        "?ccy=",
        "?ccy",
        "?",
        "?&&",
        "?a=b?c=d",
        "?a=/../",
        "?a=%",
        "?a=%zz",
        "?a=%ff",
        "?a=:@!$'()*;",
        '?a=["BTC"]',
        "?a=#b",
    ],
)
def test_a_query_is_verified_as_it_is_on_the_wire(url: str, query: str) -> None:
    target = BALANCE + query
    # A question mark with nothing behind it does not reach the application.
    expected = "50113" if query == "?" else "0"
    assert expected == send_request(url, "GET", target, make_private_headers(target=target)).code


@pytest.mark.parametrize(
    ("query", "signed"),
    [
        ("?ccy=BTC%2CETH", "?ccy=BTC%2cETH"),
        ("?ccy=BTC%2CETH", "?ccy=BTC,ETH"),
        ("?a=x+y", "?a=x%20y"),
        ("?a=x+y", "?a=x y"),
        ("?b=2&a=1", "?a=1&b=2"),
        ("?ccy=BTC&ccy=ETH", "?ccy=ETH"),
        ("?ccy=", ""),
        ("?ccy=BTC", "?ccy=btc"),
        ("", "?ccy=BTC"),
        ("?ccy=BTC", "?ccy=BTC "),
    ],
)
def test_another_query_than_the_one_signed_is_refused(url: str, query: str, signed: str) -> None:
    answer = send_request(
        url, "GET", BALANCE + query, make_private_headers(target=BALANCE + signed)
    )
    assert_refused(answer, "50113")


def test_a_path_is_not_decoded_before_it_is_verified(url: str) -> None:
    path = "/api/v5/account/%62alance"
    assert send_request(url, "GET", path, make_private_headers(target=path)).code == "0"
    assert_refused(send_request(url, "GET", path, make_private_headers(target=BALANCE)), "50113")


@pytest.mark.parametrize(
    "body",
    [
        order(),
        order().replace(" ", ""),
        f" {order()}\r\n",
        json.dumps({"tag": "\u5bc6"}),
        json.dumps({"tag": "\u5bc6"}, ensure_ascii=False),
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf{}",
        b"\x80abc",
        "not JSON",
        "[]",
    ],
)
def test_a_body_is_verified_byte_for_byte(url: str, body: str | bytes) -> None:
    headers = make_private_headers("POST", ORDER, body)
    assert not send_request(url, "POST", ORDER, headers, body).code.startswith("501")
    changed = (body if isinstance(body, bytes) else body.encode()) + b" "
    assert_refused(send_request(url, "POST", ORDER, headers, changed), "50113")


def test_a_body_of_a_get_is_signed_too(url: str) -> None:
    assert send_request(url, "GET", BALANCE, make_private_headers(body="{}"), "{}").code == "0"
    assert_refused(send_request(url, "GET", BALANCE, GET, "{}"), "50113")


def test_what_was_signed_for_one_method_does_not_pass_for_another(url: str) -> None:
    headers = make_private_headers("GET", LEVERAGE, "{}")
    assert_refused(send_request(url, "POST", LEVERAGE, headers, "{}"), "50113")


@pytest.mark.parametrize("path", [ORDER, "/api/v5/trade/cancel-order", LEVERAGE])
def test_a_read_only_key_may_not_write(url: str, path: str) -> None:
    body = order()
    answer = post(url, path, body, READER)
    assert_refused(answer, "50120")
    assert answer.hint == ("this endpoint needs the permission trade; the key has read_only")


def test_a_trade_key_without_read_may_not_read() -> None:
    key = replace(PRACTICE_KEY, permissions=("trade",))
    with running([key], clock=lambda: NOW) as sandbox:
        assert_refused(
            send_request(sandbox.url, "GET", BALANCE, make_private_headers(key=key)), "50120"
        )


def test_the_limit_of_a_private_endpoint_is_counted_after_authentication(url: str) -> None:
    bad = make_private_headers(secret="FA4EFA4EFA4EFA4EFA4EFA4EFA4EFA4E")
    limit = facts.load("limits")[f"GET {BALANCE}"].value["requests"]
    for _ in range(limit + 1):
        assert send_request(url, "GET", BALANCE, bad).code == "50113"
    for _ in range(limit):
        assert send_request(url, "GET", BALANCE, GET).code == "0"
    answer = send_request(url, "GET", BALANCE, GET)
    assert_refused(answer, "50011")
    assert answer.status == 429
    assert answer.hint == "10 requests in 2 s per User ID"


@pytest.mark.parametrize(
    ("code", "body", "type_", "params"),
    [
        ("50000", "", "application/json", ()),
        ("50006", "{}", "", ()),
        ("50006", "{}", "text/plain", ()),
        ("50006", "a=b", "application/x-www-form-urlencoded", ()),
        ("50002", "{", "application/json", ()),
        ("50002", "[]", "application/json", ()),
        ("50002", '"text"', "application/json", ()),
        ("50002", "null", "application/json", ()),
        ("50002", '{"lever": NaN}', "application/json", ()),
        ("50002", "[" * 100_000, "application/json", ()),
        ("50002", b"\xff\xfe\x00", "application/json", ()),
        ("50014", "{}", "application/json", ("lever",)),
        ("50014", '{"lever": ""}', "APPLICATION/JSON; charset=utf-8", ("lever",)),
        ("50014", '{"lever": null}', "application/json", ("lever",)),
        ("50014", '{"lever": "3"}', "application/json", ("mgnMode",)),
    ],
)
def test_a_body_that_cannot_be_used_is_refused(
    url: str, code: str, body: str | bytes, type_: str, params: tuple[str, ...]
) -> None:
    headers = remove_headers(make_private_headers("POST", LEVERAGE, body), "Content-Type")
    if type_:
        headers["Content-Type"] = type_
    answer = send_request(url, "POST", LEVERAGE, headers, body)
    assert_refused(answer, code, *params)
    assert answer.status == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post"])
def test_another_method_on_a_known_path_is_refused_before_the_key(url: str, method: str) -> None:
    answer = send_request(url, method, LEVERAGE)
    assert_refused(answer, "50115")
    assert answer.status == 405


# --- what the hint says -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        (remove_headers(GET, "OK-ACCESS-SIGN"), "the header OK-ACCESS-SIGN is missing or empty"),
        (
            remove_headers(GET, "OK-ACCESS-KEY") | {"OKX-ACCESS-KEY": "FAKE"},
            "you sent OKX-ACCESS-KEY; the header is OK-ACCESS-KEY",
        ),
        (GET | {"OK-ACCESS-KEY": "FAKE"}, "a key is a UUID of 36 characters; you sent 4"),
        (
            remove_headers(GET, "x-simulated-trading"),
            "a demo key was sent without x-simulated-trading: 1; add it (demo=True)",
        ),
        (
            make_private_headers(key=LIVE) | {"x-simulated-trading": "1"},
            "a live key was sent with x-simulated-trading: 1; leave it out (demo=False)",
        ),
        (
            GET | {"OK-ACCESS-PASSPHRASE": "Practice"},
            "you sent 8 characters, the passphrase has 13",
        ),
        (
            GET | {"OK-ACCESS-PASSPHRASE": "'Practice-0nly'"},
            "you sent the passphrase with quotes around it",
        ),
        (
            GET | {"OK-ACCESS-PASSPHRASE": "practice-0nly"},
            "the length is right, so a character differs: a small or capital letter, perhaps",
        ),
        (
            GET | {"OK-ACCESS-PASSPHRASE": PRACTICE_KEY.secret_key},
            "you sent the secret key as the passphrase",
        ),
        (
            make_private_headers(secret=PRACTICE_KEY.passphrase),
            "signed with the passphrase. "
            "Use the secret key for signing; the passphrase only goes into its header.",
        ),
    ],
)
def test_the_hint_says_in_words_what_differs(url: str, headers: Headers, hint: str) -> None:
    assert hint == send_request(url, "GET", BALANCE, headers).hint


def test_the_hint_shows_both_paths(url: str) -> None:
    answer = send_request(url, "GET", BALANCE + "?ccy=BTC", GET)
    assert answer.hint == (
        f"signed {BALANCE}, received {BALANCE}?ccy=BTC. "
        "Sign the query too: path?query, exactly as sent."
    )


def test_the_hint_finds_a_url_that_was_signed(url: str) -> None:
    headers = make_private_headers(target=f"http://localhost{BALANCE}")
    assert (
        "Sign the path only, without scheme and host."
        in send_request(url, "GET", BALANCE, headers).hint
    )


def test_a_right_answer_has_no_hint(url: str) -> None:
    assert "x-sandbox-hint" not in send_request(url, "GET", BALANCE, GET).headers


def escape_letters(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def percent_encode(text: str) -> str:
    return "".join(f"%{ord(letter):02x}" for letter in text)


@pytest.mark.parametrize(
    "write", [str, quote, quote_plus, percent_encode, escape_letters, json.dumps, repr]
)
@pytest.mark.parametrize("secret", ["secret_key", "passphrase"])
@pytest.mark.parametrize("key", [PRACTICE_KEY, ODD])
@pytest.mark.parametrize("place", ["path", "query", "body"])
def test_a_hint_never_shows_a_secret_that_was_put_in_the_wrong_place(
    url: str, key: Key, secret: str, write: Any, place: str
) -> None:
    text = write(getattr(key, secret))
    if place == "body":
        body = json.dumps({"a": text, "b": 1})
        # A body signed with other spaces: the hint wants to show both.
        headers = make_private_headers("POST", ORDER, body.replace(": ", ":"), key=key)
        answer = send_request(url, "POST", ORDER, headers, body)
    else:
        text = text.replace(" ", "%20")
        target = f"{BALANCE}?s={text}&a=1" if place == "query" else f"{BALANCE}/../{text}"
        answer = send_request(url, "GET", target, make_private_headers(key=key))
    shown = {answer.hint, strip_backslashes(answer.hint)}
    forms = {getattr(key, secret), text, strip_backslashes(text)}
    assert [form for form in forms for hint in shown if form.lower() in hint.lower()] == []


def strip_backslashes(text: str) -> str:
    return text.replace("\\", "")


def test_a_hint_that_is_cut_at_a_space_is_still_a_header(url: str) -> None:
    """What the explanation repeats fills the header with escapes, then come more words."""
    for letters in range(60):
        answer = send_request(url, "GET", BALANCE, GET, ("\u5bc6" * 80 + "x" * letters).encode())
        assert answer.code == "50113"
        assert answer.hint == answer.hint.strip() != ""


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (f"{BALANCE}?a=%0d%0aX-Evil:%20yes", b""),
        (f"{BALANCE}?a=%00%7f", b""),
        (f"{BALANCE}?a={'x' * 5000}", b""),
        (BALANCE, b"\r\nX-Evil: yes\r\n"),
        (BALANCE, '{"a": "\u5bc6\u2028"}'.encode()),
        (BALANCE, b"\xff\xfe\x00\x1b[31m"),
    ],
)
def test_a_hint_is_one_short_line_of_plain_ascii(url: str, target: str, body: bytes) -> None:
    # Signed as somebody would who forgot the query or the body.
    answer = send_request(url, "GET", target, GET, body)
    assert answer.code == "50113"
    assert answer.hint.isascii()
    assert answer.hint.isprintable()
    assert 0 < len(answer.hint) <= 600
    assert "x-evil" not in answer.headers


# --- where a request comes from ---------------------------------------------------------


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"X-Forwarded-For": "203.0.113.7"},
        {"X-Real-IP": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"},
        {"CF-Connecting-IP": "203.0.113.7", "True-Client-IP": "203.0.113.7"},
    ],
)
def test_a_header_does_not_pass_for_an_address(url: str, forged: Headers) -> None:
    answer = send_request(url, "GET", BALANCE, make_private_headers(key=BOUND) | forged)
    assert_refused(answer, "50110", "127.0.0.1")
    assert answer.hint == (
        "the request came from 127.0.0.1; the key allows 203.0.113.7, 2001:db8::/32"
    )


@pytest.mark.parametrize(
    ("caller", "key", "code"),
    [
        ("::1", HOME6, "0"),
        ("::1", HOME, "50110"),
        ("::1", PRACTICE_KEY, "0"),
        ("2001:db8:ffff::1", BOUND, "0"),
        ("2001:db9::1", BOUND, "50110"),
        ("203.0.113.7", BOUND, "0"),
        ("203.0.113.8", BOUND, "50110"),
        # How a socket for IPv6 shows a caller over IPv4.
        ("::ffff:203.0.113.7", BOUND, "0"),
        ("::ffff:127.0.0.1", HOME, "0"),
        ("::ffff:127.0.0.1", HOME6, "50110"),
        ("fe80::1%eth0", BOUND, "50110"),
    ],
)
def test_an_allowlist_knows_ipv4_ipv6_and_networks(caller: str, key: Key, code: str) -> None:
    assert code == authenticate_caller(caller, key)["code"]


def test_the_address_in_the_message_is_the_one_to_add() -> None:
    answer = authenticate_caller("::ffff:198.51.100.9", BOUND)
    assert answer["code"] == "50110"
    assert "Your IP 198.51.100.9 is not included in" in answer["msg"]


def authenticate_caller(caller: str, key: Key) -> Any:
    """What a caller at any address is answered: no machine has all of them."""
    messages: list[Any] = []
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": BALANCE,
        "raw_path": BALANCE.encode(),
        "query_string": b"",
        "headers": [
            (n.lower().encode(), v.encode()) for n, v in make_private_headers(key=key).items()
        ],
        "client": (caller, 50000),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    async def call() -> None:
        await create_app(Exchange(KEYS, clock=lambda: NOW))(scope, receive, send)

    asyncio.run(call())
    return json.loads(messages[-1]["body"])


# --- sites and addresses ----------------------------------------------------------------


def test_a_key_works_on_its_own_site_only() -> None:
    keys = {
        site: replace(PRACTICE_KEY, api_key=f"5a4db0c5-0000-4000-8000-00000000000{n}", site=site)
        for n, site in enumerate(("global", "us", "eea"), 1)
    }
    with running(list(keys.values()), clock=lambda: NOW, sites=tuple(keys)) as sandbox:
        codes = {
            (site, target): send_request(
                hosts.url, "GET", BALANCE, make_private_headers(key=keys[site])
            ).code
            for site in keys
            for target, hosts in sandbox.hosts.items()
        }
        hint = send_request(
            sandbox.hosts["eea"].url, "GET", BALANCE, make_private_headers(key=keys["us"])
        ).hint
    assert codes == {
        (site, target): "0" if site == target else "50119" for site in keys for target in keys
    }
    assert hint == "this is the site eea; the key was made on the site us"


def test_a_key_bound_to_an_ipv4_address_is_refused_over_ipv6() -> None:
    key = replace(PRACTICE_KEY, ips=("127.0.0.1",))
    with running([key], clock=lambda: NOW, addresses=("127.0.0.1", "::1")) as sandbox:
        port = sandbox.url.rpartition(":")[2]
        assert send_request(sandbox.url, "GET", BALANCE, make_private_headers(key=key)).code == "0"
        answer = send_request(f"http://[::1]:{port}", "GET", BALANCE, make_private_headers(key=key))
    assert_refused(answer, "50110", "::1")


def test_a_change_of_the_addresses_counts_at_once() -> None:
    with running(clock=lambda: NOW) as sandbox:
        keys = sandbox.exchange.keys
        bound = keys.edit(sandbox.key, ips=("203.0.113.7",))
        assert send_request(sandbox.url, "GET", BALANCE, make_private_headers()).code == "50110"
        keys.edit(bound, ips=("127.0.0.0/8",))
        assert send_request(sandbox.url, "GET", BALANCE, make_private_headers()).code == "0"


def test_only_a_request_that_passes_counts_as_use(
    url: str, running_sandbox: RunningSandbox
) -> None:
    keys = running_sandbox.exchange.keys
    send_request(url, "GET", "/api/v5/public/time", make_private_headers())
    send_request(
        url, "GET", BALANCE, make_private_headers(secret="FA4EFA4EFA4EFA4EFA4EFA4EFA4EFA4E")
    )
    assert keys.find_last_use(running_sandbox.key) is None
    send_request(url, "GET", BALANCE, GET)
    assert keys.find_last_use(running_sandbox.key) == NOW
