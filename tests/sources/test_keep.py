"""Of a passage no more is kept than may be quoted, and nothing is left out in silence."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from okx_guide.facts import Source
from scripts.sources import keep as command
from scripts.sources import store
from scripts.sources.keep import keep
from scripts.sources.store import Baseline, Changelog, Version
from tests.sources.stub import DAY, FACTS, ROWS, WINDOW, StubSite

SOURCES = {
    name: Source(name, name, url, DAY)
    for name, url in {
        "time": "https://docs.example/en/#time",
        "all": "https://docs.example/en/",
        "faq": "https://docs.example/faq",
        "paper": "",
        "code": "https://github.com/someone/something",
    }.items()
}
ROW: dict[str, Any] = {
    "source": "time",
    "facts": ["errors/50102"],
    "quote": "more than 30 seconds",
    "passage": WINDOW,
}
SHORT = {"quote": "20 requests", "passage": "20 requests per 2 seconds"}


def list_complaints(**changes: object) -> list[str]:
    return keep([{**ROW, **changes}], Baseline(), SOURCES, FACTS)


def test_the_passage_itself_is_not_kept(tmp_path: Path) -> None:
    memory = Baseline("About.")
    keep([ROW], memory, SOURCES, FACTS)
    store.save(memory, tmp_path / "baseline.json")

    text = (tmp_path / "baseline.json").read_text(encoding="utf-8")

    assert "more than 30 seconds" in text
    assert "own clock" not in text


def test_what_was_saved_is_loaded(stage: StubSite, tmp_path: Path) -> None:
    memory = stage.make_baseline()
    memory.versions["https://docs.example/"] = Version('"1"', "yesterday", "0")
    memory.changelogs["https://docs.example/"] = Changelog(DAY, DAY, ("“é”",))
    store.save(memory, tmp_path / "baseline.json")
    first = (tmp_path / "baseline.json").read_bytes()

    loaded = store.load(tmp_path / "baseline.json")
    store.save(loaded, tmp_path / "baseline.json")

    assert loaded == memory
    assert (tmp_path / "baseline.json").read_bytes() == first


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"source": "nobody"}, "'nobody' is no source with an address"),
        ({"source": "paper"}, "'paper' is no source with an address"),
        ({"source": "code"}, "does not show its files"),
        ({"facts": []}, "names no fact"),
        ({"facts": ["rules/made-up"]}, "names no fact, or one that does not exist"),
        ({"facts": "errors/50102"}, "facts is a list"),
        ({"quote": 3}, "all else is text"),
        ({"lang": 3}, "all else is text"),
        ({"quote": ""}, "does not hold the quotation"),
        ({"quote": "never said"}, "does not hold the quotation"),
        ({"quote": "a " * 26, "passage": "a " * 26}, "has 26 words; 25 are fair use"),
        ({"quote": "字" * 52, "passage": "字" * 52}, "has 27 words"),
        ({"looked": "yesterday"}, "isoformat"),
        ({"looked": 7}, "must be str"),
        ({"colour": "red"}, "['colour'] is not among its fields"),
        ({"source": "all", **SHORT}, "may stand in many places: name its section"),
    ],
)
def test_a_row_that_cannot_be_kept_is_named(changes: dict[str, object], complaint: str) -> None:
    [text] = list_complaints(**changes)

    assert text.startswith("row 1: ")
    assert complaint in text


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"quote": "a " * 25, "passage": "a " * 25},
        {"looked": "2026-11-27", "lang": "en"},
        {"source": "all"},
        {"source": "all", "section": "ticker", **SHORT},
        {"source": "faq", **SHORT},
    ],
)
def test_a_row_that_can_be_kept_is_not_complained_about(changes: dict[str, object]) -> None:
    assert list_complaints(**changes) == []


@pytest.mark.parametrize("row", [None, [], "row", {}, {"source": "time"}])
def test_what_is_no_row_is_named(row: Any) -> None:
    assert keep([row], Baseline(), SOURCES, FACTS) == [
        "row 1: it lacks source, facts, quote or passage"
    ]


def test_rows_replace_what_was_kept_of_their_source_and_nothing_else(stage: StubSite) -> None:
    memory = stage.make_baseline()

    keep([{**ROW, "quote": "30 seconds"}], memory, stage.make_sources(), FACTS)

    quotes = [row.quote for row in memory.passages if row.source == "time"]
    assert quotes == ["30 seconds"]
    assert len(memory.passages) == 4


def run(tmp_path: Path, text: str) -> tuple[int, str]:
    store.save(Baseline("About."), tmp_path / "baseline.json")
    (tmp_path / "rows.json").write_text(text, encoding="utf-8")
    arguments = ["--baseline", str(tmp_path / "baseline.json"), str(tmp_path / "rows.json")]
    result = CliRunner().invoke(command.main, arguments)
    return result.exit_code, result.output


def test_the_command_keeps_rows_and_names_the_others(tmp_path: Path) -> None:
    good = {**ROW, "source": "okx-docs-requests"}
    code, output = run(tmp_path, json.dumps([good, {**good, "source": "x"}]))

    assert (code, output.splitlines()[-1]) == (1, "1 row kept.")
    assert "row 2: 'x' is no source" in output
    assert len(store.load(tmp_path / "baseline.json").passages) == 1
    assert run(tmp_path, json.dumps([good])) == (0, "1 row kept.\n")


@pytest.mark.parametrize("text", ["", "{", "{}", "null", '"rows"', "\x00"])
def test_a_file_that_is_no_list_is_refused_without_a_traceback(tmp_path: Path, text: str) -> None:
    code, output = run(tmp_path, text)

    assert code == 2
    assert "rows.json" in output.replace("\n", "")
    assert "Traceback" not in output


def test_every_row_of_the_play_is_fair() -> None:
    assert [row for row in ROWS if len(str(row["quote"]).split()) > command.WORDS] == []
