"""What a storage reads of posts that wait: a part of the contract in `ports.storage`."""

from __future__ import annotations

from typing import Protocol

from microblog_core.domain.scheduled import ScheduledPost
from microblog_core.domain.timelines import Listing, Page


class ScheduledReader(Protocol):
    """Posts that wait for their time."""

    async def get(self, scheduled_id: int) -> ScheduledPost | None:
        """A post that waits, whoever's it is."""
        ...

    async def page(self, account_id: int, page: Page) -> Listing[ScheduledPost]:
        """What of an account waits, newest first."""
        ...
