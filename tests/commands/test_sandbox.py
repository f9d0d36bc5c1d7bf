import errno
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from okx_guide.__main__ import main
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from okx_guide.signing import timestamp
from tests.support.wire import Answer, ask, no_proxy, order, private

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "okx-guide"
SECONDS = 60
"""Nothing takes this long; a test that waits longer has failed."""


@dataclass
class Started:
    """A command that runs, with what it has said so far."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        line = next(line for line in self.out.splitlines() if line.startswith("The practice"))
        return line.split()[3]

    def ready(self) -> "Started":
        self.wait(lambda: "Press Ctrl-C to stop.\n" in self.out)
        return self

    def stopped(self, signal_: signal.Signals = signal.SIGINT, *, group: bool = False) -> int:
        if group:
            os.killpg(self.process.pid, signal_)
        else:
            self.process.send_signal(signal_)
        return self.process.wait(SECONDS)

    def wait(self, until: Callable[[], object]) -> None:
        deadline = time.monotonic() + SECONDS
        while not until():
            assert self.process.poll() is None, self.err
            assert time.monotonic() < deadline, self.out + self.err
            time.sleep(0.02)


Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `okx-guide` as a reader does; whatever still runs in the end is killed."""
    with ExitStack() as stack:

        def start(*arguments: str, cwd: Path = tmp_path) -> Started:
            with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
                process = subprocess.Popen(
                    [PROGRAM, *arguments], stdout=out, stderr=err, cwd=cwd, start_new_session=True
                )
            stack.callback(kill, process)
            return Started(process, tmp_path)

        yield start


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(SECONDS)


def run(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    ran = subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, cwd=cwd, timeout=SECONDS, check=False
    )
    return ran.returncode, ran.stdout, ran.stderr


