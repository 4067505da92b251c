from __future__ import annotations

import asyncio

from microblog_core.contributions import Subscriber
from microblog_core.domain.events import Event, JobsQueued, LoggedIn
from microblog_core.runtime.bus import MemoryBus
from microblog_core.runtime.observers import TaskObservers


def test_handlers_run_as_tasks_and_never_hold_the_publisher():
    async def scenario() -> None:
        release, heard = asyncio.Event(), []

        async def slow(event: LoggedIn) -> None:
            await release.wait()
            heard.append(event.id)

        bus = MemoryBus()
        observers = TaskObservers(bus, [Subscriber(name="a", event=LoggedIn, handler=slow)])
        observers.start()
        bus.publish(LoggedIn(id=1, at=0, account_id=1))
        assert heard == []
        release.set()
        await observers.settled()
        assert heard == [1]
        await observers.close()
        bus.publish(LoggedIn(id=2, at=0, account_id=1))
        await observers.settled()
        assert heard == [1]

    asyncio.run(scenario())


def test_what_a_handler_raises_is_counted_and_durable_ones_are_left_to_the_outbox():
    async def scenario() -> None:
        async def broken(event: LoggedIn) -> None:
            raise RuntimeError("boom")

        bus = MemoryBus()
        observers = TaskObservers(
            bus,
            [
                Subscriber(name="a", event=LoggedIn, handler=broken),
                Subscriber(name="b", event=LoggedIn, handler=broken, durable=True),
            ],
        )
        observers.start()
        bus.publish(LoggedIn(id=1, at=0, account_id=1))
        await observers.settled()
        assert observers.failures == 1
        await observers.close()

    asyncio.run(scenario())


def test_closing_cancels_a_handler_that_does_not_end():
    async def scenario() -> None:
        cancelled = asyncio.Event()

        async def endless(event: LoggedIn) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

        bus = MemoryBus()
        observers = TaskObservers(bus, [Subscriber(name="a", event=LoggedIn, handler=endless)])
        observers.start()
        bus.publish(LoggedIn(id=1, at=0, account_id=1))
        await asyncio.sleep(0)
        await observers.close(seconds=0.01)
        assert cancelled.is_set()

    asyncio.run(scenario())


def test_a_subscriber_of_all_events_is_not_woken_by_the_jobs_it_queues():
    async def scenario() -> None:
        heard = []

        async def note(event: Event) -> None:
            heard.append(event.type)

        bus = MemoryBus()
        observers = TaskObservers(bus, [Subscriber(name="a", event=Event, handler=note)])
        observers.start()
        bus.publish(JobsQueued(id=1, at=0))
        bus.publish(LoggedIn(id=2, at=0, account_id=1))
        await observers.settled()
        assert heard == ["account.logged_in"]
        await observers.close()

    asyncio.run(scenario())
