import pytest

from okx_guide.urls import (
    BaseUrlError,
    check_base_url,
    describe_host,
    is_unencrypted,
    is_well_formed,
    read_origin,
)


@pytest.mark.parametrize(
    "url",
    [
        "x",
        "okx.com",
        "ftp://okx.com",
        "https://",
        "https://[",
        "https://a:99999",
        "https://a:0",
        "https://a b",
        "https://u:p@okx.com",
        "https://openapi.okx.com:443@evil.example",
        "https://evil.example\\@okx.com",
        "https://okx.com%2eevil.example",
        "https://okx.com/api/v5",
        "https://okx.com#a",
        "https://okx.com\n",
        "https://\u006fkx.\u4e2d",
        '"https://okx.com"',
        "HTTPS://okx.com",
    ],
)
def test_what_is_not_scheme_and_host_is_refused_and_not_shown(url: str) -> None:
    assert not is_well_formed(url)
    with pytest.raises(BaseUrlError, match=rf"has {len(url)} characters and is not") as info:
        check_base_url(url)
    assert f" {url} " not in str(info.value)


def test_a_websocket_address_is_no_base_url() -> None:
    assert is_well_formed("wss://ws.okx.com:8443")
    with pytest.raises(BaseUrlError, match="is not scheme and host"):
        check_base_url("wss://ws.okx.com:8443")


@pytest.mark.parametrize(
    ("url", "clear"),
    [
        ("https://openapi.okx.com", False),
        ("https://192.168.1.5:8700", False),
        ("http://127.0.0.1:8700", False),
        ("http://127.8.8.8:8700", False),
        ("http://[::1]:8700", False),
        ("http://localhost:8700", False),
        ("http://openapi.okx.com", True),
        ("http://8.8.8.8", True),
        ("http://192.168.1.5:8700", True),
        ("http://10.0.0.1", True),
        ("http://0.0.0.0:8700", True),
        ("http://[fe80::1]", True),
        ("http://sandbox:8700", True),
        ("http://127.1", True),
        ("http://127.0.0.1.evil.example", True),
        ("http://localhost.evil.example", True),
    ],
)
def test_plain_http_is_for_this_machine_alone(url: str, clear: bool) -> None:
    assert clear == is_unencrypted(url)
    assert clear == is_unencrypted(url.replace("http://", "ws://"))
    if clear:
        with pytest.raises(BaseUrlError, match="is called without TLS: everybody on the way"):
            check_base_url(url)
    else:
        check_base_url(url)


def test_a_url_is_shown_without_what_may_be_secret() -> None:
    assert describe_host("http://user:hunter2@proxy.invalid:3128/x?y") == "proxy.invalid:3128"
    assert describe_host("https://[") == "an address that cannot be read"


def test_the_beginning_of_a_url_ends_behind_its_host() -> None:
    assert read_origin("https://openapi.okx.com:443/a?b#c") == "https://openapi.okx.com:443/"
    assert not "https://openapi.okx.com.evil.example/".startswith(
        read_origin("https://openapi.okx.com/a")
    )
