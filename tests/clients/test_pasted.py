"""The JavaScript blocks of the pages about clients work as they are pasted: each is a program."""

import json
import re
from pathlib import Path

import pytest

from okx_guide.sandbox import RunningSandbox
from okx_guide.sandbox.server import make_environ
from okx_guide.sandbox.state.exchange import make_uid
from tests.plugins.blocks import DOCS, Fence, fences
from tests.support.clients import PROGRAMS, run_program
from tests.support.languages import CLIENT_KITS, build_cached, find_missing_tools
from tests.support.tools import require_tools

# What a page says to write below a block.
QUESTION = re.compile(r"such as `(console\.log\(await okx\.\w+\(\)\);)`")
# Loads one after the other in one process, because ccxt takes a second to load.
MAIN = """
const printed = {};
for (const name of process.argv.slice(2)) {
  printed[name] = [];
  console.log = (value) => printed[name].push(JSON.stringify(value));
  try {
    await import(`./${name}.mjs`);
  } catch (error) {
    printed[name].push(error.message);
  }
}
process.stdout.write(JSON.stringify(printed), () => process.exit());
"""


def list_blocks() -> dict[str, list[Fence]]:
    """Return the JavaScript blocks of each page about a client, by its name."""
    pages = sorted(DOCS.glob("reference/clients/*.md"))
    blocks = {
        page.stem: [fence for fence in fences(page) if fence.language == "javascript"]
        for page in pages
    }
    return {name: listed for name, listed in blocks.items() if listed}


def run_all(programs: dict[str, str], folder: Path, variables: dict[str, str]) -> dict[str, str]:
    """Return what each program prints, or the message of its error."""
    kit = CLIENT_KITS["javascript"]
    require_tools(kit, find_missing_tools(kit))
    packages = build_cached(kit, PROGRAMS / "javascript")
    (folder / "node_modules").symlink_to(packages / "node_modules")
    for name, text in {**programs, "main": MAIN}.items():
        (folder / f"{name}.mjs").write_text(text, encoding="utf-8")
    result = run_program(["node", "main.mjs", *programs], folder, variables, folder)
    assert (result.returncode, result.stderr) == (0, "")
    printed: dict[str, list[str]] = json.loads(result.stdout)
    return {name: "".join(lines) for name, lines in printed.items()}


def test_a_block_runs_as_it_is_pasted(practice_sandbox: RunningSandbox, tmp_path: Path) -> None:
    practice_sandbox.exchange.reset()
    programs: dict[str, str] = {}
    for name, blocks in list_blocks().items():
        [question] = QUESTION.findall(blocks[0].page.read_text(encoding="utf-8"))
        programs |= {f"{name}-{fence.line}": fence.content for fence in blocks}
        # The first block is the one for the practice exchange: only this one may ask.
        programs[f"{name}-{blocks[0].line}"] += question + "\n"
        # The planted fault: the same without its import.
        programs[f"{name}-without"] = blocks[0].content.partition("\n")[2]

    key = practice_sandbox.key
    printed = run_all(programs, tmp_path, make_environ(practice_sandbox.hosts["global"], key))

    answers = {name: text for name, text in printed.items() if text}
    first = {name: f"{name}-{blocks[0].line}" for name, blocks in list_blocks().items()}
    assert set(answers) == {*first.values(), "ccxt-without", "okx-api-without"}
    assert all(make_uid(key.owner) in answers[name] for name in first.values())
    assert answers["ccxt-without"] == "ccxt is not defined"
    assert answers["okx-api-without"] == "RestClient is not defined"


@pytest.mark.parametrize("name", list_blocks())
def test_a_page_has_a_block_for_each_place(name: str) -> None:
    assert len(list_blocks()[name]) == 3
