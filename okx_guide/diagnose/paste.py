"""Read what somebody pastes: a request as a tool printed it, or as JSON.

Understood are `curl -v`, `curl --trace-ascii` and a curl command for any shell, what `http.client`
and `requests` print with debugging on, `requests_toolbelt`, ccxt's `verbose`, axios, fetch,
PowerShell, HAR, how Java, C#, Go, Rust, PHP and Ruby print headers, a WebSocket login as it is
printed, and a raw request.
"""

import ast
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from itertools import pairwise

from okx_guide.diagnose.curl import read_commands
from okx_guide.diagnose.pasted import DumpError, Pasted, split_url
from okx_guide.diagnose.settings import HEADERS, describe_choice, read_json

_ANY = re.IGNORECASE | re.MULTILINE
_AROUND = 100_000
_METHODS = "GET|POST|PUT|DELETE"
_REQUEST_LINE = re.compile(rf"^({_METHODS})[ ]+(\S+)[ ]+HTTP/\d", re.MULTILINE | re.IGNORECASE)
_LOGGED = re.compile(
    rf"\b({_METHODS})['\"]?[ ,]+['\"]?(https?://[^\s'\"]+|/(?:api|users)/[^\s'\"]+)", re.IGNORECASE
)
_PSEUDO = re.compile(r":(method|path): ([^\s\]]+)")
_QUOTED = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
_KNOWN = "OK-ACCESS-[A-Z]+|Content-Length|Host"
_LINE = re.compile(rf"^[ \t]*(?:[*|+>-][ ]|\[\d+\] => )?({_KNOWN}):[ \t]*(.*)$", _ANY)
_ROW = re.compile(
    rf"['\"](OK-ACCESS-[A-Z]+|Content-Length|Host)['\"]\s*(?:=>|[:=,])\s*b?({_QUOTED}|\d+)",
    re.IGNORECASE,
)
# How Go, Java and PHP print headers: Name:[value], Name=[value], Name=value, [Name] => value.
_LISTED = re.compile(r"(OK-ACCESS-[A-Z]+)['\"]?\s*(?:=>|[:=])\s*\[[\"']?([^\]\n]*?)[\"']?\]", _ANY)
_MIXED = re.compile(rf"(OK-ACCESS-[A-Z]+)[:=][ ]?({_QUOTED})", _ANY)
_BARE = re.compile(r"(OK-ACCESS-[A-Z]+)\]?\s*(?:=>|[:=])\s*([^\s,;'\"\[\]{}]+)", _ANY)
# With a limit, or a log of nothing but beginnings of addresses would take minutes.
_URL = re.compile(r"https?://[^\s'\"<>`]{1,300}/(?:api|users)/[^\s'\"<>`,;]+")
_RUST_URL = re.compile(
    r"\bhost: Some\(\w+\(\"([^\"]+)\"\)\).{0,300}?"
    rf"\bpath: ({_QUOTED}),.{{0,300}}?\bquery: (?:None|Some\(({_QUOTED})\))",
    re.DOTALL,
)
_METHOD = re.compile(
    rf"^[ \t]*(?:<PreparedRequest \[)?({_METHODS})(?:\]>)?[ \t\r]*$|"
    rf"\b-?method['\"]?\s*[:= ]\s*['\"]?({_METHODS})\b|"
    rf"\b(?:axios|requests|httpx|session|client|http)\.({_METHODS})\(",
    _ANY,
)
_BODY_NAMES = r"(?:request ?body|body|data|postdata|payload|content)"
_BODY_LINE = re.compile(
    r"(?:^[ \t]*(?:body|data)['\"]?[ \t]*[:=][ \t]*|\bRequest ?Body['\"]?\s*[:=]\s*)(.*)$", _ANY
)
_BODY_QUOTED = re.compile(
    rf"(?<![\w-])-?{_BODY_NAMES}['\"]?(?:\s{{0,20}}[:=]|[ ])\s{{0,20}}b?({_QUOTED})", _ANY
)
_BODY_POWERSHELL = re.compile(r"\s-Body\s{1,20}\"((?:[^\"`]|`.)*)\"", _ANY | re.DOTALL)
_BODY_OBJECT = re.compile(
    rf"(?<![\w-]){_BODY_NAMES}['\"]?\s*[:=]\s*(?:\{{[ \n]*\w+:|JSON\.|\w+\()", _ANY
)
_NO_BODY = re.compile(
    rf"(?<![\w-]){_BODY_NAMES}['\"]?\s*[:=]\s*(?:null|None|undefined|nil)\b", _ANY
)
_REFUSED = re.compile(
    r"\b(?:HTTP/\d(?:\.\d)? |status[^\n]{0,12})4\d\d\b|\b50113\b|Invalid Sign", _ANY
)
_LOGIN = re.compile(r"\bop[\"'\\]*\s*[:=]\s*[\"'\\]*login\b", _ANY)
_LOGIN_FIELD = re.compile(
    r"\b(apiKey|passphrase|timestamp|sign)[\"'\\]*\s*[:=]\s*"
    r"(?:\\+[\"'](.*?)\\+[\"']|[\"']((?:[^\"'\\]|\\.)*)[\"']|([^\s\"'\\,}\]]+))"
)
_SENT = re.compile(rf"^[ \t]*send: b({_QUOTED})[ \t\r]*$", re.MULTILINE)
# The header Date, as tools and languages print it; in HAR a row of name and value.
_DATE = re.compile(
    r"(?<![\w-])date['\"\]]?\s{0,9}(?:=>|[:=,])\s{0,9}(?:['\"]?value['\"]?\s{0,9}:\s{0,9})?\[?['\"]?"
    r"([A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT)",
    re.IGNORECASE,
)
_TRACED = re.compile(r"^[0-9a-f]{4}: (.*)$")
_ANSWER = re.compile(r"^(HTTP/\d|reply: |< HTTP|Response\b|--> END)")


