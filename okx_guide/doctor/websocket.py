"""Log in to the WebSocket once, and close it."""

import json
import ssl
from collections.abc import Callable
from datetime import date
from typing import Literal
from urllib.parse import urlsplit

from okx_guide import facts
from okx_guide.credentials import Credentials
from okx_guide.doctor.network import describe_closure, is_practice_exchange, report_no_answer
from okx_guide.doctor.report import Check, problem
from okx_guide.explain import causes
from okx_guide.signing import ws_login
from okx_guide.urls import describe_host, is_unencrypted, is_well_formed

_PATH = "/ws/v5"
_ID = "websocket"


class NotInstalledError(Exception):
    """The WebSocket library, an extra, is not installed."""


def send(url: str, message: str, seconds: float) -> str:
    """Connect, send one message, and return the first answer.

    Args:
        url: `wss://…/private`.
        message: The login.
        seconds: To wait, for each step.

    Raises:
        NotInstalledError: The library is missing.
        OSError: No connection, no answer in time, or another host answered.
    """
    try:
        from websockets.exceptions import WebSocketException  # noqa: PLC0415  # an extra
        from websockets.sync.client import connect  # noqa: PLC0415  # an extra
    except ImportError:
        raise NotInstalledError from None
    # Over plain ws a proxy could read the passphrase.
    through: Literal[True] | None = True if url.startswith("wss:") else None
    try:
        with connect(url, open_timeout=seconds, close_timeout=1, proxy=through) as connection:
            # The library follows redirects, and the passphrase must not.
            reached = connection.protocol.uri
            target = urlsplit(url)
            if (reached.host, reached.secure) != (target.hostname, target.scheme == "wss") or (
                target.port and reached.port != target.port
            ):
                raise ConnectionError("redirected")
            connection.send(message)
            return str(connection.recv(timeout=seconds))
    except (WebSocketException, ImportError) as error:  # A SOCKS proxy needs another library.
        raise ConnectionError(type(error).__name__) from None


def check_address(url: str, base_url: str, right: str = "", *, on: date) -> Check | None:
    """Return what is wrong with the WebSocket address, or None. Nothing is sent.

    Args:
        url: `OKX_WS_URL`.
        base_url: The REST address beside it.
        right: What it should be, if that is known.
        on: The day, for hosts and ports that OKX has closed.
    """
    try:
        scheme, netloc = urlsplit(url)[:2]
    except ValueError:
        scheme = netloc = ""
    secure = "wss" if scheme in ("wss", "https") else "ws"
    bare = f"{secure}://{netloc}"
    if scheme not in ("ws", "wss", "http", "https") or not is_well_formed(bare):
        # It is not shown: it may be the secret, set under the wrong name.
        return _report_address(f"OKX_WS_URL has {len(url)} characters and is no address.", right)
    if is_unencrypted(bare):
        message = (
            f"{describe_host(url)} is called without TLS: everybody on the way reads "
            "the passphrase."
        )
        return _report_address(message, right or f"wss://{netloc}{_PATH}")
    if closed := describe_closure(bare, on):
        host, colon, _ = netloc.rpartition(":")
        return _report_address(closed, right or (f"{secure}://{host}{_PATH}" if colon else ""))
    if is_practice_exchange(bare) != is_practice_exchange(base_url):
        practice, real = "OKX_API_BASE_URL", f"OKX_WS_URL ({describe_host(url)})"
        practice, real = (practice, real) if is_practice_exchange(base_url) else (real, practice)
        message = f"{practice} is a practice exchange, and {real} is not. No login was sent."
        return _report_address(message, right)
    return _check_form(url, scheme, bare, right or bare + _PATH)


def _check_form(url: str, scheme: str, bare: str, right: str) -> Check | None:
    if scheme not in ("ws", "wss"):
        secure = bare.partition(":")[0]
        return _report_address(f"OKX_WS_URL begins with {scheme}://, not with {secure}://.", right)
    if url != bare + _PATH:
        message = f"OKX_WS_URL does not end in {_PATH}, to which programs add /private or /public."
        return _report_address(message, right)
    return None


def _report_address(message: str, right: str) -> Check:
    fix = (
        f"Set OKX_WS_URL={right}"
        if right
        else (
            f"Set it as your site has it, wss://host:port{_PATH}, or as the practice exchange "
            "printed it."
        )
    )
    return problem(_ID, "region_site", message, fix)


def check_login(
    url: str,
    credentials: Credentials,
    clock: Callable[[], float],
    seconds: float,
    *,
    demo: bool,
    right: str,
    send: Callable[[str, str, float], str] = send,
) -> Check:
    """Log in at this address with the key.

    Args:
        url: Without `/private`, and well formed.
        credentials: The key.
        clock: Returns the time to sign with.
        seconds: To wait, for each step.
        demo: Whether it is a demo key.
        right: The address that it should be, if that is known.
        send: Sends the login and returns the answer.
    """
    host = describe_host(url)
    try:
        text = send(f"{url}/private", json.dumps(ws_login(credentials, clock())), seconds)
        answer = json.loads(text)
        event, code = str(answer["event"]), str(answer.get("code", ""))
    except NotInstalledError:
        return Check(
            _ID,
            "skipped",
            "Not checked: the library is missing.",
            fix="pip install 'okx-guide[websocket]'",
            page="/reference/doctor/#websocket",
        )
    except TimeoutError:
        return report_no_answer(_ID, "timeout", f"{host} did not answer in time.")
    except ssl.SSLError:
        message = f"The certificate of {host} is not trusted, or there is no TLS."
        return report_no_answer(_ID, "tls", message)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return report_no_answer(_ID, "refused", f"{host} gave no answer to the login.")
    return _report_answer(event, code, host, right, demo=demo)


def _report_answer(event: str, code: str, host: str, right: str, *, demo: bool) -> Check:
    kind = "demo" if demo else "live"
    if (event, code) == ("login", "0"):
        return Check(_ID, "ok", f"Logged in at {host}, as a {kind} key.")
    known = facts.load("errors").get(code)
    message = known.value["message"].rstrip(".") if known else "an error"
    message = f"{host} answered {code} {message}."
    if code == "50101":
        fix = (
            f"Set OKX_WS_URL={right}"
            if right
            else (
                f"Set OKX_WS_URL to the {kind} WebSocket host of your site, or to that which the "
                f"practice exchange printed for a {kind} key."
            )
        )
        return problem(_ID, "env_demo_live", message, fix)
    ranked = [cause for cause, _ in causes.load_catalogue().get(code, ())]
    if not ranked:
        return problem(_ID, "ws_login_flow", message)
    # REST accepted the same strings a moment ago, so they are right.
    cause = next((cause for cause in ranked if cause.id != "cred_mixup"), ranked[0])
    return problem(_ID, cause.id, message, cause.fix, cause.page)
