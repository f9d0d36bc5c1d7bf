"""The signature debugger: the same findings as the command, and nothing leaves the page."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from okx_guide.diagnose import bodies
from okx_guide.diagnose import search as mistakes
from okx_guide.diagnose.catalogue import LIMITS
from okx_guide.diagnose.request import SignedRequest
from okx_guide.signing import sign
from scripts.vectors import write as vectors
from tests.plugins.browser import SCHEMES, RunningBrowser, start_browser
from tests.support.javascript import run_node
from tests.support.patience import SECONDS
from tests.support.raw_http import mac, signature
from tests.support.refusals import load_refusals
from tests.support.rejections import (
    API_KEY,
    DOUBLE_MISTAKES,
    HOST,
    PASSPHRASE,
    SECRET,
    SINGLE_MISTAKES,
)
from tests.support.tools import require_program

FAKE = "22582BD0CFF14C41EDBF1AB98506286D"
NAMES = ("timestamp", "method", "request_path", "body")

Case = dict[str, Any]


@pytest.fixture(scope="module")
def running_browser() -> Iterator[RunningBrowser]:
    """A browser that makes scripts fast: a search makes thousands of digests."""
    with start_browser() as running:
        yield running


def list_cases() -> Iterator[Case]:
    """Yield every rejected signature: the vectors, and those of tests/support/rejections.py."""
    for case in (case for make in vectors.FILES.values() for case in make()["invalid"]):
        keys = {name: case[name] for name in ("secret_key", "passphrase", "api_key")}
        yield {
            **{name: case[name] for name in NAMES},
            **keys,
            "host": "",
            "signature": case["rejected_signature"],
            "expected": [case["mistake"]],
        }
    keys = {"secret_key": SECRET, "passphrase": PASSPHRASE, "api_key": API_KEY, "host": HOST}
    for expected, request, rejected in (
        *(([id_], *case_parts) for id_, *case_parts in SINGLE_MISTAKES),
        *DOUBLE_MISTAKES,
    ):
        parts = dict(zip(NAMES, request, strict=True))
        yield {**parts, **keys, "signature": rejected, "expected": expected}
    spiced = f"/api/v5/account/balance?s={SECRET}&p=%46ake-Pass-1"
    at = "2020-12-08T09:08:57.715Z"
    rejected = sign(SECRET, at, "GET", spiced.partition("?")[0])
    parts = dict(zip(NAMES, (at, "GET", spiced, ""), strict=True))
    yield {**parts, **keys, "signature": rejected, "expected": ["query-missing"]}


# No more mistakes are tried than were made: a rarer one, which the page does not know, is tried
# alone, and not to be found in pairs of others takes longer than all the rest.
CASES = [{**case, "most": len(case["expected"])} for case in list_cases()]
VECTORS = sum(1 for case in CASES if not case["host"])
# Of them, only the command knows these.
RARER = 17


def find_in_python(case: Case) -> Case:
    """Return what the command finds, without the rarer mistakes: a page does not try them."""
    names = (*NAMES, "signature", "host")
    finding = mistakes.search(
        SignedRequest(**{name: case[name] for name in names}),
        case["secret_key"],
        passphrase=case["passphrase"],
        api_key=case["api_key"],
        at_most=case.get("most", LIMITS["mistakes_at_once"]),
        rare=False,
    )
    if finding is None:
        return {"verdict": "unknown", "mistakes": [], "signed": ""}
    assert case["expected"] == [mistake.id for mistake in finding.mistakes]
    results = [asdict(mistake) for mistake in finding.mistakes]
    return {"verdict": "found", "mistakes": results, "signed": finding.signed}


def choose_cases(cases: Iterable[Case]) -> list[Case]:
    """Return the first case of each mistake: what a second engine is tried on."""
    chosen: list[Case] = []
    seen: set[str] = set()
    for case in cases:
        if not seen.issuperset(case["expected"]):
            chosen.append(case)
            seen.update(case["expected"])
    return chosen


@pytest.fixture(scope="module")
def expected_cases() -> list[Case]:
    """What the command says to each of them; few are rarer mistakes, unknown in a page."""
    expected = [find_in_python(case) for case in CASES]
    assert sum(case["verdict"] == "unknown" for case in expected) == RARER
    return expected


# --- in Node -----------------------------------------------------------------------------


SEARCH = """
    const { search } = await import("./diagnose/search.js");
    const results = [];
    for (const one of given) results.push(await search(one, one, one.most));
    console.log(JSON.stringify(results));
