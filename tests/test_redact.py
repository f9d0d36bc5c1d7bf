import json
from urllib.parse import quote

import pytest

from okx_guide.redact import WITHHELD, contains_secret, hide_secrets, make_printable
from okx_guide.sandbox import PRACTICE_KEY

SECRET = PRACTICE_KEY.secret_key
SECRETS = [SECRET, PRACTICE_KEY.passphrase]


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"signed {SECRET}, received nothing",
        SECRET.lower(),
        PRACTICE_KEY.passphrase.upper(),
        "".join(f"%{ord(letter):02x}" for letter in SECRET),
        "".join(f"\\u{ord(letter):04X}" for letter in SECRET),
        json.dumps(SECRET).replace("FACADE", "F\\ACADE"),
        quote(PRACTICE_KEY.passphrase).replace("-", "%2D"),
    ],
)
def test_a_secret_is_found_and_hidden_in_every_form(text: str) -> None:
    assert contains_secret(text, SECRETS)
    assert make_printable(text, SECRETS) == WITHHELD


@pytest.mark.parametrize("text", ["", "FACADE", "Practice", PRACTICE_KEY.api_key])
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert not contains_secret(text, SECRETS)
    assert make_printable(text, SECRETS) == text


def test_a_hint_fits_a_header() -> None:
    hint = make_printable("ä\r\nSet-Cookie: a=b\x00 " + "x" * 570 + " " * 9, SECRETS)
    assert hint.startswith("\\xe4  Set-Cookie: a=b  x")
    assert hint.isprintable()
    assert hint.isascii()
    assert len(hint) < 600
    assert not hint.endswith(" ")


def test_an_empty_secret_is_in_no_text() -> None:
    assert not contains_secret("anything", [""])
    assert hide_secrets("anything", [""]) == "anything"
