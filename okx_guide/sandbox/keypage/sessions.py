"""The sessions of the key page, and its protection against other sites."""

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from okx_guide.sandbox.ports import is_local

COOKIE = "practice_session"
TOKEN = "csrf_token"  # noqa: S105  # the name of a field
_FIELDS_AT_MOST = 100

HEADERS: Mapping[str, str] = {
    # A secret is shown once, so no cache may keep it.
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    # No referrer for other sites. Not no-referrer: with it a browser sends `Origin: null` with
    # our own forms too, which would look like forged ones.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer of the key page carries."""

Form = Mapping[str, tuple[str, ...]]


class PageError(Exception):
    """The request is refused; the message says why and what to do."""

    def __init__(self, http_status: int, reason: str) -> None:
        super().__init__(reason)
        self.http_status = http_status


class Sessions:
    """The browsers of the key page, each known by a cookie.

    A form carries a token that only this server can make, and only for the browser that it
    was sent to. So a page of another site cannot send it.

    Args:
        random: Returns a number of random bytes.
    """

    def __init__(self, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random = random
        self._secret = random(32)

    def find(self, request: Request) -> str:
        """Return the caller's session: the one in its cookie, or a new one."""
        known = request.cookies.get(COOKIE, "")
        return known if re.fullmatch(r"[0-9a-f]{32}", known) else self._random(16).hex()

    def make_token(self, session: str) -> str:
        """Return the token that a form of this session must carry."""
        return hmac.digest(self._secret, session.encode(), "sha256").hex()

    def remember(self, session: str, response: Response) -> None:
        """Set the session's cookie, which neither scripts nor other sites can use."""
        response.set_cookie(COOKIE, session, path="/account", httponly=True, samesite="strict")

    def read_form(self, request: Request, body: bytes) -> Form:
        """Return the fields of a form that this server sent to this browser.

        Raises:
            PageError: It is not a form, or not one of ours.
        """
        sent_as = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent_as != "application/x-www-form-urlencoded":
            raise PageError(415, "Send a form: application/x-www-form-urlencoded.")
        origin = request.headers.get("origin")
        own = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
        elsewhere = request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
        if elsewhere or origin not in (None, own):
            raise PageError(403, "This form was sent by another page, so nothing was done.")
        try:
            pairs = parse_qsl(
                body.decode("utf-8", "replace"),
                keep_blank_values=True,
                max_num_fields=_FIELDS_AT_MOST,
            )
        except ValueError:
            raise PageError(400, f"A form has at most {_FIELDS_AT_MOST} fields.") from None
        fields: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            fields[name] = (*fields.get(name, ()), value)
        session = request.cookies.get(COOKIE, "")
        token = get_first(fields, TOKEN)
        if not hmac.compare_digest(self.make_token(session).encode(), token.encode()):
            raise PageError(
                403,
                "This form is too old, or your browser keeps no cookies. Nothing was done. "
                "Open the page again and send it once more.",
            )
        return fields


def check_host(request: Request) -> None:
    """Check that this server was called by address or as localhost.

    Raises:
        PageError: It has another name, which may have been pointed here (DNS rebinding), or none.
    """
    host = request.headers.get("host", "")
    if not re.fullmatch(r"(\[[^]]*\]|[^:@/]*)(:\d{1,5})?", host) or not is_local(host):
        raise PageError(421, "Call this page by address or as localhost, not by a name.")


def get_first(form: Form, name: str) -> str:
    """Return the first value of a field; empty if there is none."""
    return form.get(name, ("",))[0]
