import gc
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus

from okx_guide import facts
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, running
from okx_guide.sandbox.state.keys import EXPIRES_AFTER
from okx_guide.sandbox.state.market import INSTRUMENTS
from okx_guide.sandbox.websocket.connection import Connection
from okx_guide.sandbox.websocket.operations import OPERATIONS
from tests.support.disk import FULL, refuse_commit
from tests.support.patience import wait_until
from tests.support.properties import examples
from tests.support.raw_http import NOW, make_private_headers, send_request, signature, trade
from tests.support.raw_http import connect as connect_socket
from tests.support.websocket_client import (
    TICKERS,
    Client,
    Open,
    frame,
    handshake,
    login,
    send_many,
)

LIVE = replace(
    PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000002", passphrase="Live-0nly", demo=False
)
BOUND = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000004", ips=("203.0.113.7",))
SUB = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000005", account="practice1")
EEA = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-000000000006", site="eea")
GONE = replace(PRACTICE_KEY, api_key="00000000-0000-4000-8000-00000000dead")
KEYS = (PRACTICE_KEY, LIVE, BOUND, SUB, EEA)
ORDERS = {"channel": "orders", "instType": "SPOT"}
ACCOUNT = {"channel": "account"}


@pytest.fixture(scope="module")
def keys() -> Sequence[Key]:
    return KEYS


def set_knob(sandbox: RunningSandbox, knob: str, **setting: object) -> None:
    body = json.dumps(setting)
    headers = {"Content-Type": "application/json"}
    host = sandbox.url.removeprefix("http://")
    with connect_socket(sandbox.url) as wire:
        lines = [f"POST /sandbox/{knob} HTTP/1.1", f"Host: {host}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "", body]
        wire.sendall("\r\n".join(lines).encode())
        assert wire.recv(65536).startswith(b"HTTP/1.1 200")


# --- the address ------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["public", "private", "business"])
def test_three_addresses_answer_a_ping(open_: Open, endpoint: str) -> None:
    assert open_(endpoint).ask("ping") == "pong"


@pytest.mark.parametrize("path", ["/ws/v5/nothing", "/ws/v5", "/ws/v5/public/", "/", "/sandbox"])
def test_another_address_is_not_found(sandbox: RunningSandbox, path: str) -> None:
    base = sandbox.hosts["global"].ws_demo.removesuffix("/ws/v5")
    with pytest.raises(InvalidStatus) as caught:
        Client(base + path)
    assert caught.value.response.status_code == 404
    assert b"/ws/v5/private" in caught.value.response.body


def test_the_address_is_no_page(sandbox: RunningSandbox) -> None:
    assert send_request(sandbox.url, "GET", "/ws/v5/public").status == 404


def test_three_connections_in_one_second_are_enough(sandbox: RunningSandbox) -> None:
    url = sandbox.hosts["global"].ws_demo + "/public"
    clients = [Client(url) for _ in range(3)]
    with pytest.raises(InvalidStatus) as caught:
        Client(url)
    assert caught.value.response.status_code == 429
    assert b"3 in 1 s" in caught.value.response.body
    sandbox.exchange.clock.advance(1)
    clients.append(Client(url))
    for client in clients:
        client.close()


def test_the_text_ping_is_no_json_and_counts_as_no_operation(client: Client) -> None:
    assert [client.ask("ping") for _ in range(500)] == ["pong"] * 500
    assert client.ask({"op": "subscribe", "args": [ACCOUNT]})["event"] == "subscribe"


# --- the login --------------------------------------------------------------------------


def test_a_right_login_is_confirmed(open_: Open) -> None:
    answer = open_().ask(login())
    assert answer == {"event": "login", "code": "0", "msg": "", "connId": answer["connId"]}
    assert len(answer["connId"]) == 8


@pytest.mark.parametrize("endpoint", ["public", "business"])
def test_one_may_log_in_at_each_address(open_: Open, endpoint: str) -> None:
    assert open_(endpoint).ask_code(login()) == "0"


def test_a_live_key_logs_in_at_the_live_host(open_: Open) -> None:
    assert open_(key=LIVE).ask_code(login(LIVE)) == "0"


@pytest.mark.parametrize("at", [int(NOW), f"{NOW}", str(int(NOW) + 30), str(int(NOW) - 29)])
def test_these_times_are_accepted(open_: Open, at: object) -> None:
    assert open_().ask_code(login(at=at)) == "0"


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("60004", login(at="2020-12-08T09:08:57.715Z"), "Unix seconds"),
        ("60004", login(at="soon"), "Unix seconds"),
        ("60004", login(at="-1607418537"), "Unix seconds"),
        ("60004", login(at="1" * 400), "Unix seconds"),
        ("60004", login(at="\u0661\u0662"), "Unix seconds"),
        ("60005", login(apiKey="FAKE"), "UUID"),
        ("60006", login(at=str(int(NOW * 1000))), "milliseconds"),
        ("60006", login(at=str(int(NOW) + 32)), "ahead of the sandbox's clock"),
        ("60006", login(at=str(int(NOW) - 31)), "behind the sandbox's clock"),
        ("60007", login(sign="FAKE"), "wrong secret key"),
        ("60007", login(sign="\udcff"), "wrong secret key"),
        ("60007", login(replace(PRACTICE_KEY, secret_key="F" * 32)), "wrong secret key"),
        ("60009", login(BOUND), "127.0.0.1"),
        ("60024", login(passphrase="practice-0nly"), "a small or capital letter"),
        ("60024", login(passphrase=PRACTICE_KEY.secret_key), "the secret key"),
        ("60024", login(passphrase="\udcff"), "13"),
        ("60027", login(sign=None), "sign"),
        ("60027", login(passphrase=""), "passphrase"),
        ("60013", login(passphrase=["FAKE"]), "text"),
        ("60013", login(sign={"a": "b"}), "text"),
        ("60013", {"op": "login", "args": []}, "one at least"),
        ("60013", {"op": "login", "args": ["FAKE"]}, "objects"),
        ("60012", {"op": "login", "args": {"apiKey": "FAKE"}}, "list"),
        ("60012", {"op": "login"}, "args"),
        ("60031", {"op": "login", "args": login()["args"] * 2}, "one key"),
        ("60032", login(GONE), "another site"),
        ("60032", login(EEA), "the site eea"),
        ("50101", login(LIVE), "a live key logs in at the WebSocket host of demo keys"),
    ],
)
def test_a_wrong_login_has_its_code_and_says_why(
    open_: Open, code: str, message: dict[str, Any], words: str
) -> None:
    client = open_()
    answer = client.ask(message)
    assert (answer["event"], answer["code"]) == ("error", code)
    assert (
        answer["msg"].partition("{")[0] in facts.load("errors")[code].value["message"]
        or "{" in (facts.load("errors")[code].value["message"])
    )
    assert words in answer["sandboxHint"]
    assert PRACTICE_KEY.secret_key not in json.dumps(answer)
    assert PRACTICE_KEY.passphrase not in json.dumps(answer)
    # It may be tried again on the same connection.
    assert client.ask_code(login()) == "0"


