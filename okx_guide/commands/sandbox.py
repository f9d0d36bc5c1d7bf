"""The command `okx-guide sandbox`."""

import errno
import gc
import os
import shlex
import signal
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import get_args

import click

from okx_guide.sandbox.keypage.app import ENVIRONMENTS, LIST
from okx_guide.sandbox.keypage.show_once import format_env
from okx_guide.sandbox.server import (
    Hosts,
    Listeners,
    listen,
    make_environ,
    make_server,
    raise_limits,
)
from okx_guide.sandbox.state.exchange import Exchange, Milliseconds
from okx_guide.sandbox.state.journal import Journal, Trace
from okx_guide.sandbox.state.keys import PRACTICE_KEY
from okx_guide.sandbox.state.store import StateError, Store
from okx_guide.sandbox.trace import describe
from okx_guide.sites import SITES
from okx_guide.urls import is_well_formed

SANDBOX_PORT = 8700
LAST_PORT = 65530  # three sites need six ports in a row
_FREE_FOR_ALL = 1024  # Ports below it are privileged.
SHELLS = ("sh", "powershell")
SHELL = "powershell" if os.name == "nt" else "sh"
"""For which shell variables are printed by default."""
_PERMISSIONS = ("read_only", "trade", "withdraw")


def _parse_networks(_: click.Context, __: click.Parameter, ips: tuple[str, ...]) -> tuple[str, ...]:
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
    type=click.IntRange(0, LAST_PORT),
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
    help="Write the variables here instead of printing them.",
)
@click.option(
    "--tls",
    is_flag=True,
    help="Speak https and wss, for clients that take nothing else. Needs the extra `tls`.",
)
@click.option(
    "--ca-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --tls: where to write the authority that clients must trust. Without it, in a "
    "temporary folder that goes at the end.",
)
@click.option(
    "--shell",
    type=click.Choice(SHELLS),
    default=SHELL,
    show_default=True,
    help="For which shell the variables are printed.",
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
    callback=_parse_networks,
    help="Bind the ready key to this address or network; repeat. To practise 50110.",
)
@click.option(
    "--milliseconds",
    type=click.Choice(get_args(Milliseconds)),
    default="required",
    show_default=True,
    help="Whether a REST timestamp must have them. Sources disagree on what OKX does.",
)
@click.option(
    "--trace",
    is_flag=True,
    help="Print every request to standard error: its bytes, its prehash, each check.",
)
def sandbox(
    hosts: tuple[str, ...],
    port: int,
    sites: bool,
    state: Path | None,
    env_file: Path | None,
    tls: bool,
    ca_file: Path | None,
    shell: str,
    live: bool,
    perm: tuple[str, ...],
    ip: tuple[str, ...],
    milliseconds: Milliseconds,
    trace: bool,
) -> None:
    """Run the practice exchange, with one ready key, until Ctrl-C.

    A SIGINT or SIGTERM stops it too, even if it was started in the background. So does
    the end of its terminal (SIGHUP), unless nohup started it.
    """
    key = replace(PRACTICE_KEY, demo=not live, permissions=tuple(dict.fromkeys(perm)), ips=ip)
    if ca_file and not tls:
        raise click.UsageError("--ca-file goes with --tls: without it there is no certificate.")
    if env_file:
        _check_env_file(env_file)
    journal = Journal([print_trace]) if trace else None
    with ExitStack() as stack:
        try:
            store = stack.enter_context(Store(state))
            exchange = Exchange([key], store=store, milliseconds=milliseconds, journal=journal)
        except StateError as error:
            raise click.ClickException(str(error)) from None
        named = tuple(SITES) if sites else ("global",)
        listeners = open_listeners(hosts, port, named, "--port")
        stack.callback(listeners.close)
        authority = None
        if tls:
            context, authority = stack.enter_context(_prepare_tls(listeners, ca_file))
            listeners = replace(listeners, context=context)
        if not all(
            ip_address(listener.getsockname()[0]).is_loopback for listener in listeners.sockets
        ):
            click.secho(
                "This address can be reached from other machines: anybody there can use the key.",
                fg="yellow",
                err=True,
            )
        raise_limits()
        with stop_on_signals():
            # A signal before this point would leave the server half started.
            practice = make_server(
                exchange,
                listeners,
                lambda: announce(listeners, exchange, env_file, authority, shell),
            )
            # What exists now stays alive, so the garbage collector can ignore it.
            gc.freeze()
            practice.run(list(listeners.sockets))


