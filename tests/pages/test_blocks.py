"""Nothing in a fence goes unchecked, and the runner that checks it works."""

import ast
import codeop
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from pytest_markdown_docs.definitions import FenceTestDefinition
from pytest_markdown_docs.plugin import extract_fence_tests

from okx_guide import Credentials, OkxAuth, sign
from okx_guide.sandbox import PRACTICE_KEY, RunningSandbox
from okx_guide.sandbox.server import make_environ
from scripts.page.start import STARTS, prepare
from tests.plugins import blocks
from tests.plugins.blocks import (
    DOCS,
    ROOT,
    BlockError,
    Fence,
    OutputError,
    PageRunner,
    check_output,
    fences,
)
from tests.support.clients import has_program
from tests.support.languages import LANGUAGES, SNIPPETS, WEBSOCKET
from tests.support.patience import SECONDS

RunPage = Callable[..., None]

PAGES = sorted(DOCS.rglob("*.md"))

# Blocks that are not run, by page and first line, and why. The reasons are on the page
# about/verified.md, where a reader sees them.
NOT_RUN = {
    ("reference/sandbox.md", "okx-guide sandbox"): (
        "It runs until Ctrl-C. A test of the command line starts it."
    ),
    ("reference/sandbox.md", "okx-guide sandbox --tls"): (
        "It runs until Ctrl-C. A test of the command line starts it."
    ),
}


# Folders of programs that stand in tabs; test_tabs.py compares what they print.
TABS = (SNIPPETS / "guide", SNIPPETS / "refusals")


@dataclass(frozen=True)
class RawFence:
    """A fence as a human finds it: at any indentation, in any container."""

    page: Path
    line: int
    info: str


def parse_raw_fences(page: Path) -> Iterator[RawFence]:
    mark = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r"[\s>*+\d.-]*?(`{3,}|~{3,})\s*(.*)$", line)
        if not match:
            continue
        if not mark:
            mark = match[1]
            yield RawFence(page, number, match[2])
        elif match[1].startswith(mark) and not match[2]:
            mark = ""


def list_fences(language: str) -> list[Fence]:
    """Return the blocks of a language that stand in a page, not those that are included."""
    return [
        fence
        for page in PAGES
        for fence in fences(page)
        if fence.language == language and not fence.included
    ]


STRINGS = ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE")


def name_fence(fence: Fence) -> str:
    return fence.place


def is_not_run(fence: Fence) -> bool:
    first_line = fence.content.partition("\n")[0]
    return (fence.page.relative_to(DOCS).as_posix(), first_line) in NOT_RUN


def is_client(fence: Fence) -> bool:
    """Say whether a fence is run with its client: by tests/clients, not as a block of its own."""
    of_client = fence.page.parent == DOCS / "reference" / "clients"
    return of_client and (
        fence.language in ("javascript", "rust", "java") or "notest" in fence.options
    )


# --- every fence is one of the kinds that are checked -----------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_fence_is_seen_by_the_parser_that_runs_it(page: Path) -> None:
    parsed_lines = {fence.line for fence in fences(page)}

    unseen = [fence.line for fence in parse_raw_fences(page) if fence.line not in parsed_lines]

    assert unseen == [], f"{page}: indented too far, or inside a container that hides it"


def find_docstring_fences(source: str) -> list[str]:
    """Return the lines of docstrings that open or close a fence: nothing would run it."""
    nodes = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [
        line.strip()
        for node in nodes
        for line in (ast.get_docstring(node) or "").splitlines()
        if line.lstrip().startswith(("```", "~~~"))
    ]


def test_no_docstring_holds_a_fence() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "okx_guide").rglob("*.py")]

    assert len(sources) > 50
    assert [line for source in sources for line in find_docstring_fences(source)] == []


def test_a_fence_in_a_docstring_is_seen() -> None:
    source = "class Key:\n    def read(self):\n        '''Read.\n\n        ```python\n        '''"

    assert find_docstring_fences(source) == ["```python"]


