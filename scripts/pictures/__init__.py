"""The pictures of the guide, taken by a browser."""
