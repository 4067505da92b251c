"""Subscribers that are not durable: each event starts a task, and nobody waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from microblog_core.contributions import Subscriber
from microblog_core.domain.events import Event, JobsQueued
from microblog_core.ports.bus import Bus

CLOSE_SECONDS = 2.0
TASKS_MAX = 10_000
"""Tasks of one site that may wait at once; events beyond are dropped, logged and counted."""

logger = logging.getLogger(__name__)


class TaskObservers:
    """Runs handlers as tasks between `start` and `close`.

    `failures` counts what they raised and the events that were dropped.
    """

    def __init__(self, bus: Bus, subscribers: Iterable[Subscriber]) -> None:
        self._bus = bus
        self._subscribers = tuple(each for each in subscribers if not each.durable)
        self._endings: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures = 0

    def start(self) -> None:
        """Begin to listen."""
        for subscriber in self._subscribers:
            self._endings.append(self._bus.subscribe(subscriber.event, self._observer(subscriber)))

    async def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Listen no more, wait for what runs, then cancel what still does."""
        for end in self._endings:
            end()
        self._endings.clear()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until no handler runs."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _observer(self, subscriber: Subscriber) -> Callable[[Event], None]:
        def observe(event: Event) -> None:
            if type(event) is JobsQueued and subscriber.event is not JobsQueued:
                return  # or one that queues a job for every event would wake itself for ever
            if subscriber.having and not getattr(event, subscriber.having):
                return
            if len(self._tasks) >= TASKS_MAX:
                self.failures += 1
                logger.error("Too many handlers at work: %s was not told of %s", subscriber.name, event.type)
                return
            task = asyncio.get_running_loop().create_task(self._run(subscriber, event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return observe

    async def _run(self, subscriber: Subscriber, event: Event) -> None:
        try:
            await subscriber.handler(event)
        except Exception:
            self.failures += 1
            logger.exception("The subscriber %s failed on %s", subscriber.name, event.type)
