"""Operations on posts that are deleted and can be brought back for a moment.

A hidden post is as good as gone: nobody sees it, its author included, and it counts nowhere. All that hangs
on it stays until it is removed by `DeletePost` with the moment that it was hidden at.
"""

from __future__ import annotations

from microblog_core.domain.posts import Post
from microblog_core.ports.operations.base import Operation
from microblog_core.ports.operations.posts import keys_of, told_of


class HidePost(Operation, frozen=True, kw_only=True):
    """Hide a post (no boost) from `hidden_at` (Unix milliseconds, not 0) on. Guard: `exists` (it is gone, or
    hidden already).
    """

    post: Post
    hidden_at: int

    def changed(self) -> tuple[str, ...]:
        """The listings that it was in, and the notifications about it."""
        return (*keys_of(self.post), *told_of(self.post))


class RestorePost(Operation, frozen=True, kw_only=True):
    """Bring a post back that its author hid at or after `since` (Unix milliseconds). Guard: `undo` (it is
    removed, is not hidden, is hidden since earlier, or is not this author's).
    """

    post: Post
    account_id: int
    since: int

    def changed(self) -> tuple[str, ...]:
        """The listings that it is in again, and the notifications about it."""
        return (*keys_of(self.post), *told_of(self.post))
