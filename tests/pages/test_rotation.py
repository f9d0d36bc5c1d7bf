"""The rotation of a key: the bot never stops, and a kill at any moment forgets no key."""

import importlib.util
import itertools
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests

from okx_guide import Credentials, OkxError, OkxSession
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox, running
from okx_guide.sandbox.server import make_environ
from okx_guide.sandbox.state.rate_limiter import RateLimiter
from tests.plugins.blocks import DOCS
from tests.support.patience import SECONDS

FOLDER = DOCS / "snippets" / "rotation"
TODAY = date(2026, 11, 27)
ACCOUNT = "practice1"
MANAGER = replace(PRACTICE_KEY, ips=("127.0.0.1",))
# Everything that `describe()` can say.
STANDS = re.compile(
    r"1 key was made and never saved: it will be deleted"
    r"|key …\w{4} is old: it will be deleted( when the bot has taken the new key)?"
    r"|key …\w{4} is new: it will be tried and given to the bot"
    r"|key …\w{4} is in use|there is no key yet"
)


class KilledError(BaseException):
    """The process is gone: nothing after this runs, no handler either."""


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"rotation_{name}", FOLDER / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rotate = load("rotate")
bot_module = load("bot")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSandbox]:
    with running([MANAGER]) as sandbox:
        yield sandbox


