"""The readers: raw connections in one event loop, which look for a mark in all that comes."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Sequence

OPENING_AT_ONCE = 100
SECONDS = 60.0


class Reader(asyncio.Protocol):
    """One stream. `kept` is all that came since `look_for`."""

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request
        self._head = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.kept = b""
        self.has_it = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self._head += data
            if b"\r\n\r\n" in self._head:
                line = self._head.partition(b"\r\n")[0]
                if line.split()[1] in (b"200", b"101"):
                    self.opened.set_result(None)
                else:
                    self.opened.set_exception(RuntimeError(self._head.decode(errors="replace")))
            return
        self.kept += data
        if not self.has_it and self._crowd.mark in self.kept:
            self.has_it = True
            self._crowd.count()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or EOFError())
        self._crowd.lost += 1


class Crowd:
    """All readers of one kind of stream."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._readers: list[Reader] = []
        self._missing = 0
        self._all: asyncio.Event = asyncio.Event()
        self.mark = b"\0"
        self.lost = 0
        self.last_at = 0.0

    async def open(self, requests: Sequence[bytes]) -> None:
        """Open a stream for each request. Raises what a refusal says."""
        loop = asyncio.get_running_loop()
        for start in range(0, len(requests), OPENING_AT_ONCE):
            batch = [Reader(self, request) for request in requests[start : start + OPENING_AT_ONCE]]
            for reader in batch:
                await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", self._port)  # type: ignore[misc]
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*(reader.opened for reader in batch))
            self._readers += batch

    def look_for(self, mark: bytes) -> None:
        """Wait for something new."""
        self.mark, self._missing = mark, len(self._readers)
        self._all.clear()
        for reader in self._readers:
            reader.kept, reader.has_it = b"", False

    def count(self) -> None:
        """One more has it."""
        self._missing -= 1
        if self._missing == 0:
            self.last_at = time.perf_counter()
            self._all.set()

    async def everybody(self) -> float:
        """The moment (`time.perf_counter`) at which the last one had it."""
        async with asyncio.timeout(SECONDS):
            await self._all.wait()
        return self.last_at

    def an_event(self) -> bytes:
        """What one of them got."""
        return self._readers[0].kept

    def close(self) -> None:
        """Leave."""
        for reader in self._readers:
            if reader.transport is not None:
                reader.transport.close()


def events_request(path: str, token: str = "") -> bytes:
    """A request for server-sent events."""
    line = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{line}\r\n".encode()


def socket_request(path: str, token: str = "") -> bytes:
    """A request for a WebSocket."""
    line = f"Authorization: Bearer {token}\r\n" if token else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{line}Connection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
    ).encode()
