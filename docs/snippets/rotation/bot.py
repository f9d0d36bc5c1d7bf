"""A bot that takes a new key without a gap: it opens the new connection, then closes the old."""

import json
import os
from contextlib import ExitStack
from pathlib import Path

from websockets.sync.client import connect

from okx_guide import Credentials, OkxSession, ws_login


class Bot:
    """Calls over REST and WebSocket with the key in a file, and looks at the file each time."""

    def __init__(self, path: Path, rest_url: str, ws_url: str) -> None:
        self.path, self.rest_url, self.ws_url = path, rest_url, ws_url
        self.take(Credentials.from_file(path, "bot"))

    def take(self, credentials: Credentials) -> None:
        """Change to a key, and say so in the file that rotate.py waits for."""
        okx = OkxSession(self.rest_url, credentials, demo=True)
        connection = ExitStack()
        ws = connection.enter_context(connect(f"{self.ws_url}/private"))
        ws.send(json.dumps(ws_login(credentials)))
        if json.loads(ws.recv(timeout=10))["event"] != "login":
            connection.close()
            raise ConnectionError("the login was refused")
        before = getattr(self, "connection", None)
        self.credentials, self.okx, self.ws, self.connection = credentials, okx, ws, connection
        if before:
            before.close()
        used = self.path.with_suffix(".used")
        used.with_suffix(".new").write_text(credentials.api_key, encoding="utf-8")
        used.with_suffix(".new").replace(used)

    def work(self) -> str:
        """Make one signed call over REST, and one round on the WebSocket."""
        written = Credentials.from_file(self.path, "bot")
        if written != self.credentials:
            self.take(written)
        [balance] = self.okx.get("/api/v5/account/balance").json()["data"]
        self.ws.send("ping")
        self.ws.recv(timeout=10)
        return str(balance["totalEq"])


if __name__ == "__main__":
    bot = Bot(Path("bot.toml"), os.environ["OKX_API_BASE_URL"], os.environ["OKX_WS_URL"])
    bot.work()
    print("works")
