"""Operations on conversations."""

from __future__ import annotations

from microblog_core.domain.posts import Post
from microblog_core.ports.operations.base import Operation


class FileDirect(Operation, frozen=True, kw_only=True):
    """Put a direct post, which is stored, into a conversation of everybody in it: its author and who it
    names.

    A conversation is one of a person, a thread and the others in it; where there is none, one is made with
    the id at the person's place in `ids` (people in the order of `domain.conversations.people_in`). It is
    unread for all but the author. A post that was in others is taken out of them.
    """

    post: Post
    ids: tuple[int, ...]


class MarkConversation(Operation, frozen=True, kw_only=True):
    """A conversation was read, or not. Guard: `exists` (it is gone, or of somebody else)."""

    id: int
    account_id: int
    unread: bool = False


class DeleteConversation(Operation, frozen=True, kw_only=True):
    """Leave a conversation out of the listing until its next post; its posts stay. Guard: `exists`."""

    id: int
    account_id: int
