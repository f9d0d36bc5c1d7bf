"""Show the secret of a new key once, on a page and as a file."""

import json
import secrets
import shlex
from collections import OrderedDict
from collections.abc import Callable, Mapping

from okx_guide.sandbox.state.keys import Key

SECONDS = 600
"""Seconds for which a secret waits to be shown, and then to be saved. Our choice."""
_AT_MOST = 100


class SecretDelivery:
    """Secrets on their way to the browser that made the key. Nothing of this is stored.

    Args:
        now: Returns the exchange's time, Unix seconds.
        random: Returns so many random bytes.
    """

    def __init__(
        self, now: Callable[[], float], random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._now = now
        self._random = random
        self._waiting: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._tickets: OrderedDict[tuple[str, str], float] = OrderedDict()

    def offer(self, api_key: str, session: str) -> None:
        """Let this session see the secret of this key once."""
        self._keep(self._waiting, (api_key, session))

    def take(self, api_key: str, session: str) -> str | None:
        """Return a ticket for the files if the secret may be shown now, else None."""
        if not self._is_valid(self._waiting.pop((api_key, session), None)):
            return None
        ticket = self._random(16).hex()
        self._keep(self._tickets, (api_key, ticket))
        return ticket

    def accepts(self, api_key: str, ticket: str) -> bool:
        """Return whether the holder of this ticket may still have the files."""
        return self._is_valid(self._tickets.get((api_key, ticket)))

    def _is_valid(self, since: float | None) -> bool:
        return since is not None and abs(self._now() - since) <= SECONDS

    def _keep(self, shelf: OrderedDict[tuple[str, str], float], name: tuple[str, str]) -> None:
        shelf[name] = self._now()
        while len(shelf) > _AT_MOST:
            shelf.popitem(last=False)


def format_env(variables: Mapping[str, str]) -> str:
    """Return variables as a file that a shell reads: `set -a; . FILE; set +a`.

    Examples:
        >>> print(format_env({"OKX_PASSPHRASE": "Fake-pa$$#1"}), end="")
        OKX_PASSPHRASE='Fake-pa$$#1'
    """
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())


def format_profile(key: Key) -> str:
    """Return a key as a table of `~/.okx/config.toml`, named like the key.

    Examples:
        >>> print(format_profile(Key("5a4db0c5", "FACADE00", "Fake-1", label="bot")), end="")
        [profiles.bot]
        api_key = '5a4db0c5'
        secret_key = 'FACADE00'
        passphrase = 'Fake-1'
        demo = true
    """
    name = key.label if key.label.isalnum() and key.label.isascii() else json.dumps(key.label)
    lines = [f"[profiles.{name}]"]
    lines += [f"{field} = {_quote_toml(getattr(key, field))}" for field in _STRINGS]
    return "\n".join((*lines, f"demo = {str(key.demo).lower()}", ""))


_STRINGS = ("api_key", "secret_key", "passphrase")


def _quote_toml(text: str) -> str:
    # Single quotes keep every character; a text that holds one needs the other kind, whose
    # escapes are those of JSON as long as the text is printable ASCII.
    return json.dumps(text) if "'" in text else f"'{text}'"
