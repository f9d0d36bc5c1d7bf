"""Keep passages: `python -m scripts.sources.keep passages.json`.

The file is a list of rows: `source`, `facts`, `quote` (at most 25 words), `passage` (the whole
paragraph, item or row, word for word), and if need be `section` (the anchor of its heading),
`lang` and `looked`. Of the passage only a digest is kept.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import click

from okx_guide import facts
from okx_guide.facts import Source
from scripts.sources import store
from scripts.sources.passages import SHORT, make_fingerprint
from scripts.sources.report import count
from scripts.sources.store import Baseline, BaselineError, Passage

WORDS = 25
_HAN = re.compile(r"[\u3400-\u9fff]")
_FRONT_PAGE = re.compile(r"https://github\.com/[^/#]+/[^/#]+/?")
_NAMES = {"source", "facts", "quote", "passage", "section", "lang", "looked"}


def keep(
    rows: Iterable[Mapping[str, Any]],
    baseline: Baseline,
    sources: Mapping[str, Source],
    names: Collection[str],
) -> list[str]:
    """Replace what was kept of the sources that the rows name.

    Args:
        rows: As in the file.
        baseline: What was kept so far; it is changed.
        sources: The sources, by id.
        names: Every fact, for example `rules/timestamp-form`.

    Returns:
        For each row that cannot be kept, which and why.
    """
    complaints: list[str] = []
    passages: dict[tuple[str, str, str], Passage] = {}
    for number, row in enumerate(rows, 1):
        try:
            passage = _make_passage(row, sources, names)
        except BaselineError as error:
            complaints.append(f"row {number}: {error}")
        else:
            passages[passage.source, passage.section, passage.quote] = passage
    replaced = {source for source, _, _ in passages}
    old = [passage for passage in baseline.passages if passage.source not in replaced]
    baseline.passages = old + list(passages.values())
    return complaints


def _make_passage(
    row: Mapping[str, Any], sources: Mapping[str, Source], names: Collection[str]
) -> Passage:
    if not isinstance(row, Mapping) or not {"source", "facts", "quote", "passage"} <= set(row):
        raise BaselineError("it lacks source, facts, quote or passage")
    if unknown := set(row) - _NAMES:
        raise BaselineError(f"{sorted(unknown)} is not among its fields: {sorted(_NAMES)}")
    texts = [row.get(name, "") for name in ("source", "quote", "passage", "section", "lang")]
    if not all(isinstance(text, str) for text in texts) or not isinstance(row["facts"], list):
        raise BaselineError("facts is a list, all else is text")
    source = sources.get(row["source"])
    if not source or not source.url:
        raise BaselineError(f"{row['source']!r} is no source with an address in sources.json")
    if _FRONT_PAGE.fullmatch(source.url):
        raise BaselineError(f"{source.url} does not show its files: no passage of them is there")
    if not row["facts"] or not set(row["facts"]) <= set(names):
        raise BaselineError(f"{row['facts']} names no fact, or one that does not exist")
    # One Chinese character is about half a word.
    words = len(row["quote"].split()) + len(_HAN.findall(row["quote"])) // 2
    if words > WORDS:
        raise BaselineError(f"its quotation has {words} words; {WORDS} are fair use")
    section = row.get("section", urlsplit(source.url).fragment)
    try:
        digest = make_fingerprint(row["quote"], row["passage"])
        looked = date.fromisoformat(row.get("looked", str(source.date)))
    except (TypeError, ValueError) as error:
        raise BaselineError(f"{error} ({row['quote']!r})") from error
    page = urldefrag(source.url).url
    has_sections = any(known_source.url.startswith(f"{page}#") for known_source in sources.values())
    if digest.length < SHORT and has_sections and not section:
        raise BaselineError(f"{row['quote']!r} may stand in many places: name its section")
    return Passage(
        source.id,
        section,
        tuple(row["facts"]),
        row["quote"],
        looked,
        row.get("lang", "").split("-")[0].lower(),
        **asdict(digest),
    )


@click.command()
@click.argument("rows", type=click.Path(path_type=Path))
@click.option(
    "--baseline", "path", type=click.Path(path_type=Path), default=store.PATH, hidden=True
)
def main(rows: Path, path: Path) -> None:
    """Keep the passages that ROWS lists, instead of what was kept of their sources."""
    try:
        loaded = json.loads(rows.read_text(encoding="utf-8"))
        baseline = store.load(path)
    except (OSError, ValueError, BaselineError) as error:
        raise click.UsageError(f"{rows} cannot be kept: {error}") from error
    if not isinstance(loaded, list):
        raise click.UsageError(f"{rows} is no list of rows.")
    names = {name for names in store.group_facts_by_source().values() for name in names}
    complaints = keep(loaded, baseline, facts.sources(), names)
    store.save(baseline, path)
    total = count(len(loaded) - len(complaints), "row")
    click.echo("\n".join([*complaints, f"{total} kept."]))
    if complaints:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
