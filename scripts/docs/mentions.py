"""Find what a page says about OKX: codes, hosts, headers, endpoints and amounts, and their facts.

Pages do not mark their facts. This module finds those with a recognisable form, for the tests of
what pages claim and for the day on which a page was last checked. A rule that a page states in
its own words is not found.
"""

import json
import re
from collections.abc import Iterator
from datetime import date

from okx_guide import facts
from okx_guide.facts import Fact

CODE = re.compile(r"(?<![\d.,#-])(?:5[0-9]\d{3}|6[0-4]\d{3}|400[1-9])(?![\d.,-]\d|\d)")
HOST = re.compile(r"[\w.-]+\.(?:okx|okex)\.com|(?<![\w.])okex\.com")
HEADER = re.compile(r"OKX?-ACCESS-[A-Z]+|(?<![\w-])x-[a-z]+-[a-z]+")
ENDPOINT = re.compile(r"/api/v5/[a-z-]+/[a-z/-]+[a-z]")
AMOUNT = re.compile(
    r"(?<![\d.,-])\d[\d,.]* "
    r"(?:seconds|days|idle days|keys|addresses|letters|characters|requests|milliseconds)\b"
)
# The parts of a page that are not prose: other tests compare generated tables with the facts or
# with measurements, and code blocks and their output with a run.
_REGION = re.compile(r"<!-- (facts|measured): .*?<!-- /\1 -->", re.DOTALL)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
# The amounts in rules, as pages write them.
_AMOUNTS = (
    ("timestamp-window", "seconds", "seconds"),
    ("ws-window", "seconds", "seconds"),
    ("ws-keep-alive", "seconds", "seconds"),
    ("ws-upgrade-notice", "seconds_before", "seconds"),
    ("inactivity", "days", "days"),
    ("inactivity", "days", "idle days"),
    ("key-limit", "keys", "keys"),
    ("ip-limit", "addresses", "addresses"),
    ("label", "max_length", "letters"),
    ("passphrase-rule", "max_length", "characters"),
    ("signature-length", "characters", "characters"),
)


def extract_prose(text: str) -> str:
    r"""Return a page with everything but its prose blanked out, in place.

    Examples:
        >>> extract_prose("Run it:\n```\nls\n```\n").split()
        ['Run', 'it:']
    """
    for pattern in (_REGION, _FENCE):
        text = pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    return text


def list_amounts(day: date) -> list[tuple[str, Fact]]:
    """Return every amount that a page may state, in the page's form, each with its fact.

    Args:
        day: The facts are those of this day.
    """
    rules = facts.load("rules", day)
    amounts = [
        (f"{rules[name].value[field]} {unit}", rules[name])
        for name, field, unit in _AMOUNTS
        if name in rules
    ]
    if shape := rules.get("key-shape"):
        lengths = re.findall(r"\d+", json.dumps(shape.value))
        amounts += [(f"{length} characters", shape) for length in lengths]
    for limit in facts.load("limits", day).values():
        amounts.append((f"{limit.value['seconds']} seconds", limit))
        amounts.append((f"{limit.value['requests']} requests", limit))
    return amounts


def find_facts(text: str, day: date) -> Iterator[Fact]:
    """Yield the facts that a text mentions: codes, hosts, headers, endpoints and amounts.

    An amount of a rate limit counts for the endpoint beside it, not by itself.

    Args:
        text: A page, or a line of one.
        day: The facts are those of this day.

    Examples:
        >>> [fact.id for fact in find_facts("50113 from us.okx.com", date(2026, 11, 27))]
        ['50113', 'us']
    """
    codes, hosts, headers, endpoints = (
        set(pattern.findall(text)) for pattern in (CODE, HOST, HEADER, ENDPOINT)
    )
    for name, ids in (("errors", codes), ("headers", headers)):
        yield from (fact for fact in facts.load(name, day).values() if fact.id in ids)
    for fact in facts.load("hosts", day).values():
        if hosts & set(HOST.findall(json.dumps(fact.value))):
            yield fact
    for name in ("limits", "permissions"):
        for fact in facts.load(name, day).values():
            if fact.id.rpartition(" ")[2] in endpoints:
                yield fact
    amounts = set(AMOUNT.findall(text))
    rules = facts.load("rules", day)
    stated = {fact.id for amount, fact in list_amounts(day) if amount in amounts}
    yield from (fact for fact in rules.values() if fact.id in stated)
