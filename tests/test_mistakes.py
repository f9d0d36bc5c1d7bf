import hashlib
import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from bisect import bisect_left
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import vectors
from okx_guide.mistakes import (
    SignedRequest,
    _other_digests,
    _other_secrets,
    _other_texts,
    find,
)
from tests.properties import examples
from tests.wire import ISO, mac, signature

SECRET = "22582bd0CFF14C41EDBF1AB98506286D"
PASSPHRASE = "Fake-Pass-1"
API_KEY = "37c541a1-0000-4000-8000-10fe7a038418"
HOST = "http://127.0.0.1:8700"
CONFIG = "/api/v5/account/config"
BALANCE = "/api/v5/account/balance"
ORDER = "/api/v5/trade/order"
SENT = "ccy=BTC%2CETH&b=2&a=x+y"
FIELDS = {"instId": "BTC-USDT", "sz": "0.1", "a": "é"}
BODY = json.dumps(FIELDS, separators=(",", ":"))
RAW = mac(SECRET, ISO, "GET", CONFIG)
GOOD = b64encode(RAW).decode()


def signed(*parts: str) -> str:
    return signature(SECRET, *parts)


def late(**difference: int) -> str:
    moment = datetime.fromisoformat(ISO) + timedelta(**difference)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


GET = (ISO, "GET", CONFIG, "")
ASKED = (ISO, "GET", f"{BALANCE}?{SENT}", "")
POST = (ISO, "POST", ORDER, BODY)
LOGIN = ("1538054050", "GET", "/users/self/verify", "")