def free_port() -> int:
    """A port that is free, and so is the next one: a sandbox needs two."""
    for _ in range(100):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port
    raise AssertionError("No two free ports in a row.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def of_bash(script: str, *arguments: str) -> dict[str, str]:
    """The variables of a shell that has run a script."""
    ran = subprocess.run(
        ["/bin/bash", "-c", f"{script}\nexec /usr/bin/env -0", "bash", *arguments],
        capture_output=True, text=True, check=True, env={},
    )  # fmt: skip
    return dict(pair.split("=", 1) for pair in ran.stdout.split("\0") if pair.startswith("OKX_"))


def call(url: str, method: str, path: str, body: str = "", **key: Any) -> Answer:
    headers = private(method, path, body, at=timestamp(), key=replace(PRACTICE_KEY, **key))
    return ask(url, method, path, headers, body)


def key_page(sandbox: Started) -> str:
    """The page for keys whose address was printed; it lists the ready key."""
    line = next(line for line in sandbox.out.splitlines() if line.startswith("To make keys"))
    shown = requests.get(line.rpartition(" ")[2], timeout=SECONDS).text
    assert PRACTICE_KEY.api_key in shown
    return shown


CONFIG = "/api/v5/account/config"
ORDER = "/api/v5/trade/order"


def test_the_sandbox_says_what_it_is_not_and_prints_five_lines_to_paste(start: Start) -> None:
    sandbox = start("sandbox", "--port", "0").ready()
    assert f"{sandbox.url} (this is not OKX, nothing here has value)" in sandbox.out
    assert "read_only, trade; demo key: send x-simulated-trading: 1" in sandbox.out
    assert "Demo API keys" in key_page(sandbox)
    lines = [line for line in sandbox.out.splitlines() if line.startswith("export ")]
    told = of_bash("\n".join(lines))
    # The next port stands for the host of demo WebSockets.
    ws_url = told.pop("OKX_WS_URL")
    assert re.fullmatch(r"ws://127\.0\.0\.1:\d+/ws/v5", ws_url)
    assert ws_url != sandbox.url.replace("http", "ws") + "/ws/v5"
    expected = {
        "OKX_API_KEY": PRACTICE_KEY.api_key,
        "OKX_SECRET_KEY": PRACTICE_KEY.secret_key,
        "OKX_PASSPHRASE": PRACTICE_KEY.passphrase,
        "OKX_API_BASE_URL": sandbox.url,
    }
    assert (5, expected) == (len(lines), told)
    assert sandbox.url.startswith("http://127.0.0.1:")
    assert call(sandbox.url, "GET", CONFIG).code == "0"
    assert (sandbox.stopped(), sandbox.err) == (0, "")
    assert sandbox.out.endswith("\nStopped.\n")
    assert is_free(int(sandbox.url.rpartition(":")[2]))


def test_a_request_in_the_middle_does_not_keep_the_sandbox_from_stopping(start: Start) -> None:
    sandbox = start("sandbox", "--port", "0").ready()
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as held:
        held.sendall(b"POST /api/v5/trade/order HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
        assert ask(sandbox.url, "GET", "/api/v5/public/time").code == "0"
        assert (sandbox.stopped(signal.SIGTERM), sandbox.err) == (0, "")


@pytest.mark.parametrize("before", [None, 0o644])
def test_the_file_of_variables_is_the_owners_and_serves_a_shell(
    start: Start, tmp_path: Path, before: int | None
) -> None:
    file = tmp_path / "practice $HOME.env"
    if before is not None:
        file.write_text("something longer than what comes\n" * 50, encoding="utf-8")
        file.chmod(before)
    sandbox = start("sandbox", "--port", "0", "--env-file", str(file)).ready()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    variables = of_bash('set -a; . "$1"; set +a', str(file))
    assert (PRACTICE_KEY.secret_key, sandbox.url, 5) == (
        variables["OKX_SECRET_KEY"], variables["OKX_API_BASE_URL"], len(variables),
    )  # fmt: skip
    assert PRACTICE_KEY.secret_key not in sandbox.out + sandbox.err
    assert PRACTICE_KEY.passphrase not in sandbox.out + sandbox.err
    # The line that says how to use it is right even for a name like this.
    use = next(line for line in sandbox.out.splitlines() if "set -a" in line)
    assert variables == of_bash(use.partition("To use them: ")[2])


def test_a_live_key_with_one_permission_and_an_address_is_what_was_asked_for(start: Start) -> None:
    options = ("--live", "--perm", "read_only", "--ip", "127.0.0.1", "--ip", "2001:db8::/32")
    sandbox = start("sandbox", "--port", "0", *options).ready()
    assert "read_only; live key\n" in sandbox.out
    assert "Live API keys" in key_page(sandbox)
    answer = call(sandbox.url, "GET", CONFIG, demo=False)
    config = answer.json["data"][0]
    assert (config["perm"], config["ip"]) == ("read_only", "127.0.0.1/32,2001:db8::/32")
    assert call(sandbox.url, "GET", CONFIG).code == "50101"
    assert call(sandbox.url, "POST", ORDER, order(), demo=False).code == "50120"


def test_a_key_bound_elsewhere_and_several_permissions(start: Start) -> None:
    options = ("--ip", "203.0.113.7", "--perm", "trade", "--perm", "trade", "--perm", "withdraw")
    sandbox = start("sandbox", "--port", "0", *options).ready()
    assert "trade, withdraw; demo key" in sandbox.out
    assert call(sandbox.url, "GET", CONFIG).code == "50110"


def test_a_time_without_milliseconds_passes_if_that_was_asked_for(start: Start) -> None:
    sandbox = start("sandbox", "--port", "0", "--milliseconds", "optional").ready()
    at = re.sub(r"\.\d{3}Z$", "Z", timestamp())
    assert ask(sandbox.url, "GET", CONFIG, private("GET", CONFIG, at=at)).code == "0"


def test_a_busy_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = run("sandbox", "--port", str(port), cwd=tmp_path)
    assert (code, out) == (1, "")
    assert err == (
        f"Error: Cannot listen on 127.0.0.1:{port} (Address already in use). Choose another "
        f"port, for example --port {port + 10}.\n"
    )


@pytest.mark.parametrize(
    ("number", "port", "advice"),
    [
        (errno.EADDRINUSE, 8700, "Choose another port, for example --port 8710."),
        (errno.EADDRINUSE, 65530, "Choose another port, for example --port 65520."),
        (errno.EACCES, 80, "Choose another port, for example --port 90."),
        (errno.EADDRNOTAVAIL, 8700, "Choose an address of this machine, for example --host 127"),
        (socket.EAI_NONAME, 8700, "Choose an address of this machine, for example --host 127"),
    ],
)
def test_what_cannot_be_listened_on_is_told_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch, number: int, port: int, advice: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, "It cannot be")

    monkeypatch.setattr("okx_guide.sandbox.server.bind", refuse)
    ran = CliRunner().invoke(main, ["sandbox", "--port", str(port)])
    assert (ran.exit_code, ran.stdout) == (1, "")
    start = f"Error: Cannot listen on 127.0.0.1:{port} (It cannot be). {advice}"
    assert ran.stderr.startswith(start)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--ip", "localhost", "Give an IPv4 or IPv6 address or network."),
        ("--ip", "203.0.113.7/24", "has host bits set"),
        ("--ip", "", "Give an IPv4 or IPv6 address or network."),
        ("--perm", "admin", "is not one of 'read_only', 'trade', 'withdraw'"),
        ("--milliseconds", "maybe", "is not one of 'required', 'optional'"),
        ("--port", "65531", "not in the range 0<=x<=65530"),
        ("--port", "http", "is not a valid integer"),
        ("--env-file", "/", "is a directory"),
    ],
)
def test_a_wrong_option_is_named(option: str, value: str, said: str) -> None:
    ran = CliRunner().invoke(main, ["sandbox", option, value])
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert f"Invalid value for '{option}'" in ran.stderr


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    code, out, err = run("sandbox", "--port", "0", "--env-file", "none/x.env", cwd=tmp_path)
    assert (code, err) == (1, "Error: Cannot write none/x.env (No such file or directory).\n")
    assert PRACTICE_KEY.secret_key not in out


