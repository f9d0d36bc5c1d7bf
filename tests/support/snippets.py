"""What the programs of docs/snippets meet: keys that are wrong, and hosts that are not OKX."""

import ssl
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.support.http_server import Reply, Request, StubServer, serve_replies

OTHER_SECRET = "C0FFEE00C0FFEE00C0FFEE00C0FFEE00"
OTHER_PASSPHRASE = "Other-Pass-0nly"
OTHER_KEY = "5a4db0c5-0000-4000-8000-00000000dead"

BALANCE = '{"code":"0","data":[{"details":[{"ccy":"BTC","cashBal":"1"}]}],"msg":""}'


@dataclass(frozen=True)
class Done:
    """What a program left behind."""

    exit_code: int
    stdout: str
    stderr: str


def serve_methods(
    answers: Mapping[str, tuple[int, str]],
    headers: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> AbstractContextManager[StubServer]:
    """Run a server with one answer, status and body, for each method."""

    def choose(request: Request) -> Reply:
        status, body = answers[request.method]
        json_ = {"Content-Type": "application/json"}
        return Reply(status, body.encode(), {**(headers or {}), **json_})

    return serve_replies(choose, tls)
