import pytest

from tests.support.raw_http import Answer, send_request


def test_a_browser_at_the_first_address_is_shown_the_keys(url: str) -> None:
    answer = send_request(url, "GET", "/", {"Accept": "text/html,*/*"})
    assert (answer.status, answer.headers["location"]) == (
        303,
        "/account/my-api?go-demo-trading=1",
    )


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
