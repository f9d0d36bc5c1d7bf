import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations, product
from time import process_time
from timeit import repeat
from urllib.parse import quote
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import facts
from okx_guide.diagnose.catalogue import LIMITS, load_catalogue
from okx_guide.diagnose.encodings import WRITING
from okx_guide.diagnose.rare import generate_rare
from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import _generate_batches, _Tried, find, list_tried, search
from okx_guide.diagnose.variants import (
    Keys,
    Variant,
    generate_double,
    generate_moments,
    generate_single,
    list_for_pairs,
)
from scripts.vectors import write as vectors
from tests.plugins.blocks import DOCS
from tests.support.properties import examples
from tests.support.raw_http import ISO, mac, signature
from tests.support.rejections import (
    API_KEY,
    BALANCE,
    DOUBLE_MISTAKES,
    FIELDS,
    GET,
    HOST,
    LOGIN,
    ORDER,
    PASSPHRASE,
    POST,
    QUERY,
    SECRET,
    SINGLE_MISTAKES,
    Request,
    make_rejected_request,
    shift_time,
    sign_parts,
)

_ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "2"}
BATCH = (ISO, "POST", ORDER, json.dumps([{**_ORDER, "px": f"2.{number}"} for number in range(20)]))


@pytest.mark.parametrize(
    ("expected", "request_", "rejected"), SINGLE_MISTAKES, ids=[row[0] for row in SINGLE_MISTAKES]
)
def test_a_mistake_is_named(expected: str, request_: Request, rejected: str) -> None:
    assert rejected != sign_parts(*request_)
    # As many mistakes are allowed as ever are: one is not taken for two.
    finding = search(
        make_rejected_request(request_, rejected), SECRET, passphrase=PASSPHRASE, api_key=API_KEY
    )
    assert finding is not None
    [mistake] = finding.mistakes
    assert expected == mistake.id
    text = f"{mistake.explanation} {mistake.fix}"
    assert [name for name in (SECRET, PASSPHRASE, API_KEY) if name.lower() in text.lower()] == []
    assert mistake.explanation
    assert mistake.fix.endswith(".")


def test_every_mistake_of_the_catalogue_is_made_here_or_in_the_vectors() -> None:
    known = [row["id"] for row in load_catalogue()["mistakes"]]
    cases = [case for make in vectors.FILES.values() for case in make()["invalid"]]
    ids = {id_ for id_, _, _ in SINGLE_MISTAKES} | {case["mistake"] for case in cases}

    assert sorted(ids) == sorted(known)


def test_every_mistake_says_what_it_is_and_where_to_read_on() -> None:
    pages = {
        "/" + page.relative_to(DOCS).with_suffix("").as_posix() + "/": page.read_text("utf-8")
        for page in DOCS.rglob("*.md")
    }
    for row in load_catalogue()["mistakes"]:
        page, _, anchor = row["page"].partition("#")
        headings = re.findall(r"^#+ (.*)$", pages[page], re.MULTILINE)
        anchors = {re.sub(r"\W+", "-", heading.lower()).strip("-") for heading in headings}

        assert anchor in anchors, row["id"]
        assert row["fix"].endswith("."), row["id"]
        assert set(re.findall(r"{(\w+)}", row["explanation"] + row["fix"])) <= {
            "signed",
            "received",
            "more",
        }


def test_the_hosts_of_the_catalogue_are_in_the_facts() -> None:
    known = json.dumps([fact.value for fact in facts.load("hosts").values()])

    assert [host for host in load_catalogue()["tables"]["hosts"] if f'"{host}"' not in known] == []


@pytest.mark.parametrize(
    ("request_", "rejected", "expected"),
    [
        (
            (ISO, "GET", f"{BALANCE}?ccy=BTC", ""),
            sign_parts(ISO, "GET", BALANCE),
            f"signed {BALANCE}, received {BALANCE}?ccy=BTC",
        ),
        (
            (ISO, "POST", ORDER, '{"a":1}'),
            sign_parts(ISO, "POST", ORDER, '{"a": 1}'),
            "signed the body '{\"a\": 1}', received the body '{\"a\":1}'",
        ),
        (
            GET,
            sign_parts(shift_time(milliseconds=7), *GET[1:]),
            f"signed the time as {shift_time(milliseconds=7)}, received {ISO} (7 ms later)",
        ),
    ],
)
def test_the_explanation_tells_what_was_signed_and_what_arrived(
    request_: Request, rejected: str, expected: str
) -> None:
    mistake = find(make_rejected_request(request_, rejected), SECRET)
    assert mistake is not None
    assert expected == mistake.explanation


