from __future__ import annotations

import asyncio
from typing import Any

import pytest
from http_fakes import FakeSite, scope_for

from microblog_core.domain.errors import Unavailable
from microblog_core.http import streams as streams_module
from microblog_core.http.streams import Feed, ServerEvent, Streams, stream_events, stream_messages


class Visitor:
    """A browser that listens: `sent` gets every message, `leave` closes the connection."""

    def __init__(self, streams: Streams, feed: Feed, *, heartbeat: float = 60.0) -> None:
        self.sent: asyncio.Queue[Any] = asyncio.Queue()
        self._left = asyncio.Event()
        self._takes = asyncio.Event()
        self._takes.set()
        scope = scope_for(FakeSite())
        scope["state"]["streams"] = streams
        self.task = asyncio.create_task(
            stream_events(scope, self._receive, self._send, feed, heartbeat=heartbeat)
        )

    async def _receive(self) -> Any:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self._takes.wait()
        await self.sent.put(message)

    def stick(self) -> None:
        """Take nothing any more."""
        self._takes.clear()

    async def body(self) -> bytes:
        message = await asyncio.wait_for(self.sent.get(), 5)
        return bytes(message["body"])

    async def opened(self) -> Visitor:
        start = await asyncio.wait_for(self.sent.get(), 5)
        assert start["status"] == 200
        assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
        assert (await self.body()).startswith(b"retry: ")
        return self

    def leave(self) -> None:
        self._left.set()


async def test_events_arrive_in_order_and_in_the_wires_form() -> None:
    feed = Feed()
    visitor = await Visitor(Streams(), feed).opened()
    feed.put(ServerEvent(data="one\ntwo", event="post", id="7"))
    feed.put(b": ready\n\n")
    assert await visitor.body() == b"id: 7\nevent: post\ndata: one\ndata: two\n\n: ready\n\n"
    feed.put(ServerEvent(data=""))
    assert await visitor.body() == b"data: \n\n"
    feed.end()
    await visitor.task


async def test_silence_is_filled_with_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_module, "SWEEP_SECONDS", 0.01)
    feed = Feed()
    visitor = await Visitor(Streams(), feed, heartbeat=0.01).opened()
    assert await visitor.body() == b":\n\n"
    assert await visitor.body() == b":\n\n"
    feed.end()
    await visitor.task


async def test_who_reads_too_slowly_is_cut_off_instead_of_filling_the_memory() -> None:
    feed = Feed(limit=3)
    for _ in range(4):
        feed.put(b"x")
    assert feed.ended
    feed.put(b"more")
    assert await feed.next() is None


async def test_what_waits_is_still_sent_after_the_end() -> None:
    feed = Feed()
    feed.put(b"last")
    feed.end()
    assert await feed.next() == b"last"
    assert await feed.next() is None


async def test_a_visitor_who_leaves_ends_the_feed() -> None:
    streams, feed = Streams(), Feed()
    visitor = await Visitor(streams, feed).opened()
    assert len(streams) == 1
    visitor.leave()
    await asyncio.wait_for(visitor.task, 5)
    assert feed.ended
    assert len(streams) == 0


async def test_a_visitor_who_takes_nothing_any_more_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_module, "SEND_SECONDS", 0.01)
    monkeypatch.setattr(streams_module, "SWEEP_SECONDS", 0.01)
    streams, feed = Streams(), Feed()
    visitor = await Visitor(streams, feed).opened()
    visitor.stick()
    feed.put(b"x")
    await asyncio.wait_for(visitor.task, 5)
    assert feed.ended
    assert len(streams) == 0


class Socket:
    """A WebSocket: `heard` has what was said on it."""

    def __init__(self, streams: Streams, feed: Feed) -> None:
        self.sent: asyncio.Queue[Any] = asyncio.Queue()
        self.said: asyncio.Queue[Any] = asyncio.Queue()
        self.heard: list[str] = []
        scope = {**scope_for(FakeSite()), "type": "websocket"}
        scope["state"]["streams"] = streams
        self.task = asyncio.create_task(
            stream_messages(scope, self.said.get, self.sent.put, feed, self._hear, subprotocol="token")
        )

    async def _hear(self, text: str) -> None:
        if text == "fail":
            raise RuntimeError("boom")
        self.heard.append(text)

    async def message(self) -> Any:
        return await asyncio.wait_for(self.sent.get(), 5)


async def test_a_socket_gets_each_message_by_itself_and_what_it_says_is_heard() -> None:
    streams, feed = Streams(), Feed()
    socket = Socket(streams, feed)
    assert await socket.message() == {"type": "websocket.accept", "subprotocol": "token", "headers": []}
    socket.said.put_nowait({"type": "websocket.receive", "text": "one"})
    socket.said.put_nowait({"type": "websocket.receive", "bytes": b"two"})
    feed.put("ä".encode())
    feed.put(b"b")
    assert [(await socket.message())["text"] for _ in range(2)] == ["ä", "b"]
    socket.said.put_nowait({"type": "websocket.disconnect", "code": 1005})
    await asyncio.wait_for(socket.task, 5)
    assert socket.heard == ["one", "two"]
    assert (len(streams), feed.ended, socket.sent.empty()) == (0, True, True)


@pytest.mark.parametrize(("said", "code"), [("x" * 5000, 1009), ("fail", 1011)])
async def test_a_socket_is_closed_with_the_reason(said: str, code: int) -> None:
    socket = Socket(Streams(), Feed())
    await socket.message()
    socket.said.put_nowait({"type": "websocket.receive", "text": said})
    assert await socket.message() == {"type": "websocket.close", "code": code}
    await asyncio.wait_for(socket.task, 5)


async def test_a_socket_goes_away_with_the_process() -> None:
    streams = Streams()
    sockets = [Socket(streams, Feed()) for _ in range(100)]
    for socket in sockets:
        await socket.message()
    assert await streams.close_all() == 0
    assert {(await socket.message())["code"] for socket in sockets} == {1001}


async def test_closing_ends_all_streams_and_takes_no_new_ones() -> None:
    streams = Streams()
    visitors = [await Visitor(streams, Feed()).opened() for _ in range(100)]
    assert await streams.close_all() == 0
    await asyncio.wait_for(asyncio.gather(*(visitor.task for visitor in visitors)), 5)
    for visitor in visitors:
        assert visitor.sent.get_nowait() == {"type": "http.response.body", "body": b"", "more_body": False}
    with pytest.raises(Unavailable):
        await Visitor(streams, Feed()).task


async def test_a_stream_that_does_not_end_does_not_hold_up_the_others() -> None:
    streams = Streams()
    with streams.open(Feed()):
        assert await streams.close_all(timeout=0.01) == 1
    assert len(streams) == 0
