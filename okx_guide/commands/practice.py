"""The commands `okx-guide sandbox`, `okx-guide clock` and `okx-guide serve`."""

import errno
import gc
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path

import click
import requests
import uvicorn

from okx_guide.sandbox.exchange import Exchange
from okx_guide.sandbox.keypage import LIST, WORLDS
from okx_guide.sandbox.keys import PRACTICE_KEY, Key
from okx_guide.sandbox.server import Listeners, bind, environ, listen, server
from okx_guide.sandbox.store import StateError, Store
from okx_guide.sites import SITES

SITE_PORT = 8000
SANDBOX_PORT = 8700
_LAST_PORT = 65530  # three sites need six ports in a row
_PERMISSIONS = ("read_only", "trade", "withdraw")


def _networks(_: click.Context, __: click.Parameter, ips: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(ip)) for ip in ips)
    except ValueError as error:
        raise click.BadParameter(f"{error}. Give an IPv4 or IPv6 address or network.") from None


@click.command()
@click.option(
    "--host",
    "hosts",
    multiple=True,
    default=("127.0.0.1",),
    show_default=True,
    help="Address to listen on; repeat for several, ::1 for one. To practise 50110.",
)
@click.option(
    "--port",
    default=SANDBOX_PORT,
    show_default=True,
    type=click.IntRange(0, _LAST_PORT),
    help="The first port. The next one stands for the host of demo WebSockets.",
)
@click.option(
    "--sites", is_flag=True, help="Stand for all three sites, on six ports. To practise 50119."
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep keys, orders and balances in this file, from one run to the next.",
)
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the five variables here instead of printing them.",
)
@click.option("--live", is_flag=True, help="Make the ready key a live key, to practise 50101.")
@click.option(
    "--perm",
    multiple=True,
    type=click.Choice(_PERMISSIONS),
    default=("read_only", "trade"),
    show_default=True,
    help="A permission of the ready key; repeat for several. To practise 50120.",
)
@click.option(
    "--ip",
    multiple=True,
    callback=_networks,
    help="Bind the ready key to this address or network; repeat. To practise 50110.",
)
def sandbox(
    hosts: tuple[str, ...], port: int, sites: bool, state: Path | None, env_file: Path | None,
    live: bool, perm: tuple[str, ...], ip: tuple[str, ...],
) -> None:  # fmt: skip
    """Run the practice exchange, with one ready key, until Ctrl-C."""
    key = replace(PRACTICE_KEY, demo=not live, permissions=tuple(dict.fromkeys(perm)), ips=ip)
    try:
        store = Store(state)
    except StateError as error:
        raise click.ClickException(str(error)) from None
    with store:
        exchange = Exchange([key], store=store)
        listeners = _listen(hosts, port, tuple(SITES) if sites else ("global",), "--port")
        if not all(ip_address(one.getsockname()[0]).is_loopback for one in listeners.sockets):
            click.secho(
                "This address can be reached from other machines: anybody there can use the key.",
                fg="yellow",
                err=True,
            )
        _announce(listeners, key, env_file)
        with _until_interrupted():
            practice = server(exchange, listeners)
            # What is there now stays; the collector need not look at it again and again.
            gc.freeze()
            practice.run(list(listeners.sockets))


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class _Seconds(click.ParamType[float]):
    """A time such as `90`, `45s`, `10m`, `2h` or `14d`."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds."""
        number, unit = (value[:-1], value[-1]) if value[-1:] in _UNITS else (value, "s")
        if not re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", number, re.ASCII):
            self.fail(f"{value!r} is not a time such as 45s, 10m, 2h or 14d.", param, ctx)
        return float(number) * _UNITS[unit]


@click.command()
@click.option("--advance", type=_Seconds(), help="Turn it forward, for example 45s, 2h or 14d.")
@click.option("--skew", type=_Seconds(), help="Set it so far ahead of this machine's; 0 is right.")
@click.option("--freeze/--unfreeze", default=None, help="Stop it, or let it run on.")
@click.option(
    "--idle", type=_Seconds(), help="Let time pass for the keys alone, so that they lapse."
)
@click.option(
    "--url",
    envvar="OKX_API_BASE_URL",
    default=f"http://127.0.0.1:{SANDBOX_PORT}",
    show_default=True,
    help="The practice exchange; $OKX_API_BASE_URL if that is set.",
)
def clock(url: str, **wishes: float | bool | None) -> None:
    """Look at the clock of a running practice exchange, or turn it.

    A negative time needs a sign of equality: --skew=-45s.
    """
    wish = {name: value for name, value in wishes.items() if value is not None}
    try:
        if wish:
            answer = requests.post(f"{url}/sandbox/clock", json=wish, timeout=10)
        else:
            answer = requests.get(f"{url}/sandbox", timeout=10)
        told = answer.json()
    except (requests.RequestException, ValueError):
        raise click.ClickException(
            f"No practice exchange answers at {url}. Start one: okx-guide sandbox."
        ) from None
    if "now" not in told:
        raise click.ClickException(str(told.get("error", "This is not a practice exchange.")))
    shown = datetime.fromtimestamp(told["now"], UTC).isoformat(timespec="milliseconds")
    state = "frozen" if told["frozen"] else "running"
    click.echo(
        f"{shown.replace('+00:00', 'Z')}, {state}, {round(told['skew']):+d} s from this machine"
    )


