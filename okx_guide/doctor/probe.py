"""Ask OKX about a key, by one signed GET that changes nothing."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests

from okx_guide import facts
from okx_guide.auth import OkxAuth
from okx_guide.credentials import Credentials
from okx_guide.doctor.network import classify_answer, classify_failure
from okx_guide.errors import OkxError
from okx_guide.session import OkxSession
from okx_guide.sites import Site
from okx_guide.urls import describe_host

CONFIG = "/api/v5/account/config"

# With these codes OKX knows the key: they come later in fact `order-of-checks`, or (50100,
# 50035) are about a key that exists.
KNOWN = {"0", "50110", "50101", "50113", "50105", "50120", "50100", "50035"}


ELSEWHERE = {"50101", "50119"}
"""The key is of the other environment or of another site."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one host said about a key.

    Attributes:
        demo: Whether it was asked as a demo key.
        code: OKX's code, or how no code came: `dns`, `timeout`, `3xx` …
        message: A sentence without secrets.
        account: The answer of `account/config`, if the key was accepted.
    """

    demo: bool
    code: str
    message: str = ""
    account: dict[str, Any] = field(default_factory=dict)


def ask(
    session: OkxSession,
    credentials: Credentials,
    environments: Iterable[bool],
    clock: Callable[[], float],
    seconds: tuple[float, float],
) -> Answer:
    """Ask one host about a key, in each environment until one fits.

    Args:
        session: Names the host; gets the key from here.
        credentials: The key.
        environments: True for demo, False for live, in the order to try.
        clock: Returns the time to sign with.
        seconds: To connect, and to wait.
    """
    refused = []
    for demo in environments:
        session.auth = OkxAuth(credentials, demo=demo, clock=clock)
        answer = _ask_once(session, credentials, seconds, demo=demo)
        # Some reports have 50119 for a key of the other environment: fact `wrong-environment`.
        if answer.code not in ELSEWHERE:
            return answer
        refused.append(answer)
    return min(refused, key=lambda answer: answer.code)


def _ask_once(
    session: OkxSession, credentials: Credentials, seconds: tuple[float, float], *, demo: bool
) -> Answer:
    host = describe_host(session.base_url)
    try:
        rows = session.get(CONFIG, timeout=seconds).json()["data"]
        return Answer(demo, "0", account=dict(rows[0]))
    except OkxError as error:
        if not is_code(error.code):
            return Answer(demo, *classify_answer(error, host))
        return Answer(demo, error.code, _describe(error, credentials))
    except requests.RequestException as error:
        return Answer(demo, *classify_failure(error, host))
    except (LookupError, TypeError, ValueError):
        return Answer(demo, "proxy", f"{host} answered with something that is not OKX's.")


def is_code(code: str) -> bool:
    """Return whether a text can be one of OKX's codes; a host may send anything."""
    return bool(re.fullmatch(r"\d{1,6}", code, re.ASCII))


def _describe(error: OkxError, credentials: Credentials) -> str:
    """Return a refusal in our own words: a host may echo what it was sent."""
    known = facts.load("errors").get(error.code)
    message = f"{error.code} {known.value['message'].rstrip('.') if known else ''}".strip()
    address = _find_address(error.message) if error.code == "50110" else ""
    message = f"{error.code} for {address or 'your address'}" if error.code == "50110" else message
    secrets = (credentials.api_key, credentials.secret_key, credentials.passphrase)
    if error.hint.isprintable() and error.hint and not any(s in error.hint for s in secrets):
        message += f" (the practice exchange adds: {error.hint})"
    return f"{message}."


def _find_address(message: str) -> str:
    """Return the caller's address from OKX's text; empty if there is none."""
    for word in message.split():
        try:
            return str(ip_address(word.strip(".,;()")))
        except ValueError:
            continue
    return ""


def list_practice_sites(session: OkxSession, seconds: tuple[float, float]) -> dict[str, Site]:
    """Return the sites of a practice exchange by name; empty if it names none.

    Args:
        session: Names the exchange; without a key.
        seconds: To connect, and to wait.
    """
    request = session.prepare_request(requests.Request("GET", f"{session.base_url}/sandbox"))
    # send() alone ignores the variables that name certificate authorities.
    settings = session.merge_environment_settings(session.base_url, {}, None, None, None)
    try:
        ports = session.send(request, timeout=seconds, **settings).json()["ports"]
        roles = {(str(role["site"]), bool(role["demo"])): int(port) for port, role in ports.items()}
    except (
        OkxError,
        requests.RequestException,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
    ):
        return {}
    # Only the ports of the answer are used, so the key stays on this machine.
    parts = urlsplit(session.base_url)
    host = parts.netloc.removesuffix(f":{parts.port}")
    http, ws = ("https", "wss") if parts.scheme == "https" else ("http", "ws")
    return {
        name: Site(
            name,
            f"{host}:{port}",
            f"{http}://{host}:{port}",
            f"{ws}://{host}:{port}",
            f"{ws}://{host}:{roles.get((name, True), port)}",
        )
        for (name, demo), port in roles.items()
        if not demo
    }
