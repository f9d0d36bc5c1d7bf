"""The way to the host: which host, which proxy, which addresses; and why no answer came."""

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy

from okx_guide import facts
from okx_guide.doctor.report import Check, problem, warning
from okx_guide.errors import OkxError
from okx_guide.explain import causes
from okx_guide.sites import Site
from okx_guide.urls import BaseUrlError, check_base_url, describe_host, is_loopback

Resolve = Callable[..., Sequence[tuple[Any, ...]]]
Connect = Callable[[tuple[str, int], float], socket.socket]

_PRACTICE = "/reference/sandbox/"


def find_site(url: str, sites: Mapping[str, Site]) -> Site | None:
    """Return the site that a REST address belongs to; None if it is not a documented one.

    The host of the website serves the API too: fact `hosts`, `rest_also`.
    """
    for site in sites.values():
        if url in (site.rest_url, f"https://{site.login}"):
            return site
    return None


def describe_closure(url: str, on: date) -> str:
    """Return what OKX has closed of a URL by this day, as a sentence; empty if nothing."""
    change = _find_closure(url, on)
    if not change or not change.since or change.since > on:
        return ""
    return f"{describe_host(url)} is closed: {change.title}, since {_format_day(change.since)}."


def describe_announcement(url: str, on: date) -> str:
    """Return what OKX will close of a URL, as a sentence; empty if nothing is announced."""
    change = _find_closure(url, on)
    if not change or not change.since or change.since <= on:
        return ""
    return f"OKX closes {describe_host(url)} on {_format_day(change.since)}: {change.title}."


def _find_closure(url: str, on: date) -> facts.Change | None:
    parts = urlsplit(url)
    return facts.find_closure(parts.hostname or "", parts.port, on)


def _format_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def is_practice_exchange(url: str) -> bool:
    """Return whether a well-formed URL is that of a practice exchange, with TLS or without.

    A practice exchange runs on this machine. One that listens on another address cannot be
    told from a stranger's host, and is treated as one.
    """
    return is_loopback(url)


def check_host(base_url: str, sites: Mapping[str, Site], on: date) -> Check:
    """Check the address that the key would be sent to. Nothing is sent."""
    check = _check_host(base_url, sites)
    if check.status == "problem" or not (closed := describe_closure(base_url, on)):
        return check
    known = ", ".join(site.rest_url for site in sites.values())
    fix = f"Set OKX_API_BASE_URL to the REST host of your site: {known}."
    return problem("host", "region_site", closed, fix, "/about/changes/")


def _check_host(base_url: str, sites: Mapping[str, Site]) -> Check:
    known = ", ".join(site.rest_url for site in sites.values())
    to_practise = "; to practise, to what `okx-guide sandbox` prints"
    if not base_url:
        return problem(
            "host",
            "region_site",
            "OKX_API_BASE_URL is not set.",
            f"Set it to the REST host of the site where you log in: {known}{to_practise}.",
        )
    try:
        check_base_url(base_url, f"{known}{to_practise}")
    except BaseUrlError as error:
        return problem("host", "region_site", error.message, error.fix)
    host = describe_host(base_url)
    if site := find_site(base_url, sites):
        return Check("host", "ok", f"{host}, the REST host of the site {site.name}.")
    if is_practice_exchange(base_url):
        return Check("host", "ok", f"{host}, a practice exchange: not OKX.")
    fix = f"If you did not mean it, set OKX_API_BASE_URL to one of {known}."
    return warning(
        "host",
        "region_site",
        f"{host} is not one of OKX's documented hosts; you set it, so it is asked.",
        fix,
    )


