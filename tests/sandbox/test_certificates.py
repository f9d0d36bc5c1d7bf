"""The practice exchange over TLS: who trusts it, and what it makes of those who do not."""

import socket
import ssl
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import trustme
from websockets.sync.client import connect

from okx_guide.sandbox import RunningSandbox, running
from okx_guide.sandbox.certificates import Certificate, is_authority, make_certificate
from tests.support.logs import forbid_logs
from tests.support.patience import SECONDS
from tests.support.websocket_client import login

TIME = "/api/v5/public/time"


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return make_certificate()


@pytest.fixture(scope="module")
def secure_sandbox(certificate: Certificate) -> Iterator[RunningSandbox]:
    with forbid_logs(), running(context=certificate.context) as sandbox:
        yield sandbox


@pytest.fixture
def authority(certificate: Certificate, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_bytes(certificate.authority)
    return path


def open_socket(url: str) -> socket.socket:
    host, _, port = url.rpartition("/")[2].rpartition(":")
    return socket.create_connection((host, int(port)), SECONDS)


def test_who_trusts_the_authority_is_answered(
    secure_sandbox: RunningSandbox, authority: Path
) -> None:
    for url in (secure_sandbox.url, secure_sandbox.url.replace("127.0.0.1", "localhost")):
        assert (
            requests.get(url + TIME, verify=str(authority), timeout=SECONDS).json()["code"] == "0"
        )


def test_the_websocket_is_behind_tls_too(
    secure_sandbox: RunningSandbox, certificate: Certificate
) -> None:
    trusting = ssl.create_default_context(cadata=certificate.authority.decode())
    url = f"{secure_sandbox.environ['OKX_WS_URL']}/private"
    with connect(url, ssl=trusting, proxy=None) as connection:
        connection.send("ping")
        assert url.startswith("wss://127.0.0.1:")
        assert connection.recv(SECONDS) == "pong"


@pytest.mark.parametrize("tickets", [None, 2])
def test_no_session_ticket_meets_the_first_request(tickets: int | None) -> None:
    certificate = make_certificate()
    if tickets:
        certificate.context.num_tickets = tickets
    trusting = ssl.create_default_context(cadata=certificate.authority.decode())
    with (
        forbid_logs(),
        running(context=certificate.context) as sandbox,
        trusting.wrap_socket(open_socket(sandbox.url), server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(
            f"GET {TIME} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        while connection.recv(65_536):
            pass

        assert connection.version() == "TLSv1.3"
        assert connection.session
        assert connection.session.has_ticket == bool(tickets)


def test_who_trusts_another_authority_sends_nothing(
    secure_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    strange = tmp_path / "other.pem"
    strange.write_bytes(make_certificate().authority)
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(secure_sandbox.url + TIME, verify=str(strange), timeout=SECONDS)


@pytest.mark.parametrize(
    "data",
    [
        f"GET {TIME} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
        b"\x16\x03\x01\x00\x05hello",
        b"\x16\x03\x01",
        b"\x80\x2e\x01\x00\x02" + bytes(41),
        b"\xff" * 70000,
        b"",
    ],
    ids=["plain HTTP", "no hello", "a beginning", "SSL 2", "much", "nothing"],
)
def test_what_is_no_handshake_is_closed_and_harms_nobody(
    secure_sandbox: RunningSandbox, authority: Path, data: bytes
) -> None:
    with open_socket(secure_sandbox.url) as wire:
        try:
            wire.sendall(data)
            wire.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: wire.recv(1 << 16), b""))
        except OSError:
            answer = b""  # closed in the middle
    assert b"HTTP" not in answer
    url = secure_sandbox.url + TIME
    assert requests.get(url, verify=str(authority), timeout=SECONDS).json()["code"] == "0"


def test_it_stops_although_somebody_never_ends_the_handshake(certificate: Certificate) -> None:
    with forbid_logs(), running(context=certificate.context) as sandbox:
        wire = open_socket(sandbox.url)
        wire.sendall(b"\x16\x03\x01")
    # With bytes that nobody read, the kernel ends a connection with a reset.
    with wire, suppress(ConnectionResetError):
        assert wire.recv(1) == b""


def test_the_private_key_is_the_owners_and_stays_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    load = ssl.SSLContext.load_cert_chain

    def watch(context: ssl.SSLContext, path: str) -> None:
        modes.append(stat.S_IMODE(Path(path).stat().st_mode))
        load(context, path)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watch)
    make_certificate()
    assert (modes, list(tmp_path.iterdir())) == ([0o600], [])


def test_each_certificate_has_an_authority_of_its_own(certificate: Certificate) -> None:
    assert certificate.authority != make_certificate().authority


def test_only_the_authority_of_a_practice_exchange_is_one(certificate: Certificate) -> None:
    pem = certificate.authority
    strange = (
        trustme.CA().cert_pem.bytes(),
        trustme.CA(organization_name="okx").cert_pem.bytes(),
        pem + trustme.CA().cert_pem.bytes(),
        pem + make_certificate().authority,
        b"# mine\n" + pem,
        pem + b"\n",
        pem[:-40],
        b"",
        b"\xff\xfe",
    )
    assert [True, *[False] * len(strange)] == [
        is_authority(candidate) for candidate in (pem, *strange)
    ]


def test_a_login_over_tls_is_confirmed(
    secure_sandbox: RunningSandbox, certificate: Certificate
) -> None:
    trusting = ssl.create_default_context(cadata=certificate.authority.decode())
    url = f"{secure_sandbox.environ['OKX_WS_URL']}/private"
    at = str(int(secure_sandbox.exchange.now()))
    with connect(url, ssl=trusting, proxy=None) as connection:
        connection.send(str(login(at=at)).replace("'", '"'))
        assert '"event":"login","code":"0"' in str(connection.recv(SECONDS))
