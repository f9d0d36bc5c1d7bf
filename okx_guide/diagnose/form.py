"""What OKX refuses whatever the signature is: the form of each part, before the formula.

`docs/javascripts/diagnose/form.js` is the same in JavaScript; patterns and words are in
`mistakes.json`, which both read.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from okx_guide.diagnose.catalogue import LIMITS, load_catalogue
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import Mistake, build_mistake
from okx_guide.diagnose.variants import Keys, parse_moment
from okx_guide.redact import API_KEY

_TABLES = load_catalogue()["tables"]
_FORMS: dict[str, str] = _TABLES["forms"]
_QUARTER = timedelta(minutes=15)


def check_form(request: SignedRequest, keys: Keys) -> tuple[Mistake, ...]:
    """Return what OKX refuses before it looks at the signature, in the order of its checks.

    The age of the timestamp is not looked at: see `check_age`. A form that OKX does not document,
    and perhaps takes, is in it as well: see `group_forms`.

    Args:
        request: What arrived.
        keys: The strings of the key, which are hidden in what is said.

    Examples:
        >>> request = SignedRequest("1607418537715", "GET", "/api/v5/account/config", "", "x")
        >>> [mistake.id for mistake in check_form(request, Keys("FAKE"))]
        ['timestamp-unix']
    """
    return tuple(
        build_mistake(id_, {"received": received, "digits": _count_digits(received)}, keys)
        for id_, received in _find_faults(request)
    )


def check_age(
    request: SignedRequest, *, now: datetime | None = None, answered: datetime | None = None
) -> tuple[Mistake, ...]:
    """Return what is wrong with the time of a request, for a clock that is known.

    The Date of the answer is OKX's own time and decides alone. The clock of this computer only
    shows a time that is still to come: a request is pasted later than it was sent.

    Args:
        request: What arrived.
        now: The time of this computer, with its time zone.
        answered: The Date of the answer, with its time zone.

    Examples:
        >>> request = SignedRequest("2026-11-27T12:23:29.555Z", "GET", "/api/v5/asset", "", "")
        >>> now = datetime.fromisoformat("2026-11-27T04:23:30Z")
        >>> check_age(request, now=now)[0].explanation[42:80]
        "8 hours ahead of this computer's clock"
        >>> check_age(request, now=datetime.fromisoformat("2026-12-27T04:23:30Z"))
        ()
    """
    moment = _find_moment(request)
    clock = answered or now
    if moment is None or clock is None:
        return ()
    ahead = timedelta(milliseconds=moment) - (clock - datetime.fromtimestamp(0, UTC))
    if abs(ahead) <= timedelta(seconds=LIMITS["window_seconds"] + LIMITS["age_slack_seconds"]):
        return ()
    if ahead < timedelta() and answered is None:
        return ()
    fields = {
        "received": request.timestamp,
        "apart": _describe_span(abs(ahead)),
        "side": "ahead of" if ahead > timedelta() else "behind",
        "guess": _TABLES["local_time"] if _is_zone(abs(ahead), is_exact=bool(answered)) else "",
    }
    return (build_mistake("timestamp-age" if answered else "timestamp-ahead", fields, Keys("")),)


def group_forms(forms: tuple[Mistake, ...]) -> tuple[tuple[str, tuple[Mistake, ...]], ...]:
    """Return faults of form under their headings: those that OKX refuses, and the disputed ones.

    Examples:
        >>> [heading for heading, _ in group_forms((Mistake("timestamp-fraction", "", "", ""),))]
        ['This is not the form that OKX documents:']
    """
    groups = (
        ("refused", tuple(form for form in forms if not is_disputed(form))),
        ("disputed", tuple(form for form in forms if is_disputed(form))),
    )
    return tuple((_TABLES["forms_headings"][name], group) for name, group in groups if group)


def is_disputed(form: Mistake) -> bool:
    """Return whether sources disagree on what OKX does with a form."""
    return form.id in _TABLES["forms_disputed"]


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
    elif not _matches("iso_three", request.timestamp):
        yield "timestamp-fraction", request.timestamp
    if not path.startswith("/api/"):
        yield "path-unknown", path


def _count_digits(timestamp: str) -> str:
    number = len(timestamp.partition(".")[2].removesuffix("Z"))
    return f"{number} digit{'' if number == 1 else 's'}"


def _find_moment(request: SignedRequest) -> int | None:
    """Return when a request says that it was sent, in Unix ms; None if its form is another."""
    if request.request_path.partition("?")[0] == _TABLES["login_path"]:
        is_known = _matches("unix", request.timestamp)
        is_known = is_known and not _matches("unix_milliseconds", request.timestamp)
    else:
        is_known = _matches("iso", request.timestamp) or _matches("iso_seconds", request.timestamp)
    return parse_moment(request.timestamp) if is_known else None


def _describe_span(span: timedelta) -> str:
    """Return a span in words; one that is near to a whole quarter of an hour as hours."""
    quarters = round(span / _QUARTER)
    if quarters and abs(span - quarters * _QUARTER) <= timedelta(seconds=LIMITS["window_seconds"]):
        return f"{quarters / 4:g} hour{'' if quarters == 4 else 's'}"
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _is_zone(span: timedelta, *, is_exact: bool) -> bool:
    """Return whether a span can be that of a time zone.

    The request was pasted some time after it was sent, so that only the Date of an answer is exact.
    """
    window = timedelta(seconds=LIMITS["window_seconds"])
    if (
        not _QUARTER - window
        <= span
        <= timedelta(minutes=LIMITS["last_time_zone_minutes"]) + window
    ):
        return False
    return not is_exact or abs(span - round(span / _QUARTER) * _QUARTER) <= window


def _matches(name: str, text: str) -> bool:
    return re.fullmatch(_FORMS[name], text, re.ASCII) is not None


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True
