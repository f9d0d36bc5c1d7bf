"""The checks in their order, each built on those before it."""

import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import requests

from okx_guide import facts
from okx_guide.credentials import CONFIG_PATH, Credentials
from okx_guide.doctor import audit, network
from okx_guide.doctor import credentials as variables
from okx_guide.doctor import selftest as local
from okx_guide.doctor import websocket as login
from okx_guide.doctor.probe import ELSEWHERE, KNOWN, Answer, ask, is_code, list_practice_sites
from okx_guide.doctor.report import Check, Report, problem, warning
from okx_guide.errors import OkxError
from okx_guide.explain import causes
from okx_guide.session import OkxSession
from okx_guide.sites import SITES, Site
from okx_guide.urls import describe_host

IDS = (
    "python",
    "variables",
    "file",
    "vectors",
    "host",
    "path",
    "public",
    "clock",
    "site",
    "environment",
    "read",
    "permissions",
    "binding",
    "account",
    "websocket",
)
"""Every check, in order."""

TIME = "/api/v5/public/time"
_WINDOW = facts.rule("timestamp-window", "seconds", int)
# In every sample of this guide, and in no random key.
_SAMPLE = "-0000-4000-8000-"
_POSITION_MODES = ("net_mode", "long_short_mode")
_EXPIRES_AFTER = facts.rule("inactivity", "days", int) * 86_400


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything around the key that the checks touch.

    Attributes:
        environ: The variables of the process.
        config: The config file of OKX's own kit.
        clock: Returns the machine's time in Unix seconds.
        sites: The sites of OKX, each with its documented hosts.
        session: Makes the session that calls one host.
        resolve: Looks a name up, as `socket.getaddrinfo` does.
        connect: Opens a connection, as `socket.create_connection` does.
        send: Sends a WebSocket login and returns the answer.
        seconds: To connect, and to wait for an answer.
        installed: Returns the version of a package of this Python, or nothing.
        windows: Whether it is Windows, whose files have no mode.
    """

    environ: Mapping[str, str]
    config: Path = CONFIG_PATH
    clock: Callable[[], float] = time.time
    sites: Mapping[str, Site] = field(default_factory=lambda: SITES)
    session: Callable[[str], OkxSession] = OkxSession
    resolve: network.Resolve = socket.getaddrinfo
    connect: network.Connect = socket.create_connection
    send: Callable[[str, str, float], str] = login.send
    seconds: tuple[float, float] = (5.0, 15.0)
    installed: Callable[[str], str] = local.installed_version
    windows: bool = sys.platform == "win32"

    @classmethod
    def from_process(cls) -> "Machine":
        """Return this machine, with the variables of this process."""
        return cls(os.environ)


@dataclass(frozen=True, slots=True)
class Options:
    """What the reader wants to know.

    Attributes:
        demo: True if it should be a demo key, False if a live one, None to find out.
        needs: Permissions that the program needs: of `trade` and `withdraw`.
        offline: Send nothing.
        profile: A profile of the config file.
        may_ask: Called with the hosts to ask where the key lives; returns whether they
            may be asked.
        is_audit: Whether to look for permissions that the key does not need, too.
    """

    demo: bool | None = None
    needs: Sequence[str] = ()
    offline: bool = False
    profile: str | None = None
    may_ask: Callable[[Sequence[str]], bool] | None = None
    is_audit: bool = False


def examine(machine: Machine, options: Options | None = None) -> Report:
    """Check everything that can be checked, and return all of it in order.

    Only GET requests are sent, and the key goes to the host in `OKX_API_BASE_URL`, the
    WebSocket host that belongs to it or is in `OKX_WS_URL`, and, if `may_ask` says yes, to
    the REST hosts in `machine.sites`. No redirect is followed.
    """
    return Report(tuple(run_checks(machine, options or Options())))


def run_checks(machine: Machine, options: Options) -> Iterator[Check]:
    """Yield every check as soon as it is done; what cannot be checked is skipped."""
    reason = "Not sent: offline." if options.offline else "Not reached: see the problem."
    reported: set[str] = set()
    ids = IDS + audit.IDS if options.is_audit else IDS
    for check in _run_checks(machine, options):
        for id_ in ids[: ids.index(check.id)]:
            if id_ not in reported:
                reported.add(id_)
                yield Check(id_, "skipped", reason)
        reported.add(check.id)
        yield check
    for id_ in ids:
        if id_ not in reported:
            yield Check(id_, "skipped", reason)


def _run_checks(machine: Machine, options: Options) -> Iterator[Check]:
    base_url = machine.environ.get("OKX_API_BASE_URL", "").rstrip("/")
    yield local.check_python(machine.environ, machine.installed)
    strings, credentials = variables.check_variables(
        machine.environ, machine.config, options.profile
    )
    yield strings
    yield variables.check_file(machine.config, windows=machine.windows)
    yield local.check_vectors()
    host = network.check_host(base_url, machine.sites, _today(machine))
    yield host
    if options.offline:
        url = machine.environ.get("OKX_WS_URL", "")
        if (
            url
            and host.status != "problem"
            and (wrong := login.check_address(url, base_url, on=_today(machine)))
        ):
            yield wrong
        return
    if host.status == "problem":
        if not base_url and credentials and options.may_ask:
            yield from _find_site(machine, options, credentials, machine.clock)
        return
    route = network.check_route(base_url, machine.resolve, machine.connect, machine.seconds[0])
    yield route
    if route.status == "problem":
        return
    public, ahead = _check_public(machine, base_url)
    yield public
    if ahead is None:
        return
    yield _check_clock(ahead)
    if credentials:
        # With a wrong clock every further check would fail, so the server's time is used.
        off = ahead if abs(ahead) > _WINDOW / 2 else 0.0
        yield from _check_key(
            machine, options, base_url, credentials, lambda: machine.clock() - off
        )


# --- without the key --------------------------------------------------------------------


def _check_public(machine: Machine, base_url: str) -> tuple[Check, float | None]:
    """Ask for the time; return the check, and by how many seconds this machine is ahead."""
    host = describe_host(base_url)
    documented = network.find_site(base_url, machine.sites) is not None
    before = machine.clock()
    try:
        answer = machine.session(base_url).get(TIME, timeout=machine.seconds).json()
        server = _parse_seconds(answer["data"][0]["ts"])
    except OkxError as error:
        if is_code(error.code):
            return _report_refusal("public", error.code, f"{host} answered {error.code}."), None
        kind, message = network.classify_answer(error, host)
        check = network.report_no_answer("public", kind, message, documented=documented)
        return network.advise_practice(check, base_url) if kind == "proxy" else check, None
    except requests.RequestException as error:
        kind, message = network.classify_failure(error, host)
        check = network.report_no_answer("public", kind, message)
        silent = kind in ("tls", "refused")
        return network.advise_practice(check, base_url) if silent else check, None
    except (LookupError, TypeError, ValueError):
        message = f"{host} answered with something that is not OKX's."
        check = network.report_no_answer("public", "proxy", message)
        return network.advise_practice(check, base_url), None
    ahead = (before + machine.clock()) / 2 - server
    return Check("public", "ok", f"It answers {TIME} without a key."), ahead


def _parse_seconds(milliseconds: object) -> float:
    """Return the time from an answer, which may come from any host.

    Raises:
        ValueError: It is not a present-day time in milliseconds.
    """
    if not re.fullmatch(r"1\d{12}", str(milliseconds), re.ASCII):
        raise ValueError("not Unix milliseconds")
    return int(str(milliseconds)) / 1000


def _check_clock(ahead: float) -> Check:
    message = f"Your clock is {abs(ahead):.1f} s {'ahead' if ahead > 0 else 'behind'}"
    if abs(ahead) > _WINDOW:
        return problem("clock", "ts_clock", f"{message}; {_WINDOW} s are allowed.")
    if abs(ahead) > _WINDOW / 2:
        return warning(
            "clock", "ts_clock", f"{message}, more than half of the {_WINDOW} s allowed."
        )
    return Check("clock", "ok", f"{message}; {_WINDOW} s are allowed.")


def _report_refusal(id_: str, code: str, message: str) -> Check:
    """Return the check for one of OKX's codes, with its most frequent cause."""
    known = causes.load_catalogue().get(code)
    if not known:
        page = "/troubleshooting/codes/"
        return Check(id_, "problem", message, "unknown", "Look this code up at OKX.", page)
    cause = known[0][0]
    return problem(id_, cause.id, message, cause.fix, cause.page)


