"""Rate limits in memory: exact, atomic, bounded."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.errors import RateLimited
from microblog_core.memory.limits import MemoryRateLimiter
from microblog_core.ports.limits import Quota


class Clock:
    def __init__(self) -> None:
        self.at = 1_000_000

    def now(self) -> int:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def allowed(limiter: MemoryRateLimiter, key: str, *, limit: int = 3, per: float = 10) -> bool:
    try:
        await limiter.hit(key, limit=limit, per=per)
    except RateLimited:
        return False
    return True


async def test_one_more_than_the_limit_is_refused_until_the_first_is_over(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock)
    for _ in range(3):
        await limiter.hit("ada", limit=3, per=10)
        clock.at += 1000
    with pytest.raises(RateLimited) as refused:
        await limiter.hit("ada", limit=3, per=10)
    assert refused.value.retry_after == 7
    clock.at += 6999
    assert not await allowed(limiter, "ada")
    clock.at += 1
    assert await allowed(limiter, "ada")
    assert not await allowed(limiter, "ada")


async def test_no_window_of_any_position_holds_more_than_the_limit(clock: Clock) -> None:
    limiter, passed = MemoryRateLimiter(clock), []
    for step in range(400):
        clock.at += (step * 7) % 997
        if await allowed(limiter, "ada", limit=5, per=3):
            passed.append(clock.at)
    for moment in passed:
        assert sum(1 for other in passed if moment - 3000 < other <= moment) <= 5


async def test_keys_count_apart_and_can_be_forgotten(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock)
    assert await allowed(limiter, "ada", limit=1)
    assert await allowed(limiter, "bob", limit=1)
    assert not await allowed(limiter, "ada", limit=1)
    await limiter.forget("ada")
    await limiter.forget("nobody")
    assert await allowed(limiter, "ada", limit=1)


async def test_many_at_once_get_exactly_the_limit(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock)
    answers = await asyncio.gather(*(allowed(limiter, "ada", limit=10) for _ in range(50)))
    assert sum(answers) == 10


async def test_a_limit_of_nothing_refuses_everything(clock: Clock) -> None:
    assert not await allowed(MemoryRateLimiter(clock), "ada", limit=0)


async def test_a_clock_that_goes_back_refuses_no_longer_than_the_window(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock)
    assert await allowed(limiter, "ada", limit=2)
    clock.at -= 5000
    assert await allowed(limiter, "ada", limit=2)
    clock.at += 15_000
    assert await allowed(limiter, "ada", limit=2)


async def test_memory_is_bounded_and_the_least_recently_used_start_anew(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock, max_moments=100)
    for number in range(1000):
        await limiter.hit(f"key {number}", limit=1, per=10)
    assert not await allowed(limiter, "key 999", limit=1)
    assert await allowed(limiter, "key 0", limit=1)
    assert len(limiter._windows) == limiter._kept == 100


async def test_what_is_over_is_forgotten(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock)
    for number in range(50):
        await limiter.hit(f"key {number}", limit=1, per=10)
    clock.at += 10_000
    await limiter.hit("later", limit=1, per=10)
    assert list(limiter._windows) == ["later"]


async def test_a_counter_tells_what_is_left_and_when_it_begins_anew(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock)
    ends = clock.at + 10_000
    assert [await limiter.count("ada", limit=2, per=10) for _ in range(4)] == [
        Quota(2, 1, ends),
        Quota(2, 0, ends),
        Quota(2, 0, ends, exceeded=True),
        Quota(2, 0, ends, exceeded=True),
    ]
    clock.at = ends - 1
    assert (await limiter.count("ada", limit=2, per=10)).exceeded
    assert await limiter.count("bob", limit=2, per=10) == Quota(2, 1, ends - 1 + 10_000)
    clock.at = ends
    assert await limiter.count("ada", limit=2, per=10) == Quota(2, 1, ends + 10_000)


async def test_many_at_once_are_counted_exactly(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock)
    quotas = await asyncio.gather(*(limiter.count("ada", limit=10, per=10) for _ in range(50)))
    assert sum(not quota.exceeded for quota in quotas) == 10
    assert sorted(quota.remaining for quota in quotas if not quota.exceeded) == list(range(10))


async def test_a_clock_that_goes_back_begins_a_counter_anew(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock)
    await limiter.count("ada", limit=1, per=10)
    clock.at -= 100_000
    assert await limiter.count("ada", limit=1, per=10) == Quota(1, 0, clock.at + 10_000)


async def test_counters_are_bounded_forgotten_and_push_out_no_window(clock: Clock) -> None:
    limiter = MemoryRateLimiter(clock, max_counters=10)
    assert await allowed(limiter, "ada", limit=1)
    for number in range(100):
        await limiter.count(f"key {number}", limit=1, per=10)
    assert len(limiter._counters) == 10
    assert (await limiter.count("key 99", limit=1, per=10)).exceeded
    assert not (await limiter.count("key 0", limit=1, per=10)).exceeded
    assert not await allowed(limiter, "ada", limit=1)
    await limiter.forget("key 99")
    assert not (await limiter.count("key 99", limit=1, per=10)).exceeded
