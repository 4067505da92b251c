"""Streams of server-sent events and WebSockets, and the register that ends them all when the process stops.

One `Feed` per stream: bounded, filled by observers in the event loop, emptied by `stream_events` or
`stream_messages`. Whoever reads too slowly is cut off and comes back by itself, with `Last-Event-ID` if the
events had ids (HTML standard, section 9.2).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator

import msgspec

from microblog_core.domain.errors import Unavailable
from microblog_core.http.errors import log_unexpected
from microblog_core.http.scope import Receive, Scope, Send

FEED_LIMIT = 200
HEARTBEAT_SECONDS = 15.0
SEND_SECONDS = 20.0
"""Who takes nothing for so long, though there is something, is cut off."""
SWEEP_SECONDS = 1.0
MESSAGE_CHARACTERS = 4096
"""What a WebSocket may say at once."""

NORMAL, GOING_AWAY, POLICY, TOO_BIG, FAILED, TRY_LATER = 1000, 1001, 1008, 1009, 1011, 1013
"""Why a WebSocket is closed (RFC 6455 section 7.4.1, and IANA's registry of close codes)."""

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
    itself. `code` says why it ended, as WebSockets say it.

    `taken_at` (the loop's time) is when something was taken last, `busy` whether that is still being sent.
    """

    __slots__ = ("_ended", "_limit", "_waiter", "_waiting", "busy", "code", "taken_at")

    def __init__(self, limit: int = FEED_LIMIT) -> None:
        self._limit = limit
        self._waiting: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self.code = NORMAL
        self.busy = False
        self.taken_at = 0.0

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
            self.end(TRY_LATER)
            return
        self._waiting.append(event if isinstance(event, bytes) else event.encode())
        self._wake()

    def end(self, code: int = NORMAL) -> None:
        """Nothing more will come; what waits is still sent. The first reason stays."""
        if not self._ended:
            self._ended, self.code = True, code
        self._wake()

    async def next(self) -> bytes | None:
        """All that waits, in one piece, as soon as anything does; None at the end."""
        taken = await self.take()
        return None if taken is None else b"".join(taken)

    async def take(self) -> list[bytes] | None:
        """All that waits, one by one, as soon as anything does; None at the end."""
        loop = asyncio.get_running_loop()
        self.busy = False
        if not self._waiting and not self._ended:
            self._waiter = loop.create_future()
            await self._waiter
            self._waiter = None
        if not self._waiting:
            return None
        taken = list(self._waiting)
        self._waiting.clear()
        self.busy, self.taken_at = True, loop.time()
        return taken

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Open:
    """What is known of an open stream beside its feed."""

    __slots__ = ("beat", "given_up", "heartbeat", "task")

    def __init__(self, beat: bytes, heartbeat: float) -> None:
        self.task = asyncio.current_task()
        self.beat = beat
        self.heartbeat = heartbeat
        self.given_up = False


class Streams:
    """The open streams of a process. One task looks after all of them: a timer for each would cost more than
    the rest of a stream.
    """

    def __init__(self) -> None:
        self._open: dict[Feed, _Open] = {}
        self._closing = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._sweeping: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._open)

    @property
    def closing(self) -> bool:
        """Whether `close_all` was called: no new stream is taken."""
        return self._closing

    @contextlib.contextmanager
    def open(self, feed: Feed, *, beat: bytes = b"", heartbeat: float = HEARTBEAT_SECONDS) -> Iterator[None]:
        """While the task that sends `feed` to somebody is in here, its stream is open.

        `beat` is put in after `heartbeat` seconds without anything. Who takes nothing for `SEND_SECONDS` is
        given up: the task leaves at once. Raises `Unavailable` while the process stops.
        """
        if self._closing:
            raise Unavailable("The server is restarting.", hint="Connect again in a moment.")
        opened = self._open[feed] = _Open(beat, heartbeat)
        feed.taken_at = asyncio.get_running_loop().time()
        self._empty.clear()
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep(), name="streams")
        try:
            yield
        except asyncio.CancelledError:
            if not opened.given_up or opened.task is None:
                raise
            opened.task.uncancel()
        finally:
            feed.end()
            del self._open[feed]
            if not self._open:
                self._empty.set()
                self._sweeping.cancel()
                self._sweeping = None

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = loop.time()
            for feed, opened in tuple(self._open.items()):
                still = now - feed.taken_at
                if feed.busy and still > SEND_SECONDS:
                    if not opened.given_up and opened.task is not None:
                        opened.given_up = True
                        opened.task.cancel()
                elif opened.beat and not feed.busy and still >= opened.heartbeat:
                    feed.put(opened.beat)

    async def close_all(self, timeout: float = 1.0) -> int:
        """End every stream and wait up to `timeout` seconds for their last bytes; the number of those
        still open.
        """
        self._closing = True
        for feed in tuple(self._open):
            feed.end(GOING_AWAY)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._empty.wait()
        return len(self._open)


async def stream_events(
    scope: Scope,
    receive: Receive,
    send: Send,
    source: Feed,
    *,
    heartbeat: float = HEARTBEAT_SECONDS,
    opening: bytes = _RETRY,
    beat: bytes = b":\n\n",
) -> None:
    """Answer a request with the events of `source` until it ends, the visitor leaves, or the process stops.

    `opening` is sent at once, and the comment `beat` after `heartbeat` seconds of silence: it keeps proxies
    from closing the connection. Raises `Unavailable` while the process stops.
    """
    streams: Streams = scope["state"]["streams"]
    with streams.open(source, beat=beat, heartbeat=heartbeat):
        watcher = asyncio.create_task(_end_with_visitor(receive, source))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            await send({"type": "http.response.body", "body": opening, "more_body": True})
            while (data := await source.next()) is not None:
                await send({"type": "http.response.body", "body": data, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watcher.cancel()


async def _end_with_visitor(receive: Receive, feed: Feed) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    feed.end()


Hear = Callable[[str], Awaitable[None]]


async def stream_messages(
    scope: Scope, receive: Receive, send: Send, source: Feed, hear: Hear, *, subprotocol: str | None = None
) -> None:
    """Accept a WebSocket and send it the messages of `source`, one text each, until it ends, the visitor
    leaves, or the process stops. What the visitor says goes to `hear`, one after the other.

    `scope` must not have been answered yet. Raises `Unavailable` while the process stops.
    """
    streams: Streams = scope["state"]["streams"]
    with streams.open(source):
        await send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": []})
        listener = asyncio.create_task(_listen(scope, receive, source, hear))
        try:
            while (messages := await source.take()) is not None:
                for message in messages:
                    await send({"type": "websocket.send", "text": message.decode()})
            left = listener.done() and source.code == NORMAL
            # Granian holds a close back for as long as somebody waits for the visitor's next word.
            listener.cancel()
            await asyncio.wait((listener,))
            if not left:
                await send({"type": "websocket.close", "code": source.code})
        finally:
            listener.cancel()


async def _listen(scope: Scope, receive: Receive, feed: Feed, hear: Hear) -> None:
    try:
        while (message := await receive())["type"] != "websocket.disconnect":
            text = message.get("text")
            if message["type"] != "websocket.receive":
                continue
            if text is None:
                text = (message.get("bytes") or b"").decode("utf-8", "replace")
            if len(text) > MESSAGE_CHARACTERS:
                feed.end(TOO_BIG)
                return
            await hear(text)
    except Exception as exception:
        log_unexpected(scope, exception)
        feed.end(FAILED)
    finally:
        feed.end()
