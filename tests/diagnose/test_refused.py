"""How many refused signatures are named, of those that other people's programs make.

They were written without a look at the catalogue; see `tests/support/refusals.py`.
"""

from typing import Any

import pytest

from okx_guide.diagnose.form import check_form, drop_covered
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import search
from okx_guide.diagnose.variants import Keys
from tests.support.raw_http import signature
from tests.support.refusals import SETS, load_first_score, load_refusals

FLOOR = 0.85
PARTS = ("timestamp", "method", "request_path", "body", "signature", "host")


def list_mistakes(case: dict[str, Any]) -> list[str]:
    """Return the ids of the faults of form, and of the mistakes that make the signature."""
    request = SignedRequest(**{name: case[name] for name in PARTS})
    keys = Keys(case["secret_key"], case["passphrase"], case["api_key"])
    finding = search(request, keys.secret_key, passphrase=keys.passphrase, api_key=keys.api_key)
    if not finding:
        return []
    forms = drop_covered(check_form(request, keys), finding.mistakes)
    return [mistake.id for mistake in (*forms, *finding.mistakes)]


def count_named(cases: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Return how many are named, and the kinds that are named otherwise than they are."""
    named, wrong = 0, []
    for case in cases:
        mistakes, expected = list_mistakes(case), [*case["forms"], *case["mistakes"]]
        named += bool(mistakes) and mistakes == expected
        if mistakes != expected:
            wrong.append(f"{case['kind']}: {mistakes}, not {expected}")
    return named, wrong


@pytest.mark.parametrize(
    "name",
    # The sets share nothing but take longest of all searches: each may run in another process.
    [pytest.param(name, marks=pytest.mark.xdist_group(f"refused: {name}")) for name in SETS],
)
def test_most_refused_signatures_are_named_and_none_wrongly(name: str, figures: list[str]) -> None:
    cases = load_refusals([name])

    named, wrong = count_named(cases)

    figures.append(
        f"diagnose: {named} of {len(cases)} refused signatures named, {len(wrong)} wrong "
        f"(set {name}; when it was first tried: {load_first_score(name)})"
    )
    assert wrong == []
    assert named / len(cases) >= FLOOR


def test_a_mistake_with_another_name_is_counted_as_wrong() -> None:
    case_ = next(case for case in load_refusals() if case["kind"] == "method: lower")

    assert count_named([{**case_, "mistakes": ["hex-digest"]}])[1] == [
        "method: lower: ['method-case'], not ['hex-digest']"
    ]


def test_a_refused_signature_is_right_only_if_a_form_is_wrong() -> None:
    wrong_form = [
        case["kind"] for case in load_refusals() if case["forms"] and not case["mistakes"]
    ]
    right = [
        case["kind"]
        for case in load_refusals()
        if case["signature"]
        == signature(
            case["secret_key"],
            case["timestamp"],
            case["method"],
            case["request_path"],
            case["body"],
        )
    ]

    # Only a clock shows that this is the time of another zone.
    assert right == sorted([*wrong_form, "fresh 5: 116: local time with Z"], key=right.index)


def test_every_kind_stands_there_once() -> None:
    kinds = [case["kind"] for case in load_refusals()]

    assert len(set(kinds)) == len(kinds)
