"""`okx-guide diagnose` names the mistake, and shows no secret."""

import base64
import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from okx_guide.__main__ import main
from okx_guide.diagnose.search import Finding
from scripts.vectors import write as vectors
from tests.support import raw_http
from tests.support.patience import SECONDS
from tests.support.raw_http import ISO
from tests.support.rejections import (
    API_KEY,
    BALANCE,
    BODY,
    DOUBLE_MISTAKES,
    GET,
    ORDER,
    PASSPHRASE,
    POST,
    QUERY,
    SECRET,
    SINGLE_MISTAKES,
    Request,
    sign_parts,
)

INVALID = [case for make in vectors.FILES.values() for case in make()["invalid"]]
VALID = [case for make in vectors.FILES.values() for case in make()["valid"]]
KEYS = {"OKX_SECRET_KEY": SECRET, "OKX_PASSPHRASE": PASSPHRASE, "OKX_API_KEY": API_KEY}


def run(*arguments: str, stdin: str | bytes = "", **environ: str) -> Result:
    variables: dict[str, str | None] = {**dict.fromkeys(KEYS, None), **environ}
    return CliRunner().invoke(main, ["diagnose", *arguments], input=stdin, env=variables)


def make_options(request: Request, signature: str) -> list[str]:
    names = ("--timestamp", "--method", "--path", "--body")
    return [word for pair in zip(names, request, strict=True) for word in pair] + [
        "--signature",
        signature,
    ]


def dump_request(request: Request, signature: str, **fields: str) -> str:
    names = ("timestamp", "method", "request_path", "body")
    return json.dumps({**dict(zip(names, request, strict=True)), "signature": signature, **fields})


def dump_case(case: dict[str, Any], signature: str) -> str:
    names = ("timestamp", "method", "request_path", "body", "secret_key", "passphrase", "api_key")
    return json.dumps({**{name: case[name] for name in names}, "signature": signature})


# --- the verdict -------------------------------------------------------------------------


def test_every_invalid_vector_is_diagnosed(figures: list[str]) -> None:
    wrong = {}
    for case in INVALID:
        result = run("--json", stdin=dump_case(case, case["rejected_signature"]))
        mistakes = [mistake["id"] for mistake in json.loads(result.stdout)["mistakes"]]
        if (result.exit_code, mistakes) != (0, [case["mistake"]]):
            wrong[case["id"]] = mistakes

    right = len(INVALID) - len(wrong)
    figures.append(f"diagnose: {right} of {len(INVALID)} invalid vectors, the recorded mistake")
    assert wrong == {}


def test_every_valid_vector_is_correct(monkeypatch: pytest.MonkeyPatch) -> None:
    # Some are signed in years to come.
    late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    monkeypatch.setattr("okx_guide.commands.diagnose._read_clock", lambda: late)
    for case in VALID:
        result = run("--json", stdin=dump_case(case, case["signature"]))
        assert (result.exit_code, json.loads(result.stdout)) == (
            0,
            {"verdict": "correct", "mistakes": []},
        ), case["id"]


@pytest.mark.parametrize(("expected", "request_", "rejected"), DOUBLE_MISTAKES[:3], ids=str)
def test_two_mistakes_are_told_in_words(
    expected: list[str], request_: Request, rejected: str
) -> None:
    result = run(*make_options(request_, rejected), **KEYS)

    assert result.exit_code == 0
    assert result.stdout.startswith("These 2 mistakes together make exactly your signature:")
    for mistake in expected:
        assert f"\n{mistake}\n  What: " in result.stdout


def test_json_has_these_names_and_no_others() -> None:
    result = run("--json", *make_options(QUERY, sign_parts(ISO, "GET", BALANCE)), **KEYS)

    diagnosis = json.loads(result.stdout)
    assert list(diagnosis) == ["verdict", "mistakes"]
    assert diagnosis["verdict"] == "found"
    assert [list(mistake) for mistake in diagnosis["mistakes"]] == [
        ["id", "explanation", "fix", "page"]
    ]


