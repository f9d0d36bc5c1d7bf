import base64
import hashlib
import itertools
import re
import subprocess
import sys
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import Credentials, signing
from okx_guide.signing import Signer, headers, prehash, sign, timestamp, ws_login
from tests.support.properties import examples

# The sample in OKX's docs. Not a live key.
SECRET = "22582BD0CFF14C41EDBF1AB98506286D"
KEY = Credentials("37c541a1-0000-4000-8000-10fe7a038418", SECRET, "Fake-Pass-1")
AT = "2020-12-08T09:08:57.715Z"
MOMENT = datetime(2020, 12, 8, 9, 8, 57, 715000, UTC)
BALANCE = "/api/v5/account/balance"
ORDER = '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2"}'
LEVERAGE = '{"instId":"BTC-USDT","lever":"5","mgnMode":"isolated"}'


def add_spaces(body: str) -> str:
    return body.replace('":"', '": "').replace('","', '", "')


REST = [
    ((AT, "GET", BALANCE + "?ccy=BTC", ""), "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="),
    ((AT, "GET", BALANCE, ""), "AkD5YszBhggtIyjDlmTy/9PpNVntel+1Lff8wh0qpQw="),
    ((AT, "GET", BALANCE + "?ccy=BTC,ETH", ""), "oah2EOT2Fnz1bjkgiAnuKl+zFQzDG3/nqPUqyYzArrE="),
    ((AT, "GET", BALANCE + "?ccy=BTC%2CETH", ""), "X/i/q53ENYaVFJP/x3gMqfyuIw8hS3HPa3eFxfQQFaY="),
    ((AT, "POST", "/api/v5/trade/order", ORDER), "iwrdSpN7pm4G4u8+fswZUyH6mOM48+sBF6WvKpj4Dvk="),
    (
        (AT, "POST", "/api/v5/trade/order", add_spaces(ORDER)),
        "ndhLECBZOdEnKUoXpFMXtL/rmKwKjNKUys4V5s4RLDc=",
    ),
    (
        (AT, "POST", "/api/v5/account/set-leverage", LEVERAGE),
        "eCnnCgWLjlQ9XnpUkrcny3qNq3WW/81KNrDr/XR6Xv8=",
    ),
    (
        (AT, "POST", "/api/v5/account/set-leverage", add_spaces(LEVERAGE)),
        "/XctMG4gU+l0Tv1E5CsSdhrndN0MZxclhFp3+SFofI8=",
    ),
    (
        ("2026-08-22T16:20:00.000Z", "GET", BALANCE + "?ccy=BTC", ""),
        "FN++QZPqWIZja9FNV7ev3w3IvSQUleBYxtJidJKKB+E=",
    ),
]
WEBSOCKET = [
    (1538054050, "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M="),
    (1704876947, "5/36BgGV6m/6pmdc20zdqk0mzF5ZalmzzPD2fo3wavU="),
]

SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).filter(
    lambda text: text == text.strip()
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
MOMENTS = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001  # the zone comes with timezones=
    max_value=datetime(2999, 12, 31),  # noqa: DTZ001  # as above
    timezones=st.timezones(),
)
PARTS = st.tuples(
    MOMENTS.map(timestamp),
    st.from_regex(r"[A-Z]{1,9}", fullmatch=True),
    TEXT.map(lambda text: "/" + text),
    TEXT,
)
bounded = examples(100)


def compute_rfc2104(secret: str, text: str) -> str:
    """HMAC-SHA256 as RFC 2104 writes it down, without the module that has it."""
    key = secret.encode()
    if len(key) > 64:
        key = hashlib.sha256(key).digest()
    key = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + text.encode()).digest()
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()
    return base64.b64encode(outer).decode()


@pytest.mark.parametrize(("parts", "expected"), REST)
def test_a_vector_has_its_signature(parts: tuple[str, str, str, str], expected: str) -> None:
    assert expected == sign(SECRET, *parts)
    assert expected == compute_rfc2104(SECRET, "".join(parts))


@pytest.mark.parametrize(("seconds", "expected"), WEBSOCKET)
def test_a_websocket_vector_has_its_signature(seconds: int, expected: str) -> None:
    assert expected == ws_login(KEY, seconds)["args"][0]["sign"]
    assert expected == compute_rfc2104(SECRET, f"{seconds}GET/users/self/verify")


@bounded
@given(secret=SECRETS, parts=PARTS)
def test_any_request_is_signed_by_the_formula(
    secret: str, parts: tuple[str, str, str, str]
) -> None:
    assert compute_rfc2104(secret, "".join(parts)) == sign(secret, *parts)


