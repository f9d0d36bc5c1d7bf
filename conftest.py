"""Load the plugins: the pages' blocks, the built site, who runs beside whom, the figures."""

pytest_plugins = [
    "tests.plugins.blocks",
    "tests.plugins.live",
    # Before what imports it: pytest rewrites the asserts of a new module only.
    "tests.plugins.parallel",
    "tests.plugins.site",
    "tests.plugins.browser",
    "tests.plugins.hosted",
    "tests.plugins.axe",
    "tests.plugins.record",
    "tests.plugins.figures",
    "tests.plugins.keyrings",
    "tests.plugins.garbage",
]

# Programs, not modules: tests/pages/test_languages.py builds and runs the snippets, and
# `make mutants`, which needs a library of its own, runs the other.
collect_ignore = ["docs/snippets", "scripts/mutants.py", "tests/clients/programs"]
