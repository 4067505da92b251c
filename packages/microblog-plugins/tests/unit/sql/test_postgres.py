"""What is PostgreSQL's own: processes tell one another, colliding units run again, failures explain."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import warnings
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from microblog_core.domain.errors import ConfigurationError, Conflict, PluginError, Unavailable
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.ports.operations import AddBlock, AddFollow, AddPost, PutValue, RunSql
from microblog_core.testing.builder import Builder
from microblog_plugins.sql import notify
from microblog_plugins.sql.postgres import PostgresStorage
from microblog_plugins.sql.postgres_driver import SETTINGS, numbered


async def heard(storage):
    """What a storage hears next; waits for it."""
    async with asyncio.timeout(10):
        while (keys := storage.stale_keys()) == frozenset():
            await asyncio.sleep(0.001)
    return keys


async def settled(*storages):
    """Storages that have forgotten that they just began."""
    for storage in storages:
        assert storage.stale_keys() is None
        assert storage.stale_keys() == frozenset()


async def test_each_hears_what_the_other_changed_and_not_its_own(postgres_storage, other_postgres_storage):
    await settled(postgres_storage, other_postgres_storage)
    ada = await Builder(postgres_storage).account("ada")
    assert await heard(other_postgres_storage) == {f"account:{ada.id}", "accounts"}
    assert postgres_storage.stale_keys() == frozenset()
    assert other_postgres_storage.stale_keys() == frozenset()


async def test_what_is_too_much_to_say_drops_everything(postgres_storage, other_postgres_storage):
    await settled(postgres_storage, other_postgres_storage)
    build = Builder(postgres_storage)
    ada = await build.account("ada")
    assert await heard(other_postgres_storage)
    await build.apply(*(AddPost(post=build.draft(ada)) for _ in range(200)))
    assert await heard(other_postgres_storage) is None
    assert other_postgres_storage.stale_keys() == frozenset()


def test_a_connection_that_is_lost_while_the_loop_ends_leaves_nothing_behind():
    listener = notify.Listener("postgresql://nowhere", "me")
    listener._stopped, listener._connection = False, object()

    async def lose():
        listener._lost(listener._connection)

    loop = asyncio.new_event_loop()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        step = lose()
        with contextlib.suppress(StopIteration):
            asyncio._set_running_loop(loop)
            try:
                step.send(None)
            finally:
                asyncio._set_running_loop(None)
        loop.close()
        gc.collect()
    assert [str(each.message) for each in caught if "await" in str(each.message)] == []
    assert listener._connection is None
    listener._connection = object()
    listener._lost(listener._connection)
    assert listener._connection is None


async def test_who_cannot_hear_caches_nothing_until_it_can_again(
    postgres_storage, other_postgres_storage, monkeypatch
):
    monkeypatch.setattr(notify, "RECONNECT_SECONDS", 0.01)
    await settled(postgres_storage, other_postgres_storage)
    await postgres_storage.commit(
        [
            RunSql(
                statement="SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'microblog-listener' AND datname = current_database()",
                parameters={},
            )
        ]
    )
    async with asyncio.timeout(10):
        while other_postgres_storage.stale_keys() is not None:
            await asyncio.sleep(0)
        while other_postgres_storage.stale_keys() is None:
            await asyncio.sleep(0.001)
    ada = await Builder(postgres_storage).account("ada")
    assert f"account:{ada.id}" in await heard(other_postgres_storage)


async def test_connections_that_the_server_cut_are_replaced(postgres_storage):
    await postgres_storage.ping()
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'microblog' AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    connections = [await postgres_storage._pool.acquire() for _ in range(3)]
    await connections[0].execute(cut)
    for connection in connections:
        await postgres_storage._pool.release(connection)
    for _ in range(4):
        await postgres_storage.ping()


async def test_transactions_that_collide_all_get_through(postgres_storage, other_postgres_storage):
    """Units take the same values in opposite order: PostgreSQL ends one of them, and it runs again."""
    forth = [PutValue(plugin="test", key=key, value=b"1") for key in "abcd"]

    async def write(storage, operations):
        for _ in range(6):
            await storage.commit(operations)

    await asyncio.gather(
        write(postgres_storage, forth),
        write(other_postgres_storage, forth[::-1]),
    )
    assert len(await postgres_storage.values("test")) == 4


async def test_a_follow_and_a_block_at_the_same_time_never_leave_both(postgres_storage):
    build = Builder(postgres_storage)
    for number in range(8):
        ada, ben = await build.people(f"ada{number}x", f"ben{number}x")
        follow = AddFollow(id=build.next_id(), follower_id=ada.id, followee_id=ben.id, created_at=0)
        block = AddBlock(id=build.next_id(), blocker_id=ben.id, blocked_id=ada.id, created_at=0)
        results = await asyncio.gather(
            postgres_storage.commit([follow]), postgres_storage.commit([block]), return_exceptions=True
        )
        assert results[1] is None
        assert results[0] is None or isinstance(results[0], Conflict)
        relation = (await postgres_storage.relations.get(ada.id, [ben.id]))[ben.id]
        assert (relation.following, relation.blocked_by) == (False, True)
        assert (await postgres_storage.accounts.get(ben.id)).followers_count == 0


async def test_counts_are_right_after_many_at_once(postgres_storage):
    build = Builder(postgres_storage)
    ada, *fans = await build.people("ada", *(f"fan{number}x" for number in range(12)))
    post = await build.post(ada)
    drafts = [build.draft(fan, answers=post) for fan in fans]
    follows = [
        AddFollow(id=build.next_id(), follower_id=fan.id, followee_id=ada.id, created_at=0) for fan in fans
    ]
    operations = [*(AddPost(post=draft) for draft in drafts), *follows]
    await asyncio.gather(*(postgres_storage.commit([operation]) for operation in operations))
    entry = await postgres_storage.posts.get(None, post.id)
    assert (entry.post.replies_count, entry.author.followers_count) == (12, 12)


async def test_nothing_at_the_address_is_unavailable():
    with pytest.raises(Unavailable):
        await PostgresStorage("postgresql://somebody@127.0.0.1:1/nothing").open()


@pytest.mark.parametrize("part", ["database", "password"])
async def test_a_wrong_url_is_an_error_of_the_configuration(postgres_migrated, part):
    parts = urlsplit(postgres_migrated)
    if part == "database":
        wrong = parts._replace(path="/nothing_here")
    else:
        wrong = parts._replace(netloc=parts.netloc.replace(parts.password, "wrong"))
    with pytest.raises(ConfigurationError):
        await PostgresStorage(urlunsplit(wrong)).open()


async def test_a_closed_storage_says_so(postgres_migrated):
    storage = PostgresStorage(postgres_migrated)
    await storage.open()
    await storage.close()
    with pytest.raises(Unavailable):
        await storage.ping()
    with pytest.raises(Unavailable):
        await storage.commit([])
    assert storage.stale_keys() is None


async def test_what_is_acknowledged_is_on_disk(postgres_storage):
    async with postgres_storage._connected() as connection:
        assert await connection.fetchval("SHOW synchronous_commit") == "on"


def test_names_become_numbers_once_each_and_texts_stay():
    statement = "SELECT :a, ':no', \":no\", x::text, :b WHERE :a = 'it''s :no'"
    assert numbered(statement) == (
        "SELECT $1, ':no', \":no\", x::text, $2 WHERE $1 = 'it''s :no'",
        ("a", "b"),
    )


async def test_a_statement_without_its_parameter_is_the_plugins_fault(postgres_storage):
    with pytest.raises(PluginError, match="missing"):
        await postgres_storage.commit([RunSql(statement="SELECT :missing", parameters={})])


async def test_listings_go_by_indexes(postgres_storage, postgres_migrated, monkeypatch):
    """The plans that prepared statements keep: no listing reads all posts."""
    build = Builder(postgres_storage)
    ada, ben = await build.people("ada", "ben")
    await build.follow(ben, ada)
    await build.post(ada, tags=("tea",))
    statements = []
    storage = PostgresStorage(postgres_migrated)

    class Watched:
        def __init__(self, connection):
            self.connection = connection

        async def fetch(self, statement, *values):
            statements.append((statement, values))
            return await self.connection.fetch(statement, *values)

    connection = await asyncpg.connect(postgres_migrated, server_settings=SETTINGS)
    watched = Watched(connection)

    class Connected:
        async def __aenter__(self):
            return watched

        async def __aexit__(self, *error):
            return None

    monkeypatch.setattr(storage, "_connected", Connected)
    for page in (Page(), Page(max_id=1 << 62), Page(min_id=1)):
        await storage.timelines.home(ben.id, page, HomeSource.ROWS)
        await storage.timelines.home(ben.id, page, HomeSource.FOLLOWS)
        await storage.timelines.public(ben.id, page)
        await storage.timelines.tag(None, "tea", page)
        await storage.timelines.profile(None, "ada", "", page, replies=False)
        await storage.notifications.page(ben.id, page)
    # With so few rows reading all of them would be the cheapest way, if it were a way at all.
    await connection.execute("SET enable_seqscan = off")
    for statement, values in statements:
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}", *values))
        assert "Seq Scan on posts" not in plan, plan
        assert "Seq Scan on home_rows" not in plan, plan
        assert "hashed SubPlan" not in plan, plan
        assert "Seq Scan on post_mentions" not in plan, plan
    await connection.close()
