"""What the practice exchange says in words beside OKX's codes, without any secret."""

import re
from urllib.parse import unquote, unquote_plus

from okx_guide.sandbox.state.keyring import Keyring

HIDDEN = "the request holds a secret where none belongs, so nothing of it is shown"
_AT_MOST = 600
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def make_printable(hint: str, keys: Keyring) -> str:
    """Return a hint that is short, printable ASCII and holds no secret of any key."""
    hint = HIDDEN if contains_secret(hint, keys) else hint
    printable = hint.encode("ascii", "backslashreplace").decode()
    printable = "".join(letter if letter.isprintable() else " " for letter in printable)
    # A header must not end in a space, and where it is cut there may be one.
    return printable[:_AT_MOST].rstrip()


def contains_secret(text: str, keys: Keyring) -> bool:
    """Return whether a secret or passphrase stands in a text, be it encoded or escaped."""
    forms = [_normalize(form) for form in (text, unquote(text), unquote_plus(text))]
    secrets = {_normalize(secret) for key in keys for secret in (key.secret_key, key.passphrase)}
    return any(secret in form for secret in secrets for form in forms)


def _normalize(text: str) -> str:
    text = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text.replace("\\", "").casefold()
