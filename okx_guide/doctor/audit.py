"""What a key may do beyond its program's needs, read from `account/config`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from ipaddress import ip_network
from typing import Any

from okx_guide.doctor.report import Check, problem, warning

IDS = ("surplus", "whitelist", "age", "owner")
"""Every check that only an audit makes, in order."""

OLDEST = 90
"""Days after which a key is due: three months."""

LARGEST = {4: 256, 6: 2**64}
"""Addresses of the largest network that an IP whitelist should hold, by version of IP."""
_PAGE = "/security/least-privilege/"
# A day in the name of a key, which is letters and digits: rebalancer20261127.
_DAY = re.compile(r"(?<!\d)(20\d\d)([01]\d)([0-3]\d)(?!\d)", re.ASCII)


def audit(account: Mapping[str, Any], needs: Sequence[str], today: date) -> Iterator[Check]:
    """Yield the audit of a key that works, from the answer of `account/config`.

    Args:
        account: The answer; a value that is not text counts as empty.
        needs: What the program needs beyond reading: of `trade` and `withdraw`.
        today: The day, in UTC.

    Examples:
        >>> account = {"perm": "read_only,withdraw", "ip": "203.0.113.7"}
        >>> [check.id for check in audit(account, [], date(2026, 11, 27)) if check.cause]
        ['permissions']
    """
    yield check_permissions(account, needs)
    yield from check_excess(account, needs, today)


def check_permissions(account: Mapping[str, Any], needs: Sequence[str]) -> Check:
    """Return whether a key may do what its program needs, and may not withdraw without need.

    Args:
        account: The answer of `account/config`.
        needs: What the program needs beyond reading: of `trade` and `withdraw`.
    """
    permissions = _split(account.get("perm"))
    has = [name for name in ("read_only", "trade", "withdraw") if name in permissions]
    message = f"It may: {', '.join(has) or 'nothing'}."
    if missing := [name for name in needs if name not in has]:
        return problem("permissions", "permission", f"{message} Missing: {', '.join(missing)}.")
    if "withdraw" in has and "withdraw" not in needs:
        return problem(
            "permissions",
            "permission",
            f"{message} Whoever gets it can empty the account.",
            "Take withdraw away from the key; if your program needs it, run with --need withdraw.",
            f"{_PAGE}#per-request",
        )
    return Check("permissions", "ok", message)


def check_excess(account: Mapping[str, Any], needs: Sequence[str], today: date) -> Iterator[Check]:
    """Yield the checks that only an audit makes, in the order of `IDS`.

    Args:
        account: The answer of `account/config`; what is no text in it counts as empty.
        needs: What the program needs beyond reading: of `trade` and `withdraw`.
        today: The day, in UTC.
    """
    permissions = _split(account.get("perm"))
    yield _check_surplus(permissions, needs)
    yield _check_addresses(_split(account.get("ip")))
    yield _check_age(str(account.get("label", "")), today)
    yield _check_owner(account, permissions)


def _split(text: Any) -> list[str]:
    return [part for part in str(text or "").split(",") if part]


def _check_surplus(permissions: Sequence[str], needs: Sequence[str]) -> Check:
    """Check Trade; an unneeded Withdraw is a problem even without an audit."""
    if "trade" in permissions and "trade" not in needs:
        return problem(
            "surplus",
            "permission",
            "It may trade, and nobody said that its program does.",
            "Take Trade away from the key; or, if its program trades, run with --need trade.",
            f"{_PAGE}#per-request",
        )
    return Check("surplus", "ok", "It may trade only if its program needs that.")


def _check_addresses(addresses: Sequence[str]) -> Check:
    if not addresses:
        return problem(
            "whitelist",
            "ip_allowlist",
            "It has no IP whitelist: a thief can use it from anywhere.",
            "List the addresses from which its program calls.",
            "/security/ip-whitelist/",
        )
    if wide := [text for text in addresses if _is_wide(text)]:
        return problem(
            "whitelist",
            "ip_allowlist",
            f"Its whitelist has {len(wide)} network{'s' * (len(wide) > 1)} of more than "
            f"{LARGEST[4]} IPv4 addresses, or than a /64 of IPv6.",
            "List single addresses, or the smallest network that you own.",
            "/security/ip-whitelist/",
        )
    count = f"{len(addresses)} entr{'y' if len(addresses) == 1 else 'ies'}"
    return Check("whitelist", "ok", f"Its whitelist has {count}, none of them a large network.")


def _is_wide(text: str) -> bool:
    """Return whether an entry is a large network; what is not a network is not."""
    with suppress(ValueError):
        network = ip_network(text.strip(), strict=False)
        return network.num_addresses > LARGEST[network.version]
    return False


def _check_age(label: str, today: date) -> Check:
    """Read the day from the key's name: OKX does not say when the key was created."""
    days = [day for day in map(_parse_day, _DAY.findall(label)) if day and day <= today]
    if not days:
        return Check(
            "age",
            "skipped",
            "Not known: OKX does not say how old a key is.",
            fix=f"End its name in the day of its creation, as in bot{today:%Y%m%d}.",
            page=f"{_PAGE}#age",
        )
    age = (today - max(days)).days
    message = f"{age} days old, by the day in its name"
    if age > OLDEST:
        return problem(
            "age",
            "key_lifecycle",
            f"{message}; due after {OLDEST}.",
            "Replace it.",
            "/security/rotation/",
        )
    return Check("age", "ok", f"{message}; due after {OLDEST}.")


def _parse_day(parts: tuple[str, str, str]) -> date | None:
    with suppress(ValueError):
        return date(*map(int, parts))
    return None


def _check_owner(account: Mapping[str, Any], permissions: Sequence[str]) -> Check:
    uid, main = (str(account.get(name) or "") for name in ("uid", "mainUid"))
    if not uid or not main:
        return Check("owner", "skipped", "Not known: the answer does not name its account.")
    if uid != main:
        return Check("owner", "ok", "It belongs to a sub-account.")
    if not {"trade", "withdraw"} & set(permissions):
        return Check("owner", "ok", "It belongs to the main account, and only reads.")
    return warning(
        "owner",
        "permission",
        "It belongs to the main account: it reaches all funds there.",
        "Give a bot a key of a sub-account, with the funds that it may lose.",
        "/security/#4-put-a-bot-into-a-sub-account",
    )
