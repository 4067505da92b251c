"""How long a request may wait for its answer: whatever it waits for, it is answered.

A timer for each request would cost as much as a quarter of a kept page. So one looks now and then at those
that are under way: a request may wait a little longer than it should, and costs next to nothing.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Any, Protocol

from microblog_core.contributions import AsgiApp
from microblog_core.domain.errors import Unavailable
from microblog_core.http.limits import has_body
from microblog_core.http.scope import Message, Receive, Scope, target_of

LOOK_SECONDS = 0.25

logger = logging.getLogger("microblog.http")


class Waiting:
    """A request that has no answer yet, until `due` by the clock of the event loop."""

    __slots__ = ("due", "expired", "task")

    def __init__(self, task: asyncio.Task[Any] | None, due: float) -> None:
        self.task, self.due, self.expired = task, due, False

    def answered(self) -> None:
        """The answer begins: it may take as long as it wants to."""
        self.due = math.inf


class Answer(Protocol):
    """A `send` that says when the answer begins."""

    waiting: Waiting | None

    async def __call__(self, message: Message) -> None:
        """As `Send`."""
        ...


class Deadlines:
    """Those of one application."""

    def __init__(self) -> None:
        self._under_way: set[Waiting] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def within(
        self,
        seconds: float,
        app: AsgiApp,
        scope: Scope,
        receive: Receive,
        answer: Answer,
        length: bytes | None,
    ) -> None:
        """Let the surface answer. Raises `Unavailable` where it does not begin to in `seconds`.

        The time begins anew with each piece of the body that comes; `length` is how long it says that it is.
        An answer that has begun may be a stream.
        """
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        waiting = answer.waiting = Waiting(task, loop.time() + seconds)
        if scope["method"] not in ("GET", "HEAD") and has_body(scope, length):
            receive = _extending(receive, waiting, seconds)
        self._under_way.add(waiting)
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(LOOK_SECONDS, self._look, loop)
        try:
            await app(scope, receive, answer)
        except asyncio.CancelledError as error:
            # Somebody else may have wanted it to end, too.
            if not waiting.expired or (task is not None and task.uncancel()):
                raise
            told = (scope["method"], target_of(scope), seconds)
            logger.error("%s %s was not answered within %g seconds", *told)
            raise Unavailable("This takes too long.", hint="Try again later.") from error
        finally:
            # What is answered from here on is core's own answer.
            answer.waiting = None
            self._under_way.discard(waiting)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for waiting in self._under_way:
            if waiting.due <= now and waiting.task is not None and not waiting.expired:
                waiting.expired = True
                waiting.task.cancel()
        if self._under_way:
            loop.call_later(LOOK_SECONDS, self._look, loop)
        elif self._loop is loop:
            self._loop = None


def _extending(receive: Receive, waiting: Waiting, seconds: float) -> Receive:
    async def receive_more() -> Message:
        message = await receive()
        if waiting.due < math.inf:
            waiting.due = asyncio.get_running_loop().time() + seconds
        return message

    return receive_more
