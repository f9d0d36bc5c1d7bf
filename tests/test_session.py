import gzip
import io
import json
import os
import pickle
import socket
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from okx_guide import Credentials, CredentialsError, OkxError, OkxSession, headers
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox
from okx_guide.session import TIMEOUT
from tests.support.http_server import Handler, Reply, StubServer, serve, serve_replies
from tests.support.patience import SECONDS

KEY = Credentials(PRACTICE_KEY.api_key, PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase)
TIME = "/api/v5/public/time"
CONFIG = "/api/v5/account/config"
REDIRECTS = [301, 302, 303, 307, 308]


OK = b'{"code":"0","data":[],"msg":""}'


def serve_ok() -> AbstractContextManager[StubServer]:
    return serve_replies(Reply(body=OK))


def serve_redirect(status: int, target: str) -> AbstractContextManager[StubServer]:
    return serve_replies(Reply(status, OK, {"Location": target}))


class CannedAdapter(BaseAdapter):
    """Answers every request alike, without a network, and keeps what it was asked."""

    def __init__(self, content: bytes = b'{"code":"0"}', status: int = 200) -> None:
        super().__init__()
        self.content, self.status = content, status
        self.requests: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # any options
        self.requests.append({"url": request.url, "headers": request.headers, **options})
        response = requests.Response()
        response.status_code, response.url = self.status, str(request.url)
        response.raw = io.BytesIO(self.content)
        response.request = request
        return response

    def close(self) -> None:
        pass


def open_session(adapter: CannedAdapter, base_url: str = "https://openapi.okx.com") -> OkxSession:
    okx = OkxSession(base_url, KEY)
    okx.mount("https://", adapter)
    return okx


@pytest.mark.parametrize("status", REDIRECTS)
def test_requests_alone_hands_the_keys_headers_to_another_host(status: int) -> None:
    signed = headers(KEY, "GET", CONFIG)
    with serve_ok() as stranger:
        target = stranger.url.replace("127.0.0.1", "localhost") + "/elsewhere"
        with serve_redirect(status, target) as first:
            requests.get(first.url + CONFIG, headers=signed, timeout=SECONDS)
    assert signed.items() <= stranger.requests[0].headers.items()


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("ask", [{}, {"allow_redirects": True}])
def test_a_redirect_is_refused_and_the_other_host_hears_nothing(
    status: int, ask: dict[str, Any]
) -> None:
    with serve_ok() as stranger:
        target = stranger.url.replace("127.0.0.1", "localhost") + "/elsewhere"
        with (
            serve_redirect(status, target) as first,
            OkxSession(first.url, KEY) as okx,
            pytest.raises(OkxError, match=f"Redirected to {target}; not followed") as info,
        ):
            okx.get(CONFIG, **ask)
    assert ("", status) == (info.value.code, info.value.http_status)
    assert (stranger.requests, len(first.requests)) == ([], 1)


def test_a_redirect_to_a_path_is_refused_and_named_in_full() -> None:
    with (
        serve_redirect(302, "/login") as host,
        OkxSession(host.url, KEY) as okx,
        pytest.raises(OkxError, match=f"Redirected to {host.url}/login"),
    ):
        okx.get(CONFIG)
    assert len(host.requests) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, TIMEOUT), ({"timeout": None}, TIMEOUT), ({"timeout": 3}, 3), ({"timeout": 0}, TIMEOUT)],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_request_is_without_a_timeout(method: str, options: Any, expected: Any) -> None:
    adapter = CannedAdapter()
    open_session(adapter).request(method, TIME, **options)
    assert expected == adapter.requests[0]["timeout"]
    assert max(TIMEOUT) < 30


def test_a_host_that_does_not_answer_is_given_up() -> None:
    # A socket that listens accepts connections, and nobody reads them.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with OkxSession(url, KEY) as okx, pytest.raises(requests.Timeout):
            okx.get(TIME, timeout=0.2)


@pytest.mark.parametrize(
    "url",
    [
        "https://openapi.okx.com/api/v5/public/time",
        "//openapi.okx.com/",
        "api/v5",
        "",
        "?a=b",
        " /api",
        "http:/api",
        "\\api",
    ],
)
def test_anything_but_a_path_is_refused_before_it_is_sent(url: str) -> None:
    adapter = CannedAdapter()
    with pytest.raises(ValueError, match="Pass a path such as /api/v5/public/time"):
        open_session(adapter).get(url)
    assert adapter.requests == []


