"""Operations on who may answer posts."""

from __future__ import annotations

from microblog_core.domain.posts import Post, ReplyPolicy
from microblog_core.ports.operations.base import Operation
from microblog_core.ports.operations.posts import keys_of


class SetReplyPolicy(Operation, frozen=True, kw_only=True):
    """Who may answer a post from now on; no version of its history. Guard: `exists`."""

    post: Post
    policy: ReplyPolicy

    def changed(self) -> tuple[str, ...]:
        """The listings that the post appears in."""
        return keys_of(self.post)
