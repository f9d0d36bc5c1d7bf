"""From a refused signature to the mistake that made it."""

from okx_guide.diagnose.search import Mistake, SignedRequest, find

__all__ = ["Mistake", "SignedRequest", "find"]
