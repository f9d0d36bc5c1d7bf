"""Rejected signatures, each with the mistake or the two that a person made."""

import hashlib
import hmac
import json
from base64 import a85encode, b32encode, b64decode, b64encode, b85encode, urlsafe_b64encode
from datetime import datetime, timedelta
from urllib.parse import quote

from okx_guide.diagnose.request import SignedRequest
from tests.support.raw_http import ISO, mac, signature

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
SMALL = '{"instId":"BTC-USDT","side":"buy","px":"5.0","sz":"1"}'
RAW = mac(SECRET, ISO, "GET", CONFIG)
GOOD = b64encode(RAW).decode()


def sign_parts(*parts: str) -> str:
    return signature(SECRET, *parts)


def shift_time(**difference: int) -> str:
    moment = datetime.fromisoformat(ISO) + timedelta(**difference)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Request = tuple[str, str, str, str]

GET = (ISO, "GET", CONFIG, "")
QUERY = (ISO, "GET", f"{BALANCE}?{SENT}", "")
POST = (ISO, "POST", ORDER, BODY)
LOGIN = ("1538054050", "GET", "/users/self/verify", "")
# A request with a plus sign in its signature.
PLUS: Request = next(
    request
    for request in ((ISO, "GET", f"{BALANCE}?after={number}", "") for number in range(100))
    if "+" in sign_parts(*request)
)

