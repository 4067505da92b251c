"""What PostgreSQL removes a few at a time stays a few, whichever plan it chooses."""

from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg
import pytest

from microblog_core.ports.operations.housekeeping import Expired
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.applications import ApplicationTests
from microblog_core.testing.storage.housekeeping import HousekeepingTests
from microblog_plugins.sql.postgres import PostgresStorage

OFF = ("hashjoin", "mergejoin", "hashagg", "material", "memoize", "sort")
"""Without these a subquery is asked again for each row, as now and then by a planner that has no figures."""


@pytest.fixture
async def storage(postgres_own):
    database = urlsplit(postgres_own).path.removeprefix("/")
    connection = await asyncpg.connect(postgres_own)
    for each in OFF:
        await connection.execute(f'ALTER DATABASE "{database}" SET enable_{each} = off')
    await connection.close()
    storage = PostgresStorage(postgres_own)
    await storage.open()
    yield storage
    await storage.close()


async def test_applications(storage):
    await ApplicationTests().test_old_applications_that_nobody_used_are_swept_a_few_at_a_time(
        storage, Builder(storage)
    )


@pytest.mark.parametrize("what", [Expired.SESSIONS, Expired.ADDRESSES])
async def test_what_ended(storage, what):
    await HousekeepingTests().test_what_ended_goes_and_the_rest_stays(storage, Builder(storage), what)
