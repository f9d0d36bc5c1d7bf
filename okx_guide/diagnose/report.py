"""Why was my signature refused? The work of `okx-guide diagnose`."""

import re
import textwrap
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from okx_guide.diagnose import search as mistakes
from okx_guide.diagnose.catalogue import load_catalogue
from okx_guide.diagnose.encodings import decode_signature, is_object
from okx_guide.diagnose.form import (
    check_age,
    check_form,
    check_key,
    drop_covered,
    group_forms,
    is_disputed,
)
from okx_guide.diagnose.pasted import DumpError, Pasted, split_url
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import Mistake, escape_controls
from okx_guide.diagnose.variants import Keys
from okx_guide.pages import locate
from okx_guide.redact import hide_secrets

# Of a long text, no more is shown than this many characters around the first difference.
_WHOLE_BEFORE, _BEFORE, _AFTER, _WHOLE = 60, 40, 24, 400
_OPTIONS = {
    "timestamp": ("OK-ACCESS-TIMESTAMP", "--timestamp"),
    "method": ("method", "--method"),
    "request_path": ("path", "--path"),
    "signature": ("OK-ACCESS-SIGN", "--signature"),
}


# The name of a variable, or of what belongs there.
_TO_FILL = re.compile(load_catalogue()["tables"]["forms"]["to_fill"])
_ENDINGS: dict[str, str] = load_catalogue()["tables"]["forms_endings"]
_STRINGS = ("secret key", "passphrase", "API key")
_CODES = "/troubleshooting/codes/"
_RULE = "/reference/signing/#the-rule"
_NO_BODY = "You gave no body, and most POSTs have one: add it with --body, exactly as it was sent."
_BODY_NOT_FOUND = (
    "No body was found here, so it is taken as empty. If one was sent, add it with --body, exactly "
    "as it was sent."
)
_CORRECT = (
    "The signature is right: this secret makes it from exactly this request.\n"
    "Was it refused with 50113, then something else arrived than what you gave here, or\n"
    "the secret is not the one of this API key."
)


