"""`make serve`: the site and the practice exchange start together and stop together."""

import os
import re
import signal
import socket
import sys
from functools import partial
from pathlib import Path

import pytest

from scripts.serve import describe_next
from tests.plugins.blocks import ROOT
from tests.support.processes import Launch, call, find_free_port, finish, is_free
from tests.support.raw_http import send_request

CONFIG = "/api/v5/account/config"
SERVE = (sys.executable, "-m", "scripts.serve")


@pytest.fixture(autouse=True)
def _scripts_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program start in another folder than the checkout."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def start_serve(launch: Launch) -> Launch:
    """Start what `make serve` starts."""
    return partial(launch, *SERVE)


def run(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    return finish(*SERVE, *arguments, cwd=cwd)


def test_serving_outside_a_checkout_is_one_clear_line(tmp_path: Path) -> None:
    code, out, err = run(cwd=tmp_path)
    assert (code, out) == (1, "")
    assert err == (
        "Error: There is no mkdocs.yml here: run this in a checkout of the guide, or run "
        "`okx-guide sandbox` for the practice exchange alone.\n"
    )


@pytest.mark.parametrize(
    ("option", "free_option", "variable"),
    [("--port", "--sandbox-port", "PORT"), ("--sandbox-port", "--port", "SANDBOX_PORT")],
)
def test_a_busy_port_of_either_is_one_clear_line(
    option: str, free_option: str, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        code, out, err = run(option, str(port), free_option, str(find_free_port()), cwd=ROOT)
    assert (code, out) == (1, "")
    assert f"for example {option} {port + 10} (with make: {variable}={port + 10}).\n" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("shell", "command"),
    [("sh", ". .venv/bin/activate"), ("powershell", r".venv\Scripts\Activate.ps1")],
)
def test_the_next_step_is_one_for_the_shell(shell: str, command: str) -> None:
    assert f"run\n`{command}`, paste the five lines" in describe_next(shell)


# The guide with the home page alone: tests/plugins/site.py builds every page.
HOME_ALONE = f"""
INHERIT: {ROOT}/mkdocs.yml
hooks: [{ROOT}/scripts/site/downloads.py]
exclude_docs: |
  *.md
  !/index.md
"""


def test_the_guide_and_the_sandbox_start_together_and_stop_together(
    start_serve: Launch, tmp_path: Path
) -> None:
    for name in ("docs", "overrides"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "mkdocs.yml").write_text(HOME_ALONE, encoding="utf-8")
    ports = find_free_port(), find_free_port()
    served = start_serve("--port", str(ports[0]), "--sandbox-port", str(ports[1]))
    served.ready()
    assert f"The guide:             http://127.0.0.1:{ports[0]}/\n" in served.out
    home = send_request(f"http://127.0.0.1:{ports[0]}", "GET", "/")
    assert (home.status, b"<title>" in home.body) == (200, True)
    # What the page offers to take home is there.
    offered = re.findall(rb'href="([^"]+\.(?:py|whl|tar\.gz))" download', home.body)
    assert len(offered) == 3
    for name in offered:
        answer = send_request(f"http://127.0.0.1:{ports[0]}", "GET", f"/{name.decode()}")
        assert (answer.status, bool(answer.body)) == (200, True), name
    assert f"http://127.0.0.1:{ports[1]}" == served.url
    assert call(served.url, "GET", CONFIG).code == "0"
    # As a terminal does on Ctrl-C: everybody hears it.
    assert served.stop(group=True) == 0
    assert [is_free(port) for port in ports] == [True, True]
    assert "Traceback" not in served.err
    assert served.out.endswith("\nStopped.\n")
    assert list(served.temporary.iterdir()) == []


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_to_the_program_alone_stops_both(
    start_serve: Launch, tmp_path: Path, signal_: signal.Signals
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# A small site\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n", encoding="utf-8")
    ports = find_free_port(), find_free_port()
    served = start_serve("--port", str(ports[0]), "--sandbox-port", str(ports[1])).ready()
    assert [is_free(port) for port in ports] == [False, False]
    assert served.stop(signal_) == 0
    assert [is_free(port) for port in ports] == [True, True]
    assert "Traceback" not in served.err


@pytest.mark.parametrize(
    ("signal_", "group"),
    [(signal.SIGINT, True), (signal.SIGINT, False), (signal.SIGTERM, False)],
)
def test_stopping_while_the_site_is_built_leaves_nothing_behind(
    start_serve: Launch, tmp_path: Path, signal_: signal.Signals, group: bool
) -> None:
    # A site that is never ready: its build waits for a pipe that nobody writes to.
    (tmp_path / "docs").mkdir()
    os.mkfifo(tmp_path / "docs" / "index.md")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n", encoding="utf-8")
    port = find_free_port()
    served = start_serve("--port", str(port), "--sandbox-port", "0")
    served.wait(lambda: "Building documentation" in served.err)
    assert served.stop(signal_, group=group) == 0
    # The group is empty: the build has gone too.
    with pytest.raises(ProcessLookupError):
        os.killpg(served.process.pid, 0)
    assert list(served.temporary.iterdir()) == []


def test_a_site_that_cannot_be_built_stops_the_sandbox_too(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: [\n", encoding="utf-8")
    ports = str(find_free_port()), str(find_free_port())
    code, out, err = run("--port", ports[0], "--sandbox-port", ports[1], cwd=tmp_path)
    assert (code, out) == (1, "")
    assert err.endswith("Error: The site stopped; the reason is above.\n")
    assert "Traceback" not in err
