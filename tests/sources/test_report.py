"""The report is read by people, in an issue that has an end and calls nobody."""

from datetime import date

import pytest

from okx_guide.facts import Source
from scripts.sources import report as module
from scripts.sources.report import Finding, Report
from tests.sources.faults import assert_red
from tests.sources.stub import DAY, TODAY


def make_report(*findings: Finding) -> Report:
    return Report(TODAY, list(findings), pages=1)


CHANGED = Finding(
    "changed", "https://docs.example/", "it changed", ("a",), ("rules/x",), ("old",), ("new",)
)
UNREAD = Finding("unread", "https://docs.example/", "it is closed", ("a",), ("rules/x",))


@pytest.mark.parametrize(
    ("findings", "code"),
    [((), 0), ((CHANGED,), 1), ((UNREAD,), 2), ((UNREAD, CHANGED), 1)],
)
def test_the_exit_code_is_that_of_the_worst(findings: tuple[Finding, ...], code: int) -> None:
    assert make_report(*findings).exit_code == code


def test_a_finding_shows_source_facts_old_and_new() -> None:
    text = make_report(UNREAD, CHANGED).to_markdown()

    assert text == (
        "Checked on 2026-11-27: 1 page. As it was kept: 0 passages. 2 findings.\n\n"
        "## Passages that differ\n\n"
        "- <https://docs.example/>: it changed.\n  Sources: a.\n  Facts: `rules/x`.\n\n"
        "  ```diff\n  - old\n  + new\n  ```\n\n"
        "## Pages that could not be compared\n\n"
        "- <https://docs.example/>: it is closed.\n  Sources: a.\n  Facts: `rules/x`.\n"
    )


def test_many_facts_are_counted() -> None:
    names = tuple(f"rules/{number}" for number in range(25))
    text = make_report(
        Finding("gone", "https://docs.example/", "gone", ("a",), names)
    ).to_markdown()

    assert "`rules/19` and 5 more." in text
    assert "rules/20" not in text


def test_a_page_cannot_call_anybody_or_leave_its_place() -> None:
    hostile = "it says @okx <img src=x> [a](b) `c` #1\n## New"
    text = make_report(Finding("unread", "https://docs.example/", hostile)).to_markdown()

    assert "@okx" not in text
    assert "<img" not in text
    assert "[a](b)" not in text
    assert "\n## New" not in text


def test_a_quoted_page_cannot_end_its_block() -> None:
    text = make_report(
        Finding("changed", "u", "x", old=("a",), new=("b\n```\n@okx",))
    ).to_markdown()

    assert [line for line in text.splitlines() if line.strip().startswith("```")] == [
        "  ```diff",
        "  ```",
    ]


def test_of_a_long_text_the_part_that_matters_is_shown() -> None:
    new = "x " * 900 + "rejected after 15 seconds" + " y" * 900
    finding = Finding("changed", "u", "x", old=("rejected after 30 seconds",), new=(new,))
    [line] = [
        line for line in make_report(finding).to_markdown().splitlines() if line.startswith("  + ")
    ]

    assert "rejected after 15 seconds" in line
    assert len(line) < 520


def test_a_report_fits_into_an_issue_and_says_what_is_left_out() -> None:
    text = make_report(*[CHANGED] * 2000, UNREAD).to_markdown()

    assert len(text) < 65_536
    shown = text.count("it changed")
    assert f"Left out for want of space: {2001 - shown} findings." in text


@pytest.mark.parametrize(
    ("url", "is_official"),
    [
        ("https://www.okx.com/help", True),
        ("https://okx.com/", True),
        ("https://web3.okx.com/de/help", True),
        ("https://okx.com.example/", False),
        ("https://notokx.com/", False),
        ("https://example.com/okx.com/", False),
        ("", False),
    ],
)
def test_only_pages_of_okx_are_official(url: str, is_official: bool) -> None:
    assert module.is_official(Source("a", "A", url, date(2026, 8, 22))) == is_official


def test_nothing_found_is_said() -> None:
    text = Report(TODAY, bare=[Source("a", "A", "https://a.example/", DAY)]).to_markdown()

    assert "No findings." in text
    assert "Nothing was kept to compare of 1 source. Only" in text


# --- a broken guard is seen -----------------------------------------------------------


def test_it_is_seen_that_words_of_a_page_are_not_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_red(
        monkeypatch, module, "_escape", str, test_a_page_cannot_call_anybody_or_leave_its_place
    )


def test_it_is_seen_that_a_report_has_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_red(
        monkeypatch,
        module,
        "SIZE",
        10**9,
        test_a_report_fits_into_an_issue_and_says_what_is_left_out,
    )
