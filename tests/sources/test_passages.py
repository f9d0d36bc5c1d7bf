"""What is read of a page, whatever its markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.sources import passages
from scripts.sources.passages import compare, find_obstacle, make_fingerprint, read, squeeze


def list_texts(html: str) -> list[str]:
    return [block.text for block in read(html.encode()).blocks]


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("", []),
        (" \n ", []),
        ("word", ["word"]),
        ("<p>one<p>two", ["one", "two"]),
        ("<p>one <b>two</b>\n three</p>", ["one two three"]),
        ("<p>one<br>two<br/>three</p>", ["one", "two", "three"]),
        ("<ul><li>one<ul><li>two</ul>three</ul>", ["one", "two", "three"]),
        ("<tr><td>one<td>two</tr>", ["one", "two"]),
        ("<div>one<p>two</p>three</div>", ["one", "two", "three"]),
        ("<div>one<p></p>two</div>", ["one", "two"]),
        ("<p>a<!-- b -->c</p>", ["ac"]),
        ("<p>a<script>b()</script>c</p><style>d</style>", ["ac"]),
        ("<head><title>t</title></head><p>a", ["a"]),
        ("<noscript>a</noscript><template>b</template><nav>c</nav><footer>d</footer>e", ["e"]),
        ("&lt;b&gt; &amp; &eacute;", ["<b> & é"]),
        ("<![CDATA[x]]><?php y ?><!doctype z>w", ["w"]),
        ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><p>x</p></html>', ["x"]),
        ("index.html", ["index.html"]),
    ],
)
def test_a_page_is_read_as_its_reader_does(html: str, blocks: list[str]) -> None:
    assert list_texts(html) == blocks


@pytest.mark.parametrize(
    ("html", "charset"),
    [
        ("时间戳".encode("gbk"), "gbk"),
        ("时间戳".encode(), "utf-8"),
        ("时间戳".encode(), None),
        ("时间戳".encode(), "no-such-charset"),
        (b"<meta charset=gbk>" + "时间戳".encode("gbk"), None),
    ],
)
def test_an_encoding_is_that_of_the_header_or_the_page(html: bytes, charset: str | None) -> None:
    assert [block.text for block in read(html, charset).blocks] == ["时间戳"]


def test_a_page_as_deep_as_no_page_is_is_read() -> None:
    assert list_texts("<div>" * 5000 + "deep") == ["deep"]


@pytest.mark.parametrize(
    "pair",
    [
        ("a - b", "a — b"),
        ("it's", "it’s"),
        ('"x"', "“x”"),
        ("a b", "a\u00a0\u2009b"),
        ("ab", "a\u00ad\u200bb"),
        ("a:b", "a\uff1ab"),
        ("...", "…"),
        ("`a` **b** | c", "a b c"),
        ("é", "e\u0301"),
    ],
)
def test_typography_does_not_count(pair: tuple[str, str]) -> None:
    assert squeeze(pair[0]) == squeeze(pair[1])


@pytest.mark.parametrize(
    "pair", [("30", "60"), ("1.0", "10"), ("Z", "z"), ("<", ">"), ("a_b", "ab"), ("-1", "1")]
)
def test_what_is_said_counts(pair: tuple[str, str]) -> None:
    assert squeeze(pair[0]) != squeeze(pair[1])


@given(st.binary(max_size=200))
def test_no_page_is_too_strange(html: bytes) -> None:
    try:
        text = read(html)
    except passages.UnreadableError:
        return
    assert len(text.squeezed) == text.starts[-1]
    assert compare(text, "quotation", make_fingerprint("quotation", "a quotation"))[0] != "same"


@pytest.mark.parametrize(("quote", "passage"), [("", "x"), (" ", "x"), ("y", "x"), ("x y", "x z")])
def test_a_passage_holds_its_quotation(quote: str, passage: str) -> None:
    with pytest.raises(ValueError, match="does not hold"):
        make_fingerprint(quote, passage)


PAGE = read(
    b"<h1 id=a>A</h1><p>Limit: 20</p><h2 id=b>B</h2><p>Limit: 10</p>"
    b"<div id=c><p>Limit: 5</p></div><h1><a name=d></a>D</h1><p id=e></p>"
)


@pytest.mark.parametrize(
    ("section", "state"),
    [("a", "same"), ("b", "same"), ("c", "missing"), ("d", "missing"), ("e", "missing")],
)
def test_a_section_ends_with_the_next_heading_that_is_as_high(section: str, state: str) -> None:
    assert compare(PAGE, "10", make_fingerprint("10", "Limit: 10"), section)[0] == state


def test_a_section_that_is_not_there_has_nothing_short() -> None:
    assert compare(PAGE, "10", make_fingerprint("10", "Limit: 10"), "x")[0] == "missing"
    assert compare(PAGE, "10", make_fingerprint("10", "Limit: 10"))[0] == "same"


def test_a_long_passage_that_left_its_section_is_only_trusted_if_it_is_unique() -> None:
    long = "This endpoint is limited by the rate limit of the whole sub-account, and by its own."
    passage = make_fingerprint("the rate limit of the whole", long)
    single = read(f"<h1 id=a>A</h1><h1 id=b>B</h1><p>{long}".encode())
    double = read(f"<h1 id=a>A</h1><h1 id=b>B</h1><p>{long}<p>{long}".encode())

    assert compare(single, "the rate limit of the whole", passage, "a")[0] == "same"
    assert compare(double, "the rate limit of the whole", passage, "a") == ("missing", long)


def test_a_passage_of_several_blocks_is_found() -> None:
    passage = make_fingerprint("Two things", "Two things: one; another.")

    assert (
        compare(read(b"<p>Two things:<li>one;<li>another.<p>x"), "Two things", passage)[0] == "same"
    )


def test_the_nearest_text_is_shown() -> None:
    page = read(
        b"<p>Rejected after more than 15 seconds, with error 50102.<p>Rejected for no reason."
    )
    passage = make_fingerprint(
        "Rejected after more than 30 seconds", "Rejected after more than 30 seconds"
    )

    assert compare(page, "Rejected after more than 30 seconds", passage) == (
        "missing",
        "Rejected after more than 15 seconds, with error 50102.",
    )
    assert compare(PAGE, "Rejected after more than 30 seconds", passage) == ("missing", "")


def test_a_long_page_about_errors_or_logging_in_is_no_obstacle() -> None:
    page = read(b"<title>Error 404</title><p>Log in to your account." + b"<p>More of it." * 200)

    assert find_obstacle(page, "Log in to OKX", "en") == ""


def test_a_short_page_without_a_script_is_read() -> None:
    assert find_obstacle(read(b"<p>The limit is now 10."), "The limit is 20", "") == ""


@pytest.mark.parametrize(("quote", "is_other"), [("时间戳必须", False), ("The timestamp", True)])
def test_a_chinese_page_is_the_other_language_of_english_only(quote: str, is_other: bool) -> None:
    page = read(("<p>时间戳与服务器时间相差超过 30 秒的请求会被拒绝。" * 20).encode())

    assert ("another language" in find_obstacle(page, quote, "")) == is_other


def test_an_english_page_with_a_menu_of_languages_is_not_chinese() -> None:
    page = read(("<p>简体中文<p>" + "Requests are rejected after 30 seconds. " * 50).encode())

    assert "another language" in find_obstacle(page, "时间戳必须", "")
    assert find_obstacle(page, "The timestamp", "") == ""
