"""The weekly workflow opens one issue, writes it anew, and closes it."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.plugins.blocks import ROOT
from tests.support.patience import SECONDS

PATH = ROOT / ".github" / "workflows" / "sources.yml"
# Plays the program of GitHub: it notes how it was called, and says which issue is open.
GH = """#!/bin/sh
echo "$*" >> calls
if [ "$2" = list ]; then printf %s "$OPEN"; fi
"""
PYTHON = """#!/bin/sh
printf %s "$REPORT" > report.md
exit "$ENDS"
"""


def read_step(name: str) -> str:
    """Return the script of a step."""
    steps: list[dict[str, Any]] = yaml.safe_load(PATH.read_text(encoding="utf-8"))["jobs"]["look"][
        "steps"
    ]
    [command] = [each["run"] for each in steps if each.get("name", "").startswith(name)]
    return str(command)


def play(folder: Path, script: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run a script as GitHub does."""
    for path, text in (("gh", GH), (".venv/bin/python", PYTHON)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
        (folder / path).chmod(0o755)
    return subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": f"{folder}{os.pathsep}/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("code", "number", "expected"),
    [
        ("0", "", ""),
        ("1", "", "issue create --title Sources that may have moved --body-file report.md"),
        ("2", "", "issue create --title Sources that may have moved --body-file report.md"),
        ("1", "7", "issue edit 7 --body-file report.md"),
        ("2", "7", "issue edit 7 --body-file report.md"),
        ("0", "7", "issue close 7 --comment Every source is as it was kept."),
    ],
)
def test_there_is_one_issue_while_something_differs(
    tmp_path: Path, code: str, number: str, expected: str
) -> None:
    result = play(tmp_path, read_step("Open the issue"), CODE=code, OPEN=number)

    listed, *calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert result.returncode == 0, result.stderr
    assert listed.startswith("issue list --app github-actions --state open")
    assert calls == [expected] * bool(expected)


@pytest.mark.parametrize("code", ["0", "1", "2"])
def test_a_finding_does_not_end_the_job(tmp_path: Path, code: str) -> None:
    output = tmp_path / "output"
    environ = {"REPORT": "report", "ENDS": code, "GITHUB_OUTPUT": str(output)}

    assert play(tmp_path, read_step("Look at"), **environ).returncode == 0
    assert output.read_text(encoding="utf-8") == f"code={code}\n"


def test_a_crash_is_not_taken_for_a_finding(tmp_path: Path) -> None:
    environ = {"REPORT": "", "ENDS": "1", "GITHUB_OUTPUT": str(tmp_path / "output")}

    assert play(tmp_path, read_step("Look at"), **environ).returncode == 1
    assert not (tmp_path / "output").exists()
