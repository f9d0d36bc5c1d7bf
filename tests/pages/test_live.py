"""`make test-live`, with a second sandbox in the place of OKX."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from okx_guide import facts
from okx_guide.sandbox import PRACTICE_KEY, running
from tests.plugins.blocks import DOCS, ROOT, fences, find_live_option
from tests.support.patience import SECONDS

# To load schemathesis takes longer than to run the blocks.
WITHOUT = ("-p", "no:cacheprovider", "-p", "no:schemathesis")


def run_live(environ: dict[str, str], mode: str, *pages: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OKX_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *WITHOUT, *pages],
        cwd=ROOT,
        env={**clean, **environ, "OKX_GUIDE_LIVE": mode, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_with_a_demo_key_the_blocks_run_and_the_order_is_placed() -> None:
    with running() as okx:
        result = run_live(okx.environ, "demo", "docs/guide/validate.md")
        placed = len(okx.exchange.account(okx.key).orders)

    assert result.returncode == 0, result.stdout
    assert placed == 1


def test_with_a_live_key_the_blocks_run_and_no_order_is_placed() -> None:
    with running([replace(PRACTICE_KEY, demo=False)]) as okx:
        result = run_live(okx.environ, "live", "docs/guide/validate.md")
        placed = len(okx.exchange.account(okx.key).orders)

    assert result.returncode == 0, result.stdout
    assert re.search(r"\d+ passed, \d+ deselected", result.stdout)
    assert placed == 0


def test_an_answer_that_differs_from_the_facts_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = facts.load("errors")["50119"].value
    with running() as okx, monkeypatch.context() as patch:
        patch.setitem(value, "message", "API key is on holiday")
        result = run_live(okx.environ, "demo", "docs/guide/activate.md")

    assert result.returncode == 1
    assert "docs/guide/activate.md" in result.stdout
    assert "+ 50119 API key is on holiday" in result.stdout


@pytest.mark.parametrize(
    ("environ", "mode", "message"),
    [
        ({}, "demo", "No key to test with: the environment has no OKX_API_KEY"),
        ({}, "both", "OKX_GUIDE_LIVE must be demo or live."),
        (
            {
                "OKX_API_KEY": PRACTICE_KEY.api_key,
                "OKX_SECRET_KEY": "FAKE",
                "OKX_PASSPHRASE": "FAKE",
                "OKX_SITE": "mars",
            },
            "demo",
            "OKX_SITE must be one of global, us, eea.",
        ),
    ],
)
def test_a_wrong_start_is_told_in_one_line(
    environ: dict[str, str], mode: str, message: str
) -> None:
    result = run_live(environ, mode, "docs/guide")

    assert result.returncode == 2
    assert message in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_only_blocks_for_demo_keys_place_orders() -> None:
    offenders = [
        fence.place
        for page in sorted(DOCS.rglob("*.md"))
        for fence in fences(page)
        if fence.language == "python"
        and find_live_option(page, fence.line) in ("live", "live:own")
        and re.search(r"\.(post|delete|put)\(|POST", fence.content)
    ]

    assert offenders == []


def test_the_sandbox_of_the_tests_is_never_given_a_real_key() -> None:
    with running() as okx:
        assert okx.environ["OKX_API_KEY"] == PRACTICE_KEY.api_key
        assert okx.environ["OKX_API_BASE_URL"].startswith("http://127.0.0.1:")
