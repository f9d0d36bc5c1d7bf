"""The drill of the page about a leaked key counts by the clock that it is given."""

from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import pytest
import requests
import websockets.sync.client
from websockets.sync.client import ClientConnection

from okx_guide import OkxSession
from okx_guide.sandbox import RunningSandbox
from okx_guide.sandbox.server import make_environ
from scripts.page.start import STARTS, prepare
from tests.plugins.blocks import DOCS, fences

PAGE = DOCS / "security" / "leaked-key.md"
TIME = "/api/v5/public/time"


@pytest.fixture
def program(practice_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that the drill defines, with a managing key in the environment."""
    key = prepare(practice_sandbox.exchange, STARTS["managing_key"], {})
    for name, value in make_environ(practice_sandbox.hosts["global"], key).items():
        monkeypatch.setenv(name, value)
    [fence] = [fence for fence in fences(PAGE) if fence.language == "python"]
    names: dict[str, Any] = {}
    exec(fence.content.replace("\ndrill()\n", "\n"), names)  # noqa: S102  # our own page
    return names


def run(program: dict[str, Any], *moments: float) -> str:
    printed = StringIO()
    left = iter(moments)
    with redirect_stdout(printed):
        program["drill"](clock=lambda: next(left))
    return printed.getvalue()


def test_the_seconds_are_those_from_the_alarm_to_the_last_refusal(program: dict[str, Any]) -> None:
    assert run(program, 100.0, 117.25).splitlines() == [
        "thief: login",
        "WebSocket closed: 4007",
        "REST refused: 50119",
        "safe after 17.25 s",
    ]


def test_a_key_that_is_not_deleted_is_not_called_safe(
    program: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: deleting does nothing, and the connection stays open."""
    send = OkxSession.post

    def post(self: OkxSession, url: str, **options: Any) -> requests.Response:
        return self.get(TIME) if "delete" in url else send(self, url, **options)

    def connect(url: str) -> ClientConnection:
        opened = websockets.sync.client.connect(url)
        receive = opened.recv
        # With little patience, so that the test need not wait for it.
        monkeypatch.setattr(opened, "recv", lambda timeout: receive(timeout=timeout / 20))
        return opened

    monkeypatch.setattr(OkxSession, "post", post)
    program["connect"] = connect

    with pytest.raises(TimeoutError):
        run(program, 0.0, 1.0)
