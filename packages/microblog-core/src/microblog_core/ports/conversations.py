"""What a storage reads of conversations: a part of the contract in `ports.storage`."""

from __future__ import annotations

from typing import Protocol

from microblog_core.domain.conversations import Conversation
from microblog_core.domain.posts import Entry
from microblog_core.domain.timelines import Listing, Page


class ConversationReader(Protocol):
    """Direct posts by conversation. A conversation whose newest post the viewer may not see or does not want
    is left out.
    """

    async def page(self, viewer: int, page: Page) -> Listing[Conversation]:
        """The viewer's conversations, newest post first; pages by the id of that post."""
        ...

    async def get(self, viewer: int, conversation_id: int) -> Conversation | None:
        """One of the viewer's conversations."""
        ...

    async def direct(self, viewer: int, page: Page) -> Listing[Entry]:
        """All direct posts by the viewer and for the viewer, newest first."""
        ...
