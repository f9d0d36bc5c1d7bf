"""Write the facts into the pages: `python -m scripts.docs.tables docs [--on 2026-11-27]`.

A page marks where a table goes, and the table is kept in the page, so that the file is what
is published:

    <!-- facts: hosts -->
    (written by this module)
    <!-- /facts -->

The facts are those of one day: today, unless you name another. The page of all facts records
that day.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from okx_guide import facts
from okx_guide.diagnose.catalogue import load_catalogue
from okx_guide.explain import causes
from okx_guide.explain.clues import read_clues
from okx_guide.facts import Fact
from okx_guide.sandbox.shapes import SHAPES
from scripts.docs import changes, clients
from scripts.docs.anchors import find_anchor
from scripts.docs.days import add_day_option, mark
from scripts.docs.families import FAMILIES
from scripts.docs.page_dates import write_dates
from scripts.docs.stale_facts import has_ended, is_overdue
from scripts.load.row import Ratio
from scripts.page.mistake import load_mistakes

# Pages of the site that are folders.
_FOLDERS = ("troubleshooting", "security")
# The folder of the most frequent codes, which have a page each.
_PAGES = Path(__file__).parents[2] / "docs" / "troubleshooting"
# What `make bench` writes.
_SPEED = Path(__file__).parents[2] / "docs" / "about" / "speed.json"
# So many reports put a code above the families of the index.
_COMMON = 3
_REGION = re.compile(r"(<!-- facts: ([^ ]+) -->\n).*?(<!-- /facts -->)", re.DOTALL)


def fill(page: str, day: date | None = None) -> str:
    """Return the text of a page with every marked table written anew.

    Args:
        page: The text of the page.
        day: The facts are those of this day; of today if it is left out.

    Raises:
        KeyError: A mark names a table or a code that does not exist.
    """
    day = day or facts.today()
    return _REGION.sub(
        lambda match: f"{match[1]}\n{_render_table(match[2], day)}\n\n{match[3]}", page
    )


def write(page: str, day: date) -> str:
    """Return the text of a page with its tables, and the dates of its facts, written anew.

    Args:
        page: The text of the page.
        day: The facts are those of this day.

    Raises:
        KeyError: A mark names a table or a code that does not exist.
    """
    return write_dates(fill(page, day), day)


def _render_table(name: str, day: date) -> str:
    render = _TABLES.get(name) or _LISTS.get(name)
    return render(day) if render else _describe_code(name, day)


def _describe_code(code: str, day: date) -> str:
    """Return what is known about a code or status: meaning, causes, OKX's words."""
    fact = facts.load("errors", day).get(code)
    lines = [fact.meaning, ""] if fact else []
    if not fact or code in causes.load_catalogue():
        lines += [*_list_causes(code), ""]
    if reason := causes.load_not_provoked().get(code):
        lines += [f"Not provoked here: {reason}", ""]
    if fact:
        lines += [_quote(fact), ""]
    if fact and fact.note:
        lines += [fact.note, ""]
    return "\n".join(lines[:-1])


def _list_causes(code: str) -> Iterator[str]:
    """Yield the causes of a code as a numbered list, each with check and fix."""
    total = causes.count_reports(code)
    for number, (cause, reports) in enumerate(causes.load_catalogue()[code], 1):
        count = f" ({reports} of {total} reports)" if reports else ""
        yield f"{number}. **{cause.cause}**{count}<br>"
        yield f"    Check: {cause.check}<br>"
        topic, file = _describe_topic(cause.page), _name_file(cause.page)
        yield f"    Do: {cause.fix} [More on {topic}]({file})"


def _describe_topic(page: str) -> str:
    """Return the subject of a page from its address: a link must say where it leads."""
    name = page.partition("#")[0].strip("/").rpartition("/")[2]
    return {"faq": "that question"}.get(name, name.replace("-", " "))


def _name_file(page: str) -> str:
    """Return the file of a page on the site, as a page in a folder links to it."""
    path, _, anchor = page.partition("#")
    stem = path.strip("/")
    return f"../{stem}{'.md' if stem not in _FOLDERS else '/index.md'}#{anchor}"


