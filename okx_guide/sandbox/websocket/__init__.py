"""The WebSocket API of the practice exchange."""
