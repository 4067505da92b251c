"""SQLite's writer: groups share a COMMIT, a unit fails alone, a COMMIT that fails fails its whole group."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time

import pytest

from microblog_core.domain.errors import Conflict, PluginError, Unavailable
from microblog_core.ports.operations import AddAudit, DeleteValue, PutValue, RunSql
from microblog_core.testing.builder import Builder
from microblog_plugins.sql import writer as writer_module
from microblog_plugins.sql.connection import connect
from microblog_plugins.sql.sqlite import path_of


def put(key):
    return PutValue(plugin="test", key=key, value=b"1")


def line(identifier):
    return AddAudit(id=identifier, actor_id=None, action="a", subject="", created_at=0)


def sql(statement):
    return RunSql(statement=statement, parameters={})


@pytest.fixture
def statements(sqlite_storage):
    """Every statement that the writer runs, from now on."""
    seen = []
    sqlite_storage._writer._connection.set_trace_callback(seen.append)
    return seen


@pytest.fixture
def held(sqlite_connection):
    """The write lock, held by somebody else until the test lets go."""
    sqlite_connection.execute("BEGIN IMMEDIATE")
    yield sqlite_connection
    if sqlite_connection.in_transaction:
        sqlite_connection.execute("ROLLBACK")


async def gathered(storage, held, *units):
    """Commit several units at once: they wait for the lock together, and so come into one group."""
    waiting = [asyncio.create_task(storage.commit(unit)) for unit in units]
    while storage._writer._units.qsize() < len(units) - 1:
        await asyncio.sleep(0)
    held.execute("ROLLBACK")
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_units_that_wait_together_share_one_commit(sqlite_storage, statements, held):
    results = await gathered(sqlite_storage, held, *([put(str(n))] for n in range(20)))
    assert results == [None] * 20
    assert statements.count("COMMIT") == 1
    assert len(await sqlite_storage.values("test")) == 20


async def test_a_unit_that_fails_takes_back_its_own_writes_and_no_others(sqlite_storage, statements, held):
    results = await gathered(
        sqlite_storage,
        held,
        [put("before"), line(1)],
        [put("failed"), line(1)],
        [put("after"), line(2)],
    )
    assert results[0] is None
    assert results[2] is None
    assert isinstance(results[1], Conflict)
    assert results[1].guard == "id"
    assert statements.count("COMMIT") == 1
    assert set(await sqlite_storage.values("test")) == {"before", "after"}


async def test_a_failed_commit_fails_every_unit_of_its_group(sqlite_storage, held):
    """A foreign key that is checked at the end lets the COMMIT itself fail."""
    table = (
        "CREATE TABLE test_things (account_id BIGINT REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    held.execute("ROLLBACK")
    await sqlite_storage.commit([sql(table)])
    held.execute("BEGIN IMMEDIATE")
    results = await gathered(
        sqlite_storage,
        held,
        [put("innocent")],
        [sql("INSERT INTO test_things VALUES (12345)")],
        [line(1), line(1)],
        [put("innocent too")],
    )
    assert [type(result) for result in results] == [Unavailable, Unavailable, Conflict, Unavailable]
    assert await sqlite_storage.values("test") == {}
    await sqlite_storage.commit([put("later")])
    assert set(await sqlite_storage.values("test")) == {"later"}


async def test_a_unit_is_acknowledged_only_after_its_commit(sqlite_storage, sqlite_connection, monkeypatch):
    """Whoever is told that a unit is done finds it in the file, from any connection."""
    order = []
    commit = sqlite_storage._writer._commit

    def slow(group):
        order.append("commit begins")
        time.sleep(0.02)
        commit(group)
        order.append("commit ends")

    monkeypatch.setattr(sqlite_storage._writer, "_commit", slow)
    await sqlite_storage.commit([put("key")])
    order.append("acknowledged")
    assert order == ["commit begins", "commit ends", "acknowledged"]
    assert sqlite_connection.execute("SELECT COUNT(*) FROM plugin_values").fetchone() == (1,)


async def test_what_is_acknowledged_is_on_disk(sqlite_storage):
    for connection in (sqlite_storage._writer._connection, sqlite_storage._reader):
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


async def test_the_reading_connection_cannot_write(sqlite_storage):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        sqlite_storage._reader.execute("DELETE FROM changes")


async def test_units_of_one_group_are_cut_where_the_lock_was_held_long_enough(
    sqlite_storage, statements, held, monkeypatch
):
    monkeypatch.setattr(writer_module, "TAKE_SECONDS", 0.0)
    await gathered(sqlite_storage, held, *([put(str(n))] for n in range(3)))
    assert statements.count("COMMIT") == 3


async def test_a_busy_writer_lets_others_write(sqlite_storage, sqlite_url):
    """Somebody who waits for the lock gets it within a second, however much is queued."""
    done = threading.Event()

    def other():
        connection = connect(path_of(sqlite_url))
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
        finally:
            connection.close()
            done.set()

    async def write(number):
        while not done.is_set():
            await sqlite_storage.commit([put(f"{number}")])

    began = time.monotonic()
    thread = threading.Thread(target=other)
    writing = [asyncio.create_task(write(number)) for number in range(8)]
    await asyncio.sleep(0)
    thread.start()
    await asyncio.wait_for(asyncio.gather(*writing), 20)
    thread.join()
    assert time.monotonic() - began < 5


async def test_a_lock_that_is_never_given_back_makes_the_storage_unavailable(
    sqlite_storage, held, monkeypatch
):
    monkeypatch.setattr(writer_module, "LOCK_SECONDS", 0.05)
    with pytest.raises(Unavailable):
        await sqlite_storage.commit([put("key")])
    held.execute("ROLLBACK")
    await sqlite_storage.commit([put("key")])


async def test_a_writer_whose_connection_is_lost_connects_again(sqlite_storage):
    sqlite_storage._writer._connection.close()
    with pytest.raises(Unavailable):
        await sqlite_storage.commit([put("lost")])
    await sqlite_storage.commit([put("found")])
    assert set(await sqlite_storage.values("test")) == {"found"}


async def test_a_unit_that_breaks_in_an_unforeseen_way_harms_nobody_else(sqlite_storage, held):
    def broken():
        yield "INSERT INTO plugin_values VALUES ('test', 'broken', x'')", {}
        raise KeyError("unforeseen")

    held.execute("ROLLBACK")
    results = await asyncio.gather(
        sqlite_storage.commit([put("one")]),
        sqlite_storage._write(broken),
        sqlite_storage.commit([put("two")]),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), KeyError, type(None)]
    assert set(await sqlite_storage.values("test")) == {"one", "two"}


async def test_logging_in_sweeps_away_what_has_expired(sqlite_storage, sqlite_connection):
    build = Builder(sqlite_storage)
    ada = await build.account("ada")
    for number in range(5):
        await build.session(ada, f"hash{number}", seconds=0.5)
    assert sqlite_connection.execute("SELECT COUNT(*) FROM sessions").fetchone() == (1,)


async def test_closing_finishes_what_was_submitted(sqlite_storage, sqlite_connection):
    waiting = [asyncio.ensure_future(sqlite_storage.commit([put(str(n))])) for n in range(5)]
    await asyncio.sleep(0)
    await sqlite_storage.close()
    assert await asyncio.gather(*waiting) == [None] * 5
    assert sqlite_connection.execute("SELECT COUNT(*) FROM plugin_values").fetchone() == (5,)


async def test_a_closed_storage_says_so(sqlite_storage):
    await sqlite_storage.close()
    with pytest.raises(Unavailable):
        await sqlite_storage.commit([put("key")])
    with pytest.raises(Unavailable):
        await sqlite_storage.ping()


async def test_a_commit_that_nobody_waits_for_any_more_still_makes_its_keys_stale(sqlite_storage, held):
    build = Builder(sqlite_storage)
    held.execute("ROLLBACK")
    ada = await build.account("ada")
    post = build.draft(ada)
    held.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(build._publish(post))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    sqlite_storage.stale_keys()
    held.execute("ROLLBACK")
    await sqlite_storage.commit([DeleteValue(plugin="test", key="none")])
    assert f"posts-of:{ada.id}" in sqlite_storage.stale_keys()
    assert sqlite_storage.stale_keys() == frozenset()


@pytest.mark.parametrize(
    "statement", ["COMMIT", "ROLLBACK", "PRAGMA foreign_keys = OFF", "ATTACH 'x' AS y", " ", "VACUUM"]
)
async def test_a_plugin_cannot_end_the_transaction_that_it_shares(sqlite_storage, statement):
    with pytest.raises(PluginError):
        await sqlite_storage.commit([put("key"), sql(statement)])
    assert await sqlite_storage.values("test") == {}
