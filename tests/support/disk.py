"""A disk that is full."""

from okx_guide.sandbox.state.store import StateError

FULL = "the disk is full"


def refuse_commit(*_: object) -> None:
    """Stand in for `Store.commit` where nothing can be written."""
    raise StateError(FULL)
