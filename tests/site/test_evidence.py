"""Only what is not official is marked in the line, and a mark opens what it means."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripts.site.evidence import MEANINGS, mark_evidence
from tests.support.html import pages

LABEL = re.compile(r"\b(official|observed|disputed|weak), \d{4}-\d\d-\d\d")
LINK = '<a href="../../about/facts/#rules-key-shape">observed, 2026-08-22</a>'


def test_no_page_but_that_of_all_facts_has_a_label_with_a_date(hosted: Path) -> None:
    labelled = {page.url for page in pages(hosted) if LABEL.search(page.html)}

    assert labelled == {"/about/facts/"}


@pytest.mark.parametrize(
    "text", ["Always (official, 2026-08-22).", f"Often ({LINK}).", "Here (weak, 2026-11-22)."]
)
def test_a_label_goes_or_becomes_a_button(text: str) -> None:
    marked = mark_evidence(text)

    assert LABEL.search(text)
    assert not LABEL.search(marked)
    assert mark_evidence(marked) == marked


def test_a_mark_has_its_meaning_its_day_and_its_source() -> None:
    marked = mark_evidence(f"36 characters ({LINK}), and 44 (weak, 2026-11-22).")

    assert re.findall(r'id="[^"]*"', marked) == ['id="evidence-1"', 'id="evidence-2"']
    words = re.sub(r"<[^>]*>", "", marked)
    assert f"36 characters observed{MEANINGS['observed']} Seen on 22 August 2026. Source: " in words
    assert 'href="../../about/facts/#rules-key-shape"' in marked
    assert f"and 44 weak{MEANINGS['weak']} Seen on 22 November 2026." in words


def test_a_mark_is_opened_and_closed_by_keyboard(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/troubleshooting/three-strings/")
    button = page.get_by_role("button", name="observed: meaning, date and source").first
    note = page.locator(".evidence-note").first
    expect(note).to_be_hidden()

    button.press("Enter")
    expect(note).to_contain_text(MEANINGS["observed"])
    expect(note).to_be_visible()
    expect(note.get_by_role("link", name="The fact with all its sources")).to_be_visible()
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()

    button.click()
    note.get_by_role("link", name="The fact with all its sources").click()
    expect(page.locator("#rules-key-shape")).to_be_visible()
