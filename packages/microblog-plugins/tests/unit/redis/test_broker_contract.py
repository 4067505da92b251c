"""The broker on streams keeps the contract of brokers, against a real server and a real cluster."""

from __future__ import annotations

import pytest

from microblog_plugins.redis import broker as module
from microblog_plugins.redis.broker import RedisStreams
from microblog_plugins.redis.options import read_options
from microblog_tasks.testing.broker_suite import BrokerSuite

OF_THE_DEAD = (
    "test_what_a_killed_worker_took_comes_to_another",
    "test_what_is_done_comes_to_nobody_again",
)
"""They wait until others get what a dead worker took. Everywhere else a busy machine is not taken for one."""


class StreamRig:
    """A stream and its brokers."""

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
        reclaim = 1 if request.node.originalname in OF_THE_DEAD else 20
        if request.param == "one server":
            url = f"{request.getfixturevalue('redis_url')}?reclaim={reclaim}"
        else:
            # The cluster is shared by the run: each test has a stream of its own.
            cluster = request.getfixturevalue("redis_cluster_url").replace("redis:", "redis+cluster:")
            url = f"{cluster}?reclaim={reclaim}&stream={abs(hash(request.node.name))}"
        made = StreamRig(url)
        yield made
        await made.close()