@dataclass
class Listener:
    """Seems to listen, so that nothing is exposed while it is tested."""

    name: tuple[str, int]

    def getsockname(self) -> tuple[str, int]:
        return self.name

    def close(self) -> None:
        """It does not listen."""


@pytest.mark.parametrize(
    ("address", "warned"),
    [("127.0.0.1", False), ("127.8.8.8", False), ("::1", False), ("0.0.0.0", True),  # noqa: S104
     ("::", True), ("192.0.2.1", True)],
)  # fmt: skip
def test_who_can_be_reached_from_outside_is_warned(
    monkeypatch: pytest.MonkeyPatch, address: str, warned: bool
) -> None:
    monkeypatch.setattr("okx_guide.sandbox.server.bind", lambda *asked: Listener(asked))
    served: list[Any] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda _, sockets: served.extend(sockets))
    ran = CliRunner().invoke(main, ["sandbox", "--host", address])
    assert (0, [Listener((address, 8700)), Listener((address, 8701))]) == (ran.exit_code, served)
    assert warned == ("anybody there can use the key" in ran.stderr)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["sandbox", "-h"], ["serve", "--help"]])
def test_help_is_given(arguments: list[str]) -> None:
    ran = CliRunner().invoke(main, arguments)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.output.startswith("Usage: ")


def test_the_program_says_that_it_is_not_of_okx(tmp_path: Path) -> None:
    code, out, _ = run("--help", cwd=tmp_path)
    assert code == 0
    assert "Unofficial: not made, run or reviewed by OKX." in out


# --- the clock --------------------------------------------------------------------------


@pytest.fixture
def practice(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    with no_proxy(), running() as sandbox:
        monkeypatch.setenv("OKX_API_BASE_URL", sandbox.url)
        yield sandbox


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "running, +0 s from this machine"),
        (["--advance", "14d"], "running, +1209600 s from this machine"),
        (["--advance", "1.5h", "--freeze"], "frozen, +5400 s from this machine"),
        (["--skew=-45s"], "running, -45 s from this machine"),
        (["--skew", "10m"], "running, +600 s from this machine"),
        (["--idle", "13d"], "running, +0 s from this machine"),
    ],
)
def test_the_clock_is_looked_at_and_turned(
    practice: RunningSandbox, options: list[str], said: str
) -> None:
    ran = CliRunner().invoke(main, ["clock", *options])
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z, (.*)\n", ran.stdout)[1] == said  # type: ignore[index]  # it matches


def test_a_stopped_clock_runs_on(practice: RunningSandbox) -> None:
    CliRunner().invoke(main, ["clock", "--freeze"])
    assert practice.clock.frozen
    CliRunner().invoke(main, ["clock", "--unfreeze"])
    assert not practice.clock.frozen


@pytest.mark.parametrize("value", ["", "s", "soon", "nan", "inf", "1e3", "1w", "٣", "--1"])
def test_a_time_that_is_none_is_refused(practice: RunningSandbox, value: str) -> None:
    ran = CliRunner().invoke(main, ["clock", f"--advance={value}"])
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "is not a time such as 45s, 10m, 2h or 14d." in ran.stderr


