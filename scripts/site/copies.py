"""Write each page of a built site as Markdown too, and the list of these copies, `llms.txt`.

A copy is the page's own Markdown, with its included files, with absolute addresses, and without
what only a generator reads. MkDocs and ProperDocs run this
module as a hook. Zensical runs no hooks: after it comes `python -m scripts.site.copies site`.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import click
import yaml
from markdown import Markdown
from mkdocs.utils.yaml import yaml_load
from selectolax.lexbor import LexborHTMLParser, LexborNode

from scripts.site.errors import SiteError
from scripts.site.stubs import UnknownNameError, render_stub

LIST = "llms.txt"

_FRONT = re.compile(r"---\n(.*?)\n---\n+", re.DOTALL)
_FENCE = re.compile(r"(?P<indent> *)(?P<marks>`{3,})(?P<language>\w*)(?P<attributes>[^`]*)")
_TITLE = re.compile(r'\btitle="([^"]*)"')
_BLOCK = re.compile(r"/// (?P<kind>\w+) \| (?P<title>.+)")
# Blocks that are parts of the page, not asides.
_PARTS = {"tab", "fold"}
_DIRECTIVE = re.compile(r"^::: ([\w.]+)\n((?: {4}.*\n)*)", re.MULTILINE)
_DRAWING = re.compile(r'^--8<-- "(.+\.svg)"$', re.MULTILINE)
_SVG = "{http://www.w3.org/2000/svg}"
# Layout, directives for our own tools, scripts, and the pictures for the dark scheme.
_UNREAD = re.compile(
    r"<!--.*-->|</?(?:div|figure)\b[^>]*>(?:</div>)?|<script\b.*</script>|!\[.*#only-dark\).*"
)
_HIDDEN = re.compile(r"<section\b[^>]* hidden>")
# Code stays as it is; attribute lists are removed; addresses become absolute.
_INLINE = re.compile(
    r"""(?P<code>(`+).*?\2)|(?P<unread>[ ]?\{[ ]?(?:[#.:]|\w+=)[^}]*\}|</?figcaption>)"""
    r"""|(?<=\]\()(?P<address>[^()\s]+)(?=\))|(?<=[ ]href=")(?P<href>[^"]+)"""
)


class _Preprocessor(Protocol):
    """What reads Markdown before Python-Markdown does."""

    def run(self, lines: list[str]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Project:
    """The pages of a site, before and after it is built.

    Attributes:
        docs: The folder of the pages.
        site: The folder of the built site.
        home: The address at which it is published, with a slash at the end.
        snippets: What puts the included files into a page.
    """

    docs: Path
    site: Path
    home: str
    snippets: _Preprocessor

    def find_page(self, name: str) -> str:
        """Return where in the built site a page is, by the name of its Markdown.

        Raises:
            SiteError: It was not built.
        """
        stem = name.removesuffix(".md").removesuffix("index").rstrip("/")
        for page in (posixpath.join(stem, "index.html"), f"{stem}.html"):
            if (self.site / page).is_file():
                return page
        raise SiteError(f"{self.docs / name} is not in {self.site}: build the site first.")

    def find_address(self, name: str, link: str) -> str:
        """Return the absolute address of a link in a page.

        A link to a page leads to its copy, unless it has an anchor: copies have none.
        """
        if urlsplit(link).scheme:
            return link
        path, mark, anchor = link.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
        if not target.endswith(".md"):
            return urljoin(self.home, target)
        page = self.find_page(target)
        if mark:
            return urljoin(self.home, page.removesuffix("index.html")) + mark + anchor
        return urljoin(self.home, page.replace(".html", ".md"))


def on_post_build(config: Mapping[str, Any]) -> None:
    """Write the copies at the end of a build, as a hook of MkDocs and ProperDocs."""
    write_copies(Path(config["site_dir"]), Path(config["config_file_path"]))


def write_copies(site: Path, config_file: Path) -> None:
    """Write a copy beside each page of a site, and their list.

    Args:
        site: The folder of the built site.
        config_file: The `mkdocs.yml` from which it was built.

    Raises:
        SiteError: A page is not built, or documents something in Python that is not there.
    """
    with config_file.open("rb") as file:
        config = yaml_load(file)
    docs = config_file.parent / config.get("docs_dir", "docs")
    project = Project(docs, site, config["site_url"], _read_snippets(config))
    lines = [f"# {config['site_name']}", "", f"> {config['site_description']}"]
    for section, names in _read_nav(config["nav"]):
        lines += ["", f"## {section}", ""]
        for name in names:
            meta, text = read_page(docs / name)
            page = site / project.find_page(name)
            copy = render_copy(name, text, project) + render_commands(
                page.read_text(encoding="utf-8"), project.home
            )
            path = page.with_suffix(".md")
            path.write_text(copy, encoding="utf-8", newline="")
            title = copy.partition("\n")[0].removeprefix("# ")
            address = project.find_address("", name)
            lines.append(f"- [{title}]({address}): {meta['description']}")
    (site / LIST).write_text("\n".join([*lines, ""]), encoding="utf-8", newline="")


def _read_snippets(config: Mapping[str, Any]) -> _Preprocessor:
    name = "pymdownx.snippets"
    [options] = [
        extension[name] for extension in config["markdown_extensions"] if name in extension
    ]
    reader = Markdown(extensions=[name], extension_configs={name: options})
    snippets: _Preprocessor = reader.preprocessors["snippet"]
    return snippets


def _read_nav(nav: list[Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield each part of the navigation, and the pages in it."""
    for entry in nav:
        [(section, below)] = entry.items()
        yield section, list(_list_pages(below))


def _list_pages(below: Any) -> Iterator[str]:
    match below:
        case str():
            yield below
        case dict():
            for deeper in below.values():
                yield from _list_pages(deeper)
        case _:
            for entry in below:
                yield from _list_pages(entry)


def read_page(path: Path) -> tuple[dict[str, Any], str]:
    """Return the YAML head of a page, and its Markdown."""
    text = path.read_text(encoding="utf-8")
    front = _FRONT.match(text)
    if not front:
        return {}, text
    return yaml.safe_load(front[1]), text[front.end() :]


def render_copy(name: str, text: str, project: Project) -> str:
    """Return the Markdown of a page for readers outside the site.

    Args:
        name: The file of the page in the folder of the pages.
        text: Its Markdown, without what stands above it.
        project: The site.

    Raises:
        SiteError: A link leads to a page that is not built, or the page documents something in
            Python that is not there.
    """
    try:
        text = _DIRECTIVE.sub(lambda match: _render_names(match, project), text)
    except UnknownNameError as error:
        raise SiteError(f"{project.docs / name}: {error}") from error
    text = _DRAWING.sub(lambda match: _render_drawing(match, project), text)
    lines = project.snippets.run(text.splitlines())
    return "\n".join([*_convert(iter(lines), name, project), ""])


def render_commands(html: str, home: str) -> str:
    r"""Return the commands that install this guide, which only the built home page has.

    Args:
        html: A page; without such commands nothing is returned.
        home: The address at which the site is published, with a slash at the end.

    Example:
        >>> page = '<div class="take-home"><p>Read <a href="a.py">it</a>:</p><pre>make</pre></div>'
        >>> print(render_commands(page, "https://example.com/"), end="")
        <BLANKLINE>
        Read [it](https://example.com/a.py):
        <BLANKLINE>
        ```sh
        make
        ```
    """
    parts = []
    for node in LexborHTMLParser(html).css(".take-home p, .take-home pre"):
        if node.tag == "pre":
            parts.append(f"```sh\n{node.text().strip()}\n```")
        else:
            words = "".join(_render_inline(child, home) for child in node.iter(include_text=True))
            parts.append(" ".join(words.split()))
    return "".join(f"\n{part}\n" for part in parts)


def _render_inline(node: LexborNode, home: str) -> str:
    if node.tag == "a":
        return f"[{node.text()}]({urljoin(home, node.attrs.sget('href'))})"
    return f"`{node.text()}`" if node.tag == "code" else node.text()


def _render_names(match: re.Match[str], project: Project) -> str:
    """Return the documentation that a directive of mkdocstrings stands for."""
    options = (yaml.safe_load(match[2]) or {}).get("options", {})
    return f"{render_stub(match[1], options, project.docs.parent)}\n"


def _render_drawing(match: re.Match[str], project: Project) -> str:
    """Return a link to a drawing, with the words that a page reads out."""
    path = project.docs.parent / match[1]
    drawing = ET.parse(path).getroot()  # noqa: S314  # a file of ours
    words = [drawing.findtext(f"{_SVG}{tag}", "") for tag in ("title", "desc")]
    address = urljoin(project.home, path.relative_to(project.docs).as_posix())
    return f"![{': '.join(words)}]({address})"


def _convert(lines: Iterator[str], name: str, project: Project) -> Iterator[str]:
    """Yield the lines of a page as plain Markdown, without extensions."""
    was_empty = True
    for line in lines:
        if fence := _FENCE.fullmatch(line):
            if title := _TITLE.search(fence["attributes"]):
                yield from (f"**{title[1]}**", "")
            yield f"{fence['indent']}{fence['marks']}{fence['language']}"
            yield from _take_code(lines, fence)
        elif block := _BLOCK.fullmatch(line):
            text_lines = (f"**{block['title']}**", "", *_convert(_take_block(lines), name, project))
            mark = "" if block["kind"] in _PARTS else "> "
            yield from (f"{mark}{text}".rstrip() for text in text_lines)
        elif _HIDDEN.match(line):
            while next(lines) != "</section>":
                pass
            continue
        elif _UNREAD.fullmatch(line) or (was_empty and not line):
            continue
        else:
            yield _INLINE.sub(lambda match: _convert_inline(match, name, project), line)
        was_empty = not line


def _convert_inline(match: re.Match[str], name: str, project: Project) -> str:
    if match["unread"]:
        return ""
    if link := match["address"] or match["href"]:
        return project.find_address(name, link)
    return match[0]


def _take_code(lines: Iterator[str], fence: re.Match[str]) -> Iterator[str]:
    """Yield the lines of a block of code, and the one that ends it."""
    end = fence["indent"] + fence["marks"]
    code = list(takewhile(lambda line: line != end, lines))
    # An included file ends with an empty line.
    while code and not code[-1]:
        code.pop()
    yield from (*code, end)


def _take_block(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines of a note or a tab, without the one that ends it."""
    for line in lines:
        if line == "///":
            return
        yield line
        if fence := _FENCE.fullmatch(line):
            yield from _take_code(lines, fence)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Write the copies into the site in FOLDER."""
    write_copies(folder, Path("mkdocs.yml").resolve())


if __name__ == "__main__":
    main(prog_name="python -m scripts.site.copies")
