"""An HTTP adapter with a deadline for the whole call and a limit on the answer's size."""

import io
import socket
import time
from contextlib import suppress
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

LARGEST = 16 << 20
"""Bytes of the largest answer that is read, after it was unpacked. Our choice: the longest
lists of OKX's have a few million."""

deadline: ContextVar[float] = ContextVar("deadline")
"""When the call that is under way must be over, by `time.monotonic()`."""

_PART = 1 << 14


class AnswerTooLargeError(Exception):
    """The answer is larger than `LARGEST`."""


def read_answer(response: requests.Response) -> bytes:
    """Read the body of a response, unpacked.

    Raises:
        AnswerTooLargeError: The body is larger than any answer of the API.
        requests.RequestException: It broke off, or did not come in time.
    """
    content = bytearray()
    try:
        for part in response.iter_content(_PART):
            content += part
            if len(content) > LARGEST:
                response.close()
                raise AnswerTooLargeError
    except requests.RequestException as error:
        if time.monotonic() >= deadline.get():
            raise requests.ReadTimeout("The answer was not complete in time.") from error
        raise
    return bytes(content)


class _Patient(io.RawIOBase):
    """A socket's bytes; reading fails after the deadline of the call."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._file = wire.makefile("rb", buffering=0)
        self._longest = wire.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = deadline.get(float("inf")) - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("timed out")
        longest = remaining if self._longest is None else min(remaining, self._longest)
        if longest != float("inf"):
            self._wire.settimeout(longest)
        return self._file.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class _Response(HTTPResponse):
    """An HTTP response whose reads together take no longer than the deadline."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        with suppress(OSError):
            self.fp.close()
        self.fp = io.BufferedReader(_Patient(sock))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class Transport(HTTPAdapter):
    """An adapter of requests that keeps `deadline`."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        """Return the pool of connections through a proxy."""
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