def _quote(fact: Fact) -> str:
    quote = f"OKX says: “{fact.value['message']}”"
    if statuses := fact.value["http_status"]:
        quote += f" · HTTP {' or '.join(str(status) for status in statuses)}"
    return f"{quote}{_mark(fact, 'errors')}"


def find_entry(code: str) -> str:
    """Return the link to the entry of a code, from a page in the folder troubleshooting.

    Args:
        code: A code that the facts have.

    Raises:
        KeyError: The facts have no such code.
    """
    if _has_page(code):
        return f"{code}.md"
    return f"{_find_list(facts.load('errors')[code])}.md#{code}"


def _has_page(code: str) -> bool:
    """Say whether a code is so common that it has a page of its own."""
    return (_PAGES / f"{code}.md").is_file()


def _find_list(fact: Fact) -> str:
    """Return the page that lists the codes of a kind which have no page of their own."""
    if fact.value["where"] != "rest":
        return "websocket"
    return "refused" if fact.id.startswith("50") else "orders"


def _has_entry(fact: Fact) -> bool:
    """Return whether a code has an entry of its own; success needs none."""
    return bool(fact.meaning) and fact.id in causes.load_catalogue()


def _render_code_index(day: date) -> str:
    """Return every code with a link to its entry: the most reported, then each family folded."""
    known = [
        fact for fact in facts.load("errors", day).values() if fact.id in causes.load_catalogue()
    ]
    common = [fact for fact in known if _count_reports(fact.id) >= _COMMON]
    common.sort(key=lambda fact: -_count_reports(fact.id))
    parts = [_render_code_rows(common)]
    for family in FAMILIES:
        members = [fact for fact in known if family.has(fact.id) and fact not in common]
        members.sort(key=lambda fact: int(fact.id))
        title = f"{family.numbers}: {family.topic} ({len(members)})"
        parts.append(_fold(title, _render_code_rows(members)))
    return "\n\n".join(parts)


def _render_code_rows(codes: Iterable[Fact]) -> str:
    """Return codes with what OKX says and what it means: for the rare ones, the likely cause."""
    rows = []
    for fact in codes:
        link = f"[{fact.id}]({find_entry(fact.id)}){{ #{fact.id} }}"
        cause, _ = causes.load_catalogue()[fact.id][0]
        # The message stands in the cell beside it.
        meaning = re.sub(r" (OKX|It) says: “.*”$", "", fact.meaning or cause.cause)
        rows.append([link, fact.value["message"], meaning])
    return _render_grid(["Code", "OKX says", "What it means"], rows)


def _fold(title: str, text: str) -> str:
    """Return a part of a page that opens with a click."""
    return f"/// fold | {title}\n{text}\n///"


def _count_reports(code: str) -> int:
    return causes.count_reports(code) if code in causes.load_catalogue() else 0


def _render_other_codes(page: str, day: date) -> str:
    """Return the codes of a page that have no entry of their own, folded."""
    codes = [
        fact
        for fact in facts.load("errors", day).values()
        if _find_list(fact) == page and not _has_entry(fact) and fact.id in causes.load_catalogue()
    ]
    codes.sort(key=lambda fact: int(fact.id))
    rows = []
    for fact in codes:
        cause, _ = causes.load_catalogue()[fact.id][0]
        anchor = f"`{fact.id}`{{ #{fact.id} }}"
        rows.append([anchor, fact.value["message"], cause.check, cause.fix])
    marks = "".join(
        f" `{fact.id}`{_mark(fact, 'errors')}." for fact in codes if fact.confidence != "official"
    )
    grid = _render_grid(["Code", "OKX says", "Check", "Do"], rows)
    title = f"{len(codes)} more codes, {codes[0].id} to {codes[-1].id}, with check and fix"
    return _fold(title, f"{grid}\n\nNo block here provokes these.{marks}")


def _render_older_codes(day: date) -> str:
    """Return the codes of older versions and of other products, with their causes."""
    rows = []
    for code, causes_of_code in causes.load_catalogue().items():
        if re.fullmatch(r"[123]\d{4}", code) or code in _list_other_product(day):
            counts = [f"{cause.cause} ({reports})" for cause, reports in causes_of_code if reports]
            rows.append([code, "; ".join(counts)])
    grid = _render_grid(["Code", "Causes, with the number of reports"], sorted(rows))
    return _fold(f"{len(rows)} codes, with the causes that people report", grid)


