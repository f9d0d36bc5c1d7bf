"""The result of one check, and the report of all."""

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Literal

from okx_guide.explain import causes
from okx_guide.pages import locate

Status = Literal["ok", "warning", "problem", "skipped"]

# The columns left of a terminal's 80, beside status and id.
_WIDTH = 57
# These stand between the program and OKX: nobody has looked at the key.
_NOT_THE_KEY = {"network_geo", "rate_limit", "server_side"}


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found.

    Attributes:
        id: Names the check.
        status: `warning` does not keep the key from working; `skipped` could not be checked.
        message: What was found, in a sentence. Holds no secret.
        cause: The kind of cause, one of those that `explain` names; empty if all is well, and
            for `file`, which is behind no error.
        fix: The one thing to do.
        page: Path on the site, with the anchor that explains it.
    """

    id: str
    status: Status
    message: str
    cause: str = ""
    fix: str = ""
    page: str = ""

    def to_json(self) -> dict[str, str | None]:
        """Return the check as JSON; what it does not have is null."""
        row = {"cause": self.cause, "fix": self.fix, "page": self.page}
        return {"id": self.id, "status": self.status} | {n: v or None for n, v in row.items()}

    def __str__(self) -> str:
        # ASCII only: the encoding of a pipe on Windows may lack an arrow.
        parts = [self.message]
        parts += [f"-> {self.cause}: {self.fix}"] if self.cause else []
        parts += [f"-> {self.fix}"] if self.fix and not self.cause else []
        lines = [line for part in parts for line in _wrap(part)]
        if self.page:
            place = f"-> {locate(self.page)}"
            # An address stays whole and behind its arrow, to be opened or copied.
            lines += [place] if "://" in place else _wrap(place)
        return f"{self.status:8} {self.id:12} " + f"\n{'':22}".join(lines)


def problem(id_: str, cause: str, message: str, fix: str = "", page: str = "") -> Check:
    """Return a check that keeps the key from being used.

    Args:
        id_: Names the check.
        cause: A kind of cause; gives fix and page where they are not given.
        message: What was found.
        fix: The one thing to do.
        page: Where it is explained.
    """
    kind, _ = causes.load_kinds()[cause]
    return Check(id_, "problem", message, cause, fix or kind.fix, page or kind.page)


def warning(id_: str, cause: str, message: str, fix: str = "", page: str = "") -> Check:
    """Return a check that found something to fix, although the key works."""
    check = problem(id_, cause, message, fix, page)
    return Check(id_, "warning", message, cause, check.fix, check.page)


def _wrap(text: str) -> list[str]:
    return wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False)


@dataclass(frozen=True, slots=True)
class Report:
    """Every check, in order.

    Examples:
        >>> report = Report((Check("clock", "ok", "right"), problem("read", "cred_mixup", "no")))
        >>> report.verdict
        'unfit'
    """

    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Literal["fit", "unfit", "unknown"]:
        """Whether the key is fit for use; `unknown` if OKX was not asked or did not answer."""
        problems = self._select("problem")
        if any(check.cause not in _NOT_THE_KEY for check in problems):
            return "unfit"
        answered = any(check.id == "read" and check.status == "ok" for check in self.checks)
        return "fit" if answered and not problems else "unknown"

    @property
    def headline(self) -> str:
        """The verdict, in one line."""
        if self.verdict == "fit":
            line = "Fit for use"
            if warnings := self._select("warning"):
                return f"{line}, with something to mend: {_join_names(warnings)}."
            return f"{line}."
        problems = self._select("problem")
        if self.verdict == "unfit":
            return f"Not fit for use: {_join_names(problems)}."
        if not problems:
            return "Could not tell: OKX was not asked about the key."
        return f"Could not tell: {_join_names(problems)}."

    def to_json(self) -> dict[str, Any]:
        """Return verdict and checks as JSON."""
        return {"verdict": self.verdict, "checks": [check.to_json() for check in self.checks]}

    def _select(self, status: Status) -> list[Check]:
        return [check for check in self.checks if check.status == status]


def _join_names(checks: Iterable[Check]) -> str:
    return ", ".join(f"{check.id} ({check.cause})" if check.cause else check.id for check in checks)
