"""The three strings of one API key, always taken from one source."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hmac import compare_digest
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from okx_guide.redact import API_KEY

CONFIG_PATH = Path("~/.okx/config.toml")
KEYRING_SERVICE = "okx-guide"
"""Under this name the operating system's keyring has the keys, one entry for each profile."""

_DEFAULT_PROFILE = "default"
_VARIABLES = {
    "api_key": "OKX_API_KEY",
    "secret_key": "OKX_SECRET_KEY",
    "passphrase": "OKX_PASSPHRASE",
}

# A profile's name, not a secret passed by mistake: that mixes lowercase and capitals.
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,30}|[A-Z][A-Z0-9_.-]{0,30}")


def _show_table(name: str) -> str:
    return f"[profiles.{name}]" if _NAME.fullmatch(name) else "of that name"


class CredentialsError(ValueError):
    """The three strings cannot be used as they are. The message never shows them.

    Attributes:
        message: What is wrong.
        fix: What to do about it.
    """

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message, fix)
        self.message, self.fix = message, fix

    def __str__(self) -> str:
        return f"{self.message}: {self.fix}."


# With the generated comparison, pytest would print the strings that differ.
@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Credentials:
    """One API key: `api_key`, `secret_key` and `passphrase`, created together at OKX.

    Examples:
        >>> Credentials("37c541a1-0000-4000-8000-10fe7a038418", "FAKE-SECRET", "Fake-Pass-1")
        Credentials(api_key='…8418', secret_key=<11 characters>, passphrase=<11 characters>)

    Raises:
        CredentialsError: A string is empty or has white space or quotes around it.
    """

    api_key: str
    secret_key: str
    passphrase: str

    def __post_init__(self) -> None:
        for name in _VARIABLES:
            _check(name, getattr(self, name))

    def __eq__(self, other: object) -> bool:
        """Compare all three strings in constant time."""
        if not isinstance(other, Credentials):
            return NotImplemented
        return compare_digest(_join(self), _join(other))

    def __hash__(self) -> int:
        return hash(_join(self))

    def __repr__(self) -> str:
        # Never raises: a debugger may show an object that is only half built.
        api_key, secret_key, passphrase = (getattr(self, name, None) for name in _VARIABLES)
        # With the strings mixed up, the secret may be in the place of the key.
        end = "<not a key>"
        if isinstance(api_key, str) and API_KEY.fullmatch(api_key):
            end = f"'…{api_key[-4:]}'"
        return (
            f"Credentials(api_key={end}, secret_key={_describe_size(secret_key)}, "
            f"passphrase={_describe_size(passphrase)})"
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read `OKX_API_KEY`, `OKX_SECRET_KEY` and `OKX_PASSPHRASE`.

        These are the names that OKX's own trading kit reads (read 2026-04-20).

        Raises:
            CredentialsError: One of the three is missing. The other two are not
                completed from elsewhere: half of one key and half of another is
                a frequent cause of `50113`.
        """
        return cls._from_mapping(environ, _VARIABLES, "the environment")

    @classmethod
    def from_file(cls, path: Path | str = CONFIG_PATH, profile: str | None = None) -> Self:
        """Read one profile of a config file, by default `~/.okx/config.toml`.

        The form is that of OKX's own trading kit: `default_profile = "demo"` and a
        `[profiles.demo]` table with `api_key`, `secret_key` and `passphrase`.

        Args:
            path: The TOML file.
            profile: The profile's name; by default the one in `default_profile`.

        Raises:
            CredentialsError: No such file or profile, or a string is missing.
        """
        path = Path(path)
        try:
            path = path.expanduser()
            # Editors on Windows may write a byte order mark, which TOML does not allow.
            config = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            raise CredentialsError(
                f"{path} does not exist", f"create it, or set {', '.join(_VARIABLES.values())}"
            ) from None
        except OSError as error:
            raise CredentialsError(
                f"{path} cannot be read ({error.strerror})", "make it a file that you can read"
            ) from None
        except UnicodeDecodeError:
            raise CredentialsError(
                f"{path} is not UTF-8 text", "save it as UTF-8; in PowerShell, not with >"
            ) from None
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            # The parser's own message may quote the line, and the line may be the secret.
            line = re.search(r"at line \d+", str(error))
            raise CredentialsError(
                f"{path} is not valid TOML{f' {line[0]}' if line else ''}",
                "put each value in 'single quotes'",
            ) from None
        except RuntimeError:
            raise CredentialsError(
                f"{path} cannot be found, there is no home folder",
                f"set {', '.join(_VARIABLES.values())}",
            ) from None
        profiles = config.get("profiles")
        name = profile or config.get("default_profile")
        tables = profiles if isinstance(profiles, dict) else {}
        known = [each for each, table in tables.items() if isinstance(table, dict)]
        has = f"its profiles are {', '.join(known)}" if known else "nor any [profiles.NAME]"
        if not name or not isinstance(name, str):
            raise CredentialsError(
                f"{path} names no default_profile, {has}",
                f'add default_profile = "{known[0] if known else "NAME"}" at its top, or name '
                "a profile",
            )
        if name not in known:
            raise CredentialsError(
                f"{path} has no table {_show_table(name)}, {has}",
                "name a profile that it has" if known else "add one",
            )
        fields = {field: field for field in _VARIABLES}
        return cls._from_mapping(tables[name], fields, f"{path}, profile {name}")

    @classmethod
    def from_keyring(cls, profile: str | None = None) -> Self | None:
        """Read one profile from the operating system's keyring.

        It needs the extra `keyring`: `pip install 'okx-guide[keyring]'`.

        Args:
            profile: The profile's name; by default `default`.

        Returns:
            The key; None if there is no such entry, no keyring, or the extra is not installed.

        Raises:
            CredentialsError: The keyring is locked, or the entry lacks one of the three strings.
        """
        if find_spec("keyring") is None:
            return None
        name = profile or _DEFAULT_PROFILE
        text = _call_keyring("get_password", name)
        if text is None:
            return None
        try:
            entry = json.loads(text)
        except (ValueError, RecursionError):
            entry = None
        where = f"the keyring, profile {name},"
        if not isinstance(entry, dict):
            raise CredentialsError(
                f"{where} holds no key of this guide", "store it again, with to_keyring()"
            )
        return cls._from_mapping(entry, {field: field for field in _VARIABLES}, where)

    def to_keyring(self, profile: str | None = None) -> None:
        """Store the key in the operating system's keyring, all three strings in one entry.

        Args:
            profile: The profile's name; by default `default`. An entry of that name is replaced.

        Raises:
            CredentialsError: The extra is not installed, there is no keyring, or it is locked.
        """
        if find_spec("keyring") is None:
            raise CredentialsError(
                "the package keyring is not installed", "run pip install 'okx-guide[keyring]'"
            )
        _call_keyring("set_password", profile or _DEFAULT_PROFILE, json.dumps(asdict(self)))

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str] = os.environ,
        path: Path | str = CONFIG_PATH,
        profile: str | None = None,
    ) -> Self:
        """Read the key from the environment, the keyring or the file, whichever has it first.

        1. The environment, if any of the three variables is set and no profile is named.
        2. The operating system's keyring, if the extra is installed and it has the profile.
        3. The file.

        All three strings come from one of them; none is completed from another.

        Raises:
            CredentialsError: The chosen source lacks one of the three strings, or the keyring
                is locked.
        """
        if profile is None and any(environ.get(name) for name in _VARIABLES.values()):
            return cls.from_env(environ)
        return cls.from_keyring(profile) or cls.from_file(path, profile)

    @classmethod
    def _from_mapping(cls, source: Mapping[str, Any], names: dict[str, str], where: str) -> Self:
        missing = [name for name in names.values() if not source.get(name)]
        if len(missing) == len(names):
            raise CredentialsError(
                f"{where} has no {' and no '.join(missing)}",
                "set all three, to the strings of one key",
            )
        if missing:
            raise CredentialsError(
                f"{where} has no {' and no '.join(missing)}",
                "take all three strings of one key from one place; they are never completed "
                "from another",
            )
        return cls(**{field: source[name] for field, name in names.items()})


def _call_keyring(action: str, profile: str, *value: str) -> Any:
    """Read or write one entry; without a keyring, reading returns nothing.

    Raises:
        CredentialsError: There is no keyring to write to, or it is locked.
    """
    keyring, errors = import_module("keyring"), import_module("keyring.errors")
    try:
        return getattr(keyring, action)(KEYRING_SERVICE, profile, *value)
    except errors.NoKeyringError:
        if not value:
            return None
        raise CredentialsError(
            "this machine has no keyring that can be written",
            "keep the key in a file that only you can read",
        ) from None
    except errors.KeyringError as error:
        # A back end's own message may contain the secret.
        raise CredentialsError(
            f"the keyring refused ({type(error).__name__})",
            f"unlock it, or set {', '.join(_VARIABLES.values())}",
        ) from None


def _join(credentials: Credentials) -> bytes:
    strings = (credentials.api_key, credentials.secret_key, credentials.passphrase)
    return "\0".join(strings).encode()  # None of the three contains a NUL.


def _describe_size(value: object) -> str:
    return f"<{len(value)} characters>" if isinstance(value, str) else f"<{type(value).__name__}>"


def _check(name: str, value: object) -> None:
    label = f"{name} ({_VARIABLES[name]})"
    if not isinstance(value, str):
        raise CredentialsError(f"{label} must be text, not {type(value).__name__}", "quote it")
    if not value:
        raise CredentialsError(f"{label} is empty", "set it")
    if value != value.strip():
        raise CredentialsError(
            f"{label} has white space around it ({len(value)} characters)", "remove it"
        )
    # A passphrase may really begin and end with a quote; a key and a secret never do.
    if name != "passphrase" and value[0] == value[-1] and value[0] in "\"'":
        raise CredentialsError(
            f"{label} has quotes around it ({len(value)} characters)",
            "remove them. Docker's --env-file and some editors keep them",
        )
    if not (value.isascii() and value.isprintable()):
        raise CredentialsError(
            f"{label} has a character that no HTTP header can carry", "copy it again"
        )
