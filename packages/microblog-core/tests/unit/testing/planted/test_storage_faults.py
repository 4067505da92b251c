"""Every promise of the storage suite is broken by some storage, and the suite says so."""

from __future__ import annotations

import pytest
from memory_faults import planted
from storage_faults import (
    BROKEN_CLASSES,
    BROKEN_FUNCTIONS,
    SIGNAL_FAULTS,
    SQL_FAULTS,
    Signalling,
    SqliteBeside,
)

from microblog_core.memory.storage import MemoryStorage
from microblog_core.testing.planted import keeps, promises_of
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


class Whole(StorageSuite, QueueSuite, SearchSuite, TrendSuite, StatisticsSuite, LedgerSuite):
    """What the storage in memory can do."""


def test_every_promise_has_a_fault() -> None:
    planned = {*BROKEN_FUNCTIONS, *BROKEN_CLASSES}
    assert planned == set(promises_of(Whole))
    assert set(SQL_FAULTS) == set(promises_of(SqlSuite))
    assert set(SIGNAL_FAULTS) == set(promises_of(SignalSuite))


@pytest.mark.parametrize("promise", BROKEN_FUNCTIONS)
async def test_the_suite_catches_a_storage_that_does_not_keep(promise: str) -> None:
    with planted(BROKEN_FUNCTIONS[promise]):
        assert await keeps(Whole, promise, storage=MemoryStorage)


@pytest.mark.parametrize("promise", BROKEN_CLASSES)
async def test_the_suite_catches_a_storage_of_another_kind_that_does_not_keep(promise: str) -> None:
    assert await keeps(Whole, promise, storage=BROKEN_CLASSES[promise])


def fixtures_with_sql(kind):
    """The fixtures of the part for plugins' statements."""

    def storage():
        made = kind()
        yield made
        made.database.close()

    def select(storage):
        async def rows(statement):
            return storage.database.execute(statement).fetchall()

        return rows

    return {"storage": storage, "select": select}


@pytest.mark.parametrize("promise", promises_of(SqlSuite))
async def test_the_part_for_statements_catches_what_does_not_keep(promise: str) -> None:
    assert await keeps(SqlSuite, promise, **fixtures_with_sql(SqliteBeside)) is None
    assert await keeps(SqlSuite, promise, **fixtures_with_sql(SQL_FAULTS[promise]))


@pytest.mark.parametrize("promise", promises_of(SignalSuite))
async def test_the_part_for_signals_catches_what_does_not_keep(promise: str) -> None:
    for kind, sound in ((Signalling, True), (SIGNAL_FAULTS[promise], False)):
        kept = await keeps(
            SignalSuite, promise, storage=kind, other_storage=lambda storage, kind=kind: kind(storage)
        )
        assert (kept is None) is sound
