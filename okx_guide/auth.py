"""Sign a prepared request, so that what is signed is what is sent."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from requests import PreparedRequest, Response, TooManyRedirects
from requests.auth import AuthBase
from requests.utils import requote_uri

from okx_guide.signing import HasCredentials, headers
from okx_guide.urls import read_origin


class OkxAuth(AuthBase):
    """Authenticate `requests` calls to OKX.

    The path, the query and the body are read from the prepared request: they are the
    bytes on the wire, after `params=` and `json=` have been encoded. A redirect to another
    host raises `requests.TooManyRedirects`: it would have carried the headers along.

    Args:
        credentials: The three strings of one key.
        demo: True for a demo key: adds `x-simulated-trading: 1`.
        clock: Returns the time to sign with (Unix seconds or an aware datetime).
    """

    def __init__(
        self,
        credentials: HasCredentials,
        *,
        demo: bool = False,
        clock: Callable[[], datetime | float] = time.time,
    ) -> None:
        self._credentials = credentials
        self._demo = demo
        self._clock = clock

    @property
    def secrets(self) -> tuple[str, str]:
        """The secret key and the passphrase, to be hidden in any output."""
        return self._credentials.secret_key, self._credentials.passphrase

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Add the headers.

        Raises:
            TypeError: The body is a form, a file or a generator, or is not UTF-8 text.
        """
        body = r.body or b""
        if not isinstance(body, (str, bytes)):
            raise TypeError("body is a stream and cannot be signed: pass text, or use json=.")
        if "form" in str(r.headers.get("Content-Type", "")):
            raise TypeError("OKX takes JSON, and this body is a form: use json= instead of data=.")
        try:
            text = body if isinstance(body, str) else body.decode()
        except UnicodeDecodeError:
            raise TypeError("body is not UTF-8 text, so it is not JSON: use json=.") from None
        # path_url holds path and query exactly as they are sent.
        r.headers.update(
            headers(
                self._credentials,
                str(r.method),
                r.path_url,
                text,
                at=self._clock(),
                demo=self._demo,
            )
        )
        r.hooks["response"].append(_stop_redirect)
        return r


def _stop_redirect(response: Response, **_: Any) -> None:
    """Refuse a redirect to another host; requests calls this before it follows one.

    Raises:
        TooManyRedirects: The redirect would have carried the key's headers along.
    """
    if not response.is_redirect:
        return
    target = requote_uri(urljoin(response.url, response.headers["Location"]))
    if not target.startswith(read_origin(response.url)):
        response.close()
        raise TooManyRedirects(
            f"Redirected to {target}; not followed, your key's headers would have gone along. "
            "Call the REST host of your site.",
            response=response,
        )
