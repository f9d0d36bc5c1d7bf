"""The languages of docs/snippets: what each one needs, how it is built, how it is run.

`python3 -m tests.support.languages --debian` prints the Debian packages that this machine lacks.
Standard library only: .ci/run asks before anything is installed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.patience import SECONDS

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "docs" / "snippets"
CACHE = ROOT / ".cache" / "languages"
# Folders of docs/snippets that are no programs; tests/pages/test_collections.py runs them.
COLLECTIONS = {"bruno", "postman"}


@dataclass(frozen=True)
class Language:
    """One program of docs/snippets.

    Attributes:
        name: As the tab on the page says it.
        folder: Its folder in docs/snippets.
        source: The file a reader copies, in that folder.
        run: The command that runs it, in its folder.
        build: The commands before that.
        tools: What they need, and the Debian 12 package that has it. A name is a program;
            an absolute path is a file, and may be a pattern. Without a package it comes
            with requirements.lock.
        formatter: A command that reads a source and writes it formatted; what a reader
            does not need, and is checked where it is.
        formatter_package: The Debian package that has it.
    """

    name: str
    folder: str
    source: str
    run: tuple[str, ...]
    build: tuple[tuple[str, ...], ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)
    formatter: tuple[str, ...] = ()
    formatter_package: str = ""

    @property
    def command(self) -> str:
        """What a reader types."""
        return " && ".join(" ".join(command) for command in (*self.build, self.run))


def make_clang_format(file: str, style: str, *rules: str) -> tuple[str, ...]:
    """Return the command that formats a C-like language."""
    options = ", ".join([f"BasedOnStyle: {style}", "ColumnLimit: 100", *rules])
    return ("clang-format", f"--assume-filename={file}", f"--style={{{options}}}")


LANGUAGES = (
    Language(
        "Python",
        "python",
        "okx_request.py",
        run=("python", "okx_request.py"),
        formatter=("ruff", "format", "-"),
    ),
    Language(
        "Shell",
        "shell",
        "okx_request.sh",
        run=("bash", "okx_request.sh"),
        tools={"bash": "bash", "curl": "curl", "jq": "jq", "openssl": "openssl"},
        formatter=("shfmt", "-i", "2", "-ci"),
        formatter_package="shfmt",
    ),
    Language(
        "JavaScript",
        "javascript",
        "okx_request.mjs",
        run=("node", "okx_request.mjs"),
        tools={"node": ""},
    ),
    Language(
        "TypeScript",
        "typescript",
        "okx_request.ts",
        build=(("npm", "ci"), ("npx", "tsc")),
        run=("node", "okx_request.js"),
        tools={"node": "", "npm": ""},
    ),
    Language(
        "Go",
        "go",
        "okx_request.go",
        build=(("go", "build"),),
        run=("./okx_request",),
        tools={"go": "golang-go"},
        formatter=("gofmt",),
        formatter_package="golang-go",
    ),
    Language(
        "Rust",
        "rust",
        "src/main.rs",
        build=(("cargo", "build"),),
        run=("target/debug/okx_request",),
        # The package that Debian keeps up to date; its plain `cargo` is from 2022.
        tools={"cargo": "cargo-web", "cc": "gcc"},
        formatter=("rustfmt", "--edition", "2024"),
        formatter_package="rustfmt-web",
    ),
    Language(
        "Java",
        "java",
        "OkxRequest.java",
        build=(("javac", "OkxRequest.java"),),
        run=("java", "OkxRequest"),
        tools={"javac": "openjdk-17-jdk-headless", "java": "openjdk-17-jdk-headless"},
    ),
    # Debian has no .NET SDK, so Mono stands in for it. The source keeps to what both have.
    Language(
        "C#",
        "csharp",
        "OkxRequest.cs",
        build=(
            (
                "mcs",
                "-r:System.Net.Http,System.Runtime.Serialization,System.Xml.Linq",
                "OkxRequest.cs",
            ),
        ),
        run=("mono", "OkxRequest.exe"),
        tools={
            "mcs": "mono-mcs",
            "mono": "mono-runtime",
            "/usr/lib/mono/4.5/System.Net.Http.dll": "libmono-system-net-http4.0-cil",
            "/usr/lib/mono/4.5/System.Runtime.Serialization.dll": (
                "libmono-system-runtime-serialization4.0-cil"
            ),
            "/usr/lib/mono/4.5/System.Xml.Linq.dll": "libmono-system-xml-linq4.0-cil",
        },
        formatter=make_clang_format("OkxRequest.cs", "Microsoft"),
    ),
    Language(
        "PHP",
        "php",
        "okx_request.php",
        run=("php", "okx_request.php"),
        tools={"php": "php-cli", "/usr/lib/php/*/curl.so": "php-curl"},
    ),
    Language(
        "Ruby",
        "ruby",
        "okx_request.rb",
        run=("ruby", "okx_request.rb"),
        tools={"ruby": "ruby"},
    ),
    Language(
        "C",
        "c",
        "okx_request.c",
        build=(("cc", "-o", "okx_request", "okx_request.c", "-lcurl", "-lcjson", "-lcrypto"),),
        run=("./okx_request",),
        tools={
            "cc": "gcc",
            "/usr/include/stdio.h": "libc6-dev",
            "/usr/include/*/curl/curl.h": "libcurl4-openssl-dev",
            "/usr/include/cjson/cJSON.h": "libcjson-dev",
            "/usr/include/openssl/hmac.h": "libssl-dev",
        },
        formatter=make_clang_format("okx_request.c", "Google", "PointerAlignment: Right"),
    ),
    Language(
        "C++",
        "cpp",
        "okx_request.cpp",
        build=(("c++", "-o", "okx_request", "okx_request.cpp", "-lcurl", "-lcrypto"),),
        run=("./okx_request",),
        tools={
            "c++": "g++",
            "/usr/include/*/curl/curl.h": "libcurl4-openssl-dev",
            "/usr/include/nlohmann/json.hpp": "nlohmann-json3-dev",
            "/usr/include/openssl/hmac.h": "libssl-dev",
        },
        formatter=make_clang_format("okx_request.cpp", "Google"),
    ),
)

# The program of the page on the WebSocket.
WEBSOCKET = Language(
    "JavaScript",
    "websocket",
    "okx_websocket.mjs",
    build=(("npm", "ci"),),
    run=("node", "okx_websocket.mjs"),
    tools={"node": "", "npm": ""},
)

# What the programs of tests/clients need. They are built where they are cached, and whatever
# their package managers fetch stays there. Nothing that a package wants to run at its
# installation is run, but for the build of a crate.
CLIENT_KITS = {
    "python": Language("Python", "clients_python", "", run=("python",)),
    "python_okx_async": Language(
        "Python",
        "clients_python_okx_async",
        "",
        build=(
            (
                *("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *("--no-cache-dir", "--only-binary=:all:", "--require-hashes"),
                *("--target", "packages", "--requirement", "requirements.lock"),
            ),
        ),
        run=("env", "PYTHONPATH=packages", "python"),
    ),
    "javascript": Language(
        "JavaScript",
        "clients_javascript",
        "",
        build=(("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", ".npm"),),
        run=("node",),
        tools={"node": "", "npm": ""},
    ),
    "rust": Language(
        "Rust",
        "clients_rust",
        "",
        build=(("env", "CARGO_HOME=.cargo", "cargo", "build", "--quiet", "--locked"),),
        run=("target/debug/rust_okx_steps",),
        tools={"cargo": "cargo-web", "cc": "gcc"},
    ),
    "java": Language(
        "Java",
        "clients_java",
        "",
        build=(
            (
                *("mvn", "--batch-mode", "--quiet", "-Dmaven.repo.local=.m2"),
                *("dependency:copy-dependencies", "-DoutputDirectory=packages"),
            ),
            ("javac", "-cp", "packages/*", "XchangeSteps.java"),
        ),
        run=("java", "-cp", ".:packages/*", "XchangeSteps"),
        tools={
            "mvn": "maven",
            "javac": "openjdk-17-jdk-headless",
            "java": "openjdk-17-jdk-headless",
        },
    ),
}


class BuildError(Exception):
    """A build command failed; the message is what it printed."""


def find_missing_tools(language: Language) -> dict[str, str]:
    """Return the tools of a language that are not on this machine, with their packages."""
    return {tool: package for tool, package in language.tools.items() if not _is_there(tool)}


def find_missing_formatter(language: Language) -> dict[str, str]:
    """Return the formatter of a language, with its package, if it is not on this machine."""
    if not language.formatter or _is_there(language.formatter[0]):
        return {}
    return {language.formatter[0]: language.formatter_package}


def list_packages(
    languages: Iterable[Language] = (*LANGUAGES, *CLIENT_KITS.values()),
) -> list[str]:
    """Return the Debian packages that these languages still need on this machine."""
    needed = [find_missing_tools(each) | find_missing_formatter(each) for each in languages]
    return sorted({package for each in needed for package in each.values() if package})


def environ(**extra: str) -> dict[str, str]:
    """Return the environment of a build: ours, with the tools of this Python first."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **extra}