@pytest.mark.parametrize("path", ["/@example.com/", "/\\example.com", "/https://example.com"])
def test_no_path_leads_to_another_host(path: str) -> None:
    adapter = CannedAdapter()
    open_session(adapter).get(path)
    assert adapter.requests[0]["url"].startswith("https://openapi.okx.com/")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Blocked</html>",
        b'{"code":"0"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"code":"0","data":' + b"9" * 5000 + b"}",
    ],
)
@pytest.mark.parametrize("status", [200, 403, 502])
def test_an_answer_that_is_not_json_is_an_okx_error(content: bytes, status: int) -> None:
    with pytest.raises(OkxError, match="not JSON, so it is not from the API itself") as info:
        open_session(CannedAdapter(content, status)).get(TIME)
    assert ("", status) == (info.value.code, info.value.http_status)


@pytest.mark.parametrize("content", [b"[]", b"null", b'"0"', b"0", b"{}", b'{"error":"no"}'])
def test_json_of_somebody_else_is_an_okx_error(content: bytes) -> None:
    with pytest.raises(OkxError, match="JSON but not OKX's: is this the right host"):
        open_session(CannedAdapter(content)).get(TIME)


@pytest.mark.parametrize("padding", [0, 990, 1990])
def test_a_host_that_sends_back_the_strings_gets_them_into_no_message(padding: int) -> None:
    sent_back = f"{PRACTICE_KEY.passphrase} {PRACTICE_KEY.secret_key}"
    rows = [{"sCode": "51000", "sMsg": "x" * padding + sent_back}]
    for body in ({"code": "50105", "msg": "x" * padding + sent_back}, {"code": "1", "data": rows}):
        with serve_replies(Reply(body=json.dumps(body).encode())) as server:
            okx = OkxSession(server.url, PRACTICE_KEY)  # type: ignore[arg-type]  # has the three
            with pytest.raises(OkxError) as refusal:
                okx.get("/api/v5/account/config")

        assert PRACTICE_KEY.passphrase not in str(refusal.value)
        assert PRACTICE_KEY.secret_key[:8] not in str(refusal.value)


@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_refusal_is_an_okx_error_with_any_status(status: int) -> None:
    content = json.dumps({"code": "50119", "msg": "API key doesn't exist"}).encode()
    with pytest.raises(OkxError) as info:
        open_session(CannedAdapter(content, status)).get(CONFIG)
    assert ("50119", "API key doesn't exist", status) == info.value.args


def test_a_redirect_status_without_a_target_is_not_a_success() -> None:
    with pytest.raises(OkxError, match="not JSON"):
        open_session(CannedAdapter(b"", 302)).get(TIME)


@pytest.mark.parametrize("base_url", ["https://openapi.okx.com", "https://openapi.okx.com/"])
def test_the_path_is_put_behind_the_host(base_url: str) -> None:
    adapter = CannedAdapter()
    response = open_session(adapter, base_url).get(TIME, params={"a": "b"})
    assert adapter.requests[0]["url"] == "https://openapi.okx.com/api/v5/public/time?a=b"
    assert response.json() == {"code": "0"}


@pytest.mark.parametrize(
    ("options", "expected"), [({}, None), ({"demo": False}, None), ({"demo": True}, "1")]
)
def test_only_a_demo_session_says_that_it_is_simulated(
    options: dict[str, bool], expected: str | None
) -> None:
    base_url = "https://openapi.okx.com"
    environ = {**THREE, "OKX_API_BASE_URL": base_url}
    for okx in (OkxSession(base_url, KEY, **options), OkxSession.from_env(environ, **options)):
        adapter = CannedAdapter()
        okx.mount("https://", adapter)
        okx.get(CONFIG)
        assert expected == adapter.requests[0]["headers"].get("x-simulated-trading")


def test_a_session_without_a_key_sends_none() -> None:
    adapter = CannedAdapter()
    okx = OkxSession("https://openapi.okx.com")
    okx.mount("https://", adapter)
    okx.get(TIME)
    assert [name for name in adapter.requests[0]["headers"] if name.upper().startswith("OK-")] == []


def test_a_session_reads_orders_and_cancels(sandbox: RunningSandbox) -> None:
    sandbox.exchange.reset()
    with OkxSession.from_env(sandbox.environ, demo=True) as okx:
        order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}
        placed = okx.post("/api/v5/trade/order", json=order | {"px": "1000", "sz": "0.001"})
        name = {"instId": "BTC-USDT", "ordId": placed.json()["data"][0]["ordId"]}
        okx.post("/api/v5/trade/cancel-order", json=name)
        state = okx.get("/api/v5/trade/order", params=name).json()["data"][0]["state"]
        assert state == "canceled"
        with pytest.raises(OkxError) as info:
            okx.post("/api/v5/trade/cancel-order", json=name)
    # HTTP 200 and code "1": the reason stands in the item.
    assert (info.value.code, info.value.http_status) == ("51400", 200)


