"""Steps 1 to 4 of the guide, in a real browser: create, configure, verify, copy, use."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from okx_guide import Credentials, OkxError, OkxSession
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox
from tests.plugins.axe import violations
from tests.plugins.blocks import DOCS, fences, find_shown_output
from tests.plugins.browser import SCHEMES
from tests.support.http_server import Reply, StubServer, serve_replies
from tests.support.keypage import (
    PASSPHRASE,
    create_key,
    read_key,
    request_key,
    verify,
    wait_for_page,
)
from tests.support.patience import SECONDS

LIST = "/account/my-api"
VALIDATE = DOCS / "guide" / "validate.md"
ROTATION = DOCS / "security" / "rotation.md"


def download(page: Page, kind: str) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f".{kind}").click()
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def read_variables(env_file: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in shlex.split(env_file))


def read_config(url: str, credentials: Credentials, *, demo: bool = True) -> dict[str, str]:
    answer = OkxSession(url, credentials, demo=demo).get("/api/v5/account/config").json()
    return dict(answer["data"][0])


def run_blocks(page: Path, environ: dict[str, str], accepts: Callable[[str], bool]) -> int:
    """Run blocks of a page in a process of their own; return how many."""
    blocks = [
        fence for fence in fences(page) if fence.language == "python" and accepts(fence.options)
    ]
    for fence in blocks:
        result = subprocess.run(
            [sys.executable, "-c", fence.content],
            env={"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", **environ},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert (fence.place, result.returncode, result.stderr) == (fence.place, 0, "")
        assert find_shown_output(page, fence.line) == result.stdout
    return len(blocks)


# --- the walk ---------------------------------------------------------------------------


def test_from_no_key_to_an_order(page: Page, sandbox: RunningSandbox) -> None:
    """The guide's four steps, with exactly the key that the page has shown."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    api_key, secret_key = create_key(page, sandbox.url, "rebalancer")
    for label, value in (("API key", api_key), ("Secret key", secret_key)):
        page.get_by_role("button", name=f"Copy: {label}").click()
        expect(page.get_by_role("button", name=f"Copied: {label}")).to_be_visible()
        assert value == page.evaluate("navigator.clipboard.readText()")
    environ = read_variables(download(page, "env"))

    expected = Credentials(api_key, secret_key, PASSPHRASE)
    assert Credentials.from_env(environ) == expected
    assert run_blocks(VALIDATE, environ, lambda options: "data-start" not in options) == 4
    account = read_config(sandbox.url, expected)
    assert (account["label"], account["perm"]) == ("rebalancer", "read_only,trade")
    assert account["ip"] == "127.0.0.1,2001:db8::/32"
    page.get_by_role("link", name="I have saved them").click()
    row = page.get_by_role("listitem").filter(has_text=api_key)
    assert "Last used\nnever" not in row.inner_text()


def test_from_no_key_to_a_live_request(page: Page, sandbox: RunningSandbox) -> None:
    request_key(page, sandbox.url, "live", demo=False)
    verify(page, "live")
    read_key(page)
    environ = read_variables(download(page, "env"))

    assert run_blocks(VALIDATE, environ, lambda options: "live_key" in options) == 1


def test_the_secret_does_not_come_back(page: Page, sandbox: RunningSandbox) -> None:
    _, secret_key = create_key(page, sandbox.url, "bot")
    page.reload()
    assert (secret_key in page.content(), "Edit" in page.content()) == (False, True)

    _, secret_key = create_key(page, sandbox.url, "second")
    page.get_by_role("link", name="I have saved them").click()
    wait_for_page(page, "Demo API keys")
    page.go_back()
    assert (secret_key in page.content(), "shown once" in page.content()) == (False, True)