def test_a_demo_key_does_not_log_in_at_the_live_host(open_: Open) -> None:
    assert open_(key=LIVE).ask_code(login()) == "50101"


def test_the_known_mistakes_are_named_as_for_rest(open_: Open) -> None:
    at = str(int(NOW))
    digest = signature(PRACTICE_KEY.secret_key, at, "GET", "/users/self/verify/")
    assert "/users/self/verify" in open_().ask(login(sign=digest))["sandboxHint"]


def test_a_frozen_key_does_not_log_in(sandbox: RunningSandbox, open_: Open) -> None:
    sandbox.exchange.keys.freeze(PRACTICE_KEY)
    answer = open_().ask(login())
    assert (answer["code"], answer["sandboxHint"].split()[-3:]) == (
        "60009",
        ["the", "practice", "exchange"],
    )


def test_a_second_login_is_refused(client: Client) -> None:
    assert client.ask_code(login()) == "60031"
    assert client.ask_code(login(SUB)) == "60031"


def test_each_connection_logs_in_for_itself(client: Client, open_: Open) -> None:
    assert open_().ask_code({"op": "subscribe", "args": [ORDERS]}) == "60011"


def test_the_login_counts_as_use_and_nothing_after_it_does(
    sandbox: RunningSandbox, open_: Open
) -> None:
    keys = sandbox.exchange.keys
    client = open_(key=LIVE)
    assert keys.find_last_use(LIVE) is None
    client.ask_code(login(LIVE))
    assert keys.find_last_use(LIVE) == NOW
    sandbox.exchange.clock.advance(10)
    client.subscribe(ORDERS)
    client.ask({"op": "unsubscribe", "args": [ORDERS]})
    assert client.is_silent()
    assert keys.find_last_use(LIVE) == NOW