THREE = {"OKX_API_KEY": "FAKE", "OKX_SECRET_KEY": "FAKE", "OKX_PASSPHRASE": "FAKE"}


def test_the_environment_names_the_host() -> None:
    with OkxSession.from_env({**THREE, "OKX_API_BASE_URL": "https://eea.okx.com/"}) as okx:
        assert okx.base_url == "https://eea.okx.com"


@pytest.mark.parametrize("named", [{}, {"OKX_API_BASE_URL": ""}])
def test_no_host_is_assumed(named: dict[str, str]) -> None:
    with pytest.raises(CredentialsError, match="no OKX_API_BASE_URL: set it to the REST host"):
        OkxSession.from_env(THREE | named)


@pytest.mark.parametrize(
    "base_url",
    [
        "127.0.0.1:8700",
        "'https://openapi.okx.com'",
        "https://openapi.okx.com ",
        "https://openapi.okx.com/api/v5",
        "wss://ws.okx.com",
        "https://openapi.okx.com?a=1",
        "https://openapi.okx.com:443@evil.example",
        "http://openapi.okx.com",
        "http://192.168.1.5:8700",
        "https://openapi.okx.com//",
        "",
    ],
)
def test_a_mangled_host_is_refused_before_anything_is_sent(base_url: str) -> None:
    with pytest.raises(ValueError, match=r"(Set it|Begin OKX_API_BASE_URL) with"):
        OkxSession(base_url)
    with pytest.raises(ValueError, match="OKX_API_BASE_URL"):
        OkxSession.from_env({**THREE, "OKX_API_BASE_URL": base_url})


def test_half_an_environment_opens_no_session(sandbox: RunningSandbox) -> None:
    environ = sandbox.environ
    del environ["OKX_PASSPHRASE"]
    with pytest.raises(CredentialsError, match="no OKX_PASSPHRASE"):
        OkxSession.from_env(environ)


def test_a_session_shows_no_secret(sandbox: RunningSandbox) -> None:
    with OkxSession.from_env(sandbox.environ) as okx:
        assert PRACTICE_KEY.secret_key not in repr(okx) + repr(vars(okx))
        assert PRACTICE_KEY.passphrase not in repr(okx) + repr(vars(okx))


# --- in the transport -------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/api/v5/public/time",
        "http://openapi.okx.com/api/v5/public/time",
        "https://openapi.okx.com:444/api/v5/public/time",
        "https://openapi.okx.com@evil.example/",
        "https://openapi.okx.com.evil.example/",
        "https://eea.okx.com/api/v5/public/time",
    ],
)
def test_a_prepared_request_for_another_host_is_not_sent(url: str) -> None:
    adapter = CannedAdapter()
    okx = open_session(adapter)
    okx.mount("http://", adapter)
    with pytest.raises(ValueError, match="so it was not sent"):
        okx.send(okx.prepare_request(requests.Request("GET", url)))
    assert adapter.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example\\@openapi.okx.com/",
        "https://openapi.okx.com\\@evil.example/",
        "https://openapi.okx.com",
        "HTTPS://OPENAPI.OKX.COM/",
        "",
        None,
    ],
)
def test_a_prepared_request_that_two_readers_could_read_in_two_ways_is_not_sent(url: Any) -> None:
    adapter = CannedAdapter()
    okx = open_session(adapter)
    prepared = okx.prepare_request(requests.Request("GET", "https://openapi.okx.com/"))
    prepared.url = url
    with pytest.raises(ValueError, match="so it was not sent"):
        okx.send(prepared)
    assert adapter.requests == []


