"""How fast a request is signed, beside python-okx, ccxt and what a tutorial writes."""

import base64
import hashlib
import hmac
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime

import ccxt
import requests
from okx import okxclient

from okx_guide.auth import OkxAuth
from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.signing import Signer, headers, prehash, timestamp
from scripts.load.row import Row, divide, time_in_turns

SENT_AT = "2020-12-08T09:08:57.715Z"
PATH, QUERY = "/api/v5/account/balance", "?ccy=BTC,ETH&xx=1"
ROUNDS, REPEAT = 200, 300


class _Answer:
    def json(self) -> None:
        """Return nothing, at no cost."""


class _UnsentClient(okxclient.OkxClient):  # type: ignore[misc]  # untyped
    """Prepares a request as python-okx does, and does not send it."""

    _answer = _Answer()

    def get(self, *_: object, **__: object) -> _Answer:
        return self._answer


def measure() -> Iterator[Row]:
    """Yield the rows of signatures, of whole requests, and of a prepared request."""
    yield from _measure_signatures()
    yield from _measure_headers()
    yield _measure_authentication()


def _measure_signatures() -> Iterator[Row]:
    signer, target, secret = Signer(PRACTICE_KEY.secret_key), PATH + QUERY, PRACTICE_KEY.secret_key

    def sign() -> str:
        return signer.sign(SENT_AT, "GET", target)

    def sign_as_python_okx() -> bytes:
        text = okxclient.utils.pre_hash(SENT_AT, "GET", target, "", debug=False)
        return bytes(okxclient.utils.sign(text, secret))

    def sign_as_ccxt() -> str:
        text = f"{SENT_AT}GET{target}"
        signed = ccxt.Exchange.hmac(
            ccxt.Exchange.encode(text), ccxt.Exchange.encode(secret), hashlib.sha256, "base64"
        )
        return str(signed)

    prepared = hmac.new(secret.encode(), digestmod="sha256")
    message = f"{SENT_AT}GET{target}".encode()

    def sign_bare() -> str:
        mac = prepared.copy()
        mac.update(message)
        return base64.b64encode(mac.digest()).decode()

    def sign_checked() -> str:
        mac = prepared.copy()
        mac.update(prehash(SENT_AT, "GET", target).encode())
        return base64.b64encode(mac.digest()).decode()

    def sign_as_tutorial() -> str:
        digest = hmac.new(secret.encode(), f"{SENT_AT}GET{target}".encode(), hashlib.sha256)
        return base64.b64encode(digest.digest()).decode()

    rivals = (
        ("python-okx", sign_as_python_okx, "at most 0.65"),
        ("ccxt", sign_as_ccxt, ""),
        ("plain `hmac`", sign_as_tutorial, ""),
    )
    limits = (
        ("The limit: `hmac` with its key prepared, and Base64", sign_bare),
        ("The limit: the same, and `prehash()`, which refuses a wrong form", sign_checked),
    )
    signed = {sign_as_python_okx().decode(), sign_as_ccxt(), sign_as_tutorial()}
    if signed | {sign_bare(), sign_checked()} != {sign()}:
        raise RuntimeError("the six do not sign the same")
    calls = [sign, *(call for _, call in limits), *(call for _, call, _ in rivals)]
    ours, bare, checked, *theirs = time_in_turns(calls, ROUNDS, REPEAT)
    for (name, _, goal), times in zip(rivals, theirs, strict=True):
        figures = _describe(ours, times)
        yield Row("`Signer.sign`, a GET of 75 bytes", name, divide(ours, times), goal, figures)
    for (name, _), times in zip(limits, (bare, checked), strict=True):
        ratio = divide(times, theirs[0])
        yield Row(name, rivals[0][0], ratio, "", _describe(times, theirs[0]))


def _measure_headers() -> Iterator[Row]:
    client = _UnsentClient(
        PRACTICE_KEY.api_key, PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase, flag="1"
    )

    def prepare() -> dict[str, str]:
        return headers(PRACTICE_KEY, "GET", PATH + QUERY, demo=True)

    def prepare_as_python_okx() -> None:
        client._request("GET", PATH, {"ccy": "BTC,ETH", "xx": "1"})  # noqa: SLF001  # no other way

    def prepare_as_tutorial() -> dict[str, str]:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        text = now + "GET" + PATH + QUERY
        digest = hmac.new(PRACTICE_KEY.secret_key.encode(), text.encode(), hashlib.sha256).digest()
        return {
            "OK-ACCESS-KEY": PRACTICE_KEY.api_key,
            "OK-ACCESS-SIGN": base64.b64encode(digest).decode(),
            "OK-ACCESS-TIMESTAMP": now,
            "OK-ACCESS-PASSPHRASE": PRACTICE_KEY.passphrase,
            "Content-Type": "application/json",
            "x-simulated-trading": "1",
        }

    secret, message = PRACTICE_KEY.secret_key.encode(), f"{SENT_AT}GET{PATH}{QUERY}".encode()

    def prepare_bare() -> tuple[str, str]:
        now = datetime.now(UTC).isoformat("T", "milliseconds")
        return now, base64.b64encode(hmac.digest(secret, message, "sha256")).decode()

    def prepare_checked() -> tuple[str, str]:
        now = timestamp()
        text = prehash(now, "GET", PATH + QUERY)
        return now, base64.b64encode(hmac.digest(secret, text.encode(), "sha256")).decode()

    rivals = (
        ("python-okx, up to its call of httpx", prepare_as_python_okx, "at most 0.5"),
        ("a tutorial's snippet", prepare_as_tutorial, ""),
    )
    limits = (
        ("The limit: the clock as text, `hmac` and Base64", prepare_bare),
        ("The limit: the same by `timestamp()`, and `prehash()`", prepare_checked),
    )
    calls = [prepare, *(call for _, call in limits), *(call for _, call, _ in rivals)]
    ours, bare, checked, *theirs = time_in_turns(calls, ROUNDS, REPEAT)
    for (name, _, goal), times in zip(rivals, theirs, strict=True):
        yield Row("`headers()`", name, divide(ours, times), goal, _describe(ours, times))
    for (name, _), times in zip(limits, (bare, checked), strict=True):
        ratio = divide(times, theirs[0])
        yield Row(name, rivals[0][0], ratio, "", _describe(times, theirs[0]))


def _measure_authentication() -> Row:
    session, auth = requests.Session(), OkxAuth(PRACTICE_KEY, demo=True)
    # Or a request without a key would be looked for in a .netrc.
    session.trust_env = False

    def prepare(key: OkxAuth | None) -> requests.PreparedRequest:
        url = f"https://openapi.okx.com{PATH}"
        request = requests.Request("GET", url, params={"ccy": "BTC,ETH"}, auth=key)
        return session.prepare_request(request)

    signed, plain = time_in_turns([lambda: prepare(auth), lambda: prepare(None)], ROUNDS, 200)
    return Row(
        "`OkxAuth` on a prepared request",
        "no authentication",
        divide(signed, plain),
        "at most 1.25",
        _describe(signed, plain),
    )


def _describe(times: list[float], rival_times: list[float]) -> str:
    median, rival_median = (statistics.median(seconds) * 1e6 for seconds in (times, rival_times))
    return f"{median:.1f} us, the other {rival_median:.1f} us"
