"""Stores on the real server, each below a prefix of its own."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable

import pytest

from microblog_core.testing.s3 import S3Server
from microblog_plugins.s3.blobs import S3Blobs
from microblog_plugins.s3.options import read_options
from microblog_plugins.s3.settings import S3Settings

Make = Callable[..., S3Blobs]


@pytest.fixture
def prefix() -> str:
    return secrets.token_hex(8)


@pytest.fixture
async def make(s3_server: S3Server, prefix: str) -> AsyncIterator[Make]:
    """A function that makes a store; its arguments are those of `url_of`, and settings."""
    made = []

    def make(*, seconds: float = 10.0, **named: str) -> S3Blobs:
        made.append(S3Blobs(read_options(s3_server.url_of(prefix, **named)), S3Settings(seconds=seconds)))
        return made[-1]

    yield make
    for blobs in made:
        await blobs.close()


@pytest.fixture
def blobs(make: Make) -> S3Blobs:
    return make()
