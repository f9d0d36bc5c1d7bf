"""Lighthouse, which measures pages in a browser that is already open."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.support.languages import Language, build_cached, environ
from tests.support.patience import SECONDS

LIGHTHOUSE = Language(
    "Lighthouse",
    "lighthouse",
    "run.js",
    build=(("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),),
    run=("node", "run.js"),
    tools={"node": "", "npm": ""},
)


def install() -> Path:
    """Return the folder with Lighthouse, and with axe-core, which it brings along."""
    return build_cached(LIGHTHOUSE, Path(__file__).parent / "lighthouse")


def measure(
    lighthouse: Path, port: int, urls: Iterable[str], categories: Iterable[str]
) -> dict[str, Any]:
    """Return what Lighthouse finds on each page: `scores` by category, and what was `lost`.

    Args:
        lighthouse: Its folder.
        port: The debugging port of the browser.
        urls: The pages.
        categories: `performance`, `accessibility`, `best-practices`, `seo`.
    """
    result = subprocess.run(
        [*LIGHTHOUSE.run, str(port), ",".join(categories), *urls],
        cwd=lighthouse,
        env=environ(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return {found["url"]: found for found in map(json.loads, result.stdout.splitlines())}


def list_low_scores(result: Mapping[str, Any], least: Mapping[str, float]) -> list[str]:
    """Return the categories in which a page has less than it must."""
    return [name for name, score in least.items() if result["scores"][name] < score]
