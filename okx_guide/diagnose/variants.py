"""What people sign instead of the right text, and with what instead of the secret.

A variant is one mistake: which parts of the signature it changes, and to what. Two variants
that change different parts make a pair. `docs/javascripts/diagnose/variants.js` is the same in
JavaScript; tables and limits are in `mistakes.json`, which both read.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import chain, permutations, product
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode

from okx_guide.diagnose.bodies import encode_as_query, generate_bodies, print_objects
from okx_guide.diagnose.catalogue import LIMITS, load_catalogue
from okx_guide.diagnose.request import SignedRequest

# A clock that is read twice, once for the header and once for the signature, is off by
# this much at the most; beyond it, "some other time" is not a finding.
_TWO_CLOCK_READS_MS = LIMITS["two_clock_reads_ms"]
# Beside another mistake, no more than this, because each is tried with each.
_TWO_CLOCK_READS_OF_A_PAIR_MS = LIMITS["two_clock_reads_in_pair_ms"]
# How far the clocks of the world are from UTC, summer time included; and the other way, because
# some people add what they should subtract.
_TIME_ZONES_MINUTES: list[int] = load_catalogue()["tables"]["time_zones_minutes"]
# Four parameters have 24 orders, five have 120.
_ORDERS_OF_AT_MOST = LIMITS["ordered_parameters"]
_LOGIN_PATH: str = load_catalogue()["tables"]["login_path"]

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|\+00:?00)?", re.ASCII)
_THREE_DIGITS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_EPOCH = re.compile(r"(\d{9,10})(?:\.?(\d{3}))?", re.ASCII)


class Keys(NamedTuple):
    """The three strings of the key; the last two may be empty, if they are not known."""

    secret_key: str
    passphrase: str = ""
    api_key: str = ""


# What a clock can have shown: the text, the mistake, and the milliseconds from what was sent.
Moment = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Variant:
    """One mistake, or two that change the same part.

    Attributes:
        mistakes: For each mistake its id, and what fills the gaps of its explanation.
        parts: What is signed instead, by the name of the part. See `split_prehash`.
        secret: The bytes that were used as the HMAC key instead, if they differ.
    """

    mistakes: tuple[tuple[str, Mapping[str, str]], ...]
    parts: Mapping[str, str]
    secret: bytes | None = None


def split_prehash(request: SignedRequest) -> dict[str, str]:
    """Return every part of a signature as it should be.

    The text is `timestamp`, `method`, `path` with `query`, and `body`, in another `order` if
    one is given, with `separator` between them and `end` after them, as bytes by `encoding`
    (UTF-8 if none is given); `use` says what is done with it and the secret.
    """
    path, mark, query = request.request_path.partition("?")
    return {
        "timestamp": request.timestamp,
        "method": request.method,
        "path": path,
        "query": mark + query,
        "body": request.body,
        "order": "",
        "separator": "",
        "end": "",
        "encoding": "",
        "use": "hmac",
    }


def generate_single(request: SignedRequest, keys: Keys) -> Iterator[Variant]:
    """Yield every known mistake once, but for the thousands of `generate_moments`.

    The cheap and frequent ones come first.
    """
    known: set[tuple[tuple[str, str], ...]] = set()
    start = split_prehash(request)
    for variant in chain(
        _vary_query(request),
        _vary_path(request),
        _vary_body(request),
        _vary_method(request),
        _vary_time(request),
        _vary_formula(request),
        _vary_extras(request, keys),
    ):
        changed = tuple((name, text) for name, text in variant.parts.items() if start[name] != text)
        if changed and changed not in known:
            known.add(changed)
            yield variant
    yield from _vary_secret(keys)
    yield from _vary_algorithm()


def list_for_pairs(
    request: SignedRequest, single: Iterable[Variant]
) -> tuple[list[Variant], list[Variant]]:
    """Return the mistakes that are tried with each other, and those tried beside one of them."""
    tables = load_catalogue()["tables"]
    alone = set(tables["alone"])
    partners = [each for each in single if each.mistakes[0][0] not in alone]
    frequent, rare = _split_frequent(partners, dict(tables["frequent"]))
    return frequent, [*rare, *_vary_clock(request)]


def list_for_threes(single: Iterable[Variant]) -> list[Variant]:
    """Return the mistakes that are tried three at a time: those that beginners make together."""
    return _split_frequent(single, dict(load_catalogue()["tables"]["in_threes"]))[0]


def _split_frequent(
    variants: Iterable[Variant], budget: dict[str, int]
) -> tuple[list[Variant], list[Variant]]:
    """Return the first variants of each mistake, as many as the table says, and the others."""
    frequent: list[Variant] = []
    rare: list[Variant] = []
    for each in variants:
        id_ = each.mistakes[0][0]
        budget[id_] = budget.get(id_, 0) - 1
        (frequent if budget[id_] >= 0 else rare).append(each)
    return frequent, rare


def list_for_common_pairs(single: Iterable[Variant]) -> tuple[list[Variant], list[Variant]]:
    """Return those of `list_for_pairs` that are tried on a long request too: the common ones."""
    tables = load_catalogue()["tables"]
    common = [each for each in single if each.mistakes[0][0] in tables["common"]]
    return _split_frequent(common, dict(tables["frequent"]))


def generate_double(request: SignedRequest) -> Iterator[Variant]:
    """Yield pairs of mistakes that change the same part, so that no two variants make them."""
    methods = [
        method for method in load_catalogue()["tables"]["methods"] if method != request.method
    ]
    for method in methods:
        fields = {"signed": method, "received": request.method}
        for written in (method.lower(), method.capitalize()):
            again = {"signed": written, "received": request.method}
            yield Variant((("method-other", fields), ("method-case", again)), {"method": written})
    known = {request.timestamp}
    for moved in chain(_vary_time_zone(request), _vary_clock(request)):
        moment = moved.parts["timestamp"]
        for text, id_ in _generate_time_forms(
            moment, login=request.request_path == _LOGIN_PATH, common=True
        ):
            if text not in known:
                known.add(text)
                fields = {"signed": text, "received": request.timestamp, "more": _unix_note(id_)}
                yield Variant((*moved.mistakes, (id_, fields)), {"timestamp": text})


def make_variant(
    id_: str, parts: Mapping[str, str], signed: str = "", received: str = "", more: str = ""
) -> Variant:
    """Return a variant of one mistake, with what fills the gaps of its explanation."""
    return Variant(((id_, {"signed": signed, "received": received, "more": more}),), parts)


# --- the path ----------------------------------------------------------------------------


def _vary_query(request: SignedRequest) -> Iterator[Variant]:
    path, mark, query = request.request_path.partition("?")
    body = request.body
    for id_, variant in _generate_queries(mark, query):
        yield make_variant(id_, {"query": variant}, path + variant, request.request_path)
    if query:
        for as_body in _write_query_as_body(query):
            parts = {"query": "", "body": as_body}
            yield make_variant("query-in-body", parts, path, request.request_path)
            if not body:
                also = {"body": as_body}
                yield make_variant("query-also-in-body", also, _quote(as_body), _quote(""))
    if body and not mark:
        for variant in (*encode_as_query(body), body):
            parts = {"query": f"?{variant}", "body": ""}
            yield make_variant("body-as-query", parts, f"{path}?{variant}", request.request_path)


def _write_query_as_body(query: str) -> Iterator[str]:
    parameters = dict(parse_qsl(query))
    numbers: dict[str, Any] = {
        name: int(value) if re.fullmatch("[1-9][0-9]{0,14}", value) else value
        for name, value in parameters.items()
    }
    for separators in ((", ", ": "), (",", ":")):
        yield json.dumps(parameters, separators=separators)
    yield json.dumps(parameters, separators=(",", ":"), sort_keys=True)
    yield json.dumps(numbers, separators=(",", ":"))
    yield str(parameters)
    yield query
    yield json.dumps(parameters, sort_keys=True)
    yield json.dumps(numbers)
    yield str(numbers)


def _generate_queries(mark: str, query: str) -> Iterator[tuple[str, str]]:
    if not query:
        yield "question-mark", "" if mark else "?"
        for text in load_catalogue()["tables"]["unfilled_queries"]:
            yield "query-member", text
        return
    yield "query-missing", ""
    yield "question-mark", query
    for before, after in (("&", ""), ("??", ""), ("?&", ""), ("%3F", "")):
        yield "question-mark", before + query + after
    yield "query-encoding", "?" + query.replace("&", "&amp;")
    pairs = query.split("&")
    yield "query-sorted", "?" + "&".join(sorted(pairs))
    yield "query-order", "?" + "&".join(reversed(pairs))
    yield "query-encoding", "?" + unquote(query)
    parsed = parse_qsl(query, keep_blank_values=True)
    for via, safe in (
        (quote_plus, ""),
        (quote, ""),
        (quote_plus, ",:/"),
        (quote, "!'()*"),
        (quote, ",:/"),
    ):
        again = urlencode(parsed, safe=safe, errors="replace", quote_via=via)
        yield "query-encoding", "?" + again
        yield "query-encoding", "?" + re.sub("%..", lambda match: match[0].lower(), again)
    yield "query-encoding", "?" + quote(query, safe="=&", errors="replace")
    if len(pairs) <= _ORDERS_OF_AT_MOST:
        for order in permutations(pairs):
            yield "query-order", "?" + "&".join(order)
    yield from _generate_members(pairs)


def _generate_members(pairs: list[str]) -> Iterator[tuple[str, str]]:
    """Yield queries with other parameters: one left out, the empty ones left out, and so on."""
    if len(pairs) > LIMITS["varied_parameters"]:
        return
    for at in range(len(pairs)):
        members = pairs[:at] + pairs[at + 1 :]
        yield "query-member", "?" + "&".join(members) if members else ""
    tables = load_catalogue()["tables"]
    for name in tables["optional_parameters"]:
        if not any(pair.partition("=")[0] == name for pair in pairs):
            for value, at in product(tables["unset_values"], range(len(pairs), -1, -1)):
                yield "query-member", "?" + "&".join([*pairs[:at], f"{name}={value}", *pairs[at:]])
    rows = [pair.partition("=") for pair in pairs]
    for start, middle, between, end in tables["query_prints"]:
        printed = between.join(f"{name}{middle}{value}" for name, _, value in rows)
        yield "query-member", start + printed + end
    for text in tables["unfilled_queries"]:
        yield "query-member", text
    for change in (str.upper, _write_float):
        yield "query-member", "?" + "&".join(f"{name}={change(value)}" for name, _, value in rows)
    empty = re.compile(r"[^=]*(=|=undefined|=null|=None)?")
    filled = [pair for pair in pairs if not empty.fullmatch(pair)]
    yield "query-member", "?" + "&".join(filled) if filled else ""
    for words in ({"true": "True", "false": "False"}, {"True": "true", "False": "false"}):
        changed = [
            f"{name}={words.get(value, value)}" if mark else name
            for name, mark, value in (pair.partition("=") for pair in pairs)
        ]
        yield "query-member", "?" + "&".join(changed)


def _write_float(value: str) -> str:
    """Return a whole number with a decimal, and anything else as it is."""
    return f"{value}.0" if re.fullmatch(r"[0-9]{1,9}", value) else value


def _vary_path(request: SignedRequest) -> Iterator[Variant]:
    path, mark, query = request.request_path.partition("?")
    lower = {"path": path.lower(), "query": (mark + query).lower()}
    yield make_variant("path-case", lower, "".join(lower.values()), request.request_path)
    for id_, variant in _generate_paths(path, request.host):
        yield make_variant(id_, {"path": variant}, variant + mark + query, request.request_path)


def _generate_paths(path: str, host: str) -> Iterator[tuple[str, str]]:
    tables = load_catalogue()["tables"]
    for start in (host, *tables["hosts"], *tables["other_hosts"]):
        yield "full-url", start + path
        yield "full-url", start.partition("://")[2] + path
    for start in tables["hosts"]:
        yield "full-url", f"{start}:443{path}"
        yield "full-url", f"{start}/{path}"
    for start in tables["unfilled_hosts"]:
        yield "full-url", start + path
    if path == _LOGIN_PATH:
        for address in tables["websocket_paths"]:
            yield "path-of-address", address
    yield "api-twice", f"/api/v5{path}"
    # Of two slashes, the one that is missing is no missing slash.
    if not path.startswith("//"):
        yield "no-slash", path.removeprefix("/")
    yield "path-slashes", f"/{path}"
    yield "path-slashes", path + "/"
    yield "path-slashes", path.rstrip("/")
    yield "path-slashes", re.sub("/+", "/", path)
    yield "path-slashes", re.sub("/+", "/", path).rstrip("/")
    yield "path-case", path.lower()
    for missing in ("/api", "/api/v5", "/api/"):
        yield "api-missing", path.removeprefix(missing)
    for other in (path.replace("-", "_"), path.replace("/", "\\")):
        yield "old-path", other
    yield "query-encoding", quote(path, safe="", errors="replace")
    yield "api-missing", path.removeprefix("/api/v5/")
    for before, after in tables["around_path"]:
        yield "path-slashes", before + path + after
    yield from _generate_older_paths(path)


def _generate_older_paths(path: str) -> Iterator[tuple[str, str]]:
    """Yield the path without its first words, or with those of an older version."""
    parts = re.match("/api/v5/([^/]+)/", path)
    if parts:
        for missing in (parts[0][:-1], parts[0]):
            yield "api-missing", path.removeprefix(missing)
        for older in load_catalogue()["tables"]["versions"]:
            yield "old-path", older.replace("{section}", parts[1]) + path[parts.end() :]


# --- the body ----------------------------------------------------------------------------


def _vary_body(request: SignedRequest) -> Iterator[Variant]:
    bodies: Iterator[tuple[str, str]]
    if request.body:
        path = request.request_path.partition("?")[0]
        bodies = chain(generate_bodies(request.body), print_objects(request.body, path))
    else:
        bodies = ((empty, "empty-body") for empty in load_catalogue()["tables"]["empty_bodies"])
    for text, id_ in bodies:
        yield make_variant(id_, {"body": text}, _quote(text), _quote(request.body))


def _quote(text: str) -> str:
    return f"'{text}'"


# --- the method --------------------------------------------------------------------------


def _vary_method(request: SignedRequest) -> Iterator[Variant]:
    method = request.method
    for variant in (method.lower(), method.capitalize(), method.upper()):
        yield make_variant("method-case", {"method": variant}, variant, method)
    for variant in load_catalogue()["tables"]["methods"]:
        yield make_variant("method-other", {"method": variant}, variant, method)
    for before, after in load_catalogue()["tables"]["around_method"]:
        around = f"{before}{method}{after}"
        yield make_variant("method-case", {"method": around}, around, method)
    for missing in load_catalogue()["tables"]["missing_methods"]:
        yield make_variant("method-missing", {"method": missing}, missing, method)
    names = {"lower": method.lower(), "upper": method.upper(), "title": method.capitalize()}
    for template in load_catalogue()["tables"]["printed_methods"]:
        printed = template.format_map(names)
        yield make_variant("method-case", {"method": printed}, printed, method)
    yield make_variant("method-missing", {"method": ""}, "", method)


# --- the time ----------------------------------------------------------------------------


def _vary_time(request: SignedRequest) -> Iterator[Variant]:
    for text, id_ in _generate_time_forms(
        request.timestamp, login=request.request_path == _LOGIN_PATH
    ):
        yield make_variant(id_, {"timestamp": text}, text, request.timestamp, _unix_note(id_))
    yield from _vary_time_zone(request)


def _unix_note(id_: str) -> str:
    notes: dict[str, str] = load_catalogue()["tables"]["time_notes"]
    return notes.get(id_, "")


def _generate_time_forms(
    written: str, *, login: bool, common: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield other ways to write the same moment, with the mistake; the common ones or all."""
    moment = parse_moment(written)
    if moment is None:
        return
    iso = "-" in written
    names = ("timestamp-form", "epoch-signed") if iso else ("epoch-sent", "timestamp-form")
    for_iso, for_epoch = ("rest-formula", "milliseconds-signed") if login else names
    seconds, milliseconds = divmod(moment, 1000)
    for fraction in (f".{milliseconds:03}", f"{milliseconds:03}", ""):
        yield f"{seconds}{fraction}", for_epoch
    if common:
        at = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        for fraction in (f".{milliseconds:03}", "", f".{milliseconds:03}000"):
            for text in (at + fraction, at.replace("T", " ") + fraction):
                yield text, for_iso
                yield f"{text}Z", for_iso
        return
    yield f"{seconds}.{milliseconds:03}".rstrip("0").rstrip("."), for_epoch
    yield f"{seconds}.0", for_epoch
    yield f"{moment}000", for_epoch
    yield f"{moment}000000", for_epoch
    yield f"{(moment + 500) // 1000}", for_epoch
    for text in _generate_iso_forms(moment):
        yield text, for_iso
        yield text.replace("T", " ", 1), for_iso


