import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import facts
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from okx_guide.sandbox.state.rate_limiter import _CALLERS, RateLimiter
from tests.support.properties import examples
from tests.support.raw_http import NOW, order, post, send_request


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_pass_and_then_none_until_the_window_has_moved() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    passed = []
    for moment in (0, 0.5, 1, 1.5, 1.999, 2, 2.25, 2.5, 2.75, 3):
        clock.now = 1000 + moment
        passed.append(limiter.allow("caller", 3, 2))
    assert passed == [True, True, True, False, False, True, False, True, False, True]


def test_a_batch_counts_its_orders_and_passes_whole_or_not_at_all() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    assert not limiter.allow("caller", 3, 2, 4)
    assert limiter.allow("caller", 3, 2, 2)
    assert not limiter.allow("caller", 3, 2, 2)
    clock.now = 1001
    assert limiter.allow("caller", 3, 2, 1)
    assert not limiter.allow("caller", 3, 2, 1)
    clock.now = 1002  # the first two have left
    assert not limiter.allow("caller", 3, 2, 3)
    assert limiter.allow("caller", 3, 2, 2)
    assert not limiter.allow("caller", 3, 2, 1)
    clock.now = 1004
    assert limiter.allow("caller", 3, 2, 3)


@pytest.mark.parametrize("seconds", [0.25, 1, 2, 3600])
def test_the_window_ends_exactly_after_its_length(seconds: float) -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    assert limiter.allow("caller", 1, seconds)
    clock.now = 1000 + seconds - 2**-20
    assert not limiter.allow("caller", 1, seconds)
    clock.now = 1000 + seconds
    assert limiter.allow("caller", 1, seconds)


def test_a_refused_request_does_not_count() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    assert limiter.allow("caller", 1, 2)
    for clock.now in (1000.5, 1001, 1001.5):
        assert not limiter.allow("caller", 1, 2)
    clock.now = 1002
    assert limiter.allow("caller", 1, 2)


def test_callers_are_counted_apart() -> None:
    limiter = RateLimiter(Clock())
    assert limiter.allow("first", 1, 2)
    assert limiter.allow(("second", "BTC-USDT"), 1, 2)
    assert not limiter.allow("first", 1, 2)


def test_a_flood_of_callers_pushes_out_the_quietest_only() -> None:
    limiter = RateLimiter(Clock())
    for caller in range(_CALLERS):
        assert limiter.allow(caller, 1, 2)
    # Everybody is remembered, and who is heard again is not the quietest any more.
    assert not limiter.allow(0, 1, 2)
    assert limiter.allow("one more", 1, 2)
    assert not limiter.allow(0, 1, 2)
    assert not limiter.allow(2, 1, 2)
    assert limiter.allow(1, 1, 2)


@examples(100)
@given(
    steps=st.lists(st.integers(0, 40), max_size=60),
    requests=st.integers(1, 5),
    window=st.integers(1, 30),
)
def test_a_request_passes_if_and_only_if_its_window_has_room(
    steps: list[int], requests: int, window: int
) -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    passed: list[float] = []
    for step in steps:
        clock.now += step / 8
        inside = [at for at in passed if clock.now - at < window / 8]
        assert (len(inside) < requests) == limiter.allow("caller", requests, window / 8)
        if len(inside) < requests:
            passed.append(clock.now)


def test_a_public_endpoint_recovers_when_the_clock_moves_on() -> None:
    clock = Clock()
    path = "/api/v5/public/time"
    limit = facts.load("limits")[f"GET {path}"].value
    with running(clock=clock) as sandbox:
        codes = [send_request(sandbox.url, "GET", path).code for _ in range(limit["requests"] + 1)]
        assert ["0"] * limit["requests"] + ["50011"] == codes
        clock.now += limit["seconds"]
        assert send_request(sandbox.url, "GET", path).code == "0"


def test_orders_are_counted_per_instrument_and_apart_from_cancellations() -> None:
    path = "/api/v5/trade/order"
    limit = facts.load("limits")[f"POST {path}"].value["requests"]

    def code(path: str, instrument: str) -> str:
        body = order(instId=instrument, sz="0")
        answer = post(sandbox.url, path, body)
        return answer.code

    with running([PRACTICE_KEY], clock=lambda: NOW) as sandbox:
        assert {"1"} == {code(path, "BTC-USDT") for _ in range(limit)}
        assert code(path, "BTC-USDT") == "50011"
        assert code(path, "ETH-USDT") == "1"
        assert code("/api/v5/trade/cancel-order", "BTC-USDT") == "50015"


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    assert limiter.allow("caller", 1, 2)
    clock.now = 0
    assert limiter.allow("caller", 1, 2)
    assert not limiter.allow("caller", 1, 2)


def test_a_clock_that_is_set_back_a_little_locks_nobody_out_either() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    for clock.now in (1000, 1001):
        assert limiter.allow("caller", 2, 2)
    clock.now = 1000.5
    assert limiter.allow("caller", 2, 2)


# --- lists of orders --------------------------------------------------------------------

TRADE = "/api/v5/trade/"


def post_batch(sandbox: RunningSandbox, path: str, *orders: str) -> str:
    body = f"[{','.join(orders)}]"
    return post(sandbox.url, TRADE + path, body).code


def test_each_order_of_a_list_counts() -> None:
    limit = facts.load("limits")[f"POST {TRADE}batch-orders"].value["requests"]
    wrong = order(sz="0")
    with running(clock=lambda: NOW) as sandbox:
        assert {"1"} == {
            post_batch(sandbox, "batch-orders", *[wrong] * 20) for _ in range(limit // 20)
        }
        assert post_batch(sandbox, "batch-orders", *[wrong] * 2) == "50011"
        # Another instrument is counted apart, and so is a single order.
        assert post_batch(sandbox, "batch-orders", *[order(instId="ETH-USDT", sz="0")] * 2) == "1"
        assert post_batch(sandbox, "batch-orders", wrong) == "1"


def test_a_list_of_one_counts_as_a_single_order() -> None:
    limit = facts.load("limits")[f"POST {TRADE}order"].value["requests"]
    wrong = order(sz="0")
    with running(clock=lambda: NOW) as sandbox:
        assert {"1"} == {post_batch(sandbox, "batch-orders", wrong) for _ in range(limit)}
        assert post_batch(sandbox, "batch-orders", wrong) == "50011"
        single = post(sandbox.url, f"{TRADE}order", wrong)
        assert single.code == "50011"


def test_new_and_amended_orders_have_one_limit_together() -> None:
    limit = facts.load("limits")["sub-account orders"].value
    clock = Clock()
    clock.now = NOW
    wrong, amended = order(sz="0"), '{"instId":"BTC-USDT","ordId":"1","newSz":"1"}'
    with running(clock=clock) as sandbox:
        sandbox.exchange.limits.allow(("orders", PRACTICE_KEY.owner, ""), 1000, 2, 1000 - 30)
        assert post_batch(sandbox, "batch-orders", *[wrong] * 15) == "1"
        assert post_batch(sandbox, "amend-batch-orders", *[amended] * 15) == "1"
        assert post_batch(sandbox, "batch-orders", *[wrong] * 2) == "50061"
        assert post_batch(sandbox, "amend-batch-orders", amended) == "50061"
        assert post_batch(sandbox, "cancel-batch-orders", *[amended] * 2) == "1"
        clock.now += limit["seconds"]
        assert post_batch(sandbox, "batch-orders", *[wrong] * 2) == "1"
