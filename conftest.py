"""Load the plugins: the pages' code blocks, the built site, and who runs beside whom, figures."""

pytest_plugins = [
    "tests.pages",
    "tests.live",
    "tests.site",
    "tests.browser",
    "tests.hosted",
    "tests.parallel",
    "tests.record",
    "tests.figures",
]

# Programs, not modules: tests/test_languages.py builds and runs the snippets, and
# `make mutants`, which needs a library of its own, runs the other.
collect_ignore = ["docs/snippets", "tests/mutants.py"]
