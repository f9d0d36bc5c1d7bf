"""The Markdown copies of the pages: they say what the pages say, and lead where they lead."""

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from scripts.site.copies import main, write_copies
from scripts.site.errors import SiteError
from scripts.site.stubs import UnknownNameError, render_stub
from tests.plugins.blocks import ROOT
from tests.support.html import pages

SITE_URL = "https://okx-guide.example/"
# What an article has and its copy has not: buttons, panels that only work in a browser, the names
# of Python, which stand in a copy as they do in the source, and drawings, which it links to.
NOT_COPIED = (
    ".page-line, .page-dates, .page-ended, .headerlink, .debugger, .doc, .filename, svg, nav"
)
PASSAGES = "h1, h2, h3, h4, p, li, td, th, pre, summary, figcaption"


# --- the pages and their copies ----------------------------------------------------------


def find_lost(html: str, copy: str) -> list[str]:
    """Return the passages of an article, its code too, that its copy does not have."""
    page = LexborHTMLParser(html)
    for node in page.css(f"article :is({NOT_COPIED})"):
        node.decompose()
    words = squeeze(re.sub(r"</?[a-z][^>\n]*>|(?<=\])\([^()\s]*\)", "", unescape(copy)))
    texts = [node.text() for node in page.css(f"article :is({PASSAGES}):not(:has(p, li, pre))")]
    assert texts
    # Code can look like a link: `[0-9](x)`.
    written = squeeze(unescape(copy))
    return [text for text in texts if squeeze(text) not in words and squeeze(text) not in written]


def squeeze(text: str) -> str:
    """Return the letters and digits of a text, however it is laid out."""
    return "".join(re.findall(r"\w+", text))


@cache
def map_ids(site: Path) -> dict[str, set[str]]:
    """Return the ids of each page, by its path."""
    return {page.url: set(page.ids) for page in pages(site)}


def find_dead(site: Path, copy: str) -> Iterator[str]:
    """Yield each address in a copy that leads nowhere for somebody who is not on the site."""
    ids = map_ids(site)
    text = re.sub(r"^([> ]*```).*?^\1$|`[^`\n]+`", "", copy, flags=re.MULTILINE | re.DOTALL)
    for address in re.findall(r'(?:\]\(| href=")([^)"\s]*)[)"]', text):
        path, _, anchor = address.removeprefix(SITE_URL).partition("#")
        if address.startswith(SITE_URL):
            is_there = anchor in ids[f"/{path}"] if anchor else (site / path).is_file()
        else:
            is_there = address.startswith("https://")
        if not is_there:
            yield address


def test_a_copy_says_all_that_its_page_says(site: Path) -> None:
    lost = {
        path.name: find_lost(path.with_suffix(".html").read_text("utf-8"), path.read_text("utf-8"))
        for path in site.rglob("index.md")
    }

    assert {name: texts for name, texts in lost.items() if texts} == {}


def test_a_copy_leads_where_its_page_leads(hosted: Path) -> None:
    dead = [
        f"{path.relative_to(hosted)}: {address}"
        for path in hosted.rglob("index.md")
        for address in find_dead(hosted, path.read_text("utf-8"))
    ]

    assert dead == []


def test_the_copy_of_home_has_the_commands_that_take_it_home(site: Path) -> None:
    copy = (site / "index.md").read_text("utf-8")

    code = re.findall(r"^```sh\n(.*?)\n```$", copy, re.MULTILINE | re.DOTALL)
    assert [text.split()[0] for text in code] == ["pipx", "python", "curl", "Invoke-WebRequest"]
    assert f"[read signing.py]({SITE_URL}signing.py)" in copy


@pytest.mark.parametrize(
    "passage",
    ["In one of three reported failures", "from okx_guide import", "What older guides get wrong"],
)
def test_a_passage_that_a_copy_loses_is_named(site: Path, passage: str) -> None:
    html = (site / "index.html").read_text("utf-8").replace("older guides", "Older guides")
    copy = (site / "index.md").read_text("utf-8")
    shorter = re.sub(passage, "", copy, flags=re.IGNORECASE)
    assert shorter != copy

    assert any(passage.lower() in text.lower() for text in find_lost(html, shorter))


@pytest.mark.parametrize(
    "address",
    [
        "guide/create.md",
        "#refused",
        f"{SITE_URL}gone/index.md",
        f"{SITE_URL}guide/create/#gone",
        "javascript:run",
    ],
)
def test_an_address_that_leads_nowhere_is_named(site: Path, address: str) -> None:
    assert [address] == list(find_dead(site, f"Code `[a](b)`, and [a]({address})."))


def test_the_names_of_python_stand_in_a_copy_as_in_the_source(site: Path) -> None:
    copy = (site / "reference" / "python" / "index.md").read_text("utf-8")

    source = (ROOT / "okx_guide" / "session.py").read_text("utf-8")
    start = source.index("class OkxSession")
    head = source[start : source.index('    """\n', start)] + '    """'
    assert f"### OkxSession\n\n```python\n{head}\n" in copy
    assert "self._" not in copy
    assert "\n::: " not in copy


# --- one page ----------------------------------------------------------------------------


PAGE = """---
description: A page of two kinds.
time: 1 minute
---

# A page { #top }

<!-- made by a program -->
<div class="lead" markdown>

A [link](b.md){ .button }, [a place](b.md#there), [another](#top) and [a file](data/a.json).
Not `[a link](b.md){ #x }`.

</div>

/// warning | This is real
Read [this](b.md#there).

```python { title="a.py" live }
--8<-- "docs/data/a.py"
```
///

/// tab | Rust
```rust
/// A comment, {#x}.
///


[a](b.md)
```
///

![Light](a.webp#only-light){ width="5" }
![Dark](b.webp#only-dark){ width="5" }

<figure>
--8<-- "docs/data/a.svg"
<figcaption>See <a href="#top">here</a>.</figcaption>
</figure>

<section class="panel" hidden>
<input>
</section>

The end.
"""

