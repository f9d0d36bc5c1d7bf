"""Find real keys in code: they do not belong in a practice exchange."""

import re
from collections.abc import Iterable

# The forms in which OKX writes an API key and a secret key.
_FORMS = re.compile(
    r"(?<![0-9A-Za-z-])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Za-z-])"
    r"|(?<![0-9A-Za-z])[0-9A-Fa-f]{32}(?![0-9A-Za-z])"
)
# The invented keys of the guide begin like this; OKX's never do.
_INVENTED = "00000000-0000-"

REFUSAL = (
    "Not run: the code holds what looks like a real key ({}...), and a real key has no business "
    "in a practice exchange. Use the key that is ready here: Credentials.from_env(). If it is a "
    "real key, and anybody else can see this screen, delete it at OKX."
)
"""What the page says, with the first characters of what was found."""


def find_real_keys(code: str, known: Iterable[str]) -> list[str]:
    """Return what looks like a real API key or secret key in a block, in order.

    Args:
        code: What a reader wants to run.
        known: The strings of the keys that this exchange made, and the block as it was published.

    Example:
        >>> code = "key = '5a4db0c5-1111-4222-8333-0123456789ab'"
        >>> find_real_keys(code, [])
        ['5a4db0c5-1111-4222-8333-0123456789ab']
        >>> find_real_keys(code, [code])
        []
    """
    harmless = "\n".join(known).lower()
    return [
        match
        for match in _FORMS.findall(code)
        if match.lower() not in harmless and not match.startswith(_INVENTED)
    ]
