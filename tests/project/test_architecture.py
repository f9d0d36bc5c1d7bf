"""The page *Architecture* names files and rooms that exist, and every room of the package."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/about/architecture.md"
# A path of the repository: with a folder in front.
_PATH = re.compile(r"`((?:okx_guide|docs|scripts|tests)/[\w./-]*)`")


def find_missing(text: str) -> list[str]:
    return [path for path in _PATH.findall(text) if not (ROOT / path).exists()]


def find_unnamed(text: str) -> list[str]:
    rooms = [path for path in (ROOT / "okx_guide").iterdir() if (path / "__init__.py").is_file()]
    return sorted(room.name for room in rooms if f"`okx_guide/{room.name}/" not in text)


def test_every_path_exists() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert len(_PATH.findall(text)) > 40
    assert find_missing(text) == []


def test_every_room_is_named() -> None:
    assert find_unnamed(PAGE.read_text(encoding="utf-8")) == []


def test_a_path_that_moved_and_a_room_without_a_row_are_seen() -> None:
    assert find_missing("see `okx_guide/mistakes/mask.py`") == ["okx_guide/mistakes/mask.py"]
    assert "sandbox" in find_unnamed("`okx_guide/facts/` and `okx_guide/explain/`")
