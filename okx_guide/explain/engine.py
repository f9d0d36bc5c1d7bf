"""From an error to its cause: read a code or a pasted log, and rank what may be behind it."""

import codecs
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache

from okx_guide import facts
from okx_guide.explain import causes
from okx_guide.explain.causes import Cause
from okx_guide.explain.clues import load_clues
from okx_guide.explain.messages import find_message, load_messages
from okx_guide.pages import locate

_NUMBERS: dict[str, float] = load_clues()["numbers"]
# So much of a long text is read: the last lines that speak of trouble.
_ENOUGH = int(_NUMBERS["characters_read"])
_LINE = int(_NUMBERS["line_characters"])
_SHOWN = int(_NUMBERS["characters_shown"])
# More causes than that are no help; with fewer, what often looks the same is named as a guess.
_LISTED = int(_NUMBERS["causes_listed"])
_FILLED = int(_NUMBERS["causes_filled"])
# A cause that the code does not suggest, but the text does; and one that no report had.
_UNEXPECTED = _NUMBERS["unexpected_weight"]
_UNEXPECTED_BESIDE_STATUS = _NUMBERS["unexpected_beside_status"]
_UNCOUNTED = _NUMBERS["uncounted_weight"]
# However many clues agree, they do not outweigh everything else.
_MOST = _NUMBERS["highest_factor"]
# A code that is not the last one, and a network error beside a code.
_ASIDE = _NUMBERS["aside_weight"]
_SEVERAL = _NUMBERS["several_codes"]
_SEVERAL_WEIGHT = _NUMBERS["several_weight"]
# So telling is a clue that the text need not speak of an API besides.
_STRONG = _NUMBERS["strong_factor"]
# Two causes fit equally if the second is at least so likely beside the first.
_EQUAL = _NUMBERS["equal_share"]
# A shorter number is a code only where the text says so.
_LONG_CODE = _NUMBERS["long_code_digits"]
# A shorter text of OKX is said of other things too; and so much may stand for its parameter.
_LONG_TEXT = int(_NUMBERS["long_text_characters"])
_GAP = int(_NUMBERS["gap_characters"])
_COVERED = _NUMBERS["covered_share"]
# None of these is in a log; the escape of coloured logs is.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a text says about its error.

    Attributes:
        codes: OKX's codes, or else HTTP statuses, in the order in which they were met.
        causes: The most likely first; empty if nothing is known.
        line: Where it was found, without what must stay secret; may be empty.
        doubt: `guess` if no code, status or failed connection is in the text, `tie` if the first
            two causes fit it equally, `contradiction` if a number and the words beside it
            belong to two codes (the first two causes are then one of each); else empty.
        question: Whose answer decides most, if there is a doubt; else empty.
        guesses: The ids of the causes that nothing in the text supports.
    """

    codes: tuple[str, ...]
    causes: tuple[Cause, ...]
    line: str
    doubt: str = ""
    question: str = ""
    guesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The causes in order, and how far the text supports them.

    Attributes:
        causes: The most likely first.
        guesses: The ids of those that nothing in the text supports.
        is_tied: Whether the first two fit equally.
    """

    causes: tuple[Cause, ...] = ()
    guesses: tuple[str, ...] = ()
    is_tied: bool = False


