import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide.redact import WITHHELD, contains_secret
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox
from okx_guide.sandbox.state.clock import LATEST
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.journal import (
    LOGIN_CHECKS,
    REST_CHECKS,
    Check,
    Journal,
    Trace,
)
from okx_guide.sandbox.trace import describe, show_bytes, trace_login
from tests.support.properties import examples
from tests.support.raw_http import (
    ISO,
    NOW,
    Headers,
    make_private_headers,
    order,
    post,
    send_request,
    signature,
)
from tests.support.websocket_client import Client, login

BALANCE = "/api/v5/account/balance"
LEVERAGE = "/api/v5/account/set-leverage"
SUB_KEY = "/api/v5/users/subaccount/apikey"
TIME = "/api/v5/public/time"
HOUR_AGO = "2020-12-08T08:08:57.715Z"
GONE = "00000000-0000-4000-8000-00000000dead"
ELSEWHERE = ("203.0.113.7",)
HOME = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000005", ips=("127.0.0.1",))


@pytest.fixture(scope="module")
def keys() -> Sequence[Key]:
    return (PRACTICE_KEY, HOME)


@pytest.fixture
def journal(sandbox: RunningSandbox) -> Journal:
    return sandbox.record()


def get_only_trace(journal: Journal) -> Trace:
    (trace,) = journal
    return trace


def list_results(trace: Trace) -> list[tuple[str, str]]:
    return [(outcome.check, outcome.result) for outcome in trace.checks]


def list_outcomes_until(checks: Sequence[Check], at: Check) -> list[tuple[str, str]]:
    """Every check in its order, the first ones passed, one failed, the others not reached."""
    place = checks.index(at)
    return [
        *((check, "passed") for check in checks[:place]),
        (at, "failed"),
        *((check, "not reached") for check in checks[place + 1 :]),
    ]


# --- the checks on a request ------------------------------------------------------------


def make_faulty_request(sandbox: RunningSandbox, faults: Sequence[Check]) -> tuple[Headers, str]:
    """The headers and the body of a request that has these faults, all of them at once."""
    key = replace(
        PRACTICE_KEY,
        ips=ELSEWHERE if "address" in faults else (),
        permissions=("read_only",) if "permission" in faults else ("read_only", "trade"),
    )
    sandbox.exchange.keys.add(key)
    body = json.dumps(
        {
            "instId": "BTC-USDT",
            "lever": "11" if "endpoint" in faults else "10",
            "mgnMode": "cross",
        }
    )
    if "body" in faults:
        body = body.removesuffix("}")
    headers = make_private_headers(
        "POST",
        LEVERAGE,
        body,
        at=HOUR_AGO if "age" in faults else ISO,
        key=key,
        secret="FAKE" if "signature" in faults else "",
    )
    changed: dict[Check, Headers] = {
        "timestamp": {"OK-ACCESS-TIMESTAMP": "yesterday"},
        "key": {"OK-ACCESS-KEY": GONE},
        "environment": {"x-simulated-trading": "0"},
        "passphrase": {"OK-ACCESS-PASSPHRASE": "practice-0nly"},
        "headers": {"OK-ACCESS-SIGN": ""},
    }
    for check, change in changed.items():
        if check in faults:
            headers |= change
    if "rate" in faults:
        assert sandbox.exchange.limits.allow((f"POST {LEVERAGE}", key.owner, ""), 20, 2, 20)
    return headers, body


