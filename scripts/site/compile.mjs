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
import importlib.util
import marshal
from pathlib import Path


def make_flat(code):
    """Return code whose every instruction is in its first line.

    No page shows which line of a library an error comes from, and what is packed without the
    lines is a third smaller. An entry of the table (CPython, InternalDocs/code_objects.md) is for
    at most 8 instructions of 2 bytes: its kind, 13 for one without columns, and then how far its
    line is from the one before.
    """
    size = len(code.co_code) // 2
    table = b"".join(
        bytes([0x80 | 13 << 3 | min(size - start, 8) - 1, 0]) for start in range(0, size, 8)
    )
    constants = tuple(make_flat(one) if hasattr(one, "co_code") else one for one in code.co_consts)
    return code.replace(co_linetable=table, co_consts=constants)


for path in sorted(Path("/source").rglob("*.py")):
    name = path.relative_to("/source")
    target = Path("/target", name).with_suffix(".pyc")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Without docstrings and asserts of the libraries: nobody reads them in a page.
    code = compile(path.read_bytes(), str(name), "exec", dont_inherit=True, optimize=2)
    # Flags and hash: nobody compares it with a source.
    head = importlib.util.MAGIC_NUMBER + bytes([1]) + bytes(11)
    target.write_bytes(head + marshal.dumps(make_flat(code)))
`);
