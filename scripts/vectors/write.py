"""Write the public test vectors: `python -m scripts.vectors.write docs/vectors`.

The cases are in `scripts.vectors.cases`. Every stage is computed here from the rule alone,
with `hmac`, and not with `okx_guide.signing`: so the vectors check that module as they
check anybody's.
"""

import argparse
import base64
import hmac
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from scripts.vectors.cases import (
    ENDPOINTS,
    FLAGS,
    GET,
    INVALID,
    INVALID_DIGESTS,
    INVALID_LOGINS,
    INVALID_SBE,
    INVALID_SECRETS,
    LOGIN,
    VALID,
    VALID_LOGINS,
    VALID_SBE,
    InvalidGroup,
    Request,
    ValidGroup,
)

_Case = dict[str, Any]


def make_rest_file() -> dict[str, Any]:
    """Return what is in `rest.json`: signed requests, right and wrong.

    Examples:
        >>> case = make_rest_file()["valid"][0]
        >>> case["prehash"]
        '2020-12-08T09:08:57.715ZGET/api/v5/account/balance'
        >>> case["signature"]
        'AkD5YszBhggtIyjDlmTy/9PpNVntel+1Lff8wh0qpQw='
    """
    valid = [*_list_valid(VALID), *_list_endpoints()]
    for case in valid:
        case["headers"] = _make_headers(case)
    return _make_file("rest", valid, [*_list_invalid(INVALID), *_list_shared("", GET)])


def make_websocket_file() -> dict[str, Any]:
    """Return what is in `websocket.json`: logins, right and wrong.

    Examples:
        >>> make_websocket_file()["valid"][0]["prehash"]
        '1704876947GET/users/self/verify'
    """
    valid = _list_valid(VALID_LOGINS)
    for case in valid:
        case["login"] = _make_login(case)
    return _make_file(
        "websocket", valid, [*_list_invalid(INVALID_LOGINS), *_list_shared("login-", LOGIN)]
    )


def make_sbe_file() -> dict[str, Any]:
    """Return what is in `sbe.json`: logins by the headers of an upgrade request, right and wrong.

    The mistakes with secret and digest are those of every signature: see `make_websocket_file`.

    Examples:
        >>> make_sbe_file()["valid"][0]["headers"]["OK-ACCESS-TIMESTAMP"]
        '1751335333'
    """
    valid = _list_valid(VALID_SBE)
    for case in valid:
        case["headers"] = _make_headers(case)
    return _make_file("sbe", valid, _list_invalid(INVALID_SBE))


FILES = {
    "rest.json": make_rest_file,
    "websocket.json": make_websocket_file,
    "sbe.json": make_sbe_file,
}
"""The files, each with the function that returns what is in it."""


def write(folder: Path | str) -> list[Path]:
    """Write every file of `FILES`.

    Args:
        folder: Where to. Files that are there already are only added to.

    Returns:
        The files.

    Raises:
        ValueError: A case that is in a file there would change or vanish.
    """
    paths = []
    for name, make in FILES.items():
        content, path = make(), Path(folder, name)
        if path.exists():
            _check_published(json.loads(path.read_text(encoding="utf-8")), content, path)
        # ASCII, so that no editor, download or terminal can change a character.
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="ascii", newline="\n")
        paths.append(path)
    return paths


def _list_valid(groups: Iterable[ValidGroup]) -> list[_Case]:
    return [
        _make_valid(id_, comment, group.flag, replace(group.base, **{group.part: value}))
        for group in groups
        for id_, (value, comment) in group.rows.items()
    ]


def _list_endpoints() -> list[_Case]:
    cases = []
    for line, body, comment in ENDPOINTS:
        method, _, request_path = line.partition(" ")
        words = request_path.partition("?")[0].removeprefix("/api/v5/").replace("/", "-")
        request = Request(method=method, request_path=request_path, body=body)
        cases.append(_make_valid(f"{method.lower()}-{words}", comment, "endpoint", request))
    return cases


def _make_valid(id_: str, comment: str, flag: str, request: Request) -> _Case:
    message = request.prehash.encode()
    digest = hmac.digest(request.secret_key.encode(), message, "sha256")
    return {
        **_make_case(id_, comment, flag, request),
        "prehash": request.prehash,
        "prehash_hex": message.hex(),
        "digest_hex": digest.hex(),
        "signature": base64.b64encode(digest).decode(),
    }