"""


def test_node_tells_what_python_tells(expected_cases: list[Case], figures: list[str]) -> None:
    results = run_node(SEARCH, CASES)

    right = sum(
        expected_case == result_case
        for expected_case, result_case in zip(expected_cases, results, strict=True)
    )
    figures.append(
        f"debugger: {right} of {len(CASES)} rejected signatures told as by the command in Node, "
        f"{VECTORS} of them the invalid vectors"
    )
    assert results == expected_cases


def test_node_names_the_refused_signatures_that_python_names() -> None:
    named = choose_cases(
        {**case, "expected": case["mistakes"]} for case in load_refusals() if case["mistakes"]
    )

    results = run_node(SEARCH, named)

    assert [find_in_python(case) for case in named] == results


def test_node_calls_a_valid_vector_correct() -> None:
    valid = [case for make in vectors.FILES.values() for case in make()["valid"]]

    results = run_node(SEARCH, valid)

    assert {"correct"} == {verdict["verdict"] for verdict in results}


BODIES = [
    '{"a":1,"b":[1.50,{"c":null}],"d":true}',
    '{"z":"é<>&\'\\u2028/","a":"\\ud83d\\ude80"}',
    '{"px":1E-8,"big":12345678901234567890,"neg":-0.0,"e":1e400,"f":1e22,"g":123456.5e-9}',
    '{"a":"1","b":"01","c":" 1"}',
    '{"a":"it\'s","b":"\\"q\\"","c":"\\\\"}',
    '{"":"\\u0000\\u001f\\u007f"}',
    '{"\U0001f600":1,"\uffff":2}',
    '{"a":"' + "x" * 3000 + '","b":1}',
    "a=1&b=x+y&c=%E6%AC%A7&a=2&=3&d",
    *("[]", "[{}]", "{}", '""', " {} ", '{"a":1,"a":2}', "\u00a0x\u2003"),
    *("not json", "[1,]", "{,}", '{"a" 1}', "NaN", "nul", "1 2"),
]


def test_node_rewrites_a_body_like_python() -> None:
    program = """
        const { listBodies, listObjects, listQueries } = await import("./diagnose/bodies.js");
        const list = (body) => [...listBodies(body), ...listObjects(body, "/trade/amend-order")];
        const both = (body) => [list(body), [...listQueries(body)]];
        console.log(JSON.stringify(given.map(both)));
    """

    rewritten = run_node(program, BODIES)

    for body, node in zip(BODIES, rewritten, strict=True):
        python = [
            [
                list(row)
                for row in (
                    *bodies.generate_bodies(body),
                    *bodies.print_objects(body, "/trade/amend-order"),
                )
            ],
            list(bodies.encode_as_query(body)),
        ]
        assert python[0] == node[0], body
        assert python[1] == node[1], body


def test_node_hashes_texts_of_every_length_like_python() -> None:
    """A block has 64 bytes, and its padding nine at least: the lengths around both.

    One has more characters than a call may have arguments.
    """
    program = """
        const { md5, prepareHmac, sha224, sha256 } = await import("./diagnose/hashes.js");
        const { toBytes, toHex } = await import("./diagnose/bytes.js");
        const mac = prepareHmac(toBytes("FAKE"));
        const hash = (text) => [md5, sha224, sha256, mac].map((make) => toHex(make(toBytes(text))));
        console.log(JSON.stringify(given.map(hash)));
    """
    texts = ["x" * length for length in (*range(200), 130_000)]

    hashed = run_node(program, texts)

    names = ("md5", "sha224", "sha256")
    assert [
        [
            *(
                hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()
                for name in names
            ),
            mac("FAKE", text).hex(),
        ]
        for text in texts
    ] == hashed


def test_node_gives_no_answer_to_rubbish() -> None:
    rubbish = [
        {**dict.fromkeys(NAMES, text), "signature": text, "secret_key": "FAKE"}
        for text in ("", "?", "%ff%", "\ud800", "{" * 3000, "9" * 13, "2020-02-31T00:00:00.000Z")
    ]

    results = run_node(SEARCH, rubbish)

    assert {"unknown"} == {verdict["verdict"] for verdict in results}


def test_node_stumbles_over_nothing() -> None:
    """Over names that every object has, long bodies, and digits that could be cut anywhere."""
    at = {"timestamp": "2020-12-08T09:08:57.715Z", "method": "POST", "host": ""}
    order = {**at, "request_path": "/api/v5/trade/order", "secret_key": "FAKE"}
    body = '{"constructor":"1","__proto__":"1","toString":"1"}'
    signatures = ["1" * 60 + "x", "12 " * 40 + "x", '{"words":[' + "1" * 60 + "x", "b'\\中aaaa'"]
    requests = [
        {**order, "body": body, "signature": "A" * 43 + "="},
        # More characters than a call may have arguments.
        {**order, "body": "x" * 130_000, "signature": "A" * 43 + "="},
        *({**order, "body": "{}", "signature": text} for text in signatures),
    ]

    results = run_node(SEARCH, requests)

    assert ["unknown"] * len(requests) == [result["verdict"] for result in results]


def test_node_hides_a_secret_behind_a_letter_whose_small_form_is_longer() -> None:
    text = f"\u0130\u0130 {b'Fake-Pass'.hex()}"

    hidden = run_node(
        'const { mask } = await import("./diagnose/mask.js");'
        'console.log(JSON.stringify(mask(given, ["Fake-Pass"])));',
        text,
    )

    assert f"\u0130\u0130 {'*' * 18}" == hidden


# --- in Chromium -------------------------------------------------------------------------


def visit(page: Page, site_url: str) -> Page:
    """Load the debugger, and wait until it is ready for use."""
    page.goto(f"{site_url}troubleshooting/invalid-sign/")
    page.locator("#panel-verify").wait_for()
    return page


@pytest.fixture
def debugger(kept_page: Page, site_url: str) -> Page:
    """The debugger, loaded anew in the page that the tests of this file share."""
    return visit(kept_page, site_url)


@pytest.fixture
def loaded(kept_page: Page, site_url: str) -> Page:
    """The debugger, as the test before has left it: for what its state does not change."""
    if kept_page.locator("#panel-verify").is_visible():
        return kept_page
    return visit(kept_page, site_url)


@pytest.fixture
def first_visit(page: Page, site_url: str) -> Page:
    """The debugger in a browser that has never seen the site."""
    return visit(page, site_url)


@pytest.fixture
def later_requests(first_visit: Page) -> list[str]:
    """What the page asks for after it was loaded; the browser may fetch its icon late."""
    first_visit.wait_for_load_state("networkidle")
    icon = first_visit.locator("link[rel=icon]").evaluate("link => link.href")
    urls: list[str] = []

    def note(request: Request) -> None:
        if request.url != icon:
            urls.append(request.url)

    first_visit.on("request", note)
    return urls


def find_panel(page: Page, name: str) -> Locator:
    return page.locator(f"#panel-{name}")


def test_chromium_tells_what_python_tells(
    loaded: Page, site_url: str, expected_cases: list[Case], figures: list[str]
) -> None:
    cases = choose_cases(CASES)

    results = loaded.evaluate(
        """async ({ url, cases }) => {
            const { search } = await import(url);
            const results = [];
            for (const one of cases) results.push(await search(one, one, one.most));
            return results;
        }""",
        {"url": f"{site_url}javascripts/diagnose/search.js", "cases": cases},
    )

    assert [expected_cases[CASES.index(case)] for case in cases] == results
    figures.append(f"debugger: {len(cases)} kinds of rejected signatures the same in Chromium")


def test_it_signs_and_shows_every_byte(debugger: Page) -> None:
    signing = find_panel(debugger, "sign")
    signing.get_by_label("Typed into this page").check()
    expect(signing.get_by_label("The signature", exact=True)).to_have_text(
        "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="
    )

    signing.get_by_label("Method").select_option("POST")
    signing.get_by_label("Path with query").fill("/api/v5/trade/order")
    signing.get_by_label("Body").fill('{"a": "é"}\n')
    signing.get_by_role("button", name="Now").click()

    at = signing.get_by_label("Timestamp").input_value()
    expected = sign(FAKE, at, "POST", "/api/v5/trade/order", '{"a": "é"}\n')
    expect(signing.get_by_label("The signature", exact=True)).to_have_text(expected)

    # Every byte of the text is visible.
    signing.get_by_label("Body").fill("{ é\t\n}")

    expect(signing.get_by_label("The text that is signed")).to_have_text(
        f"{at}POST/api/v5/trade/order{{␣\\xc3\\xa9\\t\\n}}"
    )
    signing.get_by_text("Every byte in hex").click()
    rows = signing.get_by_label("The same text as bytes").inner_text().splitlines()
    assert rows[0] == f"{at[:8].encode().hex(' ')}  {at[:8]}"
    shown = bytes.fromhex("".join(row[:23] for row in rows))
    assert f"{at}POST/api/v5/trade/order{{ é\t\n}}".encode() == shown


def test_it_verifies_with_a_secret_in_the_page(debugger: Page) -> None:
    verifying = find_panel(debugger, "verify")
    verifying.get_by_label("Typed into this page").check()
    assert "fake" in str(verifying.locator("label[for=verify-secret]").text_content())
    verifying.get_by_role("button", name="Find the mistake").click()

    verdict = verifying.get_by_role("status")
    expect(verdict).to_contain_text("This mistake makes exactly your signature:")
    expect(verdict).to_contain_text("query-missing")
    expect(verdict).to_contain_text("first difference is character 51")
    assert verdict.locator("mark").all_inner_texts() == ["?", "(end)"]
    link = verdict.get_by_role("link", name="Read: Signing rules")
    assert str(link.get_attribute("href")).endswith(
        "/reference/signing/#the-query-belongs-to-the-path"
    )
    link.click()
    expect(debugger.locator("#the-query-belongs-to-the-path")).to_be_visible()


def test_it_says_what_a_signature_is(debugger: Page) -> None:
    verifying = find_panel(debugger, "verify")
    verifying.get_by_label("Typed into this page").check()
    for refused, message in (
        ("HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=", "The signature is right"),
        ("A" * 43 + "=", "No known mistake makes this signature."),
        ("<img src=x onerror=alert(1)>", "This is no signature: it has 28 characters"),
        ("<signature>", "Not filled in yet: the signature."),
        ("", "Fill in the signature."),
        ("********", "This is no signature: it has 8 characters"),
        (f"'{FAKE.lower()}'", "What is given as the signature is the secret key."),
        ("Fake-Pass-1", "What is given as the signature is the passphrase."),
        ("00000000-0000-4000-8000-000000000002", "What is given as the signature is the API key."),
    ):
        # This empties the verdict on the signature before.
        verifying.get_by_label("The signature that was refused").fill(refused)
        expect(verifying.get_by_role("status")).to_be_empty()
        verifying.get_by_role("button", name="Find the mistake").click()

        expect(verifying.get_by_role("status")).to_contain_text(message)


REFUSED_FORMS = [
    ("1607418537715", "/api/v5/account/config", "timestamp-unix"),
    ("2199-12-08T09:08:57.715Z", "/api/v5/account/config", "timestamp-ahead"),
    ("2020-12-08T09:08:57Z", "/api/v5/account/config", "timestamp-seconds"),
    ("2020-12-08T09:08:57.715Z", "https://www.okx.com/api/v5/account/config", "full-url"),
    ("2020-12-08T09:08:57.715Z", "api/v5/account/config", "does not begin with a slash"),
]


@pytest.mark.parametrize("where", ["here", "there"])
def test_what_okx_refuses_anyway_is_never_called_right(debugger: Page, where: str) -> None:
    verifying = find_panel(debugger, "verify")
    answer = verifying.get_by_role("status")
    if where == "here":
        verifying.get_by_label("Typed into this page").check()
    for at, path, complaint in REFUSED_FORMS:
        refused = signature(FAKE, at, "GET", path)
        verifying.get_by_label("Timestamp").fill(at)
        verifying.get_by_label("Path with query").fill(path)
        # This empties the verdict on the request before.
        verifying.get_by_label("The signature that was refused").fill(refused)
        expect(answer).to_be_empty()
        if where == "here":
            verifying.get_by_role("button", name="Find the mistake").click()
        else:
            command = verifying.get_by_label("The command", exact=True)
            paste(verifying, read_result(command.inner_text()))
            if complaint == "full-url":
                expect(answer).to_contain_text("not the right one")
                paste(verifying, read_results(command.inner_text(), refused))

        expect(answer).to_contain_text(complaint)
        expect(answer).not_to_contain_text("The signature is right")


def paste(verifying: Locator, printed: str) -> None:
    """Paste what a command printed; to type 800 lines, as `fill` does, takes the browser ages."""
    verifying.get_by_label("What the command printed").evaluate(
        """(field, printed) => {
            field.value = printed;
            field.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        printed,
    )