# --- with the key -----------------------------------------------------------------------


def _order_environments(options: Options) -> tuple[bool, bool]:
    # Demo first: a request with the demo header cannot touch anything live.
    return (False, True) if options.demo is False else (True, False)


def _check_key(
    machine: Machine,
    options: Options,
    base_url: str,
    credentials: Credentials,
    clock: Callable[[], float],
) -> Iterator[Check]:
    site = network.find_site(base_url, machine.sites)
    if site and not _may_send(credentials, site):
        yield _report_sample()
        return
    answer = ask(
        machine.session(base_url), credentials, _order_environments(options), clock, machine.seconds
    )
    if answer.code in ELSEWHERE:
        yield from _find_site(machine, options, credentials, clock, base_url, answer)
        return
    if answer.code in KNOWN:
        message = f"The site {site.name} knows this key" if site else "This host knows the key"
        yield Check("site", "ok", f"{message}.")
    if answer.code != "0":
        documented = site is not None
        yield _report_read(answer, credentials, documented=documented)
        return
    yield _check_environment(options, answer)
    yield Check("read", "ok", "account/config answered, so key, secret and passphrase are right.")
    yield audit.check_permissions(answer.account, options.needs)
    yield _check_whitelist(answer, clock())
    yield _check_account(answer)
    yield _check_websocket(machine, base_url, site, credentials, clock, answer)
    if options.is_audit:
        yield from audit.check_excess(answer.account, options.needs, _today(machine))


