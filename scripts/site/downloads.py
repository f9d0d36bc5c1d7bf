"""Add the downloads to a built site: `python -m scripts.site.downloads site`.

These are the wheel, the archive with the sources, and signing.py alone. The home page names them
(overrides/partials/take-home.html), and pip and pipx install from their addresses. `make site` runs
this module; `mkdocs serve`, which `make serve` runs, has it as a hook.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from scripts.site.program import run_program

ROOT = Path(__file__).parents[2]
SIGNING = "signing.py"
"""Where the module lies in the site."""
# Where the files are, in a process that serves the site.
_folders: list[Path] = []


def add(folder: Path) -> None:
    """Add wheel, archive and module to a built site; the same bytes every time.

    Args:
        folder: The site.

    Raises:
        SiteError: The packages cannot be built.
    """
    shutil.copyfile(ROOT / "okx_guide" / "signing.py", folder / SIGNING)
    run_program(
        [sys.executable, "-m", "hatchling", "build", "--directory", folder.resolve()],
        "Wheel and archive cannot be built.",
        cwd=ROOT,
    )


def on_startup(command: str, **_: object) -> None:
    """Make the files when `mkdocs serve` starts, not in each build: they take seconds."""
    if command == "serve":
        folder = ROOT / ".cache" / "downloads"
        folder.mkdir(parents=True, exist_ok=True)
        add(folder)
        _folders.append(folder)


def on_post_build(config: Mapping[str, Any]) -> None:
    """Add the files to a site that is served."""
    for folder in _folders:
        shutil.copytree(folder, config["site_dir"], dirs_exist_ok=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def main(folder: Path) -> None:
    """Add to the site in FOLDER."""
    add(folder)


if __name__ == "__main__":
    main(prog_name="python -m scripts.site.downloads")
