"""What a contributor reads first names only what is there."""

import re
import tomllib

import pytest
import yaml

from tests.plugins.blocks import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
TEXTS = ("README.md", "CONTRIBUTING.md")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_exists(name: str) -> None:
    commands = re.findall(r"(?:^|`)make ([a-z-]+)", read(name), re.MULTILINE)

    assert set(commands) - TARGETS == set()
    assert commands


@pytest.mark.parametrize("name", TEXTS)
def test_every_file_exists(name: str) -> None:
    paths = re.findall(
        r"[`(]((?:\.?\w[\w./-]*/[\w./-]*)|[\w.-]+\.(?:md|toml|cff|yml))[`)]", read(name)
    )
    # Made by `make`, or the contributor's to make.
    built_paths = {"site/", ".venv/bin/python", "release.yml"}

    assert [path for path in paths if path not in built_paths and not (ROOT / path).exists()] == []
    assert paths


def test_a_recipe_is_shorter_than_ten_lines() -> None:
    sections = re.split(r"^## ", read("CONTRIBUTING.md"), flags=re.MULTILINE)[1:]
    recipes = {
        section.partition("\n")[0]: [line for line in section.splitlines()[1:] if line]
        for section in sections
    }

    assert {"A fact about OKX", "An error", "A page", "A language"} <= set(recipes)
    assert {name: lines for name, lines in recipes.items() if len(lines) >= 10} == {}


# A comment that turns a tool off, with its reason behind it in a comment of its own.
_SUPPRESSION = re.compile(r"# (?:noqa|type: ignore|pragma|fmt: (?:skip|off))\b|(?:biome)-ignore")
_REASON = re.compile(
    r"# (?:noqa: [A-Z]+\d+|type: ignore\[[\w,-]+\]|pragma: [\w ]+|fmt: (?:skip|off))  # \w"
    r"|(?:biome)-ignore [\w/]+: \w"
)


def list_bare_suppressions(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if _SUPPRESSION.search(line)]
    return [line for line in lines if not _REASON.search(line)]


def test_every_suppression_has_its_reason() -> None:
    paths = [ROOT / "conftest.py"]
    for folder in ("okx_guide", "scripts", "tests", "docs", "overrides"):
        paths += [
            path for ending in ("py", "js", "css") for path in (ROOT / folder).rglob(f"*.{ending}")
        ]
    bare = {
        str(path.relative_to(ROOT)): list_bare_suppressions(path.read_text(encoding="utf-8"))
        for path in paths
        if "node_modules" not in path.parts
    }

    assert {name: lines for name, lines in bare.items() if lines} == {}
    assert "okx_guide/redact.py" in bare


@pytest.mark.parametrize(
    ("line", "is_bare"),
    [
        ("x = 1  # " + "noqa: S101", True),
        ("x = 1  # " + "noqa", True),
        ("x = 1  # " + "type: ignore[misc]", True),
        ("x = 1  # " + "fmt: skip", True),
        ("// biome-" + "ignore lint/style/useConst:", True),
        ("x = 1  # " + "noqa: S101  # the reason", False),
        ("x = 1  # " + "type: ignore[misc]  # the reason", False),
        ("// biome-" + "ignore lint/style/useConst: the reason", False),
        ("x = 1  # the reason", False),
    ],
)
def test_a_suppression_without_a_reason_is_named(line: str, is_bare: bool) -> None:
    assert list_bare_suppressions(line) == ([line] if is_bare else [])


def test_the_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))

    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert PROJECT["version"] in read("CHANGELOG.md")
    assert f'VERSION = "{PROJECT["version"]}"' in read("tests/project/test_packaging.py")


def test_the_picture_is_there_small_and_described() -> None:
    [(description, path)] = re.findall(r"!\[([^]]*)\]\(([^)]*)\)", read("README.md"))

    assert len(description) > 20
    assert (ROOT / path).read_bytes().startswith(b"\xff\xd8\xff")  # a JPEG
    assert (ROOT / path).stat().st_size < 150_000


def test_every_commit_is_checked_by_our_own_tools() -> None:
    [repository] = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    entries = [hook["entry"].split() for hook in repository["hooks"]]

    assert repository["repo"] == "local"
    assert [entry[0] for entry in entries] == [
        ".venv/bin/ruff",
        ".venv/bin/ruff",
        ".venv/bin/mypy",
        "make",
    ]
    assert entries[-1][1] in TARGETS


def test_what_is_left_out_of_the_quick_tests_is_there() -> None:
    [slow] = re.findall(r"^SLOW := (.*)$", MAKEFILE, re.MULTILINE)

    assert [name for name in slow.split() if not (ROOT / name).is_dir()] == []


def test_every_target_of_the_makefile_is_phony() -> None:
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)

    assert set(phony.split()) == TARGETS
