"""The stream of new public posts."""

from __future__ import annotations

import asyncio

from microblog_core.domain.posts import Visibility


async def opened(house, messages):
    received = asyncio.Event()

    async def receive():
        await received.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        await messages.put(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/live/public",
        "raw_path": b"/live/public",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost:8000")],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8000),
    }
    task = asyncio.create_task(house.app(scope, receive, send))
    return task, received


async def test_it_tells_of_new_public_posts_only_and_ends_with_its_reader(house):
    ada, _ = await house.person("ada")
    messages = asyncio.Queue()
    task, leave = await opened(house, messages)
    start = await asyncio.wait_for(messages.get(), 5)
    assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
    await messages.get()
    for level in (Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT):
        await house.write(ada, "not for all", visibility=level)
    entry = await house.write(ada, "for all")
    await house.write(ada, "an answer", in_reply_to_id=entry.post.id)
    told = await asyncio.wait_for(messages.get(), 5)
    assert told["body"] == f"event: post\ndata: {entry.post.id}\n\n".encode()
    leave.set()
    await asyncio.wait_for(task, 5)
    assert messages.qsize() == 1


async def test_it_can_only_be_read(house):
    visitor = await house.visitor()
    assert (await visitor.http.post("/live/public")).status_code == 405
