"""Write the public test vectors: `python -m scripts.vectors.write docs/vectors`.

The cases are in `scripts.vectors.cases`. Every stage is computed here from the rule alone,
with `hmac`, and not with `okx_guide.signing`: so the vectors check that module as they
check anybody's.
"""

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
    LOGIN,
    RIGHT,
    RIGHT_LOGINS,
    RIGHT_SBE,
    WRONG,
    WRONG_DIGESTS,
    WRONG_LOGINS,
    WRONG_SBE,
    WRONG_SECRETS,
    Request,
    Right,
    Wrong,
)

_Case = dict[str, Any]


def rest() -> dict[str, Any]:
    """Return what is in `rest.json`: signed requests, right and wrong.

    Examples:
        >>> case = rest()["valid"][0]
        >>> case["prehash"]
        '2020-12-08T09:08:57.715ZGET/api/v5/account/balance'
        >>> case["signature"]
        'AkD5YszBhggtIyjDlmTy/9PpNVntel+1Lff8wh0qpQw='
    """
    right = [*_right(RIGHT), *_right_endpoints()]
    for case in right:
        case["headers"] = _headers(case)
    return _file("rest", right, [*_wrong(WRONG), *_wrong_of_any("", GET)])


def websocket() -> dict[str, Any]:
    """Return what is in `websocket.json`: logins, right and wrong.

    Examples:
        >>> websocket()["valid"][0]["prehash"]
        '1704876947GET/users/self/verify'
    """
    right = _right(RIGHT_LOGINS)
    for case in right:
        case["login"] = _login(case)
    return _file("websocket", right, [*_wrong(WRONG_LOGINS), *_wrong_of_any("login-", LOGIN)])


def sbe() -> dict[str, Any]:
    """Return what is in `sbe.json`: logins by the headers of an upgrade request, right and wrong.

    The mistakes with secret and digest are those of every signature: see `websocket`.

    Examples:
        >>> sbe()["valid"][0]["headers"]["OK-ACCESS-TIMESTAMP"]
        '1751335333'
    """
    right = _right(RIGHT_SBE)
    for case in right:
        case["headers"] = _headers(case)
    return _file("sbe", right, _wrong(WRONG_SBE))


FILES = {"rest.json": rest, "websocket.json": websocket, "sbe.json": sbe}
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
    written = []
    for name, make in FILES.items():
        content, path = make(), Path(folder, name)
        if path.exists():
            _check_kept(json.loads(path.read_text(encoding="utf-8")), content, path)
        # ASCII, so that no editor, download or terminal can change a character.
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="ascii", newline="\n")
        written.append(path)
    return written


def _right(groups: Iterable[Right]) -> list[_Case]:
    return [
        _stages(id_, comment, group.flag, replace(group.base, **{group.part: value}))
        for group in groups
        for id_, (value, comment) in group.rows.items()
    ]


def _right_endpoints() -> list[_Case]:
    cases = []
    for line, body, comment in ENDPOINTS:
        method, _, request_path = line.partition(" ")
        words = request_path.partition("?")[0].removeprefix("/api/v5/").replace("/", "-")
        request = Request(method=method, request_path=request_path, body=body)
        cases.append(_stages(f"{method.lower()}-{words}", comment, "endpoint", request))
    return cases


def _stages(id_: str, comment: str, flag: str, request: Request) -> _Case:
    message = request.prehash.encode()
    digest = hmac.digest(request.secret_key.encode(), message, "sha256")
    return {
        **_start(id_, comment, flag, request),
        "prehash": request.prehash,
        "prehash_hex": message.hex(),
        "digest_hex": digest.hex(),
        "signature": base64.b64encode(digest).decode(),
    }


def _headers(case: _Case) -> dict[str, str]:
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


def _login(case: _Case) -> dict[str, Any]:
    login = {
        "apiKey": case["api_key"],
        "passphrase": case["passphrase"],
        "timestamp": case["timestamp"],
        "sign": case["signature"],
    }
    return {"op": "login", "args": [login]}


def _wrong(groups: Iterable[Wrong]) -> list[_Case]:
    cases = []
    for flag, base, part, rows in groups:
        for id_, (mistake, value, comment) in rows.items():
            secret_key, text = base.secret_key, value
            if part != "prehash":
                signed = replace(base, **{part: value})
                secret_key, text = signed.secret_key, signed.prehash
            digest = hmac.digest(secret_key.encode(), text.encode(), "sha256")
            signature = base64.b64encode(digest).decode()
            cases.append(_rejected(id_, comment, flag, base, signature, mistake))
    return cases


def _wrong_of_any(prefix: str, base: Request) -> list[_Case]:
    """Return the mistakes with secret and digest, which a request and a login share."""
    secrets = {prefix + name: row for name, row in WRONG_SECRETS.items()}
    cases = _wrong([Wrong("secret", base, "secret_key", secrets)])
    for name, (mistake, make, comment) in WRONG_DIGESTS.items():
        signature = make(base.secret_key.encode(), base.prehash.encode())
        cases.append(_rejected(prefix + name, comment, "digest", base, signature, mistake))
    return cases


def _rejected(
    id_: str, comment: str, flag: str, sent: Request, signature: str, mistake: str
) -> _Case:
    start = _start(f"wrong-{id_}", comment, flag, sent)
    return {**start, "rejected_signature": signature, "mistake": mistake}


def _start(id_: str, comment: str, flag: str, request: Request) -> _Case:
    return {"id": id_, "comment": comment, "flags": [flag], **asdict(request)}


def _file(kind: str, right: list[_Case], wrong: list[_Case]) -> dict[str, Any]:
    used = {flag for case in (*right, *wrong) for flag in case["flags"]}
    return {
        "$schema": "schema.json",
        "version": 1,
        "kind": kind,
        "about": "Unofficial, not made by OKX. Every key in this file is fake.",
        "licence": "MIT",
        "flags": {flag: meaning for flag, meaning in FLAGS.items() if flag in used},
        "valid": right,
        "invalid": wrong,
    }


def _check_kept(published: dict[str, Any], content: dict[str, Any], path: Path) -> None:
    for group in ("valid", "invalid"):
        now = {case["id"]: _promised(case) for case in content[group]}
        for case in published[group]:
            if _promised(case) != now.get(case["id"]):
                raise ValueError(
                    f"{path}: {case['id']} would change or vanish. What is published stays as "
                    "it is: add a case with a new id. If it was never published, delete the file."
                )


def _promised(case: _Case) -> _Case:
    return {name: value for name, value in case.items() if name not in ("comment", "flags")}


def main(folder: Path) -> None:
    """Write the files and say how many cases they have."""
    try:
        for path in write(folder):
            content = json.loads(path.read_text(encoding="utf-8"))
            counts = f"{len(content['valid'])} valid, {len(content['invalid'])} invalid"
            sys.stdout.write(f"wrote {path}: {counts}\n")
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