@bounded
@given(secret=SECRETS, requests=st.lists(PARTS, min_size=2, max_size=5))
def test_a_signer_forgets_what_it_signed_before(
    secret: str, requests: list[tuple[str, str, str, str]]
) -> None:
    signer = Signer(secret)
    expected = [sign(secret, *parts) for parts in requests]
    assert expected == [signer.sign(*parts) for parts in requests]


@pytest.mark.parametrize(
    "at",
    [
        "1607418537",
        "1607418537715",
        1607418537,
        1607418537.715,
        MOMENT,
        None,
        "",
        "2020-12-08T09:08:57Z",
        "2020-12-08T09:08:57.7150Z",
        "2020-12-08T09:08:57.715",
        "2020-12-08T09:08:57.715+00:00",
        "2020-12-08 09:08:57.715Z",
        "2020-12-08T09:08:57.715Z\n",
        "\uff12\uff10\uff12\uff10-12-08T09:08:57.715Z",
        b"2020-12-08T09:08:57.715Z",
        f"{AT}G",
        AT[:-1],
    ],
)
def test_anything_but_iso_milliseconds_is_refused_as_rest_timestamp(at: Any) -> None:
    with pytest.raises(ValueError, match=r"use timestamp\(\)"):
        sign(SECRET, at, "GET", BALANCE)


@pytest.mark.parametrize(
    "method", ["get", "Get", "gET", "", None, 1, "GET ", "GET\n", "G3T", "GET/", "/", SECRET]
)
def test_a_method_that_is_not_in_capitals_is_refused(method: Any) -> None:
    with pytest.raises(ValueError, match="must be in capitals"):
        sign(SECRET, AT, method, BALANCE)


@pytest.mark.parametrize(
    "path", ["https://www.okx.com/api/v5/account/balance", "api/v5/account/balance", "", None, "A/"]
)
def test_a_url_instead_of_a_path_is_refused(path: Any) -> None:
    with pytest.raises(ValueError, match="leave out https:// and the host"):
        sign(SECRET, AT, "GET", path)


@pytest.mark.parametrize("body", [{}, {"instId": "BTC-USDT"}, [], None, b"{}", 0])
def test_a_body_that_is_not_text_is_refused(body: Any) -> None:
    with pytest.raises(TypeError, match=r"body = json\.dumps\(order\)"):
        sign(SECRET, AT, "POST", "/api/v5/trade/order", body)


@pytest.mark.parametrize("secret", ["", None])
def test_an_empty_secret_is_refused(secret: Any) -> None:
    with pytest.raises(ValueError, match="is OKX_SECRET_KEY set"):
        Signer(secret)


@pytest.mark.parametrize("mangled", [f" {SECRET}", f"{SECRET}\n", f"{SECRET}\r\n", f"\t{SECRET}"])
def test_white_space_around_the_secret_is_refused(mangled: str) -> None:
    with pytest.raises(ValueError, match="strip it where you read it"):
        sign(mangled, AT, "GET", BALANCE)


@pytest.mark.parametrize("secret", [SECRET, f"{SECRET}\n", f"/{SECRET}", SECRET.lower()])
@pytest.mark.parametrize("body", [ORDER, "", {"secret": SECRET}])
def test_no_message_holds_the_secret_whatever_is_swapped(secret: str, body: Any) -> None:
    refusals = []
    for swapped in itertools.permutations((secret, AT, "POST", "/api/v5/trade/order", body)):
        try:
            sign(*swapped)
        except (TypeError, ValueError, AttributeError) as error:
            refusals.append("".join(traceback.format_exception(error)))
    assert len(refusals) > 100
    assert [message for message in refusals if secret.strip("/\n").lower() in message.lower()] == []


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 8, 22, 16, 20, tzinfo=UTC), "2026-08-22T16:20:00.000Z"),
        (datetime(2026, 8, 22, 16, 20, 0, 5000, UTC), "2026-08-22T16:20:00.005Z"),
        (datetime(2026, 8, 22, 16, 20, 0, 999999, UTC), "2026-08-22T16:20:00.999Z"),
        (
            datetime(2026, 8, 23, 0, 20, tzinfo=timezone(timedelta(hours=8))),
            "2026-08-22T16:20:00.000Z",
        ),
        (
            datetime(2026, 12, 31, 20, 0, tzinfo=timezone(-timedelta(hours=5))),
            "2027-01-01T01:00:00.000Z",
        ),
        (0, "1970-01-01T00:00:00.000Z"),
        (1607418537, "2020-12-08T09:08:57.000Z"),
        (1607418537.715, AT),
    ],
)
def test_a_timestamp_is_utc_with_three_digits(at: datetime | float, expected: str) -> None:
    assert expected == timestamp(at)