def _list_other_product(day: date) -> list[str]:
    codes: list[str] = facts.load("rules", day)["undocumented-codes"].value["codes"]
    return codes


def _render_hosts(day: date) -> str:
    rows = []
    for fact in facts.load("hosts", day).values():
        value = fact.value
        hosts = [_strip_scheme(value[name]) for name in ("login", "rest", "ws_live", "ws_demo")]
        # REST and WebSocket of a site may be known from different sources.
        hosts[1] += _mark(fact, "hosts")
        hosts[2] += _mark(replace(fact, confidence=value["ws_confidence"]), "hosts")
        rows.append([_render_site(fact), *hosts])
    head = ["Site", "You log in at", "REST, live and demo", "WebSocket live", "WebSocket demo"]
    return _render_grid(head, rows)


def _render_picker(day: date) -> str:
    """Return the choices of the picker, which docs/javascripts/theme/hosts.js fills and shows."""
    sites = []
    for number, fact in enumerate(facts.load("hosts", day).values()):
        value = fact.value
        evidence_of_rest = f"REST {fact.confidence}, read {fact.checked}"
        evidence = f"{evidence_of_rest}; WebSocket {value['ws_confidence']}"
        sites.append(
            f'<label><input type="radio" name="site" data-rest="{value["rest"]}" '
            f'data-live="{value["ws_live"]}" data-demo="{value["ws_demo"]}" '
            f'data-evidence="{evidence}"{"" if number else " checked"}> '
            f"<code>{value['login']}</code></label>"
        )
    return _PICKER.format(sites="\n".join(sites))


_PICKER = """<section class="picker" aria-label="Find your hosts" hidden>
<p>Choose yours. The lines below change with it.</p>
<fieldset>
<legend>You log in at</legend>
{sites}
</fieldset>
<fieldset>
<legend>Your key is for</legend>
<label><input type="radio" name="environment" value="demo" checked> demo trading</label>
<label><input type="radio" name="environment" value="live"> live trading</label>
</fieldset>
<dl aria-live="polite">
<dt>REST</dt>
<dd><code data-part="rest"></code></dd>
<dt>WebSocket</dt>
<dd><code data-part="public"></code></dd>
<dd><code data-part="private"></code></dd>
<dd><code data-part="business"></code></dd>
<dt>Header</dt>
<dd><code data-part="header"></code></dd>
<dt>Evidence</dt>
<dd data-part="evidence"></dd>
</dl>
</section>"""


def _strip_scheme(url: str) -> str:
    """Return the host of a URL, without its scheme: a table of URLs is too wide."""
    return _render_code(url.removeprefix("https://").removeprefix("wss://"))


def _render_rest_hosts(day: date) -> str:
    rows = [
        [
            _render_site(fact),
            f"`{fact.value['login']}`",
            f"`{fact.value['rest']}`{_mark(fact, 'hosts')}",
        ]
        for fact in facts.load("hosts", day).values()
    ]
    return _render_grid(["Site", "You log in at", "Your program calls"], rows)


def _render_site(fact: Fact) -> str:
    region, colon, _ = fact.value["regions"].partition(":")
    return f"`{fact.id}`" + (f" {region}" if colon else "")


def _render_permissions(day: date) -> str:
    rows = [
        [fact.value["label"], f"`{fact.id}`", f"{fact.value['allows']}{_mark(fact, 'permissions')}"]
        for fact in facts.load("permissions", day).values()
        if "label" in fact.value
    ]
    return _render_grid(["On the website", "In the API", "OKX's words"], rows)


def _render_endpoints(day: date) -> str:
    endpoints = [
        fact for fact in facts.load("permissions", day).values() if "permission" in fact.value
    ]
    rows = [[f"`{fact.id}`", _render_code(fact.value["permission"] or "")] for fact in endpoints]
    # Each doubtful reading is marked once, for all rows.
    doubtful = {_render_evidence(fact): fact for fact in endpoints if fact.confidence != "official"}
    marks = "".join(_mark(fact, "permissions") for fact in doubtful.values())
    note = f"OKX's pages name no permission for each request: what needs one is our reading{marks}."
    return f"{_render_grid(['Endpoint', 'Needs'], rows)}\n\n{note}"


