"""What somebody marked for themselves: bookmarks, favourites, and how far they have read."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.domain.marks import Marker, MarkerTimeline
from microblog_core.domain.posts import Marked
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, read_page
from microblog_plugins.sql.reads.entries import entries_of
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.steps import Reader, Steps, reads
from microblog_plugins.sql.visibility import post_seen

_MARKERS = (
    "SELECT timeline, last_read_id, version, updated_at FROM markers WHERE account_id = :account"
    " ORDER BY timeline"
)


@functools.cache
def _marked(dialect: Dialect, table: str, index: str) -> Source:
    return Source(
        f"m.id, {entry_columns(True, 'p', 'p')}",
        f"{table} m{dialect.indexed(index)} CROSS JOIN posts p CROSS JOIN accounts a"
        " WHERE m.account_id = :viewer AND p.id = m.post_id AND a.id = p.account_id"
        f" AND {post_seen('p', 'a', True)}",
        "m.id",
    )


class Marks(Reader):
    """The contract's `MarkReader`."""

    @reads
    def bookmarks(self, viewer: int, page: Page) -> Steps[Listing[Marked]]:
        """The viewer's bookmarks, newest first."""
        return (yield from self._page("bookmarks", "bookmarks_order", viewer, page))

    @reads
    def favourites(self, viewer: int, page: Page) -> Steps[Listing[Marked]]:
        """The viewer's favourites, newest first."""
        return (yield from self._page("favourites", "favourites_own", viewer, page))

    def _page(self, table: str, index: str, viewer: int, page: Page) -> Steps[Listing[Marked]]:
        source = _marked(self._dialect, table, index)
        rows = yield from read_page(source, {"viewer": viewer}, page)
        entries = yield from entries_of(self._kept, viewer, [row[1:] for row in rows.items])
        by_id = {entry.id: entry for entry in entries}
        marked = [Marked(row[0], by_id[row[1]]) for row in rows.items if row[1] in by_id]
        return Listing(tuple(marked), rows.older, rows.newer)

    @reads
    def markers(self, account_id: int) -> Steps[Sequence[Marker]]:
        """How far the account has read."""
        rows = yield _MARKERS, {"account": account_id}
        return [
            Marker(timeline=MarkerTimeline(row[0]), last_read_id=row[1], version=row[2], updated_at=row[3])
            for row in rows
        ]
