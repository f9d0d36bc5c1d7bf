"""From a refused signature to the mistake that made it."""

from okx_guide.diagnose.request import SignedRequest
from okx_guide.diagnose.search import Mistake, find

__all__ = ["Mistake", "SignedRequest", "find"]
