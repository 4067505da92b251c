"""The contracts of bus, cache and rate limiter as tests: subclass a suite, give it yours, and run pytest.

class TestMyLimiter(LimiterSuite):
    @pytest.fixture
    async def limiter(self):
        yield MyLimiter(...)   # that has counted nothing yet

Each suite says which fixtures it wants. `LinkedBusSuite` and `LinkedCacheSuite` are for those that tie
processes together: two of them, as two processes have them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from microblog_core.domain.errors import RateLimited
from microblog_core.domain.events import AccountCreated, Event, JobsQueued, PostPublished
from microblog_core.ports.bus import Bus
from microblog_core.ports.cache import Cache
from microblog_core.ports.limits import RateLimiter

PATIENCE = 10.0

Pass = Callable[[float], Awaitable[None]]
"""Lets so many seconds pass."""


async def until(true: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Wait until something is so. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for is in somebody else's adapter
            await asyncio.sleep(0.005)


def published(number: int) -> PostPublished:
    """An event, another one for each number."""
    return PostPublished(id=number, at=number, post_id=number, account_id=1, visibility="public")


class LimiterSuite:
    """What every rate limiter must do. Fixtures: `limiter`, and `passes` where it has a clock of its own to
    turn.
    """

    @pytest.fixture
    def passes(self) -> Pass:
        """Real time, unless a subclass turns a clock."""
        return asyncio.sleep

    async def allowed(self, limiter: RateLimiter, key: str, *, limit: int, per: float = 60.0) -> bool:
        """Whether one more was within the limit."""
        try:
            await limiter.hit(key, limit=limit, per=per)
        except RateLimited:
            return False
        return True

    async def test_one_more_than_the_limit_is_refused_until_the_first_is_over(
        self, limiter: RateLimiter, passes: Pass
    ) -> None:
        await limiter.hit("ada", limit=2, per=0.6)
        await passes(0.3)
        await limiter.hit("ada", limit=2, per=0.6)
        with pytest.raises(RateLimited) as refused:
            await limiter.hit("ada", limit=2, per=0.6)
        assert 0 < refused.value.retry_after <= 0.3
        await passes(0.35)
        assert await self.allowed(limiter, "ada", limit=2, per=0.6)
        assert not await self.allowed(limiter, "ada", limit=2, per=0.6)

    async def test_what_is_refused_does_not_count(self, limiter: RateLimiter, passes: Pass) -> None:
        # Clocks of others can't be stopped, and machines may be busy: there is time to spare.
        assert await self.allowed(limiter, "ada", limit=1, per=1.6)
        for _ in range(3):
            await passes(0.1)
            assert not await self.allowed(limiter, "ada", limit=1, per=1.6)
        await passes(1.4)
        assert await self.allowed(limiter, "ada", limit=1, per=1.6)

    async def test_many_at_once_get_exactly_the_limit(self, limiter: RateLimiter) -> None:
        answers = await asyncio.gather(*(self.allowed(limiter, "ada", limit=10) for _ in range(40)))
        assert sum(answers) == 10
        quotas = await asyncio.gather(*(limiter.count("ada", limit=10, per=60.0) for _ in range(40)))
        assert sorted(quota.remaining for quota in quotas if not quota.exceeded) == list(range(10))

    async def test_keys_count_apart_and_can_be_forgotten(self, limiter: RateLimiter) -> None:
        for key in ("ada", "bob", "cid: with {braces} and\nlines"):
            assert await self.allowed(limiter, key, limit=1)
            assert not await self.allowed(limiter, key, limit=1)
        assert not (await limiter.count("ada", limit=1, per=60.0)).exceeded
        await limiter.forget("ada")
        await limiter.forget("nobody")
        assert await self.allowed(limiter, "ada", limit=1)
        assert not (await limiter.count("ada", limit=1, per=60.0)).exceeded
        assert not await self.allowed(limiter, "bob", limit=1)

    async def test_a_limit_of_nothing_refuses_everything(self, limiter: RateLimiter) -> None:
        assert not await self.allowed(limiter, "ada", limit=0)
        assert (await limiter.count("ada", limit=0, per=60.0)).exceeded

    async def test_a_counter_tells_what_is_left_and_begins_anew_after_its_window(
        self, limiter: RateLimiter, passes: Pass
    ) -> None:
        quotas = [await limiter.count("ada", limit=2, per=0.4) for _ in range(3)]
        assert [(quota.limit, quota.remaining, quota.exceeded) for quota in quotas] == [
            (2, 1, False),
            (2, 0, False),
            (2, 0, True),
        ]
        assert max(quota.resets_at for quota in quotas) - quotas[0].resets_at < 100
        await passes(0.45)
        assert (await limiter.count("ada", limit=2, per=0.4)).remaining == 1


class CacheSuite:
    """What every cache must do. Fixture: `cache`, an empty one."""

    def test_a_value_is_kept_until_one_of_its_tags_is_dropped(self, cache: Cache) -> None:
        for key, tags in (("a", ["x", "y"]), ("b", ["y"]), ("c", ["z"])):
            cache.fill().put(key, key.upper(), tags, size=10)
        assert [cache.get(key) for key in "abcd"] == ["A", "B", "C", None]
        cache.drop(["x", "nothing"])
        assert [cache.get(key) for key in "abc"] == [None, "B", "C"]
        cache.clear()
        assert [cache.get(key) for key in "abc"] == [None, None, None]

    def test_a_value_that_was_computed_while_its_tag_was_dropped_is_not_kept(self, cache: Cache) -> None:
        early = cache.fill()
        cache.drop(["x"])
        early.put("a", "old", ["x"])
        early.put("b", "good", ["y"])
        assert (cache.get("a"), cache.get("b")) == (None, "good")
        late = cache.fill()
        cache.clear()
        late.put("b", "old", ["y"])
        assert cache.get("b") is None


class LinkedCacheSuite(CacheSuite):
    """What caches that hear one another must do as well. Fixture: `other_cache`, of another process, tied to
    `cache`.
    """

    async def test_what_one_drops_the_other_forgets(self, cache: Cache, other_cache: Cache) -> None:
        for each in (cache, other_cache):
            each.fill().put("a", 1, ["x"])
            each.fill().put("b", 2, ["y"])
        cache.drop(["x"])
        assert cache.get("a") is None
        await until(lambda: other_cache.get("a") is None)
        assert other_cache.get("b") == 2

    async def test_what_the_other_computes_meanwhile_is_not_kept(
        self, cache: Cache, other_cache: Cache
    ) -> None:
        other_cache.fill().put("witness", 1, ["x"])
        early = other_cache.fill()
        cache.drop(["x"])
        await until(lambda: other_cache.get("witness") is None)
        early.put("a", "old", ["x"])
        assert other_cache.get("a") is None


class BusSuite:
    """What every bus must do. Fixture: `bus`."""

    def test_observers_are_told_at_once_by_type_and_subtype_until_they_leave(self, bus: Bus) -> None:
        everything: list[Event] = []
        posts: list[Event] = []
        leave = bus.subscribe(Event, everything.append)
        bus.subscribe(PostPublished, posts.append)
        bus.publish(published(1))
        bus.publish(AccountCreated(id=2, at=2, account_id=7))
        leave()
        leave()
        bus.publish(published(3))
        assert [event.id for event in everything] == [1, 2]
        assert [event.id for event in posts] == [1, 3]

    def test_an_observer_that_raises_hurts_nobody(self, bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
        heard: list[Event] = []

        def fail(event: Event) -> None:
            raise RuntimeError("no ears")

        bus.subscribe(PostPublished, fail)
        bus.subscribe(PostPublished, heard.append)
        bus.publish(published(1))
        assert [event.id for event in heard] == [1]
        assert "no ears" in caplog.text

    def test_what_is_relayed_reaches_only_who_listens_everywhere(self, bus: Bus) -> None:
        here: list[Event] = []
        everywhere: list[Event] = []
        bus.subscribe(PostPublished, here.append)
        bus.subscribe(PostPublished, everywhere.append, everywhere=True)
        bus.relay(published(1))
        bus.publish(published(2))
        assert [event.id for event in here] == [2]
        assert [event.id for event in everywhere] == [1, 2]


class LinkedBusSuite(BusSuite):
    """What buses that hear one another must do as well. Fixture: `other_bus`, of another process, tied to
    `bus`.
    """

    async def test_events_reach_who_listens_everywhere_in_order_and_within_a_second(
        self, bus: Bus, other_bus: Bus
    ) -> None:
        here: list[Event] = []
        there: list[Event] = []
        only_there: list[Event] = []
        bus.subscribe(Event, here.append, everywhere=True)
        other_bus.subscribe(Event, there.append, everywhere=True)
        other_bus.subscribe(Event, only_there.append)
        events = [published(number) for number in range(1, 300)]
        began = time.monotonic()
        for event in events:
            bus.publish(event)
        await until(lambda: len(there) >= len(events))
        assert time.monotonic() - began < 1.0
        assert there == here == events
        assert only_there == []

    async def test_an_event_that_comes_by_two_ways_is_told_once(self, bus: Bus, other_bus: Bus) -> None:
        there: list[Event] = []
        other_bus.subscribe(Event, there.append, everywhere=True)
        other_bus.relay(published(1))
        bus.publish(published(1))
        bus.publish(AccountCreated(id=2, at=2, account_id=1))
        await until(lambda: len(there) >= 2)
        other_bus.relay(published(1))
        assert [event.id for event in there] == [1, 2]

    async def test_what_wakes_one_job_runner_wakes_no_other(self, bus: Bus, other_bus: Bus) -> None:
        there: list[Event] = []
        other_bus.subscribe(Event, there.append, everywhere=True)
        other_bus.subscribe(JobsQueued, there.append, everywhere=True)
        bus.publish(JobsQueued(id=1, at=1))
        bus.publish(published(2))
        await until(lambda: bool(there))
        assert [event.id for event in there] == [2]
