"""SQLite keeps the contract of storages."""

from __future__ import annotations

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


class TestSqliteStorage(StorageSuite):
    @pytest.fixture
    def storage(self, sqlite_storage):
        return sqlite_storage


class TestSqliteSearch(SearchSuite, TrendSuite):
    @pytest.fixture
    def storage(self, sqlite_storage):
        return sqlite_storage


class TestSqliteStatistics(StatisticsSuite):
    @pytest.fixture
    def storage(self, sqlite_storage):
        return sqlite_storage


class TestSqliteLedger(LedgerSuite):
    @pytest.fixture
    def storage(self, sqlite_storage):
        return sqlite_storage


class TestSqliteBesideAnother(QueueSuite, SignalSuite):
    @pytest.fixture
    def storage(self, sqlite_storage):
        return sqlite_storage

    @pytest.fixture
    def other_storage(self, other_sqlite_storage):
        return other_sqlite_storage


class TestSqliteSql(SqlSuite):
    @pytest.fixture
    def storage(self, sqlite_storage):
        return sqlite_storage

    @pytest.fixture
    def select(self, sqlite_connection):
        async def select(statement):
            return sqlite_connection.execute(statement).fetchall()

        return select
