"""The public vectors are in good form, and everything that signs agrees with them."""

import base64
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, meta

from okx_guide import facts
from okx_guide.diagnose import SignedRequest, find
from okx_guide.sandbox.authentication import RawRequest, authenticate
from okx_guide.sandbox.errors import RefusedError
from okx_guide.sandbox.state.clock import Clock
from okx_guide.sandbox.state.keyring import Keyring
from okx_guide.sandbox.state.keys import Key
from okx_guide.sandbox.state.store import Store
from okx_guide.signing import Signer, headers, prehash, sign, ws_login
from scripts.vectors import write as vectors
from tests.plugins.blocks import DOCS, fences
from tests.support.patience import SECONDS
from tests.support.tools import require_program

Case = dict[str, Any]

FOLDER = DOCS / "vectors"
NAMES = tuple(vectors.FILES)
STAGES = ("prehash", "prehash_hex", "digest_hex", "signature")

# What the files hold, without reading them: a broken file must not stop the collection.
REST = vectors.make_rest_file()
WEBSOCKET = vectors.make_websocket_file()
SBE = vectors.make_sbe_file()
CONTENTS = (REST, WEBSOCKET, SBE)
VALID = [case for content in CONTENTS for case in content["valid"]]
INVALID = [case for content in CONTENTS for case in content["invalid"]]

# Computed by hand when the failure reports were read, before there was a generator.
KNOWN = {
    "get-query": "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=",
    "get-no-query": "AkD5YszBhggtIyjDlmTy/9PpNVntel+1Lff8wh0qpQw=",
    "get-query-comma": "oah2EOT2Fnz1bjkgiAnuKl+zFQzDG3/nqPUqyYzArrE=",
    "get-query-comma-encoded": "X/i/q53ENYaVFJP/x3gMqfyuIw8hS3HPa3eFxfQQFaY=",
    "post-order-compact": "iwrdSpN7pm4G4u8+fswZUyH6mOM48+sBF6WvKpj4Dvk=",
    "post-order-spaced": "ndhLECBZOdEnKUoXpFMXtL/rmKwKjNKUys4V5s4RLDc=",
    "time-zero-milliseconds": "FN++QZPqWIZja9FNV7ev3w3IvSQUleBYxtJidJKKB+E=",
    "login-2018": "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M=",
    "sbe": "BS5/DdAF+7S8NI2diaNk9op9H4asVCUTyV+mHJkglPc=",
}


def identify(case: Case) -> str:
    return str(case["id"])


def make_case_key(case: Case, *, demo: bool = False) -> Key:
    return Key(case["api_key"], case["secret_key"], case["passphrase"], demo=demo)


def get_case_parts(case: Case) -> tuple[str, str, str, str]:
    return case["timestamp"], case["method"], case["request_path"], case["body"]


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="ascii"))


# --- the files ---------------------------------------------------------------------------


