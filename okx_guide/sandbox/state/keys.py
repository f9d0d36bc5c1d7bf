"""One API key as the practice exchange stores it."""

from dataclasses import asdict, dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any, Self

from okx_guide import facts
from okx_guide.sandbox.state.store import check_fields
from okx_guide.signing import Signer

EXPIRES_AFTER: float = facts.rule("inactivity", "days", int) * 86_400
"""Seconds without use after which an unbound key that may trade or withdraw is gone."""


# With the generated comparison, pytest would print the secrets that differ.
@dataclass(frozen=True, eq=False)
class Key:
    """One API key as the exchange stores it. Has the attributes of `Credentials`.

    Attributes:
        api_key: A UUID.
        secret_key: 32 hexadecimal characters, used as text.
        passphrase: Chosen by the owner.
        label: The key's name.
        permissions: Of `read_only`, `trade` and `withdraw`.
        ips: Addresses and networks that may use the key; empty for all.
        demo: True for a demo key, which needs `x-simulated-trading: 1`.
        site: The site that made it: `global`, `us` or `eea`.
        account: The sub-account it belongs to; empty for the main account.
        created: Unix seconds.
        frozen: True if the exchange refuses it until support is asked.
    """

    api_key: str
    secret_key: str = field(repr=False)
    passphrase: str = field(repr=False)
    label: str = "practice"
    permissions: tuple[str, ...] = ("read_only", "trade")
    ips: tuple[str, ...] = ()
    demo: bool = True
    site: str = "global"
    account: str = ""
    created: float = 0.0
    frozen: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.to_row() == other.to_row()

    def __hash__(self) -> int:
        return hash(self.api_key)

    @cached_property
    def signer(self) -> Signer:
        """The signer of this key's secret."""
        return Signer(self.secret_key)

    @cached_property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The allowlist, parsed.

        Raises:
            ValueError: An entry is not an IPv4 or IPv6 address or network.
        """
        return tuple(ip_network(ip) for ip in self.ips)

    def allows(self, address: IPv4Address | IPv6Address) -> bool:
        """Return whether a caller at this address may use the key."""
        return not self.networks or any(address in network for network in self.networks)

    @property
    def may_expire(self) -> bool:
        """Whether 14 idle days end it: facts `inactivity` and `inactivity-exempt`."""
        return not self.demo and not self.ips and set(self.permissions) != {"read_only"}

    @cached_property
    def owner(self) -> str:
        """The account that the key opens: site, environment and sub-account."""
        return f"{self.site}/{'demo' if self.demo else 'live'}/{self.account}"

    def to_row(self) -> dict[str, Any]:
        """Return the key as JSON. It holds the secret."""
        return asdict(self)

    @classmethod
    def from_row(cls, name: str, row: Any) -> Self:
        """Return the key that `to_row()` wrote.

        Raises:
            ValueError: It wrote no such thing.
        """
        fields = check_fields(row, _TYPES)
        key = cls(**{**fields, "permissions": tuple(row["permissions"]), "ips": tuple(row["ips"])})
        if key.api_key != name or len(key.networks) != len(key.ips) or key.created < 0:
            raise ValueError("not a key")
        return key


_TYPES = {
    **dict.fromkeys(("api_key", "secret_key", "passphrase", "label", "site", "account"), str),
    **dict.fromkeys(("permissions", "ips"), list),
    **dict.fromkeys(("demo", "frozen"), bool),
    "created": float,
}


PRACTICE_KEY = Key(
    api_key="5a4db0c5-0000-4000-8000-000000000001",
    secret_key="FACADE00FACADE00FACADE00FACADE00",
    passphrase="Practice-0nly",
)
"""The one ready key of a new sandbox. It is published here and opens nothing."""


def list_secrets(key: Key | None) -> list[str]:
    """Return what an answer to the owner of a key must not show.

    Hiding the secrets of all keys would reveal too much: a caller who sees a guess hidden knows
    that it is somebody's secret. Published secrets need no guessing.
    """
    owned = [key.secret_key, key.passphrase] if key else []
    return [*owned, PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase]
