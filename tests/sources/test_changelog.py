"""The changelog is read in every form of date; a form that cannot be read is said aloud."""

import re
from datetime import date

import pytest

from scripts.sources import changelog
from scripts.sources.changelog import FormError, find_new, read_entries, remember
from scripts.sources.passages import read
from scripts.sources.store import Changelog
from tests.sources.faults import assert_red
from tests.sources.stub import DAY, LOG, SEEN, TODAY

LAST = Changelog(DAY, date(2026, 8, 20), SEEN)
CHINESE = """<html lang="zh"><body>
<h1 id="upcoming-changes">待发布内容</h1><h2>端口关闭</h2><p>最后更新：2026年8月12日</p>
<h2>新频道</h2><p>最近更新：2026年8月13日</p><h3>请求参数</h3>
<h1 id="2026-08-20">2026-08-20</h1><p>新增错误码</p></body></html>"""


def list_entries(html: str) -> list[str]:
    return [str(entry) for entry in read_entries(read(html.encode()))]


def list_new(html: str, last: Changelog = LAST) -> list[str]:
    return [str(entry) for entry in find_new(read_entries(read(html.encode())), last)]


def test_the_english_changelog_is_read() -> None:
    assert list_entries(LOG) == [*SEEN, "2026-07-30: Changed the description of a field."]
    assert list_new(LOG) == []


def test_the_chinese_changelog_is_read() -> None:
    assert list_entries(CHINESE) == [
        "announced: 端口关闭 (2026-08-12)",
        "announced: 新频道 (2026-08-13)",
        "2026-08-20: 新增错误码",
    ]


@pytest.mark.parametrize(
    "day",
    [
        "2026-11-20",
        "2026/11/20",
        "2026年11月20日",
        "November 20, 2026",
        "Nov 20, 2026",
        "20 November 2026",
        "# 2026-11-20",
        "2026-11-20 ¶",
    ],
)
def test_a_day_is_read_in_every_form(day: str) -> None:
    page = LOG.replace('<h1 id="2026-08-20">', f"<h1>{day}</h1><h2>Port</h2><h1>")

    assert list_new(page) == ["2026-11-20: Port"]


@pytest.mark.parametrize(
    ("old", "page", "expected"),
    [
        ("August 12", "September 30", ["announced: End of the old port (2026-09-30)"]),
        ("End of the old port", "Start", ["announced: Start (2026-08-12)"]),
        ("Last update: August 12, 2026", "", ["announced: End of the old port"]),
        ("<h2>New parameter", "<h2>Third</h2><h2>New parameter", ["2026-08-20: Third"]),
        ("<h1 id=", "<h1>2026-08-21</h1><p>Text</p><h1 id=", ["2026-08-21: Text"]),
        ("<h1 id=", "<h1>2026-08-21</h1><h1 id=", ["2026-08-21: (empty)"]),
        ("<h1 id=", "<h1>2026-08-19</h1><h2>Late, but older</h2><h1 id=", []),
        ("The old port will close.", "The old port will close soon.", []),
        ("Changed the description", "Mended the description", []),
        ("<ul class", "<p>2026</p><ul data-x='1' class", []),
    ],
)
def test_only_what_is_newer_is_reported(old: str, page: str, expected: list[str]) -> None:
    assert old in LOG
    assert list_new(LOG.replace(old, page, 1)) == expected


def test_what_was_announced_is_reported_again_when_it_comes() -> None:
    page = LOG.replace("<p>Last update: August 12, 2026</p>", "")
    last = Changelog(DAY, date(2026, 8, 20), ("announced: End of the old port", *SEEN[1:]))
    later = page.replace(
        '<h1 id="2026-08-20">', "<h1>2026-09-01</h1><h2>End of the old port</h2><h1>"
    )

    assert list_new(page, last) == []
    assert list_new(later, last) == ["2026-09-01: End of the old port"]


def test_everything_of_the_last_day_is_new_if_nobody_has_looked() -> None:
    assert list_new(LOG, Changelog(DAY, date(2026, 8, 20))) == list(SEEN)


def test_what_is_remembered_is_not_new() -> None:
    last = remember(read_entries(read(LOG.encode())), TODAY)

    assert last == Changelog(TODAY, date(2026, 8, 20), SEEN)
    assert list_new(LOG, last) == []


@pytest.mark.parametrize(
    ("old", "page", "message"),
    [
        ("2026-", "20 26", "no heading is a date"),
        (">2026-08-20<", ">Release 87<", "the heading 'Release 87' is neither a date"),
        (">2026-08-20<", ">2026-13-40<", "the heading '2026-13-40' is neither a date"),
        (">2026-08-20<", ">20.08.2026<", "the heading '20.08.2026' is neither a date"),
        ("Upcoming Changes", "Soon", "the heading 'Soon' is neither a date"),
        ("<h1 id=", "<p><b>2026-11-20</b></p><h1 id=", "'2026-11-20' stands alone"),
        ('<h1 id="2026-08-20">2026-08-20</h1>', "", "its newest entry is of 2026-07-30"),
    ],
)
def test_another_form_is_an_error(old: str, page: str, message: str) -> None:
    assert old in LOG
    with pytest.raises(FormError, match=message):
        list_new(LOG.replace(old, page))


def test_a_title_of_the_page_is_no_entry() -> None:
    assert list_new(LOG.replace("<ul", "<h1>Changelog</h1><ul")) == []


# --- a broken guard is seen -----------------------------------------------------------


def test_it_is_seen_that_no_announcement_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_red(
        monkeypatch, changelog, "_UPDATED", re.compile("(?!)"), test_the_english_changelog_is_read
    )
