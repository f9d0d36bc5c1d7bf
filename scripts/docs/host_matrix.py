"""Which answer a key gets on which host, tried on the practice exchange: `make docs-update`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from urllib.parse import urlsplit

import requests
from websockets.sync.client import connect

from okx_guide import SITES, facts, ws_login
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, running
from okx_guide.signing import timestamp
from tests.plugins.blocks import DOCS
from tests.support.raw_http import private_headers

PAGE = DOCS / "troubleshooting" / "which-host.md"
SECONDS = 30
_REGION = re.compile(
    r"(<!-- measured: (rest|websocket)-(live|demo) -->\n).*?(\n<!-- /measured -->)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key lives, or where a program asks.

    Attributes:
        site: `global`, `us` or `eea`.
        demo: A demo key; on REST the demo header, on the WebSocket the demo host.
    """

    site: str
    demo: bool


PLACES = tuple(Place(site, demo) for demo, site in product((False, True), SITES))


def key_of(place: Place) -> Key:
    """Return the one key that lives there."""
    number = PLACES.index(place) + 1
    api_key = f"5a4db0c5-0000-4000-8000-0000000000{number:02}"
    return replace(PRACTICE_KEY, api_key=api_key, site=place.site, demo=place.demo)


def rest(sandbox: RunningSandbox, home: Place, asked: Place) -> str:
    """Return the code that a key gets on a REST host."""
    path = "/api/v5/account/config"
    at = timestamp(sandbox.exchange.now())
    headers = private_headers(target=path, at=at, key=key_of(home))
    headers.pop("x-simulated-trading", None)
    if asked.demo:
        headers["x-simulated-trading"] = "1"
    url = sandbox.hosts[asked.site].url + path
    return str(requests.get(url, headers=headers, timeout=SECONDS).json()["code"])


def websocket(sandbox: RunningSandbox, home: Place, asked: Place) -> str:
    """Return the code that a key gets on a WebSocket host."""
    # A host takes three connections a second.
    sandbox.clock.advance(1)
    hosts = sandbox.hosts[asked.site]
    url = f"{hosts.ws_demo if asked.demo else hosts.ws_live}/private"
    with connect(url, proxy=None, open_timeout=SECONDS) as connection:
        connection.send(json.dumps(ws_login(key_of(home), sandbox.exchange.now())))
        return str(json.loads(connection.recv(timeout=SECONDS))["code"])


KINDS = {"rest": rest, "websocket": websocket}


@cache
def measured(kind: str) -> dict[tuple[Place, Place], str]:
    """Try every key in every place; return the codes by where it lives and where it was asked."""
    with running([key_of(place) for place in PLACES], sites=tuple(SITES)) as sandbox:
        return {
            (home, asked): KINDS[kind](sandbox, home, asked)
            for home, asked in product(PLACES, PLACES)
        }


def sourced(home: Place, asked: Place) -> bool:
    """Return whether a source says what this cell says, not only the practice exchange."""
    # Of a key in the wrong site and the wrong world at once, no report tells.
    return home.site == asked.site or home.demo == asked.demo


def table(kind: str, *, demo: bool) -> str:
    """Return one matrix as a table: every key on the hosts for live, or those for demo."""
    codes = measured(kind)
    asked = [place for place in PLACES if place.demo == demo]
    lines = [_line(["Your key", *(_host(kind, place) for place in asked)])]
    lines.append(_line(["---"] * (len(asked) + 1)))
    for home in PLACES:
        world = "demo" if home.demo else "live"
        cells = [_cell(home, place, codes[home, place]) for place in asked]
        lines.append(_line([f"`{SITES[home.site].login}`, {world}", *cells]))
    return "\n".join(lines)


def _host(kind: str, place: Place) -> str:
    site = SITES[place.site]
    url = site.rest_url if kind == "rest" else site.ws_url("private", demo=place.demo)
    return f"`{urlsplit(url).hostname}`"


def _cell(home: Place, asked: Place, code: str) -> str:
    if code == "0":
        return "**works**"
    page = "websocket" if code.startswith("6") else "refused"
    mark = "" if sourced(home, asked) else r" \*"
    return f"[{code}]({page}.md#{code}){mark}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def written(text: str) -> str:
    """Return the page with both matrices measured anew."""
    return _REGION.sub(
        lambda found: f"{found[1]}\n{table(found[2], demo=found[3] == 'demo')}\n{found[4]}", text
    )


def documented() -> Iterator[str]:
    """Yield the codes that the facts name for a wrong place."""
    rules = facts.load("rules")
    yield from rules["wrong-site"].value.values()
    yield rules["wrong-environment"].value["code"]
    yield rules["ws-wrong-environment"].value["code"]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
