"""The cases of the public test vectors, as tables. `scripts.vectors.write` computes the rest.

A group of cases shares a flag, which says what kind of bug they catch, and a request.
Each case gives one part of that request another value.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Request:
    """What is signed, and the key it is signed with. The secret is the sample of OKX's docs."""

    api_key: str = "00000000-0000-4000-8000-000000000002"
    secret_key: str = "22582BD0CFF14C41EDBF1AB98506286D"
    passphrase: str = "Fake-Pass-1"
    timestamp: str = "2020-12-08T09:08:57.715Z"
    method: str = "GET"
    request_path: str = "/api/v5/account/balance?ccy=BTC"
    body: str = ""

    @property
    def prehash(self) -> str:
        """The text that is signed."""
        return self.timestamp + self.method + self.request_path + self.body


class ValidGroup(NamedTuple):
    """Requests that are signed as they are: `rows` is `{id: (value of the part, comment)}`."""

    flag: str
    base: Request
    part: str
    rows: dict[str, tuple[str, str]]


class InvalidGroup(NamedTuple):
    """Requests of which something else is signed: `{id: (mistake, signed instead, comment)}`.

    The part `prehash` is the whole text.
    """

    flag: str
    base: Request
    part: str
    rows: dict[str, tuple[str, str, str]]


FLAGS = {
    "query": "The query belongs to the path. Catches code that leaves it out.",
    "query-order": "Nothing is sorted, merged or dropped. Catches code that builds a query twice.",
    "query-encoding": "Nothing is encoded or decoded. Catches code that signs another spelling.",
    "path": "The path is signed as it is sent. Catches a host, a lost prefix, an old version.",
    "method": "The method is signed, in capitals.",
    "body-empty": "No body adds nothing; a body that only looks empty adds its bytes.",
    "body-text": "The body is signed as it is sent. Catches code that writes the JSON again.",
    "body-escapes": "An escape is signed as it is sent. Catches JSON writers with other habits.",
    "body-size": "Length changes nothing. Catches fixed buffers.",
    "utf-8": "Text becomes bytes as UTF-8 and is not normalised.",
    "text-length": "The text ends at an edge of SHA-256's blocks. Catches a home-made hash.",
    "time": "The time is signed as it is sent, in the form that belongs to the request.",
    "time-zeros": "All three digits of the milliseconds are written.",
    "calendar": "A date or an hour at which formatting goes wrong.",
    "formula": "The parts are joined in this order, with nothing between or after them.",
    "secret": "The secret is that of the key, with nothing around it.",
    "secret-text": "The secret is text. Catches code that decodes, unquotes or cuts it.",
    "secret-length": "The secret has any length; HMAC hashes it first if it is over 64 bytes.",
    "digest": "The signature is Base64 of the raw HMAC-SHA256 with the secret as the key.",
    "endpoint": "A request that a program really makes.",
    "demo": "A demo key has one header more; the signature does not know.",
}

BALANCE = "/api/v5/account/balance"
HISTORY = "/api/v5/trade/orders-history"
COMPACT = (
    '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2"}'
)
SPACED = COMPACT.replace(",", ", ").replace(":", ": ")
SORTED = '{"instId":"BTC-USDT","ordType":"limit","px":"2.15","side":"buy","sz":"2","tdMode":"cash"}'
LINES = '{\n  "instId": "BTC-USDT",\n  "sz": "2"\n}'

GET = Request()
POST = Request(method="POST", request_path="/api/v5/trade/order", body=COMPACT)
LOGIN = Request(timestamp="1704876947", request_path="/users/self/verify")
# The path is that of the rule; the request that carries the headers has another, such as
# /ws/v5/public-sbe.
SBE = Request(timestamp="1751335333", request_path="/users/self/verify")

# --- right -----------------------------------------------------------------------------------