def read(text: str) -> Pasted:
    r"""Return what a paste holds; of several requests the last one that is signed.

    Raises:
        DumpError: It is neither JSON nor a request.

    Examples:
        >>> read("> GET /api/v5/account/config HTTP/1.1\n> OK-ACCESS-SIGN: abc").signature
        'abc'
    """
    if "\0" in text:
        raise DumpError("This is binary, not a request. Paste the text that the tool printed.")
    text = text.replace("\r\n", "\n").lstrip("\ufeff")
    if _LOGIN.search(text) and "ok-access" not in text.lower() and (login := _read_login(text)):
        return login
    answered = _read_date(text)
    if text.lstrip().startswith("{"):
        try:
            return replace(read_json(json.loads(text)), answered=answered)
        except (ValueError, RecursionError) as error:
            if isinstance(error, DumpError) or "ok-access" not in text.lower():
                raise DumpError(_describe_json_error(error)) from None
    text = _cut_log(text)
    pasted = Pasted(answered=answered)
    for command in read_commands(text):
        pasted = command.complete_from(pasted)
    if pasted.signature and pasted.request_path:
        return pasted
    return _read_dump(_strip_marks(text)).complete_from(pasted)


def _read_login(text: str) -> Pasted | None:
    """Return a WebSocket login as a language or a library prints it."""
    if text.lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):
            json.loads(text)
            return None  # this is JSON, which is read as such
    known = {name: "".join(values) for name, *values in _LOGIN_FIELD.findall(text)}
    if "sign" not in known:
        return None
    return Pasted(
        timestamp=known.get("timestamp"),
        method="GET",
        request_path="/users/self/verify",
        body="",
        signature=known["sign"],
        passphrase=known.get("passphrase"),
        api_key=known.get("apiKey"),
    )


def _describe_json_error(error: Exception) -> str:
    if isinstance(error, DumpError):
        return str(error)
    where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
    return f"This begins like JSON, but is not JSON{where}. Is its end missing?"


def _read_date(text: str) -> str | None:
    """Return the header Date of the answer as ISO 8601.

    It is None unless there is one answer to one request.
    """
    dates = set(_DATE.findall(text))
    if len(dates) != 1 or len(re.findall("ok-access-sign", text, re.IGNORECASE)) != 1:
        return None
    with suppress(ValueError):
        return parsedate_to_datetime(dates.pop()).isoformat()
    return None


def _cut_log(text: str) -> str:
    """Return what is around the last signature of a long log: patterns take time."""
    if len(text) <= 2 * _AROUND:
        return text
    at = text.lower().rfind("ok-access-sign")
    at = len(text) if at < 0 else at
    return text[max(0, at - _AROUND) : at + _AROUND]


# --- a dump ------------------------------------------------------------------------------


def _strip_marks(text: str) -> str:
    """Return a dump as the lines that were sent, without what the tool wrote around them."""
    pieces = []
    for literal in _SENT.findall(text):
        with suppress(ValueError, SyntaxError):
            pieces.append(ast.literal_eval(f"b{literal}").decode("utf-8", "surrogateescape"))
    if pieces:
        return "".join(pieces).replace("\r\n", "\n")
    mark = re.search(rf"^([<>]) (?:{_METHODS}) ", text, re.MULTILINE | re.IGNORECASE)
    if not mark:
        return text
    start = re.compile(rf"^{mark[1]} ?")
    lines = text.split("\n")
    bare = [start.sub("", line, count=1) for line in lines if start.match(line)]
    return "\n".join([*bare, *_join_traced_body(lines)])


def _join_traced_body(lines: list[str]) -> Iterator[str]:
    """Yield the body of `curl --trace-ascii` as one line."""
    body, sending = [], False
    for line in lines:
        if line.startswith(("=> ", "<= ", "== ")):
            sending = line.startswith("=> Send data")
        elif sending and (row := _TRACED.match(line)):
            body.append(row[1])
    if body:
        yield "\n" + "".join(body)