def test_both_texts_are_shown_with_their_first_difference() -> None:
    result = run(*make_options(QUERY, sign_parts(ISO, "get", QUERY[2])), **KEYS)

    right, wrong, mark = result.stdout.splitlines()[-3:]
    at = mark.index("^")
    assert (right[at], wrong[at]) == ("G", "g")
    assert right[:at].removeprefix("To be signed: ") == wrong[:at].removeprefix("Was signed:   ")
    assert mark.endswith("the first difference: character 25")


def test_a_difference_far_inside_is_shown_with_what_is_around_it() -> None:
    request = (ISO, "POST", ORDER, json.dumps({"a": "é" * 90, "b": "\t<"}))
    compact = json.dumps({"a": "é" * 90, "b": "\t<"}, separators=(",", ":"))
    result = run(*make_options(request, sign_parts(ISO, "POST", ORDER, compact)), **KEYS)

    right, wrong, mark = result.stdout.splitlines()[-3:]
    assert (right[mark.index("^")], wrong[mark.index("^")]) == (" ", '"')
    assert result.stdout.isascii() or "…" in result.stdout


@pytest.mark.parametrize(
    ("request_", "rejected"), [(GET, sign_parts(*GET)), (POST, sign_parts(*POST))]
)
def test_a_right_signature_is_said_to_be_right(request_: Request, rejected: str) -> None:
    result = run(*make_options(request_, rejected), **KEYS)

    assert result.exit_code == 0
    assert result.stdout.startswith("The signature is right")


def test_if_nothing_fits_it_says_what_was_ruled_out() -> None:
    result = run(*make_options(QUERY, sign_parts("nothing", "like", "it")), **KEYS)

    assert result.exit_code == 1
    assert "Ruled out, each alone and in pairs:\n  query-missing, query-sorted," in result.stdout
    assert "1. The secret is another key's" in result.stdout
    assert run("--json", *make_options(QUERY, sign_parts("x")), **KEYS).stdout.split() == [
        "{",
        '"verdict":',
        '"unknown",',
        '"mistakes":',
        "[]",
        "}",
    ]


def test_a_long_request_says_that_pairs_were_not_tried() -> None:
    request = (ISO, "POST", ORDER, "x" * 3000)

    assert (
        "at most the common ones in pairs"
        in run(*make_options(request, sign_parts("x")), **KEYS).stdout
    )


def test_a_wrong_secret_is_no_mistake_in_the_text() -> None:
    result = run(*make_options(QUERY, sign_parts(*QUERY)), OKX_SECRET_KEY="FA4E" * 8)

    assert result.exit_code == 1


# --- the input ---------------------------------------------------------------------------


def test_a_pasted_dump_and_options_complete_each_other() -> None:
    dump = (
        f"> POST {ORDER} HTTP/1.1\n> OK-ACCESS-SIGN: {sign_parts(ISO, 'POST', ORDER)}\n"
        f"> OK-ACCESS-TIMESTAMP: {ISO}\n> Content-Length: {len(BODY)}\n>\n"
    )

    result = run("--body", BODY, stdin=dump, **KEYS)

    assert "\nbody-missing\n" in result.stdout


def test_the_secret_of_the_json_comes_before_that_of_the_environment() -> None:
    result = run(
        stdin=dump_request(GET, sign_parts(*GET), secret_key=SECRET), OKX_SECRET_KEY="other"
    )

    assert result.stdout.startswith("The signature is right")


def test_a_file_of_powershell_is_read() -> None:
    text = dump_request(GET, sign_parts(*GET)).encode("utf-16")

    assert run(stdin=text, **KEYS).stdout.startswith("The signature is right")


