"""What must be true of a site's database at any moment, asked in plain SQL by somebody who isn't the site.

Nothing of Microblog is imported here: a mistake in the storage must not hide itself from these checks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import asyncpg

Row = tuple[Any, ...]

COUNTS = {
    "posts_count": """
        SELECT a.id, a.posts_count, count(p.id) FROM accounts a LEFT JOIN posts p ON p.account_id = a.id
        AND p.boost_of_id IS NULL AND p.visibility IN ('public', 'unlisted')
        GROUP BY a.id, a.posts_count HAVING a.posts_count <> count(p.id)""",
    "followers_count": """
        SELECT a.id, a.followers_count, count(f.id) FROM accounts a LEFT JOIN follows f
        ON f.followee_id = a.id GROUP BY a.id, a.followers_count HAVING a.followers_count <> count(f.id)""",
    "following_count": """
        SELECT a.id, a.following_count, count(f.id) FROM accounts a LEFT JOIN follows f
        ON f.follower_id = a.id GROUP BY a.id, a.following_count HAVING a.following_count <> count(f.id)""",
    "replies_count": """
        SELECT p.id, p.replies_count, count(r.id) FROM posts p LEFT JOIN posts r ON r.in_reply_to_id = p.id
        GROUP BY p.id, p.replies_count HAVING p.replies_count <> count(r.id)""",
    "favourites_count": """
        SELECT p.id, p.favourites_count, count(f.id) FROM posts p LEFT JOIN favourites f ON f.post_id = p.id
        GROUP BY p.id, p.favourites_count HAVING p.favourites_count <> count(f.id)""",
}
ORPHANS = {
    "posts without an author": "posts p LEFT JOIN accounts x ON x.id = p.account_id",
    "mentions without a post": "post_mentions p LEFT JOIN posts x ON x.id = p.post_id",
    "mentions of nobody": "post_mentions p LEFT JOIN accounts x ON x.id = p.account_id",
    "tags without a post": "post_tags p LEFT JOIN posts x ON x.id = p.post_id",
    "home rows without a post": "home_rows p LEFT JOIN posts x ON x.id = p.post_id",
    "home rows without an owner": "home_rows p LEFT JOIN accounts x ON x.id = p.account_id",
    "notifications to nobody": "notifications p LEFT JOIN accounts x ON x.id = p.account_id",
    "notifications by nobody": "notifications p LEFT JOIN accounts x ON x.id = p.actor_id",
    "favourites of no post": "favourites p LEFT JOIN posts x ON x.id = p.post_id",
    "sessions of nobody": "sessions p LEFT JOIN accounts x ON x.id = p.account_id",
    "log-ins of nobody": "logins p LEFT JOIN accounts x ON x.id = p.account_id",
    "accounts without a log-in": "accounts p LEFT JOIN logins x ON x.account_id = p.id",
    "keys without a result": "idempotency_keys p LEFT JOIN posts x ON x.id = p.result_id",
}
CONTENT = {
    "accounts": """
        SELECT id, username, state, posts_count, followers_count, following_count, version
        FROM accounts ORDER BY id""",
    "posts": "SELECT id, account_id, text, html, visibility, version, replies_count FROM posts ORDER BY id",
    "home_rows": """
        SELECT post_id, count(*), min(account_id), max(account_id)
        FROM home_rows GROUP BY post_id ORDER BY post_id""",
    "mentions": "SELECT post_id, account_id FROM post_mentions ORDER BY 1, 2",
    "tags": "SELECT post_id, tag FROM post_tags ORDER BY 1, 2",
    "notifications": "SELECT id, account_id, kind, actor_id, post_id FROM notifications ORDER BY id",
    "sessions": "SELECT token_hash, account_id FROM sessions ORDER BY 1",
}


class Database(Protocol):
    """A way to ask, for an observer who changes nothing."""

    async def rows(self, statement: str) -> list[Row]:
        """All rows of a SELECT."""
        ...


class SqliteCopy:
    """A copy of a SQLite database as a dead process left it: the file with its log."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def rows(self, statement: str) -> list[Row]:
        return await asyncio.to_thread(lambda: self._connection.execute(statement).fetchall())