def check_route(url: str, resolve: Resolve, connect: Connect, seconds: float) -> Check:
    """Check that the host can be reached: through a proxy, or over IPv6 and IPv4."""
    proxy = select_proxy(url, get_environ_proxies(url))
    if proxy:
        named = f"the proxy {describe_host(proxy if '://' in proxy else f'//{proxy}')}"
        if url.startswith("http:"):
            return problem(
                "path",
                "network_geo",
                f"Requests to {describe_host(url)} go through {named}, which would read your key.",
                f"Run `export NO_PROXY={urlsplit(url).hostname}`.",
            )
        return Check("path", "ok", f"Through {named}, which looks the host up and sees no key.")
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses = resolve(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        addresses = ()
    if not addresses:
        return report_no_answer("path", "dns", f"The name {parts.hostname} could not be looked up.")
    families = {6 if ":" in str(row[4][0]) else 4: str(row[4][0]) for row in reversed(addresses)}
    failed = {}
    for version, address in families.items():
        try:
            connect((address, port), seconds).close()
        except OSError as error:
            failed[version] = error
    if len(failed) == len(families):
        kind, message = _describe_proxy(next(iter(failed.values())), describe_host(url))
        return advise_practice(report_no_answer("path", kind, message), url)
    if 6 in failed:
        return warning(
            "path",
            "network_geo",
            f"{parts.hostname} has an IPv6 address that cannot be reached from here; IPv4 works.",
            "Force IPv4, or mend IPv6: each new connection may wait for it.",
        )
    versions = " and ".join(f"IPv{version}" for version in sorted(set(families) - set(failed)))
    return Check("path", "ok", f"No proxy; {describe_host(url)} is reached over {versions}.")


def advise_practice(check: Check, url: str) -> Check:
    """Return the check of a host that gave no answer, with other advice for a practice exchange."""
    if not is_practice_exchange(url):
        return check
    fix = (
        "Start it with `okx-guide sandbox`, or set the variables that it printed: with --tls the "
        "address begins with https:// and REQUESTS_CA_BUNDLE is among them."
    )
    return replace(check, fix=fix, page=_PRACTICE)


def _describe_proxy(error: OSError, host_: str) -> tuple[str, str]:
    if isinstance(error, TimeoutError):
        return "timeout", f"{host_} did not answer in time."
    return "refused", f"{host_} refuses connections, or there is no way to it."


def classify_failure(error: requests.RequestException, host_: str) -> tuple[str, str]:
    """Return the kind of a failure, as `explain` names it, and a sentence about it."""
    text = str(error)
    if isinstance(error, requests.exceptions.ProxyError):
        return "proxy", "The proxy refused, or cannot be reached."
    if isinstance(error, (requests.exceptions.InvalidSchema, requests.exceptions.InvalidProxyURL)):
        return "proxy", "The proxy has an address that cannot be used, or needs another library."
    if isinstance(error, requests.exceptions.SSLError):
        return "tls", f"The certificate of {host_} is not trusted, or there is no TLS."
    if isinstance(error, requests.Timeout):
        return "timeout", f"{host_} did not answer in time."
    if "NameResolution" in text or "getaddrinfo" in text:
        return "dns", f"The name of {host_} could not be looked up."
    return "refused", f"{host_} refused the connection, or cut it."


def classify_answer(error: OkxError, host_: str) -> tuple[str, str]:
    """Return the same for an answer that carries none of OKX's codes."""
    status = error.http_status
    if 300 <= status < 400:
        return "3xx", f"{host_} redirects; it was not followed, your key would have gone along."
    if status >= 500:
        return "5xx", f"{host_} answered HTTP {status} without a code."
    if status in (403, 429):
        return f"{status}", f"{host_} answered HTTP {status} without a code."
    return "proxy", f"{host_} answered HTTP {status} with something that is not OKX's."


def report_no_answer(id_: str, kind: str, message: str, *, documented: bool = False) -> Check:
    """Return the check for a failure of this kind.

    Args:
        id_: Names the check.
        kind: As `classify_failure()` or `classify_answer()` returns it.
        message: What was found.
        documented: The host is one of OKX's, so a redirect comes from something in between.
    """
    known = [cause for cause, _ in causes.load_catalogue()[kind]]
    cause = known[1] if kind == "3xx" and documented else known[0]
    return problem(id_, cause.id, message, cause.fix, cause.page)
