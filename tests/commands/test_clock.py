"""The command `okx-guide clock`."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from okx_guide.__main__ import main
from okx_guide.sandbox import RunningSandbox, running
from okx_guide.sandbox.certificates import make_certificate
from tests.support.http_server import Reply, serve_replies


@pytest.fixture
def practice(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    with running() as sandbox:
        monkeypatch.setenv("OKX_API_BASE_URL", sandbox.url)
        yield sandbox


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "running, +0 s from this machine"),
        (["--advance", "14d"], "running, +1209600 s from this machine"),
        (["--advance", "1.5h", "--freeze"], "frozen, +5400 s from this machine"),
        (["--skew=-45s"], "running, -45 s from this machine"),
        (["--skew", "10m"], "running, +600 s from this machine"),
        (["--idle", "13d"], "running, +0 s from this machine"),
    ],
)
def test_the_clock_is_looked_at_and_turned(
    practice: RunningSandbox, options: list[str], expected: str
) -> None:
    result = CliRunner().invoke(main, ["clock", *options])
    assert (result.exit_code, result.stderr) == (0, "")
    matched = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z, (.*)\n", result.stdout)
    assert matched
    assert matched[1] == expected


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [("right", ""), ("other", "No practice exchange answers"), ("none", "No practice exchange")],
)
def test_over_tls_the_authority_is_that_of_the_variables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trusted: str, expected: str
) -> None:
    certificate = make_certificate()
    (tmp_path / "right").write_bytes(certificate.authority)
    (tmp_path / "other").write_bytes(make_certificate().authority)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / trusted))
    with running(context=certificate.context) as sandbox:
        result = CliRunner().invoke(main, ["clock", "--url", sandbox.url])
    assert (result.exit_code, bool(result.stdout)) == ((0, True) if not expected else (1, False))
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


def test_a_stopped_clock_runs_on(practice: RunningSandbox) -> None:
    CliRunner().invoke(main, ["clock", "--freeze"])
    assert practice.clock.frozen
    CliRunner().invoke(main, ["clock", "--unfreeze"])
    assert not practice.clock.frozen


@pytest.mark.parametrize("value", ["", "s", "soon", "nan", "inf", "1e3", "1w", "٣", "--1"])
def test_a_time_that_is_none_is_refused(practice: RunningSandbox, value: str) -> None:
    result = CliRunner().invoke(main, ["clock", f"--advance={value}"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is not a time such as 45s, 10m, 2h or 14d." in result.stderr


def test_a_clock_that_cannot_be_turned_so_far_says_so(practice: RunningSandbox) -> None:
    result = CliRunner().invoke(main, ["clock", "--advance", "9999999999d"])
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: The clock cannot show a time before 1970 or after the year 9999.\n"
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1", "http://[", "nothing"])
def test_a_clock_that_does_not_answer_is_one_clear_line(url: str) -> None:
    result = CliRunner().invoke(main, ["clock", "--url", url])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: No practice exchange answers at {url}. Start one with `okx-guide sandbox`, "
        "and set OKX_API_BASE_URL to the address that it prints.\n"
    )


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"null",
        b"5",
        b'"now"',
        b"{}",
        b'{"now":1}',
        b'{"now":"x","skew":0,"frozen":false}',
        b'{"now":1e300,"skew":0,"frozen":false}',
        b'{"now":1,"skew":null,"frozen":false}',
        b'{"now":1,"skew":NaN,"frozen":false}',
        b'{"now":NaN,"skew":0,"frozen":false}',
    ],
)
def test_whatever_answers_there_is_no_traceback(answer: bytes) -> None:
    with serve_replies(Reply(body=answer)) as server:
        result = CliRunner().invoke(main, ["clock", "--url", server.url])
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: What answers there is not a practice exchange.\n",
    )


def test_what_a_host_says_is_printable() -> None:
    with serve_replies(Reply(body=b'{"error":"\\u001b[31mred\\n"}')) as server:
        result = CliRunner().invoke(main, ["clock", "--url", server.url])
    assert result.stderr == "Error:  [31mred\n"


def test_no_password_of_an_address_is_shown_and_no_proxy_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve_replies(Reply()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        url = "http://me:hunter2@127.0.0.1:1"
        result = CliRunner().invoke(main, ["clock", "--url", url])
    assert "answers at 127.0.0.1:1. Start one" in result.stderr
    assert proxy.requests == []