def read_result(command: str, secret: str = FAKE) -> str:
    """Run what the page shows, as a reader does."""
    require_program("openssl")
    result = subprocess.run(
        [require_program("bash"), "-euo", "pipefail", "-c", command],
        env={**os.environ, "OKX_SECRET_KEY": secret},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return result.stdout


def read_results(command: str, refused: str) -> str:
    """Return what the command for many texts prints, without two processes for each of them.

    openssl signs the text of the refused signature, and others in which every character of all
    occurs; Python signs the rest.
    """
    loop, document, *lines, end = command.splitlines()
    assert (document, end) == ("done <<'TEXTS'", "TEXTS")
    signatures = [signature(FAKE, decode_line(line)) for line in lines]
    chosen, known = {signatures.index(refused)}, set[str]()
    for number, line in enumerate(lines):
        letters = set(re.findall(r"\\0[0-7]{3}|.", line))
        if not letters <= known:
            chosen.add(number)
            known |= letters
    sample = sorted(chosen)
    printed = read_result("\n".join((loop, document, *(lines[number] for number in sample), end)))
    assert [signatures[number] for number in sample] == printed.split()
    return "\n".join((*signatures, ""))


def decode_line(line: str) -> bytes:
    """Return what `printf '%b'` prints for a line of the command."""
    octal = re.compile(rb"\\0([0-7]{3})")
    return octal.sub(lambda match: bytes([int(match[1], 8)]), line.encode("ascii"))


# What a shell, printf and openssl could each take for something else.
ODD = 'it\'s \\n %s \\u00e9 $HOME {"é": 1}'


def test_by_default_openssl_signs_and_the_page_never_sees_the_secret(debugger: Page) -> None:
    at = "2020-12-08T09:08:57.715Z"
    verifying = find_panel(debugger, "verify")
    for body, signed, expected in (
        ("", ("", "GET", "/api/v5/account/balance?ccy=BTC", ""), "The signature is right"),
        (f"{ODD}\n", ("", "get", "/api/v5/account/balance?ccy=BTC", f"{ODD}\n"), "method-case"),
    ):
        verifying.get_by_label("Body").fill(body)
        refused = signature(FAKE, at, *signed)
        verifying.get_by_label("The signature that was refused").fill(refused)
        assert verifying.locator("#verify-secret").is_hidden()
        command = verifying.get_by_label("The command", exact=True)
        printed = read_result(command.inner_text())
        assert len(printed.split()) == 1
        verifying.get_by_label("What the command printed").fill(printed)
        if expected != "The signature is right":
            expect(verifying.get_by_role("status")).to_contain_text("not the right one")
            paste(verifying, read_results(command.inner_text(), refused))

        expect(verifying.get_by_role("status")).to_contain_text(expected)


def test_what_none_of_the_texts_makes_is_unknown(debugger: Page) -> None:
    verifying = find_panel(debugger, "verify")
    answer = verifying.get_by_role("status")
    verifying.get_by_label("What the command printed").fill("(stdin)= 0123")
    expect(answer).to_contain_text("exactly what the command printed: 1")

    refused = signature(FAKE, "2020-12-08T09:08:57.715Z", "x", "GET", "x", "")
    verifying.get_by_label("The signature that was refused").fill(refused)
    right = read_result(verifying.get_by_label("The command", exact=True).inner_text())
    verifying.get_by_label("What the command printed").fill(right)
    expect(answer).to_contain_text("not the right one")
    [count] = re.findall(r"This signs the (\d+) texts", verifying.inner_text())

    paste(verifying, right * int(count))

    expect(answer).to_contain_text("None of these texts was signed.")


# --- nothing leaves the page -------------------------------------------------------------


def test_no_request_leaves_the_page_after_load(
    first_visit: Page, later_requests: list[str], figures: list[str]
) -> None:
    before = first_visit.url
    secret = "FAKE" * 8
    for name, button in (("sign", "Now"), ("verify", "Find the mistake")):
        shown = find_panel(first_visit, name)
        shown.get_by_label("Typed into this page").check()
        shown.get_by_role("textbox", name="Secret (").fill(secret)
        shown.get_by_label("Body").fill(json.dumps({"secret": secret}))
        shown.get_by_role("button", name=button).click()
    expect(find_panel(first_visit, "verify").get_by_role("status")).to_contain_text(
        "No known mistake"
    )
    first_visit.wait_for_timeout(300)

    assert later_requests == []
    assert before == first_visit.url
    stored = first_visit.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])"
    )
    assert secret not in stored
    assert first_visit.context.cookies() == []
    figures.append(f"debugger: {len(later_requests)} requests after load, with both panels used")


