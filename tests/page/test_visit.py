"""The reader's own exchange in a page: what is kept of it, and which blocks it runs."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from scripts.page.visit import LOST
from tests.plugins.blocks import DOCS
from tests.support.reader import INBOX, NEW, OWN_PROGRAM, Reader, find
from tests.support.run import Worker

ASK = """from okx_guide import OkxSession
okx = OkxSession.from_env(demo=True)
print(okx.get("/api/v5/account/config").json()["data"][0]["label"])
"""
ASK_LIVE = ASK.replace("demo=True", "")
PERMISSIONS = ASK.replace('"label"', '"perm"')
PLACE = """from okx_guide import OkxSession
okx = OkxSession.from_env(demo=True)
order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit",
         "px": "1000", "sz": "0.001"}
okx.post("/api/v5/trade/order", json=order)
"""
COUNT = """from okx_guide import OkxSession
okx = OkxSession.from_env(demo=True)
print(len(okx.get("/api/v5/trade/orders-pending").json()["data"]))
"""

COMPARE = """from okx_guide import Credentials, OkxError, OkxSession
import os
for profile in ("practice", "new"):
    okx = OkxSession(
        os.environ["OKX_API_BASE_URL"], Credentials.from_file(profile=profile), demo=True)
    try:
        print(profile, okx.get("/api/v5/account/config").json()["data"][0]["label"])
    except OkxError as error:
        print(profile, error.code)
