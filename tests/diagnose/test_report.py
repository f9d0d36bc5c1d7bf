"""`okx-guide diagnose` names the mistake, and shows no secret."""

import base64
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from okx_guide.__main__ import main
from okx_guide.diagnose.search import search
from scripts.vectors import write as vectors
from tests.diagnose.test_search import (
    API_KEY,
    ASKED,
    BALANCE,
    BODY,
    GET,
    MADE,
    ORDER,
    PAIRS,
    PASSPHRASE,
    POST,
    SECRET,
    Request,
    arrived,
    signed,
)
from tests.support import wire
from tests.support.wire import ISO

INVALID = [case for make in vectors.FILES.values() for case in make()["invalid"]]
VALID = [case for make in vectors.FILES.values() for case in make()["valid"]]
KEYS = {"OKX_SECRET_KEY": SECRET, "OKX_PASSPHRASE": PASSPHRASE, "OKX_API_KEY": API_KEY}


def run(*arguments: str, stdin: str | bytes = "", **environ: str) -> Result:
    given: dict[str, str | None] = {**dict.fromkeys(KEYS, None), **environ}
    return CliRunner().invoke(main, ["diagnose", *arguments], input=stdin, env=given)


def options(request: Request, signature: str) -> list[str]:
    names = ("--timestamp", "--method", "--path", "--body")
    return [word for pair in zip(names, request, strict=True) for word in pair] + [
        "--signature",
        signature,
    ]


def as_json(request: Request, signature: str, **more: str) -> str:
    names = ("timestamp", "method", "request_path", "body")
    return json.dumps({**dict(zip(names, request, strict=True)), "signature": signature, **more})


def input_of(case: dict[str, Any], signature: str) -> str:
    names = ("timestamp", "method", "request_path", "body", "secret_key", "passphrase", "api_key")
    return json.dumps({**{name: case[name] for name in names}, "signature": signature})


# --- the verdict -------------------------------------------------------------------------


def test_every_invalid_vector_is_diagnosed(figures: list[str]) -> None:
    wrong = {}
    for case in INVALID:
        done = run("--json", stdin=input_of(case, case["rejected_signature"]))
        found = [mistake["id"] for mistake in json.loads(done.stdout)["mistakes"]]
        if (done.exit_code, found) != (0, [case["mistake"]]):
            wrong[case["id"]] = found

    right = len(INVALID) - len(wrong)
    figures.append(f"diagnose: {right} of {len(INVALID)} invalid vectors, the recorded mistake")
    assert wrong == {}


def test_every_valid_vector_is_correct() -> None:
    for case in VALID:
        done = run("--json", stdin=input_of(case, case["signature"]))
        assert (done.exit_code, json.loads(done.stdout)) == (
            0,
            {"verdict": "correct", "mistakes": []},
        ), case["id"]


@pytest.mark.parametrize(("expected", "request_", "rejected"), PAIRS[:3], ids=str)
def test_two_mistakes_are_told_in_words(
    expected: list[str], request_: Request, rejected: str
) -> None:
    done = run(*options(request_, rejected), **KEYS)

    assert done.exit_code == 0
    assert done.stdout.startswith("These 2 mistakes together make exactly your signature:")
    for mistake in expected:
        assert f"\n{mistake}\n  What: " in done.stdout


def test_json_has_these_names_and_no_others() -> None:
    done = run("--json", *options(ASKED, signed(ISO, "GET", BALANCE)), **KEYS)

    found = json.loads(done.stdout)
    assert list(found) == ["verdict", "mistakes"]
    assert found["verdict"] == "found"
    assert [list(mistake) for mistake in found["mistakes"]] == [
        ["id", "explanation", "fix", "page"]
    ]


def test_both_texts_are_shown_with_their_first_difference() -> None:
    done = run(*options(ASKED, signed(ISO, "get", ASKED[2])), **KEYS)

    right, wrong, mark = done.stdout.splitlines()[-3:]
    at = mark.index("^")
    assert (right[at], wrong[at]) == ("G", "g")
    assert right[:at].removeprefix("To be signed: ") == wrong[:at].removeprefix("Was signed:   ")
    assert mark.endswith("the first difference: character 25")