def _render_refused_params(_: date) -> str:
    """Return what OKX accepts but the practice exchange refuses, as a table."""
    rows = [
        [
            f"`{name}`",
            ", ".join(f"`{param}`" for param, values in shape.refused_params.items() if not values),
            "; ".join(
                f"`{param}`: {', '.join(f'`{value}`' for value in values)}"
                for param, values in shape.refused_params.items()
                if values
            ),
        ]
        for name, shape in SHAPES.items()
        if shape.refused_params
    ]
    return _render_grid(["Endpoint", "Refused", "Only with these values"], rows)


def _render_calls(day: date) -> str:
    """Return the calls that need each permission, as far as a program has to choose."""
    by_permission: dict[str, list[str]] = {"": [], "read_only": [], "trade": [], "withdraw": []}
    for fact in facts.load("permissions", day).values():
        if "permission" in fact.value:
            name = fact.id.replace("/api/v5/", "")
            by_permission[fact.value["permission"] or ""].append(f"`{name}`")
    rows = [
        [f"`{permission}`" if permission else "No key", ", ".join(calls)]
        for permission, calls in by_permission.items()
    ]
    return _render_grid(["Needs", "Calls, without `/api/v5/`"], rows)


def _list_clients(field: str, day: date) -> str:
    """Return the client releases that `ws-port-clients` lists under a field, with their origin."""
    fact = facts.load("rules", day)["ws-port-clients"]
    rows = [[f"`{name}`", origin] for name, origin in map(_parse_release, fact.value[field])]
    return (
        f"{_render_grid(['Client', 'Released'], rows)}\n\nRead in their code{_mark(fact, 'rules')}."
    )


def _parse_release(text: str) -> tuple[str, str]:
    """Return name and origin of `okx-api 3.2.3 (npm, 2026-09-08)`."""
    name, _, origin = text.removesuffix(")").rpartition(" (")
    return name, origin


def _render_client_matrix(_: date) -> str:
    return "\n\n".join([_render_grid(*clients.list_cells()), *clients.list_trials()])


def _render_client_page(page: str, _: date) -> str:
    return clients.describe_page(page)


def _render_limits(day: date) -> str:
    rows = []
    for fact in facts.load("limits", day).values():
        value = fact.value
        name = f"`{fact.id}`" if fact.id.startswith(("GET", "POST")) else fact.id
        rate = f"{value['requests']} in {value['seconds']} s"
        rows.append([name, rate, value["per"] or "not stated"])
        rows[-1][1] += _mark(fact, "limits")
    return _render_grid(["Request", "At most", "Counted per"], rows)


def _render_headers(day: date) -> str:
    rows = [
        [
            f"`{fact.id}`",
            fact.value["meaning"],
            f"`{fact.value['example']}`{_mark(fact, 'headers')}",
        ]
        for fact in facts.load("headers", day).values()
    ]
    return _render_grid(["Header", "What it holds", "Example"], rows)


def _render_older_guide(day: date) -> str:
    rows = [
        [f"“{fact.value['claim']}”", f"{fact.value['truth']}{_mark(fact, 'rules')}"]
        for fact in facts.load("rules", day).values()
        if fact.id.startswith("older-guide-")
    ]
    return _render_grid(["The older guide says", "What is true"], rows)


def _render_rules(day: date) -> str:
    return _list_items("rules", day)


def _render_other_facts(day: date) -> str:
    return "\n".join(
        _list_items(name, day) for name in ("hosts", "limits", "permissions", "headers", "texts")
    )


def _list_items(name: str, day: date) -> str:
    """Return every fact of a file as a list item: a table would be too wide to read."""
    items = []
    for fact in facts.rows(name):
        note = f" {fact.note}" if fact.note else ""
        place = f"`{fact.id}`{_render_anchor(fact, name, day)}{_describe_life(fact, day)}"
        # The texts themselves are with the code that one asks `explain` about.
        count = len(" ".join(fact.value).split()) if name == "texts" else 0
        value = f"{count} codes with their texts" if count else _spell_value(fact.value)
        items.append(f"- {place} {value}.{note} {_render_proof(fact, day)}")
    return "\n".join(items)


