"""Hide known secrets in a text."""

import base64
import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

API_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
"""The form of an API key: a UUID, as every key in OKX's documents and in public reports is.
See fact `key-shape`."""

WITHHELD = "the request holds a secret where none belongs, so nothing of it is shown"
"""What stands in place of a text that holds a secret."""

_HIDDEN = "*"
_PRINTED_AT_MOST = 600
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
# One character: plain, or escaped as in JSON or in a URL.
_UNIT = re.compile(
    r"\\u[0-9a-fA-F]{4}|(?:%[89a-fA-F][0-9a-fA-F])+|%[0-7][0-9a-fA-F]|\\.|.", re.DOTALL
)


def hide_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return the text with an asterisk for each character of a secret.

    A secret is recognised in any case, percent-encoded, with JSON escapes, as hex and as
    Base64. The text keeps its length, so that positions in it stay valid.

    Examples:
        >>> hide_secrets("/api?secret=FAKE%2D1&ccy=BTC", ["FAKE-1"])
        '/api?secret=********&ccy=BTC'
    """
    hidden: set[int] = set()
    written: tuple[list[str], list[int]] | None = None
    for secret in filter(None, secrets):
        raw = secret.encode("utf-8", "replace")
        for form in {secret, raw.hex(), base64.b64encode(raw).decode().rstrip("="), quote(secret)}:
            for match in re.finditer(re.escape(form), text, re.IGNORECASE):
                hidden.update(range(*match.span()))
        if "\\" in text or "%" in text:
            written = written or _split_units(text)
            letters, starts = written
            for match in re.finditer(re.escape(secret.lower()), "".join(letters)):
                hidden.update(range(starts[match.start()], starts[match.end()]))
    return "".join(_HIDDEN if at in hidden else letter for at, letter in enumerate(text))


class SecretFilter(logging.Filter):
    """Hide secrets in log records; add it to every handler.

    It covers the message with its arguments, the traceback, the stack and what `extra=` adds.
    A traceback becomes text, so that no handler can show the variables of its frames.
    A filter of a logger does not see the records of the loggers below it; one of a handler sees
    everything that the handler writes.

    Args:
        secrets: The strings to hide, such as `dataclasses.astuple(credentials)`.

    Examples:
        >>> record = logging.makeLogRecord({"msg": "sent %s", "args": ({"secret": "FAKE-1"},)})
        >>> SecretFilter(["FAKE-1"]).filter(record), record.getMessage()
        (True, "sent {'secret': '******'}")
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(filter(None, secrets))

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide the secrets of a record; never drop it."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  # logging would print the arguments, whatever is wrong
            message = f"{record.msg} (its arguments do not fit)"
        record.msg, record.args = self._hide(message), None
        if record.exc_info:
            record.exc_text = record.exc_text or _FORMATTER.formatException(record.exc_info)
            record.exc_info = None
        for name, value in vars(record).items():
            if name not in _OF_LOGGING:
                setattr(record, name, self._hide_within(value))
        return True

    def _hide(self, text: str) -> str:
        return hide_secrets(text, self._secrets)

    def _hide_within(self, value: Any) -> Any:
        """Return a value as it is, or as text if its text holds a secret."""
        try:
            text = str(value)
        except Exception:  # noqa: BLE001  # a log line must not end the program
            return "<cannot be shown>"
        hidden = self._hide(text)
        return value if hidden == text else hidden


_FORMATTER = logging.Formatter()
# The fields that logging itself sets, except those with arbitrary text.
_OF_LOGGING = frozenset(vars(logging.makeLogRecord({}))) - {"exc_text", "stack_info"}


def _split_units(text: str) -> tuple[list[str], list[int]]:
    """Return the unescaped letters and the start of each in the text, plus the end."""
    letters: list[str] = []
    starts: list[int] = []
    for match in _UNIT.finditer(text):
        unit = match[0]
        if len(unit) == 6 and unit.startswith("\\u"):
            decoded = chr(int(unit.removeprefix("\\u"), base=16))
        elif unit.startswith("\\"):
            decoded = unit[1:] or unit
        else:
            decoded = unquote(unit) if unit.startswith("%") else unit
        for letter in decoded.lower():
            letters.append(letter)
            starts.append(match.start())
    return letters, [*starts, len(text)]


def contains_secret(text: str, secrets: Iterable[str]) -> bool:
    """Return whether a text contains a secret, in any case, encoded or escaped.

    Examples:
        >>> contains_secret("FAKE%2d1", ["fake-1"]), contains_secret("FAKE", ["fake-1"])
        (True, False)
    """
    forms = [_unescape(form) for form in (text, unquote(text), unquote_plus(text))]
    return any(_unescape(secret) in form for secret in filter(None, secrets) for form in forms)


def make_printable(text: str, secrets: Iterable[str]) -> str:
    """Return a text as printable ASCII that fits a header, or `WITHHELD` if it holds a secret."""
    text = WITHHELD if contains_secret(text, secrets) else text
    escaped = text.encode("ascii", "backslashreplace").decode()
    printable = "".join(letter if letter.isprintable() else " " for letter in escaped)
    # A header must not end in a space, which the cut may leave.
    return printable[:_PRINTED_AT_MOST].rstrip()


def _unescape(text: str) -> str:
    text = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text.replace("\\", "").casefold()
