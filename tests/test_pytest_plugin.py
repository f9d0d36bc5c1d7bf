"""The fixture as another project would use it: in a pytest of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.plugins.blocks import DOCS, ROOT
from tests.support.patience import SECONDS

BOT = DOCS / "snippets" / "bot"
# To load schemathesis takes longer than the tests of the bot.
WITHOUT = ("-p", "no:cacheprovider", "-p", "no:schemathesis")

# Without the plugins that are installed here; the first test has them, and finds ours among them.
ALONE = ("--disable-plugin-autoload", "-p", "okx_guide.pytest_plugin")


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OKX_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *WITHOUT, *options],
        cwd=folder,
        env=environ | {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_the_bot_of_the_page_passes_its_tests(tmp_path: Path) -> None:
    for file in BOT.glob("*.py"):
        shutil.copy(file, tmp_path)
    result = run(tmp_path)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert "12 passed" in result.stdout


def test_a_bot_that_buys_twice_is_caught(tmp_path: Path) -> None:
    for file in BOT.glob("*.py"):
        shutil.copy(file, tmp_path)
    bot = tmp_path / "bot.py"
    # It orders again when it does not know, under another name.
    careless = bot.read_text(encoding="utf-8").replace(
        "if find_order(okx, client_id):", 'if client_id.endswith("2"):'
    )
    careless = careless.replace('"clOrdId": client_id}', '"clOrdId": client_id + str(id(order))}')
    bot.write_text(careless, encoding="utf-8")
    result = run(tmp_path, "-k", "buy_twice", *ALONE)
    assert "test_a_bad_network_does_not_make_it_buy_twice[lost]" in result.stdout
    assert result.returncode == 1


def test_every_test_gets_a_new_day(tmp_path: Path) -> None:
    (tmp_path / "test_days.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('day', [1, 2])\n"
        "def test_day(okx_sandbox, day):\n"
        "    assert not okx_sandbox.clock.frozen\n"
        "    assert [key.label for key in okx_sandbox.exchange.keys] == ['practice']\n"
        "    okx_sandbox.clock.freeze()\n"
        "    okx_sandbox.exchange.keys.clear()\n",
        encoding="utf-8",
    )
    assert "2 passed" in run(tmp_path, *ALONE).stdout


def test_a_project_that_does_not_ask_pays_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\ndef test_other():\n"
        "    assert not {'starlette', 'uvicorn', 'okx_guide.sandbox'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    result = run(tmp_path, *ALONE)
    assert "1 passed" in result.stdout, result.stdout
