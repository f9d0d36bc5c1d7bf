from dataclasses import replace

import pytest

from okx_guide.sandbox.state.journal import (
    KEPT_AT_MOST,
    LOGIN_CHECKS,
    REST_CHECKS,
    Check,
    Journal,
    Outcome,
    Result,
    Trace,
    list_outcomes,
    skip,
)

TRACE = Trace(
    at="2020-12-08T09:08:57.715Z",
    kind="rest",
    client="127.0.0.1",
    site="global",
    method="GET",
    target="/api/v5/public/time",
    headers=(),
    body="",
    body_bytes=0,
    prehash=None,
    checks=(),
    status=200,
    code="0",
    message="",
    hint="",
)


@pytest.mark.parametrize(
    ("reached", "failed", "expected"),
    [
        ([], True, ["not reached", "not reached", "not reached"]),
        (["key"], True, ["failed", "not reached", "not reached"]),
        (["key", "rate"], True, ["passed", "failed", "not reached"]),
        (["rate"], True, ["not needed", "failed", "not reached"]),
        (["rate", "body"], False, ["not needed", "passed", "passed"]),
        (["key", "rate", "body"], False, ["passed", "passed", "passed"]),
        (["key", "rate", "body"], True, ["passed", "passed", "failed"]),
    ],
)
def test_the_last_check_that_was_made_is_the_one_that_failed(
    reached: list[Check], failed: bool, expected: list[Result]
) -> None:
    outcomes = list_outcomes(("key", "rate", "body"), reached, failed=failed, hint="why")
    assert [outcome.result for outcome in outcomes] == expected
    assert [outcome.hint for outcome in outcomes if outcome.hint] == ["why"] * (
        "failed" in expected
    )
    assert [outcome.check for outcome in outcomes] == ["key", "rate", "body"]


def test_a_check_without_a_place_in_the_order_is_a_fault() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        list_outcomes(LOGIN_CHECKS, ["endpoint"], failed=False, hint="")


def test_no_check_is_named_twice() -> None:
    for order in (REST_CHECKS, LOGIN_CHECKS):
        assert len(set(order)) == len(order)


def test_a_journal_keeps_the_last_requests_and_counts_the_others() -> None:
    journal = Journal(at_most=2)
    assert (list(journal), len(journal), journal.dropped) == ([], 0, 0)
    for code in ("1", "2", "3", "4", "5"):
        journal.add(make_trace(code))
    assert [trace.code for trace in journal] == ["4", "5"]
    assert (len(journal), journal.dropped) == (2, 3)
    journal.clear()
    assert (list(journal), len(journal), journal.dropped) == ([], 0, 0)


def test_a_journal_has_a_bound_if_nobody_names_one() -> None:
    journal = Journal()
    for _ in range(KEPT_AT_MOST + 1):
        journal.add(TRACE)
    assert (len(journal), journal.dropped) == (KEPT_AT_MOST, 1)


def test_a_journal_may_grow_while_it_is_read() -> None:
    journal = Journal(at_most=2)
    journal.add(make_trace("1"))
    journal.add(make_trace("2"))
    read = iter(journal)
    journal.add(make_trace("3"))
    assert [trace.code for trace in read] == ["1", "2"]


def test_watchers_see_each_request_once() -> None:
    first: list[Trace] = []
    second: list[Trace] = []
    journal = Journal([first.append, second.append], at_most=1)
    journal.add(TRACE)
    journal.add(TRACE)
    journal.clear()
    assert first == second == [TRACE, TRACE]


def test_an_outcome_without_a_hint_has_an_empty_one() -> None:
    assert Outcome("key", "passed").hint == ""


def test_to_skip_a_check_does_nothing() -> None:
    skip("key")


def make_trace(code: str) -> Trace:
    return replace(TRACE, code=code)
