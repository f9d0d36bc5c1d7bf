"""Find a kept passage on a page, whatever its markup, white space, dashes or quotation marks."""

import hashlib
import re
import unicodedata
import warnings
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, Tag, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PageElement
from bs4.exceptions import ParserRejectedMarkup

# Elements that a reader does not see, or sees on every page or struck out.
_SKIPPED = frozenset(
    (
        "title",
        "script",
        "style",
        "template",
        "noscript",
        "nav",
        "footer",
        "svg",
        "del",
        "s",
        "strike",
    )
)
_BLOCKS = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "caption",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "html",
        "legend",
        "li",
        "main",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    )
)
# Dashes and quotation marks, which a publishing tool changes without changing what is said.
_ALIKE = {
    **dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-"),
    **dict.fromkeys((0x2018, 0x2019, 0x201A, 0x2032), "'"),
    **dict.fromkeys((0x201C, 0x201D, 0x201E, 0x2033, 0xAB, 0xBB), '"'),
}
# White space, characters without width, and the marks of Markdown, in which a copy may be written.
_UNSEEN = re.compile(r"[\s`*|\u00ad\u200b-\u200f\u2060\ufeff]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LOGIN = re.compile(
    r"\b(log|sign)[ -]?in\b|登录|登入|登錄|ログイン|iniciar sesi[oó]n|đăng nhập|anmelden",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(404|50[0-4]|not found|server error|unavailable|access denied|went wrong|just a moment)\b"
    r"|找不到|不存在",
    re.IGNORECASE,
)

PIECE = 6
"""Characters of the pieces by which a text like a quotation is found."""

SHORT = 60
"""Squeezed characters below which a passage may stand in many places."""

State = Literal["same", "reworded", "missing"]


