"""The tests of `make mutants`: each run sees the file as it is then, and a test must be there."""

import json
import subprocess
import sys
from pathlib import Path

from tests.plugins.blocks import ROOT


def test_a_fork_sees_a_change_that_came_after_the_start(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    for name in ("__init__.py", "forks.py"):
        source = (ROOT / "scripts" / name).read_text(encoding="utf-8")
        (tmp_path / "scripts" / name).write_text(source, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    (tmp_path / "tests" / "test_room.py").write_text(
        "from room import size\n\n\ndef test_size():\n    assert 1 == size.HEIGHT\n"
    )
    room = tmp_path / "room"
    room.mkdir()
    (room / "__init__.py").touch()
    size = room / "size.py"
    size.write_text("HEIGHT = 1\n")
    statuses = []
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.forks", "tests/test_room.py"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as forks:
        assert forks.stdin
        assert forks.stdout
        for text, name in (
            ("HEIGHT = 1\n", "test_size"),
            ("HEIGHT = 2\n", "test_size"),
            ("HEIGHT = 1\n", "test_size"),
            ("HEIGHT = 1\n", "test_gone"),
        ):
            size.write_text(text)
            order = ["room/size.py", [f"tests/test_room.py::{name}"]]
            forks.stdin.write(f"{json.dumps(order)}\n")
            forks.stdin.flush()
            statuses.append(int(forks.stdout.readline()))
        forks.stdin.close()

    passed, failed, not_there = 0, 1, 4
    assert [passed, failed, passed, not_there] == statuses
