"""Two signed requests to OKX: read a balance, place a demo order."""

import base64
import hashlib
import hmac
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

import requests


def sign(secret_key: str, timestamp: str, method: str, request_path: str, body: str = "") -> str:
    """Return the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256."""
    message = timestamp + method + request_path + body
    digest = hmac.new(secret_key.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def setting(name: str) -> str:
    """Return an environment variable that must be set."""
    return os.environ.get(name) or sys.exit(f"Set the environment variable {name}.")


def request(method: str, path: str, body: str = "") -> list[dict[str, Any]]:
    """Send one signed request. `path` includes the query; `body` is sent as it is signed."""
    timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    headers = {
        "OK-ACCESS-KEY": setting("OKX_API_KEY"),
        "OK-ACCESS-SIGN": sign(setting("OKX_SECRET_KEY"), timestamp, method, path, body),
        "OK-ACCESS-TIMESTAMP": timestamp,
        "OK-ACCESS-PASSPHRASE": setting("OKX_PASSPHRASE"),
        "Content-Type": "application/json",
        "x-simulated-trading": "1",  # a demo key; leave it out with a live key
    }
    url = setting("OKX_API_BASE_URL") + path
    try:
        # A redirect would take the headers to another host.
        response = requests.request(
            method, url, headers=headers, data=body.encode(), timeout=10, allow_redirects=False
        )
    except requests.RequestException as error:
        sys.exit(f"No answer: {error}")
    try:
        answer: dict[str, Any] = response.json()
    except ValueError:
        sys.exit(f"HTTP {response.status_code}, and the answer is not JSON: is the host right?")
    rows: list[dict[str, Any]] = answer.get("data") or []
    for row in rows:  # an order is refused in its own row
        if row.get("sCode", "0") != "0":
            sys.exit(f"OKX error {row['sCode']}: {row['sMsg']}")
    if answer.get("code") != "0":
        sys.exit(f"OKX error {answer.get('code')}: {answer.get('msg')}")
    return rows


def main() -> None:
    """Read a balance, then place an order far below the market."""
    for account in request("GET", "/api/v5/account/balance?ccy=BTC"):
        print("balance:", json.dumps(account["details"]))

    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}
    body = json.dumps({**order, "px": "1000", "sz": "0.001"})
    print("ordId:", request("POST", "/api/v5/trade/order", body)[0]["ordId"])


def sign_lines() -> None:
    """Sign each line of standard input, to compare with the test vectors."""
    for line in sys.stdin.buffer:
        print(sign(*line.decode().removesuffix("\n").split("\t")))


if __name__ == "__main__":
    sign_lines() if sys.argv[1:] == ["sign"] else main()
