"""Write the facts into the pages: `python -m scripts.docs.tables docs`.

A page marks where a table goes, and the table stands in the page, so that what is in the
file is what is published:

    <!-- facts: hosts -->
    (written by this module)
    <!-- /facts -->
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from okx_guide import facts
from okx_guide.diagnose.catalogue import catalogue
from okx_guide.explain import causes
from okx_guide.explain.clues import clues
from okx_guide.facts import Fact

# Pages of the site that are folders.
_FOLDERS = ("troubleshooting", "security")
_REGION = re.compile(r"(<!-- facts: ([^ ]+) -->\n).*?(<!-- /facts -->)", re.DOTALL)


def fill(page: str) -> str:
    """Return the text of a page with every marked table written anew.

    Raises:
        KeyError: A mark names a table or a code that does not exist.
    """
    return _REGION.sub(lambda match: f"{match[1]}\n{_table(match[2])}\n\n{match[3]}", page)


def _table(name: str) -> str:
    made = _TABLES.get(name) or _LISTS.get(name)
    return made() if made else _code(name)


def _code(code: str) -> str:
    """Return what is known of a code or status: meaning, causes, how OKX says it."""
    fact = facts.load("errors").get(code)
    lines = [fact.meaning, ""] if fact else []
    if not fact or code in causes.catalogue():
        lines += [*_causes(code), ""]
    if reason := causes.not_provoked().get(code):
        lines += [f"Not provoked here: {reason}", ""]
    if fact:
        lines += [_said(fact), ""]
    if fact and fact.note:
        lines += [fact.note, ""]
    return "\n".join(lines[:-1])


def _causes(code: str) -> Iterator[str]:
    """Yield the causes of a code as a numbered list, each with check and fix."""
    total = causes.reports_of(code)
    for number, (cause, reports) in enumerate(causes.catalogue()[code], 1):
        counted = f" ({reports} of {total} reports)" if reports else ""
        yield f"{number}. **{cause.cause}**{counted}<br>"
        yield f"    Check: {cause.check}<br>"
        yield f"    Do: {cause.fix} [More on {_topic(cause.page)}]({_file(cause.page)})"


def _topic(page: str) -> str:
    """Return what a page is about, in the words of its address: a link must say where it leads."""
    name = page.partition("#")[0].strip("/").rpartition("/")[2]
    return {"faq": "that question"}.get(name, name.replace("-", " "))


def _file(page: str) -> str:
    """Return the file of a page on the site, as a page in a folder links to it."""
    path, _, anchor = page.partition("#")
    inside = path.strip("/")
    return f"../{inside}{'.md' if inside not in _FOLDERS else '/index.md'}#{anchor}"


def _said(fact: Fact) -> str:
    said = f"OKX says: “{fact.value['message']}”"
    if statuses := fact.value["http_status"]:
        said += f" · HTTP {' or '.join(str(status) for status in statuses)}"
    return f"{said} · {_evidence(fact)}"


def _page_of(fact: Fact) -> str:
    """Return the page that has the entry of a code."""
    if fact.value["where"] != "rest":
        return "websocket"
    return "refused" if fact.id.startswith("50") else "orders"


def _explained(fact: Fact) -> bool:
    """Say whether a code has an entry of its own; success needs none."""
    return bool(fact.meaning) and fact.id in causes.catalogue()


def _code_index() -> str:
    """Return every code with a link to its place; each link is the old place of the code."""
    rows, others = [], []
    for fact in facts.load("errors").values():
        link = f"[{fact.id}]({_page_of(fact)}.md#{fact.id}){{ #{fact.id} }}"
        if _explained(fact):
            rows.append([link, fact.meaning, causes.catalogue()[fact.id][0][0].check])
        elif fact.id in causes.catalogue():
            others.append(link)
    table = _grid(["Code", "What happened", "Look at this first"], rows)
    return f"{table}\n\nLess often met: {' · '.join(others)}"


def _other_codes(page: str) -> str:
    """Return the codes of a page that have no entry of their own."""
    rows, evidence = [], set()
    for fact in facts.load("errors").values():
        if _page_of(fact) == page and not _explained(fact) and fact.id in causes.catalogue():
            cause, _ = causes.catalogue()[fact.id][0]
            rows.append(
                [f"`{fact.id}`{{ #{fact.id} }}", fact.value["message"], cause.check, cause.fix]
            )
            evidence.add(_evidence(fact))
    told = f"All of these: {'; '.join(sorted(evidence))}. No block here provokes them."
    return f"{_grid(['Code', 'OKX says', 'Check', 'Do'], rows)}\n\n{told}"


def _older_codes() -> str:
    """Return the codes that are not of v5, or not of this product, with their causes."""
    rows = []
    for code, found in causes.catalogue().items():
        if re.fullmatch(r"[123]\d{4}", code) or code in _other_product():
            counted = [f"{cause.cause} ({reports})" for cause, reports in found if reports]
            rows.append([code, "; ".join(counted)])
    return _grid(["Code", "Causes, with the number of reports"], sorted(rows))


def _other_product() -> list[str]:
    codes: list[str] = facts.load("rules")["undocumented-codes"].value["codes"]
    return codes


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
    """Return the host of a URL, without its scheme: a table of URLs is too wide."""
    return _code_or_dash(url.removeprefix("https://").removeprefix("wss://"))


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


def _clients(field: str) -> str:
    """Return the client releases that `ws-port-clients` lists under a field, with their origin."""
    fact = facts.load("rules")["ws-port-clients"]
    rows = [[f"`{name}`", where] for name, where in map(_release, fact.value[field])]
    return f"{_grid(['Client', 'Released'], rows)}\n\nEvidence: {_evidence(fact)}."


def _release(text: str) -> tuple[str, str]:
    """Return name and origin of `okx-api 3.2.3 (npm, 2026-09-08)`."""
    name, _, where = text.removesuffix(")").rpartition(" (")
    return name, where


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
    # The stars of a masked key are no emphasis.
    return f"“{value.replace('*', '&#42;')}”" if isinstance(value, str) else str(value)


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
    "clients-8443": partial(_clients, "dial_8443"),
    "clients-443": partial(_clients, "do_not"),
    "headers": _headers,
    "older-guide": _older_guide,
    "sources": _sources,
    "code-index": _code_index,
    "other-codes-refused": partial(_other_codes, "refused"),
    "other-codes-orders": partial(_other_codes, "orders"),
    "other-codes-websocket": partial(_other_codes, "websocket"),
    "older-codes": _older_codes,
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


def causes_module() -> str:
    """Return what the box "paste your error" knows, as a JavaScript module."""
    errors = facts.load("errors").values()
    meanings = {fact.id: [fact.meaning, fact.value["message"]] for fact in errors}
    return _module({**facts.causes(), "clues": clues(), "meanings": meanings})


def mistakes_module() -> str:
    """Return what the signature debugger knows, as a JavaScript module."""
    return _module(catalogue())


# Modules, because a page that may not ask the network for anything may still import one.
MODULES: dict[str, Callable[[], str]] = {
    "javascripts/explain/causes.js": causes_module,
    "javascripts/diagnose/catalogue.js": mistakes_module,
}


def _module(data: Mapping[str, object]) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return (
        "// Written by scripts/docs/tables.py from the JSON files that Python reads.\n"
        f"export default {text};\n"
    )


def main(folder: Path) -> None:
    """Write every table of every page below a folder, and the data of its scripts."""
    texts = {path: fill(path.read_text(encoding="utf-8")) for path in folder.rglob("*.md")}
    modules = {folder / name: module for name, module in MODULES.items()}
    texts |= {path: module() for path, module in modules.items() if path.is_file()}
    for path, text in sorted(texts.items()):
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
