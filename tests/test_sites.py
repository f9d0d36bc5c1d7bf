from datetime import date

import pytest

from okx_guide import SITES
from okx_guide.sites import WsPath, load_sites

LIVE = {"global": "ws.okx.com", "us": "wsus.okx.com", "eea": "wseea.okx.com"}
DEMO = {"global": "wspap.okx.com", "us": "wsuspap.okx.com", "eea": "wseeapap.okx.com"}
REST = {
    "global": "https://openapi.okx.com",
    "us": "https://us.okx.com",
    "eea": "https://eea.okx.com",
}
LOGIN = {"global": "www.okx.com", "us": "app.okx.com", "eea": "my.okx.com"}


def test_every_site_has_its_rest_host_and_its_login_host() -> None:
    assert {name: site.rest_url for name, site in SITES.items()} == REST
    assert {name: site.login for name, site in SITES.items()} == LOGIN
    assert list(SITES) == [site.name for site in SITES.values()]


@pytest.mark.parametrize("path", ["public", "private", "business"])
@pytest.mark.parametrize(("demo", "hosts"), [(False, LIVE), (True, DEMO)])
def test_every_site_has_its_sockets(path: WsPath, demo: bool, hosts: dict[str, str]) -> None:
    expected = {name: f"wss://{host}/ws/v5/{path}" for name, host in hosts.items()}
    assert expected == {name: site.ws_url(path, demo=demo) for name, site in SITES.items()}


def test_a_socket_is_a_live_one_unless_told() -> None:
    assert SITES["global"].ws_url("private") == "wss://ws.okx.com/ws/v5/private"


@pytest.mark.parametrize("path", ["", "Private", "orders", "private/", "../public", None])
def test_another_channel_is_refused(path: WsPath) -> None:
    with pytest.raises(ValueError, match="must be 'public', 'private' or 'business'"):
        SITES["global"].ws_url(path)


@pytest.mark.parametrize(("day", "port"), [(date(2026, 10, 30), ":8443"), (date(2026, 10, 31), "")])
def test_the_hosts_are_those_of_the_day(day: date, port: str) -> None:
    hosts = {name: site.ws_url("private") for name, site in load_sites(day).items()}
    assert {name: f"wss://{host}{port}/ws/v5/private" for name, host in LIVE.items()} == hosts