def test_the_search_loads_its_own_files_and_sends_nothing(
    first_visit: Page, later_requests: list[str]
) -> None:
    first_visit.locator("input[name=query]").fill("golang")
    expect(first_visit.locator(".md-search-result__meta")).to_have_text(
        re.compile(r"\d+ matching document")
    )

    worker, index = sorted(later_requests)
    assert re.fullmatch(r"http://[^/?]+/assets/javascripts/workers/search\.\w+\.min\.js", worker)
    assert re.fullmatch(r"http://[^/?]+/search/search_index\.js", index)


def test_after_something_was_typed_the_search_asks_for_a_reload(loaded: Page) -> None:
    find_panel(loaded, "verify").get_by_label("On my machine").focus()

    query = loaded.locator("input[name=query]")
    expect(query).to_have_attribute("placeholder", "Reload the page to search")


def attempt(page: Page, code: str, number: int) -> str:
    """Run code in the page, and return the rule of a policy by which the browser refuses it."""
    return str(
        page.evaluate(
            f"""(number) => new Promise((refused) => {{
                addEventListener("securitypolicyviolation", (event) => {{
                    // The attempt before may be refused once more, and late. Of another host,
                    // some rules name no more than the host.
                    const named = /:\\d+\\/(\\d+)\\//.exec(event.blockedURI);
                    if (!named || named[1] === String(number)) refused(event.effectiveDirective);
                }});
                const add = (name, fields) =>
                    document.body.append(Object.assign(document.createElement(name), fields))
                try {{ {code} }} catch {{}}
            }})""",
            number,
        )
    )


