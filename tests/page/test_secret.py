"""What looks like a real key is found, and nothing else is."""

import pytest

from okx_guide.sandbox import PRACTICE_KEY
from scripts.page.secret import find_real_keys

UUID = "5a4db0c5-1111-4222-8333-0123456789ab"
SECRET = "0123456789ABCDEF0123456789ABCDEF"


@pytest.mark.parametrize("key", [UUID, UUID.upper(), SECRET, SECRET.lower()])
@pytest.mark.parametrize("code", ["key = '{}'", '"{}"', "# {}", "{}", "OKX_API_KEY={}\n"])
def test_a_real_key_is_found_wherever_it_stands(key: str, code: str) -> None:
    assert find_real_keys(code.format(key), [PRACTICE_KEY.api_key, "another"]) == [key]


@pytest.mark.parametrize(
    "code",
    [
        "",
        PRACTICE_KEY.api_key,
        PRACTICE_KEY.secret_key.lower(),
        "00000000-0000-4000-8000-00000000dead",
        UUID[:-1],
        f"{UUID}0",
        f"x{SECRET}",
        SECRET * 2,
        "1e2661bd27ccb56240dee5085575776bf6d25cd3c25af6055e8182552f15e336",
        "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=",
    ],
)
def test_what_is_no_key_or_known_is_not(code: str) -> None:
    assert find_real_keys(code, [PRACTICE_KEY.api_key, PRACTICE_KEY.secret_key]) == []


def test_each_is_named() -> None:
    assert find_real_keys(f"{UUID} {SECRET}", []) == [UUID, SECRET]
    assert find_real_keys(f"{UUID} {SECRET}", [f"the block as published: {UUID}"]) == [SECRET]
