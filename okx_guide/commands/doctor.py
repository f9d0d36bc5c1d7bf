"""The command `okx-guide doctor`."""

import json
from collections.abc import Sequence

import click

from okx_guide.doctor.checkup import Machine, Options, run_checks
from okx_guide.doctor.report import Report

_EXIT = {"fit": 0, "unfit": 1, "unknown": 2}


@click.command()
@click.option("--demo", is_flag=True, help="It should be a demo key.")
@click.option("--live", is_flag=True, help="It should be a live key.")
@click.option(
    "--need",
    multiple=True,
    type=click.Choice(["trade", "withdraw"]),
    help="A permission that your program needs; repeat for both.",
)
@click.option("--audit", is_flag=True, help="Look also for what the key may do and need not.")
@click.option("--profile", help="Examine this profile of the keyring or ~/.okx/config.toml.")
@click.option("--find-site", is_flag=True, help="If this site does not know the key, ask where.")
@click.option("--yes", is_flag=True, help="Answer --find-site's question with yes.")
@click.option("--offline", is_flag=True, help="Send nothing; check what can be checked here.")
@click.option("--json", "as_json", is_flag=True, help="Print verdict and checks as JSON.")
def doctor(
    need: tuple[str, ...],
    profile: str | None,
    *,
    demo: bool,
    live: bool,
    audit: bool,
    find_site: bool,
    yes: bool,
    offline: bool,
    as_json: bool,
) -> None:
    """Say whether the key in the environment is fit for use, and if not, why.

    It sends GET requests and one WebSocket login, never an order. The key goes to the host in
    OKX_API_BASE_URL and to the WebSocket host that belongs to it; with --find-site, after you
    agreed, to OKX's other documented hosts.

    The exit code is 0 if the key is fit, 1 if it is not, 2 if the check was inconclusive.
    """

    def may_ask(hosts: Sequence[str]) -> bool:
        question = f"Send the key and its passphrase, in headers, to {', '.join(hosts)}?"
        try:
            return yes or click.confirm(question, err=True)
        except click.Abort:  # Nobody is there to answer.
            return False

    if demo and live:
        raise click.UsageError(
            "A key is either a demo key or a live one: give --demo or --live; or neither, and the "
            "doctor finds out."
        )
    options = Options(
        demo if demo or live else None,
        need,
        offline,
        profile,
        may_ask if find_site else None,
        is_audit=audit,
    )
    checks = []
    for check in run_checks(Machine.from_process(), options):
        checks.append(check)
        if not as_json:
            click.echo(str(check))
    report = Report(tuple(checks))
    click.echo(json.dumps(report.to_json(), indent=2) if as_json else f"\n{report.headline}")
    raise click.exceptions.Exit(_EXIT[report.verdict])
