"""The home page: the first request runs in it, and it says how to take the guide home."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mkdocs.config import load_config
from playwright.sync_api import Page, expect

from scripts.site.downloads import SIGNING
from tests.plugins.blocks import DOCS, ROOT
from tests.support.patience import SECONDS

PACKAGE = f"okx_guide-{version('okx-guide')}"
WHEEL = f"{PACKAGE}-py3-none-any.whl"
ARCHIVE = f"{PACKAGE}.tar.gz"
REPOSITORY = "https://code.example/someone/okx-guide"
_THEME = Path(str(distribution("mkdocs-material").locate_file("material/templates")))
BLOCK = "first_request.py"


# --- the first screen --------------------------------------------------------------------------


def test_the_first_request_is_on_the_first_screen(page: Page, hosted_url: str) -> None:
    """That it runs is asked where nginx serves the page: tests/site/test_nginx.py."""
    page.goto(hosted_url)

    button = page.get_by_role("button", name=f"Run {BLOCK}")
    for width, height in ((1280, 800), (360, 760)):
        page.set_viewport_size({"width": width, "height": height})
        page.reload()
        expect(button).to_be_in_viewport(ratio=1)


def test_an_error_can_be_pasted(page: Page, hosted_url: str) -> None:
    page.goto(hosted_url)
    page.get_by_label("Paste your error").fill("50113")

    page.get_by_role("link", name="Read: Storing keys").first.click()
    expect(page.locator("h1")).to_have_text(re.compile("Where do I store the three strings"))

    # The text is there again, and its answer.
    page.go_back()
    expect(page.get_by_label("Paste your error")).to_have_value("50113")
    expect(page.get_by_role("link", name="Read: Storing keys").first).to_be_visible()


def test_a_link_can_ask_the_box(page: Page, hosted_url: str) -> None:
    page.goto(f"{hosted_url}/?q=50119%20here")

    expect(page.get_by_label("Paste your error")).to_have_value("50119 here")
    expect(page.get_by_role("link", name="Read: Which host").first).to_be_visible()
    expect(page.locator("#__search")).not_to_be_checked()
    assert page.url == f"{hosted_url}/?q=50119+here"


# --- to take home ------------------------------------------------------------------------------


def list_commands(page: Page) -> list[str]:
    return page.locator(".take-home pre code").all_inner_texts()


def test_the_commands_name_the_address_at_which_the_page_is_read(
    page: Page, hosted_url: str, tmp_path: Path
) -> None:
    page.goto(hosted_url)

    expect(page.locator(".take-home pre code").first).to_contain_text(hosted_url)
    [pipx, pip, shell, powershell] = list_commands(page)
    source = f'"okx-guide[sandbox] @ {hosted_url}/{WHEEL}"'
    assert f"pipx run --spec {source} okx-guide sandbox" == pipx.strip()
    assert f"python -m pip install {source}" == pip.strip()
    assert f"curl -O {hosted_url}/{ARCHIVE}" in shell
    assert shell.strip().endswith(f"cd {PACKAGE}\nmake serve")
    assert f"Invoke-WebRequest {hosted_url}/{ARCHIVE}" in powershell
    # The theme gives each of them its button.
    expect(page.locator(".take-home pre button")).to_have_count(4)

    # pip installs from that address.
    requirements = re.findall('"(.*)"', pip)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", tmp_path, *requirements],
        check=True,
        timeout=SECONDS,
    )
    assert (tmp_path / "okx_guide" / "sandbox" / "app.py").is_file()


def test_the_signing_code_can_be_read_and_downloaded(page: Page, hosted_url: str) -> None:
    page.goto(hosted_url)
    code = (ROOT / "okx_guide" / "signing.py").read_text(encoding="utf-8")

    with page.expect_download() as saved:
        page.get_by_role("link", name="download it").click()
    assert saved.value.suggested_filename == SIGNING
    assert saved.value.path().read_text(encoding="utf-8") == code
    page.get_by_role("link", name="read signing.py").click()

    expect(page).to_have_url(f"{hosted_url}/{SIGNING}")
    expect(page.locator("body")).to_contain_text("def ws_login(")


def render(repository: str) -> str:
    folders = [ROOT / "overrides" / "partials", _THEME]
    environment = Environment(
        loader=FileSystemLoader(folders), undefined=StrictUndefined, autoescape=True
    )
    config = {
        "extra": {"package": PACKAGE},
        "repo_url": repository,
        "site_url": "https://guide.example/",
        "use_directory_urls": True,
    }
    names = ("take-home.html", "source.html")
    return "".join(environment.get_template(name).render(config=config) for name in names)


def test_with_a_repository_it_is_cloned(monkeypatch: pytest.MonkeyPatch) -> None:
    html = render(REPOSITORY)

    assert html.count(f"@ git+{REPOSITORY}") == 2
    assert html.count(f"git clone {REPOSITORY} okx-guide\ncd okx-guide\n") == 2
    assert WHEEL not in html
    assert ARCHIVE not in html
    assert f'<a href="{REPOSITORY}" class="md-source">' in html
    # With the theme's own attribute its script would ask another server.
    assert "data-md-component" not in html


def test_without_a_repository_there_are_the_files() -> None:
    html = render("")

    assert html.count(f"https://guide.example/{WHEEL}") == 2
    assert "git" not in html.replace("git-alt", "").partition("md-source")[0]


def test_one_setting_names_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPO_URL", raising=False)
    assert load_config(str(ROOT / "mkdocs.yml"))["repo_url"] == ""
    monkeypatch.setenv("REPO_URL", REPOSITORY)

    config = load_config(str(ROOT / "mkdocs.yml"))

    assert config["repo_url"] == REPOSITORY
    assert config["extra"]["package"] == PACKAGE


# --- what needs a copy -------------------------------------------------------------------------

# A reader of the published pages has neither.
_LOCAL = re.compile(r"\bmake serve\b|https?://(?:127\.0\.0\.1|localhost)")


def find_unreachable(pages: dict[str, str]) -> Iterator[str]:
    """Yield each place that sends a reader to their own machine on a page that says not how."""
    for name, text in pages.items():
        if "index.md#take-home" not in text and name != "index.md":
            for number, line in enumerate(text.splitlines(), 1):
                if _LOCAL.search(line):
                    yield f"docs/{name}:{number}"


def test_a_page_that_leads_to_the_readers_machine_says_what_it_needs() -> None:
    pages = {
        path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8")
        for path in DOCS.rglob("*.md")
        # These are about the project, whose readers have a copy.
        if path.parent.name != "about"
    }

    assert list(find_unreachable(pages)) == []


@pytest.mark.parametrize("line", ["Run `make serve`.", "See http://127.0.0.1:8700/account."])
def test_a_page_that_does_not_say_it_is_named(line: str) -> None:
    named = list(find_unreachable({"a.md": f"One.\n{line}\n"}))

    assert named == ["docs/a.md:2"]
    needs = "You need [a copy](../index.md#take-home).\n"
    assert list(find_unreachable({"a.md": f"{needs}{line}\n"})) == []
