"""A visit to the published site by somebody who has installed nothing, in a browser."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.plugins.axe import check_sizes_and_colours
from tests.support.reader import Reader
from tests.support.run import Worker, output, return_to, run, status, visit

CREATE = "/guide/create/"
CONFIGURE = "/guide/configure/"
ACTIVATE = "/guide/activate/"
VALIDATE = "/guide/validate/"
ROTATION = "/security/rotation/"
AUDIT = "/security/least-privilege/"
COMPARED = "block 3"
ROTATED = "block 4"
ORDER = "5_order.py"
REQUEST = "2_first_request.py"
SAME = "The same as the page shows."
DIFFERENT = "Done. The page shows what a new exchange answers."
EXPIRED = "Refused with 50102. The page shows what a new exchange answers."
KEPT = "JSON.parse(sessionStorage.getItem('okx-guide-visit')).rows"
# As if an earlier page of the visit had kept it.
KEEP = "kept => sessionStorage.setItem('okx-guide-visit', kept)"
# What is ours cannot be kept; the theme keeps something too.
SWITCHED_OFF = """
for (const name of ["getItem", "setItem", "removeItem"]) {
  const kept = Storage.prototype[name]
  Storage.prototype[name] = function (key, ...values) {
    if (key.startsWith("okx-guide")) throw new DOMException("switched off", "SecurityError")
    return kept.call(this, key, ...values)
  }
}
"""


def open_panel(page: Page, address: str, name: str) -> Locator:
    """Open the key page in a page of the guide by keyboard, and return where it is shown."""
    page.goto(address)
    panel = page.locator(".key-page")
    panel.scroll_into_view_if_needed()
    page.get_by_role("button", name=name).press("Enter")
    expect(panel.get_by_role("heading", level=3)).to_be_focused()
    return panel


def press(panel: Locator, role: str, name: str) -> None:
    """Choose a link or a button of the key page by keyboard."""
    panel.get_by_role(role, name=name).press("Enter")  # type: ignore[arg-type]  # any role


def fill_form(panel: Locator, label: str) -> None:
    """Ask for a key that may read, by keyboard."""
    panel.get_by_role("textbox", name="Name").press_sequentially(label)
    expect(panel.get_by_role("checkbox", name="Read")).to_be_checked()
    panel.get_by_label("Passphrase", exact=True).press_sequentially("Fake-pass1")
    press(panel, "button", "Continue to the security verification")
    expect(panel.get_by_role("heading", name="Security verification")).to_be_focused()


def verify(panel: Locator, label: str) -> None:
    """Enter the code that is in the inbox, by keyboard."""
    code = panel.locator("code.code").inner_text()
    press(panel, "link", f"Enter the code for {label}")
    panel.get_by_role("textbox", name="Code").press_sequentially(code)
    press(panel, "button", "Create the key")
    expect(panel.get_by_role("heading", name="Save these now")).to_be_focused()


def find_note(page: Page, label: str) -> Locator:
    """Return where a page says with what a block runs."""
    button = page.get_by_role("button", name=f"Run {label}")
    return page.locator(".run", has=button).locator(".run__note")


def test_a_visit_from_the_first_page_to_a_refusal_that_is_repaired(
    page: Page, hosted_url: str, worker: Worker
) -> None:
    hosts: set[str] = set()
    page.context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.set_viewport_size({"width": 360, "height": 800})
    answer = page.goto(hosted_url)
    assert answer
    assert "default-src 'none'" in answer.headers["content-security-policy"]

    page.get_by_role("link", name="Create a key", exact=True).press("Enter")
    page.wait_for_url(hosted_url + CREATE)
    # A form that breaks a rule says which.
    panel = open_panel(page, hosted_url + CONFIGURE, "Open the practice form")
    press(panel, "button", "Continue to the security verification")
    expect(panel.get_by_role("alert")).to_be_focused()
    press(panel, "link", "The passphrase format is incorrect.")
    expect(panel.get_by_label("Passphrase", exact=True)).to_be_focused()
    fill_form(panel, "bot")

    panel = open_panel(page, hosted_url + ACTIVATE, "Open the practice inbox")
    verify(panel, "bot")
    with page.expect_download() as saved:
        press(panel, "button", "Download okx-bot.env")
    assert "OKX_SECRET_KEY=" in Path(saved.value.path()).read_text(encoding="utf-8")
    end = panel.get_by_label("API key", exact=True).input_value()[-4:]
    expect(panel).to_contain_text(f"From now on the blocks of every page run with your key …{end}")
    expect(panel.get_by_role("link", name="Use it in step 4")).to_have_attribute(
        "href", hosted_url + VALIDATE
    )
    page.locator(".language-python").first.scroll_into_view_if_needed()
    run(page, "block 2", SAME)
    expect(output(page, "block 2")).to_have_text("active\n")

    # The key may only read: the order is refused, and the page says why.
    page.goto(hosted_url + VALIDATE)
    page.locator(".language-python").first.scroll_into_view_if_needed()
    expect(find_note(page, REQUEST)).to_have_text(f"with your key …{end}")
    expect(find_note(page, "4_live.py")).to_have_text("with a live key")
    page.get_by_role("button", name=f"Run {REQUEST}").press("Enter")
    expect(status(page, REQUEST)).to_have_text(SAME)
    page.get_by_role("button", name=f"Run {ORDER}").press("Enter")
    expect(status(page, ORDER)).to_have_text("It ended with an error.")
    expect(output(page, ORDER)).to_contain_text("50120")
    block = page.locator(".run__output", has=output(page, ORDER))
    block.get_by_text("What the exchange saw: ").press("Enter")
    expect(block.locator("[data-result=failed]")).to_contain_text("the key has read_only")

    # It is repaired where the key is edited, which is a form like that of step 2.
    reader = Reader(worker, page.evaluate(KEPT))
    reader.edit_key("bot", label="bot", permissions=("read_only", "trade"))
    page.evaluate(KEEP, json.dumps(reader.visit))
    page.get_by_role("button", name=f"Run {ORDER}").press("Enter")
    expect(status(page, ORDER)).to_have_text(SAME)
    expect(output(page, ORDER)).to_have_text("live\ncanceled\n")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360

    assert hosts == {urlsplit(hosted_url).netloc}


def test_the_key_page_is_tried_again_and_used_and_begun_anew(
    page: Page, hosted_url: str, axe: str, problems: list[str]
) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.context.route("**/packages.zip", lambda route: route.abort())
    page.goto(hosted_url + CONFIGURE)
    panel = page.locator(".key-page")
    panel.scroll_into_view_if_needed()
    expect(panel).to_contain_text(re.compile(r"loads Python: \d\.\d MB, once"))
    page.get_by_role("button", name="Open the practice form").click()
    expect(panel.get_by_role("status").first).to_contain_text("Try again.")
    page.context.unroute("**/packages.zip")
    problems.clear()
    page.get_by_role("button", name="Open the practice form").press("Enter")
    expect(panel.get_by_role("heading", level=3)).to_be_focused()
    page.evaluate(axe)
    # The form is on the page of its step, the code is not.
    expect(panel.get_by_role("link", name="Step 2")).to_have_count(0)
    press(panel, "button", "Continue to the security verification")
    expect(panel.get_by_role("alert")).to_be_focused()
    check_sizes_and_colours(page, ".key-page")
    fill_form(panel, "bot")
    expect(panel.get_by_role("link", name="Step 3")).to_have_attribute(
        "href", hosted_url + ACTIVATE
    )
    press(panel, "link", "practice inbox")
    verify(panel, "bot")
    check_sizes_and_colours(page, ".key-page")
    press(panel, "link", "I have saved them")
    expect(panel.get_by_role("heading", name="Demo API keys")).to_be_focused()
    check_sizes_and_colours(page, ".key-page")
    press(panel, "link", "Edit bot")
    panel.get_by_role("checkbox", name="Trade").press("Space")
    press(panel, "button", "Save the change")
    expect(panel.get_by_text("The change is saved.")).to_be_visible()
    press(panel, "link", "Demo keys")
    press(panel, "link", "Delete practice")
    press(panel, "button", "Delete practice")
    expect(panel.get_by_text("The key is deleted.")).to_be_visible()
    expect(panel.get_by_role("link", name="practice", exact=True)).to_have_count(0)

    press(panel, "button", "Start over")

    expect(panel.get_by_text("The exchange is new again, with its ready key.")).to_be_visible()
    expect(panel.get_by_text("From now on the blocks")).to_be_hidden()
    expect(panel.get_by_role("heading", name="Create a demo API key")).to_be_focused()
    press(panel, "link", "Demo keys")
    expect(panel.get_by_role("link", name="practice", exact=True)).to_be_visible()
    expect(panel.get_by_role("link", name="bot", exact=True)).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('okx-guide-visit')") is None


def test_a_key_is_rotated_in_the_page(page: Page, hosted_url: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.set_viewport_size({"width": 360, "height": 800})
    panel = open_panel(page, hosted_url + ROTATION, "Open the practice key page")
    expect(panel).to_contain_text("no key counts as used")
    press(panel, "link", "Create API key")
    step = panel.get_by_role("link", name="Step 2 explains each field.")
    expect(step).to_have_attribute("href", hosted_url + CONFIGURE)
    panel.get_by_role("checkbox", name="Trade").press("Space")
    panel.get_by_role("button", name="Show: Passphrase").press("Enter")
    expect(panel.get_by_role("button", name="Hide: Passphrase")).to_be_visible()
    expect(panel.get_by_label("Passphrase", exact=True)).to_have_attribute("type", "text")
    fill_form(panel, "new")
    press(panel, "link", "practice inbox")
    verify(panel, "new")
    for name in ("API key", "Secret key"):
        field = panel.get_by_label(name, exact=True)
        panel.get_by_role("button", name=f"Copy: {name}").press("Enter")
        expect(panel.get_by_role("button", name=f"Copied: {name}")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == field.input_value()
        assert field.evaluate("field => field.scrollWidth <= field.clientWidth"), name

    # The blocks of a page have their buttons when the first of them is near.
    page.locator(".language-python").last.scroll_into_view_if_needed()
    run(page, COMPARED, SAME)
    expect(find_note(page, COMPARED)).to_have_text("with your keys practice and new")
    expect(output(page, COMPARED)).to_have_text("same rights: True\n")
    press(panel, "link", "I have saved them")
    press(panel, "link", "Delete practice")
    press(panel, "button", "Delete practice")
    expect(panel.get_by_text("The key is deleted.")).to_be_visible()
    run(page, ROTATED, SAME)
    expect(output(page, ROTATED)).to_have_text("practice 50119\nnew works\n")

    # Two boxes have a name each, and the one clock is under the block that ran last.
    block = page.locator(".language-python", has=output(page, ROTATED))
    expect(block.get_by_text("Printed now")).to_be_visible()
    expect(page.get_by_text("The page shows", exact=True)).to_have_count(2)
    expect(block.get_by_role("button", name="Start over")).to_be_visible()
    expect(page.locator(".language-python").get_by_role("button", name="Start over")).to_have_count(
        1
    )
    # What the visit has loaded is not announced again.
    visit(page, hosted_url + VALIDATE)
    expect(page.get_by_text("The first run loads Python")).to_have_count(0)
    # The audit looks at the reader's key instead of the careless one; its columns do not wrap.
    visit(page, hosted_url + AUDIT)
    page.locator(".language-python").last.scroll_into_view_if_needed()
    run(page, "block 1", DIFFERENT)
    expect(output(page, "block 1")).to_contain_text(
        "ok       permissions  It may: read_only, trade"
    )
    expect(output(page, "block 1")).to_have_css("white-space", "pre")
    run(page, "block 2", SAME)


@pytest.fixture
def validate_page(kept_page: Page, hosted_url: str) -> Page:
    """The page of step 4, with a new exchange."""
    return_to(kept_page, hosted_url + VALIDATE)
    return kept_page


def test_a_block_of_a_deleted_key_says_what_to_do(
    validate_page: Page, hosted_url: str, worker: Worker
) -> None:
    page = validate_page
    reader = Reader(worker)
    reader.delete_key("practice")
    page.evaluate(KEEP, json.dumps(reader.visit))

    run(
        page,
        REQUEST,
        "Refused with 50119: the exchange of your visit does not know this key. Start over, or "
        "create a key.",
    )

    expect(page.get_by_role("link", name="What 50119 means, and what to do")).to_have_attribute(
        "href", f"{hosted_url}/troubleshooting/codes/#50119"
    )


def test_the_clock_can_be_turned_and_set_right(validate_page: Page, hosted_url: str) -> None:
    page = validate_page
    second_tab = page.context.new_page()
    run(page, REQUEST, SAME)
    clock = page.get_by_label("The exchange's clock is")

    clock.select_option("10 minutes slow")
    expect(page.get_by_text("The clock is turned. Run the block again.")).to_be_visible()

    expect(find_note(page, REQUEST)).to_have_text("The exchange's clock is 10 minutes slow")
    run(page, REQUEST, EXPIRED)
    expect(output(page, REQUEST)).to_have_text("401 50102\n")
    page.get_by_text("What the exchange saw: ").click()
    expect(page.locator("[data-result=failed]")).to_contain_text("the age of the timestamp")
    # Another tab has an exchange of its own, at the same time.
    visit(second_tab, hosted_url + VALIDATE)
    second_tab.get_by_role("button", name=f"Run {REQUEST}").click()
    run(page, REQUEST, EXPIRED)
    expect(status(second_tab, REQUEST)).to_have_text(SAME)
    clock.select_option("right")
    expect(page.get_by_text("The clock is turned. Run the block again.")).to_be_visible()
    run(page, REQUEST, SAME)
    expect(find_note(page, REQUEST)).to_have_text("")

    # What was turned stays so, in that tab.
    second_tab.get_by_label("The exchange's clock is").select_option("10 minutes fast")
    expect(second_tab.get_by_text("The clock is turned. Run the block again.")).to_be_visible()
    visit(second_tab, hosted_url + VALIDATE)
    expect(find_note(second_tab, REQUEST)).to_have_text("The exchange's clock is 10 minutes fast")
    second_tab.close()


def test_without_storage_there_is_a_sentence_and_blocks_run(page: Page, hosted_url: str) -> None:
    page.add_init_script(SWITCHED_OFF)
    visit(page, hosted_url + VALIDATE)
    run(page, REQUEST, SAME)
    page.get_by_label("The exchange's clock is").select_option("1 minute fast")

    expect(find_note(page, REQUEST)).to_have_text(
        "The exchange's clock is 1 minute fast. This browser keeps nothing for pages, so it lasts "
        "until you leave this one"
    )
    run(page, REQUEST, EXPIRED)
    expect(output(page, REQUEST)).to_have_text("401 50102\n")


@pytest.mark.parametrize("kept", ["{", '{"rows": "x"}'])
def test_what_was_kept_and_cannot_be_read_has_its_sentence(validate_page: Page, kept: str) -> None:
    validate_page.evaluate(KEEP, kept)

    run(validate_page, REQUEST, SAME if kept == "{" else "Choose Start over.")


# What the key page may send, or an exchange that is not ours, and what of it is shown.
SENT = {
    "<p>a<script>alert(1)</script>b</p>": "<p>ab</p>",
    '<p onclick="alert(1)" style="color:red">a</p>': "<p>a</p>",
    "<p><img src=x onerror=alert(1)>a</p>": "<p>a</p>",
    "<p><iframe srcdoc=a></iframe><svg><a>b</a></svg><style>*{}</style></p>": "<p></p>",
    '<a href="javascript:alert(1)">a</a>': (
        '<a data-to="javascript:alert(1)" href="#key-page">a</a>'
    ),
    '<form action="https://www.okx.com" method="post"><button formaction="//x">a</button>': (
        '<form data-to="https://www.okx.com" method="post"><button>a</button></form>'
    ),
    "<script>alert(1)</script>": "",
    "<h1>a</h1>": "<h3>a</h3>",
}
COPY = """async ([script, sent]) => {
  const { copy } = await import(script)
  return sent.map((html) => {
    const { body } = new DOMParser().parseFromString(`<body>${html}`, "text/html")
    const made = copy(body.firstElementChild)
    return typeof made === "string" ? made : made.outerHTML
  })
}"""


def test_nothing_is_shown_but_what_the_key_page_is_known_to_send(
    page: Page, hosted_url: str, hosted: Path, problems: list[str]
) -> None:
    page.goto(hosted_url)
    [script] = (hosted / "javascripts").glob("run-*.js")

    shown = page.evaluate(COPY, [f"/javascripts/{script.name}", list(SENT)])

    assert list(SENT.values()) == shown
    # The browser has refused some of it, and says so.
    problems.clear()


def test_without_scripts_there_is_a_sentence(hosted: Path) -> None:
    sentence = (
        "<noscript>With JavaScript, the practice key page and the Python blocks run in the page."
        "</noscript>"
    )
    for path in (CREATE, CONFIGURE, ACTIVATE, ROTATION):
        html = (hosted / path.strip("/") / "index.html").read_text(encoding="utf-8")
        assert html.count(sentence) == 1
