"""What a page states about OKX is in the facts, with that value.

A page that mentions a code, a host, a header or a limit that the facts do not have fails
here, with its file and line. So a changed fact turns every page red that now lies.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from functools import cache

import pytest

from okx_guide import facts
from okx_guide.doctor import audit
from okx_guide.sandbox.state.journal import KEPT_AT_MOST
from okx_guide.sandbox.trace import LONGEST
from scripts.docs.anchors import find_anchor
from scripts.docs.mentions import AMOUNT, CODE, ENDPOINT, HEADER, HOST, list_amounts
from tests.support.prose import prose


def find_mentions(pattern: str | re.Pattern[str]) -> list[tuple[str, str]]:
    return [(place, words) for place, line in prose() for words in re.findall(pattern, line)]


@cache
def dump_facts() -> str:
    return json.dumps(
        [[fact.value, fact.note] for name in facts.FILES for fact in facts.load(name).values()],
        ensure_ascii=False,
    )


def read_rule(name: str, field: str) -> object:
    return facts.load("rules")[name].value[field]


def read_amounts() -> set[str]:
    """Every amount that a page may state, made from the facts."""
    return {
        *(amount for amount, _ in list_amounts(facts.today())),
        # Of the older rule for passphrases, which the page calls disputed.
        "32 letters",
        # What one report measured; see fact passphrase-quoting.
        "14 characters",
        # Ours, not OKX's: how long a fact stands unchecked.
        f"{facts.MAX_AGE_DAYS} days",
        # Ours as well: what an audit of a key calls a finding.
        f"{audit.OLDEST} days",
        f"{audit.LARGEST[4]} addresses",
        # Ours too: how much the practice exchange keeps of what it saw.
        f"{KEPT_AT_MOST} requests",
        f"{LONGEST:,} characters",
    }


def test_every_code_is_known() -> None:
    # Codes of the older API and codes that OKX does not document are named as such.
    known = set(facts.load("errors")) | set(read_rule("undocumented-codes", "codes"))  # type: ignore[call-overload]  # a list

    unknown = [(place, code) for place, code in find_mentions(CODE) if code not in known]

    assert unknown == []


def test_every_host_is_known() -> None:
    unknown = [(place, host) for place, host in find_mentions(HOST) if host not in dump_facts()]

    assert unknown == []


def test_every_header_is_known() -> None:
    known = set(facts.load("headers"))

    unknown = [
        (place, header)
        for place, header in find_mentions(HEADER)
        if header not in known and header not in dump_facts()
    ]

    assert unknown == []


def test_every_permission_is_known() -> None:
    known = {fact.id for fact in facts.load("permissions").values() if "label" in fact.value}

    unknown = [
        (place, name)
        for place, name in find_mentions(r"--perm (\w+)|permissions? `(\w+)`|`(\w+)` permission")
        if not set(filter(None, name)) <= known
    ]

    assert unknown == []


def test_every_endpoint_is_known() -> None:
    known = dump_facts() + " ".join([*facts.load("limits"), *facts.load("permissions")])

    unknown = [(place, path) for place, path in find_mentions(ENDPOINT) if path not in known]

    assert unknown == []


def test_every_amount_is_a_fact() -> None:
    unknown = [
        (place, amount) for place, amount in find_mentions(AMOUNT) if amount not in read_amounts()
    ]

    assert unknown == []


def test_every_date_with_a_confidence_is_that_of_a_fact_or_of_its_source() -> None:
    known = set()
    for name in facts.FILES:
        for fact in facts.load(name).values():
            dates = {fact.checked, *(source.date for source in fact.sources)}
            known |= {(fact.confidence, date.isoformat()) for date in dates}
    for fact in facts.load("errors").values():
        known |= {("observed", answer["date"]) for answer in fact.value["observed"]}

    unknown = [
        (place, tag)
        for place, tag in find_mentions(r"\b(official|observed|disputed|weak), (\d{4}-\d\d-\d\d)")
        if tag not in known  # type: ignore[comparison-overlap]  # two groups make a pair
    ]

    assert unknown == []


LINKED = r"\[(observed|disputed|weak), (\d{4}-\d\d-\d\d)\]\([./a-z]*about/facts\.md#([\w-]+)\)"
# A page may be less sure than a fact: what it infers from one is weak.
SURER = {
    "observed": ("official",),
    "disputed": ("official", "observed"),
    "weak": ("official", "observed", "disputed"),
}


def list_unbound(lines: Iterable[tuple[str, str]]) -> list[str]:
    """Return each mark that links to no fact, or claims more than its fact does."""
    known = {find_anchor(fact, name): fact for name in facts.FILES for fact in facts.rows(name)}
    unbound = []
    for place, line in lines:
        for word, day, anchor in re.findall(LINKED, line):
            fact = known.get(anchor)
            if not fact:
                unbound.append(f"{place}: no fact #{anchor}")
                continue
            # A code lists the answers in which it was seen.
            answers = [value for value in fact.value.get("observed", []) if isinstance(value, dict)]
            days = {fact.checked, *(source.date for source in fact.sources)}
            texts = {str(value) for value in days} | {answer["date"] for answer in answers}
            bound = word == fact.confidence or fact.confidence in SURER[word]
            if not bound or day not in texts:
                unbound.append(f"{place}: {word}, {day}; #{anchor} is {fact.confidence}")
    return unbound


def test_every_mark_is_that_of_the_fact_to_which_it_links() -> None:
    assert len([link for _, line in prose() for link in re.findall(LINKED, line)]) > 40
    assert list_unbound(prose()) == []


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("[observed, 2026-08-22](../about/facts.md#rules-gone)", "no fact #rules-gone"),
        (
            "[observed, 2026-08-23](../about/facts.md#rules-key-shape)",
            "observed, 2026-08-23; #rules-key-shape is observed",
        ),
        (
            "[observed, 2026-11-22](../about/facts.md#rules-rest-epoch-50112)",
            "observed, 2026-11-22; #rules-rest-epoch-50112 is weak",
        ),
    ],
)
def test_a_mark_that_claims_more_than_its_fact_is_named(mark: str, expected: str) -> None:
    assert [f"docs/a.md:1: {expected}"] == list_unbound([("docs/a.md:1", f"So ({mark}).")])


@pytest.mark.parametrize("name", facts.FILES)
def test_every_fact_of_a_file_can_be_dated_and_sourced(name: str) -> None:
    undated = [
        fact.id for fact in facts.load(name).values() if not fact.sources or not fact.confidence
    ]

    assert undated == []


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (test_every_code_is_known, "It is refused with 59998."),
        (test_every_host_is_known, "Send it to nowhere.okx.com."),
        (test_every_header_is_known, "Add the header OK-ACCESS-NOTHING."),
        (test_every_permission_is_known, "It needs the `teleport` permission."),
        (test_every_endpoint_is_known, "Call GET /api/v5/nothing/at-all."),
        (test_every_amount_is_a_fact, "It is good for 31 seconds."),
    ],
)
def test_a_claim_without_a_fact_is_named_with_its_place(
    check: Callable[[], None], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "prose", lambda: [("page.md:7", line)])

    with pytest.raises(AssertionError, match=r"page\.md:7"):
        check()


def test_the_scan_sees_what_it_should() -> None:
    """The scan is not blind: known mentions are among those it finds."""
    assert "50113" in {code for _, code in find_mentions(r"\b5\d{4}\b")}
    assert "us.okx.com" in {host for _, host in find_mentions(r"[\w.-]+\.okx\.com")}
    assert "30 seconds" in {amount for _, amount in find_mentions(r"\d+ seconds")}