def explain(text: str) -> Explanation:
    """Read a code, a response or a log, and rank the causes.

    The words may be English, Chinese or those of a dozen other languages. The order is that of
    the 216 reports that were counted for this guide; what the text says besides (a host name,
    the word "demo", a time in milliseconds) moves a cause up. Where fewer than three causes are
    known, those that often look the same follow as guesses.

    Args:
        text: A code such as `50113`, or whatever a program printed. Of a long text, the last
            lines that speak of trouble.

    Examples:
        >>> explain('okx {"msg":"Invalid Sign","code":"50113"}').causes[0].id
        'cred_mixup'
        >>> explain("50113, but only GET /api/v5/account/balance?ccy=BTC").causes[0].id
        'sign_path_query'
    """
    text = _cut_excerpt(text)
    plain_text, masked = _normalize(text), mask(text)
    numbers = _find_codes(plain_text, plain_text if masked == text else _normalize(masked))
    conflict = _find_contradiction(plain_text, numbers)
    codes = _keep_last([*conflict, *numbers])
    if set(codes) <= set(load_clues()["levels"]):
        # A success, of the login perhaps, says nothing of what was refused after it, and 1 and 2
        # nothing of what was refused inside.
        codes = _find_messages(plain_text) or codes
    statuses = () if codes else _find_statuses(plain_text)
    entries = _weigh_entries(codes, statuses, _find_state(plain_text), conflict)
    ranking = _rank(entries, codes, plain_text, conflict)
    doubt = _name_doubt(entries, ranking, conflict)
    return Explanation(
        codes or statuses,
        ranking.causes,
        _find_line(masked, codes or statuses),
        doubt,
        _choose_question(doubt, ranking.causes, plain_text),
        ranking.guesses,
    )


def read(data: bytes) -> str:
    """Decode what was pasted, piped or logged, also by a Chinese or a Windows machine.

    Args:
        data: UTF-8, UTF-16 with its mark, GB 18030, or the Western code page.

    Raises:
        ValueError: It is not text.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(_CONTROL.findall(text)) * 50 <= len(text):
            return text
    raise ValueError("That is not text: paste the code or the message that you saw.")


def to_json(explanation: Explanation) -> str:
    """Return codes and causes as JSON, and nothing of the text."""
    listed = [asdict(cause) for cause in explanation.causes]
    content = {
        "codes": explanation.codes,
        "causes": listed,
        "doubt": explanation.doubt,
        "question": explanation.question,
        "guesses": explanation.guesses,
    }
    return json.dumps(content, ensure_ascii=False)


def describe(explanation: Explanation) -> str:
    """Return what is known in words, for a terminal."""
    lines = []
    for code in explanation.codes:
        known = facts.load("errors").get(code)
        meaning = known.meaning if known else ""
        meaning = meaning or load_messages().get(code, "")
        lines.append(f"{code}  {meaning}" if meaning else code)
    if explanation.line not in ("", *explanation.codes):
        lines.append(f"In: {explanation.line}")
    if explanation.doubt:
        lines += [load_clues()["doubts"][explanation.doubt]]
        lines += [f"To decide it: {explanation.question}"]
    if explanation.causes:
        lines += ["", "Causes, the likeliest first:"]
    for number, cause in enumerate(explanation.causes, 1):
        lines += ["", f"{number}. {cause.cause}"]
        if cause.id in explanation.guesses:
            lines += [f"   {load_clues()['unsupported']}"]
        lines += [f"   Check: {cause.check}"]
        lines += [f"   Do:    {cause.fix}", f"   Page:  {locate(cause.page)}"]
    return "\n".join(lines)


def mask(text: str) -> str:
    """Return a text without API keys, secrets, signatures, passphrases and addresses.

    It would rather hide too much: what follows `passphrase:` goes up to the end of the line.

    Examples:
        >>> mask("passphrase='Fake-1', code 50105, from 203.0.113.7")
        'passphrase=<hidden>, code 50105, from <address>'
    """
    for name, pattern in _load_masks():
        text = pattern.sub(rf"\1<{name}>", text)
    return text


@cache
def _load_masks() -> list[tuple[str, re.Pattern[str]]]:
    flags = re.ASCII | re.IGNORECASE
    return [(name, re.compile(pattern, flags)) for name, pattern in load_clues()["masks"]]


# A text is asked for two hundred patterns: the cache of `re` takes longer than most of them.
@cache
def _compile(pattern: str) -> re.Pattern[str]:
    # ASCII, so that \w, \d and \b mean what they mean in JavaScript.
    return re.compile(pattern, re.ASCII)


def _cut_excerpt(text: str) -> str:
    """Return a long text without the lines that say nothing, and without its beginning."""
    if len(text) <= _ENOUGH:
        return text
    trouble = _compile(load_clues()["trouble"])
    lines = [line for line in _split_lines(text) if trouble.search(line.lower())]
    return "\n".join(lines)[-_ENOUGH:]


def _split_lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        for start in range(0, len(line), _LINE):
            yield line[start : start + _LINE]


def _normalize(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"\\u(?!d[89a-f])([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    text = text.replace("&quot;", '"').replace("&#39;", "'")
    # JSON in a query has its quotes encoded.
    if "%22" in text:
        text = re.sub(r"%([2-7][0-9a-f])", lambda match: chr(int(match[1], 16)), text)
    text = _compile(load_clues()["slip"]).sub(_repair_slip, text)
    return re.sub(r"[ \t\r\f\v\u00a0]+", " ", text)


def _repair_slip(match: re.Match[str]) -> str:
    """Return a number in which a picture's reader took 0 for O, or 1 for l."""
    number = match[0]
    letters = number.count("o") + number.count("l")
    return number.replace("o", "0").replace("l", "1") if letters <= 2 else number


