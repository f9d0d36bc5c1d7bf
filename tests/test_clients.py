"""python-okx, the client that OKX itself publishes: it is pointed here by `domain=` alone."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import websockets
from okx import (  # type: ignore[import-untyped]
    Account,
    Funding,
    MarketData,
    PublicData,
    Trade,
)
from okx.websocket.WsPrivateAsync import WsPrivateAsync  # type: ignore[import-untyped]

from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from tests.wire import no_proxy

# Its requests use data= for text and utcnow(); both are its own affair.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*utcnow:DeprecationWarning"),
]

DEMO, LIVE = "1", "0"
STRINGS = (PRACTICE_KEY.api_key, PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase)


@pytest.fixture(scope="module")
def started() -> Iterator[RunningSandbox]:
    with no_proxy(), running() as sandbox:
        yield sandbox


@pytest.fixture
def okx(started: RunningSandbox) -> Iterator["Okx"]:
    started.exchange.reset()
    with ExitStack() as stack:
        yield Okx(started.url, stack)


class Okx:
    """Makes clients and closes them."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self.url, self._stack = url, stack

    def __call__(self, api: Any, *strings: str, flag: str = DEMO) -> Any:
        client = api(*(strings or STRINGS), flag=flag, domain=self.url)
        return self._stack.enter_context(client)


def test_it_reads_the_public_endpoints(okx: Okx) -> None:
    public = okx(PublicData.PublicAPI)
    assert public.get_system_time()["data"][0]["ts"].isdigit()
    instruments = public.get_instruments("SPOT")["data"]
    assert [row["instId"] for row in instruments] == ["BTC-USDT", "ETH-USDT"]
    ticker = okx(MarketData.MarketAPI).get_ticker("BTC-USDT")
    assert ticker["data"][0]["last"] == "50000"


def test_it_reads_the_account(okx: Okx) -> None:
    account = okx(Account.AccountAPI)
    config = account.get_account_config()
    assert (config["code"], config["data"][0]["perm"]) == ("0", "read_only,trade")
    details = account.get_account_balance("BTC,USDT")["data"][0]["details"]
    assert {row["ccy"]: row["cashBal"] for row in details} == {"BTC": "1", "USDT": "10000"}
    funding = okx(Funding.FundingAPI)
    assert funding.get_balances()["data"][0]["ccy"] == "USDT"
    assert funding.get_currencies()["code"] == "0"
    assert account.set_leverage(lever="3", mgnMode="cross", instId="BTC-USDT")["code"] == "0"


def test_it_places_reads_and_cancels_an_order(okx: Okx) -> None:
    trade = okx(Trade.TradeAPI)
    placed = trade.place_order(
        instId="BTC-USDT", tdMode="cash", side="buy", ordType="limit", px="1000", sz="0.001",
        clOrdId="mine",
    )  # fmt: skip
    assert (placed["code"], placed["data"][0]["sCode"]) == ("0", "0")
    name = placed["data"][0]["ordId"]
    assert trade.get_order("BTC-USDT", ordId=name)["data"][0]["state"] == "live"
    assert [name] == [row["ordId"] for row in trade.get_order_list()["data"]]
    assert trade.cancel_order("BTC-USDT", clOrdId="mine")["data"][0]["ordId"] == name
    assert trade.get_order("BTC-USDT", ordId=name)["data"][0]["state"] == "canceled"
    assert trade.get_order_list()["data"] == []


def test_it_is_told_why_an_order_is_refused(okx: Okx) -> None:
    refused = okx(Trade.TradeAPI).place_order(
        instId="BTC-USDT", tdMode="cash", side="buy", ordType="limit", px="1000", sz="11"
    )
    assert (refused["code"], refused["data"][0]["sCode"]) == ("1", "51008")


KEY, SECRET, PASSPHRASE = STRINGS
UNKNOWN = "00000000-0000-4000-8000-00000000dead"


