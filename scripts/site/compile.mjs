// Compile Python to byte code with the Python of the page itself.
//
// Byte code is of one version of Python. So it is made by the one that will read it.
//
//     node compile.mjs PYODIDE SOURCE TARGET

import { pathToFileURL } from "node:url";

const [pyodide, source, target] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodide));
const python = await loadPyodide();
for (const [place, root] of [
  ["/source", source],
  ["/target", target],
]) {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
}
python.runPython(`
from pathlib import Path
from py_compile import PycInvalidationMode, compile

for path in sorted(Path("/source").rglob("*.py")):
    name = path.relative_to("/source")
    target = Path("/target", name).with_suffix(".pyc")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Without docstrings and asserts of the libraries: nobody reads them in a page.
    compile(str(path), str(target), dfile=str(name), doraise=True, optimize=2,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
`);