def _find_site(
    machine: Machine,
    options: Options,
    credentials: Credentials,
    clock: Callable[[], float],
    base_url: str = "",
    answer: Answer | None = None,
) -> Iterator[Check]:
    """Find the site of a key that this host does not know, if other hosts may be asked."""
    id_ = "environment" if answer and answer.code == "50101" else "site"
    known_site = network.find_site(base_url, machine.sites) if base_url else None
    sites = [site for site in machine.sites.values() if site != known_site]
    candidates = [site for site in sites if _may_send(credentials, site)]
    message = (
        f"{describe_host(base_url)} says {answer.message}" if answer else "The host is not known."
    )
    if base_url and not known_site:
        if network.is_practice_exchange(base_url):
            yield _find_practice_site(machine, options, credentials, clock, base_url, id_, message)
        else:
            yield _report_other_host(id_, message)
        return
    if not candidates:
        yield _report_sample()
        return
    if options.may_ask is None or not options.may_ask([site.rest_url for site in candidates]):
        fix = "Log in on the website, and take the host of the site in the address bar"
        fix += "; or let `okx-guide doctor --find-site` ask the other hosts."
        cause = "env_demo_live" if id_ == "environment" else "region_site"
        yield problem(id_, cause, message, fix)
        return
    match, silent = _ask_sites(machine, options, credentials, clock, candidates)
    if match:
        yield _report_home(*match, message)
    elif silent:
        yield problem(
            id_,
            "region_site",
            f"{message} No answer from: {', '.join(silent)}.",
            "Try again when these hosts can be reached, or look at the website.",
        )
    elif id_ == "environment":
        yield problem(id_, "env_demo_live", f"{message} It is so as demo and as live, everywhere.")
    else:
        yield problem(
            id_,
            "key_lifecycle",
            f"{message} No documented site knows it, as demo or as live.",
            "Look at your keys on the website: deleted, expired or mistyped. Then make a new one.",
        )


def _find_practice_site(
    machine: Machine,
    options: Options,
    credentials: Credentials,
    clock: Callable[[], float],
    base_url: str,
    id_: str,
    message: str,
) -> Check:
    """Find the site of a key that one port of a practice exchange does not know.

    Its sites are ports of one program on this machine, so they are asked without consent.
    """
    sites = list_practice_sites(machine.session(base_url), machine.seconds)
    candidates = [site for site in sites.values() if site.rest_url != base_url]
    match, _ = _ask_sites(machine, options, credentials, clock, candidates)
    if match:
        return _report_home(*match, message)
    return problem(
        id_,
        "key_lifecycle",
        f"{message} No port of this practice exchange knows it: the key was deleted, expired, or "
        "went when the exchange was stopped without --state. OKX cannot know it, so it is not "
        "asked.",
        "Set the variables that it printed, or make a key on its page.",
        "/reference/sandbox/#its-page-for-keys",
    )


def _ask_sites(
    machine: Machine,
    options: Options,
    credentials: Credentials,
    clock: Callable[[], float],
    sites: Sequence[Site],
) -> tuple[tuple[Site, Answer] | None, Sequence[str]]:
    """Return the first site that knows the key, and the names of those that gave no answer."""
    silent: list[str] = []
    for site in sites:
        session = machine.session(site.rest_url)
        answer = ask(session, credentials, _order_environments(options), clock, machine.seconds)
        if answer.code in KNOWN - ELSEWHERE:
            return (site, answer), silent
        if answer.code not in ELSEWHERE:
            silent.append(site.name)
    return None, silent


def _report_home(site: Site, answer: Answer, message: str) -> Check:
    ws_url = site.ws_url("private", demo=answer.demo).removesuffix("/private")
    return problem(
        "site",
        "region_site",
        f"{message} The key lives on the site {site.name}, as a "
        f"{'demo' if answer.demo else 'live'} key.",
        f"Set OKX_API_BASE_URL={site.rest_url} and OKX_WS_URL={ws_url}",
    )


