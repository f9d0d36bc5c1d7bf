"""Write the search index as a script too, as a hook of MkDocs and ProperDocs.

The page of the debugger may not fetch anything, but may run the site's own scripts: there
`docs/javascripts/theme/search-later.js` loads this one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

INDEX = "search/search_index.json"


def on_post_build(config: Mapping[str, Any]) -> None:
    """Write the script at the end of a build."""
    write_script(Path(config["site_dir"]))


def write_script(site: Path) -> None:
    """Write the script beside the index, in the form that the theme reads from disk.

    Args:
        site: The folder of the built site. Without an index in it, nothing is written.
    """
    index = site / INDEX
    if index.is_file():
        text = index.read_text(encoding="utf-8")
        index.with_suffix(".js").write_text(f"var __index = {text}", encoding="utf-8")
