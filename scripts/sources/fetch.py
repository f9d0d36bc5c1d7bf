"""Fetch pages politely: each once, with pauses, never too long, too much or where not wanted."""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from email.message import Message
from importlib.metadata import version
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import requests
import urllib3

from scripts.sources.store import Version

MEGABYTE = 1_000_000
_HTML = ("text/html", "application/xhtml+xml")
_LANGUAGE = re.compile(r"[a-z]{2}(-[a-z]{2,4}){0,2}")
_LOGIN = re.compile(r"/(log-?in|sign-?in|sso|oauth|authorize)\b", re.IGNORECASE)


class FetchError(Exception):
    """The page could not be fetched; the message says why."""


class GoneError(FetchError):
    """The page no longer exists."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent.

    Attributes:
        body: The page; empty if it has not changed or was not wanted.
        charset: Its encoding, if the header names it.
        version: What the server calls this version; without a basis.
        is_unchanged: Whether the server says that it is the version asked about.
        moved: Where the page has gone for good; empty if it has not.
    """

    body: bytes = b""
    charset: str | None = None
    version: Version = field(default_factory=Version)
    is_unchanged: bool = False
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on what is asked of other people's servers.

    Attributes:
        pause: Seconds between two requests to a host.
        wait: Seconds without a word from the server.
        page: Seconds for one page.
        total: Seconds for all pages; whatever is left then is not fetched.
        requests: How many requests, redirections included.
        size: How many bytes a page may have.
    """

    pause: float = 2.0
    wait: float = 20.0
    page: float = 60.0
    total: float = 1500.0
    requests: int = 400
    size: int = 30 * MEGABYTE


class _Session(requests.Session):
    """A session that counts the requests it sends, and sends no password of this machine."""

    def __init__(self, agent: str) -> None:
        super().__init__()
        self.count = 0
        self.max_redirects = 5
        self.headers.update({"User-Agent": agent, "Accept": ", ".join(_HTML)})
        # Without it, requests would look for a password in ~/.netrc.
        self.auth = _keep_request

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request, and count it."""
        self.count += 1
        return super().send(request, **kwargs)


