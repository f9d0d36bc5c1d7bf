import json
import os
import pickle
import traceback
from pathlib import Path
from typing import Any

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import Credentials, CredentialsError, credentials
from tests.support.keyrings import LockedKeyring, MemoryKeyring
from tests.support.properties import examples

KEY = "5a4db0c5-0000-4000-8000-00000000fa4e"
SECRET = "FA4EFA4EFA4EFA4EFA4EFA4EFA4EFA4E"
PASSPHRASE = "Fake-Pass-1"
ENVIRON = {"OKX_API_KEY": KEY, "OKX_SECRET_KEY": SECRET, "OKX_PASSPHRASE": PASSPHRASE}
OTHER_CONFIG = """
default_profile = "demo"
[profiles.demo]
api_key = '00000000-0000-4000-8000-0000000000de'
secret_key = 'DE00DE00DE00DE00DE00DE00DE00DE00'
passphrase = 'Other-Fake-2'
[profiles.live]
api_key = '00000000-0000-4000-8000-00000000001e'
secret_key = '1E001E001E001E001E001E001E001E00'
passphrase = 'Other-Fake-3'
"""
TEXTS = st.text(min_size=5) | st.text(
    st.characters(min_codepoint=33, max_codepoint=126), min_size=5
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(OTHER_CONFIG, encoding="utf-8")
    return path


def read_message(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_the_environment_gives_all_three() -> None:
    assert Credentials(KEY, SECRET, PASSPHRASE) == Credentials.from_env(ENVIRON)


def test_the_environment_is_read_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    assert Credentials(KEY, SECRET, PASSPHRASE) == Credentials.from_env()
    assert Credentials(KEY, SECRET, PASSPHRASE) == Credentials.load()


@pytest.mark.parametrize("missing", ENVIRON)
@pytest.mark.parametrize("empty", [True, False])
def test_two_of_three_are_never_completed_from_a_file(
    missing: str, empty: bool, config: Path
) -> None:
    environ = {name: value for name, value in ENVIRON.items() if name != missing}
    if empty:
        environ[missing] = ""
    with pytest.raises(CredentialsError, match=rf"the environment has no {missing}: take all"):
        Credentials.load(environ, config)


def test_the_error_can_be_sent_from_one_process_to_another() -> None:
    error = CredentialsError("the file has no key", "take all three from one key")

    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes

    assert (str(error), error.fix) == (str(copy), copy.fix)
    assert str(error) == "the file has no key: take all three from one key."


def test_one_message_names_everything_that_is_missing() -> None:
    with pytest.raises(CredentialsError, match="no OKX_SECRET_KEY and no OKX_PASSPHRASE"):
        Credentials.from_env({"OKX_API_KEY": KEY})


def test_the_file_is_read_if_the_environment_has_none_of_the_three(config: Path) -> None:
    environ = {"HOME": "/", "OKX_API_BASE_URL": "http://127.0.0.1:1", "OKX_API_KEY": ""}
    assert Credentials.from_file(config, "demo") == Credentials.load(environ, config)


def test_a_named_profile_wins_over_the_environment(config: Path) -> None:
    expected = Credentials(
        "00000000-0000-4000-8000-00000000001e", "1E001E001E001E001E001E001E001E00", "Other-Fake-3"
    )
    assert expected == Credentials.load(ENVIRON, config, "live")
    assert expected == Credentials.from_file(config, "live")
    assert expected == Credentials.from_file(str(config), profile="live")


def test_the_usual_file_is_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".okx").mkdir()
    (tmp_path / ".okx" / "config.toml").write_text(OTHER_CONFIG, encoding="utf-8")
    assert Credentials.from_file().passphrase == "Other-Fake-2"


@pytest.mark.parametrize("field", ["api_key", "secret_key", "passphrase"])
def test_a_profile_is_not_completed_from_another_or_from_the_environment(
    field: str, config: Path
) -> None:
    lines = OTHER_CONFIG.splitlines()
    first = next(line for line in lines if line.startswith(field))
    lines.remove(first)
    config.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CredentialsError, match=f"profile demo has no {field}: take all three"):
        Credentials.load({}, config)


@pytest.mark.parametrize("name", ["prod", "demo.api_key", "DEMO", "default_profile"])
def test_a_profile_that_does_not_exist_is_named(name: str, config: Path) -> None:
    with pytest.raises(CredentialsError, match=rf"has no table \[profiles\.{name}\]"):
        Credentials.from_file(config, name)


