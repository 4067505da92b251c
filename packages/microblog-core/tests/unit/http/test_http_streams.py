from __future__ import annotations

import asyncio
from typing import Any

import pytest
from http_fakes import FakeSite, scope_for

from microblog_core.domain.errors import Unavailable
from microblog_core.http.streams import Feed, ServerEvent, Streams, stream_events


class Visitor:
    """A browser that listens: `sent` gets every message, `leave` closes the connection."""

    def __init__(self, streams: Streams, feed: Feed, *, heartbeat: float = 60.0) -> None:
        self.sent: asyncio.Queue[Any] = asyncio.Queue()
        self._left = asyncio.Event()
        scope = scope_for(FakeSite())
        scope["state"]["streams"] = streams
        self.task = asyncio.create_task(
            stream_events(scope, self._receive, self.sent.put, feed, heartbeat=heartbeat)
        )

    async def _receive(self) -> Any:
        await self._left.wait()
        return {"type": "http.disconnect"}

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


async def test_silence_is_filled_with_heartbeats() -> None:
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
    assert await feed.next(0) is None


async def test_what_waits_is_still_sent_after_the_end() -> None:
    feed = Feed()
    feed.put(b"last")
    feed.end()
    assert await feed.next(0) == b"last"
    assert await feed.next(0) is None


async def test_a_visitor_who_leaves_ends_the_feed() -> None:
    streams, feed = Streams(), Feed()
    visitor = await Visitor(streams, feed).opened()
    assert len(streams) == 1
    visitor.leave()
    await asyncio.wait_for(visitor.task, 5)
    assert feed.ended
    assert len(streams) == 0


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
    streams.add(Feed())
    assert await streams.close_all(timeout=0.01) == 1
