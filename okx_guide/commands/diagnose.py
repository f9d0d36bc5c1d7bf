"""The command `okx-guide diagnose`."""

import codecs
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from okx_guide.diagnose import paste as dumps
from okx_guide.diagnose.pasted import DumpError, Pasted
from okx_guide.diagnose.report import (
    InputError,
    build_request,
    check_keys,
    describe,
    describe_paste,
    diagnose_request,
    refuse_empty_parts,
)
from okx_guide.diagnose.variants import Keys

_HEADER = re.compile(r"^\s*OK-ACCESS-(SIGN|TIMESTAMP)\s*:\s*", re.IGNORECASE)
_PASTE_AT_MOST = 32 << 20


@click.command()
@click.option("--timestamp", help="The OK-ACCESS-TIMESTAMP header.")
@click.option("--method", help="GET or POST, as it was sent.")
@click.option("--path", "request_path", help="Path with query, as it was sent.")
@click.option("--body", help="The body, as it was sent.")
@click.option("--signature", help="The OK-ACCESS-SIGN header, which was refused.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.argument("words", nargs=-1, metavar="")
def diagnose(as_json: bool, words: tuple[str, ...], **parts: str | None) -> None:
    """Say which mistake made a signature that was refused.

    Give the request with the options, or on standard input: as curl -v or a debug log of
    Python printed it, or as JSON with timestamp, method, request_path, body and signature.

    The secret is read from that JSON, or from OKX_SECRET_KEY, or asked for; it is never an
    option, because other programs can see those. Nothing is sent anywhere.

    The exit code is 0 if the signature is right or the mistake was found, 1 if none of the
    known mistakes fits, and 2 if the input cannot be read.
    """
    if words:  # Not repeated in the message: they may be a secret.
        raise click.UsageError(
            "Give the parts with options, or paste the request. What a code means: "
            "okx-guide explain CODE"
        )
    try:
        # A whole header line may be pasted.
        pasted = Pasted(**{name: part and _HEADER.sub("", part) for name, part in parts.items()})
        refuse_empty_parts(pasted)
        if not (pasted.timestamp and pasted.method and pasted.request_path and pasted.signature):
            pasted = pasted.complete_from(dumps.read(_read_standard_input()))
        request = build_request(pasted)
        keys, note = check_keys(
            Keys(
                pasted.secret_key or os.environ.get("OKX_SECRET_KEY") or _ask_for_secret(),
                pasted.passphrase or os.environ.get("OKX_PASSPHRASE") or "",
                pasted.api_key or os.environ.get("OKX_API_KEY") or "",
            )
        )
        diagnosis = describe_paste(diagnose_request(request, keys), pasted, _read_clock())
    except (DumpError, InputError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    if note:
        click.echo(f"Note: {note}", err=True)
    click.echo(json.dumps(diagnosis.to_json(), indent=2) if as_json else describe(diagnosis, keys))
    sys.exit(1 if diagnosis.verdict == "unknown" else 0)


def _read_clock() -> datetime:
    return datetime.now(UTC)


def _read_standard_input() -> str:
    """Return standard input: piped in, or pasted at the terminal."""
    stream = sys.stdin.buffer
    if stream.isatty():
        click.echo("Paste the request, then press Ctrl-D on a line of its own.", err=True)
    pasted = stream.read(_PASTE_AT_MOST + 1)
    if len(pasted) > _PASTE_AT_MOST:
        raise DumpError(
            f"This is more than {_PASTE_AT_MOST >> 20} MB. Paste one request, not the whole log."
        )
    # PowerShell writes a file in UTF-16.
    if pasted.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return pasted.decode("utf-16", "replace")
    return pasted.decode("utf-8", "surrogateescape")


def _ask_for_secret() -> str:
    try:
        # The terminal itself: standard input may be the request.
        with Path("/dev/tty").open("r+b", buffering=0):
            pass
        return str(click.prompt("Secret key (hidden)", hide_input=True, err=True))
    except (OSError, click.Abort):
        raise InputError(
            "There is no secret, and no terminal to ask for it. Set OKX_SECRET_KEY, or put "
            "secret_key into the JSON."
        ) from None
