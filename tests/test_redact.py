import json
from urllib.parse import quote

import pytest

from okx_guide.redact import WITHHELD, contains_secret, hide_secrets, make_printable
from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.state.clock import Clock
from okx_guide.sandbox.state.keyring import Keyring
from okx_guide.sandbox.state.store import Store

SECRET = PRACTICE_KEY.secret_key


@pytest.fixture
def keyring() -> Keyring:
    keys = Keyring(Clock(), Store())
    keys.add(PRACTICE_KEY)
    return keys


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
def test_a_secret_is_found_and_hidden_in_every_form(keyring: Keyring, text: str) -> None:
    assert contains_secret(text, keyring.secrets)
    assert make_printable(text, keyring.secrets) == WITHHELD


@pytest.mark.parametrize("text", ["", "FACADE", "Practice", PRACTICE_KEY.api_key])
def test_what_is_no_secret_is_shown(keyring: Keyring, text: str) -> None:
    assert not contains_secret(text, keyring.secrets)
    assert make_printable(text, keyring.secrets) == text


def test_a_secret_of_a_key_that_is_gone_is_a_secret_no_more(keyring: Keyring) -> None:
    keyring.delete(PRACTICE_KEY.api_key)
    assert not contains_secret(SECRET, keyring.secrets)


def test_a_hint_fits_a_header(keyring: Keyring) -> None:
    hint = make_printable("ä\r\nSet-Cookie: a=b\x00 " + "x" * 570 + " " * 9, keyring.secrets)
    assert hint.startswith("\\xe4  Set-Cookie: a=b  x")
    assert hint.isprintable()
    assert hint.isascii()
    assert len(hint) < 600
    assert not hint.endswith(" ")


def test_an_empty_secret_is_in_no_text() -> None:
    assert not contains_secret("anything", [""])
    assert hide_secrets("anything", [""]) == "anything"
