"""The page in the browser on which keys are made, under `/account`, and the one that leads there.

It has the fields of OKX's form in OKX's order (fact `form-order`), and OKX's rules
(keyring.py). Its look is our own. It works without JavaScript.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from okx_guide import facts
from okx_guide.pages import locate
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.keypage.sessions import (
    COOKIE,
    HEADERS,
    TOKEN,
    Form,
    PageError,
    Sessions,
    check_host,
    get_first,
)
from okx_guide.sandbox.keypage.show_once import SecretDelivery, format_env, format_profile
from okx_guide.sandbox.ports import PortRole, find_role
from okx_guide.sandbox.request_body import BodyError, read_body
from okx_guide.sandbox.state.exchange import SUB_ACCOUNTS, Exchange
from okx_guide.sandbox.state.keyring import (
    CODE_SECONDS,
    IPS_AT_MOST,
    KEYS_AT_MOST,
    LABEL_AT_MOST,
    PERMISSIONS,
    TRIES,
    Draft,
    Pending,
)
from okx_guide.sandbox.state.keys import Key
from okx_guide.sandbox.state.store import StateError

LIST = "/account/my-api"
INBOX = "/account/inbox"
ENVIRONMENTS = {False: "go-live-trading=1", True: "go-demo-trading=1"}
"""The parameter that opens the keys of live and of demo trading: fact `creation-url`."""

_OWN_PROGRAM, _OTHERS_APP = facts.rule("purpose-choices", "choices", list)
_FORM = ("label", "account", "purpose", "ips", "permissions", "passphrase")
_DONE = {
    "cancelled": "The request was cancelled. No key was made.",
    "changed": "The change is saved. It counts from now on.",
    "deleted": "The key is deleted. Whoever uses it gets 50119 from now on.",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to the key page.

    Attributes:
        request: As it came.
        session: Names the browser.
        site: The site that was called: `global`, `us` or `eea`.
        name: What the path names: a key, or a draft that waits.
        form: The fields of the form; empty for a GET.
    """

    request: Request
    session: str
    site: str
    name: str
    form: Form

    @property
    def demo(self) -> bool:
        """Whether the page shows the keys of demo trading."""
        return self.request.query_params.get("go-demo-trading") == "1"


@dataclass(frozen=True, slots=True)
class FieldMessage:
    """The error of a field, shown beside it."""

    code: str
    message: str
    hint: str


