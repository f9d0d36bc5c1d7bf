"""The questions that most reports come down to have one page each, which answers them first."""

import re
from pathlib import Path

import pytest

from tests.plugins.blocks import DOCS, fences
from tests.support.prose import read_first_tabs

FOLDER = DOCS / "troubleshooting"
# The questions as people ask them, the most frequent first; the count is that of the reports.
QUESTIONS = {
    "My key exists and is active. Why does OKX say it does not exist?": "which-host",
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
    "My clock looks right, why “Timestamp request expired”?": "timestamp",
    "The browser opens OKX but my program cannot connect. Is my key wrong?": "no-connection",
    "Balance works but every order is refused. Is it the key?": "orders-refused",
}
# The questions of the older guide, word for word, in its order.
OLDER_QUESTIONS = (
    "Can I use one API key for multiple applications?",
    "What if my API key expires?",
    "How do I revoke API access?",
    "Why is my API request returning a 403 error?",
    "Are there rate limits?",
)
LINES = 180
"""A page longer than that is no short answer."""
TOOLS = {"invalid-sign"}
"""Pages that are a tool with its instructions, which may be longer."""

pages = pytest.mark.parametrize("name", sorted(set(QUESTIONS.values())))


def find_page(name: str) -> Path:
    return FOLDER / f"{name}.md"


@pages
def test_the_title_is_a_question(name: str) -> None:
    [title] = re.findall(r"^# (.+?)(?: \{.*\})?$", _read_prose(name), re.MULTILINE)

    assert title.endswith(("?", "?”"))


@pages
def test_the_mistake_is_made_and_then_mended(name: str) -> None:
    headings = re.findall(r"^## (.+)$", _read_prose(name), re.MULTILINE)
    problem, remedy = headings.index("See it happen"), headings.index("The fix")

    assert problem < remedy
    blocks = {heading: _read_blocks(name, heading) for heading in ("See it happen", "The fix")}
    assert {heading: bool(block) for heading, block in blocks.items()} == {
        "See it happen": True,
        "The fix": True,
    }


@pages
def test_a_page_is_short(name: str) -> None:
    generated = r"<!-- (facts|measured):.*?<!-- /\1 -->"
    text = re.sub(generated, "", find_page(name).read_text("utf-8"), flags=re.DOTALL)
    text = read_first_tabs(text)

    assert name in TOOLS or len(text.splitlines()) <= LINES


def _read_answers() -> dict[str, str]:
    """Return each question of the FAQ with its answer."""
    faq = (DOCS / "faq.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+?) \{ #\S+ \}$", faq, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (answer.strip() for answer in parts[2::2]), strict=True))


def test_the_faq_asks_the_questions_of_the_older_guide_first_and_word_for_word() -> None:
    assert list(OLDER_QUESTIONS) == list(_read_answers())[: len(OLDER_QUESTIONS)]


def test_the_faq_asks_what_the_reports_ask_in_their_order() -> None:
    answers = _read_answers()

    assert list(QUESTIONS) == [question for question in answers if question in QUESTIONS]
    for question, name in QUESTIONS.items():
        assert f"(troubleshooting/{name}.md" in answers[question], question


def test_an_answer_of_the_faq_is_one_line_that_links_and_has_no_code() -> None:
    answers = _read_answers()
    # The last section ends with the way out of the page.
    last = list(answers)[-1]
    answers[last] = answers[last].partition("\n\n")[0]

    assert [question for question, text in answers.items() if len(text.splitlines()) != 1] == []
    assert [question for question, text in answers.items() if "](" not in text] == []
    assert fences(DOCS / "faq.md") == ()


def _read_prose(name: str) -> str:
    """Return the page without its blocks, whose comments look like headings."""
    text = find_page(name).read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def _read_blocks(name: str, heading: str) -> list[str]:
    """Return the code that runs under a heading."""
    lines = find_page(name).read_text(encoding="utf-8").splitlines()
    start = lines.index(f"## {heading}") + 1
    end = next((n for n, line in enumerate(lines, 1) if n > start and line.startswith("## ")), 9999)
    return [
        fence.content
        for fence in fences(find_page(name))
        if fence.language in ("python", "bash") and start < fence.line < end
    ]
