"""Serve the guide and its practice exchange: `make serve`."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import click
import uvicorn

from okx_guide.commands.sandbox import (
    LAST_PORT,
    SANDBOX_PORT,
    SHELL,
    announce,
    explain_bind_errors,
    open_listeners,
    stop_on_signals,
)
from okx_guide.sandbox.server import bind, make_server
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.keys import PRACTICE_KEY

SITE_PORT = 8000
_ACTIVATE = {"sh": ". .venv/bin/activate", "powershell": r".venv\Scripts\Activate.ps1"}


@click.command()
@click.option("--port", default=SITE_PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--sandbox-port", default=SANDBOX_PORT, show_default=True, type=click.IntRange(0, LAST_PORT)
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
    with explain_bind_errors("127.0.0.1", port, "--port", make="PORT"):
        bind("127.0.0.1", port).close()
    listeners = open_listeners(
        ("127.0.0.1",), sandbox_port, ("global",), "--sandbox-port", make="SANDBOX_PORT"
    )
    exchange = Exchange([PRACTICE_KEY])

    def announce_both() -> None:
        click.echo(f"\nThe guide:             http://127.0.0.1:{port}/")
        announce(listeners, exchange, None)
        click.echo(describe_next(SHELL))

    # It is announced once the server handles signals: Ctrl-C may come at once.
    practice = make_server(exchange, listeners, announce_both)
    # mkdocs builds the site in a temporary folder, and leaves its 46 MB there when it is stopped.
    with stop_on_signals(), tempfile.TemporaryDirectory(prefix="okx-guide-") as folder:
        site = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--livereload", "-a", f"127.0.0.1:{port}"],
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "TMPDIR": folder},
        )
        # Without a site there is no reason to go on.
        watch = threading.Thread(target=_stop_after, args=(site, practice), daemon=True)
        watch.start()
        try:
            if _wait_for_site(port, site):
                practice.run(list(listeners.sockets))
            if site.poll():
                raise click.ClickException("The site stopped; the reason is above.")
        finally:
            site.terminate()
            site.wait(timeout=10)


def describe_next(shell: str) -> str:
    """Return what a reader does once the exchange runs, for one of the shells of `announce`."""
    return (
        "To follow along, open a second terminal in this folder, run\n"
        f"`{_ACTIVATE[shell]}`, paste the five lines, and start `python`."
    )


def _stop_after(site: subprocess.Popen[bytes], practice: uvicorn.Server) -> None:
    site.wait()
    practice.should_exit = True


def _wait_for_site(port: int, site: subprocess.Popen[bytes]) -> bool:
    """Wait until the site accepts connections; return False if it has stopped instead."""
    while site.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    serve(prog_name="make serve")
