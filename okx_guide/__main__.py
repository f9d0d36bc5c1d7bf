"""The program `okx-guide`, also as `python -m okx_guide`.

A command is imported when it is run, so that a missing extra (the practice exchange needs
`sandbox`) does not break the others.
"""

from importlib import import_module

import click

# Command: the module that has it, and the extra that this module needs, if any.
_COMMANDS = {
    "sandbox": ("okx_guide.commands.sandbox", "sandbox"),
    "clock": ("okx_guide.commands.clock", "sandbox"),
    "diagnose": ("okx_guide.commands.diagnose", ""),
    "doctor": ("okx_guide.commands.doctor", ""),
    "explain": ("okx_guide.commands.explain", ""),
}


class _Program(click.Group):
    """The commands of the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, extra = _COMMANDS[cmd_name]
        try:
            command: click.Command = getattr(import_module(module), cmd_name)
        except ModuleNotFoundError as missing:
            if not extra or not missing.name or missing.name.partition(".")[0] == "okx_guide":
                raise
            return _make_stand_in(cmd_name, missing.name, extra)
        return command


def _make_stand_in(name: str, package: str, extra: str) -> click.Command:
    """Return a command that only reports the missing extra."""

    def say() -> None:
        raise click.ClickException(
            f"`okx-guide {name}` needs {package}, which is not installed. Install the extra: "
            f"pip install 'okx-guide[{extra}]' (or: pipx run --spec 'okx-guide[{extra}]' "
            f"okx-guide {name})."
        )

    return click.Command(
        name,
        callback=say,
        help=f"Needs the extra: pip install 'okx-guide[{extra}]'.",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


@click.command(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="okx-guide", message="%(prog)s %(version)s")
def main() -> None:
    """Practise with OKX API keys. Unofficial: not made, run or reviewed by OKX."""


if __name__ == "__main__":
    main(prog_name="okx-guide")
