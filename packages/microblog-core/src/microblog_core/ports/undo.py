"""Posts that are hidden, until they are brought back or removed. They are nobody's to see: this is read by
the use cases of undoing alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from microblog_core.domain.posts import Post


class HiddenPost(msgspec.Struct, frozen=True):
    """A post and since when it is hidden (Unix milliseconds)."""

    post: Post
    hidden_at: int


class HiddenReader(Protocol):
    """Posts that are hidden."""

    async def get(self, account_id: int, post_id: int) -> HiddenPost | None:
        """A hidden post of this author."""
        ...

    async def before(self, moment: int, limit: int) -> Sequence[HiddenPost]:
        """Up to so many posts that are hidden since before a moment (Unix milliseconds), the longest
        first.
        """
        ...
