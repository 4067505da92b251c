"""Filling a SQLite file fast: few large commits, and everything as before afterwards."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import AddAudit, PutValue
from microblog_core.ports.storage import BulkStorage
from microblog_plugins.sql import writer as writer_module
from microblog_plugins.sql.connection import PAGE_CACHE_KIB


def put(number):
    return PutValue(plugin="test", key=str(number), value=b"1")


def line(identifier):
    return AddAudit(id=identifier, actor_id=None, action="a", subject="", created_at=0)


async def cache_size(storage):
    def ask():
        return (yield "PRAGMA cache_size", {})

    return (await storage._write(ask))[0][0]


@pytest.fixture
def commits(sqlite_storage):
    """The writer's statements, those that end a group."""
    seen = []
    trace = sqlite_storage._writer._connection.set_trace_callback
    trace(lambda statement: seen.append(statement) if statement == "COMMIT" else None)
    return seen


async def test_a_group_takes_all_that_comes_however_long_it_takes(sqlite_storage, commits, monkeypatch):
    monkeypatch.setattr(writer_module, "TAKE_SECONDS", 0.0)
    assert isinstance(sqlite_storage, BulkStorage)
    async with sqlite_storage.bulk():
        commits.clear()
        await asyncio.gather(*(sqlite_storage.commit([put(number)]) for number in range(200)))
        assert len(commits) <= 2  # the first unit may be written before the second is there
    assert len(await sqlite_storage.values("test")) == 200


async def test_everything_is_as_before_afterwards(sqlite_storage):
    with pytest.raises(Conflict):
        async with sqlite_storage.bulk():
            assert await cache_size(sqlite_storage) < -PAGE_CACHE_KIB
            await sqlite_storage.commit([line(1)])
            await sqlite_storage.commit([line(1)])
    assert not sqlite_storage._writer.bulk
    assert await cache_size(sqlite_storage) == -PAGE_CACHE_KIB