# What a person did instead, as a person would write it.
MADE = [
    ("query-missing", ASKED, signed(ISO, "GET", BALANCE)),
    ("query-sorted", ASKED, signed(ISO, "GET", f"{BALANCE}?a=x+y&b=2&ccy=BTC%2CETH")),
    (
        "query-order",
        (ISO, "GET", f"{BALANCE}?b=2&c=3&a=1", ""),
        signed(ISO, "GET", f"{BALANCE}?a=1&c=3&b=2"),
    ),
    ("query-encoding", ASKED, signed(ISO, "GET", f"{BALANCE}?ccy=BTC,ETH&b=2&a=x+y")),
    ("query-encoding", ASKED, signed(ISO, "GET", f"{BALANCE}?ccy=BTC%2CETH&b=2&a=x%20y")),
    (
        "query-encoding",
        (ISO, "GET", f"{BALANCE}?ccy=BTC,ETH", ""),
        signed(ISO, "GET", f"{BALANCE}?ccy={quote('BTC,ETH')}"),
    ),
    ("query-also-in-body", ASKED, signed(*ASKED, '{"ccy": "BTC,ETH", "b": "2", "a": "x y"}')),
    (
        "query-in-body",
        ASKED,
        signed(ISO, "GET", BALANCE, '{"ccy": "BTC,ETH", "b": "2", "a": "x y"}'),
    ),
    ("full-url", ASKED, signed(ISO, "GET", f"{HOST}{BALANCE}?{SENT}")),
    ("full-url", GET, signed(ISO, "GET", f"https://eea.okx.com{CONFIG}")),
    ("no-slash", GET, signed(ISO, "GET", CONFIG[1:])),
    ("api-missing", GET, signed(ISO, "GET", "/account/config")),
    ("api-missing", GET, signed(ISO, "GET", "/v5/account/config")),
    *[
        ("empty-body", GET, signed(ISO, "GET", CONFIG, empty))
        for empty in (json.dumps({}), str(None), json.dumps(None), '""', "[]")
    ],
    ("body-missing", POST, signed(ISO, "POST", ORDER)),
    ("body-whitespace", (ISO, "POST", ORDER, f"{BODY}\n"), signed(ISO, "POST", ORDER, BODY)),
    ("body-reserialised", POST, signed(ISO, "POST", ORDER, json.dumps(FIELDS))),
    (
        "body-reserialised",
        POST,
        signed(ISO, "POST", ORDER, json.dumps(FIELDS, separators=(",", ":"), ensure_ascii=False)),
    ),
    (
        "body-reserialised",
        (ISO, "POST", ORDER, json.dumps(FIELDS)),
        signed(ISO, "POST", ORDER, json.dumps(FIELDS, separators=(",", ":"), sort_keys=True)),
    ),
    (
        "body-reserialised",
        (ISO, "POST", ORDER, '{"a":"b/c"}'),
        signed(ISO, "POST", ORDER, '{"a":"b\\/c"}'),
    ),
    (
        "body-reserialised",
        (ISO, "POST", ORDER, '{"b":"<>","a":"&"}'),
        signed(ISO, "POST", ORDER, '{"a":"\\u0026","b":"\\u003c\\u003e"}'),
    ),
    ("body-str-of-dict", POST, signed(ISO, "POST", ORDER, str(FIELDS))),
    ("body-form", POST, signed(ISO, "POST", ORDER, "instId=BTC-USDT&sz=0.1&a=%C3%A9")),
    (
        "form-sent",
        (ISO, "POST", ORDER, "instId=BTC-USDT&sz=0.1"),
        signed(ISO, "POST", ORDER, json.dumps({"instId": "BTC-USDT", "sz": "0.1"})),
    ),
    (
        "form-sent",
        (ISO, "POST", ORDER, "instId=BTC-USDT&sz=0.1"),
        signed(ISO, "POST", ORDER, '{"instId":"BTC-USDT","sz":"0.1"}'),
    ),
    ("method-other", POST, signed(ISO, "GET", ORDER, BODY)),
    ("method-other", GET, signed(ISO, "POST", CONFIG)),
    ("method-case", GET, signed(ISO, "get", CONFIG)),
    ("method-case", POST, signed(ISO, "Post", ORDER, BODY)),
    ("epoch-signed", GET, signed("1607418537715", "GET", CONFIG)),
    ("epoch-signed", POST, signed("1607418537", "POST", ORDER, BODY)),
    ("epoch-signed", GET, signed("1607418537.715", "GET", CONFIG)),
    ("timestamp-form", GET, signed(ISO[:-1], "GET", CONFIG)),
    ("timestamp-form", GET, signed("2020-12-08T09:08:57Z", "GET", CONFIG)),
    ("timestamp-form", GET, signed("2020-12-08T09:08:57", "GET", CONFIG)),
    ("timestamp-form", GET, signed("2020-12-08T09:08:57.715+00:00", "GET", CONFIG)),
    ("timestamp-form", GET, signed("2020-12-08 09:08:57.715Z", "GET", CONFIG)),
    ("timestamp-form", GET, signed("2020-12-08T09:08:57.715000Z", "GET", CONFIG)),
    (
        "timestamp-form",
        ("2020-12-08T09:08:57.070Z", *GET[1:]),
        signed("2020-12-08T09:08:57.07Z", "GET", CONFIG),
    ),
    (
        "timestamp-form",
        ("2020-12-08T09:08:57.7Z", *GET[1:]),
        signed("2020-12-08T09:08:57.700Z", "GET", CONFIG),
    ),
    ("clock-read-twice", GET, signed(late(milliseconds=1), "GET", CONFIG)),
    ("clock-read-twice", POST, signed(late(milliseconds=-1999), "POST", ORDER, BODY)),
    ("ws-formula", GET, signed("1607418537GET/users/self/verify")),
    *[
        ("separators", POST, signed(joint.join((ISO, "POST", ORDER, BODY))))
        for joint in ("\n", " ", "&", ",")
    ],
    ("separators", GET, signed(f"{ISO}\nGET\n{CONFIG}")),
    ("newline-at-end", POST, signed(*POST, "\n")),
    ("method-missing", GET, signed(ISO, CONFIG)),
    ("old-path", GET, signed(ISO, "GET", "/api/account/v3/config")),
    ("old-path", GET, signed(ISO, "GET", "/api/v3/account/config")),
    ("old-path", POST, signed(ISO, "POST", "/api/v1/trade/order", BODY)),
    ("local-time", GET, signed("2020-12-08T17:08:57.715Z", "GET", CONFIG)),
    ("local-time", GET, signed("2020-12-08T03:38:57.715Z", "GET", CONFIG)),
    ("rest-formula", LOGIN, signed("2018-09-27T13:14:10.123Z", *LOGIN[1:])),
    ("rest-formula", LOGIN, signed("2018-09-27T13:14:10Z", *LOGIN[1:])),
    ("milliseconds-signed", LOGIN, signed("1538054050123", *LOGIN[1:])),
    ("milliseconds-signed", LOGIN, signed("1538054050.123", *LOGIN[1:])),
    ("clock-read-twice", LOGIN, signed("1538054052", *LOGIN[1:])),
    ("clock-read-twice", LOGIN, signed("1538054048", *LOGIN[1:])),
    ("passphrase-as-secret", LOGIN, signature(PASSPHRASE, *LOGIN)),
    ("hex-digest", GET, RAW.hex()),
    ("hex-digest", GET, RAW.hex().upper()),
    ("base64-of-hex", GET, b64encode(RAW.hex().encode()).decode()),
    ("base64-urlsafe", GET, urlsafe_b64encode(RAW).decode()),
    ("base64-padding", GET, GOOD.rstrip("=")),
    ("bytes-repr", GET, str(b64encode(RAW))),
    ("no-hmac", GET, b64encode(hashlib.sha256(f"{ISO}GET{CONFIG}".encode()).digest()).decode()),
    (
        "no-hmac",
        GET,
        b64encode(hashlib.sha256(f"{ISO}GET{CONFIG}{SECRET}".encode()).digest()).decode(),
    ),
    ("key-and-message", GET, signature(f"{ISO}GET{CONFIG}", SECRET)),
    *[
        ("wrong-hash", POST, b64encode(mac(SECRET, *POST, name=name)).decode())
        for name in ("sha1", "sha512", "md5")
    ],
    ("passphrase-as-secret", GET, signature(PASSPHRASE, ISO, "GET", CONFIG)),
    ("key-as-secret", GET, signature(API_KEY, ISO, "GET", CONFIG)),
    *[
        ("secret-whitespace", POST, signature(mangled, ISO, "POST", ORDER, BODY))
        for mangled in (f"{SECRET}\n", f"{SECRET}\r\n", f"{SECRET} ", f" {SECRET}")
    ],
    ("secret-quoted", GET, signature(f'"{SECRET}"', ISO, "GET", CONFIG)),
    ("secret-quoted", GET, signature(f"'{SECRET}'", ISO, "GET", CONFIG)),
    ("secret-case", GET, signature(SECRET.lower(), ISO, "GET", CONFIG)),
    ("secret-case", GET, signature(SECRET.upper(), ISO, "GET", CONFIG)),
    ("secret-decoded", GET, signature(b64decode(SECRET), ISO, "GET", CONFIG)),
    ("secret-decoded", GET, signature(bytes.fromhex(SECRET), ISO, "GET", CONFIG)),
]

