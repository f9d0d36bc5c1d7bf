"""Load the plugins: the pages' blocks run, the pages are shown, figures are printed."""

pytest_plugins = ["tests.pages", "tests.live", "tests.site", "tests.browser", "tests.figures"]

# Programs, not modules: tests/test_languages.py builds and runs the snippets, and
# `make mutants`, which needs a library of its own, runs the other.
collect_ignore = ["docs/snippets", "tests/mutants.py"]