@cache
def _open_pages() -> Environment:
    """Return the templates, which are compiled once, however many exchanges there are."""
    pages = Environment(
        loader=PackageLoader("okx_guide.sandbox.keypage"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"time": _format_time, "link": make_link}
    pages.globals |= {
        "accounts": ("", *SUB_ACCOUNTS),
        "code_minutes": CODE_SECONDS // 60,
        "done": _DONE,
        "ips_at_most": IPS_AT_MOST,
        "keys_at_most": KEYS_AT_MOST,
        "label_at_most": LABEL_AT_MOST,
        "permission_facts": facts.load("permissions"),
        "permission_names": PERMISSIONS,
        "rules": facts.load("rules"),
        "token_field": TOKEN,
        "environments": ENVIRONMENTS,
    }
    return pages


class KeyPage:
    """One ASGI endpoint for every path under `/account`, and for `/` in a browser.

    Args:
        exchange: Whose keys are shown.
        places: What each port stands for.
        random: Returns so many random bytes, for sessions.
    """

    def __init__(
        self,
        exchange: Exchange,
        places: Mapping[int, PortRole],
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._exchange = exchange
        self._places = places
        self._visitors = Sessions(random)
        self._handover = SecretDelivery(exchange.now, random)
        self._pages = _open_pages()
        name = "([0-9A-Za-z-]{32,36})"
        # By path: who answers GET, and who answers POST.
        self._answers: dict[re.Pattern[str], dict[str, Callable[[Visit], Response]]] = {
            re.compile(path): {"GET": get} if post is None else {"GET": get, "POST": post}
            for path, get, post in (
                ("/", self._show_home, None),
                ("/account/?", self._redirect_home, None),
                (r"/account/(page\.(?:css|js))", self._send_asset, None),
                (INBOX, self._show_inbox, None),
                (LIST, self._show_list, None),
                (f"{LIST}/new", self._show_new, self._propose),
                (f"{LIST}/waiting/{name}", self._show_code, self._verify),
                (f"{LIST}/waiting/{name}/cancel", self._ask_cancel, self._cancel),
                (f"{LIST}/key/{name}", self._show_key, self._edit),
                (f"{LIST}/key/{name}/secret", self._show_once, self._send_file),
                (f"{LIST}/key/{name}/delete", self._ask_delete, self._delete),
            )
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            body = await read_body(request)
        except ClientDisconnect:
            return
        except BodyError as error:
            response = error.to_response()
        else:
            response = self._respond(request, body)
        response.headers.update(HEADERS)
        await response(scope, receive, send)

    def _respond(self, request: Request, body: bytes) -> Response:
        visit = Visit(
            request=request,
            session=self._visitors.find(request),
            site=find_role(request.scope, self._places).site,
            name="",
            form={},
        )
        try:
            check_host(request)
            response = self._route(visit, body)
        except PageError as error:
            response = self._show_message(visit, error.http_status, str(error))
        try:
            # A change is committed before it is acknowledged, so that a kill cannot undo it.
            self._exchange.commit()
        except StateError as error:
            response = self._show_message(visit, 503, str(error))
        return response

    def _route(self, visit: Visit, body: bytes) -> Response:
        for path, by_method in self._answers.items():
            if match := path.fullmatch(visit.request.scope["path"]):
                name = match[1] if path.groups else ""
                return self._answer_by(by_method, replace(visit, name=name), body)
        raise PageError(404, f"There is no such page. The keys are at {LIST}.")

    def _answer_by(
        self, by_method: Mapping[str, Callable[[Visit], Response]], visit: Visit, body: bytes
    ) -> Response:
        method = visit.request.method
        if method not in by_method:
            allowed = ", ".join(by_method)
            response = self._show_message(visit, 405, f"This page takes {allowed}.")
            response.headers["Allow"] = allowed
            return response
        form = self._visitors.read_form(visit.request, body) if method == "POST" else {}
        return by_method[method](replace(visit, form=form))

    def _render(self, visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
        values |= {"token": self._visitors.make_token(visit.session), "site": visit.site}
        html = self._pages.get_template(template).render(values)
        response = Response(html, status, media_type="text/html")
        if visit.session != visit.request.cookies.get(COOKIE):
            self._visitors.remember(visit.session, response)
        return response

    def _show_message(self, visit: Visit, status: int, message: str) -> Response:
        html = self._pages.get_template("message.html").render(site=visit.site, message=message)
        return Response(html, status, media_type="text/html")

    # --- look ---------------------------------------------------------------------

    def _show_home(self, visit: Visit) -> Response:
        url = visit.request.url
        return self._render(
            visit,
            "home.html",
            address=f"{url.scheme}://{url.netloc}",
            guide=locate("/reference/sandbox/"),
        )

    def _redirect_home(self, visit: Visit) -> Response:
        return _redirect(LIST)

    def _send_asset(self, visit: Visit) -> Response:
        kind = "text/css" if visit.name.endswith("css") else "text/javascript"
        text = files(__package__).joinpath("templates", visit.name).read_bytes()
        return Response(text, media_type=kind)

    def _show_list(self, visit: Visit) -> Response:
        ring = self._exchange.keys
        return self._render(
            visit,
            "keys.html",
            demo=visit.demo,
            ring=ring,
            keys=ring.list_for(visit.site, demo=visit.demo),
            waiting=[
                pending for pending in self._list_pending(visit) if pending.draft.demo == visit.demo
            ],
            notice=visit.request.query_params.get("done", ""),
        )

    def _show_inbox(self, visit: Visit) -> Response:
        return self._render(visit, "inbox.html", waiting=self._list_pending(visit))

    def _list_pending(self, visit: Visit) -> list[Pending]:
        return [
            pending
            for pending in self._exchange.keys.list_pending()
            if pending.draft.site == visit.site
        ]

    # --- create -------------------------------------------------------------------

    def _show_new(self, visit: Visit) -> Response:
        return self._show_form(visit, self._make_draft(visit), {})

    def _make_draft(self, visit: Visit) -> Draft:
        return Draft("", "", demo=visit.demo, site=visit.site)

    def _propose(self, visit: Visit) -> Response:
        draft = self._read_draft(visit, self._make_draft(visit))
        mistakes = _describe_refusals(self._exchange.keys.find_refusals(draft))
        if draft.account not in ("", *SUB_ACCOUNTS):
            mistakes["account"] = FieldMessage(
                "", "There is no such account", "Choose one of the list."
            )
        if get_first(visit.form, "purpose") != _OWN_PROGRAM:
            mistakes["purpose"] = FieldMessage(
                "",
                "The practice exchange has no apps to link",
                f"For a program of your own choose {_OWN_PROGRAM}, here and at OKX.",
            )
        if mistakes:
            return self._show_form(visit, draft, mistakes)
        return _redirect(f"{LIST}/waiting/{self._exchange.keys.propose(draft).id}")

    def _show_form(
        self, visit: Visit, draft: Draft, mistakes: Mapping[str, FieldMessage]
    ) -> Response:
        return self._render(
            visit,
            "new.html",
            422 if mistakes else 200,
            draft=draft,
            purpose=get_first(visit.form, "purpose") or _OWN_PROGRAM,
            purposes=(_OWN_PROGRAM, _OTHERS_APP),
            mistakes={field: mistakes[field] for field in _FORM if field in mistakes},
        )

    def _read_draft(self, visit: Visit, before: Key | Draft) -> Draft:
        """Return what a form asks for; a key that exists keeps its account and passphrase."""
        new = isinstance(before, Draft)
        return Draft(
            label=get_first(visit.form, "label").strip(),
            passphrase=get_first(visit.form, "passphrase") if new else before.passphrase,
            permissions=visit.form.get("permissions", ()),
            # A comma or a space, as on OKX's website: fact `ip-limit`.
            ips=tuple(re.findall(r"[^\s,]+", get_first(visit.form, "ips"))),
            demo=before.demo,
            site=before.site,
            account=get_first(visit.form, "account") if new else before.account,
        )

    # --- verify -------------------------------------------------------------------

    def _show_code(self, visit: Visit) -> Response:
        return self._ask_code(visit, self._find_pending(visit))

    def _verify(self, visit: Visit) -> Response:
        pending = self._find_pending(visit)
        try:
            key = self._exchange.keys.verify(pending.id, get_first(visit.form, "code"))
        except KeyError:  # It has just expired.
            raise _expire() from None
        except RefusedError:
            # Meanwhile another key took the name, or the last place.
            self._exchange.keys.drop(pending.id)
            refusals = self._exchange.keys.find_refusals(pending.draft)
            return self._show_form(visit, pending.draft, _describe_refusals(refusals))
        if key:
            self._handover.offer(key.api_key, visit.session)
            return _redirect(f"{LIST}/key/{key.api_key}/secret")
        remaining = TRIES - pending.tries - 1
        if not remaining:
            raise PageError(
                410,
                f"{TRIES} wrong codes: the request is gone, and no key was made. "
                "Fill in the form again.",
            )
        tries = "try is" if remaining == 1 else "tries are"
        wrong = FieldMessage(
            "", "This is not the code", f"{remaining} {tries} left. Look into the inbox."
        )
        return self._ask_code(visit, pending, {"code": wrong})

    def _ask_code(
        self, visit: Visit, pending: Pending, mistakes: Mapping[str, FieldMessage] | None = None
    ) -> Response:
        status = 422 if mistakes else 200
        return self._render(
            visit, "verify.html", status, pending=pending, inbox=INBOX, mistakes=mistakes or {}
        )

    def _ask_cancel(self, visit: Visit) -> Response:
        return _redirect(f"{LIST}/waiting/{visit.name}")

    def _cancel(self, visit: Visit) -> Response:
        pending = self._find_pending(visit)
        self._exchange.keys.drop(pending.id)
        return _redirect(f"{LIST}?{ENVIRONMENTS[pending.draft.demo]}&done=cancelled")

    def _find_pending(self, visit: Visit) -> Pending:
        for pending in self._list_pending(visit):
            if pending.id == visit.name:
                return pending
        raise _expire()

    # --- once ---------------------------------------------------------------------

    def _show_once(self, visit: Visit) -> Response:
        key = self._find_key(visit)
        ticket = self._handover.take(key.api_key, visit.session)
        if ticket is None:
            return _redirect(make_link(key))
        return self._render(visit, "secret.html", key=key, ticket=ticket)

    def _send_file(self, visit: Visit) -> Response:
        key = self._find_key(visit)
        if not self._handover.accepts(key.api_key, get_first(visit.form, "ticket")):
            raise PageError(
                410, "The secret key was shown once, and that was a while ago. Make a new key."
            )
        if get_first(visit.form, "file") == "toml":
            name, text = f"okx-{key.label}.toml", format_profile(key)
        else:
            name, text = f"okx-{key.label}.env", format_env(self._list_variables(visit, key))
        response = Response(text, media_type="text/plain")
        # Letters, digits, dots: a key from elsewhere may have any name.
        name = re.sub(r"[^A-Za-z0-9.-]", "_", name)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _list_variables(self, visit: Visit, key: Key) -> dict[str, str]:
        """Return the five variables that point a client at what this key opens."""
        port_of = {place: port for port, place in self._places.items()}
        host = visit.request.headers["host"]
        name = re.sub(r":\d+$", "", host)
        secure = "s" if visit.request.url.scheme == "https" else ""

        def find_host(place: PortRole) -> str:
            return f"{name}:{port_of[place]}" if place in port_of else host

        return {
            "OKX_API_KEY": key.api_key,
            "OKX_SECRET_KEY": key.secret_key,
            "OKX_PASSPHRASE": key.passphrase,
            "OKX_API_BASE_URL": f"http{secure}://{find_host(PortRole(key.site))}",
            "OKX_WS_URL": f"ws{secure}://{find_host(PortRole(key.site, demo=key.demo))}/ws/v5",
        }

    # --- change -------------------------------------------------------------------

    def _show_key(self, visit: Visit) -> Response:
        key = self._find_key(visit)
        return self._render_key(visit, key, key, {})

    def _edit(self, visit: Visit) -> Response:
        key = self._find_key(visit)
        draft = self._read_draft(visit, key)
        mistakes = _describe_refusals(self._exchange.keys.find_refusals(draft, instead_of=key))
        if mistakes:
            return self._render_key(visit, key, draft, mistakes)
        self._exchange.keys.edit(
            key, label=draft.label, permissions=draft.permissions, ips=draft.ips
        )
        return _redirect(f"{make_link(key)}?done=changed")

    def _render_key(
        self, visit: Visit, key: Key, draft: Key | Draft, mistakes: Mapping[str, FieldMessage]
    ) -> Response:
        return self._render(
            visit,
            "key.html",
            422 if mistakes else 200,
            key=key,
            draft=draft,
            last_used=self._exchange.keys.find_last_use(key),
            expires_at=self._exchange.keys.find_expiry(key),
            mistakes=mistakes,
            notice=visit.request.query_params.get("done", ""),
        )

    def _ask_delete(self, visit: Visit) -> Response:
        key = self._find_key(visit)
        return self._render(visit, "delete.html", key=key)

    def _delete(self, visit: Visit) -> Response:
        key = self._find_key(visit)
        self._exchange.keys.delete(key.api_key)
        return _redirect(f"{LIST}?{ENVIRONMENTS[key.demo]}&done=deleted")

    def _find_key(self, visit: Visit) -> Key:
        key = self._exchange.keys.get(visit.name)
        if key is None or key.site != visit.site:
            raise PageError(404, f"The site {visit.site} has no such key. It may be deleted.")
        return key


def make_link(key: Key) -> str:
    """Return the path of a key's own page."""
    return f"{LIST}/key/{key.api_key}"


def _redirect(address: str) -> Response:
    # 303: the browser asks for the page, and a reload does not send the form again.
    return RedirectResponse(address, 303)


def _expire() -> PageError:
    return PageError(
        404,
        "No request of that name waits for a code. It was used, cancelled or is older than "
        f"{CODE_SECONDS // 60} minutes.",
    )


def _describe_refusals(refusals: Mapping[str, RefusedError]) -> dict[str, FieldMessage]:
    return {
        field: FieldMessage(
            refused.code, refused.message, f"{refused.hint[:1].upper()}{refused.hint[1:]}."
        )
        for field, refused in refusals.items()
    }


def _format_time(seconds: float) -> str:
    """Return a time in UTC for readers.

    Examples:
        >>> _format_time(1_607_418_537.7)
        '2020-12-08 09:08 UTC'
    """
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError):  # No date is valid so far ahead.
        return "after the year 9999"
