"""How many refused signatures are named, of those that other people's programs make.

They were written without a look at the catalogue; see `tests/support/refusals.py`.
"""

from typing import Any

from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import search
from okx_guide.signing import sign
from tests.support.refusals import SETS, load_first_score, load_refusals

FLOOR = 0.85
PARTS = ("timestamp", "method", "request_path", "body", "signature", "host")


def list_mistakes(case: dict[str, Any]) -> list[str]:
    finding = search(
        SignedRequest(**{name: case[name] for name in PARTS}),
        case["secret_key"],
        passphrase=case["passphrase"],
        api_key=case["api_key"],
    )
    return [mistake.id for mistake in finding.mistakes] if finding else []


def count_named(cases: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Return how many are named, and the kinds that are named otherwise than they are."""
    named, wrong = 0, []
    for case in cases:
        mistakes = list_mistakes(case)
        named += bool(mistakes) and mistakes == case["mistakes"]
        if mistakes != case["mistakes"]:
            wrong.append(f"{case['kind']}: {mistakes}, not {case['mistakes']}")
    return named, wrong


def test_most_refused_signatures_are_named_and_none_wrongly(figures: list[str]) -> None:
    for name in SETS:
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


def test_no_refused_signature_is_right() -> None:
    right = [
        case["kind"]
        for case in load_refusals()
        if case["signature"]
        == sign(
            case["secret_key"],
            case["timestamp"],
            case["method"],
            case["request_path"],
            case["body"],
        )
    ]

    assert right == []


def test_every_kind_stands_there_once() -> None:
    kinds = [case["kind"] for case in load_refusals()]

    assert len(set(kinds)) == len(kinds)
