"""The site behind a real nginx that includes the file we publish, in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.nginx import serve_by_nginx
from tests.support.run import run


@pytest.fixture(scope="module")
def nginx(hosted: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where nginx serves the whole site."""
    with serve_by_nginx(hosted, tmp_path_factory.mktemp("nginx")) as url:
        yield url


def test_an_error_can_be_pasted(page: Page, nginx: str) -> None:
    page.goto(nginx)
    page.get_by_label("Paste your error").fill("50113")

    expect(page.get_by_role("link", name="Read: ").first).to_be_visible()


def test_the_debugger_finds_the_mistake(page: Page, nginx: str) -> None:
    page.goto(f"{nginx}/troubleshooting/invalid-sign/")
    panel = page.locator("#panel-verify")
    panel.get_by_label("Typed into this page").check()
    panel.get_by_role("button", name="Find the mistake").click()

    expect(panel.get_by_role("status")).to_contain_text("query-missing")


def test_the_first_request_runs(page: Page, nginx: str) -> None:
    page.goto(nginx)

    run(page, "first_request.py", "The same as the page shows.")
    expect(page.get_by_text("What the exchange saw: 1 request")).to_be_visible()


def test_a_module_that_comes_as_text_does_not_run(
    hosted: Path, page: Page, problems: list[str], tmp_path: Path
) -> None:
    """The tests above can fail: such lines were published once, and nobody saw it."""
    site = tmp_path / "site"
    site.symlink_to(hosted)
    lines = hosted.with_name(f"{hosted.name}.nginx.conf").read_text(encoding="utf-8")
    types = "types { text/html html; text/css css; }\ndefault_type text/plain;\n"
    Path(f"{site}.nginx.conf").write_text(types + lines, encoding="utf-8")
    with (
        serve_by_nginx(site, tmp_path) as url,
        page.expect_console_message(lambda message: "MIME type" in message.text),
    ):
        page.goto(url)
    page.close()
    problems.clear()
