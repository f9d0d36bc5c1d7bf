"""A server on loopback that plays the pages of others: changed, gone, slow, closed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from okx_guide.facts import Source
from scripts.sources.fetch import Fetcher, Limits
from scripts.sources.keep import keep
from scripts.sources.store import Baseline, Changelog
from tests.support.http_server import Handler, serve

TODAY = date(2026, 11, 27)
DAY = date(2026, 8, 22)

WINDOW = (
    "The server rejects requests where this differs from server time by more than 30 seconds "
    "(error 50102). Use the server’s own clock – not yours."
)
GUIDE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Guide</title>
<script>window.state = {{"build": "1.0"}}</script></head>
<body class="light">
<nav><a href="#time">Time</a> <a href="#limits">Limits</a></nav>
<header>Last updated: 22 August 2026</header>
<main>
<h1 id="keys">Keys</h1>
<p>Make a key on the website. Each API key can bind up to 20 IP addresses, which support
IPv4/IPv6 and network segment formats.</p>
<h1 id="time">Time</h1>
<p>{WINDOW}</p>
<ul><li>The timestamp is in UTC, with milliseconds, and ends with the letter <code>Z</code>.</li>
<li>Its epoch form, in seconds, belongs to the WebSocket only, where the docs ask for it.</li></ul>
<h1 id="limits">Limits</h1>
<h2 id="ticker">Ticker</h2>
<p>Rate Limit: 20 requests per 2 seconds</p>
<h2 id="books">Books</h2>
<p>Rate Limit: 20 requests per 2 seconds</p>
<h1 id="errors">Errors</h1>
<table><tr><th>Code</th><th>Status</th><th>Message</th></tr>
<tr><td>50102</td><td>401</td><td>Timestamp request expired</td></tr>
<tr><td>50113</td><td>401</td><td>Invalid signature.</td></tr></table>
</main>
<footer>Copyright 2026</footer>
</body></html>
"""
LOG = """<!doctype html>
<html lang="en"><head><title>Change log</title></head><body>
<ul class="toc"><li>2026-08-20</li><li>2026-07-30</li></ul>
<h1 id="upcoming-changes">Upcoming Changes</h1>
<h2>End of the old port</h2><p>Last update: August 12, 2026</p><p>The old port will close.</p>
<h1 id="2026-08-20">2026-08-20</h1>
<h2>New error code</h2><p>Added one.</p><h2>New parameter</h2><p>Added one too.</p>
<h1 id="2026-07-30">2026-07-30</h1>
<p>Changed the description of a field.</p>
</body></html>
"""
SEEN = (
    "announced: End of the old port (2026-08-12)",
    "2026-08-20: New error code",
    "2026-08-20: New parameter",
)
ROWS = [
    {
        "source": "keys",
        "facts": ["rules/ip-limit"],
        "quote": "Each API key can bind up to 20 IP addresses",
        "passage": "Make a key on the website. Each API key can bind up to 20 IP addresses, which "
        "support IPv4/IPv6 and network segment formats.",
    },
    {
        "source": "time",
        "facts": ["rules/timestamp-window", "errors/50102"],
        "quote": "differs from server time by more than 30 seconds (error 50102)",
        "passage": WINDOW,
    },
    {
        "source": "time",
        "facts": ["rules/timestamp-form"],
        "quote": "The timestamp is in UTC, with milliseconds",
        "passage": "The timestamp is in UTC, with milliseconds, and ends with the letter Z.",
    },
    {
        "source": "ticker",
        "facts": ["limits/GET /api/v5/market/ticker"],
        "quote": "20 requests per 2 seconds",
        "passage": "Rate Limit: 20 requests per 2 seconds",
    },
    {
        "source": "errors",
        "facts": ["errors/50113"],
        "quote": "50113 401 Invalid signature.",
        "passage": "50113 401 Invalid signature.",
    },
]
FACTS = {str(fact) for row in ROWS for fact in row["facts"]}


@dataclass(slots=True)
class Reply:
    """What the server answers on one path."""

    body: str | bytes = GUIDE
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    # Called between two pieces of the body: time passes, or the connection breaks.
    pause: Callable[[], object] | None = None


@dataclass(slots=True)
class Clock:
    """Time that passes only when somebody waits."""

    now: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@dataclass(slots=True)
class StubSite:
    """The server, and whoever asks it."""

    url: str
    replies: dict[str, Reply]
    requests: list[tuple[str, Mapping[str, str]]]
    clock: Clock = field(default_factory=Clock)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def make_fetcher(self, limits: Limits | None = None) -> Fetcher:
        return Fetcher("okx-guide-sources/test", limits or Limits(), self.clock.sleep, self.clock)

    def make_sources(self, *anchors: str) -> dict[str, Source]:
        """Return sources on one page; each is named after its section."""
        names = anchors or ("keys", "time", "ticker", "errors")
        return {name: Source(name, name, f"{self.url}/guide#{name}", DAY) for name in names}

    def make_baseline(self) -> Baseline:
        """Return what was kept of the guide, and how far its changelog was read."""
        memory = Baseline("Of a play.")
        assert keep(ROWS, memory, self.make_sources(), FACTS) == []
        log = Changelog(DAY, date(2026, 8, 20), SEEN)
        memory.changelogs[f"{self.url}/log_en/"] = log
        return memory


class _Player(Handler):
    def __init__(self, stage: StubSite, *args: object) -> None:
        self.stage = stage
        super().__init__(*args)  # type: ignore[arg-type]  # what the server passes

    def answer(self) -> None:
        self.stage.requests.append((self.path, dict(self.headers)))
        reply = self.stage.replies.get(self.path, Reply("Not found", 404, "text/plain"))
        etag = reply.headers.get("ETag")
        if etag and self.headers.get("If-None-Match") == etag:
            self.reply(304, b"", reply.headers)
            return
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        self.send_response(reply.status)
        kind = {"Content-Type": reply.kind} if reply.kind else {}
        length = {} if "Content-Length" in reply.headers else {"Content-Length": str(len(body))}
        for name, value in {**kind, **length, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        half = len(body) // 2 if reply.pause else len(body)
        self.wfile.write(body[:half])
        if reply.pause:
            reply.pause()
            self.wfile.write(body[half:])


@contextmanager
def serve_stub() -> Iterator[StubSite]:
    """Run the server, with the guide and its changelog as they were kept."""
    replies = {"/guide": Reply(), "/log_en/": Reply(LOG)}
    stage = StubSite("", replies, [])
    with serve(partial(_Player, stage)) as url:
        stage.url = url
        yield stage