def find_problems(name: str, content: Any) -> Iterator[str]:
    """Yield what breaks the schema, with file and id."""
    validator = Draft202012Validator(read("schema.json"))
    for error in validator.iter_errors(content):
        path = error.instance_path
        case = content[path[0]][path[1]] if len(path) > 1 else {}
        yield f"{name}: {case.get('id', '')}: {path}: {error.message}"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_what_the_generator_writes(name: str, tmp_path: Path) -> None:
    vectors.write(tmp_path)

    same = (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()

    assert same, f"docs/vectors/{name} is not what the generator writes: run `make vectors`"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_has_the_form_of_the_schema(name: str) -> None:
    assert list(find_problems(name, read(name))) == []


@pytest.mark.parametrize(
    ("group", "change"),
    [
        ("valid", {"extra": 1}),
        ("valid", {"signature": "not Base64"}),
        ("valid", {"timestamp": 1607418537}),
        ("valid", {"api_key": "37c541a1-0000-4000-8000-10fe7a038418"}),
        ("valid", {"headers": {}}),
        ("valid", {"flags": []}),
        ("invalid", {"mistake": ""}),
        ("invalid", {"signature": REST["valid"][0]["signature"]}),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", NAMES)
def test_a_case_of_another_form_is_named(name: str, group: str, change: Case) -> None:
    content = read(name)
    case = content[group][3]
    case.update(change)
    content[group] = [content[group][2], case]

    complaints = list(find_problems(name, content))

    assert complaints
    assert all(problem.startswith(f"{name}: {case['id']}: ") for problem in complaints)


@pytest.mark.parametrize("part", ["version", "kind", "licence", "flags", "valid"])
def test_a_file_without_one_of_its_parts_is_named(part: str) -> None:
    content = read("rest.json")
    del content[part]

    assert any(
        f'rest.json: : []: "{part}" is' in problem
        for problem in find_problems("rest.json", content)
    )


def test_the_schema_is_one_and_leaves_no_room() -> None:
    schema = read("schema.json")
    meta.validate(schema)

    def list_objects(node: Any) -> Iterator[Case]:
        if isinstance(node, dict):
            if node.get("type") == "object":
                yield node
            for value in node.values():
                yield from list_objects(value)

    nodes = list(list_objects(schema))
    assert len(nodes) > 5
    assert all(node["additionalProperties"] is False for node in nodes)


def test_there_are_enough_cases() -> None:
    assert len(REST["valid"]) >= 60
    assert len(REST["invalid"]) >= 30
    assert len(WEBSOCKET["valid"]) >= 15
    assert len(WEBSOCKET["invalid"]) >= 15
    assert len(SBE["valid"]) >= 4
    assert len(SBE["invalid"]) >= 10


def test_every_id_is_there_once() -> None:
    counts = Counter(case["id"] for case in (*VALID, *INVALID))

    assert [id_ for id_, count in counts.items() if count > 1] == []


def test_no_two_valid_cases_sign_the_same() -> None:
    signed = Counter((case["prehash"], case["secret_key"]) for case in VALID)

    twins = [case["id"] for case in VALID if signed[case["prehash"], case["secret_key"]] > 1]

    assert twins == []


@pytest.mark.parametrize("content", CONTENTS, ids=NAMES)
def test_every_flag_is_explained_and_used(content: Case) -> None:
    used = {flag for case in (*content["valid"], *content["invalid"]) for flag in case["flags"]}

    assert used == set(content["flags"])


@pytest.mark.parametrize("id_", KNOWN)
def test_the_known_signatures_are_among_them(id_: str) -> None:
    assert [KNOWN[id_]] == [case["signature"] for case in VALID if case["id"] == id_]


def test_every_private_request_of_the_facts_has_a_case() -> None:
    requests = {*facts.load("permissions"), *facts.load("limits")}
    public = ("/api/v5/public/", "/api/v5/market/", "/api/v5/system/")
    private = {
        request
        for request in requests
        if request.startswith(("GET /", "POST /")) and not request.split()[1].startswith(public)
    }

    covered = {f"{case['method']} {case['request_path'].partition('?')[0]}" for case in VALID}

    assert private
    assert private - covered == set()


# --- what is published stays -------------------------------------------------------------


def test_cases_may_be_added(tmp_path: Path) -> None:
    earlier = vectors.make_rest_file()
    del earlier["valid"][7], earlier["invalid"][7]
    earlier["valid"][0]["comment"] = "In other words."
    (tmp_path / "rest.json").write_text(json.dumps(earlier), encoding="ascii")

    vectors.write(tmp_path)

    assert json.loads((tmp_path / "rest.json").read_text(encoding="ascii")) == REST


@pytest.mark.parametrize(
    ("group", "change"),
    [("valid", {"id": "gone"}), ("valid", {"body": "x"}), ("invalid", {"mistake": "other"})],
)
def test_a_published_case_neither_changes_nor_vanishes(
    group: str, change: Case, tmp_path: Path
) -> None:
    earlier = vectors.make_websocket_file()
    earlier[group][2].update(change)
    text = json.dumps(earlier)
    path = tmp_path / "websocket.json"
    path.write_text(text, encoding="ascii")

    with pytest.raises(SystemExit, match=f"websocket.json: {earlier[group][2]['id']} would change"):
        vectors.main([str(tmp_path)])

    assert text == path.read_text(encoding="ascii")


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors.main([str(tmp_path)])

    counts = f"{len(REST['valid'])} valid, {len(REST['invalid'])} invalid"
    assert f"wrote {tmp_path / 'rest.json'}: {counts}\n" in capsys.readouterr().out


# --- the reference module ----------------------------------------------------------------


@pytest.mark.parametrize("case", REST["valid"], ids=identify)
def test_signing_reproduces_a_request(case: Case) -> None:
    at = datetime.fromisoformat(case["timestamp"])
    demo = "demo" in case["flags"]

    assert case["prehash"] == prehash(*get_case_parts(case))
    assert case["signature"] == sign(case["secret_key"], *get_case_parts(case))
    assert case["signature"] == Signer(case["secret_key"]).sign(*get_case_parts(case))
    assert case["headers"] == headers(
        make_case_key(case), *get_case_parts(case)[1:], at=at, demo=demo
    )


@pytest.mark.parametrize("case", WEBSOCKET["valid"], ids=identify)
def test_signing_reproduces_a_login(case: Case) -> None:
    assert case["login"] == ws_login(make_case_key(case), at=int(case["timestamp"]))


@pytest.mark.parametrize("case", SBE["valid"], ids=identify)
def test_signing_reproduces_an_sbe_login(case: Case) -> None:
    login = ws_login(make_case_key(case), at=int(case["timestamp"]))["args"][0]

    assert case["headers"] == {
        "OK-ACCESS-KEY": login["apiKey"],
        "OK-ACCESS-SIGN": login["sign"],
        "OK-ACCESS-TIMESTAMP": login["timestamp"],
        "OK-ACCESS-PASSPHRASE": login["passphrase"],
    }


# --- the practice exchange ---------------------------------------------------------------
# It has no SBE, so nothing here sends it the cases of `sbe.json`.


def make_arrival(case: Case, signature: str) -> tuple[RawRequest, Key, float]:
    demo = "demo" in case["flags"]
    values = {
        "ok-access-key": case["api_key"],
        "ok-access-sign": signature,
        "ok-access-timestamp": case["timestamp"],
        "ok-access-passphrase": case["passphrase"],
        "x-simulated-trading": "1" if demo else "0",
    }
    target, body = case["request_path"].encode("ascii"), case["body"].encode()
    headers = {name.encode(): value.encode("latin-1") for name, value in values.items()}
    request = RawRequest(case["method"], target, headers, body, ip_address("192.0.2.1"))
    now = datetime.fromisoformat(case["timestamp"]).astimezone(UTC).timestamp()
    return request, make_case_key(case, demo=demo), now


def make_keyring(key: Key, now: float) -> Keyring:
    ring = Keyring(Clock(lambda: now), Store())
    ring.add(replace(key, created=now))
    return ring


@pytest.mark.parametrize("case", REST["valid"], ids=identify)
def test_the_practice_exchange_accepts_a_valid_request(case: Case) -> None:
    request, key, now = make_arrival(case, case["signature"])

    assert key.api_key == authenticate(request, make_keyring(key, now), now).api_key


@pytest.mark.parametrize("case", REST["invalid"], ids=identify)
def test_the_practice_exchange_refuses_an_invalid_request(case: Case) -> None:
    request, key, now = make_arrival(case, case["rejected_signature"])

    with pytest.raises(RefusedError) as refused:
        authenticate(request, make_keyring(key, now), now)

    assert refused.value.code == "50113"


# --- the mistakes ------------------------------------------------------------------------


def make_case_request(case: Case, signature: str) -> SignedRequest:
    return SignedRequest(*get_case_parts(case), signature)


@pytest.mark.parametrize("case", INVALID, ids=identify)
def test_the_mistake_of_an_invalid_case_is_found(case: Case) -> None:
    mistake = find(
        make_case_request(case, case["rejected_signature"]),
        case["secret_key"],
        passphrase=case["passphrase"],
        api_key=case["api_key"],
    )

    assert mistake is not None
    assert case["mistake"] == mistake.id


@pytest.mark.parametrize("case", VALID, ids=identify)
def test_no_mistake_is_found_in_a_valid_case(case: Case) -> None:
    assert find(make_case_request(case, case["signature"]), case["secret_key"]) is None


# --- the runner on the page --------------------------------------------------------------

BUGS = {
    "query left out": ('case["request_path"]', 'case["request_path"].partition("?")[0]'),
    "body left out": (' + case["body"]', ""),
    "body trimmed": ('case["body"]', 'case["body"].strip()'),
    "body parsed": ('case["body"]', 'json.dumps(json.loads(case["body"] or "0"))'),
    "method in small letters": ('case["method"]', 'case["method"].lower()'),
    "zeros dropped": ('case["timestamp"]', 'case["timestamp"].replace(".000", "")'),
    "not UTF-8": ("text.encode()", 'text.encode("latin-1", "replace")'),
    "secret trimmed": ('case["secret_key"]', 'case["secret_key"].strip("=")'),
    "secret cut": ('case["secret_key"]', 'case["secret_key"][:64]'),
    "hex": (".digest()", ".hexdigest().encode()"),
    "another hash": ("hashlib.sha256", "hashlib.sha512"),
    "URL-safe": ("base64.b64encode", "base64.urlsafe_b64encode"),
    "not padded": (".decode()\n", '.decode().rstrip("=")\n'),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_runner_on_the_page_catches_a_bug(
    bug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = DOCS / "reference" / "vectors.md"
    runner = next(fence for fence in fences(page) if "runner.py" in fence.options)
    right, wrong = BUGS[bug]
    assert runner.content.count(right) == 1
    vectors.write(tmp_path)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(AssertionError, match=r"^[a-z0-9-]+"):
        exec(runner.content.replace(right, wrong), {})  # noqa: S102  # our own page


# --- other people's programs -------------------------------------------------------------


def test_openssl_reproduces_every_case(tmp_path: Path) -> None:
    """One process per secret: a run of openssl takes many texts, but one key."""
    openssl = require_program("openssl")
    by_secret: dict[str, dict[str, str]] = {}
    for case in VALID:
        parts = "".join(get_case_parts(case))
        (tmp_path / case["id"]).write_bytes(parts.encode())
        by_secret.setdefault(case["secret_key"], {})[case["id"]] = case["digest_hex"]

    for secret, expected in by_secret.items():
        hexkey = f"hexkey:{secret.encode().hex()}"
        result = subprocess.run(
            [openssl, "dgst", "-sha256", "-mac", "HMAC", "-macopt", hexkey, "-r", *expected],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        lines = (line.split(" *") for line in result.stdout.splitlines())
        assert expected == {id_: digest for digest, id_ in lines}
    for case in VALID:
        assert case["signature"] == base64.b64encode(bytes.fromhex(case["digest_hex"])).decode()


NODE = """
const { createHmac } = require("node:crypto");
const { readFileSync } = require("node:fs");

const stages = {};
for (const file of process.argv.slice(1)) {
  for (const vector of JSON.parse(readFileSync(file, "utf8")).valid) {
    const prehash = vector.timestamp + vector.method + vector.request_path + vector.body;
    const digest = createHmac("sha256", vector.secret_key).update(prehash).digest();
    stages[vector.id] = {
      prehash,
      prehash_hex: Buffer.from(prehash).toString("hex"),
      digest_hex: digest.toString("hex"),
      signature: digest.toString("base64"),
    };
  }
}
console.log(JSON.stringify(stages));
"""


def test_node_reproduces_every_case() -> None:
    result = subprocess.run(
        [require_program("node"), "-e", NODE, *(str(FOLDER / name) for name in NAMES)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=True,
    )

    computed = json.loads(result.stdout)
    expected = {case["id"]: {stage: case[stage] for stage in STAGES} for case in VALID}
    assert expected == computed
