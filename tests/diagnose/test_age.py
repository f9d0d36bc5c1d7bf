"""What the Date of an answer says of the time of a request, and what is only a doubt."""

import pytest

from okx_guide.diagnose.form import check_age, list_doubts
from okx_guide.diagnose.paste import read
from okx_guide.diagnose.report import build_request, describe, describe_paste, diagnose_request
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.secret import Keys
from tests.support.raw_http import signature
from tests.support.rejections import CONFIG, SECRET

LOCAL = "2026-11-27T12:23:29.555Z"
DUMP = """\
GET {path} HTTP/1.1
OK-ACCESS-SIGN: {sign}
OK-ACCESS-TIMESTAMP: {at}

HTTP/1.1 401 Unauthorized
Date: Fri, 27 Nov 2026 04:23:30 GMT
"""


def test_local_time_with_a_z_is_named_by_the_date_of_the_answer() -> None:
    sign = signature(SECRET, LOCAL, "GET", CONFIG)
    pasted = read(DUMP.format(path=CONFIG, sign=sign, at=LOCAL))
    keys = Keys(SECRET)

    diagnosis = describe_paste(diagnose_request(build_request(pasted), keys), pasted)

    assert [form.id for form in diagnosis.forms] == ["timestamp-age"]
    assert "8 hours ahead of the Date of the answer: local time" in describe(diagnosis, keys)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ("2026-11-27T12:23:30+00:00", None),
        ("2026-11-27T12:23:59+00:00", None),
        ("2026-11-27T12:25:29+00:00", "120 seconds behind"),
        ("2026-11-27T17:53:30+00:00", "5.5 hours behind"),
        ("2026-11-27T11:23:30+00:00", "1 hour ahead of"),
        ("", None),
    ],
)
def test_the_window_is_no_fault(answered: str, expected: str | None) -> None:
    ages = check_age(SignedRequest(LOCAL, "GET", CONFIG, "", ""), answered)

    assert (expected is None) == (ages == ())
    assert all(str(expected) in age.explanation for age in ages)


@pytest.mark.parametrize(
    ("at", "path", "number"),
    [
        (LOCAL, CONFIG, 0),
        ("2026-11-27T12:23:29.5Z", CONFIG, 1),
        ("2026-11-27T12:23:29.555123Z", CONFIG, 1),
        ("1795710835", "/users/self/verify", 0),
        ("1795710835.015", "/users/self/verify", 1),
    ],
)
def test_what_is_not_documented_is_a_doubt(at: str, path: str, number: int) -> None:
    assert number == len(list_doubts(SignedRequest(at, "GET", path, "", "")))


@pytest.mark.parametrize(
    "text",
    [
        "Array\n(\n    [url] => https://www.okx.com{path}\n    [method] => GET\n"
        "    [0] => OK-ACCESS-SIGN: {sign}\n    [1] => OK-ACCESS-TIMESTAMP: {at}\n)",
        "| Sending GET signed request to https://www.okx.com{path} with headers "
        "OK-ACCESS-SIGN=[{sign}], OK-ACCESS-TIMESTAMP=[{at}]",
        'DEBUG wire - >> "GET {path} HTTP/1.1[\\r][\\n]"\n'
        'DEBUG wire - >> "OK-ACCESS-SIGN: {sign}[\\r][\\n]"\n'
        'DEBUG wire - >> "OK-ACCESS-TIMESTAMP: {at}[\\r][\\n]"\n',
        'sending request method=GET url=https://www.okx.com{path} timestamp="{at}" sign="{sign}"',
        '"GET {path} HTTP/1.1\\r\\nOk-Access-Sign: {sign}\\r\\n'
        'Ok-Access-Timestamp: {at}\\r\\n\\r\\n"',
    ],
)
def test_what_programs_log_is_read(text: str) -> None:
    sign = signature(SECRET, LOCAL, "GET", CONFIG)
    pasted = read(text.replace("{path}", CONFIG).replace("{sign}", sign).replace("{at}", LOCAL))

    assert SignedRequest(LOCAL, "GET", CONFIG, "", sign) == SignedRequest(
        pasted.timestamp or "",
        pasted.method or "",
        pasted.request_path or "",
        pasted.body or "",
        pasted.signature or "",
    )
