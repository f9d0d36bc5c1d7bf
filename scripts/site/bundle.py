"""Bundle JavaScript modules with esbuild, for the site on a server and for the one on disk.

esbuild is one of the tools in scripts/javascript/package-lock.json, which `make` installs.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from scripts.site.errors import SiteError
from scripts.site.program import run_program

# A script that a page loads as a module.
MODULE = "script[type=module][src]"
_PACKAGES = Path(sys.prefix) / "node_modules"


def find_modules(path: Path, page: LexborHTMLParser) -> set[Path]:
    """Return the modules of its own site that a page loads.

    Args:
        path: Its file.
        page: What is in it.
    """
    addresses = [node.attrs.sget("src") for node in page.css(MODULE)]
    return {
        (path.parent / address).resolve()
        for address in addresses
        if not re.match(r"[a-z]+:|/", address)
    }


def bundle_script(module: Path) -> tuple[str, list[Path]]:
    """Return a script that does what a module does, and the modules bundled in it.

    Args:
        module: The module that a page loads. Only it may read `import.meta.url`, and only while
            it loads.

    Raises:
        SiteError: esbuild is not installed, or cannot bundle the module.
    """
    with tempfile.TemporaryDirectory() as scratch:
        # A script has no import.meta; this is the address that it was loaded from.
        address = "--define:import.meta.url=document.currentScript.src"
        inputs = _run_esbuild([module], Path(scratch), module.parent, "--format=iife", address)
        text = Path(scratch, module.name).read_text(encoding="utf-8")
    return text, sorted(inputs - {module.resolve()})


def bundle_module(entry: Path, target: Path) -> None:
    """Write a module and all that it imports, also from npm, as one short module.

    Args:
        entry: The module.
        target: The file that is written.

    Raises:
        SiteError: esbuild is not installed, or cannot bundle the module.
    """
    with tempfile.TemporaryDirectory() as scratch:
        _run_esbuild([entry], Path(scratch), entry.parent, "--format=esm", "--minify")
        target.write_bytes(Path(scratch, entry.name).read_bytes())


def shorten(folder: Path, entries: Iterable[Path], apart: Path) -> None:
    """Minify and bundle the scripts of a folder.

    Static imports become part of a module; dynamic imports stay separate files.

    Args:
        folder: It has modules and other scripts, and nothing else that ends in `.js`.
        entries: The modules in it that pages load.
        apart: A folder in it that stays as it is.

    Raises:
        SiteError: esbuild is not installed, or cannot bundle a module.
    """
    entries = sorted(entries)
    scripts = {path.resolve() for path in folder.rglob("*.js") if apart not in path.parents}
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch, "out")
        inputs: set[Path] = set()
        if entries:
            inputs = _run_esbuild(entries, out, folder, "--format=esm", "--splitting", "--minify")
        if loose := sorted(scripts - inputs):
            _run_esbuild(loose, out, folder, "--minify", bundle=False)
        for path in inputs:
            path.unlink()
        for path in out.rglob("*.js"):
            target = folder / path.relative_to(out)
            target.write_bytes(path.read_bytes())


def shorten_sheet(sheet: Path) -> None:
    """Minify a stylesheet.

    Raises:
        SiteError: esbuild is not installed, or cannot read it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        _run_esbuild([sheet], Path(scratch), sheet.parent, "--minify", bundle=False)
        sheet.write_bytes(Path(scratch, sheet.name).read_bytes())


def _run_esbuild(
    entries: Iterable[Path], out: Path, base: Path, *options: str, bundle: bool = True
) -> set[Path]:
    """Run esbuild, and return the files that it read.

    Raises:
        SiteError: It is not installed, or prints a warning or an error.
    """
    with tempfile.TemporaryDirectory() as scratch:
        record = Path(scratch, "record.json")
        run_program(
            [
                find_package("@esbuild/*/bin/esbuild"),
                *(path.relative_to(base.resolve()) for path in map(Path.resolve, entries)),
                *options,
                *(["--bundle"] if bundle else []),
                "--charset=utf8",
                "--log-level=warning",
                "--outbase=.",
                f"--outdir={out}",
                f"--metafile={record}",
            ],
            f"{base}: esbuild cannot bundle the scripts.",
            cwd=base,
            env={**os.environ, "NODE_PATH": str(_PACKAGES)},
            warnings=False,
        )
        inputs = json.loads(record.read_text(encoding="utf-8"))["inputs"]
    return {(base / name).resolve() for name in inputs}


def find_package(pattern: str) -> Path:
    """Return a file of an npm package; of one for each platform, that of this platform.

    Raises:
        SiteError: The package is not installed.
    """
    path = next(_PACKAGES.glob(pattern), None)
    if not path:
        raise SiteError(f"{_PACKAGES} has no {pattern}. Install it: make .venv/node_modules")
    return path
