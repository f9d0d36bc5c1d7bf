"""Where the practice exchange keeps its state: in memory, or in one SQLite file."""

import json
import os
import sqlite3
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar

_APPLICATION = 0x4F4B5847  # "OKXG": identifies our files.
_VERSION = 1
_OWNER_ONLY = 0o600

# The exceptions of reading a row that another program wrote.
_WRONG = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)

_Parsed = TypeVar("_Parsed")


class StateError(Exception):
    """The state file cannot be used; the message says why and what to do."""


class Store:
    """Rows of JSON, each with a kind and a name. What was committed survives a kill.

    Args:
        path: The file; None keeps everything in memory.

    Raises:
        StateError: The file is of another program or version, damaged, in use, no file at all,
            or cannot be opened. It is left as it was.

    Examples:
        >>> store = Store()
        >>> store.put("colour", "sky", {"is": "blue"})
        >>> store.rows("colour")
        {'sky': {'is': 'blue'}}
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._failure: sqlite3.Error | None = None
        try:
            if path:
                _refuse_other_files(path)
                # Created before SQLite does: its journal inherits the mode, and both hold secrets.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
            # Tests look at the state from another thread than the server's.
            self._db = sqlite3.connect(path or ":memory:", timeout=1, check_same_thread=False)
        except OSError as error:
            raise StateError(
                f"{path} cannot be used ({error.strerror}). Name another file."
            ) from None
        except sqlite3.Error as error:
            raise StateError(_describe_error(path, error)) from None
        try:
            self._open()
        except UnicodeDecodeError:  # Its message quotes damaged bytes.
            self._db.close()
            damage = sqlite3.DatabaseError("the description of its table is no text")
            raise StateError(_describe_error(path, damage)) from None
        except sqlite3.Error as error:
            self._db.close()
            raise StateError(_describe_error(path, error)) from None
        except StateError:
            self._db.close()
            raise

    def _open(self) -> None:
        # One writer, for as long as it runs: two exchanges would overwrite each other.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA secure_delete = ON")
        [[version]] = self._db.execute("PRAGMA user_version")
        if version not in (0, _VERSION):
            raise StateError(
                f"{self.path} was written by another version of the practice exchange "
                f"(its format is {version}, this one reads {_VERSION}). Name another file."
            )
        self._check_soundness()
        self._db.execute("BEGIN IMMEDIATE")  # From here on it is our file.
        if version == 0:
            self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
            self._db.execute(
                "CREATE TABLE state"
                " (kind TEXT, name TEXT, row TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID"
            )
        self._db.commit()

    def _check_soundness(self) -> None:
        [[pages]] = self._db.execute("PRAGMA page_count")
        [[size]] = self._db.execute("PRAGMA page_size")
        # SQLite would take a last page that is cut off, and find out later.
        if self.path and pages and self.path.stat().st_size != pages * size:
            raise sqlite3.DatabaseError("it is not as long as it says")
        [[sound]] = self._db.execute("PRAGMA quick_check(1)")
        if sound != "ok":
            raise sqlite3.DatabaseError("its pages do not fit together")

    def protect(self) -> None:
        """Let only the owner read the file; others may be able to read an older one."""
        if not self.path:
            return
        for path in (self.path, self.path.with_name(f"{self.path.name}-journal")):
            with suppress(OSError):  # It does not exist, or has another owner.
                path.chmod(_OWNER_ONLY)

    def put(self, kind: str, name: str, row: Any) -> None:
        """Write one row, replacing one of that name. Only `commit` says whether it was kept."""
        text = json.dumps(row, separators=(",", ":"))
        self._write("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", kind, name, text)

    def delete(self, kind: str, name: str) -> None:
        """Delete one row, if it is there."""
        self._write("DELETE FROM state WHERE kind = ? AND name = ?", kind, name)

    def rows(self, kind: str) -> dict[str, Any]:
        """Return every row of a kind by its name, in the order of the names.

        Raises:
            StateError: A row cannot be read.
        """
        return self.load(kind, lambda _, row: row)

    def load(self, kind: str, parse: Callable[[str, Any], _Parsed]) -> dict[str, _Parsed]:
        """Return every row of a kind, parsed, by its name, in the order of the names.

        Args:
            kind: The kind.
            parse: Takes name and row; raises ValueError, TypeError or KeyError if the row is not
                what it should be.

        Raises:
            StateError: A row cannot be read. The message says which, and not what it holds: that
                may be a secret.
        """
        parsed: dict[str, _Parsed] = {}
        try:
            query = "SELECT name, row FROM state WHERE kind = ? ORDER BY name"
            for name, row in self._db.execute(query, (kind,)):
                parsed[name] = parse(name, json.loads(row))
        except (sqlite3.Error, *_WRONG):
            raise StateError(
                f"{self.path} is damaged: row {len(parsed) + 1} of its kind {kind} cannot be read. "
                "It was left as it was. Name another file."
            ) from None
        return parsed

    def dump(self) -> list[list[str]]:
        """Return every row as kind, name and JSON, in order: what `fill` takes.

        Examples:
            >>> store = Store()
            >>> store.put("colour", "sky", "blue")
            >>> store.dump()
            [['colour', 'sky', '"blue"']]
        """
        return [list(row) for row in self._db.execute("SELECT * FROM state ORDER BY kind, name")]

    def fill(self, rows: Any) -> None:
        """Write the rows that `dump` has returned.

        Raises:
            StateError: It has returned no such thing. Nothing was written.
        """
        try:
            self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", rows)
        except (sqlite3.Error, *_WRONG):
            self._db.rollback()
            raise StateError("What was kept of the practice exchange cannot be read.") from None

    def clear(self) -> None:
        """Delete every row."""
        self._write("DELETE FROM state")

    def _write(self, statement: str, *values: str) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.Error as error:
            self._failure = error

    def commit(self) -> None:
        """Make what was written survive, all of it or nothing.

        Raises:
            StateError: The disk is full, for example. What was written since the last time is
                gone from the store; it can be tried again.
        """
        try:
            if self._failure:
                raise self._failure
            self._db.commit()
        except sqlite3.Error as error:
            self._failure = None
            self._db.rollback()
            raise StateError(_describe_error(self.path, error)) from None

    def close(self) -> None:
        """Close the file. What was not committed is dropped."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refuse_other_files(path: Path) -> None:
    """Look before SQLite does: it would take an empty file for its own, and lock others."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # To open a pipe would wait for somebody at its other end.
            raise StateError(f"{path} cannot be read (it is no file). Name another file.")
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StateError(f"{path} cannot be read ({error.strerror}). Name another file.") from None
    if head and int.from_bytes(head[68:72], "big") != _APPLICATION:
        raise StateError(
            f"{path} is not a state file of the practice exchange, and was left as it is. "
            "Name another file."
        )


def check_fields(row: Any, types: Mapping[str, type]) -> dict[str, Any]:
    """Return a row if it has these fields and no others, each of its type.

    Args:
        row: What was read.
        types: By field; `float` takes whole numbers too, `list` holds strings.

    Raises:
        ValueError: It has other fields, or one has another type.

    Examples:
        >>> check_fields({"since": 1}, {"since": float})
        {'since': 1}
    """
    if not isinstance(row, dict) or row.keys() != types.keys():
        raise ValueError("a row with other fields")
    for name, type_ in types.items():
        value = row[name]
        fits = isinstance(value, int | float if type_ is float else type_)
        if isinstance(value, bool) != (type_ is bool) or not fits:
            raise ValueError(f"{name} is of another type")
        if type_ is list and not all(isinstance(item, str) for item in value):
            raise ValueError(f"{name} holds what is not text")
    return row


def _describe_error(path: Path | None, error: sqlite3.Error) -> str:
    # The low byte is the kind of error, the rest says more of it.
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return (
            f"{path} is in use by another practice exchange. Stop that one, or name another file."
        )
    return (
        f"{path} cannot be used ({error}). If the disk is not full, the file may be damaged: "
        "name another one."
    )
