"""Load the plugin that runs the pages' code blocks."""

pytest_plugins = ["tests.pages"]
