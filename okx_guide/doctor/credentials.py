"""The three strings as this process sees them: complete, of one key, and not mangled."""

import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from shlex import quote

from okx_guide import facts
from okx_guide.credentials import Credentials, CredentialsError
from okx_guide.doctor.report import Check, problem, warning
from okx_guide.redact import API_KEY

NAMES = {"api_key": "OKX_API_KEY", "secret_key": "OKX_SECRET_KEY", "passphrase": "OKX_PASSPHRASE"}
# Names that other programs and older texts use for the same strings.
_OTHER_NAMES = {
    "OKX_API_KEY": ("OKX_KEY", "OKX_APIKEY", "OKX_ACCESS_KEY", "OKEX_API_KEY"),
    "OKX_SECRET_KEY": (
        "OKX_SECRET",
        "OKX_API_SECRET",
        "OKX_API_SECRET_KEY",
        "OKX_SECRETKEY",
        "OKEX_SECRET_KEY",
    ),
    "OKX_PASSPHRASE": ("OKX_API_PASSPHRASE", "OKX_PASSWORD", "OKX_API_PASSWORD", "OKEX_PASSPHRASE"),
}
_HEX = re.compile(r"[0-9A-Fa-f]{32}", re.ASCII)
_QUOTES = "\"'`\u201c\u201d\u2018\u2019"
_SHORTEST = facts.rule("passphrase-rule", "min_length", int)
_QUOTING = "Put each value in single quotes where you set it; what reads the file may keep or cut."


def check_variables(
    environ: Mapping[str, str], path: Path, profile: str | None
) -> tuple[Check, Credentials | None]:
    """Check the three strings without sending anything.

    Args:
        environ: The variables of the process.
        path: The config file of OKX's own kit, read if no variable is set and the keyring of the
            operating system has no such profile.
        profile: A profile of the keyring or of that file; if given, it overrides the variables.

    Returns:
        What was found, and the strings if a request can be signed with them.
    """
    from_env = profile is None and any(environ.get(name) for name in NAMES.values())
    if not from_env:
        return _check_profile(environ, path, profile)
    values = {field: environ.get(name, "") for field, name in NAMES.items()}
    fault = next(_find_faults(values), None) or _check_mixed_sources(environ, path, values)
    if fault and fault.status == "problem":
        return fault, None
    try:
        credentials = Credentials.from_env(environ)
    except CredentialsError as error:
        return _report_unusable(error), None
    return fault or _check_shapes(credentials, "the environment"), credentials


def _check_profile(
    environ: Mapping[str, str], path: Path, profile: str | None
) -> tuple[Check, Credentials | None]:
    """Check a profile of the keyring or, if it has none, of the file."""
    try:
        in_keyring = Credentials.from_keyring(profile)
        credentials = in_keyring or Credentials.from_file(path, profile)
    except CredentialsError as error:
        # If any variable is set, the file is not meant.
        misnamed = _check_names(environ, NAMES.values()) if profile is None else None
        return misnamed or _report_unusable(error, _name_other_profiles(path, profile)), None
    where = "the keyring" if in_keyring else str(path)
    return _check_shapes(credentials, f"{where}, profile {profile or 'by default'}"), credentials


def _name_other_profiles(path: Path, profile: str | None) -> str:
    """Return what to type if the file has profiles, but not this one."""
    if profile is None:  # Only the file knows the name of the default profile.
        return ""
    profiles = _read_profiles(path)
    nearest = [] if profile in profiles else get_close_matches(profile, profiles, 1)
    return f"Run `okx-guide doctor --profile {quote(nearest[0])}`." if nearest else ""


def _report_unusable(error: CredentialsError, fix: str = "") -> Check:
    message = f"{error.fix[:1].upper()}{error.fix[1:]}."
    return problem("variables", "cred_mixup", f"{error.message}.", fix or message)