def _make_headers(case: _Case) -> dict[str, str]:
    headers = {
        "OK-ACCESS-KEY": case["api_key"],
        "OK-ACCESS-SIGN": case["signature"],
        "OK-ACCESS-TIMESTAMP": case["timestamp"],
        "OK-ACCESS-PASSPHRASE": case["passphrase"],
    }
    if case["body"]:
        headers["Content-Type"] = "application/json"
    if "demo" in case["flags"]:
        headers["x-simulated-trading"] = "1"
    return headers


def _make_login(case: _Case) -> dict[str, Any]:
    login = {
        "apiKey": case["api_key"],
        "passphrase": case["passphrase"],
        "timestamp": case["timestamp"],
        "sign": case["signature"],
    }
    return {"op": "login", "args": [login]}


def _list_invalid(groups: Iterable[InvalidGroup]) -> list[_Case]:
    cases = []
    for flag, base, part, rows in groups:
        for id_, (mistake, value, comment) in rows.items():
            secret_key, text = base.secret_key, value
            if part != "prehash":
                signed = replace(base, **{part: value})
                secret_key, text = signed.secret_key, signed.prehash
            digest = hmac.digest(secret_key.encode(), text.encode(), "sha256")
            signature = base64.b64encode(digest).decode()
            cases.append(_make_invalid(id_, comment, flag, base, signature, mistake))
    return cases


def _list_shared(prefix: str, base: Request) -> list[_Case]:
    """Return the mistakes with secret and digest, which a request and a login share."""
    secrets = {prefix + name: row for name, row in INVALID_SECRETS.items()}
    cases = _list_invalid([InvalidGroup("secret", base, "secret_key", secrets)])
    for name, (mistake, make, comment) in INVALID_DIGESTS.items():
        signature = make(base.secret_key.encode(), base.prehash.encode())
        cases.append(_make_invalid(prefix + name, comment, "digest", base, signature, mistake))
    return cases


def _make_invalid(
    id_: str, comment: str, flag: str, request: Request, signature: str, mistake: str
) -> _Case:
    start = _make_case(f"wrong-{id_}", comment, flag, request)
    return {**start, "rejected_signature": signature, "mistake": mistake}


def _make_case(id_: str, comment: str, flag: str, request: Request) -> _Case:
    return {"id": id_, "comment": comment, "flags": [flag], **asdict(request)}


def _make_file(kind: str, valid: list[_Case], invalid: list[_Case]) -> dict[str, Any]:
    used = {flag for case in (*valid, *invalid) for flag in case["flags"]}
    return {
        "$schema": "schema.json",
        "version": 1,
        "kind": kind,
        "about": "Unofficial, not made by OKX. Every key in this file is fake.",
        "licence": "MIT",
        "flags": {flag: meaning for flag, meaning in FLAGS.items() if flag in used},
        "valid": valid,
        "invalid": invalid,
    }


def _check_published(published: dict[str, Any], content: dict[str, Any], path: Path) -> None:
    for group in ("valid", "invalid"):
        current = {case["id"]: _strip_remarks(case) for case in content[group]}
        for case in published[group]:
            if _strip_remarks(case) != current.get(case["id"]):
                raise ValueError(
                    f"{path}: {case['id']} would change or vanish. What is published stays as "
                    "it is: add a case with a new id. If it was never published, delete the file."
                )


def _strip_remarks(case: _Case) -> _Case:
    return {name: value for name, value in case.items() if name not in ("comment", "flags")}


def main(arguments: list[str]) -> None:
    """Write the files and say how many cases they have."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.vectors.write",
        description="Write the public test vectors. A published case is never changed.",
    )
    parser.add_argument("folder", type=Path, help="where the files go, as docs/vectors")
    folder = parser.parse_args(arguments).folder
    if not folder.is_dir():
        parser.error(f"{folder} is no folder: make it, or name docs/vectors.")
    try:
        for path in write(folder):
            content = json.loads(path.read_text(encoding="utf-8"))
            counts = f"{len(content['valid'])} valid, {len(content['invalid'])} invalid"
            sys.stdout.write(f"wrote {path}: {counts}\n")
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
