import json
import os
import random
import sqlite3
import stat
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okx_guide.sandbox.state.store import StateError, Store
from tests.support.properties import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)
# SQLite keeps UTF-8, which has no lone surrogates.
NAMES = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state"


@examples(50)
@given(rows=st.dictionaries(NAMES, JSON, max_size=5))
def test_what_is_put_is_read_again(rows: dict[str, object]) -> None:
    with Store() as store:
        for name, row in rows.items():
            store.put("kind", name, row)
        assert store.rows("kind") == rows
        assert store.rows("other") == {}


def test_a_row_is_replaced_deleted_and_cleared() -> None:
    with Store() as store:
        store.put("kind", "a", 1)
        store.put("kind", "a", 2)
        store.put("kind", "b", 3)
        store.delete("kind", "b")
        store.delete("kind", "never")
        assert store.rows("kind") == {"a": 2}
        store.clear()
        assert store.rows("kind") == {}


@examples(50)
@given(rows=st.dictionaries(NAMES, JSON, max_size=5))
def test_another_store_is_filled_with_what_one_dumps(rows: dict[str, object]) -> None:
    with Store() as store, Store() as copy:
        for name, row in rows.items():
            store.put("kind", name, row)
        copy.fill(json.loads(json.dumps(store.dump())))
        assert copy.rows("kind") == rows
        assert copy.dump() == store.dump()


@pytest.mark.parametrize(
    "rows", [7, "abc", [["kind", "name"]], [["kind", "name", None]], [["kind", "name", {}]]]
)
def test_a_store_is_not_filled_with_anything_else(rows: object) -> None:
    with Store() as store:
        with pytest.raises(StateError, match="cannot be read"):
            store.fill(rows)
        assert store.dump() == []


def test_only_what_was_committed_survives(path: Path) -> None:
    with Store(path) as store:
        store.put("kind", "kept", 1)
        store.commit()
        store.put("kind", "lost", 2)
    with Store(path) as store:
        assert store.rows("kind") == {"kept": 1}


def test_a_half_written_file_loses_nothing_that_was_committed(path: Path) -> None:
    with Store(path) as store:
        store.put("kind", "kept", 1)
        store.commit()
        store.put("kind", "half", "x" * 10_000_000)  # more than the cache: spills into the file
        journal = path.with_name("state-journal")
        torn, notes = path.read_bytes(), journal.read_bytes()
    path.write_bytes(torn)
    journal.write_bytes(notes)
    with Store(path) as store:
        assert store.rows("kind") == {"kept": 1}


def test_a_file_in_use_is_refused(path: Path) -> None:
    with Store(path), pytest.raises(StateError, match="is in use by another practice exchange"):
        Store(path)


def test_a_file_of_another_version_is_refused_and_left_as_it_was(path: Path) -> None:
    Store(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StateError, match=r"its format is 99, this one reads 1\)\. Name another"):
        Store(path)
    assert before == path.read_bytes()


@pytest.mark.parametrize("content", [b"x", b"SQLite format 3\x00", b"\x00" * 4096, b"a" * 100])
def test_a_file_of_somebody_else_is_refused_and_left_as_it_was(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StateError, match="is not a state file of the practice exchange"):
        Store(path)
    assert content == path.read_bytes()


def test_somebody_elses_database_is_refused(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE mine (x)")
    db.close()
    with pytest.raises(StateError, match="is not a state file"):
        Store(path)


def test_an_empty_file_is_taken(path: Path) -> None:
    path.touch()
    with Store(path) as store:
        assert store.rows("kind") == {}


@pytest.mark.parametrize("cut", [200, 4096, 5000])
def test_a_damaged_file_is_refused(path: Path, cut: int) -> None:
    with Store(path) as store:
        for number in range(2000):
            store.put("kind", f"name {number}", "value")
        store.commit()
    content = path.read_bytes()
    path.write_bytes(content[:cut] + b"\xff" * 3000 + content[cut + 3000 : -8192])
    with pytest.raises(StateError, match="may be damaged"):
        Store(path)


def test_a_file_whose_description_is_no_text_is_refused_and_left_as_it_was(path: Path) -> None:
    Store(path).close()
    damaged = path.read_bytes().replace(b"CREATE TABLE state", b"CREATE TABLE \x80tate")
    path.write_bytes(damaged)

    with pytest.raises(StateError, match="may be damaged"):
        Store(path)

    assert path.read_bytes() == damaged


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be read"):
        Store(tmp_path)


@pytest.mark.parametrize("before", [None, 0o644, 0o666])
def test_nobody_but_the_owner_reads_the_file_or_its_journal(path: Path, before: int | None) -> None:
    if before:
        Store(path).close()
        path.chmod(before)
    with Store(path) as store:
        store.protect()
        store.put("kind", "kept", 1)
        journal = path.with_name("state-journal")
        assert [stat.S_IMODE(file.stat().st_mode) for file in (path, journal)] == [0o600, 0o600]


def test_a_pipe_is_refused_and_nobody_waits_for_its_other_end(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(StateError, match=r"cannot be read \(it is no file\)\. Name another"):
        Store(path)


@pytest.mark.parametrize("cut", [1, 100, 4095, 4096, 5000])
def test_a_file_that_is_cut_short_is_refused_and_left_as_it_was(path: Path, cut: int) -> None:
    with Store(path) as store:
        for number in range(2000):
            store.put("kind", f"name {number}", "value")
        store.commit()
    path.write_bytes(path.read_bytes()[:-cut])
    before = path.read_bytes()
    with pytest.raises(StateError, match="may be damaged"):
        Store(path)
    assert before == path.read_bytes()


def test_a_torn_write_is_taken_back(path: Path) -> None:
    with Store(path) as store:
        for number in range(500):
            store.put("kind", f"name {number}", "kept" * 20)
        store.commit()
        content = path.read_bytes()
        for number in range(500):
            store.put("kind", f"name {number}", "lost" * 20)
        store.put("kind", "half", "x" * 10_000_000)  # more than the cache: the pages are on the way
        notes = path.with_name("state-journal").read_bytes()
    chance = random.Random(5)  # noqa: S311  # the same every time
    for _ in range(20):
        torn = bytearray(content)
        # The page that was being written when the power went: its first half is new.
        for page in chance.sample(range(1, len(content) // 4096), 5):
            torn[page * 4096 : page * 4096 + chance.randrange(4096)] = b""
            torn[page * 4096 : page * 4096] = chance.randbytes(len(content) - len(torn))
        path.write_bytes(torn)
        path.with_name("state-journal").write_bytes(notes)
        with Store(path) as store:
            assert set(store.rows("kind").values()) == {"kept" * 20}


def test_a_row_that_cannot_be_read_is_named_and_not_shown(path: Path) -> None:
    with Store(path) as store:
        store.put("kind", "name", "FAKE-SECRET")
        store.commit()
    path.write_bytes(path.read_bytes().replace(b"SECRET", b"S\xffCRET"))
    with Store(path) as store, pytest.raises(StateError, match="row 1 of its kind kind") as info:
        store.rows("kind")
    assert "CRET" not in "".join(traceback.format_exception(info.value))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be used"):
        Store(tmp_path / "none" / "state")
