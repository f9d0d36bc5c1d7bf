"""What a signature can stand for, however badly it is written."""

import base64
import re
from collections.abc import Iterator
from contextlib import suppress
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
    "signature-label",
    "signature-prefix",
    "signature-separators",
    "signature-base32",
    "signature-base85",
    "signature-reencoded",
    "signature-html",
    "signature-percent",
    "signature-plus",
    "signature-cut",
    "signature-case",
)
_LABELLED = re.compile(
    r"\s*(?:(?:[A-Za-z0-9-]{0,20}\([^()]{0,40}\)|\(stdin\))= ?([0-9a-fA-F]{32,128})"
    r"|([0-9a-fA-F]{32,128}) [ *](?:-|\*?stdin|[\w./-]{1,40}))\s*",
    re.ASCII,
)
# Between two numbers something must stand, or a row of digits could be cut in endless ways.
_NUMBERS = re.compile(
    r"(?:<<|\[)?-?\d{1,3}(?:(?:, ?| )-?\d{1,3}){15,63}(?:, ?| )?(?:>>|\])?", re.ASCII
)
_SEPARATED = re.compile(
    r"(?:0x)?[0-9a-fA-F]{32,128}|(?:(?:0x|\\x)?[0-9a-fA-F]{2}(?:[:\-]|, ?| )?){16,64}"
)
_BASE32 = re.compile(r"[A-Z2-7]{32,103}={0,6}|[a-z2-7]{32,103}={0,6}")
_REPR_PART = r"\\x[0-9a-fA-F]{2}|\\[ -wy-~]|[ -\[\]-~]"
_REPR = re.compile(rf"(?:b|bytearray\(b)?(['\"])((?:{_REPR_PART})+)\1\)?")
_ESCAPES = {
    r"\n": "\n",
    r"\r": "\r",
    r"\t": "\t",
    r"\a": "\a",
    r"\b": "\b",
    r"\v": "\v",
    r"\f": "\f",
}
_ESCAPES[r"\e"] = "\x1b"
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
    digests_by_hash: dict[str, dict[bytes, tuple[str, ...]]] = {}
    for raw, ids in _decode(signature, ()):
        if len(raw) in HASHES:
            digests = digests_by_hash.setdefault(HASHES[len(raw)], {})
            if raw not in digests or len(ids) < len(digests[raw]):
                digests[raw] = ids
    return digests_by_hash


def find_loss(signature: str, right: str) -> tuple[str, str] | None:
    """Return what happened to a right signature that lost something for good.

    Returns:
        The id of the mistake and what to tell of it, or None if it is another signature.
    """
    if LIMITS["cut_signature_characters"] <= len(signature) < len(
        right.rstrip("=")
    ) and right.startswith(signature):
        return "signature-cut", str(len(signature))
    damaged = base64.b64decode(right).decode("utf-8", "replace").encode()
    if signature.rstrip("=") == base64.b64encode(damaged).decode().rstrip("="):
        return "signature-reencoded", ""
    if signature.lower() == right.lower():
        return "signature-case", ""
    return ("hex-digest", "") if signature in _list_uneven_hex(base64.b64decode(right)) else None


def is_object(signature: str) -> bool:
    """Return whether a signature is what a language prints for an object.

    Examples:
        >>> is_object("[object Promise]")
        True
    """
    patterns: list[str] = load_catalogue()["tables"]["signature_objects"]
    return any(re.fullmatch(each, signature, re.ASCII) for each in patterns)


def _list_uneven_hex(raw: bytes) -> list[str]:
    """Return hex as programs write it that drop zeros, or take a byte for a number with a sign."""
    return [
        f"{int.from_bytes(raw):x}",
        "".join(f"{byte:x}" for byte in raw),
        "".join(f"{byte if byte < 128 else byte + 0xFFFFFF00:x}" for byte in raw),
    ]


