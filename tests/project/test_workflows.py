"""The workflow files: what a linter finds wrong with them is a red test."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.plugins.blocks import ROOT
from tests.support.patience import SECONDS
from tests.support.tools import require_program

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
# Whose right it is to do more than read, and why: the comment stands beside it in the file.
MORE = {
    ("pages.yml", "deploy"): {"pages": "write", "id-token": "write"},
    ("release.yml", "pypi"): {"id-token": "write"},
    ("release.yml", "github"): {
        "contents": "write",
        "id-token": "write",
        "attestations": "write",
    },
    ("sources.yml", "look"): {"contents": "read", "issues": "write"},
}


def lint(path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            Path(sys.executable).parent / "zizmor",
            "--offline",
            "--no-progress",
            "--quiet",
            "--persona=pedantic",
            "--strict-collection",
            path,
        ],
        env={"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def load_jobs(path: Path) -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return loaded


def test_the_linter_finds_nothing() -> None:
    result = lint(FOLDER)

    assert result.returncode == 0, result.stdout + result.stderr
    assert [path.stem for path in WORKFLOWS] == [
        "advisories",
        "audit",
        "facts",
        "fuzz",
        "live",
        "pages",
        "release",
        "sources",
        "tests",
    ]


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", "unpinned-uses"),
        ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ("permissions:\n  contents: read\n", "permissions: write-all\n", "excessive-permissions"),
        ("  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
        ("run: .ci/run", "run: echo ${{ github.head_ref }}", "template-injection"),
        ("12-slim@sha256:", "12-slim # ", "unpinned-images"),
    ],
)
def test_the_linter_sees(before: str, after: str, finding: str, tmp_path: Path) -> None:
    text = (FOLDER / "tests.yml").read_text(encoding="utf-8")
    (tmp_path / "tests.yml").write_text(text.replace(before, after), encoding="utf-8")

    result = lint(tmp_path / "tests.yml")

    assert before in text
    assert finding in result.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_may_do_no_more_than_it_must(path: Path) -> None:
    general = yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"]

    assert general in ({}, {"contents": "read"})
    for name, job in load_jobs(path).items():
        assert job.get("permissions", general) in (
            MORE.get((path.name, name)),
            {"contents": "read"},
        )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_ends(path: Path) -> None:
    for job in load_jobs(path).values():
        assert "uses" in job or job["timeout-minutes"] <= 60


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_make_target_exists(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    for called in re.findall(
        r"run: make (?:--keep-going )?([a-z -]+)", path.read_text(encoding="utf-8")
    ):
        assert set(called.split()) <= targets


def test_every_week_has_other_nonsense() -> None:
    (step,) = (step for step in load_jobs(FOLDER / "fuzz.yml")["fuzz"]["steps"] if "run" in step)
    printed = subprocess.run(
        [require_program("make"), "--dry-run", "--always-make", step["run"].split()[-1]],
        cwd=ROOT,
        env={**os.environ, "SEED": "123", "MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert step["env"] == {"SEED": "${{ github.run_id }}"}
    assert "scripts.load.fuzz 100000 123\n" in printed


def test_nothing_is_published_before_the_tests_are_green() -> None:
    assert load_jobs(FOLDER / "pages.yml")["deploy"]["needs"] == "tests"
    release = load_jobs(FOLDER / "release.yml")
    assert (release["pypi"]["needs"], release["github"]["needs"]) == ("tests", "pypi")


def test_what_is_published_is_what_was_tested() -> None:
    """No job after the tests checks anything out or builds it again."""
    for path in (FOLDER / "pages.yml", FOLDER / "release.yml"):
        text = path.read_text(encoding="utf-8")
        assert "actions/checkout" not in text
        assert "make" not in " ".join(re.findall(r"run: (.*)", text))


def test_every_file_of_a_release_is_stated_before_it_is_released() -> None:
    steps = load_jobs(FOLDER / "release.yml")["github"]["steps"]
    uses = [step.get("uses", "").partition("@")[0] for step in steps]
    [release] = [n for n, step in enumerate(steps) if "gh release create" in step.get("run", "")]

    stated = uses.index("actions/attest-build-provenance")
    assert stated < release
    assert steps[stated]["with"]["subject-path"] == "dist/*"
    assert "dist/*" in steps[release]["run"]


def find_early_secrets(text: str) -> list[str]:
    """Return the jobs in which a secret is there before what is locked is installed."""
    found = []
    for name, job in yaml.safe_load(text)["jobs"].items():
        steps = job.get("steps", [])
        runs = [step.get("run", "") for step in steps]
        secret = ["secrets." in str(step) for step in steps]
        around = {key: value for key, value in job.items() if key != "steps"}
        if "secrets." in str(around) or (
            any(secret) and "make .venv/ready" not in runs[: secret.index(True)]
        ):
            found.append(name)
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_secret_is_there_while_packages_are_installed(path: Path) -> None:
    assert find_early_secrets(path.read_text(encoding="utf-8")) == []


def test_a_secret_that_is_there_too_early_is_named() -> None:
    text = (FOLDER / "live.yml").read_text(encoding="utf-8")
    step = "        run: make .venv/ready\n"

    assert step in text
    assert find_early_secrets(text.replace(step, "        run: ls\n")) == ["live"]
    early = text.replace("    steps:\n", "    env:\n      KEY: ${{ secrets.K }}\n    steps:\n")
    assert find_early_secrets(early) == ["live"]


DEPENDABOT = FOLDER.parent / "dependabot.yml"


def test_dependabot_keeps_new_what_is_asked_about_nowhere_else() -> None:
    result = lint(DEPENDABOT)

    assert result.returncode == 0, result.stdout + result.stderr
    updates = yaml.safe_load(DEPENDABOT.read_text(encoding="utf-8"))["updates"]
    assert [update["package-ecosystem"] for update in updates] == ["github-actions", "cargo"]
    assert (ROOT / updates[1]["directory"].lstrip("/") / "Cargo.lock").is_file()


def test_the_linter_sees_a_dependabot_that_takes_what_was_released_today(tmp_path: Path) -> None:
    text = DEPENDABOT.read_text(encoding="utf-8")
    hasty = tmp_path / "dependabot.yml"
    hasty.write_text(text.replace("default-days: 7", "default-days: 0"), encoding="utf-8")

    assert "dependabot-cooldown" in lint(hasty).stdout


def test_read_the_docs_builds_the_same_site() -> None:
    config = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text(encoding="utf-8"))

    assert config["version"] == 2
    assert "SITE_URL=$READTHEDOCS_CANONICAL_URL make site" in config["build"]["commands"]