@bounded
@given(moment=MOMENTS)
def test_any_moment_in_any_zone_is_the_same_moment_in_utc(moment: datetime) -> None:
    text = timestamp(moment)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    # Zones before 1900 have offsets with seconds; in UTC the difference is what was cut.
    cut = moment.astimezone(UTC) - datetime.fromisoformat(text)
    assert timedelta(0) <= cut < timedelta(milliseconds=1)


def test_a_timestamp_without_a_moment_is_now() -> None:
    before = datetime.now(UTC)
    now = datetime.fromisoformat(timestamp())
    assert before - timedelta(milliseconds=1) <= now <= datetime.now(UTC)


@pytest.mark.parametrize("make", [timestamp, lambda at: ws_login(KEY, at)])
def test_the_milliseconds_of_public_time_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="divide the ts of /public/time by 1000"):
        make(1597026383085)


@pytest.mark.parametrize("make", [timestamp, lambda at: ws_login(KEY, at)])
@pytest.mark.parametrize("at", ["1597026383085", "1597026383", AT, ""])
def test_a_moment_as_text_is_refused(make: Any, at: str) -> None:
    with pytest.raises(TypeError, match="at must be a number or a datetime"):
        make(at)


@pytest.mark.parametrize("make", [timestamp, lambda at: ws_login(KEY, at)])
def test_a_datetime_without_a_zone_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"use datetime\.now\(UTC\)"):
        make(datetime(2026, 8, 22))  # noqa: DTZ001  # that is the mistake


@pytest.mark.parametrize(
    "at", [1538054050, 1538054050.999, datetime.fromtimestamp(1538054050, UTC)]
)
def test_a_login_message_has_whole_seconds_as_text(at: datetime | float) -> None:
    expected = {
        "op": "login",
        "args": [
            {
                "apiKey": KEY.api_key,
                "passphrase": KEY.passphrase,
                "timestamp": "1538054050",
                "sign": "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M=",
            }
        ],
    }
    assert expected == ws_login(KEY, at)


def test_a_get_has_four_headers() -> None:
    expected = {
        "OK-ACCESS-KEY": KEY.api_key,
        "OK-ACCESS-SIGN": "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=",
        "OK-ACCESS-TIMESTAMP": AT,
        "OK-ACCESS-PASSPHRASE": KEY.passphrase,
    }
    assert expected == headers(KEY, "GET", BALANCE + "?ccy=BTC", at=MOMENT)


def test_a_body_brings_its_content_type_and_demo_its_header() -> None:
    signed = headers(KEY, "POST", "/api/v5/trade/order", ORDER, at=MOMENT, demo=True)
    assert signed["OK-ACCESS-SIGN"] == "iwrdSpN7pm4G4u8+fswZUyH6mOM48+sBF6WvKpj4Dvk="
    assert signed["Content-Type"] == "application/json"
    assert signed["x-simulated-trading"] == "1"
    assert len(signed) == 6


def test_the_secret_is_in_no_header() -> None:
    assert SECRET not in str(headers(KEY, "GET", BALANCE, demo=True))
    assert SECRET not in str(ws_login(KEY))


def test_the_prehash_joins_its_parts_with_nothing() -> None:
    assert f"{AT}POST/api/v5/trade/order{ORDER}" == prehash(
        AT, "POST", "/api/v5/trade/order", ORDER
    )


def test_signing_imports_the_standard_library_only() -> None:
    code = """if True:
        import sys
        before = set(sys.modules)
        import okx_guide.signing
        roots = {name.partition(".")[0] for name in set(sys.modules) - before}
        print(sorted(roots - sys.stdlib_module_names))
    """
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "['okx_guide']\n"


def test_a_copy_of_the_file_works_alone(tmp_path: Path) -> None:
    copy = tmp_path / "copied.py"
    copy.write_text(Path(signing.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    use = f"\nprint(sign({SECRET!r}, {AT!r}, 'GET', '{BALANCE}?ccy=BTC'))\n"
    (tmp_path / "use.py").write_text(copy.read_text(encoding="utf-8") + use, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "use.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=\n"


def test_the_file_stays_short_enough_to_copy() -> None:
    assert len(Path(signing.__file__).read_text(encoding="utf-8").splitlines()) <= 140
