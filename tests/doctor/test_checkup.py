import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner
from requests.adapters import BaseAdapter, HTTPAdapter

from okx_guide import SITES as REAL_SITES
from okx_guide import OkxSession
from okx_guide.commands.doctor import doctor as command
from okx_guide.doctor import credentials as variables
from okx_guide.doctor import network as ways
from okx_guide.doctor import selftest as local
from okx_guide.doctor.checkup import IDS, Machine, Options, examine
from okx_guide.doctor.credentials import check_variables, describe_quoting
from okx_guide.doctor.network import check_route, find_site
from okx_guide.doctor.report import Check, Report, problem
from okx_guide.doctor.websocket import NotInstalledError, send
from okx_guide.explain import causes
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from okx_guide.signing import ws_login
from okx_guide.urls import is_well_formed
from scripts.docs import compare_doctor as compared
from tests.support.defects import (
    DEFECTS,
    LIVE_KEY,
    OTHER_KEY,
    PORTAL,
    Defect,
    Patient,
    leave_alone,
)
from tests.support.http_server import Reply, Request, StubServer, serve_replies
from tests.support.patience import SECONDS

SECRETS = (
    PRACTICE_KEY.secret_key,
    PRACTICE_KEY.passphrase,
    OTHER_KEY.secret_key,
    OTHER_KEY.passphrase,
    "hunter2",
    "Pract#ice-0nly",
)
HEALTHY = Defect("nothing", "", leave_alone, "", ())


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """What the doctor says of every defect, by its name."""
    by_name = {}
    for defect in DEFECTS:
        folder = tmp_path_factory.mktemp("patient")
        with defect.patient(folder) as patient:
            by_name[defect.name] = compared.run_doctor(defect, patient)
    return by_name


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Patient]:
    """With nothing wrong."""
    with HEALTHY.patient(tmp_path) as healthy:
        yield healthy


def machine(patient: Patient, **changes: Any) -> Machine:
    healthy = Machine(
        patient.environ,
        config=patient.folder / "none.toml",
        sites=patient.sites,
        seconds=(15, 15),
    )
    return replace(healthy, **changes)


def find_complaints(report: Report) -> list[Check]:
    return [check for check in report.checks if check.status in ("problem", "warning")]


def find_check(report: Report, id_: str) -> Check:
    return next(check for check in report.checks if check.id == id_)


# --- it names what is wrong ---------------------------------------------------------------


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_the_cause_of_a_defect_is_named(defect: Defect, reports: dict[str, Report]) -> None:
    report = reports[defect.name]

    assert (defect.cause, True) == (
        find_check(report, defect.check).cause,
        compared.is_cause_named(defect, report),
    )
    # No other problem is claimed; a doubt may have come first.
    assert {defect.cause} >= {
        check.cause for check in find_complaints(report) if check.status == "problem"
    }


def test_how_many_causes_are_named_is_shown(reports: dict[str, Report], figures: list[str]) -> None:
    right = sum(compared.is_cause_named(defect, reports[defect.name]) for defect in DEFECTS)

    figures.append(f"doctor named the cause of {right} of {len(DEFECTS)} injected defects")
    assert (len(DEFECTS), True) == (right, len(DEFECTS) >= 20)


def test_a_key_that_only_the_network_keeps_from_being_judged_is_not_called_unfit(
    reports: dict[str, Report],
) -> None:
    of_network = {"network_geo", "rate_limit", "server_side"}

    expected = {
        defect.name: "unknown" if defect.cause in of_network else "unfit" for defect in DEFECTS
    }
    # It works as it is; the doctor warns.
    expected["A trade key is bound to no address"] = "fit"
    expected["Everybody on the machine can read the config file"] = "fit"

    assert expected == {name: report.verdict for name, report in reports.items()}


def test_every_cause_is_a_word_of_explain_and_has_a_page_that_is_there(
    reports: dict[str, Report],
) -> None:
    checks = [check for report in reports.values() for check in find_complaints(report)]

    # What others can read fails nowhere, so no error has it as its cause.
    assert {check.cause for check in checks if check.id != "file"} <= set(causes.load_kinds())
    assert all(check.fix and check.page for check in checks)
    docs = Path(__file__).parents[2] / "docs"
    for page in {check.page for check in checks}:
        path, _, anchor = page.strip("/").partition("#")
        file = next(
            p for p in (docs / f"{path.strip('/')}.md", docs / path / "index.md") if p.exists()
        )
        headings = file.read_text(encoding="utf-8")
        anchors = re.sub(r"[^a-z0-9 -]", "", headings.lower()).replace(" ", "-")
        assert f"#{anchor} " in headings or f"-{anchor}" in anchors, page


def test_what_cannot_be_checked_is_skipped_and_nothing_is_left_out(
    reports: dict[str, Report],
) -> None:
    for report in reports.values():
        assert list(IDS) == sorted({check.id for check in report.checks}, key=IDS.index)


def test_no_report_holds_a_secret(reports: dict[str, Report]) -> None:
    for report in reports.values():
        text = "\n".join(map(str, report.checks)) + report.headline + json.dumps(report.to_json())
        assert [secret for secret in (*SECRETS, PRACTICE_KEY.api_key) if secret in text] == []


def test_a_healthy_key_is_fit(patient: Patient) -> None:
    report = examine(machine(patient), Options(demo=True))

    assert [(id_, "ok") for id_ in IDS] == [(check.id, check.status) for check in report.checks]
    assert (report.verdict, report.headline) == ("fit", "Fit for use.")


@pytest.mark.parametrize("key", [PRACTICE_KEY, LIVE_KEY], ids=["demo", "live"])
def test_what_kind_of_key_it_is_can_be_found_out(key: Any, tmp_path: Path) -> None:
    with replace(HEALTHY, key=key).patient(tmp_path) as patient:
        report = examine(machine(patient))

    assert (report.verdict, find_check(report, "environment").status) == ("fit", "ok")
    assert f"a {'demo' if key.demo else 'live'} key" in find_check(report, "environment").message


