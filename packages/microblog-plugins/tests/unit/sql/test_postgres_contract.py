"""PostgreSQL keeps the contract of storages."""

from __future__ import annotations

import pytest

from microblog_core.testing.storage_suite import StorageSuite


class TestPostgresStorage(StorageSuite):
    @pytest.fixture
    def storage(self, postgres_storage):
        return postgres_storage
