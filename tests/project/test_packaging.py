"""What is uploaded to the package index is complete, works alone, and can be built again."""

import shutil
import signal
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
import requests
from packaging.requirements import Requirement

from tests.plugins.blocks import ROOT
from tests.support.patience import SECONDS

VERSION = "0.1.0"
WHEEL = f"okx_guide-{VERSION}-py3-none-any.whl"
SDIST = f"okx_guide-{VERSION}.tar.gz"
FOLDERS = ("okx_guide", "scripts", "docs", "overrides", "tests")
PARTS = (*FOLDERS, "conftest.py", "mkdocs.yml", "Makefile")
FILES = (".gitignore", "requirements.lock", "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE")
BUILT = Path("docs", "javascripts", "run", "python", "files.json")
"""`make site` writes it and 30 MB beside it; git ignores them."""


def build(folder: Path) -> dict[str, Path]:
    """Build wheel and sdist from a copy of the project."""
    for name in (*PARTS, *FILES, "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            unwanted = shutil.ignore_patterns("__pycache__", "node_modules", ".env")
            # Every copy has other dates than the last one: they must not matter.
            shutil.copytree(source, folder / name, copy_function=shutil.copyfile, ignore=unwanted)
        else:
            shutil.copyfile(source, folder / name)
    (folder / BUILT).parent.mkdir(parents=True, exist_ok=True)
    (folder / BUILT).write_text("{}", encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "hatchling", "build"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return {path.name: path for path in (folder / "dist").iterdir()}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("one"))


def resolve(requirements: list[str], extras: set[str]) -> set[str]:
    """Return the distributions that these requirements mean here, and theirs, and theirs."""
    names: set[str] = set()
    for text in requirements:
        requirement = Requirement(text)
        environments = [{"extra": extra} for extra in extras or {""}]
        if requirement.marker and not any(map(requirement.marker.evaluate, environments)):
            continue
        names |= {requirement.name}
        dependencies = distribution(requirement.name).requires or []
        names |= resolve(dependencies, set(requirement.extras))
    return names


def install(wheel: Path, folder: Path, extras: set[str]) -> Path:
    """Make an environment with the wheel and what it asks for, and nothing else; no network.

    Returns:
        The folder of its programs.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    [site_packages] = folder.glob("lib/python*/site-packages")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            folder / "bin" / "python",
            "install",
            "--quiet",
            "--no-index",
            "--no-deps",
            "--disable-pip-version-check",
            wheel,
        ],
        check=True,
        timeout=SECONDS,
    )
    [metadata] = site_packages.glob("okx_guide-*.dist-info")
    lines = (metadata / "METADATA").read_text(encoding="utf-8").splitlines()
    required = [line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ")]
    for name in resolve(required, extras):
        for file in distribution(name).files or []:
            top = site_packages / file.parts[0]
            if file.parts[0] not in ("..", "__pycache__") and not top.exists():
                top.symlink_to(Path(str(distribution(name).locate_file(file.parts[0]))))
    return folder / "bin"


@pytest.fixture(scope="module")
def plain_install(packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As after `pip install okx-guide`."""
    return install(packages[WHEEL], tmp_path_factory.mktemp("plain"), set())


@pytest.fixture(scope="module")
def sandbox_install(packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As after `pip install 'okx-guide[sandbox]'`."""
    return install(packages[WHEEL], tmp_path_factory.mktemp("sandbox"), {"sandbox"})


def run(*command: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


# --- the files --------------------------------------------------------------------------


def test_building_again_makes_the_same_bytes(packages: dict[str, Path], tmp_path: Path) -> None:
    rebuilt = build(tmp_path)

    assert {WHEEL, SDIST} == set(packages)
    assert {
        name: path.read_bytes() == packages[name].read_bytes() for name, path in rebuilt.items()
    } == {
        WHEEL: True,
        SDIST: True,
    }


def test_the_wheel_has_every_file_of_the_package(packages: dict[str, Path]) -> None:
    package_files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "okx_guide").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(packages[WHEEL]) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert package_files == names
    assert {"okx_guide/facts/errors.json", "okx_guide/py.typed"} <= names


@pytest.fixture(scope="module")
def sdist_paths(packages: dict[str, Path]) -> list[Path]:
    """What is in the sdist, from its top folder on."""
    with tarfile.open(packages[SDIST]) as sdist:
        return [Path(name.partition("/")[2]) for name in sdist.getnames()]


def test_the_sdist_has_what_the_tests_and_the_site_need(sdist_paths: list[Path]) -> None:
    assert {*PARTS, *FILES, "pyproject.toml", "PKG-INFO"} == {path.parts[0] for path in sdist_paths}


def test_the_sdist_has_nothing_that_git_ignores(sdist_paths: list[Path]) -> None:
    assert [path for path in sdist_paths if BUILT.parent in path.parents] == []


# --- the environment --------------------------------------------------------------------


def test_the_wheel_alone_is_the_library_and_the_program(
    plain_install: Path, tmp_path: Path
) -> None:
    version = run(plain_install / "okx-guide", "--version", cwd=tmp_path)
    code = "from okx_guide import Signer, facts; print(len(facts.load('errors')) > 100)"
    library = run(plain_install / "python", "-I", "-c", code, cwd=tmp_path)

    assert (version.stdout, version.stderr) == (f"okx-guide {VERSION}\n", "")
    assert (library.stdout, library.stderr) == ("True\n", "")


def test_a_command_without_its_extra_says_how_to_get_it(
    plain_install: Path, tmp_path: Path
) -> None:
    result = run(plain_install / "okx-guide", "sandbox", cwd=tmp_path)

    assert (result.returncode, result.stdout) == (1, "")
    assert "pip install 'okx-guide[sandbox]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_every_command_can_be_asked_for_help(plain_install: Path, tmp_path: Path) -> None:
    listed = run(plain_install / "okx-guide", "--help", cwd=tmp_path).stdout
    commands = [line.split()[0] for line in listed.partition("Commands:\n")[2].splitlines()]

    answers = {
        name: run(plain_install / "okx-guide", name, "--help", cwd=tmp_path) for name in commands
    }

    assert "sandbox" in answers
    assert [name for name, result in answers.items() if result.returncode or result.stderr] == []


def test_with_its_extra_the_practice_exchange_starts(sandbox_install: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sandbox_install / "okx-guide", "sandbox", "--port", "0", "--env-file", "variables"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdout
        url = started.stdout.readline().split()[3]
        for line in started.stdout:
            if "Ctrl-C" in line:
                break
        answer = requests.get(f"{url}/api/v5/public/time", timeout=SECONDS).json()
        page = requests.get(f"{url}/account/my-api/new", timeout=SECONDS).text
        style = requests.get(f"{url}/account/page.css", timeout=SECONDS).text
        started.send_signal(signal.SIGINT)
        assert started.wait(10) == 0

    assert answer["code"] == "0"
    assert ("Create a live API key" in page, ":root {" in style) == (True, True)
    assert "OKX_API_KEY" in (tmp_path / "variables").read_text(encoding="utf-8")


@pytest.mark.parametrize("environment", ["plain_install", "sandbox_install"])
def test_nothing_that_it_asks_for_is_missing(
    environment: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    python = request.getfixturevalue(environment) / "python"

    result = run(sys.executable, "-m", "pip", "--python", python, "check", cwd=tmp_path)

    assert result.stdout == "No broken requirements found.\n", result.stderr


def test_the_library_alone_needs_only_requests(plain_install: Path, tmp_path: Path) -> None:
    """The program needs click; who imports the library does not."""
    code = (
        "import sys; sys.modules['click'] = None; import okx_guide; "
        "[getattr(okx_guide, name) for name in okx_guide.__all__]"
    )

    assert run(plain_install / "python", "-I", "-c", code, cwd=tmp_path).stderr == ""
