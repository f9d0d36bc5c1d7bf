"""Keys of sub-accounts, through the API: the only keys that OKX lets a program manage.

Facts `sub-account-keys` and `main-account-keys` in `facts/rules.json`; shapes from OKX's
endpoint pages (docs-v5, copy of 2026-08-22).
"""

from typing import Any

from okx_guide.sandbox.errors import Refused
from okx_guide.sandbox.state.account import Params, Row, required
from okx_guide.sandbox.state.exchange import SUB_ACCOUNTS, Exchange
from okx_guide.sandbox.state.keyring import Draft
from okx_guide.sandbox.state.keys import Key


def keys(exchange: Exchange, params: Params, key: Key) -> list[Row]:
    """Answer `GET /api/v5/users/subaccount/apikey`. Needs no key that is bound to an address."""
    _main_account(key)
    account = _sub_account(params)
    wanted = params.get("apiKey")
    found = exchange.keys.list_for(key.site, demo=key.demo, account=account)
    rows = [_row(one) for one in found if wanted in (None, "", one.api_key)]
    if wanted and not rows:
        raise Refused("59506", "this sub-account has no such key")
    return rows


def create(exchange: Exchange, params: Params, key: Key) -> list[Row]:
    """Answer `POST /api/v5/users/subaccount/apikey`. Only here is the secret shown."""
    _bound_main_account(key)
    made = exchange.keys.create(
        Draft(
            label=required(params, "label"),
            passphrase=required(params, "passphrase"),
            permissions=_list(params, "perm") or ("read_only",),
            ips=_addresses(params) or (),
            demo=key.demo,
            site=key.site,
            account=_sub_account(params),
        )
    )
    secret = {"secretKey": made.secret_key, "passphrase": made.passphrase}
    return [{"subAcct": made.account, **_row(made), **secret}]


def modify(exchange: Exchange, params: Params, key: Key) -> list[Row]:
    """Answer `POST /api/v5/users/subaccount/modify-apikey`. What is passed replaces."""
    _bound_main_account(key)
    made = exchange.keys.edit(
        _named(exchange, params, key),
        label=required(params, "label") if params.get("label") else None,
        permissions=_list(params, "perm") or None,
        ips=_addresses(params),
    )
    return [{"subAcct": made.account, **_row(made)}]


def delete(exchange: Exchange, params: Params, key: Key) -> list[Row]:
    """Answer `POST /api/v5/users/subaccount/delete-apikey`."""
    _bound_main_account(key)
    gone = _named(exchange, params, key)
    exchange.keys.delete(gone.api_key)
    return [{"subAcct": gone.account}]


def _main_account(key: Key) -> None:
    if key.account:
        raise Refused("59500", f"this key belongs to the sub-account {key.account}")


def _bound_main_account(key: Key) -> None:
    _main_account(key)
    if not key.ips:
        raise Refused("50035", "the key that manages other keys must be bound to an address")


def _sub_account(params: Params) -> str:
    name = required(params, "subAcct")
    if name not in SUB_ACCOUNTS:
        raise Refused("59510", f"this sandbox has {', '.join(SUB_ACCOUNTS)}")
    return name


def _named(exchange: Exchange, params: Params, key: Key) -> Key:
    account = _sub_account(params)
    found = exchange.keys.get(required(params, "apiKey"))
    if found is None or found.owner != f"{key.owner}{account}":
        raise Refused("59506", "this sub-account has no such key")
    return found


def _addresses(params: Params) -> tuple[str, ...] | None:
    """Return the addresses; none given is no change, an empty text unbinds the key."""
    return _list(params, "ip") if "ip" in params else None


def _list(params: Params, name: str) -> tuple[str, ...]:
    value: Any = params.get(name) or ""
    if not isinstance(value, str):
        raise Refused("51000", f"{name} is text, separated by commas", name)
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _row(key: Key) -> Row:
    return {
        "label": key.label,
        "apiKey": key.api_key,
        "perm": ",".join(key.permissions),
        "ip": ",".join(key.ips),
        "ts": str(int(key.created * 1000)),
    }