def test_a_clock_that_cannot_be_turned_so_far_says_so(practice: RunningSandbox) -> None:
    ran = CliRunner().invoke(main, ["clock", "--advance", "9999999999d"])
    assert ran.exit_code == 1
    assert ran.stderr == (
        "Error: The clock cannot show a time before 1970 or after the year 9999.\n"
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1", "http://[", "nothing"])
def test_a_clock_that_does_not_answer_is_one_clear_line(url: str) -> None:
    with no_proxy():
        ran = CliRunner().invoke(main, ["clock", "--url", url])
    assert ran.exit_code == 1
    assert ran.stderr == (
        f"Error: No practice exchange answers at {url}. Start one: okx-guide sandbox.\n"
    )


# --- what is kept -----------------------------------------------------------------------


def test_an_acknowledged_order_survives_a_kill(start: Start) -> None:
    first = start("sandbox", "--port", "0", "--state", "practice.state").ready()
    body = order()
    assert call(first.url, "POST", ORDER, body).code == "0"
    kill(first.process)
    again = start("sandbox", "--port", "0", "--state", "practice.state").ready()
    pending = call(again.url, "GET", "/api/v5/trade/orders-pending").json["data"]
    assert [row["px"] for row in pending] == ["1000"]


def test_a_state_file_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("my notes", encoding="utf-8")
    code, out, err = run("sandbox", "--port", "0", "--state", "notes.txt", cwd=tmp_path)
    assert (code, out) == (1, "")
    assert err.startswith("Error: notes.txt is not a state file of the practice exchange")
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "my notes"


def test_three_sites_are_six_ports(start: Start) -> None:
    sandbox = start("sandbox", "--port", "0", "--sites").ready()
    urls = re.findall(r"(global|us|eea): +(http://\S+), demo WebSockets (ws://\S+)", sandbox.out)
    assert [name for name, _, _ in urls] == ["global", "us", "eea"]
    assert [call(url, "GET", CONFIG).code for _, url, _ in urls] == ["0", "50119", "50119"]


# --- the site and the sandbox together --------------------------------------------------


def test_serving_outside_a_checkout_is_one_clear_line(tmp_path: Path) -> None:
    code, out, err = run("serve", cwd=tmp_path)
    assert (code, out) == (1, "")
    assert err == (
        "Error: There is no mkdocs.yml here: run this in a checkout of the guide, or run "
        "`okx-guide sandbox` for the practice exchange alone.\n"
    )


@pytest.mark.parametrize(
    ("option", "other", "variable"),
    [("--port", "--sandbox-port", "PORT"), ("--sandbox-port", "--port", "SANDBOX_PORT")],
)
def test_a_busy_port_of_either_is_one_clear_line(option: str, other: str, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = run("serve", option, str(port), other, str(free_port()), cwd=ROOT)
    assert (code, out) == (1, "")
    assert f"for example {option} {port + 10} (with make: {variable}={port + 10}).\n" in err
    assert len(err.splitlines()) == 1


def test_the_guide_and_the_sandbox_start_together_and_stop_together(start: Start) -> None:
    ports = free_port(), free_port()
    served = start("serve", "--port", str(ports[0]), "--sandbox-port", str(ports[1]), cwd=ROOT)
    served.ready()
    assert f"The guide:             http://127.0.0.1:{ports[0]}/\n" in served.out
    home = ask(f"http://127.0.0.1:{ports[0]}", "GET", "/")
    assert (home.status, b"<title>" in home.body) == (200, True)
    assert f"http://127.0.0.1:{ports[1]}" == served.url
    assert call(served.url, "GET", CONFIG).code == "0"
    # As a terminal does on Ctrl-C: everybody hears it.
    assert served.stopped(group=True) == 0
    assert [is_free(port) for port in ports] == [True, True]
    assert "Traceback" not in served.err
    assert served.out.endswith("\nStopped.\n")


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_to_the_program_alone_stops_both(
    start: Start, tmp_path: Path, signal_: signal.Signals
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# A small site\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n", encoding="utf-8")
    ports = free_port(), free_port()
    served = start("serve", "--port", str(ports[0]), "--sandbox-port", str(ports[1])).ready()
    assert [is_free(port) for port in ports] == [False, False]
    assert served.stopped(signal_) == 0
    assert [is_free(port) for port in ports] == [True, True]
    assert "Traceback" not in served.err


@pytest.mark.parametrize(
    ("signal_", "group"),
    [(signal.SIGINT, True), (signal.SIGINT, False), (signal.SIGTERM, False)],
)
def test_stopping_while_the_site_is_built_leaves_nothing_behind(
    start: Start, tmp_path: Path, signal_: signal.Signals, group: bool
) -> None:
    # A site that is never ready: its build waits for a pipe that nobody writes to.
    (tmp_path / "docs").mkdir()
    os.mkfifo(tmp_path / "docs" / "index.md")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n", encoding="utf-8")
    port = free_port()
    served = start("serve", "--port", str(port), "--sandbox-port", "0")
    served.wait(lambda: "Building documentation" in served.err)
    assert served.stopped(signal_, group=group) == 0
    # The group is empty: the build has gone too.
    with pytest.raises(ProcessLookupError):
        os.killpg(served.process.pid, 0)


def test_a_site_that_cannot_be_built_stops_the_sandbox_too(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: [\n", encoding="utf-8")
    ports = str(free_port()), str(free_port())
    code, out, err = run("serve", "--port", ports[0], "--sandbox-port", ports[1], cwd=tmp_path)
    assert (code, out) == (1, "")
    assert err.endswith("Error: The site stopped; the reason is above.\n")
    assert "Traceback" not in err