class Postgres:
    """A connection of our own to a PostgreSQL database."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._connection = connection

    async def rows(self, statement: str) -> list[Row]:
        return [tuple(record) for record in await self._connection.fetch(statement)]


@asynccontextmanager
async def sqlite_copy(file: Path, scratch: Path) -> AsyncIterator[Database]:
    """Look at a copy, so that looking repairs nothing before the site starts on the original again."""
    folder = scratch / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for suffix in ("", "-wal"):
        source = file.with_name(file.name + suffix)
        if source.exists():
            await asyncio.to_thread(shutil.copyfile, source, folder / source.name)
    with contextlib.closing(sqlite3.connect(folder / file.name, check_same_thread=False)) as connection:
        copy = SqliteCopy(connection)
        assert await copy.rows("PRAGMA integrity_check") == [("ok",)]
        assert await copy.rows("PRAGMA foreign_key_check") == []
        yield copy


@asynccontextmanager
async def postgres_rows(url: str) -> AsyncIterator[Database]:
    connection = await asyncpg.connect(url)
    try:
        yield Postgres(connection)
    finally:
        await connection.close()


async def check_everything(database: Database) -> None:
    """No row is half written or there without those that were committed with it, and all counts are right."""
    for name, statement in COUNTS.items():
        assert not await database.rows(statement), f"{name} is not what a recount gives"
    for name, joined in ORPHANS.items():
        column = "account_id" if name == "accounts without a log-in" else "id"
        found = await database.rows(f"SELECT count(*) FROM {joined} WHERE x.{column} IS NULL")
        assert found == [(0,)], name
    await _check_post_parts(database)
    await _check_home_rows(database)
    await _check_notifications(database)
    await _check_outbox(database)


async def content(database: Database) -> dict[str, list[Row]]:
    """Everything that people see, to tell whether a start changed it."""
    return {name: await database.rows(statement) for name, statement in CONTENT.items()}


def _grouped(rows: Iterable[Row]) -> dict[int, set[Any]]:
    groups: dict[int, set[Any]] = defaultdict(set)
    for key, value in rows:
        groups[key].add(value)
    return groups


async def _check_post_parts(database: Database) -> None:
    mentions = _grouped(await database.rows("SELECT post_id, account_id FROM post_mentions"))
    tags = _grouped(await database.rows("SELECT post_id, tag FROM post_tags"))
    for post, said_mentions, said_tags, text, html, boost in await database.rows(
        "SELECT id, mentions, tags, text, html, boost_of_id FROM posts"
    ):
        named = {_account_of(mention) for mention in json.loads(said_mentions or "[]")}
        assert named == mentions.get(post, set()), f"post {post}: its mentions and its mention rows differ"
        assert set(json.loads(said_tags or "[]")) == tags.get(post, set()), (
            f"post {post}: tags and tag rows differ"
        )
        assert boost is not None or (text and html), f"post {post} has no text"


def _account_of(mention: Any) -> int:
    found = mention["account_id"] if isinstance(mention, dict) else mention[0]
    return int(found)


async def _check_home_rows(database: Database) -> None:
    """Follows don't change while the writers write, so each post has exactly these rows."""
    followers = _grouped(await database.rows("SELECT followee_id, follower_id FROM follows"))
    homes = _grouped(await database.rows("SELECT post_id, account_id FROM home_rows"))
    for post, author in await database.rows("SELECT id, account_id FROM posts WHERE delivery = 'rows'"):
        expected = followers.get(author, set()) | {author}
        assert homes.get(post, set()) == expected, f"post {post} is not in the right home timelines"


async def _check_notifications(database: Database) -> None:
    told = Counter(
        await database.rows("SELECT post_id, account_id FROM notifications WHERE kind = 'mention'")
    )
    named = await database.rows(
        "SELECT m.post_id, m.account_id FROM post_mentions m JOIN posts p ON p.id = m.post_id"
        " WHERE p.account_id <> m.account_id"
    )
    assert told == Counter(named), "the people named and the people told differ"


async def _check_outbox(database: Database) -> None:
    for identifier, kind, key, payload, state in await database.rows(
        "SELECT id, kind, key, payload, state FROM jobs"
    ):
        assert isinstance(json.loads(bytes(payload)), dict), f"job {identifier}: its payload can't be read"
        assert "" not in {kind, key}, f"job {identifier} is not whole"
        assert state in {"queued", "leased"}, f"job {identifier} of kind {kind} is {state}"
