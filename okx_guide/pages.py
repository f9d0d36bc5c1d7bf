"""Where a page of the guide is, for readers of a terminal."""

import json
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from importlib.resources import files


def locate(page: str, site: str | None = None) -> str:
    """Return the full address of a page, or its title and its path in the guide.

    Args:
        page: Path on the site, with or without an anchor.
        site: Address of the guide, with a slash at the end; empty if unknown. By default the one
            that this package was built with.

    Raises:
        KeyError: The guide has no such page.

    Examples:
        >>> print(locate("/security/rotation/#overlap", site=""))
        "Rotation" in the guide: /security/rotation/#overlap
        >>> locate("/security/rotation/", site="https://guide.example/")
        'https://guide.example/security/rotation/'
    """
    site = find_site() if site is None else site
    title = load_titles()[page.partition("#")[0]]
    return site + page.removeprefix("/") if site else f'"{title}" in the guide: {page}'


@cache
def load_titles() -> dict[str, str]:
    """Return the title of each page as the navigation has it, by its path."""
    titles: dict[str, str] = json.loads(
        files("okx_guide").joinpath("pages.json").read_text(encoding="utf-8")
    )
    return titles


@cache
def find_site() -> str:
    """Return the address that this package was built with (SITE_URL), or an empty string."""
    try:
        urls = metadata("okx-guide").get_all("Project-URL") or []
    except PackageNotFoundError:  # in a page, or copied
        return ""
    names = dict(url.split(", ", 1) for url in urls)
    site = str(names.get("Documentation", ""))
    return site and site.rstrip("/") + "/"
