"""Make the archive that works from disk: `python -m scripts.site.archive site zip`.

Material builds pages and a search for `file://` if the environment has `OFFLINE=true`, but
its search then fetches a script from somebody else's server. Here that script is put in. The
site's own modules, which a browser does not load from disk, become scripts: esbuild bundles them.
"""

import re
import shutil
import sys
import zipfile
from pathlib import Path

from scripts.site import bundle
from scripts.site.finish import SiteError, name_columns
from scripts.site.runtime import FOLDER, WORKERS

# Browsers start no worker from disk; this stands in for one.
_FETCHED = "https://unpkg.com/iframe-worker/shim"
# The address of a page in the data of a script; from disk it is that of a file.
_ADDRESS = re.compile(r'("page": ?"/)([^"#]+)/(?=["#])')
# The oldest date that a zip file knows; with it, the same site makes the same archive.
_DATE = (1980, 1, 1, 0, 0, 0)


def finish(folder: Path) -> None:
    """Let the search and the scripts of an offline build work from disk, without a network.

    Args:
        folder: A site that was built with `OFFLINE=true`.

    Raises:
        SiteError: It is no such site, a page does not fetch the script any more, or esbuild
            is not installed or cannot bundle a module.
    """
    if not (folder / "search" / "search_index.js").is_file():
        raise SiteError(f"{folder} was not built with OFFLINE=true.")
    # Only a server shows it.
    (folder / "404.html").unlink(missing_ok=True)
    # From disk a browser starts no worker, so no Python: docs/javascripts/run/run.js says so.
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    for source in (*WORKERS, "run.css"):
        (folder / "javascripts" / "run" / source).unlink(missing_ok=True)
    license_ = bundle.package("iframe-worker/LICENSE").read_text(encoding="utf-8")
    shim = bundle.package("iframe-worker/shim/index.js").read_text(encoding="utf-8")
    script = f"/*! iframe-worker\n\n{license_}*/\n{shim}"
    (folder / "iframe-worker.js").write_text(script, encoding="utf-8", newline="")
    modules: set[Path] = set()
    for page in sorted(folder.rglob("*.html")):
        html = name_columns(page.read_bytes().decode())
        if _FETCHED not in html:
            raise SiteError(f"{page} does not fetch {_FETCHED}.")
        up = "../" * (len(page.relative_to(folder).parts) - 1)
        html = html.replace(_FETCHED, f"{up}iframe-worker.js")
        modules |= bundle.modules(page, html)
        html = bundle.MODULE.sub(r'<script defer src="\1"></script>', html)
        page.write_text(html, encoding="utf-8", newline="")
    for data in folder.glob("javascripts/**/*.js"):
        text = _name_files(data.read_text(encoding="utf-8"), folder)
        data.write_text(text, encoding="utf-8", newline="")
    bundles = {module: bundle.script(module) for module in sorted(modules)}
    for module, (text, _) in bundles.items():
        module.write_text(text, encoding="utf-8", newline="")
    for path in {path for _, others in bundles.values() for path in others} - modules:
        path.unlink()


def _name_files(text: str, folder: Path) -> str:
    """Return data in which the address of each page is that of its file in this folder."""

    def name_file(found: re.Match[str]) -> str:
        files = (f"{found[2]}.html", f"{found[2]}/index.html")
        file = next((file for file in files if (folder / file).is_file()), None)
        if not file:
            raise SiteError(f"No page of {folder} is /{found[2]}/.")
        return f"{found[1]}{file}"

    return _ADDRESS.sub(name_file, text)


def pack(folder: Path, archive: Path) -> None:
    """Write a folder into a zip file, in which it has the name of that file."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(folder.rglob("*")):
            # Only debuggers want the maps of the scripts.
            if path.is_file() and path.suffix != ".map":
                name = f"{archive.stem}/{path.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(name, _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                packed.writestr(entry, path.read_bytes())


def main(arguments: list[str]) -> int:
    """Finish the folder that is named, and pack it into the file that is named."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m scripts.site.archive FOLDER ARCHIVE\n")
        return 2
    folder, archive = map(Path, arguments)
    try:
        finish(folder)
    except SiteError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    archive.parent.mkdir(parents=True, exist_ok=True)
    pack(folder, archive)
    sys.stdout.write(f"{archive}: {archive.stat().st_size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
