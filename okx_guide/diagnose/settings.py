"""Read a request from JSON: its parts, a login message, a client's settings, or HAR."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any
from urllib.parse import urlencode

from okx_guide.diagnose.pasted import DumpError, Pasted, split_url

_DEPTH = 12
_PARTS = [field.name for field in fields(Pasted) if field.name not in ("choice", "answered")]
# Names that other programs give to a part of the request.
_MISNAMED = {
    "path": "request_path",
    "requestPath": "request_path",
    "url": "request_path",
    "sign": "signature",
}
HEADERS = {
    "ok-access-key": "api_key",
    "ok-access-sign": "signature",
    "ok-access-timestamp": "timestamp",
    "ok-access-passphrase": "passphrase",
}


def read_json(content: dict[str, Any]) -> Pasted:
    """Return the request that JSON holds.

    Args:
        content: The parts by their names, a login message, a client's settings, or HAR.

    Raises:
        DumpError: It holds no request, or a part has another name or is no text.
    """
    if content.get("op") == "login":
        return _read_login(content)
    if settings := _choose(list(_find_settings(content, 0))):
        return settings
    known = {name: content[name] for name in _PARTS if name in content}
    misnamed = [
        f"{right}, not {name}"
        for name, right in _MISNAMED.items()
        if name in content and right not in known
    ]
    if misnamed:
        raise DumpError(f"In the JSON, call it {'; '.join(misnamed)}.")
    if not known and "code" in content:
        raise DumpError(
            "This is what OKX answered. Paste the request, as curl -v prints it. What the code "
            "means: okx-guide explain"
        )
    if not known:
        names = ", ".join(_PARTS[:5])
        raise DumpError(f"This JSON has none of the names {names}.")
    host, path = "", None
    read_: dict[str, str | None] = {}
    for name, value in known.items():
        if isinstance(value, int) and not isinstance(value, bool) and name == "timestamp":
            value = str(value)  # noqa: PLW2901  # as it is sent
        if value is not None and not isinstance(value, str):
            raise DumpError(f"{name} must be a text, the very one that was sent, in quotes.")
        read_[name] = value
    if read_.get("request_path"):
        host, path = split_url(str(read_["request_path"]))
    return replace(Pasted(**read_), request_path=path, host=read_.get("host") or host or None)


def _read_login(content: dict[str, Any]) -> Pasted:
    arguments = content.get("args")
    if not isinstance(arguments, list) or not arguments or not isinstance(arguments[0], dict):
        raise DumpError("This login message has no args.")
    login = {name: str(value) for name, value in arguments[0].items()}
    return Pasted(
        timestamp=login.get("timestamp"),
        method="GET",
        request_path="/users/self/verify",
        body="",
        signature=login.get("sign"),
        passphrase=login.get("passphrase"),
        api_key=login.get("apiKey"),
    )


# --- a client's settings -----------------------------------------------------------------


def _find_settings(content: Any, depth: int) -> Iterator[tuple[Pasted, bool]]:
    """Yield every signed request in a client's settings or in HAR, and whether it was refused."""
    if depth > _DEPTH:
        return
    if isinstance(content, list):
        for item in content:
            yield from _find_settings(item, depth + 1)
    if not isinstance(content, dict):
        return
    headers = _read_headers(content.get("headers", content.get("header")))
    if "ok-access-sign" in headers:
        yield _build_pasted(content, headers), False
        return
    refused = _is_refused(content.get("response"))
    for item in content.values():
        for pasted, known in _find_settings(item, depth + 1):
            yield pasted, refused or known


def _is_refused(response: Any) -> bool:
    status = response.get("status") if isinstance(response, dict) else None
    return isinstance(status, int) and status >= 400


def _read_headers(headers: Any) -> dict[str, str]:
    """Return headers that are an object, or a list of names and values, in small letters."""
    if isinstance(headers, dict):
        rows = list(headers.items())
    elif isinstance(headers, list):
        rows = [
            (row.get("name", row.get("key")), row.get("value"))
            for row in headers
            if isinstance(row, dict)
        ]
    else:
        return {}
    return {str(name).lower(): value for name, value in rows if isinstance(value, str)}


def _build_pasted(content: dict[str, Any], headers: dict[str, str]) -> Pasted:
    host, path = split_url(_read_url(content))
    body = _read_body(content)
    if body is None and str(content.get("method", "GET")).upper() == "GET":
        body = ""
    return Pasted(
        **{field: headers[name] for name, field in HEADERS.items() if name in headers},
        method=str(content.get("method", "POST" if body else "GET")).upper(),
        request_path=path or None,
        body=body,
        host=host or None,
    )


def _read_url(content: dict[str, Any]) -> str:
    names = ("url", "uri", "href", "requestPath", "request_path", "path")
    url = next((content[name] for name in names if content.get(name)), "")
    if isinstance(url, dict):
        url = url.get("raw", "")
    url = str(url)
    base = content.get("baseURL", content.get("base_url"))
    if isinstance(base, str) and not re.match("https?://", url):
        url = f"{base.rstrip('/')}/{url.lstrip('/')}"
    parameters = content.get("params")
    if isinstance(parameters, dict) and parameters and "?" not in url:
        url += "?" + urlencode(parameters)
    return url


def _read_body(content: dict[str, Any]) -> str | None:
    """Return a body as a client sends it: a text as it is, an object as JavaScript writes it."""
    names = ("data", "body", "postData", "payload", "content", "json")
    body = next((content[name] for name in names if content.get(name) is not None), None)
    if isinstance(body, dict) and isinstance(body.get("text", body.get("raw")), str):
        body = body.get("text", body.get("raw"))
    if body is None or isinstance(body, str):
        return body
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _choose(candidates: list[tuple[Pasted, bool]]) -> Pasted | None:
    """Return the last request that was refused, or else the last one."""
    if not candidates:
        return None
    places = [at for at, (_, refused) in enumerate(candidates) if refused] or [len(candidates) - 1]
    return replace(
        candidates[places[-1]][0], choice=describe_choice(places[-1], [r for _, r in candidates])
    )


def describe_choice(place: int, refused: list[bool]) -> str | None:
    """Return in words which of several signed requests is looked at; None if there is one."""
    if len(refused) < 2:
        return None
    reason = "which was refused" if refused[place] else "the last one"
    return f"Of {len(refused)} signed requests this is number {place + 1}, {reason}."
