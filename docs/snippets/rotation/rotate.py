"""Rotate the key of a sub-account's bot, one step a run: rotate.py SUB-ACCOUNT FILE [--status].

The file is the program's own. Its profile bot is the key to use, next is made and not in use
yet, old is not deleted yet. Where a rotation stands is read from the file and from OKX, so a run
that was killed is continued by the next.
"""

import os
import secrets
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from okx_guide import Credentials, CredentialsError, OkxError, OkxSession

KEYS = "/api/v5/users/subaccount/apikey"
DELETE = "/api/v5/users/subaccount/delete-apikey"
CONFIG = "/api/v5/account/config"
PROFILES = ("bot", "next", "old")
LABEL = "rotated"
DAYS = 90


class Rotation:
    """The rotation of one key; `manager` is a session of the main account's managing key."""

    def __init__(self, manager: OkxSession, account: str, path: Path) -> None:
        self.manager, self.account, self.path = manager, account, path
        self.used_path = path.with_suffix(".used")

    def describe(self) -> str:
        """Say where the rotation stands, and what the next run does."""
        keys = self.read()
        if forgotten := self.find_forgotten(keys):
            return f"{len(forgotten)} key was made and never saved: it will be deleted"
        if "old" in keys:
            waits = "" if self.is_taken(keys) else " when the bot has taken the new key"
            return f"{name_key(keys['old'])} is old: it will be deleted{waits}"
        if "next" in keys:
            return f"{name_key(keys['next'])} is new: it will be tried and given to the bot"
        return f"{name_key(keys['bot'])} is in use" if "bot" in keys else "there is no key yet"

    def advance(self, today: date) -> str:
        """Do one step, and say which."""
        keys = self.read()
        if forgotten := self.find_forgotten(keys):
            self.delete(forgotten[0])
            return "deleted a key that was made and never saved"
        if "old" in keys:
            if not self.is_taken(keys):
                return "nothing done: the bot has not taken the new key yet"
            if keys["old"].api_key in self.list_ours():
                self.delete(keys["old"].api_key)
            self.write({"bot": keys["bot"]})
            return f"deleted {name_key(keys['old'])}"
        if "next" in keys and keys["next"].api_key not in self.list_ours():
            self.write({profile: key for profile, key in keys.items() if profile != "next"})
            return f"dropped {name_key(keys['next'])}, which OKX does not know"
        if "next" in keys:
            self.check(keys["next"])
            moved = {"bot": keys["next"]} | ({"old": keys["bot"]} if "bot" in keys else {})
            write_atomically(self.path.with_suffix(".ics"), make_calendar(self.account, today))
            self.write(moved)
            return f"gave {name_key(keys['next'])} to the bot"
        self.write(keys | {"next": self.create(today)})
        return "made a new key"

    def create(self, today: date) -> Credentials:
        """Make a key with Read and Trade, bound as the managing key is."""
        rights = self.manager.get(CONFIG).json()["data"][0]
        passphrase = f"Aa1-{secrets.token_hex(8)}"
        wish = {
            "subAcct": self.account,
            "label": f"{LABEL}{secrets.token_hex(4)}d{today:%Y%m%d}",
            "passphrase": passphrase,
            "perm": "read_only,trade",
            "ip": rights["ip"],
        }
        made = self.manager.post(KEYS, json=wish).json()["data"][0]
        return Credentials(made["apiKey"], made["secretKey"], passphrase)

    def check(self, credentials: Credentials) -> None:
        """Raise an OkxError if a key does not work."""
        OkxSession(self.manager.base_url, credentials, demo=True).get(CONFIG)

    def delete(self, api_key: str) -> None:
        """Delete a key of the sub-account."""
        self.manager.post(DELETE, json={"subAcct": self.account, "apiKey": api_key})

    def list_ours(self) -> list[str]:
        """List the keys of the sub-account that this program has made."""
        rows = self.manager.get(KEYS, params={"subAcct": self.account}).json()["data"]
        return [row["apiKey"] for row in rows if row["label"].startswith(LABEL)]

    def find_forgotten(self, keys: dict[str, Credentials]) -> list[str]:
        """Find keys that were made by a run that was killed before it saved them."""
        saved = {credentials.api_key for credentials in keys.values()}
        return [api_key for api_key in self.list_ours() if api_key not in saved]

    def is_taken(self, keys: dict[str, Credentials]) -> bool:
        """Tell whether the bot says that it uses the key in its profile."""
        used = self.used_path.read_text("utf-8") if self.used_path.exists() else ""
        return used == keys["bot"].api_key

    def read(self) -> dict[str, Credentials]:
        """Read the keys that the file has, by profile."""
        keys = {}
        for profile in PROFILES if self.path.exists() else ():
            try:
                keys[profile] = Credentials.from_file(self.path, profile)
            except CredentialsError as error:
                if "has no table" not in error.message:
                    raise
        return keys

    def write(self, keys: dict[str, Credentials]) -> None:
        """Put these keys in the place of the file."""
        lines = ['default_profile = "bot"']
        for profile, key in keys.items():
            lines += [f"\n[profiles.{profile}]", f"api_key = '{key.api_key}'"]
            lines += [f"secret_key = '{key.secret_key}'", f"passphrase = '{key.passphrase}'"]
        write_atomically(self.path, "\n".join(lines) + "\n")


def name_key(credentials: Credentials) -> str:
    """Name a key by its end, which is no secret."""
    return f"key …{credentials.api_key[-4:]}"


def write_atomically(path: Path, text: str) -> None:
    """Write a file that only you can read; whoever reads it sees all of it or the one before."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)  # noqa: PTH105  # says what it does


def make_calendar(account: str, today: date) -> str:
    """Make a calendar file with the next rotation and, every 90 days, the ones after it."""
    due = today + timedelta(days=DAYS)
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//okx-guide//rotation//EN", "BEGIN:VEVENT"),
        f"UID:rotation-{account}@okx-guide",
        f"DTSTAMP:{today:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{due:%Y%m%d}",
        f"RRULE:FREQ=DAILY;INTERVAL={DAYS}",
        f"SUMMARY:Rotate the OKX key of {account}",
        *("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Rotate", "TRIGGER:-P3D", "END:VALARM"),
        *("END:VEVENT", "END:VCALENDAR"),
    ]
    return "\r\n".join(lines) + "\r\n"


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[3:] not in ([], ["--status"]):
        sys.exit(__doc__.splitlines()[0])
    try:
        session = OkxSession.from_env(demo=True)
        rotation = Rotation(session, sys.argv[1], Path(sys.argv[2]).expanduser())
        if not sys.argv[3:]:
            print(rotation.advance(datetime.now(UTC).date()))
        print("now:", rotation.describe())
    except (OkxError, ValueError, OSError) as error:  # a lost connection is an OSError
        sys.exit(str(error))
