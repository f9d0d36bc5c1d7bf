"""A signed request, as it arrived."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What arrived: the parts of the prehash as they were on the wire, and the signature.

    A WebSocket login arrives as a `GET` of `/users/self/verify` at Unix seconds.

    Attributes:
        timestamp: The `OK-ACCESS-TIMESTAMP` header, or the `timestamp` of a login.
        method: For example `GET`.
        request_path: Path and query, undecoded.
        body: The body as text; undecodable bytes as surrogate escapes.
        signature: The `OK-ACCESS-SIGN` header, or the `sign` of a login.
        host: Scheme and host that were called, if they are not OKX's own, for example
            `http://127.0.0.1:8700`.
    """

    timestamp: str
    method: str
    request_path: str
    body: str
    signature: str
    host: str = ""

    @property
    def prehash(self) -> str:
        """The text that should have been signed."""
        return self.timestamp + self.method + self.request_path + self.body

    @property
    def size(self) -> int:
        """The characters of path, query and body: of a large request less is tried."""
        return len(self.request_path) + len(self.body)
