"""The pictures of the guide are those of today's key page, small, and told in words."""

import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from scripts.pictures.screenshots import (
    AT_MOST,
    FOLDER,
    TAKEN,
    find_problems,
    hash_page,
    make_fake_bytes,
    record,
)
from tests.plugins.blocks import DOCS
from tests.plugins.browser import SCHEMES

IMAGE = re.compile(
    r"!\[([^]]*)\]\(\.\./assets/screenshots/(\w+)-(\w+)\.webp#only-(\w+)\)"
    r'\{ width="(\d+)" height="(\d+)" loading=lazy \}'
)


def test_no_picture_has_aged() -> None:
    assert find_problems(FOLDER) == [], "run make screenshots, and look at what it made"


def test_every_picture_is_on_a_page_in_both_schemes_and_told_in_words() -> None:
    used = set()
    for page in DOCS.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        images = IMAGE.findall(text)
        assert text.count("assets/screenshots/") == len(images), page
        for words, name, scheme, shown, width, height in images:
            # The browser keeps the place free until the picture is there.
            with Image.open(FOLDER / f"{name}-{scheme}.webp") as image:
                expected = round(int(width) * image.height / image.width)
            assert expected == int(height), f"{page}: the height of {name} is {expected}"
            assert scheme == shown, f"{page}: {name}"
            assert "practice" in words
            assert len(words) >= 40, f"{page}: say what {name} shows"
            used.add(f"{name}-{scheme}.webp")
    names = {path.name for path in FOLDER.glob("*.webp")}
    assert used == names
    assert names == {f"{name.rpartition('-')[0]}-{s}.webp" for name in names for s in SCHEMES}


@pytest.fixture
def pictures_copy(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_changed_page_is_noticed(pictures_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_problems(pictures_copy) == []
    templates = pictures_copy / "templates"
    templates.mkdir()
    monkeypatch.setattr("scripts.pictures.screenshots._TEMPLATES", templates)
    assert find_problems(pictures_copy) == [
        "the key page has changed since the pictures were taken"
    ]
    before = hash_page()
    (templates / "page.css").write_text("a", encoding="utf-8")
    assert hash_page() != before
    record(pictures_copy)
    assert find_problems(pictures_copy) == []


def test_a_picture_that_is_gone_changed_new_or_large_is_noticed(pictures_copy: Path) -> None:
    first, second, third, *_ = sorted(path.name for path in pictures_copy.glob("*.webp"))
    (pictures_copy / first).unlink()
    (pictures_copy / second).write_bytes(b"painted by hand")
    (pictures_copy / "new.webp").write_bytes(b"")
    record = json.loads((pictures_copy / TAKEN.name).read_text(encoding="utf-8"))
    assert find_problems(pictures_copy) == [
        f"{first} is missing",
        f"{second} is not the picture that was taken",
        "new.webp is not the picture that was taken",
    ]
    (pictures_copy / third).write_bytes(b"x" * (AT_MOST + 1))
    assert f"{third} is larger than {AT_MOST} bytes" in find_problems(pictures_copy)
    assert third in record["pictures"]


def test_pictures_that_were_never_taken_are_noticed(tmp_path: Path) -> None:
    assert find_problems(tmp_path) == ["no picture was taken yet"]


def test_the_keys_of_the_pictures_are_fake() -> None:
    assert make_fake_bytes(16).hex().upper() == "FACADE00" * 4