class Fetcher:
    """Fetches pages, and records which host was asked when.

    Args:
        agent: Who asks, as `describe_agent` writes it.
        limits: How much is asked.
        sleep: Waits some seconds.
        clock: Seconds that only ever grow.
    """

    def __init__(
        self,
        agent: str,
        limits: Limits = Limits(),
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = _Session(agent)
        self._agent = agent
        self._limits = limits
        self._sleep = sleep
        self._clock = clock
        self._end = clock() + limits.total
        self._last: dict[str, float] = {}
        self._robots: dict[str, RobotFileParser] = {}
        self._shut: dict[str, str] = {}

    def get(self, url: str, headers: Mapping[str, str], *, is_wanted: bool = True) -> Answer:
        """Fetch one page.

        Args:
            url: Its address, without a fragment.
            headers: Those of a conditional request, or none.
            is_wanted: False to look only whether it is there.

        Raises:
            GoneError: The server says that there is no such page.
            FetchError: There is nothing to compare.
        """
        try:
            host = urlsplit(url).netloc
        except ValueError as error:
            raise FetchError(f"its address cannot be used ({error})") from error
        if host in self._shut:
            raise FetchError(f"not asked, because of its host: {self._shut[host]}")
        if host not in self._robots:
            try:
                self._robots[host] = self._read_robots(url)
            except FetchError as error:
                self._shut[host] = str(error)
                raise
        robots = self._robots[host]
        if not robots.can_fetch(self._agent, url):
            raise FetchError("not asked: the robots.txt of its host asks programs to stay away")
        deadline = self._clock() + self._limits.page
        with closing(self._send(url, headers)) as response:
            if response.status_code == 429:
                self._shut[host] = "it is asked too often"
            _refuse(response)
            answer = Answer(
                charset=_read_charset(response),
                version=Version(
                    response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
                ),
                is_unchanged=response.status_code == 304,
                moved=_find_move(response),
            )
            if answer.is_unchanged or not is_wanted:
                return answer
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind not in _HTML:
                raise FetchError(f"it is not HTML but {kind or 'of no type that is named'}")
            return Answer(
                self._read(response, deadline), answer.charset, answer.version, moved=answer.moved
            )

    def _send(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        host = urlsplit(url).netloc
        if self._session.count >= self._limits.requests:
            raise FetchError(f"not asked: {self._limits.requests} requests are enough for one run")
        if self._clock() >= self._end:
            raise FetchError(f"not asked: the run had already taken {self._limits.total:.0f} s")
        pause = self._last.get(host, -self._limits.pause) + self._limits.pause - self._clock()
        if host in self._last and pause > 0:
            self._sleep(pause)
        try:
            return self._session.get(
                url, headers=dict(headers), timeout=self._limits.wait, stream=True
            )
        except requests.Timeout as error:
            raise FetchError(f"it gave no answer within {self._limits.wait:.0f} s") from error
        except requests.TooManyRedirects as error:
            raise FetchError("it redirects more than five times") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            raise FetchError(f"it gave no answer ({type(error).__name__})") from error
        finally:
            self._last[host] = self._clock()

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """Read the body piece by piece, so that neither a large nor a slow one can hold us up."""
        body = bytearray()
        try:
            # A piece is whatever has arrived: to wait for a full one could take for ever.
            while piece := response.raw.read1(65536, decode_content=True):
                body += piece
                if len(body) > self._limits.size:
                    raise FetchError(f"it is larger than {self._limits.size / MEGABYTE:g} MB")
                if self._clock() > deadline:
                    raise FetchError(f"it took longer than {self._limits.page:.0f} s")
        except urllib3.exceptions.HTTPError as error:
            raise FetchError(f"it broke off ({type(error).__name__})") from error
        return bytes(body)

    def _read_robots(self, url: str) -> RobotFileParser:
        robots = RobotFileParser()
        lines: list[str] = []
        with closing(self._send(urljoin(url, "/robots.txt"), {})) as response:
            if response.status_code == 200 and "text/plain" in response.headers.get(
                "Content-Type", ""
            ):
                body = self._read(response, self._clock() + self._limits.page)
                lines = body.decode("utf-8", "replace").splitlines()
        robots.parse(lines)
        return robots


def describe_agent(environ: Mapping[str, str]) -> str:
    """Return who asks, and, in a workflow, where to complain.

    Examples:
        >>> describe_agent({"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b"})
        'okx-guide-sources/... (documentation checker, one request a page and week; +https://github.com/a/b)'
    """
    server, repository = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_REPOSITORY")
    address = f"; +{server}/{repository}" if server and repository else ""
    purpose = "documentation checker, one request a page and week"
    return f"okx-guide-sources/{version('okx-guide')} ({purpose}{address})"


def _keep_request(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _refuse(response: requests.Response) -> None:
    status = response.status_code
    if status in (404, 410):
        raise GoneError(f"it is gone (HTTP {status})")
    if status == 429:
        raise FetchError("it is asked too often (HTTP 429)")
    if status in (401, 403):
        raise FetchError(f"it is closed to this program (HTTP {status})")
    if response.history and _LOGIN.search(urlsplit(response.url).path):
        raise FetchError(f"it asks to log in, at {response.url}")
    if status not in (200, 304):
        raise FetchError(f"its host answers with an error (HTTP {status})")


def _read_charset(response: requests.Response) -> str | None:
    header = Message()
    header["Content-Type"] = response.headers.get("Content-Type", "")
    return header.get_content_charset()


def _find_move(response: requests.Response) -> str:
    """Return the address to which the page has gone for good; empty if it has not.

    Only a permanent redirection to another host or path counts. Another scheme, `www.`, a slash
    at the end, a query, and another language or region of the same path are no move: OKX sends
    readers of one country to `/en-sg/...` and those of another to `/en-eu/...`.
    """
    hops = [*response.history, response]
    for before, after in pairwise(hops):
        if before.status_code in (301, 308) and identify_page(before.url) != identify_page(
            after.url
        ):
            return response.url
    return ""


def identify_page(url: str) -> tuple[str, ...]:
    """Return what tells one page from another in an address."""
    parts = urlsplit(url)
    names = [part for part in parts.path.split("/") if part]
    return (
        parts.netloc.removeprefix("www."),
        *(name for name in names if not _LANGUAGE.fullmatch(name)),
    )
