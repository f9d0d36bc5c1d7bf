import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from okx_guide.sandbox import request_body as body
from okx_guide.sandbox.request_body import BodyError, has_body, read_body

MEGABYTE = 1 << 20


def make_part(data: bytes, *, more_body: bool = False) -> Message:
    return {"type": "http.request", "body": data, "more_body": more_body}


def read(messages: Iterable[Message]) -> bytes:
    waiting = iter(messages)

    async def receive() -> Message:
        if message := next(waiting, None):
            return message
        await asyncio.sleep(3600)
        raise AssertionError

    return asyncio.run(read_body(Request({"type": "http"}, receive)))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({b"host": b"x", b"content-type": b"application/json"}, False),
        ({b"content-length": b"0"}, True),
        ({b"host": b"x", b"transfer-encoding": b"chunked"}, True),
    ],
)
def test_a_body_is_announced(headers: dict[bytes, bytes], *, expected: bool) -> None:
    assert expected is has_body(headers)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([make_part(b"")], b""),
        ([make_part(b"abc")], b"abc"),
        (
            [make_part(b"a", more_body=True), make_part(b"", more_body=True), make_part(b"bc")],
            b"abc",
        ),
        ([make_part(b"x" * MEGABYTE)], b"x" * MEGABYTE),
    ],
    ids=["empty", "one", "three", "large"],
)
def test_the_parts_are_joined(messages: list[Message], expected: bytes) -> None:
    assert expected == read(messages)


@pytest.mark.parametrize(
    "messages",
    [
        lambda: [make_part(b"x" * (MEGABYTE + 1))],
        lambda: [make_part(b"x" * MEGABYTE, more_body=True), make_part(b"x")],
        # What comes after it is dropped, up to a limit.
        lambda: [make_part(b"x" * MEGABYTE, more_body=True)] * 99,
    ],
)
def test_more_than_a_megabyte_is_too_large(messages: Callable[[], list[Message]]) -> None:
    with pytest.raises(BodyError, match="1048576") as caught:
        read(messages())
    assert caught.value.http_status == 413


def test_a_body_that_stops_half_way_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "_SECONDS", 0.01)
    with pytest.raises(BodyError, match="did not arrive") as caught:
        read([make_part(b"a", more_body=True)])
    assert caught.value.http_status == 408


def test_a_large_body_that_stops_is_answered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "_DRAIN_SECONDS", 0.01)
    with pytest.raises(BodyError, match="larger"):
        read([make_part(b"x" * (MEGABYTE + 1), more_body=True)])


def test_a_caller_who_leaves_is_told_apart() -> None:
    with pytest.raises(ClientDisconnect):
        read([make_part(b"a", more_body=True), {"type": "http.disconnect"}])


def test_the_answer_closes_the_connection() -> None:
    response: Any = BodyError(413, "Too large.").to_response()
    assert (response.status_code, response.body) == (413, b"Too large.")
    assert response.headers["connection"] == "close"
