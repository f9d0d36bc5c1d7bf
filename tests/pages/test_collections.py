"""The Postman and the Bruno collection are run by their own command-line runners."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox
from tests.plugins.blocks import DOCS
from tests.support.languages import (
    COLLECTIONS,
    SNIPPETS,
    Language,
    build_cached,
    environ,
    find_missing_tools,
)
from tests.support.patience import SECONDS
from tests.support.snippets import BALANCE, OTHER_SECRET, Done, serve_methods
from tests.support.tools import require_tools

RUNNER_FOLDER = Path(__file__).parents[1] / "support" / "collections"
RUNNERS = Language(
    "The collections",
    "collections",
    "package.json",
    build=(("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),),
    run=(),
    tools={"node": "", "npm": ""},
)
SECRETS = (PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase, OTHER_SECRET)

# Server time, config, balance; place, get and cancel an order.
REQUESTS = 6
# What a program of this kind encodes, decodes or fills in between script and wire.
QUERIES = ("BTC,ETH", "BTC%2CETH", "a b", "größe", "a+b", "a'b", 'a"<b>', "a|b{c}[d]", "{{coin}}")
NOTES = ("größe 欧易 🚀", r"gr\u00f6\u00dfe \\ \"", "{{coin}}", "{{$guid}}")


@pytest.fixture(scope="session")
def runners() -> Path:
    """The folder with the programs of both collections."""
    require_tools(RUNNERS, find_missing_tools(RUNNERS))
    return build_cached(RUNNERS, RUNNER_FOLDER) / "node_modules" / ".bin"


class Collection:
    """A copy of a collection, as a reader has it.

    Args:
        name: Its folder in docs/snippets.
        runners: Where the programs are.
        scratch: Where the copy goes.
    """

    def __init__(self, name: str, runners: Path, scratch: Path) -> None:
        self.name = name
        self._runners = runners
        self._home = scratch
        self.folder = scratch / name
        shutil.copytree(SNIPPETS / name, self.folder)

    def run(self, settings: Mapping[str, str], *options: str) -> Done:
        env = {"PATH": environ()["PATH"], "HOME": str(self._home), "NO_PROXY": "127.0.0.1"}
        if self.name == "bruno":
            command = ["bru", "run", "-r", "--env", "okx"]
            lines = [f"{name}='{value}'\n" for name, value in settings.items()]
            (self.folder / ".env").write_text("".join(lines), encoding="utf-8")
        else:
            command = ["newman", "run", "okx.postman_collection.json", "--color", "off"]
            command += ["--environment", "okx.postman_environment.json"]
            self._fill_in(settings)
        result = subprocess.run(
            [self._runners / command[0], *command[1:], *options],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert not [secret for secret in SECRETS if secret in result.stdout + result.stderr]
        return Done(result.returncode, result.stdout, result.stderr)

    def replace_signed(self, requests: list[tuple[str, str, str]]) -> None:
        """Put these requests (method, path, body) in place of the signed ones."""
        if self.name == "bruno":
            for old in self.folder.glob("signed/*.bru"):
                if old.name != "folder.bru":
                    old.unlink()
            for number, (method, path, body) in enumerate(requests, 1):
                text = f"meta {{\n  name: {number}\n  type: http\n  seq: {number}\n}}\n\n"
                text += f"{method.lower()} {{\n  url: {{{{base_url}}}}{path}\n"
                text += f"  body: {'json' if body else 'none'}\n}}\n"
                text += f"\nbody:json {{\n  {body}\n}}\n" if body else ""
                (self.folder / "signed" / f"{number}.bru").write_text(text, encoding="utf-8")
            return
        path_ = self.folder / "okx.postman_collection.json"
        collection = json.loads(path_.read_text(encoding="utf-8"))
        collection["item"][1]["item"] = [
            {
                "name": f"{method} {path}",
                "request": {
                    "method": method,
                    "url": _make_postman_url(path),
                    **({"body": {"mode": "raw", "raw": body}} if body else {}),
                },
            }
            for method, path, body in requests
        ]
        path_.write_text(json.dumps(collection), encoding="utf-8")

    def _fill_in(self, settings: Mapping[str, str]) -> None:
        path = self.folder / "okx.postman_environment.json"
        environment = json.loads(path.read_text(encoding="utf-8"))
        names = {"base_url": "OKX_API_BASE_URL"}
        for variable in environment["values"]:
            key = variable["key"]
            variable["value"] = settings[names.get(key, f"OKX_{key.upper()}")]
        path.write_text(json.dumps(environment), encoding="utf-8")


def _make_postman_url(path: str) -> dict[str, Any]:
    """Return a URL as Postman saves it."""
    plain, _, query = path.partition("?")
    name, _, value = query.partition("=")
    return {
        "raw": "{{base_url}}" + path,
        "host": ["{{base_url}}"],
        "path": plain.strip("/").split("/"),
        "query": [{"key": name, "value": value}] if query else [],
    }


@pytest.fixture(params=sorted(COLLECTIONS))
def collection(request: pytest.FixtureRequest, runners: Path, tmp_path: Path) -> Collection:
    return Collection(request.param, runners, tmp_path)


def test_it_places_an_order_and_cancels_it(collection: Collection, sandbox: RunningSandbox) -> None:
    result = collection.run(sandbox.environ)

    assert result.exit_code == 0, result.stdout
    assert len(re.findall("✓ +OKX answers with code 0", result.stdout)) == REQUESTS
    first = {"instId": "BTC-USDT", "ordId": "1000000000000000001"}
    [order] = sandbox.exchange.account(sandbox.key).order(first)
    assert (order["px"], order["sz"], order["state"]) == ("1000", "0.001", "canceled")


def test_a_wrong_secret_fails_with_okx_code(
    collection: Collection, sandbox: RunningSandbox
) -> None:
    result = collection.run({**sandbox.environ, "OKX_SECRET_KEY": OTHER_SECRET}, "--bail")

    assert result.exit_code == 1
    assert "50113" in result.stdout


def test_an_order_that_is_refused_in_its_own_row_fails(
    collection: Collection, sandbox: RunningSandbox
) -> None:
    encoded = "/api/v5/account/balance?ccy=BTC%2CETH"
    collection.replace_signed([("GET", encoded, ""), ("POST", "/api/v5/trade/order", "{}")])
    row = {"ordId": "", "sCode": "51008", "sMsg": "Insufficient balance"}
    refusal = json.dumps({"code": "0", "data": [row], "msg": ""})

    with serve_methods({"GET": (200, BALANCE), "POST": (200, refusal)}) as server:
        result = collection.run({**sandbox.environ, "OKX_API_BASE_URL": server.url})

    assert result.exit_code == 1
    assert "51008" in result.stdout
    # What was encoded by hand is not encoded again.
    assert encoded in [request.path for request in server.requests if request.method == "GET"]


def test_what_is_signed_is_what_is_sent(collection: Collection, sandbox: RunningSandbox) -> None:
    path = "/api/v5/account/balance?ccy="
    order = '{"instId": "BTC-USDT", "tdMode":"cash", "side":"buy", "ordType":"limit", "px":"1000",'
    reads = [("GET", path + query, "") for query in QUERIES]
    writes = [("POST", "/api/v5/trade/order", f'{order} "sz":"1", "x": "{n}"}}') for n in NOTES]
    collection.replace_signed([*reads, *writes])
    if collection.name == "bruno":
        environment = collection.folder / "environments" / "okx.bru"
        text = environment.read_text(encoding="utf-8")
        environment.write_text(text.replace("vars {", "vars {\n  coin: BTC é"), encoding="utf-8")
    else:
        name = collection.folder / "okx.postman_collection.json"
        saved = json.loads(name.read_text(encoding="utf-8"))
        saved["variable"] = [{"key": "coin", "value": "BTC é"}]
        name.write_text(json.dumps(saved), encoding="utf-8")

    result = collection.run(sandbox.environ)

    assert result.exit_code == 0, result.stdout
    assert len(sandbox.exchange.account(sandbox.key).orders_pending({})) == len(NOTES)


def test_a_redirect_does_not_get_the_signature(
    collection: Collection, sandbox: RunningSandbox
) -> None:
    with serve_methods({"GET": (200, BALANCE), "POST": (200, BALANCE)}) as elsewhere:
        location = {"Location": f"{elsewhere.url}/elsewhere"}
        with serve_methods({"GET": (307, ""), "POST": (307, "")}, location) as server:
            result = collection.run({**sandbox.environ, "OKX_API_BASE_URL": server.url})

    assert result.exit_code == 1
    assert len(server.requests) == REQUESTS
    # At most the server time, which carries no key.
    assert len(elsewhere.requests) <= 1


def test_the_page_links_every_file() -> None:
    page = (DOCS / "reference" / "collections.md").read_text(encoding="utf-8")
    files = [
        path
        for name in COLLECTIONS
        for path in (SNIPPETS / name).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    ]

    assert [
        path
        for path in files
        if f"[{path.name}](../snippets/{path.relative_to(SNIPPETS).as_posix()})" not in page
    ] == []
    assert len(files) == 12


def test_the_page_names_the_versions() -> None:
    page = (DOCS / "reference" / "collections.md").read_text(encoding="utf-8")
    manifest = json.loads((RUNNER_FOLDER / "package.json").read_text(encoding="utf-8"))

    for program, package in (("newman", "newman"), ("bru", "@usebruno/cli")):
        version = manifest["dependencies"][package].rpartition(".")[0]
        assert f"`{program}` {version} " in page


def test_the_lock_file_names_no_server() -> None:
    """So that it holds wherever the packages are fetched from; their hashes are in it."""
    lock = json.loads((RUNNER_FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]

    assert [package for package in packages if "resolved" in package] == []
    assert [package for package in packages if "integrity" not in package] == []


def test_no_secret_is_in_a_file() -> None:
    environment = json.loads(
        (SNIPPETS / "postman" / "okx.postman_environment.json").read_text(encoding="utf-8")
    )
    secrets = {"api_key", "secret_key", "passphrase"}

    assert {
        variable["key"]: (variable["type"], variable["value"])
        for variable in environment["values"]
        if variable["key"] != "base_url"
    } == dict.fromkeys(secrets, ("secret", ""))
    variables = (SNIPPETS / "bruno" / "environments" / "okx.bru").read_text(encoding="utf-8")
    for name in secrets:
        assert f"{name}: {{{{process.env.OKX_{name.upper()}}}}}" in variables
    assert ".env" in (SNIPPETS / "bruno" / ".gitignore").read_text(encoding="utf-8").split()
