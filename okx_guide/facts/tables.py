"""Write the facts into the pages: `python -m okx_guide.facts.tables docs`.

A page marks where a table goes, and the table stands in the page, so that what is in the
file is what is published:

    <!-- facts: hosts -->
    (written by this module)
    <!-- /facts -->
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from okx_guide import explain, facts
from okx_guide.facts import Fact

_REGION = re.compile(r"(<!-- facts: ([^ ]+) -->\n).*?(<!-- /facts -->)", re.DOTALL)


def fill(page: str) -> str:
    """Return the text of a page with every marked table written anew.

    Raises:
        KeyError: A mark names a table or a code that does not exist.
    """
    return _REGION.sub(lambda match: match[1] + _table(match[2], page) + match[3], page)


def _table(name: str, page: str) -> str:
    if name == "code-index":
        return f"\n{_code_index(page)}\n\n"
    if name == "other-codes":
        return f"\n{_other_codes(page)}\n\n"
    made = _TABLES.get(name) or _LISTS.get(name)
    if made:
        return f"\n{made()}\n\n"
    return f"\n{_code(facts.load('errors')[name])}\n\n"


def _code(fact: Fact) -> str:
    """Return what is known of one code: meaning, causes, first step, how OKX says it."""
    lines = [fact.meaning, ""]
    if fact.causes:
        several = len(fact.causes) > 1
        lines += ["Known causes, the most frequent first:" if several else "Known cause:", ""]
        lines += [f"{number}. {cause}." for number, cause in enumerate(fact.causes, 1)]
        lines.append("")
    lines += [f"**Do this first.** {fact.fix}", ""]
    said = f"OKX says: “{fact.value['message']}”"
    if statuses := fact.value["http_status"]:
        said += f" · HTTP {' or '.join(str(status) for status in statuses)}"
    lines.append(f"{said} · {_evidence(fact)}")
    if fact.note:
        lines += ["", fact.note]
    return "\n".join(lines)


def _code_index(page: str) -> str:
    """Return links to every code with a heading of its own on this page, sorted."""
    codes = sorted(re.findall(r"\{ #(\d+) \}", page), key=int)
    return " · ".join(f"[{code}](#{code})" for code in codes)


def _other_codes(page: str) -> str:
    """Return the explained codes that have no heading of their own on this page."""
    rows = [
        [fact.id, fact.value["message"], fact.meaning, _evidence(fact)]
        for fact in facts.load("errors").values()
        if fact.meaning and f"{{ #{fact.id} }}" not in page
    ]
    return _grid(["Code", "OKX says", "What happened", "Evidence"], rows)


def _hosts() -> str:
    rows, evidence = [], []
    for fact in facts.load("hosts").values():
        value = fact.value
        hosts = [_host(value[name]) for name in ("login", "rest", "ws_live", "ws_demo")]
        rows.append([_site(fact), *hosts])
        told = f"`{fact.id}` {_evidence(fact)}"
        if value["ws_confidence"] != fact.confidence:
            told += f" (its WebSocket: {value['ws_confidence']})"
        evidence.append(told)
    head = ["Site", "You log in at", "REST, live and demo", "WebSocket live", "WebSocket demo"]
    return f"{_grid(head, rows)}\n\nEvidence: {'; '.join(evidence)}."


def _host(url: str) -> str:
    """Return the host of a URL, without scheme and port: a table of URLs is too wide."""
    return _code_or_dash(url.removeprefix("https://").removeprefix("wss://").removesuffix(":8443"))


def _rest_hosts() -> str:
    rows = [
        [_site(fact), f"`{fact.value['login']}`", f"`{fact.value['rest']}`", _evidence(fact)]
        for fact in facts.load("hosts").values()
    ]
    return _grid(["Site", "You log in at", "Your program calls", "Evidence"], rows)


def _site(fact: Fact) -> str:
    region, colon, _ = fact.value["regions"].partition(":")
    return f"`{fact.id}`" + (f" {region}" if colon else "")


def _permissions() -> str:
    rows = [
        [fact.value["label"], f"`{fact.id}`", fact.value["allows"], _evidence(fact)]
        for fact in facts.load("permissions").values()
        if "label" in fact.value
    ]
    return _grid(["On the website", "In the API", "OKX's words", "Evidence"], rows)


def _endpoints() -> str:
    rows = [
        [f"`{fact.id}`", _code_or_dash(fact.value["permission"] or ""), _evidence(fact)]
        for fact in facts.load("permissions").values()
        if "permission" in fact.value
    ]
    return _grid(["Endpoint", "Needs", "Evidence"], rows)


def _limits() -> str:
    rows = []
    for fact in facts.load("limits").values():
        value = fact.value
        name = f"`{fact.id}`" if fact.id.startswith(("GET", "POST")) else fact.id
        rate = f"{value['requests']} in {value['seconds']} s"
        rows.append([name, rate, value["per"] or "not stated"])
    evidence = {_evidence(fact) for fact in facts.load("limits").values()}
    told = f"All of these: {'; '.join(sorted(evidence))}."
    return f"{_grid(['Request', 'At most', 'Counted per'], rows)}\n\n{told}"


def _headers() -> str:
    rows = [
        [f"`{fact.id}`", fact.value["meaning"], f"`{fact.value['example']}`", _evidence(fact)]
        for fact in facts.load("headers").values()
    ]
    return _grid(["Header", "What it holds", "Example", "Evidence"], rows)


def _older_guide() -> str:
    rows = [
        [f"“{fact.value['claim']}”", fact.value["truth"], _evidence(fact)]
        for fact in facts.load("rules").values()
        if fact.id.startswith("older-guide-")
    ]
    return _grid(["The older guide says", "What holds", "Evidence"], rows)


def _rules() -> str:
    return _items("rules")


def _other_facts() -> str:
    return "\n".join(_items(name) for name in ("hosts", "limits", "permissions", "headers"))


def _items(name: str) -> str:
    """Return every fact of a file as a list item: a table would be too wide to read."""
    items = []
    for fact in facts.load(name).values():
        note = f" {fact.note}" if fact.note else ""
        items.append(
            f"- `{fact.id}` {_words(fact.value)}.{note} ({_evidence(fact)}: {_links(fact)})"
        )
    return "\n".join(items)


def _codes() -> str:
    items = []
    for fact in facts.load("errors").values():
        texts = [fact.value["message"], *fact.value["messages"]]
        said = " or ".join(f"“{text}”" for text in texts if text) or "no text"
        statuses = " or ".join(str(status) for status in fact.value["http_status"])
        status = f"HTTP {statuses}, " if statuses else ""
        items.append(f"- `{fact.id}` {status}{said} ({_evidence(fact)}: {_links(fact)})")
    return "\n".join(items)


def _words(value: object) -> str:
    """Return a JSON value as words: `days: 14; only without ip: true`."""
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')}: {_words(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"“{value}”" if isinstance(value, str) else str(value)


def _links(fact: Fact) -> str:
    return ", ".join(
        f"[{number}]({source.url})" if source.url else f"{number} ({source.title})"
        for number, source in enumerate(fact.sources, 1)
    )


def _sources() -> str:
    rows = [
        [str(source.date), f"[{source.title}]({source.url})" if source.url else source.title]
        for source in facts.sources().values()
    ]
    return _grid(["Date", "Source"], rows)


_TABLES: dict[str, Callable[[], str]] = {
    "hosts": _hosts,
    "rest-hosts": _rest_hosts,
    "permissions": _permissions,
    "endpoints": _endpoints,
    "limits": _limits,
    "headers": _headers,
    "older-guide": _older_guide,
    "sources": _sources,
}

_LISTS: dict[str, Callable[[], str]] = {
    "rules": _rules,
    "other-facts": _other_facts,
    "codes": _codes,
}


def _evidence(fact: Fact) -> str:
    return f"{fact.confidence}, {fact.checked}"


def _code_or_dash(text: str) -> str:
    return f"`{text}`" if text else "–"  # noqa: RUF001  # a dash for "nothing" in a table


def _grid(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines
    )


def script() -> str:
    """Return the data of the box "paste your error": what `okx_guide.explain` reads, as a module.

    A module, because a page that may not ask the network for anything may still import one.
    """
    errors = facts.load("errors").values()
    data = {
        **facts.causes(),
        "clues": explain.clues(),
        "meanings": {fact.id: [fact.meaning, fact.value["message"]] for fact in errors},
    }
    made = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"// Written by okx_guide/facts/tables.py from the facts.\nexport default {made};\n"


def main(folder: Path) -> None:
    """Write every table of every page below a folder, and the data of its script."""
    for path in sorted([*folder.rglob("*.md"), *folder.rglob("causes.mjs")]):
        before = path.read_text(encoding="utf-8")
        after = fill(before) if path.suffix == ".md" else script()
        if after != before:
            path.write_text(after, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
