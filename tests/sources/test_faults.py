"""A guard that is broken turns a test red: each is broken here, one at a time."""

import re
from collections.abc import Callable
from urllib.robotparser import RobotFileParser

import pytest

from scripts.sources import changelog, check, fetch, passages, report
from tests.sources import test_changelog, test_check, test_fetch, test_report
from tests.sources.play import LOG, Stage

FAULTS: dict[str, tuple[object, str, object, Callable[[Stage], None]]] = {
    "robots are not obeyed": (
        RobotFileParser,
        "can_fetch",
        lambda *_: True,
        test_fetch.test_robots_are_obeyed_and_asked_once,
    ),
    "statuses do not count": (
        fetch,
        "_refuse",
        lambda _: None,
        lambda stage: test_check.test_a_page_that_is_gone_is_a_finding(stage, 404),
    ),
    "redirections do not count": (
        fetch,
        "_find_move",
        lambda _: "",
        lambda stage: test_check.test_a_page_that_moved_for_good_is_a_finding_and_compared(
            stage, 301
        ),
    ),
    "every redirection counts": (
        fetch,
        "identify_page",
        lambda url: url,
        lambda stage: test_check.test_another_slash_or_region_and_a_passing_redirection_are_no_move(
            stage, 301, "/guide/"
        ),
    ),
    "any version will do": (
        check.Page,
        "basis",
        "0",
        test_check.test_a_version_says_nothing_of_passages_kept_later,
    ),
    "what is no page is compared": (
        passages,
        "find_obstacle",
        lambda *_: "",
        lambda stage: test_check.test_a_page_that_cannot_be_compared_is_named_with_its_facts(
            stage, "a login"
        ),
    ),
    "the form of the changelog does not count": (
        changelog,
        "FormError",
        Warning,
        lambda stage: test_check.test_a_changelog_of_another_form_is_named(
            stage, LOG.replace("h1", "p"), "no heading is a date"
        ),
    ),
    "no announcement is known": (
        changelog,
        "_UPDATED",
        re.compile("(?!)"),
        lambda _: test_changelog.test_the_english_changelog_is_read(),
    ),
    "words of a page are not escaped": (
        report,
        "_escape",
        str,
        lambda _: test_report.test_a_page_cannot_call_anybody_or_leave_its_place(),
    ),
    "a report has no end": (
        report,
        "SIZE",
        10**9,
        lambda _: test_report.test_a_report_fits_into_an_issue_and_says_what_is_left_out(),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_guard_turns_a_test_red(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    owner, attribute, broken, test = FAULTS[name]
    monkeypatch.setattr(owner, attribute, broken)

    with pytest.raises((AssertionError, ValueError, Warning, pytest.fail.Exception)):
        test(stage)
