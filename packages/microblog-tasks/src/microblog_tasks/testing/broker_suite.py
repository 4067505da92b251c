"""The contract of brokers as tests: subclass `BrokerSuite`, give it your broker on a rig, and run pytest.

    class TestMyBroker(BrokerSuite):
        @pytest.fixture
        async def rig(self):
            rig = MyRig(...)    # a place that holds no message yet
            yield rig
            await rig.close()

A broker is a taskiq broker, better a `microblog_tasks.contributions.Backlog`. It may lose and repeat messages
when something dies, since jobs live in the outbox: what is promised here is what makes jobs quick.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import pytest
from taskiq import AckableMessage, AsyncBroker, BrokerMessage
from taskiq.utils import maybe_awaitable

from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind
from microblog_core.site import Site
from microblog_core.testing.sites import site_with
from microblog_core.testing.watching import running
from microblog_tasks.contributions import Backlog
from microblog_tasks.handling import SiteJobs, bind
from microblog_tasks.messages import Formatter
from microblog_tasks.relay import Relay
from microblog_tasks.worker import receiver_of

PATIENCE = 10.0
"""Seconds until something must have come. Let yours give to others what a dead worker took within a second or
two.
"""
SHORT = 0.2
MANY = 40
FEW = 5

Taken = bytes | AckableMessage


class Rig(Protocol):
    """A place where messages wait, and brokers at it."""

    async def start(self, *, worker: bool = True, capacity: int = 64) -> AsyncBroker:
        """A broker at this place, started: another one each time if they share it, else the same one."""
        ...

    async def kill(self, broker: AsyncBroker) -> None:
        """End a broker as a killed process does: it says nothing more. Asked of shared ones alone."""
        ...


def message(data: bytes) -> BrokerMessage:
    """A message with this content."""
    return BrokerMessage(task_id=data.hex()[:60], task_name="suite", message=data, labels={})


def shared(broker: AsyncBroker) -> bool:
    """Whether other processes see what is sent. One that doesn't say so is taken at its best."""
    return not isinstance(broker, Backlog) or broker.shared


async def take(broker: AsyncBroker, count: int, *, seconds: float | None = None) -> list[Taken]:
    """The next messages, as a worker gets them. Raises `TimeoutError`."""
    taken: list[Taken] = []
    listening = broker.listen()
    async with asyncio.timeout(PATIENCE if seconds is None else seconds), contextlib.aclosing(listening):
        async for each in listening:
            taken.append(each)
            if len(taken) == count:
                return taken
    raise AssertionError("the broker stopped listening")


def contents(taken: Sequence[Taken]) -> list[bytes]:
    """What messages hold."""
    return [each.data if isinstance(each, AckableMessage) else each for each in taken]


async def settle(taken: Sequence[Taken]) -> None:
    """The jobs of these are done: acknowledge them, where that is known."""
    for each in taken:
        if isinstance(each, AckableMessage):
            await maybe_awaitable(each.ack())


async def send(broker: AsyncBroker, *data: bytes) -> None:
    """Send messages as the relay does."""
    if isinstance(broker, Backlog):
        await broker.kick_many([message(each) for each in data])
    else:
        for each in data:
            await broker.kick(message(each))


class _Noting:
    """A plugin whose jobs note their keys."""

    PLUGIN = Manifest(name="suite")

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.enough = asyncio.Event()
        self.register_jobs = hookimpl(lambda site: [JobKind(name="suite.note", handler=self._note)])

    async def _note(self, job: Job) -> None:
        self.ran.append(job.key)
        if len(self.ran) >= FEW:
            self.enough.set()