def test_a_login_that_cannot_be_written_down_is_refused(
    sandbox: RunningSandbox, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = open_()
    with monkeypatch.context() as patch:
        patch.setattr(sandbox.exchange.store, "commit", refuse_commit)
        answer = client.ask(login())
    assert (answer["code"], answer["sandboxHint"]) == ("63999", FULL)
    assert client.ask_code({"op": "subscribe", "args": [ORDERS]}) == "60011"


# --- requests ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("60012", "hello"),
        ("60012", ""),
        ("60012", "ping "),
        ("60012", "[]"),
        ("60012", "null"),
        ("60012", "[" * 60_000),
        ("60012", '{"op":' * 10_000),
        ("60012", b"ping"),
        ("60012", b"\xff\x00"),
        ("60012", {}),
        ("60012", {"op": None, "args": [TICKERS]}),
        ("60012", {"op": ["subscribe"], "args": [TICKERS]}),
        ("60012", {"op": "subscribe", "argss": [TICKERS]}),
        ("60012", {"op": "subscribe", "args": TICKERS}),
        ("60013", {"op": "subscribe", "args": []}),
        ("60013", {"op": "subscribe", "args": [TICKERS, 1]}),
        ("60013", {"op": "subscribe", "args": [{}]}),
        ("60013", {"op": "subscribe", "args": [{"channel": None}]}),
        ("60013", {"op": "unsubscribe", "args": [{"channel": ["tickers"]}]}),
        ("60018", {"op": "subscribe", "args": [{"channel": "books-rpi", "instId": "BTC-USDT"}]}),
        ("60018", {"op": "subscribe", "args": [{"channel": "tickers"}]}),
        ("60018", {"op": "subscribe", "args": [{"channel": "tickers", "instId": "NO-PE"}]}),
        ("60018", {"op": "subscribe", "args": [{"channel": "tickers", "instId": {}}]}),
        ("60018", {"op": "unsubscribe", "args": [{"channel": "tickers", "instId": "NO-PE"}]}),
        ("60008", {"op": "subscribe", "args": [ORDERS]}),
        ("60008", {"op": "subscribe", "args": [ACCOUNT]}),
        ("60028", {"op": "order", "id": "1", "args": [{}]}),
        ("60019", {"op": "close-position", "id": "1", "args": [{}]}),
        ("60019", {"op": "Subscribe", "args": [TICKERS]}),
        ("60033", {"op": "subscribe", "id": "a-b", "args": [TICKERS]}),
        ("60033", {"op": "subscribe", "id": {}, "args": [TICKERS]}),
    ],
)
def test_a_wrong_request_has_its_code_and_harms_nobody(
    open_: Open, code: str, message: object
) -> None:
    client = open_("public")
    answer = client.ask(message)
    assert (answer["event"], answer["code"]) == ("error", code)
    assert "{" not in answer["msg"]
    assert answer["sandboxHint"]
    assert client.is_silent()


@pytest.mark.parametrize(
    ("code", "arg"),
    [
        ("60008", TICKERS),
        ("60018", {"channel": "orders"}),
        ("60018", {"channel": "orders", "instType": "spot"}),
        ("60018", {"channel": "orders", "instType": "SPOT", "instId": "NO-PE"}),
        ("60018", {"channel": "account", "ccy": "DOGE"}),
    ],
)
def test_a_wrong_subscription_at_the_private_address(
    client: Client, code: str, arg: dict[str, str]
) -> None:
    assert client.ask_code({"op": "subscribe", "args": [arg]}) == code
    assert client.is_silent()


def test_the_message_names_what_does_not_exist(open_: Open) -> None:
    arg = {"channel": "books", "instId": "NOPE-USDT"}
    message = open_("public").ask({"op": "subscribe", "args": [arg]})["msg"]
    assert message.startswith("Wrong URL or channel:books,instId:NOPE-USDT doesn't exist.")


