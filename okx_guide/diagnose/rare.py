"""Rarer mistakes, each tried alone: there are thousands of them, and none makes a pair.

The command tries them. A page does not: it would be too heavy to load with them. How many there
are is bound by the size of the request: see `generate_rare`.
"""

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations, permutations, product
from urllib.parse import quote, unquote

from okx_guide.diagnose.bodies import (
    NUMERAL,
    parse_members,
    print_python,
    write_python_float,
    write_python_number,
    write_text,
)
from okx_guide.diagnose.catalogue import LIMITS, load_catalogue
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.variants import Keys, Variant, make_variant, parse_moment

_TABLES, _RARE = load_catalogue()["tables"], load_catalogue()["rare"]
_READS = _RARE["limits"]["fine_clock_reads"]
_SPACED, _COMPACT = (", ", ": "), (",", ":")
_NOTHING = {"method": "", "path": "", "query": "", "body": ""}


def generate_rare(request: SignedRequest, keys: Keys) -> Iterator[Variant]:
    """Yield mistakes that are tried alone, after all of `generate_single`.

    Of a request longer than `characters_for_pairs`, nothing is tried whose number grows with it.
    """
    yield from _vary_secret(keys.secret_key)
    yield from _vary_path(request)
    yield from _vary_host(request)
    yield from _vary_time(request)
    if request.size > LIMITS["characters_for_pairs"]:
        return
    yield from _vary_text(request, keys)
    yield from _vary_query(request)
    received = f"'{request.body}'"
    for text, id_ in _generate_bodies(request.body):
        if text != request.body:
            yield make_variant(id_, {"body": text}, f"'{text}'", received)


# --- path and query ----------------------------------------------------------------------


def _vary_path(request: SignedRequest) -> Iterator[Variant]:
    path, mark, query = request.request_path.partition("?")
    for other in (f"{path}s", path.removesuffix("s"), *_RARE["tables"]["paths"]):
        if other != path:
            for rest in dict.fromkeys((mark + query, "")):
                parts = {"path": other, "query": rest}
                yield make_variant("path-other", parts, other + rest, request.request_path)


def _vary_host(request: SignedRequest) -> Iterator[Variant]:
    """Yield the base URL without the path."""
    _, mark, query = request.request_path.partition("?")
    for host in dict.fromkeys((request.host, *_TABLES["hosts"], *_TABLES["other_hosts"])):
        for other in (host, f"{host}/", f"{host}/api/v5", host.partition("://")[2]):
            for rest in dict.fromkeys((mark + query, "")) if host else ():
                parts = {"path": other, "query": rest}
                yield make_variant("full-url", parts, other + rest, request.request_path)


def _vary_query(request: SignedRequest) -> Iterator[Variant]:
    path, _, query = request.request_path.partition("?")
    pairs = query.split("&") if query else []
    if len(pairs) > _RARE["limits"]["changed_members"]:
        return
    for text in _generate_queries(query, pairs):
        if text != f"?{query}":
            yield make_variant("query-member", {"query": text}, path + text, request.request_path)


def _generate_queries(query: str, pairs: list[str]) -> Iterator[str]:
    if not query:
        return
    rows = [pair.partition("=")[::2] for pair in pairs]
    known = {name: unquote(value) for name, value in rows}
    yield f"?{query}&{query}"
    for text in (
        print_python(known),
        *(json.dumps(known, separators=s) for s in (_SPACED, _COMPACT)),
    ):
        yield f"?{text}"
        yield f"?{quote(text, errors='replace')}"
    for absent in combinations(range(len(pairs)), 2):
        rest = [pair for at, pair in enumerate(pairs) if at not in absent]
        if rest:
            yield "?" + "&".join(rest)
    for at, (name, value) in enumerate(rows):
        for change in (*_change_value(name, unquote(value)), *_split_list(name, unquote(value))):
            again = change if change.startswith(f"{name}[") or "&" in change else f"{name}={change}"
            yield "?" + "&".join([*pairs[:at], again, *pairs[at + 1 :]])
    for template in _RARE["tables"]["unfilled_values"]:
        yield "?" + "&".join(f"{name}={template.replace('{name}', name)}" for name, _ in rows)


def _split_list(name: str, value: str) -> Iterator[str]:
    """Yield a list of values as languages and libraries write it in a query."""
    items = value.split(",")
    if len(items) == 1:
        yield f"{name}[]={value}"
        yield f"{name}[0]={value}"
        yield f"['{value}']"
        yield f'["{value}"]'
        return
    for template in (
        "{name}={item}",
        "{name}[]={item}",
        "{name}%5B%5D={item}",
        "{name}[{at}]={item}",
    ):
        yield "&".join(
            template.replace("{name}", name).replace("{item}", item).replace("{at}", str(at))
            for at, item in enumerate(items)
        )
    for text in (
        print_python(items),
        json.dumps(items, separators=_COMPACT),
        json.dumps(items),
        ", ".join(items),
        " ".join(items),
        "|".join(items),
    ):
        yield text
        yield quote(text, errors="replace")


