"""What happened to somebody. The page and the count ask the same condition."""

from __future__ import annotations

import functools

from microblog_core.domain.notifications import NotificationEntry, NotificationKind
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.reads.entries import entries_of
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, account_of, columns, entry_columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import account_shown, account_wanted, post_seen

_KINDS = {str(kind): kind for kind in NotificationKind}
_ACTOR = 4
_ENTRY = _ACTOR + ACCOUNT_WIDTH
_MARK = "COALESCE((SELECT m.up_to_id FROM notification_marks m WHERE m.account_id = :viewer), 0)"


def _source(dialect: Dialect) -> str:
    return (
        f"notifications n{dialect.indexed('notifications_order')} CROSS JOIN accounts c"
        " LEFT JOIN posts p ON p.id = n.post_id LEFT JOIN accounts a ON a.id = p.account_id"
        f" WHERE n.account_id = :viewer AND c.id = n.actor_id AND {account_shown('c', True)}"
        f" AND {account_wanted('n.actor_id', True)} AND (n.post_id IS NULL OR {post_seen('p', 'a', True)})"
    )


@functools.cache
def _page(dialect: Dialect) -> Source:
    actor, entry = columns(ACCOUNT, "c"), entry_columns(True, "p", "p")
    select = f"n.id, n.kind, n.created_at, n.id > {_MARK}, {actor}, {entry}"
    return Source(select, _source(dialect), "n.id")


@functools.cache
def _unread(dialect: Dialect) -> str:
    return (
        f"SELECT COUNT(*) FROM (SELECT 1 FROM {_source(dialect)} AND n.id > {_MARK} LIMIT :limit) AS unread"
    )


class Notifications(Reader):
    """The contract's `NotificationReader`."""

    @reads
    def page(self, viewer: int, page: Page) -> Steps[Listing[NotificationEntry]]:
        """The viewer's notifications, newest first."""
        rows = yield from read_page(_page(self._dialect), {"viewer": viewer}, page)
        posts = [row[_ENTRY:] for row in rows.items if row[_ENTRY] is not None]
        entries = {entry.id: entry for entry in (yield from entries_of(self._dialect, viewer, posts))}

        def make(row: Row) -> NotificationEntry:
            return NotificationEntry(
                id=row[0],
                kind=_KINDS[row[1]],
                actor=account_of(row, _ACTOR),
                entry=entries.get(row[_ENTRY]),
                created_at=row[2],
                unread=row[3] == 1,
            )

        return mapped(rows, make)

    @reads
    def unread(self, viewer: int, limit: int = 100) -> Steps[int]:
        """How many are unread, counted up to `limit`."""
        rows = yield _unread(self._dialect), {"viewer": viewer, "limit": limit}
        return int(rows[0][0])
