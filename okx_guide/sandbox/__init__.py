"""A practice exchange on loopback. It is not OKX, and nothing in it has value."""

from typing import TYPE_CHECKING, Any

from okx_guide.sandbox.network import NetworkFault
from okx_guide.sandbox.state.keys import PRACTICE_KEY, Key

if TYPE_CHECKING:
    from okx_guide.sandbox.server import RunningSandbox, running

__all__ = ["PRACTICE_KEY", "Key", "NetworkFault", "RunningSandbox", "running"]


def __getattr__(name: str) -> Any:
    # Imported on demand: the exchange also runs in a page, where there is no server.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from okx_guide.sandbox import server  # noqa: PLC0415  # see above

    return getattr(server, name)
