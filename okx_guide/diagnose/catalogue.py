"""The known mistakes in words, and the tables and numbers of the search for them.

They are in `mistakes.json`, which JavaScript reads too: `docs/javascripts/diagnose/catalogue.js`
is written from it.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_catalogue() -> dict[str, Any]:
    """Return `mistakes.json`: the known mistakes in words, tables of what is tried, and limits.

    Examples:
        >>> load_catalogue()["limits"]["two_clock_reads_ms"]
        2000
    """
    text = files(__package__).joinpath("mistakes.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


LIMITS: dict[str, int] = load_catalogue()["limits"]
