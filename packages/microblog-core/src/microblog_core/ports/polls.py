"""What a storage reads of polls: a part of the contract in `ports.storage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.posts import Entry


class PollReader(Protocol):
    """Polls come with their posts; this finds the post of one, and who voted."""

    async def post_of(self, viewer: int | None, poll_id: int) -> Entry | None:
        """The post of a poll; None if there is none or the viewer may not see it."""
        ...

    async def whose(self, poll_id: int) -> tuple[int, int] | None:
        """The author's account id and the post's id of a poll, for its end; None if there is none."""
        ...

    async def voters(self, poll_id: int, after: int, limit: int) -> Sequence[tuple[int, int]]:
        """Pairs of (vote's id, voter's account id) with a vote's id above `after`, oldest first."""
        ...
