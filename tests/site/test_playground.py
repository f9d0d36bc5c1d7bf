"""The playground: every mistake is refused as it is loaded, and accepted once it is repaired."""

from scripts.page.mistake import load_mistakes
from tests.support.run import run_without_a_browser

MISTAKES = load_mistakes()
LEAST = 12


def test_each_mistake_is_refused_with_its_code_and_accepted_once_repaired() -> None:
    assert len(MISTAKES) >= LEAST
    programs = [code for one in MISTAKES for code in (one.program, one.repaired)]
    orders = [
        {"code": code, "published": one.program, "start": one.start, "goal": one.request}
        for one in MISTAKES
        for code in (one.program, one.repaired)
    ]

    outcomes = run_without_a_browser(orders)

    assert len(programs) == len(set(programs))
    met = [(one["error"], one["advice"], one["is_solved"]) for one in outcomes]
    assert [("", "", False), ("", "", True)] * len(MISTAKES) == met
    codes = [outcome["requests"][-1]["code"] for outcome in outcomes]
    assert [code for one in MISTAKES for code in (one.code, "0")] == codes