@pytest.mark.parametrize(
    "secret", [SECRET, PASSPHRASE, "22582BD0CFF14C41EDBF1AB98506286D", "22582bd0-cff1", "a b"]
)
def test_a_secret_in_the_place_of_a_profile_is_not_repeated(secret: str, config: Path) -> None:
    with pytest.raises(CredentialsError, match="has no table of that name") as caught:
        Credentials.from_file(config, secret)
    assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "[profiles.demo]", "default_profile = ''", "default_profile = []", "default_profile = 1"],
)
def test_without_a_default_a_profile_must_be_named(text: str, config: Path) -> None:
    config.write_text(text, encoding="utf-8")
    with pytest.raises(CredentialsError, match=r"names no default_profile, .*: add .* or name"):
        Credentials.from_file(config)


@pytest.mark.parametrize("profiles", ["profiles = 1", "profiles = ['demo']", "profiles.demo = 1"])
def test_a_profile_that_is_no_table_is_refused(profiles: str, config: Path) -> None:
    config.write_text(f"default_profile = 'demo'\n{profiles}", encoding="utf-8")
    with pytest.raises(CredentialsError, match=r"has no table \[profiles\.demo\]"):
        Credentials.from_file(config)


def test_a_missing_file_says_what_else_can_be_done(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match=r"none\.toml does not exist: create it, or set OKX"):
        Credentials.from_file(tmp_path / "none.toml")


def test_a_folder_instead_of_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match=r"cannot be read \(Is a directory\)"):
        Credentials.from_file(tmp_path)


def test_an_unreadable_file_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may read everything, so the refusal of the system is played.
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(
        CredentialsError, match=r"config\.toml cannot be read \(Permission denied\)"
    ):
        Credentials.from_file(config)


def test_a_machine_without_a_home_folder_is_told_so() -> None:
    with pytest.raises(CredentialsError, match="there is no home folder"):
        Credentials.from_file("~no-such-user-here/.okx/config.toml")


@pytest.mark.parametrize(
    "text",
    [
        f"[profiles.demo]\nsecret_key = {SECRET}",
        f"[profiles.demo]\nsecret_key = '{SECRET}",
        f"[profiles.demo]\n{SECRET}",
        f'[profiles.demo]\nsecret_key = "{SECRET}\\q"',
        f"[profiles.demo]\nsecret_key = '{SECRET}'\nsecret_key = '{SECRET}'",
        f"[{SECRET}]\n[{SECRET}]",
        f"secret_key = '{SECRET}'\nx = " + "[" * 5000,
    ],
)
def test_a_file_that_is_not_toml_is_not_quoted(text: str, config: Path) -> None:
    config.write_text(text, encoding="utf-8")
    with pytest.raises(
        CredentialsError, match=r"not valid TOML(?: at line [1-4])?: put each value in 'single"
    ) as info:
        Credentials.from_file(config)
    assert SECRET not in read_message(info.value)


def test_a_file_in_another_encoding_is_not_quoted(config: Path) -> None:
    config.write_bytes(f"# é\n[profiles.demo]\nsecret_key = '{SECRET}'".encode("latin-1"))
    with pytest.raises(CredentialsError, match="not UTF-8 text: save it as UTF-8") as info:
        Credentials.from_file(config)
    assert SECRET not in read_message(info.value)


def test_the_line_that_is_not_toml_is_named(config: Path) -> None:
    config.write_text(f"[profiles.demo]\n\nsecret_key = {SECRET}\n", encoding="utf-8")
    with pytest.raises(CredentialsError, match="is not valid TOML at line 3: "):
        Credentials.from_file(config)


def test_a_byte_order_mark_before_the_file_does_no_harm(config: Path) -> None:
    rows = f"api_key = '{KEY}'\nsecret_key = '{SECRET}'\npassphrase = '{PASSPHRASE}'"
    config.write_text(f"[profiles.demo]\n{rows}", encoding="utf-8-sig")
    assert Credentials.from_file(config, "demo").secret_key == SECRET


@pytest.mark.parametrize("value", ["1", "true", "1.5", "['x']", "{ x = 'y' }", "2026-08-22"])
@pytest.mark.parametrize("field", ["api_key", "secret_key", "passphrase"])
def test_a_value_that_is_not_text_is_refused(field: str, value: str, config: Path) -> None:
    fields = {"api_key": f"'{KEY}'", "secret_key": f"'{SECRET}'", "passphrase": f"'{PASSPHRASE}'"}
    fields[field] = value
    table = "\n".join(f"{name} = {text}" for name, text in fields.items())
    config.write_text(f"[profiles.demo]\n{table}", encoding="utf-8")
    with pytest.raises(
        CredentialsError, match=rf"{field} \(OKX_\w+\) must be text, not \w+: quote"
    ):
        Credentials.from_file(config, "demo")


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("space", ["{} ", " {}", "{}\n", "{}\r\n", "\t{}", "{}\u3000", "\xa0{}"])
def test_white_space_around_a_string_is_refused(space: str, position: int) -> None:
    strings = [KEY, SECRET, PASSPHRASE]
    strings[position] = space.format(strings[position])
    with pytest.raises(CredentialsError, match=r"has white space around it \(\d+ characters\)"):
        Credentials(*strings)


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_around_a_key_or_a_secret_are_refused(quote: str, position: int) -> None:
    strings = [KEY, SECRET, PASSPHRASE]
    strings[position] = quote + strings[position] + quote
    with pytest.raises(CredentialsError, match="has quotes around it"):
        Credentials(*strings)


