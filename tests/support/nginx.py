"""A real nginx, which includes the lines that we write for it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from okx_guide.sandbox.server import bind
from tests.support.patience import SECONDS
from tests.support.tools import require_program

_FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def serve_by_nginx(site: Path, scratch: Path) -> Iterator[str]:
    """Serve a prepared site; yield its address, without a slash at the end.

    Without nginx the test is skipped by name, and where `CI` is set it fails and says so.

    Args:
        site: Its folder, with `site.nginx.conf` or what it is called beside it.
        scratch: A folder for what nginx writes.
    """
    program = require_program("nginx")
    listener = bind("127.0.0.1", 0)
    listener.listen()
    port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = scratch / "nginx.conf"
    settings.write_text(
        f"pid {scratch}/pid; daemon off; error_log {scratch}/errors;\n"
        # Its workers must be able to read the folder of this test.
        + ("user root;\n" if os.geteuid() == 0 else "")
        + "events {}\nhttp {\n    include /etc/nginx/mime.types;\n    access_log off;\n"
        + "".join(f"    {kind}_temp_path {scratch}/{kind};\n" for kind in _FOLDERS)
        + f"    server {{ listen 127.0.0.1:{port}; root {site};\n"
        f"        include {site}.nginx.conf; }}\n}}\n",
        encoding="utf-8",
    )
    errors = scratch / "errors"
    with listener:
        # It takes the socket over, as from its predecessor: a port that is closed in between
        # may be somebody else's by then. Whoever asks too early waits for an answer.
        started = subprocess.Popen(
            [program, "-e", errors, "-p", scratch, "-c", settings],
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
        )
    try:
        requests.get(f"{url}/", timeout=SECONDS)
        yield url
    finally:
        started.terminate()
        started.wait(SECONDS)
