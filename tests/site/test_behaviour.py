"""What the published site does in a browser, under its content policy.

The page fixture fails a test whose page breaks the policy, writes an error to the console
or asks another machine for anything.
"""

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from okx_guide import facts
from scripts.docs.families import FAMILIES
from scripts.site.finish import PLAIN
from tests.plugins.axe import violations
from tests.plugins.blocks import DOCS, fences
from tests.plugins.browser import SCHEMES, Scheme


def find_python_block(page: str) -> str:
    return next(fence.content for fence in fences(DOCS / page) if fence.language == "python")


@pytest.fixture
def telephone(browser: Browser, hosted_url: str) -> Iterator[Page]:
    """A page on a narrow screen."""
    context = browser.new_context(viewport={"width": 360, "height": 760}, base_url=hosted_url)
    yield context.new_page()
    context.close()


@pytest.fixture
def scriptless_page(browser: Browser, hosted_url: str) -> Iterator[Page]:
    """A page whose scripts do not run."""
    context = browser.new_context(java_script_enabled=False, base_url=hosted_url)
    yield context.new_page()
    context.close()


# --- its policy --------------------------------------------------------------------------


def test_a_script_that_is_smuggled_in_does_not_run(
    page: Page, hosted_url: str, problems: list[str]
) -> None:
    page.goto(hosted_url)

    page.evaluate(
        """() => {
          const script = document.createElement("script")
          script.textContent = "window.smuggled = true"
          document.body.append(script)
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='smuggled = true'>")
          // The handler above would have been called before this one.
          return new Promise(done => {
            document.body.lastElementChild.addEventListener("error", done)
          }).then(() => null)
        }"""
    )

    assert page.evaluate("window.smuggled") is None
    assert any("Content Security Policy" in problem for problem in problems)
    problems.clear()


# --- search, copy, tabs, colours ---------------------------------------------------------


def test_the_search_finds_and_loads_its_index_only_then(page: Page, hosted_url: str) -> None:
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(hosted_url, wait_until="networkidle")
    assert not [url for url in urls if "search" in url and "search-later" not in url]

    page.keyboard.press("/")
    page.keyboard.type("signature")

    result = page.locator(".md-search-result__link").first
    expect(result).to_be_visible()
    assert [url for url in urls if "search_index" in url]
    assert [url for url in urls if "/workers/" in url]
    result.click()
    expect(page).to_have_url(re.compile(r"\?h=signature"))
    expect(page.locator("article mark").first).to_be_visible()


def test_a_tap_on_a_telephone_finds_too(telephone: Page) -> None:
    telephone.goto("/")
    telephone.locator("label.md-header__button[for=__search]").click()
    telephone.keyboard.type("signature")

    expect(telephone.locator(".md-search-result__link").first).to_be_visible()


