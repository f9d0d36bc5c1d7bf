"""What a signature can stand for, whatever somebody sends as one."""

import json
import subprocess
import sys

import pytest

from okx_guide.diagnose.bodies import encode_as_query, print_objects
from okx_guide.diagnose.encodings import decode_signature
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import search
from tests.support.patience import SECONDS

# A pattern that can cut a row of digits in many ways would try them all: for hours.
ALMOST = [
    "12 " * 40 + "x",
    "12, " * 31 + "12, ...]",
    "1" * 60 + "x",
    '{"words":[' + "1" * 60 + "x",
    "0x1" * 40 + "y",
]


def test_what_is_almost_a_list_of_bytes_is_read_at_once() -> None:
    program = (
        "import json, sys\n"
        "from okx_guide.diagnose.encodings import decode_signature\n"
        "print([decode_signature(text) for text in json.load(sys.stdin)])\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(ALMOST),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert ended.stderr == ""
    assert ended.stdout == f"{[{}] * len(ALMOST)}\n"


@pytest.mark.parametrize("text", ["X" * 41, "A" * 43 + "=", "b'\\中aaaaaaaaaa'"])
def test_what_is_almost_base32_or_a_python_repr_is_no_fault(text: str) -> None:
    decode_signature(text)


@pytest.mark.parametrize("depth", [330, 900, 20_000])
def test_a_deep_body_is_no_fault(depth: int) -> None:
    body = f'{{"a":{"[" * depth}{"]" * depth}}}'

    assert list(print_objects(body, "/api/v5/trade/order")) == []
    assert list(encode_as_query(body)) == []


def test_a_secret_of_bytes_that_are_no_text_is_no_fault() -> None:
    request = SignedRequest("2020-12-08T09:08:57.715Z", "GET", "/api/v5/account/config", "", "A=")
    assert search(request, "ab\udcff") is None
