"""Read what somebody pastes: a request as a tool printed it, or as JSON.

Understood are `curl -v`, `curl --trace-ascii` and a curl command line, what `http.client` and
`requests` print with debugging on, `requests_toolbelt`, ccxt's `verbose`, and a raw request.
"""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

_ANY = re.IGNORECASE | re.MULTILINE
_AROUND = 100_000
_METHODS = "GET|POST|PUT|DELETE"
_NAMES = {
    "ok-access-key": "api_key",
    "ok-access-sign": "signature",
    "ok-access-timestamp": "timestamp",
    "ok-access-passphrase": "passphrase",
}
# Names that other programs give to a part of the request.
_MISNAMED = {
    "path": "request_path",
    "requestPath": "request_path",
    "url": "request_path",
    "sign": "signature",
}
_REQUEST_LINE = re.compile(rf"^({_METHODS})[ ]+(\S+)[ ]+HTTP/\d", re.MULTILINE | re.IGNORECASE)
_LOGGED = re.compile(
    rf"\b({_METHODS})['\"]?[ ,]+['\"]?(https?://[^\s'\"]+|/(?:api|users)/[^\s'\"]+)", re.IGNORECASE
)
_PSEUDO = re.compile(r":(method|path): ([^\s\]]+)")
_LINE = re.compile(r"^(OK-ACCESS-[A-Z]+|Content-Length|Host):[ \t]*(.*)$", _ANY)
_QUOTED = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
_ROW = re.compile(
    rf"['\"](OK-ACCESS-[A-Z]+|Content-Length|Host)['\"]\s*[:=,]\s*b?({_QUOTED}|\d+)", re.IGNORECASE
)
_URL = re.compile(r"https?://[^\s'\"<>]+/(?:api|users)/[^\s'\"<>]+")
_METHOD = re.compile(
    rf"^\s*(?:<PreparedRequest \[)?({_METHODS})(?:\]>)?\s*$|"
    rf"\bmethod['\"]?\s*[:=]\s*['\"]?({_METHODS})\b",
    _ANY,
)
_BODY = re.compile(
    r"(?:^[ \t]*(?:body|data)['\"]?[ \t]*[:=][ \t]*|\bRequest ?Body['\"]?\s*[:=]\s*)(.*)$", _ANY
)
_SENT = re.compile(rf"^\s*send: b({_QUOTED})\s*$", re.MULTILINE)
_CURL = re.compile(r"^[ \t]*(?:\$[ ]+)?(curl[ ](?:[^\n]*\\\n)*[^\n]*)$", re.MULTILINE)
_TRACED = re.compile(r"^[0-9a-f]{4}: (.*)$")
_ANSWER = re.compile(r"^(HTTP/\d|reply: |< HTTP|Response\b)")


class DumpError(ValueError):
    """What was pasted cannot be read. The message says what to do, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a paste holds of one request; None for what it does not hold."""

    timestamp: str | None = None
    method: str | None = None
    request_path: str | None = None
    body: str | None = None
    signature: str | None = None
    secret_key: str | None = None
    passphrase: str | None = None
    api_key: str | None = None
    host: str | None = None

    def complete_from(self, other: "Pasted") -> "Pasted":
        """Return this paste, with what it lacks from another one."""
        lacking = {
            field.name: getattr(other, field.name)
            for field in fields(self)
            if getattr(self, field.name) is None
        }
        return replace(self, **lacking)


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
    if text.lstrip().startswith("{"):
        try:
            return _read_json(json.loads(text))
        except (ValueError, RecursionError) as error:
            if isinstance(error, DumpError) or "ok-access" not in text.lower():
                raise DumpError(_describe_json_error(error)) from None
    text = _cut_log(text)
    found = Pasted()
    for command in _CURL.findall(text):
        found = _read_curl(command).complete_from(found)
    return _read_dump(_strip_marks(text)).complete_from(found)


def _cut_log(text: str) -> str:
    """Return what is around the last signature of a long log: patterns take time."""
    if len(text) <= 2 * _AROUND:
        return text
    at = text.lower().rfind("ok-access-sign")
    at = len(text) if at < 0 else at
    return text[max(0, at - _AROUND) : at + _AROUND]


def split_url(url: str) -> tuple[str, str]:
    """Split a URL into scheme with host, and path with query; a path alone has no host."""
    if not re.match(r"https?://", url, re.IGNORECASE):
        return "", url
    with suppress(ValueError):
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        return host, url[len(host) :].partition("#")[0] or "/"
    raise DumpError("The URL cannot be read: its host has a form that no host has.")


# --- JSON --------------------------------------------------------------------------------


def _describe_json_error(error: Exception) -> str:
    if isinstance(error, DumpError):
        return str(error)
    where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
    return f"This begins like JSON, but is not JSON{where}. Is its end missing?"


