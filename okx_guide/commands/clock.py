"""The command `okx-guide clock`."""

import re
from datetime import UTC, datetime

import click
import requests

from okx_guide.commands.sandbox import SANDBOX_PORT

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
    """Look at the clock of a running practice exchange, or turn it.

    A negative time needs a sign of equality: --skew=-45s.
    """
    changes = {name: value for name, value in options.items() if value is not None}
    try:
        if changes:
            answer = requests.post(f"{url}/sandbox/clock", json=changes, timeout=10)
        else:
            answer = requests.get(f"{url}/sandbox", timeout=10)
        clock_state = answer.json()
    except (requests.RequestException, ValueError):
        raise click.ClickException(
            f"No practice exchange answers at {url}. Start one: okx-guide sandbox."
        ) from None
    if "now" not in clock_state:
        raise click.ClickException(
            str(clock_state.get("error", "This is not a practice exchange."))
        )
    now = datetime.fromtimestamp(clock_state["now"], UTC).isoformat(timespec="milliseconds")
    state = "frozen" if clock_state["frozen"] else "running"
    ahead = round(clock_state["skew"])
    click.echo(f"{now.replace('+00:00', 'Z')}, {state}, {ahead:+d} s from this machine")
