"""The reference code of the OKX API guide that runs. Unofficial; not made by OKX."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from okx_guide.signing import Signer, headers, prehash, sign, timestamp, ws_login

if TYPE_CHECKING:
    from okx_guide.auth import OkxAuth
    from okx_guide.credentials import Credentials, CredentialsError
    from okx_guide.errors import OkxError
    from okx_guide.redact import SecretFilter
    from okx_guide.session import OkxSession
    from okx_guide.sites import SITES, Site

__all__ = [
    "SITES",
    "Credentials",
    "CredentialsError",
    "OkxAuth",
    "OkxError",
    "OkxSession",
    "SecretFilter",
    "Signer",
    "Site",
    "headers",
    "prehash",
    "sign",
    "timestamp",
    "ws_login",
]

# `import okx_guide.signing` runs this file, and must read no facts and need only the standard
# library. So these are imported on first use.
_MODULES = {
    "SITES": "sites",
    "Credentials": "credentials",
    "CredentialsError": "credentials",
    "OkxAuth": "auth",
    "OkxError": "errors",
    "OkxSession": "session",
    "SecretFilter": "redact",
    "Site": "sites",
}

if not TYPE_CHECKING:  # Otherwise a type checker accepts any name.

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return getattr(import_module(f"okx_guide.{_MODULES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