def _change_value(name: str, value: str) -> Iterator[str]:
    """Yield what a program signs for a value before it is filled in or put into OKX's form."""
    for template in _RARE["tables"]["unfilled_values"]:
        yield template.replace("{name}", name)
    if "-" in value:
        for mark in ("/", "", "_"):
            yield value.replace("-", mark)
            yield value.replace("-", mark).lower()
        yield value.rpartition("-")[0]
    else:
        yield f"{value}-USDT"
    yield value.lower()
    yield value.upper()
    yield f'"{value}"'
    yield f"'{value}'"


# --- the body ----------------------------------------------------------------------------


def _generate_bodies(body: str) -> Iterator[tuple[str, str]]:
    """Yield other bodies with the id of the mistake; only those of an object are many."""
    if not body:
        return
    for before, after in _RARE["tables"]["around_body_rarely"]:
        yield before + body + after, "body-print"
    members = parse_members(body)
    if not members or len(members) > _RARE["limits"]["changed_members"]:
        return
    for comma, colon in (_COMPACT, _SPACED):
        for rows, id_ in _list_members(members, comma, colon):
            yield "{" + comma.join(rows) + "}", id_
    for is_float in (False, True):
        yield _print_numbers(members, is_float=is_float), "body-str-of-dict"
    order = _order_like_java([name for name, _, _ in members])
    printed = (f"{members[at][0]}={members[at][2]}" for at in order)
    yield "{" + ", ".join(printed) + "}", "body-print"


def _list_members(
    members: list[tuple[str, str, str]], comma: str, colon: str
) -> Iterator[tuple[list[str], str]]:
    """Yield the members that are written instead, each as JSON, with the id of the mistake."""
    rows = [f"{write_text(name)}{colon}{written}" for name, written, _ in members]
    names = [name for name, _, _ in members]
    for order, id_ in _list_orders(names):
        yield [rows[at] for at in order], id_
    for at in range(len(rows) + 1):
        for added in _list_added(names, colon, comma):
            yield [*rows[:at], added, *rows[at:]], "body-member"
    for at, (name, _, text) in enumerate(members):
        for value, id_ in _list_values(name, text):
            yield [*rows[:at], f"{write_text(name)}{colon}{value}", *rows[at + 1 :]], id_
    for template in _RARE["tables"]["unfilled_values"]:
        unfilled = ((name, template.replace("{name}", name)) for name in names)
        filled = [f"{write_text(name)}{colon}{write_text(text)}" for name, text in unfilled]
        yield filled, "body-member"


