"""The storage in memory keeps the contract of storages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from microblog_core.memory.storage import MemoryStorage
from microblog_core.testing.storage_suite import (
    LedgerSuite,
    QueueSuite,
    SearchSuite,
    StatisticsSuite,
    StorageSuite,
    TrendSuite,
)


class TestMemoryStorage(StorageSuite, QueueSuite, SearchSuite, TrendSuite, StatisticsSuite, LedgerSuite):
    @pytest.fixture
    async def storage(self) -> AsyncIterator[MemoryStorage]:
        storage = MemoryStorage()
        await storage.open()
        yield storage
        await storage.close()
