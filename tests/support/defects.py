"""What is wrong with real keys, put into a practice exchange: for the doctor and its like.

Each defect is what a reader has: variables, perhaps a config file, and a server. Nothing in
it is known to one program only, so that two can be compared.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, running
from okx_guide.sandbox.state.keys import EXPIRES_AFTER
from okx_guide.sites import Site
from tests.support.http_server import Reply, serve_replies

LIVE_KEY = replace(PRACTICE_KEY, demo=False)
# A second key of the same owner; its strings are as fake as those of the first.
OTHER_KEY = Key(
    api_key="5a4db0c5-0000-4000-8000-000000000002",
    secret_key="DECADE00DECADE00DECADE00DECADE00",
    passphrase="0ther-Practice",
    label="other",
)
SITES = ("global", "us", "eea")
# Reserved, so that nothing answers there: RFC 6761.
NOWHERE = "https://api.invalid"
PORTAL = b"<!doctype html><title>Welcome to our Wi-Fi</title>"


@dataclass
class Patient:
    """Where a program is run.

    Attributes:
        sandbox: Three sites, one key.
        folder: The home folder.
        environ: The variables.
        stack: Ends what was started for it.
    """

    sandbox: RunningSandbox
    folder: Path
    environ: dict[str, str]
    stack: ExitStack

    @property
    def sites(self) -> dict[str, Site]:
        """The sandbox's sites as OKX's sites are described."""
        return {
            name: Site(
                name,
                f"{name}.invalid",
                hosts.url,
                hosts.ws_live.removesuffix("/ws/v5"),
                hosts.ws_demo.removesuffix("/ws/v5"),
            )
            for name, hosts in self.sandbox.hosts.items()
        }

    def serve_host(self, status: int, body: bytes = b"", **headers: str) -> str:
        """Start a server that says the same to everybody, and return its address."""
        server = self.stack.enter_context(serve_replies(Reply(status, body, headers)))
        return server.url

    def write_config(self, *keys: Key) -> None:
        """Write a config file with these keys; the first is the default."""
        rows = [f'default_profile = "{keys[0].label}"']
        for key in keys:
            rows += [f"[profiles.{key.label}]", f"api_key = '{key.api_key}'"]
            rows += [f"secret_key = '{key.secret_key}'", f"passphrase = '{key.passphrase}'"]
        path = self.folder / ".okx" / "config.toml"
        path.parent.mkdir()
        path.touch(mode=0o600)
        path.write_text("\n".join(rows), encoding="utf-8")


Inject = Callable[[Patient], object]


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong.

    Attributes:
        name: In words, for the table on the site.
        cause: Its kind, as `explain` names it; empty if it is behind no error.
        inject: Puts it in.
        check: The check that must name it.
        key: The key that the exchange knows.
        demo: Whether the reader says it is a demo key.
        needs: Permissions that the reader says are needed.
        find_site: Whether the reader lets the other hosts be asked.
        named: What another program must say, in small letters, for the cause to be named: one
            of these. Chosen with a good will.
        seconds: How long the doctor waits for an answer.
        profile: The profile of the config file that the reader names.
    """

    name: str
    cause: str
    inject: Inject
    check: str
    named: Sequence[str]
    key: Key = PRACTICE_KEY
    demo: bool | None = True
    needs: tuple[str, ...] = ()
    find_site: bool = False
    seconds: float = 15
    profile: str | None = None

    @contextmanager
    def patient(self, folder: Path) -> Iterator[Patient]:
        """Start the exchange and put the defect in."""
        with ExitStack() as stack:
            sandbox = stack.enter_context(running([self.key, OTHER_KEY], sites=SITES))
            environ = {**sandbox.environ, "HOME": str(folder)}
            patient = Patient(sandbox, folder, environ, stack)
            self.inject(patient)
            yield patient


# --- how ----------------------------------------------------------------------------------


def set_variable(name: str, value: str | None) -> Inject:
    """Set or, with None, unset one variable."""

    def inject(patient: Patient) -> None:
        patient.environ.pop(name, None)
        if value is not None:
            patient.environ[name] = value

    return inject


def swap_variables(first: str, second: str) -> Inject:
    def inject(patient: Patient) -> None:
        environ = patient.environ
        environ[first], environ[second] = environ[second], environ[first]

    return inject


def surround_variable(name: str, before: str, after: str) -> Inject:
    def inject(patient: Patient) -> None:
        patient.environ[name] = f"{before}{patient.environ[name]}{after}"

    return inject


def mix_two_keys(patient: Patient) -> None:
    patient.write_config(OTHER_KEY)
    patient.environ["OKX_SECRET_KEY"] = OTHER_KEY.secret_key


