"""SQLite keeps the contract of storages."""

from __future__ import annotations

import pytest

from microblog_core.testing.storage_suite import StorageSuite


class TestSqliteStorage(StorageSuite):
    @pytest.fixture
    def storage(self, sqlite_storage):
        return sqlite_storage
