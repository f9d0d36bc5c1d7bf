"""Requests as bytes on a socket, signed by a formula of their own."""

import hmac
import json
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox
from tests.support.patience import SECONDS

NOW = 1607418537.715
ISO = "2020-12-08T09:08:57.715Z"
"""`NOW` as a REST timestamp."""


Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])

    @property
    def hint(self) -> str:
        return self.headers.get("x-sandbox-hint", "")


def mac(secret: str | bytes, *parts: str | bytes, name: str = "sha256") -> bytes:
    """HMAC of the parts joined."""
    return hmac.digest(_bytes(secret), b"".join(_bytes(part) for part in parts), name)


def signature(secret: str | bytes, *parts: str | bytes) -> str:
    return b64encode(mac(secret, *parts)).decode()


def make_private_headers(
    method: str = "GET",
    target: str | bytes = "/api/v5/account/balance",
    body: str | bytes = b"",
    *,
    at: str = ISO,
    key: Key = PRACTICE_KEY,
    secret: str = "",
) -> Headers:
    """The headers of a private request; `secret` signs instead of the key's own."""
    result = {
        "OK-ACCESS-KEY": key.api_key,
        "OK-ACCESS-SIGN": signature(secret or key.secret_key, at, method, target, body),
        "OK-ACCESS-TIMESTAMP": at,
        "OK-ACCESS-PASSPHRASE": key.passphrase,
    }
    if body:
        result["Content-Type"] = "application/json"
    if key.demo:
        result["x-simulated-trading"] = "1"
    return result


def request(
    method: str | bytes,
    target: str | bytes,
    headers: Headers | Iterable[tuple[str, str]] = (),
    body: str | bytes = b"",
) -> bytes:
    """One request as bytes, nothing encoded, checked or added but its length."""
    body = body.encode() if isinstance(body, str) else body
    lines = [b" ".join((_bytes(method), _bytes(target), b"HTTP/1.1")), b"Host: localhost"]
    lines.append(b"Connection: close")
    pairs = headers.items() if isinstance(headers, dict) else headers
    lines += [f"{name}: {value}".encode("latin-1") for name, value in pairs]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join((*lines, b"", body))


def send_request(
    url: str,
    method: str | bytes,
    target: str | bytes,
    headers: Headers | Iterable[tuple[str, str]] = (),
    body: str | bytes = b"",
) -> Answer:
    """Send one request and read the answer."""
    return send(url, request(method, target, headers, body))


def send(url: str, data: bytes) -> Answer:
    """Send bytes and read one answer."""
    with connect(url) as connection:
        with suppress(ConnectionError):  # answered and closed before everything was sent
            connection.sendall(data)
        with HTTPResponse(connection, method=data.partition(b" ")[0].decode("latin-1")) as answer:
            answer.begin()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read())


def send_all(url: str, data: bytes) -> bytes:
    """Send bytes, say that no more will come, and return all that comes back."""
    with connect(url) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return read_all(connection)
        except TimeoutError:
            raise
        except OSError:  # it has hung up in the middle of the nonsense
            return b""


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side closes."""
    received = bytearray()
    while part := connection.recv(1 << 16):
        received += part
    return bytes(received)


def read_statuses(data: bytes) -> list[str]:
    """Return the status of each response in these bytes."""
    return re.findall(r"HTTP/1\.1 (\d{3}) ", data.decode("latin-1"))


def order(**changes: object) -> str:
    """The body of an order that waits; changed or, with None, without a field."""
    fields: dict[str, object] = {
        "instId": "BTC-USDT",
        "tdMode": "cash",
        "side": "buy",
        "ordType": "limit",
        "px": "1000",
        "sz": "0.001",
    }
    fields |= changes
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def post(url: str, path: str, body: str | bytes, key: Key = PRACTICE_KEY) -> Answer:
    """Send a signed POST request, and read the answer."""
    return send_request(url, "POST", path, make_private_headers("POST", path, body, key=key), body)


def trade(sandbox: RunningSandbox, key: Key = PRACTICE_KEY, **changes: object) -> None:
    """Place the order of `order`, which the exchange must accept."""
    assert post(sandbox.url, "/api/v5/trade/order", order(**changes), key).code == "0"


@contextmanager
def bypass_proxy() -> Iterator[None]:
    """A proxy of the machine has no business on loopback."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        yield


def connect(url: str) -> socket.socket:
    """Open a connection; over TLS with whoever answers."""
    parts = urlsplit(url)
    wire = socket.create_connection((parts.hostname, parts.port or 80), timeout=SECONDS)
    if parts.scheme == "http":
        return wire
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return trusting.wrap_socket(wire)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
