"""What the bot does on a good day, and on some bad ones."""

from dataclasses import replace
from decimal import Decimal

import pytest
from bot import buy_if_cheap

from okx_guide import OkxError, OkxSession
from okx_guide.sandbox import RunningSandbox

LIMIT = Decimal(45000)


@pytest.fixture
def okx(okx_sandbox: RunningSandbox) -> OkxSession:
    """A session with the ready key, which is a demo key."""
    return OkxSession.from_env(okx_sandbox.environ, demo=True)


def test_it_buys_once_when_the_price_falls(okx: OkxSession, okx_sandbox: RunningSandbox) -> None:
    assert buy_if_cheap(okx, LIMIT) == "too dear"
    okx_sandbox.move_price("BTC-USDT", "44000")
    assert buy_if_cheap(okx, LIMIT) == "ordered"
    assert buy_if_cheap(okx, LIMIT) == "an order waits already"


def test_an_error_of_the_exchange_does_not_make_it_buy_twice(
    okx: OkxSession, okx_sandbox: RunningSandbox
) -> None:
    okx_sandbox.move_price("BTC-USDT", "44000")
    okx_sandbox.refuse("50026", endpoint="POST /api/v5/trade/order")
    assert buy_if_cheap(okx, LIMIT) == "refused: 50026"
    assert buy_if_cheap(okx, LIMIT) == "ordered"
    assert len(okx_sandbox.exchange.account(okx_sandbox.key).orders) == 1


def test_it_stops_when_the_clock_is_wrong(okx: OkxSession, okx_sandbox: RunningSandbox) -> None:
    okx_sandbox.clock.advance(60)
    with pytest.raises(OkxError, match="50102"):
        buy_if_cheap(okx, LIMIT)


def test_it_stops_when_its_live_key_has_lapsed(okx_sandbox: RunningSandbox) -> None:
    live = replace(okx_sandbox.key, demo=False)
    okx_sandbox.exchange.keys.add(live)
    okx = OkxSession(okx_sandbox.url, live)
    okx_sandbox.exchange.keys.idle(14 * 86_400)
    with pytest.raises(OkxError, match="50119"):
        buy_if_cheap(okx, LIMIT)
