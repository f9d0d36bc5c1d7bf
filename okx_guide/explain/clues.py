"""How a pasted text is read: the patterns and numbers that Python and the page share.

They are in `clues.json`; `docs/javascripts/explain/causes.js` is written from it.
"""

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

# {a} is a word in all its languages; {a>b} two words in one clause, {a&b} two in either order.
_NAMES = re.compile(r"\{([a-z]+)(?:([>&])([a-z]+))?\}")


@cache
def load_clues() -> dict[str, Any]:
    """Return `clues.json`, its patterns with the words that they name.

    Examples:
        >>> load_clues()["numbers"]["causes_listed"]
        5
    """
    loaded = read_clues()
    expanded: dict[str, Any] = _expand(loaded, loaded.pop("words"), loaded.pop("between"))
    return expanded


def read_clues() -> dict[str, Any]:
    """Return `clues.json` as the page loads it: its patterns with the names of words.

    Examples:
        >>> "{clock&off}" in [pattern for _, _, pattern, *_ in read_clues()["clues"]]
        True
    """
    text = files(__package__).joinpath("clues.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    loaded["words"] = {
        name: f"(?:{unicodedata.normalize('NFKC', pattern)})"
        for name, pattern in loaded["words"].items()
    }
    return loaded


def _expand(value: Any, words: dict[str, str], between: str) -> Any:
    """Return data with each name in its texts replaced by the pattern of its words."""
    if isinstance(value, str):
        return _NAMES.sub(lambda match: _join_words(match, words, between), value)
    if isinstance(value, list):
        return [_expand(item, words, between) for item in value]
    if isinstance(value, dict):
        return {name: _expand(item, words, between) for name, item in value.items()}
    return value


def _join_words(match: re.Match[str], words: dict[str, str], between: str) -> str:
    first, order, second = match.groups()
    if not second:
        return words[first]
    near = f"{words[first]}{between}{words[second]}"
    return near if order == ">" else f"{near}|{words[second]}{between}{words[first]}"
