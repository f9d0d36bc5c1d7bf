"""From a rejected signature to the mistake that made it.

Every known mistake is tried on the request that arrived; the one that gives exactly the
rejected signature is the one that was made. Which mistakes are known comes from public
failure reports (see *About / Sources* on the site).
"""

import base64
import hashlib
import hmac
import math
import re
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import chain, combinations, groupby, product, tee
from operator import attrgetter

from okx_guide.diagnose.catalogue import LIMITS, load_catalogue
from okx_guide.diagnose.encodings import WRITING, decode_signature, find_loss, is_object
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.variants import (
    Keys,
    Moment,
    Variant,
    generate_double,
    generate_moments,
    generate_single,
    list_for_common_pairs,
    list_for_pairs,
    list_for_threes,
    make_moment_variant,
    split_prehash,
)
from okx_guide.redact import hide_secrets

# Thousands of texts are tried; of a request larger than any order that takes too long.
_CLOCK_READS_OF_AT_MOST = LIMITS["characters_for_clock_reads"]
_PAIRS_OF_AT_MOST = LIMITS["characters_for_pairs"]
_COMMON_PAIRS_OF_AT_MOST = LIMITS["characters_for_common_pairs"]
_TEXTS_AT_ONCE = LIMITS["texts_at_once"]
_SHOWN_AT_MOST = LIMITS["characters_shown"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake that was made.

    Attributes:
        id: Stable name, for example `query-missing`.
        explanation: What was signed instead, without any secret.
        fix: The one thing to change.
        page: The page of the site that shows it, for example `/reference/signing/#the-rule`.
    """

    id: str
    explanation: str
    fix: str
    page: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search found.

    Attributes:
        mistakes: The mistakes that together give exactly the signature; none if the
            signature is right.
        signed: The text that was signed.
    """

    mistakes: tuple[Mistake, ...]
    signed: str


def find(
    request: SignedRequest,
    secret_key: str,
    *,
    passphrase: str = "",
    api_key: str = "",
    seconds: float = math.inf,
    rare: bool = True,
) -> Mistake | None:
    """Return the one mistake that produces exactly the rejected signature, if it is known.

    Args:
        request: What arrived.
        secret_key: The key's secret.
        passphrase: The key's passphrase, to notice that it was used as the secret.
        api_key: The key's id, to notice the same.
        seconds: After which the search is given up.
        rare: Whether the rarer mistakes are tried too.

    Examples:
        >>> from okx_guide.signing import sign
        >>> at, path = "2020-12-08T09:08:57.715Z", "/api/v5/account/balance"
        >>> signature = sign("FAKE-SECRET", at, "GET", path)
        >>> find(SignedRequest(at, "GET", path + "?ccy=BTC", "", signature), "FAKE-SECRET").id
        'query-missing'
    """
    finding = search(
        request,
        secret_key,
        passphrase=passphrase,
        api_key=api_key,
        at_most=1,
        seconds=seconds,
        rare=rare,
    )
    return finding.mistakes[0] if finding and finding.mistakes else None


def search(
    request: SignedRequest,
    secret_key: str,
    *,
    passphrase: str = "",
    api_key: str = "",
    at_most: int = LIMITS["mistakes_at_once"],
    seconds: float = math.inf,
    rare: bool = True,
) -> Finding | None:
    """Return the fewest mistakes that together produce exactly the signature.

    Args:
        request: What arrived.
        secret_key: The key's secret.
        passphrase: The key's passphrase, to notice that it was used as the secret.
        api_key: The key's id, to notice the same.
        at_most: How many mistakes may come together: 1 to 4, three of them in the text that was
            signed.
        seconds: After which the search is given up.
        rare: Whether the rarer mistakes are tried too, each alone.

    Returns:
        The mistakes and the text that was signed, or None if no known mistake fits.

    Examples:
        >>> from okx_guide.signing import Signer
        >>> at, path = "2020-12-08T09:08:57.715Z", "/api/v5/account/balance"
        >>> signature = Signer("FAKE-SECRET").sign_bytes(f"{at}get{path}".encode())
        >>> request = SignedRequest(at, "GET", path + "?ccy=BTC", "", signature)
        >>> [mistake.id for mistake in search(request, "FAKE-SECRET").mistakes]
        ['query-missing', 'method-case']
    """
    keys = Keys(secret_key, passphrase, api_key)
    macs = _Macs(secret_key)
    until = time.monotonic() + seconds
    tried = _Tried(request, keys, _load_rare() if rare else _generate_nothing)
    possible = decode_signature(request.signature)
    for number in range(at_most + 1):
        for name, digests in possible.items():
            mistakes = () if name == "sha256" else (("wrong-hash", name),)
            for level in range(min(number - len(mistakes), _TEXTS_AT_ONCE) + 1):
                written = number - len(mistakes) - level
                raw_macs = {raw: ids for raw, ids in digests.items() if len(ids) == written}
                match = _find_match(raw_macs, tried, level, macs, name, until) if raw_macs else None
                if match:
                    variants, raw, signed = match
                    known = [*mistakes, *((id_, "") for id_ in raw_macs[raw])]
                    return Finding(_describe(variants, known, keys), signed)
        if number == 1 and is_object(request.signature):
            printed = [("signature-object", request.signature)]
            return Finding(_describe((), printed, keys), request.prehash)
        if number == 1:
            lost = find_loss(request.signature, macs.sign(_encode(request.prehash)))
            if lost:
                return Finding(_describe((), [lost], keys), request.prehash)
    return None


def list_tried(request: SignedRequest, keys: Keys) -> tuple[tuple[str, ...], bool]:
    """Return the ids of the mistakes that `search` tries on a request, and whether in pairs."""
    single = list(generate_single(request, keys))
    ids = {
        id_ for each in chain(single, *list_for_pairs(request, single)) for id_, _ in each.mistakes
    }
    ids |= {id_ for each in _load_rare()(request, keys) for id_, _ in each.mistakes}
    ids |= {id_ for _, id_, _ in generate_moments(request)} | set(WRITING) | {"wrong-hash"}
    return tuple(id_ for id_ in _load_rows() if id_ in ids), request.size <= _PAIRS_OF_AT_MOST


def _find_match(
    raw_macs: Container[bytes],
    tried: "_Tried",
    level: int,
    macs: "_Macs",
    name: str,
    until: float,
) -> tuple[tuple[Variant, ...], bytes, str] | None:
    """Return the variants that make one of the wanted digests, the digest, and the text."""
    for use, secret, attempts in _generate_batches(tried, level):
        if time.monotonic() >= until:
            return None
        digest_of = macs.prepare(name, use, secret)
        for message, origin in attempts:
            raw = digest_of(message)
            if raw in raw_macs:
                variants = tuple(
                    each if isinstance(each, Variant) else make_moment_variant(tried.request, *each)
                    for each in origin
                )
                return variants, raw, message.decode("utf-8", "replace")
    return None


_Generator = Callable[[SignedRequest, Keys], Iterator[Variant]]


def _load_rare() -> _Generator:
    from okx_guide.diagnose.rare import generate_rare  # noqa: PLC0415  # not packed for the pages

    return generate_rare


def _generate_nothing(_request: SignedRequest, _keys: Keys) -> Iterator[Variant]:
    return iter(())


# A text, and the variants that make it; a moment becomes a variant only if the text fits.
_Attempt = tuple[bytes, tuple[Variant | Moment, ...]]
_Batch = tuple[str, bytes | None, Iterable[_Attempt]]


@dataclass(frozen=True)
class _Tried:
    """What is tried on one request."""

    request: SignedRequest
    keys: Keys
    generate_rare: _Generator

    @cached_property
    def _single(self) -> Iterator[Variant]:
        return tee(generate_single(self.request, self.keys), 1)[0]

    def generate_single(self) -> Iterator[Variant]:
        """Yield each mistake, made once however often they are asked for."""
        return copy(self._single)


def _generate_batches(tried: _Tried, level: int) -> Iterator[_Batch]:
    """Yield what is tried with so many mistakes: the use, the secret, and the texts with it."""
    request = tried.request
    start, size = split_prehash(request), request.size
    if level == 0:
        yield "hmac", None, [(_join_parts(start), ())]
    elif level == 1:
        for variant in tried.generate_single():
            message = _join_parts({**start, **variant.parts})
            yield variant.parts.get("use", "hmac"), variant.secret, [(message, (variant,))]
        for secret, variants in groupby(
            tried.generate_rare(request, tried.keys), attrgetter("secret")
        ):
            use = "hmac" if secret is None else "hmac once"
            yield use, secret, _generate_attempts(start, variants)
        if size <= _CLOCK_READS_OF_AT_MOST:
            yield "hmac", None, _generate_moments(request)
    elif level == 3 and size <= _PAIRS_OF_AT_MOST:
        yield from _generate_threes(list_for_threes(tried.generate_single()), start)
    elif level == 2 and size <= _PAIRS_OF_AT_MOST:
        yield from _generate_pairs(*list_for_pairs(request, tried.generate_single()), start)
        yield "hmac", None, _generate_attempts(start, generate_double(request))
    elif level == 2 and size <= _COMMON_PAIRS_OF_AT_MOST:
        yield from _generate_pairs(*list_for_common_pairs(tried.generate_single()), start)


def _generate_attempts(start: Mapping[str, str], variants: Iterable[Variant]) -> Iterator[_Attempt]:
    return ((_join_parts({**start, **each.parts}), (each,)) for each in variants)


def _generate_moments(request: SignedRequest) -> Iterator[_Attempt]:
    tail = _encode(request.method + request.request_path + request.body)
    for moment in generate_moments(request):
        yield moment[0].encode() + tail, (moment,)


_FIELDS = ("timestamp", "method", "path", "query", "body")


def _generate_pairs(
    frequent: list[Variant], rare: list[Variant], start: Mapping[str, str]
) -> Iterator[_Batch]:
    """Yield each two variants that do not change the same part, at least one of them frequent.

    Most of them change one field of the text and nothing else: of those, the text is cut
    in three once, and not put together from its parts thousands of times.
    """
    fields = [_encode(start[name]) for name in _FIELDS]
    simple, complex_ = _group_by_field(frequent)
    simple_rare, complex_rare = _group_by_field(rare)
    for left, right in combinations(range(len(_FIELDS)), 2):
        for group, partners in (
            (simple[left], simple[right] + simple_rare[right]),
            (simple_rare[left], simple[right]),
        ):
            yield "hmac", None, _combine_fields(fields, left, right, group, partners)

    alone, alone_rare = _change_fields(fields, simple), _change_fields(fields, simple_rare)
    for variant in complex_:
        yield _combine_with(variant, [*alone, *alone_rare], start)
    for variant in complex_rare:
        yield _combine_with(variant, alone, start)
    for first, second in (*combinations(complex_, 2), *product(complex_, complex_rare)):
        if _differ(first, second):
            yield _combine_complex(first, second, start)


def _generate_threes(variants: list[Variant], start: Mapping[str, str]) -> Iterator[_Batch]:
    """Yield each three variants that do not change the same part."""
    fields = [_encode(start[name]) for name in _FIELDS]
    simple, complex_ = _group_by_field(variants)
    for at in combinations(range(len(_FIELDS)), 3):
        yield "hmac", None, _combine_three(fields, at, simple)
    for variant in complex_:
        for left, right in combinations(range(len(_FIELDS)), 2):
            if variant.parts.keys().isdisjoint((_FIELDS[left], _FIELDS[right])):
                pairs = product(simple[left], simple[right])
                use, secret = variant.parts.get("use", "hmac"), variant.secret
                yield (
                    use,
                    secret,
                    (_combine(start, first, second, variant) for (_, first), (_, second) in pairs),
                )


_Texts = list[tuple[bytes, Variant]]


def _group_by_field(variants: Iterable[Variant]) -> tuple[list[_Texts], list[Variant]]:
    """Return the variants that change one field, with its bytes, by field; and the complex ones."""
    simple: list[_Texts] = [[] for _ in _FIELDS]
    complex_ = []
    for each in variants:
        [name] = each.parts if len(each.parts) == 1 else [""]
        if name in _FIELDS:
            simple[_FIELDS.index(name)].append((_encode(each.parts[name]), each))
        else:
            complex_.append(each)
    return simple, complex_


def _change_fields(fields: list[bytes], simple: list[_Texts]) -> _Texts:
    """Return the whole text for each variant that changes one field."""
    return [
        (b"".join((*fields[:at], text, *fields[at + 1 :])), each)
        for at, group in enumerate(simple)
        for text, each in group
    ]


def _combine_with(variant: Variant, alone: _Texts, start: Mapping[str, str]) -> _Batch:
    use = variant.parts.get("use", "hmac")
    if variant.parts.keys() <= {"use"}:  # the text is another's, with another secret or use
        return use, variant.secret, ((text, (each, variant)) for text, each in alone)
    partners = (each for _, each in alone if _differ(each, variant))
    return use, variant.secret, (_combine(start, each, variant) for each in partners)


def _combine_complex(first: Variant, second: Variant, start: Mapping[str, str]) -> _Batch:
    parts = {**first.parts, **second.parts}
    secret = second.secret if first.secret is None else first.secret
    return parts.get("use", "hmac"), secret, [_combine(start, first, second)]


def _combine_three(
    fields: list[bytes], at: tuple[int, ...], simple: list[_Texts]
) -> Iterator[_Attempt]:
    for three in product(*(simple[field] for field in at)):
        texts = list(fields)
        for field, (text, _) in zip(at, three, strict=True):
            texts[field] = text
        yield b"".join(texts), tuple(each for _, each in three)


def _combine_fields(
    fields: list[bytes],
    first: int,
    second: int,
    firsts: _Texts,
    seconds: _Texts,
) -> Iterator[_Attempt]:
    head, middle = b"".join(fields[:first]), b"".join(fields[first + 1 : second])
    tail = b"".join(fields[second + 1 :])
    for text, leader in firsts:
        front = head + text + middle
        for other_text, follower in seconds:
            yield front + other_text + tail, (leader, follower)


def _combine(start: Mapping[str, str], *variants: Variant) -> _Attempt:
    parts = dict(start)
    for each in variants:
        parts.update(each.parts)
    return _join_parts(parts), variants


def _differ(first: Variant, second: Variant) -> bool:
    return first.parts.keys().isdisjoint(second.parts) and None in (first.secret, second.secret)


def _join_parts(parts: Mapping[str, str]) -> bytes:
    """Return the bytes that are signed."""
    fields = [parts["timestamp"], parts["method"], parts["path"] + parts["query"], parts["body"]]
    if parts["order"]:
        fields = [fields[int(at)] for at in parts["order"]]
    if parts["separator"]:
        fields = [field for field in fields if field]
    text = parts["separator"].join(fields) + parts["end"]
    return text.encode(parts["encoding"], "replace") if parts["encoding"] else _encode(text)


def _encode(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair: nobody can have signed it
        return text.encode("utf-8", "replace")


class _Macs:
    """Digests of many texts with few secrets: each secret is prepared once."""

    def __init__(self, secret_key: str) -> None:
        self._secret = secret_key.encode("utf-8", "replace")
        self._prepared = cache(_prepare_hmac)

    def sign(self, message: bytes) -> str:
        return base64.b64encode(self.prepare("sha256", "hmac", None)(message)).decode()

    def prepare(self, name: str, use: str, secret: bytes | None) -> Callable[[bytes], bytes]:
        """Return what makes the digest of a text: a hash, a use of it, a secret."""
        key = self._secret if secret is None else secret
        if use == "hmac":
            return self._prepared(name, key)
        return partial(_USES[use], name, key)


def _hash(name: str, message: bytes) -> bytes:
    return hashlib.new(name, message, usedforsecurity=False).digest()


# What is rarely done with a text and a secret: it is not worth the preparation.
_USES: dict[str, Callable[[str, bytes, bytes], bytes]] = {
    "hmac once": lambda name, key, text: hmac.digest(key, text, name),
    "hmac+hash": lambda name, key, text: _hash(name, hmac.digest(key, text, name)),
    "hmac+hex+hash": lambda name, key, text: _hash(
        name, hmac.digest(key, text, name).hex().encode()
    ),
    "swapped": lambda name, key, text: hmac.digest(text, key, name),
    "text": lambda name, _key, text: _hash(name, text),
    "text+secret": lambda name, key, text: _hash(name, text + key),
    "secret+text": lambda name, key, text: _hash(name, key + text),
}


def _prepare_hmac(name: str, key: bytes) -> Callable[[bytes], bytes]:
    """Return HMAC with one key, twice as fast as a copy of `hmac.new()` (RFC 2104)."""
    block = hashlib.new(name, usedforsecurity=False).block_size
    key = (_hash(name, key) if len(key) > block else key).ljust(block, b"\0")
    inner = hashlib.new(name, bytes(byte ^ 0x36 for byte in key), usedforsecurity=False)
    outer = hashlib.new(name, bytes(byte ^ 0x5C for byte in key), usedforsecurity=False)

    def digest(message: bytes) -> bytes:
        first = inner.copy()
        first.update(message)
        second = outer.copy()
        second.update(first.digest())
        return second.digest()

    return digest


# --- in words ----------------------------------------------------------------------------

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape_controls(text: str) -> str:
    r"""Return a text in which control characters are written as escapes.

    Examples:
        >>> print(escape_controls("GET" + chr(10)))
        GET\n
    """
    return "".join(
        _ESCAPES.get(letter)
        or (f"\\x{ord(letter):02x}" if ord(letter) < 32 or 127 <= ord(letter) < 160 else letter)
        for letter in text
    )


def _describe(
    variants: Iterable[Variant], known: Iterable[tuple[str, str]], keys: Keys
) -> tuple[Mistake, ...]:
    mistakes = [*(row for each in variants for row in each.mistakes)]
    mistakes += [(id_, {"signed": signed}) for id_, signed in known]
    order = list(_load_rows())
    return tuple(
        build_mistake(id_, fields, keys)
        for id_, fields in sorted(mistakes, key=lambda row: order.index(row[0]))
    )


def build_mistake(id_: str, fields: Mapping[str, str], keys: Keys) -> Mistake:
    """Return a mistake of the catalogue in words, without any secret.

    Args:
        id_: Its name.
        fields: What fills the gaps of its texts.
        keys: The strings that must not be shown.
    """
    row = _load_rows()[id_]
    values = {
        name: _shorten(escape_controls(hide_secrets(text, keys))) for name, text in fields.items()
    }

    def fill(template: str) -> str:
        return re.sub(r"{(\w+)}", lambda match: values.get(match[1], ""), template)

    return Mistake(id_, fill(row["explanation"]), fill(row["fix"]), row["page"])


@cache
def _load_rows() -> dict[str, dict[str, str]]:
    catalogue = load_catalogue()
    return {row["id"]: row for row in (*catalogue["mistakes"], *catalogue["forms"])}


def _shorten(text: str) -> str:
    if len(text) <= _SHOWN_AT_MOST:
        return text
    return f"{text[:_SHOWN_AT_MOST]}… ({len(text)} characters)"
