"""The texts that people sign in place of the body that they send.

Numbers are kept as they are written, because `2.0` and `2` are two texts. Some languages
write them anew; their habits are tried as well.
"""

import json
import math
import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from okx_guide.diagnose.catalogue import LIMITS, load_catalogue

# A longer one is written anew in fewer ways, which are faster.
_LONG = LIMITS["short_body_characters"]
_COMPACT, _SPACED = (",", ":"), (", ", ": ")
NUMERAL = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
"""A number without an exponent, short enough to be written in other ways."""
# One blank only.
_HALF_SPACED = ((", ", ":"), (",", ": "))
_TABLES = load_catalogue()["tables"]
_HTML = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})


class _Number(str):
    """A number of a JSON text, as it is written."""

    __slots__ = ()


def generate_bodies(body: str) -> Iterator[tuple[str, str]]:
    """Yield texts that people sign in place of a body that is not empty.

    Yields:
        The text, and the id of the mistake.
    """
    yield "", "body-missing"
    yield body.strip(), "body-whitespace"
    for missing in _TABLES["missing_bodies"]:
        yield missing, "body-missing"
    for before, after in _TABLES["around_body"]:
        inner = body.replace("\\", "\\\\").replace('"', '\\"') if before.endswith('("') else body
        yield before + inner + after, "body-print"
    for text in _TABLES["printed_objects"]:
        yield text, "body-object"
    yield quote(body, safe="", errors="replace"), "body-encoded-twice"
    yield b64encode(body.encode("utf-8", "replace")).decode(), "body-encoded-twice"
    yield body.encode("utf-8", "replace").hex(), "body-encoded-twice"
    yield f"\n{body}", "body-whitespace"
    yield f" {body}", "body-whitespace"
    yield from _generate_bytes(body)
    form = parse_qsl(body)
    if form:
        # What becomes of data= in requests, beside a signature of json.dumps().
        yield json.dumps(dict(form)), "form-sent"
        yield json.dumps(dict(form), separators=_COMPACT), "form-sent"
    with suppress(ValueError, RecursionError):
        if body.startswith('"'):
            # JSON text that was sent as a text of JSON.
            yield json.loads(body), "body-encoded-twice"
        yield from (
            _generate_json(_parse(body), body) if len(body) <= _LONG else _generate_long(body)
        )
    # After str(), which makes the same of a body with blanks.
    yield body.replace('"', "'"), "body-print"


def _generate_bytes(body: str) -> Iterator[tuple[str, str]]:
    raw = body.encode("utf-8", "replace")
    if len(body) <= _LONG:
        yield f"[{' '.join(str(byte) for byte in raw)}]", "body-print"
        yield f"[{', '.join(str(byte) for byte in raw)}]", "body-print"
    yield f"{len(raw)} bytes", "body-print"
    yield f"\ufeff{body}", "body-bytes"
    yield body.removeprefix("\ufeff"), "body-bytes"
    yield body.replace("\r\n", "\n"), "body-bytes"
    yield body.replace("\n", "\r\n"), "body-bytes"
    if not body.isascii():
        yield unicodedata.normalize("NFC", body), "body-bytes"
        yield unicodedata.normalize("NFD", body), "body-bytes"
        yield body.encode("utf-8", "replace").decode("latin-1"), "body-bytes"


def print_objects(body: str, path: str) -> Iterator[tuple[str, str]]:
    """Yield what languages print for an object whose class is named after the path.

    Args:
        body: The body that was sent.
        path: Where it was sent to, such as `/api/v5/trade/amend-order`.

    Yields:
        The text, and the id of the mistake.
    """
    if len(body) > _LONG:
        return
    with suppress(ValueError, RecursionError):
        yield from _print_classes(_parse(body), path)


