"""What OKX answered when it refused, and what that code means."""

from collections.abc import Iterable
from typing import Any

from okx_guide import facts
from okx_guide.redact import API_KEY, hide_secrets

# OKX quotes the key in some messages (50110); a log must not show it.

# Characters of a message: three times OKX's longest.
_LONGEST = 1000


class OkxError(Exception):
    """OKX refused a request, or answered with something that is not its envelope.

    `code` is OKX's own, as a string; it is "" when the answer carried none (a proxy,
    a firewall or a redirect answered instead of the API).

    Attributes:
        code: For example `"50113"`. Of an order, the code of the first item refused.
        message: OKX's text, with API keys masked.
        http_status: For example 401. OKX also refuses with HTTP 200.
        data: The rest of the answer; in a batch some items may have succeeded.
        hint: What differs, in words. Only the practice exchange says so, never OKX.

    Examples:
        >>> print(OkxError("50113", "Invalid signature.", 401))
        50113 Invalid signature. (HTTP 401) Next: ...
    """

    def __init__(
        self,
        code: str,
        message: str,
        http_status: int,
        data: list[Any] | None = None,
        hint: str = "",
    ) -> None:
        masked = API_KEY.sub("<your API key>", _make_printable(message))
        super().__init__(code, masked, http_status)
        self.code = code
        self.message = masked
        self.http_status = http_status
        self.data = data or []
        self.hint = hint

    def __str__(self) -> str:
        text = " ".join(part for part in (self.code, self.message) if part)
        text = f"{text} (HTTP {self.http_status})"
        if self.fix:
            text += f" Next: {self.fix}"
        if self.hint:
            text += f" The practice exchange adds: {self.hint}"
        return text

    @property
    def fix(self) -> str:
        """The first thing to do about this code; "" if the facts have none."""
        known = facts.load("errors").get(self.code)
        return known.fix if known else ""


def _hide(message: str, secrets: Iterable[str]) -> str:
    # Cut longer than shown, so that a secret at the end is still whole when it is masked.
    return hide_secrets(message[: 2 * _LONGEST], secrets)


def _make_printable(message: str) -> str:
    """Return a message that can neither control a terminal nor flood it."""
    printable = "".join(letter if letter.isprintable() else " " for letter in message[:_LONGEST])
    return printable if len(message) <= _LONGEST else f"{printable}…"


def check(http_status: int, answer: Any, hint: str = "", secrets: Iterable[str] = ()) -> None:
    """Raise if OKX's answer is a refusal, whatever its HTTP status.

    Args:
        http_status: The status that came with it.
        answer: The parsed JSON body.
        hint: The header `X-Sandbox-Hint`, if there is one.
        secrets: Strings to hide in the message; a host may echo what it was sent.

    Raises:
        OkxError: `code` is not "0", or an item of `data` has an `sCode` that is not "0"
            (`sCode` and `sMsg` take over where an item carries them: OKX docs,
            "General Info", read 2026-08-22), or there is no `code` at all.
    """
    if not isinstance(answer, dict) or "code" not in answer:
        raise OkxError("", "The answer is JSON but not OKX's: is this the right host?", http_status)
    data = answer.get("data")
    items = data if isinstance(data, list) else []
    for item in items:
        if isinstance(item, dict) and str(item.get("sCode", "0")) != "0":
            message = _hide(str(item.get("sMsg", "")), secrets)
            raise OkxError(str(item["sCode"]), message, http_status, items, hint)
    if str(answer["code"]) != "0":
        message = _hide(str(answer.get("msg", "")), secrets)
        raise OkxError(str(answer["code"]), message, http_status, items, hint)