def _may_send(credentials: Credentials, site: Site) -> bool:
    """Return whether the key may be sent to a site: a sample never to OKX."""
    return _SAMPLE not in credentials.api_key or network.is_practice_exchange(site.rest_url)


def _report_sample() -> Check:
    return problem(
        "site",
        "cred_mixup",
        "The key is a sample of this guide: a practice exchange may know it, OKX does not. "
        "It was not sent.",
        "Set OKX_API_BASE_URL to what `okx-guide sandbox` printed, or take a key of your own.",
        "/reference/sandbox/",
    )


def _report_other_host(id_: str, message: str) -> Check:
    """Say why OKX's hosts are not asked about the key of a host that is not OKX's."""
    return problem(
        id_,
        "region_site",
        f"{message} It is not one of OKX's hosts, so those are not asked.",
        "Set OKX_API_BASE_URL to the REST host of the site where you log in.",
    )


def _report_read(answer: Answer, credentials: Credentials, *, documented: bool) -> Check:
    if not answer.code.isdigit():
        return network.report_no_answer("read", answer.code, answer.message, documented=documented)
    if answer.code in ("50111", "50113"):
        # The signing code and the clock were checked above.
        return problem("read", "cred_mixup", answer.message, _SECRET_FIX[answer.code])
    if answer.code == "50105":
        doubt = variables.describe_quoting(credentials.passphrase)
        if doubt:
            return problem("read", "passphrase_quoting", f"{answer.message} {doubt}")
        return problem(
            "read",
            "cred_mixup",
            f"{answer.message} It has {len(credentials.passphrase)} characters here.",
            "Set the passphrase you chose for this key; it is not your login password.",
        )
    return _report_refusal("read", answer.code, answer.message)


_SECRET_FIX = {
    "50111": "Copy the key again: OKX does not take this text for one.",
    "50113": "Copy secret and key again, from one key: this secret is not the key's.",
}


def _check_environment(options: Options, answer: Answer) -> Check:
    kind = "demo" if answer.demo else "live"
    header = "send" if answer.demo else "leave out"
    message = f"It is a {kind} key: {header} x-simulated-trading: 1."
    if options.demo is not None and options.demo != answer.demo:
        return problem(
            "environment",
            "env_demo_live",
            message,
            f"Use a {'demo' if options.demo else 'live'} key, or run this as --{kind}.",
        )
    return Check("environment", "ok", message)


def _check_whitelist(answer: Answer, now: float) -> Check:
    ips = [ip for ip in str(answer.account.get("ip", "")).split(",") if ip]
    if ips:
        return Check("binding", "ok", f"Bound to {len(ips)} addresses or networks.")
    may = set(str(answer.account.get("perm", "")).split(","))
    if answer.demo or not may & {"trade", "withdraw"}:
        kind = "demo key" if answer.demo else "key that only reads"
        return Check("binding", "ok", f"Bound to no address; a {kind} does not expire.")
    day = datetime.fromtimestamp(now + _EXPIRES_AFTER, UTC).date()
    return warning(
        "binding",
        "key_lifecycle",
        f"Bound to no address: it expires on {day} unless it is used until then. "
        "This check counted as use.",
        "Bind the key to the addresses you call from.",
    )


def _check_account(answer: Answer) -> Check:
    level, positions = (str(answer.account.get(name, "")) for name in ("acctLv", "posMode"))
    if not re.fullmatch(r"\d", level, re.ASCII) or positions not in _POSITION_MODES:
        return warning("account", "account_prereq", "The answer names no account mode.")
    message = f"acctLv {level}, posMode {positions}"
    if level == "1":
        return Check(
            "account", "ok", f"{message}: Spot mode, which takes no orders for derivatives."
        )
    return Check("account", "ok", f"{message}.")


def _check_websocket(
    machine: Machine,
    base_url: str,
    site: Site | None,
    credentials: Credentials,
    clock: Callable[[], float],
    answer: Answer,
) -> Check:
    right = site.ws_url("private", demo=answer.demo).removesuffix("/private") if site else ""
    url = machine.environ.get("OKX_WS_URL") or right
    if not url:
        return Check("websocket", "skipped", "Not checked: OKX_WS_URL is not set.")
    day = _today(machine)
    if wrong := login.check_address(url, base_url, right, on=day):
        return wrong
    check = login.check_login(
        url,
        credentials,
        clock,
        machine.seconds[0],
        demo=answer.demo,
        right=right,
        send=machine.send,
    )
    if check.status == "ok" and (coming := network.describe_announcement(url, day)):
        return warning("websocket", "region_site", coming, f"Set OKX_WS_URL={right}.")
    return check


def _today(machine: Machine) -> date:
    """Return the day in UTC, by the machine's own clock."""
    return datetime.fromtimestamp(machine.clock(), UTC).date()
