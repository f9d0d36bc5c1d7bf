"""Who may pass: the checks on a private request, in the order observed at OKX.

The order is that of fact `order-of-checks` in `facts/rules.json` (inferred from what
clients met one after the other); the codes and messages are those of `facts/errors.json`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from okx_guide import facts
from okx_guide.diagnose import SignedRequest, find
from okx_guide.redact import API_KEY
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.state.exchange import Milliseconds
from okx_guide.sandbox.state.journal import Reach, skip
from okx_guide.sandbox.state.keyring import Keyring
from okx_guide.sandbox.state.keys import PRACTICE_KEY, Key

WINDOW_SECONDS = facts.rule("timestamp-window", "seconds", int)
LOGIN_WINDOW_SECONDS = facts.rule("ws-window", "seconds", int)
# OKX's requests are small. A larger one, or a longer search, would keep everybody waiting.
_SEARCHED_AT_MOST = 64 << 10
_SEARCH_SECONDS = 0.25
_LOGIN_PATH = facts.rule("ws-path", "path", str)

# The headers of a private request, each with the code that is answered without it.
_NEEDED = {
    b"ok-access-key": "50103",
    b"ok-access-passphrase": "50104",
    b"ok-access-sign": "50106",
    b"ok-access-timestamp": "50107",
}

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_UNIX_MILLISECONDS = re.compile(r"\d{13}", re.ASCII)
# With decimals too: fact `ws-timestamp-decimals`.
_UNIX_SECONDS = re.compile(r"\d{1,15}(\.\d{1,15})?", re.ASCII)


class RawRequest(NamedTuple):
    """A request as it was on the wire.

    Attributes:
        method: As sent.
        target: Path and query, undecoded.
        headers: Undecoded, the names in lower case.
        body: The bytes.
        client: The caller's address.
        scheme: `http` or `https`.
        site: The site that was called: `global`, `us` or `eea`.
    """

    method: str
    target: bytes
    headers: Mapping[bytes, bytes]
    body: bytes
    client: IPv4Address | IPv6Address
    scheme: str = "http"
    site: str = "global"


def authenticate(
    request: RawRequest,
    keys: Keyring,
    now: float,
    milliseconds: Milliseconds = "required",
    reach: Reach = skip,
) -> Key:
    """Return the key that signed the request, and note that it was used.

    Args:
        request: As it was on the wire.
        keys: Every key.
        now: The exchange's time, Unix seconds.
        milliseconds: Whether a timestamp must have a fraction of a second: `required` or
            `optional`.
        reach: Called with the name of each check before it is made.

    Raises:
        RefusedError: With the code of the first check that fails.
    """
    reach("headers")
    values = [request.headers.get(name, b"") for name in _NEEDED]
    if not all(values):
        raise _refuse_missing_header(request.headers)
    api_key, passphrase, signature, sent_at = values

    reach("timestamp")
    signed_at = _parse_timestamp(sent_at.decode("latin-1"), milliseconds)
    reach("age")
    _check_age(now - signed_at, WINDOW_SECONDS, "50102")
    reach("key")
    key = find_key(
        api_key.decode("latin-1"), keys, request.site, malformed="50111", unknown="50119"
    )
    if key.frozen:
        raise RefusedError("50100", "this key was frozen on the practice exchange")
    reach("address")
    if not key.allows(request.client):
        raise RefusedError(
            "50110",
            f"the request came from {request.client}; the key allows {', '.join(key.ips)}",
            str(request.client),
        )
    reach("environment")
    _check_environment(request, key)

    reach("signature")
    if not compare_digest(key.signer.sign_bytes(make_prehash(request)).encode(), signature):
        raise RefusedError(
            "50113",
            _describe_signature(
                _describe_request(request, sent_at, signature), key, passphrase.decode("latin-1")
            ),
        )
    reach("passphrase")
    if not compare_digest(key.passphrase.encode(), passphrase):
        raise RefusedError("50105", describe_passphrase(key, passphrase.decode("latin-1")))
    keys.use(key)
    return key


def make_prehash(request: RawRequest) -> bytes:
    """Return the bytes that the signature of a request must fit."""
    sent_at = request.headers.get(b"ok-access-timestamp", b"")
    return sent_at + request.method.encode() + request.target + request.body


@dataclass(frozen=True, slots=True)
class Login:
    """A WebSocket login as it arrived.

    Attributes:
        api_key: As sent, and so are the next three.
        passphrase: The passphrase.
        timestamp: Unix seconds, if it is right.
        signature: The `sign`.
        client: The caller's address.
        site: The site that was called: `global`, `us` or `eea`.
        demo: True if the host for demo keys was called.
    """

    api_key: str
    passphrase: str = field(repr=False)
    timestamp: str
    signature: str
    client: IPv4Address | IPv6Address
    site: str = "global"
    demo: bool = False


def log_in(login: Login, keys: Keyring, now: float, reach: Reach = skip) -> Key:
    """Return the key that signed a WebSocket login, and note that it was used.

    OKX documents the codes, not the order of its checks; this one is that of REST.

    Args:
        login: As it arrived.
        keys: Every key.
        now: The exchange's time, Unix seconds.
        reach: Called with the name of each check before it is made.

    Raises:
        RefusedError: With the code of the first check that fails.
    """
    reach("timestamp")
    signed_at = _parse_login_timestamp(login.timestamp)
    reach("age")
    _check_age(now - signed_at, LOGIN_WINDOW_SECONDS, "60006")
    reach("key")
    key = find_key(login.api_key, keys, login.site, malformed="60005", unknown="60032")
    if key.frozen:
        raise RefusedError("60009", "this key was frozen on the practice exchange")
    reach("address")
    if not key.allows(login.client):
        raise RefusedError(
            "60009", f"the login came from {login.client}; the key allows {', '.join(key.ips)}"
        )
    reach("environment")
    if key.demo != login.demo:
        kind, opposite = ("demo", "live") if key.demo else ("live", "demo")
        raise RefusedError(
            "50101", f"a {kind} key logs in at the WebSocket host of {opposite} keys"
        )
    reach("signature")
    expected = key.signer.sign_bytes(make_login_prehash(login.timestamp))
    if not compare_digest(expected.encode(), login.signature.encode("utf-8", "replace")):
        raise RefusedError(
            "60007", _describe_signature(_describe_login(login), key, login.passphrase)
        )
    reach("passphrase")
    if not compare_digest(key.passphrase.encode(), login.passphrase.encode("utf-8", "replace")):
        raise RefusedError("60024", describe_passphrase(key, login.passphrase))
    keys.use(key)
    return key


def make_login_prehash(sent_at: str) -> bytes:
    """Return the bytes that the signature of a login must fit."""
    return f"{sent_at}GET{_LOGIN_PATH}".encode("utf-8", "replace")


def find_key(api_key: str, keys: Keyring, site: str, *, malformed: str, unknown: str) -> Key:
    """Return the key of that name if this site has made it.

    Args:
        api_key: As the caller sent it.
        keys: Every key.
        site: The site that was called.
        malformed: The code for a text that cannot be a key.
        unknown: The code for a key that this site does not know.

    Raises:
        RefusedError: With one of the two codes.
    """
    key = keys.get(api_key)
    if key is None and not API_KEY.fullmatch(api_key):
        raise RefusedError(malformed, f"a key is a UUID of 36 characters; you sent {len(api_key)}")
    if key is None and keys.has_expired(api_key):
        raise RefusedError(
            unknown,
            "this key expired: it may trade, is bound to no address, and was idle for 14 days",
        )
    if key is None:
        raise RefusedError(
            unknown,
            "this sandbox knows no such key; at OKX the usual cause is a key of another site",
        )
    if key.site != site:
        raise RefusedError(
            unknown, f"this is the site {site}; the key was made on the site {key.site}"
        )
    return key


def require_permission(key: Key, permission: str) -> None:
    """Check that the key has a permission.

    Raises:
        RefusedError: `50120`.
    """
    if permission not in key.permissions:
        raise RefusedError(
            "50120",
            f"this endpoint needs the permission {permission}; "
            f"the key has {', '.join(key.permissions)}",
        )


def _refuse_missing_header(headers: Mapping[bytes, bytes]) -> RefusedError:
    """Return the refusal for the first header that is missing or empty."""
    name, code = next((name, code) for name, code in _NEEDED.items() if not headers.get(name))
    right, wrong = name.decode().upper(), name.replace(b"ok-", b"okx-", 1)
    if wrong in headers:
        return RefusedError(code, f"you sent {wrong.decode().upper()}; the header is {right}")
    return RefusedError(code, f"the header {right} is missing or empty")


def _parse_timestamp(sent_at: str, milliseconds: Milliseconds) -> float:
    """Return the time of a REST request in Unix seconds."""
    form = _ISO.fullmatch(sent_at)
    if not form:
        if _UNIX_MILLISECONDS.fullmatch(sent_at):
            # Observed: see fact `rest-epoch-milliseconds`.
            raise RefusedError("50102", "the timestamp is Unix milliseconds; REST wants ISO 8601")
        raise RefusedError("50112", "the timestamp must look like 2020-12-08T09:08:57.715Z")
    if not form[1] and milliseconds == "required":
        # Disputed: see fact `rest-missing-milliseconds`.
        raise RefusedError(
            "50112",
            "the timestamp has no milliseconds; whether OKX refuses that is disputed. "
            "Send three digits, as in 2020-12-08T09:08:57.715Z, or start the practice "
            "exchange with --milliseconds optional",
        )
    try:
        return datetime.fromisoformat(sent_at).timestamp()
    except (ValueError, OverflowError):
        raise RefusedError("50112", "the timestamp is not a date that exists") from None


def _check_age(late: float, allowed: int, code: str) -> None:
    if abs(late) > allowed:
        side = "behind" if late > 0 else "ahead of"
        raise RefusedError(
            code,
            f"your timestamp is {abs(late):.0f} seconds {side} the sandbox's clock; "
            f"{allowed} are allowed",
        )


def _check_environment(request: RawRequest, key: Key) -> None:
    demo = request.headers.get(b"x-simulated-trading") == b"1"
    if demo and not key.demo:
        raise RefusedError(
            "50101",
            "a live key was sent with x-simulated-trading: 1; leave it out (demo=False)",
        )
    if key.demo and not demo:
        raise RefusedError(
            "50101", "a demo key was sent without x-simulated-trading: 1; add it (demo=True)"
        )


def _parse_login_timestamp(sent_at: str) -> float:
    """Return the time of a login in Unix seconds."""
    if not _UNIX_SECONDS.fullmatch(sent_at):
        raise RefusedError("60004", "the timestamp must be Unix seconds, such as 1607418537")
    if _UNIX_MILLISECONDS.fullmatch(sent_at):
        # Observed: see fact `ws-milliseconds`.
        raise RefusedError(
            "60006", "the timestamp is Unix milliseconds; the WebSocket wants seconds"
        )
    return float(sent_at)


def _describe_request(request: RawRequest, sent_at: bytes, signature: bytes) -> SignedRequest:
    host = request.headers.get(b"host", b"").decode("latin-1")
    return SignedRequest(
        timestamp=sent_at.decode("latin-1"),
        method=request.method,
        request_path=request.target.decode("latin-1"),
        body=request.body.decode("utf-8", "surrogateescape"),
        signature=signature.decode("latin-1"),
        host=f"{request.scheme}://{host}",
    )


def _describe_login(login: Login) -> SignedRequest:
    return SignedRequest(
        timestamp=login.timestamp,
        method="GET",
        request_path=_LOGIN_PATH,
        body="",
        signature=login.signature,
    )


def _describe_signature(arrived: SignedRequest, key: Key, passphrase: str) -> str:
    size = len(arrived.body.encode("utf-8", "surrogateescape"))
    # Who signs with a guess must not learn that it is the passphrase. He may who has shown that
    # he knows the secret key, in the place of the passphrase; and of the key that is published.
    knows = key.secret_key in (passphrase, PRACTICE_KEY.secret_key)
    mistake = (
        find(
            arrived,
            key.secret_key,
            passphrase=key.passphrase if knows else "",
            api_key=key.api_key,
            seconds=_SEARCH_SECONDS,
            rare=False,
        )
        if size + len(arrived.request_path) <= _SEARCHED_AT_MOST
        else None
    )
    if mistake is None:
        # The path is one that is served. Nothing else is repeated: it could be a guess at
        # somebody's secret.
        path, _, query = arrived.request_path.partition("?")
        queried = f" and a query of {len(query)} characters" if query else ""
        return (
            f"no known mistake gives this signature; received {arrived.method} {path}{queried} "
            f"with a body of {size} bytes; a wrong secret key is the likeliest cause"
        )
    return f"{mistake.explanation}. {mistake.fix}"


def describe_passphrase(key: Key, passphrase: str) -> str:
    """Return in words what is wrong with a passphrase, without showing either."""
    if passphrase == key.secret_key:
        return "you sent the secret key as the passphrase"
    if passphrase.strip("\"'") == key.passphrase:
        return "you sent the passphrase with quotes around it"
    if len(passphrase) == len(key.passphrase):
        return "the length is right, so a character differs: a small or capital letter, perhaps"
    return f"you sent {len(passphrase)} characters, the passphrase has {len(key.passphrase)}"
