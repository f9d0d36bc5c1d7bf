"""Refused signatures that were written without a look at the catalogue of mistakes.

Each file is a set; one that was written later says how many of it were named when it was
first tried, before anything was repaired.
"""

import base64
import hmac
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.rejections import API_KEY, PASSPHRASE, SECRET

_FOLDER = Path(__file__).parents[1] / "diagnose"
SETS = ("refused", "unseen-1", "unseen-2", "unseen-3", "unseen-5")


def load_refusals(sets: Iterable[str] = SETS) -> list[dict[str, Any]]:
    """Return each refused request with its signature and keys, and the mistakes behind it."""
    return [case for name in sets for case in _load_set(name)]


def load_first_score(name: str) -> str:
    """Return how many of a set were named when it was first tried, such as `"7 of 9"`."""
    first = _read(name).get("first")
    return f"{first['named']} of {first['of']}" if first else "unknown"


def _read(name: str) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return stored


def _load_set(name: str) -> list[dict[str, Any]]:
    stored = _read(name)
    return [
        {
            "host": "",
            "secret_key": SECRET,
            "passphrase": PASSPHRASE,
            "api_key": API_KEY,
            **stored["requests"][case["request"]],
            "signature": case.get("signature") or _sign(case),
            "kind": case["kind"],
            "forms": case.get("forms", []),
            "mistakes": case["mistakes"],
        }
        for case in stored["cases"]
    ]


def _sign(case: dict[str, str]) -> str:
    secret = bytes.fromhex(case["secret_hex"]) if "secret_hex" in case else None
    if secret is None:
        secret = case.get("secret", SECRET).encode()
    digest = hmac.digest(secret, case["signed"].encode(), case.get("hash", "sha256"))
    return base64.b64encode(digest).decode()
