"""Every program of docs/snippets is built, run against the practice exchange, and refused."""

import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox
from tests.plugins.blocks import DOCS
from tests.support import languages
from tests.support.languages import (
    COLLECTIONS,
    LANGUAGES,
    SNIPPETS,
    WEBSOCKET,
    Language,
    build_cached,
    environ,
    find_missing_formatter,
    find_missing_tools,
)
from tests.support.patience import SECONDS
from tests.support.snippets import (
    BALANCE,
    OTHER_KEY,
    OTHER_PASSPHRASE,
    OTHER_SECRET,
    Done,
    serve_methods,
)
from tests.support.tools import require_tools

# A refusal is a sentence or two for a human, not a stack trace.
LINES_AT_MOST = 5
# Short enough to be read before it is run.
LINES_OF_SOURCE_AT_MOST = 130
# Java's virtual machine makes itself ready for hours; these runs last a second.
SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def name_program(language: Language) -> str:
    return language.folder


@dataclass(frozen=True)
class Program:
    """A built snippet."""

    language: Language
    folder: Path
    home: Path

    def run(self, *arguments: str, stdin: str = "", settings: Mapping[str, str]) -> Done:
        with self.start(*arguments, settings=settings) as process:
            try:
                stdout, stderr = process.communicate(stdin.encode(), timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        result = Done(process.returncode, stdout.decode(), stderr.decode())
        secrets = {PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase, OTHER_SECRET, OTHER_PASSPHRASE}
        assert not [secret for secret in secrets if secret in result.stdout + result.stderr]
        return result

    def start(self, *arguments: str, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        path = environ()["PATH"]
        # As a cron job runs it: nothing of ours, and no locale that helps with UTF-8.
        env = {"PATH": path, "HOME": str(self.home), "LC_ALL": "C", "NO_PROXY": "127.0.0.1"}
        command = [*self.language.run, *arguments]
        if command[0] == "java":
            command[1:1] = SHORT_LIVED
        # Popen looks a program up in our PATH, not in the one it hands on.
        if path_of_tool := shutil.which(command[0], path=path):
            command[0] = path_of_tool
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**env, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def read_refusal(result: Done) -> str:
    """Return the message of a program that failed as it should."""
    assert result.exit_code == 1, result
    assert 0 < len(result.stderr.splitlines()) <= LINES_AT_MOST, result.stderr
    return result.stderr


@pytest.fixture(scope="session", params=LANGUAGES, ids=name_program)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    language: Language = request.param
    require_tools(language, find_missing_tools(language))
    return Program(language, build_cached(language), tmp_path_factory.mktemp("home"))


# --- the table --------------------------------------------------------------------------


def test_every_folder_has_an_entry_and_every_entry_a_source() -> None:
    folders = {path.name for path in SNIPPETS.iterdir()}

    programs = {language.folder for language in (*LANGUAGES, WEBSOCKET)}
    # The bot is run by test_pytest_plugin.py, the rotation by test_rotation.py, the scanner by
    # test_scanning.py, the tabs of the guide by test_tabs.py.
    assert folders - COLLECTIONS - {"bot", "guide", "refusals", "rotation", "scanning"} == programs
    for language in LANGUAGES:
        assert (SNIPPETS / language.folder / language.source).is_file()


def test_a_source_is_short() -> None:
    long = {
        language.name: lines
        for language in LANGUAGES
        if (lines := (SNIPPETS / language.folder / language.source).read_text().count("\n"))
        > LINES_OF_SOURCE_AT_MOST
    }

    assert long == {}


@pytest.mark.parametrize(
    "language", [language for language in LANGUAGES if language.formatter], ids=name_program
)
def test_a_source_is_formatted(language: Language) -> None:
    require_tools(language, find_missing_formatter(language))
    source = (SNIPPETS / language.folder / language.source).read_bytes()

    result = subprocess.run(
        language.formatter,
        input=source,
        cwd=SNIPPETS / language.folder,
        env=environ(),
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )

    assert source.decode() == result.stdout.decode()


def test_a_missing_tool_is_a_skip_here_and_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    language = Language(
        "Fortran",
        "fortran",
        "okx.f90",
        run=("./okx",),
        tools={"sh": "dash", "no-such-fortran": "gfortran", "/usr/include/no-*.h": "libno-dev"},
    )
    message = r"Fortran needs no-such-fortran \(Debian: gfortran\), .*libno-dev"
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=message):
        require_tools(language, find_missing_tools(language))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=message):
        require_tools(language, find_missing_tools(language))
    assert languages.list_packages([language]) == ["gfortran", "libno-dev"]