def test_a_key_is_rotated_as_the_page_says(
    page: Page, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    environ = {"OKX_API_BASE_URL": sandbox.url, "HOME": str(tmp_path)}
    sample = next(fence.text for fence in fences(ROTATION) if fence.language == "toml")
    file = tmp_path / ".okx" / "config.toml"
    file.parent.mkdir()
    request_key(page, sandbox.url, "new", ips="")
    verify(page, "new")
    file.write_text(sample.partition("[profiles.new]")[0] + download(page, "toml"))
    assert run_blocks(ROTATION, environ, lambda options: "two_profiles" in options) == 1

    page.get_by_role("link", name="I have saved them").click()
    page.get_by_role("link", name="Delete practice").click()
    page.get_by_role("link", name="Keep it").click()
    wait_for_page(page, "API key practice")
    assert sandbox.exchange.keys.get(PRACTICE_KEY.api_key)
    page.get_by_role("link", name="Delete practice").click()
    page.get_by_role("button", name="Delete practice").click()

    expect(page.get_by_role("status")).to_contain_text("The key is deleted")
    expect(page.get_by_role("link", name="Delete practice")).to_have_count(0)
    assert run_blocks(ROTATION, environ, lambda options: "rotated" in options) == 1


def test_an_edit_counts_at_once(page: Page, sandbox: RunningSandbox) -> None:
    credentials = Credentials(*create_key(page, sandbox.url, "bot"), PASSPHRASE)
    page.get_by_role("link", name="I have saved them").click()
    page.get_by_role("link", name="Edit bot").click()
    page.get_by_label("Name").fill("renamed")
    page.get_by_label("Trade").uncheck()
    page.get_by_role("button", name="Save the change").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("API key renamed")
    assert read_config(sandbox.url, credentials)["perm"] == "read_only"
    page.get_by_label("IP addresses").fill("203.0.113.7")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Save the change").click()
    with pytest.raises(OkxError, match="50110"):
        read_config(sandbox.url, credentials)


# --- for everybody ----------------------------------------------------------------------


def test_everything_works_without_javascript(browser: Browser, sandbox: RunningSandbox) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    api_key, secret_key = create_key(page, sandbox.url, "plain")

    assert page.get_by_role("button").all_inner_texts() == [
        "Download okx-plain.env",
        "Download okx-plain.toml",
    ]
    environ = read_variables(download(page, "env"))
    assert Credentials.from_env(environ) == Credentials(api_key, secret_key, PASSPHRASE)
    page.get_by_role("link", name="I have saved them").click()
    page.get_by_role("link", name="Delete plain").click()
    page.get_by_role("button", name="Delete plain").click()
    expect(page.get_by_text(api_key)).to_have_count(0)
    context.close()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until it is there, as somebody without a mouse does."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            outline = target.evaluate("element => getComputedStyle(element).outlineStyle")
            assert outline == "solid", "where the keyboard is cannot be seen"
            return
    raise AssertionError(f"{target} cannot be reached with Tab")


def test_everything_works_with_the_keyboard_alone(page: Page, sandbox: RunningSandbox) -> None:
    page.goto(f"{sandbox.url}{LIST}?go-demo-trading=1")
    keys = page.keyboard

    def enter(title: str) -> None:
        keys.press("Enter")
        wait_for_page(page, title)

    tab_to(page, page.get_by_role("link", name="Create API key"))
    enter("Create a demo API key")
    tab_to(page, page.get_by_label("Name"))
    keys.type("typed")
    tab_to(page, page.get_by_label("Account"))
    keys.press("ArrowDown")
    tab_to(page, page.get_by_label("API trading"))
    tab_to(page, page.get_by_label("Trade"))
    keys.press("Space")
    tab_to(page, page.get_by_label("Passphrase", exact=True))
    keys.type(PASSPHRASE)
    enter("Security verification")
    tab_to(page, page.get_by_role("link", name="practice inbox"))
    enter("Practice inbox")
    code = page.locator("code.code").inner_text()
    tab_to(page, page.get_by_role("link", name="Enter the code for typed"))
    enter("Security verification")
    tab_to(page, page.get_by_label("Code"))
    keys.type(code)
    enter("Save these now")
    api_key, _ = read_key(page)
    key = sandbox.exchange.keys.get(api_key)
    assert key
    assert (key.label, key.account, key.permissions) == (
        "typed",
        "practice1",
        ("read_only", "trade"),
    )
    tab_to(page, page.get_by_role("link", name="I have saved them"))
    enter("Demo API keys")
    tab_to(page, page.get_by_role("link", name="Delete typed"))
    enter("Delete the key typed?")
    tab_to(page, page.get_by_role("button", name="Delete typed"))
    keys.press("Space")
    expect(page.get_by_role("status")).to_contain_text("deleted")
    assert sandbox.exchange.keys.get(api_key) is None


def test_a_mistake_is_where_the_focus_goes(
    page: Page, sandbox: RunningSandbox, problems: list[str]
) -> None:
    page.goto(f"{sandbox.url}{LIST}/new?go-demo-trading=1")
    page.get_by_label("Name").fill("two words")
    page.get_by_label("Passphrase", exact=True).fill("short")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("alert")).to_be_focused()
    name = page.get_by_label("Name")
    expect(name).to_have_value("two words")
    expect(name).to_have_accessible_description(re.compile("51000 Parameter label error"))
    expect(page.get_by_label("Passphrase", exact=True)).to_have_value("")
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(name).to_be_focused()
    assert len(problems) == 1
    assert "422" in problems.pop()


