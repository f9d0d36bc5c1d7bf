"""From a code or a log to its likely causes."""

from okx_guide.explain.engine import Explanation, explain, mask, read

__all__ = ["Explanation", "explain", "mask", "read"]