SECRET_TEXTS = {
    "secret-lower-case": ("facade00facade00facade00facade00", "Hex in small letters stays so."),
    "secret-uuid": ("00000000-fa4e-4000-8000-5ec2e7000000", "Hyphens belong to the secret."),
    "secret-digits": ("00000000000000000000000000000042", "It is not a number."),
    "secret-base64": ("RkFLRS1TRUNSRVQ=", "Looks like Base64, is not decoded."),
    "secret-percent": ("FAKE%2DSECRET", "Looks percent-encoded, is not decoded."),
    "secret-backslash": (r"FAKE\nSECRET", "A backslash and an n, not a line feed."),
    "secret-dollar": ("FAKE$SECRET$HOME", "A shell would replace these."),
    "secret-hash-sign": ("FAKE #SECRET", "A dotenv file would cut it at the hash sign."),
    "secret-punctuation": (r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~""", "All ASCII punctuation."),
    "secret-space-inside": ("FAKE SECRET", "A space inside belongs to the secret."),
    "secret-umlaut": ("F\u00c4KE-SECRET", "A letter of two bytes in UTF-8."),
    "secret-chinese": ("FAKE-\u6b27\u6613", "Letters of three bytes in UTF-8."),
    "secret-emoji": ("FAKE-\U0001f511", "A character of four bytes in UTF-8."),
}
SECRET_LENGTHS = {
    "secret-1-byte": ("F", "The shortest secret."),
    "secret-63-bytes": ("FAKE" * 15 + "END", "One byte less than a block of SHA-256."),
    "secret-64-bytes": ("FAKE" * 16, "Exactly one block."),
    "secret-65-bytes": ("FAKE" * 16 + "S", "One byte more: HMAC hashes the secret first."),
    "secret-128-bytes": ("FAKE" * 32, "Two blocks: hashed first."),
    "secret-66-bytes-utf-8": ("\u6b27" * 22, "22 characters, but 66 bytes: hashed first."),
}

VALID = [
    ValidGroup(
        "query",
        GET,
        "request_path",
        {
            "get-no-query": (BALANCE, "No query: the text ends with the path."),
            "get-query": (f"{BALANCE}?ccy=BTC", "The query follows the path."),
            "get-query-empty": (f"{BALANCE}?", "A question mark alone is sent, so it is signed."),
            "get-slash-at-end": (f"{BALANCE}/?ccy=BTC", "A slash more is another path."),
            "get-query-long": (f"{BALANCE}?ccy={'USDT,' * 60}BTC", "A long query is signed whole."),
        },
    ),
    ValidGroup(
        "query-order",
        GET,
        "request_path",
        {
            "get-query-unsorted": (
                f"{HISTORY}?instId=BTC-USDT&after=100&instType=SPOT",
                "The order in which it is sent.",
            ),
            "get-query-sorted": (
                f"{HISTORY}?after=100&instId=BTC-USDT&instType=SPOT",
                "The same parameters in another order: another signature.",
            ),
            "get-query-repeated": (f"{BALANCE}?ccy=BTC&ccy=ETH", "A parameter twice stays twice."),
            "get-query-repeated-swapped": (f"{BALANCE}?ccy=ETH&ccy=BTC", "Their order counts."),
            "get-query-no-value": (f"{HISTORY}?instId=&after=100", "An empty value stays."),
            "get-query-no-equals-sign": (f"{HISTORY}?instId&after=100", "A name alone stays."),
            "get-query-ampersand-at-end": (f"{BALANCE}?ccy=BTC&", "An ampersand too many stays."),
            "get-query-two-ampersands": (f"{HISTORY}?instId=A&&after=1", "Two in a row stay."),
            "get-query-two-question-marks": (f"{BALANCE}?ccy=BTC?ETH", "The second is a value."),
        },
    ),
    ValidGroup(
        "query-encoding",
        GET,
        "request_path",
        {
            "get-query-comma": (f"{BALANCE}?ccy=BTC,ETH", "A comma as it is."),
            "get-query-comma-encoded": (f"{BALANCE}?ccy=BTC%2CETH", "The same comma, encoded."),
            "get-query-comma-lower-case": (f"{BALANCE}?ccy=BTC%2cETH", "In small letters."),
            "get-query-plus": (f"{HISTORY}?tag=a+b", "A plus sign as it is."),
            "get-query-plus-encoded": (f"{HISTORY}?tag=a%2Bb", "The same plus sign, encoded."),
            "get-query-space-encoded": (f"{HISTORY}?tag=a%20b", "A space, encoded."),
            "get-query-percent-encoded": (f"{HISTORY}?tag=100%25", "Decoded once, it is 100%."),
            "get-query-encoded-twice": (f"{HISTORY}?tag=a%252Cb", "Decoded once, it is a%2Cb."),
            "get-query-slash": (f"{HISTORY}?tag=a/b", "A slash as it is."),
            "get-query-slash-encoded": (f"{HISTORY}?tag=a%2Fb", "The same slash, encoded."),
            "get-query-colon": (f"{HISTORY}?tag=09:08", "A colon as it is."),
            "get-query-colon-encoded": (f"{HISTORY}?tag=09%3A08", "The same colon, encoded."),
            "get-query-tilde": (f"{HISTORY}?tag=a~b", "Some encoders change a tilde."),
            "get-query-brackets": (f"{HISTORY}?tag=!'(a)*", "Encoders differ on all of these."),
            "get-query-hyphen-encoded": (f"{HISTORY}?tag=a%2Db", "Encoded without need: it stays."),
            "get-query-utf-8": (f"{HISTORY}?tag=%E6%AC%A7", "A Chinese character, encoded."),
            "get-query-utf-8-lower-case": (f"{HISTORY}?tag=%e6%ac%a7", "In small letters."),
        },
    ),
    ValidGroup(
        "text-length",
        GET,
        "request_path",
        {
            "text-55-bytes": (f"{BALANCE}?ccy=", "Just leaves room for the padding in one block."),
            "text-56-bytes": (f"{BALANCE}?ccy=B", "The padding needs a block of its own."),
            "text-63-bytes": (f"{BALANCE}?ccy=USDT,BTC", "One byte less than a block."),
            "text-64-bytes": (f"{BALANCE}?ccy=USDT,USDC", "Exactly one block."),
        },
    ),
    ValidGroup(
        "body-empty",
        POST,
        "body",
        {
            "post-no-body": ("", "No body: the text ends with the path."),
            "post-empty-object": ("{}", "Two bytes that are sent, so they are signed."),
            "post-empty-object-spaced": ("{ }", "A space more is another text."),
            "post-empty-array": ("[]", "The same for a list."),
            "post-empty-text": ('""', "A JSON text of no letters is two bytes."),
            "post-null": ("null", "JSON's null is four bytes."),
            "post-space": (" ", "White space alone is a body."),
        },
    ),
    ValidGroup(
        "body-text",
        POST,
        "body",
        {
            "post-order-compact": (COMPACT, "No spaces, as JavaScript writes JSON."),
            "post-order-spaced": (SPACED, "With spaces, as Python writes JSON."),
            "post-order-keys-sorted": (SORTED, "The same order with sorted keys."),
            "post-lines": (LINES, "Indented, with line feeds."),
            "post-lines-crlf": (LINES.replace("\n", "\r\n"), "Lines that end as on Windows."),
            "post-tabs": (LINES.replace("  ", "\t"), "Indented with tabs."),
            "post-newline-at-end": (COMPACT + "\n", "A line feed at the end is part of it."),
            "post-space-at-start": (" " + COMPACT, "So is a space at the start."),
            "post-space-before-colon": ('{"sz" : "2"}', "Space on both sides of a colon."),
            "post-number": ('{"sz":2}', "A number, not a text."),
            "post-number-decimal": ('{"sz":2.0}', "Not shortened to 2."),
            "post-number-zeros": ('{"px":2.150}', "Not shortened to 2.15."),
            "post-number-exponent": ('{"px":1E-8}', "Not written as 1e-08 or 0.00000001."),
            "post-number-large": ('{"ordId":1234567890123456789}', "Too large for a double."),
            "post-words": ('{"reduceOnly":true,"ccy":null}', "Not True and None."),
            "post-key-twice": ('{"sz":"1","sz":"2"}', "A parser would keep one of them."),
            "post-nested": (
                '{"attachAlgoOrds":[{"tpOrdPx":"-1"}]}',
                "A list and an object inside.",
            ),
            "post-form": ("instId=BTC-USDT&sz=2", "The signature does not ask for JSON."),
        },
    ),
    ValidGroup(
        "body-escapes",
        POST,
        "body",
        {
            "post-slash": ('{"tag":"a/b"}', "A slash as it is."),
            "post-slash-escaped": (r'{"tag":"a\/b"}', "The same, as PHP writes it."),
            "post-html": ('{"tag":"<a&b>"}', "Brackets and an ampersand as they are."),
            "post-html-escaped": (r'{"tag":"\u003ca\u0026b\u003e"}', "The same, as Go writes it."),
            "post-quote-escaped": (r'{"tag":"a\"b"}', "A quote must be escaped."),
            "post-backslash-escaped": (r'{"tag":"a\\b"}', "So must a backslash."),
            "post-newline-escaped": (r'{"tag":"a\nb"}', "A backslash and an n, not a line feed."),
            "post-nul-escaped": (r'{"tag":"a\u0000b"}', "Nothing ends here."),
            "post-e-acute-escaped": (r'{"tag":"caf\u00e9"}', "As Python writes it."),
            "post-e-acute-upper-case": (r'{"tag":"caf\u00E9"}', "With a capital in the escape."),
            "post-chinese-escaped": (r'{"tag":"\u6b27\u6613"}', "As Python writes it."),
            "post-emoji-escaped": (r'{"tag":"\ud83d\ude80"}', "Two escapes for one character."),
        },
    ),
    ValidGroup(
        "utf-8",
        POST,
        "body",
        {
            "post-e-acute": ('{"tag":"caf\u00e9"}', "One character, two bytes."),
            "post-e-acute-of-two": ('{"tag":"cafe\u0301"}', "Looks the same: an e and an accent."),
            "post-chinese": ('{"tag":"\u6b27\u6613"}', "Three bytes each."),
            "post-cyrillic": ('{"tag":"\u0431\u0438\u0440\u0436\u0430"}', "Two bytes each."),
            "post-arabic": ('{"tag":"\u0645\u0631\u062d\u0628\u0627"}', "Written right to left."),
            "post-emoji": ('{"tag":"\U0001f680"}', "Four bytes; two units in UTF-16."),
            "post-emoji-joined": ('{"tag":"\U0001f469\u200d\U0001f4bb"}', "Three shown as one."),
            "post-no-break-space": ('{"tag":"a\u00a0b"}', "Not a plain space."),
            "post-line-separator": ('{"tag":"a\u2028b"}', "JSON has it, old JavaScript does not."),
            "post-full-width": ('{"sz":"\uff12"}', "Normalised, it would be the digit 2."),
            "post-byte-order-mark": ('\ufeff{"sz":"2"}', "If it is sent, it is signed."),
        },
    ),
    ValidGroup(
        "body-size",
        POST,
        "body",
        {
            "post-4-kb": ('{"tag":"' + "x" * 4086 + '"}', "4096 bytes."),
            "post-4-kb-and-1": ('{"tag":"' + "x" * 4087 + '"}', "4097 bytes."),
            "post-4-kb-utf-8": (
                '{"tag":"' + "\u6b27" * 1362 + '"}',
                "1372 characters, 4096 bytes.",
            ),
        },
    ),
    ValidGroup(
        "time-zeros",
        GET,
        "timestamp",
        {
            "time-zero-milliseconds": ("2026-08-22T16:20:00.000Z", "Zeros that libraries drop."),
            "time-one-zero-at-end": ("2026-08-22T16:20:00.710Z", "Not .71: one time in ten."),
            "time-two-zeros-at-end": ("2026-08-22T16:20:00.700Z", "Not .7: one in a hundred."),
            "time-zeros-at-start": ("2026-08-22T16:20:00.007Z", "Not .7 either."),
            "time-999-milliseconds": ("2026-08-22T16:20:00.999Z", "Not rounded up."),
        },
    ),
    ValidGroup(
        "calendar",
        GET,
        "timestamp",
        {
            "time-first-of-year": ("2021-01-01T00:00:00.000Z", "The first instant of a year."),
            "time-last-of-year": ("2020-12-31T23:59:59.999Z", "The last instant of a year."),
            "time-week-year": ("2024-12-30T12:00:00.000Z", "By weeks (YYYY in Java) it is 2025."),
            "time-leap-day": ("2024-02-29T12:00:00.000Z", "A day that not every year has."),
            "time-after-leap-day": ("2024-03-01T00:00:00.000Z", "The day after it."),
            "time-leap-day-of-2000": ("2000-02-29T12:00:00.000Z", "A century with a leap day."),
            "time-midnight": ("2026-08-22T00:05:00.001Z", "Not 12:05 and not 24:05."),
            "time-noon": ("2026-08-22T12:05:00.001Z", "Not 00:05."),
            "time-afternoon": ("2026-08-22T13:05:00.001Z", "24 hours, not 12."),
            "time-day-and-month": ("2026-02-03T04:05:06.007Z", "The third of February."),
            "time-clocks-forward": ("2026-03-29T01:30:00.000Z", "No such local time in London."),
            "time-clocks-back": (
                "2026-10-25T00:30:00.000Z",
                "A local time that comes twice there.",
            ),
            "time-after-2038": ("2038-01-19T03:14:08.000Z", "One second after 31 bits."),
            "time-1970": ("1970-01-01T00:00:00.000Z", "Unix time zero."),
            "time-9999": ("9999-12-31T23:59:59.999Z", "The last instant of four-digit years."),
        },
    ),
    ValidGroup("secret-text", GET, "secret_key", SECRET_TEXTS),
    ValidGroup("secret-length", GET, "secret_key", SECRET_LENGTHS),
    ValidGroup("demo", GET, "timestamp", {"demo-get": ("2026-08-22T16:20:00.715Z", "A GET.")}),
    ValidGroup("demo", POST, "timestamp", {"demo-post": ("2026-08-22T16:20:00.715Z", "A POST.")}),
]

# (method and path, body, comment); the id is made of the first.
ENDPOINTS = [
    ("GET /api/v5/account/config", "", "How the account is set up."),
    ("GET /api/v5/account/balance?ccy=USDT", "", "One balance."),
    ("GET /api/v5/account/positions?instType=SWAP", "", "Open positions."),
    ("GET /api/v5/account/instruments?instType=SPOT", "", "What the account may trade."),
    ("GET /api/v5/asset/balances", "", "What lies in the funding account."),
    ("GET /api/v5/asset/currencies?ccy=BTC", "", "One currency."),
    ("GET /api/v5/trade/order?instId=BTC-USDT&clOrdId=fake1", "", "One order, by its own id."),
    ("GET /api/v5/trade/orders-pending?instType=SPOT", "", "Open orders."),
    ("GET /api/v5/trade/orders-history?instType=SPOT", "", "Closed orders."),
    ("GET /api/v5/trade/fills?instType=SPOT&limit=10", "", "Fills."),
    ("GET /api/v5/trade/account-rate-limit", "", "The account's own limit."),
    ("GET /api/v5/users/subaccount/list?enable=true", "", "Sub-accounts."),
    ("GET /api/v5/users/subaccount/apikey?subAcct=fake1", "", "Keys of a sub-account."),
    (
        "POST /api/v5/account/set-leverage",
        '{"instId":"BTC-USDT","lever":"5","mgnMode":"isolated"}',
        "The complete example of the page on signing.",
    ),
    (
        "POST /api/v5/trade/order",
        '{"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"market","sz":"0.001"}',
        "An order.",
    ),
    ("POST /api/v5/trade/batch-orders", f"[{COMPACT},{SORTED}]", "Two orders: the body is a list."),
    (
        "POST /api/v5/trade/amend-order",
        '{"instId":"BTC-USDT","clOrdId":"fake1","newPx":"2.16"}',
        "Another price.",
    ),
    (
        "POST /api/v5/trade/cancel-order",
        '{"instId":"BTC-USDT","clOrdId":"fake1"}',
        "An order cancelled.",
    ),
    (
        "POST /api/v5/trade/cancel-batch-orders",
        '[{"instId":"BTC-USDT","clOrdId":"fake1"},{"instId":"BTC-USDT","clOrdId":"fake2"}]',
        "Two orders cancelled.",
    ),
    (
        "POST /api/v5/trade/amend-batch-orders",
        '[{"instId":"BTC-USDT","clOrdId":"fake1","newPx":"2.16"},'
        '{"instId":"BTC-USDT","clOrdId":"fake2","newSz":"3"}]',
        "Two orders changed.",
    ),
    ("GET /api/v5/trade/fills-history?instType=SPOT", "", "Trades of the last 3 months."),
    (
        "POST /api/v5/asset/transfer",
        '{"ccy":"USDT","amt":"1","from":"6","to":"18"}',
        "From the funding to the trading account.",
    ),
    (
        "POST /api/v5/asset/withdrawal",
        '{"ccy":"USDT","amt":"1","dest":"4","toAddr":"FAKE-ADDRESS","chain":"USDT-FAKE"}',
        "A withdrawal to an address that does not exist.",
    ),
    (
        "POST /api/v5/users/subaccount/create-subaccount",
        '{"subAcct":"fake1","label":"fake"}',
        "A sub-account made.",
    ),
    (
        "POST /api/v5/users/subaccount/apikey",
        '{"subAcct":"fake1","label":"fake","passphrase":"Fake-Pass-2","perm":"read_only"}',
        "A key made for it.",
    ),
    (
        "POST /api/v5/users/subaccount/modify-apikey",
        '{"subAcct":"fake1","apiKey":"00000000-0000-4000-8000-000000000003","ip":"192.0.2.1"}',
        "The key bound to an address.",
    ),
    (
        "POST /api/v5/users/subaccount/delete-apikey",
        '{"subAcct":"fake1","apiKey":"00000000-0000-4000-8000-000000000003"}',
        "The key deleted.",
    ),
    ("GET /api/v5/account/account-position-risk?instType=SWAP", "", "The risk of the account."),
    ("GET /api/v5/account/bills?ccy=USDT&limit=10", "", "What moved the balance."),
    ("GET /api/v5/account/max-size?instId=BTC-USDT&tdMode=cash", "", "The largest order."),
    ("GET /api/v5/account/trade-fee?instType=SPOT", "", "The fees of the account."),
    ("GET /api/v5/trade/order-algo?algoClOrdId=fake1", "", "One algo order, by its own id."),
    ("GET /api/v5/trade/orders-algo-pending?ordType=conditional", "", "Open algo orders."),
    (
        "GET /api/v5/trade/orders-algo-history?ordType=conditional&state=canceled",
        "",
        "Finished algo orders.",
    ),
    ("POST /api/v5/account/set-account-level", '{"acctLv":"2"}', "Another account mode."),
    (
        "POST /api/v5/account/set-position-mode",
        '{"posMode":"net_mode"}',
        "The position mode.",
    ),
    (
        "POST /api/v5/trade/order-algo",
        '{"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"conditional","sz":"0.001",'
        '"slTriggerPx":"40000","slOrdPx":"-1"}',
        "A stop-loss.",
    ),
    (
        "POST /api/v5/trade/cancel-algos",
        '[{"instId":"BTC-USDT","algoId":"1"}]',
        "A stop-loss cancelled.",
    ),
    (
        "POST /api/v5/trade/mass-cancel",
        '{"instType":"OPTION","instFamily":"BTC-USD"}',
        "All orders of a market maker for options cancelled.",
    ),
    ("POST /api/v5/trade/cancel-all-after", '{"timeOut":"10"}', "A countdown to cancel all."),
]

VALID_LOGINS = [
    ValidGroup(
        "time",
        LOGIN,
        "timestamp",
        {
            "login": ("1704876947", "Unix seconds, as text."),
            "login-2018": ("1538054050", "The time of the sample in OKX's documentation."),
            "login-zeros-at-end": ("1700000000", "Not 1.7e9."),
            "login-9-digits": ("999999999", "Not filled up with a zero."),
            "login-10-digits": ("1000000000", "The first time of ten digits."),
            "login-31-bits": ("2147483647", "The last second of a signed 32-bit number."),
            "login-32-bits": ("2147483648", "One second later."),
            "login-33-bits": ("4294967296", "Beyond an unsigned 32-bit number."),
        },
    ),
    ValidGroup(
        "secret-text", LOGIN, "secret_key", {f"login-{k}": v for k, v in SECRET_TEXTS.items()}
    ),
    ValidGroup(
        "secret-length", LOGIN, "secret_key", {f"login-{k}": v for k, v in SECRET_LENGTHS.items()}
    ),
]

VALID_SBE = [
    ValidGroup(
        "time",
        SBE,
        "timestamp",
        {
            "sbe": ("1751335333", "The time of the example in OKX's documentation."),
            "sbe-zeros-at-end": ("1760000000", "Not 1.76e9."),
            "sbe-9-digits": ("987654321", "Not filled up with a zero."),
            "sbe-after-2038": ("2147483649", "Beyond a signed 32-bit number."),
        },
    ),
    ValidGroup(
        "secret-text",
        SBE,
        "secret_key",
        {
            f"sbe-{name}": SECRET_TEXTS[name]
            for name in ("secret-lower-case", "secret-punctuation", "secret-chinese")
        },
    ),
]

# --- wrong -----------------------------------------------------------------------------------

INVALID = [
    InvalidGroup(
        "query",
        GET,
        "request_path",
        {
            "query-left-out": ("query-missing", BALANCE, "The query was not signed."),
            "query-as-body": (
                "query-in-body",
                BALANCE + '{"ccy": "BTC"}',
                "The parameters of a GET were signed as a JSON body.",
            ),
            "query-and-body": (
                "query-also-in-body",
                GET.request_path + '{"ccy": "BTC"}',
                "The parameters were signed twice: as the query and as a JSON body.",
            ),
        },
    ),
    InvalidGroup(
        "query-order",
        replace(GET, request_path=f"{HISTORY}?instId=BTC-USDT&after=100&instType=SPOT"),
        "request_path",
        {
            "query-sorted": (
                "query-sorted",
                f"{HISTORY}?after=100&instId=BTC-USDT&instType=SPOT",
                "The parameters were signed sorted, and sent as they were.",
            ),
            "query-reversed": (
                "query-order",
                f"{HISTORY}?instType=SPOT&after=100&instId=BTC-USDT",
                "The parameters were signed in another order than they were sent.",
            ),
        },
    ),
    InvalidGroup(
        "query-encoding",
        replace(GET, request_path=f"{BALANCE}?ccy=BTC,ETH"),
        "request_path",
        {
            "comma-encoded": (
                "query-encoding",
                f"{BALANCE}?ccy=BTC%2CETH",
                "The comma was encoded to be signed, and sent as it was.",
            )
        },
    ),
    InvalidGroup(
        "query-encoding",
        replace(GET, request_path=f"{BALANCE}?ccy=BTC%2CETH"),
        "request_path",
        {
            "comma-decoded": (
                "query-encoding",
                f"{BALANCE}?ccy=BTC,ETH",
                "The HTTP library encoded the comma after it was signed.",
            )
        },
    ),
    InvalidGroup(
        "query-encoding",
        replace(GET, request_path=f"{HISTORY}?tag=a%20b"),
        "request_path",
        {
            "space-as-plus": (
                "query-encoding",
                f"{HISTORY}?tag=a+b",
                "The space was signed as + and sent as %20.",
            )
        },
    ),
    InvalidGroup(
        "path",
        GET,
        "request_path",
        {
            "full-url": (
                "full-url",
                f"https://openapi.okx.com{GET.request_path}",
                "Scheme and host were signed with the path.",
            ),
            "full-url-eea": (
                "full-url",
                f"https://eea.okx.com{GET.request_path}",
                "Scheme and host of a regional site were signed with the path.",
            ),
            "no-slash": ("no-slash", "api/v5/account/balance?ccy=BTC", "No slash at the start."),
            "no-api": ("api-missing", "/v5/account/balance?ccy=BTC", "The path without /api."),
            "no-api-v5": ("api-missing", "/account/balance?ccy=BTC", "The path without /api/v5."),
            "path-of-v3": (
                "old-path",
                "/api/account/v3/balance?ccy=BTC",
                "The path of the retired v3 API was signed.",
            ),
            "path-v1": ("old-path", "/api/v1/account/balance?ccy=BTC", "Another version signed."),
        },
    ),
    InvalidGroup(
        "method",
        GET,
        "method",
        {
            "method-lower-case": ("method-case", "get", "Signed get, sent GET."),
            "method-capitalised": ("method-case", "Get", "Signed Get, sent GET."),
            "method-left-out": ("method-missing", "", "The method was not signed."),
        },
    ),
    InvalidGroup(
        "method",
        POST,
        "method",
        {"method-post-lower-case": ("method-case", "post", "Signed post, sent POST.")},
    ),
    InvalidGroup(
        "body-empty",
        GET,
        "body",
        {
            "get-empty-object": ("empty-body", "{}", "A GET was signed with {}."),
            "get-none": ("empty-body", "None", "Python's None was signed as text."),
            "get-null": ("empty-body", "null", "JSON's null was signed."),
            "get-empty-text": ("empty-body", '""', "An empty JSON text was signed."),
            "get-empty-array": ("empty-body", "[]", "An empty list was signed."),
        },
    ),
    InvalidGroup(
        "body-empty",
        replace(POST, body=""),
        "body",
        {"post-empty-object": ("empty-body", "{}", "Signed with {}, sent without a body.")},
    ),
    InvalidGroup(
        "body-text",
        POST,
        "body",
        {
            "body-left-out": ("body-missing", "", "The body was not signed."),
            "body-spaced": ("body-reserialised", SPACED, "Signed with spaces, sent without."),
            "body-keys-sorted": ("body-reserialised", SORTED, "Signed with sorted keys."),
            "body-of-python": ("body-str-of-dict", SPACED.replace('"', "'"), "Signed str(dict)."),
            "body-as-form": (
                "body-form",
                "instId=BTC-USDT&tdMode=cash&side=buy&ordType=limit&px=2.15&sz=2",
                "A form was signed, JSON was sent.",
            ),
        },
    ),
    InvalidGroup(
        "body-text",
        replace(POST, body=SPACED),
        "body",
        {"body-compact": ("body-reserialised", COMPACT, "Signed without spaces, sent with them.")},
    ),
    InvalidGroup(
        "body-text",
        replace(POST, body=LINES + "\n"),
        "body",
        {"body-trimmed": ("body-whitespace", LINES, "A line feed was sent, but not signed.")},
    ),
    InvalidGroup(
        "body-escapes",
        replace(POST, body='{"tag":"caf\u00e9"}'),
        "body",
        {
            "body-escaped": (
                "body-reserialised",
                r'{"tag":"caf\u00e9"}',
                "Signed as an escape, sent as a letter.",
            )
        },
    ),
    InvalidGroup(
        "body-escapes",
        replace(POST, body=r'{"tag":"caf\u00e9"}'),
        "body",
        {
            "body-unescaped": (
                "body-reserialised",
                '{"tag":"caf\u00e9"}',
                "Signed as a letter, sent as an escape.",
            )
        },
    ),
    InvalidGroup(
        "body-escapes",
        replace(POST, body='{"tag":"<a/b>"}'),
        "body",
        {
            "body-escaped-by-php": (
                "body-reserialised",
                r'{"tag":"<a\/b>"}',
                "Signed with a backslash before the slash, sent without.",
            ),
            "body-escaped-by-go": (
                "body-reserialised",
                r'{"tag":"\u003ca/b\u003e"}',
                "Signed with escaped brackets, sent without.",
            ),
        },
    ),
    InvalidGroup(
        "time",
        GET,
        "timestamp",
        {
            "unix-seconds": ("epoch-signed", "1607418537", "Unix seconds signed."),
            "unix-milliseconds": ("epoch-signed", "1607418537715", "Unix milliseconds signed."),
            "unix-fraction": ("epoch-signed", "1607418537.715", "Unix time with a fraction."),
            "time-no-z": ("timestamp-form", "2020-12-08T09:08:57.715", "The Z was not signed."),
            "time-no-milliseconds": ("timestamp-form", "2020-12-08T09:08:57Z", "No milliseconds."),
            "time-offset": ("timestamp-form", "2020-12-08T09:08:57.715+00:00", "+00:00 for Z."),
            "time-microseconds": ("timestamp-form", "2020-12-08T09:08:57.715000Z", "Six digits."),
            "time-no-t": ("timestamp-form", "2020-12-08 09:08:57.715Z", "A space for the T."),
            "time-local-east": ("local-time", "2020-12-08T17:08:57.715Z", "UTC+8 with a Z."),
            "time-local-half": ("local-time", "2020-12-08T14:38:57.715Z", "UTC+5:30 with a Z."),
            "time-local-west": ("local-time", "2020-12-08T04:08:57.715Z", "UTC-5 with a Z."),
            "clock-read-before": (
                "clock-read-twice",
                "2020-12-08T09:08:57.712Z",
                "The clock was read again for the header, 3 ms later.",
            ),
            "clock-read-after": (
                "clock-read-twice",
                "2020-12-08T09:08:58.001Z",
                "The clock was read again for signing, in the next second.",
            ),
        },
    ),
    InvalidGroup(
        "time-zeros",
        replace(GET, timestamp="2026-08-22T16:20:00.000Z"),
        "timestamp",
        {
            "time-zeros-dropped": ("timestamp-form", "2026-08-22T16:20:00Z", "Zeros dropped."),
            "time-one-zero-left": ("timestamp-form", "2026-08-22T16:20:00.0Z", "One zero left."),
        },
    ),
    InvalidGroup(
        "time-zeros",
        replace(GET, timestamp="2026-08-22T16:20:00.710Z"),
        "timestamp",
        {"time-zero-lost": ("timestamp-form", "2026-08-22T16:20:00.71Z", "Not .710 but .71.")},
    ),
    InvalidGroup(
        "time-zeros",
        replace(GET, timestamp="2026-08-22T16:20:00.007Z"),
        "timestamp",
        {"time-not-filled": ("timestamp-form", "2026-08-22T16:20:00.7Z", "Not .007 but .7.")},
    ),
    InvalidGroup(
        "formula",
        GET,
        "prehash",
        {
            "login-formula": (
                "ws-formula",
                "1607418537GET/users/self/verify",
                "The text of the WebSocket login was signed for a REST request.",
            ),
            "separator-newline": (
                "separators",
                f"{GET.timestamp}\nGET\n{GET.request_path}",
                "The parts were joined with line feeds.",
            ),
            "separator-space": (
                "separators",
                f"{GET.timestamp} GET {GET.request_path}",
                "The parts were joined with spaces.",
            ),
            "newline-at-end": (
                "newline-at-end",
                GET.prehash + "\n",
                "A line feed was signed after the text, as echo writes it.",
            ),
        },
    ),
    InvalidGroup(
        "formula",
        POST,
        "prehash",
        {
            "separator-ampersand": (
                "separators",
                f"{POST.timestamp}&POST&{POST.request_path}&{POST.body}",
                "The parts were joined with ampersands.",
            ),
            "separator-comma": (
                "separators",
                f"{POST.timestamp},POST,{POST.request_path},{POST.body}",
                "The parts were joined with commas.",
            ),
            "post-newline-at-end": (
                "newline-at-end",
                POST.prehash + "\n",
                "A line feed was signed after the body, and not sent.",
            ),
        },
    ),
    InvalidGroup(
        "secret",
        replace(GET, secret_key="facade00facade00facade00facade00"),
        "secret_key",
        {
            "secret-upper-case": (
                "secret-case",
                "FACADE00FACADE00FACADE00FACADE00",
                "The secret was turned into capitals.",
            )
        },
    ),
    InvalidGroup(
        "query",
        GET,
        "request_path",
        {
            "question-mark-lost": (
                "question-mark",
                f"{BALANCE}ccy=BTC",
                "The question mark was not signed.",
            )
        },
    ),
    InvalidGroup(
        "query",
        replace(GET, request_path=BALANCE),
        "request_path",
        {
            "question-mark-alone": (
                "question-mark",
                f"{BALANCE}?",
                "Signed with a question mark and no query, sent without.",
            )
        },
    ),
    InvalidGroup(
        "query",
        replace(GET, request_path=BALANCE, body='{"ccy":"BTC"}'),
        "prehash",
        {
            "body-as-query": (
                "body-as-query",
                f"{GET.timestamp}GET{BALANCE}?ccy=BTC",
                "The parameters of a GET were signed as a query, and sent as a body.",
            )
        },
    ),
    InvalidGroup(
        "query-encoding",
        replace(GET, request_path=f"{BALANCE}?ccy=BTC%2CETH"),
        "request_path",
        {
            "comma-encoded-twice": (
                "query-encoding",
                f"{BALANCE}?ccy=BTC%252CETH",
                "An encoded comma was encoded again to be signed.",
            ),
            "comma-lower-case": (
                "query-encoding",
                f"{BALANCE}?ccy=BTC%2cETH",
                "Signed with small letters in the percent code, sent with capitals.",
            ),
        },
    ),
    InvalidGroup(
        "path",
        GET,
        "request_path",
        {
            "host-without-scheme": (
                "full-url",
                f"openapi.okx.com{GET.request_path}",
                "The host was signed with the path.",
            ),
            "path-left-out": ("path-missing", "", "The path was not signed."),
        },
    ),
    InvalidGroup(
        "method",
        POST,
        "method",
        {"method-of-get": ("method-other", "GET", "GET was signed, POST was sent.")},
    ),
    InvalidGroup(
        "body-empty",
        GET,
        "body",
        {"get-undefined": ("empty-body", "undefined", "JavaScript's undefined was signed.")},
    ),
    InvalidGroup(
        "body-text",
        POST,
        "body",
        {
            "body-indented": (
                "body-reserialised",
                COMPACT.replace("{", "{\n  ")
                .replace(",", ",\n  ")
                .replace(":", ": ")
                .replace("}", "\n}"),
                "Signed indented, sent on one line.",
            ),
            "body-as-text": (
                "body-encoded-twice",
                '"' + COMPACT.replace('"', '\\"') + '"',
                "The JSON text was encoded as JSON again.",
            ),
            "body-in-list": ("body-list", f"[{COMPACT}]", "Signed in a list, sent without."),
            "body-with-numbers": (
                "body-numbers",
                COMPACT.replace('"2.15"', "2.15").replace('"2"', "2"),
                "Signed with numbers, sent with texts.",
            ),
        },
    ),
    InvalidGroup(
        "body-text",
        replace(POST, body='{"sz":2.0,"px":1E-8}'),
        "body",
        {
            "number-of-javascript": (
                "body-numbers",
                '{"sz":2,"px":1e-8}',
                "JavaScript wrote the numbers anew.",
            ),
            "number-of-python": (
                "body-numbers",
                '{"sz": 2.0, "px": 1e-08}',
                "Python wrote the numbers anew.",
            ),
        },
    ),
    InvalidGroup(
        "body-text",
        replace(POST, body="instId=BTC-USDT&sz=2"),
        "body",
        {
            "form-for-json": (
                "form-sent",
                '{"instId": "BTC-USDT", "sz": "2"}',
                "JSON was signed, a form was sent.",
            )
        },
    ),
    InvalidGroup(
        "body-escapes",
        replace(POST, body='{"tag":"caf\u00e9<"}'),
        "body",
        {
            "body-escaped-by-dotnet": (
                "body-reserialised",
                r'{"tag":"caf\u00E9\u003C"}',
                "Signed with escapes in capitals, sent without.",
            )
        },
    ),
    InvalidGroup(
        "time",
        GET,
        "timestamp",
        {
            "unix-microseconds": ("epoch-signed", "1607418537715000", "Unix microseconds signed."),
            "time-no-z-no-t": ("timestamp-form", "2020-12-08 09:08:57", "As a log prints it."),
            "time-colon": ("timestamp-form", "2020-12-08T09:08:57:715Z", "A colon for the point."),
            "time-milliseconds-zero": (
                "timestamp-form",
                "2020-12-08T09:08:57.000Z",
                "The milliseconds were signed as zeros.",
            ),
            "time-of-http": (
                "timestamp-form",
                "Tue, 08 Dec 2020 09:08:57 GMT",
                "The form of the Date header was signed.",
            ),
            "time-left-out": ("timestamp-missing", "", "The timestamp was not signed."),
        },
    ),
    InvalidGroup(
        "formula",
        GET,
        "prehash",
        {
            "separator-bar": (
                "separators",
                f"{GET.timestamp}|GET|{GET.request_path}",
                "The parts were joined with bars.",
            ),
            "method-first": (
                "parts-order",
                f"GET{GET.timestamp}{GET.request_path}",
                "The method came before the timestamp.",
            ),
            "crlf-at-end": (
                "newline-at-end",
                GET.prehash + "\r\n",
                "A Windows line end was signed after the text.",
            ),
        },
    ),
    InvalidGroup(
        "formula",
        POST,
        "prehash",
        {
            "body-before-path": (
                "parts-order",
                f"{POST.timestamp}POST{POST.body}{POST.request_path}",
                "The body came before the path.",
            )
        },
    ),
]

INVALID_LOGINS = [
    InvalidGroup(
        "time",
        LOGIN,
        "timestamp",
        {
            "login-milliseconds": ("milliseconds-signed", "1704876947123", "Milliseconds signed."),
            "login-fraction": ("milliseconds-signed", "1704876947.123", "A fraction signed."),
            "login-iso": ("rest-formula", "2024-01-10T08:55:47.123Z", "The time form of REST."),
            "login-iso-short": ("rest-formula", "2024-01-10T08:55:47Z", "The same, shortened."),
            "login-clock-before": ("clock-read-twice", "1704876946", "Signed a second before."),
            "login-clock-after": ("clock-read-twice", "1704876948", "Signed a second after."),
        },
    ),
    InvalidGroup(
        "method",
        LOGIN,
        "method",
        {
            "login-method-lower-case": ("method-case", "get", "Signed get, not GET."),
            "login-method-left-out": ("method-missing", "", "GET was not signed."),
        },
    ),
    InvalidGroup(
        "path",
        LOGIN,
        "request_path",
        {"login-no-slash": ("no-slash", "users/self/verify", "No slash at the start.")},
    ),
    InvalidGroup(
        "formula",
        LOGIN,
        "prehash",
        {
            "login-empty-object": (
                "empty-body",
                LOGIN.prehash + "{}",
                "Signed with {} at the end.",
            ),
            "login-separator": (
                "separators",
                f"{LOGIN.timestamp}\nGET\n{LOGIN.request_path}",
                "The parts were joined with line feeds.",
            ),
            "login-newline-at-end": (
                "newline-at-end",
                LOGIN.prehash + "\n",
                "A line feed was signed after the text, as echo writes it.",
            ),
        },
    ),
]

INVALID_SBE = [
    InvalidGroup(
        "time",
        SBE,
        "timestamp",
        {
            "sbe-iso": ("rest-formula", "2025-07-01T02:02:13.000Z", "The time form of REST."),
            "sbe-iso-short": ("rest-formula", "2025-07-01T02:02:13Z", "The same, shortened."),
            "sbe-milliseconds": ("milliseconds-signed", "1751335333123", "Milliseconds signed."),
            "sbe-fraction": ("milliseconds-signed", "1751335333.123", "A fraction signed."),
            "sbe-clock-after": ("clock-read-twice", "1751335334", "Signed a second after."),
        },
    ),
    InvalidGroup(
        "path",
        SBE,
        "request_path",
        {
            "sbe-path-of-address": (
                "path-of-address",
                "/ws/v5/public-sbe",
                "The path of the upgrade request was signed.",
            ),
            "sbe-no-slash": ("no-slash", "users/self/verify", "No slash at the start."),
            "sbe-no-path": ("path-missing", "", "The path was not signed."),
            "sbe-full-url": (
                "full-url",
                "https://openapi.okx.com/users/self/verify",
                "Scheme and host were signed with the path.",
            ),
        },
    ),
    InvalidGroup(
        "query",
        SBE,
        "request_path",
        {
            "sbe-question-mark": (
                "question-mark",
                "/users/self/verify?",
                "Signed with a question mark and no query.",
            )
        },
    ),
    InvalidGroup(
        "method",
        SBE,
        "method",
        {
            "sbe-method-lower-case": ("method-case", "get", "Signed get, sent GET."),
            "sbe-method-left-out": ("method-missing", "", "GET was not signed."),
        },
    ),
    InvalidGroup(
        "formula",
        SBE,
        "prehash",
        {
            "sbe-empty-object": ("empty-body", SBE.prehash + "{}", "Signed with {} at the end."),
            "sbe-newline-at-end": (
                "newline-at-end",
                SBE.prehash + "\n",
                "A line feed was signed after the text, as echo writes it.",
            ),
        },
    ),
]

# The next two are made for a request and for a login.
INVALID_SECRETS = {
    "passphrase": ("passphrase-as-secret", GET.passphrase, "Signed with the passphrase."),
    "api-key": ("key-as-secret", GET.api_key, "Signed with the API key."),
    "secret-newline": ("secret-whitespace", GET.secret_key + "\n", "A line feed after the secret."),
    "secret-crlf": ("secret-whitespace", GET.secret_key + "\r\n", "A Windows line end after it."),
    "secret-space-after": ("secret-whitespace", GET.secret_key + " ", "A space after it."),
    "secret-space-before": ("secret-whitespace", " " + GET.secret_key, "A space before it."),
    "secret-quotes": ("secret-quoted", f'"{GET.secret_key}"', "Double quotes around it."),
    "secret-single-quotes": ("secret-quoted", f"'{GET.secret_key}'", "Single quotes around it."),
    "secret-lower-case": ("secret-case", GET.secret_key.lower(), "Turned into small letters."),
    "secret-tab": ("secret-whitespace", GET.secret_key + "\t", "A tab after it."),
    "secret-byte-order-mark": ("secret-whitespace", "\ufeff" + GET.secret_key, "From a file."),
    "secret-none": ("secret-missing", "None", "A variable that was not set, as text."),
    "secret-empty": ("secret-missing", "", "An empty secret."),
    "secret-cut": ("secret-cut", GET.secret_key[:-1], "The last character is missing."),
    "secret-to-base64": (
        "secret-encoded",
        base64.b64encode(GET.secret_key.encode()).decode(),
        "The secret was turned into Base64.",
    ),
    "secret-to-hex": ("secret-encoded", GET.secret_key.encode().hex(), "Turned into hex."),
}


def _compute_hmac(key: bytes, text: bytes, name: str = "sha256") -> bytes:
    return hmac.digest(key, text, name)


def _encode_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


# {id: (mistake, the wrong signature of a secret and a text, comment)}
INVALID_DIGESTS: dict[str, tuple[str, Callable[[bytes, bytes], str], str]] = {
    "hex": ("hex-digest", lambda k, t: _compute_hmac(k, t).hex(), "The digest in hex."),
    "hex-upper-case": (
        "hex-digest",
        lambda k, t: _compute_hmac(k, t).hex().upper(),
        "In hex, in capitals.",
    ),
    "base64-of-hex": (
        "base64-of-hex",
        lambda k, t: _encode_base64(_compute_hmac(k, t).hex().encode()),
        "Base64 of the hex text: 88 characters.",
    ),
    "base64-url-safe": (
        "base64-urlsafe",
        lambda k, t: base64.urlsafe_b64encode(_compute_hmac(k, t)).decode(),
        "The alphabet with - and _ in place of + and /.",
    ),
    "base64-not-padded": (
        "base64-padding",
        lambda k, t: _encode_base64(_compute_hmac(k, t)).rstrip("="),
        "The = at the end is missing.",
    ),
    "bytes-of-python": (
        "bytes-repr",
        lambda k, t: repr(base64.b64encode(_compute_hmac(k, t))),
        "Python's text of bytes: b'...'.",
    ),
    "plain-sha256": (
        "no-hmac",
        lambda _, t: _encode_base64(hashlib.sha256(t).digest()),
        "SHA-256 of the text alone: anybody can make it.",
    ),
    "sha256-with-secret": (
        "no-hmac",
        lambda k, t: _encode_base64(hashlib.sha256(t + k).digest()),
        "SHA-256 of text and secret, not HMAC.",
    ),
    "key-and-text-swapped": (
        "key-and-message",
        lambda k, t: _encode_base64(_compute_hmac(t, k)),
        "The text was the key, the secret the message.",
    ),
    "hmac-sha1": (
        "wrong-hash",
        lambda k, t: _encode_base64(_compute_hmac(k, t, "sha1")),
        "HMAC-SHA1.",
    ),
    "hmac-sha512": (
        "wrong-hash",
        lambda k, t: _encode_base64(_compute_hmac(k, t, "sha512")),
        "HMAC-SHA512.",
    ),
    "hmac-md5": (
        "wrong-hash",
        lambda k, t: _encode_base64(_compute_hmac(k, t, "md5")),
        "HMAC-MD5.",
    ),
    "hmac-sha384": (
        "wrong-hash",
        lambda k, t: _encode_base64(_compute_hmac(k, t, "sha384")),
        "HMAC-SHA384.",
    ),
    "secret-before-text": (
        "no-hmac",
        lambda k, t: _encode_base64(hashlib.sha256(k + t).digest()),
        "SHA-256 of secret and text, not HMAC.",
    ),
    "text-utf-16": (
        "text-encoding",
        lambda k, t: _encode_base64(_compute_hmac(k, t.decode().encode("utf-16-le"))),
        "The text was turned into bytes as UTF-16.",
    ),
    "base64-twice": (
        "base64-twice",
        lambda k, t: _encode_base64(_encode_base64(_compute_hmac(k, t)).encode()),
        "Base64 of the Base64 text.",
    ),
    "signature-quoted": (
        "signature-quoted",
        lambda k, t: f'"{_encode_base64(_compute_hmac(k, t))}"',
        "Double quotes around the signature.",
    ),
    "signature-percent": (
        "signature-percent",
        lambda k, t: quote(_encode_base64(_compute_hmac(k, t)), safe=""),
        "The signature was encoded like a URL.",
    ),
    "signature-newline": (
        "signature-whitespace",
        lambda k, t: _encode_base64(_compute_hmac(k, t)) + "\n",
        "A line feed after it, as some Base64 functions write.",
    ),
    "signature-cut": (
        "signature-cut",
        lambda k, t: _encode_base64(_compute_hmac(k, t))[:32],
        "Only its first 32 characters.",
    ),
    "signature-lower-case": (
        "signature-case",
        lambda k, t: _encode_base64(_compute_hmac(k, t)).lower(),
        "Turned into small letters.",
    ),
    "secret-from-hex": (
        "secret-decoded",
        lambda k, t: _encode_base64(_compute_hmac(bytes.fromhex(k.decode()), t)),
        "The secret was decoded from hex.",
    ),
    "secret-from-base64": (
        "secret-decoded",
        lambda k, t: _encode_base64(_compute_hmac(base64.b64decode(k), t)),
        "The secret was decoded from Base64.",
    ),
}
