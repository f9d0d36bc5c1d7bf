import dataclasses
import io
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from okx_guide import Credentials
from okx_guide.redact import (
    WITHHELD,
    SecretFilter,
    contains_secret,
    hide_secrets,
    make_printable,
)
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


# --- in logs ------------------------------------------------------------------------------

CREDENTIALS = Credentials(PRACTICE_KEY.api_key, SECRET, PRACTICE_KEY.passphrase)


class Odd:
    """Cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no")


Log = tuple[logging.Logger, logging.Handler, io.StringIO]


@pytest.fixture
def log() -> Iterator[Log]:
    """A logger below another, the handler of that one, and what it writes."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.addFilter(SecretFilter(dataclasses.astuple(CREDENTIALS)))
    parent = logging.getLogger("tests.redact")
    parent.addHandler(handler)
    parent.propagate = False
    yield parent.getChild("bot"), handler, written
    parent.removeHandler(handler)


def send(secret_key: str) -> None:
    try:
        int(secret_key, base=10)
    except ValueError as error:
        raise RuntimeError({"passphrase": PRACTICE_KEY.passphrase}) from error


def is_clean(text: str) -> bool:
    return not contains_secret(text, dataclasses.astuple(CREDENTIALS))


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (f"sent {SECRET}", ()),
        ("sent %s", (SECRET,)),
        ("sent %(secret)s", ({"secret": SECRET},)),
        ("sent %s", ({"deep": [{"passphrase": PRACTICE_KEY.passphrase}]},)),
        ("sent %r to %s", (SECRET.encode(), "OKX")),
        ("sent %s", (quote(PRACTICE_KEY.passphrase).replace("-", "%2D"),)),
        ("sent %d", (SECRET,)),
        ("sent", (SECRET,)),
        (SECRET, (SECRET,)),
        ("sent %s %s", (SECRET,)),
    ],
)
def test_a_log_line_shows_no_secret(
    message: str,
    arguments: tuple[object, ...],
    log: Log,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger, _, written = log

    logger.warning(message, *arguments)

    assert written.getvalue().startswith("WARNING ")
    assert is_clean(written.getvalue())
    # Where the arguments do not fit, logging itself would print them.
    assert capsys.readouterr().err == ""


def test_a_traceback_in_a_log_shows_no_secret_and_keeps_no_frames(
    log: Log,
) -> None:
    logger, handler, written = log
    records: list[logging.LogRecord] = []
    handler.addFilter(lambda record: not records.append(record))  # type: ignore[func-returns-value]  # None, so true

    try:
        send(SECRET)
    except RuntimeError:
        logger.exception("failed", stack_info=True)

    text = written.getvalue()
    assert (
        "ValueError: invalid literal for int() with base 10: '****" in text,
        "RuntimeError: {'passphrase': '****" in text,
    ) == (
        True,
        True,
    )
    assert is_clean(text)
    assert records[0].exc_info is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SECRET, "*" * 32),
        ({"headers": {"OK-ACCESS-PASSPHRASE": PRACTICE_KEY.passphrase}}, None),
        ([CREDENTIALS.secret_key, 1], f"['{'*' * 32}', 1]"),
        (Odd(), "<cannot be shown>"),
        (17, 17),
        ({"code": "50113"}, {"code": "50113"}),
    ],
)
def test_what_extra_adds_to_a_record_holds_no_secret(value: object, expected: object) -> None:
    record = logging.makeLogRecord({"msg": "m", "detail": value})

    assert SecretFilter(dataclasses.astuple(CREDENTIALS)).filter(record)

    detail = vars(record)["detail"]
    assert detail == expected if expected is not None else is_clean(str(detail))


def test_a_log_line_without_a_secret_is_as_it_was(
    log: Log,
) -> None:
    logger, _, written = log

    logger.error("refused: %s after %d", "50113", 3)

    assert written.getvalue() == "ERROR refused: 50113 after 3\n"


def test_without_the_filter_the_same_line_shows_the_secret(
    log: Log,
) -> None:
    """The planted fault: what the tests above look at can hold a secret."""
    logger, handler, written = log
    handler.filters.clear()

    logger.warning("sent %s", SECRET)

    assert not is_clean(written.getvalue())
