"""Nobody is asked too often, and nobody can hold the watch up."""

import gzip
import sys
from importlib.metadata import version
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest

from scripts.sources import fetch
from scripts.sources.fetch import FetchError, Limits, describe_agent
from tests.sources.faults import assert_red
from tests.sources.stub import GUIDE, Reply, StubSite


def get_failure(stage: StubSite, limits: Limits | None = None, path: str = "/guide") -> str:
    """Return why a page could not be fetched; empty if it could."""
    try:
        stage.make_fetcher(limits).get(f"{stage.url}{path}", {})
    except FetchError as error:
        return str(error)
    return ""


def test_it_says_who_asks(stage: StubSite) -> None:
    stage.make_fetcher().get(f"{stage.url}/guide", {})

    assert {headers["User-Agent"] for _, headers in stage.requests} == {"okx-guide-sources/test"}


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, ""),
        ({"GITHUB_REPOSITORY": "a/b"}, ""),
        (
            {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b"},
            "; +https://github.com/a/b",
        ),
    ],
)
def test_a_workflow_says_where_to_complain(environ: dict[str, str], address: str) -> None:
    purpose = "documentation checker, one request a page and week"

    name = f"okx-guide-sources/{version('okx-guide')}"

    assert describe_agent(environ) == f"{name} ({purpose}{address})"


def test_no_password_of_this_machine_is_sent(
    stage: StubSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    stage.make_fetcher().get(f"{stage.url}/guide", {})

    assert [headers for _, headers in stage.requests if "Authorization" in headers] == []


def test_there_is_a_pause_between_two_requests_to_a_host(stage: StubSite) -> None:
    fetcher = stage.make_fetcher(Limits(pause=3))
    fetcher.get(f"{stage.url}/guide", {})
    stage.clock.now += 1
    fetcher.get(f"{stage.url}/log_en/", {})
    stage.clock.now += 60
    fetcher.get(f"{stage.url}/guide", {})

    assert stage.clock.waits == [3, 2]


def test_robots_are_obeyed_and_asked_once(stage: StubSite) -> None:
    stage.replies["/robots.txt"] = Reply(
        "User-agent: *\nDisallow: /guide\n\nUser-agent: Googlebot\nDisallow: /", kind="text/plain"
    )
    fetcher = stage.make_fetcher()
    fetcher.get(f"{stage.url}/log_en/", {})

    with pytest.raises(FetchError, match=r"robots\.txt"):
        fetcher.get(f"{stage.url}/guide", {})
    assert stage.paths == ["/robots.txt", "/log_en/"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply("Not here", 404, "text/plain"),
        Reply("<p>User-agent: *\nDisallow: /</p>"),
        Reply("Oops", 500, "text/plain"),
        Reply(b"\xff\xfe\x00", kind="text/plain"),
        Reply("", kind="text/plain"),
    ],
)
def test_robots_that_say_nothing_forbid_nothing(stage: StubSite, reply: Reply) -> None:
    stage.replies["/robots.txt"] = reply

    assert get_failure(stage) == ""


