"""A proxy that stands before the internet: what a client sends to OKX's hosts ends here."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from okx_guide.sandbox.certificates import Certificate, make_certificate
from tests.support.patience import SECONDS

_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that a client sent to a host of the internet.

    Attributes:
        host: With its port, as the client asked the proxy for it.
        path: Of the request.
        demo: Whether its header `x-simulated-trading` says so.
    """

    host: str
    path: str
    demo: bool


@dataclass(frozen=True, slots=True)
class Decoy:
    """A proxy that runs.

    Attributes:
        url: Its address.
        authority: The file of the authority that clients must trust.
        calls: What it was sent, the first first.
    """

    url: str
    authority: Path
    calls: list[Call] = field(default_factory=list)


@contextmanager
def start_decoy(folder: Path, *hosts: str) -> Iterator[Decoy]:
    """Run a proxy that answers for these hosts, always with 503.

    Args:
        folder: Where the file of its authority is written.
        hosts: The hosts that it has a certificate for.
    """
    certificate = make_certificate(hosts)
    authority = folder / "ca.pem"
    authority.write_bytes(certificate.authority)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        decoy = Decoy(f"http://127.0.0.1:{listener.getsockname()[1]}", authority)
        thread = threading.Thread(target=_serve, args=(listener, certificate, decoy), daemon=True)
        thread.start()
        try:
            yield decoy
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, certificate: Certificate, decoy: Decoy) -> None:
    with suppress(OSError):  # the listener was closed: this is the end
        while True:
            connection, _ = listener.accept()
            with connection, suppress(ssl.SSLError, ConnectionError):
                _answer(connection, certificate, decoy)


def _answer(connection: socket.socket, certificate: Certificate, decoy: Decoy) -> None:
    connection.settimeout(SECONDS)
    host = _read_head(connection)[0].split()[1]
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    with certificate.context.wrap_socket(connection, server_side=True) as tunnel:
        first, *headers = _read_head(tunnel)
        named = dict(line.lower().split(": ", 1) for line in headers if ": " in line)
        decoy.calls.append(Call(host, first.split()[1], named.get("x-simulated-trading") == "1"))
        tunnel.sendall(_UNAVAILABLE)


def _read_head(connection: socket.socket) -> list[str]:
    head = b""
    while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
        head += data
    return head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
