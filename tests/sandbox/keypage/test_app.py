"""The key page without a browser: its rules, its protection, and what it must never do."""

import html
import re
import shlex
import subprocess
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from okx_guide import Credentials, OkxAuth, facts
from okx_guide.sandbox import PRACTICE_KEY, Key, RunningSandbox, running
from okx_guide.sandbox.certificates import make_certificate
from okx_guide.sandbox.keypage.sessions import COOKIE, HEADERS, TOKEN
from okx_guide.sandbox.state.keyring import CODE_SECONDS, KEYS_AT_MOST, TRIES, Keyring
from okx_guide.sandbox.state.store import Store
from tests.support.disk import FULL, refuse_commit
from tests.support.patience import SECONDS
from tests.support.properties import examples
from tests.support.raw_http import NOW, send_request

LIST = "/account/my-api"
DEMO, LIVE = "go-demo-trading=1", "go-live-trading=1"
GOOD: dict[str, Any] = {
    "label": "bot",
    "account": "",
    "purpose": "API trading",
    "ips": "",
    "permissions": ["read_only", "trade"],
    "passphrase": "Fake-pass-1",
}
MARK = "practice \N{EN DASH} not OKX"


@dataclass
class Visitor:
    """A browser without eyes: it keeps its cookie and sends the forms it was given."""

    url: str
    session: requests.Session

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(
            self.url + path, headers=headers, timeout=SECONDS, allow_redirects=False
        )

    def post(
        self, path: str, *, at: str = "", token: str | None = None, **fields: Any
    ) -> requests.Response:
        """Send the form of the page `at`, or of the same path, with these fields."""
        if token is None:
            token = read_token(self.get(at or path).text)
        return self.session.post(
            self.url + path, data={TOKEN: token, **fields}, timeout=SECONDS, allow_redirects=False
        )

    def propose(self, environment: str = DEMO, **changes: Any) -> requests.Response:
        return self.post(f"{LIST}/new?{environment}", **GOOD | changes)

    def read_code(self, label: str = "bot") -> str:
        match = re.search(
            rf'<code class="code">(\d{{6}})</code>(?:(?!</li>).)*?<strong>{label}</strong>',
            self.get("/account/inbox").text,
            re.DOTALL,
        )
        assert match, f"no code for {label}"
        return match[1]

    def verify(self, waiting: str, code: str) -> requests.Response:
        return self.post(waiting, code=code)

    def make(self, environment: str = DEMO, **changes: Any) -> str:
        """Make a key and return the page that shows its secret."""
        proposed = self.propose(environment, **changes)
        assert proposed.status_code == 303, proposed.text
        verified = self.verify(
            proposed.headers["Location"], self.read_code(changes.get("label", "bot"))
        )
        assert verified.status_code == 303, verified.text
        return str(self.get(verified.headers["Location"]).text)


def open_visitor(url: str) -> Visitor:
    session = requests.Session()
    session.trust_env = False
    return Visitor(url, session)


def read_token(page: str) -> str:
    match = re.search(rf'name="{TOKEN}" value="([0-9a-f]+)"', page)
    return match[1] if match else ""


def read_text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", page))


def read_secret(page: str) -> str:
    match = re.search(r'id="secret_key"[^>]*value="([0-9A-F]{32})"', page)
    assert match, "the page shows no secret"
    return match[1]


def is_protected(answer: requests.Response) -> bool:
    return all(answer.headers.get(name) == value for name, value in HEADERS.items())


def get_last_key(sandbox: RunningSandbox) -> Key:
    return list(sandbox.exchange.keys)[-1]


@pytest.fixture
def browser_visitor(sandbox: RunningSandbox) -> Visitor:
    return open_visitor(sandbox.url)


# --- from form to key -------------------------------------------------------------------


