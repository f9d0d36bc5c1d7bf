"""Modules become one script that does the same."""

import subprocess
from pathlib import Path

import pytest

from scripts.site.bundle import bundle
from scripts.site.finish import SiteError
from tests.plugins.blocks import DOCS
from tests.support.tools import needs

MODULES = {
    "entry.js": 'import { two, Box, later } from "./middle.js";\n'
    'import data from "./data.mjs";\n'
    'const hidden = "entry";\n'
    'const more = () => import("./late.mjs");\n'
    "console.log([two(), new Box().size, data.key, import.meta.url, hidden].join());\n"
    "later().then(async (text) => console.log(text, (await more()).word));\n",
    "middle.js": 'import { one } from "./deep.js";\n'
    "const hidden = 20;\n"
    "export const two = () => one() + hidden;\n"
    "export class Box {\n  size = 3;\n}\n"
    "export async function later() {\n  return 'later';\n}\n",
    "deep.js": "const hidden = 1;\nexport function one() {\n  return hidden;\n}\n",
    "data.mjs": 'export default {"key":"import export"};\n',
    "late.mjs": 'import { one } from "./deep.js";\n'
    "export const word = `word ${one()}`;\nexport function* unused() {}\n",
}


def written(folder: Path, **changed: str) -> Path:
    for name, text in {**MODULES, **changed}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "entry.js"


def test_a_script_does_what_its_modules_do(tmp_path: Path) -> None:
    script, others = bundle(written(tmp_path))

    (tmp_path / "script.cjs").write_text(
        f"const document = {{ currentScript: {{ src: 'file:///here.js' }} }};\n{script}",
        encoding="utf-8",
    )
    done = subprocess.run(
        [needs("node"), tmp_path / "script.cjs"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stderr, done.stdout) == (
        "", "21,3,import export,file:///here.js,entry\nlater word 1\n"
    )  # fmt: skip
    assert sorted(path.name for path in others) == ["data.mjs", "deep.js", "late.mjs", "middle.js"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('import * as all from "./deep.js";', "deep.js: cannot be put into one script: import *"),
        ('import "./data.mjs";', 'import "./data.mjs";'),
        ('import { a } from "https://okx.invalid/a.js";', "import { a } from"),
        ("export { hidden };", "export { hidden };"),
        ("export let one = 1;", "export let one"),
        ("console.log(import.meta.url);", "import.meta.url"),
        ("import(name);", "import(name);"),
    ],
)
def test_another_form_is_refused(text: str, told: str, tmp_path: Path) -> None:
    entry = written(tmp_path, **{"deep.js": f"{text}\n"})

    with pytest.raises(SiteError) as refused:
        bundle(entry)

    assert "deep.js: cannot be put into one script" in str(refused.value)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("name", "told"), [("gone.js", "gone.js: deep.js imports it"), ("middle.js", "imports itself")]
)
def test_a_module_that_is_missing_or_imports_itself_is_named(
    name: str, told: str, tmp_path: Path
) -> None:
    text = f'import {{ one }} from "./{name}";\nexport const more = one;\n'

    with pytest.raises(SiteError, match=told):
        bundle(written(tmp_path, **{"deep.js": text}))


@pytest.mark.parametrize("name", ["javascripts/debugger.js", "troubleshooting/paste.mjs"])
def test_what_a_page_loads_can_be_a_script(name: str) -> None:
    script, others = bundle(DOCS / name)

    assert others
    assert "import.meta" not in script