# What could send something away, and the rule that refuses it.
ATTEMPTS = [
    ("fetch('HOST/index.html?secret').catch(() => {})", "connect-src"),
    ("const x = new XMLHttpRequest(); x.open('GET', 'HOST/?secret'); x.send()", "connect-src"),
    ("navigator.sendBeacon('HOST/x', 'secret')", "connect-src"),
    ("new WebSocket('ws://127.0.0.1:9/NUMBER/')", "connect-src"),
    ("new EventSource('HOST/x?secret')", "connect-src"),
    ("new Image().src = 'HOST/x.png?secret'", "img-src"),
    ("add('link', { rel: 'stylesheet', href: 'HOST/x.css?secret' })", "style-src-elem"),
    ("add('style', { textContent: '@import \"HOST/x.css?secret\"' })", "style-src-elem"),
    ("add('script', { src: 'HOST/x.js?secret' })", "script-src-elem"),
    ("import('HOST/x.js?secret').catch(() => {})", "script-src-elem"),
    ("add('iframe', { src: 'HOST/?secret' })", "frame-src"),
    ("add('video', { src: 'HOST/x.mp4?secret' })", "media-src"),
    ("add('object', { data: 'HOST/x?secret' })", "object-src"),
    ("new FontFace('x', 'url(HOST/x.woff2?secret)').load().catch(() => {})", "font-src"),
    ("new Worker('/NUMBER/x.js?secret')", "worker-src"),
    (
        "add('form', { action: 'HOST/x', id: 'fNUMBER' });"
        "document.querySelector('#fNUMBER').submit()",
        "form-action",
    ),
]


