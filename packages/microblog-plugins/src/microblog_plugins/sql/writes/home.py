"""Home rows. They are candidates: rows of people or posts that are gone do no harm, and reading decides what
is shown.
"""

from __future__ import annotations

from microblog_core.ports.operations import AddHomeRows, BackfillHome, FanOut
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps

_INSERT = "INSERT INTO home_rows (account_id, post_id)"
_FAN_OUT = (
    f"{_INSERT} SELECT f.follower_id, CAST(:post AS BIGINT) FROM follows f"
    " WHERE f.followee_id = :author AND EXISTS (SELECT 1 FROM posts WHERE id = :post)"
    " UNION ALL SELECT CAST(:author AS BIGINT), id FROM posts WHERE id = :post"
    " ON CONFLICT DO NOTHING"
)
_BACKFILL = (
    f"{_INSERT} SELECT CAST(:account AS BIGINT), p.id FROM posts p WHERE p.account_id = :author"
    " ORDER BY p.id DESC LIMIT :limit ON CONFLICT DO NOTHING"
)


def fan_out(dialect: Dialect, operation: FanOut) -> Steps[None]:
    """Home rows for the author and all followers."""
    yield _FAN_OUT, {"post": operation.post_id, "author": operation.author_id}


def add_home_rows(dialect: Dialect, operation: AddHomeRows) -> Steps[None]:
    """Home rows for these accounts."""
    statement = (
        f"{_INSERT} SELECT value, CAST(:post AS BIGINT) FROM {dialect.unpacked('ids')}"
        " WHERE EXISTS (SELECT 1 FROM posts WHERE id = :post) ON CONFLICT DO NOTHING"
    )
    yield statement, {"post": operation.post_id, "ids": dialect.ids(operation.account_ids)}


def backfill_home(dialect: Dialect, operation: BackfillHome) -> Steps[None]:
    """Home rows for the newest posts and boosts of an author."""
    values = {"account": operation.account_id, "author": operation.author_id, "limit": operation.limit}
    yield _BACKFILL, values
