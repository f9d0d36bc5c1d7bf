"""The playground: every mistake is refused as it is loaded, and accepted once it is repaired."""

import re

import pytest
from playwright.sync_api import Page, expect

from scripts.page.mistake import load_mistakes
from tests.plugins.axe import violations
from tests.plugins.blocks import DOCS
from tests.support.run import run, run_without_a_browser, write

PLAYGROUND = "/playground/"
MISTAKES = load_mistakes()
LEAST = 12
FIRST = MISTAKES[0]
SOLVED = "Solved: the exchange has accepted the request."


def test_each_mistake_is_refused_with_its_code_and_accepted_once_repaired() -> None:
    assert len(MISTAKES) >= LEAST
    orders = [
        {
            "code": code,
            "published": mistake.program,
            "start": mistake.start,
            "goal": mistake.request,
        }
        for mistake in MISTAKES
        for code in (mistake.program, mistake.repaired)
    ]

    outcomes = run_without_a_browser(orders)

    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
    met = [(mistake["error"], mistake["advice"], mistake["is_solved"]) for mistake in outcomes]
    assert [("", "", False), ("", "", True)] * len(MISTAKES) == met
    codes = [outcome["requests"][-1]["code"] for outcome in outcomes]
    assert [code for mistake in MISTAKES for code in (mistake.code, "0")] == codes


@pytest.mark.parametrize(
    "code",
    [
        # Another request than the one that was asked for, a public one, and none at all.
        FIRST.program.replace(' + "?ccy=BTC"', ""),
        "import os\nimport requests\n"
        'requests.get(os.environ["OKX_API_BASE_URL"] + "/api/v5/public/time", timeout=10)',
        "print('0')",
    ],
)
def test_another_request_solves_nothing(code: str) -> None:
    [outcome] = run_without_a_browser([{"code": code, "goal": FIRST.request}])

    assert outcome["error"] == ""
    assert outcome["is_solved"] is False


def test_a_public_request_has_no_signature_to_accept() -> None:
    code = (
        "import os\nimport requests\n"
        'requests.get(os.environ["OKX_API_BASE_URL"] + "/api/v5/public/time", timeout=10)'
    )

    [outcome] = run_without_a_browser([{"code": code, "goal": "GET /api/v5/public/time"}])

    assert outcome["requests"][0]["code"] == "0"
    assert outcome["is_solved"] is False


def test_the_lines_of_a_repair_are_whole() -> None:
    for mistake in MISTAKES:
        wrong, right = mistake.lines
        before, _, after = mistake.program.partition(wrong)
        assert before == "" or before.endswith("\n")
        assert after.startswith("\n")
        assert mistake.repaired == before + right + after


def test_the_page_lists_every_mistake_and_says_how_many() -> None:
    text = (DOCS / "playground" / "index.md").read_text(encoding="utf-8")

    assert f"| {FIRST.title} | `{FIRST.code}` |" in text
    assert len(MISTAKES) == len(re.findall(r"^\| .* \| `\d{5}` \|", text, re.MULTILINE))
    # "fifteen" stands in a description, which no generator writes.
    assert len(MISTAKES) == 15


# For what is ours; the theme keeps something too.
SWITCHED_OFF = """
for (const name of ["getItem", "setItem"]) {
  const kept = Storage.prototype[name]
  Storage.prototype[name] = function (key, ...values) {
    if (key.startsWith("okx-guide")) throw new DOMException("switched off", "SecurityError")
    return kept.call(this, key, ...values)
  }
}
"""

# --- in a browser ----------------------------------------------------------------------------


def choose(page: Page, name: str) -> None:
    page.get_by_label("Mistake", exact=True).select_option(name)


def repair(page: Page, label: str, code: str) -> None:
    """Put other code in place of a program, in an editor that may be open already."""
    edit = page.get_by_role("button", name=f"Edit {label}")
    # One of the two is there as soon as the mistakes have loaded.
    expect(edit.or_(page.get_by_role("textbox", name=f"Code of {label}")).first).to_be_visible()
    if edit.is_visible():
        edit.click()
    write(page, label, code)