def test_a_link_with_a_question_finds_too(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/faq/?q=signature")

    expect(page.locator(".md-search-result__link").first).to_be_visible()


HOSTS = "/troubleshooting/which-host/"


def test_the_picker_shows_the_hosts_of_each_site_and_writes_them_into_the_lines(
    page: Page, hosted_url: str
) -> None:
    page.goto(hosted_url + HOSTS)
    picker = page.get_by_role("region", name="Find your hosts")
    expect(picker).to_be_visible()
    sites = [fact.value for fact in facts.load("hosts").values()]
    assert len(sites) == 4

    for site, environment in product(sites, ("demo", "live")):
        picker.get_by_role("radio", name=site["login"]).check()
        picker.get_by_role("radio", name=f"{environment} trading").check()
        ws = site[f"ws_{environment}"]
        header = {"demo": "x-simulated-trading: 1", "live": "none"}[environment]
        channels = [f"{ws}/ws/v5/{path}" for path in ("public", "private", "business")]
        expect(picker.locator("code[data-part]")).to_have_text([site["rest"], *channels, header])
        for label, line in (
            ("macOS, Linux", "export {}='{}'"),
            ("PowerShell", "$env:{} = '{}'"),
            (".env", "{}='{}'"),
        ):
            page.locator(".tabbed-labels label", has_text=label).click()
            block = page.locator(".tabbed-block:visible .highlight").first
            expect(block).to_contain_text(line.format("OKX_API_BASE_URL", site["rest"]))
            expect(block).to_contain_text(line.format("OKX_WS_URL", f"{ws}/ws/v5"))
    # Lines further down keep theirs.
    expect(page.locator(".language-text", has_text="https://eea.okx.com")).to_have_count(1)


def test_the_picker_is_used_by_keyboard_on_a_telephone(
    page: Page, hosted_url: str, axe: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(hosted_url + HOSTS)
    picker = page.get_by_role("region", name="Find your hosts")
    picker.get_by_role("radio", name="www.okx.com").focus()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")

    us = facts.load("hosts")["us"].value
    expect(picker.locator("[data-part=private]")).to_have_text(f"{us['ws_live']}/ws/v5/private")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
    page.evaluate(axe)
    assert violations(page) == []


def test_a_copy_button_copies_what_the_block_is_and_its_output_has_none(
    page: Page, hosted_url: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(hosted_url)

    block = page.locator(".language-python").first
    block.hover()
    block.locator(".md-code__button, .md-clipboard").first.click()

    copied = page.evaluate("navigator.clipboard.readText()")
    assert find_python_block("index.md").strip() == copied.strip()
    output = page.locator(".language-text").first
    expect(output).to_contain_text("read_only,trade")
    expect(output.locator("button:visible, .md-clipboard:visible")).to_have_count(0)


def test_a_page_is_copied_as_markdown(page: Page, hosted_url: str, hosted: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{hosted_url}/guide/create/")

    page.get_by_role("button", name="Copy as Markdown").click()

    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    file = (hosted / "guide" / "create" / "index.md").read_text(encoding="utf-8")
    assert file == page.evaluate("navigator.clipboard.readText()")


def test_a_failed_copy_says_so(page: Page, hosted_url: str, problems: list[str]) -> None:
    page.route("**/index.md", lambda route: route.abort())
    page.goto(f"{hosted_url}/guide/create/")

    page.get_by_role("button", name="Copy as Markdown").click()

    expect(page.get_by_role("status").filter(has_text="Not copied")).to_be_visible()
    assert len(problems) == 1  # the request that was cut off
    problems.clear()


def test_the_language_is_remembered_on_other_pages(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/reference/languages/")
    page.locator(".tabbed-labels label", has_text="Go").first.click()
    page.goto(f"{hosted_url}/reference/collections/")
    page.goto(f"{hosted_url}/reference/languages/")

    expect(page.locator(".tabbed-block", has_text="package main").first).to_be_visible()


SWITCH = "Switch between light and dark colours"
GROUND = "getComputedStyle(document.body).backgroundColor"


def test_the_colours_change_and_stay(page: Page, hosted_url: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(hosted_url)
    light = page.evaluate(GROUND)

    page.get_by_role("button", name=SWITCH).click()
    dark = page.evaluate(GROUND)
    page.goto(f"{hosted_url}/faq/")

    assert light != dark == page.evaluate(GROUND)
    page.get_by_role("button", name=SWITCH).press("Enter")
    assert light == page.evaluate(GROUND)


def find_bar(page: Page, scheme: str) -> str:
    """Return the colour of a telephone's browser around the page."""
    colour = page.locator(f"meta[name=theme-color][media*={scheme}]").get_attribute("content")
    assert colour
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgb({red}, {green}, {blue})"


def test_the_colours_are_those_of_the_system_until_the_reader_chooses(
    page: Page, hosted_url: str
) -> None:
    grounds = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.goto(hosted_url)
        grounds.append(page.evaluate(GROUND))
        assert find_bar(page, scheme) == grounds[-1]

    light, dark = grounds
    assert light != dark
    page.emulate_media(color_scheme="light")  # as it does in the morning
    expect(page.locator("body")).to_have_css("background-color", light)
    page.get_by_role("button", name=SWITCH).click()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
        page.evaluate("new Promise(requestAnimationFrame)")  # by then the page has been told
        expect(page.locator("body")).to_have_css("background-color", dark)
        assert find_bar(page, scheme) == dark


@pytest.mark.parametrize(
    "path", ["/reference/python-tools/", "/reference/languages/", "/troubleshooting/refused/"]
)
def test_the_style_of_a_long_page_is_worked_out_about_once(
    browser: Browser, page: Page, hosted_url: str, path: str
) -> None:
    """Each time more makes a telephone stand still for as long as a blink.

    The theme marks the root element and the body when all is drawn, and had every element
    looked at seven times; overrides/partials/javascripts/palette.html says what we do instead.
    """
    browser.start_tracing(page=page, categories=["-*", "devtools.timeline"])
    page.goto(hosted_url + path, wait_until="networkidle")
    events = json.loads(browser.stop_tracing())["traceEvents"]

    elements = page.evaluate("document.querySelectorAll('*').length")
    worked_out = sum(
        event["args"].get("elementCount", 0)
        for event in events
        if event["name"] == "UpdateLayoutTree"
    )
    # What a tab hides has no style.
    assert 0.1 < worked_out / elements < 2


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_mark_that_is_left_out_of_code_has_the_colour_of_the_code(
    page: Page, site_url: str, scheme: Scheme
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(site_url + "guide/validate/")
    colours = page.evaluate(
        """classes => {
          const code = document.querySelector(".highlight code")
          return ["", ...classes].map(one => {
            const mark = code.appendChild(document.createElement("span"))
            mark.className = one
            return getComputedStyle(mark).color
          })
        }""",
        [*PLAIN, "k"],
    )

    assert [colours[0]] * len(PLAIN) == colours[1:-1]
    assert colours[-1] != colours[0]


# --- the keyboard ------------------------------------------------------------------------


def read_focus(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))


def press_until(page: Page, key: str, text: str, times: int = 80) -> None:
    for _ in range(times):
        page.keyboard.press(key)
        if text in read_focus(page):
            return
    pytest.fail(f"{key}, {times} times, never reaches {text!r} on {page.url}")


def test_the_guide_can_be_walked_by_keyboard_alone(page: Page, hosted_url: str) -> None:
    page.goto(hosted_url)
    page.keyboard.press("Tab")
    assert "Skip to content" in read_focus(page)
    page.keyboard.press("Enter")
    press_until(page, "Tab", "Create a key")
    page.keyboard.press("Enter")

    for step in ("create", "configure", "activate", "validate", "websocket"):
        expect(page).to_have_url(f"{hosted_url}/guide/{step}/")
        # Shift+Tab begins at the end of the page, so that must be there.
        page.wait_for_load_state()
        press_until(page, "Shift+Tab", "Next")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "whoever uses the keyboard must see where they are"
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{hosted_url}/guide/next/")


def test_the_language_is_chosen_by_keyboard(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/reference/languages/")
    page.locator(".tabbed-set input").first.focus()

    page.keyboard.press("ArrowRight")

    expect(page.locator(".tabbed-block").nth(1)).to_be_visible()
    expect(page.locator(".tabbed-block").first).to_be_hidden()


# --- without scripts, and on paper -------------------------------------------------------


def test_the_guide_can_be_read_without_scripts(scriptless_page: Page) -> None:
    scriptless_page.goto("/")
    scriptless_page.get_by_role("link", name="Create a key").click()
    expect(scriptless_page.locator("h1")).to_have_text(re.compile("Step 1"))
    expect(scriptless_page.locator("article table").first).to_be_visible()
    expect(scriptless_page.locator("button:visible")).to_have_count(0)

    scriptless_page.goto("/reference/languages/")
    scriptless_page.locator(".tabbed-labels label", has_text="Rust").first.click()
    expect(scriptless_page.locator(".tabbed-block", has_text="fn main").first).to_be_visible()


def test_a_printed_page_has_the_text_and_not_the_frame(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/guide/validate/")
    page.emulate_media(media="print")

    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("article pre").first).to_be_visible()
    for part in (".md-header", ".md-sidebar--primary", ".page-line", ".md-footer"):
        expect(page.locator(part).first).to_be_hidden()


def test_every_language_is_printed(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/reference/languages/")
    page.emulate_media(media="print")

    blocks = page.locator(".tabbed-set").first.locator("> .tabbed-content > .tabbed-block")
    assert blocks.count() == 12
    for index in range(12):
        expect(blocks.nth(index)).to_be_visible()


# --- scripts that were bundled -----------------------------------------------------------


def test_the_debugger_works_as_it_is_published(kept_page: Page, hosted_url: str) -> None:
    page = kept_page
    page.goto(f"{hosted_url}/troubleshooting/invalid-sign/")
    verifying = page.locator("#panel-verify")
    verifying.get_by_label("Typed into this page").check()
    verifying.get_by_role("button", name="Find the mistake").click()

    verdict = verifying.get_by_role("status")
    expect(verdict).to_contain_text("query-missing")
    verdict.get_by_role("link", name="Read: Signing rules").click()
    page.wait_for_url(f"{hosted_url}/reference/signing/#the-query-belongs-to-the-path")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_index_of_codes_can_be_filtered(page: Page, hosted_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{hosted_url}/troubleshooting/codes/")
    box = page.get_by_label("Filter the codes")
    status = page.locator("#filter [role=status]")
    families = page.locator("#filter ~ details:has(td[data-column='OKX says'])")
    rows = page.locator("tr:has(td[data-column='What it means'])").filter(visible=True)
    common = rows.count()
    expect(rows.first.get_by_role("link")).to_have_text("50119")

    for typed, codes in {
        "50113": ["50113"],
        "  EXPIRED login": ["60006"],
        "lot size": ["51121"],
        "50007": ["50007"],
    }.items():
        box.fill(typed)
        expect(rows.get_by_role("link")).to_have_text(codes)
        expect(status).to_have_text(re.compile(rf"^{len(codes)} of \d\d\d codes$"))
    expect(families.filter(visible=True)).to_have_count(1)
    box.fill("teapot")
    expect(rows).to_have_count(0)
    expect(status).to_contain_text("An answer without a code")
    box.fill("")
    # What the filter opened is folded again.
    expect(rows).to_have_count(common)
    expect(families).to_have_count(len(FAMILIES))


@pytest.mark.parametrize(
    "address", ["codes/#50007", "refused/#50007", "refused/#50109", "websocket/#4009"]
)
def test_a_link_to_a_folded_code_opens_its_family(
    kept_page: Page, hosted_url: str, address: str
) -> None:
    page = kept_page
    page.goto(f"{hosted_url}/troubleshooting/{address.partition('#')[0]}")
    code = page.locator(f"[id='{address.partition('#')[2]}']")
    expect(code).to_be_hidden()

    page.goto(f"{hosted_url}/troubleshooting/{address}")

    expect(code).to_be_in_viewport()


def test_a_folded_family_is_printed(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/troubleshooting/refused/")
    code = page.get_by_role("heading", name="50109 Unknown domain")
    expect(code).to_be_hidden()

    # What a browser says before it prints.
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    expect(code).to_be_visible()


def test_a_link_to_the_table_of_codes_brings_its_filter(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/troubleshooting/codes/?q=passphrase%20wrong")

    expect(page.get_by_label("Filter the codes")).to_have_value("passphrase wrong")
    rows = page.locator("tr:has(td[data-column='What it means'])").filter(visible=True)
    expect(rows.first).to_contain_text("passphrase")
    expect(page.locator("#__search")).not_to_be_checked()
    assert page.url.endswith("?q=passphrase+wrong")


def test_the_box_for_errors_works_as_it_is_published(kept_page: Page, hosted_url: str) -> None:
    page = kept_page
    page.goto(f"{hosted_url}/troubleshooting/")
    page.get_by_label("Paste your error").fill("50113")

    result = page.get_by_role("main").locator("div[role=status]")
    result.get_by_role("link").first.click()
    page.wait_for_url(f"{hosted_url}/security/storing-keys/#one-source-never-two")