def _find_codes(plain_text: str, masked: str) -> tuple[str, ...]:
    """Return OKX's codes in a text, each once, in the order in which they were met last.

    A number that is no known code counts only where the text calls it one, and only if it is
    not part of something that must not be shown.
    """
    patterns, whole = load_clues(), masked.strip()
    named = [
        (match.start(1), match[1]) for match in _compile(patterns["code"]).finditer(plain_text)
    ]
    leading = [
        (match.start(1), match[1]) for match in _compile(patterns["leading"]).finditer(plain_text)
    ]
    alone = [
        (match.start(1), match[1]) for match in _compile(patterns["number"]).finditer(plain_text)
    ]
    stated = {match.start(1) for match in _compile(patterns["stated"]).finditer(plain_text)}
    closed = _compile(patterns["closed"]).search(plain_text) or re.fullmatch("[0-9]+", whole)
    known = [(at, code) for at, code in [*named, *leading] if _find_entry(code)]
    known += [
        (at, code)
        for at, code in alone
        if code in causes.load_catalogue()
        and (len(code) >= _LONG_CODE or closed)
        and not _is_amount(plain_text, at)
        # Most of OKX's codes are rarer than a price of that size.
        and (code not in facts.texts() or at in stated)
    ]
    if not known:
        known = [
            (match.start(1), match[1])
            for match in _compile(patterns["code"]).finditer(masked)
            if len(match[1]) >= _LONG_CODE
        ]
    if not known:
        # 1 and 2 say that the code is one level down, so they count if it is not there.
        known = [
            (match.start(1), match[1]) for match in _compile(patterns["level"]).finditer(plain_text)
        ]
    if not known and re.fullmatch(patterns["bare_code"], whole):
        known = [(0, whole)]
    return _keep_last([code for _, code in sorted(known)])


def _keep_last(codes: list[str]) -> tuple[str, ...]:
    """Return each code once, where it stood last."""
    return tuple(reversed(dict.fromkeys(reversed(codes))))


def _is_amount(plain_text: str, at: int) -> bool:
    """Say whether what stands before a number makes it a price, a port or the like."""
    return _compile(load_clues()["amount"]).search(plain_text[max(0, at - 40) : at]) is not None