def test_the_site_where_a_key_lives_is_named(patient: Patient) -> None:
    patient.environ["OKX_API_BASE_URL"] = patient.sandbox.hosts["eea"].url
    questions: list[Sequence[str]] = []

    def may_ask(hosts: Sequence[str]) -> bool:
        questions.append(hosts)
        return True

    report = examine(machine(patient), Options(may_ask=may_ask))

    assert [[patient.sandbox.hosts[site].url for site in ("global", "us")]] == questions
    site = find_check(report, "site")
    assert "lives on the site global, as a demo key" in site.message
    assert f"OKX_API_BASE_URL={patient.sandbox.hosts['global'].url}" in site.fix
    assert f"OKX_WS_URL={patient.sandbox.hosts['global'].ws_demo}" in site.fix


def test_the_site_is_found_without_a_host_too(patient: Patient) -> None:
    del patient.environ["OKX_API_BASE_URL"]

    report = examine(machine(patient), Options(may_ask=lambda _: True))

    assert (report.verdict, find_check(report, "site").cause) == ("unfit", "region_site")
    assert "lives on the site global" in find_check(report, "site").message


def test_a_site_that_does_not_answer_is_not_taken_for_one_that_does_not_know(
    patient: Patient,
) -> None:
    patient.sandbox.exchange.keys.delete(PRACTICE_KEY.api_key)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    sites = patient.sites
    sites["eea"] = replace(sites["eea"], rest_url=url)

    report = examine(machine(patient, sites=sites), Options(may_ask=lambda _: True))

    assert (
        find_check(report, "site").cause,
        "No answer from: eea" in find_check(report, "site").message,
    ) == ("region_site", True)


# --- the machine --------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "side"), [(100.0, "ahead"), (-100.0, "behind")])
def test_a_wrong_clock_is_named_and_the_rest_is_checked_with_the_right_time(
    patient: Patient, seconds: float, side: str
) -> None:
    now = patient.sandbox.clock.now

    report = examine(machine(patient, clock=lambda: now() + seconds))

    assert [check.id for check in find_complaints(report)] == ["clock"]
    assert f"Your clock is 100.0 s {side}" in find_check(report, "clock").message
    assert (find_check(report, "clock").status, find_check(report, "clock").cause) == (
        "problem",
        "ts_clock",
    )
    assert (report.verdict, find_check(report, "websocket").status) == ("unfit", "ok")


@pytest.mark.parametrize(
    ("seconds", "status"), [(14.0, "ok"), (16.0, "warning"), (31.0, "problem")]
)
def test_a_clock_may_be_a_little_off(patient: Patient, seconds: float, status: str) -> None:
    now = patient.sandbox.clock.now

    report = examine(machine(patient, clock=lambda: now() + seconds))

    assert status == find_check(report, "clock").status


def test_nothing_is_sent_offline(patient: Patient) -> None:
    asleep = machine(patient, session=fail, resolve=fail, connect=fail, send=fail)

    report = examine(asleep, Options(offline=True))

    assert {"python", "variables", "file", "vectors", "host"} == {
        check.id for check in report.checks if check.status == "ok"
    }
    assert (
        report.verdict,
        report.headline,
    ) == ("unknown", "Could not tell: OKX was not asked about the key.")


def test_a_broken_signing_code_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert local.check_vectors().status == "ok"
    monkeypatch.setattr(local, "sign", lambda *_: "AkD5YszBhggtIyjDlmTy/9PpNVntel+1Lff8wh0qpQw=")

    broken = local.check_vectors()

    assert (broken.status, broken.cause) == ("problem", "header_or_client_bug")
    assert "2 of 4" in broken.message


def test_certificates_that_are_not_there_are_noticed(tmp_path: Path) -> None:
    assert local.check_python({}, lambda _: "").status == "ok"

    missing = local.check_python({"REQUESTS_CA_BUNDLE": str(tmp_path / "none.pem")}, lambda _: "")

    assert (missing.status, missing.cause) == ("problem", "network_geo")
    assert "REQUESTS_CA_BUNDLE" in missing.fix


@pytest.mark.parametrize(
    ("mode", "status", "message"),
    [
        (0o600, "ok", "has the mode 600: nobody else may read it."),
        (0o400, "ok", "nobody else"),
        (0o711, "ok", "nobody else"),
        (0o620, "warning", "its group on this machine may read or change it."),
        (0o602, "warning", "everybody on this machine"),
        (0o640, "warning", "has the mode 640: by it, its group on this machine may read or"),
        (0o604, "warning", "everybody on this machine"),
        (0o644, "warning", "its group and everybody"),
    ],
)
def test_who_can_read_the_file_is_told(
    mode: int, status: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.touch()
    path.chmod(mode)

    check = variables.check_file(path, windows=False)

    assert (check.status, check.cause) == (status, "")
    assert message in check.message
    if status == "warning":
        assert f"Run `chmod 600 {path}`" in check.fix
        assert check.page == "/security/storing-keys/#a-file-that-only-you-can-read"


def test_a_file_that_cannot_be_looked_at_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)

    check = variables.check_file(tmp_path / "config.toml", windows=False)

    assert (check.status, check.fix) == ("skipped", "")
    assert "Permission denied" in check.message


def test_a_file_without_a_mode_is_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"

    assert "so none that others can read" in variables.check_file(path, windows=True).message
    path.touch()

    check = variables.check_file(path, windows=True)
    assert (check.status, "on Windows" in check.message) == ("skipped", True)