class BrokerSuite:
    """What every broker must do. Fixture: `rig`."""

    async def test_messages_come_whole_and_in_order(self, rig: Rig) -> None:
        broker = await rig.start()
        data = [bytes(range(256)), b"\x00", b"\r\n\r\n", b"x" * 100_000, "ä\N{CAT FACE}".encode()]
        await send(broker, *data)
        assert contents(await take(broker, len(data))) == data

    async def test_what_was_sent_before_anybody_listened_comes(self, rig: Rig) -> None:
        sender = await rig.start(worker=False)
        await send(sender, b"early", b"late")
        assert contents(await take(await rig.start(), 2)) == [b"early", b"late"]

    async def test_what_comes_while_somebody_listens_comes_at_once(self, rig: Rig) -> None:
        broker = await rig.start()
        taking = asyncio.create_task(take(broker, 1))
        await asyncio.sleep(SHORT)
        began = asyncio.get_running_loop().time()
        await send(broker, b"now")
        assert contents(await taking) == [b"now"]
        assert asyncio.get_running_loop().time() - began < 1.0

    async def test_one_by_one_and_many_at_once_are_the_same(self, rig: Rig) -> None:
        broker = await rig.start()
        await broker.kick(message(b"one"))
        if isinstance(broker, Backlog):
            await broker.kick_many([message(b"two"), message(b"three")])
            await broker.kick_many([])
        else:
            await send(broker, b"two", b"three")
        await broker.kick(message(b"four"))
        assert contents(await take(broker, 4)) == [b"one", b"two", b"three", b"four"]

    async def test_every_message_comes_once_while_all_is_well(self, rig: Rig) -> None:
        workers = [await rig.start(capacity=4) for _ in range(2)]
        data = [b"%d" % number for number in range(MANY)]
        await send(workers[0], *data)
        came: list[bytes] = []
        enough = asyncio.Event()

        async def work(broker: AsyncBroker) -> None:
            async for each in broker.listen():
                came.extend(contents([each]))
                await settle([each])
                if len(came) >= MANY:
                    enough.set()

        working = [asyncio.create_task(work(each)) for each in workers]
        async with asyncio.timeout(PATIENCE):
            await enough.wait()
        await asyncio.sleep(SHORT)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        assert sorted(came) == sorted(data)

    async def test_who_stops_listening_takes_nothing_along(self, rig: Rig) -> None:
        broker = await rig.start()
        with pytest.raises(TimeoutError):
            await take(broker, 1, seconds=SHORT)
        await send(broker, b"a", b"b")
        assert contents(await take(broker, 2)) == [b"a", b"b"]

    async def test_what_was_sent_stays_when_its_sender_dies(self, rig: Rig) -> None:
        sender = await rig.start(worker=False)
        if not shared(sender):
            return
        await send(sender, b"a", b"b")
        await rig.kill(sender)
        assert contents(await take(await rig.start(), 2)) == [b"a", b"b"]

    async def test_a_worker_takes_no_more_than_it_may_run(self, rig: Rig) -> None:
        one = await rig.start(capacity=2)
        if not (shared(one) and isinstance(one, Backlog)):
            return
        await one.waiting()
        await send(one, *[b"%d" % number for number in range(5)])
        await take(one, 1)
        assert len(await take(await rig.start(), 3)) == 3

    async def test_what_a_killed_worker_took_comes_to_another(self, rig: Rig) -> None:
        dead = await rig.start()
        if not shared(dead):
            return
        await send(dead, b"orphan")
        await take(dead, 1)
        alive = await rig.start()
        await rig.kill(dead)
        assert contents(await take(alive, 1)) == [b"orphan"]

    async def test_what_is_done_comes_to_nobody_again(self, rig: Rig) -> None:
        dead = await rig.start()
        if not shared(dead):
            return
        await send(dead, b"done", b"orphan")
        done, _ = await take(dead, 2)
        await settle([done])
        # Acknowledgements may go in batches, a moment later.
        await asyncio.sleep(SHORT)
        alive = await rig.start()
        await rig.kill(dead)
        assert contents(await take(alive, 1)) == [b"orphan"]

    async def test_what_a_worker_leaves_when_it_stops_comes_to_another(self, rig: Rig) -> None:
        leaving = await rig.start()
        if not shared(leaving):
            return
        await send(leaving, b"left", b"done")
        _, done = await take(leaving, 2)
        await settle([done])
        await leaving.shutdown()
        assert contents(await take(await rig.start(), 1)) == [b"left"]

    async def test_what_waits_is_counted(self, rig: Rig) -> None:
        broker = await rig.start()
        if not isinstance(broker, Backlog):
            return
        assert await broker.waiting() == 0
        await send(broker, b"a", b"b", b"c")
        assert await broker.waiting() == 3
        await settle(await take(broker, 3))
        assert await broker.waiting() == 0

    async def test_a_backlog_says_what_it_is(self, rig: Rig) -> None:
        broker = await rig.start(capacity=7)
        if not isinstance(broker, Backlog):
            return
        await broker.waiting()
        assert broker.capacity == 7
        assert isinstance(broker.shared, bool)
        assert isinstance(broker.epoch, str) and broker.epoch

    async def test_the_epoch_stays_while_nothing_is_forgotten(self, rig: Rig) -> None:
        epochs = set()
        for _ in range(3):
            broker = await rig.start()
            if not isinstance(broker, Backlog):
                return
            await send(broker, b"a")
            await broker.waiting()
            await settle(await take(broker, 1))
            await broker.waiting()
            epochs.add(broker.epoch)
        assert len(epochs) == 1

    async def test_closing_ends_everything_it_began(self, rig: Rig) -> None:
        before = running()
        broker = await rig.start()
        await send(broker, b"a")
        await settle(await take(broker, 1))
        async with asyncio.timeout(PATIENCE):
            await broker.shutdown()
        # What was cancelled ends in the next turn of the loop.
        await asyncio.sleep(0)
        left = running().since(before)
        assert not left.tasks
        assert not left.threads

    async def test_jobs_of_several_sites_run_each_on_its_own(self, rig: Rig) -> None:
        plugins = {name: _Noting() for name in ("one", "two")}
        sites = [site_with({"suite": plugin}, name=name) for name, plugin in plugins.items()]
        async with _working(await rig.start(capacity=8), sites):
            for site in sites:
                await _queue(site, *(f"{site.name} {number}" for number in range(FEW)))
            async with asyncio.timeout(PATIENCE):
                for plugin in plugins.values():
                    await plugin.enough.wait()
        for name, plugin in plugins.items():
            assert sorted(plugin.ran) == [f"{name} {number}" for number in range(FEW)]


async def _queue(site: Site, *keys: str) -> None:
    now = site.ports.clock.now()
    unit = site.ports.unit()
    for key in keys:
        unit.outbox.add(
            Job(
                id=site.ports.ids.at(now),
                kind="suite.note",
                key=key,
                payload=b"{}",
                due_at=now,
                created_at=now,
            )
        )
    await unit.commit()


@contextlib.asynccontextmanager
async def _working(broker: AsyncBroker, sites: Sequence[Site]) -> AsyncIterator[None]:
    """A worker with this broker that relays and runs the jobs of these sites, as `worker.work` does."""
    async with contextlib.AsyncExitStack() as stack:
        for site in sites:
            await stack.enter_async_context(site)
        broker.formatter = Formatter()
        jobs = [(site.name, SiteJobs(site)) for site in sites]
        bind(broker, jobs)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for _, each in jobs:
                group.create_task(each.work(stop))
            group.create_task(receiver_of(broker, 8).listen(stop))
            for site in sites:
                group.create_task(Relay(site, broker).run(stop))
            try:
                yield
            finally:
                stop.set()


__all__ = ["BrokerSuite", "Rig", "contents", "message", "send", "settle", "shared", "take"]
