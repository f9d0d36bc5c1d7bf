import hashlib
import json
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from bisect import bisect_left
from datetime import datetime, timedelta
from itertools import combinations
from time import process_time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import facts
from okx_guide.diagnose.catalogue import load_catalogue
from okx_guide.diagnose.encodings import WRITING
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import _generate_batches, find, list_tried, search
from okx_guide.diagnose.variants import (
    Keys,
    generate_double,
    generate_moments,
    list_for_pairs,
)
from scripts.vectors import write as vectors
from tests.plugins.blocks import DOCS
from tests.support.properties import examples
from tests.support.wire import ISO, mac, signature

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


Request = tuple[str, str, str, str]

GET = (ISO, "GET", CONFIG, "")
ASKED = (ISO, "GET", f"{BALANCE}?{SENT}", "")
POST = (ISO, "POST", ORDER, BODY)
LOGIN = ("1538054050", "GET", "/users/self/verify", "")
# A request with a plus sign in its signature.
PLUS: Request = next(
    request
    for request in ((ISO, "GET", f"{BALANCE}?after={number}", "") for number in range(100))
    if "+" in signed(*request)
)

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
    (
        "epoch-sent",
        ("1607418537715", "GET", CONFIG, ""),
        signed("2020-12-08T09:08:57.715Z", "GET", CONFIG),
    ),
    ("signature-plus", PLUS, signed(*PLUS).replace("+", " ")),
]


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
    known = [row["id"] for row in load_catalogue()["mistakes"]]
    cases = [case for make in vectors.FILES.values() for case in make()["invalid"]]
    made = {id_ for id_, _, _ in MADE} | {case["mistake"] for case in cases}

    assert sorted(made) == sorted(known)


def test_every_mistake_says_what_it_is_and_where_to_read_on() -> None:
    pages = {
        "/" + page.relative_to(DOCS).with_suffix("").as_posix() + "/": page.read_text("utf-8")
        for page in DOCS.rglob("*.md")
    }
    for row in load_catalogue()["mistakes"]:
        page, _, anchor = row["page"].partition("#")
        headings = re.findall(r"^#+ (.*)$", pages[page], re.MULTILINE)
        anchors = {re.sub(r"\W+", "-", heading.lower()).strip("-") for heading in headings}

        assert anchor in anchors, row["id"]
        assert row["fix"].endswith("."), row["id"]
        assert set(re.findall(r"{(\w+)}", row["explanation"] + row["fix"])) <= {
            "signed",
            "received",
            "more",
        }


def test_the_hosts_of_the_catalogue_are_in_the_facts() -> None:
    known = json.dumps([fact.value for fact in facts.load("hosts").values()])

    assert [host for host in load_catalogue()["tables"]["hosts"] if f'"{host}"' not in known] == []


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
        (
            GET,
            signed(late(milliseconds=7), *GET[1:]),
            f"signed the time as {late(milliseconds=7)}, received {ISO} (7 ms later)",
        ),
    ],
)
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