def test_there_is_no_option_for_the_secret() -> None:
    shown = CliRunner().invoke(main, ["diagnose", "--help"]).stdout

    assert "--secret" not in shown
    assert "--passphrase" not in shown


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        ("", "Not there: OK-ACCESS-TIMESTAMP, method, path, OK-ACCESS-SIGN."),
        ("> GET /api/v5/account/config HTTP/1.1\n> OK-ACC", "add --timestamp ... --signature ..."),
        (dump_request(GET, ""), "There, but empty: OK-ACCESS-SIGN (--signature). Was a variable"),
        ("> GET /api/v5/account/config HTTP/1.1\n> OK-ACCESS-SIGN: \n", "There, but empty: OK-ACC"),
        (dump_request(GET, "AkD5"), "has 4 characters"),
        (dump_request(GET, "AkD5YszBhggtIyjDlmTy"), "nor the beginning of the right one"),
        (dump_request(GET, "****masked****"), "Was it cut or masked?"),
        (dump_request(GET, sign_parts(*GET))[:-20], "not JSON"),
        (b"\x00\xff\xfe rubbish", "binary"),
        (b"\xff\xfe\x00\xd8rubbish", "Not there"),
        (bytes(range(1, 256)) * 40_000, "Not there"),
        ("no request at all\n" * 600_000, "Not there"),
        ("x" * ((32 << 20) + 1), "more than 32 MB"),
        (dump_request((ISO, "GET", "http://[::1/x", ""), sign_parts(*GET)), "cannot be read"),
        ('{"code":"50113","msg":"Invalid Sign"}', "This is what OKX answered. Paste the request"),
        ('{"path":"/api/v5","sign":"x"}', "call it request_path, not path; signature, not sign."),
        (dump_request(GET, "$SIGN"), "Not filled in yet: OK-ACCESS-SIGN. Paste what was sent"),
        (dump_request(("${TS}", *GET[1:]), "<signature>"), "OK-ACCESS-TIMESTAMP, OK-ACCESS-SIGN."),
        (
            dump_request((ISO, "GET", BALANCE[1:], ""), sign_parts(*GET)),
            "does not begin with a slash",
        ),
    ],
    ids=[
        "nothing",
        "half a dump",
        "no signature",
        "empty header",
        "short",
        "truncated",
        "masked",
        "half JSON",
        "binary",
        "UTF-16 rubbish",
        "10 MB of rubbish",
        "10 MB of log",
        "too much",
        "broken URL",
        "an answer",
        "other names",
        "a variable",
        "to fill in",
        "no slash",
    ],
)
def test_bad_input_is_told_and_nothing_of_it_is_repeated(stdin: str | bytes, message: str) -> None:
    result = run(stdin=stdin, **KEYS)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert len(result.stderr) < 300


@pytest.mark.parametrize("option", ["--timestamp", "--method", "--path", "--signature"])
def test_an_empty_option_is_told_before_anything_is_read(option: str) -> None:
    """A variable that is not set; without this, the command would wait for a paste."""
    arguments = make_options(GET, sign_parts(*GET))
    arguments[arguments.index(option) + 1] = ""

    result = run(*arguments, stdin=dump_request(GET, sign_parts(*GET)), **KEYS)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"({option}). Was a variable in it not set?" in result.stderr


def test_the_line_of_a_header_may_be_given_as_it_is() -> None:
    arguments = make_options(
        (f"OK-ACCESS-TIMESTAMP: {ISO}", *GET[1:]), f" ok-access-sign:{sign_parts(*GET)}"
    )

    assert run(*arguments, **KEYS).stdout.startswith("The signature is right")


NAMES = {SECRET: "secret key", PASSPHRASE: "passphrase", API_KEY: "API key"}