@pytest.mark.parametrize(
    ("code", "strings", "flag"),
    [
        ("50113", (KEY, "FA4EFA4EFA4EFA4EFA4EFA4EFA4EFA4E", PASSPHRASE), DEMO),
        ("50113", (KEY, PASSPHRASE, SECRET), DEMO),
        ("50105", (KEY, SECRET, "Fake-Pass-1"), DEMO),
        ("50119", (UNKNOWN, SECRET, PASSPHRASE), DEMO),
        ("50111", ("FAKE", SECRET, PASSPHRASE), DEMO),
        ("50101", STRINGS, LIVE),
        ("50103", ("-1", SECRET, PASSPHRASE), DEMO),  # its word for "no key"
    ],
)
def test_it_gets_the_code_of_what_is_wrong(
    okx: Okx, code: str, strings: tuple[str, str, str], flag: str
) -> None:
    answer = okx(Account.AccountAPI, *strings, flag=flag).get_account_balance("BTC")
    assert code == answer["code"]
    assert {"code", "msg"} == set(answer)


@pytest.mark.parametrize(
    ("seconds", "code"), [(60, "50102"), (-60, "50102"), (20, "0"), (-20, "0")]
)
def test_it_is_told_that_its_clock_is_wrong(seconds: int, code: str) -> None:
    with no_proxy(), running(clock=lambda: time.time() + seconds) as ahead, ExitStack() as stack:
        answer = Okx(ahead.url, stack)(Account.AccountAPI).get_account_config()
    assert code == answer["code"]


# --- python-okx on the WebSocket --------------------------------------------------------


async def listen(
    sandbox: RunningSandbox, talk: Callable[[WsPrivateAsync, asyncio.Queue[Any]], Awaitable[None]]
) -> None:
    """Connect the client, and hand it over together with what it is told."""
    url = sandbox.environ["OKX_WS_URL"] + "/private"
    key, secret, passphrase = STRINGS
    client = WsPrivateAsync(key, passphrase, secret, url)
    # It insists on TLS, which no sandbox on this machine has; its parts stay its own.
    client.factory.connect = partial(websockets.connect, url, proxy=None)
    told: asyncio.Queue[Any] = asyncio.Queue()
    client.callback = lambda message: told.put_nowait(json.loads(message))
    reading = await client.start()
    try:
        async with asyncio.timeout(20):
            await talk(client, told)
    finally:
        await client.websocket.close()
        await asyncio.gather(reading, return_exceptions=True)


def test_it_hears_of_its_order_on_the_websocket(started: RunningSandbox, okx: Okx) -> None:
    async def talk(client: WsPrivateAsync, told: asyncio.Queue[Any]) -> None:
        await client.login()
        assert (await told.get())["event"] == "login"
        await client.send("subscribe", [{"channel": "orders", "instType": "SPOT"}], id="a1")
        assert [(await told.get())["event"] for _ in range(2)] == [
            "subscribe",
            "channel-conn-count",
        ]
        trade = okx(Trade.TradeAPI)
        placed = await asyncio.to_thread(
            trade.place_order,
            instId="BTC-USDT", tdMode="cash", side="buy", ordType="limit", px="1000", sz="0.001",
        )  # fmt: skip
        [row] = (await told.get())["data"]
        assert (row["ordId"], row["state"]) == (placed["data"][0]["ordId"], "live")
        await client.send("unsubscribe", [{"channel": "orders", "instType": "SPOT"}])
        assert (await told.get())["event"] == "unsubscribe"

    asyncio.run(listen(started, talk))


def test_it_is_told_on_the_websocket_what_is_wrong(started: RunningSandbox, okx: Okx) -> None:
    async def talk(client: WsPrivateAsync, told: asyncio.Queue[Any]) -> None:
        await client.send("subscribe", [{"channel": "account"}])
        assert (await told.get())["code"] == "60011"
        client.secretKey = "FAKE"
        await client.login()
        assert (await told.get())["code"] == "60007"

    asyncio.run(listen(started, talk))