@pytest.mark.parametrize("passphrase", ["'Fake-1'", '"', "$Fake!#1`", "Fa ke 1", "\\n{0}%s"])
def test_a_passphrase_may_look_odd(passphrase: str) -> None:
    assert passphrase == Credentials(KEY, SECRET, passphrase).passphrase


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize(
    "bad", ["é", "密", "\u200b", "\ufeff", "\x00", "\r\nX: y", "\x7f", "\udcff"]
)
def test_a_character_that_no_header_carries_is_refused(bad: str, position: int) -> None:
    strings = [KEY, SECRET, PASSPHRASE]
    strings[position] = strings[position][:4] + bad + strings[position][4:]
    with pytest.raises(CredentialsError, match="has a character that no HTTP header can carry"):
        Credentials(*strings)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("value", ["", None, 1, b"FAKE"])
def test_empty_and_other_types_are_refused_without_a_source(position: int, value: Any) -> None:
    strings: list[Any] = [KEY, SECRET, PASSPHRASE]
    strings[position] = value
    with pytest.raises(CredentialsError, match=r"is empty|must be text"):
        Credentials(*strings)


@examples(200)
@given(strings=st.lists(TEXTS, min_size=3, max_size=3))
def test_whatever_is_refused_is_not_quoted(strings: list[str]) -> None:
    strings = [f"{text}~FAKE~{text}" for text in strings]
    try:
        shown = repr(Credentials(*strings))
    except CredentialsError as error:
        shown = read_message(error)
    assert "~FAKE~" not in shown


def test_no_way_of_printing_shows_a_secret() -> None:
    credentials = Credentials(KEY, SECRET, PASSPHRASE)
    expected = (
        "Credentials(api_key='…fa4e', secret_key=<32 characters>, passphrase=<11 characters>)"
    )
    ways = [repr(credentials), str(credentials), format(credentials), f"{credentials}"]
    assert [expected] * 4 == ways
    assert f"[{expected}]" == str([credentials])
    with pytest.raises(TypeError):
        json.dumps(credentials)


def test_a_traceback_through_credentials_shows_no_secret() -> None:
    credentials = Credentials(KEY, SECRET, PASSPHRASE)
    with pytest.raises(RuntimeError) as info:
        raise RuntimeError(credentials)
    assert SECRET not in read_message(info.value)
    assert PASSPHRASE not in read_message(info.value)
    with pytest.raises(AttributeError) as frozen:
        credentials.secret_key = "FAKE"  # type: ignore[misc]  # it is frozen, which is tested
    assert SECRET not in read_message(frozen.value)


def test_credentials_survive_a_trip_to_another_process() -> None:
    credentials = Credentials(KEY, SECRET, PASSPHRASE)
    assert credentials == pickle.loads(pickle.dumps(credentials))  # noqa: S301  # our own


def test_a_secret_in_the_place_of_the_key_is_not_shown() -> None:
    mixed_up = Credentials("FACADE00FACADE00FACADE00FACADE00", "FAKE", "FAKE")
    assert repr(mixed_up).startswith("Credentials(api_key=<not a key>, ")


def test_a_failed_comparison_shows_no_secret() -> None:
    first = Credentials(KEY, SECRET, PASSPHRASE)
    second = Credentials(KEY, "D1FFE2E27D1FFE2E27D1FFE2E27D1FF0", "Other-Fake-9")
    with pytest.raises(AssertionError) as info:
        assert first == second
    shown = str(info.value)
    assert "Credentials(api_key='…fa4e'" in shown
    assert [s for s in (SECRET, PASSPHRASE, second.secret_key, "Other-Fake") if s in shown] == []


@pytest.mark.parametrize("position", [0, 1, 2])
def test_credentials_are_equal_if_all_three_strings_are(position: int) -> None:
    strings = [KEY, SECRET, PASSPHRASE]
    first, same = Credentials(*strings), Credentials(*strings)
    strings[position] += "0"
    assert (first, hash(first)) == (same, hash(same))
    assert first != Credentials(*strings)
    assert first != (KEY, SECRET, PASSPHRASE)


