from __future__ import annotations

import asyncio
import contextlib

import pytest

from microblog_core.domain.errors import RateLimited, Unavailable
from microblog_core.memory.cache import MemoryCache
from microblog_core.memory.limits import MemoryRateLimiter
from microblog_core.patterns.resources import Resources
from microblog_core.plugins.report import PluginState
from microblog_core.ports.clock import SystemClock
from microblog_core.runtime.bus import MemoryBus
from microblog_core.testing.redis import send
from microblog_core.testing.shared_suites import (
    LimiterSuite,
    LinkedBusSuite,
    LinkedCacheSuite,
    published,
    until,
)
from microblog_core.testing.sites import report_of, site_with
from microblog_plugins.redis import link as link_module
from microblog_plugins.redis.bus import RedisBus
from microblog_plugins.redis.cache import RedisCache
from microblog_plugins.redis.client import connect, disconnect
from microblog_plugins.redis.limits import RedisRateLimiter
from microblog_plugins.redis.link import Link
from microblog_plugins.redis.options import read_options


@contextlib.asynccontextmanager
async def linked(url, *, wait=True):
    link = Link(lambda: connect(read_options(url), at_once=True), "suite:told")
    link.start()
    if wait:
        await asyncio.wait_for(link.joined.wait(), 10)
    yield link
    await link.stop()


def cache_on(link, *, told_otherwise=False):
    return RedisCache(MemoryCache(), link, lambda: told_otherwise)


def bus_on(link):
    return RedisBus(MemoryBus(), link, lambda: ())


@contextlib.asynccontextmanager
async def limiting(url, answer=10.0, **options):
    """A limiter that waits: on a busy machine half a second is nothing."""
    resources, clock = Resources(), SystemClock()
    client = resources.add("redis", lambda: connect(read_options(url), at_once=True), disconnect)
    yield RedisRateLimiter(
        MemoryRateLimiter(clock), client, prefix="suite", clock=clock, answer=answer, **options
    )
    await resources.close()


class TestRedisBus(LinkedBusSuite):
    @pytest.fixture
    async def bus(self, redis_url):
        async with linked(redis_url) as link:
            yield bus_on(link)

    @pytest.fixture
    async def other_bus(self, redis_url):
        async with linked(redis_url) as link:
            yield bus_on(link)


class TestRedisCache(LinkedCacheSuite):
    @pytest.fixture
    async def cache(self, redis_url):
        async with linked(redis_url) as link:
            yield cache_on(link)

    @pytest.fixture
    async def other_cache(self, redis_url):
        async with linked(redis_url) as link:
            yield cache_on(link)


class TestRedisLimiter(LimiterSuite):
    @pytest.fixture
    async def limiter(self, redis_url):
        async with limiting(redis_url) as limiter:
            yield limiter


class TestRedisLimiterOnACluster(LimiterSuite):
    @pytest.fixture
    async def limiter(self, redis_cluster_url):
        send(redis_cluster_url, "PING")
        async with limiting(redis_cluster_url.replace("redis://", "redis+cluster://")) as limiter:
            for key in ("ada", "bob", "cid: with {braces} and\nlines"):
                await limiter.forget(key)
            yield limiter


async def test_two_processes_count_together_and_keep_no_names_in_redis(redis_url):
    async with limiting(redis_url) as one, limiting(redis_url) as two:
        answers = await asyncio.gather(
            *(each.count("ada@people.example", limit=10, per=60) for each in (one, two) for _ in range(20))
        )
        assert sum(not quota.exceeded for quota in answers) == 10
        await one.hit("ada@people.example", limit=1, per=60)
        with pytest.raises(RateLimited):
            await two.hit("ada@people.example", limit=1, per=60)
    keys = send(redis_url, "KEYS", "*")
    assert "suite:hit:" in keys
    assert "ada" not in keys


async def test_while_redis_is_away_each_process_counts_for_itself_and_waits_for_nothing(redis_server):
    async with limiting(redis_server.url, rest=0.2) as limiter:
        await limiter.hit("ada", limit=1, per=60)
        redis_server.kill()
        began = asyncio.get_running_loop().time()
        await limiter.hit("ada", limit=1, per=60)
        with pytest.raises(RateLimited):
            await limiter.hit("ada", limit=1, per=60)
        assert not (await limiter.count("ada", limit=1, per=60)).exceeded
        await limiter.forget("ada")
        assert asyncio.get_running_loop().time() - began < 1.5
        redis_server.start()
        await asyncio.sleep(0.3)
        await limiter.hit("ada", limit=5, per=60)
        assert "suite:hit:" in send(redis_server.url, "KEYS", "*")