def check_file(path: Path, *, windows: bool) -> Check:
    """Check that nobody else may read or change the config file, whether or not the key is in it.

    Only the file's own mode is checked, although a closed folder protects it as well.

    Args:
        path: The config file of OKX's own kit.
        windows: There a file has no mode that says who may read it.
    """
    try:
        mode = stat.S_IMODE(path.expanduser().stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, RuntimeError):
        return Check("file", "ok", f"No {path}, so none that others can read.")
    except OSError as error:
        return Check("file", "skipped", f"Not checked: {path} ({error.strerror}).")
    if windows:
        return Check("file", "skipped", f"Not checked: on Windows, {path} has no file mode.")
    readers = [
        reader for reader, bits in (("its group", 0o060), ("everybody", 0o006)) if mode & bits
    ]
    if not readers:
        return Check("file", "ok", f"{path} has the mode {mode:o}: nobody else may read it.")
    return Check(
        "file",
        "warning",
        f"{path} has the mode {mode:o}: by it, {' and '.join(readers)} on this machine may "
        "read or change it.",
        fix=f"Run `chmod 600 {path}`. If others could enter its folder, replace the key.",
        page="/security/storing-keys/#a-file-that-only-you-can-read",
    )


def _find_faults(values: Mapping[str, str]) -> Iterator[Check]:
    """Yield the reasons why the strings cannot be used at all."""
    for field, name in NAMES.items():
        value = values[field]
        length = f"{name} has {len(value)} characters"
        if value != value.strip():
            end = "a line end" if value.strip(" \t") != value.strip() else "white space"
            yield problem(
                "variables",
                "passphrase_quoting" if field == "passphrase" else "cred_mixup",
                f"{length}, with {end} before or after them.",
                f"Set {name} again without it; `echo -n` or `printf %s` write no line end.",
                "/security/storing-keys/#characters-that-get-lost",
            )
        elif field != "passphrase" and _is_quoted(value):
            yield problem(
                "variables", "passphrase_quoting", f"{length}, with quotes around them.", _QUOTING
            )
        elif not (value.isascii() and value.isprintable()):
            yield problem(
                "variables",
                "passphrase_quoting",
                f"{length}, and one of them fits into no HTTP header.",
                f"Copy {name} again, not by way of a word processor.",
            )
    api_key, secret_key, passphrase = (values[field] for field in NAMES)
    if api_key and not API_KEY.fullmatch(api_key):
        swapped = next((n for f, n in NAMES.items() if API_KEY.fullmatch(values[f])), "")
        message = f"; {swapped} looks like a key" if swapped else ""
        yield problem(
            "variables",
            "cred_mixup",
            f"OKX_API_KEY has {len(api_key)} characters and is not a key, a UUID of 36{message}.",
            "Copy all three anew, each into its own variable.",
        )
    for first, second, names in (
        (secret_key, passphrase, "OKX_SECRET_KEY and OKX_PASSPHRASE"),
        (api_key, passphrase, "OKX_API_KEY and OKX_PASSPHRASE"),
        (api_key, secret_key, "OKX_API_KEY and OKX_SECRET_KEY"),
    ):
        if first and first == second:
            yield problem("variables", "cred_mixup", f"{names} hold the same text.")
    if _HEX.fullmatch(passphrase) and secret_key and not _HEX.fullmatch(secret_key):
        yield problem(
            "variables",
            "cred_mixup",
            "OKX_PASSPHRASE looks like a secret and OKX_SECRET_KEY does not: they are swapped.",
            "Swap OKX_SECRET_KEY and OKX_PASSPHRASE.",
        )


