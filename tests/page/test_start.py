"""The states in which blocks start, and that each is used."""

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.state.exchange import Exchange
from scripts.page.start import SITES, STARTS, prepare
from tests.plugins.blocks import DOCS, fences


def test_every_start_is_used_and_every_block_names_one() -> None:
    used = {
        fence.start
        for page in DOCS.rglob("*.md")
        for fence in fences(page)
        if fence.language in ("python", "bash")
    }

    assert set(STARTS) == used


def test_the_page_has_a_line_for_each() -> None:
    for name, start in STARTS.items():
        assert start.summary.startswith("with ") == bool(name)
        assert {start.rest, start.ws} <= set(SITES)
        for file in start.files.values():
            assert (DOCS / file).is_file()


def test_a_start_leaves_nothing_behind() -> None:
    exchange = Exchange([PRACTICE_KEY])
    files = {
        file: (DOCS / file).read_text(encoding="utf-8")
        for start in STARTS.values()
        for file in start.files.values()
    }
    for start in STARTS.values():
        exchange.clock.advance(60)
        key = prepare(exchange, start, files)

        assert round(exchange.clock.skew, 3) == 0
        api_keys = [ready.api_key for ready in exchange.keys]
        assert (key.api_key in api_keys) is not start.is_deleted
        assert len(api_keys) == len(start.profiles) + (not start.is_deleted)
    assert prepare(exchange, STARTS[""], files) == PRACTICE_KEY
    assert [key.api_key for key in exchange.keys] == [PRACTICE_KEY.api_key]