SPACED = json.dumps(FIELDS)
# Two mistakes of one person, in the order of the catalogue.
PAIRS: list[tuple[list[str], Request, str]] = [
    (
        ["query-missing", "hex-digest"],
        ASKED,
        mac(SECRET, ISO, "GET", BALANCE).hex(),
    ),
    (["method-case", "epoch-signed"], GET, signed("1607418537715", "get", CONFIG)),
    (["query-missing", "method-case"], ASKED, signed(ISO, "get", BALANCE)),
    (["query-missing", "full-url"], ASKED, signed(ISO, "GET", f"https://www.okx.com{BALANCE}")),
    (
        ["query-sorted", "api-missing"],
        ASKED,
        signed(ISO, "GET", "/v5/account/balance?a=x+y&b=2&ccy=BTC%2CETH"),
    ),
    (["query-missing", "empty-body"], ASKED, signed(ISO, "GET", BALANCE, "{}")),
    (
        ["body-reserialised", "clock-read-twice"],
        POST,
        signed(late(milliseconds=1), "POST", ORDER, SPACED),
    ),
    (["body-str-of-dict", "hex-digest"], POST, mac(SECRET, ISO, "POST", ORDER, str(FIELDS)).hex()),
    (["method-case", "body-reserialised"], POST, signed(ISO, "post", ORDER, SPACED)),
    (["timestamp-form", "local-time"], GET, signed("2020-12-08T17:08:57.715", "GET", CONFIG)),
    (
        ["epoch-signed", "base64-of-hex"],
        GET,
        b64encode(mac(SECRET, "1607418537", "GET", CONFIG).hex().encode()).decode(),
    ),
    (["api-missing", "separators"], GET, signed(f"{ISO}\nGET\n/v5/account/config")),
    (["newline-at-end", "secret-whitespace"], GET, signature(f"{SECRET}\n", *GET, "\n")),
    (["query-missing", "passphrase-as-secret"], ASKED, signature(PASSPHRASE, ISO, "GET", BALANCE)),
    (["base64-urlsafe", "base64-padding"], GET, urlsafe_b64encode(RAW).decode().rstrip("=")),
    (["hex-digest", "bytes-repr"], GET, f"b'{RAW.hex()}'"),
    (["hex-digest", "wrong-hash"], GET, mac(SECRET, *GET, name="sha512").hex()),
    (
        ["query-missing", "wrong-hash"],
        ASKED,
        b64encode(mac(SECRET, ISO, "GET", BALANCE, name="md5")).decode(),
    ),
    (
        ["no-hmac", "wrong-hash"],
        GET,
        b64encode(
            hashlib.md5(f"{ISO}GET{CONFIG}{SECRET}".encode(), usedforsecurity=False).digest()
        ).decode(),
    ),
    (["method-case", "method-other"], POST, signed(ISO, "get", ORDER, BODY)),
    (
        ["rest-formula", "secret-case"],
        LOGIN,
        signature(SECRET.lower(), "2018-09-27T13:14:10Z", *LOGIN[1:]),
    ),
    (["milliseconds-signed", "hex-digest"], LOGIN, mac(SECRET, "1538054050123", *LOGIN[1:]).hex()),
]


@pytest.mark.parametrize(
    ("expected", "request_", "rejected"), PAIRS, ids=["+".join(pair[0]) for pair in PAIRS]
)
def test_two_mistakes_at_once_are_named(
    expected: list[str], request_: Request, rejected: str
) -> None:
    found = search(arrived(request_, rejected), SECRET, passphrase=PASSPHRASE, api_key=API_KEY)

    assert found is not None
    assert expected == [mistake.id for mistake in found.mistakes]
    assert find(arrived(request_, rejected), SECRET, passphrase=PASSPHRASE) is None


def test_one_mistake_is_not_taken_for_two() -> None:
    for expected, request_, rejected in MADE:
        found = search(arrived(request_, rejected), SECRET, passphrase=PASSPHRASE, api_key=API_KEY)
        assert found is not None
        assert [expected] == [mistake.id for mistake in found.mistakes]


def test_what_was_signed_is_told() -> None:
    found = search(arrived(ASKED, signed(ISO, "get", BALANCE)), SECRET)

    assert found is not None
    assert f"{ISO}get{BALANCE}" == found.signed


def test_every_two_mistakes_are_tried(figures: list[str]) -> None:
    """The number of texts is what a search costs; more of them would make it slow."""
    most = 0
    for request_ in (GET, ASKED, POST, LOGIN):
        sent, keys = SignedRequest(*request_, "", HOST), Keys(SECRET, PASSPHRASE, API_KEY)
        variants = list_for_pairs(sent, keys)
        pairs = sum(
            1
            for one, other in combinations(variants, 2)
            if one.parts.keys().isdisjoint(other.parts) and None in (one.secret, other.secret)
        )
        most = max(most, pairs + sum(1 for _ in generate_double(sent)))
        tried_at_all = sum(
            1 for _, _, attempts in _generate_batches(sent, keys, 2) for _ in attempts
        )
        assert pairs + sum(1 for _ in generate_double(sent)) == tried_at_all
    assert most < 50_000
    spent = []
    for at_most in (1, 2):
        start = process_time()
        assert search(arrived(POST, signed("other")), SECRET, at_most=at_most) is None
        spent.append(round((process_time() - start) * 1000))
    figures.append(
        f"mistakes: {len(load_catalogue()['mistakes'])} known; up to {most} pairs of them are "
        f"tried on one signature; of processor time {spent[0]} ms for one mistake, "
        f"{spent[1]} ms for two"
    )


