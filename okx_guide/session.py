"""A `requests` session with the manners that an API key needs."""

import os
import re
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urljoin

import requests

from okx_guide import errors
from okx_guide.auth import OkxAuth
from okx_guide.credentials import Credentials, CredentialsError
from okx_guide.errors import OkxError
from okx_guide.sites import SITES

TIMEOUT = (5.0, 15.0)
"""Seconds to connect and seconds to wait for an answer. OKX drops a request that is
30 seconds old, so waiting longer than that helps nobody."""


class OkxSession(requests.Session):
    """Call OKX by path: signed, never redirected, never without a timeout.

    Args:
        base_url: REST host of the key's site, for example `SITES["eea"].rest_url`.
        credentials: The key; None for public endpoints only.
        demo: True for a demo key.

    Raises:
        ValueError: `base_url` is not scheme and host.

    Examples:
        >>> okx = OkxSession("https://openapi.okx.com")
        >>> okx.get("https://example.com/")
        Traceback (most recent call last):
        ValueError: Pass a path such as /api/v5/public/time; the host is fixed by base_url.
    """

    def __init__(
        self, base_url: str, credentials: Credentials | None = None, *, demo: bool = False
    ) -> None:
        super().__init__()
        if not re.fullmatch(r"https?://[^/?#\s]+/?", base_url):
            raise ValueError(
                "base_url must be scheme and host, as in https://openapi.okx.com, "
                "without a path, quotes or white space: look at OKX_API_BASE_URL."
            )
        self.base_url = base_url.rstrip("/")
        self.auth = OkxAuth(credentials, demo=demo) if credentials else None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, *, demo: bool = False) -> Self:
        """Build a session from the environment.

        Reads `OKX_API_KEY`, `OKX_SECRET_KEY`, `OKX_PASSPHRASE` and `OKX_API_BASE_URL`.
        There is no default host: a key on the host of another site is the most frequent
        failure, so the choice is yours.

        Raises:
            CredentialsError: One of the four is missing or mangled.
            ValueError: `OKX_API_BASE_URL` is not scheme and host.
        """
        credentials = Credentials.from_env(environ)
        base_url = environ.get("OKX_API_BASE_URL")
        if not base_url:
            raise CredentialsError(
                "the environment has no OKX_API_BASE_URL",
                "set it to the REST host of the site where you log in, for example "
                f"{SITES['global'].rest_url}, or to what the practice exchange printed",
            )
        return cls(base_url, credentials, demo=demo)

    def request(  # type: ignore[override]  # narrower on purpose: a path, not any URL
        self, method: str, url: str, **kwargs: Any
    ) -> requests.Response:
        """Send one request and return OKX's answer if it is a success.

        Args:
            method: `GET` or `POST`.
            url: A path such as `/api/v5/account/balance`; the host is `base_url`.
            **kwargs: As in `requests`: `params=` for a query, `json=` for a body.

        Raises:
            OkxError: OKX refused, with any HTTP status; or something else answered.
            TypeError: The body is not JSON text: use `json=`.
            ValueError: `url` is not a path.
            requests.RequestException: No answer at all.
        """
        if not url.startswith("/") or url.startswith("//"):
            raise ValueError(
                "Pass a path such as /api/v5/public/time; the host is fixed by base_url."
            )
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        # requests would send the OK-ACCESS headers on to whatever host a redirect names.
        kwargs["allow_redirects"] = False
        response = super().request(method, self.base_url + url, **kwargs)
        if response.is_redirect:
            target = urljoin(response.url, response.headers["Location"])
            raise OkxError(
                "",
                f"Redirected to {target}; not followed, your key's headers would have gone "
                "along. Set OKX_API_BASE_URL to the REST host of your site.",
                response.status_code,
            )
        try:
            answer = response.json()
        except (ValueError, RecursionError):  # also numbers and nesting beyond all reason
            raise OkxError(
                "",
                "The answer is not JSON, so it is not from the API itself: a proxy, a "
                "firewall or a wrong host answered.",
                response.status_code,
            ) from None
        errors.check(response.status_code, answer, response.headers.get("X-Sandbox-Hint", ""))
        return response
