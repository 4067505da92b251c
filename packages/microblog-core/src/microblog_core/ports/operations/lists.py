"""Operations on lists and who is on them. A list that is gone, or another account's, is the guard
`exists`.
"""

from __future__ import annotations

from microblog_core.domain.lists import LIST_MEMBERS_MAX, LIST_TAGS_MAX, LISTS_MAX, List, RepliesPolicy
from microblog_core.ports.operations.base import Operation


class AddList(Operation, frozen=True, kw_only=True):
    """A new list without members. Guards: `id`; `exists`; `limit` (the account has `limit` lists already)."""

    list: List
    limit: int = LISTS_MAX

    def changed(self) -> tuple[str, ...]:
        """The owner's lists."""
        return (f"lists:{self.list.account_id}",)


class UpdateList(Operation, frozen=True, kw_only=True):
    """A list looks or reads differently; None leaves a value. Guard: `exists`."""

    account_id: int
    list_id: int
    title: str | None = None
    replies_policy: RepliesPolicy | None = None
    exclusive: bool | None = None

    def changed(self) -> tuple[str, ...]:
        """The owner's lists."""
        return (f"lists:{self.account_id}",)


class DeleteList(Operation, frozen=True, kw_only=True):
    """A list goes with its members and hashtags."""

    account_id: int
    list_id: int

    def changed(self) -> tuple[str, ...]:
        """The owner's lists."""
        return (f"lists:{self.account_id}",)


class AddListMembers(Operation, frozen=True, kw_only=True):
    """People come on a list: pairs of (relation id, account id); who is on it already stays as they are.

    Guards: `exists`; `follow` (the owner doesn't follow one of them); `limit` (the list would hold more than
    `limit`). `DeleteFollow` and `AddBlock` take people off the lists of whoever followed them.
    """

    account_id: int
    list_id: int
    members: tuple[tuple[int, int], ...]
    created_at: int
    limit: int = LIST_MEMBERS_MAX

    def changed(self) -> tuple[str, ...]:
        """The owner's lists."""
        return (f"lists:{self.account_id}",)


class DeleteListMembers(Operation, frozen=True, kw_only=True):
    """People go off a list."""

    account_id: int
    list_id: int
    account_ids: tuple[int, ...]

    def changed(self) -> tuple[str, ...]:
        """The owner's lists."""
        return (f"lists:{self.account_id}",)


class AddListTag(Operation, frozen=True, kw_only=True):
    """A hashtag (case folded) comes on a list; one that is on it already stays as it is.

    `id` is the relation's. Guards: `exists`; `limit` (there are `limit` hashtags on it already).
    """

    id: int
    account_id: int
    list_id: int
    tag: str
    created_at: int
    limit: int = LIST_TAGS_MAX

    def changed(self) -> tuple[str, ...]:
        """The owner's lists."""
        return (f"lists:{self.account_id}",)


class DeleteListTag(Operation, frozen=True, kw_only=True):
    """A hashtag goes off a list."""

    account_id: int
    list_id: int
    tag: str

    def changed(self) -> tuple[str, ...]:
        """The owner's lists."""
        return (f"lists:{self.account_id}",)
