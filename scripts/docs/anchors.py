"""Anchors of facts on the page of all facts, docs/about/facts.md."""

import re

from okx_guide.facts import Fact


def find_anchor(fact: Fact, name: str) -> str:
    """Return the anchor of a fact on that page.

    Args:
        fact: The fact.
        name: Its file, one of `okx_guide.facts.FILES`: two files may use the same id.

    Example:
        >>> from okx_guide import facts
        >>> find_anchor(facts.load("rules")["key-shape"], "rules")
        'rules-key-shape'
        >>> find_anchor(facts.load("limits")["GET /api/v5/account/config"], "limits")
        'limits-get-api-v5-account-config'
    """
    return re.sub(r"\W+", "-", f"{name}-{fact.id}").strip("-").lower()