def test_what_was_ruled_out_is_known() -> None:
    ids, pairs = list_tried(arrived(ASKED, "x"), Keys(SECRET, PASSPHRASE, API_KEY))

    assert pairs
    assert {"query-missing", "clock-read-twice", "wrong-hash", *WRITING} <= set(ids)
    assert "body-missing" not in ids


def test_a_long_request_is_tried_with_one_mistake_only() -> None:
    body = json.dumps({"a": "x" * 2000})
    long = (ISO, "POST", ORDER, body)
    _, pairs = list_tried(arrived(long, "x"), Keys(SECRET))

    assert not pairs
    one = search(arrived(long, signed(ISO, "post", ORDER, body)), SECRET)
    assert one is not None
    assert [mistake.id for mistake in one.mistakes] == ["method-case"]
    assert search(arrived(long, signed("1607418537", "post", ORDER, body)), SECRET) is None


def test_all_moments_of_a_second_clock_reading_are_tried_once() -> None:
    texts = [text for text, _, _ in generate_moments(SignedRequest(*GET, ""))]

    assert len(texts) == len(set(texts)) == 4000


@pytest.mark.parametrize("where", ["path", "body"])
def test_a_secret_in_the_wrong_place_is_not_told(where: str) -> None:
    for form in (
        SECRET,
        SECRET.lower(),
        quote(SECRET),
        f"x{PASSPHRASE}y",
        SECRET.encode().hex(),
        "".join(f"%{ord(letter):02X}" for letter in SECRET),
        "".join(f"\\u{ord(letter):04x}" for letter in PASSPHRASE),
    ):
        request_ = (
            (ISO, "GET", f"{BALANCE}?key={form}", "")
            if where == "path"
            else (ISO, "POST", ORDER, f'{{"key":"{form}"}}')
        )
        rejected = signed(ISO, "GET", BALANCE) if where == "path" else signed(ISO, "POST", ORDER)
        found = search(arrived(request_, rejected), SECRET, passphrase=PASSPHRASE)
        assert found is not None
        [mistake] = found.mistakes
        assert form.lower().strip("xy") not in mistake.explanation.lower()
        assert "*" in mistake.explanation


@pytest.mark.parametrize("seconds", [-5, -2.001, 2.001])
def test_a_time_of_another_moment_is_not_called_a_second_reading(seconds: float) -> None:
    other = signed(late(milliseconds=int(seconds * 1000)), *GET[1:])
    assert find(arrived(GET, other), SECRET) is None


def test_an_unset_passphrase_is_not_taken_for_the_secret() -> None:
    found = find(arrived(GET, signature(b"", *GET)), SECRET)
    assert found is not None
    assert found.id == "secret-missing"


TEXT = st.text() | st.sampled_from(
    [
        "\ud800",
        "\udcff",
        "?",
        "/?\ud800=%ff&&=",
        '{"a":"\\ud800"}',
        '["\\udfff"]',
        "9" * 5000,
        "[" * 990 + "]" * 990,
        "[" * 100_000,
        "NaN",
        "1e999",
        '{"":{}}',
        "\x00\r\n",
    ]
)
TIMES = TEXT | st.sampled_from(
    [
        ISO,
        "0",
        "1538054050",
        "9999999999",
        "0001-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "2020-12-08",
        "2020-W50-2Z",
        "20201208T090857Z",
        "1969-12-31T23:59:59.999Z",
    ]
)


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
