"""What OKX refuses whatever the signature is: the form of each part, before the formula.

`docs/javascripts/diagnose/form.js` is the same in JavaScript; patterns and words are in
`mistakes.json`, which both read.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from okx_guide.diagnose.catalogue import load_catalogue
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import Mistake, build_mistake
from okx_guide.diagnose.variants import Keys
from okx_guide.redact import API_KEY

_TABLES = load_catalogue()["tables"]
_FORMS: dict[str, str] = _TABLES["forms"]


def check_form(request: SignedRequest, keys: Keys) -> tuple[Mistake, ...]:
    """Return what OKX refuses before it looks at the signature, in the order of its checks.

    The age of the timestamp is not looked at: a request is pasted later than it was sent.

    Args:
        request: What arrived.
        keys: The strings of the key, which are hidden in what is said.

    Examples:
        >>> request = SignedRequest("1607418537715", "GET", "/api/v5/account/config", "", "x")
        >>> [mistake.id for mistake in check_form(request, Keys("FAKE"))]
        ['timestamp-unix']
    """
    return tuple(
        build_mistake(id_, {"received": received}, keys) for id_, received in _find_faults(request)
    )


def check_key(keys: Keys) -> tuple[Mistake, ...]:
    """Return what OKX refuses in the API key, if it is known and not masked."""
    key = keys.api_key
    if not key or API_KEY.fullmatch(key) or re.search(_FORMS["masked"], key):
        return ()
    return (build_mistake("key-form", {"received": str(len(key))}, keys),)


def drop_covered(forms: tuple[Mistake, ...], mistakes: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    """Return the faults of form that no mistake in the signature names already."""
    ids = {mistake.id for mistake in mistakes}
    covered: dict[str, str] = _TABLES["forms_covered"]
    return tuple(form for form in forms if covered.get(form.id, "") not in ids)


def _find_faults(request: SignedRequest) -> Iterator[tuple[str, str]]:
    path = request.request_path.partition("?")[0]
    if path == _TABLES["login_path"]:
        if _matches("unix_milliseconds", request.timestamp):
            yield "login-milliseconds", request.timestamp
        elif not _matches("unix", request.timestamp):
            yield "login-timestamp", request.timestamp
        return
    if _matches("unix", request.timestamp):
        yield "timestamp-unix", request.timestamp
    elif _matches("iso_seconds", request.timestamp) and _is_date(request.timestamp):
        yield "timestamp-seconds", request.timestamp
    elif not (_matches("iso", request.timestamp) and _is_date(request.timestamp)):
        yield "timestamp-text", request.timestamp
    if not path.startswith("/api/"):
        yield "path-unknown", path


def _matches(name: str, text: str) -> bool:
    return re.fullmatch(_FORMS[name], text, re.ASCII) is not None


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True