def test_the_packages_can_be_asked_for_before_anything_is_installed() -> None:
    result = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            "import sys; sys.path.append('.'); "
            "from tests.support.languages import main; raise SystemExit(main(['--debian']))",
        ],
        cwd=languages.ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.split() == languages.list_packages()


def test_what_cannot_be_built_says_why(tmp_path: Path) -> None:
    failing = ("sh", "-c", "echo the reason >&2; exit 3")
    language = Language("Shell", "shell", "x", run=("true",), build=(failing,))

    with pytest.raises(languages.BuildError, match="the reason"):
        languages.build(language, SNIPPETS / "python", tmp_path / "built")


# --- the page ---------------------------------------------------------------------------


def test_the_page_shows_every_program_and_how_it_is_run() -> None:
    text = (DOCS / "reference" / "languages.md").read_text(encoding="utf-8")
    tabs = dict(re.findall(r"^/// tab \| (.+)\n((?:.*\n)*?)///$", text, re.MULTILINE))

    assert list(tabs) == [language.name for language in LANGUAGES]
    for language in LANGUAGES:
        tab = tabs[language.name]
        assert f'--8<-- "docs/snippets/{language.folder}/{language.source}"' in tab
        assert f"Run: `{language.command}`" in tab
        folder = SNIPPETS / language.folder
        files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
        links = {f"[{file.name}](../snippets/{language.folder}/{file})" for file in files}
        assert {link for link in links if link not in tab} == set()


# --- the two requests -------------------------------------------------------------------


def test_it_reads_a_balance_and_places_an_order(program: Program, sandbox: RunningSandbox) -> None:
    result = program.run(settings=sandbox.environ)

    assert result.exit_code == 0, result.stderr
    assert "BTC" in result.stdout
    [order] = sandbox.exchange.account(sandbox.key).orders_pending({})
    placed = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}
    assert order | placed | {"px": "1000", "sz": "0.001"} == order
    assert order["ordId"] in result.stdout


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("OKX_SECRET_KEY", OTHER_SECRET, "50113"),
        ("OKX_PASSPHRASE", OTHER_PASSPHRASE, "50105"),
        ("OKX_API_KEY", OTHER_KEY, "50119"),
    ],
)
def test_a_refusal_is_shown_with_okx_code(
    program: Program, sandbox: RunningSandbox, setting: str, value: str, code: str
) -> None:
    result = program.run(settings={**sandbox.environ, setting: value})

    assert code in read_refusal(result)


def test_an_empty_secret_is_not_used(program: Program, sandbox: RunningSandbox) -> None:
    result = program.run(settings={**sandbox.environ, "OKX_SECRET_KEY": ""})

    assert "OKX_SECRET_KEY" in read_refusal(result)


@pytest.mark.parametrize(
    "setting", ["OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE", "OKX_API_BASE_URL"]
)
def test_a_missing_setting_is_named(
    program: Program, sandbox: RunningSandbox, setting: str
) -> None:
    settings = {key: value for key, value in sandbox.environ.items() if key != setting}

    assert setting in read_refusal(program.run(settings=settings))


def test_no_answer_is_an_error_and_no_stack_trace(
    program: Program, sandbox: RunningSandbox
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]

    read_refusal(
        program.run(settings={**sandbox.environ, "OKX_API_BASE_URL": f"http://127.0.0.1:{closed}"})
    )


# --- other servers ----------------------------------------------------------------------


