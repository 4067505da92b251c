"""How PostgreSQL finds words: among the newest posts, then by its index; the same either way."""

from __future__ import annotations

import asyncpg
import pytest

from microblog_core.domain.search import PostSearch, Term
from microblog_core.domain.timelines import Page
from microblog_core.testing.builder import Builder
from microblog_plugins.sql.postgres_driver import SETTINGS, numbered
from microblog_plugins.sql.reads import accounts as account_reads
from microblog_plugins.sql.reads import search as search_reads

RARE = PostSearch(wanted=(Term(("rare",)),))
OFTEN = PostSearch(wanted=(Term(("often",)),))


@pytest.fixture
def fresh_statements():
    """Statements are made anew before and after a test that changes their bounds."""
    search_reads._by_vector.cache_clear()
    yield
    search_reads._by_vector.cache_clear()


async def ids(storage, search, **bounds):
    return [entry.id for entry in await storage.search.posts(None, search, Page(limit=5, **bounds))]


async def test_what_is_not_among_the_newest_is_found_by_the_index(
    postgres_storage, monkeypatch, fresh_statements
):
    monkeypatch.setattr(search_reads, "NEWEST", 3)
    build = Builder(postgres_storage)
    ada = await build.account("ada")
    rare = await build.post(ada, "rare")
    often = [(await build.post(ada, "often")).id for _ in range(8)]
    assert await ids(postgres_storage, RARE) == [rare.id]
    assert await ids(postgres_storage, OFTEN) == often[:2:-1]
    assert await ids(postgres_storage, OFTEN, min_id=often[1]) == often[6:1:-1]


async def test_the_index_is_used(postgres_storage, postgres_migrated):
    connection = await asyncpg.connect(postgres_migrated, server_settings=SETTINGS)
    await connection.execute(
        "INSERT INTO post_words SELECT n, to_tsvector('simple', 'often word' || n)"
        " FROM generate_series(1, 20000) n"
    )
    await connection.execute("VACUUM ANALYZE post_words")
    statement, names = numbered(search_reads._by_vector(False, False, False, True))
    values = {"words": "'rare'", "max_id": 1 << 62, "since_id": 0, "limit": 5, "offset": 0, "scanned": 2000}
    arguments = [values[name] for name in names]
    plan = await connection.fetch(f"EXPLAIN {statement}", *arguments)
    await connection.close()
    assert any("post_words_words" in row[0] for row in plan), "\n".join(row[0] for row in plan)


async def test_a_name_is_found_by_a_range_of_words(postgres_storage, postgres_migrated):
    ada = await Builder(postgres_storage).account("ada")
    connection = await asyncpg.connect(postgres_migrated, server_settings=SETTINGS)
    await connection.execute(
        "INSERT INTO account_words SELECT 'word' || n, $1 FROM generate_series(1, 20000) n", ada.id
    )
    await connection.execute("VACUUM ANALYZE account_words")
    statement, names = numbered(account_reads._named(1, False, False))
    values = {"word0": "ada", "last0": "ada\U0010ffff", "exact": "ada", "limit": 5, "offset": 0, "scanned": 9}
    plan = await connection.fetch(f"EXPLAIN {statement}", *[values[name] for name in names])
    await connection.close()
    assert any("account_words_pkey" in row[0] and "Scan" in row[0] for row in plan), "\n".join(
        row[0] for row in plan
    )
