"""Operations on filters. A filter that is gone, or another account's, is the guard `exists`."""

from __future__ import annotations

import msgspec

from microblog_core.domain.filters import (
    FILTERS_MAX,
    KEYWORDS_MAX,
    Filter,
    FilterAction,
    FilterContext,
    FilterKeyword,
    FilterStatus,
)
from microblog_core.ports.operations.base import Operation


class AddFilter(Operation, frozen=True, kw_only=True):
    """A new filter with its keywords and posts.

    Guards: `id`; `exists` (the account or a post is gone); `limit` (the account has `limit` filters already);
    `keywords` (its filters would have more than `keywords_limit` keywords, or as many posts).
    """

    filter: Filter
    limit: int = FILTERS_MAX
    keywords_limit: int = KEYWORDS_MAX

    def changed(self) -> tuple[str, ...]:
        """The account's filters."""
        return (f"filters:{self.filter.account_id}",)


class UpdateFilter(Operation, frozen=True, kw_only=True):
    """A filter changes, and its keywords with it: added, changed (by id) and deleted ones. None, and UNSET
    for `expires_at`, leave a value; an `expires_at` of None is never.

    Guards: `id`; `exists` (also a keyword to be changed); `keywords` as for `AddFilter`.
    """

    account_id: int
    filter_id: int
    title: str | None = None
    context: tuple[FilterContext, ...] | None = None
    action: FilterAction | None = None
    expires_at: int | msgspec.UnsetType | None = msgspec.UNSET
    add: tuple[FilterKeyword, ...] = ()
    change: tuple[FilterKeyword, ...] = ()
    delete: tuple[int, ...] = ()
    keywords_limit: int = KEYWORDS_MAX

    def changed(self) -> tuple[str, ...]:
        """The account's filters."""
        return (f"filters:{self.account_id}",)


class DeleteFilter(Operation, frozen=True, kw_only=True):
    """A filter goes with its keywords and posts."""

    account_id: int
    filter_id: int

    def changed(self) -> tuple[str, ...]:
        """The account's filters."""
        return (f"filters:{self.account_id}",)


class AddFilterStatus(Operation, frozen=True, kw_only=True):
    """A filter matches a single post more. Guards: `id`; `exists` (the filter or the post is gone);
    `filtered` (it does already); `keywords` as for `AddFilter`.
    """

    account_id: int
    filter_id: int
    status: FilterStatus
    keywords_limit: int = KEYWORDS_MAX

    def changed(self) -> tuple[str, ...]:
        """The account's filters."""
        return (f"filters:{self.account_id}",)


class DeleteFilterStatus(Operation, frozen=True, kw_only=True):
    """A filter no longer matches a single post; `status_id` is the relation's."""

    account_id: int
    filter_id: int
    status_id: int

    def changed(self) -> tuple[str, ...]:
        """The account's filters."""
        return (f"filters:{self.account_id}",)
