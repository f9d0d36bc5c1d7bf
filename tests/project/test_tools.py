"""A missing program is a named skip for a reader, and a failure in CI."""

import pytest

from tests.support.tools import require_program


def test_a_program_is_found() -> None:
    assert require_program("sh").endswith("/sh")
    assert require_program("no-such-program", "sh").endswith("/sh")


def test_a_reader_without_the_program_skips_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"^no-such-program or neither is not"):
        require_program("no-such-program", "neither")


def test_ci_without_the_program_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="no-such-program is not installed"):
        require_program("no-such-program")
