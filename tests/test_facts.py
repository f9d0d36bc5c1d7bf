import json
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from okx_guide import facts
from okx_guide.facts import FactError
from scripts.docs import tables
from tests.support.dates import read_page_day

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))
FILES = ["errors", "headers", "hosts", "limits", "permissions", "rules", "texts"]
CONFIDENCE = {"official", "observed", "disputed", "weak"}
ALWAYS = {"id", "value", "sources", "checked", "confidence"}
LIFE = {"since", "until"}
EXPLAINED = {"meaning", "fix", "retry"}


def read_raw(name: str) -> Any:
    text = (ROOT / "okx_guide" / "facts" / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text, object_pairs_hook=refuse_duplicates)


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert sorted(set(names)) == sorted(names)
    return dict(pairs)


ROWS = [row for name in FILES for row in read_raw(name)["facts"]]
ERRORS = facts.load("errors").values()


def test_every_fact_has_known_sources_a_day_and_a_confidence() -> None:
    assert [row["id"] for row in ROWS if not row["sources"]] == []
    assert [row["id"] for row in ROWS if not set(row["sources"]) <= set(facts.sources())] == []
    assert [row["id"] for row in ROWS if row["confidence"] not in CONFIDENCE] == []
    renamed = date(2022, 1, 18)  # nothing before OKX had its name was checked
    assert [row["id"] for row in ROWS if date.fromisoformat(row["checked"]) < renamed] == []


def test_every_fact_has_the_fields_of_its_kind_and_no_others() -> None:
    kinds = [ALWAYS, ALWAYS | {"note"}, ALWAYS | EXPLAINED, ALWAYS | EXPLAINED | {"note"}]
    assert [row["id"] for row in ROWS if set(row) - LIFE not in kinds] == []
    codes = {row["id"] for row in read_raw("errors")["facts"]}
    assert {row["id"] for row in ROWS if set(row) >= EXPLAINED} <= codes


def test_what_is_disputed_says_so_in_a_note() -> None:
    disputed = [row for row in ROWS if row["confidence"] == "disputed"]
    assert disputed
    assert [row["id"] for row in disputed if not row.get("note")] == []


@pytest.mark.parametrize("name", [*FILES, "sources"])
def test_a_file_says_what_it_is_about_and_names_nothing_twice(name: str) -> None:
    content = read_raw(name)
    ids = [
        (row["id"], row.get("since"))
        for row in content["sources" if name == "sources" else "facts"]
    ]
    assert content["about"].endswith(".")
    assert len(set(ids)) == len(ids)


def test_every_source_has_a_title_and_an_address_or_none() -> None:
    sources = read_raw("sources")["sources"]
    assert [row["id"] for row in sources if set(row) != {"id", "title", "url", "date"}] == []
    assert [row["id"] for row in sources if not row["title"].strip()] == []
    address = re.compile(r"(https://[^\s|()<>]+)?")
    assert [row["id"] for row in sources if not address.fullmatch(row["url"])] == []


def test_every_source_is_used() -> None:
    used = [*ROWS, *read_raw("changes")["changes"]]
    assert set(facts.sources()) == {source for row in used for source in row["sources"]}


def test_every_code_is_a_number_and_says_where_it_is_met() -> None:
    assert [fact.id for fact in ERRORS if not re.fullmatch(r"[0-2]|\d{4,5}", fact.id)] == []
    places = {"rest", "websocket", "close"}
    assert [fact.id for fact in ERRORS if fact.value["where"] not in places] == []


