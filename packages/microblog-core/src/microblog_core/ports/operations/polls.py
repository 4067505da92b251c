"""Operations on polls and votes."""

from __future__ import annotations

from microblog_core.domain.polls import Poll
from microblog_core.ports.operations.base import Operation


class PutPoll(Operation, frozen=True, kw_only=True):
    """The poll of a post in place of the one it has, whose votes go; None takes it away. Guards: `exists`
    (the post is gone), `id`.

    `account_id` is the author's.
    """

    post_id: int
    account_id: int
    thread_id: int
    poll: Poll | None

    def changed(self) -> tuple[str, ...]:
        """Every page that shows the post."""
        return (f"post:{self.post_id}", f"thread:{self.thread_id}", f"posts-of:{self.account_id}")


class AddVote(Operation, frozen=True, kw_only=True):
    """Votes for options (by place, each once) of a poll.

    Guards: `exists` (the poll is gone, or the account), `ended` (at `created_at`), `vote` (voted already).
    """

    id: int
    poll_id: int
    post_id: int
    account_id: int
    choices: tuple[int, ...]
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """The post's counts."""
        return (f"post:{self.post_id}",)
