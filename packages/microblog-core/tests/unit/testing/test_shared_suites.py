"""Core's own bus, cache and rate limiter keep the contracts that others are held to."""

from __future__ import annotations

import pytest

from microblog_core.memory.cache import MemoryCache
from microblog_core.memory.limits import MemoryRateLimiter
from microblog_core.runtime.bus import MemoryBus
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.shared_suites import BusSuite, CacheSuite, LimiterSuite


class TestMemoryLimiter(LimiterSuite):
    @pytest.fixture
    def clock(self):
        return FrozenClock()

    @pytest.fixture
    def limiter(self, clock):
        return MemoryRateLimiter(clock)

    @pytest.fixture
    def passes(self, clock):
        async def advance(seconds):
            clock.advance(seconds)

        return advance


class TestMemoryCache(CacheSuite):
    @pytest.fixture
    def cache(self):
        return MemoryCache()


class TestMemoryBus(BusSuite):
    @pytest.fixture
    def bus(self):
        return MemoryBus()