@pytest.mark.parametrize("request_", [GET, QUERY, POST])
def test_a_right_signature_is_no_mistake(request_: Request) -> None:
    assert find(make_rejected_request(request_, sign_parts(*request_)), SECRET) is None


@pytest.mark.parametrize("request_", [GET, QUERY, POST])
def test_a_signature_of_another_secret_is_no_known_mistake(request_: Request) -> None:
    foreign = signature("FA4EFA4EFA4EFA4EFA4EFA4EFA4EFA4E", *request_)
    assert (
        find(
            make_rejected_request(request_, foreign), SECRET, passphrase=PASSPHRASE, api_key=API_KEY
        )
        is None
    )


@pytest.mark.parametrize(
    ("expected", "request_", "rejected"),
    DOUBLE_MISTAKES,
    ids=["+".join(pair[0]) for pair in DOUBLE_MISTAKES],
)
def test_two_mistakes_at_once_are_named(
    expected: list[str], request_: Request, rejected: str
) -> None:
    finding = search(
        make_rejected_request(request_, rejected), SECRET, passphrase=PASSPHRASE, api_key=API_KEY
    )

    assert finding is not None
    assert expected == [mistake.id for mistake in finding.mistakes]


def test_two_mistakes_are_not_taken_for_one() -> None:
    _, request_, rejected = DOUBLE_MISTAKES[0]

    assert find(make_rejected_request(request_, rejected), SECRET, passphrase=PASSPHRASE) is None


def test_what_was_signed_is_told() -> None:
    finding = search(make_rejected_request(QUERY, sign_parts(ISO, "get", BALANCE)), SECRET)

    assert finding is not None
    assert f"{ISO}get{BALANCE}" == finding.signed


@pytest.fixture
def variants_tried(monkeypatch: pytest.MonkeyPatch) -> list[Variant]:
    """The mistakes that a search has made so far."""
    variants: list[Variant] = []

    def generate(request: SignedRequest, keys: Keys) -> Iterator[Variant]:
        for variant in generate_single(request, keys):
            variants.append(variant)
            yield variant

    monkeypatch.setattr("okx_guide.diagnose.search.generate_single", generate)
    return variants


def test_nothing_is_made_after_the_mistake_that_fits(variants_tried: list[Variant]) -> None:
    """The exchange looks for a mistake while others wait: a common one is found at once."""
    search(make_rejected_request(QUERY, sign_parts(ISO, "GET", BALANCE)), SECRET)

    assert [variant.mistakes[0][0] for variant in variants_tried] == ["query-missing"]


def test_each_mistake_is_made_once_for_itself_and_for_pairs(variants_tried: list[Variant]) -> None:
    unknown = make_rejected_request(QUERY, sign_parts("other"))

    assert search(unknown, SECRET) is None

    assert list(generate_single(unknown, Keys(SECRET))) == variants_tried


def test_every_two_and_three_mistakes_are_tried(figures: list[str]) -> None:
    """The number of texts is what a search costs; more of them would make it slow."""
    largest = most_threes = 0
    for request_ in (GET, QUERY, POST, LOGIN):
        request, keys = SignedRequest(*request_, "", HOST), Keys(SECRET, PASSPHRASE, API_KEY)
        tried = _Tried(request, keys, generate_rare)
        frequent, rare = list_for_pairs(request, tried.generate_single())
        pairs = sum(
            1
            for first, second in (*combinations(frequent, 2), *product(frequent, rare))
            if first.parts.keys().isdisjoint(second.parts) and None in (first.secret, second.secret)
        )
        largest = max(largest, pairs + sum(1 for _ in generate_double(request)))
        attempted = sum(1 for _, _, attempts in _generate_batches(tried, 2) for _ in attempts)
        assert pairs + sum(1 for _ in generate_double(request)) == attempted
        threes = sum(1 for _, _, attempts in _generate_batches(tried, 3) for _ in attempts)
        most_threes = max(most_threes, threes)
    assert largest + most_threes < 80_000
    milliseconds = []
    for request_ in (QUERY, POST, BATCH):
        rejected = make_rejected_request(request_, sign_parts("other"))
        assert search(rejected, SECRET) is None
        # The least is what the search takes; the rest is what else the machine does meanwhile.
        times = repeat(partial(search, rejected, SECRET), timer=process_time, number=1, repeat=3)
        milliseconds.append(round(min(times) * 1000))
    figures.append(
        f"mistakes: {len(load_catalogue()['mistakes'])} known; up to {largest} pairs of them "
        f"and {most_threes} threes are tried on one signature; one that fits none takes, in "
        f"the best of three, {milliseconds[0]} ms of processor time for a query, "
        f"{milliseconds[1]} ms for an order, {milliseconds[2]} ms for a batch of 20"
    )


