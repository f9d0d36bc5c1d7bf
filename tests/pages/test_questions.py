"""The ten questions that most reports come down to have a page each."""

import re
from pathlib import Path

import pytest

from tests.plugins.blocks import DOCS, fences

FOLDER = DOCS / "troubleshooting"
# The questions as people ask them, the most frequent first; the count is that of the FAQ.
QUESTIONS = {
    "My key exists and is active. Why does OKX say it does not exist?": "key-does-not-exist",
    "“Invalid Sign”: which part is wrong, and how do I check my code without a server?": (
        "invalid-sign"
    ),
    "Is a demo key different from a live key, and what else changes?": "demo-or-live",
    "REST works, WebSocket login or subscription fails. Why?": "websocket-login",
    "Exactly which timestamp text, and why do REST and WebSocket differ?": "timestamp",
    "Which API version is my key for?": "api-version",
    "Three strings: which goes where? Is the passphrase my login or fund password?": (
        "three-strings"
    ),
    "My clock looks right, why “Timestamp request expired”?": "clock",
    "The browser opens OKX but my program cannot connect. Is my key wrong?": "no-connection",
    "Balance works but every order is refused. Is it the key?": "orders-refused",
}
LINES = 100
"""A page longer than that is no short answer."""

pages = pytest.mark.parametrize(("question", "name"), QUESTIONS.items(), ids=QUESTIONS.values())


def page(name: str) -> Path:
    return FOLDER / f"{name}.md"


@pages
def test_the_title_is_the_question(question: str, name: str) -> None:
    titles = re.findall(r"^# (.+)$", _prose(name), re.MULTILINE)

    assert [question] == titles


@pages
def test_the_mistake_is_made_and_then_mended(question: str, name: str) -> None:
    headings = re.findall(r"^## (.+)$", _prose(name), re.MULTILINE)
    made, mended = headings.index("See it happen"), headings.index("The fix")

    assert made < mended
    blocks = {heading: _blocks(name, heading) for heading in ("See it happen", "The fix")}
    assert {heading: bool(found) for heading, found in blocks.items()} == {
        "See it happen": True,
        "The fix": True,
    }


@pages
def test_a_page_is_short(question: str, name: str) -> None:
    text = re.sub(r"<!-- facts.*?/facts -->", "", page(name).read_text("utf-8"), flags=re.DOTALL)

    assert len(text.splitlines()) <= LINES


def test_the_questions_are_those_of_the_faq_in_the_same_order() -> None:
    faq = (DOCS / "faq.md").read_text(encoding="utf-8")
    questions = re.findall(r"^## (.+?) \{ #", faq, re.MULTILINE)

    assert list(QUESTIONS) == [question for question in questions if question in QUESTIONS]
    for question, name in QUESTIONS.items():
        answer = faq.partition(f"## {question} ")[2].partition("\n## ")[0]
        assert f"(troubleshooting/{name}.md)" in answer, question


def _prose(name: str) -> str:
    """Return the page without its blocks, whose comments look like headings."""
    text = page(name).read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def _blocks(name: str, heading: str) -> list[str]:
    """Return the code that runs under a heading."""
    lines = page(name).read_text(encoding="utf-8").splitlines()
    start = lines.index(f"## {heading}") + 1
    end = next((n for n, line in enumerate(lines, 1) if n > start and line.startswith("## ")), 9999)
    return [
        fence.content
        for fence in fences(page(name))
        if fence.language in ("python", "bash") and start < fence.line < end
    ]