def _generate_iso_forms(moment: int) -> Iterator[str]:
    at = datetime.fromtimestamp(moment // 1000, UTC)
    second, fraction = at.strftime("%Y-%m-%dT%H:%M:%S"), f"{moment % 1000:03}"
    fractions = [
        f".{fraction}",
        "",
        f".{fraction.rstrip('0') or 0}",
        f".{fraction.lstrip('0') or 0}",
        ".000",
        f".{fraction}000",
        f".{fraction}000000",
        f":{fraction}",
        f",{fraction}",
    ]
    for text in (
        f".{fraction}",
        "Z",
        "",
        f".{fraction}+00:00",
        f".{fraction}000Z",
        f".{fraction}000",
    ):
        yield second + text
    for written in fractions:
        for end in ("Z", "", "+00:00", "+0000", "+00", " UTC", " +0000 UTC", "z", "GMT", " GMT"):
            yield f"{second}{written}{end}"
    yield f"{second}.{fraction}Z".lower()
    yield at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    yield at.strftime("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)")
    yield at.strftime("%a %b %d %H:%M:%S UTC %Y")
    yield f"{second}.{fraction}0000Z"
    if at.month > 1:
        yield f"{at.year}-{at.month - 1:02}{second[7:]}.{fraction}Z"
    yield f"{at.strftime('%Y-%m-%dT%I:%M:%S')}.{fraction}Z"
    yield at.strftime("%Y%m%d%H%M%S")
    yield at.strftime("%Y-%m-%d")


def _vary_time_zone(request: SignedRequest) -> Iterator[Variant]:
    write, moment = _make_writer(request.timestamp), parse_moment(request.timestamp)
    if write is None or moment is None:
        return
    for minutes in _TIME_ZONES_MINUTES:
        text = write(moment + minutes * 60_000)
        hours = f" ({minutes / 60:+g} hours: local time, not UTC)"
        yield make_variant("local-time", {"timestamp": text}, text, request.timestamp, hours)


def _generate_offsets(request: SignedRequest) -> Iterator[Moment]:
    """Yield the moment with the offset of each time zone written out."""
    write, moment = _make_writer(request.timestamp), parse_moment(request.timestamp)
    if write is None or moment is None or not request.timestamp.endswith("Z"):
        return
    for minutes in _TIME_ZONES_MINUTES:
        text = write(moment + minutes * 60_000).removesuffix("Z")
        sign, (hours, minute) = "+" if minutes > 0 else "-", divmod(abs(minutes), 60)
        for start in dict.fromkeys((text, text[:19])):
            yield f"{start}{sign}{hours:02}:{minute:02}", "local-time", 0
            yield f"{start}{sign}{hours:02}{minute:02}", "local-time", 0


def _generate_microseconds(request: SignedRequest) -> Iterator[Moment]:
    """Yield every time whose first three digits after the second are those that were sent."""
    moment = parse_moment(request.timestamp)
    if moment is None or not re.fullmatch(_THREE_DIGITS, request.timestamp):
        return
    start = request.timestamp[:-1]
    for micro in range(1, 1000):
        for end in ("Z", "+00:00", ""):
            yield f"{start}{micro:03}{end}", "timestamp-form", 0
        yield f"{moment // 1000}.{moment % 1000:03}{micro:03}", "epoch-signed", 0


def _generate_prints(request: SignedRequest) -> Iterator[Moment]:
    """Yield the moment as languages print it, in UTC and in each time zone.

    Of the digits after the milliseconds, which nobody sent, each is tried. There are more prints
    than other moments: with a long request, whose digests take long, they are left out.
    """
    moment, tables = parse_moment(request.timestamp), load_catalogue()["tables"]
    if moment is None or "-" not in request.timestamp:
        return
    if request.size > LIMITS["characters_for_time_prints"]:
        return
    for text in dict.fromkeys(  # one without the minute is the same in several time zones
        template.format_map(fields)
        for fields in (_name_fields(moment, minutes) for minutes in (0, *_TIME_ZONES_MINUTES))
        for template in tables["time_prints"]
    ):
        yield text, "timestamp-form", 0
    for minutes, zone in tables["zone_names"]:
        fields = {**_name_fields(moment, minutes), "zone": zone}
        for template in tables["zone_prints"]:
            yield template.format_map(fields), "timestamp-form", 0
    fields = _name_fields(moment, 0)
    for row in tables["time_digits"]:
        start, end = (part.format_map(fields) for part in row["text"].split("{x}"))
        for digits in product("0123456789", repeat=row["digits"]):
            yield f"{start}{''.join(digits)}{end}", "timestamp-form", 0


def _name_fields(moment: int, minutes: int) -> dict[str, str]:
    """Return the parts of a moment in a time zone, by the names that the templates have."""
    at = datetime.fromtimestamp(moment // 1000 + minutes * 60, UTC)
    hour = at.hour % 12 or 12
    hours, minute = divmod(abs(minutes), 60)
    return {
        "Y": f"{at.year}",
        "M": f"{at.month:02}",
        "D": f"{at.day:02}",
        "h": f"{at.hour:02}",
        "m": f"{at.minute:02}",
        "s": f"{at.second:02}",
        "f": f"{moment % 1000:03}",
        "M1": f"{at.month}",
        "D1": f"{at.day}",
        "h1": f"{at.hour}",
        "m1": f"{at.minute}",
        "s1": f"{at.second}",
        "I": f"{hour:02}",
        "I1": f"{hour}",
        "p": "AM" if at.hour < 12 else "PM",
        "J": f"{at.timetuple().tm_yday:03}",
        "A": at.strftime("%a"),
        "B": at.strftime("%b"),
        "e": f"{moment // 1000}",
        "z": f"{'-' if minutes < 0 else '+'}{hours:02}{minute:02}",
    }


def _generate_far_reads(request: SignedRequest) -> Iterator[Moment]:
    """Yield moments whole seconds apart, up to the window in which OKX takes a request."""
    write, moment = _make_writer(request.timestamp), parse_moment(request.timestamp)
    if write is None or moment is None:
        return
    for second in range(_TWO_CLOCK_READS_MS // 1000 + 1, LIMITS["window_seconds"] + 1):
        for offset in (-1000 * second, 1000 * second):
            yield write(moment + offset), "clock-read-twice", offset


def _vary_clock(request: SignedRequest) -> Iterator[Variant]:
    """Yield the moments that are tried beside another mistake."""
    for text, id_, offset in _generate_clock_reads(request, _TWO_CLOCK_READS_OF_A_PAIR_MS):
        yield make_moment_variant(request, text, id_, offset)


def generate_moments(request: SignedRequest) -> Iterator[Moment]:
    """Return the thousands of times that a clock can have shown, one after the other.

    `make_moment_variant` makes a variant of one. They are not made here, because that takes longer
    than to try the text.
    """
    return chain(
        _generate_clock_reads(request, _TWO_CLOCK_READS_MS),
        _generate_milliseconds(request),
        _generate_far_reads(request),
        _generate_offsets(request),
        _generate_microseconds(request),
        _generate_prints(request),
    )


def make_moment_variant(request: SignedRequest, text: str, id_: str, offset: int) -> Variant:
    """Return the variant of one of the `generate_moments`."""
    more = _unix_note(id_)
    if offset:
        side = "earlier" if offset < 0 else "later"
        size = f"{abs(offset) // 1000} s" if _is_in_seconds(request) else f"{abs(offset)} ms"
        more = f" ({size} {side})"
    return make_variant(id_, {"timestamp": text}, text, request.timestamp, more)


def _is_in_seconds(request: SignedRequest) -> bool:
    return re.fullmatch(r"\d{9,10}", request.timestamp, re.ASCII) is not None


def _generate_clock_reads(request: SignedRequest, at_most: int) -> Iterator[Moment]:
    """Yield moments close to the one that was sent, the closest first."""
    write, moment = _make_writer(request.timestamp), parse_moment(request.timestamp)
    if write is None or moment is None:
        return
    step = 1000 if _is_in_seconds(request) else 1
    for offset in range(step, max(at_most, step) + 1, step):
        yield write(moment - offset), "clock-read-twice", -offset
        yield write(moment + offset), "clock-read-twice", offset


def _generate_milliseconds(request: SignedRequest) -> Iterator[Moment]:
    """Yield every moment of the second that was sent: its milliseconds are not known."""
    if not _is_in_seconds(request):
        return
    login = request.request_path == _LOGIN_PATH
    for_iso, for_epoch = (
        ("rest-formula", "milliseconds-signed") if login else ("epoch-sent", "timestamp-form")
    )
    iso = datetime.fromtimestamp(int(request.timestamp), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for millisecond in range(1000):
        yield f"{iso}.{millisecond:03}Z", for_iso, 0
        yield f"{request.timestamp}{millisecond:03}", for_epoch, 0
        yield f"{request.timestamp}.{millisecond:03}", for_epoch, 0


def parse_moment(written: str) -> int | None:
    """Return a time as Unix milliseconds, if it is in one of the known forms; None if not.

    Examples:
        >>> parse_moment("2020-12-08T09:08:57.715Z"), parse_moment("1607418537"), parse_moment("x")
        (1607418537715, 1607418537000, None)
    """
    epoch = _EPOCH.fullmatch(written)
    if epoch:
        return int(epoch[1]) * 1000 + int(epoch[2] or 0)
    iso = _ISO.fullmatch(written)
    if not iso or not LIMITS["first_year"] <= int(iso[1][:4]) <= LIMITS["last_year"]:
        return None
    try:
        at = datetime.fromisoformat(f"{iso[1]}T{iso[2]}+00:00")
    except ValueError:
        return None
    return int(at.timestamp()) * 1000 + int(f"{iso[3] or '0':0<3}"[:3])


def _make_writer(written: str) -> Callable[[int], str] | None:
    """Return what writes other moments in the form of this one, if its form is known."""
    iso, epoch = _ISO.fullmatch(written), _EPOCH.fullmatch(written)
    if epoch:
        point = "." if "." in written else ""
        if not epoch[2]:
            return lambda moment: f"{moment // 1000}"
        return lambda moment: f"{moment // 1000}{point}{moment % 1000:03}"
    if not iso:
        return None
    day, tail = f"%Y-%m-%d{written[10]}%H:%M:%S", (iso[3] or "")[3:] + (iso[4] or "")
    seconds: dict[int, str] = {}

    def write(moment: int) -> str:
        second = moment // 1000
        text = seconds.get(second)
        if text is None:
            text = seconds[second] = datetime.fromtimestamp(second, UTC).strftime(day)
        if iso[3] or moment % 1000:
            return f"{text}.{moment % 1000:03}{tail}"
        return text + tail

    return write


# --- the formula -------------------------------------------------------------------------


def _vary_formula(request: SignedRequest) -> Iterator[Variant]:
    moment = parse_moment(request.timestamp)
    if moment is not None and request.request_path != _LOGIN_PATH:
        login = {"method": "GET", "path": _LOGIN_PATH, "query": "", "body": ""}
        yield make_variant("ws-formula", {"timestamp": str(moment // 1000), **login})
        yield make_variant("ws-formula", login)
    names = (("timestamp", request.timestamp), ("path", request.request_path))
    yield from _vary_formula_of_others(request, moment)
    yield make_variant("timestamp-missing", {"timestamp": ""}, "", names[0][1])
    yield make_variant("path-missing", {"path": "", "query": ""}, "", names[1][1])
    tables = load_catalogue()["tables"]
    for text in tables["placeholders"]:
        yield make_variant("timestamp-form", {"timestamp": text}, text, names[0][1])
    for separator in tables["separators"]:
        yield make_variant("separators", {"separator": separator}, _quote(separator))
    for end in tables["ends"]:
        yield make_variant("newline-at-end", {"end": end}, _quote(end))
    words = (
        ("timestamp", "method", "path", "body") if request.body else ("timestamp", "method", "path")
    )
    for order in list(permutations(range(len(words))))[1:]:
        text = " + ".join(words[at] for at in order)
        yield make_variant(
            "parts-order", {"order": "".join(str(at) for at in (*order, 3)[:4])}, text
        )
    for encoding in ("utf-16-le", "latin-1"):
        if encoding == "utf-16-le" or not request.body.isascii():
            yield make_variant("text-encoding", {"encoding": encoding}, encoding)
    yield from _fill_formulas(request, Keys(""))


def _vary_formula_of_others(request: SignedRequest, moment: int | None) -> Iterator[Variant]:
    query = request.request_path.partition("?")[2]
    empty = {"timestamp": "", "method": "", "path": "", "query": query, "body": request.body}
    if query or request.body:
        yield make_variant("other-exchange", empty, "the parameters alone")
    yield make_variant(
        "other-exchange",
        {
            "timestamp": "",
            "method": request.method,
            "path": request.request_path,
            "query": "",
            "body": request.timestamp + request.body,
        },
        "method + path + timestamp + body",
    )
    if moment is not None and request.request_path != _LOGIN_PATH:
        parts = {**empty, "timestamp": str(moment)}
        yield make_variant("other-exchange", parts, "timestamp + parameters")
        stamped = {**empty, "end": f"{'&' if query else ''}timestamp={moment}"}
        yield make_variant("other-exchange", stamped, "parameters + timestamp")


def _fill_formulas(request: SignedRequest, keys: Keys) -> Iterator[Variant]:
    """Yield the whole texts that others sign, from the templates that need these strings."""
    fields = _name_formula_fields(request, keys)
    if fields is None:
        return
    of_key = {"key", "pass", "signed_all"}
    blank = {"method": "", "path": "", "query": "", "body": ""}
    for template, row in _list_templates():
        gaps = set(re.findall(r"{(\w+)}", template))
        if bool(gaps & of_key) != bool(keys.api_key) or not gaps <= fields.keys():
            continue
        text = re.sub(r"{(\w+)}", lambda match: fields[match[1]], template)
        yield make_variant(row["id"], {"timestamp": text, **blank}, row["signed"])


@cache
def _list_templates() -> list[tuple[str, dict[str, Any]]]:
    """Return each formula with its row of the table; `{at}` stands for each way to write time."""
    return [
        (template.replace("{at}", f"{{{name}}}"), row)
        for row in load_catalogue()["tables"]["formulas"]
        for template in row["texts"]
        for name in row["times"] or [""]
    ]


def _name_formula_fields(request: SignedRequest, keys: Keys) -> dict[str, str] | None:
    """Return what a template of a formula can name; None for a time in an unknown form."""
    moment = parse_moment(request.timestamp)
    if moment is None or request.request_path == _LOGIN_PATH:
        return None
    path, _, query = request.request_path.partition("?")
    body, seconds = request.body, moment // 1000
    form = query or next(encode_as_query(body), body)
    pairs = form.split("&") if form else []
    iso = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    raw = body.encode("utf-8", "replace")
    fields = {
        "t": request.timestamp,
        "ms": f"{moment}",
        "us": f"{moment}000",
        "s": f"{seconds}",
        "iso": iso,
        "quoted": iso.replace(":", "%3A"),
        "METHOD": request.method,
        "method": request.method.lower(),
        "path": path,
        "short": path.removeprefix("/api/v5/"),
        "full": request.request_path,
        "query": query,
        "body": body,
        "params": query or body,
        "form": form,
        "sorted": "&".join(sorted(pairs)),
        "and_sorted": "".join(f"&{pair}" for pair in sorted(pairs)),
        "form_and": f"{form}&" if form else "",
        "sorted_and": "".join(f"{pair}&" for pair in sorted(pairs)),
        "host": "www.okx.com",
        "b64": base64.b64encode(raw).decode(),
    }
    for late in (5, 10, 30, 60, 300, 3600):
        fields[f"s{late}"] = f"{seconds + late}"
    for name in ("md5", "sha1", "sha256", "sha512"):
        fields[name] = hashlib.new(name, raw, usedforsecurity=False).hexdigest()
    if keys.api_key:
        fields["key"] = keys.api_key
    if keys.passphrase:
        fields["pass"] = keys.passphrase
    stamped = [*pairs, f"timestamp={moment}"]
    fields["stamped"] = "&".join(sorted(stamped))
    if keys.api_key:
        fields["signed_all"] = "&".join(sorted([*stamped, f"api_key={keys.api_key}"]))
    return fields


def _vary_extras(request: SignedRequest, keys: Keys) -> Iterator[Variant]:
    """Yield what is signed with one of the strings of the key in the text, or with quotes."""
    for mark in "'\"":
        quoted = {"timestamp": mark + request.timestamp, "end": mark}
        yield make_variant("text-extra", quoted, "quotes")
    if keys.passphrase:
        yield make_variant("text-extra", {"end": keys.passphrase}, "the passphrase")
    if not keys.api_key:
        return
    for parts in (
        {"timestamp": keys.api_key + request.timestamp},
        {"timestamp": request.timestamp + keys.api_key},
        {"end": keys.api_key},
    ):
        yield make_variant("text-extra", parts, "the API key")
    moment = parse_moment(request.timestamp)
    if moment is not None:
        query = request.request_path.partition("?")[2]
        fields = {"method": "", "path": "", "query": query, "body": request.body}
        start = {"timestamp": f"{moment}{keys.api_key}5000"}
        yield make_variant("other-exchange", {**start, **fields}, "time + key + 5000 + parameters")
    yield from _fill_formulas(request, keys)


# --- the secret --------------------------------------------------------------------------


def _vary_secret(keys: Keys) -> Iterator[Variant]:
    known = {keys.secret_key.encode("utf-8", "replace")}
    for id_, key, signed in _generate_secrets(keys):
        if key not in known:
            known.add(key)
            yield Variant(((id_, {"signed": signed}),), {}, key)


def _generate_secrets(keys: Keys) -> Iterator[tuple[str, bytes, str]]:
    tables = load_catalogue()["tables"]
    secret_key, passphrase, api_key = keys
    right = secret_key.encode("utf-8", "replace")
    if passphrase:
        yield "passphrase-as-secret", passphrase.encode("utf-8", "replace"), ""
    if api_key:
        yield "key-as-secret", api_key.encode("utf-8", "replace"), ""
    for missing in tables["no_secret"]:
        yield "secret-missing", missing.encode(), _quote(missing)
    for name, table in (("secret-whitespace", "around_secret"), ("secret-quoted", "quotes")):
        for before, after in tables[table]:
            yield name, before.encode() + right + after.encode(), ""
    for before, after in tables["beside_secret"]:
        extra = f"{before or 'nothing'} before and {after or 'nothing'} after it"
        extra = before or after if not (before and after) else extra
        yield "secret-extra", before.encode() + right + after.encode(), extra
    yield "secret-twice", right + right, ""
    for name in ("md5", "sha256"):
        digest = hashlib.new(name, right, usedforsecurity=False)
        yield "secret-hashed", digest.hexdigest().encode(), f"{name} in hex"
        yield "secret-hashed", digest.hexdigest().upper().encode(), f"{name} in hex, in capitals"
    yield "secret-case", secret_key.lower().encode("utf-8", "replace"), ""
    yield "secret-case", secret_key.upper().encode("utf-8", "replace"), ""
    yield from _cut_secret(secret_key)
    yield from _join_secret(keys)
    yield from _recode_secret(secret_key, right)


def _cut_secret(secret_key: str) -> Iterator[tuple[str, bytes, str]]:
    for size in range(1, len(secret_key) - LIMITS["cut_secret_characters"] + 1):
        lost = "character" if size == 1 else f"{size} characters"
        yield "secret-cut", secret_key[size:].encode("utf-8", "replace"), f"its first {lost}"
        yield "secret-cut", secret_key[:-size].encode("utf-8", "replace"), f"its last {lost}"


def _join_secret(keys: Keys) -> Iterator[tuple[str, bytes, str]]:
    secret_key, passphrase, api_key = keys
    if passphrase:
        for joined in (secret_key + passphrase, passphrase + secret_key):
            yield "secret-extra", joined.encode("utf-8", "replace"), "the passphrase"
    if api_key:
        for joined in (f"{api_key}:{secret_key}", f"{secret_key}:{api_key}"):
            yield "secret-extra", joined.encode("utf-8", "replace"), "the API key"
        yield "secret-extra", (api_key + secret_key).encode("utf-8", "replace"), "the API key"
        yield "secret-extra", (secret_key + api_key).encode("utf-8", "replace"), "the API key"


def _recode_secret(secret_key: str, right: bytes) -> Iterator[tuple[str, bytes, str]]:
    yield "secret-encoded", base64.b64encode(right), "Base64"
    yield "secret-encoded", right.hex().encode(), "hex"
    for before, after in load_catalogue()["tables"]["mangled_encodings"]:
        yield "secret-encoded", base64.b64encode(before.encode() + right + after.encode()), "Base64"
    yield "secret-encoded", secret_key.encode("utf-16-le", "replace"), "UTF-16"
    if re.fullmatch("([0-9a-fA-F]{2})+", secret_key):
        yield "secret-decoded", bytes.fromhex(secret_key), ""
    standard = secret_key.rstrip("=").replace("-", "+").replace("_", "/")
    if re.fullmatch("[0-9a-zA-Z+/]+", standard) and len(standard) % 4 != 1:
        yield "secret-decoded", base64.b64decode(standard + "=" * (-len(standard) % 4)), ""


def _vary_algorithm() -> Iterator[Variant]:
    yield make_variant("no-hmac", {"use": "text"}, "of the text")
    yield make_variant("no-hmac", {"use": "text+secret"}, "of text and secret")
    yield make_variant("no-hmac", {"use": "secret+text"}, "of secret and text")
    yield make_variant("key-and-message", {"use": "swapped"})
    yield make_variant("hashed-again", {"use": "hmac+hash"})
    yield make_variant("hashed-again", {"use": "hmac+hex+hash"})