class UnreadableError(Exception):
    """The page is not HTML that can be parsed."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, a cell of a table, an item of a list.

    Attributes:
        name: The HTML element.
        text: What it says, on one line.
    """

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """The visible text of a page.

    Attributes:
        blocks: In the order of the page.
        starts: Where each block begins in `squeezed`; the last is where it ends.
        squeezed: All blocks in the form that is compared.
        anchors: For each `id` of the page, the number of the block that it stands before.
        language: The first part of the page's `lang`, for example `en`; empty if it has none.
        title: The page's title.
        has_password: Whether a password can be typed into it.
        has_script: Whether it runs a script, which may add text that is not in the HTML.
    """

    blocks: tuple[Block, ...]
    starts: tuple[int, ...]
    squeezed: str
    anchors: Mapping[str, int]
    language: str
    title: str
    has_password: bool
    has_script: bool

    def has_edge(self, position: int) -> bool:
        """Say whether a block begins or ends at a place of `squeezed`."""
        index = bisect_left(self.starts, position)
        return index < len(self.starts) and self.starts[index] == position

    def find_section(self, anchor: str) -> tuple[int, int] | None:
        """Return where in `squeezed` a section begins and ends; None if it is not there.

        It ends at the next heading of its own level.
        """
        first = self.anchors.get(anchor, len(self.blocks))
        if first == len(self.blocks):
            return None
        own = find_level(self.blocks[first]) or 6
        following = enumerate(self.blocks[first + 1 :], first + 1)
        last = next(
            (position for position, block in following if 0 < find_level(block) <= own),
            len(self.blocks),
        )
        return self.starts[first], self.starts[last]

    def slice_blocks(self, begin: int, end: int) -> str:
        """Return the text of the blocks that contain a part of `squeezed`."""
        first = max(0, bisect_right(self.starts, begin) - 1)
        return " ".join(
            block.text
            for block, start in zip(self.blocks[first:], self.starts[first:], strict=False)
            if start < end
        )


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A passage without its words: enough to recognise it, not to read it.

    Attributes:
        digest: The first half of the SHA-256 of the squeezed passage.
        start: How many characters of the squeezed passage stand before the quotation.
        length: How many characters the squeezed passage has.
    """

    digest: str
    start: int
    length: int


def find_level(block: Block) -> int:
    """Return the level of a heading, 1 being the highest; 0 for other elements."""
    return int(block.name[1]) if re.fullmatch("h[1-6]", block.name) else 0


def squeeze(text: str) -> str:
    """Return a text without white space, markup and the variants of dashes and quotation marks.

    Examples:
        >>> squeeze("**30** seconds")
        '30seconds'
    """
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text).translate(_ALIKE))


def make_fingerprint(quote: str, passage: str) -> Fingerprint:
    """Return the fingerprint of a passage.

    Args:
        quote: Some words of the passage, by which it is found.
        passage: The whole paragraph, item or row.

    Raises:
        ValueError: The passage does not hold the quotation, or the quotation is empty.
    """
    short, long = squeeze(quote), squeeze(passage)
    if not short or short not in long:
        raise ValueError("the passage does not hold the quotation")
    return Fingerprint(_hash(long), long.index(short), len(long))


def read(html: bytes, charset: str | None = None) -> Text:
    """Return what a reader sees of a page.

    Args:
        html: The page as it was sent.
        charset: The encoding that its header names; if empty, that of the page itself.

    Raises:
        UnreadableError: It cannot be parsed.
    """
    with warnings.catch_warnings():
        # The parser reads XHTML well enough, and a page of one word is still a page.
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        try:
            soup = BeautifulSoup(html, "html.parser", from_encoding=charset)
        except ParserRejectedMarkup as error:
            raise UnreadableError(f"its HTML cannot be taken apart ({error})") from error
    blocks, anchors = _parse(soup)
    squeezed = [squeeze(block.text) for block in blocks]
    root = soup.find("html")
    return Text(
        tuple(blocks),
        tuple(accumulate(map(len, squeezed), initial=0)),
        "".join(squeezed),
        anchors,
        str(root.get("lang") or "").split("-")[0].strip().lower() if root else "",
        " ".join(soup.title.get_text().split()) if soup.title else "",
        soup.find("input", type="password") is not None,
        soup.find("script") is not None,
    )


def compare(text: Text, quote: str, baseline: Fingerprint, section: str = "") -> tuple[State, str]:
    """Return whether a passage has changed, and the text that is there now.

    A long passage may be anywhere on the page. A short one, such as a rate limit, may occur
    a hundred times, so only its own section counts.

    Args:
        text: The page.
        quote: The words by which the passage is found.
        baseline: What was kept of it.
        section: The anchor of its section; empty if it has none.

    Returns:
        `same`; or `reworded`, if the quotation stands but the paragraph around it differs; or
        `missing`, with the text that is most like the quotation, or none.
    """
    everywhere = (0, len(text.squeezed))
    place = text.find_section(section) if section else everywhere
    copies, nearby = _find(text, quote, baseline, place) if place else (0, "")
    if section and not copies and not nearby and baseline.length >= SHORT:
        copies, nearby = _find(text, quote, baseline, everywhere)
        # It may have moved within the page; of several, each may belong to another section.
        copies = copies if copies == 1 else 0
    if copies:
        return "same", ""
    if nearby:
        return "reworded", nearby
    nearest = _find_nearest(text, quote, place) if place else ""
    return "missing", nearest or _find_nearest(text, quote, everywhere)


def find_obstacle(text: Text, quote: str, language: str) -> str:
    """Return why a page without the quotation may not be the page at all; empty if it may.

    Args:
        text: The page.
        quote: Words that were on it.
        language: The language that it was kept in, for example `en`; empty if not known.
    """
    size = len(text.squeezed)
    start = " ".join((text.title, *(block.text for block in text.blocks[:3])))
    whole = " ".join((text.title, *(block.text for block in text.blocks)))
    is_login = (size < 1500 and text.has_password) or (size < 400 and _LOGIN.search(whole))
    is_chinese = len(_HAN.findall(text.squeezed)) > size * (0.01 if _HAN.search(quote) else 0.2)
    if is_login:
        reason = "it asks to log in"
    elif size < 1500 and _ERROR.search(start):
        reason = f"it answers with an error page ({_cut(start, 80)})"
    elif not size or (size < 200 and text.has_script):
        reason = "it has no readable text: a script may write its words"
    elif language and text.language and language != text.language:
        reason = f"it is in another language ({text.language}; {language} was kept)"
    elif quote and is_chinese != bool(_HAN.search(quote)):
        reason = f"it is in another language than the quotation ({_cut(start, 80)})"
    else:
        reason = ""
    return reason


def _find(text: Text, quote: str, baseline: Fingerprint, place: tuple[int, int]) -> tuple[int, str]:
    """Return how often a passage stands in a part of the page, and what else has its quotation."""
    short, position, last = squeeze(quote), place[0] - 1, place[1]
    copies, nearby = 0, ""
    while (position := text.squeezed.find(short, position + 1, last)) >= 0:
        begin, end = position - baseline.start, position - baseline.start + baseline.length
        # A paragraph that grew contains all that was kept, but its ends have moved.
        has_edges = text.has_edge(begin) and text.has_edge(end)
        if has_edges and _hash(text.squeezed[begin:end]) == baseline.digest:
            copies += 1
        elif not nearby:
            nearby = text.slice_blocks(position, position + len(short))
    return copies, nearby


def _parse(soup: BeautifulSoup) -> tuple[list[Block], dict[str, int]]:
    """Return the blocks of a page, and before which of them each of its anchors stands."""
    blocks: list[Block] = []
    anchors: dict[str, int] = {}
    parts: list[str] = []
    last: PageElement | None = None

    def flush() -> None:
        joined = " ".join("".join(parts).split())
        if squeeze(joined):
            blocks.append(Block(last.name if isinstance(last, Tag) else "", joined))
        parts.clear()

    for node in soup.descendants:
        if isinstance(node, Tag):
            if node.name in _BLOCKS or node.name in ("br", "hr"):
                flush()
            anchor = node.get("id") or (node.get("name") if node.name == "a" else None)
            anchors.setdefault(str(anchor or ""), len(blocks))
        # Comments, declarations and scripts are of other types.
        elif type(node) is NavigableString:
            parents = list(node.parents)
            if any(parent.name in _SKIPPED for parent in parents):
                continue
            block = next((parent for parent in parents if parent.name in _BLOCKS), soup)
            if block is not last:
                flush()
                last = block
            parts.append(node)
    flush()
    return blocks, anchors


def _hash(squeezed: str) -> str:
    return hashlib.sha256(squeezed.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _find_nearest(text: Text, quote: str, place: tuple[int, int]) -> str:
    """Return the block that shares most pieces with a quotation; empty if few are shared."""
    short = squeeze(quote)
    pieces = {
        short[position : position + PIECE] for position in range(max(1, len(short) - PIECE + 1))
    }
    votes: Counter[int] = Counter()
    for piece in pieces:
        position, blocks = place[0] - 1, set[int]()
        # A piece that occurs everywhere says little: its first occurrences are enough.
        while (
            len(blocks) < 20
            and (position := text.squeezed.find(piece, position + 1, place[1])) >= 0
        ):
            blocks.add(bisect_right(text.starts, position) - 1)
        votes.update(blocks)
    best, count = votes.most_common(1)[0] if votes else (0, 0)
    return text.blocks[best].text if count >= len(pieces) / 4 else ""


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[: size - 3]}..."
