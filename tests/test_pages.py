"""Where a page is: its address if the package knows the site, its title and its path if not."""

import re
from pathlib import Path

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

from okx_guide import pages
from okx_guide.doctor.report import Check
from okx_guide.pages import find_site, load_titles, locate
from scripts.docs import titles
from tests.plugins.blocks import ROOT

SITE = "https://guide.example/"
# A path of the site in code or in data: whole, or at the end of a sentence.
PATH = re.compile(r'[" ](/(?:guide|security|troubleshooting|reference|about)/[a-z0-9/-]*)')


def list_paths(folder: Path) -> set[str]:
    """Return the pages that the files of the package name."""
    files = [path for path in folder.rglob("*") if path.suffix in (".py", ".json")]
    return {path for file in files for path in PATH.findall(file.read_text(encoding="utf-8"))}


def read_urls() -> dict[str, str]:
    """Return the addresses that a package built now would have."""
    metadata = ProjectMetadata(str(ROOT), PluginManager())
    return dict(metadata.core.urls)


def test_with_an_address_a_page_can_be_opened() -> None:
    expected = "https://guide.example/security/rotation/#overlap"

    assert expected == locate("/security/rotation/#overlap", SITE)
    assert locate("/", SITE) == SITE


def test_an_address_in_the_report_of_the_doctor_stays_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "find_site", lambda: SITE)
    page = "/security/storing-keys/#a-file-that-only-you-can-read"

    assert str(Check("file", "warning", "Others read it.", page=page)).splitlines()[1:] == [
        f"{'':22}-> https://guide.example/security/storing-keys/#a-file-that-only-you-can-read"
    ]


def test_without_one_its_title_and_its_path_are_named() -> None:
    expected = '"Rotation" in the guide: /security/rotation/#overlap'

    assert expected == locate("/security/rotation/#overlap", "")


def test_a_page_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        locate("/security/gone/", SITE)


def test_the_titles_are_those_of_the_navigation() -> None:
    assert titles.FILE.read_text(encoding="utf-8") == titles.render(), "run `make docs-update`"
    assert load_titles()["/security/"] == "API security best practices"


def test_every_page_that_the_package_names_has_a_title(tmp_path: Path) -> None:
    assert list_paths(ROOT / "okx_guide") <= set(load_titles())
    # The planted fault: a page that is gone.
    (tmp_path / "module.py").write_text('PAGE = "/security/gone/#x"\n', encoding="utf-8")
    assert list_paths(tmp_path) - set(load_titles()) == {"/security/gone/"}


def test_a_package_learns_the_addresses_when_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPO_URL", raising=False)
    monkeypatch.delenv("SITE_URL", raising=False)
    assert read_urls() == {}
    monkeypatch.setenv("SITE_URL", SITE)
    assert read_urls() == {"Documentation": SITE}
    monkeypatch.setenv("REPO_URL", "https://code.example/guide")
    assert read_urls() == {"Documentation": SITE, "Source": "https://code.example/guide"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (f"Project-URL: Source, https://x.example\nProject-URL: Documentation, {SITE}\n", SITE),
        ("Project-URL: Source, https://x.example\n", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_address_is_read_from_the_installed_package(
    lines: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lines is not None:
        folder = tmp_path / "okx_guide-0.1.0.dist-info"
        folder.mkdir()
        head = "Metadata-Version: 2.4\nName: okx-guide\nVersion: 0.1.0\n"
        (folder / "METADATA").write_text(head + lines, encoding="utf-8")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    find_site.cache_clear()

    try:
        assert expected == pages.find_site()
    finally:
        find_site.cache_clear()
