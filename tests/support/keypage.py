"""The way through the key page in a browser, for the tests and for the pictures."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page

PASSPHRASE = "Practice-0nly"

Look = Callable[[str, Locator], object]


def ignore(name: str, element: Locator) -> None:
    """Look at nothing."""


def wait_for_page(page: Page, title: str) -> None:
    """Wait until the page of that title is shown: a click does not wait for what it loads."""
    page.get_by_role("heading", level=1, name=title, exact=True).wait_for()


def request_key(
    page: Page,
    url: str,
    label: str,
    *,
    demo: bool = True,
    ips: str = "127.0.0.1, 2001:db8::/32",
    look: Look = ignore,
) -> None:
    """Fill in the form and send it."""
    environment = "go-demo-trading" if demo else "go-live-trading"
    page.goto(f"{url}/account/my-api?{environment}=1")
    look("keys", page.locator("body"))
    page.get_by_role("link", name="Create API key").click()
    wait_for_page(page, f"Create {'a demo' if demo else 'a live'} API key")
    page.get_by_label("Name").fill(label)
    page.get_by_label("IP addresses").fill(ips)
    page.get_by_label("Trade").check()
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    look("create", page.locator("body"))
    page.get_by_role("button", name="Continue").click()
    wait_for_page(page, "Security verification")


def verify(page: Page, label: str, *, look: Look = ignore) -> None:
    """Fetch the code from the inbox and give it."""
    look("verify", page.locator("body"))
    page.get_by_role("link", name="practice inbox").click()
    wait_for_page(page, "Practice inbox")
    message = page.get_by_role("listitem").filter(has_text=label)
    code = message.locator("code").inner_text()
    look("inbox", page.locator("body"))
    message.get_by_role("link", name="Enter the code").click()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Create the key").click()
    wait_for_page(page, "Save these now")


def read_key(page: Page) -> tuple[str, str]:
    """Return the API key and the secret key that the page shows."""
    api_key = page.get_by_label("API key", exact=True).input_value()
    secret_key = page.get_by_label("Secret key", exact=True).input_value()
    assert re.fullmatch(r"[0-9a-f-]{36}", api_key)
    assert re.fullmatch(r"[0-9A-F]{32}", secret_key)
    return api_key, secret_key


def create_key(page: Page, url: str, label: str, *, look: Look = ignore) -> tuple[str, str]:
    """Make a demo key and return what is shown once."""
    request_key(page, url, label, look=look)
    verify(page, label, look=look)
    look("secret", page.locator("body"))
    return read_key(page)
