"""Read the body of a request, up to a limit."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

_AT_MOST = 1 << 20
_SECONDS = 10
_DRAINED_AT_MOST = 16 << 20
_DRAIN_SECONDS = 1


class BodyError(Exception):
    """The body is too large, or does not arrive.

    Attributes:
        http_status: The status to answer with.
    """

    def __init__(self, http_status: int, message: str) -> None:
        super().__init__(message)
        self.http_status = http_status

    def to_response(self) -> Response:
        """Return the answer, after which the connection closes."""
        return Response(str(self), self.http_status, {"Connection": "close"}, "text/plain")


def has_body(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether the request announces a body."""
    return b"content-length" in headers or b"transfer-encoding" in headers


async def read_body(request: Request) -> bytes:
    """Return the body.

    Raises:
        BodyError: It is larger than 1 MiB (413) or does not arrive within 10 seconds (408).
        ClientDisconnect: The caller has disconnected.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            return await _read(request)
    except TimeoutError:
        raise BodyError(408, f"The body did not arrive within {_SECONDS} seconds.") from None


async def _read(request: Request) -> bytes:
    parts = bytearray()
    stream = request.stream()
    async for part in stream:
        parts += part
        if len(parts) > _AT_MOST:
            await _drain(stream)
            raise BodyError(413, f"The body is larger than {_AT_MOST} bytes.")
    return bytes(parts)


async def _drain(stream: AsyncIterator[bytes]) -> None:
    """Read and drop the rest of the body for a moment.

    A client that is still sending when the connection closes may never see the answer.
    """
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for part in stream:
                size += len(part)
                if size > _DRAINED_AT_MOST:
                    return
