"""Run a program that makes a part of the site."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.site.errors import SiteError


def run_program(
    command: Sequence[str | Path],
    problem: str,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    warnings: bool = True,
) -> None:
    """Run a program to its end.

    Args:
        command: The program and its arguments.
        problem: What to say first if it fails.
        cwd: Where to run it; here if it is None.
        env: Its environment; ours if it is None.
        warnings: Whether it may write to its stderr without having failed.

    Raises:
        SiteError: It failed. The message ends with what it printed.
    """
    result = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False
    )
    if result.returncode or (result.stderr and not warnings):
        raise SiteError(f"{problem}\n{result.stdout}{result.stderr.rstrip()}")
