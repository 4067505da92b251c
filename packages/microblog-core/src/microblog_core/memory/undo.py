"""Posts that are hidden, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.errors import Conflict
from microblog_core.memory.post_writes import count_post
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations.undo import HidePost, RestorePost
from microblog_core.ports.undo import HiddenPost


def hide_post(tables: Tables, operation: HidePost) -> None:
    """Hide a post; guard `exists`."""
    post = tables.posts.get(operation.post.id)
    if post is None or post.id in tables.hidden:
        raise Conflict("The post is gone.", guard="exists")
    tables.hidden.put(post.id, operation.hidden_at)
    count_post(tables, post, -1)


def restore_post(tables: Tables, operation: RestorePost) -> None:
    """Bring a post back; guard `undo`."""
    post = tables.posts.get(operation.post.id)
    hidden_at = tables.hidden.get(operation.post.id)
    if (
        post is None
        or hidden_at is None
        or hidden_at < operation.since
        or post.account_id != operation.account_id
    ):
        raise Conflict("The post can't be brought back.", guard="undo")
    tables.hidden.remove(post.id)
    count_post(tables, post, 1)


class HiddenReads:
    """A `ports.undo.HiddenReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, account_id: int, post_id: int) -> HiddenPost | None:
        """A hidden post of this author."""
        post, hidden_at = self._tables.posts.get(post_id), self._tables.hidden.get(post_id)
        if post is None or hidden_at is None or post.account_id != account_id:
            return None
        return HiddenPost(post, hidden_at)

    async def before(self, moment: int, limit: int) -> Sequence[HiddenPost]:
        """Posts that are hidden since before a moment."""
        found = sorted((at, post_id) for post_id, at in self._tables.hidden.rows.items() if at < moment)
        return tuple(HiddenPost(self._tables.posts.rows[post_id], at) for at, post_id in found[:limit])