def _render_anchor(fact: Fact, name: str, day: date) -> str:
    """Return the anchor of a fact on the page of all facts; empty if it does not hold on a day."""
    return f"{{ #{find_anchor(fact, name)} }}" if facts.load(name, day).get(fact.id) == fact else ""


def _describe_life(fact: Fact, day: date) -> str:
    """Return when a fact ends or has ended, or when one begins that does not hold yet."""
    if fact.until:
        return f" **{'ended' if has_ended(fact, day) else 'ends'} on {mark(fact.until)}**"
    return f" **from {mark(fact.since)}**" if fact.since and fact.since > day else ""


def _render_proof(fact: Fact, day: date) -> str:
    old = ", **old**" if is_overdue(fact, day) else ""
    return f"({_render_evidence(fact)}{old}: {_render_links(fact)})"


def _render_ages(day: date) -> str:
    """Return how many facts are old or have ended on a day, with the day."""
    all_facts = [fact for name in facts.FILES for fact in facts.rows(name)]
    old = sum(is_overdue(fact, day) for fact in all_facts)
    ended = sum(has_ended(fact, day) for fact in all_facts)
    return (
        f"As of {mark(day)}, {old} of {len(all_facts)} facts were last checked more than "
        f"{facts.MAX_AGE_DAYS} days ago, marked **old**; {ended} have ended, and say when."
    )


def _render_changes(_: date) -> str:
    return changes.render_entries()


def _render_codes(day: date) -> str:
    items = []
    for fact in facts.rows("errors"):
        texts = [fact.value["message"], *fact.value["messages"]]
        quote = " or ".join(f"“{text}”" for text in texts if text) or "no text"
        statuses = " or ".join(str(status) for status in fact.value["http_status"])
        status = f"HTTP {statuses}, " if statuses else ""
        anchor = _render_anchor(fact, "errors", day)
        life, proof = _describe_life(fact, day), _render_proof(fact, day)
        items.append(f"- `{fact.id}`{anchor}{life} {status}{quote} {proof}")
    return "\n".join(items)


