"""The home page tells what the last whole run of the tests found, and nothing else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.plugins import record
from tests.plugins.blocks import ROOT
from tests.plugins.record import Tally

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def make_report(outcome: str, *, subject: str = "", when: str = "call") -> pytest.TestReport:
    properties = [("subject", subject)] if subject else []
    return pytest.TestReport(
        nodeid="tests/test_a.py::test_a",
        location=("tests/test_a.py", 1, "test_a"),
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]  # one of three words
        longrepr=None,
        when=when,  # type: ignore[arg-type]  # one of three words
        user_properties=properties,
    )


def render(*reports: pytest.TestReport) -> str:
    tally = Tally()
    for report in reports:
        tally.add(report)
    return tally.render(AT)


def read_figure(html: str, name: str) -> str:
    return html.partition(f"<dt>{name}</dt><dd>")[2].partition("<")[0]


def test_blocks_vectors_and_languages_are_counted_once_each() -> None:
    html = render(
        make_report("passed", subject="block docs/index.md::1"),
        make_report("passed", subject="vector get"),
        make_report("passed", subject="vector get"),
        make_report("passed", subject="language Go"),
        make_report("passed", subject="language C++"),
        make_report("passed"),
    )

    assert read_figure(html, "Python blocks of these pages run") == "1"
    assert read_figure(html, "signature vectors checked") == "1"
    assert read_figure(html, "languages built and run") == "2"
    assert read_figure(html, "tests passed") == "6"
    assert '<time datetime="2026-11-22">22 November 2026</time>' in html
    assert "skipped" not in html


def test_a_run_with_a_failure_leaves_nothing_to_show() -> None:
    html = render(
        make_report("passed", subject="language Go"),
        make_report("failed", subject="language Go"),
        make_report("passed", subject="language Go"),
    )

    assert html == ""


def test_what_was_skipped_is_said_and_not_counted() -> None:
    html = render(make_report("skipped", subject="language Go", when="setup"))

    assert read_figure(html, "languages built and run") == "0"
    assert read_figure(html, "tests skipped") == "1"


def test_setup_and_teardown_count_only_if_they_fail() -> None:
    html = render(
        make_report("passed", when="setup"),
        make_report("passed"),
        make_report("passed", when="teardown"),
    )

    assert read_figure(html, "tests passed") == "1"
    assert render(make_report("passed"), make_report("failed", when="teardown")) == ""


def test_a_record_stands_where_the_build_looks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "last-run.md"

    record.write("<p>run</p>", path)

    assert path.read_text(encoding="utf-8") == "<p>run</p>"
    configuration = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert str(record.RECORD.parent.relative_to(ROOT)) in configuration


def test_a_choice_of_tests_leaves_no_record(pytestconfig: pytest.Config) -> None:
    before = pytestconfig.option.keyword
    try:
        pytestconfig.option.keyword = "some"
        assert not record.is_whole(pytestconfig)
    finally:
        pytestconfig.option.keyword = before