Request = tuple[str, str, str, str]


def arrived(request: Request, rejected: str) -> SignedRequest:
    return SignedRequest(*request, rejected, HOST)


@pytest.mark.parametrize(("expected", "request_", "rejected"), MADE, ids=[made[0] for made in MADE])
def test_a_mistake_is_named(expected: str, request_: Request, rejected: str) -> None:
    assert rejected != signed(*request_)
    found = find(arrived(request_, rejected), SECRET, passphrase=PASSPHRASE, api_key=API_KEY)
    assert found is not None
    assert expected == found.id
    told = f"{found.explanation} {found.fix}"
    assert [name for name in (SECRET, PASSPHRASE, API_KEY) if name.lower() in told.lower()] == []
    assert found.explanation
    assert found.fix.endswith(".")


def test_every_mistake_of_the_catalogue_is_made_here_or_in_the_vectors() -> None:
    known = {
        mistake.id
        for request in (GET, ASKED, POST, LOGIN, (ISO, "POST", ORDER, "instId=BTC-USDT&sz=0.1"))
        for _, mistake in (
            *_other_texts(arrived(request, "")),
            *_other_digests(b"", SECRET),
            *_other_secrets(SECRET, PASSPHRASE, API_KEY),
        )
    }
    in_vectors = {case["mistake"] for case in vectors.rest()["invalid"]}
    assert known == {id_ for id_, _, _ in MADE} | in_vectors


