"""Sign requests for the OKX v5 API. Standard library only: copy this file as it is.

Rules: OKX docs, "REST Authentication" and "WebSocket Login"
(https://www.okx.com/docs-v5/en/#overview-rest-authentication, copy of 2026-08-22).
"""

import base64
import hmac
import re
from datetime import UTC, datetime
from typing import Any, Protocol

_ISO_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_FORM = re.compile(_ISO_MILLISECONDS.pattern + "\n[A-Z]+\n/.*", re.ASCII)


class HasCredentials(Protocol):
    """Anything that carries the three strings of one API key."""

    @property
    def api_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def passphrase(self) -> str: ...


def timestamp(at: datetime | float | None = None) -> str:
    """Return `at` (aware datetime, or Unix seconds; default now) as `2020-12-08T09:08:57.715Z`."""
    return _parse_moment(at).isoformat("T", "milliseconds").replace("+00:00", "Z")


def prehash(sent_at: str, method: str, request_path: str, body: str = "") -> str:
    """Return the text that is signed: the four parts joined, with nothing between them.

    Raises:
        TypeError: `body` is not text.
        ValueError: Another part has a form that OKX would refuse.
    """
    # One look at all of it, and words only when it fails: this runs for every request.
    if _FORM.fullmatch(f"{sent_at}\n{method}\n{request_path}") and isinstance(body, str):
        return f"{sent_at}{method}{request_path}{body}"
    # Values are never echoed: with two arguments swapped, one of them is the secret.
    if not _ISO_MILLISECONDS.fullmatch(str(sent_at)):
        raise ValueError(
            "timestamp must look like 2020-12-08T09:08:57.715Z: use timestamp(). "
            "Unix time belongs to ws_login() only."
        )
    if not re.fullmatch("[A-Z]+", str(method)):
        raise ValueError("method must be in capitals: 'GET' or 'POST'.")
    if not re.fullmatch("/.*", str(request_path)):
        raise ValueError(
            "request_path must start with '/': leave out https:// and the host, "
            "keep the query, as in /api/v5/account/balance?ccy=BTC"
        )
    raise TypeError(
        f"body must be the exact text you send, not {type(body).__name__}: "
        "body = json.dumps(order), then sign body and send body."
    )


class Signer:
    """Sign many requests with one secret; its key schedule is prepared once."""

    def __init__(self, secret_key: str) -> None:
        self._mac = hmac.new(_encode_secret(secret_key), digestmod="sha256")

    def sign(self, sent_at: str, method: str, request_path: str, body: str = "") -> str:
        """Return the `OK-ACCESS-SIGN` header: Base64 (44 characters) of the raw HMAC-SHA256."""
        return self.sign_bytes(prehash(sent_at, method, request_path, body).encode())

    def sign_bytes(self, message: bytes) -> str:
        """Sign a prehash that is already bytes, unchecked."""
        mac = self._mac.copy()
        mac.update(message)
        return base64.b64encode(mac.digest()).decode()


def sign(secret_key: str, sent_at: str, method: str, request_path: str, body: str = "") -> str:
    """Return the `OK-ACCESS-SIGN` header of one request. See `prehash` for what is refused."""
    key, message = _encode_secret(secret_key), prehash(sent_at, method, request_path, body)
    return base64.b64encode(hmac.digest(key, message.encode(), "sha256")).decode()


def _encode_secret(secret_key: str) -> bytes:
    if not secret_key:
        raise ValueError("secret_key is empty: is OKX_SECRET_KEY set in this process?")
    if secret_key != secret_key.strip():
        raise ValueError("secret_key has white space around it: strip it where you read it.")
    return secret_key.encode()


def headers(
    credentials: HasCredentials,
    method: str,
    request_path: str,
    body: str = "",
    *,
    at: datetime | float | None = None,
    demo: bool = False,
) -> dict[str, str]:
    """Return every header of one signed request; send it within 30 seconds, unchanged."""
    now = timestamp(at)
    result = {
        "OK-ACCESS-KEY": credentials.api_key,
        "OK-ACCESS-SIGN": sign(credentials.secret_key, now, method, request_path, body),
        "OK-ACCESS-TIMESTAMP": now,
        "OK-ACCESS-PASSPHRASE": credentials.passphrase,
    }
    if body:
        result["Content-Type"] = "application/json"
    if demo:
        result["x-simulated-trading"] = "1"
    return result


def ws_login(credentials: HasCredentials, at: datetime | float | None = None) -> dict[str, Any]:
    """Return the WebSocket login message. Its timestamp is Unix seconds, as a string."""
    now = str(int(_parse_moment(at).timestamp()))
    signature = Signer(credentials.secret_key).sign_bytes(f"{now}GET/users/self/verify".encode())
    login = {"apiKey": credentials.api_key, "passphrase": credentials.passphrase}
    return {"op": "login", "args": [{**login, "timestamp": now, "sign": signature}]}


def _parse_moment(at: datetime | float | None) -> datetime:
    if isinstance(at, str):
        raise TypeError("at must be a number or a datetime: float(ts) / 1000 of /public/time.")
    if at is None:
        return datetime.now(UTC)
    if not isinstance(at, datetime):
        if at > 1e11:  # milliseconds since 1973; as seconds, the year 5138
            raise ValueError("at looks like milliseconds: divide the ts of /public/time by 1000.")
        return datetime.fromtimestamp(at, UTC)
    if at.tzinfo is None:
        raise ValueError("at has no time zone: use datetime.now(UTC), not datetime.utcnow().")
    return at.astimezone(UTC)
