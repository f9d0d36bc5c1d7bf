"""A reader of a page, without a browser: their orders, and what the browser keeps for them."""

import re
from typing import Any
from urllib.parse import urlencode

from okx_guide import facts
from tests.support.run import Worker

NEW = "/account/my-api/new?go-demo-trading=1"
INBOX = "/account/inbox"
[OWN_PROGRAM, _] = facts.rule("purpose-choices", "choices", list)


class Reader:
    """A reader, and what the browser keeps for them."""

    def __init__(self, worker: Worker, kept: str | None = None) -> None:
        self.worker = worker
        self.kept = kept
        self.visit: dict[str, Any] | None = None

    def do(self, **order: Any) -> dict[str, Any]:
        """Give an order, and keep what is to be kept."""
        answer = self.worker.do({"kept": self.kept, **order})
        if "visit" in answer:
            self.visit = answer["visit"]
            self.kept = self.visit["rows"] if self.visit else None
        return answer

    def run(self, code: str, **order: Any) -> str:
        """Return what a block prints."""
        outcome = self.do(code=code, **order)
        return str(outcome["printed"] + outcome["error"] + outcome["advice"])

    def ask(self, path: str, **fields: str | tuple[str, ...]) -> dict[str, Any]:
        """Look at a page of the key page, or send its form."""
        form = {"method": "GET", "body": ""}
        if fields:
            token = find(r'name="csrf_token" value="(\w+)"', self.ask(path)["html"])
            form = {
                "method": "POST",
                "body": urlencode({"csrf_token": token, **fields}, doseq=True),
            }
        return self.do(act="ask", path=path, **form)

    def make_key(self, label: str, *, demo: bool = True) -> dict[str, Any]:
        """Make a key, and return the page that shows it."""
        path = NEW if demo else NEW.replace("demo", "live")
        page = self.ask(
            path,
            label=label,
            purpose=OWN_PROGRAM,
            permissions=("read_only", "trade"),
            passphrase="Fake-pass1",
        )
        code = find(r'class="code">(\d{6})<', self.ask(INBOX)["html"])
        return self.ask(page["path"], code=code)

    def delete_key(self, label: str) -> None:
        """Delete a key."""
        self.ask(f"{self._find_key(label)}/delete", sure="yes")

    def edit_key(self, label: str, /, **fields: str | tuple[str, ...]) -> None:
        """Send the form of a key with other fields."""
        self.ask(self._find_key(label), **fields)

    def _find_key(self, label: str) -> str:
        listed = self.ask("/account/my-api?go-demo-trading=1")["html"]
        return find(rf'href="(/account/my-api/key/[0-9a-f-]+)">{label}<', listed)


def find(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[1]
