"""Conversations with their newest posts and the others in them, and the listing of direct posts."""

from __future__ import annotations

import functools

from microblog_core.domain.conversations import Conversation
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, read_page
from microblog_plugins.sql.reads.entries import entries_of, entry_page, shown_people
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import post_listed

_ENTRY = 4


@functools.cache
def _page(dialect: Dialect) -> Source:
    return Source(
        f"c.last_post_id, c.id, c.unread, c.participants, {entry_columns(True, 'p', 'p')}",
        f"conversations c{dialect.indexed('conversations_order')} CROSS JOIN posts p CROSS JOIN accounts a"
        " WHERE c.account_id = :viewer AND p.id = c.last_post_id AND a.id = p.account_id"
        f" AND {post_listed('p', 'a', True)}",
        "c.last_post_id",
    )


@functools.cache
def _get() -> str:
    return (
        f"SELECT c.last_post_id, c.id, c.unread, c.participants, {entry_columns(True, 'p', 'p')}"
        " FROM conversations c CROSS JOIN posts p CROSS JOIN accounts a"
        " WHERE c.id = :id AND c.account_id = :viewer AND p.id = c.last_post_id AND a.id = p.account_id"
        f" AND {post_listed('p', 'a', True)}"
    )


@functools.cache
def _direct() -> Source:
    return Source(
        entry_columns(True, "p", "p"),
        "direct_posts d CROSS JOIN posts p CROSS JOIN accounts a"
        " WHERE d.account_id = :viewer AND p.id = d.post_id AND a.id = p.account_id"
        f" AND {post_listed('p', 'a', True)}",
        "d.post_id",
    )


class Conversations(Reader):
    """The contract's `ConversationReader`."""

    @reads
    def page(self, viewer: int, page: Page) -> Steps[Listing[Conversation]]:
        """The viewer's conversations, newest post first."""
        rows = yield from read_page(_page(self._dialect), {"viewer": viewer}, page)
        shown = yield from self._shown(viewer, rows.items)
        return Listing(tuple(shown), rows.older, rows.newer)

    @reads
    def get(self, viewer: int, conversation_id: int) -> Steps[Conversation | None]:
        """One of the viewer's conversations."""
        rows = yield _get(), {"viewer": viewer, "id": conversation_id}
        shown = yield from self._shown(viewer, tuple(rows))
        return shown[0] if shown else None

    @reads
    def direct(self, viewer: int, page: Page) -> Steps[Listing[Entry]]:
        """All direct posts by the viewer and for the viewer."""
        rows = yield from read_page(_direct(), {"viewer": viewer}, page)
        return (yield from entry_page(self._kept, viewer, rows))

    def _shown(self, viewer: int, rows: tuple[Row, ...]) -> Steps[list[Conversation]]:
        entries = yield from entries_of(self._kept, viewer, [row[_ENTRY:] for row in rows])
        last = {entry.id: entry for entry in entries}
        rows = tuple([row for row in rows if row[_ENTRY] in last])
        others = [[int(other) for other in row[3].split(",") if other] for row in rows]
        people = yield from shown_people(self._kept, viewer, {one for each in others for one in each})
        return [
            Conversation(
                id=row[1],
                unread=row[2] == 1,
                accounts=tuple([people[other] for other in each if other in people]),
                last=last[row[_ENTRY]],
            )
            for row, each in zip(rows, others, strict=True)
        ]