@pytest.mark.parametrize("code", ["0", "1"])
def test_an_order_that_is_refused_in_its_own_row_is_an_error(
    program: Program, sandbox: RunningSandbox, code: str
) -> None:
    row = {"ordId": "", "clOrdId": "", "tag": "", "sCode": "51008", "sMsg": "Insufficient balance"}
    refusal = json.dumps({"code": code, "data": [row], "msg": "All operations failed"})

    with serve_methods({"GET": (200, BALANCE), "POST": (200, refusal)}) as server:
        result = program.run(settings={**sandbox.environ, "OKX_API_BASE_URL": server.url})

    message = read_refusal(result)
    assert "51008" in message
    assert "Insufficient balance" in message
    assert [(request.method, request.path) for request in server.requests] == [
        ("GET", "/api/v5/account/balance?ccy=BTC"),
        ("POST", "/api/v5/trade/order"),
    ]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, "<html>Bad Gateway</html>"),
        (200, ""),
        (404, '{"code":404,"data":{},"error_code":"404","msg":"Not Found"}'),
    ],
    ids=["html", "empty", "unknown path"],
)
def test_an_answer_of_something_else_is_an_error(
    program: Program, sandbox: RunningSandbox, status: int, body: str
) -> None:
    with serve_methods({"GET": (status, body)}) as server:
        result = program.run(settings={**sandbox.environ, "OKX_API_BASE_URL": server.url})

    assert str(status) in read_refusal(result)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_not_followed(program: Program, sandbox: RunningSandbox, status: int) -> None:
    with serve_methods({"GET": (200, BALANCE), "POST": (200, BALANCE)}) as elsewhere:
        location = {"Location": f"{elsewhere.url}/api/v5/account/balance?ccy=BTC"}
        with serve_methods({"GET": (status, "")}, location) as server:
            result = program.run(settings={**sandbox.environ, "OKX_API_BASE_URL": server.url})

    assert str(status) in read_refusal(result)
    assert elsewhere.requests == []


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for loopback that nobody vouches for."""
    openssl = Language("A certificate", "", "", run=(), tools={"openssl": "openssl"})
    require_tools(openssl, find_missing_tools(openssl))
    pem = tmp_path_factory.mktemp("tls") / "self_signed.pem"
    subprocess.run(
        [
            "/usr/bin/env",
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            pem,
            "-out",
            pem.with_suffix(".crt"),
        ],
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.with_suffix(".crt"), pem)
    return context


def test_a_host_that_nobody_vouches_for_gets_nothing(
    program: Program, sandbox: RunningSandbox, self_signed: ssl.SSLContext
) -> None:
    with serve_methods({"GET": (200, BALANCE), "POST": (200, BALANCE)}, tls=self_signed) as server:
        result = program.run(settings={**sandbox.environ, "OKX_API_BASE_URL": server.url})

    assert result.exit_code == 1, result
    assert server.requests == []


@contextmanager
def serve_stalled(beginning: bytes) -> Iterator[str]:
    """Serve the beginning of an answer, and never the rest."""
    connections: list[socket.socket] = []

    def serve() -> None:
        with contextlib.suppress(OSError):  # the listener was closed: this is the end
            while True:
                connection = listener.accept()[0]
                connections.append(connection)
                connection.recv(65536)
                connection.sendall(beginning)

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for connection in connections:
                connection.close()


def test_no_program_waits_for_ever(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """All of them at once, because each one takes its whole patience."""
    with contextlib.ExitStack() as stack:
        urls = {
            "silent": stack.enter_context(serve_stalled(b"")),
            "stalled": stack.enter_context(
                serve_stalled(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"code":')
            ),
        }
        started = {
            f"{language.name}, {server}": stack.enter_context(
                Program(language, build_cached(language), tmp_path).start(
                    settings={**sandbox.environ, "OKX_API_BASE_URL": url}
                )
            )
            for language in LANGUAGES
            for server, url in urls.items()
            if not find_missing_tools(language)
        }
        deadline = time.monotonic() + SECONDS
        exit_codes = {}
        for program, process in started.items():
            try:
                process.communicate(timeout=max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
            exit_codes[program] = process.wait()

    assert exit_codes == dict.fromkeys(started, 1)


def test_no_secret_can_be_seen_with_ps(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The shell program starts others, and arguments are public on a machine."""
    [shell] = [language for language in LANGUAGES if language.folder == "shell"]
    require_tools(shell, find_missing_tools(shell))
    log = tmp_path / "log"
    for tool in ("curl", "cut", "date", "jq", "od", "openssl", "tr"):
        spy = tmp_path / tool
        spy.write_text(f'#!/bin/sh\necho "{tool} $*" >> {log}\nexec {shutil.which(tool)} "$@"\n')
        spy.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{environ()['PATH']}"

    result = Program(shell, build_cached(shell), tmp_path).run(
        settings={**sandbox.environ, "PATH": path}
    )

    assert result.exit_code == 0, result.stderr
    commands = log.read_text()
    assert "curl --silent" in commands
    for secret in (PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase):
        assert secret not in commands
        assert secret.encode().hex() not in commands


