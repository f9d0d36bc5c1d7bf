"""The OpenAPI file says what the practice exchange does: schemathesis holds one to the other."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis.config import SchemathesisConfig

from okx_guide import facts
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from okx_guide.sandbox.rest.endpoints import ENDPOINTS, Endpoint
from okx_guide.signing import timestamp
from scripts.docs.openapi import describe_endpoints, main
from tests.plugins.blocks import DOCS
from tests.support.patience import SECONDS
from tests.support.sandbox_process import make_jumping_clock

FILE = DOCS / "reference" / "openapi.json"


def test_it_is_openapi(monkeypatch: pytest.MonkeyPatch) -> None:
    # What compiles a grammar of international addresses for seconds; here there are none.
    monkeypatch.setitem(sys.modules, "rfc3987_syntax", None)
    from openapi_spec_validator import validate  # noqa: PLC0415  # after the line above

    validate(describe_endpoints())


def test_the_published_file_is_up_to_date(tmp_path: Path) -> None:
    fresh = tmp_path / "openapi.json"
    main([str(fresh)])
    assert fresh.read_bytes() == FILE.read_bytes(), "run `make docs-update`"


def test_it_describes_every_endpoint_and_no_other() -> None:
    paths = describe_endpoints()["paths"]
    described = {f"{method.upper()} {path}" for path in paths for method in paths[path]}
    assert ENDPOINTS.keys() == described


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_it_describes_the_parameters_that_are_done(endpoint: Endpoint) -> None:
    operation = describe_endpoints()["paths"][endpoint.path][endpoint.method.lower()]
    if endpoint.method == "GET":
        named = {
            parameter["name"]
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query"
        }
    else:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        named = set(schema.get("items", schema)["properties"])
    assert named == endpoint.shape.params.keys() - endpoint.shape.refused_params.keys()


@pytest.mark.parametrize("name", ENDPOINTS)
def test_it_tells_the_limit_and_the_permission_of_the_facts(name: str) -> None:
    method, path = name.split()
    operation = describe_endpoints()["paths"][path][method.lower()]
    limit = facts.load("limits")[name].value
    permission = facts.load("permissions")[name].value["permission"]
    assert operation["description"] == (
        f"Limit: {limit['requests']} in {limit['seconds']} s per {limit['per']}. "
        f"Permission: {permission or 'none: public'}."
    )
    assert bool(permission) == ("security" in operation)


# --- against the running exchange -------------------------------------------------------

# The same examples every time, and few, of what the file allows and of what it does not:
# tests/sandbox/rest/test_app.py sends many more.
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {
            "max-examples": 4,
            "deterministic": True,
            "database": "none",
            "mode": "all",
        },
        "phases": {"coverage": {"enabled": False}},
    }
)
SCHEMA = schemathesis.openapi.from_dict(json.loads(FILE.read_text()), config=CONFIG)


KEY = replace(PRACTICE_KEY, permissions=("read_only", "trade", "withdraw"), ips=("127.0.0.1",))


class Signed(AuthBase):
    """Signs the bytes that are really sent, whatever they are, with the signer of the guide."""

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        body = r.body.encode() if isinstance(r.body, str) else r.body or b""
        now = timestamp()
        signature = KEY.signer.sign_bytes(f"{now}{r.method}{r.path_url}".encode() + body)
        r.headers["OK-ACCESS-KEY"] = KEY.api_key
        r.headers["OK-ACCESS-SIGN"] = signature
        r.headers["OK-ACCESS-TIMESTAMP"] = now
        r.headers["OK-ACCESS-PASSPHRASE"] = KEY.passphrase
        r.headers["x-simulated-trading"] = "1"
        return r


SCHEMA.auth.set_from_requests(Signed())


PLACE = "POST /api/v5/trade/"


@pytest.fixture(scope="module")
def jumping_sandbox() -> Iterator[RunningSandbox]:
    with running([KEY], clock=make_jumping_clock(time.time)) as sandbox:
        yield sandbox


# It answers 200 with a code where others answer 400, as OKX does; and OKX knows no Allow.
NOT_OKX = {"negative_data_rejection", "missing_required_header", "unsupported_method"}
CHECKS: dict[str, Any] = {check.__name__: check for check in schemathesis.checks.CHECKS.get_all()}


# What no schema says: that one of two is needed, or that a price is a multiple of the tick.
UNSAID = {
    "GET /api/v5/trade/order",
    "GET /api/v5/trade/order-algo",
    "POST /api/v5/trade/order-algo",
    "GET /api/v5/account/max-size",
    "POST /api/v5/asset/transfer",
}


@SCHEMA.parametrize()
def test_it_answers_as_described(
    case: schemathesis.Case[Any], jumping_sandbox: RunningSandbox
) -> None:
    jumping_sandbox.exchange.reset()
    excluded = NOT_OKX
    if case.operation.label in UNSAID:
        excluded = NOT_OKX | {"positive_data_acceptance"}
    case.call_and_validate(
        base_url=jumping_sandbox.url, excluded_checks=[CHECKS[name] for name in excluded]
    )


# Nothing can be withdrawn, and there are no options.
NEVER_DONE = {
    "POST /api/v5/asset/withdrawal": "50038",
    "POST /api/v5/trade/mass-cancel": "51010",
}


@pytest.mark.parametrize("name", ENDPOINTS)
def test_the_example_of_every_endpoint_works(jumping_sandbox: RunningSandbox, name: str) -> None:
    jumping_sandbox.exchange.reset()

    def ask(name: str, **fields: str) -> Any:
        method, path = name.split()
        operation = describe_endpoints()["paths"][path][method.lower()]
        query = {
            parameter["name"]: parameter["example"]
            for parameter in operation.get("parameters", ())
            if "example" in parameter
        }
        body = None
        if method == "POST":
            body = operation["requestBody"]["content"]["application/json"]["example"]
            body = {**body, **fields} if fields else body
        answer = requests.request(
            method,
            jumping_sandbox.url + path,
            params=query,
            json=body,
            auth=Signed(),
            timeout=SECONDS,
        )
        SCHEMA[path][method].validate_response(answer)
        return answer.json()

    values = {}
    if "/trade/" in name and name not in (f"{PLACE}order", f"{PLACE}batch-orders"):
        assert ask("POST /api/v5/trade/order")["code"] == "0"
    if "algo" in name and name != f"{PLACE}order-algo":
        assert ask(f"{PLACE}order-algo")["code"] == "0"
    if name.endswith("-apikey"):
        values["apiKey"] = ask("POST /api/v5/users/subaccount/apikey")["data"][0]["apiKey"]
    if name.endswith("orders-algo-history"):
        assert ask(f"{PLACE}cancel-algos")["code"] == "0"
    answer = ask(name, **values)
    assert NEVER_DONE.get(name, "0") == answer["code"], answer
