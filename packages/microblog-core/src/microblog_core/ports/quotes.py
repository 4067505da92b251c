"""Reading quotes."""

from __future__ import annotations

from typing import Protocol

from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page


class QuoteReader(Protocol):
    """Which posts quote others."""

    async def of(self, viewer: int | None, post_id: int, page: Page) -> Listing[Entry]:
        """The posts that quote a post, newest first, as a listing for the viewer; empty if the post itself
        may not be seen. Without those whose quote was revoked.
        """
        ...