def test_a_key_is_made_by_form_and_code_and_opens_the_account(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    page = browser_visitor.make(ips="127.0.0.1, 2001:db8::/32 ::1", account="practice1")
    key = get_last_key(sandbox)
    assert (key.label, key.account, key.demo, key.site) == ("bot", "practice1", True, "global")
    assert key.ips == ("127.0.0.1", "2001:db8::/32", "::1")
    assert read_secret(page) == key.secret_key
    credentials = Credentials(key.api_key, key.secret_key, "Fake-pass-1")
    url = sandbox.url + "/api/v5/account/config"
    answer = requests.get(
        url, auth=OkxAuth(credentials, demo=True, clock=lambda: NOW), timeout=SECONDS
    )
    assert answer.json()["data"][0]["label"] == "bot"


def test_before_the_code_there_is_no_key(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    waiting = browser_visitor.propose().headers["Location"]
    assert list(sandbox.exchange.keys) == [replace(PRACTICE_KEY, created=NOW)]
    shown = read_text(browser_visitor.get(f"{LIST}?{DEMO}").text)
    assert "Waiting for a code" in shown
    assert "Enter the code for bot" in shown
    assert "Waiting" not in read_text(browser_visitor.get(f"{LIST}?{LIVE}").text)
    # The code is in the inbox alone.
    code = browser_visitor.read_code()
    for path in (waiting, f"{LIST}?{DEMO}", f"{LIST}/new"):
        assert code not in browser_visitor.get(path).text


def test_the_secret_is_shown_once(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    waiting = browser_visitor.propose().headers["Location"]
    location = browser_visitor.verify(waiting, browser_visitor.read_code()).headers["Location"]
    secret = get_last_key(sandbox).secret_key
    # Options for by another browser it is neither shown nor used up.
    assert open_visitor(sandbox.url).get(location).status_code == 303
    assert secret in browser_visitor.get(location).text
    second = browser_visitor.get(location)
    assert (second.status_code, second.headers["Location"]) == (
        303,
        location.removesuffix("/secret"),
    )
    for path in (location.removesuffix("/secret"), f"{LIST}?{DEMO}", "/account/inbox"):
        assert secret not in browser_visitor.get(path).text
        assert "Fake-pass-1" not in browser_visitor.get(path).text


def test_a_secret_that_nobody_came_for_is_not_shown_later(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    waiting = browser_visitor.propose().headers["Location"]
    location = browser_visitor.verify(waiting, browser_visitor.read_code()).headers["Location"]
    sandbox.exchange.clock.advance(601)
    assert browser_visitor.get(location).status_code == 303


# What the page says to paste; "`" makes a quotation mark literal.
POWERSHELL = (
    "Get-Content okx-bot.env | ForEach-Object { $n, $v = $_ -split '=', 2; "
    """Set-Item "env:$n" ($v -replace "^'|'$" -replace "'`"'`"'", "'") }"""
)


def read_as_powershell(text: str) -> dict[str, str]:
    """Return the variables that this line sets; no PowerShell is here to do it."""
    pairs = [line.split("=", 1) for line in text.splitlines()]
    return {name: re.sub("""'"'"'""", "'", re.sub("^'|'$", "", value)) for name, value in pairs}


@pytest.mark.parametrize("passphrase", ["Fake-pa$$#1", "It's-Fake-1", 'Fake"\\`!1'])
def test_the_files_hold_what_was_chosen(
    sandbox: RunningSandbox, browser_visitor: Visitor, tmp_path: Path, passphrase: str
) -> None:
    page = browser_visitor.make(passphrase=passphrase)
    key = get_last_key(sandbox)
    ticket = re.search(r'name="ticket" value="([0-9a-f]+)"', page)
    assert ticket
    path = f"{LIST}/key/{key.api_key}/secret"
    fields = {"token": read_token(page), "ticket": ticket[1]}

    env = browser_visitor.post(path, file="env", **fields)
    toml = browser_visitor.post(path, file="toml", **fields)

    assert env.headers["Content-Disposition"] == 'attachment; filename="okx-bot.env"'
    assert toml.headers["Content-Disposition"] == 'attachment; filename="okx-bot.toml"'
    (tmp_path / "of.env").write_text(env.text, encoding="utf-8")
    script = "set -a; . ./of.env; set +a; exec /usr/bin/env -0"
    result = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    variables = dict(pair.split("=", 1) for pair in result.stdout.split("\0") if pair)
    assert POWERSHELL in html.unescape(page)
    assert variables | read_as_powershell(env.text) == variables
    assert len(read_as_powershell(env.text)) == 5
    expected = Credentials(key.api_key, key.secret_key, passphrase)
    assert Credentials.from_env(variables) == expected
    assert variables["OKX_API_BASE_URL"] == sandbox.url
    assert variables["OKX_WS_URL"] == sandbox.hosts["global"].ws_demo
    (tmp_path / "config.toml").write_text(toml.text, encoding="utf-8")
    assert Credentials.from_file(tmp_path / "config.toml", "bot") == expected
    assert tomllib.loads(toml.text)["profiles"]["bot"]["demo"] is True


def test_the_files_name_the_address_that_was_called(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    page = browser_visitor.make(LIVE)
    ticket = re.search(r'name="ticket" value="([0-9a-f]+)"', page)
    assert ticket
    # The library would take the cookie for another host's.
    cookie = f"{COOKIE}={browser_visitor.session.cookies[COOKIE]}"
    browser_visitor.session.headers.update({"Host": "[::1]:1", "Cookie": cookie})
    path = f"{LIST}/key/{get_last_key(sandbox).api_key}/secret"
    env = browser_visitor.post(path, token=read_token(page), ticket=ticket[1], file="env")
    variables = dict(line.split("=", 1) for line in shlex.split(env.text))
    port = sandbox.url.rpartition(":")[2]
    assert variables["OKX_API_BASE_URL"] == f"http://[::1]:{port}"
    assert variables["OKX_WS_URL"] == f"ws://[::1]:{port}/ws/v5"


def test_over_tls_the_files_name_addresses_with_tls(tmp_path: Path) -> None:
    certificate = make_certificate()
    authority = tmp_path / "ca.pem"
    authority.write_bytes(certificate.authority)
    with running(context=certificate.context) as secure:
        visitor = open_visitor(secure.url)
        visitor.session.verify = str(authority)
        page = visitor.make()
        ticket = re.search(r'name="ticket" value="([0-9a-f]+)"', page)
        assert ticket
        path = f"{LIST}/key/{get_last_key(secure).api_key}/secret"
        env = visitor.post(path, token=read_token(page), ticket=ticket[1], file="env")
        variables = dict(line.split("=", 1) for line in shlex.split(env.text))
        assert variables["OKX_API_BASE_URL"] == secure.url
        assert variables["OKX_WS_URL"] == secure.hosts["global"].ws_demo
        assert secure.hosts["global"].ws_demo.startswith("wss://")


def test_the_files_need_the_ticket_of_the_page(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    page = browser_visitor.make()
    key = get_last_key(sandbox)
    path = f"{LIST}/key/{key.api_key}/secret"
    ready_key_path = f"{LIST}/key/{PRACTICE_KEY.api_key}/secret"
    ticket = re.search(r'name="ticket" value="([0-9a-f]+)"', page)
    assert ticket
    token = read_token(page)
    for address, wrong in ((path, ""), (path, "0" * 32), (ready_key_path, ticket[1])):
        refused = browser_visitor.post(address, token=token, ticket=wrong, file="env")
        assert refused.status_code == 410
        assert key.secret_key not in refused.text
        assert PRACTICE_KEY.secret_key not in refused.text
    sandbox.exchange.clock.advance(601)
    assert browser_visitor.post(path, token=token, ticket=ticket[1], file="env").status_code == 410


# --- the code ---------------------------------------------------------------------------


def test_a_code_is_good_once(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    waiting = browser_visitor.propose().headers["Location"]
    code, token = browser_visitor.read_code(), read_token(browser_visitor.get(waiting).text)
    assert browser_visitor.post(waiting, token=token, code=f" {code} ").status_code == 303
    second = browser_visitor.post(waiting, token=token, code=code)
    assert (second.status_code, len(sandbox.exchange.keys)) == (404, 2)


def test_five_wrong_codes_end_it(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    waiting = browser_visitor.propose().headers["Location"]
    code, token = browser_visitor.read_code(), read_token(browser_visitor.get(waiting).text)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for left in range(TRIES - 1, 0, -1):
        refused = browser_visitor.post(waiting, token=token, code=wrong)
        assert refused.status_code == 422
        assert f"{left} {'try is' if left == 1 else 'tries are'} left" in refused.text
    assert browser_visitor.post(waiting, token=token, code=wrong).status_code == 410
    assert browser_visitor.post(waiting, token=token, code=code).status_code == 404
    assert len(sandbox.exchange.keys) == 1


def test_a_request_that_was_ended_stays_ended_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Store(path) as store, running(store=store) as sandbox:
        reader = open_visitor(sandbox.url)
        waiting = reader.propose().headers["Location"]
        token = read_token(reader.get(waiting).text)
        for _ in range(TRIES):
            refused = reader.post(waiting, token=token, code="wrong")
        assert refused.status_code == 410
    with Store(path) as store, running(store=store) as sandbox:
        assert sandbox.exchange.keys.list_pending() == []


def test_a_request_that_ends_in_this_moment_is_gone(
    browser_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = browser_visitor.propose().headers["Location"]
    code, token = browser_visitor.read_code(), read_token(browser_visitor.get(waiting).text)

    def expire(ring: Keyring, name: str, code: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(Keyring, "verify", expire)
    assert browser_visitor.post(waiting, token=token, code=code).status_code == 404


@pytest.mark.parametrize("code", ["", "0", "é" * 6, "\0", "1" * 10_000])
def test_what_is_no_code_is_a_wrong_code(browser_visitor: Visitor, code: str) -> None:
    waiting = browser_visitor.propose().headers["Location"]
    assert browser_visitor.verify(waiting, code).status_code == 422


def test_a_code_gets_old(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    waiting = browser_visitor.propose().headers["Location"]
    code, token = browser_visitor.read_code(), read_token(browser_visitor.get(waiting).text)
    sandbox.exchange.clock.advance(CODE_SECONDS + 1)
    assert browser_visitor.post(waiting, token=token, code=code).status_code == 404
    assert "There is no message" in browser_visitor.get("/account/inbox").text


def test_a_request_can_be_cancelled(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    waiting = browser_visitor.propose().headers["Location"]
    answer = browser_visitor.post(f"{waiting}/cancel", at=waiting)
    assert answer.headers["Location"] == f"{LIST}?{DEMO}&done=cancelled"
    assert "No key was made." in browser_visitor.get(answer.headers["Location"]).text
    assert browser_visitor.get(waiting).status_code == 404
    # Typed into the address bar, the address of that form leads back.
    assert browser_visitor.get(f"{waiting}/cancel").headers["Location"] == waiting


def test_a_name_that_was_taken_meanwhile_is_refused_with_the_form(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    first, second = (browser_visitor.propose(ips="::1").headers["Location"] for _ in range(2))
    codes = re.findall(r'<code class="code">(\d{6})', browser_visitor.get("/account/inbox").text)
    assert browser_visitor.verify(second, codes[0]).status_code == 303
    refused = browser_visitor.verify(first, codes[1])
    assert refused.status_code == 422
    assert "59502" in refused.text
    assert "\n::1</textarea>" in refused.text
    assert len(sandbox.exchange.keys) == 2


def test_only_so_many_requests_wait(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    token = read_token(browser_visitor.get(f"{LIST}/new").text)
    responses = [
        browser_visitor.post(f"{LIST}/new", token=token, **GOOD | {"label": f"bot{number}"})
        for number in range(KEYS_AT_MOST + 1)
    ]
    assert len(sandbox.exchange.keys.list_pending()) == KEYS_AT_MOST
    assert browser_visitor.get(responses[0].headers["Location"]).status_code == 404
    assert browser_visitor.get(responses[-1].headers["Location"]).status_code == 200


# --- rules ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"label": ""}, "label", "51000"),
        ({"label": "two words"}, "label", "51000"),
        ({"label": "x" * 51}, "label", "51000"),
        ({"label": "Müller"}, "label", "51000"),
        ({"label": "practice"}, "label", "59502"),
        ({"ips": "localhost"}, "ips", "51000"),
        ({"ips": "10.0.0.1/8"}, "ips", "51000"),
        ({"ips": " ".join(f"10.0.0.{n}" for n in range(21))}, "ips", "59503"),
        ({"permissions": []}, "permissions", "51000"),
        ({"permissions": ["admin"]}, "permissions", "51000"),
        ({"permissions": ["withdraw"], "account": "practice2"}, "permissions", "59504"),
        ({"passphrase": "Sh0rt-"}, "passphrase", "59505"),
        ({"passphrase": "Long-0" + "x" * 27}, "passphrase", "59505"),
        ({"passphrase": "no-capital-1"}, "passphrase", "59505"),
        ({"passphrase": "No-digit-at-all"}, "passphrase", "59505"),
        ({"passphrase": "NoSpecial1"}, "passphrase", "59505"),
        ({"passphrase": "With a space-1"}, "passphrase", "59505"),
        ({"passphrase": "Pässword-1"}, "passphrase", "59505"),
        ({"account": "elsewhere"}, "account", ""),
        ({"purpose": "Linking third-party apps"}, "purpose", ""),
        ({"purpose": "else"}, "purpose", ""),
    ],
)
def test_a_broken_rule_is_told_beside_its_field(
    sandbox: RunningSandbox,
    browser_visitor: Visitor,
    changes: dict[str, Any],
    field: str,
    code: str,
) -> None:
    refused = browser_visitor.propose(**changes)

    assert refused.status_code == 422
    messages = re.search(
        rf'<p class="mistake" id="{field}-mistake">(.*?)</p>', refused.text, re.DOTALL
    )
    assert messages, refused.text
    assert refused.text.count('class="mistake"') == 1
    if code:
        message = facts.load("errors")[code].value["message"].partition("{")[0]
        assert f"{code} {message}".strip() in " ".join(read_text(messages[1]).split())
    assert f'aria-describedby="{field}-hint {field}-mistake"' in refused.text
    assert f'<a href="#{field}">' in refused.text
    assert f'id="{field}"' in refused.text
    assert 'role="alert" tabindex="-1" autofocus' in refused.text
    assert "<title>Error: " in refused.text
    # What was typed is kept, but not the passphrase.
    fields = GOOD | changes
    assert f'value="{html.escape(fields["label"])}"' in refused.text
    assert fields["passphrase"] not in refused.text
    assert sandbox.exchange.keys.list_pending() == []


def test_every_mistake_is_told_at_once_in_the_order_of_the_form(browser_visitor: Visitor) -> None:
    refused = browser_visitor.propose(
        label="!", account="x", purpose="", ips="y", permissions=[], passphrase=""
    )
    messages = re.findall(r'<li><a href="#(\w+)">', refused.text)
    assert messages == ["label", "account", "purpose", "ips", "permissions", "passphrase"]
    assert "Correct 6 fields" in refused.text


def test_the_form_asks_in_the_order_of_okx(browser_visitor: Visitor) -> None:
    fields = re.findall(r'id="(\w+)-hint"', browser_visitor.get(f"{LIST}/new").text)
    expected = facts.load("rules")["form-order"].value["fields"]
    names = ["key name", "account", "purpose (Used for)", "IP address allowlist", "permissions"]
    assert expected == [*names, "passphrase"]
    assert fields == ["label", "account", "purpose", "ips", "permissions", "passphrase"]


def test_an_account_has_fifty_keys_at_most(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    for number in range(KEYS_AT_MOST - 1):
        name = f"00000000-0000-4000-8000-{number:012d}"
        sandbox.exchange.keys.add(replace(PRACTICE_KEY, api_key=name, label=f"key{number}"))
    assert "59501" in browser_visitor.propose().text
    # Another account and the other world have room.
    assert browser_visitor.propose(account="practice1").status_code == 303
    assert browser_visitor.propose(LIVE).status_code == 303


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", "\"'><b>", "{{ 7*7 }}", "\0", "\ud7ff"]
)
def test_what_is_typed_is_text(browser_visitor: Visitor, label: str) -> None:
    page = browser_visitor.propose(label=label, ips=label, account=label).text
    assert "<script>alert" not in page
    assert "<b>&" not in page
    assert "49" not in re.findall(r'value="(\d+)"', page)


# --- change and delete ------------------------------------------------------------------


def test_a_key_is_edited_and_it_counts_at_once(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    path = f"{LIST}/key/{PRACTICE_KEY.api_key}"
    changed: list[str] = []
    sandbox.exchange.keys.watchers.append(changed.append)
    result = browser_visitor.post(path, label="other", ips="203.0.113.7", permissions=["read_only"])
    sandbox.exchange.keys.watchers.clear()
    assert result.headers["Location"] == f"{path}?done=changed"
    assert "The change is saved" in browser_visitor.get(result.headers["Location"]).text
    key = sandbox.exchange.keys.get(PRACTICE_KEY.api_key)
    assert key
    assert (key.label, key.ips, key.permissions) == ("other", ("203.0.113.7",), ("read_only",))
    assert (key.secret_key, key.passphrase) == (PRACTICE_KEY.secret_key, PRACTICE_KEY.passphrase)
    assert changed == [PRACTICE_KEY.api_key]


def test_an_edit_changes_neither_account_nor_passphrase(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    path = f"{LIST}/key/{PRACTICE_KEY.api_key}"
    fields: dict[str, Any] = {"label": "practice", "ips": "", "permissions": ["trade"]}
    smuggled: dict[str, Any] = {
        "account": "practice1",
        "passphrase": "Other-pass-1",
        "secret_key": "x",
        "site": "us",
    }
    assert browser_visitor.post(path, **fields, **smuggled).status_code == 303
    key = sandbox.exchange.keys.get(PRACTICE_KEY.api_key)
    assert key == replace(PRACTICE_KEY, permissions=("trade",), created=NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"label": "a b"}, "51000"), ({"ips": "x"}, "51000"), ({"permissions": []}, "51000")],
)
def test_a_bad_edit_changes_nothing(
    sandbox: RunningSandbox, browser_visitor: Visitor, changes: dict[str, Any], code: str
) -> None:
    path = f"{LIST}/key/{PRACTICE_KEY.api_key}"
    edit: dict[str, Any] = {"label": "new", "ips": "", "permissions": ["trade"]}
    refused = browser_visitor.post(path, **edit | changes)
    assert refused.status_code == 422
    assert code in refused.text
    assert PRACTICE_KEY.passphrase not in refused.text
    assert sandbox.exchange.keys.get(PRACTICE_KEY.api_key) == replace(PRACTICE_KEY, created=NOW)


def test_the_name_of_another_key_cannot_be_taken(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    browser_visitor.make()
    path = f"{LIST}/key/{get_last_key(sandbox).api_key}"
    assert "59502" in browser_visitor.post(path, label="practice", permissions=["trade"]).text


def test_a_key_is_deleted_after_a_question(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    path = f"{LIST}/key/{PRACTICE_KEY.api_key}"
    question = browser_visitor.get(f"{path}/delete")
    assert sandbox.exchange.keys.get(PRACTICE_KEY.api_key)
    assert "cannot be undone" in question.text
    result = browser_visitor.post(f"{path}/delete")
    assert result.headers["Location"] == f"{LIST}?{DEMO}&done=deleted"
    assert sandbox.exchange.keys.get(PRACTICE_KEY.api_key) is None
    assert "The key is deleted" in browser_visitor.get(result.headers["Location"]).text
    assert browser_visitor.get(path).status_code == 404


def test_a_key_tells_what_becomes_of_it(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    browser_visitor.make(LIVE)
    key = get_last_key(sandbox)
    path = f"{LIST}/key/{key.api_key}"
    shown = read_text(browser_visitor.get(path).text)
    assert re.search(r"Last used\s+never", shown)
    assert re.search(r"Expires\s+2020-12-22 09:08 UTC", shown)
    sandbox.exchange.clock.advance(86_400)
    sandbox.exchange.keys.use(key)
    sandbox.exchange.keys.freeze(key)
    for shown in (
        read_text(browser_visitor.get(path).text),
        read_text(browser_visitor.get(f"{LIST}?{LIVE}").text),
    ):
        assert re.search(r"Last used\s+2020-12-09 09:08 UTC", shown)
        assert re.search(r"Expires\s+2020-12-23 09:08 UTC", shown)
        assert "frozen" in shown
    sandbox.exchange.clock.advance(15 * 86_400)
    assert browser_visitor.get(path).status_code == 404
    assert "There is no live key yet" in browser_visitor.get(f"{LIST}?{LIVE}").text


def test_the_end_of_time_is_shown_too(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    sandbox.exchange.clock.set_skew(253_402_300_000 - NOW)
    browser_visitor.make(LIVE)
    assert "after the year 9999" in browser_visitor.get(f"{LIST}?{LIVE}").text


# --- worlds and sites -------------------------------------------------------------------


def test_live_and_demo_are_apart(sandbox: RunningSandbox, browser_visitor: Visitor) -> None:
    browser_visitor.make(LIVE, label="real")
    live, demo = (
        read_text(browser_visitor.get(f"{LIST}?{environment}").text) for environment in (LIVE, DEMO)
    )
    assert ("Delete real" in live, "Delete practice" in live) == (True, False)
    assert ("Delete real" in demo, "Delete practice" in demo) == (False, True)
    assert browser_visitor.get(LIST).text == browser_visitor.get(f"{LIST}?{LIVE}").text
    assert get_last_key(sandbox).demo is False


def test_sites_are_apart() -> None:
    with running(clock=lambda: NOW, sites=("global", "us")) as sandbox:
        us_visitor, global_visitor = (
            open_visitor(sandbox.hosts[site].url) for site in ("us", "global")
        )
        page = us_visitor.make()
        key = get_last_key(sandbox)
        assert (key.site, "Site: us" in page) == ("us", True)
        path = f"{LIST}/key/{key.api_key}"
        assert us_visitor.get(path).status_code == 200
        for refused in (
            global_visitor.get(path),
            global_visitor.get(f"{path}/delete"),
            global_visitor.post(f"{path}/delete", at=f"{LIST}/new"),
            global_visitor.post(path, at=f"{LIST}/new", label="x"),
        ):
            assert refused.status_code == 404
        waiting = us_visitor.propose(label="second").headers["Location"]
        assert global_visitor.get(waiting).status_code == 404
        assert "second" not in global_visitor.get("/account/inbox").text
        assert "second" not in global_visitor.get(f"{LIST}?{DEMO}").text
        ticket = re.search(r'name="ticket" value="([0-9a-f]+)"', page)
        assert ticket
        env = us_visitor.post(
            f"{path}/secret", token=read_token(page), ticket=ticket[1], file="env"
        )
        hosts = sandbox.hosts["us"]
        variables = dict(line.split("=", 1) for line in shlex.split(env.text))
        assert (hosts.url, hosts.ws_demo) == (
            variables["OKX_API_BASE_URL"],
            variables["OKX_WS_URL"],
        )


# --- protection -------------------------------------------------------------------------

PAGES = [
    LIST,
    f"{LIST}/new",
    "/account/inbox",
    f"{LIST}/key/{PRACTICE_KEY.api_key}",
    f"{LIST}/key/{PRACTICE_KEY.api_key}/delete",
    "/account/page.css",
    "/account/page.js",
    "/account/nothing",
    "/account",
    f"{LIST}/key/{PRACTICE_KEY.api_key}/secret",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_is_protected(browser_visitor: Visitor, path: str) -> None:
    answer = browser_visitor.get(path)
    assert is_protected(answer)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        assert f"{MARK}</title>" in answer.text
        assert f"<strong>{MARK}</strong>" in answer.text


def test_the_cookie_is_for_this_page_alone(browser_visitor: Visitor) -> None:
    cookie = browser_visitor.get(LIST).headers["Set-Cookie"]
    assert re.fullmatch(
        rf"{COOKIE}=[0-9a-f]{{32}}; HttpOnly; Path=/account; SameSite=strict", cookie
    )
    assert "Set-Cookie" not in browser_visitor.get(LIST).headers


@pytest.mark.parametrize("path", [f"{LIST}/new", f"{LIST}/key/{PRACTICE_KEY.api_key}/delete"])
@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_without_our_token_does_nothing(
    sandbox: RunningSandbox, browser_visitor: Visitor, path: str, token: str
) -> None:
    browser_visitor.get(path)
    assert browser_visitor.post(path, token=token, **GOOD).status_code == 403
    assert (len(sandbox.exchange.keys), sandbox.exchange.keys.list_pending()) == (1, [])


def test_the_token_of_another_browser_does_nothing(
    sandbox: RunningSandbox, browser_visitor: Visitor
) -> None:
    path = f"{LIST}/key/{PRACTICE_KEY.api_key}/delete"
    other_token = read_token(open_visitor(sandbox.url).get(path).text)
    browser_visitor.get(path)
    assert browser_visitor.post(path, token=other_token).status_code == 403
    # Nor does a right token without its cookie, or with a cookie that is none of ours.
    own_token = read_token(browser_visitor.get(path).text)
    for cookie in ({}, {"Cookie": f"{COOKIE}=x"}, {"Cookie": f"{COOKIE}=é"}):
        answer = requests.post(
            sandbox.url + path,
            data={TOKEN: own_token},
            headers={n: v.encode() for n, v in cookie.items()},
            timeout=SECONDS,
        )
        assert answer.status_code == 403
    assert len(sandbox.exchange.keys) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_that_another_page_sends_does_nothing(
    sandbox: RunningSandbox, browser_visitor: Visitor, headers: dict[str, str]
) -> None:
    path = f"{LIST}/key/{PRACTICE_KEY.api_key}/delete"
    token = read_token(browser_visitor.get(path).text)
    browser_visitor.session.headers.update(headers)
    assert browser_visitor.post(path, token=token).status_code == 403
    assert len(sandbox.exchange.keys) == 1
    browser_visitor.session.headers.update({"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"})
    assert browser_visitor.post(path, token=token).status_code == 303


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "okx.com:8700",
        "",
        "localhost.evil.example",
        "127.0.0.1:x",
        "127.0.0.1:999999",
        "evil@127.0.0.1",
        "[::1",
        "localhost/x",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_name_for_this_machine_is_refused(
    browser_visitor: Visitor, host: str, method: str
) -> None:
    answer = browser_visitor.session.request(
        method,
        browser_visitor.url + LIST,
        headers={"Host": host},
        timeout=SECONDS,
        allow_redirects=False,
    )
    # A name with an @ or a / is no host for the server either.
    assert answer.status_code in {400, 421}
    assert "Set-Cookie" not in answer.headers
    assert PRACTICE_KEY.api_key not in answer.text


@pytest.mark.parametrize("host", ["localhost:8700", "127.0.0.1", "[::1]:8700", "guide.localhost"])
def test_this_machine_may_be_called_by_its_names(browser_visitor: Visitor, host: str) -> None:
    assert browser_visitor.get(LIST, Host=host).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods_are_refused(browser_visitor: Visitor, method: str) -> None:
    key = f"{LIST}/key/{PRACTICE_KEY.api_key}"
    for path, allowed in ((LIST, "GET"), (key, "GET, POST")):
        answer = browser_visitor.session.request(
            method, browser_visitor.url + path, timeout=SECONDS
        )
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_a_body_that_is_no_form_is_refused(browser_visitor: Visitor, kind: str) -> None:
    token = read_token(browser_visitor.get(f"{LIST}/new").text)
    answer = browser_visitor.session.post(
        f"{browser_visitor.url}{LIST}/new",
        data=urlencode({TOKEN: token, **GOOD}, doseq=True),
        headers={"Content-Type": kind},
        timeout=SECONDS,
        allow_redirects=False,
    )
    assert answer.status_code == 415


def test_a_body_that_is_too_large_or_has_too_many_fields_is_refused(
    browser_visitor: Visitor,
) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for body, status in (("x" * (1 << 20) + "x", 413), ("a=1&" * 200, 400)):
        answer = browser_visitor.session.post(
            f"{browser_visitor.url}{LIST}/new", data=body, headers=kind, timeout=SECONDS
        )
        assert (answer.status_code, is_protected(answer)) == (status, True)


def test_what_cannot_be_saved_is_said(
    sandbox: RunningSandbox, browser_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = read_token(browser_visitor.get(f"{LIST}/new").text)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", refuse_commit)
        answer = browser_visitor.post(f"{LIST}/new", token=token, **GOOD)
    assert (answer.status_code, FULL in answer.text) == (503, True)
    assert browser_visitor.get(LIST).status_code == 200


def test_a_key_that_was_shown_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Store(path) as store, running(store=store) as sandbox:
        reader = open_visitor(sandbox.url)
        secret = read_secret(reader.make())
        waiting = reader.propose(label="waits").headers["Location"]
    # Closed without a commit: as if it had been killed.
    with Store(path) as store, running(store=store) as sandbox:
        assert get_last_key(sandbox).secret_key == secret
        reader = open_visitor(sandbox.url)
        assert reader.verify(waiting, reader.read_code("waits")).status_code == 303


def test_an_unknown_page_has_a_way_back(browser_visitor: Visitor) -> None:
    for path in ("/account/", "/account"):
        assert browser_visitor.get(path).headers["Location"] == LIST
    for path in (
        "/account/x",
        f"{LIST}/",
        f"{LIST}/key/x",
        f"{LIST}/key/{'0' * 36}",
        "/account/page.py",
        "/account/../keypage.py",
        "/account/%2e%2e/body.py",
    ):
        answer = browser_visitor.get(path)
        assert answer.status_code == 404
    assert f'href="{LIST}?{DEMO}"' in answer.text


def test_the_api_is_as_before(sandbox: RunningSandbox) -> None:
    for path in ("/accounts", "/accounting/my-api", "/my-api", "/api/account/my-api"):
        assert send_request(sandbox.url, "GET", path).json["error_message"] == "Not Found"


# --- negative space ---------------------------------------------------------------------

_FIELD = st.sampled_from([*GOOD, TOKEN, "code", "ticket", "file", "", "\0", "__class__"])
_VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "practice1", "API trading", "read_only", "withdraw", "::1", "1/0", "%"]),
)


@given(
    path=st.sampled_from(
        [
            f"{LIST}/new",
            f"{LIST}/new?{DEMO}",
            f"{LIST}/key/{PRACTICE_KEY.api_key}",
            f"{LIST}/key/{PRACTICE_KEY.api_key}/secret",
            f"{LIST}/waiting/{'0' * 32}",
        ]
    ),
    fields=st.lists(st.tuples(_FIELD, _VALUES), max_size=12),
    tail=st.binary(max_size=20),
)
@examples(150)
def test_no_form_breaks_it(
    running_sandbox: RunningSandbox, path: str, fields: list[tuple[str, str]], tail: bytes
) -> None:
    reader = open_visitor(running_sandbox.url)
    token = read_token(reader.get(f"{LIST}/new").text)
    body = urlencode([(TOKEN, token), *fields], errors="replace").encode() + b"&" + tail
    answer = reader.session.post(
        running_sandbox.url + path,
        data=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        timeout=SECONDS,
        allow_redirects=False,
    )
    assert answer.status_code in {303, 404, 410, 422}
    assert PRACTICE_KEY.secret_key not in answer.text
    assert PRACTICE_KEY.passphrase not in answer.text
    running_sandbox.exchange.reset()


@given(path=st.text(max_size=30), query=st.text(max_size=20))
@examples(100)
def test_no_address_breaks_it(running_sandbox: RunningSandbox, path: str, query: str) -> None:
    answer = requests.get(
        f"{running_sandbox.url}/account/{path}",
        params={query: query},
        timeout=SECONDS,
        allow_redirects=False,
    )
    assert answer.status_code in {200, 303, 404}


# --- what can be seen -------------------------------------------------------------------

_PAIRS = [
    ("text", "page", 4.5),
    ("muted", "page", 4.5),
    ("accent", "page", 4.5),
    ("wrong", "page", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-wrong", "wrong", 4.5),
    ("on-mark", "mark", 4.5),
    ("line", "page", 3),
]


def compute_luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    digits = colour * 2 if len(colour) == 3 else colour
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), _PAIRS)
def test_the_colours_can_be_told_apart(
    browser_visitor: Visitor, scheme: int, front: str, back: str, least: float
) -> None:
    blocks = re.findall(
        r":root \{(.*?)\}", browser_visitor.get("/account/page.css").text, re.DOTALL
    )
    assert len(blocks) == 2
    colours = dict(re.findall(r"--([a-z-]+): #([0-9a-f]+);", blocks[scheme]))
    dark, light = sorted(compute_luminance(colours[name]) for name in (front, back))
    assert (light + 0.05) / (dark + 0.05) >= least
