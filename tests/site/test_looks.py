"""Somebody has looked at every kind of page since it last changed its looks."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from scripts.pictures.looks import AT_MOST, FOLDER, KINDS, SIZES, TAKEN, look, problems, record
from tests.plugins.browser import SCHEMES


def test_every_kind_of_page_was_looked_at(hosted: Path) -> None:
    assert problems(hosted, FOLDER) == [], (
        "run make looks, look at the pictures in .github/looks, and commit them"
    )


def test_a_picture_shows_both_sizes_in_both_schemes() -> None:
    width, height = sum(size[0] for size in SIZES), SIZES[0][1] * len(SCHEMES)

    for kind in KINDS:
        with Image.open(FOLDER / f"{kind}.webp") as picture:
            assert (width, height) == picture.size, kind


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A site in which each kind of page has a heading and a paragraph."""
    folder = tmp_path / "site"
    for path in KINDS.values():
        (folder / path[1:]).mkdir(parents=True, exist_ok=True)
        html = '<h1>Home</h1><p class="lead big">One.</p>'
        (folder / path[1:] / "index.html").write_text(html, encoding="utf-8")
    (folder / "extra.css").write_text("p { color: red }", encoding="utf-8")
    return folder


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    """The pictures, as if they had been taken of the small site."""
    folder = tmp_path / "looks"
    shutil.copytree(FOLDER, folder)
    record(small, folder)
    assert problems(small, folder) == []
    return folder


def test_another_style_is_another_look_of_every_page(small: Path, copy: Path) -> None:
    (small / "extra.css").write_text("p { color: blue }", encoding="utf-8")

    assert len(problems(small, copy)) == len(KINDS)


def test_another_kind_of_element_is_another_look_of_its_page(small: Path, copy: Path) -> None:
    page = small / KINDS["step"][1:] / "index.html"
    html = page.read_text(encoding="utf-8")
    page.write_text(html + "<table></table>", encoding="utf-8")

    assert problems(small, copy) == ["step.webp: /guide/create/ looks different now"]


@pytest.mark.parametrize(
    "added",
    [
        '<p class="big lead">Two.</p>',
        '<p class="last-run">No test run.</p>',
        '<dl class="last-run"><dt>blocks</dt><dd>12</dd></dl>',
    ],
)
def test_more_text_and_the_last_test_run_are_the_same_look(small: Path, added: str) -> None:
    before = look(small, "home")
    page = small / "index.html"
    page.write_text(page.read_text(encoding="utf-8") + added, encoding="utf-8")

    assert before == look(small, "home")


def test_a_picture_that_is_gone_changed_unknown_or_large_is_noticed(
    small: Path, copy: Path
) -> None:
    (copy / "api.webp").unlink()
    (copy / "home.webp").write_bytes(b"painted by hand")
    (copy / "new.webp").write_bytes(b"x" * AT_MOST)

    first, second, third, fourth = problems(small, copy)

    assert first == "api.webp is missing"
    assert second == "home.webp is not the picture that was taken"
    assert third == "new.webp: there is no such kind of page"
    assert fourth.startswith("the pictures have ")


def test_pictures_that_were_never_taken_are_noticed(small: Path, tmp_path: Path) -> None:
    assert problems(small, tmp_path) == ["no picture was taken yet"]
    (tmp_path / TAKEN.name).write_text(json.dumps({}), encoding="utf-8")
    assert len(problems(small, tmp_path)) == len(KINDS)
