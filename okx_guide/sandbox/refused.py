"""A refusal, with one of OKX's codes: what every part of the practice exchange raises."""

from typing import Any

from okx_guide import facts

# Where the documented HTTP status is not the one in logs, or two are documented, the
# sandbox answers with this one. See the facts of these codes for both sides.
_STATUS = {"50011": 429, "50119": 401}


class Refused(Exception):
    """A refusal with one of OKX's codes.

    Args:
        code: OKX's code.
        hint: In words, for the reader of the guide; OKX sends no such thing.
        params: Fill the `{param0}`, `{param1}` … of OKX's message.
    """

    def __init__(self, code: str, hint: str = "", *params: str) -> None:
        super().__init__(code)
        value = facts.load("errors")[code].value
        self.code = code
        self.hint = hint
        self.http_status: int = _STATUS.get(code) or (value["http_status"] or [200])[0]
        message: str = value["message"]
        # Where a code has rows of different status, each has its own message.
        for row in reversed(value.get("rows", ())):
            if row["http_status"] == self.http_status:
                message = row["message"]
        for number, param in enumerate(params):
            message = message.replace(f"{{param{number}}}", param)
        self.message = message

    def envelope(self) -> dict[str, Any]:
        """Return the JSON body. Authentication errors (501xx) carry no `data`."""
        if self.code.startswith("501"):
            return {"msg": self.message, "code": self.code}
        return {"code": self.code, "data": [], "msg": self.message}
