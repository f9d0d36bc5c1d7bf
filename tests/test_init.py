import subprocess
import sys

import pytest

import okx_guide
from okx_guide.auth import OkxAuth
from okx_guide.session import OkxSession


@pytest.mark.parametrize("name", okx_guide.__all__)
def test_every_public_name_comes_from_the_root(name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", f"from okx_guide import {name}; print({name} is not None)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "True\n", "")


def test_the_late_names_are_the_real_ones() -> None:
    assert (OkxAuth, OkxSession) == (okx_guide.OkxAuth, okx_guide.OkxSession)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'okx_guide' has no attribute 'OkexSession'"):
        okx_guide.OkexSession  # noqa: B018