COPY = """# A page

A [link](https://example.com/b/index.md), [a place](https://example.com/b/#there), \
[another](https://example.com/#top) and [a file](https://example.com/data/a.json).
Not `[a link](b.md){ #x }`.

> **This is real**
>
> Read [this](https://example.com/b/#there).
>
> **a.py**
>
> ```python
> print("{ #kept }")
> ```

**Rust**

```rust
/// A comment, {#x}.
///


[a](b.md)
```

![Light](https://example.com/a.webp)

![A key: It opens.](https://example.com/data/a.svg)
See <a href="https://example.com/#top">here</a>.

The end.
"""

CONFIG = """
site_name: A site
site_url: https://example.com/
site_description: Two pages.
nav:
  - Home: index.md
  - More: [{Last: [b.md]}]
markdown_extensions:
  - toc
  - pymdownx.snippets: {check_paths: true}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two pages, and its built site."""
    monkeypatch.chdir(tmp_path)
    files = {
        "mkdocs.yml": CONFIG,
        "docs/index.md": PAGE,
        "docs/b.md": "---\ndescription: Another.\n---\n# Another\n",
        "docs/data/a.py": 'print("{ #kept }")\n',
        "docs/data/a.svg": '<svg xmlns="http://www.w3.org/2000/svg"><title>A key</title>'
        "<desc>It opens.</desc></svg>\n",
        "site/index.html": "",
        "site/b/index.html": "",
        "package/module.py": MODULE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


MODULE = '''"""What it does."""

from elsewhere import other


@decorated
class Thing(Base):
    """A thing."""

    size: int
    _hidden: int

    def __init__(self, size: int) -> None:
        self.size = size

    @property
    def double(self) -> int:
        """Twice the size."""
        return 2 * self.size

    def undocumented(self) -> None:
        pass


def find(
    name: str,
) -> Thing:
    """Find a thing.

    Examples:
        >>> find("a")
    """
    return Thing(len(name))


def bare() -> None: ...


async def wait() -> None:
    pass


SIZE: int = 3
"""A size."""
'''


def test_a_copy_is_what_any_reader_of_markdown_knows(project: Path) -> None:
    write_copies(project / "site", project / "mkdocs.yml")

    assert (project / "site" / "index.md").read_text("utf-8") == COPY


def test_the_list_has_every_page_with_what_it_is_about(project: Path) -> None:
    write_copies(project / "site", project / "mkdocs.yml")

    assert (project / "site" / "llms.txt").read_text("utf-8") == (
        "# A site\n\n> Two pages.\n\n"
        "## Home\n\n- [A page](https://example.com/index.md): A page of two kinds.\n\n"
        "## More\n\n- [Another](https://example.com/b/index.md): Another.\n"
    )


def test_a_site_for_reading_from_disk_has_its_copies_beside_its_pages(project: Path) -> None:
    (project / "site" / "b" / "index.html").rename(project / "site" / "b.html")

    write_copies(project / "site", project / "mkdocs.yml")

    assert (project / "site" / "b.md").read_text("utf-8") == "# Another\n"
    assert "](https://example.com/b.html#there)" in (project / "site/index.md").read_text("utf-8")


def test_a_page_that_is_not_built_is_named(project: Path) -> None:
    (project / "site" / "b" / "index.html").unlink()

    result = CliRunner().invoke(main, ["site"])

    assert result.exit_code == 1
    assert result.stderr == (f"Error: {project}/docs/b.md is not in site: build the site first.\n")
    assert CliRunner().invoke(main, []).exit_code == 2


def test_an_unknown_name_of_python_is_named_with_its_page(project: Path) -> None:
    (project / "docs" / "b.md").write_text("# B\n\n::: package.module.Gone\n", encoding="utf-8")

    with pytest.raises(SiteError, match=r"docs/b\.md: package\.module\.Gone documents Gone, "):
        write_copies(project / "site", project / "mkdocs.yml")


# --- names of Python ---------------------------------------------------------------------


def test_a_stub_has_what_the_source_offers(project: Path) -> None:
    options = {"members": ["Thing", "find", "bare", "wait", "SIZE"]}

    assert render_stub("package.module", options, project) == (
        "What it does.\n\n"
        "### Thing\n\n```python\n"
        '@decorated\nclass Thing(Base):\n    """A thing."""\n\n    size: int\n\n'
        "    def __init__(self, size: int) -> None:\n        ...\n\n"
        '    @property\n    def double(self) -> int:\n        """Twice the size."""\n```\n\n'
        '### find\n\n```python\ndef find(\n    name: str,\n) -> Thing:\n    """Find a thing.\n\n'
        '    Examples:\n        >>> find("a")\n    """\n```\n\n'
        "### bare\n\n```python\ndef bare() -> None: ...\n```\n\n"
        "### wait\n\n```python\nasync def wait() -> None:\n    ...\n```\n\n"
        '### SIZE\n\n```python\nSIZE: int = 3\n"""A size."""\n```'
    )


def test_a_stub_of_a_class_has_the_members_that_are_asked_for(project: Path) -> None:
    stub = render_stub("package.module.Thing", {"members": ["double"]}, project)

    assert "def double" in stub
    assert "size: int\n" not in stub.replace("self, size: int", "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("gone.module", "is no module"), ("package.module.other", "does not define")],
)
def test_a_name_that_is_not_in_the_source_is_an_error(
    project: Path, name: str, expected: str
) -> None:
    with pytest.raises(UnknownNameError, match=expected):
        render_stub(name, {}, project)
