"""Buses, caches and rate limiters with a fault each, alone and tied to one of another process."""

from __future__ import annotations

from microblog_core.domain.events import JobsQueued
from microblog_core.memory.cache import MemoryCache
from microblog_core.memory.limits import MemoryRateLimiter
from microblog_core.ports.limits import Quota
from microblog_core.runtime.bus import MemoryBus
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.planted import Planted
from microblog_core.testing.shared_suites import (
    BusSuite,
    CacheSuite,
    LimiterSuite,
    LinkedBusSuite,
    LinkedCacheSuite,
)
from microblog_core.testing.watching import logged


def caplog():
    with logged() as log:
        yield log


def passes(clock):
    async def advance(seconds):
        clock.advance(seconds)

    return advance


def with_clock(kind):
    """A function that makes a limiter with the suite's clock, named as the kind is."""

    def make(clock):
        return kind(clock)

    make.__name__ = kind.__name__
    return make


class CountsInWindows(MemoryRateLimiter):
    """Begins anew with each window instead of looking back."""

    async def hit(self, key, *, limit, per):
        if (await self.count(key, limit=limit, per=per)).exceeded:
            await super().hit(key, limit=0, per=per)


class CountsRefusals(MemoryRateLimiter):
    async def hit(self, key, *, limit, per):
        try:
            await super().hit(key, limit=limit, per=per)
        except Exception:
            await super().hit(key, limit=1000, per=per)
            raise


class GivesOneMore(MemoryRateLimiter):
    async def hit(self, key, *, limit, per):
        await super().hit(key, limit=limit + 1, per=per)


class KnowsOneKey(MemoryRateLimiter):
    async def hit(self, key, *, limit, per):
        await super().hit("key", limit=limit, per=per)


class ForgetsNothing(MemoryRateLimiter):
    async def forget(self, key):
        pass


class TakesNothingForUnlimited(MemoryRateLimiter):
    async def hit(self, key, *, limit, per):
        if limit:
            await super().hit(key, limit=limit, per=per)


class TellsTheWholeLimit(MemoryRateLimiter):
    async def count(self, key, *, limit, per):
        quota = await super().count(key, limit=limit, per=per)
        return Quota(limit, limit, quota.resets_at, exceeded=quota.exceeded)


class DropsNothing(MemoryCache):
    def drop(self, tags):
        pass


class KeepsWhatIsOld(MemoryCache):
    def keep(self, key, value, tags, size, generation):
        super().keep(key, value, tags, size, self._generation)


class KnowsNoSubtypes(MemoryBus):
    def _plan(self, event_type):
        return self._observers.get(event_type, ())


class LetsNobodyLeave(MemoryBus):
    def subscribe(self, event_type, observer, *, everywhere=False):
        super().subscribe(event_type, observer, everywhere=everywhere)
        return lambda: None


class StopsAtTrouble(MemoryBus):
    def publish(self, event):
        try:
            for observer in self._plan(type(event)):
                observer(event)
        except Exception:
            self.failures += 1


class RelaysToAll(MemoryBus):
    def relay(self, event):
        self.publish(event)


class Linked(MemoryBus):
    """A bus that tells another one, as if that were in another process."""

    def __init__(self, other=None):
        super().__init__()
        self.other = other
        self.known = set()
        if other is not None:
            other.other = self

    def publish(self, event):
        super().publish(event)
        self.send(event)

    def send(self, event):
        if not isinstance(event, JobsQueued):
            self.other.relay(event)

    def relay(self, event):
        if event.id not in self.known:
            self.known.add(event.id)
            super().relay(event)


class TellsTwice(Linked):
    def send(self, event):
        super().send(event)
        self.other.known.clear()
        super().send(event)


class TellsEachWay(Linked):
    def relay(self, event):
        self.known.clear()
        super().relay(event)


class WakesEverybody(Linked):
    def send(self, event):
        self.other.relay(event)


class LinkedCache(MemoryCache):
    """A cache that drops with another one."""

    def __init__(self, other=None):
        super().__init__()
        self.other = other
        if other is not None:
            other.other = self

    def drop(self, tags, *, told=False):
        tags = list(tags)
        super().drop(tags)
        if not told:
            self.tell(tags)

    def tell(self, tags):
        self.other.drop(tags, told=True)


class DropsAllOfTheOthers(LinkedCache):
    def tell(self, tags):
        self.other.clear()


class TellsWhatItHad(LinkedCache):
    """Has the other one forget what is there, and not what is being computed."""

    def tell(self, tags):
        for tag in tags:
            for key in tuple(self.other._keys_of.get(tag, ())):
                self.other._forget(key)


LIMITER = {
    "test_one_more_than_the_limit_is_refused_until_the_first_is_over": [CountsInWindows, GivesOneMore],
    "test_what_is_refused_does_not_count": [CountsRefusals],
    "test_many_at_once_get_exactly_the_limit": [GivesOneMore],
    "test_keys_count_apart_and_can_be_forgotten": [KnowsOneKey, ForgetsNothing],
    "test_a_limit_of_nothing_refuses_everything": [TakesNothingForUnlimited],
    "test_a_counter_tells_what_is_left_and_begins_anew_after_its_window": [TellsTheWholeLimit],
}
CACHE = {
    "test_a_value_is_kept_until_one_of_its_tags_is_dropped": [DropsNothing],
    "test_a_value_that_was_computed_while_its_tag_was_dropped_is_not_kept": [KeepsWhatIsOld],
}
BUS = {
    "test_observers_are_told_at_once_by_type_and_subtype_until_they_leave": [
        KnowsNoSubtypes,
        LetsNobodyLeave,
    ],
    "test_an_observer_that_raises_hurts_nobody": [StopsAtTrouble],
    "test_what_is_relayed_reaches_only_who_listens_everywhere": [RelaysToAll],
}


class LinkedBusAlone(LinkedBusSuite):
    """What a linked bus must do besides; the rest is looked at by itself."""


for _name in BUS:
    setattr(LinkedBusAlone, _name, None)


class LinkedCacheAlone(LinkedCacheSuite):
    """What a linked cache must do besides."""


for _name in CACHE:
    setattr(LinkedCacheAlone, _name, None)

PLANTED = (
    Planted(
        suite=LimiterSuite,
        fixture="limiter",
        sound=with_clock(MemoryRateLimiter),
        faults={promise: [with_clock(kind) for kind in kinds] for promise, kinds in LIMITER.items()},
        others={"clock": FrozenClock, "passes": passes},
    ),
    Planted(suite=CacheSuite, fixture="cache", sound=MemoryCache, faults=CACHE),
    Planted(suite=BusSuite, fixture="bus", sound=MemoryBus, faults=BUS, others={"caplog": caplog}),
    Planted(
        suite=LinkedBusAlone,
        fixture="bus",
        sound=Linked,
        faults={
            "test_events_reach_who_listens_everywhere_in_order_and_within_a_second": [TellsTwice],
            "test_an_event_that_comes_by_two_ways_is_told_once": [TellsEachWay],
            "test_what_wakes_one_job_runner_wakes_no_other": [WakesEverybody],
        },
        others={"other_bus": lambda bus: type(bus)(bus)},
    ),
    Planted(
        suite=LinkedCacheAlone,
        fixture="cache",
        sound=LinkedCache,
        faults={
            "test_what_one_drops_the_other_forgets": [DropsAllOfTheOthers],
            "test_what_the_other_computes_meanwhile_is_not_kept": [TellsWhatItHad],
        },
        others={"other_cache": lambda cache: type(cache)(cache)},
    ),
)
