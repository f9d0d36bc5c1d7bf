"""The machine itself: Python, TLS, and whether the signing code gives the known results."""

import platform
import re
import ssl
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import certifi

from okx_guide import facts
from okx_guide.credentials import Credentials
from okx_guide.doctor.report import Check, problem, warning
from okx_guide.signing import sign, ws_login

# The sample secret of OKX's documentation, which opens nothing; the signatures were computed
# with Python and with openssl, and are those of the published vectors.
_SECRET = "22582BD0CFF14C41EDBF1AB98506286D"  # noqa: S105  # published, and fake
_AT = "2020-12-08T09:08:57.715Z"
_ORDER = '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2"}'
_VECTORS = (
    ("GET", "/api/v5/account/balance", "", "AkD5YszBhggtIyjDlmTy/9PpNVntel+1Lff8wh0qpQw="),
    ("GET", "/api/v5/account/balance?ccy=BTC", "", "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="),
    ("POST", "/api/v5/trade/order", _ORDER, "iwrdSpN7pm4G4u8+fswZUyH6mOM48+sBF6WvKpj4Dvk="),
)
_LOGIN = (1538054050, "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M=")
# Variables with which requests replaces its own list of authorities.
_PYPI = re.compile(r"(\S+) ([\d.]+) \(PyPI\b.*\)")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@cache
def installed_version(package: str) -> str:
    """Return the version of a package in this Python, or nothing if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def check_python(environ: Mapping[str, str], installed: Callable[[str], str]) -> Check:
    """Check that this Python can speak TLS, and has no client that dials a closed port.

    Args:
        environ: The variables of the process.
        installed: Returns the version of a package, or nothing.
    """
    # Its version may be followed by a date.
    library = " ".join(ssl.OPENSSL_VERSION.split()[:2])
    message = f"Python {platform.python_version()}, {library}"
    if not ssl.HAS_TLSv1_2:
        return problem(
            "python", "network_geo", f"{message}: no TLS 1.2.", "Install a newer Python."
        )
    name = next((name for name in _BUNDLES if environ.get(name)), "")
    bundle = Path(environ[name]) if name else Path(certifi.where())
    if not bundle.exists():
        return problem(
            "python",
            "network_geo",
            f"{message}; the certificates that {name or 'certifi'} names are not there.",
            f"Unset {name}, or name a file that exists." if name else "Install certifi again.",
        )
    if client := _find_outdated_client(installed):
        return warning(
            "python",
            "region_site",
            f"{message}. {client} dials port 8443, which OKX has closed.",
            "Update the client, or give it the WebSocket address of your site without a port.",
            "/troubleshooting/no-connection/#port-8443",
        )
    return Check("python", "ok", f"{message}, {name or 'certifi'}.")


def _find_outdated_client(installed: Callable[[str], str]) -> str:
    """Return name and version of an installed client that dials the closed port."""
    for entry in facts.rule("ws-port-clients", "dial_8443", list):
        match = _PYPI.fullmatch(entry)
        version = installed(match[1]) if match else ""
        if match and version and _parse_version(version) <= _parse_version(match[2]):
            return f"{match[1]} {version}"
    return ""


def _parse_version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text, re.ASCII))


def check_vectors() -> Check:
    """Sign known requests, and compare the results."""
    sample = Credentials("37c541a1-0000-4000-8000-10fe7a038418", _SECRET, "Fake-Pass-1")
    at, expected = _LOGIN
    right = [sign(_SECRET, _AT, *request[:3]) == request[3] for request in _VECTORS]
    right.append(ws_login(sample, at)["args"][0]["sign"] == expected)
    if not all(right):
        return problem(
            "vectors",
            "header_or_client_bug",
            f"{right.count(False)} of {len(right)} known signatures come out wrong.",
            "Install okx-guide again: its signing code was changed.",
            "/reference/signing/",
        )
    return Check("vectors", "ok", f"{len(right)} known signatures come out right.")
