"""What the maintainer runs. Nothing here is installed."""