def test_a_difference_far_inside_is_shown_with_what_is_around_it() -> None:
    sent = (ISO, "POST", ORDER, json.dumps({"a": "é" * 90, "b": "\t<"}))
    compact = json.dumps({"a": "é" * 90, "b": "\t<"}, separators=(",", ":"))
    done = run(*options(sent, signed(ISO, "POST", ORDER, compact)), **KEYS)

    right, wrong, mark = done.stdout.splitlines()[-3:]
    assert (right[mark.index("^")], wrong[mark.index("^")]) == (" ", '"')
    assert done.stdout.isascii() or "…" in done.stdout


@pytest.mark.parametrize(("request_", "rejected"), [(GET, signed(*GET)), (POST, signed(*POST))])
def test_a_right_signature_is_said_to_be_right(request_: Request, rejected: str) -> None:
    done = run(*options(request_, rejected), **KEYS)

    assert done.exit_code == 0
    assert done.stdout.startswith("The signature is right")


def test_if_nothing_fits_it_says_what_was_ruled_out() -> None:
    done = run(*options(ASKED, signed("nothing", "like", "it")), **KEYS)

    assert done.exit_code == 1
    assert "Ruled out, each alone and in pairs:\n  query-missing, query-sorted," in done.stdout
    assert "1. The secret is another key's" in done.stdout
    assert run("--json", *options(ASKED, signed("x")), **KEYS).stdout.split() == [
        "{",
        '"verdict":',
        '"unknown",',
        '"mistakes":',
        "[]",
        "}",
    ]


def test_a_long_request_says_that_pairs_were_not_tried() -> None:
    sent = (ISO, "POST", ORDER, "x" * 3000)

    assert "at most the common ones in pairs" in run(*options(sent, signed("x")), **KEYS).stdout


def test_a_wrong_secret_is_no_mistake_in_the_text() -> None:
    done = run(*options(ASKED, signed(*ASKED)), OKX_SECRET_KEY="FA4E" * 8)

    assert done.exit_code == 1


# --- the input ---------------------------------------------------------------------------


def test_a_pasted_dump_and_options_complete_each_other() -> None:
    dump = (
        f"> POST {ORDER} HTTP/1.1\n> OK-ACCESS-SIGN: {signed(ISO, 'POST', ORDER)}\n"
        f"> OK-ACCESS-TIMESTAMP: {ISO}\n> Content-Length: {len(BODY)}\n>\n"
    )

    done = run("--body", BODY, stdin=dump, **KEYS)

    assert "\nbody-missing\n" in done.stdout


def test_the_secret_of_the_json_comes_before_that_of_the_environment() -> None:
    done = run(stdin=as_json(GET, signed(*GET), secret_key=SECRET), OKX_SECRET_KEY="other")

    assert done.stdout.startswith("The signature is right")


def test_a_file_of_powershell_is_read() -> None:
    text = as_json(GET, signed(*GET)).encode("utf-16")

    assert run(stdin=text, **KEYS).stdout.startswith("The signature is right")


