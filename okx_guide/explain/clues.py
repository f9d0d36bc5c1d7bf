"""How a pasted text is read: the patterns and numbers that Python and the page share.

They are in `clues.json`; `docs/javascripts/explain/causes.js` is written from it.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_clues() -> dict[str, Any]:
    """Return `clues.json`.

    Examples:
        >>> load_clues()["numbers"]["causes_listed"]
        5
    """
    text = files(__package__).joinpath("clues.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