def test_every_time_zone_of_the_world_is_tried_in_both_directions() -> None:
    moments = [
        datetime(2026, month, 15, tzinfo=ZoneInfo(name))
        for name in available_timezones()
        for month in range(1, 13)
    ]
    offsets = {moment.utcoffset() or timedelta() for moment in moments}
    minutes = {offset // timedelta(minutes=1) for offset in offsets if offset}

    tried = load_catalogue()["tables"]["time_zones_minutes"]

    assert sorted({*minutes, *(-each for each in minutes)}) == tried


def count_texts(request: SignedRequest) -> tuple[int, int]:
    """Return how many texts, and how many bytes, are tried on a signature that fits none."""
    tried = _Tried(request, Keys(SECRET, PASSPHRASE, API_KEY), generate_rare)
    sizes = [
        len(message)
        for level in range(LIMITS["texts_at_once"] + 1)
        for _, _, attempts in _generate_batches(tried, level)
        for message, _ in attempts
    ]
    return len(sizes), sum(sizes)


# On the machine of *About / Speed* both together take 0.3 s of processor time.
TEXTS_AT_MOST = 100_000
BYTES_AT_MOST = 150_000_000


def make_long_request(size: int) -> SignedRequest:
    body = '[{"instId":"BTC-USDT","clOrdId":"'.ljust(size - len(ORDER) - 3, "a") + '"}]'
    return SignedRequest(ISO, "POST", ORDER, body, "")


@pytest.mark.parametrize("size", [512, 3072, 6144, 8192, 20_000])
def test_of_a_long_request_less_is_tried(size: int) -> None:
    """A digest of a long text takes longer: fewer of them are made."""
    texts, bytes_ = count_texts(make_long_request(size))

    assert texts < TEXTS_AT_MOST
    assert bytes_ < BYTES_AT_MOST


def test_without_a_limit_too_much_would_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okx_guide.diagnose.search._PAIRS_OF_AT_MOST", 4096)

    _, bytes_ = count_texts(make_long_request(4096))

    assert bytes_ > BYTES_AT_MOST


def test_what_was_ruled_out_is_known() -> None:
    ids, pairs = list_tried(make_rejected_request(QUERY, "x"), Keys(SECRET, PASSPHRASE, API_KEY))

    assert pairs
    assert {"query-missing", "clock-read-twice", "wrong-hash", *WRITING} <= set(ids)
    assert "body-missing" not in ids


def test_a_long_request_is_tried_with_one_mistake_and_with_common_pairs() -> None:
    spaceless = BATCH[3].replace(" ", "")
    _, pairs = list_tried(make_rejected_request(BATCH, "x"), Keys(SECRET))

    assert not pairs
    common = search(
        make_rejected_request(BATCH, sign_parts("1607418537", "POST", ORDER, spaceless)), SECRET
    )
    assert common is not None
    assert [each.id for each in common.mistakes] == ["body-reserialised", "epoch-signed"]
    longer = (ISO, "POST", ORDER, json.dumps({"a": "x" * 8000}))
    single = search(make_rejected_request(longer, sign_parts(ISO, "post", *longer[2:])), SECRET)
    assert single is not None
    assert [mistake.id for mistake in single.mistakes] == ["method-case"]
    assert (
        search(make_rejected_request(longer, sign_parts("1607418537", "post", *longer[2:])), SECRET)
        is None
    )


def test_a_fault_of_writing_beside_two_others_makes_three() -> None:
    raw = mac(SECRET, ISO, "post", ORDER, json.dumps(FIELDS))
    finding = search(make_rejected_request(POST, raw.hex()), SECRET)
    assert finding is not None
    assert [each.id for each in finding.mistakes] == [
        "method-case",
        "body-reserialised",
        "hex-digest",
    ]


def test_all_moments_of_a_second_clock_reading_are_tried_once() -> None:
    texts = [text for text, _, _ in generate_moments(SignedRequest(*GET, ""))]

    assert len(texts) == len(set(texts)) == 30342


@pytest.mark.parametrize("place", ["path", "body"])
def test_a_secret_in_the_wrong_place_is_not_told(place: str) -> None:
    for form in (
        SECRET,
        SECRET.lower(),
        quote(SECRET),
        f"x{PASSPHRASE}y",
        SECRET.encode().hex(),
        "".join(f"%{ord(letter):02X}" for letter in SECRET),
        "".join(f"\\u{ord(letter):04x}" for letter in PASSPHRASE),
    ):
        request_ = (
            (ISO, "GET", f"{BALANCE}?key={form}", "")
            if place == "path"
            else (ISO, "POST", ORDER, f'{{"key":"{form}"}}')
        )
        rejected = (
            sign_parts(ISO, "GET", BALANCE) if place == "path" else sign_parts(ISO, "POST", ORDER)
        )
        finding = search(make_rejected_request(request_, rejected), SECRET, passphrase=PASSPHRASE)
        assert finding is not None
        [mistake] = finding.mistakes
        assert form.lower().strip("xy") not in mistake.explanation.lower()
        assert "*" in mistake.explanation


@pytest.mark.parametrize("seconds", [-31, -5.5, -2.001, 2.001, 31])
def test_a_time_of_another_moment_is_not_called_a_second_reading(seconds: float) -> None:
    later = sign_parts(shift_time(milliseconds=int(seconds * 1000)), *GET[1:])
    assert find(make_rejected_request(GET, later), SECRET) is None


def test_an_unset_passphrase_is_not_taken_for_the_secret() -> None:
    mistake = find(make_rejected_request(GET, signature(b"", *GET)), SECRET)
    assert mistake is not None
    assert mistake.id == "secret-missing"


TEXT = st.text() | st.sampled_from(
    [
        "\ud800",
        "\udcff",
        "?",
        "/?\ud800=%ff&&=",
        '{"a":"\\ud800"}',
        '["\\udfff"]',
        "9" * 5000,
        "[" * 990 + "]" * 990,
        "[" * 100_000,
        "NaN",
        "1e999",
        '{"":{}}',
        "\x00\r\n",
    ]
)
TIMES = TEXT | st.sampled_from(
    [
        ISO,
        "0",
        "1538054050",
        "9999999999",
        "0001-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "2020-12-08",
        "2020-W50-2Z",
        "20201208T090857Z",
        "1969-12-31T23:59:59.999Z",
    ]
)


@examples(100)
@given(st.builds(SignedRequest, TIMES, TEXT, TEXT, TEXT, TEXT, TEXT), TEXT, TEXT)
def test_nothing_that_arrives_makes_it_stumble(
    request: SignedRequest, passphrase: str, api_key: str
) -> None:
    assert find(request, SECRET, passphrase=passphrase, api_key=api_key) is None


@pytest.mark.parametrize(("opened", "closed"), ["[]", ('{"a":', "}")])
def test_a_body_as_deep_as_json_can_be_is_read_or_left(opened: str, closed: str) -> None:
    def nest(depth: int) -> str:
        return opened * depth + "1" + closed * depth

    def is_too_deep(depth: int) -> bool:
        try:
            json.loads(nest(depth))
        except RecursionError:
            return True
        return False

    limit = bisect_left(range(200_000), True, key=is_too_deep)
    for depth in range(limit - 30, limit + 2):
        assert (
            find(make_rejected_request(("no time", "POST", ORDER, nest(depth)), "FAKE"), SECRET)
            is None
        )


def test_a_search_that_has_no_time_left_finds_nothing() -> None:
    signed_without_query = signature(SECRET, ISO, "GET", BALANCE)
    request = SignedRequest(ISO, "GET", f"{BALANCE}?ccy=BTC", "", signed_without_query)
    assert find(request, SECRET, seconds=60) is not None
    assert find(request, SECRET, seconds=0) is None