@pytest.mark.parametrize("string", NAMES, ids=list(NAMES.values()))
@pytest.mark.parametrize(
    "written",
    ["{}", "'{}'", '"{}"\n', "{}=", "OK-ACCESS-SIGN: {}"],
)
def test_a_string_of_the_key_in_the_place_of_the_signature_is_recognised(
    string: str, written: str
) -> None:
    forms = {
        string,
        string.upper(),
        quote(string),
        string.encode().hex(),
        base64.b64encode(string.encode()).decode(),
    }
    for form in forms:
        result = run(*make_options(GET, written.format(form)), **KEYS)

        assert (result.exit_code, result.stdout) == (2, "")
        assert f"given as the signature is the {NAMES[string]}. Give what was sent" in result.stderr
        assert form.lower() not in result.stderr.lower()
        assert len(result.stderr) < 300


@pytest.mark.parametrize("masked", ["*", "********", "***" + SECRET[-4:]])
def test_a_masked_signature_is_not_taken_for_a_string_of_the_key(masked: str) -> None:
    result = run(*make_options(GET, masked), **KEYS)

    assert result.exit_code == 2
    assert "signature" in result.stderr
    assert "given as the signature" not in result.stderr


def test_no_signature_is_taken_for_a_string_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    # This is decided before a search, and tests/diagnose/test_search.py names all of these.
    monkeypatch.setattr("okx_guide.diagnose.search.search", lambda *_, **__: Finding((), ""))
    codes = {
        rejected: run(*make_options(request_, rejected), **KEYS).exit_code
        for _, request_, rejected in SINGLE_MISTAKES
    }

    assert [rejected for rejected, code in codes.items() if code != 0] == []


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        (f"{SECRET}\n", "white space"),
        (f"'{SECRET}'", "quotes"),
        (f' "{SECRET}"', "white space and the quotes"),
    ],
)
def test_a_mangled_secret_is_taken_as_okx_made_it(secret: str, expected: str) -> None:
    result = run(*make_options(GET, sign_parts(*GET)), **{**KEYS, "OKX_SECRET_KEY": secret})

    assert result.stdout.startswith("The signature is right")
    assert result.stderr == f"Note: The secret is taken without the {expected} around it.\n"


def test_a_signature_with_a_mangled_secret_is_not_right() -> None:
    """The variable has the line end, and the program signed with it."""
    secret = f"{SECRET}\n"
    rejected = raw_http.signature(secret, *GET)

    result = run("--json", *make_options(GET, rejected), **{**KEYS, "OKX_SECRET_KEY": secret})

    assert [each["id"] for each in json.loads(result.stdout)["mistakes"]] == ["secret-whitespace"]


@pytest.mark.parametrize(("string", "name"), [(API_KEY, "API key"), (PASSPHRASE, "passphrase")])
def test_another_string_in_the_place_of_the_secret_is_told(string: str, name: str) -> None:
    result = run(*make_options(GET, sign_parts(*GET)), **{**KEYS, "OKX_SECRET_KEY": string})

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"The secret and the {name} are the same text" in result.stderr
    assert string not in result.stderr


def test_bare_words_are_refused_and_not_repeated() -> None:
    for word in ("50113", SECRET):
        result = run(word, **KEYS)

        assert (result.exit_code, result.stdout) == (2, "")
        assert "okx-guide explain CODE" in result.stderr
        assert word not in result.stderr


def test_a_post_without_a_body_is_asked_for_it() -> None:
    request = (ISO, "POST", ORDER, "")

    assert "You gave no body" in run(*make_options(request, sign_parts(*POST)), **KEYS).stdout
    assert "You gave no body" not in run(*make_options(POST, sign_parts("x")), **KEYS).stdout
    assert "You gave no body" not in run(*make_options(GET, sign_parts("x")), **KEYS).stdout


def test_the_truncated_right_signature_is_a_finding() -> None:
    assert "\nsignature-cut\n" in run(*make_options(GET, sign_parts(*GET)[:30]), **KEYS).stdout


# --- the secret --------------------------------------------------------------------------