def test_an_open_file_is_something_to_mend_beside_a_fit_key(patient: Patient) -> None:
    patient.write_config(PRACTICE_KEY)
    path = patient.folder / ".okx" / "config.toml"
    path.chmod(0o644)

    report = examine(machine(patient, config=path))

    assert report.headline == "Fit for use, with something to mend: file."
    assert find_check(report, "file").to_json()["cause"] is None


V4 = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))
V6 = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 443, 0, 0))


@pytest.mark.parametrize(
    ("rows", "dead", "status", "message"),
    [
        ([V6, V4], "", "ok", "over IPv4 and IPv6"),
        ([V4], "", "ok", "over IPv4."),
        ([V6, V4], "2001:db8::1", "warning", "IPv6 address that cannot be reached"),
        ([V6, V4], "192.0.2.1", "ok", "over IPv6"),
        ([V4], "192.0.2.1", "problem", "refuses connections"),
        ([], "", "problem", "could not be looked up"),
    ],
)
def test_both_kinds_of_address_are_tried(
    rows: list[Any], dead: str, status: str, message: str
) -> None:
    def connect(address: tuple[str, int], seconds: float) -> socket.socket:
        if address[0] == dead:
            raise ConnectionRefusedError
        return socket.socket()

    check = check_route("https://openapi.okx.com", lambda *_, **__: rows, connect, 1)

    assert status == check.status
    assert message in check.message


# --- where the key goes -------------------------------------------------------------------


class Recorded(OkxSession):
    """Keeps what was sent: method, URL, and whether a key went along."""

    sent_requests: list[tuple[str, str, bool]] = []  # noqa: RUF012  # emptied by the fixture

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        with_key = "OK-ACCESS-KEY" in request.headers
        self.sent_requests.append((str(request.method), str(request.url), with_key))
        return super().send(request, **kwargs)


@pytest.fixture
def sent_requests() -> Iterator[list[tuple[str, str, bool]]]:
    Recorded.sent_requests.clear()
    yield Recorded.sent_requests
    Recorded.sent_requests.clear()


Sent = list[tuple[str, str, bool]]


def test_it_only_reads_and_only_where_the_reader_said(
    patient: Patient, sent_requests: Sent
) -> None:
    report = examine(machine(patient, session=Recorded))

    url = patient.sandbox.url
    assert [
        ("GET", f"{url}/api/v5/public/time", False),
        ("GET", f"{url}/api/v5/account/config", True),
    ] == sent_requests
    assert report.verdict == "fit"


def test_no_other_host_is_asked_without_leave(patient: Patient, sent_requests: Sent) -> None:
    host_url = patient.environ["OKX_API_BASE_URL"] = patient.sandbox.hosts["us"].url

    for may_ask in (None, lambda _: False):
        examine(machine(patient, session=Recorded), Options(may_ask=may_ask))

    assert {host_url} == {url.partition("/api/")[0] for _, url, _ in sent_requests}


def test_with_leave_only_the_hosts_of_the_table_are_asked(
    patient: Patient, sent_requests: Sent
) -> None:
    patient.sandbox.exchange.keys.delete(PRACTICE_KEY.api_key)

    examine(machine(patient, session=Recorded), Options(may_ask=lambda _: True))

    hosts = {url.partition("/api/")[0] for _, url, _ in sent_requests}
    assert hosts == {site.rest_url for site in patient.sites.values()}
    assert {method for method, _, _ in sent_requests} == {"GET"}


def test_the_table_of_a_reader_holds_okx_s_documented_hosts_and_no_variable_changes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OKX_SITES", "https://evil.invalid")

    assert Machine.from_process().sites is REAL_SITES
    assert {"https://openapi.okx.com", "https://us.okx.com", "https://eea.okx.com"} == {
        site.rest_url for site in REAL_SITES.values()
    }


def test_a_practice_key_is_offered_to_no_real_host(patient: Patient, sent_requests: Sent) -> None:
    """A machine of a reader: its sites are OKX's, and the practice exchange is none of them."""
    patient.sandbox.exchange.keys.delete(PRACTICE_KEY.api_key)
    at_home = machine(patient, session=Recorded, sites=REAL_SITES)

    reports = [examine(at_home, Options(may_ask=may_ask)) for may_ask in (None, fail)]

    assert find_check(reports[0], "site") == find_check(reports[1], "site")
    site = find_check(reports[1], "site")
    assert (site.cause, "it is not asked" in site.message) == ("key_lifecycle", True)
    assert "Set the variables that it printed" in site.fix
    # Its other ports were asked, nobody else.
    assert {urlsplit(url).hostname for _, url, _ in sent_requests} == {"127.0.0.1"}


OWN_KEY = "37c541a1-5c8e-4f0b-9a63-10fe7a038418"


@pytest.mark.parametrize("api_key", [OWN_KEY, PRACTICE_KEY.api_key])
def test_a_host_that_nobody_knows_has_no_key_of_okx(
    patient: Patient, api_key: str, sent_requests: Sent
) -> None:
    """Nor is a sample sent to OKX if no host is set."""
    patient.environ["OKX_API_KEY"] = api_key
    environ = {**patient.environ, "OKX_API_BASE_URL": ""}
    questions: list[Sequence[str]] = []

    def may_ask(hosts: Sequence[str]) -> bool:
        questions.append(hosts)
        return False

    at_home = machine(patient, environ=environ, session=Recorded, sites=REAL_SITES)
    report = examine(at_home, Options(may_ask=may_ask))

    if api_key == OWN_KEY:
        assert questions == [[site.rest_url for site in REAL_SITES.values()]]
    else:
        assert questions == []
        assert "a sample of this guide" in find_check(report, "site").message
    assert sent_requests == []


