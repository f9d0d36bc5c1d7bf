r"""Put JavaScript modules into one script: browsers load no module from disk.

It knows the few forms of `import` and `export` that the site's own modules have, each on a line
of its own, and refuses every other.
"""

import re
from pathlib import Path

from scripts.site.finish import SiteError

_IMPORT = re.compile(r'^import (?:(\w+)|(\{[^}]+\})) from "\./([\w.-]+)";$', re.MULTILINE)
_LATER = re.compile(r'\bimport\("\./([\w.-]+)"\)')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_LEFT = re.compile(r"^\s*(?:import|export)\b.*|\bimport(?:\(|\.meta\b).*", re.MULTILINE)


def bundle(entry: Path) -> tuple[str, list[Path]]:
    """Return a script that does what a module does, and the other modules that are in it.

    Args:
        entry: The module that a page loads. Only it may read `import.meta.url`, and only while
            it loads.

    Raises:
        SiteError: A module is missing, or has a form of import or export that is not known here.
    """
    done: dict[Path, str] = {}
    last = _add(entry, done)
    others = [path for path in done if path != entry]
    parts = [done[path] for path in others]
    main = last.replace("import.meta.url", "document.currentScript.src")
    script = "\n".join(["(() => {", '"use strict";', *parts, main, "})();", ""])
    for number, text in enumerate([*parts, main]):
        if left := _LEFT.search(text):
            path = [*others, entry][number]
            raise SiteError(f"{path}: cannot be put into one script: {left[0].strip()[:60]}")
    return script, others


def _add(path: Path, done: dict[Path, str], above: tuple[Path, ...] = ()) -> str:
    """Add a module to those that are done, after what it imports; return its text."""
    if path in above:
        raise SiteError(f"{path}: cannot be put into one script: it imports itself, by others.")
    if not path.is_file():
        raise SiteError(f"{path}: {above[-1].name} imports it, and it is not there.")
    text = path.read_text(encoding="utf-8")
    for name in [row[2] for row in _IMPORT.findall(text)] + _LATER.findall(text):
        if path.with_name(name) not in done:
            _add(path.with_name(name), done, (*above, path))
    names = _EXPORT.findall(text)
    text = _IMPORT.sub(
        lambda row: f"const {row[2] or f'{{ default: {row[1]} }}'} = {_variable(row[3])};", text
    )
    text = _LATER.sub(lambda row: f"Promise.resolve({_variable(row[1])})", text)
    text = _EXPORT.sub("", text)
    if _DEFAULT.search(text):
        text = _DEFAULT.sub("const _default = ", text)
        names.append("default: _default")
    given = f"return {{ {', '.join(names)} }};"
    done[path] = f"const {_variable(path.name)} = (() => {{\n{text}\n{given}\n}})();"
    return done[path]


def _variable(name: str) -> str:
    return "_" + re.sub(r"\W", "_", name)
