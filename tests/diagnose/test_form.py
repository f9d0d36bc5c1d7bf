"""What OKX refuses anyway is said, though the signature is right; a right request is right."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from click.testing import CliRunner

from okx_guide.__main__ import main
from okx_guide.diagnose import report
from okx_guide.diagnose.pasted import Pasted
from okx_guide.diagnose.variants import Keys
from tests.support.javascript import run_node
from tests.support.raw_http import ISO
from tests.support.rejections import (
    API_KEY,
    BALANCE,
    BODY,
    CONFIG,
    ORDER,
    SECRET,
    sign_parts,
)

Parts = tuple[str, str, str, str]

# The signature of each is right for what is sent.
REFUSED: dict[str, tuple[Parts, list[str]]] = {
    "Unix milliseconds": (("1607418537715", "GET", CONFIG, ""), ["timestamp-unix"]),
    "Unix seconds": (("1607418537", "GET", CONFIG, ""), ["timestamp-unix"]),
    "Unix seconds with decimals": (("1607418537.715", "GET", CONFIG, ""), ["timestamp-unix"]),
    "no Z": ((ISO[:-1], "GET", CONFIG, ""), ["timestamp-text"]),
    "an offset": (("2020-12-08T17:08:57.715+08:00", "GET", CONFIG, ""), ["timestamp-text"]),
    "a blank": ((ISO.replace("T", " "), "GET", CONFIG, ""), ["timestamp-text"]),
    "no such day": (("2020-02-30T09:08:57.715Z", "GET", CONFIG, ""), ["timestamp-text"]),
    "no such hour": (("2020-02-20T24:00:00.000Z", "GET", CONFIG, ""), ["timestamp-text"]),
    "a path of elsewhere": ((ISO, "GET", "/v5/account/config", ""), ["path-unknown"]),
    "two at once": (("1607418537", "POST", "/order", BODY), ["timestamp-unix", "path-unknown"]),
    "a login in milliseconds": (
        ("1607418537715", "GET", "/users/self/verify", ""),
        ["login-milliseconds"],
    ),
    "a login at an ISO time": ((ISO, "GET", "/users/self/verify", ""), ["login-timestamp"]),
}

# The same, but sources disagree on whether OKX refuses it.
DISPUTED: dict[str, tuple[Parts, list[str]]] = {
    "no milliseconds": (("2020-12-08T09:08:57Z", "GET", CONFIG, ""), ["timestamp-seconds"]),
    **{
        f"{len(digits)} digits": (
            (f"2020-12-08T09:08:57.{digits}Z", "GET", CONFIG, ""),
            ["timestamp-fraction"],
        )
        for digits in ("7", "57", "715123", "7151234", "715000000")
    },
}

RIGHT: dict[str, Parts] = {
    "a GET": (ISO, "GET", f"{BALANCE}?ccy=BTC", ""),
    "a POST": (ISO, "POST", ORDER, BODY),
    "three zeros": ("2020-12-08T09:08:57.000Z", "GET", CONFIG, ""),
    "a leap day": ("2024-02-29T09:08:57.715Z", "GET", CONFIG, ""),
    "a login": ("1607418537", "GET", "/users/self/verify", ""),
    "a login with decimals": ("1607418537.715", "GET", "/users/self/verify", ""),
    "a POST without a body": (ISO, "POST", ORDER, ""),
}


def diagnose(
    parts: Parts, signature: str, api_key: str = API_KEY, *, rare: bool = True
) -> report.Diagnosis:
    request = report.build_request(Pasted(*parts, signature))
    return report.diagnose_request(request, Keys(SECRET, "", api_key), rare=rare)


def list_ids(diagnosis: report.Diagnosis) -> list[str]:
    return [each["id"] for each in diagnosis.to_json()["mistakes"]]


@pytest.mark.parametrize("name", REFUSED)
def test_a_right_signature_on_a_wrong_form_is_not_called_right(name: str) -> None:
    parts, expected = REFUSED[name]
    diagnosis = diagnose(parts, sign_parts(*parts))
    assert (expected, "found") == (list_ids(diagnosis), diagnosis.verdict)
    text = report.describe(diagnosis, Keys(SECRET))
    assert text.startswith("OKX refuses this, whatever the signature is:")
    assert text.endswith("Otherwise the signature fits the request. Repair that, and sign again.")
    assert "The signature is right" not in text


@pytest.mark.parametrize("name", DISPUTED)
def test_a_form_that_sources_dispute_is_not_said_to_be_refused(name: str) -> None:
    parts, expected = DISPUTED[name]
    diagnosis = diagnose(parts, sign_parts(*parts))
    assert (expected, "found") == (list_ids(diagnosis), diagnosis.verdict)
    text = report.describe(diagnosis, Keys(SECRET))
    assert text.startswith("This is not the form that OKX documents:")
    assert "ources disagree" in text
    assert "OKX refuses this" not in text
    assert text.endswith("The signature fits the request.")


def test_what_is_refused_and_what_is_disputed_have_a_heading_each() -> None:
    parts = ("2020-12-08T09:08:57.7Z", "GET", "/v5/account/config", "")
    text = report.describe(diagnose(parts, sign_parts(*parts)), Keys(SECRET))
    refused, disputed = text.split("This is not the form that OKX documents:")
    assert ("path-unknown" in refused, "timestamp-fraction" in disputed) == (True, True)
    assert text.endswith("Repair that, and sign again.")


def test_the_digits_are_counted() -> None:
    assert "has 1 digit after" in _describe_fraction("7")
    assert "has 6 digits after" in _describe_fraction("715123")


def _describe_fraction(digits: str) -> str:
    parts = (f"2020-12-08T09:08:57.{digits}Z", "GET", CONFIG, "")
    return report.describe(diagnose(parts, sign_parts(*parts)), Keys(SECRET))


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_signature_on_a_right_form_has_no_mistake(name: str) -> None:
    diagnosis = diagnose(RIGHT[name], sign_parts(*RIGHT[name]))
    assert (list_ids(diagnosis), diagnosis.verdict) == ([], "correct")


@pytest.mark.parametrize("method", ["get", "Get", "GET"])
def test_a_method_is_taken_as_the_client_sends_it(method: str) -> None:
    parts = (ISO, method, CONFIG, "")
    assert diagnose(parts, sign_parts(ISO, "GET", CONFIG)).verdict == "correct"
    assert list_ids(diagnose(parts, sign_parts(ISO, "get", CONFIG))) == ["method-case"]


def test_the_form_is_said_first_and_nothing_twice() -> None:
    both = diagnose(
        ("1607418537", "GET", f"{BALANCE}?a=1", ""), sign_parts("1607418537GET", BALANCE)
    )
    assert list_ids(both) == ["timestamp-unix", "query-missing"]
    # The signature says it already.
    diagnosis = diagnose(("1607418537715", "GET", CONFIG, ""), sign_parts(ISO, "GET", CONFIG))
    assert list_ids(diagnosis) == ["epoch-sent"]


def test_an_unknown_signature_stays_unknown_beside_a_wrong_form() -> None:
    diagnosis = diagnose(("1607418537", "GET", CONFIG, ""), sign_parts("nothing like it"))
    assert (list_ids(diagnosis), diagnosis.verdict) == (["timestamp-unix"], "unknown")
    assert "No known mistake" in report.describe(diagnosis, Keys(SECRET))


@pytest.mark.parametrize(
    ("api_key", "expected"),
    [
        (API_KEY, []),
        (API_KEY[:-1], ["key-form"]),
        ("FAKE", ["key-form"]),
        ("", []),
        ("37c5****-8038", []),
        ("<api-key>", []),
        ("xxxxxxxx-xxxx", []),
    ],
)
def test_a_key_that_cannot_be_one_is_named_unless_it_is_masked(
    api_key: str, expected: list[str]
) -> None:
    diagnosis = diagnose(RIGHT["a GET"], sign_parts(*RIGHT["a GET"]), api_key)
    assert expected == list_ids(diagnosis)
    assert "FAKE" not in report.describe(diagnosis, Keys(SECRET, "", api_key))


def test_curl_sends_a_method_as_it_stands() -> None:
    command = f"curl -X get https://openapi.okx.com{CONFIG} -H 'OK-ACCESS-SIGN: x'"
    result = CliRunner().invoke(main, ["diagnose"], input=command, env={"OKX_SECRET_KEY": SECRET})
    assert result.exit_code == 2
    assert "write -X GET" in result.stderr


def test_the_page_gives_the_same_verdict() -> None:
    program = """
        const { diagnose } = await import("./diagnose/form.js");
        const results = [];
        for (const one of given) results.push(await diagnose(one, one));
        console.log(JSON.stringify(results));
    """
    cases: list[dict[str, Any]] = []
    expected = []
    requests = [parts for parts, _ in (*REFUSED.values(), *DISPUTED.values())]
    requests += RIGHT.values()
    inputs = [(parts, sign_parts(*parts), API_KEY) for parts in requests]
    # With a mistake of the signature beside that of the form, and four that nothing explains.
    alike = [parts for parts in requests if parts[2] == CONFIG]
    inputs += [(parts, sign_parts(ISO, "GET", CONFIG), API_KEY) for parts in alike]
    inputs += [(RIGHT["a GET"], sign_parts(*RIGHT["a GET"]), key) for key in ("FAKE", "3***", "")]
    for parts, signature, api_key in inputs:
        # A page leaves the rarer mistakes to the command.
        diagnosis = diagnose(parts, signature, api_key, rare=False)
        names = ("timestamp", "method", "request_path", "body")
        keys = {"secret_key": SECRET, "api_key": api_key, "signature": signature}
        cases.append({**dict(zip(names, parts, strict=True)), **keys})
        rows = [[asdict(each) for each in group] for group in (diagnosis.forms, diagnosis.mistakes)]
        expected.append((diagnosis.verdict, *rows))

    verdicts = [
        (answer["verdict"], answer["forms"], answer["mistakes"])
        for answer in run_node(program, cases)
    ]

    assert json.loads(json.dumps(expected)) == json.loads(json.dumps(verdicts))
