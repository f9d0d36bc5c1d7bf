"""Write the titles of the pages into the package: `python -m scripts.docs.titles`.

They are those of the navigation, so that a command names a page as the site does.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.utils.yaml import get_yaml_loader, yaml_load

ROOT = Path(__file__).parents[2]
FILE = ROOT / "okx_guide" / "pages.json"
"""Where the package reads them."""
_HEADING = re.compile(r"^# (.+?)(?: \{[^}]*\})?$", re.MULTILINE)


def render() -> str:
    """Return the title of each page of the navigation as JSON, by its path on the site.

    A page that the navigation gives no title has its own heading.
    """
    with (ROOT / "mkdocs.yml").open(encoding="utf-8") as config:
        nav = yaml_load(config, loader=get_yaml_loader())["nav"]
    titles = {_make_path(name): title or _read_heading(name) for title, name in _list_pages(nav)}
    return json.dumps(titles, ensure_ascii=False, indent=1) + "\n"


def _list_pages(nav: list[Any]) -> Iterator[tuple[str, str]]:
    for entry in nav:
        if isinstance(entry, str):
            yield "", entry
            continue
        for name, inner in entry.items():
            yield from _list_pages(inner) if isinstance(inner, list) else [(str(name), str(inner))]


def _make_path(name: str) -> str:
    path = re.sub(r"(^|/)index\.md$", r"\1", name).replace(".md", "/")
    return f"/{path}"


def _read_heading(name: str) -> str:
    [heading, *_] = _HEADING.findall((ROOT / "docs" / name).read_text(encoding="utf-8"))
    return str(heading)


def main(arguments: list[str]) -> None:
    """Write the file, if it is behind the navigation."""
    argparse.ArgumentParser(
        prog="python -m scripts.docs.titles",
        description="Write the titles of the pages into the package.",
    ).parse_args(arguments)
    text = render()
    if not FILE.is_file() or FILE.read_text(encoding="utf-8") != text:
        FILE.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {FILE}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
