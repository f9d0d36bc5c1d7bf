"""The rules of the page about logs and Git find planted keys, and only those."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from tests.plugins.blocks import DOCS, ROOT, fences
from tests.support.patience import SECONDS

FOLDER = DOCS / "snippets" / "scanning"
PAGE = DOCS / "security" / "logs-and-git.md"
DETECTOR = FOLDER / "okx_detector.py"

# Put together here, so that no scanner finds them in this file.
SECRET = "7C1E9A40B35D4F22" + "88E6D1093BFA57C4"
PASSPHRASE = "Planted-" + "0nly"
KEY = "1f0c7a52-93d1-4e07-" + "8b55-0d9be1a7c6f3"

PLANTED = {
    "okx-secret-key": [
        f'OKX_SECRET_KEY = "{SECRET}"',
        f"export OKX_SECRET_KEY='{SECRET}'",
        f"secretKey: {SECRET.lower()}",
        f'{{"secret": "{SECRET}"}}',
        f"okx.secret_key := '{SECRET}'",
        f"set_secret('{SECRET}')",
    ],
    "okx-passphrase": [
        f"OKX_PASSPHRASE={PASSPHRASE}",
        f'"OK-ACCESS-PASSPHRASE": "{PASSPHRASE}"',
        f"OK-ACCESS-PASSPHRASE: {PASSPHRASE}",
        f"passphrase = '{PASSPHRASE}'",
    ],
    "okx-api-key": [f"OKX_API_KEY={KEY}", f"OK-ACCESS-KEY: {KEY}"],
}
HARMLESS = [
    'OKX_SECRET_KEY = os.environ["OKX_SECRET_KEY"]',
    "OKX_PASSPHRASE=$OKX_PASSPHRASE",
    "OKX_PASSPHRASE: ${{ secrets.OKX_PASSPHRASE }}",
    "OKX_PASSPHRASE=<your passphrase>",
    f"sha256: {SECRET}",
    f"secret: {SECRET}0",
    f"id: {KEY}",
    "passphrase='short'",
]
# Every secret key in this checkout is one that anybody can see to be made up, or OKX's sample.
PUBLISHED = re.compile(
    r"(?i)(22582BD0CFF14C41EDBF1AB98506286D|0123456789ABCDEF0123456789ABCDEF|0{30}42"
    r"|([0-9A-F]{2,8})\2+)"
)


def load_rules() -> dict[str, re.Pattern[str]]:
    """Return the patterns for gitleaks, which Python reads in the same way."""
    rows = tomllib.loads((FOLDER / "gitleaks.toml").read_text(encoding="utf-8"))["rules"]
    return {rule["id"]: re.compile(rule["regex"]) for rule in rows}


def find(pattern: re.Pattern[str], text: str) -> list[str]:
    return [next(filter(None, match.groups())) for match in pattern.finditer(text)]


@pytest.fixture
def scan(tmp_path: Path) -> Callable[[str], "subprocess.CompletedProcess[str]"]:
    """Run the scanner as before a commit, with no detector but ours."""

    def run(text: str) -> "subprocess.CompletedProcess[str]":
        (tmp_path / "bot.py").write_text(text, encoding="utf-8")
        return subprocess.run(
            [
                Path(sys.executable).parent / "detect-secrets-hook",
                "--plugin",
                DETECTOR,
                *("--disable-plugin", "HexHighEntropyString"),
                *("--disable-plugin", "KeywordDetector"),
                "bot.py",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("rule", "line"), [(rule, line) for rule, lines in PLANTED.items() for line in lines]
)
def test_a_planted_key_is_found_by_its_rule(rule: str, line: str) -> None:
    expected = {"okx-secret-key": SECRET, "okx-passphrase": PASSPHRASE, "okx-api-key": KEY}[rule]

    strings = {name: find(pattern, line) for name, pattern in load_rules().items()}

    assert [expected.casefold()] == [string.casefold() for string in strings[rule]]


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_key_is_not_found(line: str) -> None:
    assert {name: find(pattern, line) for name, pattern in load_rules().items()} == {
        name: [] for name in PLANTED
    }


def test_the_keywords_let_every_planted_line_through_to_its_pattern() -> None:
    """Gitleaks looks at a pattern only where one of its keywords stands, in any case."""
    loaded = tomllib.loads((FOLDER / "gitleaks.toml").read_text(encoding="utf-8"))["rules"]

    for rule in loaded:
        for line in PLANTED[rule["id"]]:
            assert any(keyword in line.lower() for keyword in rule["keywords"])


def test_both_scanners_have_the_same_patterns() -> None:
    spec = importlib.util.spec_from_file_location("okx_detector", DETECTOR)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    patterns = {pattern.pattern for pattern in module.OkxDetector.denylist}
    # detect-secrets passes over every UUID, so a pattern for the API key would do nothing.
    expected = {pattern.pattern for name, pattern in load_rules().items() if name != "okx-api-key"}
    assert expected == patterns


@pytest.mark.parametrize("rule", ["okx-secret-key", "okx-passphrase"])
def test_the_scanner_stops_a_commit_with_a_planted_key(
    rule: str, scan: Callable[[str], "subprocess.CompletedProcess[str]"]
) -> None:
    result = scan("\n".join(PLANTED[rule]))

    assert result.returncode == 1
    assert "Secret Type: OKX API key" in result.stdout


def test_the_scanner_lets_harmless_lines_pass(
    scan: Callable[[str], "subprocess.CompletedProcess[str]"],
) -> None:
    result = scan("\n".join(HARMLESS))

    assert "OKX API key" not in result.stdout


def test_the_hook_of_the_page_is_what_was_run() -> None:
    [fence] = [fence for fence in fences(PAGE) if fence.language == "yaml"]
    [command] = [fence for fence in fences(PAGE) if fence.language == "bash"]

    [repo] = yaml.safe_load(fence.content)["repos"]

    assert f"v{version('detect-secrets')}" == repo["rev"]
    assert [(hook["id"], hook["args"]) for hook in repo["hooks"]] == [
        ("detect-secrets", ["--plugin", "okx_detector.py"])
    ]
    assert "detect-secrets-hook --plugin okx_detector.py" in command.content


# --- this checkout ------------------------------------------------------------------------


def find_secrets(folder: Path) -> dict[str, list[str]]:
    """Return the secret keys in the files of a checkout that are not made up, by file."""
    found = {}
    for path in list_files(folder):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        secrets = find(load_rules()["okx-secret-key"], text)
        if real := [secret for secret in secrets if not PUBLISHED.fullmatch(secret)]:
            found[path.relative_to(folder).as_posix()] = real
    return found


def list_files(folder: Path) -> list[Path]:
    """Return what may be committed: no environment, no cache, no built site."""
    built = {
        ".venv",
        ".cache",
        ".git",
        ".mypy_cache",
        ".ruff_cache",
        "site",
        "dist",
        "node_modules",
    }
    tops = [path for path in folder.iterdir() if path.name not in built]
    return [
        path
        for top in tops
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.is_file() and not {"node_modules", "__pycache__", "python"} & set(path.parts[:-1])
    ]


def test_no_file_of_this_checkout_has_a_real_secret_key() -> None:
    assert find_secrets(ROOT) == {}


def test_a_real_secret_key_in_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(PLANTED["okx-secret-key"][0], encoding="utf-8")
    (tmp_path / "picture").write_bytes(b"\xff\xd8")

    assert find_secrets(tmp_path) == {"docs/page.md": [SECRET]}
