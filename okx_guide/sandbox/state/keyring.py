"""Every API key of the practice exchange, and the rules for making and changing them.

The rules are facts `label`, `ip-limit`, `key-limit`, `passphrase-rule`, `inactivity` and
`sub-account-keys` in `facts/rules.json`; the codes are those of `facts/errors.json`.
"""

import math
import re
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Any, Self

from okx_guide import facts
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.state.clock import Clock
from okx_guide.sandbox.state.keys import EXPIRES_AFTER, Key
from okx_guide.sandbox.state.store import Store, check_fields

KEYS_AT_MOST = facts.rule("key-limit", "keys", int)
IPS_AT_MOST = facts.rule("ip-limit", "addresses", int)
LABEL_AT_MOST = facts.rule("label", "max_length", int)
_SHORTEST = facts.rule("passphrase-rule", "min_length", int)
_LONGEST = facts.rule("passphrase-rule", "max_length", int)
PERMISSIONS = ("read_only", "trade", "withdraw")

CODE_SECONDS = 600
"""Seconds for which the code of the security verification is good. Our choice."""
TRIES = 5
"""Wrong codes after which a draft is gone. Our choice."""
# No reader has more drafts than this; more would fill the memory.
_PENDING_AT_MOST = KEYS_AT_MOST
# When a key was last used is written down this often; the rule counts in days.
_USE_WRITTEN_EVERY = 3600.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What the owner asks for; it becomes a key when the security verification is passed.

    Attributes:
        label: The key's name.
        passphrase: As the owner typed it.
        permissions: Of `read_only`, `trade` and `withdraw`.
        ips: Addresses and networks.
        demo: True for a demo key.
        site: `global`, `us` or `eea`.
        account: The sub-account; empty for the main account.
    """

    label: str
    passphrase: str = field(repr=False)
    permissions: tuple[str, ...] = ("read_only",)
    ips: tuple[str, ...] = ()
    demo: bool = False
    site: str = "global"
    account: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A draft that waits for its code.

    Attributes:
        id: Names it.
        draft: What was asked for.
        code: Six digits, as they were sent to the practice inbox.
        sent: Unix seconds.
        tries: Wrong codes that were given.
    """

    id: str
    draft: Draft
    code: str = field(repr=False)
    sent: float
    tries: int = 0

    def to_row(self) -> dict[str, Any]:
        """Return it as JSON."""
        draft = {name: getattr(self.draft, name) for name in Draft.__slots__}
        return {"draft": draft, "code": self.code, "sent": self.sent, "tries": self.tries}

    @classmethod
    def from_row(cls, name: str, row: Any) -> Self:
        """Return what `to_row()` wrote.

        Raises:
            ValueError: It wrote no such thing.
        """
        check_fields(row, {"draft": dict, "code": str, "sent": float, "tries": int})
        draft = check_fields(row["draft"], _DRAFT_TYPES)
        draft |= {"permissions": tuple(draft["permissions"]), "ips": tuple(draft["ips"])}
        return cls(name, Draft(**draft), row["code"], parse_moment("", row["sent"]), row["tries"])


_DRAFT_TYPES = {
    **dict.fromkeys(("label", "passphrase", "site", "account"), str),
    **dict.fromkeys(("permissions", "ips"), list),
    "demo": bool,
}


def parse_moment(_: str, row: Any) -> float:
    """Return a number of seconds that was kept.

    Raises:
        ValueError: It is no such number.
    """
    if isinstance(row, bool) or not isinstance(row, int | float) or not math.isfinite(row):
        raise ValueError("not a moment")
    return float(row)


