"""Client libraries that nobody here wrote: the matrix, and what each one does here.

Every program of tests/clients/programs goes through the same steps and prints a line of JSON for
each: what it saw, or its error. Nothing that it says is believed: `observe` compares it with what
the practice exchange was sent and holds.
"""

import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from okx_guide.sandbox import RunningSandbox
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.state.exchange import make_uid
from scripts.docs.clients import Client, Outcome, Step, load_steps
from tests.support.languages import CLIENT_KITS, build_cached, environ
from tests.support.patience import SECONDS

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "tests" / "clients" / "programs"

Line = Mapping[str, str]


def find_version(client: Client) -> str:
    """Return the version of a client that its lock file installs."""
    return _FINDERS[client.registry](PROGRAMS, client.package)


def _find_pypi(programs: Path, name: str) -> str:
    locks = (ROOT / "requirements.lock", programs / "python_okx_async" / "requirements.lock")
    text = "".join(lock.read_text(encoding="utf-8") for lock in locks)
    versions = re.findall(rf"^{re.escape(name)}==(\S+)", text, re.MULTILINE)
    return str(versions[0])


def _find_npm(programs: Path, name: str) -> str:
    lock = json.loads((programs / "javascript" / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{name}"]["version"])


def _find_crate(programs: Path, name: str) -> str:
    lock = tomllib.loads((programs / "rust" / "Cargo.lock").read_text(encoding="utf-8"))
    return next(str(package["version"]) for package in lock["package"] if package["name"] == name)


def _find_maven(programs: Path, name: str) -> str:
    text = (programs / "java" / "pom.xml").read_text(encoding="utf-8")
    match = re.search(rf"<artifactId>{re.escape(name)}</artifactId>\s*<version>([^<]+)<", text)
    return match[1] if match else ""


_FINDERS: dict[str, Callable[[Path, str], str]] = {
    "PyPI": _find_pypi,
    "npm": _find_npm,
    "crates.io": _find_crate,
    "Maven Central": _find_maven,
}


def has_program(lines: Sequence[str]) -> bool:
    """Say whether a program has these lines, one after the other, however far indented.

    Imports may stand anywhere else in it.

    Args:
        lines: Those of a block of a page.
    """
    block = [line.strip() for line in lines if line.strip()]
    imports = [line for line in block if line.startswith(("import ", "from ", "use "))]
    body = block[len(imports) :]
    for path in sorted(PROGRAMS.rglob("*.*")):
        source = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        starts = range(len(source) - len(body) + 1)
        if set(imports) <= set(source) and any(
            source[at : at + len(body)] == body for at in starts
        ):
            return True
    return False


def run_program(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], home: Path
) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder with no variables but these, and return how it ended."""
    return subprocess.run(
        ["/usr/bin/env", *command],
        cwd=folder,
        env={
            "PATH": environ()["PATH"],
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            **variables,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


def run_client(
    client: Client, variables: Mapping[str, str], home: Path, place: str = ""
) -> list[Line]:
    """Return what the program of a client says about its steps.

    Args:
        client: Whose program.
        variables: Those that point it at an exchange.
        home: Its home, which is empty.
        place: `demo` or `live` to read the config there, and no more; by default it goes
            through all steps at the practice exchange.

    Raises:
        AssertionError: It ended with an error, or said nothing.
    """
    kit = CLIENT_KITS[client.kit]
    folder = build_cached(kit, PROGRAMS / client.kit)
    result = run_program(
        [*kit.run, *client.program, *filter(None, [place])], folder, variables, home
    )
    lines: list[Line] = [
        json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")
    ]
    assert (result.returncode, bool(lines)) == (0, True), result.stdout + result.stderr
    return lines


def observe(lines: Iterable[Line], sandbox: RunningSandbox, began: float) -> dict[Step, Outcome]:
    """Return what really came of each step.

    Args:
        lines: What the program says.
        sandbox: The exchange that it was pointed at, which wrote down every request.
        began: The exchange's time before the program began, in Unix seconds.
    """
    outcomes: dict[Step, Outcome] = dict.fromkeys(load_steps(), Outcome("not offered"))
    values: dict[str, str] = {}
    for line in lines:
        step: Step = line["step"]  # type: ignore[assignment]  # as it printed it
        if "error" in line:
            outcomes[step] = Outcome("fails", line["error"])
            continue
        values[step] = line["value"]
        truth = _TRUTHS[step](values, sandbox, began)
        claim = f"It says {line['value']!r}, and the exchange has nothing like that."
        outcomes[step] = Outcome("works") if truth else Outcome("fails", claim)
    return outcomes


def _is_clock(values: Line, sandbox: RunningSandbox, began: float) -> bool:
    return began * 1000 - 1 <= float(values["clock"]) <= sandbox.exchange.now() * 1000


def _is_config(values: Line, sandbox: RunningSandbox, began: float) -> bool:
    return values["config"] == make_uid(sandbox.key.owner)


def _is_balance(values: Line, sandbox: RunningSandbox, began: float) -> bool:
    [row] = sandbox.exchange.account(sandbox.key).balance({"ccy": "USDT"})
    return Decimal(values["balance"]) == Decimal(row["details"][0]["cashBal"])


def _is_order(values: Line, sandbox: RunningSandbox, began: float) -> bool:
    order = _find_order(values["order"], sandbox)
    expected = {"side": "buy", "ordType": "limit", "px": "1000", "sz": "0.001"}
    return bool(order) and order | expected == order


def _is_cancelled(values: Line, sandbox: RunningSandbox, began: float) -> bool:
    order = _find_order(values["cancel"], sandbox)
    return values.get("order") == values["cancel"] and order.get("state") == "canceled"


def _is_logged_in(values: Line, sandbox: RunningSandbox, began: float) -> bool:
    journal = sandbox.exchange.journal or ()
    return any(trace.kind == "login" and trace.code == "0" for trace in journal)


def _is_pushed(values: Line, sandbox: RunningSandbox, began: float) -> bool:
    order = _find_order(values["ws_push"], sandbox)
    return (
        _is_logged_in(values, sandbox, began)
        and values.get("order") != values["ws_push"]
        and order.get("state") == "live"
    )


def _find_order(name: str, sandbox: RunningSandbox) -> dict[str, Any]:
    try:
        [order] = sandbox.exchange.account(sandbox.key).order({"instId": "BTC-USDT", "ordId": name})
    except RefusedError:
        return {}
    return dict(order)


_TRUTHS: dict[Step, Callable[[Line, RunningSandbox, float], bool]] = {
    "clock": _is_clock,
    "config": _is_config,
    "balance": _is_balance,
    "order": _is_order,
    "cancel": _is_cancelled,
    "ws_login": _is_logged_in,
    "ws_push": _is_pushed,
}
