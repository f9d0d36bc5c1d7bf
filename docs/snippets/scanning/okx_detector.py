"""Secrets of OKX API keys, for detect-secrets: pass this file with --plugin."""

import re

from detect_secrets.plugins.base import RegexBasedDetector


class OkxDetector(RegexBasedDetector):
    """Find a secret key or a passphrase. The patterns are those of gitleaks.toml."""

    secret_type = "OKX API key"

    denylist = (
        # 32 hexadecimal digits behind a name that has "secret" in it.
        re.compile(r"""(?i)secret(?:[_ -]?key)?['"]?\s*(?:=>|:=|[:=,(])\s*['"]?([0-9a-f]{32})\b"""),
        # A passphrase in quotes, or behind the name of the variable or the header.
        re.compile(
            r"""(?i)passphrase['"]?\s*(?:=>|:=|[:=,(])\s*['"]([^'"\s]{8,32})['"]"""
            r"""|(?:OKX_|OK-ACCESS-)PASSPHRASE\s*[:=]\s*([^'"\s$<{]{8,32})"""
        ),
    )
