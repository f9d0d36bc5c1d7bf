"""What a signature can stand for, however badly it is written."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote

from okx_guide.diagnose.catalogue import LIMITS, load_catalogue

# Bytes of a digest, and the hash that makes them.
HASHES = {size: name for name, size in load_catalogue()["tables"]["hash_bytes"].items()}
# Every mistake that this module can name.
WRITING = (
    "hex-digest",
    "base64-of-hex",
    "base64-twice",
    "base64-urlsafe",
    "base64-padding",
    "bytes-repr",
    "signature-quoted",
    "signature-whitespace",
    "signature-percent",
    "signature-plus",
    "signature-cut",
    "signature-case",
)
_MISTAKES_AT_MOST = LIMITS["signature_encodings"]
_AT_MOST = LIMITS["signature_characters"]


def decode_signature(signature: str) -> dict[str, dict[bytes, tuple[str, ...]]]:
    """Return every digest that a signature can stand for, with the mistakes in its writing.

    Returns:
        By the name of the hash: the raw digest, and the ids of the mistakes.

    Examples:
        >>> decode_signature("HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY")["sha256"].values()
        dict_values([('base64-padding',)])
        >>> decode_signature("HiZhvSfM")
        {}
    """
    found: dict[str, dict[bytes, tuple[str, ...]]] = {}
    for raw, ids in _decode(signature, ()):
        if len(raw) in HASHES:
            digests = found.setdefault(HASHES[len(raw)], {})
            if raw not in digests or len(ids) < len(digests[raw]):
                digests[raw] = ids
    return found


def find_loss(signature: str, right: str) -> tuple[str, str] | None:
    """Return what happened to a right signature that lost something for good.

    Returns:
        The id of the mistake and what to tell of it, or None if it is another signature.
    """
    if LIMITS["cut_signature_characters"] <= len(signature) < len(
        right.rstrip("=")
    ) and right.startswith(signature):
        return "signature-cut", str(len(signature))
    if signature.lower() == right.lower():
        return "signature-case", ""
    return None


def _decode(text: str, ids: tuple[str, ...]) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    if len(ids) > _MISTAKES_AT_MOST or len(text) > _AT_MOST:
        return
    if _is_hex(text):
        yield bytes.fromhex(text), (*ids, "hex-digest")
    raw = _decode_base64(text)
    if raw:
        mistakes = (*ids, "base64-urlsafe") if set(text) & set("-_") else ids
        mistakes = mistakes if len(text) % 4 == 0 else (*mistakes, "base64-padding")
        yield raw, mistakes
        inner = raw.decode("latin-1")
        if _is_hex(inner):
            yield bytes.fromhex(inner), (*mistakes, "base64-of-hex")
        elif _decode_base64(inner):
            yield from _decode(inner, (*mistakes, "base64-twice"))
    for id_, other in (
        ("bytes-repr", re.sub(r"^b(['\"])(.*)\1$", r"\2", text, flags=re.DOTALL)),
        ("signature-quoted", re.sub(r"^(['\"])(.*)\1$", r"\2", text, flags=re.DOTALL)),
        ("signature-whitespace", re.sub(r"[ \t\r\n]|\\n$", "", text)),
        ("signature-percent", unquote(text)),
        ("signature-plus", text.replace(" ", "+")),
    ):
        if other != text and id_ not in ids:
            yield from _decode(other, (*ids, id_))


def _is_hex(text: str) -> bool:
    return re.fullmatch("([0-9a-fA-F]{2})+", text) is not None


def _decode_base64(text: str) -> bytes:
    """Decode Base64 of either alphabet, with or without its end; nothing if it is none."""
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(text) - len(bare) > 2 or not re.fullmatch("[0-9A-Za-z+/]+", bare) or len(bare) % 4 == 1:
        return b""
    return base64.b64decode(bare + "=" * (-len(bare) % 4))