def _list_orders(names: list[str]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield which members are signed, and in which order."""
    places = tuple(range(len(names)))
    yield _order_like_java(names), "body-reserialised"
    if len(names) <= _RARE["limits"]["ordered_members"]:
        for order in permutations(places):
            yield order, "body-reserialised"
    for absent in combinations(places, 2):
        yield tuple(at for at in places if at not in absent), "body-member"


def _order_like_java(names: list[str]) -> tuple[int, ...]:
    """Return the order in which a HashMap of Java gives its keys."""
    size = 16
    while len(names) > size * 3 // 4:
        size *= 2
    buckets = []
    for at, name in enumerate(names):
        number = 0
        for unit in name.encode("utf-16-be", "surrogatepass").hex(" ", 2).split():
            number = (number * 31 + int(unit, 16)) & 0xFFFFFFFF
        buckets.append(((number ^ (number >> 16)) & (size - 1), at))
    return tuple(at for _, at in sorted(buckets))


def _list_added(names: list[str], colon: str, comma: str) -> Iterator[str]:
    for name in _TABLES["optional_members"]:
        if name not in names:
            for value in ('""', "null", "false"):
                yield f'"{name}"{colon}{value}'
    for first, second in _RARE["tables"]["optional_pairs"]:
        if first not in names and second not in names:
            for value in ('""', "null"):
                yield f'"{first}"{colon}{value}{comma}"{second}"{colon}{value}'


def _list_values(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield what is written for a value in its place, with the id of the mistake."""
    for bare in ("null", "undefined", "None", "NaN", "{}", "[]", text):
        yield bare, "body-member"
    for value in _change_value(name, text):
        yield write_text(value), "body-member"
    for value in {"true": ("True", "true"), "false": ("False", "false")}.get(text.lower(), ()):
        yield value, "body-member"
        yield write_text(value), "body-member"
    if NUMERAL.fullmatch(text):
        short = write_python_float(text)
        for value in dict.fromkeys((short, short.replace("e-0", "e-"), short.replace("e-", "E-"))):
            yield value, "body-numbers"
            yield write_text(value), "body-numbers"


def _print_numbers(members: list[tuple[str, str, str]], *, is_float: bool) -> str:
    """Return a dict with its numerals as numbers, as Python prints it."""
    rows = []
    for name, written, text in members:
        value = text if written.startswith('"') else written
        if NUMERAL.fullmatch(value):
            value = write_python_float(value) if is_float else write_python_number(value)
        elif written.startswith('"'):
            value = print_python(text)
        else:
            value = {"true": "True", "false": "False", "null": "None"}.get(written, written)
        rows.append(f"{print_python(name)}: {value}")
    return "{" + ", ".join(rows) + "}"


# --- the time ----------------------------------------------------------------------------


def _vary_time(request: SignedRequest) -> Iterator[Variant]:
    timestamp = request.timestamp
    for text in _RARE["tables"]["rare_placeholders"]:
        if text != timestamp:
            yield make_variant("timestamp-form", {"timestamp": text}, text, timestamp)
    for text, more in (*_read_digits(timestamp), *_read_float(timestamp)):
        yield make_variant("clock-read-twice", {"timestamp": text}, text, timestamp, more)
    moment = parse_moment(timestamp)
    if moment is not None and re.fullmatch(_TABLES["forms"]["iso_three"], timestamp, re.ASCII):
        yield from _vary_zone(timestamp, moment)
        yield from _vary_second(timestamp, moment)


def _vary_zone(timestamp: str, moment: int) -> Iterator[Variant]:
    """Yield the times of a clock in local time that was read for itself."""
    reads = _RARE["limits"]["clock_reads_in_zone_ms"]
    for hours, offset in product(range(-12, 15), range(-reads, reads + 1)):
        if hours and offset:
            zone = f" ({hours:+d} hours: local time, not UTC)"
            side = f" ({abs(offset)} ms {'earlier' if offset < 0 else 'later'})"
            text = _write_iso(moment + hours * 3_600_000 + offset)
            yield _make_double(("local-time", zone), ("clock-read-twice", side), text, timestamp)


def _vary_second(timestamp: str, moment: int) -> Iterator[Variant]:
    """Yield the seconds around it, without its milliseconds."""
    for seconds in (-3, -2, -1, 1, 2, 3):
        side = f" ({abs(seconds)} s {'earlier' if seconds < 0 else 'later'})"
        second = moment // 1000 + seconds
        iso = _write_iso(second * 1000)[:19]
        for text, id_ in (
            (f"{iso}Z", "timestamp-form"),
            (f"{iso}.000Z", "timestamp-form"),
            (iso, "timestamp-form"),
            (f"{iso}+00:00", "timestamp-form"),
            (str(second), "epoch-signed"),
        ):
            # A time without milliseconds was read twice and nothing else: `generate_moments`.
            if not (text.endswith(".000Z") and moment % 1000 == 0):
                note = _TABLES["time_notes"].get(id_, "")
                yield _make_double((id_, note), ("clock-read-twice", side), text, timestamp)


def _make_double(
    first: tuple[str, str], second: tuple[str, str], text: str, timestamp: str
) -> Variant:
    mistakes = tuple(
        (id_, {"signed": text, "received": timestamp, "more": more})
        for id_, more in (first, second)
    )
    return Variant(mistakes, {"timestamp": text})


def _write_iso(moment: int) -> str:
    at = datetime.fromtimestamp(moment // 1000, UTC)
    return f"{at.strftime('%Y-%m-%dT%H:%M:%S')}.{moment % 1000:03}Z"


def _read_digits(timestamp: str) -> Iterator[tuple[str, str]]:
    """Yield times close to one with six or seven digits, and how far away they are."""
    parts = re.fullmatch(r"(.+[T ]\d\d:\d\d:\d\d)\.(\d{6,7})(Z|\+00:00)?", timestamp, re.ASCII)
    moment = parse_moment(f"{parts[1][:10]}T{parts[1][11:]}.000Z") if parts else None
    if parts is None or moment is None:
        return
    size = len(parts[2])
    unit, ticks = 10**size, moment // 1000 * 10**size + int(parts[2])
    for offset in range(1, _READS + 1):
        for other, side in ((ticks - offset, "earlier"), (ticks + offset, "later")):
            second, fraction = divmod(other, unit)
            text = _write_iso(second * 1000)[:19].replace("T", parts[1][10])
            micro = f"{offset * 10 ** (6 - size):g}"
            yield f"{text}.{fraction:0{size}}{parts[3] or ''}", f" ({micro} µs {side})"


def _read_float(timestamp: str) -> Iterator[tuple[str, str]]:
    """Yield the floats next to a Unix time that a language prints with all its digits."""
    if (
        not re.fullmatch(r"1\d{9}\.\d{4,7}", timestamp, re.ASCII)
        or repr(float(timestamp)) != timestamp
    ):
        return
    step = math.ulp(float(timestamp))
    for offset in range(1, _READS + 1):
        micro = f"{offset * step * 1_000_000:.0f}"
        yield repr(float(timestamp) - offset * step), f" ({micro} µs earlier)"
        yield repr(float(timestamp) + offset * step), f" ({micro} µs later)"


# --- the text ----------------------------------------------------------------------------


def _vary_text(request: SignedRequest, keys: Keys) -> Iterator[Variant]:
    """Yield what is done with the whole text before it is signed."""
    text = request.prehash
    raw = text.encode("utf-8", "replace")
    digest = hashlib.sha256(raw)
    for other, signed in (
        (text.upper(), "the text in capitals"),
        (text.lower(), "the text in small letters"),
        (quote(text, safe="", errors="replace"), "the text with percent signs"),
        (quote(text, safe="/", errors="replace"), "the text with percent signs"),
        (base64.b64encode(raw).decode(), "the text as Base64"),
        (raw.hex(), "the text as hex"),
        (digest.hexdigest(), "the SHA-256 of the text in hex"),
        (base64.b64encode(digest.digest()).decode(), "the SHA-256 of the text as Base64"),
        *((each, "JSON of the four parts") for each in _write_parts(request)),
    ):
        if other != text:
            yield make_variant("other-formula", {"timestamp": other, **_NOTHING}, signed)
    yield _sign_bytes("other-formula", digest.digest(), "the SHA-256 of the text", None)
    secret = keys.secret_key
    for encoding, signed, both in (
        ("utf-16-le", "UTF-16", True),
        ("utf-16-be", "UTF-16", True),
        ("utf-16-be", "UTF-16", False),
    ):
        coded = text.encode(encoding, "replace")
        key = secret.encode(encoding, "replace")
        yield _sign_bytes("text-encoding", coded, signed, key if both else None)
    yield _sign_bytes(
        "text-encoding", b"\xfe\xff" + text.encode("utf-16-be", "replace"), "UTF-16", None
    )


def _sign_bytes(id_: str, raw: bytes, signed: str, secret: bytes | None) -> Variant:
    """Return a variant that signs bytes: each is a letter of Latin-1."""
    parts = {"timestamp": raw.decode("latin-1"), **_NOTHING, "encoding": "latin-1"}
    return Variant(((id_, {"signed": signed}),), parts, secret)


def _write_parts(request: SignedRequest) -> Iterator[str]:
    values = [request.timestamp, request.method, request.request_path, request.body]
    for separators in (_COMPACT, _SPACED):
        for names in _RARE["tables"]["names_of_parts"]:
            parts = dict(zip(names, values, strict=True))
            yield json.dumps(parts, separators=separators, ensure_ascii=False)
            yield json.dumps(
                {name: value for name, value in parts.items() if value},
                separators=separators,
                ensure_ascii=False,
            )
        yield json.dumps(values, separators=separators, ensure_ascii=False)


# --- the secret --------------------------------------------------------------------------


def _vary_secret(secret_key: str) -> Iterator[Variant]:
    """Yield the secret with one slip of somebody who typed it, or of a program that read it."""
    if len(secret_key) > _RARE["limits"]["typed_secret_characters"]:
        return
    for text, slip in _generate_slips(secret_key):
        if text != secret_key:
            yield Variant((("secret-typo", {"signed": slip}),), {}, text.encode("utf-8", "replace"))


def _generate_slips(secret: str) -> Iterator[tuple[str, str]]:
    for right, wrong in _RARE["tables"]["confused_letters"]:
        yield secret.replace(right, wrong), "a letter was taken for another, throughout"
    yield secret[::-1], "the letters are in reverse order"
    for at in range(len(secret)):
        before, letter, after = secret[:at], secret[at], secret[at + 1 :]
        place = f"character {at + 1}"
        yield before + after, f"{place} is missing"
        yield before + letter + letter + after, f"{place} is there twice"
        yield before + after[:1] + letter + after[1:], f"{place} and the next changed places"
        for mark, name in ((" ", "a blank"), ("\n", "a line end"), ("-", "a hyphen")):
            yield before + mark + letter + after, f"{name} stands before {place}"
        for other in _RARE["tables"]["letters"]:
            yield before + other + after, f"{place} is another"
