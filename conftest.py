"""Load the plugins that run the pages' code blocks."""

pytest_plugins = ["tests.pages", "tests.live"]
