"""Write down what the practice exchange saw of a request, and leave out what is secret.

How far a request came is told by the checks themselves: each calls `reach` with its name.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from okx_guide.sandbox.authentication import RawRequest, login_prehash, prehash
from okx_guide.sandbox.hints import HIDDEN, holds_secret, shown
from okx_guide.sandbox.state.clock import LATEST
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.journal import (
    LOGIN_CHECKS,
    REST_CHECKS,
    Check,
    Outcome,
    Trace,
    outcomes,
)

LONGEST = 4096
"""Characters that are kept of a text."""

_HEADERS_AT_MOST = 64

_SECRET_HEADER = re.compile(rb"passphrase|secret|authorization|cookie")


def _spelled(name: str) -> str:
    """Return a pattern for a name in JSON, where any letter may stand as an escape."""
    return "".join(rf"(?:{letter}|\\u{ord(letter):04x})" for letter in name)


# The value of a passphrase or secret key in JSON, be it a string, a number or broken off.
_SECRET_VALUE = re.compile(
    rf'("(?:{_spelled("passphrase")}|{_spelled("secretkey")})"\s*:\s*"?)'
    r'((?<=")(?:[^"\\]|\\.)*|[^\s",}\]]+)'.encode(),
    re.IGNORECASE | re.DOTALL,
)

_VISIBLE = [chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in range(256)]
for _letter, _escape in {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}.items():
    _VISIBLE[ord(_letter)] = _escape


def visible(data: bytes) -> str:
    r"""Return bytes as text in which each of them can be seen.

    Examples:
        >>> print(visible("GET/é\n".encode()))
        GET/\xc3\xa9\n
    """
    return "".join(map(_VISIBLE.__getitem__, data))


def trace_request(
    exchange: Exchange,
    request: RawRequest,
    headers: Iterable[tuple[bytes, bytes]],
    reached: Sequence[Check],
    status: int,
    envelope: Mapping[str, Any],
    hint: str,
) -> Trace:
    """Return what the exchange saw of a REST request.

    Args:
        exchange: Whose secrets must not be shown.
        request: As it was on the wire.
        headers: All of them, in the order in which they arrived.
        reached: The checks that were made.
        status: HTTP status of the answer.
        envelope: The answer.
        hint: What it says in words.
    """
    headers = [(name, _stars(name, value)) for name, value in headers][:_HEADERS_AT_MOST]
    # Without a code the body did not arrive whole, and nobody can say what was signed.
    signed = envelope["code"] and request.headers.get(b"ok-access-timestamp")
    method, message = request.method.encode(), envelope["msg"].encode()
    lines = [b": ".join(pair) for pair in headers]
    write = _writer(exchange, method, request.target, request.body, message, *lines)
    return Trace(
        at=_iso(exchange.now()),
        kind="rest",
        client=str(request.client),
        site=request.site,
        method=write(method, visible),
        target=write(request.target, visible),
        headers=tuple((write(name, visible), write(value, visible)) for name, value in headers),
        body=write(request.body, _decode),
        body_bytes=len(request.body),
        prehash=write(prehash(request), visible) if signed else None,
        checks=_outcomes(exchange, REST_CHECKS, reached, envelope, hint),
        status=status,
        code=str(envelope["code"]),
        message=write(message, _decode),
        hint=shown(hint, exchange.keys),
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
        exchange: Whose secrets must not be shown.
        message: As it arrived.
        args: What it says in `args`.
        path: The path of the connection.
        client: The caller's address.
        site: The site that was called.
        reached: The checks that were made.
        event: The answer.
    """
    body = message.encode("utf-8", "replace")
    write = _writer(exchange, body)
    sent_at = args[0].get("timestamp") if _is_login(args) else None
    hint = event.get("sandboxHint", "")
    return Trace(
        at=_iso(exchange.now()),
        kind="login",
        client=str(client),
        site=site,
        method="",
        target=path,
        headers=(),
        body=write(body, _decode),
        body_bytes=len(body),
        prehash=write(login_prehash(sent_at), visible) if isinstance(sent_at, str) else None,
        checks=_outcomes(exchange, LOGIN_CHECKS, reached, event, hint),
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
    asked = f"{trace.method or 'login'} {trace.target}"
    lines = [f"{trace.at} {asked} from {trace.client}: {answer}"]
    lines += [f"  {name}: {value}" for name, value in trace.headers]
    if trace.body:
        lines.append(f"  body, {trace.body_bytes} bytes: {trace.body}")
    if trace.prehash is not None:
        lines.append(f'  prehash: "{trace.prehash}"')
    for result, group in groupby(trace.checks, lambda outcome: outcome.result):
        lines.append(f"  {result}: {', '.join(outcome.check for outcome in group)}")
    if trace.hint:
        lines.append(f"  hint: {trace.hint}")
    return "\n".join(map(_printable, lines))


def _printable(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _is_login(args: Any) -> bool:
    return isinstance(args, list) and len(args) > 0 and isinstance(args[0], dict)


def _outcomes(
    exchange: Exchange,
    order: Sequence[Check],
    reached: Sequence[Check],
    answer: Mapping[str, Any],
    hint: str,
) -> tuple[Outcome, ...]:
    failed = str(answer["code"]) != "0"
    return outcomes(order, reached, failed=failed, hint=shown(hint, exchange.keys))


def _writer(exchange: Exchange, *parts: bytes) -> Callable[[bytes, Callable[[bytes], str]], str]:
    """Return a function that writes a part of a request: short, and without a secret."""
    suspicious = holds_secret(_decode(b"\n".join(parts)), exchange.keys)

    def write(data: bytes, write_bytes: Callable[[bytes], str]) -> str:
        data = _SECRET_VALUE.sub(lambda found: found[1] + b"*" * len(found[2]), data)
        if suspicious and holds_secret(_decode(data), exchange.keys):
            return f"[{len(data)} bytes: {HIDDEN}]"
        text = write_bytes(data)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"

    return write


def _stars(name: bytes, value: bytes) -> bytes:
    """Return the value of a header, each byte a star if the name says that it is secret."""
    return b"*" * len(value) if _SECRET_HEADER.search(name) else value


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _iso(now: float) -> str:
    moment = datetime.fromtimestamp(min(now, LATEST), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
