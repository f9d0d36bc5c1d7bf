"""Clients that nobody here wrote, python-okx and ccxt: they are pointed here by URL alone."""

import asyncio
import json
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest
import requests
import trustme
from okx import (
    Account,
    Funding,
    MarketData,
    PublicData,
    Trade,
)
from okx.websocket.WsPrivateAsync import WsPrivateAsync
from okx.websocket.WsPublicAsync import WsPublicAsync

from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from okx_guide.sandbox.state.market import INSTRUMENTS
from tests.plugins.blocks import DOCS
from tests.support.patience import SECONDS

DEMO, LIVE = "1", "0"
STRINGS = (PRACTICE_KEY.api_key, PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase)


# --- python-okx -------------------------------------------------------------------------


@pytest.fixture
def okx(practice_sandbox: RunningSandbox) -> Iterator["Okx"]:
    practice_sandbox.exchange.reset()
    with ExitStack() as stack:
        yield Okx(practice_sandbox.url, stack)


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
        instId="BTC-USDT",
        tdMode="cash",
        side="buy",
        ordType="limit",
        px="1000",
        sz="0.001",
        clOrdId="mine",
    )
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


def test_it_amends_an_order_and_handles_lists_of_them(okx: Okx) -> None:
    trade = okx(Trade.TradeAPI)
    order = {
        "instId": "BTC-USDT",
        "tdMode": "cash",
        "side": "buy",
        "ordType": "limit",
        "sz": "0.01",
    }
    placed = trade.place_multiple_orders([order | {"px": "1000"}, order | {"px": "1100"}])
    assert [row["sCode"] for row in placed["data"]] == ["0", "0"]
    names = [row["ordId"] for row in placed["data"]]
    amended = trade.amend_order("BTC-USDT", ordId=names[0], newPx="1200", reqId="again")
    assert (amended["code"], amended["data"][0]["reqId"]) == ("0", "again")
    assert trade.get_order("BTC-USDT", ordId=names[0])["data"][0]["px"] == "1200"
    both_orders = [{"instId": "BTC-USDT", "ordId": name} for name in names]
    assert (
        trade.amend_multiple_orders([row | {"newSz": "0.02"} for row in both_orders])["code"] == "0"
    )
    assert {"0.02"} == {row["sz"] for row in trade.get_order_list()["data"]}
    assert trade.cancel_multiple_orders([*both_orders, both_orders[0]])["code"] == "2"
    history = trade.get_orders_history("SPOT")["data"]
    assert {"canceled"} == {row["state"] for row in history}


def test_it_reads_its_trades(okx: Okx) -> None:
    trade = okx(Trade.TradeAPI)
    trade.place_order(instId="BTC-USDT", tdMode="cash", side="buy", ordType="market", sz="100")
    for answer in (trade.get_fills(), trade.get_fills_history("SPOT")):
        [fill] = answer["data"]
        assert (fill["fillPx"], fill["fillSz"], fill["execType"]) == ("50000", "0.002", "T")


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
    with running(clock=lambda: time.time() + seconds) as ahead, ExitStack() as stack:
        answer = Okx(ahead.url, stack)(Account.AccountAPI).get_account_config()
    assert code == answer["code"]


# What python-okx gives: OKX's own answer, whatever it is.
@pytest.mark.parametrize(
    "code",
    ["50001", "50004", "50011", "50013", "50026", "50061", "50100", "50110", "50113", "50120"],
)
def test_it_passes_on_a_fault_as_it_is(
    practice_sandbox: RunningSandbox, okx: Okx, code: str
) -> None:
    order_fault(practice_sandbox, code)
    assert code == okx(Account.AccountAPI).get_account_balance()["code"]
    assert okx(Account.AccountAPI).get_account_balance()["code"] == "0"


@pytest.mark.parametrize("code", ["51000", "51001", "51008", "51010", "51020"])
def test_it_passes_on_the_fault_of_an_order(
    practice_sandbox: RunningSandbox, okx: Okx, code: str
) -> None:
    order_fault(practice_sandbox, code)
    refused = okx(Trade.TradeAPI).place_order(
        instId="BTC-USDT", tdMode="cash", side="buy", ordType="limit", px="1000", sz="0.1"
    )
    assert (refused["code"], refused["data"][0]["sCode"]) == ("1", code)


def order_fault(practice_sandbox: RunningSandbox, code: str, endpoint: str = "") -> None:
    fault = {"code": code, "endpoint": endpoint}
    requests.post(
        f"{practice_sandbox.url}/sandbox/fault", json=fault, timeout=SECONDS
    ).raise_for_status()


