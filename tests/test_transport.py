import io
import time

import pytest
import requests

from okx_guide import transport
from okx_guide.transport import LARGEST, AnswerTooLargeError, Transport, deadline, read_answer
from tests.support.http_server import Handler, Reply, serve, serve_replies
from tests.support.patience import SECONDS


def respond(content: bytes) -> requests.Response:
    response = requests.Response()
    response.raw = io.BytesIO(content)
    return response


@pytest.mark.parametrize("size", [0, 1, LARGEST])
def test_an_answer_is_read_whole(size: int) -> None:
    assert len(read_answer(respond(b"x" * size))) == size


def test_one_byte_more_is_too_much_and_the_connection_is_closed() -> None:
    response = respond(b"x" * (LARGEST + 1))
    with pytest.raises(AnswerTooLargeError):
        read_answer(response)
    assert response.raw.closed


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_pool_heeds_the_deadline(scheme: str) -> None:
    adapter = Transport()
    pools = [adapter.poolmanager, adapter.proxy_manager_for("http://127.0.0.1:1")]
    for pool in pools:
        connection = pool.connection_from_url(f"{scheme}://127.0.0.1:9").ConnectionCls
        assert connection.response_class is not None
        assert connection.__module__ == transport.__name__


def test_without_a_deadline_the_timeout_holds() -> None:
    with serve_replies(Reply(body=b"{}")) as server, requests.Session() as session:
        session.mount("http://", Transport())
        assert session.get(server.url, timeout=SECONDS).json() == {}
        assert session.get(server.url).json() == {}  # it must answer all the same


def test_a_deadline_that_has_passed_is_a_timeout() -> None:
    class Late(Handler):
        def answer(self) -> None:
            time.sleep(0.3)
            self.reply(200, b"{}")

    with serve(Late) as url, requests.Session() as session:
        session.mount("http://", Transport())
        before = deadline.set(time.monotonic() + 0.1)
        try:
            with pytest.raises(requests.ReadTimeout):
                session.get(url, timeout=SECONDS)
        finally:
            deadline.reset(before)
