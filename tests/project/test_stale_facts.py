"""What is true no more is found on its day: each fault is planted, and is found."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from okx_guide import facts
from scripts.docs import stale_facts
from scripts.docs.clients import load_clients
from scripts.docs.mentions import extract_prose, find_facts
from scripts.docs.page_dates import find_checked, find_end, write_dates
from scripts.docs.stale_facts import find_closures, find_ended, find_printed, list_ended
from tests.plugins.blocks import DOCS

LAST_DAY = date(2026, 10, 30)
CLOSED = date(2026, 10, 31)
DAY = date(2026, 11, 27)
DIALS = "Connect to `wss://ws.okx.com:8443/ws/v5/public`."
NEW = {"checked": DAY, "since": None, "until": None}


# --- an address that was closed ---------------------------------------------------------


def list_complaints(text: str, day: date, folder: Path, name: str = "page.md") -> list[str]:
    (folder / name).write_text(text, encoding="utf-8")
    return list(find_printed(folder, [], day))


def test_the_closed_port_is_found_on_its_day_and_not_before(tmp_path: Path) -> None:
    assert list_complaints(DIALS, LAST_DAY, tmp_path) == []

    [complaint] = list_complaints(f"One\n{DIALS}", CLOSED, tmp_path)

    assert complaint.startswith(
        f"{tmp_path / 'page.md'}:2: ws.okx.com:8443 was closed on 31 October 2026. Delete"
    )


@pytest.mark.parametrize("name", ["okx.py", "page.md", "causes.mjs", "a.json", "a.svg", "a.bru"])
@pytest.mark.parametrize(
    "address",
    ["ws.okx.com:8443", "WSEEAPAP.okx.com:8443", "wss://wspap.okx.com:8443/ws", "wsaws.okx.com"],
)
def test_it_is_found_wherever_a_reader_sees_it(name: str, address: str, tmp_path: Path) -> None:
    assert len(list_complaints(f'"{address}"', CLOSED, tmp_path, name)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "wss://ws.okx.com/ws/v5/public",
        "wss://ws.okx.com:443",
        "`wss://ws.okx.com:8443` is closed: leave the port out.",
        "OKX closed ws.okx.com:8443",
        "the host aws.okx.com is gone",
        "port 8443",
        "wss://127.0.0.1:8443",
        "wss://okx.com.example:8443",
        "wss://notokx.com:8443",
        "aws.okx.com.example",
        "",
    ],
)
def test_what_is_open_or_called_closed_is_left_alone(text: str, tmp_path: Path) -> None:
    assert list_complaints(text, DAY, tmp_path) == []


def test_a_closure_is_not_known_before_it_is_announced() -> None:
    assert list(find_closures(DIALS, date(2026, 9, 29))) == []
    [(line, address, closes, change)] = find_closures(DIALS, LAST_DAY)
    assert (line, address, closes, change.ports) == (1, "ws.okx.com:8443", CLOSED, (8443,))


# --- a fact that has ended --------------------------------------------------------------


def make_code(**changed: object) -> facts.Fact:
    fact = facts.load("errors", LAST_DAY)["50113"]
    return replace(fact, **{**NEW, **changed})  # type: ignore[arg-type]  # of any field


def test_only_what_nothing_replaces_has_ended() -> None:
    ended, current = make_code(until=CLOSED), make_code(since=CLOSED)

    assert list_ended([ended], LAST_DAY) == []
    assert [ended] == list_ended([ended], CLOSED)
    assert list_ended([ended, current], CLOSED) == []
    assert list_ended([current], LAST_DAY) == []


def test_a_page_that_states_a_fact_that_has_ended_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended = make_code(until=CLOSED)
    monkeypatch.setattr(
        facts, "load", lambda name, _: {ended.id: ended} if name == "errors" else {}
    )

    assert [(2, ended)] == list(find_ended("# Codes\n50113 is the answer.", [ended]))
    assert list(find_ended("The code 50113 is gone.", [ended])) == []
    assert list(find_ended("50112", [ended])) == []
    (tmp_path / "a.md").write_text("50113", encoding="utf-8")
    assert list(find_printed(tmp_path, [ended], CLOSED)) == [
        f"{tmp_path / 'a.md'}:1: 50113 ended on 31 October 2026. "
        "Write what holds now, or that it has ended."
    ]


# --- a fact that nobody checked ---------------------------------------------------------


def test_the_oldest_fact_comes_first_and_one_that_has_ended_not_at_all() -> None:
    lines = list(stale_facts.find_overdue(DAY))

    ages = [int(re.match(r" *(\d+) days  ", line)[1]) for line in lines]  # type: ignore[index]  # there
    assert ages == sorted(ages, reverse=True)
    assert all(age > facts.MAX_AGE_DAYS for age in ages)
    assert not stale_facts.is_overdue(make_code(checked=date(2020, 1, 1), until=CLOSED), DAY)
    assert stale_facts.is_overdue(make_code(checked=date(2020, 1, 1)), DAY)
    assert list(stale_facts.find_overdue(date(2020, 1, 1))) == []


def test_a_client_that_ran_by_hand_must_be_tried_again() -> None:
    [client] = [client for client in load_clients() if client.trial]
    assert client.trial
    last = client.trial.day + timedelta(days=facts.MAX_AGE_DAYS)
    line = f"   91 days  clients/{client.name}  (by hand, {client.version})"

    assert line in list(stale_facts.find_overdue(last + timedelta(days=1)))
    assert [each for each in stale_facts.find_overdue(last) if "by hand" in each] == []


# --- the command ------------------------------------------------------------------------


def run(folder: Path, day: date) -> int:
    return stale_facts.main([str(folder), "--on", str(day)])


@pytest.fixture
def no_overdue_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale_facts, "find_overdue", lambda _: iter(()))


@pytest.mark.usefixtures("no_overdue_facts")
def test_it_fails_on_the_day_on_which_an_address_closes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.md").write_text(DIALS, encoding="utf-8")

    assert (run(tmp_path, LAST_DAY), run(tmp_path, CLOSED)) == (0, 1)
    assert "page.md:1: ws.okx.com:8443" in capsys.readouterr().out


def test_it_fails_when_a_fact_is_old(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, date(2020, 1, 1)) == 0
    assert run(tmp_path, date(2030, 1, 1)) == 1
    assert "more than 90 days ago" in capsys.readouterr().out


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        stale_facts.main([str(tmp_path), "--on", "tomorrow"])
    assert "'tomorrow' is not a day: write it as 2026-11-27." in capsys.readouterr().err
    assert stale_facts.main([str(tmp_path / "gone")]) == 2
    assert "gone is no folder" in capsys.readouterr().err


# --- the dates of a page ----------------------------------------------------------------


def write_page(body: str, head: str = "time: 1 minute\n") -> str:
    return f"---\n{head}---\n{body}"


def test_the_head_has_the_day_of_the_oldest_official_fact() -> None:
    known = facts.load("errors", DAY)["50113"].checked

    assert f'checked: "{known}"' in write_dates(write_page("It says 50113."), DAY)
    older = "It says 50113. So it is (official, 2026-04-20)."
    assert find_checked(older, DAY) == min(known, date(2026, 4, 20))
    # A report is of its day; and no fact was checked on this one.
    assert known == find_checked("50113 (observed, 2022-01-18)", DAY)
    assert known == find_checked("50113 (official, 2021-02-03)", DAY)


def test_a_page_of_reports_has_their_day_and_one_without_facts_has_none() -> None:
    assert find_checked("It was so (observed, 2022-01-18).", DAY) == date(2022, 1, 18)
    assert write_dates(write_page("Nothing of OKX."), DAY) == write_page("Nothing of OKX.")
    assert write_dates("50113, and no head", DAY) == "50113, and no head"


def test_dates_are_written_anew_and_then_left_alone() -> None:
    old = write_page(
        "50113", 'title: T\nchecked: "1999-01-01"\nends: "1999-01-02"\ntime: 1 minute\n'
    )

    rewritten = write_dates(old, DAY)

    assert "1999" not in rewritten
    assert rewritten.startswith("---\ntitle: T\ntime: 1 minute\nchecked: ")
    assert rewritten == write_dates(rewritten, DAY)


def test_a_page_knows_when_something_on_it_will_end() -> None:
    assert find_end(DIALS, LAST_DAY) == CLOSED
    assert 'ends: "2026-10-31"' in write_dates(write_page(DIALS), LAST_DAY)
    # On the day itself the page must be mended: scripts.docs.stale_facts finds it.
    assert find_end(DIALS, CLOSED) is None
    assert find_end("wss://ws.okx.com", date(2026, 9, 1)) == CLOSED  # the fact of the host ends
    assert find_end("50113", DAY) is None


def test_what_a_page_mentions_is_found_by_its_form() -> None:
    text = "OK-ACCESS-SIGN, 50113, us.okx.com, GET /api/v5/account/balance, 14 days"

    ids = {fact.id for fact in find_facts(text, DAY)}

    assert ids >= {"OK-ACCESS-SIGN", "50113", "us", "GET /api/v5/account/balance", "inactivity"}
    assert list(find_facts("150113 days, x.okx.com.example", DAY)) == []
    assert extract_prose("a\n```\n50113\n```\nb <!-- facts: x -->50113<!-- /facts -->").split() == [
        "a",
        "b",
    ]


def test_most_pages_say_when_they_were_checked() -> None:
    heads = [path.read_text(encoding="utf-8").split("---")[1] for path in DOCS.rglob("*.md")]

    assert sum("\nchecked: " in head for head in heads) > 40