def _read_json(content: dict[str, Any]) -> Pasted:
    if content.get("op") == "login":
        return _read_login(content)
    known = {field.name: content[field.name] for field in fields(Pasted) if field.name in content}
    misnamed = [
        f"{right}, not {name}"
        for name, right in _MISNAMED.items()
        if name in content and right not in known
    ]
    if "headers" in content:
        raise DumpError(
            "This is a client's settings, with its headers inside. Paste the request as it was "
            "sent, as curl -v prints it, or give the four parts and the signature as options."
        )
    if misnamed:
        raise DumpError(f"In the JSON, call it {'; '.join(misnamed)}.")
    if not known and "code" in content:
        raise DumpError(
            "This is what OKX answered. Paste the request, as curl -v prints it. What the code "
            "means: okx-guide explain"
        )
    if not known:
        names = ", ".join(field.name for field in fields(Pasted)[:5])
        raise DumpError(f"This JSON has none of the names {names}.")
    host, path = "", None
    read_: dict[str, str | None] = {}
    for name, value in known.items():
        if isinstance(value, int) and not isinstance(value, bool) and name == "timestamp":
            value = str(value)  # noqa: PLW2901  # as it is sent
        if value is not None and not isinstance(value, str):
            raise DumpError(f"{name} must be a text, the very one that was sent, in quotes.")
        read_[name] = value
    if read_.get("request_path"):
        host, path = split_url(str(read_["request_path"]))
    return replace(Pasted(**read_), request_path=path, host=read_.get("host") or host or None)


def _read_login(content: dict[str, Any]) -> Pasted:
    arguments = content.get("args")
    if not isinstance(arguments, list) or not arguments or not isinstance(arguments[0], dict):
        raise DumpError("This login message has no args.")
    login = {name: str(value) for name, value in arguments[0].items()}
    return Pasted(
        timestamp=login.get("timestamp"),
        method="GET",
        request_path="/users/self/verify",
        body="",
        signature=login.get("sign"),
        passphrase=login.get("passphrase"),
        api_key=login.get("apiKey"),
    )


# --- a curl command ----------------------------------------------------------------------


def _read_curl(command: str) -> Pasted:
    try:
        words = shlex.split(command)
    except ValueError:
        return Pasted()
    method, body, url = None, None, ""
    found = Pasted()
    rest = iter(words[1:])
    for word in rest:
        if word in ("-X", "--request"):
            method = next(rest, None)
        elif word in ("-H", "--header"):
            found = _read_headers(next(rest, "")).complete_from(found)
        elif word in ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"):
            body = (body or "") + next(rest, "")
        elif re.match(r"https?://", word):
            url = word
    if not url:
        return found
    host, path = split_url(url)
    method = method or ("POST" if body is not None else "GET")
    if method != method.upper() and re.fullmatch(_METHODS, method, re.IGNORECASE):
        raise DumpError(
            "curl sends the method as it stands, and OKX knows it in capitals only: "
            f"write -X {method.upper()}"
        )
    return replace(found, method=method, request_path=path, host=host, body=body)


# --- a dump ------------------------------------------------------------------------------


def _strip_marks(text: str) -> str:
    """Return a dump as the lines that were sent, without what the tool wrote around them."""
    sent = []
    for literal in _SENT.findall(text):
        with suppress(ValueError, SyntaxError):
            sent.append(ast.literal_eval(f"b{literal}").decode("utf-8", "surrogateescape"))
    if sent:
        return "".join(sent).replace("\r\n", "\n")
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
    part = _find_last_signed(text)
    found = _read_headers(part)
    line = _REQUEST_LINE.search(part)
    logged = line or _LOGGED.search(part)
    pseudo = dict(_PSEUDO.findall(part))
    if pseudo:
        found = replace(found, method=pseudo.get("method"), request_path=pseudo.get("path"))
    if logged:
        host, path = split_url(logged[2])
        found = replace(found, method=logged[1], request_path=path, host=host or found.host)
    if found.request_path is None and (url := _URL.search(part)):
        host, path = split_url(url[0])
        found = replace(found, request_path=path, host=host)
    if found.method is None and (method := _METHOD.search(part)):
        found = replace(found, method=method[1] or method[2])
    return replace(found, body=_read_body(part, line))


def _find_last_signed(text: str) -> str:
    """Return the part of a log that holds its last signed request."""
    starts = [match.start() for match in _REQUEST_LINE.finditer(text)]
    if not starts:
        starts = [match.start() for match in _LOGGED.finditer(text)]
    for start, end in reversed(list(pairwise([*starts, len(text)]))):
        if re.search("OK-ACCESS-SIGN", text[start:end], re.IGNORECASE):
            return text[start:end]
    return text


def _read_headers(text: str) -> Pasted:
    known: dict[str, str] = {}
    for name, value in _ROW.findall(text):
        if value[:1] in "'\"":
            with suppress(ValueError, SyntaxError):
                known[name.lower()] = str(ast.literal_eval(value))
    known |= {name.lower(): value.strip() for name, value in _LINE.findall(text)}
    host = known.get("host")
    found = {field: known[name] for name, field in _NAMES.items() if name in known}
    return Pasted(**found, host=f"https://{host}" if host else None)


def _read_body(text: str, line: re.Match[str] | None) -> str | None:
    lengths = [
        int(value)
        for name, value in _LINE.findall(text)
        if name.lower() == "content-length" and value.strip().isdigit()
    ]
    labelled = _BODY.search(text)
    body: str | None = None
    if line:
        _, blank, after = text[line.start() :].partition("\n\n")
        lines = after.split("\n") if blank else []
        ends = [at for at, each in enumerate(lines) if _ANSWER.match(each)]
        body = "\n".join(lines[: ends[0]] if ends else lines).removesuffix("\n")
    elif labelled:
        body = labelled[1].strip()
        body = "" if body in ("None", "null", "''", '""') else body
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
