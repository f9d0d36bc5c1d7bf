"""Keys of sub-accounts, through the API: the only keys that OKX lets a program manage.

Facts `sub-account-keys` and `main-account-keys` in `facts/rules.json`; shapes from OKX's
endpoint pages (docs-v5, copy of 2026-08-22).
"""

from typing import Any

from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.params import Params, Row, require_param
from okx_guide.sandbox.state.exchange import SUB_ACCOUNTS, Exchange
from okx_guide.sandbox.state.keyring import Draft
from okx_guide.sandbox.state.keys import Key


def list_keys(exchange: Exchange, params: Params, key: Key) -> list[Row]:
    """Answer `GET /api/v5/users/subaccount/apikey`. Needs no key that is bound to an address."""
    _require_main_account(key)
    account = _parse_sub_account(params)
    api_key = params.get("apiKey")
    keys = exchange.keys.list_for(key.site, demo=key.demo, account=account)
    rows = [_describe_key(entry) for entry in keys if api_key in (None, "", entry.api_key)]
    if api_key and not rows:
        raise RefusedError("59506", "this sub-account has no such key")
    return rows


def create_key(exchange: Exchange, params: Params, key: Key) -> list[Row]:
    """Answer `POST /api/v5/users/subaccount/apikey`. Only here is the secret shown."""
    _require_bound_key(key)
    new = exchange.keys.create(
        Draft(
            label=require_param(params, "label"),
            passphrase=require_param(params, "passphrase"),
            permissions=_split_list(params, "perm") or ("read_only",),
            ips=_parse_addresses(params) or (),
            demo=key.demo,
            site=key.site,
            account=_parse_sub_account(params),
        )
    )
    secret = {"secretKey": new.secret_key, "passphrase": new.passphrase}
    return [{"subAcct": new.account, **_describe_key(new), **secret}]


def modify_key(exchange: Exchange, params: Params, key: Key) -> list[Row]:
    """Answer `POST /api/v5/users/subaccount/modify-apikey`. Passed values replace the old."""
    _require_bound_key(key)
    new = exchange.keys.edit(
        _find_key(exchange, params, key),
        label=require_param(params, "label") if params.get("label") else None,
        permissions=_split_list(params, "perm") or None,
        ips=_parse_addresses(params),
    )
    return [{"subAcct": new.account, **_describe_key(new)}]


def delete_key(exchange: Exchange, params: Params, key: Key) -> list[Row]:
    """Answer `POST /api/v5/users/subaccount/delete-apikey`."""
    _require_bound_key(key)
    target = _find_key(exchange, params, key)
    exchange.keys.delete(target.api_key)
    return [{"subAcct": target.account}]


def _require_main_account(key: Key) -> None:
    if key.account:
        raise RefusedError("59500", f"this key belongs to the sub-account {key.account}")


def _require_bound_key(key: Key) -> None:
    _require_main_account(key)
    if not key.ips:
        raise RefusedError("50035", "the key that manages other keys must be bound to an address")


def _parse_sub_account(params: Params) -> str:
    name = require_param(params, "subAcct")
    if name not in SUB_ACCOUNTS:
        raise RefusedError("59510", f"this sandbox has {', '.join(SUB_ACCOUNTS)}")
    return name


def _find_key(exchange: Exchange, params: Params, key: Key) -> Key:
    account = _parse_sub_account(params)
    match = exchange.keys.get(require_param(params, "apiKey"))
    if match is None or match.owner != f"{key.owner}{account}":
        raise RefusedError("59506", "this sub-account has no such key")
    return match


def _parse_addresses(params: Params) -> tuple[str, ...] | None:
    """Return the addresses; None changes nothing, an empty text unbinds the key."""
    return _split_list(params, "ip") if "ip" in params else None


def _split_list(params: Params, name: str) -> tuple[str, ...]:
    value: Any = params.get(name) or ""
    if not isinstance(value, str):
        raise RefusedError("51000", f"{name} is text, separated by commas", name)
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _describe_key(key: Key) -> Row:
    return {
        "label": key.label,
        "apiKey": key.api_key,
        "perm": ",".join(key.permissions),
        "ip": ",".join(key.ips),
        "ts": str(int(key.created * 1000)),
    }
