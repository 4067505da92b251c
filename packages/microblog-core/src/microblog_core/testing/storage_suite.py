"""The contract of storages as tests: subclass `StorageSuite`, give it your storage, and run pytest.

    class TestMyStorage(StorageSuite):
        @pytest.fixture
        async def storage(self):
            storage = MyStorage(...)   # a fresh, empty one
            await storage.open()
            yield storage
            await storage.close()

`StorageSuite` is the base that every storage must keep.
"""

from __future__ import annotations

from microblog_core.testing.storage.accounts import AccountTests, SessionTests
from microblog_core.testing.storage.posts import PostTests


class StorageSuite(AccountTests, SessionTests, PostTests):
    """What every storage must do."""