"""
CONFIG = "snippets/rotation/config.toml"
FILES = {CONFIG: (DOCS / CONFIG).read_text(encoding="utf-8")}


@pytest.fixture
def reader(worker: Worker) -> Reader:
    return Reader(worker)


@pytest.fixture(scope="module")
def another_page() -> Iterator[Worker]:
    """The Python of another page, which knows what the browser keeps and nothing else."""
    with Worker() as worker:
        yield worker


def test_of_an_exchange_without_anything_of_the_reader_nothing_is_kept(reader: Reader) -> None:
    assert "visit" not in reader.do(code=PLACE)
    assert reader.ask(NEW)["visit"] is None
    # Each block begins anew.
    assert reader.run(COUNT) == "0\n"


def test_blocks_use_the_key_that_was_made_last(reader: Reader) -> None:
    for label in ("first", "second"):
        page = reader.make_key(label)
        secret = find(r'id="secret_key" class="code" value="([0-9A-F]{32})"', page["html"])
        assert reader.run(ASK) == f"{label}\n"
        assert reader.visit
        assert reader.visit["is_made"]
        assert find(r"key/[0-9a-f-]{32}([0-9a-f]{4})/secret", page["path"]) == reader.visit["key"]
        # What this exchange has made is not taken for a real key, wherever a block runs.
        assert reader.run(f"print('{secret}')") == f"{secret}\n"
        assert reader.run(f"print('{secret}')", start="live_key") == f"{secret}\n"


def test_a_demo_key_is_used_rather_than_a_live_one(reader: Reader) -> None:
    reader.make_key("live1", demo=False)
    assert reader.run(ASK_LIVE) == "live1\n"
    assert reader.visit
    assert not reader.visit["is_demo"]

    reader.make_key("demo1")
    reader.make_key("live2", demo=False)

    assert reader.run(ASK) == "demo1\n"


def test_after_the_key_is_deleted_the_ready_one_is_used(reader: Reader) -> None:
    reader.make_key("mine")

    reader.delete_key("mine")

    assert reader.run(ASK) == "practice\n"
    assert reader.visit is None


def test_the_exchange_goes_on_in_another_page(reader: Reader, another_page: Worker) -> None:
    reader.make_key("mine")
    reader.run(PLACE)

    later = Reader(another_page, reader.kept)

    assert later.run(ASK) == "mine\n"
    assert later.run(COUNT) == "1\n"


def test_the_verification_can_wait_for_another_page(reader: Reader, another_page: Worker) -> None:
    reader.ask(NEW, label="a", purpose=OWN_PROGRAM, permissions="trade", passphrase="Fake-pass1")

    inbox = Reader(another_page, reader.kept).ask(INBOX)

    assert "Enter the code for a" in inbox["html"]


@pytest.mark.parametrize("order", [{"start": "read_only_key"}, {"goal": "GET /api/v5/nothing"}])
def test_a_block_with_a_start_of_its_own_leaves_the_exchange_alone(
    reader: Reader, order: dict[str, str]
) -> None:
    reader.make_key("mine")
    state = reader.kept

    assert reader.run(ASK, **order) == "practice\n"
    assert reader.run(PLACE, **order)

    assert state == reader.kept
    assert reader.run(ASK) == "mine\n"
    assert reader.run(COUNT) == "0\n"


def test_without_what_was_kept_the_exchange_is_new(reader: Reader) -> None:
    reader.make_key("mine")

    reader.kept = None

    assert reader.run(ASK) == "practice\n"
    assert ">mine<" not in reader.ask("/account/my-api?go-demo-trading=1")["html"]
    assert reader.kept is None


@pytest.mark.parametrize(
    "kept", ["x", "7", "[[]]", '[["key", "name", "{}"]]', '[["price", "BTC-USDT", "-1"]]']
)
def test_what_cannot_be_read_has_its_sentence(reader: Reader, kept: str) -> None:
    orders: list[dict[str, Any]] = [
        {"code": ASK},
        {"act": "ask", "method": "GET", "path": NEW, "body": ""},
        {"act": "turn", "seconds": 60},
    ]
    for order in orders:
        answer = reader.worker.do({"kept": kept, **order})
        assert answer["advice"] == LOST
        assert "visit" not in answer

    assert reader.run(ASK) == "practice\n"


@pytest.mark.parametrize("seconds", [-600, 600])
def test_the_clock_is_turned_and_set_right(reader: Reader, seconds: int) -> None:
    reader.do(act="turn", seconds=seconds)
    assert reader.visit
    assert seconds == reader.visit["skew"]
    assert not reader.visit["is_made"]

    refused = reader.do(code=ASK)

    assert "50102" in refused["error"]
    assert [trace["code"] for trace in refused["requests"]] == ["50102"]
    reader.do(act="turn", seconds=0)
    assert reader.kept is None
    assert reader.run(ASK) == "practice\n"


def test_the_clock_stays_turned_in_another_page(reader: Reader, another_page: Worker) -> None:
    reader.do(act="turn", seconds=600)

    assert "50102" in Reader(another_page, reader.kept).run(ASK)


def test_files_are_to_be_saved_and_not_shown(reader: Reader) -> None:
    page = reader.make_key("mine")
    fields = dict(re.findall(r'name="(csrf_token|ticket)" value="(\w+)"', page["html"]))

    saved = reader.do(
        act="ask",
        method="POST",
        path=page["path"],
        body=urlencode({**fields, "file": "env"}),
    )

    assert saved["file"] == "okx-mine.env"
    assert saved["html"].startswith("OKX_API_KEY=")
    assert page["file"] is None


def test_kept_is_practice_data_only(reader: Reader) -> None:
    reader.make_key("mine")
    reader.run("secret = 'what a reader types'")

    kinds = {kind for kind, _, _ in json.loads(reader.kept or "[]")}

    assert kinds <= {"account", "clock", "key", "next", "pending", "ready", "used"}
    assert "what a reader types" not in (reader.kept or "")


def test_a_rotation_is_done_with_the_keys_of_the_reader(reader: Reader) -> None:
    def compare() -> tuple[str, bool]:
        printed = reader.run(COMPARE, start="two_profiles", files=FILES)
        return printed, "visit" in reader.do(code="", start="two_profiles", files=FILES)

    made_up = ("practice practice\nnew new\n", False)
    assert compare() == made_up
    reader.make_key("bot")
    # A key with another name is no second profile.
    assert compare() == made_up
    reader.make_key("new")
    assert reader.visit
    assert reader.visit["profiles"] == ["bot", "new"]
    assert compare() == ("practice practice\nnew new\n", True)
    reader.delete_key("practice")
    assert compare() == ("practice 50119\nnew new\n", True)
    # The other start is the reader's own too; one for a goal of the playground never is.
    assert "visit" in reader.do(code="", start="rotated", files=FILES)
    assert "visit" not in reader.do(code="", start="rotated", files=FILES, goal="GET /x")


def test_a_key_of_the_reader_takes_the_place_of_a_careless_one(reader: Reader) -> None:
    def list_permissions() -> tuple[str, bool]:
        answer = reader.do(code=PERMISSIONS, start="careless_key")
        return answer["printed"], "visit" in answer

    assert list_permissions() == ("read_only,trade,withdraw\n", False)
    # A clock that was turned makes no key.
    reader.do(act="turn", seconds=-10)
    assert list_permissions() == ("read_only,trade,withdraw\n", False)
    reader.make_key("mine")
    assert list_permissions() == ("read_only,trade\n", True)
    # Any other prepared key stays: only one start gives way.
    assert "visit" not in reader.do(code=PERMISSIONS, start="tidy_key")


def test_a_form_is_taken_after_python_was_started_anew(reader: Reader) -> None:
    form = reader.ask(NEW)["html"]
    fields = {
        "csrf_token": find(r'name="csrf_token" value="(\w+)"', form),
        "label": "bot",
        "purpose": OWN_PROGRAM,
        "permissions": "read_only",
        "passphrase": "Fake-pass1",
    }
    with Worker() as worker:
        order = {"act": "ask", "method": "POST", "path": NEW, "body": urlencode(fields)}
        page = Reader(worker, reader.kept).do(**order)

    assert "Security verification" in page["html"]
    # A form that is nobody's is refused as before.
    fields["csrf_token"] = "0" * 64
    assert "too old" in reader.do(**order | {"body": urlencode(fields)})["html"]
