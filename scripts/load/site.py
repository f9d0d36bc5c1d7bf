"""How long a build of the site takes, beside bare Material on the same pages."""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.load.row import Row, divide

ROOT = Path(__file__).parents[2]
ROUNDS = 4


def measure() -> Iterator[Row]:
    """Yield the row of a whole build."""
    folder = ROOT / ".cache" / "bare"
    folder.mkdir(parents=True, exist_ok=True)
    # Three pages name their template.
    for name in ("home.html", "codes.html", "debugger.html"):
        (folder / name).write_text('{% extends "main.html" %}\n', encoding="utf-8")
    bare = folder / "mkdocs.yml"
    bare.write_text(write_bare((ROOT / "mkdocs.yml").read_text(encoding="utf-8")), encoding="utf-8")
    site_times, bare_times = [], []
    for _ in range(ROUNDS):
        site_times.append(_time_build(ROOT / "mkdocs.yml"))
        bare_times.append(_time_build(bare))
    median, bare_median = statistics.median(site_times), statistics.median(bare_times)
    figures = f"{median:.1f} s, bare Material {bare_median:.1f} s"
    yield Row(
        "A build of the site",
        "bare Material",
        divide(site_times, bare_times),
        "at most 1.8",
        figures,
    )


def write_bare(config: str) -> str:
    """Return the configuration without what is ours: the look, the hooks, the plugins.

    The pages, the navigation and the extensions of Markdown stay.
    """
    for name in ("extra_css", "extra_javascript", "hooks", "plugins"):
        config = re.sub(rf"^{name}:\n(?: .*\n|\n)*", "", config, flags=re.MULTILINE)
    config = config.replace("  custom_dir: overrides\n", "  custom_dir: .\n")
    return f"{config}\ndocs_dir: {ROOT / 'docs'}\nplugins: [search]\n"


def _time_build(config: Path) -> float:
    """Return the seconds of processor time of one build: what else runs does not count."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
        start = _read_processor()
        subprocess.run(
            [*command, "--config-file", config, "--site-dir", folder],
            cwd=ROOT,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            check=True,
        )
        return _read_processor() - start


def _read_processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
