"""The entries of the page "What changed at OKX", from the facts."""

from collections.abc import Iterator
from datetime import date

from okx_guide.facts import Change, Source, changes
from scripts.docs.days import mark, spell

# So many changes are read without a click.
_NEWEST = 10


def render_entries() -> str:
    """Return every change as Markdown, the newest announcement first, the older ones folded."""
    entries = ["\n\n".join(_render_paragraphs(change)) for change in changes()]
    older = "\n\n".join(entries[_NEWEST:])
    fold = f"/// fold | {len(entries) - _NEWEST} earlier changes\n{older}\n///"
    return "\n\n".join([*entries[:_NEWEST], fold])


def describe_start(change: Change, start: str) -> str:
    """Return a clause that says since when a change is in force.

    Args:
        change: The change.
        start: Its first day: in words, or with the markup of a page.

    Examples:
        >>> port = next(change for change in changes() if change.ports)
        >>> describe_start(port, "31 October 2026")
        'closed from 31 October 2026'
    """
    if not change.since:
        return "no day given"
    return f"{'closed' if change.hosts else 'in force'} from {start}"


def describe_source(source: Source) -> str:
    """Return the title of a source with its date, unless the title has it."""
    has_date = str(source.date) in source.title or spell(source.date) in source.title
    return source.title if has_date else f"{source.title}, {spell(source.date)}"


def _render_paragraphs(change: Change) -> Iterator[str]:
    yield f"## {change.title} {{ #{change.id} }}"
    start = describe_start(change, mark(change.since or date.min))
    yield f"Announced on {mark(change.announced)}, {start}."
    yield change.summary
    yield f"**Who is affected:** {change.affects}"
    yield f"**What to do:** {change.action}"
    links = "; ".join(_render_link(source) for source in change.sources)
    yield f"Source ({change.confidence}): {links}."


def _render_link(source: Source) -> str:
    title = describe_source(source)
    return f"[{title}]({source.url})" if source.url else title
