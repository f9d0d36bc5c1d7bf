"""Run the modules of the site in Node."""

import json
import subprocess
from typing import Any

from tests.plugins.blocks import DOCS
from tests.support.patience import SECONDS
from tests.support.tools import require_program

SCRIPTS = DOCS / "javascripts"


def run_node(program: str, value: object) -> Any:
    """Return the JSON that a program prints.

    Args:
        program: A JavaScript module, as if it lay in docs/javascripts.
        value: What the program finds in its variable `given`.
    """
    read = 'const given = JSON.parse((await import("node:fs")).readFileSync(0, "utf8"));'
    # Node finds out by itself that the files are modules, and warns that it had to.
    options = ["--input-type=module", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"]
    result = subprocess.run(
        [require_program("node"), *options, "--eval", f"{read}\n{program}"],
        input=json.dumps(value),
        cwd=SCRIPTS,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)
