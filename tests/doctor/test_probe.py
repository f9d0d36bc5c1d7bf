import json
from typing import Any

import pytest

from okx_guide import OkxSession
from okx_guide.doctor.probe import list_practice_sites
from okx_guide.sandbox import running
from tests.support.http_server import Reply, serve_replies

WAIT = (30.0, 30.0)


def test_a_practice_exchange_names_its_sites() -> None:
    with running(sites=("global", "eea")) as sandbox:
        sites = list_practice_sites(OkxSession(sandbox.url), WAIT)

        assert {name: hosts.url for name, hosts in sandbox.hosts.items()} == {
            name: site.rest_url for name, site in sites.items()
        }
        assert {name: f"{hosts.ws_demo}/private" for name, hosts in sandbox.hosts.items()} == {
            name: site.ws_url("private", demo=True) for name, site in sites.items()
        }


@pytest.mark.parametrize(
    "answer",
    [
        "<!doctype html>",
        [],
        {},
        {"ports": []},
        {"ports": {"8700": None}},
        {"ports": {"8700": {"site": "global"}}},
        {"ports": {"evil.example:80": {"site": "global", "demo": False}}},
        {"ports": {"80@evil.example": {"site": "global", "demo": False}}},
    ],
)
def test_what_is_no_list_of_ports_names_no_site(answer: Any) -> None:
    body = answer if isinstance(answer, str) else json.dumps(answer)
    with serve_replies(Reply(200, body.encode(), {})) as server:
        assert list_practice_sites(OkxSession(server.url), WAIT) == {}


def test_only_its_ports_are_taken_so_the_key_stays_on_the_host() -> None:
    ports = {"8710": {"site": "us", "demo": False, "url": "https://evil.example"}}
    with serve_replies(Reply(200, json.dumps({"ports": ports}).encode(), {})) as server:
        sites = list_practice_sites(OkxSession(server.url), WAIT)

    assert [site.rest_url for site in sites.values()] == ["http://127.0.0.1:8710"]