def test_a_sample_is_not_sent_to_okx(patient: Patient) -> None:
    with_key: list[str] = []

    class Okx(OkxSession):
        """Answers in the place of OKX."""

        def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # as its parent
            if self.auth:
                with_key.append(url)
            return OkxSession(patient.sandbox.url).request(method, url, **kwargs)

    environ = {**patient.environ, "OKX_API_BASE_URL": "https://openapi.okx.com"}
    at_home = Machine(
        environ,
        config=patient.folder / "none.toml",
        session=Okx,
        resolve=lambda *_, **__: [V4],
        connect=lambda *_: socket.socket(),
        send=fail,
    )

    report = examine(at_home)

    assert with_key == []
    assert (find_check(report, "site").cause, report.verdict) == ("cred_mixup", "unfit")
    assert (
        "Set OKX_API_BASE_URL to what `okx-guide sandbox` printed" in find_check(report, "site").fix
    )


def test_a_practice_exchange_behind_tls_gets_its_sample(patient: Patient) -> None:
    class Tls(OkxSession):
        """Reaches the practice exchange under an address with TLS."""

        def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # as its parent
            self.base_url = patient.sandbox.url
            return super().request(method, url, **kwargs)

    patient.environ["OKX_API_BASE_URL"] = "https://practice.invalid"
    at_home = machine(
        patient,
        session=Tls,
        sites=REAL_SITES,
        resolve=lambda *_, **__: [V4],
        connect=lambda *_: socket.socket(),
    )

    assert find_check(examine(at_home), "read").status == "ok"


def test_a_host_that_is_not_okx_s_is_no_reason_to_ask_okx(
    patient: Patient, sent_requests: Sent
) -> None:
    class Way(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
            request.url = str(request.url).replace("https://api.invalid", patient.sandbox.url)
            return super().send(request, *args, **kwargs)

    class Tls(Recorded):
        """Reaches the practice exchange under an address with TLS."""

        def get_adapter(self, url: str) -> BaseAdapter:
            return Way()

    patient.environ |= {"OKX_API_BASE_URL": "https://api.invalid", "OKX_API_KEY": OWN_KEY}
    at_home = machine(
        patient,
        session=Tls,
        sites=REAL_SITES,
        resolve=lambda *_, **__: [V4],
        connect=lambda *_: socket.socket(),
    )

    report = examine(at_home, Options(may_ask=fail))

    assert (
        "It is not one of OKX's hosts, so those are not asked."
        in find_check(report, "site").message
    )
    assert (find_check(report, "site").cause, len(sent_requests)) == ("region_site", 3)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_the_key_along(patient: Patient, status: int) -> None:
    with serve_replies(Reply(body=PORTAL)) as target:
        # The first answer is right, so that the key is sent; the second redirects.
        first = patient.stack.enter_context(serve_time_then_redirect(status, target.url))
        patient.environ["OKX_API_BASE_URL"] = first.url
        report = examine(machine(patient), Options(demo=True))

    assert target.requests == []
    assert "redirects" in find_check(report, "read").message


def test_no_redirect_takes_the_login_along(patient: Patient) -> None:
    """The library would follow it, to a server that would take the login."""
    target = f"{patient.sandbox.hosts['global'].ws_demo}/private"
    start = patient.serve_host(302, Location=target).replace("http", "ws", 1) + "/ws/v5/private"
    keys = patient.sandbox.exchange.keys
    message = json.dumps(ws_login(PRACTICE_KEY))

    with pytest.raises(ConnectionError):
        send(start, message, 2)
    assert keys.find_last_use(PRACTICE_KEY) is None

    assert json.loads(send(target, message, 2))["event"] == "login"
    assert keys.find_last_use(PRACTICE_KEY) is not None


def test_a_redirected_websocket_is_a_check(patient: Patient) -> None:
    patient.environ["OKX_WS_URL"] = (
        patient.serve_host(302, Location="ws://127.0.0.1:9/x").replace("http", "ws", 1) + "/ws/v5"
    )

    check = find_check(examine(machine(patient)), "websocket")

    assert (check.status, check.cause) == ("problem", "network_geo")


def test_a_proxy_in_front_of_plain_http_sees_no_key(patient: Patient) -> None:
    with serve_replies(Reply(body=PORTAL)) as proxy:
        patient.environ |= {"HTTP_PROXY": proxy.url, "http_proxy": proxy.url, "NO_PROXY": ""}
        report = compared.run_doctor(replace(HEALTHY, name="proxy"), patient)

    assert proxy.requests == []
    assert "would read your key" in find_check(report, "path").message


def test_a_proxy_in_front_of_tls_is_only_asked_to_connect(patient: Patient) -> None:
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                received.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")

        thread = Thread(target=refuse, daemon=True)
        thread.start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        patient.environ |= {"HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": ""}
        patient.environ["OKX_API_BASE_URL"] = "https://api.invalid"
        report = compared.run_doctor(replace(HEALTHY, name="proxy"), patient)
        thread.join(SECONDS)

    assert received[0].startswith(b"CONNECT api.invalid:443 ")
    assert b"OK-ACCESS" not in received[0]
    assert (find_check(report, "public").cause, report.verdict) == ("network_geo", "unknown")


def serve_time_then_redirect(status: int, target: str) -> AbstractContextManager[StubServer]:
    """Run a server that answers the time and redirects every other request."""

    def choose(request: Request) -> Reply:
        if request.path.endswith("/public/time"):
            now = str(int(time.time() * 1000))
            return Reply(body=json.dumps({"code": "0", "data": [{"ts": now}], "msg": ""}).encode())
        return Reply(status, headers={"Location": f"{target}{request.path}"})

    return serve_replies(choose)


NOTICE = datetime(2026, 9, 29, tzinfo=UTC), datetime(2026, 9, 30, tzinfo=UTC)
CLOSED = datetime(2026, 10, 31, tzinfo=UTC)
LIVE_8443 = {
    "OKX_API_BASE_URL": "https://openapi.okx.com",
    "OKX_WS_URL": "wss://ws.okx.com:8443/ws/v5",
}


def test_the_closed_port_is_a_problem_from_its_day_on() -> None:
    checks = {}
    for day in (*NOTICE, CLOSED):
        patient = Machine(LIVE_8443, Path("none.toml"), clock=day.timestamp, send=fail)
        checks[day] = find_check(examine(patient, Options(offline=True)), "websocket")

    assert [check.status for check in checks.values()] == ["skipped", "skipped", "problem"]
    assert "ws.okx.com:8443 is closed" in checks[CLOSED].message
    assert "31 October 2026" in checks[CLOSED].message
    assert checks[CLOSED].fix == "Set OKX_WS_URL=wss://ws.okx.com/ws/v5"


def test_a_closure_that_is_announced_is_said_before_its_day() -> None:
    messages = [
        ways.describe_announcement("wss://ws.okx.com:8443", day.date()) for day in (*NOTICE, CLOSED)
    ]

    assert [messages[0], messages[2]] == ["", ""]
    assert "OKX closes ws.okx.com:8443 on 31 October 2026" in messages[1]


@pytest.mark.parametrize(
    ("version", "status"),
    [("4.5.84", "warning"), ("4.5.85", "warning"), ("4.5.87", "ok"), ("5.0", "ok"), ("", "ok")],
)
def test_a_client_that_dials_the_closed_port_is_named(version: str, status: str) -> None:
    check = local.check_python({}, lambda package: version if package == "ccxt" else "")

    assert status == check.status
    assert (f"ccxt {version} dials port 8443" in check.message) == (status == "warning")


def test_a_rest_host_that_is_gone_is_a_problem() -> None:
    check = ways.check_host("https://aws.okx.com", REAL_SITES, CLOSED.date())

    assert (check.status, check.page) == ("problem", "/about/changes/")
    assert "aws.okx.com is closed" in check.message


def test_a_key_is_not_sent_in_clear(patient: Patient, sent_requests: Sent) -> None:
    patient.environ["OKX_API_BASE_URL"] = "http://openapi.okx.com"

    report = examine(machine(patient, session=Recorded))

    assert (find_check(report, "host").status, sent_requests) == ("problem", [])


def test_the_host_of_the_website_is_known_too() -> None:
    assert [REAL_SITES["eea"]] * 2 == [
        find_site(url, REAL_SITES) for url in ("https://eea.okx.com", "https://my.okx.com")
    ]
    assert find_site("https://eea.okx.com.evil.invalid", REAL_SITES) is None


# --- what a host may say ------------------------------------------------------------------

ANSWERS = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b'"x"',
    b'{"code":"0"}',
    b'{"code":"0","data":[]}',
    b'{"code":"0","data":[{}]}',
    b'{"code":"0","data":[{"ts":"now"}]}',
    b'{"code":"0","data":[{"ts":"99999999999999999999"}]}',
    b'{"code":"0","data":{"ts":"1"}}',
    b'{"code":"7","data":[]}',
    b'{"code":{"a":1}}',
    b'{"code":"99999","msg":"?"}',
    b"[" * 5000,
    b'{"code":"0","data":[{"ts":' + b"9" * 5000 + b"}]}",
    b'{"code":"00000","data":[{"ts":"1"}]}',
]