@pytest.mark.parametrize("op", ["subscribe", "unsubscribe"])
@pytest.mark.parametrize("arg", [ORDERS, ACCOUNT])
def test_a_private_channel_needs_a_login(open_: Open, op: str, arg: object) -> None:
    assert open_().ask_code({"op": op, "args": [arg]}) == "60011"


def test_each_of_several_args_has_its_answer(open_: Open) -> None:
    client = open_("public")
    client.send_json({"op": "subscribe", "args": [{"channel": "no"}, TICKERS, ORDERS]})
    answers = [client.read() for _ in range(4)]
    assert [answer.get("event") for answer in answers] == ["error", "subscribe", None, "error"]
    assert client.is_silent()


def test_the_answer_repeats_the_id(open_: Open) -> None:
    client = open_()
    assert client.ask(login() | {"id": "1512"})["id"] == "1512"
    assert client.ask({"op": "subscribe", "id": "a1", "args": [ORDERS]})["id"] == "a1"
    assert "id" not in client.read()
    assert client.ask({"op": "nothing", "id": "b2", "args": []})["id"] == "b2"
    assert client.ask({"op": "unsubscribe", "id": 3, "args": [ORDERS]})["id"] == "3"


@pytest.mark.parametrize(
    "message",
    [
        {"op": PRACTICE_KEY.secret_key, "args": []},
        {"op": "x", "id": PRACTICE_KEY.secret_key, "args": []},
        {"op": "subscribe", "args": [{"channel": PRACTICE_KEY.passphrase}]},
        {"op": "subscribe", "args": [{"channel": "x", "instId": PRACTICE_KEY.secret_key.lower()}]},
        login(sign=PRACTICE_KEY.secret_key),
        login(apiKey=PRACTICE_KEY.passphrase),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(open_: Open, message: object) -> None:
    answer = json.dumps(open_("public").ask(message)).lower()
    assert PRACTICE_KEY.secret_key.lower() not in answer
    assert PRACTICE_KEY.passphrase.lower() not in answer


def test_480_operations_in_an_hour_are_enough(
    sandbox: RunningSandbox, client: Client, open_: Open
) -> None:
    for _ in range(479):  # the login was the first
        client.ask({"op": "unsubscribe", "args": [ORDERS]})
    assert client.ask_code({"op": "unsubscribe", "args": [ORDERS]}) == "60014"
    assert client.ask_code({"op": "subscribe", "args": [ORDERS]}) == "60014"
    assert client.ask_code(login()) == "60014"
    assert client.is_silent()
    for _ in range(180):  # an hour, and never silent for long
        sandbox.exchange.clock.advance(20)
        assert client.is_silent()
    client.subscribe(ORDERS)


def test_another_connection_counts_for_itself(client: Client, open_: Open) -> None:
    second = open_()
    for _ in range(480):
        second.ask({"op": "subscribe", "args": [TICKERS]})
    assert second.ask_code(login()) == "60014"
    client.subscribe(ORDERS)


# --- pushes -----------------------------------------------------------------------------


def test_a_price_is_pushed_at_once_and_when_it_moves(sandbox: RunningSandbox, open_: Open) -> None:
    client = open_("public")
    answer = client.ask({"op": "subscribe", "args": [TICKERS]})
    assert answer == {"event": "subscribe", "arg": TICKERS, "connId": answer["connId"]}
    first = client.read()
    tickers = send_request(sandbox.url, "GET", "/api/v5/market/ticker?instId=BTC-USDT").json["data"]
    assert first == {"arg": TICKERS, "data": tickers}
    sandbox.exchange.move_price(INSTRUMENTS["ETH-USDT"], Decimal(3000))
    sandbox.exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(60000))
    assert client.read()["data"][0]["last"] == "60000"
    set_knob(sandbox, "price", instId="BTC-USDT", px="61000")
    assert client.read()["data"][0]["last"] == "61000"
    assert client.ask({"op": "unsubscribe", "args": [TICKERS]})["event"] == "unsubscribe"
    sandbox.exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(62000))
    assert client.is_silent()