def show_pages(page: Page, url: str) -> Iterator[str]:
    """Show every page, one after the other, and yield its name."""
    key = f"{url}{LIST}/key/{PRACTICE_KEY.api_key}"
    for path in (f"{LIST}?go-demo-trading=1", LIST, "/account/inbox", f"{LIST}/new"):
        page.goto(url + path)
        yield path
    page.goto(key)
    yield "key"
    page.goto(f"{key}/delete")
    yield "delete"
    page.goto(f"{url}{LIST}/new")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("alert").wait_for()
    yield "mistakes"
    page.goto(f"{url}/account/nothing")
    yield "message"
    request_key(page, url, "l" * 50)
    yield "verify"
    page.goto(f"{url}/account/inbox")
    yield "inbox"
    page.goto(f"{url}{LIST}?go-demo-trading=1")
    yield "waiting"
    page.get_by_role("link", name="Enter the code").click()
    verify(page, "l" * 50)
    yield "secret"


_UNLABELLED = """() => {
  const fields = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")];
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const described = [...document.querySelectorAll("[aria-describedby]")];
  return [
    ...fields.filter((field) => !field.labels.length).map((field) => `no label: ${field.name}`),
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `twice: ${id}`),
    ...described.flatMap((element) => element.getAttribute("aria-describedby").split(" "))
      .filter((id) => !ids.includes(id)).map((id) => `describes nothing: ${id}`),
    ...[...document.querySelectorAll("a, button")].filter((element) => !element.innerText.trim())
      .map((element) => `no name: ${element.outerHTML}`),
    ...(document.querySelectorAll("h1").length === 1 ? [] : ["not one h1"]),
    ...(document.querySelectorAll("main").length === 1 ? [] : ["not one main"]),
    ...(document.documentElement.lang === "en" ? [] : ["no language"]),
  ];
}"""


GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 27)"}


def test_every_page_is_for_everybody_and_fits_a_telephone(
    page: Page, sandbox: RunningSandbox, problems: list[str], axe: str
) -> None:
    page.add_init_script(axe)
    page.set_viewport_size({"width": 360, "height": 740})
    titles = []
    for name in show_pages(page, sandbox.url):
        titles.append(name)
        # Without its style sheet, a page is as wide as its longest line.
        page.wait_for_load_state()
        assert (name, []) == (name, page.evaluate(_UNLABELLED))
        assert (name, 360) == (name, page.evaluate("document.documentElement.scrollWidth"))
        assert "not OKX" in page.title()
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert (name, scheme, []) == (name, scheme, violations(page))
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert GROUNDS[scheme] == background
    assert len(titles) == 12
    # Of the pages that refuse, on purpose.
    assert [re.findall(r"\d{3}", problem) for problem in problems] == [["422"], ["404"]]
    problems.clear()


# --- other pages ------------------------------------------------------------------------


def serve_html(html: str) -> AbstractContextManager[StubServer]:
    """Serve one page from another port, which is another origin.

    It has its icon inside: the browser shall not ask for one when the server has gone.
    """
    body = f'<link rel="icon" href="data:,">{html}'.encode()
    return serve_replies(Reply(body=body, headers={"Content-Type": "text/html"}))


def test_another_page_cannot_send_a_form(
    page: Page, sandbox: RunningSandbox, problems: list[str]
) -> None:
    """Not even one on this machine, for which the browser sends our cookie, with our token."""
    path = f"{sandbox.url}{LIST}/key/{PRACTICE_KEY.api_key}/delete"
    page.goto(path)
    token = page.locator("input[name=csrf_token]").get_attribute("value")
    form = (
        f'<form method="post" action="{path}"><input name="csrf_token" value="{token}">'
        "<button>Win</button></form>"
    )
    with serve_html(form) as stranger:
        page.goto(stranger.url)
        page.get_by_role("button").click()
        expect(page.get_by_role("main")).to_contain_text("sent by another page")
    assert sandbox.exchange.keys.get(PRACTICE_KEY.api_key)
    assert "403" in problems.pop()


def test_another_page_cannot_frame_it(
    page: Page, sandbox: RunningSandbox, problems: list[str]
) -> None:
    with serve_html(f'<iframe src="{sandbox.url}{LIST}"></iframe>') as stranger:
        page.goto(stranger.url)
        framed = page.frames[1]
        expect(framed.get_by_role("heading", name="Live API keys")).to_have_count(0)
        page.goto("about:blank")  # by then everything has been said
    assert any("frame-ancestors" in problem for problem in problems)
    problems.clear()


def test_another_page_cannot_read_it(
    page: Page, sandbox: RunningSandbox, problems: list[str]
) -> None:
    with serve_html("<p>evil</p>") as stranger:
        page.goto(stranger.url)
        read = "url => fetch(url, {credentials: 'include'}).then(() => 'read', () => 'refused')"
        assert page.evaluate(read, f"{sandbox.url}{LIST}") == "refused"
        page.goto("about:blank")
    problems.clear()
