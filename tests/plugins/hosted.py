"""The site as its host serves it: finished, prepared, and served with its headers."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from okx_guide.sandbox.server import bind
from scripts.site import downloads
from scripts.site import finish as finishing
from scripts.site.headers import prepare
from scripts.site.serve import create_app
from tests.plugins.site import build_once
from tests.support.patience import SECONDS


@contextmanager
def serve_site(folder: Path) -> Iterator[str]:
    """Serve a prepared folder; yield its address, without a slash at the end."""
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(folder), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        listener.close()


@pytest.fixture(scope="session")
def hosted(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make site` makes."""

    def build(folder: Path) -> None:
        shutil.copytree(site, folder)
        finishing.finish(folder)
        downloads.add(folder)
        prepare(folder)

    return build_once(tmp_path_factory, "hosted", build)


@pytest.fixture(scope="session")
def hosted_url(hosted: Path) -> Iterator[str]:
    """The address at which it is served."""
    with serve_site(hosted) as url:
        yield url
