"""Load the plugins: the pages' blocks, the built site, who runs beside whom, the figures."""

pytest_plugins = [
    "tests.pages",
    "tests.live",
    "tests.parallel",  # before what imports it: pytest rewrites the asserts of a new module only
    "tests.site",
    "tests.browser",
    "tests.hosted",
    "tests.axe",
    "tests.record",
    "tests.figures",
]

# Programs, not modules: tests/test_languages.py builds and runs the snippets, and
# `make mutants`, which needs a library of its own, runs the other.
collect_ignore = ["docs/snippets", "tests/mutants.py"]
