import re

import pytest

from okx_guide import pages
from tests.support.raw_http import Answer, send, send_request

BROWSER = {"Accept": "text/html,*/*"}


def test_a_browser_at_the_first_address_is_shown_where_to_go(url: str) -> None:
    answer = send_request(url, "GET", "/", BROWSER)

    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    text = answer.body.decode()
    links = set(re.findall(r'href="(/[^"]*)"', text))
    assert links >= {
        "/account/my-api?go-demo-trading=1",
        "/account/my-api/new?go-demo-trading=1",
        "/api/v5/public/time",
    }
    for link in links:
        assert send_request(url, "GET", link, BROWSER).status == 200, link
    assert "<code>http://localhost</code>" in text  # as it was called
    assert "&#34;Practice exchange&#34; in the guide: /reference/sandbox/" in text


def test_it_links_to_the_guide_if_the_package_knows_where_it_is(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "find_site", lambda: "https://guide.example/")

    text = send_request(url, "GET", "/", BROWSER).body.decode()

    assert 'href="https://guide.example/reference/sandbox/"' in text


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("GET", {"Accept": "application/json"}),
        ("GET", {"Accept": "*/*"}),
        ("POST", BROWSER),
        ("HEAD", BROWSER),
    ],
)
def test_a_client_at_the_first_address_gets_the_answer_of_okx(
    url: str, method: str, headers: dict[str, str]
) -> None:
    answer = send_request(url, method, "/", headers)

    assert (answer.status, answer.headers["content-type"]) == (404, "application/json")


def test_a_name_that_was_pointed_here_is_shown_nothing(url: str) -> None:
    answer = send(url, b"GET / HTTP/1.1\r\nHost: attacker.example\r\nAccept: text/html\r\n\r\n")

    assert answer.status == 421
    assert b"href" not in answer.body


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/", "error_code"),
        ("/sandboxes", "error_code"),
        ("/accounts/my-api", "error_code"),
        ("/api/v5/public/time", "code"),
    ],
)
def test_everything_else_is_the_api(url: str, path: str, known: str) -> None:
    answer: Answer = send_request(url, "GET", path)
    assert known in answer.json
