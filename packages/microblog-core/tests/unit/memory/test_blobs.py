"""The blob store in memory keeps the contract."""

from __future__ import annotations

import pytest

from microblog_core.memory.blobs import MemoryBlobs
from microblog_core.testing.blob_suite import BlobStoreSuite


class TestMemoryBlobs(BlobStoreSuite):
    @pytest.fixture
    def blobs(self):
        return MemoryBlobs()
