"""Log in on the WebSocket, once, and close it: the other half of a key's way."""

import json
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

from okx_guide import causes, facts
from okx_guide.credentials import Credentials
from okx_guide.doctor.check import Check, problem
from okx_guide.doctor.path import in_clear, of_no_answer, shown, well_formed
from okx_guide.signing import ws_login

PATH = "/ws/v5/private"
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
        from websockets.sync.client import connect  # noqa: PLC0415
    except ImportError:
        raise NotInstalledError from None
    # Over plain ws: a proxy would read the passphrase.
    through: Literal[True] | None = True if url.startswith("wss:") else None
    try:
        with connect(url, open_timeout=seconds, close_timeout=1, proxy=through) as connection:
            # The library follows redirects, and the passphrase must not.
            reached = connection.protocol.uri
            asked = urlsplit(url)
            if (reached.host, reached.secure) != (asked.hostname, asked.scheme == "wss") or (
                asked.port and reached.port != asked.port
            ):
                raise ConnectionError("redirected")
            connection.send(message)
            return str(connection.recv(timeout=seconds))
    except (WebSocketException, ImportError) as error:  # a SOCKS proxy needs one more library
        raise ConnectionError(type(error).__name__) from None


def check(
    url: str, credentials: Credentials, clock: Callable[[], float], seconds: float, *, demo: bool,
    send: Callable[[str, str, float], str] = send,
) -> Check:  # fmt: skip
    """Log in at this address with the key.

    Args:
        url: Of the private channel.
        credentials: The key.
        clock: Returns the time to sign with.
        seconds: To wait, for each step.
        demo: Whether it is a demo key.
        send: Sends the login and returns the answer.
    """
    if not well_formed(url.removesuffix(PATH)) or not url.startswith("ws") or in_clear(url):
        return problem(
            _ID, "region_site", "OKX_WS_URL is not of the form wss://host:port/ws/v5.",
            "Set it so, with the WebSocket host of your site, or unset it.",
        )  # fmt: skip
    host = shown(url)
    try:
        text = send(url, json.dumps(ws_login(credentials, clock())), seconds)
        answer = json.loads(text)
        event, code = str(answer["event"]), str(answer.get("code", ""))
    except NotInstalledError:
        return Check(
            _ID, "skipped", "Not checked: the library is missing.",
            fix="pip install 'okx-guide[websocket]'", page="/reference/doctor/#websocket",
        )  # fmt: skip
    except TimeoutError:
        return of_no_answer(_ID, "timeout", f"{host} did not answer in time.")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return of_no_answer(_ID, "refused", f"{host} gave no answer to the login.")
    return _of(event, code, host, demo=demo)


def _of(event: str, code: str, host: str, *, demo: bool) -> Check:
    kind = "demo" if demo else "live"
    if (event, code) == ("login", "0"):
        return Check(_ID, "ok", f"Logged in at {host}, as a {kind} key.")
    known = facts.load("errors").get(code)
    message = known.value["message"].rstrip(".") if known else "an error"
    told = f"{host} answered {code} {message}."
    if code == "50101":
        fix = f"Set OKX_WS_URL to the {kind} WebSocket host of your site."
        return problem(_ID, "env_demo_live", told, fix)
    ranked = [cause for cause, _ in causes.catalogue().get(code, ())]
    if not ranked:
        return problem(_ID, "ws_login_flow", told)
    # REST accepted the same strings a moment ago, so they are right.
    cause = next((cause for cause in ranked if cause.id != "cred_mixup"), ranked[0])
    return problem(_ID, cause.id, told, cause.fix, cause.page)
