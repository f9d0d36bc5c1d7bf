"""A certificate for the practice exchange, and the authority that its clients must trust."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass

import trustme

_ORGANIZATION = "okx-guide practice exchange"
_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate of a practice exchange.

    The authority signs only this certificate. Its private key is never stored, so trusting it
    admits nobody else.

    Attributes:
        authority: The authority that clients must trust, as PEM.
        context: The server's TLS context.
    """

    authority: bytes
    context: ssl.SSLContext


def make_certificate(names: Iterable[str] = ()) -> Certificate:
    """Return a new certificate of a new authority.

    Args:
        names: The addresses where the server listens, in addition to loopback.

    Raises:
        ValueError: One is neither an IP address nor a host name.

    Examples:
        >>> is_authority(make_certificate(["192.0.2.1"]).authority)
        True
    """
    authority = trustme.CA(organization_name=_ORGANIZATION)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # No TLS 1.3 session tickets. `websockets.sync` reads them in one thread while it writes its
    # first request in another, and of a few hundred connections one then waits until it times out.
    context.num_tickets = 0
    authority.issue_cert(*dict.fromkeys((*_NAMES, *names))).configure_cert(context)
    return Certificate(authority.cert_pem.bytes(), context)


def is_authority(pem: bytes) -> bool:
    """Return whether a file is the authority of a practice exchange, and nothing else.

    Examples:
        >>> is_authority(b"-----BEGIN CERTIFICATE-----")
        False
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=pem.decode("ascii"))
    except (ssl.SSLError, ValueError):
        return False
    subjects = [certificate["subject"] for certificate in context.get_ca_certs()]
    texts = [
        ssl.DER_cert_to_PEM_cert(certificate)
        for certificate in context.get_ca_certs(binary_form=True)
    ]
    return texts == [pem.decode()] and (("organizationName", _ORGANIZATION),) in subjects[0]
