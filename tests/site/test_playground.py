"""The playground: every mistake is refused as it is loaded, and accepted once it is repaired."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripts.page.mistake import load_mistakes
from scripts.site.runtime import FOLDER
from tests.plugins.axe import check_sizes_and_colours
from tests.plugins.blocks import DOCS
from tests.support.run import Worker, return_to, run, write

PLAYGROUND = "/playground/"
MISTAKES = load_mistakes()
LEAST = 12
FIRST = MISTAKES[0]
SOLVED = "Solved: the exchange has accepted the request."


def test_each_mistake_is_refused_with_its_code_and_accepted_once_repaired(worker: Worker) -> None:
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

    outcomes = worker.run(orders)

    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
    mistakes = [(mistake["error"], mistake["advice"], mistake["is_solved"]) for mistake in outcomes]
    assert [("", "", False), ("", "", True)] * len(MISTAKES) == mistakes
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
def test_another_request_solves_nothing(worker: Worker, code: str) -> None:
    [outcome] = worker.run([{"code": code, "goal": FIRST.request}])

    assert outcome["error"] == ""
    assert outcome["is_solved"] is False


def test_a_public_request_has_no_signature_to_accept(worker: Worker) -> None:
    code = (
        "import os\nimport requests\n"
        'requests.get(os.environ["OKX_API_BASE_URL"] + "/api/v5/public/time", timeout=10)'
    )

    [outcome] = worker.run([{"code": code, "goal": "GET /api/v5/public/time"}])

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
# For a page that is shown already.
SWITCH_OFF = """() => {
  window.switched = Object.getOwnPropertyDescriptor(window, "sessionStorage")
  const get = () => { throw new DOMException("switched off", "SecurityError") }
  Object.defineProperty(window, "sessionStorage", { configurable: true, get })
}"""
SWITCH_ON = "() => { Object.defineProperty(window, 'sessionStorage', window.switched) }"

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


# Runs each mistake and its repair in the Python of the page, with what the page knows of it.
RUN_ALL = """async ([script, base]) => {
  const { open, order } = await import(script)
  const { python, root, starts } = await open(new URL(base))
  const mistakes = await (await fetch(new URL("mistakes.json", python.folder))).json()
  const outcomes = []
  for (const { program, request, start, wrong, right } of mistakes) {
    const listed = { goal: request, name: "program.py", published: program, shown: null, start }
    for (const code of [program, program.replace(wrong, () => right)]) {
      outcomes.push(await python.run(
        await order(listed, code, starts, root), { print() {}, progress() {} }))
    }
  }
  return outcomes.map((one) => [one.requests.at(-1).code, one.is_solved, one.error + one.advice])
}"""


@pytest.fixture
def playground(kept_page: Page, hosted_url: str) -> Page:
    """The page with its first mistake."""
    return_to(kept_page, hosted_url + PLAYGROUND)
    choose(kept_page, FIRST.name)
    assert kept_page.url.endswith(f"#{FIRST.name}")
    return kept_page


def test_a_mistake_is_refused_and_its_repair_is_shown_when_it_is_asked_for(
    playground: Page, axe: str
) -> None:
    page = playground
    expect(page.get_by_role("region", name="Right")).to_have_count(0)
    page.get_by_text("Show the repair").click()
    expect(page.get_by_role("region", name="Wrong")).to_have_text(FIRST.lines[0])
    expect(page.get_by_role("region", name="Right")).to_have_text(FIRST.lines[1])
    repair(page, FIRST.title, FIRST.program)
    run(page, FIRST.title, f"Refused with {FIRST.code}. Look at what the exchange saw.")
    page.get_by_text("What the exchange saw: ").click()
    expect(page.locator(".trace__checks")).to_be_visible()
    page.evaluate(axe)
    check_sizes_and_colours(page, "#bench")


def test_what_was_written_is_there_when_the_reader_comes_back(playground: Page) -> None:
    page = playground
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
    run(page, FIRST.title, f"Refused with {FIRST.code}.")


def test_what_is_repaired_counts_and_the_next_is_one_that_is_not(playground: Page) -> None:
    page = playground
    choice = page.get_by_label("Mistake", exact=True)
    last = MISTAKES[-1]
    solved = page.get_by_text(f"of {len(MISTAKES)} solved")
    before = int(solved.inner_text().split()[0])
    repair(page, FIRST.title, FIRST.repaired)
    run(page, FIRST.title, SOLVED)
    expect(solved).to_have_text(f"{before + 1} of {len(MISTAKES)} solved")
    page.get_by_role("button", name="Next mistake").click()
    expect(choice).to_be_in_viewport()
    expect(choice).to_have_value(MISTAKES[1].name)
    choose(page, last.name)
    repair(page, last.title, last.repaired)
    run(page, last.title, SOLVED)
    expect(solved).to_have_text(f"{before + 2} of {len(MISTAKES)} solved")
    page.get_by_role("button", name="Next mistake").click()
    expect(choice).to_have_value(MISTAKES[1].name)
    solved = page.evaluate("sessionStorage.getItem('okx-guide-solved')")
    assert {FIRST.name, last.name} <= set(json.loads(solved))


def test_each_mistake_is_refused_and_repaired_in_the_python_of_the_page(
    playground: Page, hosted_url: str, hosted: Path
) -> None:
    [script] = (hosted / "javascripts").glob("run-*.js")
    outcomes = playground.evaluate(
        RUN_ALL, [f"/javascripts/{script.name}", f"{hosted_url}/{FOLDER.as_posix()}/"]
    )
    expected = [outcome for one in MISTAKES for outcome in ([one.code, False, ""], ["0", True, ""])]
    assert expected == outcomes


def test_when_all_are_solved_there_is_a_program_of_the_readers_own(
    page: Page, hosted_url: str
) -> None:
    page.goto(hosted_url)
    solved = [mistake.name for mistake in MISTAKES]
    keep = "solved => sessionStorage.setItem('okx-guide-solved', solved)"
    page.evaluate(keep, json.dumps(solved))
    choice = page.get_by_label("Mistake", exact=True)

    page.goto(f"{hosted_url}{PLAYGROUND}#{MISTAKES[2].name}")

    expect(page.get_by_text(f"{len(MISTAKES)} of {len(MISTAKES)} solved")).to_be_visible()
    expect(choice).to_have_value(MISTAKES[2].name)
    page.get_by_role("button", name="Next mistake").click()
    expect(choice).to_have_value("own")
    choose(page, FIRST.name)
    page.get_by_text("Show the repair").click()
    page.get_by_role("link", name="Read: Signing rules").click()
    expect(page).to_have_url(f"{hosted_url}/{FIRST.page}")


def test_without_storage_it_begins(page: Page, hosted_url: str) -> None:
    page.add_init_script(SWITCHED_OFF)
    page.goto(hosted_url + PLAYGROUND)

    expect(page.get_by_label("Mistake", exact=True)).to_have_value(FIRST.name)
    expect(page.get_by_text(f"0 of {len(MISTAKES)} solved")).to_be_visible()


def test_without_storage_it_counts_and_forgets(playground: Page) -> None:
    page, mistake = playground, MISTAKES[2]
    choose(page, mistake.name)
    solved = page.get_by_text(f"of {len(MISTAKES)} solved")
    before = int(solved.inner_text().split()[0])

    page.evaluate(SWITCH_OFF)
    repair(page, mistake.title, mistake.repaired)
    run(page, mistake.title, SOLVED)
    page.evaluate(SWITCH_ON)

    expect(solved).to_have_text(f"{before + 1} of {len(MISTAKES)} solved")
    assert page.evaluate("sessionStorage.getItem('okx-guide-solved')") is None
    choose(page, "own")
    page.get_by_role("button", name="Reset A program of your own").click()
    run(page, "A program of your own", "Done.")


def test_mistakes_that_do_not_load_have_their_sentence(
    page: Page, hosted_url: str, problems: list[str]
) -> None:
    page.route("**/mistakes.json", lambda route: route.abort())
    page.goto(hosted_url + PLAYGROUND)

    expect(page.get_by_text("The mistakes did not load. Load the page again.")).to_be_visible()
    problems.clear()
