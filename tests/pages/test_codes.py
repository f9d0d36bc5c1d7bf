"""Every code has an entry with causes, and a block that provokes it or a reason why not."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from okx_guide import facts
from okx_guide.explain import causes
from scripts.docs.families import FAMILIES
from tests.plugins.blocks import DOCS, fences
from tests.support.prose import read_first_tabs

FOLDER = DOCS / "troubleshooting"
OWN = sorted(FOLDER.glob("[56]*.md"))
"""The pages of the codes that people meet most, one each."""
LISTS = [FOLDER / f"{name}.md" for name in ("refused", "orders", "websocket")]
ENTRIES = [*OWN, *LISTS]
EXPLAINED = {fact.id for fact in facts.load("errors").values() if fact.meaning} - {"0"}

WORDS = 650
# It shows three mistakes with the wrong and the right line of each.
LONGER = {"50113": 900}


def list_entries() -> list[tuple[str, Path]]:
    """Return every heading of a code, with its page."""
    return [
        (code, page)
        for page in ENTRIES
        for code in re.findall(
            r"^#+ .*\{ #(\d+) \}$", page.read_text(encoding="utf-8"), re.MULTILINE
        )
    ]


def list_provoked() -> set[str]:
    """Return the codes that a block of these pages prints; each is run and compared."""
    shown = [
        after.content
        for page in [*ENTRIES, FOLDER / "codes.md"]
        for fence, after in zip(fences(page), fences(page)[1:], strict=False)
        if fence.language == "python" and after.language == "text"
    ]
    return {code for output in shown for code in re.findall(r"\b\d+\b", output)} & EXPLAINED


def test_every_explained_code_has_one_entry() -> None:
    assert sorted(EXPLAINED) == sorted(code for code, _ in list_entries())


@pytest.mark.parametrize(("code", "page"), list_entries())
def test_an_entry_shows_the_causes_in_their_order(code: str, page: Path) -> None:
    text = page.read_text(encoding="utf-8").partition(f"<!-- facts: {code} -->")[2]
    entry = text.partition("<!-- /facts -->")[0]
    places = [
        entry.index(part)
        for cause, _ in causes.load_catalogue()[code]
        for part in (cause.cause, f"Check: {cause.check}", f"Do: {cause.fix}")
    ]
    assert sorted(places) == places


def find_unprovoked(codes: Iterable[str]) -> set[str]:
    """Return the codes that no block prints and that have no reason for it."""
    return set(codes) - list_provoked() - causes.load_not_provoked().keys()


def test_every_code_is_provoked_or_says_why_not() -> None:
    assert find_unprovoked(EXPLAINED) == set()


def test_a_code_that_nothing_provokes_is_named() -> None:
    assert find_unprovoked({*EXPLAINED, "59998"}) == {"59998"}


def test_no_reason_is_left_when_a_code_is_provoked() -> None:
    # 1 is also a number in outputs; 2, too.
    assert (list_provoked() & causes.load_not_provoked().keys()) - {"2"} == set()
    assert causes.load_not_provoked().keys() <= EXPLAINED


def test_the_index_leads_to_the_entry_of_every_code() -> None:
    index = (FOLDER / "codes.md").read_text(encoding="utf-8")
    links = re.findall(r"\[(\d+)\]\((\w+\.md)(?:#(\d+))?\)\{ #(\d+) \}", index)
    assert {code for code, *_ in links} == causes.load_catalogue().keys() & facts.load(
        "errors"
    ).keys()
    for code, page, anchor, old in links:
        assert code == old == (anchor or page.removesuffix(".md"))
        assert f"{{ #{code} }}" in (FOLDER / page).read_text(encoding="utf-8")


def test_every_code_that_a_report_has_has_a_page_of_its_own() -> None:
    reported = {code for code in EXPLAINED if causes.count_reports(code)}

    assert reported - {page.stem for page in OWN} == set()
    assert len(OWN) == 30


@pytest.mark.parametrize("page", OWN, ids=lambda page: page.stem)
def test_a_page_of_a_code_is_about_that_code_alone(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)

    assert [page.stem] == [code for code, where in list_entries() if where == page]
    assert [page.stem] == re.findall(r"^# (\d+) ", prose, re.MULTILINE)
    assert len(read_first_tabs(text).split()) <= LONGER.get(page.stem, WORDS)


def list_folds(page: Path) -> list[tuple[list[str], list[str]]]:
    """Return of each fold the codes that it names, and those that are in it."""
    text = page.read_text(encoding="utf-8")
    folds = re.findall(r"^/// fold \| (\d[\d, ]*): .*?\n(.*?)^///$", text, re.MULTILINE | re.DOTALL)
    return [
        (names.split(", "), re.findall(r"^#+ (\d+) ", fold, re.MULTILINE)) for names, fold in folds
    ]


@pytest.mark.parametrize("page", LISTS, ids=lambda page: page.stem)
def test_a_fold_names_the_codes_that_are_in_it(page: Path) -> None:
    folds = list_folds(page)

    assert len(folds) > 4
    assert [codes for _, codes in folds] == [names for names, _ in folds]
    assert {code for names, _ in folds for code in names} == {
        code for code, where in list_entries() if where == page
    }


def test_a_code_that_its_fold_does_not_name_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("/// fold | 1, 2: orders\n## 1 All\n\n## 3 More\n///\n", encoding="utf-8")

    assert list_folds(page) == [(["1", "2"], ["1", "3"])]


def test_every_code_is_of_one_family() -> None:
    families = {
        code: [family.numbers for family in FAMILIES if family.has(code)]
        for code in causes.load_catalogue().keys() & facts.load("errors").keys()
    }

    assert {code: names for code, names in families.items() if len(names) != 1} == {}
    assert {name for [name] in families.values()} == {family.numbers for family in FAMILIES}


def test_the_index_has_the_most_reported_codes_first() -> None:
    index = (FOLDER / "codes.md").read_text(encoding="utf-8").partition("/// fold")[0]
    counts = [
        causes.count_reports(code) for code in re.findall(r"^\| \[(\d+)\]", index, re.MULTILINE)
    ]

    assert len(counts) > 9
    assert sorted(counts, reverse=True) == counts
    assert min(counts) > 2
