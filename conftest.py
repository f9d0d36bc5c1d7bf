"""Load the plugins that run the pages' code blocks, and the ones that show the pages."""

pytest_plugins = ["tests.pages", "tests.live", "tests.site", "tests.browser"]

# Programs, not modules: tests/test_languages.py builds and runs the snippets, and
# `make mutants`, which needs a library of its own, runs the other.
collect_ignore = ["docs/snippets", "tests/mutants.py"]