class InputError(Exception):
    """Something is missing or cannot be what it should be. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found out about one signature.

    Attributes:
        verdict: `correct`, `found` or `unknown`.
        mistakes: Those that together make exactly the signature.
        request: What arrived.
        forms: What OKX refuses before it looks at the signature, or does not document.
        signed: The text that was signed, if the verdict is `found`.
        ruled_out: The ids of the mistakes that were tried, if the verdict is `unknown`.
        pairs: Whether they were tried two at a time as well.
        missing: What the paste does not hold and was taken as empty: perhaps `body`.
        choice: Of several signed requests in the paste, which one this is, in words.
    """

    verdict: Literal["correct", "found", "unknown"]
    mistakes: tuple[Mistake, ...]
    request: SignedRequest
    forms: tuple[Mistake, ...] = ()
    signed: str = ""
    ruled_out: tuple[str, ...] = ()
    pairs: bool = True
    missing: tuple[str, ...] = ()
    choice: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the verdict and the mistakes, faults of form first; nothing of the request."""
        mistakes_ = [asdict(each) for each in (*self.forms, *self.mistakes)]
        content: dict[str, Any] = {"verdict": self.verdict, "mistakes": mistakes_}
        if self.missing:
            content["missing"] = list(self.missing)
        if self.choice:
            content["choice"] = self.choice
        return content


def refuse_empty_parts(pasted: Pasted) -> None:
    """Refuse a part that is there and holds nothing; only a body may.

    Raises:
        InputError: A part is empty.
    """
    empty = [words for name, words in _OPTIONS.items() if getattr(pasted, name) == ""]
    if empty:
        names = ", ".join(f"{header} ({option})" for header, option in empty)
        raise InputError(f"There, but empty: {names}. Was a variable in it not set?")


def check_keys(keys: Keys) -> tuple[Keys, str]:
    """Return the keys with the secret as OKX made it, and what was taken off, in words.

    A program that signed with what was taken off is found by the search.

    Raises:
        InputError: There is no secret, or another of the three strings is in its place.

    Examples:
        >>> check_keys(Keys("'FAKE-SECRET'"))[1]
        'The secret is taken without the quotes around it.'
    """
    bare = keys.secret_key.strip()
    extras = ["white space"] if bare != keys.secret_key else []
    if quoted := re.fullmatch(r"([\"'])(.+)\1", bare):
        bare, extras = quoted[2], [*extras, "quotes"]
    if not bare:
        raise InputError("The secret is empty.")
    for name, value in (("API key", keys.api_key), ("passphrase", keys.passphrase)):
        if bare == value.strip():
            raise InputError(
                f"The secret and the {name} are the same text: set OKX_SECRET_KEY anew."
            )
    note = (
        f"The secret is taken without the {' and the '.join(extras)} around it." if extras else ""
    )
    return keys._replace(secret_key=bare), note


def build_request(pasted: Pasted) -> SignedRequest:
    """Return the request that was pasted.

    Raises:
        InputError: A part is missing, or the signature cannot be one.
    """
    refuse_empty_parts(pasted)
    lacking = [name for name in _OPTIONS if getattr(pasted, name) is None]
    if lacking:
        words = ", ".join(_OPTIONS[name][0] for name in lacking)
        options = " ".join(f"{_OPTIONS[name][1]} ..." for name in lacking)
        raise InputError(f"Not there: {words}. Paste the whole request, or add {options}")
    unfilled = [_OPTIONS[name][0] for name in _OPTIONS if _is_to_fill(getattr(pasted, name))]
    if unfilled:
        raise InputError(
            f"Not filled in yet: {', '.join(unfilled)}. Paste what was sent, as curl -v prints it."
        )
    try:
        host, path = split_url(pasted.request_path or "")
    except DumpError as error:
        raise InputError(str(error)) from None
    if not path.startswith("/"):
        raise InputError("The path does not begin with a slash: give all of it, from /api/v5 on.")
    signature = pasted.signature or ""
    if len(signature) < 8:
        raise InputError(
            f"The signature has {len(signature)} characters; one of OKX has 44. Paste all of it."
        )
    return SignedRequest(
        pasted.timestamp or "",
        # Every client but curl sends a method in capitals, however its settings write it.
        (pasted.method or "").upper(),
        path,
        pasted.body or "",
        signature,
        host or pasted.host or "",
    )


def _is_to_fill(text: str) -> bool:
    """Return whether a part holds the name of a variable; an object in brackets was sent."""
    return _TO_FILL.match(text) is not None and not is_object(text)


def describe_paste(diagnosis: Diagnosis, pasted: Pasted, now: datetime | None = None) -> Diagnosis:
    """Return a diagnosis with what the paste says beside the request.

    That is what it lacks, which of its requests was looked at, and whether its timestamp is too
    old or still to come.

    Args:
        diagnosis: Of the request in the paste.
        pasted: The paste.
        now: The time of this computer, with its time zone, if it is to be looked at.
    """
    missing = ("body",) if pasted.body is None and diagnosis.request.method != "GET" else ()
    answered = datetime.fromisoformat(pasted.answered) if pasted.answered else None
    ages = check_age(diagnosis.request, now=now, answered=answered)
    verdict = "found" if ages and diagnosis.verdict == "correct" else diagnosis.verdict
    forms = (*diagnosis.forms, *ages)
    return replace(
        diagnosis, verdict=verdict, forms=forms, missing=missing, choice=pasted.choice or ""
    )


def diagnose_request(request: SignedRequest, keys: Keys, *, rare: bool = True) -> Diagnosis:
    """Search the mistakes that make exactly the signature that was refused.

    Args:
        request: What arrived.
        keys: The strings of the key.
        rare: Whether the rarer mistakes are tried too.

    Raises:
        InputError: There is no secret, or what was given as the signature cannot be one, or is
            one of the three strings.

    Examples:
        >>> request = SignedRequest(
        ...     "2020-12-08T09:08:57.715Z", "GET", "/api/v5/account/balance?ccy=BTC", "",
        ...     "AkD5YszBhggtIyjDlmTy/9PpNVntel+1Lff8wh0qpQw=",
        ... )
        >>> diagnose_request(request, Keys("22582BD0CFF14C41EDBF1AB98506286D")).mistakes[0].id
        'query-missing'
    """
    if not keys.secret_key:
        raise InputError("The secret is empty.")
    for name, string in zip(_STRINGS, keys, strict=True):
        if _is_one_of(request.signature, string):
            raise InputError(
                f"What is given as the signature is the {name}. Give what was sent as "
                "OK-ACCESS-SIGN; if it is that, sign with the secret key instead. "
                f"See {locate(_RULE)}"
            )
    finding = mistakes.search(
        request, keys.secret_key, passphrase=keys.passphrase, api_key=keys.api_key, rare=rare
    )
    forms = check_form(request, keys)
    if finding:
        forms = drop_covered(forms, finding.mistakes)
        if not finding.mistakes and not forms:
            forms = check_key(keys)
        verdict: Literal["correct", "found"] = "found" if finding.mistakes or forms else "correct"
        return Diagnosis(verdict, finding.mistakes, request, forms, finding.signed)
    if not decode_signature(request.signature):
        raise InputError(
            f"This is no signature, nor the beginning of the right one: it has "
            f"{len(request.signature)} characters, a signature has 44. Was it cut or masked?"
        )
    ruled_out, pairs = mistakes.list_tried(request, keys)
    return Diagnosis("unknown", (), request, forms, ruled_out=ruled_out, pairs=pairs)


def _is_one_of(signature: str, string: str) -> bool:
    """Return whether a signature is one of the strings, in quotes, encoded or as it is."""
    # Stars that are there already were put by somebody else, over a signature.
    masked = re.sub(r"[\s\"'=]", "", hide_secrets(signature, [string]))
    return bool(string) and "*" not in signature and set(masked) == {"*"}


def describe(diagnosis: Diagnosis, keys: Keys) -> str:
    """Return what a person reads: the mistakes, and both texts with their first difference."""
    request = diagnosis.request
    lines = [diagnosis.choice] if diagnosis.choice else []
    lines += [_BODY_NOT_FOUND] if diagnosis.missing else []
    lines += [""] if lines else []
    if diagnosis.verdict == "correct":
        return "\n".join([*lines, _CORRECT, f"For other codes: {locate(_CODES)}"])
    for heading, forms in group_forms(diagnosis.forms):
        lines += [heading, *(line for form in forms for line in _describe_mistake(form)), ""]
    if diagnosis.verdict == "unknown":
        return "\n".join([*lines, _describe_unknown(diagnosis)])
    number = len(diagnosis.mistakes)
    if not number:
        name = "disputed" if all(map(is_disputed, diagnosis.forms)) else "refused"
        return "\n".join([*lines, _ENDINGS[name]])
    lines += [
        "This mistake makes exactly your signature:"
        if number == 1
        else f"These {number} mistakes together make exactly your signature:"
    ]
    lines += [line for each in diagnosis.mistakes for line in _describe_mistake(each)]
    lines += ["", *_compare_texts(request.prehash, diagnosis.signed, keys)]
    return "\n".join(lines)


def _describe_mistake(mistake: Mistake) -> list[str]:
    return [
        "",
        mistake.id,
        f"  What: {mistake.explanation}",
        f"  Fix:  {mistake.fix}",
        f"  Page: {locate(mistake.page)}",
    ]


def _describe_unknown(diagnosis: Diagnosis) -> str:
    each = (
        "each alone and in pairs"
        if diagnosis.pairs
        else "each alone, and at most the common ones in pairs: the request is long"
    )
    bodiless = diagnosis.request.method == "POST" and not diagnosis.request.body
    bodiless = bodiless and not diagnosis.missing
    return "\n".join(
        [
            "No known mistake makes this signature from this request and this secret.",
            *([_NO_BODY] if bodiless else []),
            "",
            f"Ruled out, {each}:",
            *textwrap.wrap(
                ", ".join(diagnosis.ruled_out),
                78,
                initial_indent="  ",
                subsequent_indent="  ",
                break_on_hyphens=False,
            ),
            "",
            "What is left, the likeliest first:",
            "  1. The secret is another key's, or was copied with a fault: compare its end.",
            "  2. Timestamp, method, path or body were not exactly these when they were sent.",
            "  3. A mistake that nobody has reported yet.",
            "",
            f"Page: {locate('/troubleshooting/codes/#50113')}",
        ]
    )


def _compare_texts(expected: str, signed: str, keys: Keys) -> list[str]:
    if expected == signed:
        return ["The text that was signed is right:", f"  {_cut_window(expected, 0, keys, _WHOLE)}"]
    at = next(
        (
            at
            for at, (left, right) in enumerate(zip(expected, signed, strict=False))
            if left != right
        ),
        min(len(expected), len(signed)),
    )
    start = at - _BEFORE if at > _WHOLE_BEFORE else 0
    before = _cut_window(expected, start, keys, at).removesuffix("…")
    return [
        f"To be signed: {_cut_window(expected, start, keys, at + _AFTER)}",
        f"Was signed:   {_cut_window(signed, start, keys, at + _AFTER)}",
        f"{' ' * (14 + len(before))}^ the first difference: character {at + 1}",
    ]


def _cut_window(text: str, start: int, keys: Keys, end: int | None = None) -> str:
    """Return a part of a text in which every character can be seen, and no secret."""
    hidden = hide_secrets(text, keys)
    visible = "".join(
        each if each.isascii() else f"\\u{ord(each):04x}"
        for each in escape_controls(hidden[start:end])
    )
    is_cut = end is not None and len(text) > end
    return ("…" if start else "") + visible + ("…" if is_cut else "")