def test_a_reset_is_a_move_of_the_price(sandbox: RunningSandbox, open_: Open) -> None:
    sandbox.exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(60000))
    client = open_("public")
    client.ask({"op": "subscribe", "args": [TICKERS]})
    assert client.read()["data"][0]["last"] == "60000"
    sandbox.exchange.reset()
    assert client.read()["data"][0]["last"] == "50000"
    assert client.is_silent()


def test_orders_are_pushed_when_they_change(sandbox: RunningSandbox, client: Client) -> None:
    client.subscribe(ORDERS)
    trade(sandbox, clOrdId="mine")
    push = client.read()
    assert (push["arg"]["channel"], push["arg"]["instType"]) == ("orders", "SPOT")
    config = send_request(
        sandbox.url,
        "GET",
        "/api/v5/account/config",
        make_private_headers(target="/api/v5/account/config"),
    )
    assert push["arg"]["uid"] == config.json["data"][0]["uid"]
    [row] = push["data"]
    assert (row["clOrdId"], row["state"], row["px"], row["code"]) == ("mine", "live", "1000", "0")
    path = f"/api/v5/trade/order?instId=BTC-USDT&ordId={row['ordId']}"
    [order_row] = send_request(sandbox.url, "GET", path, make_private_headers(target=path)).json[
        "data"
    ]
    # Of nothing, the average price is 0 on the channel, and empty over REST.
    assert (order_row.pop("avgPx"), row["avgPx"]) == ("", "0")
    assert order_row.items() <= row.items()
    sandbox.exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(900))
    [row] = client.read()["data"]
    assert (row["ordId"], row["state"], row["avgPx"]) == (order_row["ordId"], "filled", "1000")


@pytest.mark.parametrize(
    ("arg", "states"),
    [
        ({"channel": "orders", "instType": "ANY"}, ["live"]),
        ({"channel": "orders", "instType": "SPOT", "instId": "BTC-USDT"}, ["live"]),
        ({"channel": "orders", "instType": "SPOT", "instId": "ETH-USDT"}, []),
        ({"channel": "orders", "instType": "SWAP"}, []),
    ],
)
def test_only_what_was_subscribed_to_is_pushed(
    sandbox: RunningSandbox, client: Client, arg: dict[str, str], states: list[str]
) -> None:
    client.subscribe(arg)
    trade(sandbox)
    assert states == [client.read()["data"][0]["state"] for _ in states]
    assert client.is_silent()


def test_the_account_is_pushed_at_once_and_when_it_changes(
    sandbox: RunningSandbox, client: Client
) -> None:
    client.subscribe(ACCOUNT)
    first = client.read()
    assert (first["eventType"], first["curPage"], first["lastPage"]) == ("snapshot", 1, True)
    balance = send_request(sandbox.url, "GET", "/api/v5/account/balance", make_private_headers())
    assert first["data"] == balance.json["data"]
    trade(sandbox)
    change = client.read()
    assert change["eventType"] == "event_update"
    assert change["data"][0]["details"][0]["ordFrozen"] == "1"


def test_one_currency_alone_is_pushed(client: Client) -> None:
    client.subscribe({"channel": "account", "ccy": "ETH"})
    assert [row["ccy"] for row in client.read()["data"][0]["details"]] == ["ETH"]


def test_two_clients_of_one_account_see_the_same(
    sandbox: RunningSandbox, client: Client, open_: Open
) -> None:
    second = open_()
    second.ask_code(login())
    client.subscribe(ORDERS)
    answer = second.ask({"op": "subscribe", "args": [ORDERS]})
    count = second.read()
    assert (count["event"], count["channel"], count["connCount"], count["connId"]) == (
        "channel-conn-count",
        "orders",
        "2",
        answer["connId"],
    )
    trade(sandbox)
    assert client.read() == second.read()


def test_another_account_sees_nothing(sandbox: RunningSandbox, client: Client, open_: Open) -> None:
    stranger = open_()
    stranger.ask_code(login(SUB))
    stranger.subscribe(ORDERS)
    trade(sandbox)
    assert stranger.is_silent()
    client.subscribe(ORDERS)
    trade(sandbox, key=SUB)
    assert client.is_silent()
    assert stranger.read()["data"][0]["state"] == "live"


