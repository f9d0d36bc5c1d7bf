"""Measure on the practice exchange which answer a key gets on which host: `make docs-update`."""

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from urllib.parse import urlsplit

import requests
from websockets.sync.client import connect

from okx_guide import SITES, ws_login
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, running
from okx_guide.signing import timestamp
from scripts.docs.tables import find_entry
from tests.plugins.blocks import DOCS
from tests.support.raw_http import make_private_headers

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


def make_key(place: Place) -> Key:
    """Return the one key that lives there."""
    number = PLACES.index(place) + 1
    api_key = f"5a4db0c5-0000-4000-8000-0000000000{number:02}"
    return replace(PRACTICE_KEY, api_key=api_key, site=place.site, demo=place.demo)


def ask_rest(sandbox: RunningSandbox, home: Place, target: Place) -> str:
    """Return the code that a key gets on a REST host."""
    path = "/api/v5/account/config"
    sent_at = timestamp(sandbox.exchange.now())
    headers = make_private_headers(target=path, at=sent_at, key=make_key(home))
    headers.pop("x-simulated-trading", None)
    if target.demo:
        headers["x-simulated-trading"] = "1"
    url = sandbox.hosts[target.site].url + path
    return str(requests.get(url, headers=headers, timeout=SECONDS).json()["code"])


def ask_websocket(sandbox: RunningSandbox, home: Place, target: Place) -> str:
    """Return the code that a key gets on a WebSocket host."""
    # A host takes three connections a second.
    sandbox.clock.advance(1)
    hosts = sandbox.hosts[target.site]
    url = f"{hosts.ws_demo if target.demo else hosts.ws_live}/private"
    with connect(url, proxy=None, open_timeout=SECONDS) as connection:
        connection.send(json.dumps(ws_login(make_key(home), sandbox.exchange.now())))
        return str(json.loads(connection.recv(timeout=SECONDS))["code"])


KINDS = {"rest": ask_rest, "websocket": ask_websocket}


@cache
def measure(kind: str) -> dict[tuple[Place, Place], str]:
    """Try every key in every place; return each code by the key's home and the place."""
    with running([make_key(place) for place in PLACES], sites=tuple(SITES)) as sandbox:
        return {
            (home, target): KINDS[kind](sandbox, home, target)
            for home, target in product(PLACES, PLACES)
        }


def is_sourced(home: Place, target: Place) -> bool:
    """Return whether a source confirms this cell, not only the practice exchange."""
    # No report covers a key on the wrong site and in the wrong environment at once.
    return home.site == target.site or home.demo == target.demo


def render_table(kind: str, *, demo: bool) -> str:
    """Return one matrix as a table: every key on the hosts for live, or those for demo."""
    codes = measure(kind)
    targets = [place for place in PLACES if place.demo == demo]
    lines = [_render_line(["Your key", *(_render_host(kind, place) for place in targets)])]
    lines.append(_render_line(["---"] * (len(targets) + 1)))
    for home in PLACES:
        environment = "demo" if home.demo else "live"
        cells = [_render_cell(home, place, codes[home, place]) for place in targets]
        lines.append(_render_line([f"`{SITES[home.site].login}`, {environment}", *cells]))
    return "\n".join(lines)


def _render_host(kind: str, place: Place) -> str:
    site = SITES[place.site]
    url = site.rest_url if kind == "rest" else site.ws_url("private", demo=place.demo)
    return f"`{urlsplit(url).hostname}`"


def _render_cell(home: Place, target: Place, code: str) -> str:
    if code == "0":
        return "**works**"
    mark = "" if is_sourced(home, target) else r" \*"
    return f"[{code}]({find_entry(code)}){mark}"


def _render_line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def fill(text: str) -> str:
    """Return the page with both matrices measured anew."""
    return _REGION.sub(
        lambda match: f"{match[1]}\n{render_table(match[2], demo=match[3] == 'demo')}\n{match[4]}",
        text,
    )


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
