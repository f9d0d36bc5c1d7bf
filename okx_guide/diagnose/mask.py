"""Hide secrets in a text that is shown, and leave every other character where it is."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

_HIDDEN = "*"
# One character, however it is written: as JSON or as a URL escapes it, or as it is.
_UNIT = re.compile(
    r"\\u[0-9a-fA-F]{4}|(?:%[89a-fA-F][0-9a-fA-F])+|%[0-7][0-9a-fA-F]|\\.|.", re.DOTALL
)


def mask(text: str, secrets: Iterable[str]) -> str:
    """Return the text with an asterisk for each character of a secret.

    A secret is recognised in any case, percent-encoded, with JSON escapes, as hex and as
    Base64. The text keeps its length, so that a place in it stays the same place.

    Examples:
        >>> mask("/api?secret=FAKE%2D1&ccy=BTC", ["FAKE-1"])
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


def _split_units(text: str) -> tuple[list[str], list[int]]:
    """Return each letter that is meant, and where it starts in the text; one start more."""
    letters: list[str] = []
    starts: list[int] = []
    for match in _UNIT.finditer(text):
        unit = match[0]
        if len(unit) == 6 and unit.startswith("\\u"):
            meant = chr(int(unit.removeprefix("\\u"), base=16))
        elif unit.startswith("\\"):
            meant = unit[1:] or unit
        else:
            meant = unquote(unit) if unit.startswith("%") else unit
        for letter in meant.lower():
            letters.append(letter)
            starts.append(match.start())
    return letters, [*starts, len(text)]
