"""The tabs of a step: the same block in Python, JavaScript, Go and shell, each of them run."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from okx_guide.sandbox import RunningSandbox
from tests.plugins.blocks import DOCS, ROOT, Fence, check_output, fences
from tests.support.languages import LANGUAGES, SNIPPETS, Language, environ, find_missing_formatter
from tests.support.patience import SECONDS
from tests.support.prose import list_tabs
from tests.support.tools import require_program, require_tools

GUIDE = SNIPPETS / "guide"
# Each program sends wrong lines and right lines; a tab shows a part of it.
REFUSALS = SNIPPETS / "refusals"
# The login in Go needs a package, and the other mistakes none.
MISTAKES = {
    "refusals.mjs": "query, body, encoding, timestamp, login",
    "refusals.sh": "query, body, encoding, timestamp, login",
    "refusals.go": "query, body, encoding, timestamp",
}
PARTS = re.compile(r"--8<-- \[start:(\w+)\]")
TABS = ["Python", "JavaScript", "Go", "Shell"]
COMMANDS = {".mjs": ("node",), ".go": ("go", "run"), ".sh": ("bash",)}
# What a program needs besides what its language needs.
EXTRA = {"login.sh": ("websocat",), "refusals.sh": ("websocat",)}
SHELL_NEEDS = ("curl", "jq", "openssl")
SECRETS = ("OKX_SECRET_KEY", "OKX_PASSPHRASE")

PAGES = sorted(DOCS.rglob("*.md"))


def list_blocks() -> list[Fence]:
    """Return the blocks of the pages that are programs in tabs, or parts of them."""
    page_fences = [fence for page in PAGES for fence in fences(page)]
    return [f for f in page_fences if f.included and f.included.parent in (GUIDE, REFUSALS)]


def name_fence(fence: Fence) -> str:
    return " ".join(filter(None, [fence.included.name if fence.included else "", fence.part]))


def find_incomplete(page: str) -> list[list[str]]:
    """Return the groups of a page that hold such a program, and not the four tabs."""
    return [
        list(tabs)
        for tabs in list_tabs(page)
        if re.search('docs/snippets/(guide|refusals)/.*"', "".join(tabs.values()))
        and list(tabs) != TABS
    ]


@cache
def download_packages(folder: Path) -> None:
    """Fetch what the Go programs of a folder import: `go run` would say so on stderr."""
    subprocess.run(
        [require_program("go"), "mod", "download"],
        cwd=folder,
        timeout=SECONDS,
        check=True,
    )


def run(
    program: Path, sandbox: RunningSandbox, *arguments: str, path: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run a program as a reader does, against the practice exchange."""
    command = COMMANDS[program.suffix]
    needs = SHELL_NEEDS if program.suffix == ".sh" else ()
    for tool in (*needs, *EXTRA.get(program.name, ())):
        require_program(tool)
    if program.suffix == ".go":
        download_packages(program.parent)
    settings = {**sandbox.environ, "NO_PROXY": "127.0.0.1"}
    env = environ(**settings)
    return subprocess.run(
        [require_program(command[0]), *command[1:], program.name, *arguments],
        cwd=program.parent,
        env={**env, "PATH": path or env["PATH"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize("fence", list_blocks(), ids=name_fence)
def test_a_block_prints_what_its_tab_shows(fence: Fence, practice_sandbox: RunningSandbox) -> None:
    practice_sandbox.exchange.reset()
    assert fence.included

    result = run(fence.included, practice_sandbox, *filter(None, [fence.part]))

    assert (result.returncode, result.stderr) == (0, "")
    check_output(fence.page, fence.line, result.stdout)


def test_every_program_of_the_guide_stands_in_a_page() -> None:
    programs = {path for path in GUIDE.iterdir() if path.suffix in COMMANDS}

    assert programs == {block.included for block in list_blocks() if not block.part}


def test_every_part_of_a_program_stands_in_a_page() -> None:
    parts = {
        path.name: PARTS.findall(path.read_text(encoding="utf-8"))
        for path in REFUSALS.iterdir()
        if path.suffix in COMMANDS
    }

    for program, names in parts.items():
        shown = [f.part for f in list_blocks() if f.included == REFUSALS / program]
        assert sorted(shown) == sorted(names), program
    assert {name: ", ".join(parts[name]) for name in MISTAKES} == MISTAKES
    assert parts.keys() - MISTAKES.keys() == {"refused_login.go"}


@pytest.mark.parametrize("program", MISTAKES)
def test_a_mistake_that_is_unknown_is_no_stack_trace(
    program: str, practice_sandbox: RunningSandbox
) -> None:
    result = run(REFUSALS / program, practice_sandbox, "spelling")
    # `go run` says 1 for any other exit code, and adds a line.
    assert (result.returncode, result.stdout) == (1 if program.endswith(".go") else 2, "")
    assert result.stderr.startswith(f"Say which mistake: {MISTAKES[program]}.")


@pytest.mark.parametrize(
    "group",
    [
        tabs
        for page in PAGES
        for tabs in list_tabs(page.read_text(encoding="utf-8"))
        if "docs/snippets/refusals/" in "".join(tabs.values())
    ],
    ids=lambda tabs: re.findall(r"\w+\.go:(\w+)", "".join(tabs.values()))[0],
)
def test_the_tabs_of_a_refusal_show_the_same_codes(group: dict[str, str]) -> None:
    """The last one is accepted; each of the others is refused."""
    codes = {
        tuple(
            re.findall(r"^\d+", re.findall(r"```text\n(.*?)```", tab, re.DOTALL)[0], re.MULTILINE)
        )
        for tab in group.values()
    }

    [shown] = codes
    assert shown[-1] == "0"
    assert "0" not in shown[:-1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_block_stands_in_four_tabs(page: Path) -> None:
    assert find_incomplete(page.read_text(encoding="utf-8")) == []


def test_a_tab_that_is_missing_is_found() -> None:
    page = (DOCS / "guide" / "validate.md").read_text(encoding="utf-8")
    assert len(list_tabs(page)) > 1
    without_go = re.sub(r"/// tab \| Go\n(?:(?!///$).*\n)*///\n\n", "", page, flags=re.MULTILINE)

    assert [["Python", "JavaScript", "Shell"]] * len(list_tabs(page)) == find_incomplete(without_go)


@pytest.mark.parametrize("suffix", [".go", ".sh"])
def test_a_program_is_formatted(suffix: str) -> None:
    [language] = [each for each in LANGUAGES if Path(each.source).suffix == suffix]
    require_tools(language, find_missing_formatter(language))

    unformatted = [
        program.name
        for program in sorted([*GUIDE.glob(f"*{suffix}"), *REFUSALS.glob(f"*{suffix}")])
        if program.read_text(encoding="utf-8") != reformat(language, program)
    ]

    assert unformatted == []


def reformat(language: Language, program: Path) -> str:
    result = subprocess.run(
        language.formatter,
        input=program.read_text(encoding="utf-8"),
        env=environ(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return result.stdout


@pytest.mark.parametrize("program", sorted(GUIDE.glob("*.sh")), ids=lambda path: path.name)
def test_no_secret_can_be_seen_with_ps(
    program: Path, practice_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """A shell program starts others, and arguments are public on a machine."""
    log = tmp_path / "log"
    for tool in ("curl", "date", "jq", "od", "openssl", "tr", "websocat"):
        if program_path := shutil.which(tool, path=environ()["PATH"]):
            spy = tmp_path / tool
            spy.write_text(f'#!/bin/sh\necho "{tool} $*" >> {log}\nexec {program_path} "$@"\n')
            spy.chmod(0o755)

    result = run(program, practice_sandbox, path=f"{tmp_path}{os.pathsep}{environ()['PATH']}")

    assert (result.returncode, result.stderr) == (0, "")
    arguments = log.read_text(encoding="utf-8")
    assert "jq " in arguments
    secrets = [practice_sandbox.environ[name] for name in SECRETS]
    assert [secret for secret in secrets if secret in arguments] == []


# Where a reader writes code, or looks for a mistake in it.
LEADING = [
    "index.md",
    *(f"guide/{step}.md" for step in ("create", "configure", "activate", "validate", "websocket")),
    "guide/next.md",
    "reference/signing.md",
    "reference/vectors.md",
    *(
        f"troubleshooting/{name_fence}.md"
        for name_fence in ("invalid-sign", "timestamp", "50113", "60007")
    ),
]


@pytest.mark.parametrize("page", LEADING)
def test_a_step_and_a_page_on_the_signature_lead_to_the_code(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")

    assert re.search(r"\]\((?:\.\./)?(?:reference/)?languages\.md\)", text)


def test_code_is_a_section_of_its_own() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    [section] = re.findall(r"^  - Code:\n((?:      .+\n)+)", navigation, re.MULTILINE)

    pages = ("languages", "clients", "testing", "collections", "python", "python-tools")
    section_pages = re.findall(r": reference/(\S+)\.md$", section, re.MULTILINE)
    # The clients have a page each besides.
    assert list(pages) == [page for page in section_pages if "/" not in page]
