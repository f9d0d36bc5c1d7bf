"""What a reader types in a shell has its twin for PowerShell, in a tab beside it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from okx_guide.sandbox import RunningSandbox
from tests.plugins.blocks import DOCS, ROOT, Fence, check_output, fences
from tests.support.patience import SECONDS
from tests.support.prose import list_tabs

PAGES = sorted(DOCS.rglob("*.md"))

# Such a line means the same in every shell.
PLAIN = re.compile(r"""[\w.-]+(?: (?:[\w./:=-]+|"[^"$`\\!]*"|'[^'"]*'))*""")
# There is no such thing on Windows.
LINUX_ONLY = ("cat /proc/self/environ ",)
BLOCK = re.compile(r"^```bash.*\n((?:(?!```).*\n)+)```$", re.MULTILINE)
# In the prose: what only a POSIX shell knows.
INLINE = re.compile(r"`(?:export |source |\. \.venv)[^`]*`")
# Text that goes to a command: the only form of a PowerShell block that can be run here.
PIPED = re.compile(r"(?:@'\n(?P<here>.*)\n'@|'(?P<text>[^'\n]*)') \| (?P<command>.+)\n", re.DOTALL)
COMMANDS = re.compile(r"\bokx-guide (\w+)((?: --[a-z]+)*)")


def list_lonely(page: str) -> list[str]:
    """Return the first lines of the blocks that need a twin for PowerShell, and have none."""
    twinned = {
        block
        for tabs in list_tabs(page)
        if "```powershell" in tabs.get("PowerShell", "")
        for block in BLOCK.findall("".join(tabs.values()))
    }
    return [
        block.partition("\n")[0]
        for block in BLOCK.findall(page)
        if block not in twinned and "--8<--" not in block and not block.startswith(LINUX_ONLY)
        if not all(PLAIN.fullmatch(line) for line in block.splitlines())
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_shell_block_has_a_twin(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert list_lonely(text) == []
    lines = [line for line in text.splitlines() if INLINE.search(line)]
    assert [line for line in lines if "PowerShell" not in line] == []


@pytest.mark.parametrize(
    "block",
    ["export A='b'", "okx-guide doctor | grep ok", "cat <<'END'\nEND", "ls ~/.okx", "echo '\"'"],
)
def test_a_block_without_a_twin_is_found(block: str) -> None:
    assert list_lonely(f"# Title\n\n```bash\n{block}\n```\n") == [block.partition("\n")[0]]


def test_a_block_that_every_shell_reads_needs_none() -> None:
    block = "okx-guide doctor --demo\npip install 'okx-guide[tls]'\necho \"it's done\"\n"

    assert list_lonely(f"```bash\n{block}```\n") == []


def test_a_twin_that_was_taken_out_is_found() -> None:
    page = (DOCS / "reference" / "doctor.md").read_text(encoding="utf-8")
    alone, count = re.subn(
        r"/// tab \| PowerShell\n(?:(?!///$).*\n)*///\n", "", page, flags=re.MULTILINE
    )

    assert count == len(list_lonely(alone)) == 2


def list_twins() -> list[tuple[Fence, Fence]]:
    """Return each block for PowerShell with the block for a shell before it."""
    return [
        (next(f for f in reversed(page_fences[:place]) if f.language == "bash"), fence)
        for page in PAGES
        for page_fences in [fences(page)]
        for place, fence in enumerate(page_fences)
        if fence.language == "powershell"
    ]


@pytest.mark.parametrize(("shell", "twin"), list_twins(), ids=lambda fence: fence.place)
def test_a_twin_calls_the_same_commands(shell: Fence, twin: Fence) -> None:
    assert COMMANDS.findall(shell.content) == COMMANDS.findall(twin.content)


@pytest.mark.parametrize(
    "twin",
    [twin for _, twin in list_twins() if PIPED.fullmatch(twin.content)],
    ids=lambda f: f.place,
)
def test_a_text_that_powershell_pipes_into_a_command_has_the_same_effect(
    twin: Fence, practice_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """PowerShell itself is not run: between single quotes it keeps every character."""
    piped = PIPED.fullmatch(twin.content)
    assert piped
    program, *arguments = piped["command"].split()

    result = subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        input=(piped["here"] or piped["text"]) + os.linesep,
        cwd=tmp_path,
        env={**os.environ, **practice_sandbox.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    check_output(twin.page, twin.line, result.stdout)


def test_the_readme_sets_up_without_make_what_make_sets_up() -> None:
    """The lines for PowerShell install as the Makefile does: by hash, from the lock file."""
    [block] = re.findall(r"```powershell\n(.*?)```", read("README.md"), re.DOTALL)
    quiet = re.compile(r" --quiet| --disable-pip-version-check")
    makefile = quiet.sub("", read("Makefile"))

    [create, *installs, serve] = block.replace(".venv\\Scripts\\", "$(BIN)/").splitlines()

    assert create == "py -m venv .venv"
    assert len(installs) == 2
    assert [line for line in [*installs, serve] if f"@{line}" not in makefile] == []


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
