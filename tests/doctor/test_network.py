"""A practice exchange over TLS, as the doctor meets it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from okx_guide import SITES
from okx_guide.doctor.checkup import Machine, examine
from okx_guide.doctor.network import is_practice_exchange
from okx_guide.doctor.report import Report
from okx_guide.sandbox import RunningSandbox, running
from okx_guide.sandbox.certificates import Certificate, make_certificate
from tests.support.http_server import Reply, serve_replies
from tests.support.logs import forbid_logs


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return make_certificate()


@pytest.fixture(scope="module")
def secure_sandbox(certificate: Certificate) -> Iterator[RunningSandbox]:
    with forbid_logs(), running(sites=tuple(SITES), context=certificate.context) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def untrusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that trusts the usual authorities only, whatever this one trusts."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def trusted(
    untrusted: None, certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine with the variables that the practice exchange printed."""
    path = tmp_path / "ca.pem"
    path.write_bytes(certificate.authority)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(path))


def visit(sandbox: RunningSandbox, tmp_path: Path, **environ: str) -> Report:
    """Examine the ready key with the sites of OKX: nothing leaves this machine."""

    def refuse(url: str) -> Any:
        raise AssertionError(f"{url} was to be asked")

    machine = Machine(
        {**sandbox.environ, **environ}, config=tmp_path / "none.toml", seconds=(30, 30)
    )
    usual = machine.session
    guarded = replace(
        machine, session=lambda url: usual(url) if "//127.0.0.1:" in url else refuse(url)
    )
    return examine(guarded)


def describe(report: Report, id_: str) -> tuple[str, str]:
    check = next(check for check in report.checks if check.id == id_)
    return check.status, check.message


def find_fix(report: Report, id_: str) -> str:
    return next(check.fix for check in report.checks if check.id == id_)


@pytest.mark.usefixtures("trusted")
def test_over_tls_it_is_a_practice_exchange_too(
    secure_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    report = visit(secure_sandbox, tmp_path)

    host = secure_sandbox.url.removeprefix("https://")
    assert report.verdict == "fit"
    assert ("ok", f"{host}, a practice exchange: not OKX.") == describe(report, "host")
    assert describe(report, "websocket")[0] == "ok"


@pytest.mark.usefixtures("trusted")
def test_its_other_sites_are_asked_over_tls(secure_sandbox: RunningSandbox, tmp_path: Path) -> None:
    wrong = secure_sandbox.hosts["us"].url

    report = visit(secure_sandbox, tmp_path, OKX_API_BASE_URL=wrong)

    right = secure_sandbox.hosts["global"]
    assert "The key lives on the site global, as a demo key." in describe(report, "site")[1]
    assert f"Set OKX_API_BASE_URL={right.url} and OKX_WS_URL={right.ws_demo}" == find_fix(
        report, "site"
    )
    assert right.url.startswith("https://127.0.0.1:")
    assert right.ws_demo.startswith("wss://127.0.0.1:")


def test_who_does_not_trust_it_is_told_which_variables(
    secure_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    report = visit(secure_sandbox, tmp_path)

    assert describe(report, "public") == (
        "problem",
        f"The certificate of {secure_sandbox.url[8:]} is not trusted, or there is no TLS.",
    )
    assert "with --tls the address begins with https:// and REQUESTS_CA_BUNDLE" in find_fix(
        report, "public"
    )


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_wrong_scheme_is_a_matter_of_the_printed_variables(
    secure_sandbox: RunningSandbox, tmp_path: Path, scheme: str
) -> None:
    """An address with TLS of an exchange that has none, and the other way round."""
    with forbid_logs(), running() as plain:
        sandbox = plain if scheme == "https" else secure_sandbox
        url = f"{scheme}://{sandbox.url.partition('//')[2]}"

        report = visit(sandbox, tmp_path, OKX_API_BASE_URL=url)

    assert describe(report, "host")[0] == "ok"
    assert describe(report, "public")[0] == "problem"
    assert "set the variables that it printed" in find_fix(report, "public")


@pytest.mark.parametrize("reply", [Reply(404, b"<h1>Not here</h1>"), Reply(body=b'{"data":[]}')])
def test_another_program_at_that_address_is_no_matter_of_a_proxy(
    secure_sandbox: RunningSandbox, tmp_path: Path, reply: Reply
) -> None:
    with serve_replies(reply) as server:
        report = visit(secure_sandbox, tmp_path, OKX_API_BASE_URL=server.url)

    assert describe(report, "public")[0] == "problem"
    assert "set the variables that it printed" in find_fix(report, "public")


def test_a_websocket_without_trust_is_a_matter_of_its_certificate(
    secure_sandbox: RunningSandbox,
    certificate: Certificate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(certificate.authority)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))

    report = visit(secure_sandbox, tmp_path)

    status, message = describe(report, "websocket")
    assert (status, "is not trusted, or there is no TLS" in message) == ("problem", True)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8700", True),
        ("https://127.0.0.1:8700", True),
        ("wss://[::1]:8700", True),
        ("https://LOCALHOST:8700", True),
        ("https://127.8.9.10", True),
        ("https://openapi.okx.com", False),
        ("wss://ws.okx.com", False),
        ("https://localhost.okx.com", False),
        ("https://127.0.0.1.okx.com", False),
        ("https://okx.localhost.com", False),
        ("https://192.0.2.1:8700", False),
        ("https://[::ffff:192.0.2.1]", False),
    ],
)
def test_a_practice_exchange_is_on_this_machine(url: str, expected: bool) -> None:
    assert expected == is_practice_exchange(url)


@pytest.mark.usefixtures("trusted")
def test_a_scheme_for_a_rule_is_seen(
    secure_sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: what has TLS is no practice exchange."""
    monkeypatch.setattr(
        "okx_guide.doctor.network.is_practice_exchange", lambda url: url.startswith("http:")
    )

    report = visit(secure_sandbox, tmp_path)

    assert describe(report, "host")[0] == "warning"
