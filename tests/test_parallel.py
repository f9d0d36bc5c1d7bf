"""Whoever shares something runs in the same process."""

import pytest

from tests.parallel import group


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("docs/index.md::CodeFence#1[line:12]", "docs/index.md"),
        ("tests/test_errors.py::test_a_code[50113]", "tests/test_errors.py"),
        ("tests/test_other.py::test_it_runs[rust]", "tests/test_other.py"),
        ("tests/test_site.py::test_every_page_is_built", "the site"),
        ("tests/test_browser_pages.py::test_it_is_shown[home]", "the site"),
        ("tests/test_sites.py::test_the_hosts", "tests/test_sites.py"),
        ("tests/test_languages.py::test_a_source_is_short", "tests/test_languages.py"),
        ("tests/test_languages.py::test_it_runs[rust]", "rust"),
        ("tests/test_languages.py::test_it_is_refused[rust-OKX_API_KEY-50119]", "rust"),
    ],
)
def test_a_file_stays_together_and_so_does_a_language(nodeid: str, expected: str) -> None:
    assert expected == group(nodeid)
