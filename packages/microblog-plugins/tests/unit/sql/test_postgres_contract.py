"""PostgreSQL keeps the contract of storages."""

from __future__ import annotations

import asyncpg
import pytest

from microblog_core.testing.storage_suite import (
    LedgerSuite,
    QueueSuite,
    SearchSuite,
    SignalSuite,
    SqlSuite,
    StatisticsSuite,
    StorageSuite,
    TrendSuite,
)
from microblog_plugins.sql.postgres import PostgresStorage


class TestPostgresStorage(StorageSuite):
    @pytest.fixture
    def storage(self, postgres_storage):
        return postgres_storage


class TestPostgresSearch(SearchSuite, TrendSuite):
    @pytest.fixture
    def storage(self, postgres_storage):
        return postgres_storage


class TestPostgresStatistics(StatisticsSuite):
    @pytest.fixture
    def storage(self, postgres_storage):
        return postgres_storage


class TestPostgresLedger(LedgerSuite):
    @pytest.fixture
    def storage(self, postgres_storage):
        return postgres_storage


class TestPostgresBesideAnother(QueueSuite, SignalSuite):
    @pytest.fixture
    def storage(self, postgres_storage):
        return postgres_storage

    @pytest.fixture
    def other_storage(self, other_postgres_storage):
        return other_postgres_storage


class TestPostgresSql(SqlSuite):
    bytes_type = "BYTEA"

    @pytest.fixture
    async def storage(self, postgres_own):
        storage = PostgresStorage(postgres_own)
        await storage.open()
        yield storage
        await storage.close()

    @pytest.fixture
    async def select(self, postgres_own):
        connection = await asyncpg.connect(postgres_own)
        yield connection.fetch
        await connection.close()
