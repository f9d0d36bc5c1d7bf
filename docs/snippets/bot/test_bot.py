"""What the bot does on a good day, and on some bad ones."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from bot import buy_if_cheap

from okx_guide import OkxError, OkxSession
from okx_guide.sandbox import NetworkFault, RunningSandbox

LIMIT = Decimal(45000)


@pytest.fixture
def okx(okx_sandbox: RunningSandbox) -> OkxSession:
    """A session with the ready key, which is a demo key."""
    return OkxSession.from_env(okx_sandbox.environ, demo=True)


def test_it_buys_once_when_the_price_falls(okx: OkxSession, okx_sandbox: RunningSandbox) -> None:
    assert buy_if_cheap(okx, LIMIT, "buy1") == "too dear"
    okx_sandbox.move_price("BTC-USDT", "44000")
    assert buy_if_cheap(okx, LIMIT, "buy1") == "ordered"
    assert buy_if_cheap(okx, LIMIT, "buy1") == "ordered already"


def test_an_error_of_the_exchange_does_not_make_it_buy_twice(
    okx: OkxSession, okx_sandbox: RunningSandbox
) -> None:
    okx_sandbox.move_price("BTC-USDT", "44000")
    okx_sandbox.refuse("50026", endpoint="POST /api/v5/trade/order")
    assert buy_if_cheap(okx, LIMIT, "buy1") == "refused: 50026"
    assert buy_if_cheap(okx, LIMIT, "buy1") == "ordered"
    assert len(okx_sandbox.exchange.account(okx_sandbox.key).orders) == 1


@pytest.mark.parametrize("fault", ["lost", "empty", "reset", "cut", "garbled", "bad_gateway"])
def test_a_bad_network_does_not_make_it_buy_twice(
    okx: OkxSession, okx_sandbox: RunningSandbox, fault: NetworkFault
) -> None:
    okx_sandbox.move_price("BTC-USDT", "44000")
    okx_sandbox.break_network(fault, endpoint="POST /api/v5/trade/order")
    assert buy_if_cheap(okx, LIMIT, "buy1") == "not known"
    assert buy_if_cheap(okx, LIMIT, "buy1") in {"ordered", "ordered already"}
    assert len(okx_sandbox.exchange.account(okx_sandbox.key).orders) == 1


def test_it_bears_a_bad_day(okx: OkxSession, okx_sandbox: RunningSandbox) -> None:
    okx_sandbox.move_price("BTC-USDT", "44000")
    okx_sandbox.fail_randomly(0.5, seed=2026)
    for _ in range(20):
        with suppress(OkxError):
            buy_if_cheap(okx, LIMIT, "buy1")
    assert len(okx_sandbox.exchange.account(okx_sandbox.key).orders) == 1


def test_it_stops_when_the_clock_is_wrong(okx: OkxSession, okx_sandbox: RunningSandbox) -> None:
    okx_sandbox.clock.advance(60)
    with pytest.raises(OkxError, match="50102"):
        buy_if_cheap(okx, LIMIT, "buy1")


def test_it_stops_when_its_live_key_has_lapsed(okx_sandbox: RunningSandbox) -> None:
    live = replace(okx_sandbox.key, demo=False)
    okx_sandbox.exchange.keys.add(live)
    okx = OkxSession(okx_sandbox.url, live)
    okx_sandbox.exchange.keys.idle(14 * 86_400)
    with pytest.raises(OkxError, match="50119"):
        buy_if_cheap(okx, LIMIT, "buy1")