def _check_mixed_sources(
    environ: Mapping[str, str], path: Path, values: Mapping[str, str]
) -> Check | None:
    """Return the complaint that the strings mix two keys, if they do."""
    missing = [name for field, name in NAMES.items() if not values[field]]
    profiles = _read_profiles(path)
    for profile, row in profiles.items():
        both = [field for field in NAMES if values[field] and row.get(field)]
        same = [field for field in both if values[field] == row[field]]
        # Several keys may share a passphrase.
        if {"api_key", "secret_key"} & set(same) and len(same) < len(both):
            names = " and ".join(NAMES[field] for field in same)
            return problem(
                "variables",
                "cred_mixup",
                f"In the environment, {names} {'is' if len(same) == 1 else 'are'} that of the "
                f"profile {profile} of {path}, and the rest is not.",
                "Take all three from the environment, or all three from the file.",
            )
    if misnamed := _check_names(environ, missing):
        return misnamed
    if missing:
        file_note = f"; {path} is not read to complete it" if profiles else ""
        instead = "; or none, for the file" if profiles else ""
        return problem(
            "variables",
            "cred_mixup",
            f"The environment has no {' and no '.join(missing)}{file_note}.",
            f"Set all three, of one key, in one place{instead}.",
        )
    for name, aliases in _OTHER_NAMES.items():
        for alias in aliases:
            if environ.get(alias, environ[name]) != environ[name]:
                return warning(
                    "variables",
                    "cred_mixup",
                    f"{name} and {alias} are both set, and are not of one key.",
                    f"Unset {alias}, or set it to the same: programs differ in which they read.",
                )
    return None


def _check_names(environ: Mapping[str, str], missing: Iterable[str]) -> Check | None:
    """Return the complaint that a missing string is set under another name, if it is."""
    for name in missing:
        known = (name, *_OTHER_NAMES[name])
        alias = next(
            (each for each, value in environ.items() if value and each.upper() in known), ""
        )
        if alias:
            return problem(
                "variables",
                "cred_mixup",
                f"{name} is not set, and {alias} is.",
                f"Set {name}: that is the name OKX's own kit and this guide read.",
            )
    return None


def _read_profiles(path: Path) -> dict[str, Mapping[str, object]]:
    """Return the profiles of the file; none if it cannot be read."""
    try:
        profiles = tomllib.loads(path.expanduser().read_text(encoding="utf-8-sig")).get(
            "profiles", {}
        )
    except (OSError, ValueError, RecursionError, RuntimeError):
        return {}
    rows = profiles.items() if isinstance(profiles, dict) else ()
    return {name: row for name, row in rows if isinstance(row, dict)}


def _check_shapes(credentials: Credentials, source: str) -> Check:
    message = ", ".join(
        f"{name} {len(getattr(credentials, field))}" for field, name in NAMES.items()
    )
    message = f"From {source}; characters: {message}."
    doubt = describe_quoting(credentials.passphrase)
    message = f"{message} {doubt}".strip()
    if _is_quoted(credentials.passphrase):
        return warning("variables", "passphrase_quoting", message, _QUOTING)
    if not _HEX.fullmatch(credentials.secret_key):
        # Only observed, so not a reason to refuse.
        return warning(
            "variables",
            "cred_mixup",
            f"{message} A secret has 32 hexadecimal characters as a rule.",
        )
    return Check("variables", "ok", message)


def describe_quoting(passphrase: str) -> str:
    """Return why a passphrase looks as if a file or a shell had changed it; empty if it does not.

    Examples:
        >>> describe_quoting("'Practice-0nly'")
        'The passphrase has quotes around it.'
        >>> describe_quoting("Practice-0nly")
        ''
    """
    if _is_quoted(passphrase) or passphrase[:1] in _QUOTES or passphrase[-1:] in _QUOTES:
        return "The passphrase has quotes around it."
    if "\\" in passphrase:
        return "The passphrase has a backslash in it."
    if "%" in passphrase and re.search(r"%[0-9A-Fa-f]{2}", passphrase):
        return "The passphrase looks percent-encoded."
    if len(passphrase) < _SHORTEST:
        return f"The passphrase has fewer than {_SHORTEST} characters."
    if passphrase.isalnum():
        return "The passphrase has no special character: it may have been cut at one."
    return ""


def _is_quoted(value: str) -> bool:
    return len(value) > 1 and value[0] in _QUOTES and value[-1] in _QUOTES
