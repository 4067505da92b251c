"""The broker on streams keeps the contract of brokers, against a real server and a real cluster."""

from __future__ import annotations

import pytest

from microblog_plugins.redis import broker as module
from microblog_plugins.redis.broker import RedisStreams
from microblog_plugins.redis.options import read_options
from microblog_tasks.testing.broker_suite import BrokerSuite


class StreamRig:
    """A stream, whose brokers give to others what a dead one took within a second."""

    def __init__(self, url):
        self.url = url
        self.started = []

    async def start(self, *, worker=True, capacity=64):
        broker = RedisStreams(read_options(self.url))
        broker.is_worker_process, broker.capacity = worker, capacity
        await broker.startup()
        self.started.append(broker)
        return broker

    async def kill(self, broker):
        if broker._keeper is not None:
            broker._keeper.cancel()
        broker.is_worker_process = False

    async def close(self):
        for broker in self.started:
            await broker.shutdown()


class TestRedisStreams(BrokerSuite):
    @pytest.fixture(params=["one server", "cluster"])
    async def rig(self, request, monkeypatch):
        monkeypatch.setattr(module, "RECLAIM_EVERY", 0.2)
        if request.param == "one server":
            url = request.getfixturevalue("redis_url") + "?reclaim=1"
        else:
            # The cluster is shared by the run: each test has a stream of its own.
            cluster = request.getfixturevalue("redis_cluster_url").replace("redis:", "redis+cluster:")
            url = f"{cluster}?reclaim=1&stream={abs(hash(request.node.name))}"
        made = StreamRig(url)
        yield made
        await made.close()
