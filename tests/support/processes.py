"""Programs that run beside a test, with what they print."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from okx_guide.sandbox import PRACTICE_KEY
from okx_guide.signing import timestamp
from tests.support.patience import SECONDS
from tests.support.raw_http import Answer, make_private_headers, send_request

# A program inherits which signals are ignored, also from a suite that runs in the background or
# under nohup. So one stands between that sets both as the test wants them.
_SET_SIGNALS = """
import os, signal, sys
ignored = sys.argv[1].split(",")
for number in (signal.SIGINT, signal.SIGHUP):
    named = str(int(number)) in ignored
    signal.signal(number, signal.SIG_IGN if named else signal.SIG_DFL)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass
class Launched:
    """A program that runs, with what it has printed so far."""

    process: subprocess.Popen[bytes]
    folder: Path
    temporary: Path
    """Where it makes its temporary files."""

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        """Where its practice exchange is."""
        line = next(line for line in self.out.splitlines() if line.startswith("The practice"))
        return line.split()[3]

    def ready(self) -> "Launched":
        """Wait until it says how to stop it."""
        self.wait(lambda: "Press Ctrl-C to stop.\n" in self.out)
        return self

    def stop(self, number: signal.Signals = signal.SIGINT, *, group: bool = False) -> int:
        """Send it a signal, or its whole group as a terminal does; return its exit code."""
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(SECONDS)

    def kill(self) -> None:
        """Kill it and what it started, if it still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(SECONDS)

    def wait(self, until: Callable[[], object]) -> None:
        """Wait until something is true; fail if the program ends before."""
        deadline = time.monotonic() + SECONDS
        while not until():
            # What it did last is seen before it is missed.
            assert self.process.poll() is None or until(), self.err
            assert time.monotonic() < deadline, self.out + self.err
            time.sleep(0.02)


class Launch(Protocol):
    """Start a program that runs until the test ends."""

    def __call__(
        self, *command: str | Path, cwd: Path = ..., ignored: Iterable[signal.Signals] = ...
    ) -> Launched: ...


@contextmanager
def make_launcher(folder: Path) -> Iterator[Launch]:
    """Yield a function that starts programs; those that still run in the end are killed."""
    temporary = folder / "temporary"
    temporary.mkdir()
    with ExitStack() as stack:

        def launch(
            *command: str | Path, cwd: Path = folder, ignored: Iterable[signal.Signals] = ()
        ) -> Launched:
            numbers = ",".join(str(int(number)) for number in ignored)
            command = (sys.executable, "-c", _SET_SIGNALS, numbers, *command)
            with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
                process = subprocess.Popen(
                    command,
                    stdout=out,
                    stderr=err,
                    cwd=cwd,
                    env={**os.environ, "TMPDIR": str(temporary)},
                    start_new_session=True,
                )
            launched = Launched(process, folder, temporary)
            stack.callback(launched.kill)
            return launched

        yield launch


def finish(*command: str | Path, cwd: Path) -> tuple[int, str, str]:
    """Run a program to its end; return its exit code and what it printed."""
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, timeout=SECONDS, check=False
    )
    return result.returncode, result.stdout, result.stderr


# Below those that the system hands out, and of each process its own: else somebody may be given
# the port while the program that is to have it starts.
_PORTS = itertools.count(20_000 + os.getpid() * 20 % 12_000, 2)


def find_free_port() -> int:
    """Return a port that is free, as is the next one: a sandbox needs two."""
    for port in _PORTS:
        with socket.socket() as first, socket.socket() as second, suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("No two free ports in a row.")


def is_free(port: int) -> bool:
    """Return whether nobody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def call(url: str, method: str, path: str, body: str = "", **key: Any) -> Answer:
    """Send a request signed with the practice key, or with a changed one, now."""
    headers = make_private_headers(
        method, path, body, at=timestamp(), key=replace(PRACTICE_KEY, **key)
    )
    return send_request(url, method, path, headers, body)
