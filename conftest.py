"""Load the plugin that runs the pages' code blocks."""

pytest_plugins = ["tests.pages"]

# Programs, not modules: tests/test_languages.py builds and runs them.
collect_ignore = ["docs/snippets"]
