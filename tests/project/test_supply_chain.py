"""What is installed is asked about, what is released is listed, and what is found is reported."""

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from jsonschema_rs import Draft7Validator, Registry, ValidationError

from tests.plugins.blocks import ROOT
from tests.support.http_server import Handler, serve
from tests.support.patience import SECONDS
from tests.support.tools import require_program

BIN = Path(sys.executable).parent
KNOWN = {("jinja2", "3.1.0"): "PLANTED-2026-1"}


class Advisories(Handler):
    """A database of advisories that knows one package."""

    def answer(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = question["package"]["name"]
        id_ = KNOWN.get((name, question["version"]))
        affected = [{"package": {"name": name, "ecosystem": "PyPI"}}]
        advisories = [{"id": id_, "summary": "planted", "affected": affected}] if id_ else []
        self.reply(200, json.dumps({"vulns": advisories} if advisories else {}).encode())


def read_recipe(target: str, folder: Path = ROOT) -> list[list[str]]:
    """Return the commands of a Make target, each as its words."""
    makefile = (folder / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")
    [recipe] = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    return [shlex.split(line.replace("$(BIN)", str(BIN))) for line in recipe.splitlines()]


def ask(lock: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run `make advisories` about a lock file, with a database on loopback."""
    [command] = read_recipe("advisories-python")
    for place, word in enumerate(command):
        if word == "--requirement":
            path = folder / command[place + 1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(lock if path.name == "requirements.lock" else "", encoding="utf-8")
    with serve(Advisories) as url:
        return subprocess.run(
            [*command, "--vulnerability-service", "osv", "--osv-url", url],
            cwd=folder,
            env={"HOME": str(folder), "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def test_a_package_with_an_advisory_is_named(tmp_path: Path) -> None:
    result = ask(f"jinja2==3.1.0 --hash=sha256:{'0' * 64}\n", tmp_path)

    assert result.returncode == 1
    assert "PLANTED-2026-1" in result.stdout


def test_a_package_without_one_passes(tmp_path: Path) -> None:
    result = ask(f"jinja2==3.1.6 --hash=sha256:{'0' * 64}\n", tmp_path)

    assert (result.returncode, "No known vulnerabilities found" in result.stderr) == (0, True)


def test_a_package_without_a_hash_is_refused(tmp_path: Path) -> None:
    assert ask("jinja2==3.1.6\n", tmp_path).returncode == 1


class NpmAdvisories(Handler):
    """A registry that knows one advisory, and no package."""

    def answer(self) -> None:
        if self.command == "GET":
            self.reply(404, b"{}")
            return
        versions = json.loads(gzip.decompress(self.rfile.read(int(self.headers["Content-Length"]))))
        advisories = {
            name: [
                {
                    "id": 1,
                    "url": "https://example.com/PLANTED-2026-2",
                    "title": "planted",
                    "severity": "low",
                    "vulnerable_versions": "<2.0.0",
                }
            ]
            for name in versions.keys() & {"planted"}
        }
        self.reply(200, json.dumps(advisories).encode(), {"Content-Type": "application/json"})


class Refusal(Handler):
    """A registry that tells nobody about advisories."""

    def answer(self) -> None:
        self.reply(405, b"{}")


def audit_npm(version: str, folder: Path, registry: type[Handler] = NpmAdvisories) -> str:
    """Run `make advisories-npm` about a lock file, with a registry on loopback.

    Returns:
        The exit code of Make, and what was printed.
    """
    package = {"name": "ours", "dependencies": {"planted": version}}
    lock = {
        "name": "ours",
        "lockfileVersion": 3,
        "packages": {"": package, "node_modules/planted": {"version": version}},
    }
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
    (folder / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    with serve(registry) as url:
        result = subprocess.run(
            [
                *(require_program("make"), "--always-make", "--old-file=.venv/ready"),
                *("advisories-npm", f"NPM_LOCKS={folder}", f"BIN={BIN}"),
            ],
            cwd=ROOT,
            env={
                "HOME": str(folder),
                "PATH": os.environ["PATH"],
                "NO_PROXY": "127.0.0.1",
                "npm_config_registry": url,
                "npm_config_fetch_retries": "0",
            },
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    return f"{result.returncode} {result.stdout}{result.stderr}"


def test_an_npm_package_with_an_advisory_is_named(tmp_path: Path) -> None:
    printed = audit_npm("1.0.0", tmp_path)

    assert printed.startswith("2 ")
    assert "PLANTED-2026-2" in printed


def test_an_npm_package_without_one_passes(tmp_path: Path) -> None:
    printed = audit_npm("2.0.0", tmp_path)

    assert printed.startswith("0 ")
    assert "found 0 vulnerabilities" in printed


def test_a_registry_that_does_not_answer_is_no_success(tmp_path: Path) -> None:
    printed = audit_npm("2.0.0", tmp_path, Refusal)

    assert printed.startswith("2 ")
    assert "audit endpoint returned an error" in printed


def find_forgotten_locks(makefile: str) -> list[str]:
    """Return the lock files of Python and npm that `make advisories` does not ask about."""
    locks = [
        path.relative_to(ROOT)
        for top in (".", "docs/**", "scripts/**", "tests/**")
        for name in ("requirements*.lock", "package-lock.json")
        for path in ROOT.glob(f"{top}/{name}")
        if "node_modules" not in path.parts
    ]
    assert len(locks) > 9
    makefile = makefile.replace("$(CLIENTS)", "tests/clients/programs").replace("\\\n", "")
    lines = re.findall(r"^(?:NPM_LOCKS :=|advisories-python:.*\n).*", makefile, re.MULTILINE)
    words = set(" ".join(lines).split())
    return [
        str(lock)
        for lock in locks
        if str(lock if lock.suffix == ".lock" else lock.parent) not in words
    ]


MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_lock_file_is_asked_about() -> None:
    assert find_forgotten_locks(MAKEFILE) == []


@pytest.mark.parametrize(
    ("named", "forgotten"),
    [
        (" docs/snippets/websocket", "docs/snippets/websocket/package-lock.json"),
        (
            "--requirement $(CLIENTS)/python_okx_async/requirements.lock",
            "tests/clients/programs/python_okx_async/requirements.lock",
        ),
    ],
)
def test_a_lock_file_that_is_forgotten_is_named(named: str, forgotten: str) -> None:
    assert named in MAKEFILE
    assert find_forgotten_locks(MAKEFILE.replace(named, "")) == [forgotten]


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The list of packages that `make dist` writes."""
    folder = tmp_path_factory.mktemp("dist")
    *_, command = read_recipe("dist")
    place = command.index("--output-file") + 1
    command[place] = str(folder / Path(command[place]).name)
    # It validates what it wrote against its own schema, and takes ten times as long with that.
    command.append("--no-validate")
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=SECONDS, check=True)
    loaded: dict[str, Any] = json.loads(Path(command[place]).read_text(encoding="utf-8"))
    return loaded


def validate_bill(bill: dict[str, Any]) -> None:
    """Hold a list to the schema of CycloneDX, as the program that wrote it does."""
    schemas = resources.files("cyclonedx") / "schema" / "_res"
    names = (f"bom-{bill['specVersion']}", "spdx", "jsf-0.82")
    files = [f"{name}.SNAPSHOT.schema.json" for name in names]
    schema, *referred = (json.loads((schemas / file).read_text("utf-8")) for file in files)
    places = [urljoin(schema["$id"], file) for file in files[1:]]
    registry = Registry(list(zip(places, referred, strict=True)))
    Draft7Validator(schema, registry=registry, validate_formats=True).validate(bill)


def test_the_list_of_a_release_is_valid(bill: dict[str, Any]) -> None:
    validate_bill(bill)


@pytest.mark.parametrize(
    "wrong", [{"type": "packet"}, {"externalReferences": [{"type": "website", "url": "no <url>"}]}]
)
def test_a_list_that_is_not_valid_is_seen(bill: dict[str, Any], wrong: dict[str, Any]) -> None:
    part = bill["components"][0] | wrong

    with pytest.raises(ValidationError):
        validate_bill(bill | {"components": [part]})


def test_the_list_of_a_release_has_every_package_of_the_lock(bill: dict[str, Any]) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE))

    listed = {(part["name"], part["version"]) for part in bill["components"]}

    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "okx-guide")
    assert locked == listed
    # The same every time: nothing in it says when it was made.
    assert {"serialNumber", "timestamp"} & {*bill, *bill["metadata"]} == set()


# --- SECURITY.md ----------------------------------------------------------------------------

POLICY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_the_policy_has_a_private_channel_answer_times_and_versions() -> None:
    assert "**Report a vulnerability**" in POLICY
    assert len(re.findall(r"^\| Within \d+ days \|", POLICY, re.MULTILINE)) == 3
    assert "\n## Which versions are supported\n" in POLICY
    # The one address in it is OKX's own, from the facts.
    assert re.findall(r"[\w.]+@[\w.]+", POLICY) == ["security@okx.com"]


def test_the_policy_links_to_pages_that_exist() -> None:
    links = re.findall(r"\]\(([^)#]+)", POLICY)

    assert [link for link in links if not (ROOT / link).is_file()] == []
    assert links


def test_the_policy_names_the_files_of_a_release() -> None:
    version = re.search(
        r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    assert version
    [verify] = re.findall(r"^gh attestation verify (\S+)", POLICY, re.MULTILINE)

    assert f"okx_guide-{version[1]}-py3-none-any.whl" == verify
    assert "okx_guide.cdx.json" in POLICY
    assert "dist/okx_guide.cdx.json" in read_recipe("dist")[-1]
