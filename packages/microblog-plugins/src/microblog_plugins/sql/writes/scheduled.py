"""Scheduled posts. The account is locked before its posts are counted."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.domain.tags import DAY, day_of
from microblog_core.ports.operations import (
    AddScheduledPost,
    DeleteScheduledPost,
    FailScheduledPost,
    MoveScheduledPost,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import SCHEDULED, insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.media import hold, release

_SCHEDULED = insert("scheduled_posts", SCHEDULED)
_TOTAL = "SELECT COUNT(*) FROM scheduled_posts WHERE account_id = :account"
_OF_DAY = (
    "SELECT COUNT(*) FROM scheduled_posts WHERE account_id = :account AND scheduled_at >= :day"
    f" AND scheduled_at < :day + {DAY} AND id <> :id"
)
_MOVE = (
    "UPDATE scheduled_posts SET scheduled_at = :at, error = '' WHERE id = :id AND account_id = :account"
    " RETURNING id"
)
_FAIL = "UPDATE scheduled_posts SET error = :error WHERE id = :id AND scheduled_at = :at"
_DELETE = "DELETE FROM scheduled_posts WHERE id = :id AND account_id = :account"


def _lock(dialect: Dialect, account_id: int) -> Steps[None]:
    statement = f"SELECT id FROM accounts WHERE id = :account{dialect.locked()}"
    if not (yield statement, {"account": account_id}):
        raise Conflict("The account is gone.", guard="exists")


def _check_day(account_id: int, scheduled_id: int, scheduled_at: int, day_max: int) -> Steps[None]:
    values = {"account": account_id, "id": scheduled_id, "day": day_of(scheduled_at) * DAY}
    rows = yield _OF_DAY, values
    if rows[0][0] >= day_max:
        raise Conflict("Too many posts are scheduled for this day.", guard="scheduled_day")


def add_scheduled_post(dialect: Dialect, operation: AddScheduledPost) -> Steps[None]:
    """A post that waits; guards `id`, `exists`, `scheduled_total`, `scheduled_day`."""
    scheduled = operation.scheduled
    yield from _lock(dialect, scheduled.account_id)
    rows = yield _TOTAL, {"account": scheduled.account_id}
    if rows[0][0] >= operation.total_max:
        raise Conflict("Too many posts are scheduled.", guard="scheduled_total")
    yield from _check_day(scheduled.account_id, scheduled.id, scheduled.scheduled_at, operation.day_max)
    yield _SCHEDULED, {name: getattr(scheduled, name) for name in SCHEDULED}
    yield from hold(scheduled, operation.media_ids)


def move_scheduled_post(dialect: Dialect, operation: MoveScheduledPost) -> Steps[None]:
    """Another time; guards `exists`, `scheduled_day`."""
    yield from _lock(dialect, operation.account_id)
    values = {"id": operation.id, "account": operation.account_id, "at": operation.scheduled_at}
    if not (yield _MOVE, values):
        raise Conflict("The scheduled post is gone.", guard="exists")
    yield from _check_day(operation.account_id, operation.id, operation.scheduled_at, operation.day_max)


def fail_scheduled_post(dialect: Dialect, operation: FailScheduledPost) -> Steps[None]:
    """Keep why it was not published."""
    yield _FAIL, {"id": operation.id, "at": operation.scheduled_at, "error": operation.error}


def delete_scheduled_post(dialect: Dialect, operation: DeleteScheduledPost) -> Steps[None]:
    """It is published or cancelled; guard `scheduled`."""
    values = {"id": operation.id, "account": operation.account_id, "at": operation.scheduled_at}
    at = "" if operation.scheduled_at is None else " AND scheduled_at = :at"
    if not (yield f"{_DELETE}{at} RETURNING id", values):
        raise Conflict("The scheduled post is gone.", guard="scheduled")
    yield from release(operation.id, operation.released_at)
