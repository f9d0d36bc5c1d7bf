"""What a paste holds of a signed request."""

import re
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from urllib.parse import urlsplit


class DumpError(ValueError):
    """What was pasted cannot be read. The message says what to do, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a paste holds of one request; None for what it does not hold.

    Attributes:
        timestamp: The OK-ACCESS-TIMESTAMP header, or the time of a login.
        method: As it was written.
        request_path: Path with query.
        body: The body; empty if the paste says that there is none.
        signature: The OK-ACCESS-SIGN header, or the sign of a login.
        secret_key: The secret, if the paste is JSON that holds it.
        passphrase: The passphrase.
        api_key: The API key.
        host: Scheme and host.
        choice: Of several signed requests, which one this is, in words.
        answered: The header Date of the answer, as ISO 8601.
    """

    timestamp: str | None = None
    method: str | None = None
    request_path: str | None = None
    body: str | None = None
    signature: str | None = None
    secret_key: str | None = None
    passphrase: str | None = None
    api_key: str | None = None
    host: str | None = None
    choice: str | None = None
    answered: str | None = None

    def complete_from(self, source: "Pasted") -> "Pasted":
        """Return this paste, with what it lacks from another one."""
        lacking = {
            field.name: getattr(source, field.name)
            for field in fields(self)
            if getattr(self, field.name) is None
        }
        return replace(self, **lacking)


def split_url(url: str) -> tuple[str, str]:
    """Split a URL into scheme with host, and path with query; a path alone has no host."""
    if not re.match(r"https?://", url, re.IGNORECASE):
        return "", url
    with suppress(ValueError):
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        return host, url[len(host) :].partition("#")[0] or "/"
    raise DumpError("The URL cannot be read: its host has a form that no host has.")
