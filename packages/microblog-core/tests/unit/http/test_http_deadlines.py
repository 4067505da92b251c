"""A request is answered in time, whatever it waits for; bodies and streams may take longer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from http_fakes import respond

from microblog_core.domain.errors import Unavailable
from microblog_core.http.deadlines import LOOK_SECONDS, Deadlines, Waiting

SCOPE = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": []}
SECONDS = 0.1
LONGER = SECONDS + 2 * LOOK_SECONDS


class Answer:
    """As core's own: when the answer begins, the deadline goes."""

    def __init__(self) -> None:
        self.waiting: Waiting | None = None
        self.sent: list[str] = []

    async def __call__(self, message: Any) -> None:
        if self.waiting is not None and message["type"] == "http.response.start":
            self.waiting.answered()
        self.sent.append(message["type"])


async def nothing() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


async def served(app: Any, receive: Any = nothing, length: bytes | None = None) -> Answer | None:
    """The answer, None where core has to answer itself."""
    answer = Answer()
    try:
        await Deadlines().within(SECONDS, app, dict(SCOPE), receive, answer, length)
    except Unavailable:
        assert answer.waiting is None
        return None
    return answer


async def test_what_waits_forever_is_unavailable() -> None:
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    assert await served(app) is None
    assert ended.is_set()


async def test_an_answer_that_has_begun_may_take_its_time() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(LONGER)
        await send({"type": "http.response.body", "body": b""})

    answer = await served(app)
    assert answer is not None
    assert answer.sent == ["http.response.start", "http.response.body"]


async def test_a_body_that_comes_slowly_is_waited_for() -> None:
    pieces = [b"piece"] * 12

    async def receive() -> Any:
        await asyncio.sleep(SECONDS / 2)
        return {"type": "http.request", "body": pieces.pop(), "more_body": bool(pieces)}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await respond(send)

    assert await served(app, receive, b"4") is not None


async def test_a_timeout_of_the_surface_s_own_is_not_taken_for_this_one() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await served(app)