def find_disorder(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return the neighbours of which the second does not follow: one was mistyped."""
    pairs = pairwise(codes)
    # Codes that share a text stand together, separated by a blank.
    return [pair for pair in pairs if int(pair[0].split()[0]) >= int(pair[1].split()[0])]


@pytest.mark.parametrize("name", ["documented", "undocumented"])
def test_the_codes_that_have_only_a_text_are_in_order(name: str) -> None:
    [codes] = [fact.value for fact in facts.rows("texts") if fact.id == name]

    assert find_disorder(codes) == []


def test_a_code_that_was_mistyped_is_out_of_order() -> None:
    assert find_disorder(["51002", "61004", "51007 51008"]) == [("61004", "51007 51008")]


def test_every_code_of_rest_has_legal_statuses_and_no_other_has_any() -> None:
    legal = set(HTTPStatus)
    ids = {fact.id for fact in ERRORS if fact.value["where"] == "rest"}
    assert ids == {fact.id for fact in ERRORS if fact.value["http_status"]}
    assert [fact.id for fact in ERRORS if not set(fact.value["http_status"]) <= legal] == []


def test_every_answer_that_was_logged_has_a_known_source_and_a_day() -> None:
    rows = [row for fact in ERRORS for row in fact.value["observed"]]
    assert {row["source"] for row in rows} <= set(facts.sources())
    assert all(date.fromisoformat(row["date"]) for row in rows)


def test_every_explained_code_says_what_to_do_and_whether_to_try_again() -> None:
    explained = [fact for fact in ERRORS if fact.meaning or fact.fix or fact.retry]
    assert [fact.id for fact in explained if not (fact.meaning and fact.fix)] == []
    retries = {"no", "after-fix", "later"}
    assert [fact.id for fact in explained if fact.retry not in retries] == []


def test_every_host_is_one_of_okx_over_tls() -> None:
    for fact in facts.load("hosts").values():
        value = fact.value
        assert re.fullmatch(r"[a-z]+\.okx\.com", value["login"])
        for url in (value["rest"], *value["rest_also"]):
            assert re.fullmatch(r"https://[a-z]+\.okx\.com", url)
        for url in (value["ws_live"], value["ws_demo"]):
            assert re.fullmatch(r"(wss://[a-z]+\.okx\.com)?", url)
        assert value["ws_confidence"] in CONFIDENCE


def test_every_limit_is_a_number_of_requests_in_a_time() -> None:
    limits = facts.load("limits").values()
    assert [fact.id for fact in limits if set(fact.value) != {"requests", "seconds", "per"}] == []
    assert [fact.id for fact in limits if not fact.value["requests"] > 0] == []
    assert [fact.id for fact in limits if not fact.value["seconds"] > 0] == []


def test_permissions_and_endpoints_agree() -> None:
    known = facts.load("permissions")
    described = {name: fact.value for name, fact in known.items() if "label" in fact.value}
    required = {
        name: fact.value["permission"]
        for name, fact in known.items()
        if set(fact.value) == {"permission"}
    }
    assert described.keys() | required.keys() == known.keys()
    assert set(required.values()) <= {None, *described}
    listed = {name: id_ for id_, value in described.items() for name in value["endpoints"]}
    assert listed | required == required | listed
    assert listed.keys() <= facts.load("limits").keys()


def test_every_header_has_a_meaning_and_an_example() -> None:
    for fact in facts.load("headers").values():
        assert set(fact.value) == {"meaning", "example"}
        assert all(fact.value.values())


LAST_DAY = date(2026, 10, 30)
CLOSED = date(2026, 10, 31)
OLD = {"id": "a", "value": 1, "sources": ["s"], "checked": "2026-11-27", "confidence": "weak"}
KNOWN = {"s": facts.Source("s", "A page", "", date(2026, 11, 27))}


def test_the_facts_of_a_day_are_those_that_hold_on_it() -> None:
    before, after = (facts.load("hosts", day)["global"].value for day in (LAST_DAY, CLOSED))
    assert (before["ws_live"], after["ws_live"]) == ("wss://ws.okx.com:8443", "wss://ws.okx.com")


@pytest.mark.parametrize("name", FILES)
def test_every_fact_is_there_once_on_any_day(name: str) -> None:
    rows = facts.rows(name)
    for day in {day for row in rows for day in (row.since, row.until, LAST_DAY) if day}:
        holding = [row.id for row in rows if row.holds_on(day)]
        assert sorted(set(holding)) == sorted(holding)


@pytest.mark.parametrize("day", [LAST_DAY, CLOSED, date(2026, 11, 27), date(2030, 1, 1)])
def test_no_address_that_is_closed_on_a_day_is_a_fact_of_that_day(day: date) -> None:
    assert find_closed_addresses(facts.load("hosts", day), day) == []


def test_an_address_that_was_closed_is_found() -> None:
    planted = facts.load("hosts", LAST_DAY)
    assert find_closed_addresses(planted, LAST_DAY) == []
    addresses = find_closed_addresses(planted, CLOSED)
    assert {"wss://ws.okx.com:8443", "wss://wseeapap.okx.com:8443"} <= set(addresses)


def find_closed_addresses(hosts: dict[str, facts.Fact], day: date) -> list[str]:
    """Return the addresses among the hosts that OKX has closed by a day."""
    values = json.dumps([fact.value for fact in hosts.values()])
    urls = re.findall(r"\w+://[^\"]+", values)
    addresses = []
    for url in urls:
        host, _, port = url.partition("://")[2].partition(":")
        change = facts.find_closure(host, int(port) if port else None, day)
        if change and change.since and change.since <= day:
            addresses.append(url)
    return addresses


def test_a_closure_is_known_from_its_announcement_on() -> None:
    closures = [
        facts.find_closure("ws.okx.com", 8443, day)
        for day in (date(2026, 9, 29), date(2026, 9, 30), CLOSED)
    ]
    assert [change and change.id for change in closures] == [
        None,
        "websocket-port-8443",
        "websocket-port-8443",
    ]


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("ws.okx.com", 443),
        ("ws.okx.com", None),
        ("okx.com.evil.invalid", 8443),
        ("127.0.0.1", 8443),
    ],
)
def test_what_is_open_is_not_called_closed(host: str, port: int | None) -> None:
    assert facts.find_closure(host, port, CLOSED) is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"since": "2026-11-02", "until": "2026-11-01"}, "rules/a ends on 2026-11-01, before it"),
        ({"since": "2026-11-02", "until": "2026-11-02"}, "rules/a ends on 2026-11-02, before it"),
        ({"until": "soon"}, "rules/a has no date in `until`"),
        ({"since": None}, "rules/a has no date in `since`"),
        ({"checked": "27.11.2026"}, "rules/a has no date in `checked`"),
        ({"sources": ["gone"]}, "rules/a names a source that sources.json does not have: gone"),
        ({"valeu": 1}, "rules/a is not a fact"),
    ],
)
def test_a_fact_that_contradicts_itself_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(FactError, match=message):
        facts.parse("rules", [OLD | changed], KNOWN)


def test_two_facts_cannot_claim_the_same_day() -> None:
    for earlier, later in [({}, {}), ({"until": "2026-11-02"}, {"since": "2026-11-01"})]:
        with pytest.raises(FactError, match="rules/a is there twice"):
            facts.parse("rules", [OLD | earlier, OLD | later], KNOWN)

    first, second = {"until": "2026-11-01"}, {"since": "2026-11-01"}
    assert len(facts.parse("rules", [OLD | second, OLD | first], KNOWN)) == 2


def test_a_fact_is_old_after_ninety_days() -> None:
    [fact] = facts.parse("rules", [OLD], KNOWN)
    assert [fact.is_old(day) for day in (date(2027, 2, 25), date(2027, 2, 26))] == [False, True]


@pytest.mark.parametrize(
    ("name", "field"), [("no-such-rule", "seconds"), ("timestamp-window", "hours")]
)
def test_a_rule_that_is_not_there_is_named(name: str, field: str) -> None:
    with pytest.raises(FactError, match=f"rules/{name} has no {field} that is int"):
        facts.rule(name, field, int)


def test_a_rule_of_another_type_is_refused() -> None:
    with pytest.raises(FactError, match="rules/timestamp-window has no seconds that is str"):
        facts.rule("timestamp-window", "seconds", str)


def test_what_changed_is_complete_and_in_order() -> None:
    changes = facts.changes()
    assert [change.announced for change in changes] == sorted(
        (change.announced for change in changes), reverse=True
    )
    assert [
        change.id for change in changes if not (change.title and change.summary and change.affects)
    ] == []
    assert [change.id for change in changes if not (change.action and change.sources)] == []
    assert {change.confidence for change in changes} <= CONFIDENCE
    assert len({change.id for change in changes}) == len(changes)


def test_a_file_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        facts.load("no-such-facts")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_holds_the_facts_as_they_are(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT)
    assert tables.write(text, read_page_day()) == text, (
        f"{name} is behind the facts: run `make docs-update`"
    )


TABLES = [
    "hosts",
    "rest-hosts",
    "permissions",
    "endpoints",
    "limits",
    "headers",
    "older-guide",
    "sources",
    "code-index",
    "other-codes-refused",
    "other-codes-orders",
    "other-codes-websocket",
    "older-codes",
    "clients-8443",
    "clients-443",
]


@pytest.mark.parametrize("table", [*TABLES, "rules", "codes", "50113", "401"])
def test_a_stale_table_is_written_anew_and_then_left_alone(table: str) -> None:
    stale = f"before\n\n<!-- facts: {table} -->\n| 4 November 1999 |\n<!-- /facts -->\n\nafter"
    fresh = tables.fill(stale)
    assert "1999" not in fresh
    assert fresh.startswith(f"before\n\n<!-- facts: {table} -->\n\n")
    assert fresh.endswith("\n\n<!-- /facts -->\n\nafter")
    assert fresh == tables.fill(fresh)


def test_two_tables_of_a_page_do_not_run_into_each_other() -> None:
    page = "<!-- facts: hosts -->\n<!-- /facts -->\nbetween\n<!-- facts: 0 -->\n<!-- /facts -->\n"
    fresh = tables.fill(page)
    assert fresh.count("\nbetween\n") == 1
    assert fresh.count("<!-- /facts -->") == 2


@pytest.mark.parametrize("text", ["", "a page", "<!-- facts: hosts -->", "<!-- a comment -->"])
def test_a_page_without_a_mark_stays_as_it_is(text: str) -> None:
    assert text == tables.fill(text)


@pytest.mark.parametrize("mark", ["host", "99999", "Limits", "../errors"])
def test_an_unknown_mark_is_an_error(mark: str) -> None:
    with pytest.raises(KeyError, match=mark):
        tables.fill(f"<!-- facts: {mark} -->\n<!-- /facts -->")


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_a_table_has_the_cells_of_its_head(table: str) -> None:
    page = tables.fill(f"<!-- facts: {table} -->\n<!-- /facts -->")
    lines = [line for line in page.splitlines() if line.startswith("|")]
    assert len(lines) > 2
    assert {lines[0].count("|")} == {line.count("|") for line in lines}


@pytest.mark.parametrize("table", ["clients-8443", "clients-443"])
def test_every_client_is_listed_with_where_it_was_read(table: str) -> None:
    page = tables.fill(f"<!-- facts: {table} -->\n<!-- /facts -->")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if row[0] == "``" or not row[1]] == []


def test_only_stale_pages_are_written(tmp_path: Path) -> None:
    def update() -> str:
        return subprocess.run(
            [sys.executable, "-m", "scripts.docs.tables", str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    fresh, above, below = tmp_path / "fresh.md", tmp_path / "deep" / "a.md", tmp_path / "b.md"
    above.parent.mkdir()
    mark, end = "<!-- facts: hosts -->\n", "<!-- /facts -->\n"
    fresh.write_text(tables.fill(mark + end), encoding="utf-8")
    above.write_text(f"{mark}~{end}", encoding="utf-8")
    below.write_text(f"{mark}\n\n{end}", encoding="utf-8")
    assert sorted([f"wrote {above}", f"wrote {below}"]) == sorted(update().splitlines())
    assert {tables.fill(mark + end)} == {
        page.read_text(encoding="utf-8") for page in (fresh, above, below)
    }
    assert update() == ""
