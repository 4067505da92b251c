"""Reading lists. Their timelines are listings of posts: `ports.storage.TimelineReader.list`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.lists import List, ListTag
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import Listing, Page


class ListReader(Protocol):
    """The lists of one account; those of others are as if they weren't there."""

    async def of(self, account_id: int) -> Sequence[List]:
        """All lists of the account, oldest first."""
        ...

    async def get(self, account_id: int, list_id: int) -> List | None:
        """One list of the account."""
        ...

    async def containing(self, account_id: int, member_id: int) -> Sequence[List]:
        """The account's lists that `member_id` is on, oldest first."""
        ...

    async def tags(self, account_id: int, list_id: int) -> Sequence[ListTag] | None:
        """The hashtags on a list, in the order in which they came. None if the account has no such list."""
        ...

    async def members(self, account_id: int, list_id: int, page: Page) -> Listing[Related] | None:
        """Who is on a list, who came last first; suspended people and those who block the owner left out.
        None if the account has no such list.
        """
        ...