@click.command()
@click.option("--port", default=SITE_PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--sandbox-port", default=SANDBOX_PORT, show_default=True, type=click.IntRange(0, _LAST_PORT)
)
def serve(port: int, sandbox_port: int) -> None:
    """Serve the site with live reload, and the practice exchange, until Ctrl-C.

    Runs in a checkout of the guide, where mkdocs.yml is.
    """
    if not Path("mkdocs.yml").is_file():
        raise click.ClickException(
            "There is no mkdocs.yml here: run this in a checkout of the guide, or run "
            "`okx-guide sandbox` for the practice exchange alone."
        )
    listeners = _listen(
        ("127.0.0.1",), sandbox_port, ("global",), "--sandbox-port", make="SANDBOX_PORT"
    )
    with _usable("127.0.0.1", port, "--port", make="PORT"):
        bind("127.0.0.1", port).close()
    practice = server(Exchange([PRACTICE_KEY]), listeners)
    with _until_interrupted():
        site = subprocess.Popen(  # noqa: S603  # our own interpreter, our own arguments
            [sys.executable, "-m", "mkdocs", "serve", "--livereload", "-a", f"127.0.0.1:{port}"],
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        )
        # If the site cannot be built, there is no reason to go on without it.
        watch = threading.Thread(target=_stop_after, args=(site, practice), daemon=True)
        watch.start()
        try:
            if _answers(port, site):
                click.echo(f"\nThe guide:             http://127.0.0.1:{port}/")
                _announce(listeners, PRACTICE_KEY, None)
                click.echo("To follow along, open a second terminal in this folder, run")
                click.echo("`. .venv/bin/activate`, paste the five lines, and start `python`.")
            practice.run(list(listeners.sockets))
            if site.poll():
                raise click.ClickException("The site stopped; the reason is above.")
        finally:
            site.terminate()
            site.wait(timeout=10)


@contextmanager
def _until_interrupted() -> Iterator[None]:
    # Let SIGTERM end like Ctrl-C: by an exception, so that what was started is stopped.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nStopped.")


def _stop_after(site: subprocess.Popen[bytes], practice: uvicorn.Server) -> None:
    site.wait()
    practice.should_exit = True


def _answers(port: int, site: subprocess.Popen[bytes]) -> bool:
    """Wait until the site accepts connections; return False if it has stopped instead."""
    while site.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False


def _listen(
    addresses: tuple[str, ...], port: int, sites: tuple[str, ...], option: str, *, make: str = ""
) -> Listeners:
    with _usable(addresses[0], port, option, make=make):
        return listen(addresses, port, sites)


@contextmanager
def _usable(address: str, port: int, option: str, *, make: str) -> Iterator[None]:
    """Say in one line why an address cannot be used, and what to do."""
    try:
        yield
    except OSError as error:
        told = f"Cannot listen on {address}:{port} ({error.strerror})."
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            other = port + 10 if port <= _LAST_PORT - 10 else port - 10
            told += f" Choose another port, for example {option} {other}"
            told += f" (with make: {make}={other})." if make else "."
        else:
            told += " Choose an address of this machine, for example --host 127.0.0.1."
        raise click.ClickException(told) from None


def _announce(listeners: Listeners, key: Key, env_file: Path | None) -> None:
    hosts = listeners.hosts
    variables = environ(hosts[key.site], key)
    url = hosts[key.site].url
    click.echo(f"The practice exchange: {url} (this is not OKX, nothing here has value)")
    if len(hosts) > 1:
        for site, host in hosts.items():
            click.echo(f"  {site + ':':20} {host.url}, demo WebSockets {host.ws_demo}")
    kind = "demo key: send x-simulated-trading: 1" if key.demo else "live key"
    click.echo(f"One ready key:         {', '.join(key.permissions)}; {kind}")
    click.echo(f"To make keys yourself: {url}{LIST}?{WORLDS[key.demo]}")
    if env_file is None:
        click.echo("\nPaste this where you run the snippets:\n")
        for name, value in variables.items():
            click.echo(f"export {name}={shlex.quote(value)}")
    else:
        _write(env_file, variables)
        # With a folder in front: a plain name is looked up in PATH by some shells.
        quoted = shlex.quote(str(env_file.absolute()))
        click.echo(
            f"\nThe five variables are in {env_file}. To use them: set -a; . {quoted}; set +a"
        )
    click.echo("\nPress Ctrl-C to stop.")


def _write(path: Path, variables: dict[str, str]) -> None:
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    try:
        # Readable by the owner only, from the first byte on: a habit for real keys.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            path.chmod(0o600)  # of a file that was there before
            file.write(text)
    except OSError as error:
        raise click.ClickException(f"Cannot write {path} ({error.strerror}).") from None