async def test_who_was_away_forgets_its_cache_and_hears_what_was_said_meanwhile(redis_server, monkeypatch):
    monkeypatch.setattr(link_module, "TROUBLE_SECONDS", 0.02)
    async with linked(redis_server.url) as one, linked(redis_server.url) as two:
        bus, cache, deaf, trusting = (
            bus_on(one),
            cache_on(two),
            bus_on(two),
            cache_on(two, told_otherwise=True),
        )
        for each in (cache, trusting):
            each.fill().put("page", "old", ["x"])
        heard = []
        deaf.subscribe(type(published(1)), heard.append, everywhere=True)
        redis_server.kill()
        await until(lambda: not one.joined.is_set() and not two.joined.is_set())
        # What might be stale is not shown, unless the storage itself says what is.
        assert (cache.get("page"), trusting.get("page")) == (None, "old")
        bus.publish(published(1))
        redis_server.start()
        await asyncio.wait_for(two.joined.wait(), 10)
        assert (cache.get("page"), trusting.get("page")) == (None, None)
        cache.fill().put("page", "new", ["x"])
        assert cache.get("page") == "new"
        bus.publish(published(2))
        await until(lambda: 2 in [event.id for event in heard])


async def test_what_was_too_much_to_be_said_makes_the_others_forget_everything(redis_url, monkeypatch):
    monkeypatch.setattr(link_module, "WAITING", 3)
    async with linked(redis_url) as one, linked(redis_url) as two:
        talker, listener = cache_on(one), cache_on(two)
        listener.fill().put("page", "old", ["tag 0"])
        for number in range(10):
            talker.drop([f"tag {number}"])
        await until(lambda: listener.get("page") is None)


async def test_nonsense_on_the_channel_is_ignored(redis_url):
    async with linked(redis_url) as one, linked(redis_url) as two:
        heard = []
        bus, other = bus_on(one), bus_on(two)
        other.subscribe(type(published(1)), heard.append, everywhere=True)
        send(redis_url, "PUBLISH", "suite:told", "nonsense")
        one.say(events=[b'{"type": "no.such.event"}', b"[]"])
        bus.publish(published(1))
        await until(lambda: bool(heard))
        assert [event.id for event in heard] == [1]


def site_on(url, **options):
    return site_with(installed=("redis",), settings={"redis": {"url": url}}, **options)


async def test_two_processes_of_a_site_hear_one_another_and_count_together(redis_url):
    async with site_on(redis_url) as one, site_on(redis_url) as two:
        heard = []
        two.ports.bus.subscribe(type(published(1)), heard.append, everywhere=True)
        await until(lambda: ("redis_link_joined", {}, 1.0) in list(two.observers.gauges()))
        one.ports.bus.publish(published(1))
        await until(lambda: bool(heard))
        await one.ports.limiter.hit("ada", limit=1, per=60)
        with pytest.raises(RateLimited):
            await two.ports.limiter.hit("ada", limit=1, per=60)


async def test_sites_of_different_names_share_nothing(redis_url):
    async with site_on(redis_url, name="one") as one, site_on(redis_url, name="two") as two:
        await one.ports.limiter.hit("ada", limit=1, per=60)
        await two.ports.limiter.hit("ada", limit=1, per=60)


async def test_a_site_opens_without_redis_and_says_that_it_is_away(redis_server):
    redis_server.kill()
    async with site_on(redis_server.url) as site:
        (check,) = site.health_checks
        assert (check.name, check.critical) == ("redis.shared", False)
        with pytest.raises(Unavailable) as away:
            await check.check()
        assert "plugins.redis.url" in away.value.hint
        await site.ports.limiter.hit("ada", limit=1, per=60)
        site.ports.bus.publish(published(1))
        redis_server.start()
        await check.check()


def test_an_address_that_makes_no_sense_breaks_the_plugin_and_not_the_site():
    site = site_on("redis:")
    assert report_of(site, "redis").state is PluginState.BROKEN
    assert type(site.ports.bus) is MemoryBus


async def test_a_link_ends_though_its_client_takes_the_end_for_a_timeout(redis_url, monkeypatch):
    monkeypatch.setattr(link_module, "CANCEL_SECONDS", 0.1)
    taken = []

    class Deaf(Link):
        async def _hear(self, channel):
            self.joined.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as ended:
                taken.append(ended)
                raise TimeoutError from ended

    link = Deaf(lambda: connect(read_options(redis_url), at_once=True), "suite:told")
    link.start()
    await asyncio.wait_for(link.joined.wait(), 10)
    await asyncio.wait_for(link.stop(), 10)
    assert len(taken) == 1