@pytest.mark.parametrize("value", [None, 5, b"FAKE-SECRET", "x", ["FAKE-SECRET"]])
def test_whatever_is_half_made_can_be_shown(value: object) -> None:
    half = object.__new__(Credentials)
    assert repr(half) == (
        "Credentials(api_key=<not a key>, secret_key=<NoneType>, passphrase=<NoneType>)"
    )
    for name in ("api_key", "secret_key", "passphrase"):
        object.__setattr__(half, name, value)
        assert "FAKE-SECRET" not in repr(half)


# --- the keyring --------------------------------------------------------------------------

CREDENTIALS = Credentials(KEY, SECRET, PASSPHRASE)


def test_what_is_stored_in_the_keyring_is_read_from_it(memory_keyring: MemoryKeyring) -> None:
    CREDENTIALS.to_keyring("bot")

    assert Credentials.from_keyring("bot") == CREDENTIALS
    assert list(memory_keyring.entries) == [("okx-guide", "bot")]
    assert Credentials.from_keyring() is None


@pytest.mark.usefixtures("memory_keyring")
def test_the_environment_comes_before_the_keyring_and_that_before_the_file(config: Path) -> None:
    from_file = Credentials.from_file(config)
    assert from_file == Credentials.load({}, config)

    CREDENTIALS.to_keyring()
    assert Credentials.load({}, config) == CREDENTIALS

    changed = {**ENVIRON, "OKX_PASSPHRASE": "Other-Fake-9"}
    assert Credentials.from_env(changed) == Credentials.load(changed, config)


@pytest.mark.usefixtures("memory_keyring")
def test_a_profile_is_looked_for_in_the_keyring_first_and_then_in_the_file(config: Path) -> None:
    CREDENTIALS.to_keyring("demo")

    assert Credentials.load(ENVIRON, config, "demo") == CREDENTIALS
    assert Credentials.from_file(config, "live") == Credentials.load(ENVIRON, config, "live")


@pytest.mark.parametrize("environ", [{}, {"OKX_API_KEY": "", "OKX_PASSPHRASE": ""}])
def test_without_any_string_the_advice_is_to_set_them(environ: dict[str, str]) -> None:
    with pytest.raises(CredentialsError) as error:
        Credentials.from_env(environ)

    assert str(error.value) == (
        "the environment has no OKX_API_KEY and no OKX_SECRET_KEY and no OKX_PASSPHRASE: "
        "set all three, to the strings of one key."
    )


@pytest.mark.usefixtures("memory_keyring")
def test_half_a_key_in_the_environment_is_not_completed_from_the_keyring(config: Path) -> None:
    CREDENTIALS.to_keyring()

    with pytest.raises(CredentialsError, match="the environment has no OKX_API_KEY and no"):
        Credentials.load({"OKX_PASSPHRASE": PASSPHRASE}, config)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("", "holds no key of this guide"),
        (SECRET, "holds no key of this guide"),
        (json.dumps([KEY, SECRET]), "holds no key of this guide"),
        ("[" * 100_000, "holds no key of this guide"),
        (json.dumps({"api_key": KEY, "secret_key": SECRET}), "has no passphrase"),
        (json.dumps({"api_key": KEY, "secret_key": 5, "passphrase": "Fake-1"}), "must be text"),
    ],
)
def test_an_entry_that_is_no_key_is_refused_in_words(
    entry: str, message: str, memory_keyring: MemoryKeyring, config: Path
) -> None:
    memory_keyring.entries["okx-guide", "default"] = entry

    with pytest.raises(CredentialsError, match=message) as caught:
        Credentials.load({}, config)

    assert SECRET not in read_message(caught.value)


def test_without_a_keyring_the_file_is_read_and_nothing_can_be_stored(config: Path) -> None:
    assert Credentials.from_file(config) == Credentials.load({}, config)

    with pytest.raises(CredentialsError, match="no keyring that can be written"):
        CREDENTIALS.to_keyring()


def test_a_locked_keyring_is_named_and_repeats_no_secret(
    memory_keyring: MemoryKeyring, config: Path
) -> None:
    keyring.set_keyring(LockedKeyring())

    for call in (lambda: Credentials.load({}, config), CREDENTIALS.to_keyring):
        with pytest.raises(
            CredentialsError, match=r"refused \(KeyringLocked\): unlock it"
        ) as caught:
            call()
        assert SECRET not in str(caught.value)


def test_without_the_extra_the_file_is_read(
    config: Path, memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    CREDENTIALS.to_keyring()
    monkeypatch.setattr(credentials, "find_spec", lambda _: None)

    assert Credentials.from_file(config) == Credentials.load({}, config)
    with pytest.raises(CredentialsError, match=r"pip install 'okx-guide\[keyring\]'"):
        CREDENTIALS.to_keyring()
