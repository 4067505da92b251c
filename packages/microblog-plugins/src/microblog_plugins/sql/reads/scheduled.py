"""Scheduled posts."""

from __future__ import annotations

from microblog_core.domain.scheduled import ScheduledPost
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import SCHEDULED, columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads

_GET = f"SELECT {columns(SCHEDULED, 's')} FROM scheduled_posts s WHERE s.id = :id"
_PAGE = Source(columns(SCHEDULED, "s"), "scheduled_posts s WHERE s.account_id = :account", "s.id")


def _scheduled_of(row: Row) -> ScheduledPost:
    return ScheduledPost(**dict(zip(SCHEDULED, row, strict=True)))


class Scheduled(Reader):
    """The contract's `ScheduledReader`."""

    @reads
    def get(self, scheduled_id: int) -> Steps[ScheduledPost | None]:
        """A post that waits."""
        rows = yield _GET, {"id": scheduled_id}
        return _scheduled_of(rows[0]) if rows else None

    @reads
    def page(self, account_id: int, page: Page) -> Steps[Listing[ScheduledPost]]:
        """What of an account waits, newest first."""
        return mapped((yield from read_page(_PAGE, {"account": account_id}, page)), _scheduled_of)
