"""Check that the sources still say what the facts are based on: `make sources-check`.

Exits with 0 if nothing changed, 1 if something may have, 2 if only some pages could not be read.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urldefrag

import click

from okx_guide import facts
from okx_guide.facts import Source
from scripts.sources import changelog, passages, store
from scripts.sources.changelog import FormError
from scripts.sources.fetch import Answer, Fetcher, FetchError, GoneError, describe_agent
from scripts.sources.passages import Text, UnreadableError
from scripts.sources.report import Finding, Kind, Report
from scripts.sources.store import Baseline, BaselineError, Changelog, Passage, Version


class Get(Protocol):
    """Fetches a page, as `Fetcher.get` does."""

    def __call__(self, url: str, headers: Mapping[str, str], *, is_wanted: bool) -> Answer:
        """Fetch a page."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and what is checked on it.

    Attributes:
        url: Its address, without a fragment.
        sources: The ids of the sources that are on it.
        facts: The facts that rest on them.
        passages: What was kept of it.
        log: How far it was read, if it is a changelog.
    """

    url: str
    sources: tuple[str, ...]
    facts: tuple[str, ...]
    passages: tuple[Passage, ...]
    log: Changelog | None

    @property
    def basis(self) -> str:
        """Return a digest of what is checked."""
        rows = [asdict(passage) for passage in self.passages]
        text = f"{rows} {(self.log.newest, self.log.seen) if self.log else ''}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def make_headers(self, version: Version | None) -> dict[str, str]:
        """Return the headers by which a server may answer that nothing has changed."""
        if version and version.basis == self.basis:
            headers = {"If-None-Match": version.etag, "If-Modified-Since": version.modified}
            return {name: value for name, value in headers.items() if value}
        days = [passage.looked for passage in self.passages]
        days += [self.log.looked] if self.log else []
        if not days:
            return {}
        # What was kept is the page of that day at the earliest.
        midnight = datetime.combine(min(days), time(), UTC)
        return {"If-Modified-Since": format_datetime(midnight, usegmt=True)}

    def make_finding(self, kind: Kind, message: str) -> Finding:
        """Return a finding about the page as a whole."""
        return Finding(kind, self.url, message, self.sources, self.facts)


@dataclass(slots=True)
class Observations:
    """The result of a check, to be kept if a maintainer accepts it.

    Attributes:
        versions: What servers call the pages that are as they were kept.
        changelogs: How far the changelogs have now been read.
        reworded: The passages whose quotation stands, by what they were, as they are now.
    """

    versions: dict[str, Version] = field(default_factory=dict)
    changelogs: dict[str, Changelog] = field(default_factory=dict)
    reworded: dict[Passage, Passage] = field(default_factory=dict)


def list_pages(sources: Iterable[Source], baseline: Baseline) -> list[Page]:
    """Return the pages to fetch: each once, however many sources are on it."""
    facts_by_id = store.group_facts_by_source()
    grouped: dict[str, list[str]] = {}
    for source in sources:
        if source.url:
            grouped.setdefault(urldefrag(source.url).url, []).append(source.id)
    for url in baseline.changelogs:
        grouped.setdefault(url, [])
    return [
        Page(
            url,
            tuple(ids),
            tuple(dict.fromkeys(name for id_ in ids for name in facts_by_id.get(id_, ()))),
            tuple(passage for passage in baseline.passages if passage.source in ids),
            baseline.changelogs.get(url),
        )
        for url, ids in grouped.items()
    ]


def check_sources(
    sources: Sequence[Source], baseline: Baseline, get: Get, today: date
) -> tuple[Report, Observations]:
    """Fetch every page and compare it with what was kept.

    Args:
        sources: All sources.
        baseline: What was kept; it is not changed.
        get: Fetches a page.
        today: The day of the look.
    """
    report, observations = Report(today), Observations()
    names = {passage.source for passage in baseline.passages}
    report.bare = [source for source in sources if source.url and source.id not in names]
    report.unlinked = sum(not source.url for source in sources)
    if strays := names - {source.id for source in sources if source.url}:
        raise BaselineError(
            f"baseline.json names sources without an address: {', '.join(sorted(strays))}"
        )
    for page in list_pages(sources, baseline):
        report.pages += 1
        version = baseline.versions.get(page.url)
        before = len(report.findings)
        try:
            answer = get(
                page.url, page.make_headers(version), is_wanted=bool(page.passages or page.log)
            )
            if answer.moved:
                message = f"it has moved for good to {answer.moved}"
                report.findings.append(page.make_finding("moved", message))
            if answer.is_unchanged:
                report.same += len(page.passages)
            elif page.passages or page.log:
                _compare(page, passages.read(answer.body, answer.charset), report, observations)
        except GoneError as error:
            report.findings.append(page.make_finding("gone", str(error)))
        except (FetchError, FormError, UnreadableError) as error:
            report.findings.append(page.make_finding("unread", str(error)))
        else:
            # A version with findings must be fetched again until they are settled.
            if len(report.findings) == before and (answer.version.etag or answer.version.modified):
                observations.versions[page.url] = replace(answer.version, basis=page.basis)
    return report, observations


def _compare(page: Page, text: Text, report: Report, observations: Observations) -> None:
    """Compare all that was kept of a page.

    Raises:
        FetchError: The page is not the page that was kept.
        FormError: It is no longer built as a changelog.
    """
    results = [
        (passage, *passages.compare(text, passage.quote, passage.fingerprint, passage.section))
        for passage in page.passages
    ]
    if results and all(state == "missing" for _, state, _ in results):
        first = page.passages[0]
        if obstacle := passages.find_obstacle(text, first.quote, first.language):
            raise FetchError(obstacle)
    for passage, state, text_now in results:
        if state == "same":
            report.same += 1
            continue
        if state == "reworded":
            message = "the quotation stands, but the text around it has changed"
            observations.reworded[passage] = replace(
                passage,
                **asdict(passages.make_fingerprint(passage.quote, text_now)),
                looked=report.day,
            )
        else:
            message = "the quotation is missing"
            if passage.section and text.find_section(passage.section):
                message = f"{message} from the section #{passage.section}"
            elif passage.section:
                message = f"the section #{passage.section} is missing, and {message}"
            message += "; nearest to it is" if text_now else ", and nothing is like it"
        message = f"of the text of {passage.looked}, {message}"
        report.findings.append(
            Finding(
                "changed",
                page.url,
                message,
                (passage.source,),
                passage.facts,
                (passage.quote,),
                (text_now,) if text_now else (),
            )
        )
    if page.log:
        _read_log(page, page.log, text, report, observations)


def _read_log(
    page: Page, log: Changelog, text: Text, report: Report, observations: Observations
) -> None:
    try:
        entries = changelog.read_entries(text)
        new = changelog.find_new(entries, log)
    except FormError as error:
        obstacle = (
            passages.find_obstacle(text, "", "") or f"it cannot be read as a changelog: {error}"
        )
        raise FormError(f"{obstacle}; every fact may be behind it") from error
    observations.changelogs[page.url] = changelog.remember(entries, report.day)
    if new:
        message = f"it has entries that were not there at the last look, on {log.looked}"
        lines = tuple(map(str, new))
        report.findings.append(Finding("changelog", page.url, message, new=lines))


@click.command()
@click.option("--report", "target", type=click.Path(path_type=Path), help="Write the report here.")
@click.option("--write", is_flag=True, help="Keep how far the changelogs were read, and versions.")
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="SOURCE",
    help="Keep the reworded passages of this source as they stand now.",
)
@click.option(
    "--baseline", "path", type=click.Path(path_type=Path), default=store.PATH, hidden=True
)
def main(target: Path | None, write: bool, accepted: tuple[str, ...], path: Path) -> None:
    """Say which facts may have moved, because the page that they rest on has."""
    known = facts.sources()
    if unknown := set(accepted) - set(known):
        raise click.UsageError(f"sources.json has no {', '.join(sorted(unknown))}.")
    try:
        baseline = store.load(path)
        fetcher = Fetcher(describe_agent(os.environ))
        report, observations = check_sources(
            list(known.values()), baseline, fetcher.get, datetime.now(UTC).date()
        )
    except BaselineError as error:
        raise click.UsageError(str(error)) from error
    if write:
        baseline.versions |= observations.versions
        baseline.changelogs |= observations.changelogs
    baseline.passages = [
        observations.reworded.get(passage, passage) if passage.source in accepted else passage
        for passage in baseline.passages
    ]
    if write or accepted:
        store.save(baseline, path)
    click.echo(report.to_markdown())
    if target:
        target.write_text(report.to_markdown(), encoding="utf-8")
    raise SystemExit(report.exit_code)


if __name__ == "__main__":
    main()
