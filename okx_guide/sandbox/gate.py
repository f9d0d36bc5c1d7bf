"""Who may pass: the checks on a private request, in the order observed at OKX.

The order is that of fact `order-of-checks` in `facts/rules.json` (inferred from what
clients met one after the other); the codes and messages are those of `facts/errors.json`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address

from okx_guide import facts, mistakes
from okx_guide.sandbox.keyring import Keyring
from okx_guide.sandbox.keys import Key
from okx_guide.sandbox.refused import Refused

WINDOW_SECONDS = facts.load("rules")["timestamp-window"].value["seconds"]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z", re.ASCII)
_UNIX_MILLISECONDS = re.compile(r"\d{13}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it was on the wire.

    Attributes:
        method: As sent.
        target: Path and query, undecoded.
        headers: Names in lower case.
        body: The bytes.
        client: The caller's address.
        host: Scheme and host that were called.
        site: The site that this host stands for: `global`, `us` or `eea`.
    """

    method: str
    target: bytes
    headers: Mapping[str, str]
    body: bytes
    client: IPv4Address | IPv6Address
    host: str
    site: str = "global"


def authenticate(request: RawRequest, keys: Keyring, now: float) -> Key:
    """Return the key that signed the request, and note that it was used.

    Args:
        request: As it was on the wire.
        keys: Every key.
        now: The exchange's time, Unix seconds.

    Raises:
        Refused: With the code of the first check that fails.
    """
    api_key = _header(request, "ok-access-key", "50103")
    passphrase = _header(request, "ok-access-passphrase", "50104")
    signature = _header(request, "ok-access-sign", "50106")
    sent_at = _header(request, "ok-access-timestamp", "50107")

    _check_age(sent_at, now)
    key = known_key(api_key, keys, request.site, malformed="50111", unknown="50119")
    if key.frozen:
        raise Refused("50100", "this key was frozen on the practice exchange")
    if not key.allows(request.client):
        raise Refused(
            "50110",
            f"the request came from {request.client}; the key allows {', '.join(key.ips)}",
            str(request.client),
        )
    _check_environment(request, key)

    message = b"".join((sent_at.encode("latin-1"), request.method.encode(), request.target))
    expected = key.signer.sign_bytes(message + request.body)
    if not compare_digest(expected.encode(), signature.encode("latin-1")):
        raise Refused("50113", _signature_hint(request, key, sent_at, signature))
    if not compare_digest(key.passphrase.encode(), passphrase.encode("latin-1")):
        raise Refused("50105", passphrase_hint(key, passphrase))
    keys.use(key)
    return key


def known_key(api_key: str, keys: Keyring, site: str, *, malformed: str, unknown: str) -> Key:
    """Return the key of that name if this site has made it.

    Args:
        api_key: As the caller sent it.
        keys: Every key.
        site: The site that was called.
        malformed: The code for a text that cannot be a key.
        unknown: The code for a key that this site does not know.

    Raises:
        Refused: With one of the two codes.
    """
    if not _UUID.fullmatch(api_key):
        raise Refused(malformed, f"a key is a UUID of 36 characters; you sent {len(api_key)}")
    key = keys.get(api_key)
    if key is None and keys.lapsed(api_key):
        raise Refused(
            unknown,
            "this key lapsed: it may trade, is bound to no address, and was idle for 14 days",
        )
    if key is None:
        raise Refused(
            unknown,
            "this sandbox knows no such key; at OKX the usual cause is a key of another site",
        )
    if key.site != site:
        raise Refused(unknown, f"this is the site {site}; the key was made on the site {key.site}")
    return key


def require(key: Key, permission: str) -> None:
    """Check that the key has a permission.

    Raises:
        Refused: `50120`.
    """
    if permission not in key.permissions:
        raise Refused(
            "50120",
            f"this endpoint needs the permission {permission}; "
            f"the key has {', '.join(key.permissions)}",
        )


def _header(request: RawRequest, name: str, code: str) -> str:
    value = request.headers.get(name, "")
    if value:
        return value
    wrong = name.replace("ok-", "okx-", 1)
    if wrong in request.headers:
        raise Refused(code, f"you sent {wrong.upper()}; the header is {name.upper()}")
    raise Refused(code, f"the header {name.upper()} is missing or empty")


def _check_age(sent_at: str, now: float) -> None:
    if _UNIX_MILLISECONDS.fullmatch(sent_at):
        # Observed: see fact `rest-epoch-milliseconds`.
        raise Refused("50102", "the timestamp is Unix milliseconds; REST wants ISO 8601")
    if not _ISO.fullmatch(sent_at):
        raise Refused("50112", "the timestamp must look like 2020-12-08T09:08:57.715Z")
    try:
        # fromisoformat() takes at most six digits of a second, others may send nine.
        seconds, _, fraction = sent_at.removesuffix("Z").partition(".")
        sent = datetime.fromisoformat(f"{seconds}.{fraction[:6]:0<6}+00:00").timestamp()
    except (ValueError, OverflowError):
        raise Refused("50112", "the timestamp is not a date that exists") from None
    late = now - sent
    if abs(late) > WINDOW_SECONDS:
        side = "behind" if late > 0 else "ahead of"
        raise Refused(
            "50102",
            f"your timestamp is {abs(late):.0f} seconds {side} the sandbox's clock; "
            f"{WINDOW_SECONDS} are allowed",
        )


def _check_environment(request: RawRequest, key: Key) -> None:
    demo = request.headers.get("x-simulated-trading", "0") == "1"
    if demo and not key.demo:
        raise Refused(
            "50101",
            "a live key was sent with x-simulated-trading: 1; leave it out (demo=False)",
        )
    if key.demo and not demo:
        raise Refused(
            "50101", "a demo key was sent without x-simulated-trading: 1; add it (demo=True)"
        )


def _signature_hint(request: RawRequest, key: Key, sent_at: str, signature: str) -> str:
    arrived = mistakes.SignedRequest(
        timestamp=sent_at,
        method=request.method,
        request_path=request.target.decode("latin-1"),
        body=request.body.decode("utf-8", "surrogateescape"),
        signature=signature,
        host=request.host,
    )
    found = mistakes.find(arrived, key.secret_key, passphrase=key.passphrase, api_key=key.api_key)
    if found is None:
        return (
            f"no known mistake gives this signature; received {request.method} "
            f"{arrived.request_path} with a body of {len(request.body)} bytes; "
            "a wrong secret key is the likeliest cause"
        )
    return f"{found.explanation}. {found.fix}"


def passphrase_hint(key: Key, passphrase: str) -> str:
    """Return in words what is wrong with a passphrase, without showing either."""
    if passphrase == key.secret_key:
        return "you sent the secret key as the passphrase"
    if passphrase.strip("\"'") == key.passphrase:
        return "you sent the passphrase with quotes around it"
    if len(passphrase) == len(key.passphrase):
        return "the length is right, so a character differs: a small or capital letter, perhaps"
    return f"you sent {len(passphrase)} characters, the passphrase has {len(key.passphrase)}"
