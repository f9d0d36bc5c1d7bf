"""Which host serves which account: one per site where accounts are registered."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from okx_guide import facts

WsPath = Literal["public", "private", "business"]


@dataclass(frozen=True, slots=True)
class Site:
    """The hosts of one OKX site. A key works on the site that created it, nowhere else.

    Attributes:
        name: `global`, `us` or `eea`.
        login: The host you see in the browser after you log in.
        rest_url: Base URL of the REST API, the same for live and demo keys.
    """

    name: str
    login: str
    rest_url: str
    _ws_live: str
    _ws_demo: str

    def ws_url(self, path: WsPath, *, demo: bool = False) -> str:
        """Return a WebSocket URL. Demo keys have their own host.

        Examples:
            >>> SITES["eea"].ws_url("private", demo=True)
            'wss://wseeapap.okx.com/ws/v5/private'

        Raises:
            ValueError: `path` is not `public`, `private` or `business`.
        """
        if path not in ("public", "private", "business"):
            raise ValueError("path must be 'public', 'private' or 'business'.")
        return f"{self._ws_demo if demo else self._ws_live}/ws/v5/{path}"


def load_sites(on: date | None = None) -> dict[str, Site]:
    """Return the documented sites by name, with the hosts that hold on a day.

    Türkiye is left out: no source names its demo host.

    Args:
        on: The day; today if it is left out.

    Examples:
        >>> load_sites(date(2026, 10, 30))["global"].ws_url("private")
        'wss://ws.okx.com:8443/ws/v5/private'
        >>> load_sites(date(2026, 10, 31))["global"].ws_url("private")
        'wss://ws.okx.com/ws/v5/private'
    """
    hosts = facts.load("hosts", on)
    return {
        name: Site(name, value["login"], value["rest"], value["ws_live"], value["ws_demo"])
        for name, value in ((name, hosts[name].value) for name in ("global", "us", "eea"))
    }


SITES: dict[str, Site] = load_sites()
"""The documented sites by name, as of today; their facts are in `facts/hosts.json`."""