# With each, the secret or the passphrase stands where it does not belong.
SPICED = [
    ((ISO, "GET", f"{BALANCE}?secret={SECRET}", ""), (ISO, "GET", BALANCE)),
    ((ISO, "GET", f"{BALANCE}?secret={SECRET}", ""), (ISO, "get", f"{BALANCE}?secret={SECRET}")),
    ((ISO, "POST", ORDER, f'{{"p":"{PASSPHRASE}"}}'), (ISO, "POST", ORDER)),
    ((ISO, "POST", ORDER, f'{{"p":"{PASSPHRASE}"}}'), (ISO, "POST", ORDER, str({"p": PASSPHRASE}))),
    ((ISO, "GET", f"/{SECRET}/config", ""), (ISO, "GET", f"{SECRET}/config")),
    ((PASSPHRASE, SECRET, ORDER, BODY), (SECRET, PASSPHRASE)),
]


@pytest.mark.parametrize(("sent", "text"), SPICED)
@pytest.mark.parametrize("arguments", [[], ["--json"]], ids=["words", "json"])
def test_no_output_holds_a_secret(
    sent: Request, text: tuple[str, ...], arguments: list[str]
) -> None:
    for signature in (sign_parts(*text), sign_parts(*sent), "cut"):
        result = run(*arguments, *make_options(sent, signature), **KEYS)
        assert SECRET.lower() not in result.output.lower()
        assert PASSPHRASE.lower() not in result.output.lower()
        assert result.output


@pytest.mark.parametrize("mistake", SINGLE_MISTAKES[1::4], ids=lambda mistake: mistake[0])
def test_no_explanation_holds_a_secret(mistake: tuple[str, Request, str]) -> None:
    result = run(*make_options(*mistake[1:]), **KEYS)

    assert (result.exit_code, result.stdout.split("\n")[2]) == (0, mistake[0])
    assert SECRET.lower() not in result.output.lower()
    assert PASSPHRASE.lower() not in result.output.lower()


def test_a_secret_in_the_path_is_hidden_where_it_stands() -> None:
    request = (ISO, "GET", f"{BALANCE}?secret={SECRET}", "")

    result = run(*make_options(request, sign_parts(ISO, "GET", BALANCE)), **KEYS)

    assert f"{BALANCE}?secret=***" in result.stdout.splitlines()[-3]


PROGRAM = Path(sys.executable).parent / "okx-guide"


def test_without_a_secret_and_a_terminal_it_says_where_to_put_it() -> None:
    environ = {name: value for name, value in os.environ.items() if name not in KEYS}
    result = subprocess.run(
        [PROGRAM, "diagnose"],
        input=dump_request(GET, sign_parts(*GET)),
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        start_new_session=True,  # without a terminal
    )

    assert (result.returncode, result.stdout) == (2, "")
    assert "Set OKX_SECRET_KEY" in result.stderr


def test_the_secret_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    dump = tmp_path / "dump.json"
    dump.write_text(dump_request(GET, sign_parts(*GET)), encoding="utf-8")
    child, terminal = pty.fork()
    if child == 0:  # the program, at a terminal, with its standard input from a file
        environ = {name: value for name, value in os.environ.items() if name not in KEYS}
        os.execve("/bin/sh", ["sh", "-c", f"exec {PROGRAM} diagnose < {dump}"], environ)  # noqa: S606  # our own program
    shown = b""
    while b"hidden" not in shown:
        shown += os.read(terminal, 1024)
    os.write(terminal, SECRET.encode() + b"\n")
    try:
        while part := os.read(terminal, 1024):
            shown += part
    except OSError:  # the program has ended
        pass
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert b"The signature is right" in shown
    assert SECRET.encode() not in shown


def test_the_command_says_what_the_module_finds() -> None:
    # tests/diagnose/test_search.py asks the module for these and all others.
    for expected, request_, rejected in DOUBLE_MISTAKES[::4]:
        result = run("--json", *make_options(request_, rejected), **KEYS)
        assert result.exit_code == 0
        assert expected == [mistake["id"] for mistake in json.loads(result.stdout)["mistakes"]]
