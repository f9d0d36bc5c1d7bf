"""Try sequences of steps on the practice exchange, in this process, and shrink a failing one.

Hypothesis draws them: requests, WebSocket messages, settings of its knobs, forms of the page for
keys, time that passes, and kills, after which the exchange goes on with its state file. `make fuzz`
sends much more over sockets, but cannot tell which request broke something; this can.

Whatever comes, nothing is answered with an error of the server, nothing is raised or left to the
event loop, no answer shows a secret, no balance is below zero, and what was answered survives.
"""

import asyncio
import json
import random
import re
import shutil
import tempfile
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

import click
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from starlette.types import ASGIApp, Message

from okx_guide.sandbox import PRACTICE_KEY, Key
from okx_guide.sandbox.app import create_app
from okx_guide.sandbox.keypage.sessions import TOKEN
from okx_guide.sandbox.ports import PortRole
from okx_guide.sandbox.rest.endpoints import ENDPOINTS, Endpoint
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.store import StateError, Store
from okx_guide.signing import timestamp, ws_login
from scripts.docs.openapi import REQUESTS
from tests.support.raw_http import NOW, make_private_headers

_HOST, _PORT = "127.0.0.1", 8700
_CLIENT = (_HOST, 50_000)
_LIST = "/account/my-api"
QUERY_LEFT_OUT = "query left out"
"""In place of a header: the signature is that of the path alone."""
_HEADERS = ("OK-ACCESS-KEY", "OK-ACCESS-SIGN", "OK-ACCESS-TIMESTAMP", "OK-ACCESS-PASSPHRASE")
_FORM = {
    "label": "bot",
    "account": "",
    "purpose": "API trading",
    "ips": "",
    "permissions": ["read_only", "trade"],
    "passphrase": "Fake-pass-1",
}
_SECRETS = [PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase, str(_FORM["passphrase"])]

_TEXTS = st.sampled_from(
    [
        *("BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP", "SPOT", "cash", "buy", "sell", "market", "ioc"),
        *("0.001", "50000", "1000000000000000001", "0", "-1", "1e9", "NaN", "", "mine", "a" * 400),
        *("\ud800", "\0", "\r\nX: y", "\u5bc6", "{{7*7}}", "<script>", "practice1", "trade", "::1"),
    ]
)
_WORDS = _TEXTS | st.sampled_from(
    [form for secret in _SECRETS for form in (secret, b64encode(secret.encode()).decode())]
)
_VALUES = st.recursive(
    _WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(_WORDS, values, max_size=3),
    max_leaves=4,
)
_NAMES = st.sampled_from(
    sorted({name for right in REQUESTS.values() for name in right} | {"apiKey", "expTime", "id"})
)
_CHANGES = st.dictionaries(_NAMES, _VALUES, max_size=2)
# No secrets: the page repeats what was typed.
_FIELDS = st.dictionaries(
    st.sampled_from(["label", "account", "purpose", "ips", "permissions"]), _TEXTS, max_size=2
)
_SETTINGS = st.sampled_from(
    [
        ("price", {"instId": "BTC-USDT", "px": "51000"}),
        ("price", {"instId": "ETH-USDT", "px": "2000"}),
        ("clock", {"advance": 3600}),
        ("clock", {"skew": -40}),
        ("clock", {"freeze": True}),
        ("key", {"apiKey": PRACTICE_KEY.api_key, "frozen": True}),
        ("fault", {"code": "50011", "times": 1}),
        ("requests", {"record": True}),
        ("notice", {}),
        ("reset", {}),
    ]
)
_SETTING_NAMES = st.sampled_from(
    ["advance", "skew", "freeze", "frozen", "idle", "instId", "px", "times", "label"]
)
_MESSAGES = st.sampled_from(
    [
        *({"op": "subscribe", "args": [{"channel": name}]} for name in ("account", "tickers", "x")),
        {"op": "subscribe", "args": [{"channel": "orders", "instType": "ANY"}]},
        {"op": "subscribe", "args": [{"channel": "tickers", "instId": "BTC-USDT"}]},
        {"op": "unsubscribe", "args": [{"channel": "tickers", "instId": "BTC-USDT"}]},
        {"id": "1", "op": "order", "args": [REQUESTS["POST /api/v5/trade/order"]]},
        {"id": "2", "op": "cancel-order", "args": [{"instId": "BTC-USDT", "clOrdId": "mine"}]},
        {"id": "3", "op": "batch-orders", "args": [REQUESTS["POST /api/v5/trade/order"]] * 2},
    ]
)


