"""The way from `requests` to the exchange: the same answers as over a socket."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from okx_guide import Credentials, OkxAuth
from okx_guide.sandbox import PRACTICE_KEY, running
from okx_guide.sandbox.app import create_app
from okx_guide.sandbox.state.exchange import Exchange
from scripts.page.loop import Loop
from scripts.page.transport import Transport
from scripts.page.visit import FIRST_PORT, PORTS
from tests.support.patience import SECONDS

URL = f"http://127.0.0.1:{FIRST_PORT}"
AUTH = OkxAuth(
    Credentials(PRACTICE_KEY.api_key, PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase), demo=True
)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session whose every request goes to an exchange in this process."""
    loop = Loop()
    transport = Transport(create_app(Exchange([PRACTICE_KEY]), PORTS), loop, PORTS)
    with requests.Session() as session:
        session.mount("http://", transport)
        session.mount("https://", transport)
        yield session
    loop.close()


ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/api/v5/public/time", {}),
        ("GET", "/api/v5/account/balance?ccy=BTC", {"auth": AUTH}),
        ("GET", "/api/v5/account/balance", {"auth": AUTH, "params": {"ccy": "BTC,ETH"}}),
        ("POST", "/api/v5/trade/order", {"auth": AUTH, "json": ORDER | {"px": "1", "sz": "1"}}),
        ("POST", "/api/v5/trade/order", {"auth": AUTH, "data": "é"}),
        ("POST", "/api/v5/trade/order", {"data": iter([b"{", b"}"])}),
        ("PUT", "/nowhere", {}),
        ("GET", "/sandbox", {}),
        ("GET", "/", {"headers": {"Accept": "text/html"}, "allow_redirects": False}),
    ],
)
def test_an_answer_is_the_one_that_comes_over_a_socket(
    session: requests.Session, method: str, path: str, options: dict[str, Any]
) -> None:
    direct = session.request(method, URL + path, timeout=SECONDS, **options)
    if "data" in options and not isinstance(options["data"], str):
        options = {"data": iter([b"{", b"}"])}
    with running() as sandbox:
        socketed = requests.request(method, sandbox.url + path, timeout=SECONDS, **options)

    assert (direct.status_code, direct.reason) == (socketed.status_code, socketed.reason)
    assert set(direct.headers) == {name.lower() for name in socketed.headers}
    assert direct.headers.get("content-type") == socketed.headers.get("content-type")
    if "json" in direct.headers.get("content-type", "") and path != "/sandbox":
        assert direct.json()["code"] == socketed.json()["code"]
        assert direct.json()["msg"] == socketed.json()["msg"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://www.okx.com/api/v5/public/time", "www.okx.com is not reached from this page"),
        ("http://127.0.0.1.example/", "is not reached from this page"),
        ("http://127.0.0.1:9/", "Nothing listens at http://127.0.0.1:9"),
        ("http://127.0.0.1/", "Nothing listens at http://127.0.0.1."),
        (f"https://127.0.0.1:{FIRST_PORT}/", "Nothing listens at https://"),
    ],
)
def test_nothing_else_is_reached(session: requests.Session, url: str, words: str) -> None:
    with pytest.raises(requests.ConnectionError, match=words):
        session.get(url, timeout=SECONDS)
