"""The programs that write the pages: what they want, and what they say to anything else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.docs import openapi, tables
from scripts.vectors import write

MAINS = pytest.mark.parametrize(
    ("main", "argument"),
    [(openapi.main, "file"), (tables.main, "folder"), (write.main, "folder")],
    ids=["openapi", "tables", "vectors"],
)
Main = Callable[[list[str]], None]


@MAINS
def test_the_help_says_what_it_does_and_what_it_takes(
    main: Main,
    argument: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("usage: python -m scripts.")
    assert lines[2].endswith(".")
    assert [line.split()[0] for line in lines if line.startswith(f"  {argument} ")] == [argument]


@MAINS
def test_without_an_argument_it_names_what_is_missing(
    main: Main, argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])

    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"are required: {argument}\n")


@MAINS
def test_a_folder_that_is_not_there_is_named_and_not_made(
    main: Main, argument: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(SystemExit) as ended:
        main([str(nowhere / "openapi.json" if argument == "file" else nowhere)])

    assert ended.value.code == 2
    assert f"{nowhere} is no folder: " in capsys.readouterr().err
    assert not nowhere.exists()
