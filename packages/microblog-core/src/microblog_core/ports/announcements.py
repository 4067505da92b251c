"""Reading announcements and custom emojis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.announcements import Announcement, AnnouncementEntry, CustomEmoji
from microblog_core.domain.timelines import Listing, Page


class AnnouncementReader(Protocol):
    """What the site tells its people, and with which pictures they write."""

    async def shown(self, viewer: int | None, now: int) -> Sequence[AnnouncementEntry]:
        """The announcements that are on at `now` (Unix milliseconds), newest first, `ANNOUNCEMENTS_SHOWN` at
        most.
        """
        ...

    async def get(self, announcement_id: int) -> Announcement | None:
        """One announcement, whether it is on or not."""
        ...

    async def page(self, page: Page) -> Listing[Announcement]:
        """All announcements, newest first, for operators."""
        ...

    async def emojis(self) -> Sequence[CustomEmoji]:
        """All custom emojis by shortcode, disabled ones too."""
        ...
