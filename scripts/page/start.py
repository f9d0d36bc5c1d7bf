"""The states in which blocks of the guide start: declared once, for pages and tests.

A block names its start in the fence's options, as in `data-start="live_key"`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.keys import PRACTICE_KEY, Key

SITES = ("global", "us", "eea")
"""The sites that the practice exchange stands for where blocks run."""

CONFIG = "~/.okx/config.toml"


@dataclass(frozen=True, slots=True)
class Start:
    """The state in which a block starts.

    Attributes:
        summary: What the page says was prepared.
        key: What is different about the ready key.
        rest: The site whose REST host the environment names.
        ws: The site whose WebSocket host the environment names.
        files: Paths of the reader's files, each with the file of the site that it copies.
        profiles: Profiles of `~/.okx/config.toml` whose keys exist too. If the reader has made
            keys with these names, the block uses those.
        is_deleted: Whether the ready key has been deleted.
        is_replaceable: Whether the block runs with the reader's key instead, once there is one.
    """

    summary: str = ""
    key: Mapping[str, Any] = field(default_factory=dict)
    rest: str = "global"
    ws: str = "global"
    files: Mapping[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    is_deleted: bool = False
    is_replaceable: bool = False


_TWO = Start(
    "with the file above, and the key of its second profile",
    files={CONFIG: "snippets/rotation/config.toml"},
    profiles=("new",),
)

STARTS: Mapping[str, Start] = {
    "": Start(),
    "vectors": Start(
        "with the three files of test vectors",
        files={name: f"vectors/{name}" for name in ("rest.json", "websocket.json", "sbe.json")},
    ),
    "live_key": Start("with a live key", key={"demo": False}),
    "read_only_key": Start("with a key that may only read", key={"permissions": ("read_only",)}),
    "careless_key": Start(
        "with a key that may withdraw, from any address",
        key={"permissions": ("read_only", "trade", "withdraw")},
        is_replaceable=True,
    ),
    "bound_key": Start(
        "with a key that is bound to the address 203.0.113.7", key={"ips": ("203.0.113.7/32",)}
    ),
    "managing_key": Start(
        "with a key that is bound to your address, 127.0.0.1", key={"ips": ("127.0.0.1",)}
    ),
    "tidy_key": Start(
        "with the key of a sub-account, bound to your address",
        key={"ips": ("127.0.0.1",), "account": "practice1"},
    ),
    "two_profiles": _TWO,
    "rotated": replace(
        _TWO, summary="with the file above, after the key practice was deleted", is_deleted=True
    ),
    "scanner": Start(
        "with the detector above, and a program that has a secret key in it",
        files={name: f"snippets/scanning/{name}" for name in ("okx_detector.py", "bot.py")},
    ),
    "rotation": Start(
        "with the two programs of the page, and a key that is bound to your address, 127.0.0.1",
        key={"ips": ("127.0.0.1",)},
        files={name: f"snippets/rotation/{name}" for name in ("rotate.py", "bot.py")},
    ),
    "another_site": Start("with the REST host of another site", rest="us"),
    "ws_of_another_site": Start("with the WebSocket host of another site", ws="us"),
}
"""By the name that a fence gives."""


def prepare(exchange: Exchange, start: Start, files: Mapping[str, str]) -> Key:
    """Put the exchange into the state in which a block starts, and return the ready key.

    Args:
        exchange: It is reset.
        start: The state.
        files: The content of the files of the site that the start names, by that name.
    """
    exchange.reset()
    key = replace(PRACTICE_KEY, **start.key)
    exchange.keys.clear()
    if not start.is_deleted:
        exchange.keys.add(key)
    if start.profiles:
        profiles = tomllib.loads(files[start.files[CONFIG]])["profiles"]
        for name in start.profiles:
            exchange.keys.add(Key(**profiles[name], label=name))
    return key