def _spell_value(value: object) -> str:
    """Return a JSON value as words: `days: 14; only without ip: true`."""
    if isinstance(value, dict):
        return "; ".join(
            f"{key.replace('_', ' ')}: {_spell_value(item)}" for key, item in value.items()
        )
    if isinstance(value, list):
        return ", ".join(_spell_value(item) for item in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    # The asterisks of a masked key are not emphasis.
    return f"“{value.replace('*', '&#42;')}”" if isinstance(value, str) else str(value)


def _render_links(fact: Fact) -> str:
    return ", ".join(
        f"[{number}]({source.url})" if source.url else f"{number} ({source.title})"
        for number, source in enumerate(fact.sources, 1)
    )


def _render_sources(_: date) -> str:
    rows = [
        [str(source.date), f"[{source.title}]({source.url})" if source.url else source.title]
        for source in facts.sources().values()
    ]
    return _render_grid(["Date", "Source"], rows)


def _render_mistakes(_: date) -> str:
    rows = [
        [mistake.title, f"`{mistake.code}`", f"{mistake.why} [More]({_find_file(mistake.page)})"]
        for mistake in load_mistakes()
    ]
    return _render_grid(["Mistake", "Code", "What is wrong"], rows)


def _render_speed(_: date) -> str:
    """Return the results of `make bench`."""
    bench = json.loads(_SPEED.read_text(encoding="utf-8"))
    rows = []
    for row in bench["rows"]:
        ratio = str(Ratio(**row["ratio"])) if row["ratio"] else ""
        rows.append([row["name"], row["beside"], ratio, row["goal"], row["figures"]])
    versions = ", ".join(f"{name} {version}" for name, version in bench["versions"].items())
    conditions = f"Measured on {bench['day']}: {bench['machine']}; {versions}."
    header = ["What", "Beside", "Ratio", "Goal", "On this machine"]
    return f"{conditions}\n\n{_render_grid(header, rows)}"


def _find_file(address: str) -> str:
    """Return the file of a page, and the heading, as a page in a folder of docs links to it."""
    page, _, heading = address.partition("#")
    return f"../{page.rstrip('/')}.md" + (f"#{heading}" if heading else "")


_TABLES: dict[str, Callable[[date], str]] = {
    "hosts": _render_hosts,
    "picker": _render_picker,
    "rest-hosts": _render_rest_hosts,
    "permissions": _render_permissions,
    "endpoints": _render_endpoints,
    "calls": _render_calls,
    "limits": _render_limits,
    "undone": _render_refused_params,
    "clients-8443": partial(_list_clients, "dial_8443"),
    "clients-443": partial(_list_clients, "do_not"),
    "client-matrix": _render_client_matrix,
    **{
        f"client-{page}": partial(_render_client_page, page)
        for page in dict.fromkeys(client.page for client in clients.load_clients())
    },
    "headers": _render_headers,
    "older-guide": _render_older_guide,
    "sources": _render_sources,
    "code-index": _render_code_index,
    "other-codes-refused": partial(_render_other_codes, "refused"),
    "other-codes-orders": partial(_render_other_codes, "orders"),
    "other-codes-websocket": partial(_render_other_codes, "websocket"),
    "older-codes": _render_older_codes,
    "mistakes": _render_mistakes,
    "speed": _render_speed,
}

_LISTS: dict[str, Callable[[date], str]] = {
    "ages": _render_ages,
    "changes": _render_changes,
    "rules": _render_rules,
    "other-facts": _render_other_facts,
    "codes": _render_codes,
}


def _render_evidence(fact: Fact) -> str:
    return f"{fact.confidence}, {fact.checked}"


def _mark(fact: Fact, name: str) -> str:
    """Return a page's remark on a fact that is not official, with a link to its sources.

    Args:
        fact: The fact.
        name: Its file.
    """
    if fact.confidence == "official":
        return ""
    return f" ([{_render_evidence(fact)}](../about/facts.md#{find_anchor(fact, name)}))"


def _render_code(text: str) -> str:
    return f"`{text}`" if text else "–"


def _render_grid(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines
    )


def render_causes_module(day: date) -> str:
    """Return the data of the box "paste your error", as a JavaScript module."""
    errors = facts.load("errors", day).values()
    meanings = {fact.id: [fact.meaning, fact.value["message"]] for fact in errors}
    texts = {codes: text for fact in facts.rows("texts") for codes, text in fact.value.items()}
    data = {"clues": read_clues(), "meanings": meanings, "texts": texts}
    return _render_module({**facts.causes(), **data})


def render_mistakes_module(_: date) -> str:
    """Return the data of the signature debugger, as a JavaScript module.

    The rarer mistakes are the command's: the page would be too heavy with them.
    """
    return _render_module({name: part for name, part in load_catalogue().items() if name != "rare"})


# Modules, because even a page that may not use the network can import them.
MODULES: dict[str, Callable[[date], str]] = {
    "javascripts/explain/causes.js": render_causes_module,
    "javascripts/diagnose/catalogue.js": render_mistakes_module,
}


def _render_module(data: Mapping[str, object]) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return (
        "// Written by scripts/docs/tables.py from the JSON files that Python reads.\n"
        f"export default {text};\n"
    )


def main(arguments: list[str]) -> None:
    """Write every table and every date of every page below a folder, and the data of its script."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.docs.tables",
        description="Write the facts into the pages, and into the data of their scripts.",
    )
    parser.add_argument("folder", type=Path, help="the pages, as docs")
    add_day_option(parser, facts.today())
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder: name the one that has the pages.")
    _update(options.folder, options.on)


def _update(folder: Path, day: date) -> None:
    pages = {path: write(path.read_text(encoding="utf-8"), day) for path in folder.rglob("*.md")}
    modules = {folder / name: module for name, module in MODULES.items()}
    texts = pages | {path: module(day) for path, module in modules.items() if path.is_file()}
    for path, text in sorted(texts.items()):
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
