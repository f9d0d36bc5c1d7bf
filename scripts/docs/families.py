"""The families of OKX's error codes, as the index of the codes folds them."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Codes that begin alike and are about the same.

    Attributes:
        numbers: How they begin, as a reader sees it: `501xx`.
        topic: What they are about.
        pattern: Which codes they are, as a regular expression.
    """

    numbers: str
    topic: str
    pattern: str

    def has(self, code: str) -> bool:
        """Say whether a code is of this family.

        Example:
            >>> [family.numbers for family in FAMILIES if family.has("50115")]
            ['501xx']
        """
        return re.fullmatch(self.pattern, code) is not None


FAMILIES = (
    Family("501xx", "key, headers, permissions", r"501\d\d"),
    Family("500xx", "body, parameters, limits, OKX's service", r"50[02-9]\d\d"),
    Family("1 and 2", "look at sCode in each item", r"\d"),
    Family("51xxx and 54xxx", "orders", r"5[14]\d{3}"),
    Family("58xxx", "transfers, withdrawals", r"58\d{3}"),
    Family("59xxx", "accounts, sub-accounts and their keys", r"59\d{3}"),
    Family("6xxxx", "WebSocket messages", r"6\d{4}"),
    Family("1009 and 40xx", "WebSocket close codes", r"\d{4}"),
)
"""Each code is of one family; the order is that of the index."""
