"""Build what the Run buttons load: `python -m scripts.site.runtime docs/javascripts/run/python`.

It is Python for the browser (Pyodide, from the lock file of npm), a reduced standard library, the
practice exchange with the packages that it imports, the worker in which all of it runs, and the
editor. All of it is in one folder named by a hash of its content, so that browsers may keep it for
a year. `files.json` beside the folder names it, with the bytes that
a reader's browser will load.

The generator copies the folder into the site as it copies every file of docs.
"""

import gzip
import hashlib
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path
from threading import get_ident

import brotli
import click

from scripts.page import mistake
from scripts.page.mistake import load_mistakes
from scripts.page.start import STARTS
from scripts.site import bundle
from scripts.site.program import run_program

ROOT = Path(__file__).parents[2]
WORKER = "worker.js"
"""The one file of the site that may compile WebAssembly."""

FOLDER = Path("javascripts", "run", "python")
"""Where it lies in the site, and in docs."""

SOURCES = ROOT / "docs" / "javascripts" / "run"
"""The scripts of the buttons, of the worker and of the editor."""
_COMPILE = Path(__file__).with_name("compile.mjs")
_CACHE = ROOT / ".cache" / "runtime"
WORKERS = (WORKER, "editor.js")
"""The scripts that are bundled here, and not with the pages."""

_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
# Loaded for the first run; the editor comes later, by another click.
FIRST = (*_PYODIDE, "library.zip", "packages.zip")

# Modules that a page does not use: servers, commands, networks, and their imports.
_OUR_PACKAGES: Mapping[str, str] = {
    "okx_guide": "__main__ commands diagnose/curl diagnose/form diagnose/paste diagnose/pasted "
    "diagnose/rare diagnose/report diagnose/settings doctor/checkup doctor/credentials "
    "doctor/network doctor/probe doctor/selftest doctor/websocket pytest_plugin "
    "sandbox/certificates sandbox/http_protocol sandbox/server "
    "sandbox/websocket/uvicorn_protocol",
    "scripts/page": "mistakes.toml",
}
# The packages that they import.
_PACKAGES: Mapping[str, str] = {
    # starlette imports it, but needs it only for threads and files.
    "anyio": "_backends _core/_asyncio_selector_thread _core/_concurrency_utils "
    "_core/_contextmanagers _core/_fileio _core/_futures _core/_resources _core/_signals "
    "_core/_sockets _core/_streams _core/_subprocesses _core/_synchronization _core/_tasks "
    "_core/_tempfile _core/_testing _core/_typedattr abc/_eventloop abc/_resources abc/_sockets "
    "abc/_streams abc/_subprocesses abc/_tasks abc/_testing from_thread functools itertools "
    "lowlevel pytest_plugin streams to_interpreter to_process",
    "jinja2": "constants ext meta nativetypes sandbox",
    "markupsafe": "",
    "requests": "help",
    "starlette": "_exception_handler applications authentication config convertors endpoints "
    "middleware routing schemas staticfiles status templating testclient websockets",
    "urllib3": "contrib/emscripten contrib/pyopenssl contrib/socks http2/connection",
    "websockets": "__main__ asyncio auth cli client connection extensions/permessage_deflate "
    "legacy proxy server speedups sync/client sync/connection sync/messages sync/router "
    "sync/server sync/utils trio uri",
}
# These read their own source, to import the rest only when it is used.
_AS_SOURCE = ("anyio/__init__.py", "anyio/abc/__init__.py")
# Stand-ins for modules that a page does not use, but other modules import.
_STAND_INS: Mapping[str, str] = {
    # No certificate is ever checked in a page.
    "certifi.py": "def where():\n    return '/no-certificates-in-a-page.pem'\n\ncontents = where\n",
    # A page calls no internationalised host names; Python's own codec remains.
    "idna.py": "class IDNAError(UnicodeError):\n    pass\n\n\n"
    "def encode(name, **options):\n    try:\n        return name.encode('idna')\n"
    "    except UnicodeError as error:\n        raise IDNAError(str(error)) from None\n",
    # Requests go to the practice exchange: scripts/page/transport.py.
    "urllib3/contrib/emscripten/__init__.py": "def inject_into_urllib3():\n    pass\n",
}
# Left out of the standard library: processes, networks, and development tools.
_NOT_LIBRARY = (
    "_pyrepl antigravity.py bdb.py cProfile.py cmd.py code.py compileall.py ctypes doctest.py "
    "ftplib.py imaplib.py mailbox.py modulefinder.py multiprocessing nturl2path.py pdb.py "
    "pickletools.py plistlib.py poplib.py profile.py pstats.py pty.py pyclbr.py pydoc.py "
    "rlcompleter.py sched.py smtplib.py socketserver.py symtable.py tabnanny.py this.py trace.py "
    "tracemalloc.py tty.py unittest wave.py webbrowser.py wsgiref xml xmlrpc zipapp.py"
)
# The oldest date of a zip file: with a fixed date, the same files make the same archive.
_DATE = (1980, 1, 1, 0, 0, 0)


