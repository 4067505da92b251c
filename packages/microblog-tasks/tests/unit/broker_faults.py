"""Brokers with a fault each, at a place in memory that brokers share as processes would."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import deque

from taskiq import AckableMessage, AsyncBroker

from microblog_core.testing.planted import Planted
from microblog_tasks.testing.broker_suite import BrokerSuite


class Place:
    """What waits, and what was taken and is not done."""

    def __init__(self):
        self.waiting = deque()
        self.taken = {}
        self.numbers = itertools.count()
        self.arrived = asyncio.Condition()

    async def put(self, *entries):
        async with self.arrived:
            self.waiting.extend(entries)
            self.arrived.notify_all()


class Shared(AsyncBroker):
    """A sound one. What was taken by somebody who died or left is given to others."""

    def __init__(self, place):
        super().__init__()
        self.place = place
        self.capacity, self.shared, self.epoch = 64, True, ""
        self.gone = False
        self.mine = set()

    def entry(self, data):
        return next(self.place.numbers), data

    async def kick(self, message):
        await self.kick_many([message])

    async def kick_many(self, messages):
        await self.place.put(*[self.entry(each.message) for each in messages])

    async def waiting(self):
        self.epoch = "since the beginning"
        return len(self.place.waiting)

    async def listen(self):
        place = self.place
        while True:
            async with place.arrived:
                await place.arrived.wait_for(lambda: place.waiting or self.orphans())
                batch = [self.take() for _ in range(self.room())]
            for entry in filter(None, batch):
                yield self.handed_over(entry)

    def room(self):
        return max(1, self.capacity - len(self.mine))

    def orphans(self):
        return [entry for entry, holder in self.place.taken.items() if holder.gone]

    def take(self):
        orphans = self.orphans()
        if not orphans and not self.place.waiting:
            return None
        entry = orphans[0] if orphans else self.place.waiting.popleft()
        self.place.taken[entry] = self
        self.mine.add(entry)
        return entry

    def handed_over(self, entry):
        return AckableMessage(data=entry[1], ack=lambda: self.ack(entry))

    def ack(self, entry):
        self.mine.discard(entry)
        self.place.taken.pop(entry, None)

    async def shutdown(self):
        await super().shutdown()
        await self.leave()

    async def leave(self):
        self.gone = True
        await self.place.put()


class Rig:
    def __init__(self, kind):
        self.place = Place()
        self.kind = kind

    async def start(self, *, worker=True, capacity=64):
        broker = self.kind(self.place)
        broker.is_worker_process, broker.capacity = worker, capacity
        await broker.startup()
        return broker

    async def kill(self, broker):
        await Shared.leave(broker)


def on_a_rig(kind):
    """A function that makes a rig of these, named as the kind is."""

    def make():
        return Rig(kind)

    make.__name__ = kind.__name__
    return make


class EndsAtZero(Shared):
    """Takes messages for texts that end at a zero."""

    def entry(self, data):
        return super().entry(data.partition(b"\0")[0])


class NewestFirst(Shared):
    async def kick_many(self, messages):
        await super().kick_many(messages[::-1])


class BeginsWhenSomebodyListens(Shared):
    """Forgets what was sent before."""

    async def startup(self):
        await super().startup()
        self.place.waiting.clear()


class LooksNowAndThen(Shared):
    async def listen(self):
        while True:
            await asyncio.sleep(1.2)
            async for each in super().listen():
                yield each
                break


class TakesManyAlone(Shared):
    """Loses what comes one by one."""

    async def kick(self, message):
        pass


class SendsOneTwice(Shared):
    async def kick_many(self, messages):
        await super().kick_many([*messages, *messages[:1]])


class TakesAlong(Shared):
    """Who stops listening gets the next message, still."""

    async def listen(self):
        try:
            async for each in super().listen():
                yield each
        except asyncio.CancelledError:
            self.place.lost = 1
            raise

    async def kick_many(self, messages):
        await super().kick_many(messages[getattr(self.place, "lost", 0) :])


class SendsLater(Shared):
    """Keeps what it sends until it has time."""

    async def kick_many(self, messages):
        self.unsent = [*getattr(self, "unsent", []), *messages]
        if not self.is_worker_process and len(self.unsent) > 1:
            return
        await super().kick_many(self.unsent)
        self.unsent = []


class TakesAll(Shared):
    def room(self):
        return 1000


class AcknowledgesAtOnce(Shared):
    """What is begun is taken for done."""

    def handed_over(self, entry):
        self.ack(entry)
        return entry[1]


class NeverAcknowledges(Shared):
    def ack(self, entry):
        pass


class TakesItsLeaveQuietly(Shared):
    """Keeps what it had when it stops."""

    async def shutdown(self):
        await AsyncBroker.shutdown(self)


class CountsWhatRuns(Shared):
    async def waiting(self):
        return await super().waiting() + 1


class KnowsItsOwnCapacity(Shared):
    @property
    def capacity(self):
        return 64

    @capacity.setter
    def capacity(self, value):
        pass


class HasNoEpoch(Shared):
    async def waiting(self):
        count = await super().waiting()
        self.epoch = ""
        return count


class BeginsEpochs(Shared):
    async def waiting(self):
        count = await super().waiting()
        self.epoch = str(id(self))
        return count


class WatchesOn(Shared):
    """Leaves a task."""

    async def startup(self):
        await super().startup()
        self.watching = asyncio.create_task(asyncio.sleep(5))


class WatchesInAThread(Shared):
    async def startup(self):
        await super().startup()
        threading.Thread(target=threading.Event().wait, args=(1,), daemon=True).start()


class LosesSites(Shared):
    """Hands on the messages of one site alone."""

    def entry(self, data):
        return super().entry(data.replace(b"two", b"one"))


FAULTS = {
    "test_messages_come_whole_and_in_order": [EndsAtZero, NewestFirst],
    "test_what_was_sent_before_anybody_listened_comes": [BeginsWhenSomebodyListens],
    "test_what_comes_while_somebody_listens_comes_at_once": [LooksNowAndThen],
    "test_one_by_one_and_many_at_once_are_the_same": [TakesManyAlone],
    "test_every_message_comes_once_while_all_is_well": [SendsOneTwice],
    "test_who_stops_listening_takes_nothing_along": [TakesAlong],
    "test_what_was_sent_stays_when_its_sender_dies": [SendsLater],
    "test_a_worker_takes_no_more_than_it_may_run": [TakesAll],
    "test_what_a_killed_worker_took_comes_to_another": [AcknowledgesAtOnce],
    "test_what_is_done_comes_to_nobody_again": [NeverAcknowledges],
    "test_what_a_worker_leaves_when_it_stops_comes_to_another": [TakesItsLeaveQuietly],
    "test_what_waits_is_counted": [CountsWhatRuns],
    "test_a_backlog_says_what_it_is": [KnowsItsOwnCapacity, HasNoEpoch],
    "test_the_epoch_stays_while_nothing_is_forgotten": [BeginsEpochs],
    "test_closing_ends_everything_it_began": [WatchesOn, WatchesInAThread],
    "test_jobs_of_several_sites_run_each_on_its_own": [LosesSites],
}
PLANTED = Planted(
    suite=BrokerSuite,
    fixture="rig",
    sound=on_a_rig(Shared),
    faults={promise: [on_a_rig(kind) for kind in kinds] for promise, kinds in FAULTS.items()},
)