def test_subscribing_twice_pushes_once(sandbox: RunningSandbox, client: Client) -> None:
    client.subscribe(ORDERS)
    assert client.ask({"op": "subscribe", "args": [ORDERS]})["event"] == "subscribe"
    assert client.read()["connCount"] == "1"
    trade(sandbox)
    assert client.read()["data"][0]["state"] == "live"
    assert client.is_silent()


def test_thirty_connections_may_have_one_channel_of_an_account(
    sandbox: RunningSandbox, open_: Open
) -> None:
    for _ in range(30):
        client = open_()
        client.ask_code(login())
        client.subscribe(ORDERS)
    one_more = open_()
    one_more.ask_code(login())
    answer = one_more.ask({"op": "subscribe", "args": [ORDERS]})
    assert (answer["event"], answer["connCount"]) == ("channel-conn-count-error", "30")
    trade(sandbox)
    assert one_more.is_silent()
    one_more.subscribe(ACCOUNT)


def test_a_client_that_has_gone_is_forgotten(
    sandbox: RunningSandbox, client: Client, open_: Open
) -> None:
    client.subscribe(ORDERS)
    account = sandbox.exchange.account(PRACTICE_KEY)
    keys, market = sandbox.exchange.keys, sandbox.exchange.market
    watched: list[list[Any]] = [keys.watchers, market.watchers, account.watchers]
    # The order books watch the market too, always.
    assert [len(watchers) for watchers in watched] == [1, 2, 1]
    client.close()
    neighbour = open_("public")
    assert neighbour.is_silent()
    assert [len(watchers) for watchers in watched] == [1, 2, 0]


# --- what closes a connection -----------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["public", "private", "business"])
def test_thirty_seconds_of_silence_close_it(
    sandbox: RunningSandbox, open_: Open, endpoint: str
) -> None:
    client = open_(endpoint)
    assert client.is_silent()
    for _ in range(3):
        sandbox.exchange.clock.advance(30)
        assert client.is_silent()
    sandbox.exchange.clock.advance(30.5)
    assert client.read_close() == (4004, "No data received in 30s")


def test_a_push_breaks_the_silence(sandbox: RunningSandbox, open_: Open) -> None:
    client = open_("public")
    client.ask({"op": "subscribe", "args": [TICKERS]})
    client.read()
    for price in (60000, 61000, 62000):
        sandbox.exchange.clock.advance(20)
        sandbox.exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(price))
        assert client.read()["data"][0]["last"] == str(price)
    assert client.is_silent()


def test_a_clock_that_is_set_back_does_not_make_the_silence_longer(
    sandbox: RunningSandbox, open_: Open
) -> None:
    client = open_()
    assert client.is_silent()
    sandbox.exchange.clock.advance(-3600)
    assert client.is_silent()
    sandbox.exchange.clock.advance(31)
    assert client.read_close()[0] == 4004


@pytest.mark.parametrize(
    "change",
    [
        lambda keys: keys.edit(PRACTICE_KEY, label="renamed"),
        lambda keys: keys.delete(PRACTICE_KEY.api_key),
        lambda keys: keys.freeze(PRACTICE_KEY),
    ],
)
def test_a_change_of_the_key_closes_it(
    sandbox: RunningSandbox, client: Client, open_: Open, change: Callable[..., None]
) -> None:
    anonymous, stranger = open_(), open_()
    stranger.ask_code(login(SUB))
    change(sandbox.exchange.keys)
    sandbox.exchange.store.commit()
    assert client.read_close() == (4007, "API key has been updated or deleted. Please reconnect.")
    assert anonymous.is_silent()
    assert stranger.is_silent()


def test_a_key_that_lapses_closes_it(sandbox: RunningSandbox, open_: Open) -> None:
    client = open_(key=LIVE)
    client.ask_code(login(LIVE))
    sandbox.exchange.clock.advance(EXPIRES_AFTER)
    assert client.read_close()[0] == 4007
    second = open_(key=LIVE)
    answer = second.ask(login(LIVE, at=str(int(sandbox.exchange.now()))))
    assert answer["code"] == "60032"
    assert "expired" in answer["sandboxHint"]


