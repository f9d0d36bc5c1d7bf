import pytest

from okx_guide.facts import rule
from scripts.docs import host_matrix as matrix
from scripts.docs.host_matrix import KINDS, PAGE, PLACES, Place

ENVIRONMENT_RULES = {"rest": "wrong-environment", "websocket": "ws-wrong-environment"}


@pytest.fixture(scope="module")
def codes() -> dict[str, dict[tuple[Place, Place], str]]:
    return {kind: matrix.measure(kind) for kind in KINDS}


def test_the_page_shows_what_the_practice_exchange_answers() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert matrix.fill(page) == page
    assert page.count("<!-- measured: ") == 2 * len(KINDS)


def test_a_cell_that_shows_another_code_is_noticed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    wrong = page.replace("| [50101](50101.md) |", "| [50119](50119.md) |", 1)

    assert wrong != page
    assert matrix.fill(wrong) == page


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_works_at_home_and_nowhere_else(
    kind: str, codes: dict[str, dict[tuple[Place, Place], str]]
) -> None:
    assert {(home, home) for home in PLACES} == {
        cell for cell, code in codes[kind].items() if code == "0"
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_that_is_called_sourced_has_the_code_of_the_facts(
    kind: str, codes: dict[str, dict[tuple[Place, Place], str]]
) -> None:
    wrong_site = rule("wrong-site", kind, str)
    wrong_environment = rule(ENVIRONMENT_RULES[kind], "code", str)
    for (home, place), code in codes[kind].items():
        if home.site != place.site and home.demo == place.demo:
            assert wrong_site == code
        if home.site == place.site and home.demo != place.demo:
            assert wrong_environment == code
