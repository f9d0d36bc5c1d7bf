"""A timestamp that OKX must have refused is named, if a clock is known that shows it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from okx_guide.__main__ import main
from okx_guide.diagnose.form import check_age
from okx_guide.diagnose.paste import read
from okx_guide.diagnose.report import build_request, describe, describe_paste, diagnose_request
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.variants import Keys
from tests.support.javascript import run_node
from tests.support.rejections import CONFIG, SECRET, sign_parts

LOGIN = "/users/self/verify"
LOCAL = "2026-11-27T12:23:29.555Z"
MOMENT = datetime(2026, 11, 27, 12, 23, 29, 555000, UTC)
DUMP = """\
> GET {path} HTTP/1.1
> OK-ACCESS-SIGN: {sign}
> OK-ACCESS-TIMESTAMP: {at}
>
< HTTP/2 401
< date: Fri, 27 Nov 2026 04:23:30 GMT
"""

# How far the request is ahead of the clock, and what is said of it; None for nothing.
AHEAD: list[tuple[timedelta, str | None]] = [
    (timedelta(0), None),
    (timedelta(seconds=30), None),
    (timedelta(seconds=35), None),
    (timedelta(seconds=36), "36 s ahead of"),
    (timedelta(minutes=5), "5 min 0 s ahead of"),
    (timedelta(hours=1), "1 hour ahead of {clock} (local time"),
    (timedelta(hours=5, minutes=30), "5.5 hours ahead of {clock} (local time"),
    (timedelta(hours=8, seconds=-20), "8 hours ahead of {clock} (local time"),
    (timedelta(hours=14), "14 hours ahead of {clock} (local time"),
    (timedelta(days=2), "48 hours ahead of {clock};"),
]


def build(at: str = LOCAL, path: str = CONFIG) -> SignedRequest:
    return SignedRequest(at, "GET", path, "", sign_parts(at, "GET", path))


@pytest.mark.parametrize(("ahead", "expected"), AHEAD)
def test_a_time_to_come_is_named_by_either_clock(ahead: timedelta, expected: str | None) -> None:
    for clock, ages in (
        ("this computer's clock", check_age(build(), now=MOMENT - ahead)),
        ("the Date of the answer", check_age(build(), answered=MOMENT - ahead)),
    ):
        assert (expected is None) == (ages == ())
        assert all(str(expected).format(clock=clock) in age.explanation for age in ages)


@pytest.mark.parametrize("late", [timedelta(seconds=36), timedelta(hours=5), timedelta(days=400)])
def test_an_old_time_is_named_by_the_date_of_the_answer_alone(late: timedelta) -> None:
    [age] = check_age(build(), answered=MOMENT + late)
    assert (age.id, "behind the Date" in age.explanation) == ("timestamp-age", True)
    assert check_age(build(), now=MOMENT + late) == ()


def test_the_answer_decides_against_the_clock_of_this_computer() -> None:
    assert check_age(build(), now=MOMENT - timedelta(hours=8), answered=MOMENT) == ()


def test_a_request_that_was_pasted_late_may_still_be_in_local_time() -> None:
    ahead = timedelta(hours=7, minutes=52)
    [by_now] = check_age(build(), now=MOMENT - ahead)
    [by_answer] = check_age(build(), answered=MOMENT - ahead)
    assert "7 h 52 min ahead of this computer's clock (local time" in by_now.explanation
    assert "local time" not in by_answer.explanation


@pytest.mark.parametrize(
    ("at", "path", "expected"),
    [
        ("1795782209", LOGIN, ["timestamp-ahead"]),
        ("1795782209.555", LOGIN, ["timestamp-ahead"]),
        ("1795782209555", LOGIN, []),
        ("1795782209", CONFIG, []),
        ("2026-11-27T12:23:29Z", CONFIG, ["timestamp-ahead"]),
        ("2026-11-27T12:23:29.555", CONFIG, []),
        ("2026-02-30T12:23:29.555Z", CONFIG, []),
        ("", CONFIG, []),
    ],
)
def test_only_a_time_in_a_known_form_has_an_age(at: str, path: str, expected: list[str]) -> None:
    ages = check_age(build(at, path), now=MOMENT - timedelta(hours=8))
    assert expected == [age.id for age in ages]


def test_the_search_has_no_clock() -> None:
    request = build("2199-11-27T12:23:29.555Z")
    assert diagnose_request(request, Keys(SECRET)).verdict == "correct"


def test_local_time_is_named_by_the_date_in_a_paste() -> None:
    pasted = read(DUMP.format(path=CONFIG, sign=build().signature, at=LOCAL))
    diagnosis = describe_paste(diagnose_request(build_request(pasted), Keys(SECRET)), pasted)
    assert (diagnosis.verdict, [form.id for form in diagnosis.forms]) == (
        "found",
        ["timestamp-age"],
    )
    shown = describe(diagnosis, Keys(SECRET))
    assert shown.startswith("OKX refuses this, whatever the signature is:")
    assert "8 hours ahead of the Date of the answer (local time" in shown


DATES = {
    "curl": "< date: Fri, 27 Nov 2026 04:23:30 GMT",
    "http.client": "header: Date: Fri, 27 Nov 2026 04:23:30 GMT",
    "a dict": "{'Date': 'Fri, 27 Nov 2026 04:23:30 GMT'}",
    "Go": "map[Date:[Fri, 27 Nov 2026 04:23:30 GMT]]",
    "PHP": "[Date] => Fri, 27 Nov 2026 04:23:30 GMT",
    "HAR": '{"name": "date", "value": "Fri, 27 Nov 2026 04:23:30 GMT"}',
}


@pytest.mark.parametrize("name", DATES)
def test_the_date_of_the_answer_is_read(name: str) -> None:
    pasted = read(f"GET {CONFIG} HTTP/1.1\nOK-ACCESS-SIGN: x\n\n{DATES[name]}")
    assert pasted.answered == "2026-11-27T04:23:30+00:00"


@pytest.mark.parametrize(
    "more",
    [
        "",
        "Expires: Fri, 27 Nov 2026 04:23:30 GMT",
        "x-update: Fri, 27 Nov 2026 04:23:30 GMT",
        "Date: Fri, 99 Nov 2026 04:23:30 GMT",
        f"{DATES['curl']}\n< date: Fri, 27 Nov 2026 03:00:00 GMT",
        f"GET {CONFIG} HTTP/1.1\nOK-ACCESS-SIGN: y\n\n{DATES['curl']}",
    ],
)
def test_a_date_that_may_be_of_another_answer_is_not_read(more: str) -> None:
    assert read(f"GET {CONFIG} HTTP/1.1\nOK-ACCESS-SIGN: x\n\n{more}").answered is None


def test_the_date_in_har_is_read() -> None:
    request = {
        "method": "GET",
        "url": f"https://www.okx.com{CONFIG}",
        "headers": [
            {"name": "OK-ACCESS-SIGN", "value": build().signature},
            {"name": "OK-ACCESS-TIMESTAMP", "value": LOCAL},
        ],
    }
    answer = {"headers": [{"name": "date", "value": "Fri, 27 Nov 2026 04:23:30 GMT"}]}
    pasted = read(json.dumps({"log": {"entries": [{"request": request, "response": answer}]}}))
    assert (pasted.timestamp, pasted.answered) == (
        LOCAL,
        "2026-11-27T04:23:30+00:00",
    )


def test_the_command_looks_at_the_clock() -> None:
    request = build("2199-11-27T12:23:29.555Z")
    paste = DUMP.format(path=CONFIG, sign=request.signature, at=request.timestamp).partition("<")[0]
    result = CliRunner().invoke(
        main, ["diagnose", "--json"], input=paste, env={"OKX_SECRET_KEY": SECRET}
    )
    verdict = json.loads(result.stdout)
    assert (verdict["verdict"], [each["id"] for each in verdict["mistakes"]]) == (
        "found",
        ["timestamp-ahead"],
    )


def test_the_page_says_the_same() -> None:
    program = """
        const { diagnose } = await import("./diagnose/form.js");
        const keys = { secret_key: given.secret };
        const results = [];
        for (const now of given.clocks) results.push(await diagnose(given.request, keys, now));
        console.log(JSON.stringify(results.map(({ forms, verdict }) => [forms, verdict])));
    """
    request = build()
    clocks = [MOMENT - ahead for ahead, _ in AHEAD] + [MOMENT + timedelta(hours=5)]
    clocks += [MOMENT - timedelta(hours=7, minutes=52), MOMENT - timedelta(minutes=15)]
    expected = []
    for now in clocks:
        forms = [
            {"id": age.id, "explanation": age.explanation, "fix": age.fix, "page": age.page}
            for age in check_age(request, now=now)
        ]
        expected.append([forms, "found" if forms else "correct"])
    arguments = {
        "secret": SECRET,
        "clocks": [now.timestamp() * 1000 for now in clocks],
        "request": {
            "timestamp": request.timestamp,
            "method": "GET",
            "request_path": CONFIG,
            "body": "",
            "signature": request.signature,
            "host": "",
        },
    }
    assert expected == run_node(program, arguments)