@asynccontextmanager
async def serve_tls(practice_sandbox: RunningSandbox, folder: Path) -> AsyncIterator[str]:
    """The WebSockets of the sandbox behind TLS: python-okx opens no others."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    behind = urlsplit(practice_sandbox.environ["OKX_WS_URL"])

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target_reader, back = await asyncio.open_connection(behind.hostname, behind.port)
        await asyncio.gather(copy(reader, back), copy(target_reader, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"wss://127.0.0.1:{port}{behind.path}"


async def wait_until(get: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not get():  # noqa: ASYNC110  # the clients tell nobody else
            await asyncio.sleep(0.01)


def test_its_websocket_logs_in_and_sees_an_order(
    practice_sandbox: RunningSandbox, okx: Okx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[dict[str, Any]] = []

    def list_events(name: str) -> list[dict[str, Any]]:
        return [message for message in messages if message.get("event") == name]

    def list_pushed(channel: str) -> list[dict[str, Any]]:
        rows = [
            message["data"]
            for message in messages
            if "data" in message and message["arg"]["channel"] == channel
        ]
        return [row for data in rows for row in data]

    async def watch() -> None:
        async with serve_tls(practice_sandbox, tmp_path) as url:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
            private = WsPrivateAsync(KEY, PASSPHRASE, SECRET, f"{url}/private")
            public = WsPublicAsync(f"{url}/public")
            tasks = [await client.start() for client in (private, public)]
            private.callback = public.callback = lambda message: messages.append(
                json.loads(message)
            )
            await private.login()
            await wait_until(lambda: bool(list_events("login")))
            orders = {"channel": "orders", "instType": "SPOT"}
            await private.send("subscribe", [orders, {"channel": "account"}])
            ticker = {"channel": "tickers", "instId": "BTC-USDT"}
            await public.subscribe([ticker], public.callback)
            await wait_until(lambda: len(list_events("subscribe")) == 3)
            place = okx(Trade.TradeAPI).place_order
            await asyncio.to_thread(
                place,
                instId="BTC-USDT",
                tdMode="cash",
                side="buy",
                ordType="limit",
                px="40000",
                sz="0.1",
            )
            await wait_until(lambda: [row["state"] for row in list_pushed("orders")] == ["live"])
            practice_sandbox.exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(39000))
            await wait_until(
                lambda: [row["state"] for row in list_pushed("orders")] == ["live", "filled"]
            )
            await wait_until(lambda: "39000" in [row["last"] for row in list_pushed("tickers")])
            for client in (private, public):
                await client.stop()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(watch())
    assert list_events("login")[0]["code"] == "0"
    assert list_pushed("account")


# --- ccxt -------------------------------------------------------------------------------


def make_options(practice_sandbox: RunningSandbox) -> dict[str, Any]:
    """Three strings, two addresses, and the header of a demo key."""
    return {
        "apiKey": KEY,
        "secret": SECRET,
        "password": PASSPHRASE,
        "headers": {"x-simulated-trading": DEMO},
        "urls": {
            "api": {"rest": practice_sandbox.url, "ws": practice_sandbox.environ["OKX_WS_URL"]}
        },
        # It waits between requests by default.
        "enableRateLimit": False,
    }


@pytest.fixture(scope="module")
def loaded_client(practice_sandbox: RunningSandbox) -> Iterator[ccxt.okx]:
    client = ccxt.okx(make_options(practice_sandbox))
    client.load_markets()
    yield client
    client.close()


@pytest.fixture
def ccxt_client(practice_sandbox: RunningSandbox, loaded_client: ccxt.okx) -> Any:
    practice_sandbox.exchange.reset()
    return loaded_client


PAIR = "BTC/USDT"


def test_ccxt_loads_the_markets_and_reads_prices(ccxt_client: Any) -> None:
    assert list(ccxt_client.markets) == ["BTC/USDT", "ETH/USDT", "BTC/USDT:USDT"]
    assert ccxt_client.market(PAIR)["precision"] == {"amount": 1e-08, "price": 0.1}
    assert ccxt_client.fetch_ticker(PAIR)["last"] == 50000
    assert set(ccxt_client.fetch_tickers()) == {"BTC/USDT", "ETH/USDT"}
    book = ccxt_client.fetch_order_book(PAIR)
    assert (book["bids"][0][0], book["asks"][0][0]) == (49999.9, 50000.1)
    assert abs(ccxt_client.fetch_time() / 1000 - time.time()) < 60


def test_ccxt_reads_the_account(ccxt_client: Any) -> None:
    assert ccxt_client.fetch_balance()["free"] == {"USDT": 10000, "BTC": 1, "ETH": 10}
    assert ccxt_client.fetch_balance({"type": "funding"})["total"] == {"USDT": 100}
    assert ccxt_client.fetch_positions() == []
    assert set(ccxt_client.fetch_currencies()) == {"USDT", "BTC", "ETH"}


def test_ccxt_places_reads_amends_and_cancels_an_order(ccxt_client: Any) -> None:
    name = ccxt_client.create_order(PAIR, "limit", "buy", 0.001, 40000)["id"]
    order = ccxt_client.fetch_order(name, PAIR)
    assert (order["status"], order["amount"], order["price"]) == ("open", 0.001, 40000)
    assert ccxt_client.edit_order(name, PAIR, "limit", "buy", 0.002, 41000)["id"] == name
    [order] = ccxt_client.fetch_open_orders(PAIR)
    assert (order["id"], order["amount"], order["price"]) == (name, 0.002, 41000)
    assert ccxt_client.cancel_order(name, PAIR)["id"] == name
    assert ccxt_client.fetch_open_orders(PAIR) == []
    assert [name] == [row["id"] for row in ccxt_client.fetch_canceled_orders(PAIR)]


def test_ccxt_trades_and_reads_its_trades(ccxt_client: Any) -> None:
    ccxt_client.create_order(PAIR, "market", "buy", 0.002, 50000)
    ccxt_client.create_order(PAIR, "market", "sell", 0.001)
    trades = ccxt_client.fetch_my_trades(PAIR)
    assert [(row["side"], row["amount"]) for row in trades] == [("buy", 0.002), ("sell", 0.001)]
    assert [row["status"] for row in ccxt_client.fetch_closed_orders(PAIR)] == ["closed"] * 2
    assert ccxt_client.fetch_balance()["free"]["BTC"] == 1.001


def test_ccxt_handles_lists_of_orders(ccxt_client: Any) -> None:
    order = {"symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.001}
    names = [
        row["id"]
        for row in ccxt_client.create_orders([order | {"price": 900}, order | {"price": 950}])
    ]
    ccxt_client.edit_orders([{**order, "id": name, "price": 1000} for name in names])
    assert [row["price"] for row in ccxt_client.fetch_open_orders(PAIR)] == [1000, 1000]
    assert names == [row["id"] for row in ccxt_client.cancel_orders(names, PAIR)]


# The exact class: whoever catches a wider one wants to know which it is.
FAULTS = [
    ("50001", ccxt.OnMaintenance),
    ("50004", ccxt.RequestTimeout),
    ("50011", ccxt.RateLimitExceeded),
    ("50013", ccxt.ExchangeNotAvailable),
    ("50026", ccxt.ExchangeNotAvailable),
    ("50061", ccxt.ExchangeError),
    ("50100", ccxt.ExchangeError),
    ("50101", ccxt.AuthenticationError),
    ("50102", ccxt.InvalidNonce),
    ("50105", ccxt.AuthenticationError),
    ("50110", ccxt.PermissionDenied),
    ("50111", ccxt.AuthenticationError),
    ("50113", ccxt.AuthenticationError),
    ("50119", ccxt.ExchangeError),
    ("50120", ccxt.ExchangeError),
    ("51000", ccxt.BadRequest),
    ("51001", ccxt.BadSymbol),
    ("51008", ccxt.InsufficientFunds),
    ("51010", ccxt.AccountNotEnabled),
    ("51016", ccxt.InvalidOrder),
    ("51020", ccxt.InvalidOrder),
]


def test_the_page_tells_these_exceptions() -> None:
    page = (DOCS / "reference" / "clients" / "ccxt.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{5}) \| `(\w+)` \|", page, re.MULTILINE)
    assert [(code, error.__name__) for code, error in FAULTS] == rows


@pytest.mark.parametrize(("code", "error"), FAULTS)
def test_ccxt_raises_the_right_exception(
    practice_sandbox: RunningSandbox, ccxt_client: Any, code: str, error: type[Exception]
) -> None:
    order_fault(practice_sandbox, code, "POST /api/v5/trade/batch-orders")
    with pytest.raises(error, match=code) as caught:
        ccxt_client.create_order(PAIR, "limit", "buy", 0.001, 40000)
    assert error is caught.type
    ccxt_client.create_order(PAIR, "limit", "buy", 0.001, 40000)


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"secret": "FA4EFA4EFA4EFA4EFA4EFA4EFA4EFA4E"}, ccxt.AuthenticationError, "50113"),
        ({"password": "Fake-Pass-1"}, ccxt.AuthenticationError, "50105"),
        ({"apiKey": UNKNOWN}, ccxt.ExchangeError, "50119"),
        ({"headers": {}}, ccxt.AuthenticationError, "50101"),
    ],
)
def test_ccxt_raises_for_a_wrong_key(
    practice_sandbox: RunningSandbox, change: dict[str, Any], error: type[Exception], code: str
) -> None:
    practice_sandbox.exchange.reset()
    client = ccxt.okx({**make_options(practice_sandbox), **change})
    with pytest.raises(error, match=code):
        client.fetch_accounts()
    client.close()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda okx: okx.create_order(PAIR, "limit", "buy", 1, 40000), ccxt.InsufficientFunds),
        (lambda okx: okx.cancel_order("1", PAIR), ccxt.OrderNotFound),
        (lambda okx: okx.edit_order("1", PAIR, "limit", "buy", 1, 1), ccxt.OrderNotFound),
        (lambda okx: okx.fetch_order("1", PAIR), ccxt.OrderNotFound),
    ],
)
def test_ccxt_raises_for_what_an_order_lacks(
    ccxt_client: Any, call: Callable[[Any], Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        call(ccxt_client)


async def wait_for(awaited: Awaitable[Any]) -> Any:
    return await asyncio.wait_for(awaited, SECONDS)


def test_ccxt_with_await_does_the_same(practice_sandbox: RunningSandbox) -> None:
    async def trade() -> None:
        async with AsyncExitStack() as stack:
            okx: Any = ccxt.async_support.okx(make_options(practice_sandbox))
            stack.push_async_callback(okx.close)
            await okx.load_markets()
            assert (await okx.fetch_balance())["free"]["USDT"] == 10000
            name = (await okx.create_order(PAIR, "limit", "buy", 0.001, 40000))["id"]
            await okx.edit_order(name, PAIR, "limit", "buy", 0.002, 41000)
            assert (await okx.fetch_order(name, PAIR))["amount"] == 0.002
            await okx.cancel_order(name, PAIR)
            with pytest.raises(ccxt.OrderNotFound):
                await okx.cancel_order(name, PAIR)

    practice_sandbox.exchange.reset()
    asyncio.run(trade())


async def watch_change(amount: float, watch: Callable[[], Awaitable[Any]]) -> float:
    """Watch until there is another amount of bitcoin: a push of before may come late."""
    while (balance := float((await watch())["total"]["BTC"])) == amount:
        pass
    return balance


def test_ccxt_watches_prices_money_and_orders(practice_sandbox: RunningSandbox) -> None:
    async def watch() -> None:
        async with AsyncExitStack() as stack:
            okx: Any = ccxt.pro.okx(make_options(practice_sandbox))
            stack.push_async_callback(okx.close)
            await okx.load_markets()
            assert (await wait_for(okx.watch_ticker(PAIR)))["last"] == 50000
            orders = asyncio.create_task(okx.watch_orders(PAIR))
            # The exchange pushes only what happens after that.
            await wait_until(lambda: bool(practice_sandbox.exchange.account(PRACTICE_KEY).watchers))
            assert (await wait_for(okx.watch_balance()))["free"]["USDT"] == 10000
            name = (await okx.create_order(PAIR, "limit", "buy", 0.1, 40000))["id"]
            [order] = await wait_for(orders)
            assert (order["id"], order["status"]) == (name, "open")
            orders = asyncio.create_task(okx.watch_orders(PAIR))
            ticker = asyncio.create_task(okx.watch_ticker(PAIR))
            bought = asyncio.create_task(watch_change(1, okx.watch_balance))
            # Each of them waits for its next push.
            waits = {"tickers::BTC/USDT", "orders:BTC-USDT", "account"}
            await wait_until(
                lambda: waits <= {name for each in okx.clients.values() for name in each.futures}
            )
            practice_sandbox.exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(39000))
            assert [(row["status"], row["filled"]) for row in await wait_for(orders)] == [
                ("closed", 0.1)
            ]
            assert (await wait_for(ticker))["last"] == 39000
            assert await wait_for(bought) == 1.1

    practice_sandbox.exchange.reset()
    asyncio.run(watch())
