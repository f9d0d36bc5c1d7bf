"""Put beside the pages what a reader takes home: `python -m scripts.site.downloads site`.

These are the wheel, the archive with the sources, and signing.py alone. The home page names them
(overrides/partials/take-home.html), and pip and pipx install from their addresses.
"""

import shutil
import sys
from pathlib import Path

import click

from scripts.site.program import run_program

ROOT = Path(__file__).parents[2]
SIGNING = "signing.py"
"""Where the module lies in the site."""


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


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def main(folder: Path) -> None:
    """Add to the site in FOLDER."""
    add(folder)


if __name__ == "__main__":
    main(prog_name="python -m scripts.site.downloads")