def test_there_is_no_option_for_the_secret() -> None:
    shown = CliRunner().invoke(main, ["diagnose", "--help"]).stdout

    assert "--secret" not in shown
    assert "--passphrase" not in shown


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        ("", "Not there: OK-ACCESS-TIMESTAMP, method, path, OK-ACCESS-SIGN."),
        ("> GET /api/v5/account/config HTTP/1.1\n> OK-ACC", "add --timestamp ... --signature ..."),
        (as_json(GET, ""), "There, but empty: OK-ACCESS-SIGN (--signature). Was a variable"),
        ("> GET /api/v5/account/config HTTP/1.1\n> OK-ACCESS-SIGN: \n", "There, but empty: OK-ACC"),
        (as_json(GET, "AkD5"), "has 4 characters"),
        (as_json(GET, "AkD5YszBhggtIyjDlmTy"), "nor the beginning of the right one"),
        (as_json(GET, "****masked****"), "Was it cut or masked?"),
        (as_json(GET, signed(*GET))[:-20], "not JSON"),
        (b"\x00\xff\xfe rubbish", "binary"),
        (b"\xff\xfe\x00\xd8rubbish", "Not there"),
        (bytes(range(1, 256)) * 40_000, "Not there"),
        ("no request at all\n" * 600_000, "Not there"),
        ("x" * ((32 << 20) + 1), "more than 32 MB"),
        (as_json((ISO, "GET", "http://[::1/x", ""), signed(*GET)), "cannot be read"),
        ('{"code":"50113","msg":"Invalid Sign"}', "This is what OKX answered. Paste the request"),
        ('{"path":"/api/v5","sign":"x"}', "call it request_path, not path; signature, not sign."),
        (as_json(GET, "$SIGN"), "Not filled in yet: OK-ACCESS-SIGN. Paste what was sent"),
        (as_json(("${TS}", *GET[1:]), "<signature>"), "OK-ACCESS-TIMESTAMP, OK-ACCESS-SIGN."),
        (as_json((ISO, "GET", BALANCE[1:], ""), signed(*GET)), "does not begin with a slash"),
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
def test_bad_input_is_told_and_nothing_of_it_is_repeated(stdin: str | bytes, told: str) -> None:
    done = run(stdin=stdin, **KEYS)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert told in done.stderr
    assert len(done.stderr) < 300


@pytest.mark.parametrize("option", ["--timestamp", "--method", "--path", "--signature"])
def test_an_empty_option_is_told_before_anything_is_read(option: str) -> None:
    """A variable that is not set; without this, the command would wait for a paste."""
    given = options(GET, signed(*GET))
    given[given.index(option) + 1] = ""

    done = run(*given, stdin=as_json(GET, signed(*GET)), **KEYS)

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"({option}). Was a variable in it not set?" in done.stderr


def test_the_line_of_a_header_may_be_given_as_it_is() -> None:
    given = options((f"OK-ACCESS-TIMESTAMP: {ISO}", *GET[1:]), f" ok-access-sign:{signed(*GET)}")

    assert run(*given, **KEYS).stdout.startswith("The signature is right")


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
        done = run(*options(GET, written.format(form)), **KEYS)

        assert (done.exit_code, done.stdout) == (2, "")
        assert f"given as the signature is the {NAMES[string]}. Give what was sent" in done.stderr
        assert form.lower() not in done.stderr.lower()
        assert len(done.stderr) < 300


@pytest.mark.parametrize("masked", ["*", "********", "***" + SECRET[-4:]])
def test_a_masked_signature_is_not_taken_for_a_string_of_the_key(masked: str) -> None:
    done = run(*options(GET, masked), **KEYS)

    assert done.exit_code == 2
    assert "signature" in done.stderr
    assert "given as the signature" not in done.stderr


@pytest.mark.parametrize("found", [*MADE, *((None, *pair[1:]) for pair in PAIRS)], ids=str)
def test_no_signature_is_taken_for_a_string_of_the_key(found: tuple[str, Request, str]) -> None:
    request_, rejected = found[1:]

    assert run(*options(request_, rejected), **KEYS).exit_code != 2


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (f"{SECRET}\n", "white space"),
        (f"'{SECRET}'", "quotes"),
        (f' "{SECRET}"', "white space and the quotes"),
    ],
)
def test_a_mangled_secret_is_taken_as_okx_made_it(given: str, taken: str) -> None:
    done = run(*options(GET, signed(*GET)), **{**KEYS, "OKX_SECRET_KEY": given})

    assert done.stdout.startswith("The signature is right")
    assert done.stderr == f"Note: The secret is taken without the {taken} around it.\n"