def _find_contradiction(plain_text: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the code whose words stand beside the last code, if they are not that code's own.

    These are the words of the last msg, or else those that follow the number.
    """
    if not codes or not _find_entry(codes[-1]) or codes[-1][:2] not in ("50", "60"):
        return ()
    messages = _compile(load_clues()["message"]).findall(plain_text)
    if not messages:
        rest = plain_text[plain_text.rindex(codes[-1]) :]
        messages = _compile(load_clues()["beside"]).findall(rest)
    rows = [
        (code, *siblings)
        for code, pattern, *siblings in load_clues()["said"]
        if messages and _compile(pattern).search(messages[-1])
    ]
    if not rows or any(set(row) & set(codes) for row in rows):
        return ()
    # Two codes of one cause are no contradiction.
    likely = {_compute_shares(_find_entry(code))[0][0].id for code in (rows[0][0], codes[-1])}
    return rows[0][:1] if len(likely) > 1 else ()


def _find_messages(plain_text: str) -> tuple[str, ...]:
    """Return the codes whose words stand in a text without their number."""
    patterns = load_clues()
    place = 0
    if _compile(patterns["older"]).search(plain_text):
        place = 2
    elif _compile(patterns["websocket"]).search(plain_text):
        place = 1
    codes = [
        ([code, *siblings] + [""] * 2)[place] or code
        for code, pattern, *siblings in patterns["said"]
        if _compile(pattern).search(plain_text)
    ]
    codes += _find_quotes(plain_text)
    inner = [code for code in codes if code not in patterns["levels"]]
    rare = "" if inner else find_message(plain_text)
    return _keep_last([rare] if rare else inner or codes)


def _find_quotes(plain_text: str) -> list[str]:
    """Return the codes whose text at OKX is quoted, and not as a part of a longer text."""
    quotes = [
        (match.start(), match.end(), code)
        for code, opening, pattern in _load_quotes()
        if opening in plain_text and (match := pattern.search(plain_text))
    ]
    return [
        code
        for start, end, code in sorted(quotes)
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b, _ in quotes)
    ]


@cache
def _load_quotes() -> list[tuple[str, str, re.Pattern[str]]]:
    """Return each code with the first words of its text at OKX, and the pattern of its sentence.

    Texts that a pattern of `said` covers are not among them.
    """
    errors = facts.load("errors")
    patterns = [_compile(pattern) for _, pattern, *_ in load_clues()["said"]]
    quotes: dict[str, tuple[str, str, re.Pattern[str]]] = {}
    for code, fact in sorted(errors.items(), key=lambda item: int(item[0])):
        text = _cut_sentence(fact.value["message"])
        matches = [match for pattern in patterns if (match := pattern.search(text))]
        is_covered = any(len(match[0]) >= _COVERED * len(text) for match in matches)
        pieces = [piece.strip() for piece in text.split("{}") if piece.strip()]
        if len("".join(pieces)) >= _LONG_TEXT and not is_covered:
            gap = rf"[^\n]{{1,{_GAP}}}?"
            words = gap.join(re.escape(piece) for piece in pieces).replace("'", "['’]")
            opening = pieces[0].partition("'")[0]
            quotes.setdefault(text, (code, opening, _compile(rf"(?<![a-z]){words}")))
    return list(quotes.values())


def _cut_sentence(message: str) -> str:
    """Return the first sentence of a message that is long enough to be looked for."""
    text = re.sub(r"\{[^}]*\}", "{}", _normalize(message)).replace("’", "'")
    sentences = (sentence.rstrip(". ") for sentence in text.split(". "))
    long = (text for text in sentences if len(text) >= _LONG_TEXT)
    return next((text for text in long if not text.startswith("please ")), "")


def _find_statuses(plain_text: str) -> tuple[str, ...]:
    statuses = [
        match[1]
        for pattern in load_clues()["status"]
        for match in _compile(pattern).finditer(plain_text)
    ]
    return tuple(dict.fromkeys(status for status in statuses if _find_entry(status)))


def _find_state(plain_text: str) -> tuple[str, ...]:
    """Return the first two ways of getting no answer that a text speaks of."""
    states = [
        name for name, pattern in load_clues()["states"] if _compile(pattern).search(plain_text)
    ]
    return tuple(states[:2])


def _find_entry(code: str) -> str:
    """Return the name under which the catalogue has a code or status; "" if it has none."""
    group = {3: f"{code[0]}xx", 5: f"{code[:2]}xxx"}.get(len(code), "")
    for name in (code, group, _match_older_code(code)):
        if name in causes.load_catalogue():
            return name
    return ""


def _match_older_code(code: str) -> str:
    return "older" if re.fullmatch(load_clues()["older_code"], code) else ""


def _weigh_entries(
    codes: tuple[str, ...],
    statuses: tuple[str, ...],
    states: tuple[str, ...],
    conflict: tuple[str, ...],
) -> list[tuple[str, float]]:
    """Return the lists of causes that count, with their weight: most of all the last code.

    The code whose words stand beside another number counts as much as that number.
    """
    names = [name for code in codes or statuses if (name := _find_entry(code))]
    if not names:
        return [] if codes else list(zip(states, (1.0, _ASIDE), strict=False))
    # A code is an answer, so the connection was made: a closed port is not behind it.
    open_states = [state for state in states[:1] if state not in load_clues()["alone"]]
    equal = [_find_entry(code) for code in conflict]
    aside = [(name, 1.0 if name in equal else _ASIDE) for name in [*names[:-1], *open_states]]
    return [*aside, (names[-1], 1.0)]


def _rank(
    entries: list[tuple[str, float]],
    codes: tuple[str, ...],
    plain_text: str,
    conflict: tuple[str, ...],
) -> _Ranking:
    by_name = {name: cause for name, (cause, _) in causes.load_kinds().items()}
    times = _weigh_clues(codes, plain_text)
    is_strong = max(times.values(), default=0) >= _STRONG
    if codes and not entries and not is_strong:
        # A code that nobody knows, and no words that say what it is.
        return _Ranking()
    weights: dict[str, float] = {}
    for name, weight in entries:
        for cause, share in _compute_shares(name):
            weights[cause.id] = weights.get(cause.id, 0.0) + weight * share
            by_name[cause.id] = cause
    if len(codes) >= _SEVERAL:
        weights["multiple"] = _SEVERAL_WEIGHT
    if not weights:
        if not is_strong and not _compile(load_clues()["context"]).search(plain_text):
            return _Ranking()
        # Whoever says no more than that something fails gets the most frequent, as a guess.
        suggested = [name for name in times if times[name] >= 1]
        reasons = ["denied"] if suggested or codes else ["denied", "vague"]
        is_open = any(_compile(load_clues()[name]).search(plain_text) for name in reasons)
        likely = causes.load_kinds() if is_open else suggested
        weights = {
            name: causes.load_kinds()[name][1] / facts.causes()["reports"] for name in likely
        }
    # A status alone says little, so the words count for more.
    unexpected = _UNEXPECTED if codes else _UNEXPECTED_BESIDE_STATUS
    scores = {
        name: weights.get(name, unexpected) * times.get(name, 1.0)
        for name in dict.fromkeys([*weights, *(name for name in times if times[name] >= 1)])
    }
    order = sorted(scores, key=lambda name: -scores[name])
    if conflict:
        order = _put_first(order, [codes[-1], *conflict], times)
    supported = _find_supported(entries, times)
    if not plain_text.strip().isdecimal():
        order = _fill(order, times, codes)
    pair = order[:2]
    tied = len(pair) > 1 and supported >= set(pair) and _is_tied(pair, scores, weights, times)
    listed = order[:_LISTED]
    guesses = tuple(name for name in listed if name not in supported)
    return _Ranking(tuple(by_name[name] for name in listed), guesses, tied)


def _put_first(order: list[str], codes: list[str], times: dict[str, float]) -> list[str]:
    """Return causes with the likeliest of each code before all others."""
    first: list[str] = []
    for code in codes:
        shares = {cause.id: share for cause, share in _compute_shares(_find_entry(code))}
        own = [name for name in shares if name not in first]
        first += sorted(own, key=lambda name: -shares[name] * times.get(name, 1.0))[:1]
    return [*first, *(name for name in order if name not in first)]


def _fill(order: list[str], times: dict[str, float], codes: tuple[str, ...]) -> list[str]:
    """Return causes with those behind them that often look the same, up to a small number.

    What the words or an answer rule out is left out.
    """
    likely = [name for cause in order for name in load_clues()["companions"][cause]]
    excluded = {load_clues()["unanswered"]} if codes else set()
    filling = [name for name in likely if times.get(name, 1.0) >= 1 and name not in excluded]
    return list(dict.fromkeys([*order, *filling]))[: max(_FILLED, len(order))]


def _find_supported(entries: list[tuple[str, float]], times: dict[str, float]) -> set[str]:
    """Return the causes that the words speak of, or that belong to a code or status.

    What was never reported with a code belongs to it only if it is its first cause, and what a
    code's family has is a guess.
    """
    belonging = {
        cause.id
        for name, _ in entries
        if not name.endswith("xxx")
        for place, (cause, reports) in enumerate(causes.load_catalogue()[name])
        if reports or not place
    }
    return belonging | {name for name, factor in times.items() if factor > 1}


def _is_tied(
    pair: list[str], scores: dict[str, float], weights: dict[str, float], times: dict[str, float]
) -> bool:
    """Say whether two causes are equally likely, or the words speak strongly for both.

    Words do not make a cause equal that the code does not suggest.
    """
    first, second = pair
    are_strong = all(name in weights and times.get(name, 1.0) >= _STRONG for name in pair)
    return are_strong or scores[second] >= _EQUAL * scores[first]


def _name_doubt(
    entries: list[tuple[str, float]], ranking: _Ranking, conflict: tuple[str, ...]
) -> str:
    if conflict:
        return "contradiction"
    if ranking.is_tied:
        return "tie"
    return "guess" if ranking.causes and not entries else ""


def _compute_shares(name: str) -> list[tuple[Cause, float]]:
    """Return the causes of an entry with the share of its reports that each has."""
    rows = causes.load_catalogue()[name]
    counts = [reports or _UNCOUNTED / place for place, (_, reports) in enumerate(rows, 1)]
    return [(cause, count / sum(counts)) for (cause, _), count in zip(rows, counts, strict=True)]


def _weigh_clues(codes: tuple[str, ...], plain_text: str) -> dict[str, float]:
    """Return how many times likelier what a text says makes each kind of cause."""
    times: dict[str, float] = {}
    known = {*codes, *map(_find_entry, codes)}
    if not codes and _compile(load_clues()["context"]).search(plain_text):
        known = {"none"}
    for name, factor, pattern, only in _load_rules():
        if (not only or only & known) and pattern.search(plain_text):
            times[name] = min(times.get(name, 1.0) * factor, _MOST)
    if len(codes) < _SEVERAL:
        times.pop("multiple", None)
    return times


@cache
def _load_rules() -> list[tuple[str, float, re.Pattern[str], frozenset[str]]]:
    """Return each clue: its cause, its factor, its pattern, and the codes it is for, if not all."""
    return [
        (name, factor, _compile(pattern), frozenset(" ".join(only).split()))
        for name, factor, pattern, *only in load_clues()["clues"]
    ]


def _choose_question(doubt: str, ranked: tuple[Cause, ...], plain_text: str) -> str:
    """Return the question whose answer decides most; "" if there is no doubt."""
    if doubt == "tie":
        pair = [cause.id for cause in ranked[:2]]
        decisive: list[list[str]] = load_clues()["decisive"]
        kind, question = next(row for row in decisive if row[0] in pair)
        answer = pair.index(kind) + 1
        return f"{question} Yes: cause {answer}. No: cause {3 - answer}."
    questions: list[list[str]] = load_clues()["questions"].get(doubt, [])
    return next((text for pattern, text in questions if _compile(pattern).search(plain_text)), "")


def _find_line(masked: str, codes: tuple[str, ...]) -> str:
    """Return the line that shows the last code, as plain characters, cut to what is read."""
    lines = [line for line in masked.split("\n") if codes and codes[-1] in line]
    plain = "".join(char if char.isprintable() else " " for char in "".join(lines[-1:]))
    plain = " ".join(plain.split())
    if len(plain) <= _SHOWN:
        return plain
    start = max(0, plain.index(codes[-1]) - _SHOWN // 2)
    end = start + _SHOWN
    return f"{'…' if start else ''}{plain[start:end]}{'…' if end < len(plain) else ''}"
