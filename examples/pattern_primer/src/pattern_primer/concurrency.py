"""Ten jobs at once in one thread: while one waits, the others go on.

Not for work that computes: asyncio runs one thing at a time, so that ten computations take ten times as long,
and nothing else moves meanwhile. Take processes for these.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

JOBS = 10
SECONDS = 0.1


async def deliver(number: int) -> str:
    """A job that waits for `SECONDS`, as for somebody else's server."""
    await asyncio.sleep(SECONDS)
    return f"delivered {number}"


async def at_once(job: Callable[[int], Awaitable[T]], count: int = JOBS) -> Sequence[T]:
    """The results of `count` jobs that run at the same time, in the order of their numbers.

    If one fails the others are cancelled and it raises an `ExceptionGroup`: none is left running unseen.
    """

    async def run(number: int) -> T:
        return await job(number)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(number)) for number in range(count)]
    return [task.result() for task in tasks]
