import pytest

from okx_guide import facts
from okx_guide.sandbox.rest.endpoints import BATCH_AT_MOST, ENDPOINTS, PATHS, Endpoint, find_limit

ALL = list(ENDPOINTS.values())


def test_every_endpoint_of_the_facts_is_served_and_no_other() -> None:
    known = {
        name
        for name, fact in facts.load("permissions").items()
        if set(fact.value) == {"permission"}
    }
    assert known == ENDPOINTS.keys()
    assert {endpoint.path for endpoint in ALL} == PATHS


@pytest.mark.parametrize("endpoint", ALL, ids=ENDPOINTS)
def test_what_changes_something_is_a_post_and_needs_more_than_reading(endpoint: Endpoint) -> None:
    assert f"{endpoint.method} {endpoint.path}" == endpoint.name
    assert (endpoint.method == "POST") == (endpoint.permission in ("trade", "withdraw"))
    public = endpoint.path.split("/")[3] in ("public", "market", "system")
    assert public == (not endpoint.permission)
    assert public == ("User ID" not in endpoint.limit.per)


def test_a_list_of_orders_is_of_an_endpoint_for_one() -> None:
    lists = {endpoint.name: endpoint for endpoint in ALL if endpoint.batch_of}
    assert lists.pop("POST /api/v5/trade/cancel-algos").at_most == 10
    assert len(lists) == 3
    for endpoint in lists.values():
        single = ENDPOINTS[endpoint.batch_of]
        assert (single.answer, single.permission) == (endpoint.answer, endpoint.permission)
        assert (single.new_order, single.per_order) == (endpoint.new_order, True)
        assert endpoint.too_many in facts.load("errors")
    assert len({endpoint.too_many for endpoint in lists.values()}) == 3
    assert BATCH_AT_MOST == 20


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("POST /api/v5/trade/order", "instId"),
        ("GET /api/v5/public/instruments", "instType"),
        ("POST /api/v5/asset/transfer", "ccy"),
        ("POST /api/v5/trade/cancel-all-after", "tag"),
        ("GET /api/v5/account/balance", ""),
        ("sub-account orders", ""),
    ],
)
def test_a_limit_says_what_is_counted_apart(name: str, by: str) -> None:
    limit = find_limit(name)
    value = facts.load("limits")[name].value
    assert (limit.requests, limit.seconds, limit.per, limit.parameter) == (*value.values(), by)


def test_new_and_amended_orders_count_for_the_account_and_cancellations_do_not() -> None:
    assert {endpoint.path.rpartition("/")[2] for endpoint in ALL if endpoint.new_order} == {
        "order",
        "batch-orders",
        "amend-order",
        "amend-batch-orders",
    }
