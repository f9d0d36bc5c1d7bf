"""Refused signatures that were written without a look at the catalogue of mistakes."""

import base64
import hmac
import json
from pathlib import Path
from typing import Any

from tests.support.rejections import API_KEY, PASSPHRASE, SECRET

FILE = Path(__file__).parents[1] / "diagnose" / "refused.json"


def load_refusals() -> list[dict[str, Any]]:
    """Return each refused request with its signature, its keys, and the mistakes behind it."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return [
        {
            **stored["requests"][case["request"]],
            "host": "",
            "signature": case.get("signature") or _sign(case),
            "secret_key": SECRET,
            "passphrase": PASSPHRASE,
            "api_key": API_KEY,
            "kind": case["kind"],
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
