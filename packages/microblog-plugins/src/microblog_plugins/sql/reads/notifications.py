"""What happened to somebody. The page and the count ask the same condition."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from microblog_core.domain.notifications import NotificationEntry, NotificationKind
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.reads.entries import entries_of
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, account_of, columns, entry_columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import told

_KINDS = {str(kind): kind for kind in NotificationKind}
_ACTOR = 4
_ENTRY = _ACTOR + ACCOUNT_WIDTH
_MARK = (
    "COALESCE((SELECT m.last_read_id FROM markers m"
    " WHERE m.account_id = :viewer AND m.timeline = 'notifications'), 0)"
)


def _source(dialect: Dialect, index: str = "notifications_order") -> str:
    return (
        f"notifications n{dialect.indexed(index)} CROSS JOIN accounts c"
        " LEFT JOIN posts p ON p.id = n.post_id LEFT JOIN accounts a ON a.id = p.account_id"
        f" WHERE n.account_id = :viewer AND c.id = n.actor_id AND {told('n.actor_id', 'c', 'p', 'a')}"
    )


# The channel is `domain.deliveries.SITE`.
_LISTED = (
    " AND NOT EXISTS (SELECT 1 FROM delivery_preferences d WHERE d.account_id = :viewer"
    " AND d.channel = 'site' AND d.kind = n.kind AND d.frequency = 'never')"
)


@functools.cache
def _page(
    dialect: Dialect, kinds: bool = False, without: bool = False, by: bool = False, about: bool = False
) -> Source:
    index = "notifications_by" if by else "notifications_order"
    source = _source(dialect, "notifications_post" if about else index) + _LISTED
    if about:
        source += " AND n.post_id = :about"
    if kinds:
        source += f" AND {dialect.among_texts('n.kind', 'kinds')}"
    if without:
        source += f" AND NOT ({dialect.among_texts('n.kind', 'without')})"
    return Source(_selected(), source + (" AND n.actor_id = :by" if by else ""), "n.id")


def _selected() -> str:
    actor, entry = columns(ACCOUNT, "c"), entry_columns(True, "p", "p")
    return f"n.id, n.kind, n.created_at, n.id > {_MARK}, {actor}, {entry}"


@functools.cache
def _told(dialect: Dialect) -> Source:
    """What channels tell of: also what the viewer doesn't want in the list."""
    return Source(_selected(), _source(dialect), "n.id")


@functools.cache
def _unread(dialect: Dialect) -> str:
    return (
        f"SELECT COUNT(*) FROM (SELECT 1 FROM {_source(dialect)}{_LISTED} AND n.id > {_MARK} LIMIT :limit)"
        " AS unread"
    )


def _entry_of(row: Row, entries: Mapping[int, Entry]) -> NotificationEntry:
    return NotificationEntry(
        id=row[0],
        kind=_KINDS[row[1]],
        actor=account_of(row, _ACTOR),
        entry=entries.get(row[_ENTRY]),
        created_at=row[2],
        unread=row[3] == 1,
    )


class Notifications(Reader):
    """The contract's `NotificationReader`."""

    @reads
    def page(
        self,
        viewer: int,
        page: Page,
        *,
        kinds: Sequence[str] = (),
        without: Sequence[str] = (),
        account_id: int | None = None,
        post_id: int | None = None,
    ) -> Steps[Listing[NotificationEntry]]:
        """The viewer's notifications, newest first."""
        source = _page(self._dialect, bool(kinds), bool(without), account_id is not None, post_id is not None)
        parameters: dict[str, Any] = {"viewer": viewer}
        if kinds:
            parameters["kinds"] = self._dialect.texts(map(str, kinds))
        if without:
            parameters["without"] = self._dialect.texts(map(str, without))
        if account_id is not None:
            parameters["by"] = account_id
        if post_id is not None:
            parameters["about"] = post_id
        rows = yield from read_page(source, parameters, page)
        entries = yield from self._entries(viewer, rows.items)
        return mapped(rows, lambda row: _entry_of(row, entries))

    @reads
    def get(self, viewer: int, notification_id: int) -> Steps[NotificationEntry | None]:
        """One of the viewer's notifications."""
        source = _page(self._dialect)
        statement = f"SELECT {source.select} FROM {source.source} AND n.id = :id"
        rows = yield statement, {"viewer": viewer, "id": notification_id}
        entries = yield from self._entries(viewer, rows)
        return _entry_of(rows[0], entries) if rows else None

    @reads
    def several(self, viewer: int, notification_ids: Sequence[int]) -> Steps[Sequence[NotificationEntry]]:
        """Those of these notifications that the list shows, or would if all kinds were wanted, oldest
        first.
        """
        source = _told(self._dialect)
        among = self._dialect.among("n.id", "ids")
        statement = f"SELECT {source.select} FROM {source.source} AND {among}"
        rows = yield statement, {"viewer": viewer, "ids": self._dialect.ids(notification_ids)}
        entries = yield from self._entries(viewer, rows)
        return tuple([_entry_of(row, entries) for row in sorted(rows, key=lambda row: row[0])])

    def _entries(self, viewer: int, rows: Sequence[Row]) -> Steps[dict[int, Entry]]:
        """The posts of these rows, by id."""
        posts = [row[_ENTRY:] for row in rows if row[_ENTRY] is not None]
        return {entry.id: entry for entry in (yield from entries_of(self._kept, viewer, posts))}

    @reads
    def unread(self, viewer: int, limit: int = 100) -> Steps[int]:
        """How many are unread, counted up to `limit`."""
        rows = yield _unread(self._dialect), {"viewer": viewer, "limit": limit}
        return int(rows[0][0])
