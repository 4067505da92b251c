"""Polls: those of a page in one statement, the post of one, and who voted."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from microblog_core.domain.posts import Entry
from microblog_plugins.sql.reads.entries import entries_of
from microblog_plugins.sql.rows import entry_columns
from microblog_plugins.sql.steps import Reader, Steps, reads
from microblog_plugins.sql.visibility import post_seen


@functools.cache
def _post_of(viewer: bool) -> str:
    return (
        f"SELECT {entry_columns(viewer, 'p', 'p')} FROM polls l CROSS JOIN posts p CROSS JOIN accounts a"
        f" WHERE l.id = :poll AND p.id = l.post_id AND a.id = p.account_id AND {post_seen('p', 'a', viewer)}"
    )


class Polls(Reader):
    """The contract's `PollReader`."""

    @reads
    def post_of(self, viewer: int | None, poll_id: int) -> Steps[Entry | None]:
        """The post of a poll, if the viewer may see it."""
        rows = yield _post_of(viewer is not None), {"poll": poll_id, "viewer": viewer}
        entries = yield from entries_of(self._kept, viewer, rows)
        return entries[0] if entries else None

    @reads
    def whose(self, poll_id: int) -> Steps[tuple[int, int] | None]:
        """The author's and the post's id of a poll."""
        rows = yield "SELECT account_id, post_id FROM polls WHERE id = :id", {"id": poll_id}
        return (rows[0][0], rows[0][1]) if rows else None

    @reads
    def voters(self, poll_id: int, after: int, limit: int) -> Steps[Sequence[tuple[int, int]]]:
        """Pairs of (vote's id, voter's account id), oldest first."""
        statement = (
            "SELECT v.id, v.account_id FROM poll_votes v WHERE v.poll_id = :poll AND v.id > :after"
            " ORDER BY v.id LIMIT :limit"
        )
        rows = yield statement, {"poll": poll_id, "after": after, "limit": limit}
        return [(row[0], row[1]) for row in rows]
