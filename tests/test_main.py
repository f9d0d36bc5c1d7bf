"""The program without the parts that only some commands need."""

import sys

import pytest
from click.testing import CliRunner

from okx_guide.__main__ import main


@pytest.fixture
def core_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `pip install okx-guide`, without an extra."""
    # What has been imported would be found without it.
    for name in list(sys.modules):
        if name.startswith(("okx_guide.commands.", "okx_guide.sandbox")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)


def test_it_lists_every_command() -> None:
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    assert "Unofficial" in result.output
    assert "Run the practice exchange" in result.output


@pytest.mark.parametrize("arguments", [["sandbox"], ["clock", "--freeze"]])
def test_what_is_not_installed_is_named_with_the_way_to_get_it(
    core_install: None, arguments: list[str]
) -> None:
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 1
    assert f"`okx-guide {arguments[0]}` needs uvicorn" in result.output
    assert "pip install 'okx-guide[sandbox]'" in result.output


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_the_rest_works_without_it(core_install: None, arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 0
    assert result.output


def test_a_mistake_of_ours_is_not_called_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "okx_guide.commands.sandbox", None)

    result = CliRunner().invoke(main, ["sandbox"])

    assert isinstance(result.exception, ModuleNotFoundError)


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(main, ["sandpit"]).exit_code == 2