# --- the signature ----------------------------------------------------------------------

PUBLISHED = DOCS / "vectors" / "rest.json"


def load_vectors() -> list[tuple[tuple[str, ...], str]]:
    """Return the five fields and the signature of each published case that fits a line."""
    names = ("secret_key", "timestamp", "method", "request_path", "body")
    cases = [
        (tuple(case[name] for name in names), case["signature"])
        for case in json.loads(PUBLISHED.read_text(encoding="utf-8"))["valid"]
    ]
    return [case for case in cases if not {"\t", "\n", "\r"} & set("".join(case[0]))]


def test_it_signs_like_everyone_else(program: Program) -> None:
    cases = load_vectors()
    lines = "".join("\t".join(fields) + "\n" for fields, _ in cases)

    result = program.run("sign", stdin=lines, settings={})

    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [signature for _, signature in cases]
    assert len(cases) >= 100


def test_the_last_line_needs_no_end(program: Program) -> None:
    fields, signature = load_vectors()[0]

    result = program.run("sign", stdin="\t".join(fields), settings={})

    assert result.stdout.splitlines() == [signature]


# --- the WebSocket ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def watcher(tmp_path_factory: pytest.TempPathFactory) -> Program:
    require_tools(WEBSOCKET, find_missing_tools(WEBSOCKET))
    return Program(WEBSOCKET, build_cached(WEBSOCKET), tmp_path_factory.mktemp("home"))


def test_the_websocket_program_sees_its_order(watcher: Program, sandbox: RunningSandbox) -> None:
    result = watcher.run(settings=sandbox.environ)

    assert (result.exit_code, result.stderr) == (0, "")
    [number] = set(re.findall(r"\d{19}", result.stdout))
    lines = {f"placed: {number}", f"pushed: {number} live", f"pushed: {number} canceled"}
    assert lines == set(result.stdout.splitlines())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"OKX_PASSPHRASE": OTHER_PASSPHRASE}, "OKX error 60024: Wrong passphrase"),
        ({"OKX_SECRET_KEY": OTHER_SECRET}, "OKX error 60007: Invalid sign"),
        ({"OKX_API_KEY": ""}, "OKX_API_KEY"),
        ({"OKX_WS_URL": "ws://127.0.0.1:1/ws/v5"}, "ECONNREFUSED"),
    ],
)
def test_the_websocket_program_says_why_it_was_refused(
    watcher: Program, sandbox: RunningSandbox, changes: Mapping[str, str], words: str
) -> None:
    assert words in read_refusal(watcher.run(settings={**sandbox.environ, **changes}))


def test_the_websocket_program_ends_when_its_order_is_refused(
    watcher: Program, sandbox: RunningSandbox
) -> None:
    sandbox.exchange.faults.order("50026", endpoint="POST /api/v5/trade/order")

    assert "OKX error 50026" in read_refusal(watcher.run(settings=sandbox.environ))
