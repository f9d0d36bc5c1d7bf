"""What people use as the key of the HMAC in place of the secret.

`docs/javascripts/diagnose/secret.js` is the same in JavaScript; tables are in `mistakes.json`,
which both read.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from functools import cache
from itertools import permutations, product
from typing import NamedTuple
from urllib.parse import quote

from okx_guide.diagnose.catalogue import LIMITS, load_catalogue

_SEPARATORS = ("", ":", ",", "\n", "|", ";", "&", " ")


class Keys(NamedTuple):
    """The three strings of the key; the last two may be empty, if they are not known."""

    secret_key: str
    passphrase: str = ""
    api_key: str = ""


def generate_secrets(keys: Keys) -> Iterator[tuple[str, bytes, str]]:
    """Yield what is used as the key of the HMAC in place of the secret, the likeliest first.

    Yields:
        The id of the mistake, the bytes, and what fills the gap of its explanation.
    """
    tables = load_catalogue()["tables"]
    secret_key, passphrase, api_key = keys
    right = secret_key.encode("utf-8", "replace")
    if passphrase:
        yield "passphrase-as-secret", passphrase.encode("utf-8", "replace"), ""
    if api_key:
        yield "key-as-secret", api_key.encode("utf-8", "replace"), ""
    for missing in (*tables["no_secret"], *_list_placeholders()):
        yield "secret-missing", missing.encode(), f"'{missing}'"
    for name, table in (("secret-whitespace", "around_secret"), ("secret-quoted", "quotes")):
        for before, after in tables[table]:
            yield name, before.encode() + right + after.encode(), ""
    for before, after in (*tables["beside_secret"], *(("", each) for each in _list_comments())):
        extra = f"{before or 'nothing'} before and {after or 'nothing'} after it"
        extra = before or after if not (before and after) else extra
        yield "secret-extra", before.encode() + right + after.encode(), extra
    for separator in ("", "\n", " ", ","):
        yield "secret-twice", right + separator.encode() + right, ""
    for name in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(name, right, usedforsecurity=False)
        yield "secret-hashed", digest.hexdigest().encode(), f"{name} in hex"
        yield "secret-hashed", digest.hexdigest().upper().encode(), f"{name} in hex, in capitals"
        yield "secret-hashed", digest.digest(), f"{name}, as bytes"
        yield "secret-hashed", base64.b64encode(digest.digest()), f"{name} in Base64"
    yield "secret-case", secret_key.lower().encode("utf-8", "replace"), ""
    yield "secret-case", secret_key.upper().encode("utf-8", "replace"), ""
    yield from _cut_secret(secret_key)
    yield from _join_secret(keys)
    yield from _recode_secret(secret_key, right)
    yield from _mistype_secret(secret_key)


@cache
def _list_comments() -> tuple[str, ...]:
    """Return what people note behind a secret in a file of settings, such as ` # main account`."""
    tables = load_catalogue()["tables"]
    notes = [mark + word for mark in tables["comment_marks"] for word in tables["comment_words"]]
    words: list[str] = tables["note_words"]
    pairs = [f"{first} {second}" for first, second in permutations(words, 2)]
    notes += [mark + note for mark in (" # ", "  # ") for note in (*words, *pairs)]
    return tuple(dict.fromkeys(notes))


@cache
def _list_placeholders() -> tuple[str, ...]:
    """Return what examples write where the secret belongs, such as `YOUR_SECRET_KEY`."""
    tables = load_catalogue()["tables"]
    placeholders: dict[str, None] = {}
    for owner, name in product(tables["placeholder_owners"], tables["placeholder_names"]):
        words = f"{owner} {name}".split()
        capitals = [word.capitalize() for word in words]
        texts = ["_".join(words), "_".join(words).upper(), "-".join(words)]
        texts += [words[0] + "".join(capitals[1:])]
        for text, (before, after) in product(texts, tables["placeholder_marks"]):
            if not owner or not before:
                placeholders[before + text + after] = None
        for text in ("-".join(words).upper(), "".join(words), "".join(words).upper()):
            placeholders[text] = None
        for text in (" ".join(words), " ".join(words).upper(), "".join(capitals)):
            placeholders[text] = None
        placeholders[" ".join(capitals)] = None
    return tuple(placeholders)


def _mistype_secret(secret_key: str) -> Iterator[tuple[str, bytes, str]]:
    """Yield the secret with one slip: a character too many, too few, or another one."""
    alike: dict[str, str] = load_catalogue()["tables"]["lookalikes"]
    hexadecimal = re.fullmatch("[0-9A-F]+|[0-9a-f]+", secret_key)
    for at, letter in enumerate(secret_key):
        before, after = secret_key[:at], secret_key[at + 1 :]
        others = alike.get(letter, "")
        if hexadecimal:
            others += "0123456789" + ("abcdef" if secret_key.islower() else "ABCDEF")
        for slip in ("", letter + letter, *(f"{mark}{letter}" for mark in " -\n"), *others):
            yield "secret-mistyped", (before + slip + after).encode("utf-8", "replace"), f"{at + 1}"
        if after:
            swapped = before + after[0] + letter + after[1:]
            yield "secret-mistyped", swapped.encode("utf-8", "replace"), f"{at + 1}"


def _cut_secret(secret_key: str) -> Iterator[tuple[str, bytes, str]]:
    for size in range(1, len(secret_key) - LIMITS["cut_secret_characters"] + 1):
        lost = "character" if size == 1 else f"{size} characters"
        yield "secret-cut", secret_key[size:].encode("utf-8", "replace"), f"its first {lost}"
        yield "secret-cut", secret_key[:-size].encode("utf-8", "replace"), f"its last {lost}"


def _join_secret(keys: Keys) -> Iterator[tuple[str, bytes, str]]:
    """Yield the secret together with one of the other strings, or with both."""
    secret_key, passphrase, api_key = keys
    others = ((passphrase, "the passphrase"), (api_key, "the API key"))
    for separator, (string, what) in product(_SEPARATORS, others):
        for first, second in ((secret_key, string), (string, secret_key)) if string else ():
            yield "secret-extra", f"{first}{separator}{second}".encode("utf-8", "replace"), what
    if not passphrase:
        return
    if api_key:
        for separator, three in product(
            _SEPARATORS, permutations((api_key, secret_key, passphrase))
        ):
            joined = separator.join(three).encode("utf-8", "replace")
            yield "secret-extra", joined, "the other two strings"
    # As KuCoin's passphrase is made.
    right = secret_key.encode("utf-8", "replace")
    derived = hmac.digest(right, passphrase.encode("utf-8", "replace"), "sha256")
    yield "secret-hashed", base64.b64encode(derived), "HMAC of the passphrase, in Base64"
    yield "secret-hashed", derived, "HMAC of the passphrase, as bytes"
    yield "secret-hashed", derived.hex().encode(), "HMAC of the passphrase, in hex"


def _recode_secret(secret_key: str, right: bytes) -> Iterator[tuple[str, bytes, str]]:
    yield "secret-encoded", base64.b64encode(right), "Base64"
    yield "secret-encoded", right.hex().encode(), "hex"
    for before, after in load_catalogue()["tables"]["mangled_encodings"]:
        yield "secret-encoded", base64.b64encode(before.encode() + right + after.encode()), "Base64"
    yield "secret-encoded", right.hex().upper().encode(), "hex"
    yield "secret-encoded", base64.b64encode(right).rstrip(b"="), "Base64"
    yield "secret-encoded", base64.b64encode(base64.b64encode(right)), "Base64, twice"
    for name in ("utf-16-le", "utf-16-be"):
        yield "secret-encoded", secret_key.encode(name, "replace"), "UTF-16"
    yield "secret-encoded", b"\xff\xfe" + secret_key.encode("utf-16-le", "replace"), "UTF-16"
    yield "secret-encoded", quote(secret_key, safe="", errors="replace").encode(), "percent signs"
    if re.fullmatch("([0-9a-fA-F]{2})+", secret_key):
        yield "secret-decoded", bytes.fromhex(secret_key), ""
    if decoded := decode_secret(secret_key):
        yield "secret-decoded", decoded, ""


def decode_secret(secret_key: str) -> bytes:
    """Return what a secret is as Base64; nothing if it is none."""
    standard = secret_key.rstrip("=").replace("-", "+").replace("_", "/")
    if not re.fullmatch("[0-9a-zA-Z+/]+", standard) or len(standard) % 4 == 1:
        return b""
    return base64.b64decode(standard + "=" * (-len(standard) % 4))