def _decode(text: str, ids: tuple[str, ...]) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    if len(ids) > _MISTAKES_AT_MOST or len(text) > _AT_MOST:
        return
    yield from _decode_other(text, ids)
    raw = b"" if _is_hex(text) and len(text) >= 32 else _decode_base64(text)
    if raw:
        mistakes = (*ids, "base64-urlsafe") if set(text) & set("-_") else ids
        mistakes = mistakes if len(text) % 4 == 0 else (*mistakes, "base64-padding")
        yield raw, mistakes
        if (narrow := _narrow(raw)) and narrow != raw:
            yield narrow, (*mistakes, "signature-reencoded")
        inner = raw.decode("latin-1").strip()
        if _is_hex(inner):
            yield bytes.fromhex(inner), (*mistakes, "base64-of-hex")
        elif _strip_label(inner) != inner:
            yield bytes.fromhex(_strip_label(inner)), (*mistakes, "signature-label")
        elif _decode_base64(inner):
            yield from _decode(inner, (*mistakes, "base64-twice"))
    for id_, candidate in (
        ("bytes-repr", re.sub(r"^b(['\"])(.*)\1$", r"\2", text, flags=re.DOTALL)),
        ("signature-quoted", re.sub(r"^(['\"])(.*)\1$", r"\2", text, flags=re.DOTALL)),
        ("signature-whitespace", re.sub(r"[ \t\r\n]|\\n$", "", text)),
        ("signature-html", _unescape_html(text)),
        ("signature-percent", unquote(unquote(text))),
        ("signature-prefix", _strip_prefix(text)),
        ("signature-plus", text.replace(" ", "+")),
    ):
        if candidate != text and id_ not in ids:
            yield from _decode(candidate, (*ids, id_))


def _decode_other(text: str, ids: tuple[str, ...]) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Yield what a signature stands for that is not Base64."""
    if _is_hex(text):
        yield bytes.fromhex(text), (*ids, "hex-digest")
    for id_, bare in (
        ("signature-label", _strip_label(text)),
        ("signature-separators", _strip_separators(text)),
    ):
        if bare != text and _is_hex(bare):
            yield bytes.fromhex(bare), (*ids, id_)
    if listed := _read_numbers(text):
        yield listed, (*ids, "signature-separators")
    if _BASE32.fullmatch(text):
        padded = text.rstrip("=").upper()
        with suppress(ValueError):
            decoded = base64.b32decode(padded + "=" * (-len(padded) % 8))
            yield decoded, (*ids, "signature-base32")
    if printed := _read_repr(text):
        yield printed, (*ids, "signature-separators")
    # Letters of Base64 alone are a signature that was cut.
    if len(text) % 5 == 0 and len(text) // 5 * 4 in HASHES and re.search(r"[^\w+/=-]", text):
        for decode in (base64.b85decode, base64.a85decode):
            with suppress(ValueError):
                yield decode(text), (*ids, "signature-base85")


def _narrow(raw: bytes) -> bytes:
    """Return the bytes that were taken for Latin-1 and written as UTF-8; nothing if not."""
    try:
        return raw.decode().encode("latin-1")
    except UnicodeError:
        return b""


def _read_numbers(text: str) -> bytes:
    """Return bytes that are printed as a list of numbers; nothing if they are not."""
    if not _NUMBERS.fullmatch(text):
        return b""
    return bytes(int(number) % 256 for number in re.findall(r"-?\d+", text))


def _read_repr(text: str) -> bytes:
    """Return the bytes that a language printed between quotes; nothing if it is none."""
    printed = _REPR.fullmatch(text)
    if printed is None:
        return b""
    letters = (_read_escape(part) for part in re.findall(_REPR_PART, printed[2]))
    return "".join(letters).encode("latin-1")


def _read_escape(part: str) -> str:
    if part[:2] == "\\x":
        return chr(int(part[2:4], 16))
    return _ESCAPES.get(part, part[-1])


def _strip_label(text: str) -> str:
    """Return the hex of what openssl and sha256sum print around it."""
    match = _LABELLED.fullmatch(text)
    return text if match is None else match[1] or match[2]


def _strip_prefix(text: str) -> str:
    """Return a signature without the words that name it, such as `sign:`."""
    for words in load_catalogue()["tables"]["around_signature"]:
        if text[: len(words)].lower() == words.lower():
            return text[len(words) :].strip(" ")
    return text


def _strip_separators(text: str) -> str:
    """Return hex without what stands between its bytes, or before all of them."""
    text = re.sub(r"^<Buffer (.*)>$", r"\1", text)
    if not _SEPARATED.fullmatch(text):
        return text
    return re.sub(r"0x|\\x|[:\- ,]", "", text)


def _unescape_html(text: str) -> str:
    for escape, letter in (("&#43;", "+"), ("&#61;", "="), ("&#x2B;", "+"), ("&#x3D;", "=")):
        text = text.replace(escape, letter)
    return text.replace("&#47;", "/").replace("&#x2F;", "/")


def _is_hex(text: str) -> bool:
    return re.fullmatch("([0-9a-fA-F]{2})+", text) is not None


def _decode_base64(text: str) -> bytes:
    """Decode Base64 of either alphabet, with or without its end; nothing if it is none."""
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(text) - len(bare) > 2 or not re.fullmatch("[0-9A-Za-z+/]+", bare) or len(bare) % 4 == 1:
        return b""
    return base64.b64decode(bare + "=" * (-len(bare) % 4))