def make(folder: Path) -> None:
    """Build what the buttons load, unless it is there already.

    Args:
        folder: The target; its former content is removed.

    Raises:
        SiteError: The npm packages are not installed, or one of the programs fails.
    """
    made_from = _hash_inputs()
    record = folder / "files.json"
    if record.is_file() and json.loads(record.read_text(encoding="utf-8"))["from"] == made_from:
        return
    sys.stdout.write("Packing Python for the pages (once, about a minute) ...\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as scratch:
        files = {name: bundle.find_package(f"pyodide/{name}").read_bytes() for name in _PYODIDE}
        files |= {name: _bundle(name, Path(scratch, name)) for name in WORKERS}
        files["library.zip"] = _pack(_read_library(), Path(scratch, "library"))
        files["packages.zip"] = _pack(_read_packages(), Path(scratch, "packages"))
    files["mistakes.json"] = json.dumps(
        [asdict(mistake) | {"lines": mistake.lines} for mistake in load_mistakes()]
    ).encode()
    files["pyodide-lock.json"] = _make_lock()
    files["licenses.txt"] = _collect_licenses()
    with ThreadPoolExecutor() as pool:
        packed = dict(zip(files, pool.map(compress_bytes, files.values()), strict=True))
        zipped = dict(zip(files, pool.map(_gzip, files.values()), strict=True))
    shutil.rmtree(folder, ignore_errors=True)
    inner = folder / _hash(files)
    inner.mkdir(parents=True)
    for name, content in files.items():
        (inner / name).write_bytes(content)
        # Compressed here, because it takes a minute: scripts/site/headers.py keeps it.
        (inner / f"{name}.br").write_bytes(packed[name])
        (inner / f"{name}.gz").write_bytes(zipped[name])
    sizes = {name: {"bytes": len(files[name]), "packed": len(packed[name])} for name in FIRST}
    starts = {
        name: {
            "summary": start.summary,
            "files": dict(start.files),
            "profiles": start.profiles,
            "isReplaceable": start.is_replaceable,
        }
        for name, start in STARTS.items()
    }
    description = {"from": made_from, "folder": inner.name, "files": sizes, "starts": starts}
    record.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def _bundle(name: str, target: Path) -> bytes:
    bundle.bundle_module(SOURCES / name, target)
    return target.read_bytes()


def _cache_bytes(suffix: str, key: str, build: Callable[[], bytes]) -> bytes:
    """Return an earlier build from the same inputs, or build it."""
    file = _CACHE / f"{key}{suffix}"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        # In one step: another process or thread may look for it, or build it, at any time.
        part = file.with_name(f"{file.name}.{os.getpid()}.{get_ident()}")
        part.write_bytes(build())
        part.replace(file)
    return file.read_bytes()


def compress_bytes(content: bytes) -> bytes:
    """Return what Brotli makes of a content, from an earlier build if that had it."""
    key = hashlib.sha256(content).hexdigest()
    return _cache_bytes(".br", key, lambda: brotli.compress(content))


def _hash(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:8]


def _gzip(content: bytes) -> bytes:
    return _cache_bytes(".gz", _hash({"": content}), lambda: gzip.compress(content, 9, mtime=0))


def _hash_inputs() -> str:
    """Return a hash of all that the folder is made from."""
    contents = {
        name: content
        for package, excluded in _OUR_PACKAGES.items()
        for name, content in _read_package(ROOT, package, excluded).items()
    }
    files = [*SOURCES.glob("*.*"), _COMPILE, Path(__file__), Path(bundle.__file__)]
    files.append(mistake.SOURCE)
    locks = [ROOT / "requirements.lock", ROOT / "scripts/javascript/package-lock.json"]
    return _hash(contents | {path.name: path.read_bytes() for path in sorted([*files, *locks])})


def _read_package(base: Path, package: str, excluded: str) -> dict[str, bytes]:
    """Return the files of a package by name, without some modules and without compiled ones."""
    files = {}
    left_out = [f"{package}/{name}" for name in excluded.split()]
    for path in sorted((base / package).rglob("*")):
        name = path.relative_to(base).as_posix()
        module = name.removesuffix(".py")
        if (
            path.is_file()
            and path.suffix not in {".c", ".pyc", ".pyi", ".so", ".typed"}
            and not any(module == prefix or module.startswith(f"{prefix}/") for prefix in left_out)
        ):
            files[name] = path.read_bytes()
    return files


def _read_library() -> dict[str, bytes]:
    """Return the files of the standard library."""
    left_out = set(_NOT_LIBRARY.split())
    with zipfile.ZipFile(bundle.find_package("pyodide/python_stdlib.zip")) as library:
        names = [name for name in library.namelist() if not name.endswith("/")]
        return {
            name: library.read(name) for name in names if name.partition("/")[0] not in left_out
        }


def _read_packages() -> dict[str, bytes]:
    """Return the files of our packages, and of those that they import."""
    files: dict[str, bytes] = {}
    for name, excluded in _OUR_PACKAGES.items():
        files |= _read_package(ROOT, name, excluded)
    for name, excluded in _PACKAGES.items():
        files |= _read_package(Path(str(distribution(name).locate_file(""))), name, excluded)
    files |= {name: text.encode() for name, text in _STAND_INS.items()}
    return {
        name: _shorten_json(content) if name.endswith(".json") else content
        for name, content in files.items()
    }


def _shorten_json(content: bytes) -> bytes:
    """Return JSON without insignificant blanks."""
    return json.dumps(json.loads(content), ensure_ascii=False, separators=(",", ":")).encode()


def _pack(files: Mapping[str, bytes], scratch: Path) -> bytes:
    """Return an archive with the byte code of the modules, and with the other files as they are.

    It is not compressed: the archive as a whole compresses better than each file.
    """

    def build() -> bytes:
        source, compiled = scratch / "source", scratch / "compiled"
        compiled.mkdir(parents=True)
        for name, content in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(content)
        _compile(source, compiled)
        code = {
            path.relative_to(compiled).as_posix(): path.read_bytes()
            for path in compiled.rglob("*.pyc")
            if path.relative_to(compiled).with_suffix(".py").as_posix() not in _AS_SOURCE
        }
        copies = {
            name: content
            for name, content in files.items()
            if not name.endswith(".py") or name in _AS_SOURCE
        }
        archive = BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
            for name, content in sorted((code | copies).items()):
                packed.writestr(zipfile.ZipInfo(name, _DATE), content)
        return archive.getvalue()

    compiler = {name: bundle.find_package(f"pyodide/{name}").read_bytes() for name in _PYODIDE}
    return _cache_bytes(".zip", _hash({**files, **compiler, "": _COMPILE.read_bytes()}), build)


def _compile(source: Path, target: Path) -> None:
    node = Path(sys.prefix, "bin", "node")
    pyodide = bundle.find_package("pyodide/pyodide.mjs")
    run_program(
        [node, _COMPILE, pyodide, source, target], "The Python of the pages cannot compile."
    )


def _make_lock() -> bytes:
    """Return the lock file of Pyodide without its packages: none of them is loaded."""
    lock = json.loads(bundle.find_package("pyodide/pyodide-lock.json").read_text(encoding="utf-8"))
    return json.dumps({"info": lock["info"], "packages": {}}).encode()


def _collect_licenses() -> bytes:
    """Return the license texts of the packages, which must be passed on."""
    version = json.loads(bundle.find_package("pyodide/package.json").read_text(encoding="utf-8"))
    parts = [
        f"Pyodide {version['version']}, {version['license']}: {version['repository']['url']}\n"
        "Python, PSF-2.0: the license is on its site.\n"
    ]
    for name in _PACKAGES:
        package = distribution(name)
        texts = [
            Path(str(package.locate_file(file))).read_text(encoding="utf-8")
            for file in package.files or ()
            if ".dist-info/" in str(file) and "license" in file.name.lower()
        ]
        parts.append("\n".join([f"{name} {package.version}", *texts]))
    for name in ("@codemirror/view", "@lezer/common"):
        text = bundle.find_package(f"{name}/LICENSE").read_text(encoding="utf-8")
        parts.append(f"{name} and its family\n{text}")
    return "\n----\n".join(parts).encode()


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def main(folder: Path) -> None:
    """Make it in FOLDER."""
    make(folder)


if __name__ == "__main__":
    main(prog_name="python -m scripts.site.runtime")