@pytest.mark.parametrize("body", ANSWERS, ids=range(len(ANSWERS)))
@pytest.mark.parametrize("status", [200, 401, 429, 503])
def test_whatever_a_host_answers_is_a_check_and_no_traceback(
    patient: Patient, body: bytes, status: int
) -> None:
    patient.environ["OKX_API_BASE_URL"] = patient.serve_host(status, body)

    report = examine(machine(patient))

    assert find_check(report, "public").status == "problem"


@pytest.mark.parametrize("body", ANSWERS, ids=range(len(ANSWERS)))
def test_whatever_a_host_says_of_the_key_is_a_check_and_no_traceback(
    patient: Patient, body: bytes
) -> None:
    class Odd(OkxSession):
        def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # as its parent
            if url.endswith("time"):
                return super().request(method, url, **kwargs)
            return OkxSession(odd).request(method, url, **kwargs)

    odd = patient.serve_host(200, body)

    report = examine(machine(patient, session=Odd))

    assert (
        "problem" in {check.status for check in report.checks}
        or find_check(report, "account").status == "warning"
    )


def test_what_a_host_echoes_is_not_shown(patient: Patient) -> None:
    echo = f"{PRACTICE_KEY.passphrase} {PRACTICE_KEY.secret_key} {PRACTICE_KEY.api_key}"
    body = json.dumps({"code": "50110", "msg": echo, "data": [echo]}).encode()

    class Echo(OkxSession):
        def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # as its parent
            if url.endswith("time"):
                return super().request(method, url, **kwargs)
            return OkxSession(host).request(method, url, **kwargs)

    host = patient.serve_host(401, body, **{"X-Sandbox-Hint": echo})

    report = examine(machine(patient, session=Echo))

    text = "\n".join(map(str, report.checks)) + json.dumps(report.to_json())
    assert find_check(report, "read").cause == "ip_allowlist"
    assert [part for part in echo.split() if part in text] == []


def test_the_address_to_list_is_shown(tmp_path: Path) -> None:
    bound = replace(PRACTICE_KEY, ips=("203.0.113.7",))
    with replace(HEALTHY, key=bound).patient(tmp_path) as patient:
        report = examine(machine(patient))

    assert "50110 for 127.0.0.1" in find_check(report, "read").message


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"event":1}',
        '{"event":"error","code":"x"}',
        '{"event":"error"}',
        '{"event":"error","code":"60009"}',
        '{"event":"login"}',
        '{"event":"login","code":"1"}',
    ],
)
def test_whatever_a_websocket_answers_is_a_check(patient: Patient, answer: str) -> None:
    report = examine(machine(patient, send=lambda *_: answer))

    assert find_check(report, "websocket").status == "problem"


