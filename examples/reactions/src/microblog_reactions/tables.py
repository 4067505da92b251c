"""The tables, and everything that is asked of them: one statement for a question, however many posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from microblog_core.contributions import Migration
from microblog_core.ports.storage import Storage
from microblog_core.ports.tables import select
from microblog_core.ports.unit import UnitOfWork

MIGRATIONS = (
    Migration(
        version=1,
        up=(
            "CREATE TABLE x_reactions_given (post_id BIGINT NOT NULL, account_id BIGINT NOT NULL,"
            " emoji TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (post_id, emoji, account_id))",
            "CREATE INDEX x_reactions_given_account ON x_reactions_given (account_id)",
        ),
        down=("DROP TABLE x_reactions_given",),
    ),
    Migration(
        version=2,
        up=(
            "CREATE TABLE x_reactions_days (day TEXT NOT NULL, emoji TEXT NOT NULL, number BIGINT NOT NULL,"
            " PRIMARY KEY (day, emoji))",
            "CREATE INDEX x_reactions_given_time ON x_reactions_given (created_at)",
        ),
        down=("DROP INDEX x_reactions_given_time", "DROP TABLE x_reactions_days"),
    ),
)


class Count(msgspec.Struct, frozen=True):
    """How often a post got an emoji, and whether the one who asks gave it."""

    emoji: str
    count: int
    me: bool


class DayCount(msgspec.Struct, frozen=True):
    """How often an emoji was given on a day (UTC, `2026-01-31`)."""

    day: str
    emoji: str
    count: int


_COUNTS = (
    "SELECT post_id, emoji, COUNT(*), MAX(CASE WHEN account_id = :viewer THEN 1 ELSE 0 END)"
    " FROM x_reactions_given WHERE post_id IN (:posts)"
    " GROUP BY post_id, emoji ORDER BY post_id, COUNT(*) DESC, emoji"
)


async def counts_of(
    storage: Storage, viewer: int | None, post_ids: Sequence[int]
) -> Mapping[int, Sequence[Count]]:
    """The reactions to these posts, most frequent first; posts without any are left out.

    Whoever asks has to have got the posts from core, which knows who may see them.
    """
    if not post_ids:
        return {}
    names = {f"p{number}": post_id for number, post_id in enumerate(dict.fromkeys(post_ids))}
    listed = ", ".join(f":{name}" for name in names)
    rows = await select(storage, _COUNTS.replace(":posts", listed), viewer=viewer or 0, **names)
    found: dict[int, list[Count]] = {}
    for post_id, emoji, count, mine in rows:
        found.setdefault(post_id, []).append(Count(emoji, count, bool(mine)))
    return found


async def days(storage: Storage, limit: int) -> Sequence[DayCount]:
    """What was counted, newest day first and its most frequent emoji before the others."""
    statement = "SELECT day, emoji, number FROM x_reactions_days ORDER BY day DESC, number DESC LIMIT :limit"
    return [DayCount(*row) for row in await select(storage, statement, limit=limit)]


def add(unit: UnitOfWork, post_id: int, account_id: int, emoji: str, now: int) -> None:
    """Somebody reacts; a second time changes nothing."""
    unit.plugins.sql(
        "INSERT INTO x_reactions_given (post_id, account_id, emoji, created_at)"
        " VALUES (:post, :account, :emoji, :now) ON CONFLICT DO NOTHING",
        post=post_id,
        account=account_id,
        emoji=emoji,
        now=now,
    )


def remove(unit: UnitOfWork, post_id: int, account_id: int, emoji: str) -> None:
    """Somebody takes a reaction back."""
    unit.plugins.sql(
        "DELETE FROM x_reactions_given WHERE post_id = :post AND account_id = :account AND emoji = :emoji",
        post=post_id,
        account=account_id,
        emoji=emoji,
    )


def forget_post(unit: UnitOfWork, post_id: int) -> None:
    """The post is gone."""
    unit.plugins.sql("DELETE FROM x_reactions_given WHERE post_id = :post", post=post_id)


def forget_account(unit: UnitOfWork, account_id: int) -> None:
    """The person is gone."""
    unit.plugins.sql("DELETE FROM x_reactions_given WHERE account_id = :account", account=account_id)


def count_day(unit: UnitOfWork, day: str, begin: int, end: int) -> None:
    """Write down how often each emoji was given from `begin` until before `end` (Unix milliseconds); doing it
    again gives the same.
    """
    unit.plugins.sql("DELETE FROM x_reactions_days WHERE day = :day", day=day)
    unit.plugins.sql(
        "INSERT INTO x_reactions_days (day, emoji, number) SELECT CAST(:day AS TEXT), emoji, COUNT(*)"
        " FROM x_reactions_given WHERE created_at >= :begin AND created_at < :end GROUP BY emoji",
        day=day,
        begin=begin,
        end=end,
    )
