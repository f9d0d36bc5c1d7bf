"""Run `okx-guide doctor` and OKX's own `okx diagnose` on the same defects: `make compare`."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from okx_guide.doctor.checkup import Machine, Options, examine
from okx_guide.doctor.report import Report
from tests.plugins.blocks import DOCS
from tests.support.defects import DEFECTS, Defect, Patient
from tests.support.languages import Language, build_cached, environ

PAGE = DOCS / "about" / "comparison.md"
FOLDER = Path(__file__).parent / "compare"
PACKAGE = "@okx_ai/okx-trade-cli"
OKX = Language(
    "OKX's own program",
    "compare",
    "package.json",
    # Its install script only prints advice.
    build=(("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),),
    run=(),
    tools={"node": "", "npm": ""},
)
_REGION = re.compile(r"(<!-- measured: compare -->\n).*?(\n<!-- /measured -->)", re.DOTALL)
NOT_RUN = "not run: it would call OKX"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `okx diagnose` said of a defect.

    Attributes:
        lines: Each failure with its hints, without the ports of this run.
    """

    lines: tuple[str, ...]


def run_doctor(defect: Defect, patient: Patient) -> Report:
    """Run the doctor on a patient, with the machine that the command would see."""
    may_ask = (lambda _: True) if defect.find_site else None
    options = Options(defect.demo, defect.needs, profile=defect.profile, may_ask=may_ask)
    with patch.dict(os.environ, patient.environ, clear=True):
        machine = replace(Machine.from_process(), seconds=(defect.seconds, defect.seconds))
        return examine(machine, options)


def is_cause_named(defect: Defect, report: Report) -> bool:
    """Return whether the doctor named the cause, at the right check."""
    return any(
        (check.id, check.cause) == (defect.check, defect.cause)
        and check.status in ("problem", "warning")
        for check in report.checks
    )


def install_program() -> Path:
    """Return OKX's program, installed from the lock file."""
    return build_cached(OKX, FOLDER) / "node_modules" / PACKAGE / "dist" / "index.js"


def read_version() -> str:
    """Return the version of OKX's program in the lock file."""
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{PACKAGE}"]["version"])


def run_okx(defect: Defect, patient: Patient, index: Path) -> Diagnosis | None:
    """Run `okx diagnose` on a patient; None if it would call another machine."""
    if "OKX_API_BASE_URL" not in patient.environ:
        return None
    home = patient.folder / ".okx"
    home.mkdir(exist_ok=True)
    # Otherwise it looks for a newer version of itself.
    current = {PACKAGE: {"latestVersion": read_version(), "checkedAt": 10**15}}
    (home / "update-check.json").write_text(json.dumps(current), encoding="utf-8")
    profile = ["--profile", defect.profile] if defect.profile else []
    result = subprocess.run(
        ["/usr/bin/env", "node", index, *profile, "diagnose", *(["--demo"] if defect.demo else [])],
        env={**patient.environ, "PATH": environ()["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Diagnosis(_list_failures(result.stdout + result.stderr))


def _list_failures(printed: str) -> tuple[str, ...]:
    """Return each failure with its hints, and each error, of what it printed."""
    failures: list[str] = []
    for line in printed.splitlines():
        mark, _, text = line.strip().partition(" ")
        words = re.sub(r"127\.0\.0\.1:\d+|port \d+", "…", " ".join(text.split()))
        if mark == "→" and failures and not words.startswith("Try: "):
            failures[-1] += f" → {words}"
        elif mark in ("✗", "Error:", "Hint:"):
            failures.append(words)
    # It looks up 127.0.0.1 as a name, which fails for every practice exchange.
    return tuple(line for line in failures if not line.startswith("DNS resolve 127.0.0.1"))


def render_row(defect: Defect, report: Report, diagnosis: Diagnosis | None) -> str:
    """Return one row of the table."""
    doctor_cell = (
        f"`{defect.cause or defect.check}`" if is_cause_named(defect, report) else "not named"
    )
    if diagnosis is None:
        return f"| {defect.name} | {doctor_cell} | {NOT_RUN} |  |"
    words = diagnosis.lines[0] if diagnosis.lines else "nothing wrong"
    okx_cell = "yes" if is_cause_printed(defect, diagnosis) else "no"
    return f"| {defect.name} | {doctor_cell} | {words.replace('|', '/')} | {okx_cell} |"


def is_cause_printed(defect: Defect, diagnosis: Diagnosis) -> bool:
    """Return whether the output contains one of the words that name the cause."""
    words = "; ".join(diagnosis.lines).lower()
    return any(word in words for word in defect.named)


def render_table(rows: Sequence[str], day: str) -> str:
    """Return the table with its date, and how often each program named the cause."""
    doctor_count = sum("| `" in line for line in rows)
    okx_count = sum(line.endswith("| yes |") for line in rows)
    run_count = sum(NOT_RUN not in line for line in rows)
    head = (
        f"`okx diagnose` is {PACKAGE} {read_version()}; run on {day}. The doctor named "
        f"{doctor_count} of {len(rows)} causes, `okx diagnose` {okx_count} of {run_count}.\n\n"
        f"/// fold | All {len(rows)} defects\n"
        "| What is wrong | The doctor names | `okx diagnose` says first | Named |\n"
        "| --- | --- | --- | --- |"
    )
    return "\n".join((head, *rows, "///"))


def main() -> None:
    """Run both programs on every defect, and write the table into the page."""
    index, rows = install_program(), []
    for defect in DEFECTS:
        with tempfile.TemporaryDirectory() as folder, defect.patient(Path(folder)) as patient:
            report = run_doctor(defect, patient)
            rows.append(render_row(defect, report, run_okx(defect, patient, index)))
        sys.stdout.write(rows[-1] + "\n")
        sys.stdout.flush()
    text = PAGE.read_text(encoding="utf-8")
    measured_table = render_table(rows, datetime.now(UTC).date().isoformat())
    text = _REGION.sub(lambda match: f"{match[1]}\n{measured_table}\n{match[2]}", text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
