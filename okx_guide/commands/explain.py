"""The command `okx-guide explain`."""

import sys
from pathlib import Path

import click

from okx_guide.explain import engine as explaining
from okx_guide.pages import locate

_MOST_BYTES = 64 * 1024 * 1024


@click.command()
@click.argument("text", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print codes and causes as JSON.")
def explain(text: tuple[str, ...], *, as_json: bool) -> None:
    """Say what a code, or a pasted response or log, most likely means.

    Without TEXT, or with -, it reads what is piped in. Exit code: 0 explained, 1 unknown,
    2 nothing to read.
    """
    pasted = " ".join(text) if text not in ((), ("-",)) else _read_pipe()
    if not pasted.strip():
        raise click.UsageError("There is nothing to read: give the code, the answer or the log.")
    explanation = explaining.explain(pasted)
    if as_json:
        click.echo(explaining.to_json(explanation))
    elif explanation.codes or explanation.causes:
        click.echo(explaining.describe(explanation))
    if explanation.causes or explanation.codes == ("0",):
        return
    if len(text) == 1 and _is_file(text[0]):
        raise click.UsageError("This is the name of a file: pipe it in, explain - < bot.log")
    click.echo(
        "No cause is known for this. Paste the whole answer: its HTTP status, and the body with "
        f"code and msg.\nPage:  {locate('/troubleshooting/')}",
        err=True,
    )
    raise click.exceptions.Exit(1)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # too long for a name
        return False


def _read_pipe() -> str:
    if sys.stdin.isatty():
        raise click.UsageError("Give a code or a message, or pipe a log in: explain - < bot.log")
    try:
        return explaining.read(sys.stdin.buffer.read(_MOST_BYTES))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
