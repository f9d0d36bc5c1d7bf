"""Why things fail: the causes of each code in the order of the reports, as data."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from okx_guide import facts
from okx_guide.explain.messages import load_messages


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that may be behind an error.

    Attributes:
        id: Its kind, for example `region_site`.
        cause: What is wrong, in one sentence.
        check: The one check that decides whether it is this.
        fix: The one thing to do.
        page: Path on the site, with the anchor that explains it.
    """

    id: str
    cause: str
    check: str
    fix: str
    page: str


@cache
def load_catalogue() -> dict[str, tuple[tuple[Cause, int], ...]]:
    """Return the causes of every code, HTTP status and failed connection, with their reports."""
    rows = {code: entry["causes"] for code, entry in facts.causes()["codes"].items()}
    for family in facts.causes()["families"]:
        rows |= dict.fromkeys(family["codes"].split(), family["causes"])
    return {
        code: tuple((_build_cause(code, row), row["reports"]) for row in rows_of_code)
        for code, rows_of_code in rows.items()
    }


def count_reports(code: str) -> int:
    """Return how many of the reports had this code, with those that nobody explained."""
    unexplained: int = facts.causes()["codes"].get(code, {}).get("unexplained", 0)
    return unexplained + sum(reports for _, reports in load_catalogue()[code])


def load_not_provoked() -> dict[str, str]:
    """Return why a code has no block that provokes it, by code."""
    rows = facts.causes()["not_provoked"]
    return {code: row["reason"] for row in rows for code in row["codes"]}


@cache
def load_kinds() -> dict[str, tuple[Cause, int]]:
    """Return every kind of cause in general words, with its reports."""
    return {
        name: (Cause(name, row["cause"], row["check"], row["fix"], row["page"]), row["reports"])
        for name, row in facts.causes()["kinds"].items()
    }


def _build_cause(code: str, row: dict[str, Any]) -> Cause:
    message = load_messages().get(code, "")
    texts = {**facts.causes()["kinds"][row["id"]], **row}
    cause = texts["cause"].replace("{message}", message)
    return Cause(row["id"], cause, texts["check"], texts["fix"], texts["page"])
