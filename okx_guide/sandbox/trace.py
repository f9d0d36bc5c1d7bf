"""Write down what the practice exchange saw of a request, and leave out what is secret.

What is secret, the request itself says: what it has in the places of passphrase and secret key.
No other key's secrets are looked at. Who reads the journal could else test his guesses: send one,
and see whether it is hidden.

How far a request came is told by the checks themselves: each calls `reach` with its name.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from okx_guide.redact import WITHHELD, contains_secret, hide_secrets
from okx_guide.sandbox.authentication import RawRequest, make_login_prehash, make_prehash
from okx_guide.sandbox.state.clock import LATEST
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.journal import (
    LOGIN_CHECKS,
    REST_CHECKS,
    Check,
    Outcome,
    Trace,
    list_outcomes,
)
from okx_guide.sandbox.state.keys import list_secrets

LONGEST = 4096
"""Characters that are kept of a text."""

# A secret that begins in what is kept ends within this many bytes.
_LOOKED_AT_AT_MOST = 4 * LONGEST + 1024
_HEADERS_AT_MOST = 64

_Writer = Callable[[bytes, Callable[[bytes], str]], str]

_SECRET_HEADER = re.compile(rb"passphrase|secret|authorization|cookie")


def _match_name(name: str) -> str:
    """Return a pattern for a name in JSON, where any letter may stand as an escape."""
    return "".join(rf"(?:{letter}|\\u{ord(letter):04x})" for letter in name)


# The value of a passphrase or secret key in JSON, be it a string, a number or broken off.
_SECRET_VALUE = re.compile(
    rf'("(?:{_match_name("passphrase")}|{_match_name("secretkey")})"\s*:\s*"?)'
    r'((?<=")(?:[^"\\]|\\.)*|[^\s",}\]]+)'.encode(),
    re.IGNORECASE | re.DOTALL,
)

_VISIBLE = [chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in range(256)]
for _letter, _written in {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}.items():
    _VISIBLE[ord(_letter)] = _written


# A secret key as OKX makes them, and as they are made here.
_SECRET_KEY = re.compile(rb"(?<![0-9A-Za-z])[0-9A-F]{32}(?![0-9A-Za-z])")
# No passphrase is shorter; to hide every "a" would hide the request.
_SHORTEST = 8


def show_bytes(data: bytes) -> str:
    r"""Return bytes as text in which each of them can be seen.

    Examples:
        >>> print(show_bytes("GET/é\n".encode()))
        GET/\xc3\xa9\n
    """
    return "".join(map(_VISIBLE.__getitem__, data))


def _list_sent_secrets(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> list[str]:
    """Return what a request itself shows to be secret, and what is published here."""
    head = b"\n".join(b": ".join(header) for header in headers)
    secrets = [value for name, value in headers if _SECRET_HEADER.search(name)]
    secrets += [match[2] for match in _SECRET_VALUE.finditer(body[:_LOOKED_AT_AT_MOST])]
    secrets += _SECRET_KEY.findall(head[:_LOOKED_AT_AT_MOST] + b"\n" + body[:_LOOKED_AT_AT_MOST])
    texts = {_unescape(value) for value in secrets}
    return [*filter(lambda text: len(text) >= _SHORTEST, texts), *list_secrets(None)]


def trace_request(
    exchange: Exchange,
    request: RawRequest,
    headers: Sequence[tuple[bytes, bytes]],
    reached: Sequence[Check],
    status: int | None,
    envelope: Mapping[str, Any],
    hint: str,
    fault: str,
) -> Trace:
    """Return what the exchange saw of a REST request.

    Args:
        exchange: Whose time it is.
        request: As it was on the wire.
        headers: All of them, in the order in which they arrived.
        reached: The checks that were made.
        status: HTTP status of the answer; None for none.
        envelope: The answer.
        hint: What it says in words, without a secret.
        fault: The fault that hit it; empty for none.
    """
    secrets = _list_sent_secrets([*headers, (b"", request.target)], request.body)
    headers = [(name, _star(name, value)) for name, value in headers][:_HEADERS_AT_MOST]
    # Without a code the body did not arrive whole, and nobody can say what was signed.
    signed = envelope["code"] and request.headers.get(b"ok-access-timestamp")
    method, message = request.method.encode(), envelope["msg"].encode()
    lines = [b": ".join(header) for header in headers]
    write = _make_writer(secrets, method, request.target, request.body, message, *lines)
    return Trace(
        at=_format_time(exchange.now()),
        kind="rest",
        client=str(request.client),
        site=request.site,
        method=write(method, show_bytes),
        target=write(request.target, show_bytes),
        headers=tuple(
            (write(name, show_bytes), write(value, show_bytes)) for name, value in headers
        ),
        body=write(request.body, _decode),
        body_bytes=len(request.body),
        prehash=write(make_prehash(request), show_bytes) if signed else None,
        checks=_list_outcomes(REST_CHECKS, reached, envelope, hint),
        status=status,
        code=str(envelope["code"]),
        message=write(message, _decode),
        hint=hint,
        fault=fault,
    )


def trace_login(
    exchange: Exchange,
    message: str,
    args: Any,
    path: str,
    client: object,
    site: str,
    reached: Sequence[Check],
    event: Mapping[str, Any],
) -> Trace:
    """Return what the exchange saw of a login on the WebSocket.

    Args:
        exchange: Whose time it is.
        message: As it arrived.
        args: What it says in `args`.
        path: The path of the connection.
        client: The caller's address.
        site: The site that was called.
        reached: The checks that were made.
        event: The answer.
    """
    body = message.encode("utf-8", "replace")
    secrets = _list_sent_secrets((), body)
    write = _make_writer(secrets, body)
    sent_at = args[0].get("timestamp") if _is_login(args) else None
    prehash = make_login_prehash(sent_at) if isinstance(sent_at, str) else None
    hint = event.get("sandboxHint", "")
    return Trace(
        at=_format_time(exchange.now()),
        kind="login",
        client=str(client),
        site=site,
        method="",
        target=path,
        headers=(),
        body=write(body, _decode),
        body_bytes=len(body),
        prehash=None if prehash is None else write(prehash, show_bytes),
        checks=_list_outcomes(LOGIN_CHECKS, reached, event, hint),
        status=None,
        code=event["code"],
        message=event["msg"],
        hint=hint,
    )


def describe(trace: Trace) -> str:
    """Return a request as a paragraph for a terminal, without anything that could control it."""
    status = f"HTTP {trace.status}" if trace.status else ""
    code = f"code {trace.code}" if trace.code else ""
    answer = ", ".join(filter(None, (status, code, trace.message)))
    request_line = f"{trace.method or 'login'} {trace.target}"
    lines = [f"{trace.at} {request_line} from {trace.client}: {answer}"]
    lines += [f"  {name}: {value}" for name, value in trace.headers]
    if trace.body:
        lines.append(f"  body, {trace.body_bytes} bytes: {trace.body}")
    if trace.prehash is not None:
        lines.append(f'  prehash: "{trace.prehash}"')
    for result, group in groupby(trace.checks, lambda outcome: outcome.result):
        lines.append(f"  {result}: {', '.join(outcome.check for outcome in group)}")
    if trace.hint:
        lines.append(f"  hint: {trace.hint}")
    if trace.fault:
        lines.append(f"  fault: {trace.fault}")
    return "\n".join(map(_escape, lines))


def _escape(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _is_login(args: Any) -> bool:
    return isinstance(args, list) and len(args) > 0 and isinstance(args[0], dict)


def _list_outcomes(
    order: Sequence[Check],
    reached: Sequence[Check],
    answer: Mapping[str, Any],
    hint: str,
) -> tuple[Outcome, ...]:
    failed = str(answer["code"]) != "0"
    return list_outcomes(order, reached, failed=failed, hint=hint)


def _make_writer(secrets: Sequence[str], *parts: bytes) -> _Writer:
    """Return a function that writes a part of a request: short, and without a secret."""
    # One search of everything is faster than one of each part, and usually finds nothing.
    whole = _decode(b"\0".join(part[:_LOOKED_AT_AT_MOST] for part in parts))
    clean = hide_secrets(whole, secrets) == whole and not contains_secret(whole, secrets)

    def write(data: bytes, to_text: Callable[[bytes], str]) -> str:
        part = _SECRET_VALUE.sub(
            lambda match: match[1] + b"*" * len(match[2]), data[:_LOOKED_AT_AT_MOST]
        )
        if not clean:
            hidden = hide_secrets(part.decode("utf-8", "surrogateescape"), secrets)
            if contains_secret(hidden, secrets):
                return f"[{len(data)} bytes: {WITHHELD}]"
            part = hidden.encode("utf-8", "surrogateescape")
        text = to_text(part)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(data)} bytes)"

    return write


def _unescape(value: bytes) -> str:
    """Return a JSON value decoded; what is not JSON, as it is."""
    text = value.decode("utf-8", "replace")
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _star(name: bytes, value: bytes) -> bytes:
    """Return the value of a header, each byte a star if the name says that it is secret."""
    return b"*" * len(value) if _SECRET_HEADER.search(name) else value


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _format_time(now: float) -> str:
    moment = datetime.fromtimestamp(min(now, LATEST), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