def test_each_mistake_can_be_run_and_repaired_in_the_page(page: Page, hosted_url: str) -> None:
    page.goto(hosted_url + PLAYGROUND)
    for solved, mistake in enumerate(MISTAKES):
        expect(page.get_by_label("Mistake", exact=True)).to_have_value(mistake.name)
        assert page.url.endswith(f"#{mistake.name}")
        run(page, mistake.title, f"Refused with {mistake.code}. Look at what the exchange saw.")

        repair(page, mistake.title, mistake.repaired)
        run(page, mistake.title, SOLVED)

        expect(page.get_by_text(f"{solved + 1} of {len(MISTAKES)} solved")).to_be_visible()
        page.get_by_role("button", name="Next mistake").click()
        expect(page.get_by_label("Mistake", exact=True)).to_be_in_viewport()
    expect(page.get_by_label("Mistake", exact=True)).to_have_value("own")
    run(page, "A program of your own", "Done.")

    # The visit goes on after another page.
    page.goto(hosted_url)
    page.goto(f"{hosted_url}{PLAYGROUND}#{MISTAKES[2].name}")
    expect(page.get_by_text(f"{len(MISTAKES)} of {len(MISTAKES)} solved")).to_be_visible()
    expect(page.get_by_label("Mistake", exact=True)).to_have_value(MISTAKES[2].name)


def test_what_was_written_is_there_when_the_reader_comes_back(page: Page, hosted_url: str) -> None:
    page.goto(hosted_url + PLAYGROUND)
    repair(page, FIRST.title, "print('mine')")
    choose(page, MISTAKES[1].name)
    editor = page.get_by_role("textbox", name=f"Code of {MISTAKES[1].title}")
    expect(editor).to_contain_text("time.sleep(0.01)")

    choose(page, FIRST.name)

    expect(page.get_by_role("textbox", name=f"Code of {FIRST.title}")).to_contain_text(
        "print('mine')"
    )
    run(page, FIRST.title, f"The exchange must accept {FIRST.request}.")
    page.get_by_role("button", name=f"Reset {FIRST.title}").click()
    run(page, FIRST.title, "Refused with 50113.")


def test_the_repair_is_shown_when_it_is_asked_for(page: Page, hosted_url: str) -> None:
    page.goto(hosted_url + PLAYGROUND)
    expect(page.get_by_role("region", name="Right")).to_have_count(0)

    page.get_by_text("Show the repair").click()

    expect(page.get_by_role("region", name="Wrong")).to_have_text(FIRST.lines[0])
    expect(page.get_by_role("region", name="Right")).to_have_text(FIRST.lines[1])
    page.get_by_role("link", name="Read more").click()
    expect(page).to_have_url(hosted_url + "/" + FIRST.page)


def test_without_storage_it_works_and_forgets(page: Page, hosted_url: str) -> None:
    page.add_init_script(SWITCHED_OFF)
    page.goto(hosted_url + PLAYGROUND)
    repair(page, FIRST.title, FIRST.repaired)
    run(page, FIRST.title, SOLVED)
    expect(page.get_by_text(f"1 of {len(MISTAKES)} solved")).to_be_visible()


def test_mistakes_that_do_not_load_have_their_sentence(
    page: Page, hosted_url: str, problems: list[str]
) -> None:
    page.route("**/mistakes.json", lambda route: route.abort())
    page.goto(hosted_url + PLAYGROUND)

    expect(page.get_by_text("The mistakes did not load. Load the page again.")).to_be_visible()
    problems.clear()


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_on_the_playground(
    page: Page, hosted_url: str, axe: str, width: int
) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(hosted_url + PLAYGROUND)
    page.evaluate(axe)
    assert violations(page) == []
    page.get_by_text("Show the repair").click()
    repair(page, FIRST.title, FIRST.program)
    run(page, FIRST.title, "Refused with 50113.")
    page.get_by_text("What the exchange saw: ").click()
    expect(page.locator(".trace__checks")).to_be_visible()

    for scheme in ("default", "slate"):
        page.evaluate("scheme => document.body.dataset.mdColorScheme = scheme", scheme)
        assert violations(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
