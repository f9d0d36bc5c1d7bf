"""The REST API of the practice exchange."""