def rename_secret(patient: Patient) -> None:
    patient.environ["OKX_API_SECRET"] = patient.environ.pop("OKX_SECRET_KEY")


def split_over_file(patient: Patient) -> None:
    patient.write_config(OTHER_KEY)
    del patient.environ["OKX_SECRET_KEY"], patient.environ["OKX_PASSPHRASE"]


def set_host(site: str) -> Inject:
    def inject(patient: Patient) -> None:
        patient.environ["OKX_API_BASE_URL"] = patient.sandbox.hosts[site].url

    return inject


def set_ws_host(site: str, *, demo: bool) -> Inject:
    def inject(patient: Patient) -> None:
        hosts = patient.sandbox.hosts[site]
        patient.environ["OKX_WS_URL"] = hosts.ws_demo if demo else hosts.ws_live

    return inject


def cut_ws_url(end: str) -> Inject:
    def inject(patient: Patient) -> None:
        patient.environ["OKX_WS_URL"] = patient.environ["OKX_WS_URL"].removesuffix(end)

    return inject


def set_ws_scheme(patient: Patient) -> None:
    patient.environ["OKX_WS_URL"] = patient.environ["OKX_WS_URL"].replace("ws:", "http:", 1)


def open_config_file(patient: Patient) -> None:
    patient.write_config(PRACTICE_KEY)
    (patient.folder / ".okx" / "config.toml").chmod(0o644)


def name_other_profile(patient: Patient) -> None:
    patient.write_config(PRACTICE_KEY, OTHER_KEY)
    for name in ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE"):
        del patient.environ[name]


def answer_all(status: int, body: bytes = b"", **headers: str) -> Inject:
    def inject(patient: Patient) -> None:
        patient.environ["OKX_API_BASE_URL"] = patient.serve_host(status, body, **headers)

    return inject


def redirect_host(patient: Patient) -> None:
    target = patient.environ["OKX_API_BASE_URL"]
    patient.environ["OKX_API_BASE_URL"] = patient.serve_host(
        302, Location=f"{target}/api/v5/public/time"
    )


def drop_tls(patient: Patient) -> None:
    host = patient.serve_host(200, PORTAL)
    patient.environ["OKX_API_BASE_URL"] = host.replace("http:", "https:")