def test_a_page_that_is_too_large_is_not_read_to_its_end(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply("x" * 100_001)

    assert get_failure(stage, Limits(size=100_000)) == "it is larger than 0.1 MB"
    stage.replies["/guide"] = Reply("x" * 100_000)
    assert get_failure(stage, Limits(size=100_000)) == ""


def test_a_page_that_grows_when_it_is_unpacked_is_too_large(stage: StubSite) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    stage.replies["/guide"] = Reply(bomb, headers={"Content-Encoding": "gzip"})

    assert len(bomb) < 100_000
    assert get_failure(stage, Limits(size=1_000_000)) == "it is larger than 1 MB"


def test_a_packed_page_is_unpacked(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply(
        gzip.compress(GUIDE.encode()), headers={"Content-Encoding": "gzip"}
    )

    assert stage.make_fetcher().get(f"{stage.url}/guide", {}).body == GUIDE.encode()


def test_a_page_that_trickles_is_given_up(stage: StubSite) -> None:
    def pause() -> None:
        stage.clock.now += 61

    stage.replies["/guide"] = Reply("x" * 500_000, pause=pause)

    assert get_failure(stage) == "it took longer than 60 s"


def test_a_server_that_says_nothing_is_given_up(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply("x" * 1000, headers={"Content-Length": "2000"})

    assert get_failure(stage, Limits(wait=0.2)).startswith("it broke off (")


def test_a_connection_that_breaks_is_named(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply(
        "garbage", headers={"Content-Encoding": "gzip", "Connection": "close"}
    )

    assert get_failure(stage) == "it broke off (DecodeError)"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "ftp://example.com/x"])
def test_a_server_that_is_not_there_is_named(stage: StubSite, url: str) -> None:
    with pytest.raises(FetchError, match="no answer"):
        stage.make_fetcher().get(url, {})


def test_a_server_that_is_not_there_is_asked_once(stage: StubSite) -> None:
    fetcher = stage.make_fetcher()
    for message in ("it gave no answer", "not asked, because of its host: it gave no"):
        with pytest.raises(FetchError, match=message):
            fetcher.get("http://127.0.0.1:1/x", {})
    assert stage.clock.waits == []


def test_an_address_that_is_none_is_named(stage: StubSite) -> None:
    with pytest.raises(FetchError, match="its address cannot be used"):
        stage.make_fetcher().get("http://[::1", {})


def test_a_circle_of_redirections_ends(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply("", 302, headers={"Location": "/guide"})

    assert get_failure(stage) == "it redirects more than five times"
    assert len(stage.requests) == 7


def test_the_number_of_requests_is_bounded(stage: StubSite) -> None:
    fetcher = stage.make_fetcher(Limits(requests=2))
    fetcher.get(f"{stage.url}/guide", {})

    with pytest.raises(FetchError, match="2 requests are enough for one run"):
        fetcher.get(f"{stage.url}/log_en/", {})
    assert len(stage.requests) == 2


def test_the_time_is_bounded(stage: StubSite) -> None:
    fetcher = stage.make_fetcher(Limits(total=100))
    fetcher.get(f"{stage.url}/guide", {})
    stage.clock.now += 100

    with pytest.raises(FetchError, match="the run had already taken 100 s"):
        fetcher.get(f"{stage.url}/log_en/", {})
    assert len(stage.requests) == 2


def test_a_page_that_is_not_wanted_is_not_read(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply(b"%PDF", kind="application/pdf", headers={"ETag": '"1"'})

    answer = stage.make_fetcher().get(f"{stage.url}/guide", {}, is_wanted=False)

    assert (answer.body, answer.version.etag) == (b"", '"1"')


@pytest.mark.parametrize(
    ("kind", "charset"),
    [
        ("text/html", None),
        ("text/html; charset=GBK", "gbk"),
        ('TEXT/HTML; Charset="utf-8"', "utf-8"),
        ("application/xhtml+xml;charset=utf-8", "utf-8"),
        ("text/html; charset=", None),
    ],
)
def test_the_encoding_is_that_of_the_header(
    stage: StubSite, kind: str, charset: str | None
) -> None:
    stage.replies["/guide"] = Reply(kind=kind)

    assert (stage.make_fetcher().get(f"{stage.url}/guide", {}).charset or None) == charset


@pytest.mark.parametrize(
    ("old", "new", "is_move"),
    [
        ("https://okx.com/help/faq", "https://www.okx.com/help/faq", False),
        ("http://okx.com/help/faq", "https://okx.com/help/faq/", False),
        ("https://okx.com/en-br/help/faq", "https://okx.com/en-us/help/faq?x=1", False),
        ("https://okx.com/help/faq", "https://okx.com/zh-hans-au/help/faq", False),
        ("https://okx.com/help/faq", "https://my.okx.com/help/faq", True),
        ("https://okx.com/help/faq", "https://okx.com/help/", True),
        ("https://okx.com/help/faq", "https://okx.com/", True),
        ("https://github.com/okx/kit", "https://github.com/okxapi/kit", True),
        ("https://okx.com/docs-v5/en/", "https://okx.com/docs-v6/en/", True),
    ],
)
def test_only_another_host_or_path_is_a_move(old: str, new: str, is_move: bool) -> None:
    assert (fetch.identify_page(old) != fetch.identify_page(new)) == is_move


def test_a_move_by_way_of_a_passing_redirection_is_no_move(stage: StubSite) -> None:
    stage.replies["/guide"] = Reply("", 302, headers={"Location": "/a"})
    stage.replies["/a"] = Reply("", 301, headers={"Location": "/a/"})
    stage.replies["/a/"] = Reply()

    assert stage.make_fetcher().get(f"{stage.url}/guide", {}).moved == ""


# --- planted faults: each breaks a guard that a test above needs ------------------------


def test_without_its_own_auth_it_would_send_a_password(
    stage: StubSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_keep_request", None)

    with pytest.raises(AssertionError):
        test_no_password_of_this_machine_is_sent(stage, tmp_path, monkeypatch)


def test_without_the_limits_a_large_or_slow_page_would_be_read(stage: StubSite) -> None:
    endless = Limits(size=sys.maxsize, page=float("inf"), requests=sys.maxsize)

    def pause() -> None:
        stage.clock.now += 61

    stage.replies["/guide"] = Reply("x" * 500_000, pause=pause)

    assert get_failure(stage, endless) == ""


# --- a broken guard is seen -----------------------------------------------------------


def test_it_is_seen_that_robots_are_not_obeyed(
    stage: StubSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_red(
        monkeypatch,
        RobotFileParser,
        "can_fetch",
        lambda *_: True,
        lambda: test_robots_are_obeyed_and_asked_once(stage),
    )
