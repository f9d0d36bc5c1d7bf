"""Measure with Lighthouse how fast the built site is: `make audit`. Needs an idle machine.

Scores that do not depend on the machine are tested in tests/site/test_quality.py.
"""

import sys

from scripts.pictures.looks import KINDS
from tests.plugins.blocks import ROOT
from tests.plugins.browser import chromium, find_debugging_port
from tests.plugins.hosted import serve_site
from tests.support.audits import install, list_low_scores, measure

LEAST = {"performance": 0.95}
LOOKS = 3
"""Looks at a page at most. Other work of the machine takes points away, and adds none."""


def main() -> int:
    """Print the score of every kind of page; return 1 if one is too low."""
    with serve_site(ROOT / "site") as url, chromium("--remote-debugging-port=0") as browser:
        port = find_debugging_port(browser)
        urls = [url + path for path in KINDS.values()]
        results = measure(install(), port, urls, LEAST)
        for _ in range(LOOKS - 1):
            if slow := [result for result in urls if list_low_scores(results[result], LEAST)]:
                results |= measure(install(), port, slow, LEAST)
    for result in results.values():
        score = result["scores"]["performance"]
        sys.stdout.write(f"performance {score:.2f}: {result['url'].removeprefix(url)}\n")
        if list_low_scores(result, LEAST):
            sys.stdout.writelines(f"  {lost}\n" for lost in result["lost"])
    return 1 if any(list_low_scores(result, LEAST) for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
