"""How long a request may wait for its answer: whatever it waits for, it is answered."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from microblog_core.contributions import AsgiApp
from microblog_core.domain.errors import Unavailable
from microblog_core.http.limits import has_body
from microblog_core.http.scope import Message, Receive, Scope, target_of

Deadline = asyncio.Timeout

logger = logging.getLogger("microblog.http")


class Answer(Protocol):
    """A `send` that takes the deadline away (`reschedule(None)`) when the answer begins."""

    deadline: Deadline | None

    async def __call__(self, message: Message) -> None:
        """As `Send`."""
        ...


async def within(
    seconds: float, app: AsgiApp, scope: Scope, receive: Receive, answer: Answer, length: bytes | None
) -> None:
    """Let the surface answer. Raises `Unavailable` where it does not begin to in `seconds`.

    The time begins anew with each piece of the body that comes; `length` is how long it says that it is. An
    answer that has begun may take as long as it wants to: it may be a stream.
    """
    deadline = answer.deadline = asyncio.timeout(seconds)
    if has_body(scope, length):
        receive = _extending(receive, deadline, seconds)
    try:
        async with deadline:
            await app(scope, receive, answer)
    except TimeoutError as error:
        if not deadline.expired():
            raise
        logger.error("%s %s was not answered within %g seconds", scope["method"], target_of(scope), seconds)
        raise Unavailable("This takes too long.", hint="Try again later.") from error
    finally:
        # What is answered from here on is core's own answer.
        answer.deadline = None


def _extending(receive: Receive, deadline: Deadline, seconds: float) -> Receive:
    async def receive_more() -> Message:
        message = await receive()
        if deadline.when() is not None and not deadline.expired():
            deadline.reschedule(asyncio.get_running_loop().time() + seconds)
        return message

    return receive_more