def test_a_signature_with_a_mangled_secret_is_not_right() -> None:
    """The variable has the line end, and the program signed with it."""
    secret = f"{SECRET}\n"
    rejected = wire.signature(secret, *GET)

    done = run("--json", *options(GET, rejected), **{**KEYS, "OKX_SECRET_KEY": secret})

    assert [each["id"] for each in json.loads(done.stdout)["mistakes"]] == ["secret-whitespace"]


@pytest.mark.parametrize(("other", "name"), [(API_KEY, "API key"), (PASSPHRASE, "passphrase")])
def test_another_string_in_the_place_of_the_secret_is_told(other: str, name: str) -> None:
    done = run(*options(GET, signed(*GET)), **{**KEYS, "OKX_SECRET_KEY": other})

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"The secret and the {name} are the same text" in done.stderr
    assert other not in done.stderr


def test_bare_words_are_refused_and_not_repeated() -> None:
    for word in ("50113", SECRET):
        done = run(word, **KEYS)

        assert (done.exit_code, done.stdout) == (2, "")
        assert "okx-guide explain CODE" in done.stderr
        assert word not in done.stderr


def test_a_post_without_a_body_is_asked_for_it() -> None:
    sent = (ISO, "POST", ORDER, "")

    assert "You gave no body" in run(*options(sent, signed(*POST)), **KEYS).stdout
    assert "You gave no body" not in run(*options(POST, signed("x")), **KEYS).stdout
    assert "You gave no body" not in run(*options(GET, signed("x")), **KEYS).stdout


def test_the_truncated_right_signature_is_a_finding() -> None:
    assert "\nsignature-cut\n" in run(*options(GET, signed(*GET)[:30]), **KEYS).stdout


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
    for signature in (signed(*text), signed(*sent), "cut"):
        done = run(*arguments, *options(sent, signature), **KEYS)
        assert SECRET.lower() not in done.output.lower()
        assert PASSPHRASE.lower() not in done.output.lower()
        assert done.output


@pytest.mark.parametrize("made", MADE[1::4], ids=lambda made: made[0])
def test_no_explanation_holds_a_secret(made: tuple[str, Request, str]) -> None:
    done = run(*options(*made[1:]), **KEYS)

    assert (done.exit_code, done.stdout.split("\n")[2]) == (0, made[0])
    assert SECRET.lower() not in done.output.lower()
    assert PASSPHRASE.lower() not in done.output.lower()


def test_a_secret_in_the_path_is_hidden_where_it_stands() -> None:
    sent = (ISO, "GET", f"{BALANCE}?secret={SECRET}", "")

    done = run(*options(sent, signed(ISO, "GET", BALANCE)), **KEYS)

    assert f"{BALANCE}?secret=***" in done.stdout.splitlines()[-3]


PROGRAM = Path(sys.executable).parent / "okx-guide"


def test_without_a_secret_and_a_terminal_it_says_where_to_put_it() -> None:
    environ = {name: value for name, value in os.environ.items() if name not in KEYS}
    done = subprocess.run(
        [PROGRAM, "diagnose"],
        input=as_json(GET, signed(*GET)),
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,  # without a terminal
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "Set OKX_SECRET_KEY" in done.stderr


def test_the_secret_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    dump = tmp_path / "dump.json"
    dump.write_text(as_json(GET, signed(*GET)), encoding="utf-8")
    child, terminal = pty.fork()
    if child == 0:  # the program, at a terminal, with its standard input from a file
        environ = {name: value for name, value in os.environ.items() if name not in KEYS}
        os.execve("/bin/sh", ["sh", "-c", f"exec {PROGRAM} diagnose < {dump}"], environ)  # noqa: S606
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
    for expected, request_, rejected in PAIRS:
        found = search(arrived(request_, rejected), SECRET, passphrase=PASSPHRASE, api_key=API_KEY)
        done = run("--json", *options(request_, rejected), **KEYS)
        assert found is not None
        assert expected == [mistake["id"] for mistake in json.loads(done.stdout)["mistakes"]]