def test_without_the_library_the_login_is_not_checked(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "websockets.sync.client", None)

    with pytest.raises(NotInstalledError):
        send("ws://127.0.0.1:1", "", 1)
    report = examine(machine(patient))

    assert (find_check(report, "websocket").status, report.verdict) == ("skipped", "fit")
    assert "pip install" in find_check(report, "websocket").fix


def test_without_a_websocket_host_the_matching_one_is_taken(patient: Patient) -> None:
    del patient.environ["OKX_WS_URL"]
    urls: list[str] = []

    def remember(url: str, *_: object) -> str:
        urls.append(url)
        return '{"event":"login","code":"0"}'

    report = examine(machine(patient, send=remember))

    assert [f"{patient.sandbox.hosts['global'].ws_demo}/private"] == urls
    assert report.verdict == "fit"


def fail(*_: object, **__: object) -> Any:
    raise AssertionError("something was sent")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("", "", "does not end in /ws/v5, to which programs add /private or /public."),
        ("", "/", "does not end in /ws/v5"),
        ("", "/ws/v5/", "does not end in /ws/v5"),
        ("", "/ws/v5/private", "does not end in /ws/v5"),
        ("", "/ws/v5?brokerId=9999", "does not end in /ws/v5"),
        ("", "/private", "does not end in /ws/v5"),
        ("", "/ws/v5\n", "does not end in /ws/v5"),
        ("", "/ws/\tv5", "does not end in /ws/v5"),
        ("", "/ws/v5?", "does not end in /ws/v5"),
        ("", "/ws/v5#", "does not end in /ws/v5"),
        (" ws", "/ws/v5", "does not end in /ws/v5"),
        ("http", "/ws/v5", "begins with http://, not with ws://."),
    ],
)
@pytest.mark.parametrize("site", [True, False], ids=["site", "no site"])
def test_what_to_write_for_a_websocket_address_is_told(
    patient: Patient, before: str, after: str, message: str, *, site: bool
) -> None:
    right = patient.environ["OKX_WS_URL"]
    wrong = right.removesuffix("/ws/v5").replace("ws", before or "ws", 1) + after
    patient.environ["OKX_WS_URL"] = wrong
    sites = patient.sites if site else REAL_SITES

    for options in (Options(), Options(offline=True)):
        check = find_check(examine(machine(patient, send=fail, sites=sites), options), "websocket")

        assert (check.status, check.cause) == ("problem", "region_site")
        assert message in check.message
        assert check.fix == f"Set OKX_WS_URL={right}"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("x", "has 1 characters and is no address"),
        ("http://a b", "has 10 characters"),
        ("https://", "is no address"),
        ("wss://[", "is no address"),
        ("ws://", "is no address"),
        (PRACTICE_KEY.secret_key, "has 32 characters"),
        ("ws://wspap.okx.com", "without TLS"),
        ("wss://wspap.okx.com/ws/v5", "OKX_WS_URL (wspap.okx.com) is not. No login"),
        ("https://openapi.okx.com", "OKX_WS_URL (openapi.okx.com) is not. No login was sent."),
    ],
)
def test_a_mangled_websocket_address_is_named_and_gets_no_login(
    patient: Patient, url: str, message: str
) -> None:
    patient.environ["OKX_WS_URL"] = url

    check = find_check(examine(machine(patient, send=fail)), "websocket")

    assert (check.status, check.cause) == ("problem", "region_site")
    assert message in check.message
    assert f"Set OKX_WS_URL={patient.sandbox.hosts['global'].ws_demo}" == check.fix


@pytest.mark.parametrize("known", [True, False])
def test_the_websocket_host_of_the_other_kind_is_told_with_the_right_one(
    patient: Patient, *, known: bool
) -> None:
    hosts = patient.sandbox.hosts["global"]
    patient.environ["OKX_WS_URL"] = hosts.ws_live

    report = examine(machine(patient, sites=patient.sites if known else REAL_SITES))

    check = find_check(report, "websocket")
    assert check.cause == "env_demo_live"
    assert (f"Set OKX_WS_URL={hosts.ws_demo}" == check.fix) == known
    assert ("the practice exchange printed for a demo key" in check.fix) != known


def test_a_real_key_logs_in_at_no_practice_exchange() -> None:
    at = "ws://127.0.0.1:9/ws/v5"
    environ = {**GOOD, "OKX_API_BASE_URL": "https://us.okx.com", "OKX_WS_URL": at}

    check = find_check(examine(Machine(environ, send=fail), Options(offline=True)), "websocket")

    assert "OKX_WS_URL (127.0.0.1:9) is a practice exchange, and OKX_API_BASE_URL" in check.message
    assert check.fix.startswith("Set it as your site has it, wss://host:port/ws/v5, or")


@pytest.mark.parametrize(
    "url",
    [
        "x",
        "okx.com",
        "ftp://okx.com",
        "https://",
        "https://[",
        "https://a:99999",
        "https://a b",
        "https://u:p@okx.com",
        "https://okx.com/api/v5",
        '"https://okx.com"',
        "wss://ws.okx.com",
        PRACTICE_KEY.secret_key,
    ],
)
def test_a_mangled_host_is_named_and_not_shown(
    patient: Patient, url: str, sent_requests: Sent
) -> None:
    patient.environ["OKX_API_BASE_URL"] = url

    report = examine(machine(patient, session=Recorded))

    check = find_check(report, "host")
    assert (
        (check.status, check.cause),
        is_well_formed(url) and url.startswith("http"),
        sent_requests,
    ) == (("problem", "region_site"), False, [])
    assert url not in check.message or len(url) < 2