class Keyring:
    """The keys.

    Args:
        clock: The exchange's time.
        store: Where they are kept. Callers that change something commit it.
        random: Returns so many random bytes; `secrets.token_bytes`.

    Attributes:
        watchers: Called with the `api_key` of a key that was edited, deleted or has expired.
    """

    def __init__(
        self, clock: Clock, store: Store, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._clock = clock
        self._store = store
        self._random = random
        self.watchers: list[Callable[[str], None]] = []
        self.load()

    def load(self) -> None:
        """Read the stored state, replacing what is in memory.

        Raises:
            StateError: It cannot be read.
        """
        store = self._store
        keys = store.load("key", Key.from_row).values()
        self._keys = {key.api_key: key for key in sorted(keys, key=lambda key: key.created)}
        self._used = store.load("used", parse_moment)
        self._expired = store.load("lapsed", parse_moment)
        self._pending = store.load("pending", Pending.from_row)

    # --- look ---------------------------------------------------------------------

    def __iter__(self) -> Iterator[Key]:
        """Every key that exists, the oldest first."""
        for key in tuple(self._keys.values()):
            if self._is_alive(key):
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, api_key: str) -> Key | None:
        """Return a key, or None if there is none of that name. An expired key is gone."""
        key = self._keys.get(api_key)
        return key if key and self._is_alive(key) else None

    def list_for(self, site: str, *, demo: bool, account: str | None = None) -> list[Key]:
        """Return the keys of one site and environment, of one account if it is named."""
        return [
            key
            for key in self
            if key.site == site and key.demo == demo and account in (None, key.account)
        ]

    def find_last_use(self, key: Key) -> float | None:
        """Return when a key was last used, in Unix seconds; None if never."""
        return self._used.get(key.api_key)

    def find_expiry(self, key: Key) -> float | None:
        """Return when a key will be gone if it is not used, in Unix seconds; None if never."""
        if not key.may_expire:
            return None
        return max(key.created, self._used.get(key.api_key, 0.0)) + EXPIRES_AFTER

    def has_expired(self, api_key: str) -> bool:
        """Return whether a key of that name existed and has expired."""
        return api_key in self._expired

    def _is_alive(self, key: Key) -> bool:
        if not key.may_expire:
            return True
        gone_at = self.find_expiry(key)
        if gone_at is None or self._clock.now() < gone_at:
            return True
        self._expired[key.api_key] = gone_at
        self._store.put("lapsed", key.api_key, gone_at)
        self.delete(key.api_key)
        return False

    # --- use ----------------------------------------------------------------------

    def use(self, key: Key) -> None:
        """Note that a key was used: an authenticated call or a login (fact `inactivity-use`)."""
        now = self._clock.now()
        before = self._used.get(key.api_key)
        if before is None or abs(now - before) >= _USE_WRITTEN_EVERY:
            self._store.put("used", key.api_key, now)
        self._used[key.api_key] = now

    def idle(self, seconds: float) -> None:
        """Let time pass for the keys alone, as if each had been used that much earlier.

        A client signs with its own clock. If the exchange's were turned by two weeks, the
        client would be refused for its timestamp before its key is looked up.

        Raises:
            ValueError: `seconds` is negative, or more than there were since 1970.
        """
        if not 0 <= seconds <= self._clock.now():  # also: not a number
            raise ValueError("Keys can be idle for a number of seconds, since 1970 at most.")
        for key in tuple(self._keys.values()):
            earlier = replace(key, created=max(key.created - seconds, 1.0))
            self._keys[key.api_key] = earlier
            self._store.put("key", key.api_key, earlier.to_row())
        for api_key, used in tuple(self._used.items()):
            self._used[api_key] = used - seconds
            self._store.put("used", api_key, used - seconds)

    # --- make and change ----------------------------------------------------------

    def add(self, key: Key) -> None:
        """Add a ready key, replacing one of the same name.

        A key that does not say when it was made is made now.
        """
        known = key.api_key in self._keys
        key = key if key.created else replace(key, created=self._clock.now())
        self._keys[key.api_key] = key
        self._store.put("key", key.api_key, key.to_row())
        if known:
            self._notify(key.api_key)

    def propose(self, draft: Draft) -> Pending:
        """Check a draft and send its code to the practice inbox.

        Raises:
            RefusedError: The draft breaks a rule.
        """
        self._check(draft)
        for oldest in self.list_pending()[_PENDING_AT_MOST - 1 :]:
            self.drop(oldest.id)
        code = f"{int.from_bytes(self._random(4), 'big') % 1_000_000:06d}"
        pending = Pending(self._random(16).hex(), draft, code, self._clock.now())
        self._keep(pending)
        return pending

    def list_pending(self) -> list[Pending]:
        """Return the drafts that wait for their code, the newest first."""
        now = self._clock.now()
        for pending in tuple(self._pending.values()):
            if abs(now - pending.sent) > CODE_SECONDS:
                self.drop(pending.id)
        return sorted(self._pending.values(), key=lambda pending: pending.sent)[::-1]

    def verify(self, name: str, code: str) -> Key | None:
        """Make the key of a pending draft if the code is right.

        Args:
            name: The `id` of the draft.
            code: What the owner typed.

        Returns:
            The key; None if the code is wrong. After five wrong codes the draft is gone.

        Raises:
            KeyError: There is no such draft, or no more.
            RefusedError: Another key took its place meanwhile.
        """
        pending = {waiting.id: waiting for waiting in self.list_pending()}[name]
        if not secrets.compare_digest(pending.code.encode(), code.strip().encode()):
            if pending.tries + 1 >= TRIES:
                self.drop(name)
            else:
                self._keep(replace(pending, tries=pending.tries + 1))
            return None
        key = self.create(pending.draft)
        self.drop(name)
        return key

    def drop(self, name: str) -> None:
        """Forget a pending draft."""
        self._pending.pop(name, None)
        self._store.delete("pending", name)

    def create(self, draft: Draft) -> Key:
        """Make a key.

        Raises:
            RefusedError: The draft breaks a rule: 51000, 59501, 59502, 59503, 59504 or 59505.
        """
        self._check(draft)
        key = Key(
            api_key=str(uuid.UUID(bytes=self._random(16), version=4)),
            secret_key=self._random(16).hex().upper(),
            passphrase=draft.passphrase,
            label=draft.label,
            permissions=_sort_permissions(draft.permissions),
            ips=_parse_networks(draft.ips),
            demo=draft.demo,
            site=draft.site,
            account=draft.account,
            created=self._clock.now(),
        )
        self.add(key)
        return key

    def edit(
        self,
        key: Key,
        *,
        label: str | None = None,
        permissions: Sequence[str] | None = None,
        ips: Sequence[str] | None = None,
    ) -> Key:
        """Change the given fields of a key and return the new one; it takes effect at once.

        Raises:
            RefusedError: The change breaks a rule.
        """
        draft = Draft(
            label=key.label if label is None else label,
            passphrase=key.passphrase,
            permissions=key.permissions if permissions is None else tuple(permissions),
            ips=key.ips if ips is None else tuple(ips),
            demo=key.demo,
            site=key.site,
            account=key.account,
        )
        _raise_first(self.find_refusals(draft, instead_of=key))
        changed = replace(
            key,
            label=draft.label,
            permissions=_sort_permissions(draft.permissions),
            ips=_parse_networks(draft.ips),
        )
        # An old key that is unbound must not expire at once: an edit counts as a use here.
        self.use(changed)
        self.add(changed)
        return changed

    def freeze(self, key: Key, *, frozen: bool = True) -> Key:
        """Freeze a key, or release it: a frozen one answers 50100."""
        changed = replace(key, frozen=frozen)
        self.add(changed)
        return changed

    def delete(self, api_key: str) -> None:
        """Delete a key, if it is there."""
        if self._keys.pop(api_key, None) is None:
            return
        self._used.pop(api_key, None)
        self._store.delete("key", api_key)
        self._store.delete("used", api_key)
        self._notify(api_key)

    def clear(self) -> None:
        """Delete every key and draft."""
        for api_key in tuple(self._keys):
            self.delete(api_key)
        for name in tuple(self._pending):
            self.drop(name)
        for api_key in tuple(self._expired):
            self._store.delete("lapsed", api_key)
        self._expired.clear()

    def _notify(self, api_key: str) -> None:
        for watcher in tuple(self.watchers):
            watcher(api_key)

    def _keep(self, pending: Pending) -> None:
        self._pending[pending.id] = pending
        self._store.put("pending", pending.id, pending.to_row())

    # --- rules --------------------------------------------------------------------

    def find_refusals(self, draft: Draft, instead_of: Key | None = None) -> dict[str, RefusedError]:
        """Return the rules that a draft breaks, by the field of the draft; empty if none.

        Args:
            draft: What is asked for.
            instead_of: The key that it shall replace; None for a new one. What the draft
                leaves as it was is not looked at.
        """
        rules: dict[str, Callable[[], object]] = {
            "label": lambda: self._check_label(draft),
            "ips": lambda: _parse_networks(draft.ips),
            "permissions": lambda: _check_permissions(draft.permissions, draft.account),
            "passphrase": lambda: _check_passphrase(draft.passphrase),
            "account": lambda: self._check_room(draft),
        }
        refusals = {}
        for name, check in rules.items():
            unchanged = instead_of and getattr(draft, name) == getattr(instead_of, name)
            try:
                if not unchanged:
                    check()
            except RefusedError as refusal:
                refusals[name] = refusal
        return refusals

    def _check(self, draft: Draft) -> None:
        _raise_first(self.find_refusals(draft))

    def _check_label(self, draft: Draft) -> None:
        # ASCII: the rule says letters and digits, and OKX's own examples have no others.
        if not re.fullmatch(rf"[A-Za-z0-9]{{1,{LABEL_AT_MOST}}}", draft.label):
            raise RefusedError(
                "51000",
                f"a name is 1 to {LABEL_AT_MOST} letters or digits, without spaces",
                "label",
            )
        if any(key.label == draft.label for key in self._list_neighbours(draft)):
            raise RefusedError("59502", "another key of this account has that name")

    def _check_room(self, draft: Draft) -> None:
        if len(self._list_neighbours(draft)) >= KEYS_AT_MOST:
            raise RefusedError("59501", f"delete one of its {KEYS_AT_MOST} keys first")

    def _list_neighbours(self, draft: Draft) -> list[Key]:
        return self.list_for(draft.site, demo=draft.demo, account=draft.account)


