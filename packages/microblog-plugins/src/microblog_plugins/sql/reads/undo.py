"""Posts that were deleted and can be brought back, or are to be removed."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.ports.undo import HiddenPost
from microblog_plugins.sql.rows import POST, POST_WIDTH, columns, post_of
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import post_hidden

_HIDDEN = f"SELECT {columns(POST, 'p')}, p.hidden_at FROM posts p WHERE {post_hidden('p')}"


def _hidden_of(row: Row) -> HiddenPost:
    return HiddenPost(post_of(row), row[POST_WIDTH])


class HiddenReads(Reader):
    """The contract's `HiddenReader`."""

    @reads
    def get(self, account_id: int, post_id: int) -> Steps[HiddenPost | None]:
        """A hidden post of this author."""
        values = {"account": account_id, "id": post_id}
        rows = yield f"{_HIDDEN} AND p.id = :id AND p.account_id = :account", values
        return _hidden_of(rows[0]) if rows else None

    @reads
    def before(self, moment: int, limit: int) -> Steps[Sequence[HiddenPost]]:
        """Posts that are hidden since before a moment, the longest first."""
        statement = f"{_HIDDEN} AND p.hidden_at < :moment ORDER BY p.hidden_at LIMIT :limit"
        rows = yield statement, {"moment": moment, "limit": limit}
        return tuple(_hidden_of(row) for row in rows)