def test_a_prepared_request_for_the_host_is_sent() -> None:
    adapter = CannedAdapter()
    okx = open_session(adapter, "https://Openapi.OKX.com")
    prepared = okx.prepare_request(requests.Request("GET", f"https://openapi.okx.com{TIME}"))
    assert okx.send(prepared, stream=True).json() == {"code": "0"}
    assert adapter.requests[0]["timeout"] == TIMEOUT


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("ask", [{}, {"allow_redirects": True}])
def test_a_redirect_of_a_prepared_request_is_refused(status: int, ask: dict[str, Any]) -> None:
    with serve_ok() as stranger:
        target = stranger.url.replace("127.0.0.1", "localhost") + "/elsewhere"
        with serve_redirect(status, target) as first, OkxSession(first.url, KEY) as okx:
            prepared = okx.prepare_request(requests.Request("GET", first.url + CONFIG))
            with pytest.raises(OkxError, match=f"Redirected to {target}; not followed"):
                okx.send(prepared, **ask)
    assert (stranger.requests, len(first.requests)) == ([], 1)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_plain_http_passes_no_proxy(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with serve_ok() as host, serve_ok() as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, proxy.url)
        with OkxSession(host.url, KEY) as okx:
            okx.get(CONFIG)
            okx.get(CONFIG, proxies={"http": proxy.url})
            okx.proxies["http"] = proxy.url
            okx.get(CONFIG)
    assert (len(host.requests), proxy.requests) == (3, [])


def test_no_password_is_taken_from_netrc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login me password hunter2", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    with serve_ok() as host:
        # The guard itself: requests alone takes it.
        requests.get(host.url, timeout=SECONDS)
        with OkxSession(host.url) as okx:
            okx.get(TIME)
    assert ["Authorization" in request.headers for request in host.requests] == [True, False]


class Drip(Handler):
    """Sends a head or a body that never ends, one byte at a time."""

    of_head = True

    def answer(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.wfile.write(b"X-Long: " if self.of_head else b"Content-Length: 1000\r\n\r\n")
        for _ in range(200):
            try:
                self.wfile.write(b"1")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)


class DripBody(Drip):
    of_head = False


@pytest.mark.parametrize("handler", [Drip, DripBody])
def test_an_answer_that_drips_is_given_up(handler: type[Drip]) -> None:
    with serve(handler) as url, OkxSession(url, KEY) as okx, pytest.raises(requests.Timeout):
        # 200 bytes in ten seconds, never 0.2 s apart.
        okx.get(TIME, timeout=0.2)


@pytest.mark.parametrize("packed", [True, False])
def test_an_answer_larger_than_any_of_the_api_is_refused(packed: bool) -> None:
    class Bomb(Handler):
        def answer(self) -> None:
            content = b"0" * (17 << 20)
            if packed:
                self.reply(200, gzip.compress(content, 1), {"Content-Encoding": "gzip"})
            else:
                self.reply(200, content)

    with (
        serve(Bomb) as url,
        OkxSession(url, KEY) as okx,
        pytest.raises(OkxError, match="more than 16 MiB, so it is not from the API") as info,
    ):
        okx.get(TIME)
    assert (info.value.code, info.value.http_status) == ("", 200)


def test_an_answer_that_is_long_but_not_too_long_is_read(sandbox: RunningSandbox) -> None:
    content = json.dumps({"code": "0", "data": ["x" * (1 << 20)]}).encode()

    class Long(Handler):
        def answer(self) -> None:
            self.reply(200, gzip.compress(content), {"Content-Encoding": "gzip"})

    with serve(Long) as url, OkxSession(url) as okx:
        assert okx.get(TIME).content == content


def test_another_process_opens_connections_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    class Counted(Handler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            opened.append(self)
            super().setup()

        def answer(self) -> None:
            self.reply(200, b'{"code":"0"}')

    with serve(Counted) as url, OkxSession(url) as okx:
        for _ in range(3):
            okx.get(TIME)
        assert len(opened) == 1
        # As it is after a fork: the same session, another process.
        monkeypatch.setattr(os, "getpid", lambda: -1)
        for _ in range(3):
            okx.get(TIME)
        assert len(opened) == 2


def test_a_session_keeps_its_host_on_the_way_to_another_process(sandbox: RunningSandbox) -> None:
    with OkxSession.from_env(sandbox.environ, demo=True) as okx:
        again = pickle.loads(pickle.dumps(okx))  # noqa: S301  # our own bytes
    with again:
        assert again.get(TIME).json()["code"] == "0"
        with pytest.raises(ValueError, match="so it was not sent"):
            again.send(again.prepare_request(requests.Request("GET", "http://localhost:9/")))


@pytest.mark.parametrize("timeout", [5, (5, 5), (None, 5), (5, None), None])
def test_every_form_of_a_timeout_is_taken(sandbox: RunningSandbox, timeout: Any) -> None:
    with OkxSession(sandbox.url) as okx:
        assert okx.get(TIME, timeout=timeout).json()["code"] == "0"