def _read_dump(text: str) -> Pasted:
    part, choice = _find_signed(text)
    pasted = replace(_read_headers(part), choice=choice)
    line = _REQUEST_LINE.search(part)
    logged = line or _LOGGED.search(part)
    pseudo = dict(_PSEUDO.findall(part))
    if pseudo:
        pasted = replace(pasted, method=pseudo.get("method"), request_path=pseudo.get("path"))
    if logged:
        host, path = split_url(logged[2])
        pasted = replace(
            pasted, method=logged[1].upper(), request_path=path, host=host or pasted.host
        )
    if pasted.request_path is None:
        host, path = _find_url(part)
        pasted = replace(pasted, request_path=path or None, host=host or pasted.host)
    if pasted.method is None and (method := _METHOD.search(part)):
        pasted = replace(pasted, method=(method[1] or method[2] or method[3]).upper())
    elif pasted.method is None and re.search(r"\bfetch\(|Invoke-(?:Web|Rest)", part):
        pasted = replace(pasted, method="GET")
    body = _read_body(part, line)
    if body is None and pasted.method == "GET" and not _BODY_OBJECT.search(part):
        body = ""
    return replace(pasted, body=body)


def _find_url(text: str) -> tuple[str, str]:
    """Return host and path of the URL that a dump names; empty if it names none."""
    if url := _URL.search(text):
        return split_url(url[0])
    if parts := _RUST_URL.search(text):
        query = f"?{parts[3][1:-1]}" if parts[3] else ""
        return f"https://{parts[1]}", parts[2][1:-1] + query
    return "", ""


def _find_signed(text: str) -> tuple[str, str | None]:
    """Return the part of a log that holds the signed request that was refused, or the last one.

    Returns:
        The part, and in words which one it is if there are several.
    """
    starts = [match.start() for match in _REQUEST_LINE.finditer(text)]
    if not starts:
        starts = [match.start() for match in _LOGGED.finditer(text)]
    parts = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    signed = [part for part in parts if re.search("OK-ACCESS-SIGN", part, re.IGNORECASE)]
    if not signed:
        return text, None
    refused = [_REFUSED.search(part) is not None for part in signed]
    places = [at for at, each in enumerate(refused) if each] or [len(signed) - 1]
    return signed[places[-1]], describe_choice(places[-1], refused)


def _read_headers(text: str) -> Pasted:
    known: dict[str, str] = {}
    for pattern in (_BARE, _LISTED):
        known |= {name.lower(): value for name, value in pattern.findall(text)}
    known |= {name.lower(): _unquote(value) for name, value in _MIXED.findall(text)}
    for name, value in _ROW.findall(text):
        if value[:1] in "'\"":
            known[name.lower()] = _unquote(value)
    lines = {name.lower(): value.strip() for name, value in _LINE.findall(text)}
    known |= _unquote_all(lines)
    host = known.get("host")
    fields = {field: known[name] for name, field in HEADERS.items() if name in known}
    return Pasted(**fields, host=f"https://{host}" if host else None)


def _unquote(literal: str) -> str:
    with suppress(ValueError, SyntaxError):
        return str(ast.literal_eval(literal))
    return literal[1:-1]


def _unquote_all(lines: dict[str, str]) -> dict[str, str]:
    """Return headers without the quotes that the tool wrote around every one of them."""
    values = [value for name, value in lines.items() if name.startswith("ok-access")]
    if len(values) < 2 or not all(re.fullmatch(f"(?:{_QUOTED}),?", value) for value in values):
        return lines
    return {
        name: _unquote(value.removesuffix(",")) if name.startswith("ok-access") else value
        for name, value in lines.items()
    }


def _read_body(text: str, line: re.Match[str] | None) -> str | None:
    lengths = [
        int(value)
        for name, value in _LINE.findall(text)
        if name.lower() == "content-length" and value.strip().isdigit()
    ]
    body = _find_sent_body(text, line) if line else _find_labelled_body(text)
    if not lengths or not lengths[0]:
        return body
    if not body:
        return None
    size = lengths[0]
    for candidate in (body, body + "\n", body.strip()):
        if len(candidate.encode("utf-8", "surrogateescape")) == size:
            return candidate
    raise DumpError(
        f"Content-Length says {size} bytes, the body here has "
        f"{len(body.encode('utf-8', 'surrogateescape'))}. Paste all of it, or give it with --body."
    )


def _find_sent_body(text: str, line: re.Match[str]) -> str:
    """Return what follows the headers of a raw request."""
    _, blank, after = text[line.start() :].partition("\n\n")
    lines = after.split("\n") if blank else []
    ends = [at for at, each in enumerate(lines) if _ANSWER.match(each)]
    return "\n".join(lines[: ends[0]] if ends else lines).removesuffix("\n")


def _find_labelled_body(text: str) -> str | None:
    """Return a body that stands behind its name; None if there is none, or only an object."""
    if logged := re.search(
        r"^(?:--> )?(?:POST|PUT) \S+\n(?:.+\n)*\n(.*)\n--> END", text, re.MULTILINE
    ):
        return logged[1]
    if powershell := _BODY_POWERSHELL.search(text):
        return re.sub("`(.)", r"\1", powershell[1])
    if quoted := _BODY_QUOTED.search(text):
        return _unquote(quoted[1])
    if _NO_BODY.search(text):
        return ""
    labelled = None if _BODY_OBJECT.search(text) else _BODY_LINE.search(text)
    return labelled[1].strip() if labelled else None
