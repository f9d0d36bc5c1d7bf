"""A host for the built site on this machine: `make serve-built`.

It sends what the hosts of scripts.site.headers send: the headers of the file `_headers`, the
compressed copies, 404.html for missing pages, and redirects from pages that have moved.
"""

import mimetypes
import os
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

import click
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scripts.site.errors import SiteError
from scripts.site.redirects import read_redirects

_CODINGS = {"br": ".br", "gzip": ".gz"}
# What Netlify, Cloudflare Pages and Vercel send for a file without a rule.
_ASK_AGAIN = "public, max-age=0, must-revalidate"

Rules = list[tuple[str, dict[str, str]]]


def read_rules(text: str) -> Rules:
    r"""Return the patterns and their headers of a `_headers` file.

    Example:
        >>> read_rules("/*\n  X-Content-Type-Options: nosniff\n")
        [('/*', {'X-Content-Type-Options': 'nosniff'})]
    """
    rules: Rules = []
    for line in text.splitlines():
        if line.startswith("/"):
            rules.append((line.strip(), {}))
        elif line.strip():
            name, _, value = line.partition(":")
            rules[-1][1][name.strip()] = value.strip()
    return rules


def create_app(folder: Path) -> Starlette:
    """Return the host of a folder that `scripts.site.headers.prepare` has prepared."""
    rules = read_rules((folder / "_headers").read_text(encoding="utf-8"))
    redirects = [
        Route(old, partial(_redirect, new), methods=["GET", "HEAD"])
        for old, new in read_redirects(folder).items()
    ]
    return Starlette(
        routes=[*redirects, Mount("/", _Files(directory=folder, html=True))],
        middleware=[Middleware(_HeaderRules, rules=rules)],
    )


async def _redirect(address: str, _: Request) -> Response:
    return RedirectResponse(address, 301)


class _HeaderRules:
    """Adds the headers whose pattern fits the path."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for pattern, fields in self._rules:
                    if fnmatchcase(scope["path"], pattern):
                        for name, value in fields.items():
                            # The file has a type already; the rule's type replaces it.
                            if name == "Content-Type":
                                del headers[name]
                            headers.append(name, value)
                headers.setdefault("Cache-Control", _ASK_AGAIN)
            await send(message)

        await self._app(scope, receive, send_headers)


class _Files(StaticFiles):
    """Sends the smallest copy of a file that the browser can read."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        request_headers = Headers(scope=scope)
        accepted = {
            word.partition(";")[0].strip()
            for word in request_headers.get("accept-encoding", "").split(",")
            if not word.replace(" ", "").endswith(";q=0")
        }
        copies = {
            coding: Path(f"{os.fspath(full_path)}{suffix}") for coding, suffix in _CODINGS.items()
        }
        available = {coding: copy for coding, copy in copies.items() if copy.is_file()}
        coding = next((coding for coding in available if coding in accepted), None)
        response = FileResponse(
            available[coding] if coding else full_path,
            status_code=status_code,
            media_type=mimetypes.guess_type(full_path)[0] or "text/plain",
            stat_result=available[coding].stat() if coding else stat_result,
        )
        if coding:
            response.headers["Content-Encoding"] = coding
        if available:
            response.headers["Vary"] = "Accept-Encoding"
        if status_code == 200 and self.is_not_modified(response.headers, request_headers):
            return NotModifiedResponse(response.headers)
        return response


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("port", type=click.IntRange(1, 65535))
def main(folder: Path, port: int) -> None:
    """Serve the site in FOLDER on PORT, until Ctrl-C."""
    if not (folder / "_headers").is_file():
        raise SiteError(f"{folder}/_headers is not there: run `make site` first.")
    click.echo(f"The built guide: http://127.0.0.1:{port}/ - Ctrl-C stops it.")
    uvicorn.run(create_app(folder), port=port, log_level="warning")


if __name__ == "__main__":
    main(prog_name="python -m scripts.site.serve")
