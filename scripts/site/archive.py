"""Make the archive that works from disk: `python -m scripts.site.archive site zip`.

Material builds pages and a search for `file://` if the environment has `OFFLINE=true`, but
its search then fetches a script from a third party's server. This program includes that script.
The site's own modules, which browsers do not load from disk, become scripts: esbuild bundles them.
"""

import re
import shutil
import zipfile
from pathlib import Path

import click
from selectolax.lexbor import LexborHTMLParser

from scripts.site import bundle
from scripts.site.errors import SiteError
from scripts.site.evidence import mark_evidence
from scripts.site.finish import name_columns
from scripts.site.runtime import FOLDER, WORKERS

# Browsers start no worker from disk; this replaces it.
_FETCHED = "https://unpkg.com/iframe-worker/shim"
# The address of a page in the data of a script; from disk it is that of a file.
_ADDRESS = re.compile(r'("page": ?"/)([^"#]+)/(?=["#])')
# The oldest date of a zip file: with a fixed date, the same site makes the same archive.
_DATE = (1980, 1, 1, 0, 0, 0)


def finish(folder: Path) -> None:
    """Let the search and the scripts of an offline build work from disk, without a network.

    Args:
        folder: A site that was built with `OFFLINE=true`.

    Raises:
        SiteError: It is not such a site, a page no longer fetches the script, or esbuild
            is not installed or cannot bundle a module.
    """
    if not (folder / "search" / "search_index.js").is_file():
        raise SiteError(f"{folder} was not built with OFFLINE=true.")
    _drop_served(folder)
    license_ = bundle.find_package("iframe-worker/LICENSE").read_text(encoding="utf-8")
    shim = bundle.find_package("iframe-worker/shim/index.js").read_text(encoding="utf-8")
    script = f"/*! iframe-worker\n\n{license_}*/\n{shim}"
    (folder / "iframe-worker.js").write_text(script, encoding="utf-8", newline="")
    modules: set[Path] = set()
    for path in sorted(folder.rglob("*.html")):
        page = LexborHTMLParser(mark_evidence(path.read_text(encoding="utf-8")))
        fetching = page.css(f'script[src="{_FETCHED}"]')
        if not fetching:
            raise SiteError(f"{path} does not fetch {_FETCHED}.")
        root = "../" * (len(path.relative_to(folder).parts) - 1)
        for node in fetching:
            node.attrs["src"] = f"{root}iframe-worker.js"
        name_columns(page)
        modules |= bundle.find_modules(path, page)
        for node in page.css(bundle.MODULE):
            del node.attrs["type"]
            node.attrs["defer"] = None
        path.write_text(page.html or "", encoding="utf-8", newline="")
    for data in folder.glob("javascripts/**/*.js"):
        text = _name_files(data.read_text(encoding="utf-8"), folder)
        data.write_text(text, encoding="utf-8", newline="")
    bundles = {module: bundle.bundle_script(module) for module in sorted(modules)}
    for module, (text, _) in bundles.items():
        module.write_text(text, encoding="utf-8", newline="")
    for path in {
        path for _, modules_inside in bundles.values() for path in modules_inside
    } - modules:
        path.unlink()


def _drop_served(folder: Path) -> None:
    """Remove what only a page from a server uses."""
    for name in ("404.html", "javascripts/theme/not-found.js", "javascripts/theme/guess.js"):
        (folder / name).unlink(missing_ok=True)
    # From disk a browser starts no worker, so no Python: docs/javascripts/run/run.js says so.
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    for source in WORKERS:
        (folder / "javascripts" / "run" / source).unlink(missing_ok=True)


def _name_files(text: str, folder: Path) -> str:
    """Return data with the address of each page replaced by its file in this folder."""

    def name_file(match: re.Match[str]) -> str:
        files = (f"{match[2]}.html", f"{match[2]}/index.html")
        file = next((file for file in files if (folder / file).is_file()), None)
        if not file:
            raise SiteError(f"No page of {folder} is /{match[2]}/.")
        return f"{match[1]}{file}"

    return _ADDRESS.sub(name_file, text)


def pack(folder: Path, archive: Path) -> None:
    """Write a folder into a zip file, under the name of that file."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(folder.rglob("*")):
            # Source maps are only for debuggers.
            if path.is_file() and path.suffix != ".map":
                name = f"{archive.stem}/{path.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(name, _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                packed.writestr(entry, path.read_bytes())


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("archive", type=click.Path(path_type=Path))
def main(folder: Path, archive: Path) -> None:
    """Finish the site in FOLDER, and pack it into the file ARCHIVE."""
    finish(folder)
    archive.parent.mkdir(parents=True, exist_ok=True)
    pack(folder, archive)
    click.echo(f"{archive}: {archive.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(prog_name="python -m scripts.site.archive")
