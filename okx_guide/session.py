"""A `requests` session that is safe for an API key."""

import copy
import os
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from okx_guide import errors, transport
from okx_guide.auth import OkxAuth
from okx_guide.credentials import Credentials, CredentialsError
from okx_guide.errors import OkxError
from okx_guide.sites import SITES
from okx_guide.urls import check_base_url

TIMEOUT = (5.0, 15.0)
"""Seconds to connect and seconds to wait for an answer; the call is over after both together.
OKX drops a request that is 30 seconds old, so waiting longer than that helps nobody."""


class _NoAuth(AuthBase):
    """Signs nothing, and keeps `requests` from looking for a password in ~/.netrc."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class OkxSession(requests.Session):
    """Call OKX by path: signed, never redirected, never without a timeout.

    No method sends anything to another host. Plain HTTP, which
    only a practice exchange on this machine has, passes no proxy. A call is over after
    `TIMEOUT`, and an answer of more than 16 MiB is refused.

    Args:
        base_url: REST host of the key's site, for example `SITES["eea"].rest_url`.
        credentials: The key; None for public endpoints only.
        demo: True for a demo key.

    Raises:
        ValueError: `base_url` is not scheme and host, or is plain HTTP to another machine.

    Examples:
        >>> okx = OkxSession("https://openapi.okx.com")
        >>> okx.get("https://example.com/")
        Traceback (most recent call last):
        ValueError: Pass a path such as /api/v5/public/time; the host is fixed by base_url.
    """

    # Attributes that are pickled.
    __attrs__ = [*requests.Session.__attrs__, "base_url"]  # noqa: RUF012  # as in its parent

    # The process that made the pool of connections; none yet.
    _process = 0

    def __init__(
        self, base_url: str, credentials: Credentials | None = None, *, demo: bool = False
    ) -> None:
        super().__init__()
        self.base_url = base_url.removesuffix("/")
        check_base_url(self.base_url)
        self.auth = OkxAuth(credentials, demo=demo) if credentials else None
        for scheme in ("https://", "http://"):
            self.mount(scheme, transport.Transport())
        self._process = os.getpid()

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, *, demo: bool = False) -> Self:
        """Build a session from the environment.

        Reads `OKX_API_KEY`, `OKX_SECRET_KEY`, `OKX_PASSPHRASE` and `OKX_API_BASE_URL`.
        There is no default host: a key on the host of another site is the most frequent
        failure, so the choice is yours.

        Raises:
            CredentialsError: One of the four is missing or mangled.
            ValueError: `OKX_API_BASE_URL` is not scheme and host, or is plain HTTP to another
                machine.
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
        response = super().request(method, self.base_url + url, **kwargs)
        try:
            answer = response.json()
        except (ValueError, RecursionError):  # Includes absurd numbers and nesting.
            raise OkxError(
                "",
                "The answer is not JSON, so it is not from the API itself: a proxy, a "
                "firewall or a wrong host answered.",
                response.status_code,
            ) from None
        hint = response.headers.get("X-Sandbox-Hint", "")
        secrets = self.auth.secrets if isinstance(self.auth, OkxAuth) else ()
        errors.check(response.status_code, answer, hint, secrets)
        return response

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Return a request as it will be sent, signed if the session has a key."""
        if not (request.auth or self.auth):
            request = copy.copy(request)
            request.auth = _NoAuth()
        return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a prepared request; every request of this session passes here.

        Args:
            request: For the host in `base_url`, and no other.
            **kwargs: As in `requests`. `timeout` is a number of seconds or two of them; none, or
                0, is `TIMEOUT`. The answer is always read whole, and never redirected.

        Raises:
            OkxError: It was redirected, or the answer is too large for one of OKX's.
            ValueError: The request is for another host.
            requests.RequestException: No answer at all.
        """
        # A prepared URL is normalised, so its beginning names the host.
        origin = _prepare_origin(self.base_url)
        if not (request.url or "").startswith(origin):
            raise ValueError(
                f"This request is not for {origin}, so it was not sent: your key stays with the "
                "host in base_url. Make an OkxSession for the other host."
            )
        if self._process != os.getpid():
            self._renew_connections()
        timeout = kwargs.get("timeout") or TIMEOUT
        kwargs |= {"timeout": timeout, "allow_redirects": False, "stream": True}
        if origin.startswith("http:"):
            kwargs["proxies"] = {}  # The proxy would read the passphrase.
        before = transport.deadline.set(time.monotonic() + _add_seconds(timeout))
        try:
            response = super().send(request, **kwargs)
            response._content = transport.read_answer(response)  # noqa: SLF001  # no other way
        except requests.TooManyRedirects as error:
            raise _refuse_redirect(error) from None
        except transport.AnswerTooLargeError:
            raise OkxError(
                "",
                f"The answer has more than {transport.LARGEST >> 20} MiB, so it is not from the "
                "API itself: a proxy, a firewall or a wrong host answered.",
                response.status_code,
            ) from None
        finally:
            transport.deadline.reset(before)
        return response

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Refuse every redirect; requests calls this before it follows or prepares one.

        Raises:
            requests.TooManyRedirects: The answer is a redirect.
        """
        if resp.is_redirect:
            resp.close()
            raise requests.TooManyRedirects(response=resp)
        return None

    def _renew_connections(self) -> None:
        """Drop connections inherited by a fork: two processes on one would mix up answers."""
        for prefix, adapter in tuple(self.adapters.items()):
            if isinstance(adapter, HTTPAdapter):
                self.mount(prefix, copy.copy(adapter))
        self._process = os.getpid()


@lru_cache
def _prepare_origin(base_url: str) -> str:
    return requests.Request("GET", f"{base_url}/").prepare().url or ""


def _add_seconds(timeout: float | tuple[float | None, float | None]) -> float:
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    return sum(seconds or usual for seconds, usual in zip(pair, TIMEOUT, strict=True))


def _refuse_redirect(error: requests.TooManyRedirects) -> OkxError:
    response = requests.Response() if error.response is None else error.response
    target = urljoin(response.url, response.headers.get("Location", ""))
    return OkxError(
        "",
        f"Redirected to {target}; not followed, your key's headers would have gone along. "
        "Set OKX_API_BASE_URL to the REST host of your site.",
        response.status_code,
    )
