"""The reference code of the OKX API guide that runs. Unofficial; not made by OKX."""

from typing import TYPE_CHECKING, Any

from okx_guide.credentials import Credentials, CredentialsError
from okx_guide.errors import OkxError
from okx_guide.signing import Signer, headers, prehash, sign, timestamp, ws_login
from okx_guide.sites import SITES, Site

if TYPE_CHECKING:
    from okx_guide.auth import OkxAuth
    from okx_guide.session import OkxSession

__all__ = [
    "SITES",
    "Credentials",
    "CredentialsError",
    "OkxAuth",
    "OkxError",
    "OkxSession",
    "Signer",
    "Site",
    "headers",
    "prehash",
    "sign",
    "timestamp",
    "ws_login",
]


def __getattr__(name: str) -> Any:
    # These two need requests. `import okx_guide.signing` passes through here and must
    # need nothing but the standard library, so they are imported when they are used.
    if name == "OkxAuth":
        from okx_guide.auth import OkxAuth

        return OkxAuth
    if name == "OkxSession":
        from okx_guide.session import OkxSession

        return OkxSession
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