def test_the_browser_itself_refuses_to_send(
    first_visit: Page, later_requests: list[str], problems: list[str]
) -> None:
    answered: list[str] = []
    first_visit.on("response", lambda response: answered.append(response.url))

    # Whoever types was here before.
    find_panel(first_visit, "verify").get_by_label("On my machine").focus()

    refused = []
    hosts = ("", "http://127.0.0.1:9")
    for number, (host, (code, _)) in enumerate(product(hosts, ATTEMPTS)):
        text = code.replace("HOST", f"{host}/NUMBER").replace("NUMBER", str(number))
        refused.append((code, attempt(first_visit, text, number)))

    assert refused == [*ATTEMPTS, *ATTEMPTS]

    # A refused request is counted as asked for, and has no answer.
    assert [url for url in later_requests if url in answered] == []
    first_visit.goto("about:blank")  # what the console has still to say comes before
    problems.clear()


def test_without_its_lock_a_picture_would_leave(page: Page, site_url: str) -> None:
    """The check above can fail: this is the page as it would be without its script."""
    page.route("**/debugger*.js", lambda route: route.fulfill(content_type="text/javascript"))
    picture = "<svg xmlns='http://www.w3.org/2000/svg'/>"
    page.route(
        "**/x.svg?secret", lambda route: route.fulfill(content_type="image/svg+xml", body=picture)
    )
    page.goto(f"{site_url}troubleshooting/invalid-sign/")
    with page.expect_response("**/x.svg?secret"):
        page.evaluate("() => { new Image().src = '/x.svg?secret' }")


