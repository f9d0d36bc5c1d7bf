"""A refusal, with one of OKX's codes: what every part of the practice exchange raises."""

import re
from typing import Any

from okx_guide import facts

_PARAM = re.compile(r"\{(?:param)?(\d)\}|\{op\}")

# Where the documented HTTP status is not the one in logs, or two are documented, the
# sandbox answers with this one. See the facts of these codes for both sides.
_STATUS = {"50011": 429, "50119": 401}
# OKX's table says "Invalid signature."; every logged answer says "Invalid Sign".
_AS_LOGGED = {"50113"}


class RefusedError(Exception):
    """A refusal with one of OKX's codes.

    Args:
        code: OKX's code.
        hint: An explanation for the reader of the guide; OKX sends none.
        params: Fill the `{param0}`, `{0}` or `{op}`, and so on, of OKX's message.
    """

    def __init__(self, code: str, hint: str = "", *params: str) -> None:
        super().__init__(code)
        value = facts.load("errors")[code].value
        self.code = code
        self.hint = hint
        self.http_status: int = _STATUS.get(code) or (value["http_status"] or [200])[0]
        source = value["observed"][0] if code in _AS_LOGGED else value
        message: str = source["message"]
        # Where a code has several statuses, each has its own message.
        for row in reversed(value.get("rows", ())):
            if row["http_status"] == self.http_status:
                message = row["message"]
        self.message = _PARAM.sub(
            lambda match: params[int(match[1] or 0)] if params[int(match[1] or 0) :] else match[0],
            message,
        )

    @property
    def is_of_order(self) -> bool:
        """Whether OKX reports it for the order, inside code 1."""
        return self.code.startswith("51")

    def to_json(self) -> dict[str, Any]:
        """Return the JSON body. Authentication errors (501xx) carry no `data`."""
        if self.code.startswith("501"):
            return {"msg": self.message, "code": self.code}
        return {"code": self.code, "data": [], "msg": self.message}