def print_trace(trace: Trace) -> None:
    """Print one request to standard error.

    Standard output holds what a shell reads, the variables; and what a client has sent may
    have letters that the terminal's encoding lacks, which only standard error escapes.
    """
    # The reader of the pipe may be gone. The exchange goes on.
    with suppress(OSError):
        click.echo(f"{describe(trace)}\n", err=True)


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Run until SIGINT (Ctrl-C), SIGTERM or SIGHUP, then say that it has stopped."""
    # Each raises an exception, so that everything started is stopped as well. A shell lets
    # a program in the background ignore SIGINT; then nothing but SIGTERM would stop it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    # Under nohup SIGHUP is ignored, and must stay so. Windows has none.
    hangup = getattr(signal, "SIGHUP", None)
    if hangup and signal.getsignal(hangup) is not signal.SIG_IGN:
        signal.signal(hangup, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nStopped.")


@contextmanager
def _prepare_tls(
    listeners: Listeners, ca_file: Path | None
) -> Iterator[tuple[ssl.SSLContext, Path]]:
    """Yield the server's TLS options, and the file of the authority that clients must trust.

    Raises:
        click.ClickException: The extra is missing, or the file belongs to something else.
    """
    try:
        from okx_guide.sandbox.certificates import make_certificate  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as missing:
        raise click.ClickException(
            f"--tls needs {missing.name}, which is not installed. Install the extras: "
            "pip install 'okx-guide[sandbox,tls]' "
            "(or: pipx run --spec 'okx-guide[sandbox,tls]' okx-guide sandbox --tls)."
        ) from None
    certificate = make_certificate(listener.getsockname()[0] for listener in listeners.sockets)
    with tempfile.TemporaryDirectory(prefix="okx-guide-") as folder:
        path = ca_file or Path(folder) / "ca.pem"
        try:
            _check_ca_file(path)
            path.write_bytes(certificate.authority)
        except OSError as error:
            raise click.ClickException(_describe_unwritable(path, error)) from None
        yield certificate.context, path.absolute()


def _check_ca_file(path: Path) -> None:
    """Refuse to overwrite a file that this program did not write: a machine may trust it.

    Raises:
        click.ClickException: It is something else, and was left as it is.
        OSError: It cannot be read.
    """
    from okx_guide.sandbox.certificates import is_authority  # noqa: PLC0415  # an extra

    if not path.is_symlink() and not path.exists():
        return
    if path.is_symlink() or not path.is_file() or not is_authority(path.read_bytes()):
        raise click.ClickException(
            f"{path} is there, and is not the authority of a practice exchange. It was left as "
            f"it is. Name another file, for example --ca-file {path.with_name('practice.pem')}."
        )


def open_listeners(
    addresses: tuple[str, ...], port: int, sites: tuple[str, ...], option: str, *, make: str = ""
) -> Listeners:
    """Listen for the practice exchange, or say in one line why that is not possible.

    Raises:
        click.ClickException: An address or a port cannot be used.
    """
    with explain_bind_errors(addresses[0], port, option, make=make, count=2 * len(sites)):
        return listen(addresses, port, sites)


@contextmanager
def explain_bind_errors(
    address: str, port: int, option: str, *, make: str, count: int = 1
) -> Iterator[None]:
    """Say in one line why an address cannot be used, and what to do.

    Args:
        address: Where to listen.
        port: The first of the ports.
        option: The option that chooses it.
        make: The variable of make that does; empty without make.
        count: How many ports are taken, one after the other.

    Raises:
        click.ClickException: A port or the address cannot be used.
    """
    try:
        yield
    except OSError as error:
        # The error does not name the port.
        ports = f":{port}" if count == 1 or not port else f", ports {port} to {port + count - 1}"
        message = f"Cannot listen on {address}{ports} ({error.strerror})."
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            neighbour = port + 10 if port <= LAST_PORT - 10 else port - 10
            if error.errno == errno.EACCES and port < _FREE_FOR_ALL:
                neighbour = port + 8000
            message += f" Choose another port, for example {option} {neighbour}"
            message += f" (with make: {make}={neighbour})." if make else "."
        else:
            message += " Choose an address of this machine, for example --host 127.0.0.1."
        raise click.ClickException(message) from None


def announce(
    listeners: Listeners,
    exchange: Exchange,
    env_file: Path | None,
    authority: Path | None = None,
    shell: str = SHELL,
) -> None:
    """Print where the practice exchange is, and the variables that point to it.

    Args:
        listeners: Where it listens.
        exchange: What is served.
        env_file: Where to write the variables instead of printing them; None to print them.
        authority: Over TLS: the file of the authority that clients must trust.
        shell: For which shell the variables are printed: `sh` or `powershell`.
    """
    hosts, key = listeners.hosts, exchange.ready_key
    variables = make_environ(hosts[key.site], key, authority)
    url = hosts[key.site].url
    click.echo(f"The practice exchange: {url} (this is not OKX, nothing here has value)")
    if authority:
        click.echo(f"Over TLS; trust:       {authority}")
    if len(hosts) > 1:
        for site, host in hosts.items():
            click.echo(f"  {site + ':':20} {host.url}, demo WebSockets {host.ws_demo}")
    if exchange.keys.get(key.api_key) is None:
        click.echo(f"The ready key is gone, as it was when this state was kept: {key.api_key}")
        click.echo(f"To make keys yourself: {url}{LIST}?{ENVIRONMENTS[key.demo]}")
        click.echo("\nPress Ctrl-C to stop.")
        return
    kind = "demo key: send x-simulated-trading: 1" if key.demo else "live key"
    click.echo(f"One ready key:         {', '.join(key.permissions)}; {kind}")
    click.echo(f"To make keys yourself: {url}{LIST}?{ENVIRONMENTS[key.demo]}")
    if env_file is None:
        click.echo("\nPaste this where you run the snippets:\n")
        for name, value in variables.items():
            click.echo(format_assignment(name, value, shell))
    else:
        _write_env_file(env_file, variables)
        number = "five" if authority is None else "nine"
        click.echo(
            f"\nThe {number} variables are in {env_file}. To use them: "
            f"{_format_reading(env_file.absolute(), shell)}"
        )
    if authority:
        click.echo("\nSome programs with these variables trust this exchange only, not OKX.")
    click.echo("\nPress Ctrl-C to stop.")


def format_assignment(name: str, value: str, shell: str) -> str:
    """Return the line that sets a variable.

    Examples:
        >>> print(format_assignment("OKX_PASSPHRASE", "Fake pa$$", "sh"))
        export OKX_PASSPHRASE='Fake pa$$'
        >>> print(format_assignment("OKX_PASSPHRASE", "It's fake", "powershell"))
        $env:OKX_PASSPHRASE = 'It''s fake'
    """
    if shell == "powershell":
        return f"$env:{name} = {_quote_powershell(value)}"
    return f"export {name}={shlex.quote(value)}"


def _quote_powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _format_reading(path: Path, shell: str) -> str:
    """Return the line that reads a file of variables."""
    if shell == "powershell":
        return (
            f"Get-Content -LiteralPath {_quote_powershell(str(path))} | ForEach-Object "
            '{ $n, $v = $_ -split \'=\', 2; Set-Item "env:$n" $v.Trim("\'") }'
        )
    # With a folder in front: a plain name is looked up in PATH by some shells.
    return f"set -a; . {shlex.quote(str(path))}; set +a"


def _check_env_file(path: Path) -> None:
    """Refuse to overwrite a file that this program did not write: OKX shows a secret only once.

    Raises:
        click.ClickException: It is something else, and was left as it is.
    """
    try:
        if not path.is_symlink() and not path.exists():
            return
        is_ours = not path.is_symlink() and path.is_file() and _is_ours(path.read_text("utf-8"))
    except OSError as error:
        raise click.ClickException(f"Cannot read {path} ({error.strerror}).") from None
    except UnicodeDecodeError:
        is_ours = False
    if not is_ours:
        raise click.ClickException(
            f"{path} is there, and does not hold the variables of a practice exchange and "
            "nothing else. It was left as it is. Name another file, for example --env-file "
            f"{path.with_name('practice.env')}."
        )


def _is_ours(text: str) -> bool:
    """Return whether a practice exchange wrote this file of variables, and nobody changed it."""
    try:
        pairs = [word.partition("=") for word in shlex.split(text)]
    except ValueError:
        return False
    variables = {name: value for name, _, value in pairs}
    url = variables.get("OKX_API_BASE_URL", "")
    # Over TLS it names an authority too: a file with an address of OKX does not.
    authority = Path("ca.pem") if url.startswith("https:") else None
    return (
        text == format_env(variables)
        and variables.keys() == make_environ(Hosts("", "", ""), PRACTICE_KEY, authority).keys()
        and is_well_formed(url)
        and url.startswith("http")
    )


def _write_env_file(path: Path, variables: dict[str, str]) -> None:
    try:
        _check_env_file(path)  # It may have appeared since the start.
        # Written beside it, then renamed: a reader sees either the old file or the new one.
        # Readable by the owner only, from the first byte on, as a file with real keys must be.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(format_env(variables))
        Path(name).replace(path)
    except OSError as error:
        raise click.ClickException(_describe_unwritable(path, error)) from None


def _describe_unwritable(path: Path, error: OSError) -> str:
    return f"Cannot write {path} ({error.strerror}). Name a file in a folder that you may write to."
