"""Mistakes that are tried alone: the same in both languages, few enough, and never a guess."""

import json

import pytest

from okx_guide.diagnose.encodings import is_object
from okx_guide.diagnose.rare import generate_rare
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import find
from okx_guide.diagnose.variants import Keys, generate_single, split_prehash
from tests.support.raw_http import ISO, signature
from tests.support.rejections import (
    API_KEY,
    BALANCE,
    CONFIG,
    ORDER,
    PASSPHRASE,
    POST,
    SECRET,
    SMALL,
    make_rejected_request,
    sign_parts,
)

KEYS = Keys(SECRET, PASSPHRASE, API_KEY)
MEMBERS = {f"name{number}": f"{number}.50" for number in range(7)}
REQUESTS = {
    "a GET": (ISO, "GET", CONFIG, ""),
    "a query": (ISO, "GET", f"{BALANCE}?ccy=BTC%2CETH&instId=BTC-USDT&limit=5", ""),
    "an order": (ISO, "POST", ORDER, SMALL),
    "a body of every kind": (
        ISO,
        "POST",
        ORDER,
        '{"a": 1.50, "b": true, "c": null, "é": "0.00001", "x": [1, {"y": "z"}], "r": "TRUE"}',
    ),
    "seven members": (ISO, "POST", ORDER, json.dumps(MEMBERS)),
    "thirteen members": (ISO, "POST", ORDER, json.dumps({str(n): "" for n in range(13)})),
    "a batch": (ISO, "POST", ORDER, f"[{SMALL}]"),
    "no JSON": (ISO, "POST", ORDER, "{"),
    "six digits": (f"{ISO[:-1]}001Z", "GET", CONFIG, ""),
    "seven digits": (f"{ISO[:-1]}9999Z", "GET", CONFIG, ""),
    "a float": ("1607418537.7154634", "GET", CONFIG, ""),
    "a login": ("1607418537", "GET", "/users/self/verify", ""),
    "nothing": ("", "", "", ""),
}


def build(parts: tuple[str, str, str, str]) -> SignedRequest:
    return SignedRequest(*parts, "")


@pytest.mark.parametrize("name", REQUESTS)
def test_a_right_signature_is_none_of_them(name: str) -> None:
    request = build(REQUESTS[name])
    for variant in generate_rare(request, KEYS):
        parts = {**split_prehash(request), **variant.parts}
        text = "".join(parts[part] for part in ("timestamp", "method", "path", "query", "body"))
        assert variant.secret != SECRET.encode()
        assert variant.secret is not None or (text, parts["encoding"]) != (request.prehash, "")


@pytest.mark.parametrize(
    "parts",
    [
        (ISO, "GET", f"{BALANCE}?" + "&".join(f"a{n}={n}" for n in range(5000)), ""),
        (ISO, "GET", f"{BALANCE}?" + "&" * 50_000, ""),
        (ISO, "POST", ORDER, json.dumps({f"a{n}": str(n) for n in range(5000)})),
        (ISO, "POST", ORDER, json.dumps([dict.fromkeys("abcdef", "1.0")] * 20)),
    ],
)
def test_a_long_request_is_tried_in_few_ways(parts: tuple[str, str, str, str]) -> None:
    size = sum(map(len, parts))
    tried = 0
    for each in (*generate_rare(build(parts), KEYS), *generate_single(build(parts), KEYS)):
        tried += sum(map(len, each.parts.values()))
    assert tried < 2000 * size


@pytest.mark.parametrize(
    ("name", "limit"), [("a GET", 4000), ("an order", 6000), ("a query", 5000), ("a float", 8000)]
)
def test_they_are_thousands_and_not_more(name: str, limit: int) -> None:
    assert sum(1 for _ in generate_rare(build(REQUESTS[name]), KEYS)) < limit


@pytest.mark.parametrize(
    "rejected",
    [
        # Two slips, not one.
        signature(SECRET[:3] + "x" + SECRET[4:9] + "x" + SECRET[10:], *POST),
        # Another price, an unknown member, three members left out.
        sign_parts(ISO, "POST", ORDER, SMALL.replace("5.0", "6.0")),
        sign_parts(ISO, "POST", ORDER, SMALL.replace("{", '{"unheard":"of",')),
        sign_parts(ISO, "POST", ORDER, '{"side":"buy"}'),
        sign_parts(ISO, "POST", "/api/v5/unheard/of", SMALL),
        sign_parts(ISO, "POST", ORDER, SMALL.replace("5.0", "{{price}}")),
    ],
)
def test_what_is_only_like_a_mistake_is_unknown(rejected: str) -> None:
    request = make_rejected_request((ISO, "POST", ORDER, SMALL), rejected)
    assert find(request, SECRET, passphrase=PASSPHRASE, api_key=API_KEY) is None


def test_six_members_have_any_order_and_seven_that_of_java() -> None:
    def name(order: str) -> str | None:
        body = json.dumps({f"name{at}": MEMBERS[f"name{at}"] for at in order})
        rejected = sign_parts(ISO, "POST", ORDER, body)
        body = json.dumps({f"name{at}": MEMBERS[f"name{at}"] for at in sorted(order)})
        mistake = find(make_rejected_request((ISO, "POST", ORDER, body), rejected), SECRET)
        return mistake.id if mistake else None

    assert name("320415") == "body-reserialised"
    assert name("3204156") is None


def test_a_hash_map_of_java_has_its_order() -> None:
    # Java 17 printed a HashMap of these members so.
    body = '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"1","sz":"2"}'
    java = "{instId=BTC-USDT, side=buy, sz=2, px=1, tdMode=cash, ordType=limit}"
    rejected = sign_parts(ISO, "POST", ORDER, java)
    mistake = find(make_rejected_request((ISO, "POST", ORDER, body), rejected), SECRET)
    assert mistake is not None
    assert mistake.id == "body-print"


@pytest.mark.parametrize(
    "text",
    [
        "",
        sign_parts(*POST),
        sign_parts(*POST)[:20],
        "objects",
        "[object Promise] and more",
        "a.b@c",
        "undefined1",
        "0x" + "ab" * 32,
    ],
)
def test_a_signature_is_no_object(text: str) -> None:
    assert not is_object(text)
