"""Which listening port stands for which of OKX's hosts, and who calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.types import Scope


@dataclass(frozen=True, slots=True)
class PortRole:
    """What one listening port stands for.

    Attributes:
        site: `global`, `us` or `eea`.
        demo: True for the host of demo WebSockets, which OKX keeps apart; REST is the same
            host for both.
    """

    site: str = "global"
    demo: bool = False


_GLOBAL = PortRole()


def find_role(scope: Scope, places: Mapping[int, PortRole]) -> PortRole:
    """Return what the called port stands for."""
    server = scope.get("server")
    return places.get(server[1], _GLOBAL) if server else _GLOBAL


def parse_address(scope: Scope) -> IPv4Address | IPv6Address:
    """Return the caller's address."""
    client = scope.get("client")
    # A Unix socket has no address: 0.0.0.0 is in no allowlist.
    return _parse_address(client[0] if client else "0.0.0.0")  # noqa: S104  # not bound here


@lru_cache  # few addresses call, each of them often
def _parse_address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    # A socket for IPv6 shows a caller over IPv4 as ::ffff:a.b.c.d.
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def find_stranger(scope: Scope) -> tuple[int, str] | None:
    """Return status and reason if a web page sent this request, not the reader's program.

    A browser names the page in `Origin`; after DNS rebinding it names another host in `Host`.
    """
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"localhost").decode("latin-1")
    if not is_local(host):
        return 421, "Call this by address or as localhost, not by a name."
    if b"origin" not in headers:  # no browser
        return None
    origin = headers[b"origin"].decode("latin-1")
    _, _, page = origin.partition("://")
    if origin and page != host and not _is_loopback(page):
        return 403, "A page of another host may not call the practice exchange."
    return None


def _is_loopback(host: str) -> bool:
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    try:
        return name == "localhost" or ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


@lru_cache
def is_local(host: str) -> bool:
    """Return whether a `Host` header is an address or `localhost`.

    An attacker may point any other name at this machine; a web page under that name could then
    act as if it were ours (DNS rebinding).

    Examples:
        >>> is_local("127.0.0.1:8700"), is_local("[::1]:8700"), is_local("evil.example:8700")
        (True, True, False)
    """
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if name == "localhost" or name.endswith(".localhost"):
        return True
    if "%" in name:  # The zone of an IPv6 address may be any text.
        return False
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