# What a person did instead, as a person would write it.
SINGLE_MISTAKES = [
    ("query-missing", QUERY, sign_parts(ISO, "GET", BALANCE)),
    ("query-sorted", QUERY, sign_parts(ISO, "GET", f"{BALANCE}?a=x+y&b=2&ccy=BTC%2CETH")),
    (
        "query-order",
        (ISO, "GET", f"{BALANCE}?b=2&c=3&a=1", ""),
        sign_parts(ISO, "GET", f"{BALANCE}?a=1&c=3&b=2"),
    ),
    ("query-encoding", QUERY, sign_parts(ISO, "GET", f"{BALANCE}?ccy=BTC,ETH&b=2&a=x+y")),
    ("query-encoding", QUERY, sign_parts(ISO, "GET", f"{BALANCE}?ccy=BTC%2CETH&b=2&a=x%20y")),
    (
        "query-encoding",
        (ISO, "GET", f"{BALANCE}?ccy=BTC,ETH", ""),
        sign_parts(ISO, "GET", f"{BALANCE}?ccy={quote('BTC,ETH')}"),
    ),
    ("query-also-in-body", QUERY, sign_parts(*QUERY, '{"ccy": "BTC,ETH", "b": "2", "a": "x y"}')),
    (
        "query-in-body",
        QUERY,
        sign_parts(ISO, "GET", BALANCE, '{"ccy": "BTC,ETH", "b": "2", "a": "x y"}'),
    ),
    ("full-url", QUERY, sign_parts(ISO, "GET", f"{HOST}{BALANCE}?{SENT}")),
    ("full-url", GET, sign_parts(ISO, "GET", f"https://eea.okx.com{CONFIG}")),
    ("no-slash", GET, sign_parts(ISO, "GET", CONFIG[1:])),
    ("api-missing", GET, sign_parts(ISO, "GET", "/account/config")),
    ("api-missing", GET, sign_parts(ISO, "GET", "/v5/account/config")),
    *[
        ("empty-body", GET, sign_parts(ISO, "GET", CONFIG, empty))
        for empty in (json.dumps({}), str(None), json.dumps(None), '""', "[]")
    ],
    ("body-missing", POST, sign_parts(ISO, "POST", ORDER)),
    ("body-whitespace", (ISO, "POST", ORDER, f"{BODY}\n"), sign_parts(ISO, "POST", ORDER, BODY)),
    ("body-reserialised", POST, sign_parts(ISO, "POST", ORDER, json.dumps(FIELDS))),
    (
        "body-reserialised",
        POST,
        sign_parts(
            ISO, "POST", ORDER, json.dumps(FIELDS, separators=(",", ":"), ensure_ascii=False)
        ),
    ),
    (
        "body-reserialised",
        (ISO, "POST", ORDER, json.dumps(FIELDS)),
        sign_parts(ISO, "POST", ORDER, json.dumps(FIELDS, separators=(",", ":"), sort_keys=True)),
    ),
    (
        "body-reserialised",
        (ISO, "POST", ORDER, '{"a":"b/c"}'),
        sign_parts(ISO, "POST", ORDER, '{"a":"b\\/c"}'),
    ),
    (
        "body-reserialised",
        (ISO, "POST", ORDER, '{"b":"<>","a":"&"}'),
        sign_parts(ISO, "POST", ORDER, '{"a":"\\u0026","b":"\\u003c\\u003e"}'),
    ),
    ("body-str-of-dict", POST, sign_parts(ISO, "POST", ORDER, str(FIELDS))),
    ("body-form", POST, sign_parts(ISO, "POST", ORDER, "instId=BTC-USDT&sz=0.1&a=%C3%A9")),
    (
        "form-sent",
        (ISO, "POST", ORDER, "instId=BTC-USDT&sz=0.1"),
        sign_parts(ISO, "POST", ORDER, json.dumps({"instId": "BTC-USDT", "sz": "0.1"})),
    ),
    (
        "form-sent",
        (ISO, "POST", ORDER, "instId=BTC-USDT&sz=0.1"),
        sign_parts(ISO, "POST", ORDER, '{"instId":"BTC-USDT","sz":"0.1"}'),
    ),
    ("method-other", POST, sign_parts(ISO, "GET", ORDER, BODY)),
    ("method-other", GET, sign_parts(ISO, "POST", CONFIG)),
    ("method-case", GET, sign_parts(ISO, "get", CONFIG)),
    ("method-case", POST, sign_parts(ISO, "Post", ORDER, BODY)),
    ("epoch-signed", GET, sign_parts("1607418537715", "GET", CONFIG)),
    ("epoch-signed", POST, sign_parts("1607418537", "POST", ORDER, BODY)),
    ("epoch-signed", GET, sign_parts("1607418537.715", "GET", CONFIG)),
    ("timestamp-form", GET, sign_parts(ISO[:-1], "GET", CONFIG)),
    ("timestamp-form", GET, sign_parts("2020-12-08T09:08:57Z", "GET", CONFIG)),
    ("timestamp-form", GET, sign_parts("2020-12-08T09:08:57", "GET", CONFIG)),
    ("timestamp-form", GET, sign_parts("2020-12-08T09:08:57.715+00:00", "GET", CONFIG)),
    ("timestamp-form", GET, sign_parts("2020-12-08 09:08:57.715Z", "GET", CONFIG)),
    ("timestamp-form", GET, sign_parts("2020-12-08T09:08:57.715000Z", "GET", CONFIG)),
    (
        "timestamp-form",
        ("2020-12-08T09:08:57.070Z", *GET[1:]),
        sign_parts("2020-12-08T09:08:57.07Z", "GET", CONFIG),
    ),
    (
        "timestamp-form",
        ("2020-12-08T09:08:57.7Z", *GET[1:]),
        sign_parts("2020-12-08T09:08:57.700Z", "GET", CONFIG),
    ),
    ("clock-read-twice", GET, sign_parts(shift_time(milliseconds=1), "GET", CONFIG)),
    ("clock-read-twice", POST, sign_parts(shift_time(milliseconds=-1999), "POST", ORDER, BODY)),
    ("ws-formula", GET, sign_parts("1607418537GET/users/self/verify")),
    *[
        ("separators", POST, sign_parts(joint.join((ISO, "POST", ORDER, BODY))))
        for joint in ("\n", " ", "&", ",")
    ],
    ("separators", GET, sign_parts(f"{ISO}\nGET\n{CONFIG}")),
    ("newline-at-end", POST, sign_parts(*POST, "\n")),
    ("method-missing", GET, sign_parts(ISO, CONFIG)),
    ("old-path", GET, sign_parts(ISO, "GET", "/api/account/v3/config")),
    ("old-path", GET, sign_parts(ISO, "GET", "/api/v3/account/config")),
    ("old-path", POST, sign_parts(ISO, "POST", "/api/v1/trade/order", BODY)),
    ("local-time", GET, sign_parts("2020-12-08T17:08:57.715Z", "GET", CONFIG)),
    ("local-time", GET, sign_parts("2020-12-08T03:38:57.715Z", "GET", CONFIG)),
    ("rest-formula", LOGIN, sign_parts("2018-09-27T13:14:10.123Z", *LOGIN[1:])),
    ("rest-formula", LOGIN, sign_parts("2018-09-27T13:14:10Z", *LOGIN[1:])),
    ("milliseconds-signed", LOGIN, sign_parts("1538054050123", *LOGIN[1:])),
    ("milliseconds-signed", LOGIN, sign_parts("1538054050.123", *LOGIN[1:])),
    ("clock-read-twice", LOGIN, sign_parts("1538054052", *LOGIN[1:])),
    ("clock-read-twice", LOGIN, sign_parts("1538054048", *LOGIN[1:])),
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
        sign_parts("2020-12-08T09:08:57.715Z", "GET", CONFIG),
    ),
    ("signature-plus", PLUS, sign_parts(*PLUS).replace("+", " ")),
    (
        "query-member",
        (ISO, "GET", f"{BALANCE}?ccy=BTC&after=", ""),
        sign_parts(ISO, "GET", f"{BALANCE}?ccy=BTC"),
    ),
    (
        "query-member",
        (ISO, "GET", f"{BALANCE}?ccy=BTC&a=true", ""),
        sign_parts(ISO, "GET", f"{BALANCE}?ccy=BTC&a=True"),
    ),
    (
        "query-in-body",
        QUERY,
        sign_parts(ISO, "GET", BALANCE, '{"ccy":"BTC,ETH","b":"2","a":"x y"}'),
    ),
    *[("path-slashes", GET, sign_parts(ISO, "GET", path)) for path in (f"{CONFIG}/", f"/{CONFIG}")],
    ("path-slashes", (ISO, "GET", f"{CONFIG}/", ""), sign_parts(ISO, "GET", CONFIG)),
    ("path-slashes", (ISO, "GET", f"/{CONFIG}", ""), sign_parts(ISO, "GET", CONFIG)),
    ("path-case", (ISO, "GET", "/api/v5/account/Config", ""), sign_parts(ISO, "GET", CONFIG)),
    ("full-url", GET, sign_parts(ISO, "GET", f"https://my.okx.com{CONFIG}")),
    ("full-url", GET, sign_parts(ISO, "GET", f"https://www.okx.com:443{CONFIG}")),
    *[
        ("body-print", POST, sign_parts(ISO, "POST", ORDER, printed))
        for printed in (
            "{instId=BTC-USDT, sz=0.1, a=é}",
            "map[a:é instId:BTC-USDT sz:0.1]",
            "{BTC-USDT 0.1 é}",
            "{InstId:BTC-USDT Sz:0.1 A:é}",
            '{"instId"=>"BTC-USDT", "sz"=>"0.1", "a"=>"é"}',
            '{"instId" => "BTC-USDT", "sz" => "0.1", "a" => "é"}',
            '{:instId=>"BTC-USDT", :sz=>"0.1", :a=>"é"}',
            "{ instId = BTC-USDT, sz = 0.1, a = é }",
            "{ instId: 'BTC-USDT', sz: '0.1', a: 'é' }",
            '["instId": "BTC-USDT", "sz": "0.1", "a": "é"]',
            "Map(instId -> BTC-USDT, sz -> 0.1, a -> é)",
            'Object {"instId": String("BTC-USDT"), "sz": String("0.1"), "a": String("é")}',
            f"Some({json.dumps(BODY)})",
            f"b'{BODY}'",
        )
    ],
    ("body-missing", POST, sign_parts(ISO, "POST", ORDER, "undefined")),
    (
        "body-reserialised",
        POST,
        sign_parts(
            ISO, "POST", ORDER, json.dumps(FIELDS, separators=(",", ": "), ensure_ascii=False)
        ),
    ),
    ("body-member", POST, sign_parts(ISO, "POST", ORDER, '{"instId":"BTC-USDT","sz":"0.1"}')),
    (
        "body-member",
        (ISO, "POST", ORDER, '{"instId":"BTC-USDT","px":null}'),
        sign_parts(ISO, "POST", ORDER, '{"instId":"BTC-USDT"}'),
    ),
    (
        "body-member",
        (ISO, "POST", ORDER, '{"instId":"BTC-USDT"}'),
        sign_parts(ISO, "POST", ORDER, '{"instId":"BTC-USDT","clOrdId":""}'),
    ),
    (
        "body-numbers",
        (ISO, "POST", ORDER, '{"sz":"2.10"}'),
        sign_parts(ISO, "POST", ORDER, '{"sz":"2.1"}'),
    ),
    (
        "body-numbers",
        (ISO, "POST", ORDER, '{"sz":"2"}'),
        sign_parts(ISO, "POST", ORDER, '{"sz": 2.0}'),
    ),
    ("body-bytes", POST, sign_parts(ISO, "POST", ORDER, f"\ufeff{BODY}")),
    (
        "body-bytes",
        (ISO, "POST", ORDER, '{"a":"é"}'),
        sign_parts(ISO, "POST", ORDER, '{"a":"e\u0301"}'),
    ),
    ("timestamp-form", GET, sign_parts("2020-12-08T09:08:57.715123Z", "GET", CONFIG)),
    ("epoch-signed", GET, sign_parts("1607418537.715123", "GET", CONFIG)),
    ("timestamp-form", GET, sign_parts("2020-11-08T09:08:57.715Z", "GET", CONFIG)),
    ("timestamp-form", GET, sign_parts("Tue Dec 08 09:08:57 UTC 2020", "GET", CONFIG)),
    ("timestamp-form", GET, sign_parts("%Y-%m-%dT%H:%M:%S.%fZ", "GET", CONFIG)),
    ("local-time", GET, sign_parts("2020-12-08T17:08:57.715+08:00", "GET", CONFIG)),
    ("clock-read-twice", GET, sign_parts(shift_time(seconds=-5), "GET", CONFIG)),
    ("clock-read-twice", POST, sign_parts(shift_time(seconds=30), "POST", ORDER, BODY)),
    ("other-exchange", QUERY, sign_parts(SENT)),
    ("other-exchange", POST, sign_parts(BODY)),
    ("other-exchange", QUERY, sign_parts(f"1607418537715{SENT}")),
    *[
        ("signature-label", GET, label.format(RAW.hex()))
        for label in (
            "(stdin)= {}",
            "SHA2-256(stdin)= {}",
            "HMAC-SHA2-256(stdin)= {}",
            "HMAC-SHA256(-)= {}",
            "{} *stdin",
            "{}  -",
        )
    ],
    ("signature-label", GET, b64encode(f"(stdin)= {RAW.hex()}\n".encode()).decode()),
    ("signature-separators", GET, RAW.hex(":")),
    ("signature-separators", GET, RAW.hex("-").upper()),
    ("signature-separators", GET, RAW.hex(" ")),
    ("signature-separators", GET, f"0x{RAW.hex()}"),
    ("signature-prefix", GET, f"sign:{GOOD}"),
    ("signature-prefix", GET, f"hmac-sha256 {GOOD}"),
    ("signature-base32", GET, b32encode(RAW).decode()),
    ("signature-html", GET, GOOD.replace("=", "&#x3D;")),
    *[
        ("secret-whitespace", POST, signature(mangled, *POST))
        for mangled in (f"{SECRET}\r", f"{SECRET}\u00a0", f"{SECRET}\u200b", f"\ufeff{SECRET}")
    ],
    *[
        ("secret-extra", POST, signature(mangled, *POST))
        for mangled in (f"={SECRET}", f"{SECRET};", f"{SECRET},", f'"{SECRET}')
    ],
    ("secret-twice", GET, signature(SECRET * 2, *GET)),
    ("secret-cut", GET, signature(SECRET[:-2], *GET)),
    ("secret-typo", GET, signature(SECRET[:5] + "x" + SECRET[6:], *GET)),
    ("secret-typo", GET, signature(SECRET[:9] + SECRET[10:], *GET)),
    ("secret-typo", GET, signature(SECRET.replace("0", "O"), *GET)),
    ("full-url", QUERY, sign_parts(ISO, "GET", "https://www.okx.com")),
    (
        "clock-read-twice",
        (f"{ISO[:19]}.000Z", "GET", CONFIG, ""),
        sign_parts(f"{shift_time(seconds=1)[:19]}.000Z", "GET", CONFIG),
    ),
    ("path-other", GET, sign_parts(ISO, "GET", BALANCE)),
    ("path-other", QUERY, sign_parts(ISO, "GET", ORDER)),
    ("signature-object", GET, "[object Promise]"),
    ("signature-object", POST, "<coroutine object sign at 0x7f3c5a1b2c40>"),
    ("hex-digest", GET, "".join(f"{byte:x}" for byte in RAW)),
    (
        "query-member",
        (ISO, "GET", f"{BALANCE}?ccy=BTC", ""),
        sign_parts(ISO, "GET", f"{BALANCE}?ccy={{{{ccy}}}}"),
    ),
    (
        "query-member",
        (ISO, "GET", f"{BALANCE}?ccy=BTC%2CETH", ""),
        sign_parts(ISO, "GET", f"{BALANCE}?ccy=BTC&ccy=ETH"),
    ),
    *[
        (id_, (ISO, "POST", ORDER, SMALL), sign_parts(ISO, "POST", ORDER, body))
        for id_, body in (
            ("body-member", '{"instId":"BTC-USDT","side":"buy","px":"${px}","sz":"1"}'),
            (
                "body-member",
                '{"instId":"BTC-USDT","side":"buy","posSide":null,"px":"5.0","sz":"1"}',
            ),
            ("body-member", '{"instId":"BTC/USDT","side":"buy","px":"5.0","sz":"1"}'),
            ("body-member", '{"instId": "BTC-USDT", "side": "buy"}'),
            ("body-reserialised", '{"px":"5.0","sz":"1","instId":"BTC-USDT","side":"buy"}'),
            ("body-str-of-dict", "{'instId': 'BTC-USDT', 'side': 'buy', 'px': 5.0, 'sz': 1}"),
            ("body-form", "instId=BTC-USDT&px=5.0&side=buy&sz=1"),
        )
    ],
    (
        "clock-read-twice",
        (f"{ISO[:-1]}123Z", "GET", CONFIG, ""),
        sign_parts(f"{ISO[:-1]}167Z", "GET", CONFIG),
    ),
    ("other-formula", GET, sign_parts(hashlib.sha256("".join(GET).encode()).hexdigest())),
    (
        "text-encoding",
        GET,
        b64encode(
            hmac.digest(SECRET.encode("utf-16-le"), "".join(GET).encode("utf-16-le"), "sha256")
        ).decode(),
    ),
    ("secret-hashed", GET, signature(hashlib.sha256(SECRET.encode()).hexdigest(), *GET)),
    ("api-twice", GET, sign_parts(ISO, "GET", f"/api/v5{CONFIG}")),
    ("path-case", QUERY, sign_parts(ISO, "GET", f"{BALANCE}?{SENT}".lower())),
    *[
        ("empty-body", GET, sign_parts(*GET, empty))
        for empty in ("map[]", "[object Object]", "<nil>", "false", "''")
    ],
    (
        "query-also-in-body",
        (ISO, "GET", f"{BALANCE}?ccy=BTC&limit=20", ""),
        sign_parts(ISO, "GET", f"{BALANCE}?ccy=BTC&limit=20", '{"ccy":"BTC","limit":20}'),
    ),
    (
        "query-in-body",
        (ISO, "GET", f"{BALANCE}?ccy=BTC&limit=20", ""),
        sign_parts(ISO, "GET", BALANCE, "{'ccy': 'BTC', 'limit': '20'}"),
    ),
    ("body-object", POST, sign_parts(ISO, "POST", ORDER, "[object Object]")),
    ("body-object", POST, sign_parts(ISO, "POST", ORDER, "Array")),
    ("body-print", POST, sign_parts(ISO, "POST", ORDER, BODY.replace('"', "'"))),
    ("body-encoded-twice", POST, sign_parts(ISO, "POST", ORDER, quote(BODY, safe=""))),
    (
        "body-encoded-twice",
        (ISO, "POST", ORDER, json.dumps(BODY)),
        sign_parts(ISO, "POST", ORDER, BODY),
    ),
    (
        "body-reserialised",
        (ISO, "POST", ORDER, '{"a":"1","b":"x","c":"y"}'),
        sign_parts(ISO, "POST", ORDER, '{"a":"1","c":"y","b":"x"}'),
    ),
    (
        "body-numbers",
        (ISO, "POST", ORDER, '{"px":"2.50","sz":"3"}'),
        sign_parts(ISO, "POST", ORDER, '{"px":"2.50","sz":3}'),
    ),
    (
        "body-numbers",
        (ISO, "POST", ORDER, '{"px":"2.50","sz":"3"}'),
        sign_parts(ISO, "POST", ORDER, '{"px":2.5,"sz":3}'),
    ),
    (
        "body-bytes",
        (ISO, "POST", ORDER, '{"a":"é"}'),
        sign_parts(ISO, "POST", ORDER, '{"a":"Ã©"}'),
    ),
    ("method-case", GET, sign_parts(ISO, "'GET'", CONFIG)),
    ("text-extra", GET, sign_parts(ISO, "GET", CONFIG, API_KEY)),
    ("text-extra", GET, sign_parts(ISO, "GET", CONFIG, PASSPHRASE)),
    ("text-extra", GET, sign_parts(f"'{ISO}GET{CONFIG}'")),
    ("other-exchange", QUERY, sign_parts(f"1607418537715{API_KEY}5000{SENT}")),
    ("other-exchange", QUERY, sign_parts(f"GET\nwww.okx.com\n{BALANCE}\na=x+y&b=2&ccy=BTC%2CETH")),
    (
        "other-formula",
        POST,
        sign_parts(ISO, "POST", ORDER, hashlib.sha256(BODY.encode()).hexdigest()),
    ),
    ("other-formula", QUERY, sign_parts(f"['{ISO}', 'GET', '{BALANCE}?{SENT}', '']")),
    ("hashed-again", GET, b64encode(hashlib.sha256(RAW).digest()).decode()),
    (
        "wrong-hash",
        GET,
        b64encode(hmac.digest(SECRET.encode(), f"{ISO}GET{CONFIG}".encode(), "sha224")).decode(),
    ),
    ("signature-base85", GET, b85encode(RAW).decode()),
    ("signature-base85", GET, a85encode(RAW).decode()),
    ("signature-separators", GET, str(RAW)),
    ("signature-separators", GET, str(list(RAW))),
    ("signature-separators", GET, f"<Buffer {RAW.hex(' ')}>"),
    ("base64-of-hex", GET, b64encode(f"{RAW.hex()}\n".encode()).decode()),
    ("signature-reencoded", GET, b64encode(RAW.decode("latin-1").encode()).decode()),
    ("signature-reencoded", GET, b64encode(RAW.decode("utf-8", "replace").encode()).decode()),
    ("signature-percent", GET, quote(quote(GOOD, safe=""), safe="")),
    ("secret-extra", GET, signature(f"secret={SECRET}", *GET)),
]