def test_a_request_that_is_right_passes_every_check(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    headers, body = make_faulty_request(sandbox, [])
    assert send_request(sandbox.url, "POST", LEVERAGE, headers, body).code == "0"
    assert list_results(get_only_trace(journal)) == [(check, "passed") for check in REST_CHECKS]


@pytest.mark.parametrize("check", REST_CHECKS)
def test_a_check_that_fails_is_told_with_its_hint(
    sandbox: RunningSandbox, journal: Journal, check: Check
) -> None:
    headers, body = make_faulty_request(sandbox, [check])
    answer = send_request(sandbox.url, "POST", LEVERAGE, headers, body)
    assert answer.code != "0"
    trace = get_only_trace(journal)
    assert list_results(trace) == list_outcomes_until(REST_CHECKS, check)
    hints = {outcome.check: outcome.hint for outcome in trace.checks if outcome.hint}
    assert hints == {check: answer.hint}
    assert (trace.status, trace.code, trace.hint) == (answer.status, answer.code, answer.hint)
    assert trace.message == answer.json["msg"]


@pytest.mark.parametrize("place", range(len(REST_CHECKS)))
def test_of_several_faults_the_first_check_is_the_one_that_fails(
    sandbox: RunningSandbox, journal: Journal, place: int
) -> None:
    headers, body = make_faulty_request(sandbox, REST_CHECKS[place:])
    assert send_request(sandbox.url, "POST", LEVERAGE, headers, body).code != "0"
    assert list_results(get_only_trace(journal)) == list_outcomes_until(
        REST_CHECKS, REST_CHECKS[place]
    )


def test_an_order_that_is_not_the_real_one_is_seen(
    sandbox: RunningSandbox, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = REST_CHECKS.index("address")
    address, environment = REST_CHECKS[place : place + 2]
    swapped = (*REST_CHECKS[:place], environment, address, *REST_CHECKS[place + 2 :])
    monkeypatch.setattr("okx_guide.sandbox.trace.REST_CHECKS", swapped)
    headers, body = make_faulty_request(sandbox, REST_CHECKS[place:])
    send_request(sandbox.url, "POST", LEVERAGE, headers, body)
    assert list_results(get_only_trace(journal)) != list_outcomes_until(swapped, environment)
    assert list_results(get_only_trace(journal)) != list_outcomes_until(REST_CHECKS, address)


def test_a_public_request_needs_no_signature(sandbox: RunningSandbox, journal: Journal) -> None:
    assert send_request(sandbox.url, "GET", TIME).code == "0"
    trace = get_only_trace(journal)
    expected = ["not needed"] * 9 + ["passed"] * 3
    assert [outcome.result for outcome in trace.checks] == expected
    assert trace.prehash is None


@pytest.mark.parametrize(
    ("method", "path", "code", "hint"),
    [
        ("GET", "/api/v5/nothing", "404", "this sandbox serves"),
        ("DELETE", BALANCE, "50115", "this path is served with another method"),
        ("GET", BALANCE, "50026", "this refusal was ordered"),
    ],
)
def test_what_is_refused_before_the_checks_reaches_none(
    sandbox: RunningSandbox, journal: Journal, method: str, path: str, code: str, hint: str
) -> None:
    sandbox.refuse("50026", endpoint=f"GET {BALANCE}")
    assert send_request(sandbox.url, method, path, make_private_headers(method, path)).code == code
    trace = get_only_trace(journal)
    assert {outcome.result for outcome in trace.checks} == {"not reached"}
    assert trace.code == code
    assert trace.hint.startswith(hint)


def test_a_refusal_inside_code_1_is_one_of_the_endpoint(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    path, body = "/api/v5/trade/order", order(sz="1000000")
    answer = post(sandbox.url, path, body)
    assert (answer.status, answer.code) == (200, "1")
    trace = get_only_trace(journal)
    assert list_results(trace) == list_outcomes_until(REST_CHECKS, "endpoint")
    assert trace.checks[-1].hint == answer.hint


# --- the request as it arrived ----------------------------------------------------------


def test_a_request_is_written_down_as_it_arrived(sandbox: RunningSandbox, journal: Journal) -> None:
    target = BALANCE + "?ccy=%42TC&a=b%20c"
    headers = make_private_headers(target=target)
    assert send_request(sandbox.url, "GET", target, headers).code == "0"
    trace = get_only_trace(journal)
    lower = {name.lower(): value for name, value in headers.items()}
    stars = {"ok-access-passphrase": "*" * len(PRACTICE_KEY.passphrase)}
    expected = {"host": "localhost", "connection": "close"} | lower | stars
    assert list(trace.headers) == list(expected.items())
    assert (trace.method, trace.target) == ("GET", target)
    assert (trace.body, trace.body_bytes) == ("", 0)
    assert trace.prehash == f"{ISO}GET{target}"
    assert (trace.at, trace.kind, trace.client, trace.site) == (ISO, "rest", "127.0.0.1", "global")


def test_headers_keep_their_order_also_when_one_comes_twice(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    send_request(sandbox.url, "GET", TIME, [("b", "1"), ("a", "2"), ("b", "3")])
    assert get_only_trace(journal).headers[2:] == (("b", "1"), ("a", "2"), ("b", "3"))


def test_every_byte_of_the_prehash_can_be_seen(sandbox: RunningSandbox, journal: Journal) -> None:
    body = ' {"a":\t"é\\n"}\r\n\x00'
    post(sandbox.url, LEVERAGE, body)
    trace = get_only_trace(journal)
    assert trace.prehash == (f'{ISO}POST{LEVERAGE} {{"a":\\t"\\xc3\\xa9\\\\n"}}\\r\\n\\x00')
    assert (trace.body, trace.body_bytes) == (body, len(body.encode()))


@pytest.mark.parametrize("byte", range(256))
def test_no_byte_looks_like_another(byte: int) -> None:
    shown = show_bytes(bytes([byte]))
    assert shown.isascii()
    assert shown.isprintable()
    read = shown.encode().decode("unicode_escape").encode("latin-1")
    assert read == bytes([byte])


@given(st.binary(max_size=40))
@examples(200)
def test_what_is_visible_can_be_read_back(data: bytes) -> None:
    assert show_bytes(data).encode().decode("unicode_escape").encode("latin-1") == data


def test_without_a_timestamp_there_is_no_prehash(sandbox: RunningSandbox, journal: Journal) -> None:
    send_request(sandbox.url, "GET", BALANCE)
    assert get_only_trace(journal).prehash is None


def test_a_body_that_is_too_large_reaches_no_check(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    headers = make_private_headers("POST", LEVERAGE, "x")
    assert send_request(sandbox.url, "POST", LEVERAGE, headers, "x" * (1 << 20) + "x").status == 413
    trace = get_only_trace(journal)
    assert {outcome.result for outcome in trace.checks} == {"not reached"}
    assert (trace.status, trace.code, trace.body, trace.prehash) == (413, "", "", None)
    assert trace.message == "The body is larger than 1048576 bytes."


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("a", "\xff\x80")], b""),
        ([("OK-ACCESS-TIMESTAMP", "\xff")], b""),
        ([("OK-ACCESS-PASSPHRASE", "\xff")], b""),
        ([], b"\xff\xfe\x00{"),
        ([], b'{"passphrase":'),
        ([], b'{"passphrase": "'),
        ([], b'{"passphrase": "\\'),
        ([], b"[" * 100_000),
    ],
)
def test_a_request_of_nonsense_is_written_down_and_answered(
    sandbox: RunningSandbox, journal: Journal, headers: list[tuple[str, str]], body: bytes
) -> None:
    answer = send_request(sandbox.url, "POST", LEVERAGE, headers, body)
    assert answer.status in (400, 401)
    for trace in journal:
        json.dumps(asdict(trace))
        assert all(line.isprintable() for line in describe(trace).split("\n"))


# --- how much is kept -------------------------------------------------------------------


def test_a_long_request_is_cut(sandbox: RunningSandbox, journal: Journal) -> None:
    body = "é" * 100_000
    target = f"{LEVERAGE}?{'q' * 20_000}"
    headers = make_private_headers("POST", target, body) | {"long": "h" * 10_000}
    headers |= {f"n{number}": "" for number in range(100)}
    send_request(sandbox.url, "POST", target, headers, body)
    trace = get_only_trace(journal)
    assert trace.body == f"{'é' * 4096}… (200000 bytes)"
    assert trace.body_bytes == 200_000
    assert trace.target.endswith(f"… ({len(target)} bytes)")
    assert dict(trace.headers)["long"] == f"{'h' * 4096}… (10000 bytes)"
    assert trace.prehash
    assert len(trace.prehash) < 4200
    assert len(trace.headers) == 64
    assert len(json.dumps(asdict(trace))) < 100_000


def test_a_secret_behind_the_cut_is_found(sandbox: RunningSandbox, journal: Journal) -> None:
    body = "x" * (4096 - 8) + PRACTICE_KEY.secret_key
    post(sandbox.url, LEVERAGE, body)
    trace = get_only_trace(journal)
    assert trace.body == f"{'x' * (4096 - 8)}{'*' * 8}… ({len(body)} bytes)"
    assert_no_secret(sandbox, journal)


def test_a_secret_in_a_form_that_cannot_be_starred_is_left_out(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    body = "%5C".join(PRACTICE_KEY.secret_key)
    post(sandbox.url, LEVERAGE, body)
    assert get_only_trace(journal).body == f"[{len(body)} bytes: {WITHHELD}]"
    assert_no_secret(sandbox, journal)


# --- no secret --------------------------------------------------------------------------


def assert_no_secret(sandbox: RunningSandbox, journal: Journal) -> None:
    assert len(journal) > 0
    for trace in journal:
        for text in (json.dumps(asdict(trace), ensure_ascii=False), describe(trace)):
            for key in sandbox.exchange.keys:
                assert not contains_secret(text, [key.secret_key, key.passphrase])


@pytest.mark.parametrize("secret", [PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase])
@pytest.mark.parametrize(
    "send_it",
    [
        lambda url, secret: send_request(
            url, "GET", f"{BALANCE}?a={secret}", make_private_headers()
        ),
        lambda url, secret: send_request(
            url, "GET", f"/{quote(secret)}".replace("-", "%2D"), make_private_headers()
        ),
        lambda url, secret: send_request(url, secret, BALANCE, make_private_headers()),
        lambda url, secret: send_request(
            url, "GET", BALANCE, make_private_headers() | {"OK-ACCESS-KEY": secret}
        ),
        lambda url, secret: send_request(
            url, "GET", BALANCE, make_private_headers() | {"OK-ACCESS-SIGN": secret}
        ),
        lambda url, secret: send_request(
            url, "GET", BALANCE, make_private_headers() | {"OK-ACCESS-TIMESTAMP": secret}
        ),
        lambda url, secret: send_request(
            url, "GET", BALANCE, make_private_headers() | {"OK-ACCESS-PASSPHRASE": secret}
        ),
        lambda url, secret: send_request(url, "GET", BALANCE, {"OKX-ACCESS-PASSPHRASE": secret}),
        lambda url, secret: send_request(url, "GET", BALANCE, {secret: "1"}),
        lambda url, secret: send_request(url, "GET", BALANCE, {"x": secret.lower()}),
        lambda url, secret: send_request(url, "POST", LEVERAGE, make_private_headers(), secret),
        lambda url, secret: send_request(
            url, "POST", LEVERAGE, make_private_headers(), f'{{"passphrase":"{secret}"}}'
        ),
    ],
)
def test_no_secret_is_written_down_wherever_it_is_sent(
    sandbox: RunningSandbox,
    journal: Journal,
    secret: str,
    send_it: Callable[[str, str], object],
) -> None:
    send_it(sandbox.url, secret)
    assert_no_secret(sandbox, journal)


def test_the_right_signature_of_a_wrongly_signed_request_is_not_written_down(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    send_request(sandbox.url, "GET", BALANCE, make_private_headers(secret="FAKE"))
    right = signature(PRACTICE_KEY.secret_key, ISO, "GET", BALANCE)
    assert right not in json.dumps(asdict(get_only_trace(journal)))


def test_a_secret_that_is_written_down_is_seen(
    sandbox: RunningSandbox, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("okx_guide.sandbox.trace.hide_secrets", lambda text, _: text)
    monkeypatch.setattr("okx_guide.sandbox.trace.contains_secret", lambda *_: False)
    send_request(
        sandbox.url, "GET", f"{BALANCE}?a={PRACTICE_KEY.passphrase}", make_private_headers()
    )
    with pytest.raises(AssertionError):
        assert_no_secret(sandbox, journal)


@pytest.mark.parametrize(
    "name", ["OK-ACCESS-PASSPHRASE", "OK-ACCESS-SECRET", "Authorization", "Cookie"]
)
def test_a_header_that_is_secret_by_its_name_is_starred(
    sandbox: RunningSandbox, journal: Journal, name: str
) -> None:
    send_request(sandbox.url, "GET", TIME, {name: "Another-0ne"})
    assert get_only_trace(journal).headers[-1] == (name.lower(), "***********")


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('{"passphrase":"An0ther-","a":1}', '{"passphrase":"********","a":1}'),
        ('{"passphrase" : "An\\"ther-"}', '{"passphrase" : "*********"}'),
        ('{"a":{"PassPhrase":123, "b":2}}', '{"a":{"PassPhrase":***, "b":2}}'),
        ('{"p\\u0061ssphrase":"An0ther-"}', '{"p\\u0061ssphrase":"********"}'),
        ('{"secretKey":"An0ther-"}', '{"secretKey":"********"}'),
        ('{"passphrase":"An0ther', '{"passphrase":"*******'),
        ('{"passphrase":""}', '{"passphrase":""}'),
        ('{"passphrases":"shown"}', '{"passphrases":"shown"}'),
    ],
)
def test_a_secret_of_json_is_starred_by_its_name(
    sandbox: RunningSandbox, journal: Journal, body: str, kept: str
) -> None:
    post(sandbox.url, LEVERAGE, body)
    trace = get_only_trace(journal)
    assert trace.body == kept
    assert trace.prehash == f"{ISO}POST{LEVERAGE}" + show_bytes(kept.encode())


HIDDEN = replace(
    PRACTICE_KEY,
    api_key="00000000-0000-4000-8000-000000000006",
    secret_key="0123456789ABCDEF0123456789ABCDEF",
    passphrase="Somebody-3lse",
)
"""A key whose secrets a caller may only guess."""


def show_guess(
    sandbox: RunningSandbox, journal: Journal, named: Key, place: str, guess: str
) -> str:
    """What the journal has of a request with a guess, which stands as GUESS where it is shown."""
    headers = make_private_headers(key=named, secret="FAKE") | {
        "OK-ACCESS-PASSPHRASE": "Unkn0wn-one"
    }
    if place == "path":
        send_request(sandbox.url, "GET", f"{BALANCE}?ccy={guess}", headers)
    elif place == "public":
        send_request(sandbox.url, "GET", f"/api/v5/market/ticker?instId={guess}", headers)
    elif place == "body":
        send_request(sandbox.url, "POST", LEVERAGE, headers, json.dumps({"instId": guess}))
    elif place == "login":
        log_in(sandbox, {"op": "login", "args": [{"apiKey": named.api_key, "sign": guess}]})
    else:
        name = {"header": "x", "sign": "OK-ACCESS-SIGN", "passphrase": "OK-ACCESS-PASSPHRASE"}
        send_request(sandbox.url, "GET", BALANCE, headers | {name[place]: guess})
    shown = json.dumps(asdict(get_only_trace(journal)))
    journal.clear()
    return shown.replace(guess, "GUESS")


@pytest.mark.parametrize("guess", [HIDDEN.secret_key, HIDDEN.passphrase])
@pytest.mark.parametrize("named", [PRACTICE_KEY, HIDDEN])
@pytest.mark.parametrize(
    "place", ["path", "public", "header", "body", "sign", "passphrase", "login"]
)
def test_the_journal_does_not_tell_a_right_guess_from_a_wrong_one(
    sandbox: RunningSandbox, journal: Journal, guess: str, named: Key, place: str
) -> None:
    sandbox.exchange.keys.add(HIDDEN)
    right, wrong = (
        show_guess(sandbox, journal, named, place, text) for text in (guess, guess[::-1])
    )
    assert right == wrong


@pytest.mark.parametrize("place", ["path", "header", "body", "sign", "login"])
def test_a_guess_that_is_compared_is_seen(
    sandbox: RunningSandbox, journal: Journal, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr("okx_guide.sandbox.trace.list_secrets", lambda _: [HIDDEN.passphrase])
    right, wrong = (
        show_guess(sandbox, journal, PRACTICE_KEY, place, text)
        for text in (HIDDEN.passphrase, HIDDEN.passphrase[::-1])
    )
    assert right != wrong


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (HIDDEN.secret_key, "*" * 32),
        (HIDDEN.secret_key.lower(), HIDDEN.secret_key.lower()),
        (HIDDEN.secret_key[:31], HIDDEN.secret_key[:31]),
        (HIDDEN.secret_key + "0", HIDDEN.secret_key + "0"),
        ("b5ac9b8f0f8e4bd3a6a3a1b7a1a2c3d4", "b5ac9b8f0f8e4bd3a6a3a1b7a1a2c3d4"),
    ],
)
def test_what_looks_like_a_secret_key_is_starred(
    sandbox: RunningSandbox, journal: Journal, text: str, shown: str
) -> None:
    send_request(sandbox.url, "GET", f"{BALANCE}?clOrdId={text}", make_private_headers())
    assert get_only_trace(journal).target == f"{BALANCE}?clOrdId={shown}"


def test_what_was_sent_as_a_passphrase_is_starred_everywhere(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    headers = make_private_headers() | {
        "OK-ACCESS-PASSPHRASE": "An0ther-one",
        "x": "a An0ther%2Done",
    }
    body = '{"instId":"An0ther-one","b":"QW4wdGhlci1vbmU="}'
    send_request(sandbox.url, "POST", LEVERAGE, headers, body)
    trace = get_only_trace(journal)
    assert trace.body == '{"instId":"***********","b":"***************="}'
    assert dict(trace.headers)["x"] == "a *************"


def test_a_passphrase_that_is_too_short_hides_nothing_else(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    headers = make_private_headers() | {"OK-ACCESS-PASSPHRASE": "a"}
    send_request(sandbox.url, "GET", BALANCE, headers)
    assert get_only_trace(journal).target == BALANCE
    assert dict(get_only_trace(journal).headers)["ok-access-passphrase"] == "*"


def test_the_passphrase_of_a_new_key_is_starred(sandbox: RunningSandbox, journal: Journal) -> None:
    body = json.dumps({"subAcct": "practice1", "label": "new", "passphrase": "Another-0ne"})
    answer = post(sandbox.url, SUB_KEY, body, HOME)
    assert answer.code == "0"
    assert get_only_trace(journal).body == body.replace("Another-0ne", "*" * 11)
    assert_no_secret(sandbox, journal)


# --- logins -----------------------------------------------------------------------------


def make_faulty_login(sandbox: RunningSandbox, faults: Sequence[Check]) -> dict[str, object]:
    """A login that has these faults, all of them at once."""
    key = replace(
        PRACTICE_KEY,
        ips=ELSEWHERE if "address" in faults else (),
        demo="environment" not in faults,
    )
    sandbox.exchange.keys.add(key)
    message = login(key, at=str(int(NOW) - 3600) if "age" in faults else None)
    (args,) = message["args"]
    changed: dict[Check, dict[str, str]] = {
        "timestamp": {"timestamp": "yesterday"},
        "key": {"apiKey": GONE},
        "signature": {"sign": "FAKE"},
        "passphrase": {"passphrase": "practice-0nly"},
        "headers": {"sign": ""},
    }
    for check, change in changed.items():
        if check in faults:
            args |= change
    if "body" in faults:
        message["args"] = []
    return message


def log_in(sandbox: RunningSandbox, *messages: object) -> list[dict[str, str]]:
    client = Client(f"{sandbox.hosts['global'].ws_demo}/private")
    try:
        return [client.ask(message) for message in messages]
    finally:
        client.close()


def test_a_login_that_is_right_passes_every_check(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    message = make_faulty_login(sandbox, [])
    (event,) = log_in(sandbox, message)
    assert event["code"] == "0"
    trace = get_only_trace(journal)
    assert list_results(trace) == [(check, "passed") for check in LOGIN_CHECKS]
    assert trace.prehash == f"{int(NOW)}GET/users/self/verify"
    assert trace.body == json.dumps(message).replace(PRACTICE_KEY.passphrase, "*" * 13)
    assert trace.body_bytes == len(json.dumps(message))
    assert (trace.kind, trace.method, trace.target) == ("login", "", "/ws/v5/private")
    assert (trace.status, trace.code, trace.message, trace.hint) == (None, "0", "", "")
    assert (trace.headers, trace.client, trace.site) == ((), "127.0.0.1", "global")


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("place", range(1, len(LOGIN_CHECKS)))
def test_a_check_of_a_login_fails_before_the_later_ones(
    sandbox: RunningSandbox, journal: Journal, place: int, several: bool
) -> None:
    check = LOGIN_CHECKS[place]
    faults = LOGIN_CHECKS[place:] if several else [check]
    (event,) = log_in(sandbox, make_faulty_login(sandbox, faults))
    assert event["event"] == "error"
    trace = get_only_trace(journal)
    assert list_results(trace) == list_outcomes_until(LOGIN_CHECKS, check)
    assert {outcome.hint for outcome in trace.checks if outcome.hint} == {event["sandboxHint"]}
    assert (trace.code, trace.message) == (event["code"], event["msg"])


def test_too_many_operations_are_the_first_check_of_a_login(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    many = [{"op": "subscribe", "args": []}] * 480
    *_, event = log_in(sandbox, *many, make_faulty_login(sandbox, LOGIN_CHECKS))
    assert event["code"] == "60014"
    assert list_results(get_only_trace(journal)) == list_outcomes_until(LOGIN_CHECKS, "rate")


def test_a_login_with_a_bad_id_reaches_no_check(sandbox: RunningSandbox, journal: Journal) -> None:
    (event,) = log_in(sandbox, login() | {"id": "not one"})
    assert event["code"] == "60033"
    assert {outcome.result for outcome in get_only_trace(journal).checks} == {"not reached"}


def test_other_messages_are_no_logins(sandbox: RunningSandbox, journal: Journal) -> None:
    log_in(sandbox, "ping", "{", b"\x00", [], {"op": ["login"]}, {"op": "subscribe", "args": []})
    assert list(journal) == []


@pytest.mark.parametrize("secret", [PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase])
@pytest.mark.parametrize("name", ["apiKey", "passphrase", "timestamp", "sign", "other"])
def test_a_login_is_written_down_without_a_secret(
    sandbox: RunningSandbox, journal: Journal, secret: str, name: str
) -> None:
    changes: dict[str, object] = {name: secret}
    log_in(sandbox, login(PRACTICE_KEY, at=None, **changes))
    assert_no_secret(sandbox, journal)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["timestamp", "passphrase", "x"]), inner)
    ),
    max_leaves=5,
)


@given(_JSON)
@examples(200)
def test_a_login_of_nonsense_is_written_down(args: object) -> None:
    exchange = Exchange([PRACTICE_KEY], clock=lambda: NOW)
    message, event = json.dumps({"args": args}), {"code": "60013", "msg": ""}
    trace = trace_login(exchange, message, args, "/ws/v5/private", "::1", "global", (), event)
    json.dumps(asdict(trace)).encode()
    assert all(line.isprintable() for line in describe(trace).split("\n"))


# --- off --------------------------------------------------------------------------------


@pytest.fixture
def costly_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done to trace, where nothing should be."""
    calls: list[str] = []

    def note(*_: object, **__: object) -> None:
        calls.append("traced")

    for name in ("add", "clear", "__init__"):
        monkeypatch.setattr(Journal, name, note)
    for module in ("rest.app.trace_request", "websocket.connection.trace_login"):
        monkeypatch.setattr(f"okx_guide.sandbox.{module}", note)
    return calls


def use(sandbox: RunningSandbox) -> None:
    send_request(sandbox.url, "GET", BALANCE, make_private_headers())
    send_request(sandbox.url, "GET", BALANCE)
    log_in(sandbox, login(), login())


def test_nothing_is_traced_unless_somebody_asks(
    sandbox: RunningSandbox, costly_calls: list[str]
) -> None:
    sandbox.exchange.reset()
    use(sandbox)
    assert (costly_calls, sandbox.exchange.journal) == ([], None)


def test_a_trace_that_nobody_asked_for_is_seen(
    sandbox: RunningSandbox, journal: Journal, costly_calls: list[str]
) -> None:
    use(sandbox)
    assert len(costly_calls) == 8  # each of four requests is traced, and added


# --- in words ---------------------------------------------------------------------------


def test_a_request_is_a_paragraph(sandbox: RunningSandbox, journal: Journal) -> None:
    body = '{"sz":"é\\n"}\n'
    headers = make_private_headers("POST", LEVERAGE, '{"sz":"é\\n"}')
    send_request(sandbox.url, "POST", LEVERAGE, headers, body)
    trace = get_only_trace(journal)
    assert describe(trace) == (
        f"{ISO} POST {LEVERAGE} from 127.0.0.1: HTTP 401, code 50113, Invalid Sign\n"
        "  host: localhost\n"
        "  connection: close\n"
        f"  ok-access-key: {PRACTICE_KEY.api_key}\n"
        f"  ok-access-sign: {headers['OK-ACCESS-SIGN']}\n"
        f"  ok-access-timestamp: {ISO}\n"
        "  ok-access-passphrase: *************\n"
        "  content-type: application/json\n"
        "  x-simulated-trading: 1\n"
        "  content-length: 14\n"
        '  body, 14 bytes: {"sz":"é\\n"}\\n\n'
        f'  prehash: "{ISO}POST{LEVERAGE}{{"sz":"\\xc3\\xa9\\\\n"}}\\n"\n'
        "  passed: headers, timestamp, age, key, address, environment\n"
        "  failed: signature\n"
        "  not reached: passphrase, permission, rate, body, endpoint\n"
        f"  hint: {trace.hint}"
    )


def test_a_login_is_a_paragraph(sandbox: RunningSandbox, journal: Journal) -> None:
    log_in(sandbox, {"op": "login", "args": []})
    assert describe(get_only_trace(journal)) == (
        f"{ISO} login /ws/v5/private from 127.0.0.1: code 60013, "
        f"{get_only_trace(journal).message}\n"
        '  body, 27 bytes: {"op": "login", "args": []}\n'
        "  passed: rate\n"
        "  failed: body\n"
        "  not reached: headers, timestamp, age, key, address, environment, signature, passphrase\n"
        "  hint: args is a list of objects, with one at least"
    )


def test_nothing_that_was_sent_controls_a_terminal(
    sandbox: RunningSandbox, journal: Journal
) -> None:
    body = "\x1b[2J\x07\r\u202e\u2028\x85\n2020-12-08T09:08:57.715Z GET /forged"
    post(sandbox.url, LEVERAGE, body)
    lines = describe(get_only_trace(journal)).split("\n")
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if line.startswith("2020")] == [lines[0]]
    assert "\\x1b[2J\\x07\\r\\u202e\\u2028\\x85\\n2020" in describe(get_only_trace(journal))


def test_after_the_year_9999_the_time_stands() -> None:
    exchange = Exchange([PRACTICE_KEY], clock=lambda: LATEST + 60)
    event = {"code": "60013", "msg": ""}
    trace = trace_login(exchange, "{}", [], "/ws/v5/private", "::1", "global", (), event)
    assert trace.at == "9999-12-31T23:59:59.000Z"