# OKX repeats what a client calls an order or a request, whatever it is.
_REPEATED = re.compile(r'"(?:clOrdId|algoClOrdId|reqId|tag|ordId)": ?"[^"]*"')


class Answer:
    """An answer of the exchange.

    Attributes:
        status: Of HTTP.
        headers: Names in lower case.
        body: As text.
    """

    def __init__(self, messages: list[Message]) -> None:
        start, *parts = messages
        self.status: int = start["status"]
        self.headers = {name.decode(): text.decode("latin-1") for name, text in start["headers"]}
        self.body = b"".join(part.get("body", b"") for part in parts).decode()


class Steps(RuleBasedStateMachine):
    """A practice exchange, and what may be done to it.

    Attributes:
        reached: How often each kind of answer came, over all sequences.
    """

    reached: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        # In memory if there is such a place: each answer waits for its change to be on the disk.
        memory = Path("/dev/shm")  # noqa: S108  # the folder in it has a name of its own
        self.folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        self.path = self.folder / "state"
        self.seconds = NOW
        self.chance = random.Random(0)  # noqa: S311  # the same keys every time, to shrink
        self.loop = asyncio.new_event_loop()
        self.uncaught: list[str] = []
        self.loop.set_exception_handler(lambda _, context: self.uncaught.append(str(context)))
        self.open()

    def open(self) -> None:
        """Start an exchange on the state file."""
        store = Store(self.path)
        self.exchange = Exchange([PRACTICE_KEY], lambda: self.seconds, store, self.chance.randbytes)
        self.app: ASGIApp = create_app(self.exchange, {_PORT: PortRole(demo=True)})
        self.cookies: SimpleCookie = SimpleCookie()
        self.inbox: asyncio.Queue[Message] | None = None
        self.outbox: asyncio.Queue[Message] = asyncio.Queue()
        self.served: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Stop it as a kill does, without closing anything."""
        pending = asyncio.all_tasks(self.loop)
        for task in pending:
            task.cancel()
        if pending:
            self.loop.run_until_complete(asyncio.wait(pending))
        self.exchange.store.close()

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.close()
        self.loop.close()
        shutil.rmtree(self.folder)

    # --- how something is sent -------------------------------------------------------

    def make_scope(self, kind: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
        """Return what a server tells the application about a request."""
        parts = urlsplit(target)
        pairs = {"host": _HOST} | headers
        return {
            "type": kind,
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": {"http": "http", "websocket": "ws"}[kind],
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), text.encode()) for name, text in pairs.items()],
            "server": (_HOST, _PORT),
            "client": _CLIENT,
            "subprotocols": [],
        }

    def ask(self, method: str, target: str, headers: dict[str, str], body: str = "") -> Answer:
        """Send a request, and check its answer as every answer is checked."""
        data = body.encode("utf-8", "surrogatepass")
        if data:
            headers = headers | {"Content-Length": str(len(data))}
        scope = self.make_scope("http", target, headers) | {"method": method}
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        self.loop.run_until_complete(self.app(scope, receive, send))
        answer = Answer(messages)
        self.reached[f"{target.split('/')[1]} {answer.status}"] += 1
        assert answer.status < 500, f"{method} {target} is answered with {answer.status}"
        self.check_text(f"{answer.headers} {answer.body}", request=f"{target} {headers} {body}")
        return answer

    def check_text(self, text: str, *, request: str) -> None:
        """Check that an answer shows no secret, except one that the request itself contained."""
        assert "Traceback" not in text
        published = [PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase]
        # Only these can come from an earlier request: a sequence knows no other secret.
        rest = _REPEATED.sub("", text)
        leaks = [secret for secret in published if secret in rest]
        leaks += [
            secret
            for key in self.exchange.keys
            for secret in (key.secret_key, key.passphrase)
            if secret in text and secret not in request and secret not in published
        ]
        assert not leaks, f"an answer shows {leaks}"

    def choose_key(self, place: int) -> Key:
        """Return a key, existing or deleted."""
        keys = [PRACTICE_KEY, *self.exchange.keys]
        key: Key = keys[place % len(keys)]
        return key

    # --- the steps -------------------------------------------------------------------

    @rule(
        endpoints=st.lists(
            st.tuples(st.sampled_from(list(ENDPOINTS)), _CHANGES), min_size=1, max_size=5
        ),
        place=st.integers(0, 3),
        header=st.none() | st.tuples(st.sampled_from((*_HEADERS, QUERY_LEFT_OUT)), _WORDS),
    )
    def send_requests(
        self,
        endpoints: list[tuple[str, dict[str, Any]]],
        place: int,
        header: tuple[str, str] | None,
    ) -> None:
        """Requests, signed by a key; the last one may have a wrong header or signature."""
        for number, (name, changes) in enumerate(endpoints, 1):
            changed = header if number == len(endpoints) else None
            self.send_request(ENDPOINTS[name], changes, self.choose_key(place), changed)

    def send_request(
        self,
        endpoint: Endpoint,
        changes: dict[str, Any],
        key: Key,
        header: tuple[str, str] | None,
    ) -> None:
        """Send a request that is right but for the changes."""
        params = REQUESTS[endpoint.batch_of or endpoint.name] | changes
        if header:  # A hint explains the wrong signature, but must not show the secret.
            params |= {"tag": header[1]}
        target, body = endpoint.path, ""
        if endpoint.method == "GET":
            texts = {name: str(value) for name, value in params.items()}
            target += f"?{urlencode(texts, errors='replace')}"
        else:
            body = json.dumps([params, params] if endpoint.batch_of else params)
        wrong = header is not None and header[0] == QUERY_LEFT_OUT
        signed = endpoint.path if wrong else target
        headers = make_private_headers(endpoint.method, signed, body, at=self.now, key=key)
        if header and not wrong:
            headers[header[0]] = quote(header[1], safe=" {}<>", errors="replace")
        self.ask(endpoint.method, target, headers, body)

    @property
    def now(self) -> str:
        """The time of the exchange, for a signature."""
        return timestamp(self.exchange.now())

    @rule(setting=_SETTINGS, changes=st.dictionaries(_SETTING_NAMES, _VALUES, max_size=1))
    def turn_knob(self, setting: tuple[str, dict[str, Any]], changes: dict[str, Any]) -> None:
        """Turn a knob of the sandbox."""
        knob, settings = setting
        body = json.dumps(settings | changes)
        self.ask("POST", f"/sandbox/{knob}", {"Content-Type": "application/json"}, body)
        self.ask("GET", "/sandbox", {})

    @rule(
        messages=st.lists(st.tuples(_MESSAGES, _CHANGES) | _VALUES, max_size=3),
        logged_in=st.booleans(),
    )
    def send_messages(self, messages: list[Any], logged_in: bool) -> None:
        """Send WebSocket messages, on the open connection if there is one."""
        if self.inbox is None:
            self.open_websocket()
        texts = [json.dumps(ws_login(PRACTICE_KEY, self.exchange.now()))] if logged_in else []
        for message in messages:
            if isinstance(message, tuple):
                right, changes = message
                args = [arg | changes for arg in right["args"]]
                texts.append(json.dumps(right | {"args": args}))
            else:
                texts.append(message if isinstance(message, str) else json.dumps(message))
        assert self.inbox is not None
        for text in (*texts, "ping"):
            self.inbox.put_nowait({"type": "websocket.receive", "text": text})
        self.read_messages(request=" ".join(texts))

    @rule(message=_MESSAGES)
    def send_right_message(self, message: dict[str, Any]) -> None:
        """Send a WebSocket message that is right, after a login."""
        self.send_messages([(message, {})], logged_in=True)

    def open_websocket(self) -> None:
        """Connect, and read the answer to the handshake."""
        self.inbox, self.outbox = asyncio.Queue(), asyncio.Queue()
        self.inbox.put_nowait({"type": "websocket.connect"})
        scope = self.make_scope("websocket", "/ws/v5/private", {})
        served = self.app(scope, self.inbox.get, self.outbox.put)
        self.served = self.loop.create_task(served)  # type: ignore[arg-type]  # an async function
        first = self.loop.run_until_complete(self.outbox.get())
        if first["type"] != "websocket.accept":  # Too many in this second: wait for the next.
            assert first["status"] == 429, first
            self.seconds += 1
            self.open_websocket()

    def read_messages(self, *, request: str) -> None:
        """Read until the ping is answered or the connection ends."""
        while True:
            message = self.loop.run_until_complete(self._read_message())
            if message is None or message["type"] == "websocket.close":
                self.inbox = None
                if self.served:
                    self.loop.run_until_complete(self.served)
                assert message, "the connection ended without a word"
                assert message["code"] != 1011, message
                return
            self.check_text(message["text"], request=request)
            if message["text"] == "pong":
                return
            event = json.loads(message["text"])
            self.reached[event.get("event") or event.get("op") or "push"] += 1

    async def _read_message(self) -> Message | None:
        assert self.served is not None
        read = asyncio.ensure_future(self.outbox.get())
        await asyncio.wait([read, self.served], return_when=asyncio.FIRST_COMPLETED)
        if read.done():
            return read.result()
        read.cancel()
        return None

    @rule(path=st.sampled_from(["new", "key", "key/delete", "waiting"]), changes=_FIELDS)
    def send_form(self, path: str, changes: dict[str, str]) -> None:
        """Send a form of the key page, with valid and invalid fields."""
        names = [key.api_key for key in self.exchange.keys] or [PRACTICE_KEY.api_key]
        kind, _, action = path.partition("/")
        target = (
            f"{_LIST}/{kind}"
            + ("" if kind == "new" else f"/{names[-1]}")
            + f"/{action}" * (action != "")
        )
        fields = _FORM | changes
        answer = self.post_form(f"{target}?go-demo-trading=1", fields)
        if kind == "new" and answer.status == 303:
            self.give_code(answer.headers["location"])

    def post_form(self, target: str, fields: dict[str, Any]) -> Answer:
        """Open the page of a form, and send it with its token."""
        page = self.visit("GET", target)
        match = re.search(rf'name="{TOKEN}" value="([0-9a-f]+)"', page.body)
        token = {TOKEN: match[1]} if match else {}
        return self.visit("POST", target, urlencode(token | fields, doseq=True, errors="replace"))

    def visit(self, method: str, target: str, body: str = "") -> Answer:
        """Ask as a browser does, which keeps its cookie."""
        cookie = "; ".join(f"{name}={item.value}" for name, item in self.cookies.items())
        headers = {"Cookie": cookie} if cookie else {}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self.ask(method, target, headers, body)
        self.cookies.load(answer.headers.get("set-cookie", ""))
        return answer

    def give_code(self, target: str) -> None:
        """Confirm a new key by its code, without opening the page that shows its secret."""
        inbox = self.visit("GET", "/account/inbox").body
        code = re.search(r'<code class="code">(\d{6})</code>', inbox)
        assert code, "no code came"
        before = len(self.exchange.keys)
        self.post_form(target, {"code": code[1]})
        assert len(self.exchange.keys) == before + 1, "the code made no key"

    @rule(seconds=st.sampled_from([0.1, 3, 40, 3600, 15 * 86_400]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds

    @rule()
    def kill(self) -> None:
        """Restart from the state file as it is now, and compare."""
        self.reached["kill"] += 1
        before = self.look()
        copy = self.path.with_name(f"{self.path.name}x")
        shutil.copy(self.path, copy)
        self.close()
        self.path = copy
        self.open()
        after = self.look()
        lost = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
        assert not lost, f"what was answered did not survive a kill: {lost}"

    @rule(place=st.integers(0, 1 << 16), byte=st.integers(0, 255))
    def damage(self, place: int, byte: int) -> None:
        """Open a damaged copy of the file: it is refused with a message, or does no harm."""
        data = bytearray(self.path.read_bytes())
        data[place % len(data)] = byte
        copy = self.folder / "damaged"
        copy.write_bytes(data)
        try:
            with Store(copy) as store:
                Exchange([PRACTICE_KEY], lambda: self.seconds, store)
        except StateError as error:
            self.reached["refused file"] += 1
            self.check_text(str(error), request="")
            assert copy.read_bytes() == data, "a file that was refused is not as it was"
        copy.unlink()

    # --- what holds after every step --------------------------------------------------

    def look(self) -> dict[str, Any]:
        """Return the state: the keys, and of each account its money and its orders."""
        keys = list(self.exchange.keys)
        accounts = {key.owner: self.exchange.account(key) for key in [PRACTICE_KEY, *keys]}
        self.exchange.commit()
        return {
            "keys": {key.api_key: key.to_row() for key in keys},
            "price": [self.exchange.ticker({"instId": pair}, None)[0]["last"] for pair in _PAIRS],
        } | {
            owner: [account.balance({})[0]["details"], account.orders_pending({})]
            for owner, account in accounts.items()
        }

    @invariant()
    def owes_nothing(self) -> None:
        """No balance is below zero, and what is not frozen is available."""
        for row in self.exchange.account(PRACTICE_KEY).balance({})[0]["details"]:
            cash, frozen, free = (float(row[name]) for name in ("cashBal", "frozenBal", "availBal"))
            assert min(cash, frozen, free) >= 0, row
            assert abs(cash - frozen - free) < 1e-8, row

    @invariant()
    def leaves_nothing_uncaught(self) -> None:
        """No background task has failed."""
        assert not self.uncaught, self.uncaught


_PAIRS = ("BTC-USDT", "ETH-USDT")


def run(
    number: int,
    *,
    chosen: int | None = None,
    machine: type[Steps] = Steps,
    phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink),
) -> None:
    """Try so many sequences of up to 30 steps.

    Args:
        number: How many.
        chosen: The seed; without one, the same come every time.
        machine: What may be done.
        phases: Without `Phase.shrink` the first sequence that fails is raised as it is.

    Raises:
        AssertionError: A sequence breaks a rule; what the exchange raises is raised as well. The
            steps are in the notes, as code.
    """
    test: Callable[..., None] = run_state_machine_as_test
    kind = machine if chosen is None else seed(chosen)(machine)
    test(
        kind,
        settings=settings(
            derandomize=chosen is None,
            database=None,
            deadline=None,
            max_examples=number,
            stateful_step_count=30,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


@click.command()
@click.argument("number", type=int, default=1_000)
@click.argument("chosen", type=int, default=5)
def main(number: int, chosen: int) -> None:
    """Try so many sequences, chosen by a seed."""
    run(number, chosen=chosen)
    click.echo(f"sequences: {number} of up to 30 steps, seed {chosen}: nothing found")


if __name__ == "__main__":
    main()