def make_rejected_request(request: Request, rejected: str) -> SignedRequest:
    return SignedRequest(*request, rejected, HOST)


SPACED = json.dumps(FIELDS)
# Two mistakes of one person, in the order of the catalogue.
DOUBLE_MISTAKES: list[tuple[list[str], Request, str]] = [
    (
        ["query-missing", "hex-digest"],
        QUERY,
        mac(SECRET, ISO, "GET", BALANCE).hex(),
    ),
    (["method-case", "epoch-signed"], GET, sign_parts("1607418537715", "get", CONFIG)),
    (["query-missing", "method-case"], QUERY, sign_parts(ISO, "get", BALANCE)),
    (["query-missing", "full-url"], QUERY, sign_parts(ISO, "GET", f"https://www.okx.com{BALANCE}")),
    (
        ["query-sorted", "api-missing"],
        QUERY,
        sign_parts(ISO, "GET", "/v5/account/balance?a=x+y&b=2&ccy=BTC%2CETH"),
    ),
    (["query-missing", "empty-body"], QUERY, sign_parts(ISO, "GET", BALANCE, "{}")),
    (
        ["body-reserialised", "clock-read-twice"],
        POST,
        sign_parts(shift_time(milliseconds=1), "POST", ORDER, SPACED),
    ),
    (
        ["body-numbers", "clock-read-twice"],
        POST,
        sign_parts(shift_time(milliseconds=2), "POST", ORDER, SPACED.replace('"0.1"', "0.1")),
    ),
    (["body-str-of-dict", "hex-digest"], POST, mac(SECRET, ISO, "POST", ORDER, str(FIELDS)).hex()),
    (["method-case", "body-reserialised"], POST, sign_parts(ISO, "post", ORDER, SPACED)),
    (["timestamp-form", "local-time"], GET, sign_parts("2020-12-08T17:08:57.715", "GET", CONFIG)),
    (
        ["epoch-signed", "base64-of-hex"],
        GET,
        b64encode(mac(SECRET, "1607418537", "GET", CONFIG).hex().encode()).decode(),
    ),
    (["api-missing", "separators"], GET, sign_parts(f"{ISO}\nGET\n/v5/account/config")),
    (["newline-at-end", "secret-whitespace"], GET, signature(f"{SECRET}\n", *GET, "\n")),
    (["query-missing", "passphrase-as-secret"], QUERY, signature(PASSPHRASE, ISO, "GET", BALANCE)),
    (["base64-urlsafe", "base64-padding"], GET, urlsafe_b64encode(RAW).decode().rstrip("=")),
    (["hex-digest", "bytes-repr"], GET, f"b'{RAW.hex()}'"),
    (["hex-digest", "wrong-hash"], GET, mac(SECRET, *GET, name="sha512").hex()),
    (
        ["query-missing", "wrong-hash"],
        QUERY,
        b64encode(mac(SECRET, ISO, "GET", BALANCE, name="md5")).decode(),
    ),
    (
        ["no-hmac", "wrong-hash"],
        GET,
        b64encode(
            hashlib.md5(f"{ISO}GET{CONFIG}{SECRET}".encode(), usedforsecurity=False).digest()
        ).decode(),
    ),
    (["method-case", "method-other"], POST, sign_parts(ISO, "get", ORDER, BODY)),
    (
        ["rest-formula", "secret-case"],
        LOGIN,
        signature(SECRET.lower(), "2018-09-27T13:14:10Z", *LOGIN[1:]),
    ),
    (["milliseconds-signed", "hex-digest"], LOGIN, mac(SECRET, "1538054050123", *LOGIN[1:]).hex()),
]