def test_a_reload_keeps_nothing_of_what_was_typed(debugger: Page) -> None:
    verifying = find_panel(debugger, "verify")
    verifying.get_by_label("Typed into this page").check()
    verifying.get_by_role("textbox", name="Secret (").fill("FAKE-OTHER")
    debugger.reload()
    verifying.wait_for()

    assert verifying.get_by_label("On my machine").is_checked()
    assert verifying.locator("#verify-secret").input_value() == FAKE


# --- everybody can use it ----------------------------------------------------------------


def test_it_can_be_used_without_a_mouse_and_without_a_network(first_visit: Page) -> None:
    first_visit.context.set_offline(True)
    first_visit.locator("#verify-signature").focus()
    reached = []
    for _ in range(12):
        first_visit.keyboard.press("Tab")
        reached.append(
            first_visit.evaluate(
                "(e => e.id || e.value || e.textContent.trim())(document.activeElement)"
            )
        )
        if "there" in reached and "here" not in reached:
            first_visit.keyboard.press("ArrowDown")
            reached.append("here")
        if reached[-1] == "Find the mistake":
            first_visit.keyboard.press("Enter")
            break

    assert {"verify-secret", "verify-passphrase", "verify-key", "Find the mistake"} <= set(reached)
    expect(find_panel(first_visit, "verify").get_by_role("status")).to_contain_text("query-missing")


def test_every_field_has_a_label(loaded: Page) -> None:
    unlabelled = loaded.evaluate(
        """[...document.querySelectorAll(".debugger :is(input, select, textarea)")]
            .filter((field) => !field.labels.length).map((field) => field.outerHTML)"""
    )

    assert unlabelled == []


CONTRAST = """(scheme) => {
    const parse = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const over = ([r, g, b, a = 1], under) => [r, g, b].map((v, i) => v * a + under[i] * (1 - a));
    const background = (element) => {
        if (!element) return [255, 255, 255];
        const color = parse(getComputedStyle(element).backgroundColor);
        return over(color, (color[3] ?? 1) < 1 ? background(element.parentElement) : [0, 0, 0]);
    };
    const all = "p, pre, mark, label, legend, input, textarea, button, summary";
    return [...document.querySelectorAll(`.debugger :is(${all})`)]
        .filter((element) => element.getClientRects().length)
        .map((element) => {
            const behind = background(element);
            const front = over(parse(getComputedStyle(element).color), behind);
            const [dark, light] = [luminance(front), luminance(behind)].sort((a, b) => a - b);
            return [element.tagName + "." + element.className, (light + 0.05) / (dark + 0.05)];
        });
}"""


def test_it_can_be_read_on_a_small_screen(page: Page, site_url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        verifying = find_panel(visit(page, site_url), "verify")
        verifying.get_by_label("Typed into this page").check()
        verifying.get_by_role("button", name="Find the mistake").click()
        expect(verifying.get_by_role("status")).to_contain_text("query-missing")

        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        contrasts = page.evaluate(CONTRAST, scheme)
        assert len(contrasts) > 20
        assert [pair for pair in contrasts if pair[1] < 4.5] == []


def test_without_javascript_it_names_the_command(browser: Any, site_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site_url}troubleshooting/invalid-sign/")

    assert page.get_by_text("okx-guide diagnose").first.is_visible()
    assert page.locator("#panel-verify").is_hidden()
    context.close()