def _raise_first(refusals: dict[str, RefusedError]) -> None:
    if refusals:
        raise next(iter(refusals.values()))


def _parse_networks(ips: Iterable[str]) -> tuple[str, ...]:
    """Return addresses as they are, and networks in their short form, each once."""
    known: dict[str, None] = {}
    for ip in ips:
        try:
            network = ip_network(ip)
        except ValueError as error:
            raise RefusedError(
                "51000", f"{error}; give IPv4 or IPv6 addresses or networks", "ip"
            ) from None
        alone = network.prefixlen == network.max_prefixlen
        known[str(network.network_address) if alone else str(network)] = None
        if len(known) > IPS_AT_MOST:
            raise RefusedError("59503", f"more than {IPS_AT_MOST} addresses were given")
    return tuple(known)


def _check_permissions(permissions: Sequence[str], account: str) -> None:
    unknown = set(permissions) - set(PERMISSIONS)
    if unknown or not permissions:
        raise RefusedError("51000", f"permissions are {', '.join(PERMISSIONS)}; give one", "perm")
    if account and "withdraw" in permissions:
        raise RefusedError("59504", "leave withdraw out, or make the key for the main account")


def _check_passphrase(passphrase: str) -> None:
    needed = (r"[0-9]", r"[A-Z]", r"[a-z]", r"[^A-Za-z0-9]")
    # Printable ASCII: it travels in an HTTP header.
    if not re.fullmatch(rf"[!-~]{{{_SHORTEST},{_LONGEST}}}", passphrase) or not all(
        re.search(pattern, passphrase) for pattern in needed
    ):
        raise RefusedError(
            "59505",
            f"{_SHORTEST} to {_LONGEST} characters without spaces, with a digit, an uppercase "
            "letter, a lowercase letter and a special character",
        )


def _sort_permissions(permissions: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in PERMISSIONS if name in permissions)
