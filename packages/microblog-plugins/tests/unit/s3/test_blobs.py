"""The store against a real server: the common contract, and what can go wrong with a server."""

from __future__ import annotations

import pytest

from microblog_core.testing.blob_suite import BlobStoreSuite
from microblog_plugins.s3.blobs import S3Blobs
from microblog_plugins.s3.options import read_options
from microblog_plugins.s3.settings import S3Settings


@pytest.fixture
async def blobs(s3_url):
    blobs = S3Blobs(read_options(s3_url), S3Settings())
    yield blobs
    await blobs.close()


class TestS3Blobs(BlobStoreSuite):
    """On SeaweedFS, which checks signatures."""
