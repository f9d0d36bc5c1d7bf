from ipaddress import ip_address
from typing import Any

import pytest

from okx_guide.sandbox.ports import PortRole, find_role, is_local, parse_address

EEA = PortRole("eea", demo=True)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"server": ("127.0.0.1", 8700)}, EEA),
        ({"server": ("127.0.0.1", 8701)}, PortRole("global")),
        ({"server": ("/socket", None)}, PortRole("global")),
        ({"server": None}, PortRole("global")),
        ({}, PortRole("global")),
    ],
)
def test_the_port_says_which_host_was_called(scope: dict[str, Any], expected: PortRole) -> None:
    assert expected == find_role(scope, {8700: EEA})


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (("127.0.0.1", 5), "127.0.0.1"),
        (("::1", 5), "::1"),
        # Over a socket for IPv6 that also takes IPv4.
        (("::ffff:203.0.113.7", 5), "203.0.113.7"),
        (("2001:db8::7", 5), "2001:db8::7"),
        (None, "0.0.0.0"),  # noqa: S104  # no address, and nothing is bound
    ],
)
def test_the_address_of_a_caller(client: Any, expected: str) -> None:
    assert ip_address(expected) == parse_address({"client": client})
    assert ip_address(expected) == parse_address({"client": client})  # and the second time


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8700",
        "[::1]",
        "[::1]:8700",
        "localhost",
        "localhost:8700",
        "okx.localhost:8700",
        "192.0.2.7:80",
    ],
)
def test_an_address_is_local(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":8700",
        "evil.example",
        "evil.example:8700",
        "localhost.evil.example",
        "127.0.0.1.evil",
        "evillocalhost",
        "[::1",
        "[]",
        "127.1.evil:1",
        "[evil]:8700",
        "localhost:1:2",
    ],
)
def test_a_name_is_not(host: str) -> None:
    assert not is_local(host)
