"""The watch finds a dozen planted changes, and is silent about a dozen harmless ones."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from okx_guide import facts
from okx_guide.facts import Source
from scripts.sources import changelog, check, fetch, passages, store
from scripts.sources.check import Observations, check_sources
from scripts.sources.report import Report
from scripts.sources.store import Baseline, BaselineError
from tests.sources.faults import assert_red
from tests.sources.stub import DAY, GUIDE, LOG, TODAY, WINDOW, Reply, StubSite

Change = Callable[[str], str]


def look_at_stub(stage: StubSite, memory: Baseline | None = None) -> tuple[Report, Observations]:
    """Look at the stage."""
    sources = list(stage.make_sources().values())
    return check_sources(sources, memory or stage.make_baseline(), stage.make_fetcher().get, TODAY)


def swap(old: str, new: str) -> Change:
    def change(page: str) -> str:
        assert old in page
        return page.replace(old, new, 1)

    return change


def swap_sections(page: str) -> str:
    """Put the section on time after that on limits."""
    time = page[page.index('<h1 id="time">') : page.index('<h1 id="limits">')]
    return swap('<h1 id="errors">', f'{time}<h1 id="errors">')(swap(time, "")(page))


def move_paragraph(page: str) -> str:
    """Let the paragraph on time stand under Keys."""
    paragraph = f"<p>{WINDOW}</p>"
    return swap('<h1 id="time">', f'{paragraph}<h1 id="time">')(swap(paragraph, "")(page))


def split(page: str) -> str:
    return "\n".join(re.sub(r" +", "\n\t ", line) for line in page.split("\n"))


CHANGES: dict[str, tuple[Change, str, str]] = {
    "a number": (
        swap("30 seconds (error", "15 seconds (error"),
        "missing",
        "rules/timestamp-window",
    ),
    "a code": (swap("(error 50102)", "(error 50112)"), "missing", "errors/50102"),
    "a limit that another section still has": (
        swap("Limit: 20", "Limit: 10"),
        "missing",
        "limits/GET /api/v5/market/ticker",
    ),
    "a message": (swap("Invalid signature.", "Invalid Sign"), "missing", "errors/50113"),
    "a status in a row": (
        swap("<td>50113</td><td>401</td>", "<td>50113</td><td>403</td>"),
        "missing",
        "errors/50113",
    ),
    "a sentence more": (
        swap("not yours.", "not yours. Demo trading allows 60 seconds."),
        "around it has changed",
        "rules/timestamp-window",
    ),
    "a sentence less": (
        swap("Make a key on the website. ", ""),
        "around it has changed",
        "rules/ip-limit",
    ),
    "a word around the quotation": (
        swap("ends with the letter", "may end with the letter"),
        "around it has changed",
        "rules/timestamp-form",
    ),
    "a digit before the quotation": (
        swap("Limit: 20", "Limit: 120"),
        "around it has changed",
        "limits/GET /api/v5/market/ticker",
    ),
    "a paragraph that is gone": (swap(f"<p>{WINDOW}</p>", ""), "missing", "rules/timestamp-window"),
    "a paragraph struck out": (
        swap(f"<p>{WINDOW}</p>", f"<p><del>{WINDOW}</del></p>"),
        "missing",
        "rules/timestamp-window",
    ),
    "a paragraph commented out": (
        swap(f"<p>{WINDOW}</p>", f"<!--<p>{WINDOW}</p>-->"),
        "missing",
        "rules/timestamp-window",
    ),
    "a section with another anchor": (
        swap('id="ticker"', 'id="get-ticker"'),
        "the section \\#ticker is missing",
        "limits/GET /api/v5/market/ticker",
    ),
    "upper case": (
        swap("the letter <code>Z", "the letter <code>z"),
        "around it has changed",
        "rules/timestamp-form",
    ),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda page: page,
    "the day of the last update": swap("22 August 2026", "26 November 2026"),
    "the year of the copyright": swap("Copyright 2026", "Copyright 2027"),
    "navigation": swap('<a href="#limits">Limits</a>', '<a href="/new">New: 15 seconds</a>'),
    "a cookie banner": swap(
        "<nav>", "<div class='banner'>We use 12 cookies. <b>Accept</b></div><nav>"
    ),
    "white space": split,
    "white space within a row": swap(
        "<td>50113</td><td>401</td>", "<td> 50113\n</td>\n<td>401 </td>"
    ),
    "no-break spaces": swap("more than 30 seconds", "more than 30&nbsp;seconds"),
    "classes and attributes": lambda page: page.replace("<p>", '<p class="x1" data-id="7">'),
    "other elements": swap(f"<p>{WINDOW}</p>", f"<div><span>{WINDOW}</span></div>"),
    "emphasis and links": swap("30 seconds (error", "<b>30 sec</b>onds <a href='/x'>(</a>error"),
    "entities": swap("server’s own clock – not", "server&rsquo;s own clock &#8211; not"),
    "straight quotation marks and dashes": swap(
        "server’s own clock – not", "server's own clock - not"
    ),
    "soft hyphens": swap("milliseconds, and", "milli&shy;seconds, and"),
    "sections in another order": swap_sections,
    "a long passage in another section": move_paragraph,
    "a paragraph more": swap(
        '<h1 id="time">Time</h1>', '<h1 id="time">Time</h1><p>Since 2020.</p>'
    ),
    "a row more": swap(
        "<tr><td>50113", "<tr><td>50110</td><td>401</td><td>IP</td></tr><tr><td>50113"
    ),
    "another script": swap('"build": "1.0"', '"build": "1.1", "quote": "15 seconds"'),
    "the limit of another section": swap(
        "Books</h2>\n<p>Rate Limit: 20", "Books</h2>\n<p>Limit: 9"
    ),
    "a page without end tags": lambda page: re.sub("</(p|li|td|tr)>", "", page),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_and_names_its_fact(stage: StubSite, name: str) -> None:
    change, kind, fact = CHANGES[name]
    stage.replies["/guide"] = Reply(change(GUIDE))

    report, _ = look_at_stub(stage)

    [finding] = report.findings
    assert fact in finding.facts
    assert kind in report.to_markdown()
    assert f"`{fact}`" in report.to_markdown()
    assert report.exit_code == 1
    assert report.same == 4


@pytest.mark.parametrize("name", HARMLESS)
def test_nothing_is_said_of_what_is_harmless(stage: StubSite, name: str) -> None:
    stage.replies["/guide"] = Reply(HARMLESS[name](GUIDE))

    report, _ = look_at_stub(stage)

    assert report.findings == []
    assert (report.exit_code, report.same) == (0, 5)


def test_there_are_a_dozen_of_each() -> None:
    assert len(CHANGES) >= 12
    assert len(HARMLESS) >= 12


# Each guard, how it could be broken, and what would go wrong then.
FAULTS: dict[str, tuple[object, str, object, str]] = {
    "white space counts": (passages, "_UNSEEN", re.compile("`"), "white space within a row"),
    "dashes count": (passages, "_ALIKE", {}, "straight quotation marks and dashes"),
    "what nobody sees counts": (passages, "_SKIPPED", frozenset(), "a paragraph struck out"),
    "edges do not count": (passages.Text, "has_edge", lambda *_: True, "a sentence more"),
    "sections do not count": (passages, "SHORT", 0, "a limit that another section still has"),
    "digests do not count": (passages, "_hash", lambda _: "0", "upper case"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_guard_is_noticed(
    stage: StubSite, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    owner, attribute, broken, case = FAULTS[name]
    change = CHANGES[case][0] if case in CHANGES else HARMLESS[case]
    stage.replies["/guide"] = Reply(change(GUIDE))
    right = bool(look_at_stub(stage)[0].findings)
    monkeypatch.setattr(owner, attribute, broken)

    wrong = bool(look_at_stub(stage)[0].findings)

    assert right == (case in CHANGES)
    assert wrong != right


# --- pages that cannot be compared ------------------------------------------------------

LOGIN = "<html lang=en><title>OKX</title><body><h1>Log in</h1><input type=password></body></html>"
SHELL = "<html><body><div id=root></div><noscript>Turn on JavaScript.</noscript><script></script>"
ERROR = "<html><title>404</title><body><h1>Page not found</h1><p>Go home.</p></body></html>"
SPANISH = (
    GUIDE.replace('lang="en"', 'lang="es"')
    .replace("seconds", "segundos")
    .replace("Invalid", "No es")
    .replace("key", "clave")
    .replace("UTC", "la hora UTC")
)
CHINESE = "<html><body>" + "<p>请求必须在三十秒之内到达，否则会被拒绝。</p>" * 99 + "</body></html>"
BAD: dict[str, tuple[Reply, str]] = {
    "an error": (Reply("<p>Oops</p>", 500), "answers with an error (HTTP 500)"),
    "closed": (Reply("<p>No</p>", 403), "closed to this program (HTTP 403)"),
    "an error page": (Reply(ERROR), "it answers with an error page (404 Page not found"),
    "a login": (Reply(LOGIN), "it asks to log in"),
    "a login in words": (Reply("<p>Please sign in to go on.</p>"), "it asks to log in"),
    "a login elsewhere": (
        Reply("", 302, headers={"Location": "/account/login?to=guide"}),
        "it asks to log in, at",
    ),
    "a script": (Reply(SHELL), "it has no readable text"),
    "nothing": (Reply(""), "it has no readable text"),
    "another language": (Reply(SPANISH), "it is in another language (es; en was kept)"),
    "another script": (Reply(CHINESE), "it is in another language than the quotation"),
    "a PDF": (Reply(b"%PDF-1.7", kind="application/pdf"), "it is not HTML but application/pdf"),
    "JSON": (Reply("{}", kind="application/json"), "it is not HTML but application/json"),
    "no type": (Reply("hello", kind=""), "it is not HTML but of no type"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_page_that_cannot_be_compared_is_named_with_its_facts(stage: StubSite, name: str) -> None:
    stage.replies["/guide"], message = BAD[name]
    stage.replies["/account/login?to=guide"] = Reply(LOGIN)
    memory = stage.make_baseline()
    memory.passages = [replace(passage, language="en") for passage in memory.passages]

    report, _ = look_at_stub(stage, memory)

    [finding] = report.findings
    assert message in finding.message
    assert finding.kind == "unread"
    assert finding.sources == ("keys", "time", "ticker", "errors")
    assert report.exit_code == 2


def test_a_host_that_is_asked_too_often_is_left_alone(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply("<p>Wait</p>", 429)

    report, _ = look_at_stub(stage)

    assert stage.paths == ["/robots.txt", "/guide"]
    assert [finding.message for finding in report.findings] == [
        "it is asked too often (HTTP 429)",
        "not asked, because of its host: it is asked too often",
    ]
    assert report.exit_code == 2


def test_a_page_of_which_something_is_left_is_compared_whatever_it_looks_like(
    stage: StubSite,
) -> None:
    page = swap("30 seconds (error", "15 seconds (error")(GUIDE.replace('"en"', '"es"'))
    stage.replies["/guide"] = Reply(swap("<nav>", "<input type=password>Log in<nav>")(page))

    report, _ = look_at_stub(stage)

    assert [finding.kind for finding in report.findings] == ["changed"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_a_finding(stage: StubSite, status: int) -> None:
    stage.replies["/guide"] = Reply("<p>Gone</p>", status)

    report, _ = look_at_stub(stage)

    assert [(finding.kind, finding.message) for finding in report.findings] == [
        ("gone", f"it is gone (HTTP {status})")
    ]
    assert report.exit_code == 1


@pytest.mark.parametrize("status", [301, 308])
def test_a_page_that_moved_for_good_is_a_finding_and_compared(stage: StubSite, status: int) -> None:
    stage.replies["/guide"] = Reply("", status, headers={"Location": "/new/guide"})
    stage.replies["/new/guide"] = Reply()

    report, _ = look_at_stub(stage)

    [finding] = report.findings
    assert (finding.kind, finding.message) == (
        "moved",
        f"it has moved for good to {stage.url}/new/guide",
    )
    assert (report.same, report.exit_code) == (5, 1)


@pytest.mark.parametrize(
    ("status", "place"),
    [
        (302, "/elsewhere"),
        (307, "/elsewhere"),
        (301, "/guide/"),
        (301, "/en-eu/guide"),
        (308, "/zh/guide"),
    ],
)
def test_another_slash_or_region_and_a_passing_redirection_are_no_move(
    stage: StubSite, status: int, place: str
) -> None:
    stage.replies["/guide"] = Reply("", status, headers={"Location": place})
    stage.replies[place] = Reply()

    report, _ = look_at_stub(stage)

    assert (report.findings, report.same) == ([], 5)


# --- how often it asks ------------------------------------------------------------------


def test_each_page_is_asked_for_once(stage: StubSite) -> None:
    look_at_stub(stage)

    assert stage.paths == ["/robots.txt", "/guide", "/log_en/"]
    assert stage.clock.waits == [2.0, 2.0]


def test_a_page_that_has_not_changed_is_not_sent_again(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply(headers={"ETag": '"7"'})
    memory = stage.make_baseline()
    _, first = look_at_stub(stage, memory)
    memory.versions |= first.versions

    report, _ = look_at_stub(stage, memory)

    assert stage.requests[-2][1]["If-None-Match"] == '"7"'
    assert (report.findings, report.same) == ([], 5)


def test_a_version_says_nothing_of_passages_kept_later(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply(headers={"ETag": '"7"'})
    memory = stage.make_baseline()
    [lost, *survivors] = memory.passages
    memory.passages = survivors
    _, first = look_at_stub(stage, memory)
    memory.versions |= first.versions
    memory.passages = [replace(lost, digest="0"), *survivors]

    report, _ = look_at_stub(stage, memory)

    assert "If-None-Match" not in stage.requests[-2][1]
    assert [finding.kind for finding in report.findings] == ["changed"]


def test_a_version_with_findings_is_not_kept(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply(CHANGES["a number"][0](GUIDE), headers={"ETag": '"8"'})

    _, later = look_at_stub(stage)

    assert later.versions == {}


def test_a_page_of_which_no_version_is_known_is_asked_for_by_day(stage: StubSite) -> None:
    look_at_stub(stage)

    assert stage.requests[1][1]["If-Modified-Since"] == "Sat, 22 Aug 2026 00:00:00 GMT"


def test_a_source_of_which_nothing_was_kept_is_counted_and_only_looked_for(stage: StubSite) -> None:
    own = Source("okx-bare", "Bare", "https://www.okx.com/bare", DAY)
    bare = Source("bare", "Bare", f"{stage.url}/bare", DAY)
    paper = Source("paper", "Paper", "", DAY)

    def get(url: str, headers: object, *, is_wanted: bool) -> fetch.Answer:
        assert not is_wanted
        return fetch.Answer()

    report, _ = check_sources([own, bare, paper], Baseline(), get, TODAY)

    assert report.exit_code == 0
    text = report.to_markdown()
    assert text.count("Nothing was kept to compare of 2 sources") == 1
    assert "among them OKX's own: okx-bare. Only" in text
    assert "Without an address, and so not watched: 1 source." in text


def test_a_bare_source_that_is_gone_is_a_finding(stage: StubSite) -> None:
    source = Source("bare", "Bare", f"{stage.url}/bare", DAY)

    report, _ = check_sources([source], Baseline(), stage.make_fetcher().get, TODAY)

    assert [finding.kind for finding in report.findings] == ["gone"]


def test_what_was_kept_of_an_unknown_source_is_an_error(stage: StubSite) -> None:
    with pytest.raises(BaselineError, match="keys"):
        check_sources([], stage.make_baseline(), stage.make_fetcher().get, TODAY)


# --- the changelog ----------------------------------------------------------------------


def test_a_new_entry_is_a_finding_with_its_title(stage: StubSite) -> None:
    new = '<h1 id="2026-11-20">2026-11-20</h1><h2>Port 8443</h2><p>It is closed.</p>'
    page = swap('<h1 id="2026-08-20">', f'{new}<h1 id="2026-08-20">')(LOG)
    stage.replies["/log_en/"] = Reply(page)

    report, later = look_at_stub(stage)

    [finding] = report.findings
    assert finding.new == ("2026-11-20: Port 8443",)
    assert "entries that were not there at the last look, on 2026-08-22" in finding.message
    log = later.changelogs[f"{stage.url}/log_en/"]
    assert (log.looked, log.newest) == (TODAY, date(2026, 11, 20))
    assert report.exit_code == 1


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (LOG.replace("h1", "p"), "no heading is a date"),
        (ERROR, "it answers with an error page"),
        (SHELL, "it has no readable text"),
        (LOGIN, "it asks to log in"),
    ],
)
def test_a_changelog_of_another_form_is_named(stage: StubSite, page: str, message: str) -> None:
    stage.replies["/log_en/"] = Reply(page)

    report, later = look_at_stub(stage)

    [finding] = report.findings
    assert message in finding.message
    assert "every fact may be behind it" in finding.message
    assert (finding.kind, later.changelogs) == ("unread", {})


# --- the command ------------------------------------------------------------------------


@pytest.fixture
def command(
    stage: StubSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, Baseline]]:
    """Run the command against the stage, with nothing to wait for."""
    path = tmp_path / "baseline.json"
    store.save(stage.make_baseline(), path)
    monkeypatch.setattr(facts, "sources", stage.make_sources)
    monkeypatch.setattr(check, "Fetcher", lambda _: stage.make_fetcher())

    def run(*arguments: str) -> tuple[int, str, Baseline]:
        result = CliRunner().invoke(check.main, ["--baseline", str(path), *arguments])
        return result.exit_code, result.output, store.load(path)

    return run


def test_the_command_prints_the_report_and_ends_with_its_code(
    stage: StubSite, command: Callable[..., tuple[int, str, Baseline]], tmp_path: Path
) -> None:
    before = command()
    stage.replies["/guide"] = Reply(CHANGES["a sentence more"][0](GUIDE))
    after = command("--report", str(tmp_path / "report.md"))

    assert (before[0], after[0]) == (0, 1)
    assert "As it was kept: 5 passages. No findings." in before[1]
    assert after[1] == (tmp_path / "report.md").read_text(encoding="utf-8") + "\n"
    assert set(after[2].passages) == set(stage.make_baseline().passages)
    assert after[2].versions == {}


@pytest.mark.parametrize(
    ("name", "source"), [("a sentence more", "time"), ("a sentence less", "keys")]
)
def test_what_is_accepted_is_kept_as_it_stands(
    stage: StubSite, command: Callable[..., tuple[int, str, Baseline]], name: str, source: str
) -> None:
    stage.replies["/guide"] = Reply(CHANGES[name][0](GUIDE))
    command("--accept", source)

    code, _, memory = command()

    assert code == 0
    assert memory.changelogs == stage.make_baseline().changelogs


def test_what_is_missing_cannot_be_accepted(
    stage: StubSite, command: Callable[..., tuple[int, str, Baseline]]
) -> None:
    stage.replies["/guide"] = Reply(CHANGES["a number"][0](GUIDE))
    command("--accept", "time")

    assert command()[0] == 1


def test_what_is_written_makes_the_next_look_cheap(
    stage: StubSite, command: Callable[..., tuple[int, str, Baseline]]
) -> None:
    stage.replies["/guide"] = Reply(headers={"ETag": '"7"', "Last-Modified": "yesterday"})
    stage.replies["/log_en/"] = Reply(LOG, headers={"ETag": '"9"'})
    _, _, memory = command("--write")
    command()

    assert memory.versions[f"{stage.url}/guide"].etag == '"7"'
    assert stage.requests[-2][1]["If-Modified-Since"] == "yesterday"
    assert stage.requests[-1][1]["If-None-Match"] == '"9"'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--accept", "nobody"], "sources.json has no nobody"), (["--nonsense"], "No such option")],
)
def test_a_wrong_argument_is_refused(
    command: Callable[..., tuple[int, str, Baseline]], arguments: list[str], message: str
) -> None:
    code, output, _ = command(*arguments)

    assert (code, message in output) == (2, True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"about": "", "passages": [{}]}', "\x00"])
def test_a_broken_file_of_kept_things_is_an_error_without_a_traceback(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")

    result = CliRunner().invoke(check.main, ["--baseline", str(path)])

    assert result.exit_code == 2
    assert "take it from Git again" in result.output


def test_what_is_kept_fits_the_sources_and_is_short() -> None:
    memory = store.load()
    sources = facts.sources()
    known = {name for names in store.group_facts_by_source().values() for name in names}

    assert [row for row in memory.passages if not sources[row.source].url] == []
    assert [row for row in memory.passages if not set(row.facts) <= known] == []
    assert json.loads(store.PATH.read_text(encoding="utf-8"))["about"].endswith(".")
    assert set(memory.changelogs) == {
        "https://www.okx.com/docs-v5/log_en/",
        "https://www.okx.com/docs-v5/log_zh/",
    }


# --- a broken guard is seen -----------------------------------------------------------


def test_it_is_seen_that_statuses_do_not_count(
    stage: StubSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_red(
        monkeypatch,
        fetch,
        "_refuse",
        lambda _: None,
        lambda: test_a_page_that_is_gone_is_a_finding(stage, 404),
    )


def test_it_is_seen_that_redirections_do_not_count(
    stage: StubSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_red(
        monkeypatch,
        fetch,
        "_find_move",
        lambda _: "",
        lambda: test_a_page_that_moved_for_good_is_a_finding_and_compared(stage, 301),
    )


def test_it_is_seen_that_every_redirection_counts(
    stage: StubSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_red(
        monkeypatch,
        fetch,
        "identify_page",
        lambda url: url,
        lambda: test_another_slash_or_region_and_a_passing_redirection_are_no_move(
            stage, 301, "/guide/"
        ),
    )


def test_it_is_seen_that_any_version_will_do(
    stage: StubSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_red(
        monkeypatch,
        check.Page,
        "basis",
        "0",
        lambda: test_a_version_says_nothing_of_passages_kept_later(stage),
    )


def test_it_is_seen_that_what_is_no_page_is_compared(
    stage: StubSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_red(
        monkeypatch,
        passages,
        "find_obstacle",
        lambda *_: "",
        lambda: test_a_page_that_cannot_be_compared_is_named_with_its_facts(stage, "a login"),
    )


def test_it_is_seen_that_the_form_of_the_changelog_does_not_count(
    stage: StubSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_red(
        monkeypatch,
        changelog,
        "FormError",
        Warning,
        lambda: test_a_changelog_of_another_form_is_named(
            stage, LOG.replace("h1", "p"), "no heading is a date"
        ),
    )