@pytest.fixture
def exchange(server: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """A practice exchange with a managing key and without limits, and nothing else."""
    server.exchange.reset()
    # Months of rotations in a few seconds.
    monkeypatch.setattr(RateLimiter, "allow", lambda *_: True)
    server.exchange.keys.clear()
    server.exchange.keys.add(MANAGER)
    return server


def make_rotation(exchange: RunningSandbox, folder: Path) -> Any:
    credentials = Credentials(MANAGER.api_key, MANAGER.secret_key, MANAGER.passphrase)
    session = OkxSession(exchange.url, credentials, demo=True)
    return rotate.Rotation(session, ACCOUNT, folder / "bot.toml")


@pytest.fixture(autouse=True)
def _connections_end() -> Iterator[None]:
    yield
    while BOTS:
        BOTS.pop().connection.close()


BOTS: list[Any] = []


def make_bot(exchange: RunningSandbox, folder: Path) -> Any:
    variables = make_environ(exchange.hosts["global"], MANAGER)
    BOTS.append(bot_module.Bot(folder / "bot.toml", exchange.url, variables["OKX_WS_URL"]))
    return BOTS[-1]


def list_keys(exchange: RunningSandbox) -> list[str]:
    keys = exchange.exchange.keys.list_for("global", demo=True, account=ACCOUNT)
    return [key.api_key for key in keys]


def start(exchange: RunningSandbox, folder: Path) -> Any:
    """Make the first key, and the bot that uses it."""
    rotation = make_rotation(exchange, folder)
    assert rotation.advance(TODAY) == "made a new key"
    assert rotation.advance(TODAY).startswith("gave key …")
    return make_bot(exchange, folder)


def is_working(exchange: RunningSandbox, credentials: Credentials) -> bool:
    try:
        OkxSession(exchange.url, credentials, demo=True).get("/api/v5/account/config")
    except OkxError:
        return False
    return True


# --- without downtime ---------------------------------------------------------------------


def test_a_bot_calls_all_the_while_and_no_call_fails(
    exchange: RunningSandbox, tmp_path: Path
) -> None:
    bot = start(exchange, tmp_path)
    first = bot.credentials
    done, failed, calls = threading.Event(), [], itertools.count()
    turned = threading.Condition()

    def work() -> None:
        while not done.is_set():
            try:
                bot.work()
            except Exception as error:  # noqa: BLE001  # none is expected, of any kind
                failed.append(error)
                return
            with turned:
                next(calls)
                turned.notify_all()

    worker = threading.Thread(target=work)
    worker.start()
    rotation = make_rotation(exchange, tmp_path)
    for _ in range(3):  # three rotations, one after the other
        before = list_keys(exchange)
        report = ""
        while not report.startswith("deleted key"):
            with turned:
                turned.wait(30)  # so that the bot works between two steps
            report = rotation.advance(TODAY)
            assert failed == []
        assert [key for key in list_keys(exchange) if key in before] == []
    with turned:
        turned.wait(30)
    done.set()
    worker.join(30)

    assert failed == []
    assert next(calls) > 10
    assert list_keys(exchange) == [bot.credentials.api_key]
    assert not is_working(exchange, first)


def test_the_old_key_is_not_deleted_before_the_bot_has_the_new_one(
    exchange: RunningSandbox, tmp_path: Path
) -> None:
    bot = start(exchange, tmp_path)
    old = bot.credentials
    rotation = make_rotation(exchange, tmp_path)
    rotation.advance(TODAY)
    rotation.advance(TODAY)

    assert rotation.advance(TODAY) == "nothing done: the bot has not taken the new key yet"
    assert is_working(exchange, old)
    assert "when the bot has taken the new key" in rotation.describe()

    bot.work()
    assert rotation.advance(TODAY) == f"deleted {rotate.name_key(old)}"
    bot.work()


def test_a_bot_fails_if_the_old_key_is_deleted_too_early(
    exchange: RunningSandbox, tmp_path: Path
) -> None:
    """The planted fault: what the test of a bot at work would see."""
    bot = start(exchange, tmp_path)
    make_rotation(exchange, tmp_path).delete(bot.credentials.api_key)

    with pytest.raises(OkxError, match="50119"):
        bot.work()


# --- killed at every step -----------------------------------------------------------------


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Kill the program at its n-th moment: before or after a request, or a change of a file."""
    moments = itertools.count()
    target = [-1]

    def pass_moment() -> None:
        if next(moments) == target[0]:
            raise KilledError

    def watch(owner: Any, name: str) -> None:
        inner = getattr(owner, name)

        def call(*arguments: Any, **options: Any) -> Any:
            pass_moment()
            result = inner(*arguments, **options)
            pass_moment()
            return result

        monkeypatch.setattr(owner, name, call)

    watch(OkxSession, "send")
    watch(rotate.os, "replace")
    watch(rotate.os, "fsync")

    def order(number: int) -> None:
        nonlocal moments
        moments = itertools.count()
        target[0] = number

    return order


def finish(exchange: RunningSandbox, folder: Path, bot: Any) -> None:
    """Go on until one key is left, as somebody would who runs the program again and again."""
    for _ in range(10):
        report = make_rotation(exchange, folder).advance(TODAY)
        bot.work()
        if report.startswith("deleted key"):
            return
    raise AssertionError("the rotation does not end")


def test_killed_at_any_moment_it_says_where_it_stands_and_goes_on(
    exchange: RunningSandbox, tmp_path: Path, kill: Callable[[int], None]
) -> None:
    killed = 0
    for moment in itertools.count():
        folder = tmp_path / str(moment)
        folder.mkdir()
        for api_key in list_keys(exchange):
            exchange.exchange.keys.delete(api_key)
        kill(-1)
        bot = start(exchange, folder)
        kill(moment)
        taking = False
        try:
            rotation = make_rotation(exchange, folder)
            for _ in range(2):
                rotation.advance(TODAY)
            taking = True
            bot.work()
            taking = False
            rotation.advance(TODAY)
        except KilledError:
            killed += 1
            if taking:  # it is the bot that was killed: somebody starts it again
                kill(-1)
                bot = make_bot(exchange, folder)
        else:
            break
        kill(-1)

        later = make_rotation(exchange, folder)
        report = later.describe()
        assert STANDS.fullmatch(report), report
        # The key that the bot is told to use works, and so does the bot.
        assert is_working(exchange, Credentials.from_file(folder / "bot.toml", "bot"))
        bot.work()
        finish(exchange, folder, bot)
        assert list_keys(exchange) == [bot.credentials.api_key]
        assert STANDS.fullmatch(later.describe())
        assert list(later.read()) == ["bot"]

    assert killed >= 30


def test_a_new_key_that_was_deleted_by_hand_is_dropped(
    exchange: RunningSandbox, tmp_path: Path
) -> None:
    bot = start(exchange, tmp_path)
    rotation = make_rotation(exchange, tmp_path)
    rotation.advance(TODAY)
    rotation.delete(rotation.read()["next"].api_key)

    assert "which OKX does not know" in rotation.advance(TODAY)
    finish(exchange, tmp_path, bot)


def test_keys_of_others_are_left_alone(exchange: RunningSandbox, tmp_path: Path) -> None:
    rotation = make_rotation(exchange, tmp_path)
    body = {"subAcct": ACCOUNT, "label": "dashboard", "passphrase": "Fake-pass-1"}
    foreign_key = rotation.manager.post(rotate.KEYS, json=body).json()["data"][0]["apiKey"]

    bot = start(exchange, tmp_path)
    finish(exchange, tmp_path, bot)

    assert foreign_key in list_keys(exchange)


# --- the files ----------------------------------------------------------------------------


def test_the_file_is_for_its_owner_only(exchange: RunningSandbox, tmp_path: Path) -> None:
    start(exchange, tmp_path)

    assert stat.S_IMODE((tmp_path / "bot.toml").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bot.ics", "bot.toml", "bot.used"]


def test_the_name_of_a_new_key_has_its_day_for_the_audit(
    exchange: RunningSandbox, tmp_path: Path
) -> None:
    start(exchange, tmp_path)
    [key] = exchange.exchange.keys.list_for("global", demo=True, account=ACCOUNT)

    assert re.fullmatch(r"rotated[0-9a-f]{8}d20261127", key.label)


def test_the_calendar_has_the_next_rotation_in_90_days() -> None:
    lines = rotate.make_calendar(ACCOUNT, TODAY).split("\r\n")

    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert {"DTSTART;VALUE=DATE:20270225", "RRULE:FREQ=DAILY;INTERVAL=90"} <= set(lines)
    assert {"UID:rotation-practice1@okx-guide", "DTSTAMP:20261127T000000Z"} <= set(lines)
    # Every part that is opened is closed, innermost first.
    opened = []
    for line in lines:
        kind, _, name = line.partition(":")
        if kind == "BEGIN":
            opened.append(name)
        if kind == "END":
            assert opened.pop() == name
    assert opened == []


# --- the program --------------------------------------------------------------------------


def run(exchange: RunningSandbox, folder: Path, *arguments: str) -> tuple[int, str, str]:
    result = subprocess.run(
        [sys.executable, FOLDER / "rotate.py", *arguments],
        cwd=folder,
        env={**make_environ(exchange.hosts["global"], MANAGER), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return result.returncode, result.stdout, result.stderr


def test_the_program_says_what_it_did_and_where_it_stands(
    exchange: RunningSandbox, tmp_path: Path
) -> None:
    code, out, err = run(exchange, tmp_path, ACCOUNT, "bot.toml")

    assert (code, err) == (0, "")
    assert re.fullmatch(r"made a new key\nnow: key …\w{4} is new: .+\n", out)
    status = run(exchange, tmp_path, ACCOUNT, "bot.toml", "--status")
    assert status == (0, out.partition("\n")[2], "")


@pytest.mark.parametrize("arguments", [(), ("practice1",), ("practice1", "bot.toml", "--now")])
def test_wrong_arguments_get_the_usage(
    arguments: tuple[str, ...], exchange: RunningSandbox, tmp_path: Path
) -> None:
    code, out, err = run(exchange, tmp_path, *arguments)

    assert (code, out) == (1, "")
    assert "rotate.py SUB-ACCOUNT FILE" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("text", ["not TOML", "[profiles.bot]\napi_key = 'x'\n"])
def test_a_file_that_is_not_the_programs_is_refused_in_words(
    text: str, exchange: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "bot.toml").write_text(text, encoding="utf-8")

    code, out, err = run(exchange, tmp_path, ACCOUNT, "bot.toml")

    assert (code, out, "Traceback" in err) == (1, "", False)
    assert (tmp_path / "bot.toml").read_text(encoding="utf-8") == text


def test_a_refusal_of_okx_ends_in_words(exchange: RunningSandbox, tmp_path: Path) -> None:
    code, out, err = run(exchange, tmp_path, "nobody", "bot.toml")

    assert (code, out, "Traceback" in err) == (1, "", False)
    assert err.strip()
    assert isinstance(requests.ConnectionError(), OSError)  # what the program relies on


needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")

# Runs rotate.py as somebody types it, and kills it at one of its moments, or not at all.
KILLED_RUN = """
import os, runpy, signal, sys
from okx_guide import OkxSession

left = int(sys.argv.pop(1))

def watch(owner, name):
    inner = getattr(owner, name)

    def call(*arguments, **options):
        pass_moment()
        result = inner(*arguments, **options)
        pass_moment()
        return result

    setattr(owner, name, call)

def pass_moment():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

watch(OkxSession, "send")
watch(os, "replace")
watch(os, "fsync")
sys.argv[0] = {program!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def kill_and_finish(exchange: RunningSandbox, folder: Path, run: int, moment: int) -> None:
    """Kill the program at a moment of one of its runs, go on, and look for keys it has lost."""
    bot = start(exchange, folder)
    environ = make_environ(exchange.hosts["global"], MANAGER)

    def rotate_once(moment: int) -> "subprocess.CompletedProcess[str]":
        program = KILLED_RUN.replace("{program!r}", repr(str(FOLDER / "rotate.py")))
        return subprocess.run(
            [sys.executable, "-c", program, str(moment), ACCOUNT, "bot.toml"],
            cwd=folder,
            env=os.environ | environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    for number in range(run + 1):
        if number == 2:
            bot.work()
        result = rotate_once(moment if number == run else 0)
    assert result.returncode == -signal.SIGKILL, result

    later = make_rotation(exchange, folder)
    assert STANDS.fullmatch(later.describe()), later.describe()
    bot.work()
    assert is_working(exchange, Credentials.from_file(folder / "bot.toml", "bot"))
    finish(exchange, folder, bot)
    assert list_keys(exchange) == [bot.credentials.api_key]


@needs_kill
@pytest.mark.parametrize(
    ("run", "moment"), [(0, 2), (0, 4), (0, 6), (0, 8), (1, 2), (1, 4), (1, 6), (2, 2), (2, 4)]
)
def test_a_process_that_is_killed_forgets_no_key(
    exchange: RunningSandbox, tmp_path: Path, run: int, moment: int
) -> None:
    kill_and_finish(exchange, tmp_path, run, moment)


@needs_kill
def test_a_program_that_forgets_a_key_when_it_is_killed_is_found_out(
    exchange: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotate.Rotation, "find_forgotten", lambda *_: [])

    # OKX has made the key, and it is not in the file yet.
    with pytest.raises(AssertionError):
        kill_and_finish(exchange, tmp_path, 0, 6)
    assert len(list_keys(exchange)) == 2
