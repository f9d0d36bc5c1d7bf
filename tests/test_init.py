import os
import subprocess
import sys
from pathlib import Path

import pytest

import okx_guide
from okx_guide.auth import OkxAuth
from okx_guide.session import OkxSession


@pytest.mark.parametrize("name", okx_guide.__all__)
def test_every_public_name_comes_from_the_root(name: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", f"from okx_guide import {name}; print({name} is not None)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "True\n", "")


def test_the_late_names_are_the_real_ones() -> None:
    assert (OkxAuth, OkxSession) == (okx_guide.OkxAuth, okx_guide.OkxSession)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'okx_guide' has no attribute 'OkexSession'"):
        okx_guide.OkexSession  # type: ignore[attr-defined]  # noqa: B018  # so it is for mypy


IMPORTS = """
import sys
before = set(sys.modules)
import {module}
ours = sorted(name for name in sys.modules if name.startswith("okx_guide"))
others = {{name.partition(".")[0] for name in set(sys.modules) - before}} - {{"okx_guide"}}
print(*ours)
print(*sorted(others - set(sys.stdlib_module_names)))
print("json" in sys.modules)
"""


def list_imports(module: str) -> list[str]:
    """What an import brings: our modules, what is not of the standard library, and JSON."""
    result = subprocess.run(
        # Without site-packages' own start-up files, which import what they please.
        [sys.executable, "-S", "-c", IMPORTS.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(okx_guide.__file__).parents[1],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return result.stdout.splitlines()


def test_signing_reads_no_facts_and_needs_the_standard_library_only() -> None:
    assert list_imports("okx_guide.signing") == ["okx_guide okx_guide.signing", "", "False"]


def test_an_import_that_brings_more_is_seen() -> None:
    own, libraries, json = list_imports("okx_guide.session")

    assert {"okx_guide.facts", "okx_guide.session"} <= set(own.split())
    assert "requests" in libraries.split()
    assert json == "True"


def test_the_names_are_listed_before_they_are_used() -> None:
    assert set(okx_guide.__all__) <= set(dir(okx_guide))