def build(language: Language, source: Path, into: Path) -> None:
    """Copy a snippet's folder and build it there, the way a reader does.

    Into a folder that was built before, only what changed is built again.

    Raises:
        BuildError: A command failed.
    """
    # Without the files' times: a build tool takes what is newer than its output for changed.
    shutil.copytree(source, into, copy_function=shutil.copy, dirs_exist_ok=True)
    for command in language.build:
        result = subprocess.run(
            command,
            cwd=into,
            env=environ(LC_ALL="C.UTF-8"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if result.returncode:
            raise BuildError(f"{language.folder}: {' '.join(command)}\n{result.stdout}")


def build_cached(language: Language, source: Path | None = None) -> Path:
    """Return a folder with the built snippet; the same sources are built once.

    Args:
        language: What to build.
        source: Its folder, if it is not one of docs/snippets.

    Raises:
        BuildError: A command failed.
    """
    source = source or SNIPPETS / language.folder
    target = CACHE / f"{language.folder}-{_fingerprint(language, source)}"
    CACHE.mkdir(parents=True, exist_ok=True)
    # Another process that needs the same program waits for it, instead of building it too.
    with (CACHE / f"{language.folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            for old in CACHE.glob(f"{language.folder}-*"):
                shutil.rmtree(old)
            with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
                result = Path(scratch, "built")
                build(language, source, result)
                result.rename(target)
    return target


def _fingerprint(language: Language, source: Path) -> str:
    """Return a name for the sources, the commands and the tools together."""
    known = hashlib.sha256(repr((language.build, language.run)).encode())
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        known.update(f"{path.relative_to(source)}\0{path.stat().st_size}\0".encode())
        known.update(path.read_bytes())
    for tool in sorted(language.tools):
        if program_path := shutil.which(tool, path=environ()["PATH"]):
            known.update(
                f"{Path(program_path).resolve()}\0{Path(program_path).stat().st_mtime_ns}\0".encode()
            )
    return known.hexdigest()[:16]


def _is_there(tool: str) -> bool:
    if tool.startswith("/"):
        return any(Path("/").glob(tool.removeprefix("/")))
    return shutil.which(tool, path=environ()["PATH"]) is not None


def main(arguments: Sequence[str]) -> int:
    """Print the packages that are needed and not there, one per line."""
    if list(arguments) != ["--debian"]:
        sys.stderr.write("usage: python3 -m tests.support.languages --debian\n")
        return 2
    sys.stdout.writelines(f"{package}\n" for package in list_packages())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