def explain_unchecked(fence: Fence, before: Fence | None) -> str:
    """Return why a fence is not checked, or nothing if it is."""
    if fence.included and fence.language != "toml":
        return (
            ""
            if is_run_program(fence.included)
            else "tests/support/languages.py does not run this file"
        )
    if is_client(fence):
        is_used = has_program(fence.content.splitlines())
        return "" if is_used else "no program of tests/clients has these lines"
    # The scanner's settings, by test_scanning.py.
    scanning = fence.language == "yaml" and fence.page == DOCS / "security" / "logs-and-git.md"
    checked = ("python", "bash", "toml", "json", "http", "dotenv", "powershell")
    if scanning or fence.language in checked:
        return ""
    if fence.language != "text":
        return f"nothing checks the language {fence.language!r}"
    return "" if before and has_output(before) else "this text is not the output of a block"


def is_run_program(path: Path) -> bool:
    """Say whether a program that a page shows is run.

    By test_languages.py, the tabs by test_tabs.py, the bot by test_pytest_plugin.py, the detector
    by test_scanning.py, the rotation by test_rotation.py.
    """
    programs = (*LANGUAGES, WEBSOCKET)
    sources = {SNIPPETS / program.folder / program.source for program in programs}
    folders = (*(SNIPPETS / name for name in ("bot", "rotation", "scanning")), *TABS)
    return path in sources or path.parent in folders


def has_output(fence: Fence) -> bool:
    """Say whether the text after a fence is compared with what it prints."""
    if fence.included and fence.included.parent in TABS:
        return True
    return fence.language in ("python", "bash", "powershell") and not is_not_run(fence)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_fence_is_checked(page: Path) -> None:
    page_fences = fences(page)

    problems = [
        f"{fence.place}: {problem}"
        for before, fence in zip((None, *page_fences), page_fences, strict=False)
        if (problem := explain_unchecked(fence, before))
    ]

    assert problems == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_plugin_collects_every_python_block(page: Path) -> None:
    from markdown_it import MarkdownIt  # noqa: PLC0415  # the plugin's own parser

    collected = extract_fence_tests(
        MarkdownIt("commonmark"), page.read_text(encoding="utf-8"), 0, source_path=page
    )

    expected = [
        fence.line
        for fence in fences(page)
        if fence.language == "python" and not fence.included and not is_client(fence)
    ]
    assert expected == [test.start_line for test in collected]


@pytest.mark.parametrize("included", ["docs/snippets/go/go.mod", "docs/snippets/gone.py"])
def test_an_included_file_that_nothing_runs_is_not_checked(included: str) -> None:
    fence = Fence(PAGES[0], 1, "python", "", f'--8<-- "{included}"\n')

    assert "does not run" in explain_unchecked(fence, None)


def test_lines_that_no_program_has_are_not_checked() -> None:
    page = DOCS / "reference" / "clients" / "rust-okx.md"
    [block, *_] = [fence for fence in fences(page) if fence.language == "rust"]
    changed = replace(block, content=block.content.replace("OKX_API_KEY", "OKX_KEY"))

    assert explain_unchecked(block, None) == ""
    assert "no program" in explain_unchecked(changed, None)


def test_no_page_uses_an_indented_container() -> None:
    offenders = [
        f"{page.relative_to(DOCS)}:{number}"
        for page in PAGES
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if re.match(r"\s*(===|!!!|\?\?\?)[ +]", line)
    ]

    assert offenders == [], "use /// blocks: a fence under === or !!! is skipped without a word"


def test_what_is_not_run_is_said_on_the_site() -> None:
    page = (DOCS / "about" / "verified.md").read_text(encoding="utf-8")

    for (place, first_line), reason in NOT_RUN.items():
        assert f"| `{first_line}` | `{place}` | {reason} |" in page
    assert page.count("A test of the command line starts it.") == len(NOT_RUN) == 2


def test_every_exception_is_still_there() -> None:
    existing = {
        (fence.page.relative_to(DOCS).as_posix(), fence.content.partition("\n")[0])
        for page in PAGES
        for fence in fences(page)
    }

    assert existing >= set(NOT_RUN)


# --- what is pasted works as pasted -----------------------------------------------------


@pytest.mark.parametrize("fence", list_fences("python"), ids=name_fence)
def test_a_block_can_be_pasted_into_the_prompt(fence: Fence) -> None:
    """The prompt ends a suite at an empty line, and takes one statement at a time."""
    waiting = ""
    for line in [*fence.content.splitlines(), ""]:
        waiting += line + "\n"
        if codeop.compile_command(waiting.removesuffix("\n"), symbol="single") is not None:
            waiting = ""

    assert waiting.strip() == ""