def refuse_connections(patient: Patient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    patient.environ["OKX_API_BASE_URL"] = f"http://127.0.0.1:{port}"


def silence_host(patient: Patient) -> None:
    listener = patient.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    patient.environ["OKX_API_BASE_URL"] = f"http://127.0.0.1:{listener.getsockname()[1]}"


def set_dead_proxy(patient: Patient) -> None:
    # Where no proxy is. Its variables are read by whoever runs the program.
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        patient.environ[name] = "http://user:hunter2@127.0.0.1:9"
    patient.environ["OKX_API_BASE_URL"] = NOWHERE
    patient.environ["NO_PROXY"] = ""


def set_practice_proxy(patient: Patient) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        patient.environ[name] = "http://user:hunter2@127.0.0.1:9"
    patient.environ["NO_PROXY"] = ""


def skew_clock(seconds: float) -> Inject:
    def inject(patient: Patient) -> None:
        patient.sandbox.clock.set_skew(seconds)

    return inject


def expire_key(patient: Patient) -> None:
    patient.sandbox.clock.advance(EXPIRES_AFTER + 60)
    list(patient.sandbox.exchange.keys)
    patient.sandbox.clock.set_skew(0)


def delete_key(patient: Patient) -> None:
    patient.sandbox.exchange.keys.delete(PRACTICE_KEY.api_key)


def freeze_key(patient: Patient) -> None:
    patient.sandbox.exchange.keys.freeze(patient.sandbox.key)


def order_fault(code: str, *endpoints: str) -> Inject:
    def inject(patient: Patient) -> None:
        for endpoint in endpoints or ("",):
            patient.sandbox.refuse(code, times=20, endpoint=endpoint)

    return inject


def cut_passphrase(patient: Patient) -> None:
    patient.environ["OKX_PASSPHRASE"] = "Pract"


def leave_alone(patient: Patient) -> None:
    """The key itself is the defect."""


# --- what ---------------------------------------------------------------------------------

_MISSING = ("not configured", "partial")
_STRINGS = ("secret key or passphrase may be wrong", "secret", "not of one key")
_QUOTES = ("quot", 'passphrase" incorrect', "passphrase is incorrect")
_SITE = ("site", "region")
_WORLD = ("demo", "environment")
_NET = ("dns", "network", "firewall", "proxy", "blocked")
_TIME = ("clock", "timestamp request expired", "time")
_UNBOUND = replace(LIVE_KEY, permissions=("read_only", "trade"))
_HASH_KEY = replace(PRACTICE_KEY, passphrase="Pract#ice-0nly")

DEFECTS = (
    Defect(
        "`OKX_API_KEY` is not set",
        "cred_mixup",
        set_variable("OKX_API_KEY", None),
        "variables",
        _MISSING,
    ),
    Defect(
        "`OKX_SECRET_KEY` is not set",
        "cred_mixup",
        set_variable("OKX_SECRET_KEY", None),
        "variables",
        _MISSING,
    ),
    Defect(
        "`OKX_PASSPHRASE` is not set",
        "cred_mixup",
        set_variable("OKX_PASSPHRASE", None),
        "variables",
        _MISSING,
    ),
    Defect(
        "The key is that of another key",
        "cred_mixup",
        set_variable("OKX_API_KEY", OTHER_KEY.api_key),
        "read",
        _STRINGS,
    ),
    Defect(
        "The secret is that of another key",
        "cred_mixup",
        set_variable("OKX_SECRET_KEY", OTHER_KEY.secret_key),
        "read",
        _STRINGS,
    ),
    Defect(
        "The passphrase is that of another key",
        "cred_mixup",
        set_variable("OKX_PASSPHRASE", OTHER_KEY.passphrase),
        "read",
        ('passphrase" incorrect', "passphrase is incorrect"),
    ),
    Defect(
        "The last character of the key is cut off",
        "cred_mixup",
        set_variable("OKX_API_KEY", PRACTICE_KEY.api_key[:-1]),
        "variables",
        ("invalid ok-access-key", "invalid or expired"),
    ),
    Defect(
        "Secret and passphrase are swapped",
        "cred_mixup",
        swap_variables("OKX_SECRET_KEY", "OKX_PASSPHRASE"),
        "variables",
        _STRINGS,
    ),
    Defect(
        "Key and secret are swapped",
        "cred_mixup",
        swap_variables("OKX_API_KEY", "OKX_SECRET_KEY"),
        "variables",
        ("invalid ok-access-key", "api key is invalid", *_STRINGS),
    ),
    Defect(
        "The secret has another variable's name", "cred_mixup", rename_secret, "variables", _MISSING
    ),
    Defect(
        "Two of the three strings are only in the config file",
        "cred_mixup",
        split_over_file,
        "variables",
        ("partial",),
    ),
    Defect(
        "The secret is that of the config file's key",
        "cred_mixup",
        mix_two_keys,
        "variables",
        _STRINGS,
    ),
    Defect(
        "The config file has no such profile",
        "cred_mixup",
        name_other_profile,
        "variables",
        ("profile", *_MISSING),
        profile="live",
    ),
    Defect(
        "Everybody on the machine can read the config file",
        "",
        open_config_file,
        "file",
        ("chmod", "readable", "mode "),
    ),
    Defect(
        "A line end after the secret",
        "cred_mixup",
        surround_variable("OKX_SECRET_KEY", "", "\n"),
        "variables",
        ("white", "line end", "trim"),
    ),
    Defect(
        "A line end after the passphrase",
        "passphrase_quoting",
        surround_variable("OKX_PASSPHRASE", "", "\n"),
        "variables",
        ("white", "line end", "trim"),
    ),
    Defect(
        "Quotes around the passphrase",
        "passphrase_quoting",
        surround_variable("OKX_PASSPHRASE", "'", "'"),
        "read",
        _QUOTES,
    ),
    Defect(
        "Quotes around the secret",
        "passphrase_quoting",
        surround_variable("OKX_SECRET_KEY", '"', '"'),
        "variables",
        ("quot", *_STRINGS),
    ),
    Defect(
        "The passphrase is cut at its `#`",
        "passphrase_quoting",
        cut_passphrase,
        "read",
        _QUOTES,
        key=_HASH_KEY,
    ),
    Defect("REST host of another site", "region_site", set_host("eea"), "site", _SITE),
    Defect(
        "REST host of another site, the others may be asked",
        "region_site",
        set_host("us"),
        "site",
        _SITE,
        find_site=True,
    ),
    Defect(
        "No REST host is set", "region_site", set_variable("OKX_API_BASE_URL", None), "host", _SITE
    ),
    Defect(
        "The REST host has a path",
        "region_site",
        surround_variable("OKX_API_BASE_URL", "", "/api/v5"),
        "host",
        ("base url",),
    ),
    Defect(
        "`OKX_WS_URL` lacks its path `/ws/v5`",
        "region_site",
        cut_ws_url("/ws/v5"),
        "websocket",
        ("websocket",),
    ),
    Defect(
        "`OKX_WS_URL` ends in `/private`",
        "region_site",
        surround_variable("OKX_WS_URL", "", "/private"),
        "websocket",
        ("websocket",),
    ),
    Defect(
        "`OKX_WS_URL` begins with `http`", "region_site", set_ws_scheme, "websocket", ("websocket",)
    ),
    Defect(
        "A practice exchange, and OKX's own WebSocket host",
        "region_site",
        set_variable("OKX_WS_URL", "wss://wspap.okx.com/ws/v5"),
        "websocket",
        ("websocket",),
    ),
    Defect(
        "WebSocket host of another site",
        "region_site",
        set_ws_host("us", demo=True),
        "websocket",
        _SITE,
    ),
    Defect(
        "WebSocket host for live keys",
        "env_demo_live",
        set_ws_host("global", demo=False),
        "websocket",
        _WORLD,
    ),
    Defect(
        "A demo key as a live one", "env_demo_live", leave_alone, "environment", _WORLD, demo=False
    ),
    Defect(
        "A live key as a demo one",
        "env_demo_live",
        leave_alone,
        "environment",
        _WORLD,
        key=LIVE_KEY,
    ),
    Defect("The clock is far behind", "ts_clock", skew_clock(100), "clock", _TIME),
    Defect("The clock is far ahead", "ts_clock", skew_clock(-100), "clock", _TIME),
    Defect(
        "The address is not on the key's list",
        "ip_allowlist",
        leave_alone,
        "read",
        ("whitelist", "allowlist", "ip "),
        key=replace(PRACTICE_KEY, ips=("203.0.113.7",)),
    ),
    Defect(
        "The key may not trade, and must",
        "permission",
        leave_alone,
        "permissions",
        ("permission",),
        key=replace(PRACTICE_KEY, permissions=("read_only",)),
        needs=("trade",),
    ),
    Defect(
        "The key may not read",
        "permission",
        leave_alone,
        "read",
        ("permission",),
        key=replace(PRACTICE_KEY, permissions=("trade",)),
    ),
    Defect(
        "The key may withdraw",
        "permission",
        leave_alone,
        "permissions",
        ("withdraw",),
        key=replace(LIVE_KEY, permissions=("read_only", "trade", "withdraw")),
        demo=False,
    ),
    Defect(
        "A trade key is bound to no address",
        "key_lifecycle",
        leave_alone,
        "binding",
        ("14", "bind", "expire"),
        key=_UNBOUND,
        demo=False,
    ),
    Defect(
        "The key expired",
        "key_lifecycle",
        expire_key,
        "site",
        ("expired", "14 "),
        key=_UNBOUND,
        demo=False,
        find_site=True,
    ),
    Defect(
        "The key was deleted",
        "key_lifecycle",
        delete_key,
        "site",
        ("doesn't exist", "deleted"),
        find_site=True,
    ),
    Defect("The key is frozen", "account_prereq", freeze_key, "read", ("frozen", "contact")),
    Defect("The host redirects", "region_site", redirect_host, "public", ("redirect",)),
    Defect("A Wi-Fi's log-in page answers", "network_geo", answer_all(200, PORTAL), "public", _NET),
    Defect("No TLS where it should be", "network_geo", drop_tls, "public", ("tls",)),
    Defect("A firewall answers 403", "network_geo", answer_all(403, b"Forbidden"), "public", _NET),
    Defect(
        "The name cannot be looked up",
        "network_geo",
        set_variable("OKX_API_BASE_URL", NOWHERE),
        "path",
        ("dns", "network"),
    ),
    Defect(
        "The connection is refused",
        "network_geo",
        refuse_connections,
        "path",
        ("firewall", "network", "tcp", "blocked"),
    ),
    Defect(
        "No answer in time",
        "network_geo",
        silence_host,
        "public",
        ("firewall", "network", "tcp", "blocked", "timed out"),
        seconds=0.5,
    ),
    Defect("A dead proxy is set", "network_geo", set_dead_proxy, "public", ("proxy",)),
    Defect(
        "A proxy stands before the practice exchange",
        "network_geo",
        set_practice_proxy,
        "path",
        ("proxy",),
    ),
    Defect(
        "Too many requests",
        "rate_limit",
        order_fault("50011"),
        "public",
        ("limit", "too frequent", "too many"),
    ),
    Defect(
        "OKX has a fault", "server_side", order_fault("50026"), "public", ("system error", "down")
    ),
    Defect(
        "OKX has a fault on private requests",
        "server_side",
        order_fault("50026", "GET /api/v5/account/config", "GET /api/v5/account/balance"),
        "read",
        ("system error", "down"),
    ),
)
