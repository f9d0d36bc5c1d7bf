"""Load the plugins that run the pages' code blocks."""

pytest_plugins = ["tests.pages", "tests.live"]

# Programs, not modules: tests/test_languages.py builds and runs them.
collect_ignore = ["docs/snippets"]
