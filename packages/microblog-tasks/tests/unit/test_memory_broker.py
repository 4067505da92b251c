"""The broker that stays in the process keeps what of the contract one process can keep."""

from __future__ import annotations

import pytest

from microblog_tasks.face import MemoryBroker
from microblog_tasks.testing.broker_suite import BrokerSuite


class MemoryRig:
    """One broker, however often one is started: others would not see what it holds."""

    def __init__(self, kind=MemoryBroker):
        self.broker = kind()
        self.broker.is_worker_process = True

    async def start(self, *, worker=True, capacity=64):
        self.broker.capacity = capacity
        await self.broker.startup()
        return self.broker

    async def kill(self, broker):
        raise AssertionError("it isn't shared")


class TestMemoryBroker(BrokerSuite):
    @pytest.fixture
    def rig(self):
        return MemoryRig()