@pytest.mark.parametrize("endpoint", ["public", "private"])
def test_a_notice_comes_a_minute_before_the_end(
    sandbox: RunningSandbox, open_: Open, endpoint: str
) -> None:
    client = open_(endpoint)
    set_knob(sandbox, "notice")
    notice = client.read()
    assert (notice["event"], notice["code"]) == ("notice", "64008")
    assert notice["msg"] == facts.load("errors")["64008"].value["message"]
    for _ in range(2):
        sandbox.exchange.clock.advance(29)
        assert client.is_silent()
    second_client = open_(endpoint)
    sandbox.exchange.clock.advance(3)
    assert client.read_close() == (1001, "Service upgrade")
    assert second_client.is_silent()


def test_business_has_no_notice(sandbox: RunningSandbox, open_: Open) -> None:
    client = open_("business")
    set_knob(sandbox, "notice")
    assert client.is_silent()


def test_reset_closes_what_was_logged_in(sandbox: RunningSandbox, client: Client) -> None:
    sandbox.exchange.reset()
    assert client.read_close()[0] == 4007


def test_it_ends_with_the_server() -> None:
    with running() as sandbox:
        client = Client(sandbox.environ["OKX_WS_URL"] + "/public")
        assert client.is_silent()
    assert client.read_close()[0] == 1012


# --- clients that are no friends --------------------------------------------------------


def test_who_does_not_read_the_prices_is_dropped(sandbox: RunningSandbox, open_: Open) -> None:
    friend = open_("public")
    watchers = sandbox.exchange.market.watchers
    with handshake(sandbox.url) as wire:
        assert b" 101 " in wire.recv(4096)
        wire.sendall(frame(1, json.dumps({"op": "subscribe", "args": [TICKERS]}).encode()))
        assert b"subscribe" in wire.recv(4096)
        assert len(watchers) == 3  # with the order books
        for _ in range(1000):  # more than every buffer between the two holds
            for price in range(50_000, 50_100):
                sandbox.exchange.move_price(INSTRUMENTS["BTC-USDT"], Decimal(price))
            assert friend.is_silent()
            if len(watchers) == 2:
                break
        assert len(watchers) == 2
        end, received = (4005).to_bytes(2, "big") + b"Buffer is full, cannot write data", b""
        while not received.endswith(end):
            part = wire.recv(1 << 20)
            assert part, "it hung up without a word"
            received = received[-100:] + part
    assert friend.is_silent()


def test_who_asks_and_does_not_read_is_not_read_from(sandbox: RunningSandbox) -> None:
    args = [{"channel": "x"}] * 3000
    question = frame(1, json.dumps({"op": "subscribe", "args": args}).encode())
    with handshake(sandbox.url) as wire:
        assert b" 101 " in wire.recv(4096)
        wire.settimeout(1)
        with pytest.raises((TimeoutError, ConnectionError)):
            send_many(wire, question, 400)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["tickers", "account", "orders", "BTC-USDT", "SPOT", "ANY", "", "x"])
ARGS = st.dictionaries(
    st.sampled_from(["channel", "instId", "instType", "ccy", "apiKey", "sign", "timestamp"]),
    NAMES | JSON,
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["login", "subscribe", "unsubscribe", *OPERATIONS]) | JSON,
        "args": st.lists(ARGS, max_size=3) | JSON,
        "id": JSON,
    },
)


@pytest.fixture(scope="module")
def module_client(running_sandbox: RunningSandbox) -> Iterator[Client]:
    running_sandbox.exchange.reset()
    client = Client(running_sandbox.hosts["global"].ws_demo + "/public")
    yield client
    client.close()


@given(st.lists(REQUESTS | JSON, min_size=1, max_size=5))
@examples(100)
def test_no_json_makes_it_stumble(
    running_sandbox: RunningSandbox, module_client: Client, messages: list[object]
) -> None:
    running_sandbox.exchange.reset()
    for message in messages:
        module_client.send_json(json.dumps(message))
        module_client.send_json("ping")
        while (answer := module_client.read()) != "pong":
            assert {"event", "data"} & set(answer)


def test_many_connections_leave_nothing_behind(sandbox: RunningSandbox, open_: Open) -> None:
    assert open_("public").is_silent()
    before = count_connections()
    for _ in range(50):
        open_("public").close()
    assert open_("public").is_silent()
    # The server drops the last ones when it hears that they are closed.
    wait_until(lambda: count_connections() <= before + 1)


def count_connections() -> int:
    gc.collect()
    return sum(isinstance(candidate, Connection) for candidate in gc.get_objects())
