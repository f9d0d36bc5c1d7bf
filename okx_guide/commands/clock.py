"""The command `okx-guide clock`."""

import os
import re
from datetime import UTC, datetime
from typing import Any

import click
import requests

from okx_guide.commands.sandbox import SANDBOX_PORT
from okx_guide.redact import make_printable
from okx_guide.urls import describe_host

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
    "--idle", type=_Seconds(), help="Let time pass for the keys alone, so that they expire."
)
@click.option(
    "--url",
    envvar="OKX_API_BASE_URL",
    default=f"http://127.0.0.1:{SANDBOX_PORT}",
    show_default=True,
    help="The practice exchange; $OKX_API_BASE_URL if that is set.",
)
def clock(url: str, **options: float | bool | None) -> None:
    """Show or set the clock of a running practice exchange.

    A negative time needs an equals sign: --skew=-45s.
    """
    changes = {name: value for name, value in options.items() if value is not None}
    try:
        with requests.Session() as session:
            session.trust_env = False  # A practice exchange is not behind a proxy.
            # Over TLS it names the authority that signed its certificate.
            session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
            if changes:
                answer = session.post(f"{url}/sandbox/clock", json=changes, timeout=10)
            else:
                answer = session.get(f"{url}/sandbox", timeout=10)
        state = answer.json()
    except (OSError, ValueError, RecursionError):  # All exceptions of requests are OSErrors.
        raise click.ClickException(
            f"No practice exchange answers at {_describe_url(url)}. Start one with "
            "`okx-guide sandbox`, and set OKX_API_BASE_URL to the address that it prints."
        ) from None
    click.echo(_describe_clock(state))


def _describe_url(url: str) -> str:
    return describe_host(url) if "@" in url else url  # Without user name and password.


def _describe_clock(state: Any) -> str:
    """Return a line about the clock from an answer, which may not be a practice exchange's.

    Raises:
        click.ClickException: The exchange refused, or the answer is not an exchange's.
    """
    if isinstance(state, dict) and isinstance(state.get("error"), str):
        raise click.ClickException(make_printable(state["error"], ()))
    try:
        seconds, skew, is_frozen = state["now"], state["skew"], state["frozen"]
        now = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
        ahead = round(skew)
    except (LookupError, TypeError, ValueError, ArithmeticError, OSError):
        raise click.ClickException("What answers there is not a practice exchange.") from None
    running = "frozen" if is_frozen is True else "running"
    return f"{now.replace('+00:00', 'Z')}, {running}, {ahead:+d} s from this machine"
