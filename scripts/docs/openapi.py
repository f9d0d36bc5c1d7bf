"""Describe the practice exchange as OpenAPI: `python -m scripts.docs.openapi FILE`.

Paths, permissions and limits come from `endpoints.py` and so from the facts, the form of answers
from `shapes.json`. Only the values that parameters may have are written here.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from okx_guide import facts
from okx_guide.sandbox.params import Params
from okx_guide.sandbox.rest.endpoints import ENDPOINTS, Endpoint
from okx_guide.sandbox.state.candles import SIZES
from okx_guide.sandbox.state.exchange import SUB_ACCOUNTS
from okx_guide.sandbox.state.funding import FUNDING, TRADING
from okx_guide.sandbox.state.keyring import LABEL_AT_MOST
from okx_guide.sandbox.state.market import INSTRUMENTS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_FILLED: Schema = {"type": "string", "minLength": 1}
_LABEL: Schema = {"type": "string", "pattern": f"^[A-Za-z0-9]{{1,{LABEL_AT_MOST}}}$"}
_BOOLEAN: Schema = {"type": "boolean"}
_INSTRUMENT: Schema = {"type": "string", "enum": list(INSTRUMENTS)}
_PAIR: Schema = {
    "type": "string",
    "enum": [name for name, instrument in INSTRUMENTS.items() if not instrument.contract],
}
_CURRENCY: Schema = {"type": "string", "enum": ["BTC", "ETH", "USDT"]}
_PLACE: Schema = {"type": "string", "enum": [FUNDING, TRADING]}
_TAG: Schema = {"type": "string", "pattern": "^[A-Za-z0-9]{0,16}$"}
_COUNTDOWN: Schema = {"type": "string", "pattern": "^(0|[1-9][0-9]|1[01][0-9]|120)$"}
_ALGO_TYPE: Schema = {"type": "string", "enum": ["conditional", "oco", "trigger"]}
_TYPE: Schema = {
    "type": "string",
    "enum": ["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"],
}
_WHOLE: Schema = {"type": "string", "pattern": "^[0-9]{1,19}$"}
_DEPTH: Schema = {"type": "string", "pattern": "^([1-9][0-9]?|[1-3][0-9]{2}|400)$"}
_DECIMAL: Schema = {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,12})?$"}
_AT_PRICE: Schema = {"type": "string", "pattern": r"^(-1|[0-9]{1,12}(\.[0-9]{1,12})?)$"}
_NAME: Schema = {"type": "string", "pattern": "^[A-Za-z0-9]{1,32}$"}
_ORDER_ID: Schema = {"type": "string", "pattern": "^[0-9]{1,19}$"}
_SUB_ACCOUNT: Schema = {"type": "string", "enum": list(SUB_ACCOUNTS)}

_PAGE = {
    "instType": _TYPE,
    "instFamily": _TEXT,
    "instId": _INSTRUMENT,
    "after": _WHOLE,
    "before": _WHOLE,
    "limit": _WHOLE,
}
_PERIOD = {"begin": _WHOLE, "end": _WHOLE}
_KIND = {"ordType": _TEXT, "state": _TEXT}
_TRADE = {"ordId": _ORDER_ID, "subType": _TEXT}
_LISTED = {"instType": _TYPE, "instFamily": _TEXT, "instId": _INSTRUMENT}
_ONE_ORDER = {"instId": _INSTRUMENT, "ordId": _ORDER_ID, "clOrdId": _NAME}
_NEW_ORDER = {
    "instId": _PAIR,
    "tdMode": {"type": "string", "enum": ["cash"]},
    "side": {"type": "string", "enum": ["buy", "sell"]},
    "ordType": {"type": "string", "enum": ["limit", "market", "post_only", "fok", "ioc"]},
    "sz": _DECIMAL,
    "px": _DECIMAL,
    "clOrdId": _NAME,
    "tag": _TAG,
    "tgtCcy": {"type": "string", "enum": ["base_ccy", "quote_ccy"]},
}
_ALGO_FILTERS = {
    "algoId": _ORDER_ID,
    "instType": _TYPE,
    "instId": _INSTRUMENT,
    "after": _WHOLE,
    "before": _WHOLE,
    "limit": _WHOLE,
}
_NEW_ALGO = {
    "instId": _PAIR,
    "tdMode": {"type": "string", "enum": ["cash"]},
    "side": {"type": "string", "enum": ["buy", "sell"]},
    "ordType": _ALGO_TYPE,
    "sz": _DECIMAL,
    **dict.fromkeys(("tpTriggerPx", "slTriggerPx", "triggerPx"), _DECIMAL),
    **dict.fromkeys(("tpOrdPx", "slOrdPx", "orderPx"), _AT_PRICE),
    "algoClOrdId": _NAME,
    "tag": _TAG,
    "tgtCcy": {"type": "string", "enum": ["base_ccy", "quote_ccy"]},
}
_ONE_ALGO = {"instId": _INSTRUMENT, "algoId": _ORDER_ID, "algoClOrdId": _NAME}
_CANDLES = {
    "instId": _INSTRUMENT,
    "bar": {"type": "string", "enum": list(SIZES)},
    "after": _WHOLE,
    "before": _WHOLE,
    "limit": _WHOLE,
}
_AMENDMENT = {
    **_ONE_ORDER,
    "newSz": _DECIMAL,
    "newPx": _DECIMAL,
    "reqId": _NAME,
    "cxlOnFail": _BOOLEAN,
}
_KEY = {"subAcct": _SUB_ACCOUNT, "apiKey": _FILLED}
_SETTINGS: dict[str, Schema] = {
    "perm": {"type": "string", "enum": ["read_only", "trade", "read_only,trade"]},
    "ip": {
        "type": "string",
        "description": "Networks too, and several with commas between them.",
        "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}],
    },
}

# The parameters of each endpoint, required ones first.
_PARAMETERS: dict[str, tuple[dict[str, Schema], int]] = {
    "GET /api/v5/public/time": ({}, 0),
    "GET /api/v5/public/instruments": (_LISTED, 1),
    "GET /api/v5/market/ticker": ({"instId": _INSTRUMENT}, 1),
    "GET /api/v5/market/tickers": ({"instType": _TYPE, "instFamily": _TEXT}, 1),
    "GET /api/v5/market/books": ({"instId": _INSTRUMENT, "sz": _DEPTH}, 1),
    "GET /api/v5/market/candles": (_CANDLES, 1),
    "GET /api/v5/market/history-candles": (_CANDLES, 1),
    "GET /api/v5/market/trades": ({"instId": _INSTRUMENT, "limit": _WHOLE}, 1),
    "GET /api/v5/system/status": (
        {
            "state": {
                "type": "string",
                "enum": ["scheduled", "ongoing", "pre_open", "completed", "canceled"],
            }
        },
        0,
    ),
    "GET /api/v5/account/account-position-risk": ({"instType": _TYPE}, 0),
    "GET /api/v5/account/trade-fee": (_LISTED | {"groupId": _TEXT}, 1),
    "GET /api/v5/account/bills": (
        {name: schema for name, schema in _PAGE.items() if name != "instFamily"}
        | _PERIOD
        | dict.fromkeys(("ccy", "mgnMode", "type", "subType"), _TEXT),
        0,
    ),
    "GET /api/v5/account/max-size": (
        {"instId": _PAIR, "tdMode": {"type": "string", "enum": ["cash"]}, "px": _DECIMAL},
        2,
    ),
    "POST /api/v5/account/set-account-level": (
        {"acctLv": {"type": "string", "enum": ["1", "2"]}},
        1,
    ),
    "POST /api/v5/account/set-position-mode": (
        {"posMode": {"type": "string", "enum": ["net_mode"]}},
        1,
    ),
    "POST /api/v5/asset/transfer": (
        {"ccy": _CURRENCY, "amt": _DECIMAL, "from": _PLACE, "to": _PLACE, "clientId": _NAME},
        4,
    ),
    "POST /api/v5/trade/cancel-all-after": ({"timeOut": _COUNTDOWN, "tag": _TAG}, 1),
    "POST /api/v5/trade/order-algo": (_NEW_ALGO, 5),
    "GET /api/v5/trade/order-algo": ({"algoId": _ORDER_ID, "algoClOrdId": _NAME}, 0),
    "GET /api/v5/trade/orders-algo-pending": (
        {"ordType": _ALGO_TYPE, **_ALGO_FILTERS},
        1,
    ),
    "GET /api/v5/trade/orders-algo-history": (
        {
            "ordType": _ALGO_TYPE,
            "state": {"type": "string", "enum": ["effective", "canceled", "order_failed"]},
            **_ALGO_FILTERS,
        },
        2,
    ),
    "POST /api/v5/trade/mass-cancel": (
        {
            "instType": {"type": "string", "enum": ["OPTION"]},
            "instFamily": _FILLED,
            "lockInterval": {"type": "string", "pattern": "^(10000|[0-9]{1,4})$"},
        },
        2,
    ),
    "POST /api/v5/trade/cancel-algos": (_ONE_ALGO, 1),
    "GET /api/v5/account/config": ({}, 0),
    "GET /api/v5/account/instruments": (_LISTED, 1),
    "GET /api/v5/account/balance": ({"ccy": _TEXT}, 0),
    "GET /api/v5/account/positions": ({"instType": _TYPE, "instId": _TEXT, "posId": _TEXT}, 0),
    "GET /api/v5/asset/currencies": ({"ccy": _TEXT}, 0),
    "GET /api/v5/asset/balances": ({"ccy": _TEXT}, 0),
    "GET /api/v5/trade/order": (_ONE_ORDER, 1),
    "GET /api/v5/trade/orders-pending": (_PAGE | _KIND, 0),
    "GET /api/v5/trade/orders-history": (_PAGE | _KIND | _PERIOD, 1),
    "GET /api/v5/trade/fills": (_PAGE | _TRADE | _PERIOD, 0),
    "GET /api/v5/trade/fills-history": (_PAGE | _TRADE | _PERIOD, 1),
    "POST /api/v5/trade/order": (_NEW_ORDER, 5),
    "POST /api/v5/trade/amend-order": (_AMENDMENT, 1),
    "POST /api/v5/trade/cancel-order": (_ONE_ORDER, 1),
    "POST /api/v5/account/set-leverage": (
        {
            "lever": {"type": "string", "enum": [str(lever) for lever in range(1, 11)]},
            "mgnMode": {"type": "string", "enum": ["isolated", "cross"]},
            "instId": _INSTRUMENT,
        },
        3,
    ),
    "POST /api/v5/asset/withdrawal": (
        {"ccy": _FILLED, "amt": _DECIMAL, "dest": _FILLED, "toAddr": _FILLED}
        | dict.fromkeys(("toAddrType", "chain", "areaCode", "clientId"), _TEXT)
        | {"rcvrInfo": {"type": "object"}},
        4,
    ),
    "GET /api/v5/users/subaccount/apikey": (_KEY, 1),
    "POST /api/v5/users/subaccount/apikey": (
        {"subAcct": _SUB_ACCOUNT, "label": _LABEL, "passphrase": _FILLED} | _SETTINGS,
        3,
    ),
    "POST /api/v5/users/subaccount/modify-apikey": (_KEY | {"label": _LABEL} | _SETTINGS, 2),
    "POST /api/v5/users/subaccount/delete-apikey": (_KEY, 2),
}

_HEADERS = ("OK-ACCESS-KEY", "OK-ACCESS-SIGN", "OK-ACCESS-TIMESTAMP", "OK-ACCESS-PASSPHRASE")


def describe_endpoints() -> dict[str, Any]:
    """Return the description of every endpoint, OpenAPI 3.1.

    Examples:
        >>> sorted(describe_endpoints()["paths"]["/api/v5/trade/order"])
        ['get', 'post']
    """
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS.values():
        operation = _describe_operation(endpoint, REQUESTS[endpoint.batch_of or endpoint.name])
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    header_facts = facts.load("headers")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The practice exchange of okx-guide. It is not OKX.",
            "version": "5",
            "description": "What the sandbox on your own machine serves of OKX's v5 API. A "
            "refusal is told by `code`, and often comes with HTTP status 200.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://127.0.0.1:8700", "description": "`okx-guide sandbox`"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                name: {
                    "type": "apiKey",
                    "in": "header",
                    "name": name,
                    "description": header_facts[name].value["meaning"],
                }
                for name in _HEADERS
            },
            "schemas": {"Refusal": _REFUSAL},
        },
    }


_REFUSAL: Schema = {
    "type": "object",
    "description": "OKX's code and message; codes 501xx come without `data`.",
    "properties": {"code": _TEXT, "msg": _TEXT, "data": {"type": "array", "maxItems": 0}},
    "required": ["code", "msg"],
}


def _describe_operation(endpoint: Endpoint, params: Params) -> dict[str, Any]:
    limit, permission = endpoint.limit, endpoint.permission or "none: public"
    summary = (
        f"Limit: {limit.requests} in {limit.seconds} s per {limit.per}. Permission: {permission}."
    )
    refusal = {
        "description": "Refused before the request was carried out.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
    }
    operation: dict[str, Any] = {
        "summary": endpoint.name,
        "description": summary,
        "responses": {
            "200": {
                "description": "Carried out if `code` is 0; refused, or in part, if it is not.",
                "content": {"application/json": {"schema": _describe_envelope(endpoint)}},
            },
            **dict.fromkeys(("400", "401", "403", "429", "503"), refusal),
        },
    }
    if endpoint.permission:
        operation["security"] = [{name: [] for name in _HEADERS}]
        demo = {"type": "string", "enum": ["0", "1"]}
        operation["parameters"] = [{"name": "x-simulated-trading", "in": "header", "schema": demo}]
    if endpoint.method == "GET":
        operation.setdefault("parameters", []).extend(_describe_query(endpoint, params))
    else:
        operation["requestBody"] = _describe_body(endpoint, params)
    return operation


def _describe_query(endpoint: Endpoint, params: Params) -> Iterator[dict[str, Any]]:
    # OpenAPI cannot say that a query needs one of two parameters, as `GET /api/v5/trade/order`.
    schemas, required = _PARAMETERS[endpoint.name]
    for number, (name, schema) in enumerate(schemas.items()):
        example = {"example": params[name]} if name in params else {}
        requirement = {"required": True} if number < required else {}
        yield {"name": name, "in": "query", **requirement, "schema": schema, **example}


def _describe_body(endpoint: Endpoint, params: Params) -> dict[str, Any]:
    schemas, required = _PARAMETERS[endpoint.batch_of or endpoint.name]
    schema: Schema = {
        "type": "object",
        "properties": schemas,
        "required": list(schemas)[:required],
    }
    for names in (_ONE_ORDER, _ONE_ALGO):
        if names.items() <= schemas.items():
            schema["anyOf"] = [{"required": [name]} for name in names if name != "instId"]
    example: Any = dict(params)
    if endpoint.batch_of:
        schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": endpoint.at_most}
        example = [example]
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _describe_envelope(endpoint: Endpoint) -> Schema:
    properties: dict[str, Schema] = {
        "code": _TEXT,
        "msg": _TEXT,
        "data": {"type": "array", "items": _make_schema(endpoint.shape.row)},
    }
    if endpoint.timed:
        properties |= {"inTime": _TEXT, "outTime": _TEXT}
    return {"type": "object", "properties": properties, "required": ["code", "msg"]}


def _make_schema(value: Any) -> Schema:
    """Return the schema of a field, from its empty value."""
    if isinstance(value, dict):
        properties = {name: _make_schema(inner) for name, inner in value.items()}
        return {"type": "object", "properties": properties, "required": list(value)}
    if isinstance(value, list):
        return {"type": "array", "items": _make_schema(value[0])} if value else {"type": "array"}
    kinds: Mapping[type, str] = {str: "string", bool: "boolean", int: "integer"}
    return {"type": kinds[type(value)]}


_ORDER_ID = {"instId": "BTC-USDT", "clOrdId": "mine"}
_ORDER = _ORDER_ID | {
    "tdMode": "cash",
    "side": "buy",
    "ordType": "limit",
    "px": "49000",
    "sz": "0.001",
}
_ALGO = {
    "instId": "BTC-USDT",
    "tdMode": "cash",
    "side": "sell",
    "ordType": "conditional",
    "sz": "0.001",
    "slTriggerPx": "45000",
    "slOrdPx": "-1",
    "algoClOrdId": "stop",
}
_SUB = {"subAcct": SUB_ACCOUNTS[0]}
_A_KEY = _SUB | {"apiKey": "00000000-0000-4000-8000-000000000000"}
_SPOT = {"instType": "SPOT"}
REQUESTS: dict[str, dict[str, Any]] = {
    "POST /api/v5/trade/order": _ORDER,
    "GET /api/v5/trade/order": _ORDER_ID,
    "GET /api/v5/trade/orders-pending": {},
    "POST /api/v5/trade/amend-order": _ORDER_ID | {"newPx": "49500"},
    "POST /api/v5/trade/cancel-order": _ORDER_ID,
    "GET /api/v5/trade/orders-history": _SPOT,
    "GET /api/v5/trade/fills": {},
    "GET /api/v5/trade/fills-history": _SPOT,
    "GET /api/v5/public/time": {},
    "GET /api/v5/public/instruments": _SPOT,
    "GET /api/v5/market/ticker": {"instId": "BTC-USDT"},
    "GET /api/v5/market/tickers": _SPOT,
    "GET /api/v5/market/books": {"instId": "BTC-USDT"},
    "GET /api/v5/market/candles": {"instId": "BTC-USDT", "bar": "1H", "limit": "2"},
    "GET /api/v5/market/history-candles": {"instId": "BTC-USDT", "bar": "1Dutc", "limit": "2"},
    "GET /api/v5/market/trades": {"instId": "BTC-USDT"},
    "GET /api/v5/system/status": {},
    "POST /api/v5/trade/order-algo": _ALGO,
    "GET /api/v5/trade/order-algo": {"algoClOrdId": "stop"},
    "GET /api/v5/trade/orders-algo-pending": {"ordType": "conditional"},
    "POST /api/v5/trade/cancel-algos": {"instId": "BTC-USDT", "algoClOrdId": "stop"},
    "GET /api/v5/trade/orders-algo-history": {"ordType": "conditional", "state": "canceled"},
    "POST /api/v5/trade/mass-cancel": {"instType": "OPTION", "instFamily": "BTC-USD"},
    "POST /api/v5/trade/cancel-all-after": {"timeOut": "60"},
    "GET /api/v5/account/account-position-risk": {},
    "GET /api/v5/account/trade-fee": _SPOT,
    "GET /api/v5/account/bills": {},
    "GET /api/v5/account/max-size": {"instId": "BTC-USDT", "tdMode": "cash"},
    "POST /api/v5/account/set-account-level": {"acctLv": "2"},
    "POST /api/v5/account/set-position-mode": {"posMode": "net_mode"},
    "POST /api/v5/asset/transfer": {"ccy": "USDT", "amt": "1", "from": "6", "to": "18"},
    "GET /api/v5/account/config": {},
    "GET /api/v5/account/instruments": _SPOT,
    "GET /api/v5/account/balance": {"ccy": "BTC"},
    "GET /api/v5/account/positions": {},
    "GET /api/v5/asset/currencies": {"ccy": "BTC"},
    "GET /api/v5/asset/balances": {},
    "POST /api/v5/account/set-leverage": {"instId": "BTC-USDT", "lever": "3", "mgnMode": "cross"},
    "POST /api/v5/asset/withdrawal": {"ccy": "USDT", "amt": "1", "dest": "4", "toAddr": "nowhere"},
    "POST /api/v5/users/subaccount/apikey": _SUB | {"label": "bot", "passphrase": "Practice-0nly"},
    "GET /api/v5/users/subaccount/apikey": _SUB,
    "POST /api/v5/users/subaccount/modify-apikey": _A_KEY | {"label": "robot"},
    "POST /api/v5/users/subaccount/delete-apikey": _A_KEY,
}
"""One request to each endpoint, in an order in which each of them finds what it asks for."""


def main(arguments: list[str]) -> None:
    """Write the description into a file."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.docs.openapi",
        description="Describe every endpoint of the practice exchange, as OpenAPI.",
    )
    parser.add_argument("file", type=Path, help="what is written, as docs/reference/openapi.json")
    path = parser.parse_args(arguments).file
    if not path.parent.is_dir():
        parser.error(f"{path.parent} is no folder: make it, or name docs/reference/openapi.json.")
    path.write_text(json.dumps(describe_endpoints(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