@pytest.mark.parametrize("url", ["", "127.0.0.1:8700", "https://okx.com/api/v5"])
def test_who_has_no_host_yet_is_told_of_the_practice_exchange(url: str) -> None:
    check = ways.check_host(url, REAL_SITES, CLOSED.date())

    assert check.status == "problem"
    assert "https://openapi.okx.com, https://us.okx.com, https://eea.okx.com" in check.fix
    assert "to practise, to what `okx-guide sandbox` prints." in check.fix


def test_a_practice_exchange_that_is_not_there_is_to_be_started(patient: Patient) -> None:
    def refuse(*_: object) -> socket.socket:
        raise ConnectionRefusedError

    found_ = [
        check_route(url, lambda *_, **__: [V4], refuse, 1)
        for url in ("http://127.0.0.1:8700", "https://us.okx.com")
    ]

    assert ["okx-guide sandbox" in check.fix for check in found_] == [True, False]
    assert [check.cause for check in found_] == ["network_geo"] * 2


# --- the three strings --------------------------------------------------------------------

GOOD = {
    "OKX_API_KEY": PRACTICE_KEY.api_key,
    "OKX_SECRET_KEY": PRACTICE_KEY.secret_key,
    "OKX_PASSPHRASE": PRACTICE_KEY.passphrase,
}


@pytest.mark.parametrize(
    ("changes", "status", "cause"),
    [
        ({}, "ok", ""),
        ({"OKX_API_SECRET": OTHER_KEY.secret_key}, "warning", "cred_mixup"),
        ({"OKX_API_SECRET": PRACTICE_KEY.secret_key}, "ok", ""),
        ({"OKX_PASSPHRASE": PRACTICE_KEY.secret_key}, "problem", "cred_mixup"),
        ({"OKX_SECRET_KEY": "abc"}, "warning", "cred_mixup"),
        ({"OKX_SECRET_KEY": "ключ"}, "problem", "passphrase_quoting"),
        ({"OKX_PASSPHRASE": "“Practice-0nly”"}, "problem", "passphrase_quoting"),
        ({"OKX_PASSPHRASE": "'Practice-0nly'"}, "warning", "passphrase_quoting"),
        ({"OKX_PASSPHRASE": "Practice\\-0nly"}, "ok", ""),
        ({"OKX_PASSPHRASE": "Practice%2D0nly"}, "ok", ""),
        ({"OKX_PASSPHRASE": "Practice0nly"}, "ok", ""),
        ({"OKX_API_KEY": " " + PRACTICE_KEY.api_key}, "problem", "cred_mixup"),
        ({"OKX_API_KEY": "", "OKX_SECRET_KEY": "", "OKX_PASSPHRASE": ""}, "problem", "cred_mixup"),
    ],
)
def test_the_strings_are_looked_at(
    changes: dict[str, str], status: str, cause: str, tmp_path: Path
) -> None:
    check, credentials = check_variables({**GOOD, **changes}, tmp_path / "none.toml", None)

    assert (status, cause) == (check.status, check.cause)
    assert (status == "problem") == (credentials is None)
    assert not any(value in check.message for value in GOOD.values())


@pytest.mark.parametrize(
    ("passphrase", "doubt"),
    [
        ("Practice-0nly", ""),
        ("short-1", "fewer than 8"),
        ("Practice0nly", "no special character"),
        ("a\\b-Practice", "a backslash"),
        ("Practice%2D0nly", "percent-encoded"),
        ("'Practice-0nly'", "quotes around"),
        ('Practice-0nly"', "quotes around"),
    ],
)
def test_a_passphrase_that_may_be_mangled_is_doubted_in_words(passphrase: str, doubt: str) -> None:
    text = describe_quoting(passphrase)

    assert (True, bool(doubt)) == (doubt in text, bool(text))
    assert passphrase not in text


def test_one_passphrase_for_several_keys_is_no_mix(patient: Patient) -> None:
    patient.write_config(replace(OTHER_KEY, passphrase=PRACTICE_KEY.passphrase))
    path = patient.folder / ".okx" / "config.toml"

    assert check_variables(patient.environ, path, None)[0].status == "ok"


def test_a_profile_of_the_file_is_examined(patient: Patient) -> None:
    patient.write_config(PRACTICE_KEY, OTHER_KEY)
    path = patient.folder / ".okx" / "config.toml"
    only_host = {"OKX_API_BASE_URL": patient.sandbox.url}

    default = examine(machine(patient, environ=only_host, config=path))
    second = examine(machine(patient, config=path), Options(profile="other"))
    none = examine(machine(patient, config=path), Options(profile="gone"))

    assert (default.verdict, second.verdict, none.verdict) == ("fit", "fit", "unfit")
    assert "config.toml" in find_check(default, "variables").message


@pytest.mark.parametrize(
    ("profile", "message", "fix"),
    [
        ("dmo", "no table [profiles.dmo], its profiles are demo, live one", "--profile demo`."),
        ("live", "no table [profiles.live]", "--profile 'live one'`."),
        ("zzz", "no table [profiles.zzz], its profiles are demo", "Name a profile that it has."),
        (None, "no table [profiles.gone]", "Name a profile that it has."),
    ],
)
def test_a_profile_that_is_not_there_is_told_with_those_that_are(
    profile: str | None, message: str, fix: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        'default_profile = "gone"\n[profiles.demo]\n[profiles."live one"]\n', encoding="utf-8"
    )

    check, credentials = check_variables(GOOD if profile else {}, path, profile)

    assert (check.status, check.cause, credentials) == ("problem", "cred_mixup", None)
    assert f"{path} has {message}" in check.message
    assert check.fix.endswith(fix)


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        (None, "does not exist.", "Create it, or set OKX_API_KEY, OKX_SECRET_KEY, OKX_PASSPHRASE."),
        (
            "[profiles.demo]",
            "default_profile, its profiles are demo.",
            'Add default_profile = "demo"',
        ),
        (
            "[profile.demo]",
            "names no default_profile, nor any [profiles.NAME].",
            "Add default_prof",
        ),
        (
            'default_profile = "demo"\n[profiles.demo]\napi_key = 1',
            "demo has no secret_key and",
            "",
        ),
        ("x = [", "is not valid TOML.", "Put each value in 'single quotes'."),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_what_to_do(
    text: str | None, message: str, fix: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    check, _ = check_variables({}, path, None)

    assert str(path) in check.message
    assert message in check.message
    assert check.fix.startswith(fix)


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("OKX_API_KEY", "okx_api_key"),
        ("OKX_SECRET_KEY", "okx_secret_key"),
        ("OKX_SECRET_KEY", "Okx_Api_Secret"),
        ("OKX_PASSPHRASE", "OKX_PASSWORD"),
    ],
)
@pytest.mark.parametrize("only", [True, False])
def test_a_variable_under_another_name_is_named_and_not_the_file(
    name: str, alias: str, only: bool, tmp_path: Path
) -> None:
    variables = {} if only else {key: value for key, value in GOOD.items() if key != name}

    check, _ = check_variables({**variables, alias: "x"}, tmp_path / "none.toml", None)

    assert check.message == f"{name} is not set, and {alias} is."


