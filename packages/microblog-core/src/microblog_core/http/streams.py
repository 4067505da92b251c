"""Streams of server-sent events, and the register that ends them all when the process stops.

One `Feed` per stream: bounded, filled by observers in the event loop, emptied by `stream_events`. Whoever
reads too slowly is cut off and comes back by itself, with `Last-Event-ID` if the events had ids (HTML
standard, section 9.2).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import msgspec

from microblog_core.domain.errors import Unavailable
from microblog_core.http.scope import Receive, Scope, Send

FEED_LIMIT = 200
HEARTBEAT_SECONDS = 15.0
_RETRY = b"retry: 2000\n\n"
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event: `data` may have several lines; `event` and `id` have none."""

    data: str
    event: str = ""
    id: str = ""

    def encode(self) -> bytes:
        """The event as it goes over the wire."""
        lines = [f"{name}: {value}" for name, value in (("id", self.id), ("event", self.event)) if value]
        lines.extend(f"data: {line}" for line in self.data.splitlines() or [""])
        return ("\n".join(lines) + "\n\n").encode()


class Feed:
    """The events that wait for one stream, at most `limit`; when there would be more, the feed ends
    itself.
    """

    __slots__ = ("_ended", "_limit", "_waiter", "_waiting")

    def __init__(self, limit: int = FEED_LIMIT) -> None:
        self._limit = limit
        self._waiting: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    def put(self, event: ServerEvent | bytes) -> None:
        """Add an event (bytes are sent as they are); never waits. Called in the event loop."""
        if self._ended:
            return
        if len(self._waiting) >= self._limit:
            self._waiting.clear()
            self.end()
            return
        self._waiting.append(event if isinstance(event, bytes) else event.encode())
        self._wake()

    def end(self) -> None:
        """Nothing more will come; what waits is still sent."""
        self._ended = True
        self._wake()

    async def next(self, timeout: float) -> bytes | None:
        """All that waits, in one piece: empty after `timeout` seconds without any, None at the end."""
        if not self._waiting and not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._waiter
            self._waiter = None
        if self._waiting:
            data = b"".join(self._waiting)
            self._waiting.clear()
            return data
        return None if self._ended else b""

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Streams:
    """The open streams of a process."""

    def __init__(self) -> None:
        self._open: set[Feed] = set()
        self._closing = False
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._open)

    @property
    def closing(self) -> bool:
        """Whether `close_all` was called: no new stream is taken."""
        return self._closing

    def add(self, feed: Feed) -> None:
        """Note an open stream. Raises `Unavailable` while the process stops."""
        if self._closing:
            raise Unavailable("The server is restarting.", hint="Connect again in a moment.")
        self._open.add(feed)
        self._empty.clear()

    def remove(self, feed: Feed) -> None:
        """The stream is over."""
        self._open.discard(feed)
        if not self._open:
            self._empty.set()

    async def close_all(self, timeout: float = 1.0) -> int:
        """End every stream and wait up to `timeout` seconds for their last bytes; the number of those
        still open.
        """
        self._closing = True
        for feed in tuple(self._open):
            feed.end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._empty.wait()
        return len(self._open)


async def stream_events(
    scope: Scope, receive: Receive, send: Send, source: Feed, *, heartbeat: float = HEARTBEAT_SECONDS
) -> None:
    """Answer a request with the events of `source` until it ends, the visitor leaves, or the process stops.

    A comment every `heartbeat` seconds keeps proxies from closing the connection. Raises `Unavailable`
    while the process stops.
    """
    streams: Streams = scope["state"]["streams"]
    streams.add(source)
    watcher = asyncio.create_task(_end_with_visitor(receive, source))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
        await send({"type": "http.response.body", "body": _RETRY, "more_body": True})
        while (data := await source.next(heartbeat)) is not None:
            await send({"type": "http.response.body", "body": data or b":\n\n", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        source.end()
        streams.remove(source)
        watcher.cancel()


async def _end_with_visitor(receive: Receive, feed: Feed) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    feed.end()
