"""Scheduled posts of the storage in memory."""

from __future__ import annotations

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.scheduled import ScheduledPost
from microblog_core.domain.tags import day_of
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.media import hold, release
from microblog_core.memory.paging import cut
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import (
    AddScheduledPost,
    DeleteScheduledPost,
    FailScheduledPost,
    MoveScheduledPost,
)


def add_scheduled_post(tables: Tables, operation: AddScheduledPost) -> None:
    """A post that waits; guards `id`, `exists`, `scheduled_total`, `scheduled_day`."""
    scheduled = operation.scheduled
    if scheduled.account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    theirs = [other for other in tables.scheduled.rows.values() if other.account_id == scheduled.account_id]
    if len(theirs) >= operation.total_max:
        raise Conflict("Too many posts are scheduled.", guard="scheduled_total")
    _check_day(tables, scheduled, operation.day_max)
    if scheduled.id in tables.scheduled:
        raise Conflict("A scheduled post with this id exists.", guard="id")
    tables.scheduled.put(scheduled.id, scheduled)
    hold(tables, scheduled, operation.media_ids)


def _check_day(tables: Tables, scheduled: ScheduledPost, day_max: int) -> None:
    same_day = [
        other
        for other in tables.scheduled.rows.values()
        if other.account_id == scheduled.account_id
        and other.id != scheduled.id
        and day_of(other.scheduled_at) == day_of(scheduled.scheduled_at)
    ]
    if len(same_day) >= day_max:
        raise Conflict("Too many posts are scheduled for this day.", guard="scheduled_day")


def move_scheduled_post(tables: Tables, operation: MoveScheduledPost) -> None:
    """Another time; guards `exists`, `scheduled_day`."""
    scheduled = tables.scheduled.get(operation.id)
    if scheduled is None or scheduled.account_id != operation.account_id:
        raise Conflict("The scheduled post is gone.", guard="exists")
    moved = replace(scheduled, scheduled_at=operation.scheduled_at, error="")
    _check_day(tables, moved, operation.day_max)
    tables.scheduled.put(moved.id, moved)


def fail_scheduled_post(tables: Tables, operation: FailScheduledPost) -> None:
    """Keep why it was not published."""
    scheduled = tables.scheduled.get(operation.id)
    if scheduled is not None and scheduled.scheduled_at == operation.scheduled_at:
        tables.scheduled.put(scheduled.id, replace(scheduled, error=operation.error))


def delete_scheduled_post(tables: Tables, operation: DeleteScheduledPost) -> None:
    """It is published or cancelled; guard `scheduled`."""
    scheduled = tables.scheduled.get(operation.id)
    if (
        scheduled is None
        or scheduled.account_id != operation.account_id
        or operation.scheduled_at not in (None, scheduled.scheduled_at)
    ):
        raise Conflict("The scheduled post is gone.", guard="scheduled")
    tables.scheduled.remove(scheduled.id)
    release(tables, scheduled.id, operation.released_at)


class ScheduledReads:
    """A `ports.storage.ScheduledReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, scheduled_id: int) -> ScheduledPost | None:
        """A post that waits."""
        return self._tables.scheduled.get(scheduled_id)

    async def page(self, account_id: int, page: Page) -> Listing[ScheduledPost]:
        """What of an account waits, newest first."""
        theirs = [one for one in self._tables.scheduled.rows.values() if one.account_id == account_id]
        return cut(theirs, page, lambda scheduled: scheduled.id)