def test_a_profile_that_lacks_strings_is_no_mix_with_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = f"[profiles.half]\napi_key = '{PRACTICE_KEY.api_key}'\n"
    path.write_text(text, encoding="utf-8")

    assert check_variables(GOOD, path, None)[0].status == "ok"
    check, _ = check_variables({**GOOD, "OKX_PASSPHRASE": ""}, path, None)
    assert "no OKX_PASSPHRASE; " in check.message
    assert "is not read to complete it" in check.message


@pytest.mark.parametrize("text", ["", "x = [", "profiles = 3", "[profiles]\na = 1", "\0", "ü" * 9])
def test_a_broken_file_beside_good_variables_does_no_harm(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")

    assert check_variables(GOOD, path, None)[0].status == "ok"


# --- the command --------------------------------------------------------------------------


@pytest.fixture
def two_key_sandbox() -> Iterator[RunningSandbox]:
    with running([PRACTICE_KEY, OTHER_KEY]) as started:
        yield started


def run(two_key_sandbox: RunningSandbox, *arguments: str, **environ: str | None) -> Any:
    options = {**two_key_sandbox.environ, "HOME": os.devnull, **environ}
    return CliRunner().invoke(command, arguments, env=options)


def test_the_command_says_fit(two_key_sandbox: RunningSandbox) -> None:
    result = run(two_key_sandbox, "--demo")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "Fit for use."


@pytest.mark.parametrize(
    ("arguments", "environ", "exit_code", "verdict"),
    [
        ((), {}, 0, "fit"),
        (("--live",), {}, 1, "unfit"),
        (("--need", "withdraw"), {}, 1, "unfit"),
        (("--need", "trade"), {}, 0, "fit"),
        ((), {"OKX_PASSPHRASE": "Wr0ng-Pass"}, 1, "unfit"),
        (("--offline",), {}, 2, "unknown"),
        ((), {"OKX_API_BASE_URL": "https://api.invalid"}, 2, "unknown"),
    ],
)
def test_the_command_in_json(
    two_key_sandbox: RunningSandbox,
    arguments: Sequence[str],
    environ: dict[str, str],
    exit_code: int,
    verdict: str,
) -> None:
    result = run(two_key_sandbox, "--json", *arguments, **environ)

    answer = json.loads(result.stdout)
    assert (exit_code, verdict) == (result.exit_code, answer["verdict"])
    assert list(answer) == ["verdict", "checks"]
    assert list(IDS) == [check["id"] for check in answer["checks"]]
    assert {("id", "status", "cause", "fix", "page")} == {
        tuple(check) for check in answer["checks"]
    }


def test_find_site_asks_first_and_nobody_s_answer_is_no(two_key_sandbox: RunningSandbox) -> None:
    result = run(two_key_sandbox, "--find-site", OKX_API_BASE_URL=None, OKX_API_KEY=OWN_KEY)

    assert (result.exit_code, "Send the key and its passphrase" in result.stderr) == (1, True)
    assert "openapi.okx.com, https://us.okx.com, https://eea.okx.com?" in result.stderr


def test_find_site_asks_nothing_of_who_practises(two_key_sandbox: RunningSandbox) -> None:
    two_key_sandbox.exchange.keys.delete(PRACTICE_KEY.api_key)

    result = run(two_key_sandbox, "--find-site", "--yes")

    assert (result.exit_code, result.stderr) == (1, "")
    assert "OKX cannot know it, so it is not asked" in " ".join(result.stdout.split())


@pytest.mark.parametrize("arguments", [("--demo", "--live"), ("--live", "--json", "--demo")])
def test_a_key_of_both_kinds_is_refused(
    two_key_sandbox: RunningSandbox, arguments: Sequence[str]
) -> None:
    result = run(two_key_sandbox, *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "give --demo or --live; or neither" in result.stderr


def test_the_command_needs_no_practice_exchange_and_no_websockets() -> None:
    code = (
        "import sys\n"
        "for name in ('uvicorn', 'starlette', 'websockets'): sys.modules[name] = None\n"
        "from okx_guide.commands.doctor import doctor\n"
        "doctor(['--offline'])\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.devnull,
            **GOOD,
            "OKX_API_BASE_URL": "https://openapi.okx.com",
        },
        cwd=Path(__file__).parents[2],
    )

    assert (result.returncode, result.stderr) == (2, "")
    assert "4 known signatures come out right" in result.stdout


def test_a_verdict_names_its_reasons() -> None:
    checks = (problem("clock", "ts_clock", "message"), problem("public", "network_geo", "message"))

    assert Report(checks).headline == "Not fit for use: clock (ts_clock), public (network_geo)."
    assert Report(checks[1:]).headline == "Could not tell: public (network_geo)."
