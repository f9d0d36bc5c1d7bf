"""Whatever a hurried reader pastes is read as it was sent, and what it lacks is said."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from okx_guide.__main__ import main
from okx_guide.diagnose.paste import read
from okx_guide.diagnose.pasted import DumpError, Pasted
from tests.support.pastes import AT, BODY, GET, HEADERS, KEY, LINES, LOGIN, PATH, POST, SIGN
from tests.support.raw_http import signature

SECRET = "FAKE" * 8

URL = f"https://www.okx.com{PATH}"
ORDER = "https://www.okx.com/api/v5/trade/order"
LOWER = {name.lower(): value for name, value in HEADERS.items()}
JS = "{ " + ", ".join(f"'{name}': '{value}'" for name, value in HEADERS.items()) + " }"
QUOTED = json.dumps(HEADERS)


def write_options(form: str, end: str = "") -> str:
    return "".join(form.format(name, value) + end for name, value in HEADERS.items())


POWERSHELL = "@{" + "; ".join(f'"{name}"="{value}"' for name, value in HEADERS.items()) + "}"
ESCAPED = BODY.replace('"', '`"')
HAR_HEADERS = [{"name": name, "value": value} for name, value in HEADERS.items()]
GO = "map[" + " ".join(f"{name.title()}:[{value}]" for name, value in HEADERS.items()) + "]"
JAVA = "{" + ", ".join(f"{name}=[{value}]" for name, value in HEADERS.items()) + "}"
SPRING = "[" + ", ".join(f'{name}:"{value}"' for name, value in HEADERS.items()) + "]"
RUBY = "{" + ", ".join(f'"{name}"=>"{value}"' for name, value in HEADERS.items()) + "}"
PHP = (
    "Array\n(\n" + "".join(f"    [{name}] => {value}\n" for name, value in HEADERS.items()) + ")\n"
)
PHP_LIST = "Array\n(\n" + "".join(
    f"    [{at}] => {name}: {value}\n" for at, (name, value) in enumerate(HEADERS.items())
)
RUST_HEADERS = "{" + ", ".join(f'"{name}": "{value}"' for name, value in LOWER.items()) + "}"
RUST_URL = (
    'Url { scheme: "https", cannot_be_a_base: false, username: "", password: None, '
    'host: Some(Domain("www.okx.com")), port: None, path: "/api/v5/account/balance", '
    'query: Some("ccy=BTC"), fragment: None }'
)


def write_har(*statuses: int) -> str:
    entries = [
        {
            "request": {
                "method": "GET",
                "url": URL.replace("BTC", f"C{at}"),
                "headers": HAR_HEADERS,
            },
            "response": {"status": status},
        }
        for at, status in enumerate(statuses)
    ]
    return json.dumps({"log": {"entries": entries}})


GETS: dict[str, str] = {
    "axios settings": f"{{\n  method: 'get',\n  url: '{URL}',\n  headers: {JS},\n"
    "  data: undefined\n}",
    "axios on one line": f"AxiosError {{ config: {{ method: 'get', url: '{URL}', "
    f"headers: {JS} }} }}",
    "axios as JSON": json.dumps({"method": "get", "url": URL, "headers": HEADERS}),
    "axios error as JSON": json.dumps(
        {"name": "AxiosError", "config": {"method": "get", "url": URL, "headers": HEADERS}}
    ),
    "axios with base and params": json.dumps(
        {
            "method": "get",
            "baseURL": "https://www.okx.com",
            "url": "/api/v5/account/balance",
            "params": {"ccy": "BTC"},
            "headers": HEADERS,
        }
    ),
    "axios.get in code": f"axios.get('{URL}', {{ headers: {JS} }})",
    "fetch in code": f"fetch('{URL}', {{ headers: {JS} }})",
    "fetch with a method": f"fetch('{URL}', {{ method: 'get', headers: {JS} }})",
    "Chrome's fetch": f'fetch("{URL}", {{\n  "headers": {json.dumps(LOWER, indent=4)},\n'
    '  "body": null,\n  "method": "GET"\n});',
    "Chrome's PowerShell": f'Invoke-WebRequest -UseBasicParsing -Uri "{URL}" `\n'
    f"-Headers {POWERSHELL}",
    "Chrome's PowerShell with a method": f'Invoke-RestMethod -Method "GET" -Uri "{URL}" '
    f"-Headers {POWERSHELL}",
    "HAR": json.dumps(
        {"log": {"entries": [{"request": {"method": "GET", "url": URL, "headers": HAR_HEADERS}}]}}
    ),
    "Postman": json.dumps(
        {
            "request": {
                "method": "GET",
                "header": [{"key": name, "value": value} for name, value in HEADERS.items()],
                "url": {"raw": URL},
            }
        }
    ),
    "Postman's console": f"GET {URL}\n401\nRequest Headers\n" + write_options('{}: "{}"', "\n"),
    "curl": f"curl '{URL}'" + write_options(" -H '{}: {}'"),
    "curl with long options": f"curl --url '{URL}'" + write_options(" --header '{}: {}'"),
    "curl with equals signs": f"curl --url={URL}" + write_options(" --header='{}: {}'"),
    "curl with options attached": f"curl -XGET '{URL}'" + write_options(" -H'{}: {}'"),
    "curl -G": "curl -G https://www.okx.com/api/v5/account/balance -d ccy=BTC"
    + write_options(" -H '{}: {}'"),
    "curl behind a proxy": f"curl -x http://127.0.0.1:7890 -m 10 '{URL}'"
    + write_options(" -H '{}: {}'"),
    "curl without a scheme": f"curl {URL[8:]}" + write_options(" -H '{}: {}'"),
    "curl over lines": f"curl \\\n'{URL}' \\\n" + write_options("-H '{}: {}' \\\n") + "-v",
    "curl in PowerShell": f'curl.exe "{URL}" `\n' + write_options('  -H "{}: {}" `\n') + "  -v",
    "curl in cmd": f'curl "{URL}" ^\n' + write_options('  -H "{}: {}" ^\n') + "  -v",
    "Chrome's curl for cmd": f'curl ^"{URL}^" ^\n' + write_options('  -H ^"{}: {}^" ^\n') + "  -v",
    "curl behind a prompt": f"user $ x\n$ curl '{URL}'" + write_options(" -H '{}: {}'"),
    "Go": f"GET {URL} {GO}",
    "Java": f"GET {URL}\nheaders: {JAVA}",
    "Java, lines": f"Request(2023-07-04):\n\tUrl: {URL}\n\tMethod: GET\n\tHeaders: \n"
    + write_options("\t\t{}: {}", "\n")
    + "\trequest body: \n",
    "Spring": f"GET {URL} headers={SPRING}",
    "C#": f"Method: GET, RequestUri: '{URL}', Version: 1.1, Content: <null>, Headers:\n{{\n"
    + write_options("  {}: {}", "\n")
    + "}",
    "Ruby": f"GET {URL}\n{RUBY}",
    "PHP": f"GET {URL}\n{PHP}",
    "PHP, a list": f"GET {URL}\n{PHP_LIST}",
    "Rust": f"Request {{ method: GET, url: {RUST_URL}, headers: {RUST_HEADERS} }}",
    "OkHttp": f"--> GET {URL}\n{LINES}\n--> END GET\n<-- 401 {URL} (100ms)",
    "Python's requests in code": f'requests.get("{URL}", headers={HEADERS})',
    "a logger's prefix": f"2026-11-27 INFO request: GET {URL} headers={HEADERS}",
}

POSTS: dict[str, str] = {
    "axios": f"{{ method: 'post', url: '{ORDER}', headers: {JS}, data: '{BODY}' }}",
    "axios, over lines": f"{{\n  method: 'post',\n  url: '{ORDER}',\n  headers: {JS},\n"
    f"  data: '{BODY}',\n  timeout: 0\n}}",
    "axios as JSON": json.dumps({"method": "post", "url": ORDER, "headers": HEADERS, "data": BODY}),
    "axios with an object": json.dumps(
        {"method": "post", "url": ORDER, "headers": HEADERS, "data": json.loads(BODY)}
    ),
    "Chrome's fetch": f'fetch("{ORDER}", {{\n  "headers": {json.dumps(LOWER)},\n'
    f'  "body": {json.dumps(BODY)},\n  "method": "POST"\n}});',
    "Chrome's PowerShell": f'Invoke-WebRequest -Uri "{ORDER}" `\n-Method "POST" `\n'
    f'-Headers {POWERSHELL} `\n-ContentType "application/json" `\n-Body "{ESCAPED}"',
    "HAR": json.dumps(
        {
            "request": {
                "method": "POST",
                "url": ORDER,
                "headers": HAR_HEADERS,
                "postData": {"mimeType": "application/json", "text": BODY},
            }
        }
    ),
    "curl": f"curl '{ORDER}'" + write_options(" -H '{}: {}'") + f" --data-raw '{BODY}'",
    "curl --data=": f"curl '{ORDER}'" + write_options(" -H '{}: {}'") + f" --data='{BODY}'",
    "curl $'...'": f"curl '{ORDER}'" + write_options(" -H $'{}: {}'") + f" --data-raw $'{BODY}'",
    "curl in PowerShell": f'curl.exe -X POST "{ORDER}" `\n'
    + write_options('  -H "{}: {}" `\n')
    + f'  -d "{ESCAPED}"',
    "Chrome's curl for cmd": f'curl ^"{ORDER}^" ^\n'
    + write_options('  -H ^"{}: {}^" ^\n')
    + '  --data-raw ^"'
    + BODY.replace('"', '^\\^"').replace("{", "^{").replace("}", "^}")
    + '^"',
    "OkHttp": f"--> POST {ORDER}\n{LINES}\n\n{BODY}\n--> END POST (30-byte body)\n<-- 401",
    "Python's requests in code": f"requests.post('{ORDER}', headers={HEADERS}, data='{BODY}')",
    "a body as bytes": f"POST {ORDER} headers={HEADERS} body=b'{BODY}'",
}

LOGINS: dict[str, str] = {
    "JSON": json.dumps({"op": "login", "args": [LOGIN]}),
    "Python": str({"op": "login", "args": [LOGIN]}),
    "websockets": f"> TEXT '{json.dumps({'op': 'login', 'args': [LOGIN]})}' [200 bytes]",
    "a Python log": f"2026-11-27 DEBUG send: {json.dumps({'op': 'login', 'args': [LOGIN]})}",
    "escaped": json.dumps(json.dumps({"op": "login", "args": [LOGIN]})),
    "Go": "{Op:login Args:[map["
    + " ".join(f"{name}:{value}" for name, value in sorted(LOGIN.items()))
    + "]]}",
    "JavaScript": "{ op: 'login', args: [ { "
    + ", ".join(f"{name}: '{value}'" for name, value in LOGIN.items())
    + " } ] }",
}


def get_parts(pasted: Pasted) -> tuple[str | None, ...]:
    method = pasted.method and pasted.method.upper()
    names = (pasted.timestamp, method, pasted.request_path, pasted.body, pasted.signature)
    return (*names, pasted.passphrase, pasted.api_key)


@pytest.mark.parametrize("name", GETS)
def test_a_get_is_read(name: str) -> None:
    assert get_parts(GET) == get_parts(read(GETS[name]))


@pytest.mark.parametrize("name", POSTS)
def test_a_post_is_read(name: str) -> None:
    assert get_parts(POST) == get_parts(read(POSTS[name]))


@pytest.mark.parametrize("name", LOGINS)
def test_a_login_is_read(name: str) -> None:
    login = ("1704876947", "GET", "/users/self/verify", "", SIGN, "Fake-Pass-1", KEY)
    assert login == get_parts(read(LOGINS[name]))


@pytest.mark.parametrize(
    "text",
    [
        f"{{ method: 'post', url: '{ORDER}', headers: {JS}, data: {{ instId: 'BTC-USDT' }} }}",
        f"fetch('{ORDER}', {{ method: 'POST', headers: {JS}, body: JSON.stringify(order) }})",
        f"fetch('{ORDER}', {{ method: 'POST', headers: {JS}, body: payload }})",
        f"curl '{ORDER}'" + write_options(" -H '{}: {}'") + " -d @order.json",
        f"POST {ORDER} {GO}",
        json.dumps({"method": "post", "url": ORDER, "headers": HEADERS}),
    ],
    ids=["an object", "a call", "a name", "a file", "Go", "no data"],
)
def test_a_body_that_is_not_there_is_not_invented(text: str) -> None:
    assert read(text).body is None
    assert read(text).signature == SIGN


def test_of_several_requests_the_refused_one_is_taken_and_it_is_said() -> None:
    pasted = read(write_har(200, 401, 200))
    assert pasted.request_path == PATH.replace("BTC", "C1")
    assert pasted.choice == "Of 3 signed requests this is number 2, which was refused."
    assert (
        read(write_har(200, 200)).choice == "Of 2 signed requests this is number 2, the last one."
    )
    assert read(write_har(401)).choice is None

    raw = "GET {} HTTP/1.1\n" + LINES + "\n\nHTTP/1.1 {} X\n\n"
    log = "".join(raw.format(PATH.replace("BTC", f"C{at}"), at) for at in (200, 401, 201))
    pasted = read(log)
    assert pasted.request_path == PATH.replace("BTC", "C401")
    assert str(pasted.choice).startswith("Of 3 signed requests this is number 2")


def test_a_quoted_signature_keeps_its_quotes_unless_the_tool_wrote_them() -> None:
    raw = f"GET {PATH} HTTP/1.1\n{LINES}\n\n"
    assert read(raw.replace(SIGN, f'"{SIGN}"')).signature == f'"{SIGN}"'


HEADERS_OF: dict[str, Any] = {
    "a": [{"b": {"c": {"headers": HEADERS, "method": "get", "url": URL}}}]
}


def test_settings_are_found_however_deep_but_not_endlessly() -> None:
    assert read(json.dumps(HEADERS_OF)).signature == SIGN
    deep: Any = HEADERS_OF
    for _ in range(50):
        deep = {"x": deep}
    with pytest.raises(DumpError):
        read(json.dumps(deep))
    assert read(json.dumps(HEADERS_OF)).timestamp == AT


# --- what the command says of them -------------------------------------------------------


def run(text: str, *arguments: str) -> Any:
    environ = {"OKX_SECRET_KEY": SECRET, "OKX_PASSPHRASE": None, "OKX_API_KEY": None}
    return CliRunner().invoke(main, ["diagnose", *arguments], input=text, env=environ)


RIGHT_GET, WRONG_GET = (signature(SECRET, AT, method, PATH) for method in ("GET", "get"))


@pytest.mark.parametrize("name", GETS)
def test_no_right_signature_is_called_wrong_whatever_was_pasted(name: str) -> None:
    result = run(GETS[name].replace(SIGN, RIGHT_GET), "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        {"verdict": "correct", "mistakes": []},
    )


@pytest.mark.parametrize("name", GETS)
def test_a_method_that_was_signed_in_small_letters_is_named(name: str) -> None:
    result = run(GETS[name].replace(SIGN, WRONG_GET), "--json")
    assert [each["id"] for each in json.loads(result.stdout)["mistakes"]] == ["method-case"]


def test_what_a_paste_lacks_is_said_in_words_and_in_json() -> None:
    text = f"POST {ORDER} {GO}".replace(SIGN, signature(SECRET, AT, "POST", PATH))
    assert "No body was found here, so it is taken as empty" in run(text).stdout
    assert json.loads(run(text, "--json").stdout)["missing"] == ["body"]


def test_which_request_was_looked_at_is_said_in_words_and_in_json() -> None:
    text = write_har(401, 200).replace(SIGN, RIGHT_GET)
    sentence = "Of 2 signed requests this is number 1, which was refused."
    assert run(text).stdout.startswith(sentence)
    assert json.loads(run(text, "--json").stdout)["choice"] == sentence