@pytest.mark.parametrize(
    ("request_", "rejected", "expected"),
    [
        (
            (ISO, "GET", f"{BALANCE}?ccy=BTC", ""),
            signed(ISO, "GET", BALANCE),
            f"signed {BALANCE}, received {BALANCE}?ccy=BTC",
        ),
        (
            (ISO, "POST", ORDER, '{"a":1}'),
            signed(ISO, "POST", ORDER, '{"a": 1}'),
            "signed the body '{\"a\": 1}', received the body '{\"a\":1}'",
        ),
        (GET, signed(late(milliseconds=7), *GET[1:]), f"signed the time as {late(milliseconds=7)}, "
         f"received {ISO} (7 ms later)"),
    ],
)  # fmt: skip
def test_the_explanation_tells_what_was_signed_and_what_arrived(
    request_: Request, rejected: str, expected: str
) -> None:
    found = find(arrived(request_, rejected), SECRET)
    assert found is not None
    assert expected == found.explanation


@pytest.mark.parametrize("request_", [GET, ASKED, POST])
def test_a_right_signature_is_no_mistake(request_: Request) -> None:
    assert find(arrived(request_, signed(*request_)), SECRET) is None


@pytest.mark.parametrize("request_", [GET, ASKED, POST])
def test_a_signature_of_another_secret_is_no_known_mistake(request_: Request) -> None:
    other = signature("FA4EFA4EFA4EFA4EFA4EFA4EFA4EFA4E", *request_)
    assert find(arrived(request_, other), SECRET, passphrase=PASSPHRASE, api_key=API_KEY) is None


def test_two_mistakes_at_once_are_not_guessed() -> None:
    assert find(arrived(ASKED, signed(ISO, "get", BALANCE)), SECRET) is None


@pytest.mark.parametrize("seconds", [-5, -2.001, 2.001])
def test_a_time_of_another_moment_is_not_called_a_second_reading(seconds: float) -> None:
    other = signed(late(milliseconds=int(seconds * 1000)), *GET[1:])
    assert find(arrived(GET, other), SECRET) is None


def test_an_unset_passphrase_is_not_taken_for_the_secret() -> None:
    assert find(arrived(GET, signature(b"", *GET)), SECRET) is None


TEXT = st.text() | st.sampled_from(
    ["\ud800", "\udcff", "?", "/?\ud800=%ff&&=", '{"a":"\\ud800"}', '["\\udfff"]', "9" * 5000,
     "[" * 990 + "]" * 990, "[" * 100_000, "NaN", "1e999", '{"":{}}', "\x00\r\n"]
)  # fmt: skip
TIMES = TEXT | st.sampled_from(
    [ISO, "0", "1538054050", "9999999999", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z",
     "2020-12-08", "2020-W50-2Z", "20201208T090857Z", "1969-12-31T23:59:59.999Z"]
)  # fmt: skip


@examples(100)
@given(st.builds(SignedRequest, TIMES, TEXT, TEXT, TEXT, TEXT, TEXT), TEXT, TEXT)
def test_nothing_that_arrives_makes_it_stumble(
    request: SignedRequest, passphrase: str, api_key: str
) -> None:
    assert find(request, SECRET, passphrase=passphrase, api_key=api_key) is None


@pytest.mark.parametrize(("opened", "closed"), ["[]", ('{"a":', "}")])
def test_a_body_as_deep_as_json_can_be_is_read_or_left(opened: str, closed: str) -> None:
    def nested(depth: int) -> str:
        return opened * depth + "1" + closed * depth

    def too_deep(depth: int) -> bool:
        try:
            json.loads(nested(depth))
        except RecursionError:
            return True
        return False

    limit = bisect_left(range(200_000), True, key=too_deep)
    for depth in range(limit - 30, limit + 2):
        assert find(arrived(("no time", "POST", ORDER, nested(depth)), "FAKE"), SECRET) is None
