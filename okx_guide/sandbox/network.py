"""Send an answer, complete or damaged as by a bad network."""

from collections.abc import Iterable
from typing import Literal, TypeGuard, get_args

from starlette.types import Send

NetworkFault = Literal["reset", "empty", "cut", "garbled", "slow", "bad_gateway", "lost"]
"""What a network does to a request or to its answer."""

NETWORK_FAULTS: tuple[NetworkFault, ...] = get_args(NetworkFault)

NEVER_ARRIVED = ("reset", "empty", "bad_gateway")
"""The faults that hit the request: it is not carried out. The others hit the answer."""

HANG_UP = "http.hang_up"
"""A message of ours to the server, beside those of ASGI: close the connection now. With
`reset` true, by a TCP reset."""

PAUSE = "http.pause"
"""A message of ours to the server: wait for `seconds`, or until the client has gone."""

_PAUSE_SECONDS = 1
# The answer of nginx when its upstream is down.
_BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n"
    b"</body>\r\n</html>\r\n"
)


def is_network_fault(name: str) -> TypeGuard[NetworkFault]:
    """Return whether this is the name of a network fault."""
    return name in NETWORK_FAULTS


async def deliver(
    send: Send,
    status: int,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    fault: NetworkFault | None = None,
) -> None:
    """Send one answer.

    Args:
        send: Takes the messages of ASGI, and `HANG_UP` and `PAUSE`.
        status: HTTP status.
        headers: All but the length and the type.
        body: JSON.
        fault: What happens to it on its way; None for nothing.
    """
    if fault in ("reset", "empty", "lost"):
        await send({"type": HANG_UP, "reset": fault == "reset"})
        return
    content_type = b"application/json"
    if fault == "bad_gateway":
        status, content_type, body = 502, b"text/html", _BAD_GATEWAY
    elif fault == "garbled":
        body = body[::-1]  # It begins with its last byte, so it is not JSON.
    all_headers = [
        (b"content-length", b"%d" % len(body)),
        (b"content-type", content_type),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    if fault == "cut":
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await send({"type": HANG_UP, "reset": False})
        return
    if fault == "slow":
        for byte in body[:-1]:
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await send({"type": PAUSE, "seconds": _PAUSE_SECONDS})
        body = body[-1:]
    await send({"type": "http.response.body", "body": body})
