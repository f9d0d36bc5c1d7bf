"""The commands `okx-guide sandbox` and `okx-guide serve`."""

import errno
import os
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
from ipaddress import ip_address, ip_network
from pathlib import Path

import click
import uvicorn

from okx_guide.sandbox.exchange import Exchange
from okx_guide.sandbox.keys import PRACTICE_KEY, Key
from okx_guide.sandbox.server import bind, environ, server, url_of

SITE_PORT = 8000
SANDBOX_PORT = 8700
_LAST_PORT = 65535
_PERMISSIONS = ("read_only", "trade", "withdraw")


def _networks(_: click.Context, __: click.Parameter, ips: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(ip)) for ip in ips)
    except ValueError as error:
        raise click.BadParameter(f"{error}. Give an IPv4 or IPv6 address or network.") from None


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=SANDBOX_PORT, show_default=True, type=click.IntRange(0, 65535))
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
    host: str, port: int, env_file: Path | None, live: bool, perm: tuple[str, ...],
    ip: tuple[str, ...],
) -> None:  # fmt: skip
    """Run the practice exchange, with one ready key, until Ctrl-C."""
    key = replace(PRACTICE_KEY, demo=not live, permissions=tuple(dict.fromkeys(perm)), ips=ip)
    listener = _listen(host, port, "--port")
    if not ip_address(listener.getsockname()[0]).is_loopback:
        click.secho(
            "This address can be reached from other machines: anybody there can use the key.",
            fg="yellow",
            err=True,
        )
    _announce(url_of(listener), key, env_file)
    with _until_interrupted():
        server(Exchange([key])).run([listener])


@click.command()
@click.option("--port", default=SITE_PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--sandbox-port", default=SANDBOX_PORT, show_default=True, type=click.IntRange(0, 65535)
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
    listener = _listen("127.0.0.1", sandbox_port, "--sandbox-port", make="SANDBOX_PORT")
    _listen("127.0.0.1", port, "--port", make="PORT").close()
    practice = server(Exchange([PRACTICE_KEY]))
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
                _announce(url_of(listener), PRACTICE_KEY, None)
                click.echo("To follow along, open a second terminal in this folder, run")
                click.echo("`. .venv/bin/activate`, paste the five lines, and start `python`.")
            practice.run([listener])
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


def _listen(host: str, port: int, option: str, *, make: str = "") -> socket.socket:
    try:
        return bind(host, port)
    except OSError as error:
        told = f"Cannot listen on {host}:{port} ({error.strerror})."
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            other = port + 1 if port < _LAST_PORT else port - 1
            told += f" Choose another port, for example {option} {other}"
            told += f" (with make: {make}={other})." if make else "."
        else:
            told += " Choose an address of this machine, for example --host 127.0.0.1."
        raise click.ClickException(told) from None


def _announce(url: str, key: Key, env_file: Path | None) -> None:
    variables = environ(url, key)
    click.echo(f"The practice exchange: {url} (this is not OKX, nothing here has value)")
    kind = "demo key: send x-simulated-trading: 1" if key.demo else "live key"
    click.echo(f"One ready key:         {', '.join(key.permissions)}; {kind}")
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
