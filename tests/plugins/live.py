"""Run the read-only blocks of the pages against OKX itself: `make test-live`.

A block says in its options what may be done with it:

- `{ live }`: it only reads, and OKX must answer what the page shows.
- `{ live:own }`: it only reads, and prints what is the account's own.
- `{ live:demo }`: it is for demo keys only, because it places an order or provokes a
  refusal that only a demo key meets.

`OKX_GUIDE_LIVE` is `demo` or `live`, for the kind of the key in the environment.
"""

import os

import pytest
from pytest_markdown_docs.plugin import MarkdownInlinePythonItem

from okx_guide import SITES, Credentials, CredentialsError
from tests.plugins.blocks import find_live_option, read_live_mode


def pytest_configure() -> None:
    """Check what `make test-live` was given, and choose the host."""
    if not read_live_mode():
        return
    if read_live_mode() not in ("demo", "live"):
        pytest.exit("OKX_GUIDE_LIVE must be demo or live.", returncode=2)
    try:
        Credentials.from_env()
    except CredentialsError as error:
        pytest.exit(f"No key to test with: {error}", returncode=2)
    site = os.environ.get("OKX_SITE") or "global"
    if site not in SITES:
        pytest.exit(f"OKX_SITE must be one of {', '.join(SITES)}.", returncode=2)
    os.environ.setdefault("OKX_API_BASE_URL", SITES[site].rest_url)
    ws_url = SITES[site].ws_url("private", demo=read_live_mode() == "demo").removesuffix("/private")
    os.environ.setdefault("OKX_WS_URL", ws_url)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave only the blocks that may be sent to OKX."""
    if not read_live_mode():
        return
    chosen = [item for item in items if _may_run(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def _may_run(item: pytest.Item) -> bool:
    if not isinstance(item, MarkdownInlinePythonItem) or item.path.suffix != ".md":
        return False
    allowed = {"live", "live:own"} | ({"live:demo"} if read_live_mode() == "demo" else set())
    return find_live_option(item.path, item.start_line) in allowed
