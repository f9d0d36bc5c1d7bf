"""Programs for the maintainer. Nothing here is installed."""
