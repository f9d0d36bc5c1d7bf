import json
import re
from datetime import date
from pathlib import Path

import pytest

from scripts.docs import compare_doctor as compared
from scripts.docs.compare_doctor import FOLDER, OKX, PAGE, Diagnosis
from tests.support.defects import DEFECTS
from tests.support.languages import find_missing_tools
from tests.support.tools import require_tools

# A wrong string, a wrong place and a wrong clock, and one that only the doctor looks for.
SAMPLE = (
    "The secret is that of another key",
    "REST host of another site",
    "The clock is far behind",
    "The key may withdraw",
)


@pytest.fixture(scope="module")
def region() -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text.partition("<!-- measured: compare -->")[2].partition("<!-- /measured -->")[0]


def test_the_table_has_every_defect_and_what_the_doctor_names(region: str) -> None:
    rows = re.findall(r"^\| ([^|]+) \| `?(\w+)`? \|", region, re.MULTILINE)

    assert [(defect.name, defect.cause or defect.check) for defect in DEFECTS] == rows


def test_the_sentence_counts_the_rows_and_has_version_and_date(region: str) -> None:
    sentence = re.search(
        r"is (\S+) (\S+); run on (\S+)\. The doctor named (\d+) of (\d+) causes, "
        r"`okx diagnose` (\d+) of (\d+)\.",
        region,
    )

    assert sentence
    package, version, day, *counts = sentence.groups()
    assert (compared.PACKAGE, compared.read_version()) == (package, version)
    assert date.fromisoformat(day)
    run = len(DEFECTS) - region.count(compared.NOT_RUN)
    expected = [len(DEFECTS), len(DEFECTS), region.count("| yes |"), run]
    assert expected == [int(count) for count in counts]


@pytest.mark.parametrize("name", SAMPLE)
def test_a_row_can_be_measured_again(name: str, region: str, tmp_path: Path) -> None:
    require_tools(OKX, find_missing_tools(OKX))
    defect = next(defect for defect in DEFECTS if defect.name == name)

    with defect.patient(tmp_path) as patient:
        report = compared.run_doctor(defect, patient)
        okx_report = compared.run_okx(defect, patient, compared.install_program())

    assert compared.render_row(defect, report, okx_report) in region.splitlines()


def test_what_would_leave_this_machine_is_not_run(tmp_path: Path) -> None:
    defect = next(defect for defect in DEFECTS if defect.name == "No REST host is set")

    with defect.patient(tmp_path) as patient:
        assert compared.run_okx(defect, patient, Path("/nowhere")) is None


def test_a_word_for_the_cause_is_enough() -> None:
    clock = next(defect for defect in DEFECTS if defect.cause == "ts_clock")

    assert compared.is_cause_printed(clock, Diagnosis(("HTTP 401: Timestamp request expired.",)))
    assert not compared.is_cause_printed(clock, Diagnosis(("HTTP 401: Invalid signature.",)))
    assert not compared.is_cause_printed(clock, Diagnosis(()))


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))

    assert all("resolved" not in package for package in locked["packages"].values())
    assert all("integrity" in package for name, package in locked["packages"].items() if name)
