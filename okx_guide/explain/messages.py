"""What OKX says with each code; and the rarer codes in a text that lost the number."""

import re
from functools import cache

from okx_guide import facts
from okx_guide.explain.clues import load_clues

_NUMBERS: dict[str, int] = load_clues()["numbers"]
# So many letters of a message are enough: clients cut what they print.
_ENOUGH = _NUMBERS["message_letters"]
# Shorter messages are also said by others.
_LETTERS = _NUMBERS["message_least_letters"]
_WORDS = _NUMBERS["message_least_words"]
# What OKX fills in is no longer.
_FILLED = _NUMBERS["filled_letters"]


@cache
def load_messages() -> dict[str, str]:
    """Return what OKX says with each code that its docs or a client's table have.

    Examples:
        >>> load_messages()["51028"]
        'Contract under delivery.'
    """
    known = {code: fact.value["message"] for code, fact in facts.load("errors").items()}
    return {**facts.texts(), **known}


def find_message(text: str) -> str:
    """Return the rarer code whose message stands last in a text; "" if none does.

    What OKX filled in may be anything short, and the end of a long message may be cut off.

    Args:
        text: In lower case.

    Examples:
        >>> find_message("you hold eth-usdt positions. close these positions and try again.")
        '51163'
    """
    simple = f" {_simplify(text)} "
    places = {
        (place, sum(map(len, parts)), -int(code)): code
        for code, opening, parts in _load_phrases()
        if opening in simple and (place := _find_last(simple, parts)) >= 0
    }
    return places[max(places)] if places else ""


@cache
def _load_phrases() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return each rarer code with how its message begins: its first part, and all of them.

    It is cut where OKX fills something in.
    """
    phrases = [
        (code, _cut_message(message))
        for code, messages in facts.texts().items()
        for message in messages.split(" / ")
    ]
    return tuple((code, f" {parts[0]}", parts) for code, parts in phrases if parts)


def _cut_message(message: str) -> tuple[str, ...]:
    """Return the first words of a message; none if they are too few to know it by."""
    parts: list[str] = []
    room = _ENOUGH
    for part in re.split(r"\{[^}]*\}", message.lower()):
        words = _simplify(part)
        if words and room > 0:
            # Up to the end of a word.
            end = words.find(" ", room)
            parts.append(words if end < 0 else words[:end])
            room -= len(parts[-1])
    telling = " ".join(re.sub(load_clues()["idle"], "", " ".join(parts)).split())
    is_telling = len(telling) >= _LETTERS and len(telling.split()) >= _WORDS
    return tuple(parts) if is_telling else ()


def _simplify(text: str) -> str:
    """Return the words of a text with one blank between them."""
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"\\*['\u2019]", "", text)).strip()


def _find_last(simple: str, parts: tuple[str, ...]) -> int:
    """Return where parts stand for the last time, one soon after the other; -1 if they do not."""
    first, *others = parts
    place = simple.rfind(f" {first}")
    while place >= 0:
        end = place + 1 + len(first)
        for part in others:
            at = simple.find(part, end, end + _FILLED + len(part))
            if at < 0:
                break
            end = at + len(part)
        else:
            return place
        # Before this place, so that it ends one character earlier at least.
        place = simple.rfind(f" {first}", 0, place + len(first))
    return -1