def _print_classes(parsed: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(parsed, dict):
        return
    words = path.rpartition("/")[2].split("-")
    last = "".join(word[:1].upper() + word[1:] for word in words)
    for template in _TABLES["class_names"]:
        name = template.replace("{name}", last)
        for style in _TABLES["class_prints"]:
            yield _print(parsed, style).replace("{name}", name, 1), "body-print"
        for text in _TABLES["class_objects"]:
            yield text.replace("{name}", name), "body-object"


def encode_as_query(body: str) -> Iterator[str]:
    """Yield the parameters of a JSON body as a query: encoded or not, in their order or sorted."""
    with suppress(ValueError, RecursionError):
        parsed = _parse(body)
        if isinstance(parsed, dict) and parsed:
            query = {key: _write_python(value, bare=True) for key, value in parsed.items()}
            yield urlencode(query, errors="replace")
            for names in (list(query), sorted(query)):
                yield "&".join(f"{name}={query[name]}" for name in names)
            yield urlencode(sorted(query.items()), errors="replace")


def parse_members(body: str) -> list[tuple[str, str, str]]:
    """Return the members of a JSON object: name, value as JSON, and value without quotes.

    Returns:
        Nothing if the body is none.

    Examples:
        >>> parse_members('{"px": "50000", "sz": 2.0}')
        [('px', '"50000"', '50000'), ('sz', '2.0', '2.0')]
    """
    try:
        parsed = _parse(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(parsed, dict):
        return []
    members = []
    for name, value in parsed.items():
        written = _dump(value, _COMPACT, False, str, write_text)
        members.append((name, written, str(value) if isinstance(value, str) else written))
    return members


def print_python(value: Any) -> str:
    """Return texts, lists and dicts as Python prints them.

    Examples:
        >>> print(print_python({"ccy": "BTC"}))
        {'ccy': 'BTC'}
    """
    return _write_python(value)


def _parse(body: str) -> Any:
    return json.loads(body, parse_int=_Number, parse_float=_Number, parse_constant=_Number)


def _generate_long(body: str) -> Iterator[tuple[str, str]]:
    parsed = json.loads(body)
    for sort in (False, True):
        for ascii_ in (True, False):
            for separators in (_SPACED, _COMPACT):
                again = json.dumps(
                    parsed, sort_keys=sort, ensure_ascii=ascii_, separators=separators
                )
                yield again, "body-reserialised"
    yield str(parsed), "body-str-of-dict"


def _generate_json(parsed: Any, body: str) -> Iterator[tuple[str, str]]:
    # Most bodies have no letter that anybody escapes.
    plain = body.isascii() and not set(body) & set("/\\<>&'+`\x7f")
    texts = (
        [_write_ascii]
        if plain
        else [
            *(_write_ascii, write_text, _write_php, _write_php_utf8),
            *(_write_go, _write_gson, _write_java, _write_dotnet),
        ]
    )
    few = texts[:2]
    for sort in (False, True):
        for text, separators in product(texts, (_SPACED, _COMPACT)):
            yield _dump(parsed, separators, sort, str, text), "body-reserialised"
        for text, separators in product(few, _HALF_SPACED):
            yield _dump(parsed, separators, sort, str, text), "body-reserialised"
        for text, indent in product(few, ("  ", "    ", "\t")):
            yield _dump(parsed, (",", ": "), sort, str, text, indent), "body-reserialised"
        if _contains(parsed, _Number):
            for text, separators in product(few, (_SPACED, _COMPACT)):
                yield _dump(parsed, separators, sort, write_python_number, text), "body-numbers"
            yield _dump(parsed, _COMPACT, sort, _write_javascript_number, few[-1]), "body-numbers"
    changes = (_quote_numbers, _unquote_numbers, _strip_zeros)
    for separators, change in product((_SPACED, _COMPACT), changes):
        yield _dump(change(parsed), separators, False, str, _write_ascii), "body-numbers"
    for separators in (_SPACED, _COMPACT):
        floats = _unquote_numbers(parsed)
        yield _dump(floats, separators, False, write_python_float, _write_ascii), "body-numbers"
    indented = _dump(parsed, (",", ": "), False, str, few[-1], "  ")
    yield indented.replace("\n", "\r\n"), "body-reserialised"
    yield _print(parsed, _TABLES["padded"]), "body-reserialised"
    yield _write_ascii(body), "body-encoded-twice"
    for again in (_dump(parsed, _COMPACT, False, str, few[-1]), str(body)):
        yield from ((text, "body-encoded-twice") for text in _escape_quotes(again))
    yield from _generate_shapes(parsed, body)


def _escape_quotes(text: str) -> Iterator[str]:
    """Yield JSON put into a text once more, or into a text of another language."""
    yield _write_ascii(text)
    yield text.replace('"', '\\"')
    yield text.replace('"', '""')


def _generate_shapes(parsed: Any, body: str) -> Iterator[tuple[str, str]]:
    if isinstance(parsed, dict):
        yield f"[{body}]", "body-list"
    elif isinstance(parsed, list) and parsed:
        for separators in (_SPACED, _COMPACT):
            yield _dump(parsed[0], separators, False, str, _write_ascii), "body-list"
            yield _dump(parsed[-1], separators, False, str, _write_ascii), "body-list"
        yield body.strip()[1:-1], "body-list"
    yield _write_python(parsed), "body-str-of-dict"
    yield from ((query, "body-form") for query in encode_as_query(body))
    for style in _TABLES["prints"]:
        yield _print(parsed, style), "body-print"
    if isinstance(parsed, list):
        yield ",".join(["[object Object]"] * len(parsed)), "body-object"
    yield from _generate_members(parsed)


def _generate_members(parsed: Any) -> Iterator[tuple[str, str]]:
    """Yield the body with other members: one left out, added, or named otherwise."""
    if not isinstance(parsed, dict):
        return
    bodies: list[dict[str, Any]] = [
        {key: value for key, value in parsed.items() if key != missing} for missing in parsed
    ]
    bodies += [
        {key: value for key, value in parsed.items() if value is not None},
        {key: value for key, value in parsed.items() if value not in (None, "")},
        {_write_snake(key): value for key, value in parsed.items()},
        {key[:1].upper() + key[1:]: value for key, value in parsed.items()},
        {key.lower(): value for key, value in parsed.items()},
        {key: [value] for key, value in parsed.items()},
    ]
    for name in _TABLES["optional_members"]:
        if name not in parsed:
            bodies += [{**parsed, name: value} for value in ("", None, False)]
    bodies += _generate_enums(parsed)
    plain = _dump(parsed, _COMPACT, False, str, write_text).isascii()
    texts = [_write_ascii] if plain else [_write_ascii, write_text]
    named = ((body, "body-member") for body in bodies)
    for body, id_ in (*named, *_generate_orders(parsed), *_generate_numbers(parsed)):
        for separators, text in product((_SPACED, _COMPACT), texts):
            yield _dump(body, separators, False, str, text), id_


def _generate_enums(parsed: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the body with its fixed words as an enum prints them: one or all, with capitals."""
    words = {
        name: value
        for name, value in parsed.items()
        if name in _TABLES["enum_members"] and isinstance(value, str)
    }
    for change in (str.upper, str.capitalize):
        changed = {name: change(value) for name, value in words.items()}
        yield {**parsed, **changed}
        for name, value in changed.items():
            yield {**parsed, name: value}


def _generate_orders(parsed: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the members in other orders: backwards, or one of them first or last."""
    yield dict(reversed(parsed.items())), "body-reserialised"
    for name, moved in parsed.items():
        members = {key: value for key, value in parsed.items() if key != name}
        yield {**members, name: moved}, "body-reserialised"
        yield {name: moved, **members}, "body-reserialised"


def _generate_numbers(parsed: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the members with one numeral as a number, or written as a float."""
    floats, numerals, shortest = dict(parsed), dict(parsed), dict(parsed)
    for name, value in parsed.items():
        if not isinstance(value, str) or isinstance(value, _Number):
            continue
        if not NUMERAL.fullmatch(value):
            continue
        short = _strip_zeros(value)
        floats[name] = short if "." in short else f"{short}.0"
        numerals[name], shortest[name] = _Number(value), _Number(short)
        for number in (_Number(value), _Number(short), short, floats[name]):
            yield {**parsed, name: number}, "body-numbers"
    for changed in (floats, numerals, shortest):
        yield changed, "body-numbers"
    yield _strip_zeros(_unquote_numbers(parsed)), "body-numbers"


def _print(value: Any, style: dict[str, Any]) -> str:
    """Write a value as a language prints it."""
    if isinstance(value, dict):
        items = sorted(value.items()) if style.get("sort") else list(value.items())
        rows = [_print_key(key, style) + _print(item, style) for key, item in items]
        return str(style["open"] + style["comma"].join(rows) + style["close"])
    if isinstance(value, list):
        start, end = style["list"]
        return str(start + style["comma"].join(_print(item, style) for item in value) + end)
    name = style["text"]
    if isinstance(value, _Number):
        return f"Number({value})" if name == "String" else str(value)
    if isinstance(value, str):
        texts = {"bare": value, "single": f"'{value}'", "json": write_text(value)}
        return texts.get(name) or (f"String({write_text(value)})" if name == "String" else value)
    if value is None:
        return str(style["null"])
    written = "true" if value else "false"
    return f"Bool({written})" if name == "String" else written


def _print_key(key: str, style: dict[str, Any]) -> str:
    names = {
        "none": "",
        "bare": key,
        "json": write_text(key),
        "symbol": f":{key}",
        "single": f"'{key}'",
        "capital": key[:1].upper() + key[1:],
        "bracket": f"[{key}]",
        "snake": _write_snake(key),
    }
    return names[style["key"]] + str(style["colon"])


def _write_snake(key: str) -> str:
    return re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", key)


def _contains(value: Any, kind: type) -> bool:
    if isinstance(value, dict):
        return any(_contains(item, kind) for item in value.values())
    if isinstance(value, list):
        return any(_contains(item, kind) for item in value)
    return isinstance(value, kind)


def _dump(
    value: Any,
    separators: tuple[str, str],
    sort: bool,
    number: Callable[[str], str],
    text: Callable[[str], str],
    indent: str = "",
    margin: str = "\n",
) -> str:
    """Write JSON as `json.dumps` does, with another hand for numbers and for texts."""
    comma, colon = separators
    inner = margin + indent if indent else ""
    if isinstance(value, dict):
        rows = [
            text(key) + colon + _dump(item, separators, sort, number, text, indent, inner)
            for key, item in (sorted(value.items()) if sort else value.items())
        ]
        opened, closed = "{}"
    elif isinstance(value, list):
        rows = [_dump(item, separators, sort, number, text, indent, inner) for item in value]
        opened, closed = "[]"
    elif isinstance(value, _Number):
        return number(str(value))
    elif isinstance(value, str):
        return text(value)
    else:
        return {True: "true", False: "false", None: "null"}[value]
    if not rows or not indent:
        return opened + comma.join(rows) + closed
    return opened + inner + (comma + inner).join(rows) + margin + closed


def _write_ascii(text: str) -> str:
    return json.dumps(text)


def write_text(text: str) -> str:
    """Return a text as JSON, in UTF-8.

    Examples:
        >>> print(write_text("é"))
        "é"
    """
    return json.dumps(text, ensure_ascii=False)


def _write_php(text: str) -> str:
    return json.dumps(text).replace("/", "\\/")


def _write_php_utf8(text: str) -> str:
    return write_text(text).replace("/", "\\/")


def _write_gson(text: str) -> str:
    written = _write_go(text)
    for letter in "='":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return written


def _write_go(text: str) -> str:
    return write_text(text).translate(_HTML)


def _write_java(text: str) -> str:
    """With capitals in the escapes, as Java libraries write."""
    return _escape(text, "")


def _write_dotnet(text: str) -> str:
    return _escape(text, "\"'<>&+`")


def _escape(text: str, more: str) -> str:
    written = []
    for unit in _split_utf16(text):
        letter = chr(unit)
        if unit > 126 or letter in more:
            written.append(f"\\u{unit:04X}")
        else:
            written.append(json.dumps(letter)[1:-1])
    return f'"{"".join(written)}"'


def _split_utf16(text: str) -> list[int]:
    raw = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "little") for at in range(0, len(raw), 2)]


def write_python_number(written: str) -> str:
    """Return a number as Python writes it, given as JSON has it.

    Examples:
        >>> write_python_number("0.00001"), write_python_number("5")
        ('1e-05', '5')
    """
    if written.lstrip("-").isdigit():
        return written
    return repr(float(written))


def write_python_float(written: str) -> str:
    """Return a number as Python writes it if it is a float.

    Examples:
        >>> write_python_float("5")
        '5.0'
    """
    return f"{written}.0" if re.fullmatch(r"-?\d{1,15}", written) else write_python_number(written)


def _write_javascript_number(written: str) -> str:
    value = float(written)
    if not math.isfinite(value):
        return "null"
    if value == 0:
        return "0"
    if value.is_integer() and abs(value) < 1e21:
        return f"{Decimal(repr(value)):.0f}"
    if 1e-6 <= abs(value) < 1e21:
        return f"{Decimal(repr(value)):f}"
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent):+d}"


def _quote_numbers(value: Any) -> Any:
    """Turn every number into a text."""
    if isinstance(value, dict):
        return {key: _quote_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quote_numbers(item) for item in value]
    return str(value) if isinstance(value, _Number) else value


def _strip_zeros(value: Any) -> Any:
    """Take the zeros off the end of every decimal, in a text or not."""
    if isinstance(value, dict):
        return {key: _strip_zeros(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_strip_zeros(item) for item in value]
    if isinstance(value, str) and re.fullmatch(r"-?\d+\.\d*", value, re.ASCII):
        return type(value)(value.rstrip("0").rstrip("."))
    return value


def _unquote_numbers(value: Any) -> Any:
    """Turn every text that is written like a number into that number."""
    if isinstance(value, dict):
        return {key: _unquote_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unquote_numbers(item) for item in value]
    if isinstance(value, str) and not isinstance(value, _Number):
        try:
            again = _parse(value) if value.isascii() and value == value.strip() else value
        except (ValueError, RecursionError):
            return value
        return again if isinstance(again, _Number) else value
    return value


def _write_python(value: Any, *, bare: bool = False) -> str:
    """Write `str(value)`, or with `bare` a text without its quotes."""
    if isinstance(value, dict):
        rows = [f"{_write_python(key)}: {_write_python(item)}" for key, item in value.items()]
        return f"{{{', '.join(rows)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_write_python(item) for item in value)}]"
    if isinstance(value, _Number):
        return write_python_number(str(value))
    return str(value) if bare else repr(value)