@pytest.mark.parametrize("fence", list_fences("python"), ids=name_fence)
def test_a_block_mentions_nothing_that_only_the_tests_have(fence: Fence) -> None:
    assert re.search(r"127\.0\.0\.1|localhost|8700|pytest|sandbox\.", fence.content) is None


@pytest.mark.parametrize(
    "fence", [f for f in list_fences("bash") if not is_not_run(f)], ids=name_fence
)
def test_a_shell_block_prints_what_its_page_shows(
    fence: Fence, practice_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    start = STARTS[fence.start]
    files = {file: (DOCS / file).read_text(encoding="utf-8") for file in start.files.values()}
    key = prepare(practice_sandbox.exchange, start, files)
    for place, file in start.files.items():
        (tmp_path / place).write_text(files[file], encoding="utf-8")
    environ = {
        **make_environ(practice_sandbox.hosts[start.rest], key),
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(tmp_path),
    }

    result = subprocess.run(
        ["/usr/bin/env", "bash", "-euo", "pipefail", "-c", fence.content],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    check_output(fence.page, fence.line, result.stdout)


@pytest.mark.parametrize(
    "fence",
    [
        fence
        for page in PAGES
        for fence in fences(page)
        # The rules of a scanner are no config: test_scanning.py looks for secrets with them.
        if fence.language == "toml" and "[[rules]]" not in fence.text
    ],
    ids=name_fence,
)
def test_a_config_sample_is_read_as_the_page_says(fence: Fence, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(fence.text, encoding="utf-8")
    profiles = tomllib.loads(fence.text)["profiles"]

    for profile, expected in profiles.items():
        read = Credentials.from_file(path, profile)
        assert expected["secret_key"] == read.secret_key
    default = Credentials.from_file(path)
    assert default == Credentials(
        PRACTICE_KEY.api_key, PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase
    )


@pytest.mark.parametrize("fence", list_fences("json"), ids=name_fence)
def test_a_json_sample_is_what_the_sandbox_answers(
    fence: Fence, practice_sandbox: RunningSandbox
) -> None:
    practice_sandbox.exchange.reset()
    title = re.search(r'title="(GET|POST) (/[^"]*)"', fence.options)
    assert title, f'{fence.place}: name the request, as in title="GET /api/v5/public/time"'
    auth = None
    if "unsigned" not in fence.options:
        auth = OkxAuth(Credentials.from_env(practice_sandbox.environ), demo=True)

    answer = requests.request(
        title[1], practice_sandbox.url + title[2], auth=auth, timeout=SECONDS, allow_redirects=False
    )

    assert json.loads(fence.content) == answer.json()


@pytest.mark.parametrize("fence", list_fences("http"), ids=name_fence)
def test_a_http_sample_carries_the_signature_of_its_own_bytes(fence: Fence) -> None:
    head, _, body = fence.content.partition("\n\n")
    first, *lines = head.strip().splitlines()
    method, request_path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)

    # The sample secret of OKX's documentation, as the page says.
    secret_key = "22582BD0CFF14C41EDBF1AB98506286D"
    expected = sign(secret_key, headers["OK-ACCESS-TIMESTAMP"], method, request_path, body.rstrip())
    assert expected == headers["OK-ACCESS-SIGN"]


@pytest.mark.parametrize("fence", list_fences("dotenv"), ids=name_fence)
def test_a_dotenv_sample_reaches_the_program_unchanged(fence: Fence, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(fence.content, encoding="utf-8")
    expected = dict(re.findall(r"^(\w+)='(.*)'$", fence.content, re.MULTILINE))
    script = (
        "set -a; . ./.env; set +a; exec "
        + shlex.quote(sys.executable)
        + " -c "
        + shlex.quote("import json, os; print(json.dumps(dict(os.environ)))")
    )

    result = subprocess.run(
        ["/usr/bin/env", "bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )

    environ = json.loads(result.stdout)
    assert set(STRINGS) <= expected.keys()
    assert {name: environ[name] for name in expected} == expected
    assert Credentials(*(expected[name] for name in STRINGS)) == Credentials.from_env(environ)


@pytest.mark.parametrize(
    "fence",
    [fence for fence in list_fences("powershell") if "OKX_WS_URL" in fence.content],
    ids=name_fence,
)
def test_a_powershell_sample_sets_what_its_twin_for_a_shell_sets(fence: Fence) -> None:
    """PowerShell itself is not run: in single quotes it keeps every character, as a shell does.

    What else a twin does is compared in test_twins.py.
    """
    lines = [re.fullmatch(r"\$env:(\w+) = ('[^']*')", line) for line in fence.content.splitlines()]
    page_fences = fences(fence.page)
    twin = page_fences[page_fences.index(fence) - 1]

    assert twin.language == "bash"
    assert [f"export {line[1]}={line[2]}" for line in lines if line] == twin.content.splitlines()


# --- the runner itself ------------------------------------------------------------------


@pytest.fixture
def run_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunPage]:
    monkeypatch.delenv("UPDATE_PAGES", raising=False)  # `make docs-update` passes here too

    def run(text: str, block: int = 0) -> None:
        page = tmp_path / "page.md"
        page.write_text(text, encoding="utf-8")
        fences.cache_clear()
        from markdown_it import MarkdownIt  # noqa: PLC0415  # the plugin's own parser

        tests = list(extract_fence_tests(MarkdownIt("commonmark"), text, 0, source_path=page))
        PageRunner().runtest(tests[block], {"leaked": 1})

    yield run
    fences.cache_clear()


def write_page(code: str, output: str | None, options: str = "") -> str:
    shown = "" if output is None else f"\n```text\n{output}\n```\n"
    return f"# T\n\n```python{options}\n{code}\n```\n{shown}"


def test_right_output_passes(run_page: RunPage) -> None:
    run_page(write_page("print(1)", "1"))


def test_dots_stand_for_anything(run_page: RunPage) -> None:
    run_page(write_page("print('a', 17, 'b')", "a ... b"))


@pytest.mark.parametrize("output", ["2", "", "1 1", None])
def test_wrong_or_missing_output_fails(run_page: RunPage, output: str | None) -> None:
    with pytest.raises(OutputError):
        run_page(write_page("print(1)", output))


def test_output_that_is_shown_but_not_printed_fails(run_page: RunPage) -> None:
    with pytest.raises(OutputError):
        run_page(write_page("x = 1", "1"))


def test_a_type_error_runs_the_block_once(run_page: RunPage, tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"with open({str(log)!r}, 'a') as log: log.write('x')\n\nlen(1)"

    with pytest.raises(BlockError):
        run_page(write_page(code, None))

    assert log.read_text() == "x"


def test_a_fixture_value_does_not_leak_into_the_block(run_page: RunPage) -> None:
    with pytest.raises(NameError):
        run_page(write_page("leaked", None))


def test_a_continued_block_shows_only_its_own_output(run_page: RunPage) -> None:
    first = write_page("print(1)", "1")
    second = write_page("print(2)", "2", " { continuation }")

    run_page(first + "\n" + second, block=1)


@pytest.mark.parametrize(
    ("output", "fence", "updated"),
    [
        ("at ... s\nold\n...", "text { .columns }", "text { .columns }\nat ... s\nnew\n"),
        ("...\nold", "text", "text\nat 17 s\nnew\n"),
        (None, "text", "text\nat 17 s\nnew\n"),
    ],
    ids=["look and dots", "dots alone", "no output yet"],
)
def test_an_updated_output_keeps_its_look_and_its_dots(
    run_page: RunPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    output: str | None,
    fence: str,
    updated: str,
) -> None:
    monkeypatch.setenv("UPDATE_PAGES", "1")
    monkeypatch.setattr(blocks, "_new_outputs", {})
    page = write_page("print('at 17 s')\nprint('new')", output).replace("```text", f"```{fence}")
    run_page(page)

    blocks.pytest_sessionfinish()

    assert f"\n\n```{updated}```\n" in (tmp_path / "page.md").read_text(encoding="utf-8")


def test_the_pages_are_run_by_our_runner() -> None:
    from pytest_markdown_docs._runners import get_runner  # noqa: PLC0415  # only here

    assert isinstance(get_runner(None), PageRunner)
    assert FenceTestDefinition.__dataclass_fields__.keys() >= {"source", "start_line"}
