"""The command `okx-guide sandbox`, started as a reader starts it."""

import errno
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from click.testing import CliRunner

from okx_guide.__main__ import main
from okx_guide.commands import sandbox as command
from okx_guide.commands.sandbox import format_assignment, print_trace
from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.sandbox.keypage.show_once import format_env
from okx_guide.sandbox.state.exchange import Exchange
from okx_guide.sandbox.state.store import Store
from okx_guide.sandbox.trace import trace_login
from okx_guide.signing import timestamp
from tests.support.patience import SECONDS
from tests.support.processes import Launch, Launched, call, find_free_port, finish, is_free
from tests.support.raw_http import make_private_headers, order, send_request

PROGRAM = Path(sys.executable).parent / "okx-guide"
VARIABLES = ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE", "OKX_API_BASE_URL", "OKX_WS_URL")
CONFIG = "/api/v5/account/config"
ORDER = "/api/v5/trade/order"
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def start_guide(launch: Launch) -> Launch:
    """Start `okx-guide` as a reader does."""
    return partial(launch, PROGRAM)


def run(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    return finish(PROGRAM, *arguments, cwd=cwd)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Call `okx-guide` in this process, in the test's folder; for what ends before it serves."""
    monkeypatch.chdir(tmp_path)

    def ask(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, arguments, prog_name="okx-guide")
        return result.exit_code, result.stdout, result.stderr

    return ask


def read_exports(script: str, *arguments: str) -> dict[str, str]:
    """The variables of a shell that has run a script."""
    result = subprocess.run(
        ["/bin/bash", "-c", f"{script}\nexec /usr/bin/env -0", "bash", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={},
    )
    return dict(pair.split("=", 1) for pair in result.stdout.split("\0") if pair.startswith("OKX_"))


def find_key_page(sandbox: Launched) -> str:
    """The page for keys whose address was printed; it lists the ready key."""
    line = next(line for line in sandbox.out.splitlines() if line.startswith("To make keys"))
    shown = requests.get(line.rpartition(" ")[2], timeout=SECONDS).text
    assert PRACTICE_KEY.api_key in shown
    return shown


def test_the_sandbox_says_what_it_is_not_and_prints_five_lines_to_paste(
    start_guide: Launch,
) -> None:
    sandbox = start_guide("sandbox", "--port", str(find_free_port())).ready()
    assert f"{sandbox.url} (this is not OKX, nothing here has value)" in sandbox.out
    assert "read_only, trade; demo key: send x-simulated-trading: 1" in sandbox.out
    assert "Demo API keys" in find_key_page(sandbox)
    lines = [line for line in sandbox.out.splitlines() if line.startswith("export ")]
    variables = read_exports("\n".join(lines))
    # The next port stands for the host of demo WebSockets.
    ws_url = variables.pop("OKX_WS_URL")
    assert re.fullmatch(r"ws://127\.0\.0\.1:\d+/ws/v5", ws_url)
    assert ws_url != sandbox.url.replace("http", "ws") + "/ws/v5"
    expected = {
        "OKX_API_KEY": PRACTICE_KEY.api_key,
        "OKX_SECRET_KEY": PRACTICE_KEY.secret_key,
        "OKX_PASSPHRASE": PRACTICE_KEY.passphrase,
        "OKX_API_BASE_URL": sandbox.url,
    }
    assert (5, expected) == (len(lines), variables)
    assert sandbox.url.startswith("http://127.0.0.1:")
    assert call(sandbox.url, "GET", CONFIG).code == "0"
    assert (sandbox.stop(), sandbox.err) == (0, "")
    assert sandbox.out.endswith("\nStopped.\n")
    assert is_free(int(sandbox.url.rpartition(":")[2]))


def test_a_request_in_the_middle_does_not_keep_the_sandbox_from_stopping(
    start_guide: Launch,
) -> None:
    sandbox = start_guide("sandbox", "--port", "0").ready()
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /api/v5/trade/order HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"
        )
        assert send_request(sandbox.url, "GET", "/api/v5/public/time").code == "0"
        assert (sandbox.stop(signal.SIGTERM), sandbox.err) == (0, "")


def test_a_sandbox_in_the_background_stops_on_sigint(start_guide: Launch) -> None:
    # A shell without job control lets what it puts in the background ignore SIGINT.
    sandbox = start_guide("sandbox", "--port", "0", ignored=[signal.SIGINT]).ready()
    assert (sandbox.stop(), sandbox.err) == (0, "")
    assert sandbox.out.endswith("\nStopped.\n")


def test_a_sandbox_outlives_its_terminal_under_nohup_only(start_guide: Launch) -> None:
    sandbox = start_guide("sandbox", "--port", "0", ignored=[signal.SIGHUP]).ready()
    sandbox.process.send_signal(signal.SIGHUP)
    # Had it been heard, the program would have stopped before it answers a second time.
    assert [call(sandbox.url, "GET", CONFIG).code for _ in range(2)] == ["0", "0"]
    assert sandbox.stop(signal.SIGTERM) == 0
    ended = start_guide("sandbox", "--port", "0").ready()
    assert (ended.stop(signal.SIGHUP), ended.err) == (0, "")


@pytest.mark.parametrize("before", [None, 0o644])
def test_the_file_of_variables_is_the_owners_and_serves_a_shell(
    start_guide: Launch, tmp_path: Path, before: int | None
) -> None:
    file = tmp_path / "practice $HOME.env"
    if before is not None:
        older = dict.fromkeys(VARIABLES, "x" * 500) | {"OKX_API_BASE_URL": "http://localhost:1"}
        file.write_text(format_env(older), encoding="utf-8")
        file.chmod(before)
    sandbox = start_guide("sandbox", "--port", "0", "--env-file", str(file)).ready()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    variables = read_exports('set -a; . "$1"; set +a', str(file))
    assert (PRACTICE_KEY.secret_key, sandbox.url, 5) == (
        variables["OKX_SECRET_KEY"],
        variables["OKX_API_BASE_URL"],
        len(variables),
    )
    assert PRACTICE_KEY.secret_key not in sandbox.out + sandbox.err
    assert PRACTICE_KEY.passphrase not in sandbox.out + sandbox.err
    # The line that says how to use it is right even for a name like this.
    use = next(line for line in sandbox.out.splitlines() if "set -a" in line)
    assert variables == read_exports(use.partition("To use them: ")[2])


REAL = dict.fromkeys(VARIABLES, "FAKE")


@pytest.mark.parametrize(
    "text",
    [
        "OKX_SECRET_KEY=real\n",
        format_env(REAL | {"OKX_API_BASE_URL": "https://openapi.okx.com"}),
        format_env(REAL | {"OKX_API_BASE_URL": "http://127.0.0.1:8700", "DATABASE": "mine"}),
        format_env(REAL | {"OKX_API_BASE_URL": "http://127.0.0.1:8700"}) + "# mine\n",
        "my notes",
        "it's",
        "",
        "\udcff",
    ],
)
def test_a_file_that_holds_anything_else_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / ".env"
    file.write_bytes(text.encode(errors="surrogateescape"))
    result = CliRunner().invoke(main, ["sandbox", "--port", "0", "--env-file", str(file)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "It was left as it is. Name another file, for example --env-file " in result.stderr
    assert result.stderr.endswith("practice.env.\n")
    assert file.read_bytes() == text.encode(errors="surrogateescape")
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_has_come_since_the_start_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("OKX_SECRET_KEY=real\n", encoding="utf-8")

    with pytest.raises(click.ClickException, match="It was left as it is"):
        command._write_env_file(file, REAL)  # noqa: SLF001  # no test can time what comes between

    assert file.read_text(encoding="utf-8") == "OKX_SECRET_KEY=real\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_to_a_file_of_ours_is_left_as_it_is(tmp_path: Path) -> None:
    own_file, link = tmp_path / "own_file", tmp_path / "link"
    own_file.write_text(
        format_env(REAL | {"OKX_API_BASE_URL": "http://127.0.0.1:8700"}), encoding="utf-8"
    )
    link.symlink_to(own_file)

    with pytest.raises(click.ClickException, match="It was left as it is"):
        command._write_env_file(link, REAL)  # noqa: SLF001  # the command would start to serve
    assert link.is_symlink()

    command._write_env_file(own_file, REAL)  # noqa: SLF001  # as above
    assert own_file.read_text(encoding="utf-8") == format_env(REAL)


def test_a_link_or_a_pipe_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("OKX_SECRET_KEY=real", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "dangling", "pipe"):
        file = str(tmp_path / name)
        result = CliRunner().invoke(main, ["sandbox", "--port", "0", "--env-file", file])
        assert (result.exit_code, result.stdout) == (1, "")
        assert "It was left as it is" in result.stderr
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "OKX_SECRET_KEY=real"
    assert not (tmp_path / "none").exists()


def test_a_live_key_with_one_permission_and_an_address_is_what_was_asked_for(
    start_guide: Launch,
) -> None:
    options = ("--live", "--perm", "read_only", "--ip", "127.0.0.1", "--ip", "2001:db8::/32")
    sandbox = start_guide("sandbox", "--port", "0", *options).ready()
    assert "read_only; live key\n" in sandbox.out
    assert "Live API keys" in find_key_page(sandbox)
    answer = call(sandbox.url, "GET", CONFIG, demo=False)
    config = answer.json["data"][0]
    assert (config["perm"], config["ip"]) == ("read_only", "127.0.0.1/32,2001:db8::/32")
    assert call(sandbox.url, "GET", CONFIG).code == "50101"
    assert call(sandbox.url, "POST", ORDER, order(), demo=False).code == "50120"


def test_a_key_bound_elsewhere_and_several_permissions(start_guide: Launch) -> None:
    options = ("--ip", "203.0.113.7", "--perm", "trade", "--perm", "trade", "--perm", "withdraw")
    sandbox = start_guide("sandbox", "--port", "0", *options).ready()
    assert "trade, withdraw; demo key" in sandbox.out
    assert call(sandbox.url, "GET", CONFIG).code == "50110"


def test_a_time_without_milliseconds_passes_if_that_was_asked_for(start_guide: Launch) -> None:
    sandbox = start_guide("sandbox", "--port", "0", "--milliseconds", "optional").ready()
    at = re.sub(r"\.\d{3}Z$", "Z", timestamp())
    assert (
        send_request(sandbox.url, "GET", CONFIG, make_private_headers("GET", CONFIG, at=at)).code
        == "0"
    )


def test_a_trace_is_printed_beside_what_a_shell_reads(start_guide: Launch) -> None:
    sandbox = start_guide("sandbox", "--port", "0", "--trace").ready()
    before = sandbox.out
    assert call(sandbox.url, "GET", CONFIG).code == "0"
    assert send_request(sandbox.url, "GET", CONFIG).code == "50103"
    assert sandbox.out == before
    first, second = sandbox.err.removesuffix("\n\n").split("\n\n")
    assert f" GET {CONFIG} from 127.0.0.1: HTTP 200, code 0\n" in first
    assert f"Z GET {CONFIG} from 127.0.0.1: HTTP 401, code 50103, " in second
    assert "\n  failed: headers\n  not reached: timestamp, age, " in second
    assert PRACTICE_KEY.passphrase not in sandbox.err
    assert sandbox.stop() == 0


def test_nothing_is_traced_without_the_option(start_guide: Launch) -> None:
    sandbox = start_guide("sandbox", "--port", "0").ready()
    assert call(sandbox.url, "GET", CONFIG).code == "0"
    assert (sandbox.stop(), sandbox.err) == (0, "")


def test_the_exchange_goes_on_when_nobody_reads_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_pipe(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", break_pipe)
    exchange = Exchange([PRACTICE_KEY])
    message, event = "{}", {"code": "60013", "msg": ""}
    print_trace(trace_login(exchange, message, [], "/ws/v5/private", "::1", "global", (), event))


def test_a_busy_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        code, out, err = run("sandbox", "--port", str(port), cwd=tmp_path)
    assert (code, out) == (1, "")
    assert err == (
        f"Error: Cannot listen on 127.0.0.1, ports {port} to {port + 1} (Address already in use). "
        f"Choose another port, for example --port {port + 10}.\n"
    )


@pytest.mark.parametrize(
    ("number", "port", "advice"),
    [
        (errno.EADDRINUSE, 8700, "Choose another port, for example --port 8710."),
        (errno.EADDRINUSE, 65530, "Choose another port, for example --port 65520."),
        (errno.EACCES, 80, "Choose another port, for example --port 8080."),
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
    result = CliRunner().invoke(main, ["sandbox", "--port", str(port)])
    assert (result.exit_code, result.stdout) == (1, "")
    start = (
        f"Error: Cannot listen on 127.0.0.1, ports {port} to {port + 1} (It cannot be). {advice}"
    )
    assert result.stderr.startswith(start)


@pytest.mark.parametrize(
    ("option", "value", "expected"),
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
def test_a_wrong_option_is_named(option: str, value: str, expected: str) -> None:
    result = CliRunner().invoke(main, ["sandbox", option, value])
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in result.stderr
    assert f"Invalid value for '{option}'" in result.stderr


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    code, out, err = run("sandbox", "--port", "0", "--env-file", "none/x.env", cwd=tmp_path)
    assert (code, err) == (
        1,
        "Error: Cannot write none/x.env (No such file or directory). "
        "Name a file in a folder that you may write to.\n",
    )
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
    [
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("::1", False),
        ("0.0.0.0", True),  # noqa: S104  # nothing is bound
        ("::", True),
        ("192.0.2.1", True),
    ],
)
def test_who_can_be_reached_from_outside_is_warned(
    monkeypatch: pytest.MonkeyPatch, address: str, warned: bool
) -> None:
    monkeypatch.setattr("okx_guide.sandbox.server.bind", lambda *address: Listener(address))
    served: list[Any] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda _, sockets: served.extend(sockets))
    result = CliRunner().invoke(main, ["sandbox", "--host", address])
    assert (0, [Listener((address, 8700)), Listener((address, 8701))]) == (result.exit_code, served)
    assert warned == ("anybody there can use the key" in result.stderr)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["sandbox", "-h"]])
def test_help_is_given(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.output.startswith("Usage: ")


def test_the_program_says_that_it_is_not_of_okx(tmp_path: Path) -> None:
    code, out, _ = run("--help", cwd=tmp_path)
    assert code == 0
    assert "Unofficial: not made, run or reviewed by OKX." in out


# --- what is kept -----------------------------------------------------------------------


def test_an_acknowledged_order_survives_a_kill(start_guide: Launch) -> None:
    first = start_guide("sandbox", "--port", "0", "--state", "practice.state").ready()
    body = order()
    assert call(first.url, "POST", ORDER, body).code == "0"
    first.kill()
    second = start_guide("sandbox", "--port", "0", "--state", "practice.state").ready()
    pending = call(second.url, "GET", "/api/v5/trade/orders-pending").json["data"]
    assert [row["px"] for row in pending] == ["1000"]


def test_a_state_file_that_is_none_is_one_clear_line(tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "notes.txt").write_text("my notes", encoding="utf-8")
    code, out, err = ask("sandbox", "--port", "0", "--state", "notes.txt")
    assert (code, out) == (1, "")
    assert err.startswith("Error: notes.txt is not a state file of the practice exchange")
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "my notes"


def test_a_ready_key_that_is_gone_stays_gone_and_that_is_said(start_guide: Launch) -> None:
    arguments = ("sandbox", "--port", "0", "--state", "practice.state")
    first = start_guide(*arguments).ready()
    assert (first.stop(), first.err) == (0, "")
    with Store(first.folder / "practice.state") as store:
        exchange = Exchange([PRACTICE_KEY], store=store)
        exchange.keys.delete(PRACTICE_KEY.api_key)
        exchange.commit()
    again = start_guide(*arguments).ready()
    assert "The ready key is gone" in again.out
    assert PRACTICE_KEY.secret_key not in again.out
    assert call(again.url, "GET", CONFIG).code == "50119"


def test_three_sites_are_six_ports(start_guide: Launch) -> None:
    sandbox = start_guide("sandbox", "--port", "0", "--sites").ready()
    urls = re.findall(r"(global|us|eea): +(http://\S+), demo WebSockets (ws://\S+)", sandbox.out)
    assert [name for name, _, _ in urls] == ["global", "us", "eea"]
    assert [call(url, "GET", CONFIG).code for _, url, _ in urls] == ["0", "50119", "50119"]


# --- TLS and shells ---------------------------------------------------------------------

PROBE = """
import asyncio, os, ssl, urllib.request
import requests
from websockets.asyncio.client import connect

url = os.environ["OKX_API_BASE_URL"] + "/api/v5/public/time"
print(requests.get(url, timeout=60).json()["code"])
print(urllib.request.urlopen(url, timeout=60).status)

async def ping():
    async with connect(os.environ["OKX_WS_URL"] + "/public", proxy=None) as connection:
        await connection.send("ping")
        print(await connection.recv())

asyncio.run(ping())
"""


def test_over_tls_the_printed_lines_are_all_that_a_client_needs(start_guide: Launch) -> None:
    sandbox = start_guide("sandbox", "--port", "0", "--tls").ready()
    script = "\n".join(line for line in sandbox.out.splitlines() if line.startswith("export "))
    quoted = shlex.quote(PROBE)
    code, out, err = finish(
        "/bin/bash", "-c", f"{script}\n{sys.executable} -c {quoted}", cwd=sandbox.folder
    )
    assert (code, out, err) == (0, "0\n200\npong\n", "")
    assert read_exports(script).keys() == set(VARIABLES)
    assert sandbox.url.startswith("https://127.0.0.1:")
    folder = Path(read_authority(sandbox)).parent
    assert (
        stat.S_IMODE(folder.stat().st_mode),
        [path.name for path in folder.iterdir()],
    ) == (0o700, ["ca.pem"])
    assert (sandbox.stop(), sandbox.err, folder.exists()) == (0, "", False)


def read_authority(sandbox: Launched) -> str:
    line = next(line for line in sandbox.out.splitlines() if line.startswith("Over TLS"))
    return line.partition(":")[2].strip()


def test_the_authority_has_the_file_that_was_named_and_is_new_at_each_start(
    start_guide: Launch, tmp_path: Path
) -> None:
    file = tmp_path / "practice.pem"
    arguments = ("sandbox", "--port", "0", "--tls", "--ca-file", str(file))
    first = start_guide(*arguments).ready()
    before = file.read_bytes()
    assert (str(file), 0) == (read_authority(first), first.stop())
    start_guide(*arguments).ready()
    assert file.read_bytes() != before


@pytest.mark.parametrize("text", ["", "my notes", "-----BEGIN CERTIFICATE-----\n"])
def test_an_authority_of_somebody_else_is_left_as_it_is(
    tmp_path: Path, ask: Ask, text: str
) -> None:
    file = tmp_path / "mine.pem"
    file.write_text(text, encoding="utf-8")
    code, out, err = ask("sandbox", "--port", "0", "--tls", "--ca-file", "mine.pem")
    assert (1, "", text) == (code, out, file.read_text(encoding="utf-8"))
    assert err == (
        "Error: mine.pem is there, and is not the authority of a practice exchange. It was left "
        "as it is. Name another file, for example --ca-file practice.pem.\n"
    )


def test_a_link_to_an_authority_is_left_as_it_is(tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "mine.pem").symlink_to(tmp_path / "nowhere")
    code, _, err = ask("sandbox", "--port", "0", "--tls", "--ca-file", "mine.pem")
    assert (code, (tmp_path / "nowhere").exists()) == (1, False)
    assert "It was left as it is." in err


def test_an_authority_that_cannot_be_written_is_one_clear_line(ask: Ask) -> None:
    code, out, err = ask("sandbox", "--port", "0", "--tls", "--ca-file", "no/x.pem")
    assert (
        code,
        out,
        err,
    ) == (
        1,
        "",
        "Error: Cannot write no/x.pem (No such file or directory). "
        "Name a file in a folder that you may write to.\n",
    )


def test_an_authority_without_tls_is_a_mistake(ask: Ask) -> None:
    code, _, err = ask("sandbox", "--ca-file", "x.pem")
    assert code == 2
    assert "--ca-file goes with --tls" in err


def test_without_its_extra_tls_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    monkeypatch.delitem(sys.modules, "okx_guide.sandbox.certificates", raising=False)
    result = CliRunner().invoke(main, ["sandbox", "--port", "0", "--tls"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: --tls needs trustme, which is not installed.")
    assert "pip install 'okx-guide[sandbox,tls]'" in result.stderr


def test_over_tls_the_file_of_variables_has_nine_and_may_be_written_again(
    start_guide: Launch, tmp_path: Path
) -> None:
    file = tmp_path / "practice.env"
    arguments = ("sandbox", "--port", "0", "--tls", "--env-file", str(file))
    sandbox = start_guide(*arguments).ready()
    assert "The nine variables are in" in sandbox.out
    assert (len(file.read_text(encoding="utf-8").splitlines()), sandbox.stop()) == (9, 0)
    again = start_guide(*arguments).ready()
    variables = read_exports('set -a; . "$1"; set +a', str(file))
    assert (again.url, 0) == (variables["OKX_API_BASE_URL"], again.stop())
    plain = start_guide("sandbox", "--port", "0", "--env-file", str(file)).ready()
    assert len(file.read_text(encoding="utf-8").splitlines()) == 5
    assert plain.stop() == 0


def test_for_powershell_the_lines_and_the_way_to_read_a_file_are_its_own(
    start_guide: Launch, tmp_path: Path
) -> None:
    printed = start_guide("sandbox", "--port", "0", "--shell", "powershell").ready()
    lines = [line for line in printed.out.splitlines() if line.startswith("$env:")]
    assert [*VARIABLES] == [line.removeprefix("$env:").partition(" = '")[0] for line in lines]
    assert all(line.endswith("'") for line in lines)
    assert ("export" in printed.out, printed.stop()) == (False, 0)
    file = tmp_path / "it's.env"
    stored = start_guide(
        "sandbox", "--port", "0", "--shell", "powershell", "--env-file", str(file)
    ).ready()
    assert f"Get-Content -LiteralPath '{tmp_path}/it''s.env' | ForEach-Object" in stored.out


def test_pasted_in_powershell_the_lines_set_what_they_name() -> None:
    # In PowerShell nothing but the quote itself is special between single quotes.
    line = format_assignment("OKX_PASSPHRASE", "a'b$c`d\"", "powershell")
    assert line == "$env:OKX_PASSPHRASE = 'a''b$c`d\"'"
