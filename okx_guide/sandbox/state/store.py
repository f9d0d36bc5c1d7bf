"""Where the practice exchange keeps its state: in memory, or in one SQLite file."""

import json
import sqlite3
from pathlib import Path
from typing import Any, Self

_APPLICATION = 0x4F4B5847  # "OKXG": tells our files from other people's
_VERSION = 1


class StateError(Exception):
    """The state file cannot be used; the message says why and what to do."""


class Store:
    """Rows of JSON, each with a kind and a name. What was committed survives a kill.

    Args:
        path: The file; None keeps everything in memory.

    Raises:
        StateError: The file is of another program or version, damaged, in use, or cannot
            be opened. It is left as it was.

    Examples:
        >>> store = Store()
        >>> store.put("colour", "sky", {"is": "blue"})
        >>> store.rows("colour")
        {'sky': {'is': 'blue'}}
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        if path:
            _refuse_other_files(path)
        try:
            # Tests look at the state from another thread than the server's.
            self._db = sqlite3.connect(path or ":memory:", timeout=1, check_same_thread=False)
            self._open()
        except sqlite3.Error as error:
            raise StateError(_describe_error(path, error)) from None

    def _open(self) -> None:
        # One writer, for as long as it runs: two exchanges would overwrite each other.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA synchronous = FULL")
        [[version]] = self._db.execute("PRAGMA user_version")
        if version not in (0, _VERSION):
            raise StateError(
                f"{self.path} was written by another version of the practice exchange "
                f"(its format is {version}, this one reads {_VERSION}). Name another file."
            )
        [[sound]] = self._db.execute("PRAGMA quick_check(1)")
        if sound != "ok":
            raise sqlite3.DatabaseError(sound)
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
        self._db.execute(f"PRAGMA user_version = {_VERSION}")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS state"
            " (kind TEXT, name TEXT, row TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID"
        )
        self._db.commit()

    def put(self, kind: str, name: str, row: Any) -> None:
        """Write one row, over an older one of that name."""
        text = json.dumps(row, separators=(",", ":"))
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", (kind, name, text))

    def delete(self, kind: str, name: str) -> None:
        """Delete one row, if it is there."""
        self._db.execute("DELETE FROM state WHERE kind = ? AND name = ?", (kind, name))

    def rows(self, kind: str) -> dict[str, Any]:
        """Return every row of a kind by its name, in the order of the names."""
        found = self._db.execute(
            "SELECT name, row FROM state WHERE kind = ? ORDER BY name", (kind,)
        )
        return {name: json.loads(row) for name, row in found}

    def clear(self) -> None:
        """Delete every row."""
        self._db.execute("DELETE FROM state")

    def commit(self) -> None:
        """Make what was written survive.

        Raises:
            StateError: The disk is full, for example. It can be tried again.
        """
        try:
            self._db.commit()
        except sqlite3.Error as error:
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
