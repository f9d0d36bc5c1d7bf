"""The causes: complete, in the order of the reports, and in words that help."""

import json
import re
from collections import Counter
from dataclasses import asdict

from okx_guide import facts
from okx_guide.explain import causes
from tests.plugins.blocks import ROOT

REPORTS = json.loads((ROOT / "tests/explain/reports.json").read_text("utf-8"))["reports"]


def test_every_code_has_causes() -> None:
    assert {"0"} == facts.load("errors").keys() - causes.load_catalogue().keys()
    assert [code for code, rows in causes.load_catalogue().items() if not rows] == []


def test_every_cause_says_what_to_look_at_and_what_to_do() -> None:
    rows = [row for rows in causes.load_catalogue().values() for row, _ in rows]
    for cause in [*rows, *(cause for cause, _ in causes.load_kinds().values())]:
        assert all(asdict(cause).values())
        for text in (cause.cause, cause.check, cause.fix):
            assert "{message}" not in text
        assert cause.check != cause.fix


def test_causes_stand_in_the_order_of_their_reports() -> None:
    for code, rows in causes.load_catalogue().items():
        counts = [reports for _, reports in rows]
        assert sorted(counts, reverse=True) == counts, code
        names = [cause.id for cause, _ in rows]
        assert sorted(set(names)) == sorted(names), code


def test_the_counts_are_not_smaller_than_the_reports_that_are_here() -> None:
    kinds = {name: reports for name, (_, reports) in causes.load_kinds().items()}
    counts = Counter(report["cause"] for report in REPORTS if report["cause"] != "unknown")
    assert {name: kinds[name] for name in counts if kinds[name] < counts[name]} == {}
    unexplained = 6
    assert sum(kinds.values()) + unexplained == facts.causes()["reports"]

    by_code = Counter((report["code"], report["cause"]) for report in REPORTS)
    counted = {
        (code, cause.id): n for code, rows in causes.load_catalogue().items() for cause, n in rows
    }
    assert {pair for pair, n in by_code.items() if pair in counted and counted[pair] < n} == set()


def test_every_report_has_a_cause_that_there_is_and_a_public_source() -> None:
    assert {report["cause"] for report in REPORTS} - causes.load_kinds().keys() == {"unknown"}
    addresses = [url for report in REPORTS for url in report["sources"]]
    assert all(re.fullmatch(r"https://[^\s()]+", url) for url in addresses)
    assert sorted({report["id"] for report in REPORTS}) == [report["id"] for report in REPORTS]
