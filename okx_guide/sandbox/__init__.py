"""A practice exchange on loopback. It is not OKX, and nothing in it has value."""

from okx_guide.sandbox.server import RunningSandbox, running
from okx_guide.sandbox.state.keys import PRACTICE_KEY, Key

__all__ = ["PRACTICE_KEY", "Key", "RunningSandbox", "running"]
