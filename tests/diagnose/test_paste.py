"""What tools print of a request is read as it was sent."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide.diagnose.paste import read
from okx_guide.diagnose.pasted import DumpError, Pasted, split_url
from tests.support.pastes import AT, BODY, GET, HEADERS, KEY, LINES, LOGIN, PATH, POST, SIGN
from tests.support.patience import SECONDS
from tests.support.properties import examples

ANSWER = (
    '< HTTP/1.1 401 Unauthorized\n< Content-Length: 45\n<\n{"msg":"Invalid Sign","code":"50113"}\n'
)
CURL_SENT = [f"GET {PATH} HTTP/1.1", "Host: openapi.okx.com", *LINES.split("\n"), ""]
CURL = "*   Trying 192.0.2.1:443...\n" + "".join(f"> {line}\n" for line in CURL_SENT) + ANSWER
CURL_2 = "* [HTTP/2] [1] [:method: GET]\n* [HTTP/2] [1] [:scheme: https]\n" + CURL.replace(
    "HTTP/1.1", "HTTP/2"
).lower().replace(SIGN.lower(), SIGN).replace(AT.lower(), AT).replace(
    "fake-pass-1", "Fake-Pass-1"
).replace("get /", "GET /").replace("ccy=btc", "ccy=BTC").replace("http/2", "HTTP/2")
SENT = (
    f"GET {PATH} HTTP/1.1\r\nHost: openapi.okx.com\r\nAccept: */*\r\n"
    + LINES.replace("\n", "\r\n")
    + "\r\n\r\n"
)
POSTED = (
    f"POST /api/v5/trade/order HTTP/1.1\r\nHost: openapi.okx.com\r\nContent-Length: {len(BODY)}\r\n"
    + LINES.replace("\n", "\r\n")
    + "\r\n\r\n"
)
DEBUG = f"send: {SENT.encode()!r}\nreply: 'HTTP/1.1 401 Unauthorized\\r\\n'\nheader: Date: today\n"
DEBUG_POST = f"send: {POSTED.encode()!r}\nsend: {BODY.encode()!r}\nreply: 'HTTP/1.1 401\\r\\n'\n"
TOOLBELT = (
    "".join(f"< {line}\n" for line in SENT.rstrip().split("\r\n")) + "< \n\n> HTTP/1.1 401 X\n"
)
TRACE = (
    f"=> Send header, 300 bytes (0x12c)\n> POST /api/v5/trade/order HTTP/1.1\n"
    f"> Content-Length: {len(BODY)}\n"
    + "".join(f"> {line}\n" for line in LINES.split("\n"))
    + f"> \n=> Send data, {len(BODY)} bytes (0x1e)\n0000: {BODY[:20]}\n0014: {BODY[20:]}\n"
    "== Info: done\n"
)
CCXT = (
    f"fetch Request:\n okx GET https://www.okx.com{PATH}\nRequestHeaders:\n{HEADERS!r}\n"
    "RequestBody:\nNone\n"
)
CCXT_PYTHON = (
    f"\nfetch Request: okx POST https://www.okx.com/api/v5/trade/order RequestHeaders: {HEADERS} "
    f"RequestBody: {BODY}\n"
)
PRINTED = f"GET\nhttps://openapi.okx.com{PATH}\n{HEADERS}\nbody: None\n"
PREPARED = f"<PreparedRequest [GET]>\nurl = https://openapi.okx.com{PATH}\n{json.dumps(HEADERS)}\n"
COMMAND = (
    "$ curl -v -X POST 'https://openapi.okx.com/api/v5/trade/order' \\\n"
    + "".join(f"  -H '{name}: {value}' \\\n" for name, value in HEADERS.items())
    + f"  -d '{BODY}'\n"
)


def get_parts(pasted: Pasted) -> tuple[str | None, ...]:
    return (
        pasted.timestamp,
        pasted.method,
        pasted.request_path,
        pasted.body or "",
        pasted.signature,
        pasted.passphrase,
        pasted.api_key,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CURL, GET),
        (CURL.replace("\n", "\r\n"), GET),
        (CURL_2, GET),
        (SENT, GET),
        (DEBUG, GET),
        (DEBUG_POST, POST),
        (TOOLBELT, GET),
        (TRACE, POST),
        (CCXT, GET),
        (CCXT_PYTHON, POST),
        (PRINTED, GET),
        (PREPARED, GET),
        (COMMAND, POST),
        (POSTED + BODY, POST),
        (POSTED + BODY + "\n\nHTTP/1.1 401 Unauthorized\n", POST),
        ("\ufeff" + CURL, GET),
    ],
    ids=[
        "curl",
        "curl on Windows",
        "curl HTTP/2",
        "raw",
        "http.client",
        "http.client POST",
        "toolbelt",
        "curl trace",
        "ccxt",
        "ccxt POST",
        "printed",
        "prepared",
        "curl command",
        "raw POST",
        "raw POST with answer",
        "byte order mark",
    ],
)
def test_a_dump_is_read(text: str, expected: Pasted) -> None:
    assert get_parts(expected) == get_parts(read(text))


def test_of_many_requests_the_last_signed_one_is_read() -> None:
    earlier = SENT.replace("ccy=BTC", "ccy=ETH")
    text = (
        earlier + "\n\n" + SENT + "\nHTTP/1.1 401\n\nGET /api/v5/public/time HTTP/1.1\nHost: x\n\n"
    )

    assert read(text).request_path == PATH


def test_the_end_of_a_long_log_is_read() -> None:
    assert get_parts(GET) == get_parts(read("2026-11-22 nothing of interest\n" * 300_000 + CURL))
    assert get_parts(GET) == get_parts(read(CURL + "2026-11-22 nothing of interest\n" * 300_000))


def test_the_host_that_was_called_is_read() -> None:
    assert read(CCXT).host == "https://www.okx.com"
    assert read(SENT).host == "https://openapi.okx.com"


def test_json_is_read() -> None:
    content = {
        "timestamp": AT,
        "method": "GET",
        "request_path": PATH,
        "body": "",
        "signature": SIGN,
        "secret_key": "FAKE",
        "passphrase": "Fake-Pass-1",
        "api_key": KEY,
        "id": 7,
    }

    pasted = read(json.dumps(content, indent=2))

    assert get_parts(GET) == get_parts(pasted)
    assert pasted.secret_key == "FAKE"


def test_a_login_message_is_read() -> None:
    pasted = read(json.dumps({"op": "login", "args": [LOGIN]}))

    assert get_parts(pasted) == (
        "1704876947",
        "GET",
        "/users/self/verify",
        "",
        SIGN,
        "Fake-Pass-1",
        KEY,
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"a": "50113"}, "none of the names"),
        ({"code": "50113"}, "what OKX answered"),
        ({"path": "/api", "timestamp": AT}, "call it request_path, not path"),
        ({"op": "login"}, "no args"),
        ({"op": "login", "args": ["x"]}, "no args"),
        ({"timestamp": AT, "body": {"sz": "2"}}, "body must be a text"),
        ({"timestamp": True}, "timestamp must be a text"),
        ({"request_path": "http://[/api"}, "cannot be read"),
    ],
)
def test_json_of_another_form_is_refused(content: object, message: str) -> None:
    with pytest.raises(DumpError, match=message):
        read(json.dumps(content))


@pytest.mark.parametrize("text", ['{"timestamp": "2020', "{" * 100_000, "{]"])
def test_half_of_a_json_text_is_refused(text: str) -> None:
    with pytest.raises(DumpError, match="begins like JSON"):
        read(text)


def test_binary_is_refused() -> None:
    with pytest.raises(DumpError, match="binary"):
        read("GET\0\x01")


@pytest.mark.parametrize("cut", [BODY[:-5], BODY + "  x"])
def test_a_body_of_another_length_is_refused(cut: str) -> None:
    with pytest.raises(DumpError, match=f"Content-Length says {len(BODY)} bytes"):
        read(POSTED + cut)


def test_a_body_that_is_not_there_is_missing_and_not_empty() -> None:
    assert read(POSTED).body is None
    assert read(SENT).body == ""


def test_a_bytes_signature_in_a_header_line_keeps_its_wrapping() -> None:
    assert read(SENT.replace(SIGN, f"b'{SIGN}'")).signature == f"b'{SIGN}'"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (PATH, ("", PATH)),
        (f"https://openapi.okx.com{PATH}", ("https://openapi.okx.com", PATH)),
        ("http://127.0.0.1:8700", ("http://127.0.0.1:8700", "/")),
        (f"https://openapi.okx.com{PATH}#x", ("https://openapi.okx.com", PATH)),
    ],
)
def test_a_url_is_split(url: str, expected: tuple[str, str]) -> None:
    assert expected == split_url(url)


PIECES = st.sampled_from([CURL, DEBUG_POST, TRACE, CCXT, COMMAND, PRINTED, SENT, "\n", "\n\n"])


@examples(200)
@given(st.lists(st.tuples(PIECES, st.integers(0, 400), st.integers(0, 400)), max_size=4), st.text())
def test_half_a_dump_never_makes_it_stumble(
    pieces: list[tuple[str, int, int]], rubbish: str
) -> None:
    text = "".join(piece[start : start + size] for piece, start, size in pieces) + rubbish
    try:
        read(text)
    except DumpError as error:
        assert str(error)  # noqa: PT017  # either it is read, or it is said why not


@pytest.mark.parametrize("text", ["\n", "http://", " ", "sign=", "https://x/api/", "\nsend: b'"])
def test_a_long_paste_of_one_thing_is_read_to_its_end(text: str) -> None:
    """Where a pattern tries every place anew, this takes minutes."""
    program = (
        "import sys\n"
        "from okx_guide.diagnose.paste import DumpError, read\n"
        "try:\n    read(sys.stdin.read())\n"
        "except DumpError:\n    pass\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        input=text * (190_000 // len(text)),
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0
