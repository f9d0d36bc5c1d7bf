"""Measure a suite of page blocks, beside a plain `exec` of each in one process."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.load.row import Row, divide

ROUNDS = 3
SIZES = (100, 1000, 3000)
BLOCK = """```python
from okx_guide.signing import prehash

print(len(prehash("2020-12-08T09:08:57.715Z", "GET", "/api/v5/account/balance?n={number}")))
```
"""
EXEC = """import pathlib, re
for code in re.findall("```python\\n(.*?)```", pathlib.Path("page.md").read_text(), re.S):
    exec(code, {})
"""


def measure() -> Iterator[Row]:
    """Yield a row for each number of blocks."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            blocks = (BLOCK.format(number=number) for number in range(size))
            (folder / "page.md").write_text("\n".join(blocks), encoding="utf-8")
            plugin, plain = [], []
            for _ in range(ROUNDS):
                command = ["-m", "pytest", "-q", "--markdown-docs", "-p", "no:cacheprovider"]
                plugin.append(_time(command, folder))
                plain.append(_time(["-c", EXEC], folder))
            per_block = statistics.median(plugin) / size * 1e3
            figures = f"{statistics.median(plugin):.1f} s, {per_block:.1f} ms a block"
            yield Row(
                f"`pytest --markdown-docs` of {size:,} blocks",
                "one-process `exec`",
                divide(plugin, plain),
                "linear",
                figures,
            )


def _time(arguments: list[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - start
