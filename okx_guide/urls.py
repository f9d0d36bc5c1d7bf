"""Addresses that a key may be sent to."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

# No user info, backslash or escape: two parsers might read two hosts in them.
_URL = re.compile(
    r"(?:https?|wss?)://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII
)


class BaseUrlError(ValueError):
    """A key must not be sent to this address. The message does not show it.

    Attributes:
        message: What is wrong, in a sentence.
        fix: What to do about it.
    """

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message, fix)
        self.message, self.fix = message, fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}"


def check_base_url(url: str, example: str = "https://openapi.okx.com") -> None:
    """Check the address of a REST API before a key is sent there.

    Args:
        url: Scheme, host and optional port; no trailing slash.
        example: The URL that the advice names.

    Raises:
        BaseUrlError: It is something else, has a user name, or is plain HTTP to another machine.

    Examples:
        >>> check_base_url("http://127.0.0.1:8700")
        >>> check_base_url("http://openapi.okx.com")
        Traceback (most recent call last):
        okx_guide.urls.BaseUrlError: openapi.okx.com is called without TLS: ...
    """
    if not is_well_formed(url) or not url.startswith("http"):
        # It is not shown: it may be the secret, set under the wrong name.
        raise BaseUrlError(
            f"OKX_API_BASE_URL has {len(url)} characters and is not scheme and host.",
            f"Set it without a path, a user name, quotes or white space, as one of {example}.",
        )
    if is_unencrypted(url):
        raise BaseUrlError(
            f"{describe_host(url)} is called without TLS: everybody on the way reads the "
            "passphrase.",
            "Begin OKX_API_BASE_URL with https://.",
        )


def is_well_formed(url: str) -> bool:
    """Return whether a URL is scheme, host and optional port."""
    try:
        parts = urlsplit(url)
        return bool(_URL.fullmatch(url) and parts.hostname and parts.port != 0)
    except ValueError:
        return False


def is_unencrypted(url: str) -> bool:
    """Return whether others on the network can read what is sent to this URL.

    Plain HTTP is for a practice exchange on this machine, under an address or `localhost`.
    """
    return urlsplit(url).scheme not in ("https", "wss") and not is_loopback(url)


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to this machine: a loopback address, or `localhost`.

    Examples:
        >>> is_loopback("https://127.0.0.1:8700"), is_loopback("https://localhost.okx.com")
        (True, False)
    """
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def describe_host(url: str) -> str:
    """Return host and port of a URL, without anything in it that may be secret."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.hostname}:{port}" if port else f"{parts.hostname}"


def read_origin(url: str) -> str:
    """Return the beginning of a URL, up to the slash after its host.

    To compare, ask whether the other URL begins with it: then no second parser can read
    another host in that URL.

    Examples:
        >>> read_origin("https://openapi.okx.com/api/v5/public/time")
        'https://openapi.okx.com/'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
